/* flops: numbers of operations that were worked out by hand. */

#include "checked.h"
#include "formula_graph.h"
#include "autodiff/autodiff.h"

#include <criterion/criterion.h>
#include <string.h>

/* All functions of a model, folded. */
static Program *program_of(Checked *checked, const char *model) {
    check_open(checked, model);
    cr_assert_not_null(checked->graph, "%s", checked->said);
    stabilise(checked->graph);
    if (checked->graph->cost)
        grad(checked->graph);
    update(checked->graph);
    Program *program = program_new(checked->graph);
    fold(program);
    return program;
}

static Flops flops_in(const Program *program, FunctionKind kind) {
    for (int i = 0; i < program->function_count; i++)
        if (program->functions[i]->kind == kind)
            return flops_of_function(program->functions[i]);
    cr_assert_fail("no function %s", function_names[kind]);
    return (Flops){0};
}

/* What the lines of a model that has x[10] for input cost per example, up to the output h. */
static double prediction(const char *lines) {
    char model[1000];
    Checked checked;
    snprintf(model, sizeof model, "network t\ninput x[10]\n%s\noutput h\n", lines);
    Flops flops = flops_in(program_of(&checked, model), FUNCTION_PREDICT);
    check_close(&checked);
    cr_expect_eq(flops.example, flops.call, "predict takes one example");
    return flops.example;
}

/* 3 outputs: 10 multiply-adds and a bias each. */
Test(flops, dense) {
    cr_expect_eq(prediction("h = dense(x, 3)"), 3 * (2 * 10 + 1));
}

/* 2 channels of 5 places, 4 taps each; the taps that fall outside x count, too. */
Test(flops, convolution) {
    cr_expect_eq(prediction("k = param([2, 4], 0.5)\n"
                            "h = contract(k[c, i] * x[2*t + i - 1], c = 2, t = 5)"),
                 2 * (2 * 5 * 4));
}

Test(flops, windows) {
    cr_expect_eq(prediction("h = window_max(x[2*t + i - 1], over(i = 3), t = 5)"), 5 * 3);
}

/* The largest, the differences, exp, their sum, one over it, the products. */
Test(flops, softmax) {
    cr_expect_eq(prediction("h = softmax(x)"), 5 * 10 + 1);
}

Test(flops, moving_is_free) {
    cr_expect_eq(prediction("h = concat(reshape(x, [2, 5]), transpose(reshape(x[0:10], [2, 5]), "
                            "[0, 1]), axis = 1)"),
                 0);
}

Test(flops, an_operation_is_one_whatever_it_is) {
    cr_expect_eq(prediction("h = exp(x)"), 10);
    cr_expect_eq(prediction("h = x / 3"), 10);
    cr_expect_eq(prediction("h = where(x < 1, x, 0)"), 20);
    cr_expect_eq(prediction("h = sum(sqrt(x))"), 20);
}

static const char adam_model[] =
    "network t\ninput x[2]\ntarget y[3]\n"
    "h = dense(x, 3)\nloss sum((h - y) ^ 2)\nupdate adam(0.1)\nbatch 8\n";

/* Of each of 9 numbers: m 3, v 4, the new weight 6. Once: t, two powers, two differences from 1,
   the rate and 1 over one of them. */
Test(flops, adam) {
    Checked checked;
    Flops flops = flops_in(program_of(&checked, adam_model), FUNCTION_UPDATE);
    check_close(&checked);
    cr_expect_eq(flops.example, 0);
    cr_expect_eq(flops.call, 9 * (3 + 4 + 6) + 7);
}

/* Per example: dense 15; h - y, its square, their sum, the share and the sum over the examples: 9
   and 2; whether the example is there, and the choice 2; 2 * share 1, times h - y 3; bias summed 3,
   weight 6 multiply-adds. */
Test(flops, gradient_of_dense) {
    Checked checked;
    Program *program = program_of(&checked, adam_model);
    Flops flops = flops_in(program, FUNCTION_GRADIENT);
    Flops step = flops_in(program, FUNCTION_TRAIN_STEP);
    check_close(&checked);
    cr_expect_eq(flops.example, 15 + 9 + 2 + 2 + 1 + 3 + 3 + 12, "%g", flops.example);
    cr_expect_eq(flops.call, 8 * flops.example);
    cr_expect_eq(step.example, flops.example);
    cr_expect_eq(step.call, flops.call + 9 * (3 + 4 + 6) + 7);
}

/* A sum over the examples, whose result is per batch, adds each of them. */
Test(flops, sums_over_examples) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Function function = {.examples = 5, .graph = graph};
    Flops sum = flops_of(&function, formula_node(graph, "examples(x)"));
    Flops weights = flops_of(&function, formula_node(graph, "w * w"));
    test_compiler_free(compiler);
    cr_expect_eq(sum.example, 4);
    cr_expect_eq(sum.call, 20);
    cr_expect_eq(weights.example, 0);
    cr_expect_eq(weights.call, 4);
}

Test(flops, random_numbers_count_and_detach_does_not) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Function function = {.examples = 5, .graph = graph};
    Node *drawn = graph_random(graph, OP_NORMAL, shape_of(2, (int64_t[]){3, 4}), true, 0);
    Flops random = flops_of(&function, drawn);
    Flops detached = flops_of(&function, formula_node(graph, "detach(x)"));
    test_compiler_free(compiler);
    cr_expect_eq(random.example, 12);
    cr_expect_eq(random.call, 60);
    cr_expect_eq(detached.call, 0);
}

/* Of one value, by its kind: two for each multiply-add, one for any other operation, none for what
   only moves or is there. */
Test(flops, of_each_kind_of_node) {
    static const struct {
        const char *formula;
        double flops;
    } rows[] = {
        {"x", 0},
        {"2", 0},
        {"share", 0},
        {"x + w", 4},
        {"v * x", 12},
        {"where(x, z, w)", 4},
        {"fma(x, z, w)", 8},
        {"fnma(x, z, w)", 8},
        {"detach(x)", 0},
        {"sum(m)", 12},
        {"rows(m)", 12},
        {"max(x)", 4},
        {"matmul(v, x)", 24},
        {"random", 4},
        {"transpose(m)", 0},
        {"pad(x, 1, 1)", 0},
        {"concat(x, z)", 0},
        {"expand(s, [4])", 0},
    };
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(node_flops(formula_node(graph, rows[i].formula)), rows[i].flops, "%s: %g",
                     rows[i].formula, node_flops(formula_node(graph, rows[i].formula)));
    test_compiler_free(compiler);
}

Test(flops, add_up_for_an_example_and_for_a_call) {
    Flops sum = flops_add((Flops){.example = 1, .call = 2}, (Flops){.example = 10, .call = 20});
    cr_expect_eq(sum.example, 11);
    cr_expect_eq(sum.call, 22);
}
