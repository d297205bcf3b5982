/* views: which nodes are computed, and which only look at the memory of another one. */

#include "graph_values.h"
#include "random_graph.h"

#include <criterion/criterion.h>

/* Of the formula's node: its base, or "computed". */
static void expect_base(const char *formula, const char *wanted) {
    Compiler *compiler = test_compiler();
    Node *node = formula_node(test_graph(compiler), formula);
    const char *got = node_is_computed(node) ? "computed" : node_formula(compiler, node_base(node));
    cr_expect_str_eq(got, wanted, "%s: %s, wanted %s", formula, got, wanted);
    cr_expect_eq(node_is_alias(node), node_base(node) != node);
    test_compiler_free(compiler);
}

Test(views, what_moves_nothing_is_an_alias) {
    expect_base("m", "m");
    expect_base("2", "2");
    expect_base("share", "share");
    expect_base("m + 1", "computed");
    expect_base("sum(m)", "computed");
    expect_base("matmul(v, x)", "computed");
    expect_base("transpose(m)", "m");
    expect_base("expand(x, [3, 4])", "x");
    expect_base("slice(m, 1, 3)", "m");
    expect_base("reshape(m, [2, 6])", "m");
    expect_base("reshape(slice(m, 1, 3), [8])", "m");
    expect_base("transpose(reshape(slice(m, 1, 3), [2, 4]))", "m");
    expect_base("slice(transpose(m), 1, 2)", "m");
    expect_base("slice(x + z, 1, 2)", "add(x, z)");
}

/* Their elements do not lie one behind the other, or have another's beside them. */
Test(views, what_has_to_be_put_in_order_is_computed) {
    expect_base("concat(x, z)", "computed");
    expect_base("pad(x, 1, 1)", "computed");
    expect_base("reshape(transpose(m), [12])", "computed");
    expect_base("reshape(expand(s, [4]), [2, 2])", "computed");
    expect_base("reshape(slice(transpose(m), 0, 2), [6])", "computed");
    expect_base("reshape(concat(x, z), [2, 4])", "concat(x, z)");
    expect_base("reshape(pad(x, 1, 1), [2, 3])", "pad(x, 1, [6])");
    expect_base("slice(random, 1, 2)", "computed"); /* which is in no memory */
}

Test(views, a_leaf_has_no_inputs) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    static const char *const leaves[] = {"x", "w", "2", "share", "random"};
    for (int i = 0; i < 5; i++)
        cr_expect(node_is_leaf(formula_node(graph, leaves[i])), "%s", leaves[i]);
    cr_expect_not(node_is_leaf(formula_node(graph, "-x")));
    test_compiler_free(compiler);
}

/* A part of the columns of a matrix leaves gaps between its rows. */
Test(views, a_part_of_the_columns_has_gaps) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    static const int64_t start[] = {0, 1};
    Node *columns = graph_slice(graph, formula_node(graph, "m"), start, (Shape){2, {3, 2}});
    cr_expect(node_is_alias(columns));
    cr_expect(node_is_computed(graph_reshape(graph, columns, (Shape){1, {6}})));
    test_compiler_free(compiler);
}

/* The strides of what an alias shows, where its base's elements are worth their places. */
static void expect_strides(const Node *node, const double *places, uint32_t seed) {
    int64_t count[MAX_RANK + 1] = {1};
    double strides[MAX_RANK] = {0};
    int rank = node->shape.rank;
    for (int i = 0; i < rank; i++) /* of the last axes first */
        count[i + 1] = count[i] * node->shape.size[rank - 1 - i];
    for (int i = 0; i < rank; i++)
        strides[i] = node->shape.size[rank - 1 - i] > 1 ? places[count[i]] - places[0] : 0;
    for (int64_t k = 0; k < count[rank]; k++) {
        double place = places[0];
        for (int i = 0; i < rank; i++)
            place += strides[i] * (double)(k / count[i] % node->shape.size[rank - 1 - i]);
        cr_expect_eq(places[k], place, "draw %u: element %d is at %g, not at %g", seed, (int)k,
                     places[k], place);
    }
}

static Node *random_view(Draw *draw, Node *input) {
    Graph *graph = draw->graph;
    int64_t start[MAX_RANK] = {0}, turned[MAX_RANK] = {0};
    Shape shape = input->shape, flat = {1, {shape_count(input->shape)}}, wide = shape;
    switch (pick(draw, 4)) {
    case 0:
        for (int i = 0; i < shape.rank; i++) {
            start[i] = pick(draw, (int)shape.size[i]);
            shape.size[i] -= start[i];
        }
        return graph_slice(graph, input, start, shape);
    case 1:
        for (int i = 0; i < shape.rank; i++)
            turned[i] = shape.rank - 1 - i;
        return graph_transpose(graph, input, turned);
    case 2:
        return graph_reshape(graph, input, flat);
    default:
        wide.rank = shape.rank + 1;
        wide.size[0] = 2;
        for (int i = 0; i < shape.rank; i++)
            wide.size[i + 1] = shape.size[i];
        return shape.rank < 4 ? graph_expand(graph, input, wide, input->batched) : input;
    }
}

/* So that kernels can walk through the base with a stride for each axis. */
Test(views, an_alias_has_a_stride_for_each_axis) {
    int aliases = 0;
    for (uint32_t seed = 0; seed < 200; seed++) {
        Compiler *compiler = test_compiler();
        Draw draw = {test_graph(compiler), seed * 2654435761u + 17};
        Node *base = draw.graph->nodes[6], *node = base;
        for (int i = 0; i < 4; i++)
            node = random_view(&draw, node);
        TestValues values = test_values(draw.graph);
        for (int k = 0; k < 12; k++)
            values.of[base->variable->number][k] = k;
        double **all = graph_values(draw.graph, &values);
        for (int id = base->id + 1; id < draw.graph->node_count; id++) {
            if (node_base(draw.graph->nodes[id]) != base)
                continue;
            aliases++;
            expect_strides(draw.graph->nodes[id], all[id], seed);
        }
        test_compiler_free(compiler);
    }
    cr_expect_gt(aliases, 300, "%d", aliases);
}
