/* The same bits from every compiler: both, each level of optimisation, each standard, any wider
   CPU. Three nets train for fifty steps, straight and in tiles, on both targets; what each target's
   nets become is compared. */

#include "workshop.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first is what the others are held against. */
static const char *const commands[] = {
    "gcc -std=c11 -O0",
    "gcc -std=c11 -O2",
    "gcc -std=gnu11 -O3 -march=native",
    "clang -std=c11 -O0",
    "clang -std=gnu11 -O2",
    "clang -std=c11 -O3 -march=native",
    "gcc -std=gnu11 -O3 -ffp-contract=fast -mfma -mavx2",
    "clang -std=gnu11 -O2 -ffp-contract=on -mfma -mavx2",
};
enum { COMMANDS = sizeof commands / sizeof *commands };

typedef struct {
    int model;
    Variant variant;
} Case;

ParameterizedTestParameters(bits, do_not_depend_on_the_compiler) {
    static Case cases[6];
    static const char *const names[] = {"xor", "digits", "running"};
    for (int i = 0; i < 6; i++)
        cases[i] = (Case){(int)(model_named(names[i / 2]) - models),
                          {(Target)(i % 2), UNROLL_AUTO, i == 4}};
    return cr_make_param_array(Case, cases, 6);
}

static bool cpu_has_fma(void) {
    return run("grep -q -w fma /proc/cpuinfo && grep -q -w avx2 /proc/cpuinfo") == 0;
}

ParameterizedTest(Case *one, bits, do_not_depend_on_the_compiler) {
    const Model *model = &models[one->model];
    char folder[128], flags[1024], wanted[4096] = "";
    char *text = model_text(model);
    snprintf(folder, sizeof folder, "bits_%s_%s", model->name, variant_name(one->variant));
    workshop_open(folder);
    generate("net_under_test", text, one->variant);
    program_flags(flags, sizeof flags, model, one->variant.is_double);
    bool fma = cpu_has_fma();
    for (int i = 0; i < COMMANDS; i++) {
        if (!fma && strstr(commands[i], "-mfma"))
            continue;
        expect_run("%s" RUNTIME
                   "%s -DHEADER='\"net_under_test.h\"' -o program net_under_test.c " PROGRAMS
                   "exercise.c -lm && ./program",
                   commands[i], flags);
        if (i == 0)
            snprintf(wanted, sizeof wanted, "%s", run_output());
        cr_expect_str_eq(run_output(), wanted, "%s, %s: %s\n%s%s\n%s", model->name,
                         variant_name(one->variant), commands[i], run_output(), commands[0],
                         wanted);
    }
    free(text);
    workshop_remove();
}

/* -ffast-math breaks what was promised: the compiler says so rather than the net. */
Test(bits, fast_math_is_refused) {
    static const char *const refused[] = {"gcc -ffast-math", "gcc -Ofast", "clang -ffast-math",
                                          "clang -Ofast"};
    char *text = model_text(model_named("linear"));
    workshop_open("fast_math");
    generate("linear", text, (Variant){TARGET_C99, UNROLL_AUTO, false});
    expect_run("gcc -c" RUNTIME "linear.c");
    for (int i = 0; i < 4; i++) {
        cr_assert_neq(run("%s -c" RUNTIME "linear.c", refused[i]), 0, "%s compiles", refused[i]);
        cr_assert(strstr(run_output(), "fast-math"), "%s says %s", refused[i], run_output());
    }
    free(text);
    workshop_remove();
}
