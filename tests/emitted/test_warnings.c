/* Emitted code compiles without a warning: both compilers, each standard, every model and
   variant. */

#include "workshop.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

/* The worker that runs a test is a process of its own: numbers reach it, pointers do not. */
static struct criterion_test_params model_numbers(void) {
    static int numbers[64];
    for (int i = 0; i < model_count; i++)
        numbers[i] = i;
    return cr_make_param_array(int, numbers, (size_t)model_count);
}

/* The variants of a model, each in a folder file NAME_VARIANT.c. */
static void generate_variants(const Model *model) {
    char *text = model_text(model);
    for (int i = 0; i < VARIANTS; i++) {
        char file[128];
        Variant variant = variant_number(i);
        if (!variant_fits(model, variant) || (variant.is_double && variant.unroll == UNROLL_FULL))
            continue;
        snprintf(file, sizeof file, "%s_%s", model->name, variant_name(variant));
        generate(file, text, variant);
    }
    free(text);
}

ParameterizedTestParameters(warnings, none_from_the_front_ends) {
    return model_numbers();
}

ParameterizedTest(int *number, warnings, none_from_the_front_ends) {
    const Model *model = &models[*number];
    static const char *const commands[] = {"gcc -std=c11", "gcc -std=gnu11", "clang -std=c11",
                                           "clang -std=c99"};
    char folder[128];
    snprintf(folder, sizeof folder, "warnings_%s", model->name);
    workshop_open(folder);
    generate_variants(model);
    for (int i = 0; i < 4; i++)
        expect_run("%s -fsyntax-only" STRICT RUNTIME "*.c", commands[i]);
    expect_run("gcc -std=c99 -fsyntax-only" STRICT RUNTIME "*_auto_*.c");
    workshop_remove();
}

/* gcc finds more when it optimises: values that may be used before they are set, bounds that are
   passed. */
ParameterizedTestParameters(warnings, none_from_the_optimizers) {
    return model_numbers();
}

ParameterizedTest(int *number, warnings, none_from_the_optimizers) {
    const Model *model = &models[*number];
    char folder[128];
    char *text = model_text(model);
    snprintf(folder, sizeof folder, "optimizers_%s", model->name);
    workshop_open(folder);
    generate("c99", text, (Variant){TARGET_C99, UNROLL_AUTO, false});
    generate("generic", text, (Variant){TARGET_GENERIC, UNROLL_AUTO, false});
    expect_run("gcc -std=c11 -O2 -c" STRICT RUNTIME "c99.c generic.c");
    expect_run("clang -std=c11 -O2 -c" STRICT RUNTIME "c99.c generic.c");
    free(text);
    workshop_remove();
}

/* The warnings that other people's builds turn on: nothing in a header that they include may set
   them off. */
ParameterizedTestParameters(warnings, none_from_headers_in_cpp) {
    return model_numbers();
}

ParameterizedTest(int *number, warnings, none_from_headers_in_cpp) {
    const Model *model = &models[*number];
    char folder[128];
    char *text = model_text(model);
    snprintf(folder, sizeof folder, "cpp_%s", model->name);
    workshop_open(folder);
    generate("c99", text, (Variant){TARGET_C99, UNROLL_AUTO, false});
    generate("generic", text, (Variant){TARGET_GENERIC, UNROLL_AUTO, true});
    write_text("user_c99.cc", "#include \"c99.h\"\n#include \"c99.h\"\n");
    write_text("user_generic.cc", "#include \"generic.h\"\n");
    expect_run("g++ -std=c++17 -fsyntax-only" STRICT RUNTIME "user_c99.cc user_generic.cc");
    expect_run("clang++ -std=c++17 -fsyntax-only" STRICT RUNTIME "user_c99.cc user_generic.cc");
    free(text);
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
