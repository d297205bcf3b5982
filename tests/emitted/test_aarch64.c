/* Nets for aarch64, cross-compiled and run by an emulator, come to the numbers that the same nets in
   plain C come to here. tests/numeric compares those with the generic library. The short run has
   half of the cases. */

#define _GNU_SOURCE
#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CROSS "aarch64-linux-gnu-gcc -static"

typedef struct {
    const char *model;
    Unroll unroll;
    bool is_double, is_exact;
} Case;

/* Straight and in tiles: layers, a graph that is no chain, a convolution, batch statistics; the
   slice of the short run comes first. */
static const Case cases[] = {
    {"xor", UNROLL_AUTO, false, false},     {"digits", UNROLL_TILE, true, true},
    {"skip", UNROLL_NONE, false, true},     {"wave", UNROLL_TILE, true, false},
    {"running", UNROLL_AUTO, false, true},  {"xor", UNROLL_TILE, true, false},
    {"affine", UNROLL_TILE, true, false},   {"digits", UNROLL_AUTO, false, false},
    {"skip", UNROLL_AUTO, true, false},     {"wave", UNROLL_AUTO, false, false},
    {"running", UNROLL_TILE, false, false}, {"curve", UNROLL_AUTO, false, false},
};
enum { CASES = sizeof cases / sizeof *cases, SLICE = 5 };

/* What programs/values.c prints of the case's net on a target; to be freed. `flags_of_net` are what
   the compiler is told for the net alone. */
static char *values_of(const Case *one, Target target, const char *compiler,
                       const char *flags_of_net, const char *runner) {
    const Model *model = model_named(one->model);
    char flags[1024];
    char *text = model_text(model);
    program_flags(flags, sizeof flags, model, one->is_double);
    generate("net_under_test", text, (Variant){target, one->unroll, one->is_double, one->is_exact});
    expect_run("%s -std=c11 %s" RUNTIME "-c net_under_test.c", compiler, flags_of_net);
    expect_run("%s -std=c11 -O0" RUNTIME
               "%s -DHEADER='\"net_under_test.h\"' -o program net_under_test.o " PROGRAMS
               "values.c -lm && %s ./program",
               compiler, flags, runner);
    free(text);
    return strdup(run_output());
}

/* One line of each: as close as semantics ask, by the largest magnitude. */
static void expect_line(const char *got, const char *wanted, double limit, const char *what) {
    double largest = 0, worst = 0;
    size_t length = strcspn(wanted, " "), count = 0;
    cr_assert(strncmp(got, wanted, length) == 0, "%s: %.40s, not %.40s", what, got, wanted);
    got += length, wanted += length;
    while (*wanted && *wanted != '\n') {
        char *got_end, *wanted_end;
        double a = strtod(got, &got_end), b = strtod(wanted, &wanted_end);
        if (got_end == got || wanted_end == wanted) {
            got++, wanted++; /* "its gradient" */
            continue;
        }
        largest = fmax(largest, fabs(b));
        worst = fmax(worst, fabs(a - b));
        cr_assert(isfinite(a) && isfinite(b), "%s: %g, not %g", what, a, b);
        got = got_end, wanted = wanted_end;
        count++;
    }
    cr_assert_gt(count, 0);
    cr_expect_leq(worst, limit * largest, "%s: off by %g of %g", what, worst, largest);
}

static void expect_values(char *got, char *wanted, double limit) {
    char *got_rest = got, *wanted_rest = wanted, *line;
    int lines = 0;
    while ((line = strsep(&wanted_rest, "\n")) && *line) {
        char what[64], *other = strsep(&got_rest, "\n");
        snprintf(what, sizeof what, "line %d: %.40s", ++lines, line);
        cr_assert(other, "nothing at %s", what);
        expect_line(other, line, limit, what);
    }
    cr_assert_gt(lines, 12);
}

ParameterizedTestParameters(aarch64, comes_to_the_numbers_of_plain_c) {
    static int numbers[CASES];
    for (int i = 0; i < CASES; i++)
        numbers[i] = i;
    return cr_make_param_array(int, numbers, (size_t)slice_of(SLICE, CASES));
}

ParameterizedTest(int *number, aarch64, comes_to_the_numbers_of_plain_c) {
    const Case *one = &cases[*number];
    char folder[64];
    snprintf(folder, sizeof folder, "aarch64_%d", *number);
    workshop_open(folder);
    if (run("command -v aarch64-linux-gnu-gcc && command -v qemu-aarch64") != 0)
        cr_skip_test("no aarch64-linux-gnu-gcc with qemu-aarch64 here");
    char *wanted = values_of(one, TARGET_C99, "gcc", "-O0", "");
    char *got = values_of(one, TARGET_AARCH64, CROSS, "-O1" STRICT, "qemu-aarch64");
    expect_values(got, wanted, one->is_double ? 1e-10 : 1e-4);
    free(got);
    free(wanted);
    workshop_remove();
}

/* What programs/bare.c prints; to be freed. There is no library for the other order of bytes. */
static char *bare_hash(const char *order, const char *runner) {
    expect_run(
        "aarch64-linux-gnu-gcc -m%s-endian -static -nostdlib -fno-stack-protector -std=gnu11 "
        "-O1 -fno-math-errno -I." RUNTIME PROGRAMS "bare.c bare.c -o program && %s ./program",
        order, runner);
    return strdup(run_output());
}

Test(aarch64, bytes_the_other_way_round_change_no_bit) {
    static const char text[] =
        "network bare\ninput x[2]\ntarget y[3] onehot\n"
        "h = dropout(tanh(batch_norm(dense(x, 6))), 0.3)\np = softmax(dense(h, 3))\n"
        "loss cross_entropy(p, y)\nupdate adam(0.05)\nbatch 10\n";
    static const Target targets[] = {TARGET_GENERIC, TARGET_AARCH64};
    int count = is_long() ? 2 : 1;
    workshop_open("aarch64_bytes");
    if (run("command -v aarch64-linux-gnu-gcc && command -v qemu-aarch64_be") != 0)
        cr_skip_test("no aarch64-linux-gnu-gcc with qemu-aarch64_be here");
    expect_run("mkdir gnu && : >gnu/stubs-lp64_be.h");
    for (int i = 0; i < count; i++) {
        generate("bare", text, (Variant){targets[i], UNROLL_TILE, false, false});
        char *little = bare_hash("little", "qemu-aarch64");
        char *big = bare_hash("big", "qemu-aarch64_be");
        cr_assert_eq(strlen(little), 17);
        cr_expect_str_eq(big, little);
        free(little);
        free(big);
    }
    workshop_remove();
}
