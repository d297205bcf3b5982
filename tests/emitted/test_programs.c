/* Emitted code as part of a program: what it adds to the linker's table, threads, numbers worked
   out by hand. The short run takes a part of the variants. */

#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Builds programs/NAME.c with a net and runs it. */
static void expect_program(const char *program, const char *model_name, Variant variant,
                           const char *compiler) {
    const Model *model = model_named(model_name);
    char flags[1024];
    char *text = model_text(model);
    generate("net_under_test", text, variant);
    program_flags(flags, sizeof flags, model, variant.is_double);
    expect_run("%s -std=c11 " RUNTIME
               "%s -DHEADER='\"net_under_test.h\"' -o program net_under_test.c " PROGRAMS
               "%s.c -lm -pthread && ./program",
               compiler, flags, program);
    free(text);
}

/* With all variants, or those that `turn` gives to the short run; both compilers have each target. */
static void expect_programs(const char *program, const char *model_name, int turn) {
    for (int i = 0; i < VARIANTS; i++)
        if (variant_has_turn(i, turn))
            expect_program(program, model_name, variant_number(i),
                           (i / 4 + turn) % 2 ? "gcc -O1" : "clang -O2");
}

Test(programs, dense_is_as_worked_out_by_hand) {
    workshop_open("dense");
    expect_programs("dense", "affine", 0);
    workshop_remove();
}

Test(programs, settings_change_steps_and_predictions) {
    workshop_open("setting");
    expect_programs("setting", "tunable", 1);
    workshop_remove();
}

Test(programs, derivatives_are_those_of_the_outputs) {
    workshop_open("derivative");
    expect_programs("derivative", "curve", 2);
    workshop_remove();
}

Test(programs, threads_share_a_net) {
    workshop_open("threads");
    expect_program("threads", "digits", (Variant){TARGET_GENERIC, UNROLL_AUTO, false, false},
                   "clang -g1 -O0 -fsanitize=thread");
    expect_program("threads", "xor", (Variant){TARGET_C99, UNROLL_AUTO, false, false},
                   "gcc -g1 -O0 -fsanitize=thread");
    expect_program("threads", "skip", (Variant){TARGET_C99, UNROLL_NONE, false, false},
                   "clang -g1 -O0 -fsanitize=thread");
    workshop_remove();
}

/* What nm says of the object file of a net; `pattern` picks lines, and none may be left. */
static void expect_no_symbol(const char *why, const char *nm, const char *pattern) {
    cr_assert_neq(run("%s net.o | grep -E '%s'", nm, pattern), 0, "%s:\n%s", why, run_output());
}

Test(programs, objects_hold_no_writable_data_and_only_prefixed_symbols) {
    static const char *const compilers[] = {"gcc -O0", "gcc -O2", "clang -O0", "clang -O2"};
    workshop_open("symbols");
    for (int m = 0; m < model_count; m++) {
        char *text = model_text(&models[m]), others[128];
        snprintf(others, sizeof others, " [A-Za-z] (?!%s_)", models[m].name);
        for (int i = is_long() ? 0 : m % 4; i < 4; i += slice_of(4, 1)) {
            generate("net", text, (Variant){(Target)((i + m / 4) % 2), UNROLL_AUTO, false, false});
            expect_run("%s -std=c11 -fno-pic -c" RUNTIME "net.c", compilers[i]);
            expect_no_symbol("writable data", "nm", " [bBdDcC] ");
            cr_assert_neq(run("nm --extern-only --defined-only net.o | grep -P '%s'", others), 0,
                          "visible:\n%s", run_output());
            cr_assert_neq(run("nm --undefined-only net.o | grep -v -w -E 'U "
                              "(memcpy|memset|memmove|(sqrt|fma|floor|copysign|fabs)f?)'"),
                          0, "needed:\n%s", run_output());
        }
        free(text);
    }
    workshop_remove();
}

/* An emitted net and the runtime's folder are all that a compiler needs. */
Test(programs, a_net_compiles_alone) {
    char *text = model_text(model_named("digits"));
    workshop_open("alone");
    generate("net", text, (Variant){TARGET_C99, UNROLL_AUTO, false, false});
    expect_run("mkdir include && cp " NNGEN_SOURCE "/runtime/*.h include && cc -Iinclude -c net.c");
    expect_run("cc -std=c99 -pedantic-errors -Iinclude -c net.c");
    free(text);
    workshop_remove();
}
