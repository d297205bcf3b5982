/* optimizers at work: what their bodies read and write, in numbers. The models are of one weight or
   two, whose gradients are known. */

#include "run_model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* The cost is 0.5 (3 a)^2 + b, whatever the data: its gradients are 9 a and 1. */
#define TWO_WEIGHTS                                                                                \
    "input x\na = param([], 1)\nb = param([], 1)\nh = 0 * x + 3 * a\nloss 0.5 * h^2 + b\n"         \
    "output h\n"

static Model *two_weights(const char *lines) {
    char text[2000];
    snprintf(text, sizeof text, TWO_WEIGHTS "%s", lines);
    Model *model = model_open(text);
    model_set(model, "a", 2);
    model_set(model, "b", 5);
    return model;
}

/* The new a and b. */
static void expect_step(const char *lines, double a, double b) {
    Model *model = two_weights(lines);
    expect_number(model_new(model, "a"), a, lines);
    expect_number(model_new(model, "b"), b, lines);
    model_close(model);
}

Test(optimizer_run, a_weight_moves_against_its_gradient) {
    expect_step("update sgd(0.5)\n", 2 - 0.5 * 18, 5 - 0.5);
}

/* The gradient of each depends on the other: both are those before the step. */
Test(optimizer_run, all_move_from_one_point) {
    Model *model = model_open("input x\na = param([], 1)\nb = param([], 1)\nh = a * b + 0 * x\n"
                              "loss h^2\nupdate sgd(1)\noutput h\n");
    model_set(model, "a", 2);
    model_set(model, "b", 3);
    expect_number(model_new(model, "a"), 2 - 2 * 6 * 3, "a");
    expect_number(model_new(model, "b"), 3 - 2 * 6 * 2, "b");
    model_close(model);
}

/* A state is what it was until the body gives it a new value, and that from then on. */
Test(optimizer_run, a_body_reads_what_stands_before) {
    static const struct {
        const char *body;
        double weight, state;
    } rows[] = {
        {"v = 2 * v + grad\n weight = weight - v", 5 - (2 * 7 + 1), 2 * 7 + 1},
        {"weight = weight - v\n v = 2 * v + grad", 5 - 7, 2 * 7 + 1},
        {"old = v\n v = 2 * v + grad\n weight = weight - old", 5 - 7, 2 * 7 + 1},
        {"weight = weight - grad\n v = weight", 5 - 1, 5 - 1},
        {"v = weight\n weight = weight - grad", 5 - 1, 5},
        {"grad = 10 * grad\n v = grad\n weight = weight - v", 5 - 10, 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char lines[500];
        snprintf(lines, sizeof lines, "optimizer mine() {\n state v = 0\n %s\n}\nupdate mine()\n",
                 rows[i].body);
        Model *model = two_weights(lines);
        model_set(model, "b.v", 7);
        expect_number(model_new(model, "b"), rows[i].weight, rows[i].body);
        expect_number(model_new(model, "b.v"), rows[i].state, rows[i].body);
        model_close(model);
    }
}

/* t counts from 1 where step counts from 0; both are of the step at work. */
Test(optimizer_run, a_body_knows_the_step) {
    expect_step("optimizer mine() { weight = 100 * t + 10 * step + epoch / epochs }\n"
                "update mine()\n",
                430.2, 430.2);
}

/* The first value of a state is made of the weight's first, whatever that is now. */
Test(optimizer_run, a_state_begins_with_the_first_weight) {
    Model *model = two_weights("optimizer mine() {\n state old = 3 * weight\n old = weight\n"
                               " weight = weight - old\n}\nupdate mine()\n");
    expect_number(*model_stored(model, FUNCTION_INIT, STORE_VARIABLE, "b.old"), 3, "first");
    expect_number(model_new(model, "b"), 0, "step");
    model_close(model);
}

Test(optimizer_run, each_parameter_has_states_of_its_own) {
    Model *model = two_weights("update adam(0.1) for a\nupdate momentum(0.1)\n");
    cr_expect_str_eq(model_names(model), "a b a.m a.v b.v");
    model_close(model);
}

// Which optimizer

Test(optimizer_run, patterns_choose) {
    expect_step("update sgd(1) for a\nupdate sgd(10)\n", 2 - 18, 5 - 10);
    expect_step("update sgd(10)\nupdate sgd(1) for a\n", 2 - 18, 5 - 10);
    expect_step("update sgd(1) for *\n", 2 - 18, 5 - 1);
    expect_step("update sgd(1) for a*\nupdate sgd(2) for *b\n", 2 - 18, 5 - 2);
}

/* It has no gradient, no new value, and no state. */
Test(optimizer_run, what_is_frozen_stays) {
    Model *model = two_weights("update momentum(1)\nfreeze a\n");
    const Graph *graph = model->checked.graph;
    cr_expect_str_eq(model_names(model), "a b b.v");
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        bool is_frozen = strcmp(variable->name, "a") == 0;
        cr_expect(!is_frozen || (!variable->gradient && !variable->next && !variable->stepped));
    }
    model_close(model);
}

// One in another

/* The middle one hands on a gradient of 10 times, the outer one a weight that is moved already. */
Test(optimizer_run, three_within_each_other) {
    static const char inner[] =
        "optimizer inner(rate) {\n state v = 0\n v = v + grad\n weight = weight - rate * v\n}\n"
        "optimizer middle(then) {\n state v = 0\n v = v + 1\n weight = then(grad = 10 * grad)\n}\n"
        "optimizer outer(then) {\n state v = 0\n v = weight\n"
        " weight = 2 * then(weight = weight + 100)\n}\n"
        "update outer(middle(inner(0.5)))\n";
    Model *model = two_weights(inner);
    cr_expect_str_eq(model_names(model), "a b a.v a.v.2 a.v.3 b.v b.v.2 b.v.3");
    model_set(model, "b.v", 0);
    model_set(model, "b.v.2", 3);
    model_set(model, "b.v.3", 7);
    expect_number(model_new(model, "b"), 2 * (105 - 0.5 * (7 + 10)), "weight");
    expect_number(model_new(model, "b.v"), 5, "the outer state");
    expect_number(model_new(model, "b.v.2"), 4, "the middle one");
    expect_number(model_new(model, "b.v.3"), 17, "the inner one");
    model_close(model);
}

/* What a wrapper leaves out is its own weight and gradient. */
Test(optimizer_run, one_that_is_called_twice_has_states_twice) {
    Model *model = two_weights("optimizer inner(rate) {\n state v = 0\n v = v + grad\n"
                               " weight = weight - rate * v\n}\n"
                               "optimizer outer(then) { weight = then(weight = then()) }\n"
                               "update outer(inner(0.5))\n");
    cr_expect_str_eq(model_names(model), "a b a.v a.v.2 b.v b.v.2");
    model_set(model, "b.v", 1);
    model_set(model, "b.v.2", 2);
    expect_number(model_new(model, "b"), 5 - 0.5 * 2 - 0.5 * 3, "weight");
    model_close(model);
}

// Where the gradient is taken

Test(optimizer_run, at_moves_where_the_gradient_is_taken) {
    Model *model = two_weights("optimizer ahead() {\n at weight + 10\n weight = weight - grad\n}\n"
                               "update ahead() for a\nupdate sgd(1)\n");
    expect_number(model_gradient(model, "a"), 9 * 12, "gradient");
    expect_number(model_new(model, "a"), 2 - 9 * 12, "step");
    expect_number(model_output(model, "h"), 3 * 2, "prediction is at the weight");
    expect_number(model_loss(model, FUNCTION_LOSS), 0.5 * 36 + 5, "the loss, too");
    expect_number(model_loss(model, FUNCTION_GRADIENT), 0.5 * 36 * 36 + 5, "the cost of training");
    model_close(model);
}

/* An inner optimizer moves on from the point that an outer one says. */
Test(optimizer_run, the_innermost_at_counts) {
    Model *model = two_weights("optimizer ahead() {\n at weight + 10\n weight = weight - grad\n}\n"
                               "optimizer outer(then) {\n at weight + 100\n"
                               " weight = then(weight = weight + 100)\n}\n"
                               "update outer(ahead()) for a\nupdate sgd(1)\n");
    expect_number(model_gradient(model, "a"), 9 * 112, "gradient");
    expect_number(model_new(model, "a"), 102 - 9 * 112, "step");
    model_close(model);
}

// What all of them know

Test(optimizer_run, total_adds_up_over_the_parameters) {
    expect_step("optimizer mine() { weight = total(weight) }\nupdate mine()\n", 7, 7);
    expect_step("optimizer mine() { weight = total(1) }\nupdate mine()\n", 2, 2);
    expect_step("optimizer mine() { weight = total(weight, before = 1) }\nupdate mine()\n", 0, 2);
    expect_step("optimizer mine() { weight = total(total(weight) * weight) }\nupdate mine()\n", 49,
                49);
    expect_step("optimizer mine() {\n n = total(sum(grad^2))\n weight = grad / total(n)\n}\n"
                "update mine()\n",
                18 / 650.0, 1 / 650.0);
}

/* Only those that this `update` moves. */
Test(optimizer_run, total_is_of_one_update) {
    expect_step("optimizer mine() { weight = total(weight) }\nupdate mine() for a\nupdate sgd(0)\n",
                2, 5);
}

/* A body stops in the middle of a statement, of a definition, of an argument, wherever total
   stands, and goes on there. The weights are 2 and 5, their gradients 18 and 1; each row says what
   becomes of the second weight. */
Test(optimizer_run, a_body_waits_anywhere) {
    static const struct {
        const char *definitions, *body;
        double weight;
    } rows[] = {
        {"", "weight = 2 * grad + 3 * total(weight) * (grad + 1)", 2 + 3 * 7 * 2},
        {"", "weight = where(total(1) == 2, total(weight), total(grad))", 7},
        {"", "weight = where(a = 1, condition = total(1) == 3, b = total(grad))", 19},
        {"", "weight = where(grad > 9, total(weight), total(grad))", 19},
        {"",
         "g = reshape(grad, [1])\n weight = sum(contract(g[i] * total(weight), i = total(1) - 1))",
         7},
        {"", "g = [4, 5, 6]\n weight = g[total(1) - 1] + 0 * weight", 5},
        {"", "f = total\n weight = f(weight)", 7},
        {"", "require total(1) == 2\n require total(weight) > 0\n weight = weight + 1", 6},
        {"", "state v[total(1)] = total(weight)\n v = v + 1\n weight = sum(v)", 2 * 8},
        {"def twice(f, e) = f(e) + f(2 * e)\n", "weight = twice(total, weight)", 21},
        {"def part(z, of = total(z)) = z / of\n", "weight = part(weight) + part(grad, of = 2)",
         5 / 7.0 + 0.5},
        {"def sized(z[n], k = total(n)) = sum(z) + k\n", "weight = sized(reshape(weight, [1]))", 7},
        {"def down(z, n) = where(n > 0, total(z) + down(z / 2, n - 1), z)\n",
         "weight = down(weight, 2)", 7 + 3.5 + 1.25},
        {"def even(z, n) = where(n > 0, odd(z, n - 1), total(z))\n"
         "def odd(z, n) = where(n > 0, even(z, n - 1), z)\n",
         "weight = even(weight, 2) + odd(weight, 1)", 7 + 7},
        {"def inside(z) {\n s = 2 * z\n n = total(s)\n return n + s\n}\n",
         "weight = inside(z = inside(weight) + 1)", 88 + 2 * 25},
        {"optimizer inner(k) {\n n = total(weight)\n weight = n * grad + k\n}\n",
         "f = inner(total(grad))\n weight = 2 * f(weight = weight + total(1), grad = total(grad))",
         2 * ((4 + 7) * 19 + 19)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char lines[500];
        snprintf(lines, sizeof lines, "%soptimizer mine() {\n %s\n}\nupdate mine()\n",
                 rows[i].definitions, rows[i].body);
        Model *model = two_weights(lines);
        if (strstr(rows[i].body, "state"))
            model_set(model, "b.v", 7);
        expect_number(model_new(model, "b"), rows[i].weight, rows[i].body);
        model_close(model);
    }
}

/* In a first value, too, where weight is the first one: 1 and 1. */
Test(optimizer_run, a_first_value_waits) {
    Model *model = two_weights("optimizer mine() {\n state old = total(weight) + weight\n"
                               " old = weight\n weight = weight - old\n}\nupdate mine()\n");
    expect_number(*model_stored(model, FUNCTION_INIT, STORE_VARIABLE, "b.old"), 3, "first");
    expect_number(model_new(model, "b"), 0, "step");
    model_close(model);
}

static int count_nodes(const Graph *graph, Op op) {
    int count = 0;
    for (int id = 0; id < graph->node_count; id++)
        count += graph->nodes[id]->kind == KIND_MAP && graph->nodes[id]->op == op;
    return count;
}

static Graph *check_two(Checked *checked, const char *lines) {
    char text[1000];
    snprintf(text, sizeof text, "network t\n" TWO_WEIGHTS "%s", lines);
    check_open(checked, text);
    cr_assert(checked->graph, "%s", checked->said);
    return checked->graph;
}

/* However often a body waits, what it says is made once for each parameter. */
Test(optimizer_run, nothing_is_evaluated_twice) {
    Checked checked;
    const Graph *graph =
        check_two(&checked, "def inside(z) {\n s = sin(z)\n n = total(s)\n return n + erf(s)\n}\n"
                            "optimizer mine() {\n e = exp(grad)\n l = log(e) + total(e) * abs(e)\n"
                            " i = inside(l)\n weight = cos(weight) + total(total(sqrt(i)))\n}\n"
                            "update mine()\n");
    static const Op ops[] = {OP_EXP, OP_LOG, OP_ABS, OP_SIN, OP_ERF, OP_COS, OP_SQRT};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        cr_expect_eq(count_nodes(graph, ops[i]), 2, "%s", op_rows[ops[i]].name);
    check_close(&checked);
}

/* The graph has first what a total needs, then the rest of one parameter after that of another,
   whenever it was made: here exp before the total, log behind it. */
Test(optimizer_run, nodes_stand_by_parameter) {
    Checked checked;
    char order[100] = "";
    const Graph *graph =
        check_two(&checked, "optimizer mine() {\n e = exp(grad)\n n = total(sin(grad))\n"
                            " weight = log(e) * n * t\n}\nupdate mine()\n");
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        bool is_shown = node->kind == KIND_MAP &&
                        (node->op == OP_EXP || node->op == OP_SIN || node->op == OP_LOG);
        snprintf(order + strlen(order), sizeof order - strlen(order), "%s%s", is_shown ? " " : "",
                 is_shown ? op_rows[node->op].name : "");
    }
    cr_expect_str_eq(order, " sin sin exp log exp log");
    check_close(&checked);
}

/* States and random numbers of a body that waits are made once. */
Test(optimizer_run, a_body_that_waits_makes_its_states_once) {
    Model *model = two_weights("optimizer mine() {\n state v = 0\n v = v + random_normal([])\n"
                               " n = total(v)\n state u = 1\n u = n + u\n"
                               " weight = weight - total(u)\n}\n"
                               "update mine()\n");
    const Graph *graph = model->checked.graph;
    cr_expect_str_eq(model_names(model), "a b a.v b.v a.u b.u");
    cr_expect_eq(graph->random_count, 2);
    model_set(model, "a.v", 10);
    model_set(model, "b.v", 20);
    model_set(model, "a.u", 1);
    model_set(model, "b.u", 2);
    double v = 10 + 0 + 20 + 0.1; /* random number i is 0.1 i */
    expect_number(model_new(model, "b.u"), v + 2, "u");
    expect_number(model_new(model, "a"), 2 - (2 * v + 3), "weight");
    model_close(model);
}

// The Hessian

/* Of 0.5 (3 a)^2 + b: 9 for a and 0 for b, whatever they are. */
Test(optimizer_run, hessian_times_a_direction) {
    expect_step("optimizer mine() { weight = hessian(weight) }\nupdate mine()\n", 9 * 2, 0);
    expect_step("optimizer mine() { weight = hessian(hessian(grad) + 1) }\nupdate mine()\n",
                9 * (9 * 18 + 1), 0);
    expect_step("optimizer mine() { weight = total(sum(grad * hessian(grad))) }\nupdate mine()\n",
                18 * 9 * 18, 18 * 9 * 18);
}

/* Of (a b)^2 the mixed ones count: at a = 2, b = 3 it is [[2 b^2, 4 a b], [4 a b, 2 a^2]]. */
Test(optimizer_run, the_hessian_is_of_all_parameters_together) {
    Model *model =
        model_open("input x\na = param([], 1)\nb = param([], 1)\nh = a * b + 0 * x\nloss h^2\n"
                   "optimizer mine(d) { weight = hessian(d * weight) }\n"
                   "update mine(1)\noutput h\n");
    model_set(model, "a", 2);
    model_set(model, "b", 3);
    expect_number(model_new(model, "a"), 18 * 2 + 24 * 3, "a");
    expect_number(model_new(model, "b"), 24 * 2 + 8 * 3, "b");
    model_close(model);
}

/* An update that needs the data has no function of its own. */
Test(optimizer_run, an_evaluating_update_is_a_training_step) {
    Model *model = two_weights("optimizer mine() { weight = hessian(weight) }\nupdate mine()\n");
    for (int i = 0; i < model->program->function_count; i++) {
        cr_expect_neq(model->program->functions[i]->kind, FUNCTION_UPDATE);
        cr_expect_neq(model->program->functions[i]->kind, FUNCTION_GRADIENT_ADD);
    }
    model_close(model);
}

/* Of what algebra takes out of the cost the gradient is 0, and takes part in totals. */
Test(optimizer_run, what_the_cost_does_not_have_has_the_gradient_0) {
    Model *model = model_open("input x\na = param([], 1)\nb = param([], 1)\nc = x > 0\n"
                              "h = where(c, where(c, b, a), b)\nloss h\n"
                              "optimizer mine() { weight = 10 * total(1) + grad }\nupdate mine()\n"
                              "output h\n");
    expect_number(model_new(model, "a"), 20, "a");
    expect_number(model_new(model, "b"), 21, "b");
    model_close(model);
}

// Mistakes

/* Once, not once for each parameter. */
Test(optimizer_run, a_mistake_in_a_body_is_reported_once) {
    static const char *const bodies[] = {
        "weight = @",
        "weight = weight - @",
        "weight = total(@)",
        "weight = total(grad, before = @)",
        "weight = hessian(@)",
        "weight = inner(weight = @)",
        "weight = inner(grad = @)",
        "weight = inner(@)",
        "at @\n weight = weight - grad",
        "state v = @\n v = 1\n weight = v",
        "state v = 1\n v = @\n weight = v",
        "v = @\n weight = v",
    };
    static const char *const fillers[] = {"nobody", "exp", "(grad[9] + 1)"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        const char *filler = fillers[i % 3], *at = strchr(bodies[i], '@');
        char model[1000];
        snprintf(model, sizeof model,
                 "network t\n" TWO_WEIGHTS "optimizer mine(inner) {\n %.*s%s%s\n}\n"
                 "update mine(sgd(1))\n",
                 (int)(at - bodies[i]), bodies[i], filler, at + 1);
        Checked checked;
        check_open(&checked, model);
        cr_expect_null(checked.graph);
        cr_expect_eq(checked.compiler.error_count, 1, "%s\n%s", model, checked.said);
        check_close(&checked);
    }
}
