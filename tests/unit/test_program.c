/* program: which functions there are, what each stores, and that together they do what one
   does. */

#include "autodiff/autodiff.h"
#include "graph_values.h"
#include "small_model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const char *stored(Compiler *compiler, const Function *function, int number) {
    return node_formula(compiler, function->stores[number].value);
}

static int given_count(const Graph *graph, Given given) {
    int count = 0;
    for (int id = 0; id < graph->node_count; id++)
        count += graph->nodes[id]->kind == KIND_GIVEN && graph->nodes[id]->given == given;
    return count;
}

Test(program, all_there_and_right) {
    Compiler *compiler = test_compiler();
    Program *program = program_new(differentiated_model(compiler));
    cr_expect_eq(program->function_count,
                 FUNCTION_DERIVATIVE - 1); /* no derivative and no hessian */
    for (int i = 0; i < program->function_count; i++) {
        const Function *function = program->functions[i];
        const char *problem = graph_check(function->graph);
        cr_expect_null(problem, "%s: %s", function_names[function->kind], problem);
        cr_expect_eq(given_count(function->graph, GIVEN_TRAINING), 0);
        cr_expect_gt(function->store_count, 0);
    }
    cr_expect_eq(program_function(program, FUNCTION_PREDICT)->examples, 1);
    cr_expect_eq(program_function(program, FUNCTION_TRAIN_STEP)->examples, 8);
    test_compiler_free(compiler);
}

Test(program, init) {
    Compiler *compiler = test_compiler();
    Graph *graph = differentiated_model(compiler);
    const Function *init = program_function(program_new(graph), FUNCTION_INIT);
    cr_assert_eq(init->store_count, 4);
    cr_expect_str_eq(stored(compiler, init, 0), "expand(0, [4])");
    cr_expect_str_eq(init->stores[2].variable->name, "r");
    cr_expect_str_eq(stored(compiler, init, 2), "expand(1, [4])");
    test_compiler_free(compiler);
}

Test(program, training_is_a_number) {
    Compiler *compiler = test_compiler();
    Graph *graph = small_model(compiler);
    graph->outputs[0] = formula_node(graph, "where(training, x, z)");
    graph->cost = formula_node(graph, "examples(share * sum(w * where(training, x, z)))");
    stabilise(graph);
    grad(graph);
    update(graph);
    Program *program = program_new(graph);
    fold(program);
    cr_expect_str_eq(stored(compiler, program_function(program, FUNCTION_PREDICT), 0), "z");
    cr_expect_str_eq(stored(compiler, program_function(program, FUNCTION_LOSS), 0),
                     "examples(where(not_equal(share, 0), mul(share, sum(mul(w, z))), 0))");
    cr_expect_str_eq(stored(compiler, program_function(program, FUNCTION_GRADIENT), 1),
                     "examples(mul(share, x))");
    test_compiler_free(compiler);
}

Test(program, sums_leave_out_what_pads) {
    Compiler *compiler = test_compiler();
    Graph *graph = differentiated_model(compiler);
    const Function *evaluate = program_function(program_new(graph), FUNCTION_EVALUATE);
    cr_assert_eq(evaluate->store_count, 2);
    cr_expect_eq(evaluate->stores[1].kind, STORE_SUM);
    TestValues values = test_values(graph);
    const Node *sum = evaluate->stores[1].value;
    cr_expect_eq(graph_values(evaluate->graph, &values)[sum->id][0], TEST_PRESENT);
    test_compiler_free(compiler);
}

/* The value of each variable's store, of the wanted kind, by variable number. */
static double **stored_values(const Function *function, const TestValues *values, StoreKind kind) {
    Compiler *compiler = function->graph->compiler;
    double **all = graph_values(function->graph, values),
           **found = NEW_ARRAY(compiler, double *, 16);
    for (int i = 0; i < function->store_count; i++)
        if (function->stores[i].kind == kind)
            found[function->stores[i].variable->number] = all[function->stores[i].value->id];
    return found;
}

static void expect_same_step(const Program *program) {
    const Graph *graph = program->graph;
    TestValues values = test_values(graph), with_gradients = values;
    double **step =
        stored_values(program_function(program, FUNCTION_TRAIN_STEP), &values, STORE_VARIABLE);
    with_gradients.gradients =
        stored_values(program_function(program, FUNCTION_GRADIENT), &values, STORE_GRADIENT);
    double **update =
        stored_values(program_function(program, FUNCTION_UPDATE), &with_gradients, STORE_VARIABLE);
    int updated = 0;
    for (int i = 0; i < graph->variable_count; i++) {
        cr_expect_eq(step[i] == NULL, update[i] == NULL);
        updated += step[i] != NULL;
        for (int k = 0; step[i] && k < 4; k++)
            cr_expect_eq(step[i][k], update[i][k], "%s[%d]", graph->variables[i]->name, k);
    }
    cr_expect_eq(updated, 3); /* w, k, r */
}

/* The same bits, not nearly the same. */
Test(program, train_step_is_gradient_and_update) {
    Compiler *compiler = test_compiler();
    Program *program = program_new(differentiated_model(compiler));
    expect_same_step(program);
    fold(program);
    expect_same_step(program);
    test_compiler_free(compiler);
}

/* Here the factors of gradient and step would become one if they met. */
Test(program, factors_do_not_meet) {
    Compiler *compiler = test_compiler();
    Graph *graph = small_model(compiler);
    Variable *w = model_variable(graph, "w");
    graph->cost = formula_node(graph, "0.7 * sum(w ^ 3)");
    Node *gradient = model_variable(graph, "k")->next->inputs[1];
    Node *step = graph_map(graph, OP_MUL, graph_const(graph, 0.3), gradient, NULL);
    w->next = graph_map(graph, OP_SUB, w->node, step, NULL);
    grad(graph);
    update(graph);
    Program *program = program_new(graph);
    fold(program);
    expect_same_step(program);
    const Function *train_step = program_function(program, FUNCTION_TRAIN_STEP);
    cr_expect_str_eq(stored(compiler, train_step, 1), "sub(w, mul(0.3, mul(2.1, mul(w, w))))");
    test_compiler_free(compiler);
}

Test(program, gradient_add) {
    Compiler *compiler = test_compiler();
    Program *program = program_new(differentiated_model(compiler));
    TestValues values = test_values(program->graph);
    double **new_ones =
        stored_values(program_function(program, FUNCTION_GRADIENT), &values, STORE_GRADIENT);
    double **sums =
        stored_values(program_function(program, FUNCTION_GRADIENT_ADD), &values, STORE_GRADIENT);
    int w = model_variable(program->graph, "w")->number;
    for (int k = 0; k < 4; k++)
        cr_expect(fabs(sums[w][k] - (0.25 * 2 + 0.75 * new_ones[w][k])) < 1e-12);
    test_compiler_free(compiler);
}

Test(program, fold_keeps_gradient_and_step_apart) {
    Compiler *compiler = test_compiler();
    Program *program = program_new(differentiated_model(compiler));
    fold(program);
    const Function *step = program_function(program, FUNCTION_TRAIN_STEP);
    for (int id = 0; id < step->graph->node_count; id++)
        cr_expect_neq(step->graph->nodes[id]->op, OP_DETACH);
    const char *gradient = stored(compiler, program_function(program, FUNCTION_GRADIENT), 1);
    cr_expect_not_null(strstr(stored(compiler, step, 1), gradient));
    test_compiler_free(compiler);
}

Test(program, without_a_loss_there_is_only_prediction) {
    Compiler *compiler = test_compiler();
    Graph *graph = small_model(compiler);
    graph->cost = NULL;
    graph->has_update = false;
    stabilise(graph);
    grad(graph);
    update(graph);
    Program *program = program_new(graph);
    cr_expect_eq(program->function_count, 3);
    cr_expect_null(program_function(program, FUNCTION_LOSS));
    cr_expect_not_null(program_function(program, FUNCTION_PREDICT_BATCH));
    test_compiler_free(compiler);
}

Test(program, names_stay_with_what_algebra_finds) {
    Compiler *compiler = test_compiler();
    Graph *graph = small_model(compiler);
    Node *p = formula_node(graph, "exp(w * x) / sum(exp(w * x))");
    p->name = "p";
    graph->outputs[0] = p;
    Node *log = graph_map(graph, OP_LOG, p, NULL, NULL);
    Node *product = graph_map(graph, OP_MUL, model_variable(graph, "y")->node, log, NULL);
    Node *loss = graph_map(graph, OP_MUL, graph_reduce(graph, OP_SUM, product, 1, false),
                           formula_node(graph, "share"), NULL);
    graph->cost = graph_reduce(graph, OP_SUM, loss, 0, true);
    stabilise(graph);
    grad(graph);
    update(graph);
    Program *program = program_new(graph);
    fold(program);
    const Function *step = program_function(program, FUNCTION_TRAIN_STEP);
    bool is_found = false;
    for (int id = 0; id < step->graph->node_count; id++) {
        const Node *node = step->graph->nodes[id];
        bool is_difference = node->kind == KIND_MAP && node->op == OP_SUB;
        is_found |= is_difference && strcmp(node_formula(compiler, node->inputs[0]), "y") == 0 &&
                    node->inputs[1]->name && strcmp(node->inputs[1]->name, "p") == 0;
    }
    cr_expect(is_found, "the step has no y - p");
    test_compiler_free(compiler);
}

/* Each store is found once, by its node, in order. */
Test(program, stores_are_found_by_what_they_store) {
    Compiler *compiler = test_compiler();
    Graph *graph = small_model(compiler);
    graph->output_count = 3;
    graph->outputs = (Node *[]){graph->outputs[0], formula_node(graph, "x"), graph->outputs[0]};
    graph->output_names = (const char *[]){"p", "q", "r"};
    stabilise(graph);
    grad(graph);
    update(graph);
    Program *program = program_new(graph);
    fold(program);
    int twice = 0;
    for (int i = 0; i < program->function_count; i++) {
        Function *function = program->functions[i];
        index_stores(function);
        int found = 0;
        for (int id = 0; id < function->graph->node_count; id++)
            for (int last = -1, s = store_first(function, function->graph->nodes[id]); s >= 0;
                 last = s, s = store_next(function, s), found++) {
                cr_expect_eq(function->stores[s].value->id, id);
                cr_expect_gt(s, last);
                twice += last >= 0;
            }
        cr_expect_eq(found, function->store_count, "%s", function->name);
    }
    cr_expect_gt(twice, 0);
    test_compiler_free(compiler);
}

Test(program, predictions_have_scratch_of_their_own) {
    for (int kind = 0; kind < FUNCTION_COUNT; kind++) {
        bool predicts = strncmp(function_names[kind], "predict", 7) == 0;
        cr_expect_eq(function_predicts((FunctionKind)kind), predicts || kind == FUNCTION_DERIVATIVE,
                     "%s", function_names[kind]);
    }
}

Test(program, text_form) {
    Compiler *compiler = test_compiler();
    Program *program = program_new(differentiated_model(compiler));
    fold(program);
    Text *text = text_new(compiler);
    program_print(text, program);
    cr_expect_not_null(strstr(text->bytes, "function predict\n"
                                           "%0: B[4] = input x\n"
                                           "%1: [4] = param w\n"
                                           "%2: B[4] = mul %1, %0    # p\n"
                                           "output p = %2\n"
                                           "\n"
                                           "function predict_batch, 16 examples\n"));
    cr_expect_not_null(strstr(text->bytes, "store w = "));
    cr_expect_not_null(strstr(text->bytes, "store gradient of w = "));
    cr_expect_not_null(strstr(text->bytes, "return cost = "));
    cr_expect_not_null(strstr(text->bytes, "store metric hits = "));
    test_compiler_free(compiler);
}
