/* fold, stabilise and fold_finite on random graphs: values stay, whatever meets whatever. */

#include "graph_values.h"
#include "long.h"
#include "random_graph.h"
#include "rewrite/rewrite.h"

#include <criterion/criterion.h>
#include <math.h>

enum { DRAWS = 1500, FEWER = 300, SIZE = 30 };

static bool is_close(double a, double b) {
    if (!isfinite(a) || !isfinite(b) || fabs(a) > 1e30)
        return true;
    return fabs(a - b) <= 1e-6 * (1 + fabs(a));
}

static int compared[2]; /* numbers; [1] where all are taken for finite */

static bool is_all_finite(const Graph *graph, double *const *values) {
    for (int id = 0; id < graph->node_count; id++)
        for (int64_t i = 0; i < node_elements(graph->nodes[id]); i++)
            if (!isfinite(values[id][i]))
                return false;
    return true;
}

static void try_one(uint32_t seed, RuleTime time) {
    Compiler *compiler = test_compiler();
    Graph *graph = random_graph(compiler, seed, SIZE).graph;
    Node *root = graph->nodes[graph->node_count - 1];
    TestValues values = test_values(graph);
    double **all = graph_values(graph, &values), *before = all[root->id];
    int64_t count = node_elements(root);
    if (time == FINITE && !is_all_finite(graph, all)) {
        test_compiler_free(compiler);
        return;
    }
    Store store = {.kind = STORE_COST, .value = root};
    Function function = {.kind = FUNCTION_LOSS, .graph = graph, .store_count = 1, .stores = &store};
    Program program = {compiler, NULL, 1, (Function *[]){&function}};
    const char *text = node_formula(compiler, root);
    if (time == FINITE) {
        Finite finite = fold_finite(graph, 1, &root);
        store.value = finite.becomes[root->id];
        graph = finite.graph;
    } else if (time == STABLE) {
        graph->cost = root;
        stabilise(graph);
        store.value = graph->cost;
    } else
        fold(&program);
    cr_assert_null(graph_check(graph), "%u: %s", seed, graph_check(graph));
    cr_assert_eq(node_elements(store.value), count);
    double *after = graph_values(graph, &values)[store.value->id];
    for (int64_t i = 0; i < count; i++) {
        compared[time == FINITE] += isfinite(before[i]);
        cr_expect(is_close(before[i], after[i]), "draw %u: %.17g becomes %.17g\n%s\n%s", seed,
                  before[i], after[i], text, node_formula(compiler, store.value));
    }
    test_compiler_free(compiler);
}

Test(fold_random, values_stay, .timeout = 120) {
    int draws = checked_of(FEWER, DRAWS);
    for (uint32_t seed = 0; seed < (uint32_t)draws; seed++) {
        try_one(seed, ALGEBRA);
        try_one(seed, STABLE);
        try_one(seed, FINITE);
    }
    cr_expect_gt(compared[0], 4 * draws, "most draws are finite: %d", compared[0]);
    cr_expect_gt(compared[1], draws / 2, "of all numbers finite: %d", compared[1]);
}
