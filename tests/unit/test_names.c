/* gen/emit/names.c: numbers as C reads them. What becomes of names is in
   tests/emitted/test_names.c. */

#include "nngen.h"
#include "emit/emitter.h"
#include "formula_graph.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static void expect_texts(double value, const char *as_float, const char *as_double) {
    Compiler *compiler = test_compiler();
    cr_expect_str_eq(real_text(compiler, value), as_float, "%a: %s", value,
                     real_text(compiler, value));
    compiler->options.is_double = true;
    cr_expect_str_eq(real_text(compiler, value), as_double, "%a: %s", value,
                     real_text(compiler, value));
    test_compiler_free(compiler);
}

Test(names, numbers_are_as_short_as_they_can_be) {
    expect_texts(0, "0.0f", "0.0");
    expect_texts(-0.0, "(-0.0f)", "(-0.0)");
    expect_texts(3, "3.0f", "3.0");
    expect_texts(-0.1, "(-0.1f)", "(-0.1)");
    expect_texts(1.0 / 3, "0.33333334f", "0.3333333333333333");
    expect_texts(1e30, "1e+30f", "1e+30");
}

/* Half the least float, 2^-150, rounds to 0; a little more, to the least float. */
Test(names, numbers_below_the_least_float_are_rounded) {
    expect_texts(1e-50, "0.0f", "1e-50");
    expect_texts(-1e-50, "(-0.0f)", "(-1e-50)");
    expect_texts(0x1p-150, "0.0f", "7.006492321624085e-46");
    expect_texts(0x1.000001p-150, "1e-45f", "7.006492739243571e-46");
    expect_texts(1e-40, "1e-40f", "1e-40");
    expect_texts(1.00003e-43, "1e-43f", "1.00003e-43");
    expect_texts(0x1p-1074, "0.0f", "5e-324");
}

/* From half a step above the greatest float on it is infinite, below it is the greatest. */
Test(names, numbers_above_the_greatest_float_are_rounded) {
    expect_texts(0x1.fffffefffffffp127, "3.4028235e+38f", "3.4028235677973362e+38");
    expect_texts(0x1.ffffffp127, "NN_INFINITY", "3.4028235677973366e+38");
    expect_texts(-0x1.ffffffp127, "(-NN_INFINITY)", "(-3.4028235677973366e+38)");
    expect_texts(1e300, "NN_INFINITY", "1e+300");
    expect_texts(INFINITY, "NN_INFINITY", "NN_INFINITY");
    expect_texts(NAN, "NN_NAN", "NN_NAN");
}

/* The banner's count of a net too large to run is more than an integer holds. */
Test(names, operations_are_counted_without_end) {
    char text[2000];
    int size = sprintf(text, "network huge\ninput a[25000, 30000], b[25000, 30000]\nh = 0");
    for (int i = 0; i < 10; i++)
        size +=
            sprintf(text + size,
                    " + sum(contract(a[i, j] * b[i + t - %d, j + u], t = 25000, u = 30000))", i);
    sprintf(text + size, "\noutput h\nbatch 1\n");
    Options options = {.target = TARGET_GENERIC};
    Result result = compile("huge.def", text, strlen(text), "huge.h", &options);
    cr_assert_eq(result.exit_code, 0, "%s", result.diagnostics);
    cr_expect(strstr(result.source, "1.12500000075e+19  1.12500000075e+19   3000000128\n"),
              "%.500s", result.source);
    cr_expect(strstr(result.source, "for (int"), "not in loops");
    result_free(&result);
}

/* A name of the model's is changed where the C would misread it. */
Test(names, of_types_are_no_words_of_c_nor_locals) {
    static const char *const kept[] = {"x", "bee", "b_panels", "given", "net_t2", "aB", "A", "ab"};
    static const char *const taken[] = {"b",    "i_block", "q_panel", "at",  "bits", "given_x",
                                        "nn_a", "NN_A",    "a__b",    "_a",  "int",  "uint8_t",
                                        "M_PI", "AB",      "double",  "argv"};
    Compiler *compiler = test_compiler();
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        cr_expect_str_eq(name_type(compiler, kept[i]), kept[i]);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        const char *name = name_type(compiler, taken[i]);
        cr_expect(strncmp(name, taken[i], strlen(taken[i])) == 0, "%s", name);
        cr_expect_str_eq(name + strlen(taken[i]), "_", "%s", name);
    }
    test_compiler_free(compiler);
}

Test(names, of_values_are_no_instances) {
    static const char *const rows[][2] = {{"h", "h"},
                                          {"h", "h2"},
                                          {"h_part", "h_part_"},
                                          {"h_rest", "h_rest_"},
                                          {"h_0", "h_0_"},
                                          {"h_0to3", "h_0to3_"},
                                          {"h_12_sum", "h_12_sum_"},
                                          {"h.weight", "h_weight"},
                                          {"3d", "v3d"},
                                          {"to3", "to3"},
                                          {"h_to3", "h_to3"},
                                          {"h0", "h0"},
                                          {"_0", "_0_"},
                                          {"sum", "sum"},
                                          {"7", "v7"}};
    Compiler *compiler = test_compiler();
    Names names = {.compiler = compiler};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_str_eq(name_stem(&names, rows[i][0]), rows[i][1], "%s", rows[i][0]);
    cr_expect_str_eq(name_new(&names, "float"), "float_");
    cr_expect_str_eq(name_new(&names, "h_part"), "h_part");
    test_compiler_free(compiler);
}
