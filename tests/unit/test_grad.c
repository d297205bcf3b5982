/* grad: derivatives of every operator and kind of node against central differences, twice over;
   kinks; and the forms that derivatives take after fold. */

#include "formula_graph.h"
#include "graph_values.h"
#include "autodiff/autodiff.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* Costs are sums over the examples of share times the sum of the formula. */
static const char *const formulas[] = {
    "x + w",
    "x - w",
    "w - x",
    "x * w",
    "x / (w + 4)",
    "w / (x + 4)",
    "w * w",
    "-w",
    "(w * w + 1) ^ x",
    "(x * x + 0.1) ^ (w * w)",
    "w ^ 3",
    "w ^ 1",
    "w ^ 0",
    "(w * w + 0.1) ^ 1.5",
    "(x * x + 0.1) ^ w",
    "exp(w * x)",
    "log(w * w + x * x)",
    "sqrt(w * w + x * x)",
    "xlogy(w, w * w + x * x)",
    "xlogy(0 * w, w * w) + asinh(w * x)",
    "abs(w)",
    "max(w, x)",
    "max(x, w)",
    "min(w, x)",
    "min(x, w)",
    "sin(w)",
    "cos(w)",
    "atan(w)",
    "erf(w * x)",
    "floor(3 * w) * w * x",
    "log(1 + w * w)",
    "exp(w) - 1",
    "where(x < w, w * w, x * w * w)",
    "where(w < 0.9, w, sin(w))",
    "(x < w) * w",
    "logistic(w * x)",
    "hyperbolic(w * x)",
    "log1p_exp(w * x)",
    "detach(w) * w * x",
    "slope(sin(w), w, cos(w)) * x",
    "sum(w) * x * w",
    "max(w) * x",
    "max(w * x) * z",
    "rows(m * v)",
    "examples(w * x * share) * z * w",
    "matmul(v, w * x)",
    "matmul(m, w)",
    "matmul(v, w)",
    "matmul(v * v, detach(x))",
    "m * w",
    "v * w",
    "v * reshape(slice(w, 0, 3), [3, 1]) * m",
    "expand(w, [3, 4]) * m",
    "expand(sum(w), [4]) * x",
    "each(w) * x",
    "reshape(w * w, [2, 2])",
    "transpose(v) * transpose(m)",
    "slice(w * w, 1, 3) * slice(x, 0, 2)",
    "pad(w * w, 1, 2) * concat(x, slice(z, 0, 3))",
    "concat(w * w, x * w, w) * concat(z, x, z)",
    "exp(w * x) / sum(exp(w * x))",
    "where(training, w * x, w ^ 5)",
};
enum { FORMULAS = sizeof formulas / sizeof *formulas };

typedef struct {
    Compiler *compiler;
    Graph *graph;
    Variable *w, *v;
} Costs;

static Variable *variable_called(const Graph *graph, const char *name) {
    for (int i = 0; i < graph->variable_count; i++)
        if (strcmp(graph->variables[i]->name, name) == 0)
            return graph->variables[i];
    return NULL;
}

static Node *sum_all(Graph *graph, Node *node) {
    return graph_reduce(graph, OP_SUM, node, (1u << node->shape.rank) - 1, false);
}

static Node *cost_of(Graph *graph, Node *node) {
    Node *sum = sum_all(graph, node);
    Node *shared = graph_map(graph, OP_MUL, sum, graph_given(graph, GIVEN_SHARE), NULL);
    return graph_reduce(graph, OP_SUM, shared, 0, true);
}

static Costs costs_of(const char *formula, int mutant) {
    Costs costs = {.compiler = test_compiler()};
    costs.compiler->options.mutant = mutant;
    costs.graph = test_graph(costs.compiler);
    costs.graph->cost = cost_of(costs.graph, formula_node(costs.graph, formula));
    costs.w = variable_called(costs.graph, "w");
    costs.v = variable_called(costs.graph, "v");
    return costs;
}

static double value_of(const Graph *graph, const Node *node, const TestValues *values) {
    return graph_values(graph, values)[node->id][0];
}

/* d cost / d element, by central differences of fourth order. */
static double slope(const Costs *costs, const Node *cost, const TestValues *values,
                    double *element) {
    const double step = 5e-4, at = *element;
    double sum = 0;
    static const double weights[][2] = {{1, 8}, {-1, -8}, {2, -1}, {-2, 1}};
    for (int i = 0; i < 4; i++) {
        *element = at + weights[i][0] * step;
        sum += weights[i][1] * value_of(costs->graph, cost, values);
    }
    *element = at;
    return sum / (12 * step);
}

/* The largest error of the gradient, relative to its largest element. */
static double worst_error(const Costs *costs, const Node *cost, Variable *variable,
                          const Node *gradient) {
    TestValues values = test_values(costs->graph);
    double *elements = values.of[variable->number], worst = 0, largest = 1e-3;
    double *got = graph_values(costs->graph, &values)[gradient->id];
    cr_assert(shape_equal(gradient->shape, variable->shape) && !gradient->batched);
    for (int64_t i = 0; i < shape_count(variable->shape); i++) {
        double wanted = slope(costs, cost, &values, &elements[i]);
        worst = fmax(worst, isnan(got[i]) ? HUGE_VAL : fabs(got[i] - wanted));
        largest = fmax(largest, fabs(wanted));
    }
    return worst / largest;
}

static double first_error(const char *formula, int mutant) {
    Costs costs = costs_of(formula, mutant);
    grad(costs.graph);
    cr_assert_null(graph_check(costs.graph), "%s: %s", formula, graph_check(costs.graph));
    double worst = 0;
    Variable *both[] = {costs.w, costs.v};
    for (int i = 0; i < 2; i++)
        if (both[i]->gradient)
            worst = fmax(worst, worst_error(&costs, costs.graph->cost, both[i], both[i]->gradient));
    test_compiler_free(costs.compiler);
    return worst;
}

Test(grad, central_differences) {
    for (int i = 0; i < FORMULAS; i++) {
        if (strstr(formulas[i], "detach(w)"))
            continue;
        double error = first_error(formulas[i], 0);
        cr_expect(error < 1e-7, "%s: gradient is off by %g", formulas[i], error);
    }
}

/* The derivative of the gradient's product with some direction. */
static double error_along(const Costs *costs, Node *gradient) {
    Graph *graph = costs->graph;
    Node *w = costs->w->node, *second = NULL;
    Node *direction = formula_node(graph, "sin(expand(3, [4]) + w * w)");
    Node *along = sum_all(graph, graph_map(graph, OP_MUL, gradient, direction, NULL));
    differentiate(graph, along, 1, &w, &second);
    cr_assert_null(graph_check(graph), "%s", graph_check(graph));
    cr_assert_not_null(second);
    return worst_error(costs, along, costs->w, second);
}

static double second_error(const char *formula) {
    Costs costs = costs_of(formula, 0);
    Node *w = costs.w->node, *gradient = NULL;
    differentiate(costs.graph, costs.graph->cost, 1, &w, &gradient);
    double worst = gradient ? error_along(&costs, gradient) : 0;
    test_compiler_free(costs.compiler);
    return worst;
}

Test(grad, second_derivatives) {
    for (int i = 0; i < FORMULAS; i++) {
        if (strstr(formulas[i], "detach(w)"))
            continue;
        double error = second_error(formulas[i]);
        cr_expect(error < 1e-7, "%s: second derivative is off by %g", formulas[i], error);
    }
}

Test(grad, every_wrong_derivative_is_noticed) {
    for (int number = 1; number <= rule_count(); number++) {
        double worst = strstr(rule_name(number), " -> ") ? 1 : 0;
        for (int i = 0; i < FORMULAS && worst < 1e-3; i++)
            if (!strstr(formulas[i], "detach(w)"))
                worst = fmax(worst, first_error(formulas[i], number));
        cr_expect(worst >= 1e-3, "row %d, %s, may be wrong unnoticed", number, rule_name(number));
    }
}

/* The gradient by w of the formula's sum, where w and x are `at`, all elements alike. */
static double gradient_at(const char *formula, double at) {
    Costs costs = costs_of(formula, 0);
    grad(costs.graph);
    TestValues values = test_values(costs.graph);
    for (int i = 0; i < 4; i++)
        values.of[costs.w->number][i] = at;
    for (int i = 0; i < 4 * TEST_ROWS; i++)
        values.of[variable_called(costs.graph, "x")->number][i] = at;
    double gradient = graph_values(costs.graph, &values)[costs.w->gradient->id][0];
    test_compiler_free(costs.compiler);
    return gradient;
}

Test(grad, kinks) {
    cr_expect_eq(gradient_at("abs(w)", 0), 0);
    cr_expect_eq(gradient_at("where(w > 0, w, 0)", 0), 0);
    cr_expect_eq(gradient_at("max(w, x)", 0.7), 0.5);
    cr_expect_eq(gradient_at("min(x, w)", 0.7), 0.5);
    cr_expect_eq(gradient_at("max(w)", 0.7), 0.25);
    cr_expect_eq(gradient_at("where(w == 0, 1, sin(w) / w)", 0), 0);
    cr_expect_eq(gradient_at("where(w > 0, w, exp(w) - 1)", 1000), 1);
    cr_expect_eq(gradient_at("where(w > 0, sqrt(w), 0)", 0), 0);
    cr_expect_eq(gradient_at("w ^ 2", 0), 0);
    cr_expect_eq(gradient_at("w ^ 0", 0), 0);
    cr_expect_eq(gradient_at("0 ^ (w + 1)", 0), 0);
}

Test(grad, nothing_flows) {
    Costs costs = costs_of("detach(w) * x + (w < x) + 0 * v", 0);
    grad(costs.graph);
    cr_expect_not_null(costs.w->gradient, "the cost reaches w");
    TestValues values = test_values(costs.graph);
    for (int i = 0; i < 4; i++)
        cr_expect_eq(graph_values(costs.graph, &values)[costs.w->gradient->id][i], 0);
    test_compiler_free(costs.compiler);
}

Test(grad, what_is_not_reached_has_no_gradient) {
    Costs costs = costs_of("w * x", 0);
    costs.w->trained = false;
    grad(costs.graph);
    cr_expect_null(costs.w->gradient);
    cr_expect_null(costs.v->gradient);
    test_compiler_free(costs.compiler);
}

Test(grad, training_is_on) {
    Costs costs = costs_of("where(training, w * x, w * exp(z))", 0);
    int before = costs.graph->node_count;
    grad(costs.graph);
    for (int id = before; id < costs.graph->node_count; id++)
        cr_expect_neq(costs.graph->nodes[id]->op, OP_EXP);
    for (int id = before; id < costs.graph->node_count; id++)
        for (int i = 0; i < costs.graph->nodes[id]->input_count; i++)
            cr_expect_neq(costs.graph->nodes[id]->inputs[i]->op, OP_EXP,
                          "the other branch has a gradient");
    test_compiler_free(costs.compiler);
}

// Forms after fold

/* What the cost's derivative by z becomes, where the loss of an example is the formula's sum. */
static char *folded_gradient(Compiler *compiler, const char *formula) {
    Graph *graph = test_graph(compiler);
    Variable *logits = variable_called(graph, "z");
    Node *gradient = NULL;
    graph->cost = cost_of(graph, formula_node(graph, formula));
    stabilise(graph);
    differentiate(graph, graph->cost, 1, &logits->node, &gradient);
    Store store = {.kind = STORE_OUTPUT, .value = gradient};
    Function function = {
        .kind = FUNCTION_GRADIENT, .graph = graph, .store_count = 1, .stores = &store};
    Program program = {compiler, NULL, 1, (Function *[]){&function}};
    fold(&program);
    return node_formula(compiler, store.value);
}

static void expect_form(const char *formula, const char *wanted) {
    Compiler *compiler = test_compiler();
    char *got = folded_gradient(compiler, formula);
    cr_expect_str_eq(got, wanted, "%s\n  has the derivative %s\n  wanted %s", formula, got, wanted);
    test_compiler_free(compiler);
}

#define SIGMOID "(1 / (1 + exp(-z)))"
#define SHIFTED "exp(z - detach(max(z)))"
#define SOFTMAX "(" SHIFTED " / sum(" SHIFTED "))"

Test(grad, sigmoid_and_binary_cross_entropy) {
    const char *wanted = "mul(share, sub(logistic(z), y))";
    expect_form("-(y * log(" SIGMOID ") + (1 - y) * log(1 - " SIGMOID "))", wanted);
    expect_form("-y * log(" SIGMOID ") - (1 - y) * log(1 - " SIGMOID ")", wanted);
    expect_form("-((1 - y) * log(1 - " SIGMOID ") + y * log(" SIGMOID "))", wanted);
    expect_form("-0.25 * sum(y * log(" SIGMOID ") + (1 - y) * log(1 - " SIGMOID "))",
                "mul(mul(share, 0.25), sub(logistic(z), y))");
}

#define P "mul(exp(sub(z, max(z))), div(1, sum(exp(sub(z, max(z))))))"

Test(grad, softmax_and_cross_entropy) {
    const char *wanted = "mul(mul(share, sum(y)), sub(" P ", y))";
    expect_form("-sum(y * log(" SOFTMAX "))", wanted);
    expect_form("-(y * log(" SOFTMAX "))", wanted);
    expect_form("sum(-y * log(" SOFTMAX "))", wanted);
    expect_form("-0.5 * sum(y * log(" SOFTMAX "))",
                "mul(mul(mul(share, 0.5), sum(y)), sub(" P ", y))");
}

/* The loss and its derivative by z, after stabilise, where z and y are extreme. */
static void expect_finite(const char *formula) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Variable *logits = variable_called(graph, "z"), *target = variable_called(graph, "y");
    Node *gradient = NULL;
    graph->cost = cost_of(graph, formula_node(graph, formula));
    stabilise(graph);
    differentiate(graph, graph->cost, 1, &logits->node, &gradient);
    TestValues values = test_values(graph);
    for (int i = 0; i < 4 * TEST_ROWS; i++)
        values.of[logits->number][i] = (i % 3 - 1) * 1e4;
    for (int i = 0; i < 4 * TEST_ROWS; i++)
        values.of[target->number][i] = i % 4 == i / 4;
    double **all = graph_values(graph, &values);
    cr_expect(isfinite(all[graph->cost->id][0]), "%s is %g", formula, all[graph->cost->id][0]);
    for (int i = 0; i < 4 * TEST_ROWS; i++)
        cr_expect(fabs(all[gradient->id][i]) <= 1, "%s has the slope %g", formula,
                  all[gradient->id][i]);
    test_compiler_free(compiler);
}

Test(grad, saturated_outputs) {
    expect_finite("-(y * log(" SIGMOID ") + (1 - y) * log(1 - " SIGMOID "))");
    expect_finite("-y * log(" SIGMOID ") - (1 - y) * log(1 - " SIGMOID ")");
    expect_finite("-3 * y * log(" SIGMOID ") / 4 - 0.1 * (1 - y) * log(1 - " SIGMOID ")");
    expect_finite("-sum(y * log(" SOFTMAX "))");
    expect_finite("-sum(y * log(exp(z) / sum(exp(z))))");
    expect_finite("log(1 + exp(z))");
    expect_finite("(exp(z) - exp(-z)) / (exp(z) + exp(-z))");
    expect_finite("2 / (1 + exp(-2 * z)) - 1");
    expect_finite("exp(z) / (1 + exp(z))");
}

Test(grad, squared_error) {
    expect_form("(z - y) ^ 2", "mul(mul(share, 2), sub(z, y))");
    expect_form("0.5 * (z - y) ^ 2", "mul(share, sub(z, y))");
    expect_form("(z - y) * (z - y)", "mul(mul(share, 2), sub(z, y))");
}

Test(grad, in_terms_of_the_result) {
    expect_form("x * " SIGMOID, "mul(share, mul(mul(logistic(z), sub(1, logistic(z))), x))");
    expect_form("x * hyperbolic(z)",
                "mul(share, mul(sub(1, mul(hyperbolic(z), hyperbolic(z))), x))");
    expect_form("x * where(z > 0, z, 0)", "where(less(0, z), mul(share, x), 0)");
}
