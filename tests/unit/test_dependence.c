/* dependence: through which nodes derivatives pass, against the derivatives themselves. What values
   depend on in training and prediction, models tell: tests/errors, check and check_trained. */

#include "autodiff/autodiff.h"
#include "expand/expand.h"
#include "graph_values.h"
#include "random_graph.h"

#include <criterion/criterion.h>
#include <string.h>

/* Whether a derivative of the formula reaches w. */
static bool reaches(const char *formula) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *root = formula_node(graph, formula);
    bool is_reached = derivative_reach(graph, 1, &root)[graph->nodes[5]->id];
    test_compiler_free(compiler);
    return is_reached;
}

Test(dependence, derivatives_pass_what_has_a_slope) {
    static const char *const passed[] = {
        "w",
        "sin(w) + x",
        "where(x, w, z)",
        "where(1, w, z)",
        "max(w, x)",
        "sum(w)",
        "max(w)",
        "examples(w * x)",
        "matmul(v, w)",
        "concat(x, slice(w, 0, 2))",
        "slope(x, w, z)",
        "detach(w) + w",
        "xlogy(w, x)",
    };
    static const char *const stopped[] = {
        "x",
        "detach(w)",
        "floor(w)",
        "w < x",
        "where(w, x, z)",
        "where(1, x, w)", /* a known condition: the branch that nobody reads */
        "where(0, w, x)",
        "slope(w, x, z)", /* the value's own slope does not count */
        "slope(w, w, 0)", /* flat by hand */
        "slope(w, w, expand(0, [4]))",
        "sin(detach(w)) * (w == x)",
    };
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        cr_expect(reaches(passed[i]), "%s", passed[i]);
    for (size_t i = 0; i < sizeof stopped / sizeof *stopped; i++)
        cr_expect_not(reaches(stopped[i]), "%s", stopped[i]);
}

static bool is_zero(const Graph *graph, const Node *gradient) {
    if (!gradient)
        return true;
    TestValues values = test_values(graph);
    const double *numbers = graph_values(graph, &values)[gradient->id];
    for (int64_t i = 0; i < node_elements(gradient); i++)
        if (numbers[i] != 0)
            return false;
    return true;
}

/* What is not reached has the derivative 0. */
Test(dependence, derivatives_of_random_graphs_reach_no_further) {
    int stopped = 0;
    for (uint32_t seed = 0; seed < 150; seed++) {
        Compiler *compiler = test_compiler();
        Graph *graph = random_graph(compiler, seed, 15).graph;
        Node *root = graph->nodes[graph->node_count - 1], *gradient, *w = graph->nodes[5];
        Node *cost = graph_reduce(graph, OP_SUM, root, (1u << root->shape.rank) - 1, false);
        bool *needed = graph_reach(graph, 1, &root), *reached = derivative_reach(graph, 1, &root);
        bool is_reached = reached[w->id], is_needed = needed[w->id];
        if (!is_reached) {
            differentiate(graph, cost, 1, &w, &gradient);
            cr_expect(is_zero(graph, gradient), "draw %u", seed);
        }
        cr_expect(is_needed || !is_reached, "draw %u", seed);
        stopped += is_needed && !is_reached;
        test_compiler_free(compiler);
    }
    cr_expect_gt(stopped, 2, "%d", stopped);
}
