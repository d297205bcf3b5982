/* Nets on a machine whose bytes lie the other way round, cross-compiled and run by an emulator: the
   bits that the same C comes to here, and what the headers say to its compiler's excess
   precision. */

#define _GNU_SOURCE
#include "long.h"
#include "workshop.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CROSS "s390x-linux-gnu-gcc -static"
#define EXCESS "-fexcess-precision=fast"

typedef struct {
    const char *model;
    Variant variant;
} Case;

/* Random numbers in vectors and a scaled input, batch statistics; with NNGEN_LONG a convolution and
   the others, too. */
static const Case cases[] = {
    {"digits", {TARGET_GENERIC, UNROLL_AUTO, false, false}},
    {"running", {TARGET_GENERIC, UNROLL_TILE, true, false}},
    {"wave", {TARGET_GENERIC, UNROLL_AUTO, false, false}},
    {"digits", {TARGET_C99, UNROLL_AUTO, true, false}},
    {"skip", {TARGET_GENERIC, UNROLL_AUTO, true, false}},
};
enum { CASES = sizeof cases / sizeof *cases, SHORT_CASES = 2 };

static void enter(int number) {
    char folder[64];
    snprintf(folder, sizeof folder, "s390x_%d", number);
    workshop_open(folder);
    if (run("command -v s390x-linux-gnu-gcc && command -v qemu-s390x") != 0)
        cr_skip_test("no s390x-linux-gnu-gcc (gcc-s390x-linux-gnu, libc6-dev-s390x-cross) with "
                     "qemu-s390x (qemu-user) here");
}

/* What programs/values.c prints of the net in the folder; to be freed. */
static char *values_of(const Case *one, const char *compiler, const char *flags_of_net,
                       const char *runner) {
    char flags[1024];
    program_flags(flags, sizeof flags, model_named(one->model), one->variant.is_double);
    expect_run("%s -std=c11 %s" RUNTIME "-c net_under_test.c", compiler, flags_of_net);
    expect_run("%s -std=c11 -O0" RUNTIME
               "%s -DHEADER='\"net_under_test.h\"' -o program net_under_test.o " PROGRAMS
               "values.c -lm && %s ./program",
               compiler, flags, runner);
    return strdup(run_output());
}

ParameterizedTestParameters(s390x, comes_to_the_same_bits) {
    static int numbers[CASES];
    for (int i = 0; i < CASES; i++)
        numbers[i] = i;
    return cr_make_param_array(int, numbers, is_long() ? CASES : SHORT_CASES);
}

ParameterizedTest(int *number, s390x, comes_to_the_same_bits) {
    const Case *one = &cases[*number];
    enter(*number);
    char *text = model_text(model_named(one->model));
    generate("net_under_test", text, one->variant);
    char *wanted = values_of(one, "gcc", "-O0", "");
    char *got = values_of(one, CROSS " " EXCESS, "-O1" STRICT, "qemu-s390x");
    cr_assert_gt(strlen(wanted), 1000);
    cr_expect(strcmp(got, wanted) == 0, "%s differs", one->model);
    free(got);
    free(wanted);
    free(text);
    workshop_remove();
}

/* gcc computes floats as doubles there where it is asked for ISO C. */
Test(s390x, excess_precision_is_refused_with_the_flag_against_it) {
    enter(CASES);
    char *text = model_text(model_named("xor"));
    generate("narrow", text, (Variant){TARGET_C99, UNROLL_AUTO, false, false});
    generate("wide", text, (Variant){TARGET_C99, UNROLL_AUTO, true, false});
    cr_expect_neq(run(CROSS " -std=c11" RUNTIME "-c narrow.c"), 0);
    cr_expect(strstr(run_output(), "excess precision changes results: add " EXCESS), "%s",
              run_output());
    expect_run(CROSS " -std=c11 " EXCESS RUNTIME "-c narrow.c");
    expect_run(CROSS " -std=gnu11" RUNTIME "-c narrow.c");
    expect_run(CROSS " -std=c11" RUNTIME "-c wide.c");
    free(text);
    workshop_remove();
}
