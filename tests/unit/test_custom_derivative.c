/* custom_derivative: functions with a derivative by hand, their first and second derivatives, and
   the nodes that they become. */

#include "autodiff/autodiff.h"
#include "checked.h"
#include "graph_values.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

typedef struct {
    double value, first, second;
} Slopes;

/* Of f(w) at w, for the definition of f that is given. */
static Slopes slopes_at(const char *definition, double at) {
    char model[1000];
    Checked checked;
    snprintf(model, sizeof model,
             "network t\ninput x\n%s\nw = param([], 1)\nloss f(w) + 0 * x\nupdate sgd(1)\n"
             "h = w * x\noutput h\n",
             definition);
    check_open(&checked, model);
    cr_assert(checked.graph, "%s\n%s", model, checked.said);
    Graph *graph = checked.graph;
    TestValues values = test_values(graph);
    Node *weight = NULL, *first, *second;
    for (int i = 0; i < graph->variable_count; i++)
        if (graph->variables[i]->kind == VARIABLE_PARAM) {
            weight = graph->variables[i]->node;
            values.of[i][0] = at;
        }
    differentiate(graph, graph->cost, 1, &weight, &first);
    differentiate(graph, first, 1, &weight, &second);
    double **worth = graph_values(graph, &values);
    Slopes slopes = {worth[graph->cost->id][0], worth[first->id][0],
                     second ? worth[second->id][0] : 0};
    check_close(&checked);
    return slopes;
}

static void expect_near(double got, double wanted) {
    cr_expect(fabs(got - wanted) <= 1e-12 * fmax(1, fabs(wanted)), "%.17g, not %.17g", got, wanted);
}

Test(custom_derivative, by_hand_is_as_by_nngen) {
    static const char *const pairs[][2] = {
        {"def f(z) = z * sigmoid(z) deriv sigmoid(z) * (1 + z * (1 - sigmoid(z)))",
         "def f(z) = z * sigmoid(z)"},
        {"def f(z) = z * sigmoid(z) deriv sigmoid(z) + result * (1 - sigmoid(z))",
         "def f(z) = z * sigmoid(z)"},
        {"def g(z) = tanh(z) deriv 1 - result^2\ndef f(z) = g(g(z) * z)",
         "def f(z) = tanh(tanh(z) * z)"},
        {"def g(z, a = 3) { b = a * z; return exp(b) } deriv a * exp(a * z)\ndef f(z) = g(z, a = "
         "2)",
         "def f(z) = exp(2 * z)"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (double at = -1.25; at < 1.5; at += 0.5) {
            Slopes by_hand = slopes_at(pairs[i][0], at), by_nngen = slopes_at(pairs[i][1], at);
            expect_near(by_hand.value, by_nngen.value);
            expect_near(by_hand.first, by_nngen.first);
            expect_near(by_hand.second, by_nngen.second);
        }
}

/* What stands after `deriv` is what counts, right or wrong. */
Test(custom_derivative, counts_as_it_stands) {
    Slopes slopes = slopes_at("def f(z) = z^2 deriv 5 * z", 3);
    expect_near(slopes.value, 9);
    expect_near(slopes.first, 15);
    expect_near(slopes.second, 5);
    slopes = slopes_at("def f(z) = exp(z) deriv 2 * result", 1);
    expect_near(slopes.value, exp(1));
    expect_near(slopes.first, 2 * exp(1));
    expect_near(slopes.second, 4 * exp(1));
    slopes = slopes_at("def f(z) = where(z > 0, 1, 0) deriv where(abs(z) < 1, 1, 0)", 0.5);
    expect_near(slopes.value, 1);
    expect_near(slopes.first, 1);
}

/* In d, the parameters are what the call gives, whatever the body makes of their names. */
Test(custom_derivative, sees_arguments) {
    Slopes slopes = slopes_at("def f(z) { z = 7 * z; return z^2 } deriv 98 * z", 2);
    expect_near(slopes.value, 196);
    expect_near(slopes.first, 196);
    slopes = slopes_at("def f(z) = g(2, z)\ndef g(z, y) = z^2 * y deriv 1000", 3);
    expect_near(slopes.value, 12);
    expect_near(slopes.first, 4);
}

Test(custom_derivative, becomes_a_value_with_its_slope) {
    expect_nodes("def double(z) = 2 * z deriv 2\nh = double(x)",
                 "%0: B[4] = input x\n"
                 "%1: [] = 1\n"
                 "%2: B[4] = slope %0, %0, %1\n"
                 "%3: [] = 2\n"
                 "%4: B[4] = mul %3, %2\n"
                 "%5: [] = 2\n"
                 "%6: B[4] = slope %4, %2, %5    # h\n");
}
