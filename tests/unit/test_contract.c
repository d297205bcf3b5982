/* contract: what gathers, that bringing a contraction into that form changes no value, and which
   contractions are layers. */

#include "graph_values.h"
#include "autodiff/autodiff.h"
#include "random_graph.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

// Where elements are written, by running the loops

/* How often each element of the result is written; -1 where some index leaves the result. */
static int writes_per_element(const Node *node, int *writes) {
    const Contract *contract = node->contract;
    int64_t terms = 1;
    for (int loop = 0; loop < contract->loop_count; loop++)
        terms *= contract->extent[loop];
    for (int64_t term = 0; term < terms; term++) {
        int64_t rest = term, element = 0;
        int64_t at[MAX_LOOPS] = {0};
        for (int loop = 0; loop < contract->loop_count; loop++) {
            at[loop] = rest % contract->extent[loop];
            rest /= contract->extent[loop];
        }
        for (int axis = 0; axis < node->shape.rank; axis++) {
            int64_t index = contract->index[0].offset[axis];
            for (int loop = 0; loop < contract->loop_count; loop++)
                index += contract->index[0].factor[axis][loop] * at[loop];
            if (index < 0 || index >= node->shape.size[axis])
                return -1;
            element = element * node->shape.size[axis] + index;
        }
        writes[element]++;
    }
    return 0;
}

/* What gathers writes each element equally often, and none outside. */
static void expect_gathered(const Node *node, uint32_t seed) {
    int writes[1000] = {0};
    cr_assert_leq(shape_count(node->shape), 1000);
    cr_assert_eq(writes_per_element(node, writes), 0, "draw %u leaves the result", seed);
    for (int64_t i = 1; i < shape_count(node->shape); i++)
        cr_expect_eq(writes[i], writes[0], "draw %u: element %d", seed, (int)i);
    cr_expect_gt(writes[0], 0);
}

// contract_gather

static Node *convolution_of(Draw *draw) {
    static const char *const operands[] = {"x", "w", "slice(z, 0, 3)", "slice(w, 1, 3)"};
    Node *a = formula_node(draw->graph, operands[pick(draw, 4)]);
    return random_convolution(draw, a, formula_node(draw->graph, operands[pick(draw, 4)]));
}

static void expect_close(const double *before, const double *after, int64_t count, uint32_t seed) {
    for (int64_t i = 0; i < count; i++)
        cr_expect(fabs(before[i] - after[i]) <= 1e-12 * (1 + fabs(before[i])),
                  "draw %u: %g becomes %g", seed, before[i], after[i]);
}

/* Gathers the contraction; says whether it does then. */
static bool gather(const Graph *graph, Node *node, uint32_t seed) {
    TestValues values = test_values(graph);
    double *before = graph_values(graph, &values)[node->id];
    bool did = contract_gathers(node->contract, node->shape);
    contract_gather(node);
    bool does = contract_gathers(node->contract, node->shape);
    cr_expect(does || !did, "draw %u gathered before", seed);
    cr_expect_null(graph_check(graph));
    expect_close(before, graph_values(graph, &values)[node->id], node_elements(node), seed);
    if (does)
        expect_gathered(node, seed);
    return does && !did;
}

Test(contract, gathering_changes_no_value) {
    int brought = 0;
    for (uint32_t seed = 0; seed < 300; seed++) {
        Compiler *compiler = test_compiler();
        Draw draw = random_graph(compiler, seed, 0);
        brought += gather(draw.graph, convolution_of(&draw), seed);
        test_compiler_free(compiler);
    }
    cr_expect_gt(brought, 60, "most of the scattered half: %d", brought);
}

/* out[k, c] = sum over i, j and d of image[stride k + i - 1, c + j] * window[i, j, d], and its
   gradients, which scatter. */
static Node *image_window(Draw *draw) {
    Graph *graph = draw->graph;
    Contract contract = {.loop_count = 5, .extent = {2, 3, 2, 3, 2}};
    contract.index[0] = (Index){{0}, {{1}, {0, 1}}};
    contract.index[1] = (Index){{-1, 0}, {{1 + pick(draw, 3), 0, 1}, {0, 1, 0, 1}}};
    contract.index[2] = (Index){{0}, {{0, 0, 1}, {0, 0, 0, 1}, {0, 0, 0, 0, 1}}};
    Node *window = formula_node(graph, "reshape(v, [2, 3, 2])");
    return graph_contract(graph, &contract, (Shape){2, {2, 3}}, true, formula_node(graph, "m"),
                          window);
}

Test(contract, gathering_leaves_gradients_by_images_and_windows) {
    int brought = 0;
    for (uint32_t seed = 0; seed < 12; seed++) {
        Compiler *compiler = test_compiler();
        Draw draw = random_graph(compiler, seed, 0);
        Node *node = image_window(&draw), *wanted[] = {node->inputs[0], node->inputs[1]};
        Node *cost = formula_node(draw.graph, "share"), *gradients[2];
        cost = graph_map(draw.graph, OP_MUL, graph_map(draw.graph, OP_SIN, node, NULL, NULL), cost,
                         NULL);
        cost = graph_reduce(draw.graph, OP_SUM, cost, 3, true);
        differentiate(draw.graph, cost, 2, wanted, gradients);
        for (int id = 0; id < draw.graph->node_count; id++)
            if (draw.graph->nodes[id]->kind == KIND_CONTRACT)
                brought += gather(draw.graph, draw.graph->nodes[id], seed);
        test_compiler_free(compiler);
    }
    cr_expect_eq(brought, 12, "the gradient by the image: %d", brought);
}

static Node *contraction(Graph *graph, const char *a, const char *b, Shape shape,
                         const Contract *contract) {
    return graph_contract(graph, contract, shape, true, formula_node(graph, a),
                          formula_node(graph, b));
}

/* out[2 t + 3 i] = sum of x[t] w[i]: no loop counts the elements of the result. */
Test(contract, what_cannot_be_gathered_stays_as_it_is) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Contract contract = {.loop_count = 2, .extent = {4, 4}};
    contract.index[0] = (Index){{0}, {{2, 3}}};
    contract.index[1] = (Index){{0}, {{1}}};
    contract.index[2] = (Index){{0}, {{0, 1}}};
    Node *node = contraction(graph, "x", "w", (Shape){1, {16}}, &contract);
    contract_gather(node);
    cr_expect_not(contract_gathers(node->contract, node->shape));
    cr_expect_eq(memcmp(node->contract, &contract, sizeof contract), 0);
    test_compiler_free(compiler);
}

/* The loop that is replaced would run on where the operand's own bounds do not stop it. */
Test(contract, a_loop_over_a_part_of_its_operand_is_not_replaced) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Contract contract = {.loop_count = 2, .extent = {3, 2}}; /* of 4 elements each */
    contract.index[0] = (Index){{0}, {{1, 1}}};
    contract.index[1] = (Index){{0}, {{1}}};
    contract.index[2] = (Index){{0}, {{0, 1}}};
    Node *node = contraction(graph, "x", "w", (Shape){1, {4}}, &contract);
    contract_gather(node);
    cr_expect_not(contract_gathers(node->contract, node->shape));
    test_compiler_free(compiler);
}

// Questions about a contraction

Test(contract, an_operands_axis_has_a_loop_of_its_own_or_not) {
    static const struct {
        Index index; /* of m[3, 4], by loops i < 3, j < 4, k < 2 */
        bool along[2];
    } rows[] = {
        {{{0}, {{1}, {0, 1}}}, {true, true}},        /* m[i, j] */
        {{{0}, {{0, 1}, {1}}}, {false, false}},      /* m[j, i]: other extents */
        {{{0, 1}, {{1}, {0, 1}}}, {true, false}},    /* m[i, j + 1] */
        {{{0}, {{2}, {0, 1}}}, {false, true}},       /* m[2 i, j] */
        {{{0}, {{-1}, {0, 1}}}, {false, true}},      /* m[-i, j] */
        {{{0}, {{1, 0, 1}, {0, 1}}}, {false, true}}, /* m[i + k, j] */
        {{{0}, {{1}, {1, 1}}}, {false, false}},      /* m[i, i + j] */
        {{{0}, {{0}, {0, 1}}}, {false, true}},       /* m[0, j] */
        {{{0}, {{0, 0, 1}, {0, 1}}}, {false, true}}, /* m[k, j]: two of three rows */
    };
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Contract contract = {.loop_count = 3, .extent = {3, 4, 2}};
        contract.index[0] = (Index){{0}, {{1}}};
        contract.index[1] = rows[i].index;
        contract.index[2] = (Index){{0}, {{0, 1}}};
        const Node *node = contraction(graph, "m", "w", (Shape){1, {3}}, &contract);
        for (int axis = 0; axis < 2; axis++)
            cr_expect_eq(contract_runs_along(node, 0, axis), rows[i].along[axis],
                         "row %zu, axis %d", i, axis);
        cr_expect(contract_runs_along(node, 1, 0));
    }
    test_compiler_free(compiler);
}

Test(contract, the_loop_of_the_last_axis) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Contract contract = {.loop_count = 3, .extent = {3, 4, 2}};
    contract.index[0] = (Index){{0}, {{0, 1}, {1}}};
    Node *node = contraction(graph, "s", "s", (Shape){2, {4, 3}}, &contract);
    cr_expect_eq(contract_last_loop(node), 0);
    node->contract->index[0] = (Index){{0}, {{1}, {0, 2}}};
    cr_expect_eq(contract_last_loop(node), -1);
    cr_expect_eq(contract_last_loop(contraction(graph, "s", "s", (Shape){0}, &contract)), -1);
    test_compiler_free(compiler);
}

/* Of a layer each example gets one row; of a table of sums, or where sums wander, it does not. */
Test(contract, loops_are_kept_or_summed) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *layer = formula_node(graph, "matmul(v, x)");
    cr_expect(contract_keeps_loop(layer, 0));
    cr_expect_not(contract_keeps_loop(layer, 1));
    cr_expect(examples_come_last(layer));
    Contract table = {.loop_count = 2, .extent = {3, 4}};
    table.index[0] = (Index){{0}, {{1}, {0, 1}}};
    table.index[1] = (Index){{0}, {{1}, {0, 1}}};
    Node *outer = contraction(graph, "m", "s", (Shape){2, {3, 4}}, &table);
    cr_expect(contract_keeps_loop(outer, 0) && contract_keeps_loop(outer, 1));
    cr_expect_not(examples_come_last(outer));
    layer->contract->index[0].factor[0][0] = 2;
    cr_expect_not(examples_come_last(layer), "every other row is never written");
    test_compiler_free(compiler);
}

/* Which operand is the weights of matmul(a, b), taken the other way round, too. */
static void expect_weights(const char *a, const char *b, int wanted) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    const char *formula = format_text(compiler, "matmul(%s, %s)", a, b);
    Node *node = formula_node(graph, formula), *operands[] = {node->inputs[1], node->inputs[0]};
    Contract exchanged = *node->contract;
    exchanged.index[1] = node->contract->index[2];
    exchanged.index[2] = node->contract->index[1];
    const Node *other =
        graph_contract(graph, &exchanged, node->shape, node->batched, operands[0], operands[1]);
    cr_expect_eq(layer_weights(node), wanted, "%s", formula);
    cr_expect_eq(layer_weights(other), wanted < 0 ? -1 : 1 - wanted, "%s the other way", formula);
    if (wanted >= 0)
        cr_expect(layer_sums_along_rows(node, wanted));
    test_compiler_free(compiler);
}

Test(contract, a_layer_is_weights_times_a_vector_of_each_example) {
    expect_weights("v", "x", 0);
    expect_weights("v * 2", "x + z", 0);
    expect_weights("v", "w", -1);
    expect_weights("m", "x", -1);
    expect_weights("m", "w", -1);
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    cr_expect_eq(layer_weights(formula_node(graph, "v * x")), -1, "no contraction");
    Node *part = formula_node(graph, "matmul(v, x)");
    part->contract->extent[1] = 3;
    cr_expect_eq(layer_weights(part), -1, "a part of the sums");
    test_compiler_free(compiler);
}

/* Of a layer's gradients: by x it is a layer along the columns, by v none. */
Test(contract, a_layers_gradient_by_its_input_sums_along_columns) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *layer = formula_node(graph, "matmul(v, x)"),
         *wanted[] = {layer->inputs[1], layer->inputs[0]};
    Node *cost = graph_map(graph, OP_MUL, layer, formula_node(graph, "share"), NULL), *gradients[2];
    differentiate(graph, graph_reduce(graph, OP_SUM, cost, 1, true), 2, wanted, gradients);
    cr_assert_eq(gradients[0]->kind, KIND_CONTRACT);
    int weights = layer_weights(gradients[0]);
    cr_assert_geq(weights, 0);
    cr_expect_eq(gradients[0]->inputs[weights], wanted[1]);
    cr_expect_not(layer_sums_along_rows(gradients[0], weights));
    cr_expect_eq(layer_weights(gradients[1]), -1);
    test_compiler_free(compiler);
}
