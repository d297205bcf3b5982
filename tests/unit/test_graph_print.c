/* graph_print: the line of each kind of node, and of what a graph is wanted for. */

#include "formula_graph.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *printed(const Graph *graph) {
    Text *text = text_new(graph->compiler);
    graph_print(text, graph);
    return text->bytes;
}

/* The line of the node, without its end. */
static const char *line_of(const Graph *graph, const Node *node) {
    Compiler *compiler = graph->compiler;
    const char *head = format_text(compiler, "\n%%%d: ", node->id);
    const char *text = format_text(compiler, "\n%s", printed(graph)), *line = strstr(text, head);
    cr_assert(line, "%s", text);
    line += strlen(head);
    return format_text(compiler, "%.*s", (int)strcspn(line, "\n"), line);
}

/* The variables of test_graph are nodes 0 to 6. */
static void expect_line(const char *formula, const char *wanted) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    const char *got = line_of(graph, formula_node(graph, formula));
    cr_expect_str_eq(got, wanted, "%s: %s, wanted %s", formula, got, wanted);
    test_compiler_free(compiler);
}

Test(graph_print, a_line_for_each_kind_of_node) {
    expect_line("0.1", "[] = 0.10000000000000001");
    expect_line("[1, 0.1, -2]", "[3] = [1, 0.10000000000000001, -2]");
    expect_line("[[1, 2], [3, 4]]", "[2, 2] = [1, 2, 3, 4]");
    expect_line("[1, 2, 3, 4, 5, 6, 7, 8]", "[8] = [1, 2, 3, 4, 5, 6, 7, 8]");
    expect_line("[0, 1, 2, 3, 4, 5, 6, 7, 8]", "[9] = [0, 1, 2, .., 8] #c64822b31db68945");
    expect_line("[0, 1, 2, 3, 4, 5, 6, 7.5, 8]", "[9] = [0, 1, 2, .., 8] #4ce497b689f32a06");
    expect_line("x", "B[4] = input x");
    expect_line("y", "B[4] = target y onehot");
    expect_line("v", "[3, 4] = param v");
    expect_line("share", "B[] = given share");
    expect_line("x + w", "B[4] = add %0, %5");
    expect_line("where(s, x, w)", "B[4] = where %3, %0, %5");
    expect_line("sum(m)", "B[] = sum %2 over all");
    expect_line("rows(m)", "B[3] = sum %2 over 1");
    expect_line("max(w)", "[] = maximum %5 over all");
    expect_line("examples(m)", "[3, 4] = sum %2 over examples");
    expect_line("examples(s)", "[] = sum %3 over examples");
    expect_line("reshape(m, [12])", "B[12] = reshape %2");
    expect_line("transpose(v)", "[4, 3] = transpose %6 axes 1, 0");
    expect_line("slice(m, 1, 3)", "B[2, 4] = slice %2 at 1, 0");
    expect_line("pad(w, 2, 1)", "[7] = pad %5 at 2");
    expect_line("concat(x, z, x)", "B[12] = concat %0, %1, %0 axis 0");
    expect_line("expand(s, [2, 2])", "B[2, 2] = expand %3");
    expect_line("matmul(v, x)", "B[3] = contract [i] = %6[i, j] * %0[j]; i < 3, j < 4");
}

Test(graph_print, reduced_axes_are_listed) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *input = formula_node(graph, "reshape(m, [2, 3, 2])");
    const Node *node = graph_reduce(graph, OP_SUM, input, 5, true);
    cr_expect_str_eq(line_of(graph, node), "[3] = sum %7 over 0, 2 over examples");
    test_compiler_free(compiler);
}

/* Factors and offsets of either sign, in index 1 of a and of b nothing but a number. */
Test(graph_print, indices_of_a_contraction_are_sums) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Contract contract = {.loop_count = 3, .extent = {2, 3, 4}};
    contract.index[0] = (Index){{0}, {{1}}};
    contract.index[1] = (Index){{-1, 5}, {{2, -1, 0}, {0, -3, 1}}};
    contract.index[2] = (Index){{2}, {{0}}};
    const Node *node = graph_contract(graph, &contract, (Shape){1, {2}}, false,
                                      formula_node(graph, "m"), formula_node(graph, "w"));
    cr_expect_str_eq(
        line_of(graph, node),
        "[2] = contract [i] = %2[2*i - j - 1, -3*j + k + 5] * %5[2]; i < 2, j < 3, k < "
        "4 over examples");
    test_compiler_free(compiler);
}

Test(graph_print, what_is_drawn_kept_or_given_says_which) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *normal = graph_random(graph, OP_NORMAL, (Shape){1, {4}}, true, 3);
    Variable *rate = graph_add_variable(graph, VARIABLE_SETTING, "rate", (Shape){0});
    Variable *mean = graph_add_variable(graph, VARIABLE_STATE, "mean", (Shape){0});
    Node *gradient = graph_given(graph, GIVEN_GRADIENT), *sum = graph_given(graph, GIVEN_SUM);
    Node *product = graph_given(graph, GIVEN_PRODUCT);
    gradient->variable = product->variable = graph->variables[5];
    sum->number = product->number = 2;
    graph->variables[0]->is_same = true;
    cr_expect_str_eq(line_of(graph, normal), "B[4] = random normal 3");
    cr_expect_str_eq(line_of(graph, graph_variable(graph, rate)), "[] = setting rate");
    cr_expect_str_eq(line_of(graph, graph_variable(graph, mean)), "[] = state mean");
    cr_expect_str_eq(line_of(graph, gradient), "[] = given gradient w");
    cr_expect_str_eq(line_of(graph, product), "[] = given product w 2");
    cr_expect_str_eq(line_of(graph, sum), "[] = given sum 2");
    cr_expect_str_eq(line_of(graph, graph->nodes[0]), "B[4] = input x pairs");
    test_compiler_free(compiler);
}

/* Not where the line has it anyhow. */
Test(graph_print, the_users_name_stands_behind) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *node = formula_node(graph, "-x");
    node->name = "h";
    cr_expect_str_eq(line_of(graph, node), "B[4] = neg %0    # h");
    cr_expect_str_eq(line_of(graph, graph->nodes[0]), "B[4] = input x");
    test_compiler_free(compiler);
}

Test(graph_print, what_is_wanted_stands_at_the_end) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Variable *w = graph->variables[5];
    w->initial = graph_const(graph, 1);
    w->gradient = w->product = w->next = w->stepped = w->node;
    graph->sum_count = graph->metric_count = graph->output_count = graph->jacobian_count = 1;
    graph->sums = (Node *[]){graph->nodes[3]};
    graph->metrics = &(Metric){.name = "hits", .finish = graph->nodes[3]};
    graph->outputs = (Node *[]){graph->nodes[0]};
    graph->output_names = (const char *[]){"p"};
    graph->jacobians = &(Jacobian){.name = "p_by_x", .value = graph->nodes[1]};
    graph->direction_count = 1;
    graph->directions = &(Direction){1, (Variable *[]){w}, (Node *[]){w->node}};
    graph->cost = graph->nodes[3];
    const char *text = printed(graph), *roots = strstr(text, "initial");
    cr_assert(roots, "%s", text);
    cr_expect(strncmp(text, "network test, batch 8\n%0: B[4] = input x\n", 40) == 0, "%s", text);
    cr_expect_str_eq(roots, "initial w = %7\n"
                            "gradient w = %5\n"
                            "product w = %5\n"
                            "next w = %5\n"
                            "stepped w = %5\n"
                            "sum 0 = %3\n"
                            "metric hits = %3\n"
                            "output p = %0\n"
                            "derivative p_by_x = %1\n"
                            "direction 0 w = %5\n"
                            "cost = %3\n");
    test_compiler_free(compiler);
}
