/* See folded.h. */

#include "folded.h"

#include "graph_values.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Folded folded_start(const char *formula) {
    Folded folded = {.compiler = test_compiler()};
    folded.graph = test_graph(folded.compiler);
    folded.node = formula_node(folded.graph, formula);
    return folded;
}

void fold_formula(Folded *folded, RuleTime time) {
    folded->compiler->options.target = time == FUSED ? TARGET_X86_64_V3 : TARGET_C99;
    if (time == FINITE) {
        Finite finite = fold_finite(folded->graph, 1, &folded->node);
        folded->node = finite.becomes[folded->node->id];
        folded->graph = finite.graph;
    } else if (time == STABLE) {
        folded->graph->cost = folded->node;
        stabilise(folded->graph);
        folded->node = folded->graph->cost;
    } else {
        Store store = {.kind = STORE_COST, .value = folded->node};
        Function function = {
            .kind = FUNCTION_LOSS, .graph = folded->graph, .store_count = 1, .stores = &store};
        Program program = {folded->compiler, NULL, 1, (Function *[]){&function}};
        fold(&program);
        folded->node = store.value;
    }
    const char *problem = graph_check(folded->graph);
    cr_assert_null(problem, "%s", problem);
}

void expect_form(const Form *form, RuleTime time) {
    Folded folded = folded_start(form->formula);
    fold_formula(&folded, time);
    char *got = node_formula(folded.compiler, folded.node);
    /* A detach lasts until fold is done. */
    bool is_detach = strstr(form->formula, "detach") && time == ALGEBRA;
    if (!is_detach)
        cr_expect_str_eq(got, form->wanted, "%s\n  gives %s\n  wanted %s", form->formula, got,
                         form->wanted);
    test_compiler_free(folded.compiler);
}

void expect_values(const char *formula, RuleTime time) {
    Folded folded = folded_start(formula);
    int64_t count = node_elements(folded.node);
    TestValues variables = test_values(folded.graph);
    double *before = graph_values(folded.graph, &variables)[folded.node->id];
    bool batched = folded.node->batched;
    Shape shape = folded.node->shape;
    fold_formula(&folded, time);
    cr_expect(shape_equal(shape, folded.node->shape) && batched == folded.node->batched,
              "%s: shape", formula);
    double *after = graph_values(folded.graph, &variables)[folded.node->id];
    for (int64_t i = 0; i < count; i++) {
        bool is_same = before[i] == after[i] ||
                       fabs(before[i] - after[i]) <= 1e-12 * (1 + fabs(before[i])) ||
                       (isnan(before[i]) && (time == FINITE || isnan(after[i])));
        cr_expect(is_same, "%s: %g becomes %g", formula, before[i], after[i]);
    }
    test_compiler_free(folded.compiler);
}
