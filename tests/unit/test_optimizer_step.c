/* optimizer_step: gradients in the optimizer's equations, and what becomes of detach. */

#include "autodiff/autodiff.h"
#include "small_model.h"

#include <criterion/criterion.h>

static int count_op(const Graph *graph, Op op) {
    int count = 0;
    for (int id = 0; id < graph->node_count; id++)
        count += graph->nodes[id]->kind == KIND_MAP && graph->nodes[id]->op == op;
    return count;
}

Test(optimizer_step, steps_have_gradients_in_place) {
    Compiler *compiler = test_compiler();
    Graph *graph = differentiated_model(compiler);
    Variable *w = model_variable(graph, "w"), *k = model_variable(graph, "k");
    cr_assert_null(graph_check(graph));
    cr_assert_not_null(w->stepped);
    cr_assert_not_null(k->stepped);
    bool *reached = graph_reach(graph, 2, (Node *[]){w->stepped, k->stepped});
    cr_expect(reached[w->gradient->id]);
    for (int id = 0; id < graph->node_count; id++)
        if (reached[id] && graph->nodes[id]->kind == KIND_GIVEN)
            cr_expect_neq(graph->nodes[id]->given, GIVEN_GRADIENT);
    test_compiler_free(compiler);
}

Test(optimizer_step, the_form_for_update_stays) {
    Compiler *compiler = test_compiler();
    Graph *graph = differentiated_model(compiler);
    cr_expect_str_eq(node_formula(compiler, model_variable(graph, "k")->next),
                     "add(mul(0.9, k), gradient)");
    cr_expect_str_eq(node_formula(compiler, model_variable(graph, "w")->next),
                     "sub(w, mul(0.1, add(mul(0.9, k), gradient)))");
    test_compiler_free(compiler);
}

Test(optimizer_step, a_gradient_is_behind_a_detach_and_nothing_else_is) {
    Compiler *compiler = test_compiler();
    Graph *graph = differentiated_model(compiler);
    Node *sum = model_variable(graph, "k")->stepped;
    cr_assert_eq(sum->inputs[1]->op, OP_DETACH);
    cr_expect_eq(sum->inputs[1]->inputs[0], model_variable(graph, "w")->gradient);
    bool *reached = graph_reach(graph, 1, &graph->cost);
    for (int id = 0; id < graph->node_count; id++)
        cr_expect(!reached[id] || graph->nodes[id]->op != OP_DETACH);
    cr_expect_geq(count_op(graph, OP_DETACH), 1);
    test_compiler_free(compiler);
}

Test(optimizer_step, what_has_no_gradient_is_not_updated) {
    Compiler *compiler = test_compiler();
    Graph *graph = small_model(compiler);
    model_variable(graph, "w")->trained = false;
    grad(graph);
    update(graph);
    cr_expect_null(model_variable(graph, "w")->next);
    cr_expect_null(model_variable(graph, "k")->next);
    cr_expect_not_null(model_variable(graph, "r")->next, "a layer's state is no parameter");
    test_compiler_free(compiler);
}
