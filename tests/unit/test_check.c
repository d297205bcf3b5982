/* Statements to graph: data, cost, metrics, outputs, updates. */

#include "checked.h"

#include <criterion/criterion.h>
#include <string.h>

Test(check, scaled_input_is_moved_and_stretched) {
    expect_graph("network t\ninput x[2] standard\nh = x\nk = x * 2\noutput k\nbatch 4\n",
                 "network t, batch 4\n"
                 "%0: B[2] = input x\n"
                 "%1: [2] = state x.low\n"
                 "%2: [2] = state x.scale\n"
                 "%3: [] = 1\n"
                 "%4: [2] = expand %3\n"
                 "%5: B[2] = sub %0, %1\n"
                 "%6: B[2] = mul %5, %2    # x\n"
                 "%7: [] = 2\n"
                 "%8: B[2] = mul %6, %7    # k\n"
                 "initial x.scale = %4\n"
                 "output k = %8\n");
}

Test(check, fields) {
    Checked checked;
    check_open(&checked, "network t\ninput a minmax, b[3, 4]\ntarget c[5] onehot\n"
                         "h = softmax(dense(reshape(b, [12]), 5)) * a\n"
                         "loss cross_entropy(h, c)\nupdate sgd(0.1)\n");
    Graph *graph = checked.graph;
    cr_assert(graph, "%s", checked.said);
    cr_expect_eq(graph->batch, 32);
    const char *names[] = {"a", "a.low", "a.scale", "b", "c", "h.weight", "h.bias"};
    const VariableKind kinds[] = {VARIABLE_INPUT, VARIABLE_SCALING, VARIABLE_SCALING,
                                  VARIABLE_INPUT, VARIABLE_TARGET,  VARIABLE_PARAM,
                                  VARIABLE_PARAM};
    cr_assert_eq(graph->variable_count, 7);
    for (int i = 0; i < 7; i++) {
        cr_expect_str_eq(graph->variables[i]->name, names[i]);
        cr_expect_eq(graph->variables[i]->kind, kinds[i]);
        cr_expect_eq(graph->variables[i]->trained, kinds[i] == VARIABLE_PARAM);
        cr_expect_eq(graph->variables[i]->number, i);
    }
    cr_expect_eq(graph->variables[0]->scaling, SCALING_MINMAX);
    cr_expect_eq(graph->variables[0]->low, graph->variables[1]);
    cr_expect_eq(graph->variables[0]->scale, graph->variables[2]);
    cr_expect_eq(graph->variables[3]->scaling, SCALING_NONE);
    cr_expect(graph->variables[4]->onehot);
    check_close(&checked);
}

/* Sizes and the batch are constant expressions, of numbers that were named before. */
Test(check, constant_expressions) {
    expect_graph(
        "network t\nside = 2\ninput x[side^2, side + 1]\nh = x * side\noutput h\nbatch 2 * side\n",
        "network t, batch 4\n"
        "%0: B[4, 3] = input x\n"
        "%1: [] = 2\n"
        "%2: B[4, 3] = mul %0, %1    # h\n"
        "output h = %2\n");
}

static const char head[] =
    "network t\ninput x[2]\ntarget y[2]\nw = param([2, 2], 1)\nh = matmul(w, x)\n";

/* The text of a model with this loss, from the loss on. */
static void expect_cost(const char *loss, const char *expected) {
    char model[1000];
    Checked checked;
    snprintf(model, sizeof model, "%sloss %s\nupdate sgd(0)\noutput h\n", head, loss);
    check_open(&checked, model);
    cr_assert(checked.graph, "%s", checked.said);
    const char *tail = strstr(checked.text, "%6:"),
               *end = strstr(checked.text, "[2, 2] = given gradient");
    cr_assert(tail && end);
    while (end[-1] != '\n')
        end--;
    char *nodes = format_text(&checked.compiler, "%.*s", (int)(end - tail), tail);
    cr_expect_str_eq(nodes, expected, "--- loss %s:\n%s--- expected:\n%s", loss, nodes, expected);
    check_close(&checked);
}

Test(check, cost_is_the_mean_of_the_loss) {
    expect_cost("sum(h - y)", "%6: B[2] = sub %5, %1\n"
                              "%7: B[] = sum %6 over all\n"
                              "%8: B[] = given share\n"
                              "%9: B[] = mul %7, %8\n"
                              "%10: [] = sum %9 over examples\n");
}

/* What is per batch stays out of the mean, with its sign; a regularizer comes last wherever it
   stands. */
Test(check, cost_keeps_what_is_per_batch) {
    expect_cost("2 - sum(h) - l1(3) + sum(y) - max(w)", "%6: B[] = sum %5 over all\n"
                                                        "%7: B[] = sum %1 over all\n"
                                                        "%8: [] = maximum %4 over all\n"
                                                        "%9: [2, 2] = abs %4\n"
                                                        "%10: [] = sum %9 over all\n"
                                                        "%11: [] = 3\n"
                                                        "%12: [] = mul %11, %10\n"
                                                        "%13: [] = 2\n"
                                                        "%14: B[] = neg %6\n"
                                                        "%15: [] = sub %13, %12\n"
                                                        "%16: B[] = add %14, %7\n"
                                                        "%17: [] = sub %15, %8\n"
                                                        "%18: B[] = given share\n"
                                                        "%19: B[] = mul %16, %18\n"
                                                        "%20: [] = sum %19 over examples\n"
                                                        "%21: [] = add %20, %17\n");
}

/* A definition's own sum is taken apart, too. */
Test(check, cost_of_a_definition_with_a_regularizer) {
    Checked checked;
    check_open(&checked,
               "network t\ninput x[2]\ntarget y\ndef mine(p, y) = 1 - (l2(1) - (p - y)^2)\n"
               "w = param([1, 2], 1)\nh = sum(w * x)\nloss mine(h, y)\nupdate sgd(0)\n");
    cr_assert(checked.graph, "%s", checked.said);
    const Node *cost = checked.graph->cost;
    cr_expect(cost->op == OP_ADD && cost->inputs[0]->over_batch && !cost->inputs[1]->batched);
    cr_expect_eq(cost->inputs[0]->inputs[0]->inputs[0]->op, OP_POW);
    cr_expect_eq(cost->inputs[1]->op, OP_SUB);
    check_close(&checked);
}

/* A loss that is a mean already, or of one element. */
Test(check, cost_of_one_value) {
    expect_cost("batch_mean(sum(h * y))", "%6: B[2] = mul %5, %1\n"
                                          "%7: B[] = sum %6 over all\n"
                                          "%8: B[] = given share\n"
                                          "%9: B[] = mul %7, %8\n"
                                          "%10: [] = sum %9 over examples\n");
    expect_cost("(h * y)[:1]", "%6: B[2] = mul %5, %1\n"
                               "%7: B[1] = slice %6 at 0\n"
                               "%8: B[] = reshape %7\n"
                               "%9: B[] = given share\n"
                               "%10: B[] = mul %8, %9\n"
                               "%11: [] = sum %10 over examples\n");
}

/* Regularizers are about trained weights of two axes and more, each once. */
Test(check, regularizers_choose_weights) {
    Checked checked;
    check_open(
        &checked,
        "network t\ninput x[2]\ntarget y[3]\nspare = param([5, 5], 1)\nw = param([3, 2], 1)\n"
        "h = matmul(w, x) + matmul(w, 2 * x) + param([3], 0)\n"
        "loss half_squared_error(h, y) + l2(0.5)\nupdate sgd(0.1)\n");
    cr_assert(checked.graph, "%s", checked.said);
    int count = 0;
    for (int i = 0; i < checked.graph->node_count; i++) {
        const Node *node = checked.graph->nodes[i];
        count += node->op == OP_POW && node->inputs[0]->kind == KIND_PARAM;
    }
    cr_expect_eq(count, 1);
    cr_expect(strstr(checked.said, "warning: the loss does not depend on 'spare'"), "%s",
              checked.said);
    cr_expect_not(checked.graph->variables[2]->trained);
    check_close(&checked);
}

Test(check, metric_has_sums_and_a_finish) {
    expect_graph("network t\ninput x\ntarget y\n"
                 "metric spread(p, y) {\n sum first = p - y\n sum second = 3\n r = first / count\n"
                 " return sqrt(second / count) - r^2\n}\n"
                 "h = x * param([], 2)\nloss (h - y)^2\nupdate sgd(0.5)\nmetric spread(h, y), "
                 "spread(h, y)\n",
                 "network t, batch 32\n"
                 "%0: B[] = input x\n"
                 "%1: B[] = target y\n"
                 "%2: [] = 2\n"
                 "%3: [] = param h\n"
                 "%4: B[] = mul %0, %3    # h\n"
                 "%5: B[] = sub %4, %1\n"
                 "%6: [] = 2\n"
                 "%7: B[] = pow %5, %6\n"
                 "%8: B[] = given share\n"
                 "%9: B[] = mul %7, %8\n"
                 "%10: [] = sum %9 over examples\n"
                 "%11: [] = given count\n"
                 "%12: B[] = sub %4, %1\n"
                 "%13: [] = given sum 0\n"
                 "%14: [] = 3\n"
                 "%15: [] = mul %14, %11\n"
                 "%16: [] = div %13, %11\n"
                 "%17: [] = div %15, %11\n"
                 "%18: [] = sqrt %17\n"
                 "%19: [] = 2\n"
                 "%20: [] = pow %16, %19\n"
                 "%21: [] = sub %18, %20\n"
                 "%22: B[] = sub %4, %1\n"
                 "%23: [] = given sum 1\n"
                 "%24: [] = 3\n"
                 "%25: [] = mul %24, %11\n"
                 "%26: [] = div %23, %11\n"
                 "%27: [] = div %25, %11\n"
                 "%28: [] = sqrt %27\n"
                 "%29: [] = 2\n"
                 "%30: [] = pow %26, %29\n"
                 "%31: [] = sub %28, %30\n"
                 "%32: [] = given gradient h\n"
                 "%33: [] = 0.5\n"
                 "%34: [] = mul %33, %32\n"
                 "%35: [] = sub %3, %34\n"
                 "initial h = %2\n"
                 "next h = %35\n"
                 "sum 0 = %12\n"
                 "sum 1 = %22\n"
                 "metric spread = %21\n"
                 "metric spread.h = %31\n"
                 "output h = %4\n"
                 "cost = %10\n");
}

/* The outputs of a model with these last lines, joined by blanks. */
static void expect_outputs(const char *lines, const char *expected) {
    char model[1000], names[200] = "";
    Checked checked;
    snprintf(model, sizeof model,
             "network t\ninput x[3]\ntarget y[3]\np = x * param([3], 1)\nq = p^2\nd = q - y\nc = "
             "param([3], 0)\n%s",
             lines);
    check_open(&checked, model);
    cr_assert(checked.graph, "%s", checked.said);
    for (int i = 0; i < checked.graph->output_count; i++) {
        strcat(names, i ? " " : "");
        strcat(names, checked.graph->output_names[i]);
        cr_expect(checked.graph->outputs[i]->batched);
    }
    cr_expect_str_eq(names, expected);
    check_close(&checked);
}

Test(check, outputs_are_named_or_found) {
    const char update[] = "update sgd(0.1)\n";
    char lines[300];
    snprintf(lines, sizeof lines, "loss mean(d^2) + sum(c)\n%soutput q, p, c, p + 1\n", update);
    expect_outputs(lines, "q p c output_4");
    snprintf(lines, sizeof lines, "loss mean(d^2 + c)\n%smetric root_mean_squared_error(q, y)\n",
             update);
    expect_outputs(lines, "q");
    snprintf(lines, sizeof lines, "loss half_squared_error(q, y) + mean(p * x * c)\n%s", update);
    expect_outputs(lines, "q p");
    snprintf(lines, sizeof lines, "loss mean(d^2 * q + c)\n%smetric mean_absolute_error(d, y)\n",
             update);
    expect_outputs(lines, "q");
}

Test(check, where_training_keeps_a_batch_mean_from_outputs) {
    Checked checked;
    check_open(&checked,
               "network t\ninput x[3]\nh = where(1 - training, x, x - batch_mean(x))\noutput h\n");
    cr_expect(checked.graph, "%s", checked.said);
    check_close(&checked);
    expect_said("network t\ninput x[3]\nh = where(training, x, x - batch_mean(x))\noutput h\n",
                "error: the output 'h' depends on a mean over the batch outside training");
}

Test(check, optimizer_runs_once_per_trained_parameter) {
    expect_graph("network t\ninput x\ntarget y\n"
                 "optimizer mine(rate, decay = rate / 4) {\n"
                 " state m[] = 1\n state old = weight\n"
                 " m = decay * m + sum(grad)\n old = weight\n weight = weight - rate * m / t\n}\n"
                 "h = x * param([], 3)\nloss (h - y)^2\nupdate mine(rate = 2 * epoch)\n",
                 "network t, batch 32\n"
                 "%0: B[] = input x\n"
                 "%1: B[] = target y\n"
                 "%2: [] = 3\n"
                 "%3: [] = param h\n"
                 "%4: B[] = mul %0, %3    # h\n"
                 "%5: B[] = sub %4, %1\n"
                 "%6: [] = 2\n"
                 "%7: B[] = pow %5, %6\n"
                 "%8: B[] = given share\n"
                 "%9: B[] = mul %7, %8\n"
                 "%10: [] = sum %9 over examples\n"
                 "%11: [] = given epoch\n"
                 "%12: [] = 2\n"
                 "%13: [] = mul %12, %11\n"
                 "%14: [] = 4\n"
                 "%15: [] = div %13, %14\n"
                 "%16: [] = given gradient h\n"
                 "%17: [] = 1\n"
                 "%18: [] = state h.m\n"
                 "%19: [] = state h.old\n"
                 "%20: [] = mul %15, %18\n"
                 "%21: [] = add %20, %16\n"
                 "%22: [] = mul %13, %21\n"
                 "%23: [] = 1\n"
                 "%24: [] = given step\n"
                 "%25: [] = add %24, %23\n"
                 "%26: [] = div %22, %25\n"
                 "%27: [] = sub %3, %26\n"
                 "initial h = %2\n"
                 "next h = %27\n"
                 "initial h.m = %17\n"
                 "next h.m = %21\n"
                 "initial h.old = %2\n"
                 "next h.old = %3\n"
                 "output h = %4\n"
                 "cost = %10\n");
}

Test(check, prediction_alone) {
    Checked checked;
    check_open(&checked, "network t\ninput x[4]\nh = dense(x, 2)\noutput h\n");
    cr_assert(checked.graph, "%s", checked.said);
    cr_expect_str_eq(checked.said, "");
    cr_expect_not(checked.graph->has_update);
    cr_expect_null(checked.graph->cost);
    check_close(&checked);
}

/* Which target's classes outputs and metrics are of, by name, "-" for none. */
static void expect_classes(const char *lines, const char *expected) {
    char model[1000], names[200] = "";
    Checked checked;
    snprintf(model, sizeof model,
             "network t\ninput x[4]\ntarget c[3] onehot, d[3] onehot, y[3], w\n"
             "def mine(a, b) = mean(a^2) * sum(b)\n"
             "h = tanh(dense(x, 3))\nz = dense(h, 3)\np = softmax(z)\nq = softmax(dense(h, 3))\n"
             "s = dense(h, 1)\n%supdate sgd(0.1)\n",
             lines);
    check_open(&checked, model);
    cr_assert(checked.graph, "%s", checked.said);
    const Graph *graph = checked.graph;
    for (int i = 0; i < graph->output_count + graph->metric_count; i++) {
        const Variable *target = i < graph->output_count
                                     ? graph->output_classes[i]
                                     : graph->metrics[i - graph->output_count].classes;
        strcat(names, i == graph->output_count ? "; " : i ? " " : "");
        strcat(names, target ? target->name : "-");
    }
    cr_expect_str_eq(names, expected, "%s gave %s", lines, names);
    check_close(&checked);
}

Test(check, outputs_and_metrics_are_of_classes) {
    const char rest[] = "loss cross_entropy(p, c) + cross_entropy(q, d) + mean((h - y)^2) + "
                        "mean((s - w)^2) + mine(s, c)\n";
    static const struct {
        const char *lines, *expected;
    } rows[] = {
        {"", "c d - -"},
        {"output q, p, z, h, s\n", "d c - - -"},
        {"metric accuracy(p, c), accuracy(h, y), confusion_matrix(q, d)\n", "c - d; c y d"},
        {"metric accuracy(p, c), accuracy(p, d)\n", "-; c d"},
        {"metric accuracy(z, c)\noutput z, p\n", "c c; c"},
        {"metric accuracy(p * y, c)\noutput p\n", "c; c"},
        {"output h, p\nmetric accuracy(softmax(dense(h, 3)), c)\n", "- c; c"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char lines[400];
        snprintf(lines, sizeof lines, "%s%s", rest, rows[i].lines);
        expect_classes(lines, rows[i].expected);
    }
}
