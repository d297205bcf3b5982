/* fold: every rewriting rule and what is done besides them, on formulas. */

#include "formula_graph.h"

#include <criterion/criterion.h>
#include <string.h>

/* The formula after stabilise, or after fold as the one thing that a function returns. */
static char *simplified(Compiler *compiler, const char *formula, bool is_early) {
    Graph *graph = test_graph(compiler);
    Node *node = formula_node(graph, formula);
    if (is_early) {
        graph->outputs = &node;
        graph->output_count = 1;
        stabilise(graph);
        cr_assert_null(graph_check(graph), "%s: %s", formula, graph_check(graph));
        return node_formula(compiler, node);
    }
    Store item = {.kind = STORE_COST, .value = node};
    Function function = {.kind = FUNCTION_LOSS, .graph = graph, .store_count = 1, .stores = &item};
    Program program = {
        .compiler = compiler, .function_count = 1, .functions = (Function *[]){&function}};
    fold(&program);
    cr_assert_null(graph_check(graph), "%s: %s", formula, graph_check(graph));
    return node_formula(compiler, item.value);
}

static void expect(bool is_early, const char *formula, const char *wanted) {
    Compiler *compiler = test_compiler();
    char *got = simplified(compiler, formula, is_early);
    cr_expect_str_eq(got, wanted, "%s\n  gives %s\n  wanted %s", formula, got, wanted);
    test_compiler_free(compiler);
}

static void folds(const char *formula, const char *wanted) {
    expect(false, formula, wanted);
}

/* By rules that apply before differentiation, too. */
static void always(const char *formula, const char *wanted) {
    expect(true, formula, wanted);
    expect(false, formula, wanted);
}

Test(fold, identities) {
    always("x + 0", "x");
    always("0 + x", "x");
    always("x - 0", "x");
    always("0 - x", "neg(x)");
    always("1 * x", "x");
    always("x / 1", "x");
    always("x * -1", "neg(x)");
    always("x / -1", "neg(x)");
    always("max(x, x) + min(z, z)", "add(x, z)");
    always("2 * (x * 3)", "mul(6, x)");
}
