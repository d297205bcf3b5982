/* A net's C and header belong to one run of nngen: the compiler refuses those of two. */

#include "workshop.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char wide[] = "network n\ninput x[%d]\ntarget y[2]\np = dense(x, 2)\n"
                           "loss half_squared_error(p, y)\nupdate sgd(0.1)\nbatch 4\n";

static const Variant plain = {TARGET_C99, UNROLL_AUTO, false, false};

static void generate_wide(const char *file, int width, Variant variant) {
    char text[256];
    snprintf(text, sizeof text, wide, width);
    generate(file, text, variant);
}

#define COMPILE " -std=c11 -fsyntax-only -Wundef" STRICT RUNTIME "-I. "

/* The C of `source` beside the header of `header`, which it knows as net.h. */
static void expect_refused(const char *source, const char *header) {
    static const char *const compilers[] = {"gcc", "clang"};
    for (int i = 0; i < 2; i++) {
        expect_run("mkdir -p mixed && cp %s/net.c mixed && cp %s/net.h mixed", source, header);
        cr_expect_neq(run("cd mixed && %s" COMPILE "net.c", compilers[i]), 0,
                      "%s: C of %s, header of %s", compilers[i], source, header);
        cr_expect(strstr(run_output(), "n: C and header come from different runs of nngen: "
                                       "make both again"),
                  "%s: C of %s, header of %s:\n%s", compilers[i], source, header, run_output());
    }
}

static void expect_accepted(const char *folder) {
    expect_run("cd %s && gcc" COMPILE "net.c && clang" COMPILE "net.c", folder);
}

/* Another model; another target, precision and way to unroll. */
Test(mixed, of_two_runs_are_refused) {
    static const struct {
        const char *file;
        int width;
        Variant variant;
    } runs[] = {
        {"first/net", 3, {TARGET_C99, UNROLL_AUTO, false, false}},
        {"model/net", 4, {TARGET_C99, UNROLL_AUTO, false, false}},
        {"target/net", 3, {TARGET_GENERIC, UNROLL_AUTO, false, false}},
        {"precision/net", 3, {TARGET_C99, UNROLL_AUTO, true, false}},
        {"unroll/net", 3, {TARGET_C99, UNROLL_NONE, false, false}},
    };
    static const char *const folders[] = {"first", "model", "target", "precision", "unroll"};
    workshop_open("mixed");
    expect_run("mkdir first model target precision unroll");
    for (int i = 0; i < 5; i++) {
        generate_wide(runs[i].file, runs[i].width, runs[i].variant);
        expect_run("sed -i 's:\"%s.h\":\"net.h\":' %s.c", runs[i].file, runs[i].file);
        expect_accepted(folders[i]);
    }
    for (int i = 1; i < 5; i++) {
        expect_refused(folders[0], folders[i]);
        expect_refused(folders[i], folders[0]);
    }
    workshop_remove();
}

/* What differs in the C alone, here a comment of the model's line, shows in the header too. */
Test(mixed, differ_with_any_byte_of_either_file) {
    workshop_open("mixed_bytes");
    generate_wide("a", 3, plain);
    char text[256];
    snprintf(text, sizeof text, "\n%s", wide);
    char moved[256];
    snprintf(moved, sizeof moved, text, 3);
    generate("b", moved, plain);
    cr_expect_neq(run("cmp -s a.h b.h"), 0);
    expect_run("grep -v -e _PAIR -e model a.h > a; grep -v -e _PAIR -e model b.h > b; cmp a b");
    workshop_remove();
}

/* With the header inside, its guard may keep it out for that of another run. */
Test(mixed, with_the_header_inside) {
    char text[256];
    snprintf(text, sizeof text, wide, 3);
    Options options = {.target = TARGET_C99};
    Result result = compile("model.def", text, strlen(text), NULL, &options);
    cr_assert_eq(result.exit_code, 0);
    workshop_open("mixed_inside");
    write_text("whole.c", result.source);
    result_free(&result);
    generate_wide("other", 4, plain);
    expect_run("gcc" COMPILE "whole.c && clang" COMPILE "whole.c");
    cr_expect_neq(run("gcc" COMPILE "-include other.h whole.c"), 0);
    cr_expect(strstr(run_output(), "come from different runs of nngen"), "%s", run_output());
    workshop_remove();
}

/* Beside the headers of other nets each C finds its own. */
Test(mixed, of_several_nets) {
    static const char model[] = "network %s\ninput x[3]\noutput dense(x, %d)\n";
    workshop_open("mixed_several");
    static const char *const names[] = {"one", "other", "third"};
    for (int i = 0; i < 3; i++) {
        char text[128];
        snprintf(text, sizeof text, model, names[i], i + 2);
        generate(names[i], text, plain);
    }
    expect_run("for net in one other third; do gcc" COMPILE
               "-include one.h -include other.h -include third.h $net.c || exit 1; done");
    workshop_remove();
}
