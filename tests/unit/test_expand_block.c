/* Blocks and layers with state: what is shared, and what training and prediction see, in numbers. */

#include "run_model.h"

#include <criterion/criterion.h>
#include <string.h>

static const char pair[] = "input a, b\nblock e(x) {\n k = param([], 1)\n return k * x\n}\n";

static Model *open_pair(const char *lines) {
    char text[2000];
    snprintf(text, sizeof text, "%s%s", pair, lines);
    Model *model = model_open(text);
    model_set(model, "a", 2);
    model_set(model, "b", 5);
    return model;
}

Test(expand_block, calls_share_their_parameters) {
    Model *model = open_pair("h = e(a) * e(b)\nloss h\nupdate sgd(1)\noutput h\n");
    cr_expect_str_eq(model_names(model), "e.k");
    model_set(model, "e.k", 3);
    expect_number(model_output(model, "h"), 6 * 15, "h");
    expect_number(model_gradient(model, "e.k"), 2 * 15 + 6 * 5, "from both calls");
    expect_number(model_new(model, "e.k"), 3 - 60, "one step");
    model_close(model);
}

Test(expand_block, use_as_makes_parameters_of_its_own) {
    Model *model = open_pair("use e as f\nh = e(a) * f(b)\nloss h\nupdate sgd(1)\noutput h\n");
    cr_expect_str_eq(model_names(model), "e.k f.k");
    model_set(model, "e.k", 3);
    model_set(model, "f.k", 7);
    expect_number(model_output(model, "h"), 6 * 35, "h");
    expect_number(model_gradient(model, "e.k"), 2 * 35, "of e");
    expect_number(model_gradient(model, "f.k"), 6 * 5, "of f");
    model_close(model);
}

/* Each `use` anew; of a copy, too. */
Test(expand_block, use_as_as_often_as_one_likes) {
    Model *model = open_pair("use e as f\nuse f as g\nh = e(a) + f(a) + g(a) + g(b)\noutput h\n");
    cr_expect_str_eq(model_names(model), "e.k f.k g.k");
    model_set(model, "e.k", 1);
    model_set(model, "f.k", 10);
    model_set(model, "g.k", 100);
    expect_number(model_output(model, "h"), 2 + 20 + 200 + 500, "h");
    model_close(model);
}

/* Beside arguments that differ from call to call. */
Test(expand_block, a_call_has_arguments_of_its_own) {
    Model *model =
        model_open("input a\nblock e(x, n = 2) {\n k = param([], 1)\n return n * k * x\n}\n"
                   "h = e(a) + e(a, n = 10) + e(3)\noutput h\n");
    model_set(model, "a", 1);
    model_set(model, "e.k", 1);
    expect_number(model_output(model, "h"), 2 + 10 + 6, "h");
    model_close(model);
}

// State

static const char counter[] = "input x\nblock s(x) {\n state n = 0\n n = n + 1\n return x + n\n}\n";

/* In training the second call goes on from where the first one ended; prediction leaves it alone. */
Test(expand_block, a_state_goes_from_call_to_call) {
    char lines[500];
    snprintf(lines, sizeof lines,
             "%sa = s(x)\nb = s(x)\nw = param([], 1)\nloss w * (100 * a + b)\nupdate sgd(1)\n"
             "output a, b\n",
             counter);
    Model *model = model_open(lines);
    model_set(model, "x", 0);
    model_set(model, "w", 1);
    model_set(model, "s.n", 10);
    expect_number(model_loss(model, FUNCTION_GRADIENT), 100 * 11 + 12, "training");
    expect_number(model_loss(model, FUNCTION_LOSS), 100 * 10 + 10, "the loss is as in prediction");
    expect_number(model_output(model, "b"), 10, "prediction");
    expect_number(model_new(model, "s.n"), 12, "after the step");
    expect_number(*model_stored(model, FUNCTION_GRADIENT, STORE_GRADIENT, "s.n"), 12,
                  "gradient keeps it for update");
    model_close(model);
}

/* A layer's state is that of one call: two calls, two states. */
Test(expand_block, a_functions_state_belongs_to_the_call) {
    Model *model = model_open("input x\ndef s(x) {\n state n = 5\n n = n + 1\n return x + n\n}\n"
                              "a = s(x)\nb = s(x)\nw = param([], 1)\nloss w * (100 * a + b)\n"
                              "update sgd(1)\noutput a, b\n");
    cr_expect_str_eq(model_names(model), "a.n b.n w");
    model_set(model, "x", 0);
    model_set(model, "w", 1);
    model_set(model, "a.n", 10);
    model_set(model, "b.n", 20);
    expect_number(model_loss(model, FUNCTION_GRADIENT), 100 * 11 + 21, "training");
    expect_number(model_loss(model, FUNCTION_LOSS), 100 * 10 + 20, "prediction");
    expect_number(*model_stored(model, FUNCTION_INIT, STORE_VARIABLE, "b.n"), 5, "first");
    model_close(model);
}

/* Frozen: the layer is in training as in prediction. */
Test(expand_block, a_frozen_layer_does_not_train) {
    Model *model = model_open("input x\ndef s(x) {\n state n = 5\n n = n + 1\n"
                              " return where(training, 1000, 1) * (x + n)\n}\n"
                              "a = s(x)\nb = s(x)\nw = param([], 1)\nloss w * (a + b)\n"
                              "update sgd(1)\nfreeze b.n\noutput a, b\n");
    model_set(model, "x", 0);
    model_set(model, "w", 1);
    model_set(model, "a.n", 10);
    model_set(model, "b.n", 20);
    expect_number(model_loss(model, FUNCTION_GRADIENT), 1000 * 11 + 20, "training");
    expect_number(model_new(model, "a.n"), 11, "a goes on");
    const Graph *graph = model->checked.graph;
    for (int i = 0; i < graph->variable_count; i++)
        cr_expect_eq(graph->variables[i]->frozen, strcmp(graph->variables[i]->name, "b.n") == 0);
    model_close(model);
}

/* Mean of the examples that count, 1 and 3: in training it is in use at once. */
Test(expand_block, a_running_mean) {
    Model *model = model_open("input x\ndef centre(x) {\n state m = 0\n"
                              " m = 0.9 * m + 0.1 * batch_mean(x)\n return x - m\n}\n"
                              "a = centre(x)\nw = param([], 1)\nloss w * a\nupdate sgd(1)\n"
                              "output a\n");
    double *x = model_numbers(model, "x");
    x[0] = 1, x[1] = 3, x[2] = 1e9;
    model_set(model, "w", 1);
    model_set(model, "a.m", 10);
    double next = 0.9 * 10 + 0.1 * 2;
    expect_number(model_new(model, "a.m"), next, "next");
    expect_number(model_loss(model, FUNCTION_GRADIENT), 2 - next, "training");
    expect_number(model_loss(model, FUNCTION_LOSS), 2 - 10, "loss");
    expect_number(model_output(model, "a"), 1 - 10, "prediction");
    model_close(model);
}

Test(expand_block, training_is_a_number_of_the_function) {
    Model *model =
        model_open("input x\nw = param([], 1)\nh = w * where(training, 1000, x)\nloss h\n"
                   "update sgd(1)\noutput h\n");
    model_set(model, "x", 2);
    model_set(model, "w", 1);
    expect_number(model_output(model, "h"), 2, "predict");
    expect_number(model_loss(model, FUNCTION_LOSS), 2, "loss");
    expect_number(model_loss(model, FUNCTION_EVALUATE), 2, "evaluate");
    expect_number(model_loss(model, FUNCTION_GRADIENT), 1000, "gradient");
    expect_number(model_loss(model, FUNCTION_TRAIN_STEP), 1000, "train_step");
    expect_number(model_gradient(model, "w"), 1000, "by w");
    model_close(model);
}
