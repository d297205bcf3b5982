/* Emitted code compiles without a warning: every model and variant with both compilers, which take
   turns with the standards; and a compiler that is told of less than the target is refused by
   name. The short run takes from model to model another fourth of the variants, and those for a wide
   CPU, whose intrinsics take a compiler longest, with one compiler each. */

#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The worker that runs a test is a process of its own: numbers reach it, pointers do not. */
static struct criterion_test_params model_numbers(void) {
    static int numbers[64];
    for (int i = 0; i < model_count; i++)
        numbers[i] = i;
    return cr_make_param_array(int, numbers, (size_t)model_count);
}

/* What the models become in this variant, as one unit: the front end reads the runtime once. */
static bool write_unit(int number) {
    Variant variant = variant_number(number);
    char unit[4096] = "";
    for (int i = 0; i < model_count; i++) {
        if (!variant_fits(&models[i], variant) || !variant_has_turn(number, i) ||
            (variant.is_double && variant.unroll == UNROLL_FULL))
            continue;
        char *text = model_text(&models[i]);
        generate(models[i].name, text, variant);
        sprintf(unit + strlen(unit), "#include \"%s.c\"\n", models[i].name);
        free(text);
    }
    write_text("unit.c", unit);
    return unit[0] != '\0';
}

ParameterizedTestParameters(warnings, none_from_the_front_ends) {
    static int numbers[ALL_VARIANTS];
    for (int i = 0; i < ALL_VARIANTS; i++)
        numbers[i] = i;
    return cr_make_param_array(int, numbers, ALL_VARIANTS);
}

ParameterizedTest(int *number, warnings, none_from_the_front_ends) {
    static const char *const commands[][2] = {{"gcc -std=c11", "clang -std=c99"},
                                              {"gcc -std=gnu11", "clang -std=c11"}};
    const char *const *pair = commands[(*number / 2 + *number) % 2];
    char folder[128];
    snprintf(folder, sizeof folder, "warnings_%d", *number);
    workshop_open(folder);
    if (write_unit(*number)) {
        for (int i = 0; i < 2; i++)
            if (*number < VARIANTS || is_long() || i == (*number / 2 + *number / 4) % 2)
                expect_run("%s %s -fsyntax-only -I." STRICT RUNTIME "unit.c", pair[i],
                           variant_flag(variant_number(*number)));
        if (*number < VARIANTS && (is_long() || *number % 3 == 0))
            expect_run("gcc -std=c99 -fsyntax-only -I." STRICT RUNTIME "unit.c");
    }
    workshop_remove();
}

/* Compilers find more when they optimise: values that may be used before they are set, bounds that
   are passed. From model to model the other compiler is at a target; the short run has each target
   with each compiler once. */
ParameterizedTestParameters(warnings, none_from_the_optimizers) {
    return model_numbers();
}

ParameterizedTest(int *number, warnings, none_from_the_optimizers) {
    const Model *model = &models[*number];
    char folder[128];
    char *text = model_text(model);
    snprintf(folder, sizeof folder, "optimizers_%s", model->name);
    workshop_open(folder);
    for (Target target = TARGET_C99; target <= TARGET_X86_64_V4; target++) {
        bool is_in_slice = *number < 8 && (*number + (int)target) % 4 == 0;
        bool is_gcc = (*number / 4 + (int)target) % 2;
        if (!is_long() && !is_in_slice)
            continue;
        generate("net", text, (Variant){target, UNROLL_AUTO, false, false});
        for (int i = 0; i < slice_of(1, 2); i++)
            expect_run("%s -std=c11 -O2 %s -c" STRICT RUNTIME "net.c",
                       is_gcc == (i == 0) ? "gcc" : "clang", target_flag(target));
    }
    free(text);
    workshop_remove();
}

/* The headers of all models for one target as a file of C++ that includes each twice. */
static void write_user(const char *file, const char *prefix, Variant variant) {
    char user[4096] = "", name[64];
    for (int m = 0; m < model_count; m++) {
        char *text = model_text(&models[m]);
        snprintf(name, sizeof name, "%s_%s", prefix, models[m].name);
        generate(name, text, variant);
        sprintf(user + strlen(user), "#include \"%s.h\"\n#include \"%s.h\"\n", name, name);
        free(text);
    }
    write_text(file, user);
}

/* The warnings that other people's builds turn on: nothing in a header that they include may set
   them off. */
Test(warnings, none_from_headers_in_cpp) {
    workshop_open("cpp");
    write_user("user_c99.cc", "c99", (Variant){TARGET_C99, UNROLL_AUTO, false, false});
    write_user("user_generic.cc", "generic", (Variant){TARGET_GENERIC, UNROLL_AUTO, true, false});
    write_user("user_v4.cc", "v4", (Variant){TARGET_X86_64_V4, UNROLL_AUTO, false, false});
    expect_run("g++ -std=c++17 -fsyntax-only" STRICT RUNTIME "user_*.cc");
    expect_run("clang++ -std=c++17 -fsyntax-only" STRICT RUNTIME "user_*.cc");
    workshop_remove();
}

/* Constants that a float cannot hold, or only as a denormal number, or as infinity. */
Test(warnings, none_from_constants_out_of_range) {
    static const char text[] =
        "network edge\ninput x[3]\ntarget y[2]\nh = dense(x, 2) * 1e-320 + 1e-50 + 1e-42\n"
        "p = max(min(h, 1e300), -3.4028235677973362e38) + param([2], 1e-47)\n"
        "loss half_squared_error(p, y)\nupdate adam(eps = 1e-50)\nbatch 3\n";
    workshop_open("warnings_constants");
    for (int i = 0; i < VARIANTS; i++)
        generate(variant_name(variant_number(i)), text, variant_number(i));
    expect_run("gcc -std=c11 -fsyntax-only" STRICT RUNTIME "*.c");
    expect_run("clang -std=c11 -fsyntax-only" STRICT RUNTIME "*.c");
    workshop_remove();
}

/* Compiled for less than its target, emitted code says what to add. */
Test(warnings, a_compiler_that_is_told_of_less_is_refused) {
    static const struct {
        Target target;
        const char *command, *said;
    } refused[] = {
        {TARGET_X86_64_V3, "gcc", "this needs AVX2 and FMA: add -mavx2 -mfma, or -march=x86-64-v3"},
        {TARGET_X86_64_V3, "clang -mavx2", "add -mavx2 -mfma, or -march=x86-64-v3"},
        {TARGET_X86_64_V4, "gcc -march=x86-64-v3",
         "this needs AVX-512 F, BW, DQ and VL: add -march=x86-64-v4"},
        {TARGET_X86_64_V4, "clang -mavx512f",
         "this needs AVX-512 F, BW, DQ and VL: add -march=x86-64-v4"},
        {TARGET_AARCH64, "gcc", "this needs NEON: use a compiler for aarch64"},
    };
    char *text = model_text(model_named("linear"));
    workshop_open("refused");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        generate("net", text, (Variant){refused[i].target, UNROLL_AUTO, false, false});
        cr_expect_neq(run("%s -c" RUNTIME "net.c", refused[i].command), 0, "%s compiles it",
                      refused[i].command);
        cr_expect(strstr(run_output(), refused[i].said), "%s says\n%.500s", refused[i].command,
                  run_output());
    }
    free(text);
    workshop_remove();
}
