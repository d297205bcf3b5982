/* Nets on a small machine with an old compiler, avr-gcc: int has 16 bits, double has 32, and there
   are no vectors. What cannot be right there is refused by one sentence that says what to do. */

#define _GNU_SOURCE
#include "workshop.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define CROSS "avr-gcc -mmcu=atmega2560 -std=c99 -Os "

static const char small[] =
    "network xor_net\ninput x[2]\ntarget y[1]\nh = dropout(tanh(dense(x, 4)), 0.1)\n"
    "p = sigmoid(dense(h, 1))\nloss binary_cross_entropy(p, y)\nupdate adam(0.05)\nbatch 4\n";
static const char fitting[] = "network fits\ninput x[128]\noutput linear(x, 128)\n";
static const char large[] = "network large\ninput x[129]\noutput linear(x, 128)\n";

static void enter(const char *folder) {
    workshop_open(folder);
    if (run("command -v avr-gcc") != 0)
        cr_skip_test("no avr-gcc (gcc-avr, avr-libc) here");
}

/* The net is refused with that sentence, and no other error follows. */
static void expect_refused(const char *text, Variant variant, const char *sentence) {
    generate("refused", text, variant);
    cr_expect_neq(run(CROSS RUNTIME "-c refused.c"), 0);
    const char *error = strstr(run_output(), "error: ");
    cr_assert(error, "%s", run_output());
    cr_expect(strstr(error, sentence), "not '%s': %s", sentence, run_output());
    const char *rest = strstr(error + 1, "error: ");
    cr_expect(!rest || strstr(rest, "the error above says why"), "%s", run_output());
    cr_expect(strstr(run_output(), "compilation terminated"), "%s", run_output());
}

Test(avr, double_is_refused_for_float) {
    enter("avr_double");
    expect_refused(small, (Variant){TARGET_C99, UNROLL_AUTO, true, false},
                   "a double does not have 64 bits here: run nngen with --precision=float");
    workshop_remove();
}

/* Where gcc is new enough by now, vectors may be right. */
Test(avr, vectors_are_refused_for_plain_c) {
    enter("avr_vectors");
    if (run("test $(avr-gcc -dumpversion | cut -d. -f1) -ge 9") == 0)
        cr_skip_test("this avr-gcc has vectors");
    expect_refused(small, (Variant){TARGET_GENERIC, UNROLL_AUTO, false, false},
                   "vectors need gcc 9 or later, or clang: run nngen with --target=c99");
    workshop_remove();
}

/* Indices of half of what an int holds are left room for: of 16 bits, arrays of 16384. */
Test(avr, arrays_beyond_int_are_refused) {
    enter("avr_large");
    generate("fits", fitting, (Variant){TARGET_C99, UNROLL_NONE, false, false});
    expect_run(CROSS RUNTIME "-E fits.c >fits.i");
    generate("large", large, (Variant){TARGET_C99, UNROLL_NONE, false, false});
    cr_expect_neq(run(CROSS RUNTIME "-E large.c >large.i"), 0);
    cr_expect(strstr(run_output(), "the arrays of this net are too large for the int of this "
                                   "compiler: it needs 32 bits"),
              "%s", run_output());
    expect_run("gcc -std=c99" STRICT RUNTIME "-c large.c");
    workshop_remove();
}

Test(avr, plain_c_compiles_without_a_warning) {
    enter("avr_plain");
    static const Unroll modes[] = {UNROLL_FULL, UNROLL_TILE, UNROLL_NONE};
    for (int i = 0; i < 3; i++) {
        generate("xor", small, (Variant){TARGET_C99, modes[i], false, false});
        expect_run(CROSS STRICT RUNTIME "-c xor.c");
    }
    workshop_remove();
}

Test(avr, plain_c_comes_to_the_bits_of_a_pc) {
    enter("avr_bits");
    if (run("command -v simavr") != 0)
        cr_skip_test("no simavr here");
    generate("xor", small, (Variant){TARGET_C99, UNROLL_AUTO, false, false});
    expect_run("gcc -std=c99 -O1" RUNTIME "-I. " PROGRAMS "avr.c xor.c -lm -o pc && ./pc");
    char *wanted = strdup(run_output());
    expect_run(CROSS "-ffunction-sections -fdata-sections -Wl,--gc-sections" RUNTIME "-I. " PROGRAMS
                     "avr.c xor.c -lm -o mega.elf && timeout 60 simavr -m atmega2560 -f 16000000 "
                     "mega.elf 2>&1 | grep -o '=[0-9a-f]*'");
    cr_assert_eq(strlen(wanted), 7 * 10);
    cr_expect_str_eq(run_output(), wanted);
    free(wanted);
    workshop_remove();
}
