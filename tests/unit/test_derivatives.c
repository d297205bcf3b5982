/* derivatives: the row of each operator against central differences of its value, in double, at
   random points away from kinks; and grad's way through other kinds of nodes, on random graphs. */

#include "graph_values.h"
#include "long.h"
#include "plain_builder.h"
#include "random_graph.h"
#include "autodiff/autodiff.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

// Rows of ops.h

/* The operator's node of a, b and c, with its row in a graph of its own. */
typedef struct {
    Compiler *compiler;
    Plain plain;
    double at[3];
    const Node *slope; /* NULL where there is none */
} Row;

static Row row_of(Op op, int argument) {
    Row row = {.compiler = test_compiler()};
    Match match = {0};
    row.plain = plain_builder(graph_new(row.compiler));
    for (int i = 0; i < 3; i++)
        match.bound[i] =
            graph_variable(row.plain.graph, graph_add_variable(row.plain.graph, VARIABLE_PARAM,
                                                               "operand", (Shape){0}));
    match.bound['y' - 'a'] =
        graph_map(row.plain.graph, op, match.bound[0], match.bound[1], match.bound[2]);
    match.bound['d' - 'a'] = graph_const(row.plain.graph, 1);
    row.slope =
        rule_derivative(row.compiler, &row.plain.builder, &match, (Derivative){op, argument});
    return row;
}

/* What the row says of the operator at this point; 0 where it has none. */
static double slope_of(Row *row) {
    double *values[3] = {&row->at[0], &row->at[1], &row->at[2]};
    return row->slope
               ? graph_values(row->plain.graph, &(TestValues){.of = values})[row->slope->id][0]
               : 0;
}

static double value_near(Op op, const double *at, int argument, double step) {
    double moved[3] = {at[0], at[1], at[2]};
    moved[argument] += step;
    return op_rows[op].value(moved[0], moved[1], moved[2]);
}

/* Central differences of fourth order with this step. */
static double difference(Op op, const double *at, int argument, double step) {
    double near = value_near(op, at, argument, step) - value_near(op, at, argument, -step);
    double far = value_near(op, at, argument, 2 * step) - value_near(op, at, argument, -2 * step);
    return (8 * near - far) / (12 * step);
}

/* Not where the function has no value or a kink: there two steps give two slopes. */
static bool has_slope(Op op, const double *at, int argument, double *slope) {
    double half = difference(op, at, argument, 5e-4);
    *slope = difference(op, at, argument, 1e-3);
    return fabs(*slope - half) <= 1e-8 * (1 + fabs(*slope));
}

/* These have a slope of their own, which is not that of the value: none, and one by hand. And what
   only comes to be when derivatives are done has none. */
static bool has_row(Op op) {
    return op != OP_DETACH && op != OP_SLOPE && op != OP_FMA && op != OP_FNMA && op != OP_EXPM1 &&
           op != OP_LOG1P;
}

static void expect_row(Op op, int argument, Draw *draw) {
    Row row = row_of(op, argument);
    int met = 0;
    for (int i = 0; i < 40; i++) {
        double wanted;
        for (int k = 0; k < 3; k++)
            row.at[k] = pick(draw, 4000001) / 1e6 - 2 + 1e-7;
        if (!has_slope(op, row.at, argument, &wanted))
            continue;
        met++;
        double got = slope_of(&row);
        cr_expect(fabs(got - wanted) <= 1e-7 * (1 + fabs(wanted)),
                  "%s by argument %d at %g, %g, %g: %.12g, wanted %.12g", op_rows[op].name,
                  argument, row.at[0], row.at[1], row.at[2], got, wanted);
    }
    cr_expect_geq(met, 5, "%s by argument %d: %d points", op_rows[op].name, argument, met);
    test_compiler_free(row.compiler);
}

Test(derivatives, each_row_is_the_slope_of_its_value) {
    Draw draw = {NULL, 1};
    for (int op = OP_NONE + 1; op < OP_COUNT; op++)
        for (int argument = 0; has_row((Op)op) && argument < op_rows[op].arity; argument++)
            expect_row((Op)op, argument, &draw);
}

static void expect_slope(Op op, int argument, double wanted) {
    Row row = row_of(op, argument);
    memcpy(row.at, (double[]){0.3, 0.7, 5}, sizeof row.at);
    cr_expect_eq(slope_of(&row), wanted, "%s by argument %d", op_rows[op].name, argument);
    test_compiler_free(row.compiler);
}

/* A slope by hand is the third operand; the value's own counts nothing. */
Test(derivatives, of_what_has_another_slope_than_its_value) {
    expect_slope(OP_DETACH, 0, 0);
    expect_slope(OP_SLOPE, 0, 0);
    expect_slope(OP_SLOPE, 1, 5);
    expect_slope(OP_SLOPE, 2, 0);
}

// Other kinds of nodes

enum { DRAWS = 50, FEWER = 15, SIZE = 20 };

/* A mean over the examples, whatever the node is. */
static Node *cost_of(Graph *graph, Node *node) {
    Node *tame = graph_map(graph, OP_HYPERBOLIC, node, NULL, NULL);
    Node *sum = graph_reduce(graph, OP_SUM, tame, (1u << node->shape.rank) - 1, false);
    Node *shared = graph_map(graph, OP_MUL, sum, graph_given(graph, GIVEN_SHARE), NULL);
    return graph_reduce(graph, OP_SUM, shared, 0, true);
}

static bool is_finite(const Node *node, const double *values) {
    for (int64_t i = 0; i < node_elements(node); i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* The sum of the costs of all nodes that have finite numbers. */
static Node *cost_of_finite(Graph *graph) {
    Node *cost = graph_const(graph, 0);
    TestValues variables = test_values(graph);
    double **values = graph_values(graph, &variables);
    for (int id = 0, count = graph->node_count; id < count; id++)
        if (graph->nodes[id]->input_count && is_finite(graph->nodes[id], values[id]))
            cost = graph_map(graph, OP_ADD, cost, cost_of(graph, graph->nodes[id]), NULL);
    return cost;
}

static double cost_near(const Graph *graph, const TestValues *values, double *element,
                        double step) {
    Graph forward = *graph;
    double at = *element;
    forward.node_count = graph->cost->id + 1;
    *element = at + step;
    double cost = graph_values(&forward, values)[graph->cost->id][0];
    *element = at;
    return cost;
}

static bool has_cost_slope(const Graph *graph, const TestValues *values, double *element,
                           double *slope) {
    double slopes[2];
    for (int i = 0; i < 2; i++) {
        double step = i ? 5e-4 : 1e-3;
        double near =
            cost_near(graph, values, element, step) - cost_near(graph, values, element, -step);
        double far = cost_near(graph, values, element, 2 * step) -
                     cost_near(graph, values, element, -2 * step);
        slopes[i] = (8 * near - far) / (12 * step);
    }
    *slope = slopes[1];
    return fabs(slopes[0] - slopes[1]) <= 1e-8 * (1 + fabs(slopes[1]));
}

/* How many elements were compared. */
static int expect_gradient(const Graph *graph, const Variable *variable, uint32_t seed) {
    TestValues values = test_values(graph);
    double *got = graph_values(graph, &values)[variable->gradient->id];
    int compared = 0;
    for (int64_t i = 0; i < shape_count(variable->shape); i++) {
        double *element = &values.of[variable->number][i], wanted;
        if (!has_cost_slope(graph, &values, element, &wanted) || !isfinite(got[i]))
            continue;
        compared += wanted != 0;
        cr_expect(fabs(got[i] - wanted) <= 1e-6 * (1 + fabs(wanted)),
                  "draw %u, %s[%d]: %.12g, wanted %.12g", seed, variable->name, (int)i, got[i],
                  wanted);
    }
    return compared;
}

/* Values used many times, broadcast, moved, reduced over axes and examples, contracted with
   strides: the gradients by w and v. */
Test(derivatives, of_random_graphs, .timeout = 60) {
    int compared = 0, draws = checked_of(FEWER, DRAWS);
    for (uint32_t seed = 0; seed < (uint32_t)draws; seed++) {
        Compiler *compiler = test_compiler();
        Graph *graph = random_graph(compiler, seed, SIZE).graph;
        graph->cost = cost_of_finite(graph);
        grad(graph);
        cr_assert_null(graph_check(graph), "draw %u: %s", seed, graph_check(graph));
        for (int i = 0; i < graph->variable_count; i++)
            if (graph->variables[i]->gradient)
                compared += expect_gradient(graph, graph->variables[i], seed);
        test_compiler_free(compiler);
    }
    cr_expect_gt(compared, 4 * draws, "%d", compared);
}

/* Both operands, of any stride, dilation and overhang, gathered or scattered. */
Test(derivatives, of_convolutions) {
    static const char *const operands[] = {"w * x", "w * w", "slice(w, 0, 3)", "z - w"};
    int compared = 0;
    for (uint32_t seed = 0; seed < 60; seed++) {
        Compiler *compiler = test_compiler();
        Draw draw = random_graph(compiler, seed, 0);
        Node *a = formula_node(draw.graph, operands[pick(&draw, 4)]);
        Node *b = formula_node(draw.graph, operands[pick(&draw, 4)]);
        draw.graph->cost = cost_of(draw.graph, random_convolution(&draw, a, b));
        grad(draw.graph);
        cr_assert_null(graph_check(draw.graph));
        compared += expect_gradient(draw.graph, draw.graph->variables[5], seed);
        test_compiler_free(compiler);
    }
    cr_expect_gt(compared, 120, "%d", compared);
}

// One number by a value

static Variable *variable_of(Graph *graph, const Node *node) {
    for (int i = 0; i < graph->variable_count; i++)
        if (graph->variables[i]->node == node)
            return graph->variables[i];
    return NULL;
}

/* Of each example its own. */
Test(derivatives, of_a_number_by_what_is_per_example) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *x = formula_node(graph, "x"), *z = formula_node(graph, "z");
    Node *slope = derivative_of(graph, formula_node(graph, "sum(sin(x) * z)"), x);
    cr_assert_null(graph_check(graph));
    cr_assert(slope->batched && shape_equal(slope->shape, x->shape));
    TestValues values = test_values(graph);
    double *got = graph_values(graph, &values)[slope->id];
    for (int i = 0; i < 4 * TEST_ROWS; i++) {
        double at = values.of[variable_of(graph, x)->number][i];
        double wanted = cos(at) * values.of[variable_of(graph, z)->number][i];
        cr_expect(fabs(got[i] - wanted) <= 1e-14, "[%d]: %g, wanted %g", i, got[i], wanted);
    }
    test_compiler_free(compiler);
}

/* Of all examples that are there, whatever stands in the rows that pad the batch. */
Test(derivatives, of_a_number_by_what_all_examples_share) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *w = formula_node(graph, "w"), *v = formula_node(graph, "v");
    Node *by_w = derivative_of(graph, formula_node(graph, "sum(w * x)"), w);
    Node *by_v = derivative_of(graph, formula_node(graph, "sum(matmul(v, x))"), v);
    TestValues values = test_values(graph);
    double *x = values.of[0];
    for (int k = 0; k < 4; k++)
        x[TEST_PRESENT * 4 + k] = 1e9;
    double **all = graph_values(graph, &values);
    for (int i = 0; i < 12; i++) {
        double wanted = x[i % 4] + x[4 + i % 4];
        cr_expect(fabs(all[by_w->id][i % 4] - wanted) <= 1e-14, "w[%d]", i % 4);
        cr_expect(fabs(all[by_v->id][i] - wanted) <= 1e-14, "v[%d, %d]", i / 4, i % 4);
    }
    test_compiler_free(compiler);
}

Test(derivatives, of_what_does_not_depend_on_it_are_0) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *slope =
        derivative_of(graph, formula_node(graph, "s * detach(sum(w))"), formula_node(graph, "w"));
    cr_expect_str_eq(node_formula(compiler, slope), "expand(0, [4])");
    test_compiler_free(compiler);
}

Test(derivatives, are_called_after_their_values) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *h = formula_node(graph, "sin(w * x)"), *w = graph->variables[5]->node;
    h->name = "h";
    Node *squares = graph_map(graph, OP_MUL, h, h, NULL), *gradient;
    graph->cost = cost_of(graph, squares);
    differentiate(graph, graph->cost, 1, &w, &gradient);
    bool is_found = false;
    for (int id = 0; id < graph->node_count; id++)
        is_found |= graph->nodes[id]->name && strcmp(graph->nodes[id]->name, "d_h") == 0 &&
                    shape_equal(graph->nodes[id]->shape, h->shape);
    cr_expect(is_found);
    cr_expect_str_eq(gradient->name, "d_w");
    test_compiler_free(compiler);
}
