/* The bytes that nngen writes depend on the model, the options and the output's name, and on
   nothing else. */

#define _GNU_SOURCE
#include "comma_locale.h"
#include "workshop.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Compiles digits.def in another way; the same bytes as in `first` must come out. */
static void expect_same(const char *way) {
    expect_run("rm -rf second && mkdir second && { %s; } && cmp first/net.c second/net.c && cmp "
               "first/net.h second/net.h",
               way);
}

static void prepare(const char *folder) {
    workshop_open(folder);
    expect_run("mkdir first && " NNGEN_TOOL " --target=generic -o first/net.c " NNGEN_SOURCE
               "/models/digits/digits.def");
}

Test(reproducible, twice) {
    prepare("twice");
    expect_same(NNGEN_TOOL " --target=generic -o second/net.c " NNGEN_SOURCE
                           "/models/digits/digits.def");
    workshop_remove();
}

Test(reproducible, in_another_folder) {
    prepare("folder");
    expect_same("cd second && " NNGEN_TOOL " --target=generic -o net.c " NNGEN_SOURCE
                "/models/digits/digits.def; cd ..");
    expect_same("cd / && " NNGEN_TOOL " --target=generic -o \"$OLDPWD/second/net.c\" " NNGEN_SOURCE
                "/models/digits/digits.def; cd \"$OLDPWD\"");
    workshop_remove();
}

Test(reproducible, from_another_file) {
    prepare("file");
    expect_same(
        "cp " NNGEN_SOURCE
        "/models/digits/digits.def other.def && touch -d 2001-01-01 other.def && " NNGEN_TOOL
        " --target=generic -o second/net.c other.def");
    expect_same(NNGEN_TOOL " --target=generic -o second/net.c - < " NNGEN_SOURCE
                           "/models/digits/digits.def");
    workshop_remove();
}

Test(reproducible, by_another_user_elsewhere_at_another_time) {
    prepare("user");
    expect_same("LC_ALL=de_DE.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu USER=x HOME=/nowhere "
                "HOSTNAME=y TERM=dumb "
                "SOURCE_DATE_EPOCH=1 " NNGEN_TOOL " --target=generic -o second/net.c " NNGEN_SOURCE
                "/models/digits/digits.def");
    expect_same("env -i " NNGEN_TOOL " --target=generic -o second/net.c " NNGEN_SOURCE
                "/models/digits/digits.def");
    workshop_remove();
}

/* Elsewhere in memory: nothing is sorted by address. */
Test(reproducible, at_other_addresses) {
    prepare("addresses");
    expect_same(
        "MALLOC_PERTURB_=85 MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=4096 setarch -R " NNGEN_TOOL
        " --target=generic -o second/net.c " NNGEN_SOURCE "/models/digits/digits.def");
    workshop_remove();
}

/* No path, clock or host in it: what a build knows of its surroundings. */
Test(reproducible, nothing_of_the_host_is_written) {
    prepare("host");
    cr_assert_neq(run("grep -n -F -e \"$PWD\" -e '" NNGEN_SOURCE "' -e '" NNGEN_BUILD
                      "' -e \"$(hostname)_\" -e \"$(date +%%Y)-\" -e '%s' first/net.c first/net.h",
                      __DATE__),
                  0, "%s", run_output());
    workshop_remove();
}

/* As an editor of another system saves it. The hash of the model is in the C, too. */
Test(reproducible, with_other_line_ends) {
    static const char *const ways[] = {"s/$/\\r/", "1s/^/\\xEF\\xBB\\xBF/; s/$/\\r/",
                                       "1s/^/\\xEF\\xBB\\xBF/"};
    prepare("ends");
    expect_same("tr '\\n' '\\r' <" NNGEN_SOURCE
                "/models/digits/digits.def >other.def && " NNGEN_TOOL
                " --target=generic -o second/net.c other.def");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char way[1000];
        snprintf(way, sizeof way,
                 "LC_ALL=C sed '%s' " NNGEN_SOURCE "/models/digits/digits.def >other.def && "
                 "! cmp -s other.def " NNGEN_SOURCE "/models/digits/digits.def && " NNGEN_TOOL
                 " --target=generic -o second/net.c other.def",
                 ways[i]);
        expect_same(way);
    }
    workshop_remove();
}

/* A program that links the compiler may have a locale with a decimal comma. */
Test(reproducible, with_a_decimal_comma) {
    char *text = model_text(model_named("digits"));
    Options options = {.target = TARGET_GENERIC};
    workshop_open("comma");
    Result first = compile("a.def", text, strlen(text), "net.h", &options);
    bool found = comma_locale_set(NNGEN_SCRATCH "/comma");
    Result second = compile("a.def", text, strlen(text), "net.h", &options);
    cr_assert_eq(second.exit_code, 0, "%s", second.diagnostics);
    cr_assert_str_eq(first.source, second.source);
    cr_assert_str_eq(first.header, second.header);
    result_free(&first);
    result_free(&second);
    free(text);
    workshop_remove();
    if (!found)
        cr_skip_test("no locale with a decimal comma can be made here");
}
