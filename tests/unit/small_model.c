/* See small_model.h. */

#include "autodiff/autodiff.h"
#include "small_model.h"

#include <string.h>

Variable *model_variable(const Graph *graph, const char *name) {
    for (int i = 0; i < graph->variable_count; i++)
        if (strcmp(graph->variables[i]->name, name) == 0)
            return graph->variables[i];
    return NULL;
}

static Variable *state(Graph *graph, VariableKind kind, const char *name) {
    Variable *variable = graph_add_variable(graph, kind, name, (Shape){1, {4}});
    variable->node = graph_variable(graph, variable);
    return variable;
}

static Node *gradient_of(Graph *graph, Variable *variable) {
    Node *node = graph_given(graph, GIVEN_GRADIENT);
    node->variable = variable;
    node->shape = variable->shape;
    return node;
}

static void add_update(Graph *graph) {
    Variable *w = model_variable(graph, "w"), *k = state(graph, VARIABLE_OPTIMIZER, "k");
    Node *gradient = graph_map(graph, OP_DETACH, gradient_of(graph, w), NULL, NULL);
    k->owner = w;
    k->next = graph_map(graph, OP_ADD, formula_node(graph, "0.9 * k"), gradient, NULL);
    Node *step = graph_map(graph, OP_MUL, graph_const(graph, 0.1), k->next, NULL);
    w->next = graph_map(graph, OP_SUB, w->node, step, NULL);
    graph->has_update = true;
}

static void add_metric(Graph *graph) {
    graph->sum_count = graph->metric_count = 1;
    graph->sums = NEW(graph->compiler, Node *);
    graph->sums[0] = formula_node(graph, "sum(y)");
    graph->metrics = NEW(graph->compiler, Metric);
    graph->metrics[0] =
        (Metric){.name = "hits", .sum_count = 1, .finish = formula_node(graph, "count + 0")};
}

Graph *small_model(Compiler *compiler) {
    Graph *graph = test_graph(compiler);
    Variable *r = state(graph, VARIABLE_STATE, "r");
    r->initial = graph_const(graph, 1);
    r->next = formula_node(graph, "where(training, examples(share * x), r)");
    model_variable(graph, "v")->trained = false;
    graph->output_count = 1;
    graph->outputs = NEW(compiler, Node *);
    graph->outputs[0] = formula_node(graph, "w * x");
    graph->output_names = NEW(compiler, const char *);
    graph->output_names[0] = graph->outputs[0]->name = "p";
    Node *loss = formula_node(graph, "examples(share * sum((w * x - y) ^ 2))");
    graph->cost = graph_map(graph, OP_ADD, loss, formula_node(graph, "0.5 * sum(w ^ 2)"), NULL);
    add_update(graph);
    add_metric(graph);
    return graph;
}

Graph *differentiated_model(Compiler *compiler) {
    Graph *graph = small_model(compiler);
    stabilise(graph);
    grad(graph);
    update(graph);
    return graph;
}
