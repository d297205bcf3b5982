/* The optimizer's equations meet the gradients. In: a graph after grad, where variable->next speaks
   of GIVEN_GRADIENT. Out: besides that form, which the function `update` uses, variable->stepped,
   the same with the gradients substituted, which train_step uses.

   A gradient goes in behind a detach, which fold leaves alone: so the gradient and what the
   optimizer makes of it are simplified each by itself, as in `gradient` and `update`, and
   train_step gives their bits. All other detachs, and slopes by hand, have served their purpose
   and go. */

#include "autodiff/autodiff.h"

/* Operators that matter to differentiation only (detach, slope): their value is their first
   operand. */
static bool is_detach(const Node *node) {
    return node->kind == KIND_MAP && (node->op == OP_DETACH || node->op == OP_SLOPE);
}

static Node *without_detach(Node *node) {
    while (node && is_detach(node)) {
        Node *value = node->inputs[0];
        if (!value->name && value->kind == KIND_MAP)
            value->name = node->name;
        node = value;
    }
    return node;
}

static void drop_detachs(Graph *graph) {
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        for (int i = 0; i < node->input_count; i++)
            node->inputs[i] = without_detach(node->inputs[i]);
    }
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        variable->initial = without_detach(variable->initial);
        variable->next = without_detach(variable->next);
        variable->point = without_detach(variable->point);
        variable->gradient = without_detach(variable->gradient);
        variable->product = without_detach(variable->product);
    }
    for (int i = 0; i < graph->output_count; i++)
        graph->outputs[i] = without_detach(graph->outputs[i]);
    for (int i = 0; i < graph->jacobian_count; i++)
        graph->jacobians[i].value = without_detach(graph->jacobians[i].value);
    for (int i = 0; i < graph->sum_count; i++)
        graph->sums[i] = without_detach(graph->sums[i]);
    for (int i = 0; i < graph->metric_count; i++)
        graph->metrics[i].finish = without_detach(graph->metrics[i].finish);
    graph->cost = without_detach(graph->cost);
}

/* What an update step writes: a parameter that has a gradient, and the optimizer's state of one. */
static bool is_updated(const Variable *variable) {
    if (!variable->next)
        return false;
    if (variable->kind == VARIABLE_OPTIMIZER)
        return variable->owner && variable->owner->gradient;
    return variable->kind == VARIABLE_PARAM && variable->gradient;
}

/* The gradient of a trained parameter that folding removed from the cost: 0, which takes part in
   totals. */
static void complete_gradients(Graph *graph) {
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        bool is_moved = variable->kind == VARIABLE_PARAM && variable->trained && variable->next;
        graph->at = variable->span;
        if (is_moved && !variable->gradient)
            variable->gradient = graph_expand(graph, graph_const(graph, 0), variable->shape, false);
    }
}

static void drop_idle_updates(Graph *graph) {
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        bool is_layer_state = variable->kind == VARIABLE_STATE;
        if (!is_layer_state && !is_updated(variable))
            variable->next = NULL;
    }
}

static bool is_gradient(const Node *node) {
    return node->kind == KIND_GIVEN && node->given == GIVEN_GRADIENT;
}

/* The node with gradients substituted, by id; nodes that need no gradient stay themselves. */
static Node *stepped_node(Graph *graph, Node *node, Node **stepped) {
    if (is_gradient(node)) {
        graph->at = node->span;
        return graph_map(graph, OP_DETACH, node->variable->gradient, NULL, NULL);
    }
    Node **inputs = NEW_ARRAY(graph->compiler, Node *, node->input_count);
    bool is_same = true;
    for (int i = 0; i < node->input_count; i++) {
        inputs[i] = stepped[node->inputs[i]->id];
        is_same &= inputs[i] == node->inputs[i];
    }
    return is_same ? node : graph_copy_node(graph, node, inputs);
}

// Updates that use the Hessian

/* The products of direction `number`, whose nodes stand in `substituted`, by variable number. */
static Node **products_of(Graph *graph, int number, Node **substituted) {
    const Direction *direction = &graph->directions[number];
    Node **directions = NEW_ARRAY(graph->compiler, Node *, graph->variable_count);
    for (int i = 0; i < direction->count; i++)
        directions[direction->variables[i]->number] = substituted[direction->nodes[i]->id];
    return hessian_products(graph, directions);
}

static Node *substituted_product(Graph *graph, Node *node, Node **substituted, Node ***products) {
    if (!products[node->number])
        products[node->number] = products_of(graph, node->number, substituted);
    Node *product = products[node->number][node->variable->number];
    graph->at = node->span;
    return product ? product : graph_expand(graph, graph_const(graph, 0), node->shape, false);
}

static bool is_product(const Node *node) {
    return node->kind == KIND_GIVEN && node->given == GIVEN_PRODUCT;
}

static bool *reach_steps(Graph *graph) {
    Node **roots = NULL;
    int count = 0;
    for (int i = 0; i < graph->variable_count; i++)
        PUSH(graph->compiler, roots, count, graph->variables[i]->next);
    for (int i = 0; i < graph->direction_count; i++)
        for (int k = 0; k < graph->directions[i].count; k++)
            PUSH(graph->compiler, roots, count, graph->directions[i].nodes[k]);
    return graph_reach(graph, count, roots);
}

/* Substitutes gradients and products in all that an evaluating update makes; a direction comes
   before the products with it. */
static void substitute_products(Graph *graph) {
    int node_count = graph->node_count;
    bool *reached = reach_steps(graph);
    Node **substituted = NEW_ARRAY(graph->compiler, Node *, node_count);
    Node ***products = NEW_ARRAY(graph->compiler, Node **, graph->direction_count);
    for (int id = 0; id < node_count; id++) {
        Node *node = graph->nodes[id];
        if (reached[id])
            substituted[id] = is_product(node)
                                  ? substituted_product(graph, node, substituted, products)
                                  : stepped_node(graph, node, substituted);
    }
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (variable->next)
            variable->next = substituted[variable->next->id];
    }
}

// The two forms

static void step_variables(Graph *graph) {
    Compiler *compiler = graph->compiler;
    int count = 0, node_count = graph->node_count;
    Node **roots = NEW_ARRAY(compiler, Node *, graph->variable_count);
    Node **stepped = NEW_ARRAY(compiler, Node *, node_count);
    for (int i = 0; i < graph->variable_count; i++)
        if (is_updated(graph->variables[i]))
            roots[count++] = graph->variables[i]->next;
    bool *reached = graph_reach(graph, count, roots);
    for (int id = 0; id < node_count; id++)
        if (reached[id])
            stepped[id] = stepped_node(graph, graph->nodes[id], stepped);
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (is_updated(variable))
            variable->stepped = stepped[variable->next->id];
    }
}

void update(Graph *graph) {
    complete_gradients(graph);
    if (graph->direction_count > 0)
        substitute_products(graph);
    drop_detachs(graph);
    drop_idle_updates(graph);
    step_variables(graph);
}
