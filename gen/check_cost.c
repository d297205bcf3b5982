/* Training: the cost from `loss`. In: the evaluated assignments. Out: graph->cost and the trained
   parameters. How these move is check_update.c's. */

#include "check.h"

#include <string.h>

/* The other branch of a known condition: what `training` chooses in a frozen layer. */
static bool is_unread(const Node *node, int input) {
    if (node->op != OP_WHERE || input == 0 || node->inputs[0]->kind != KIND_CONST)
        return false;
    return input == (node->inputs[0]->value != 0 ? 2 : 1);
}

static bool passes_derivative(const Node *node, int input) {
    return !is_unread(node, input) &&
           (node->kind != KIND_MAP || op_rows[node->op].derivative[input]);
}

bool *derivative_reach(Graph *graph, int count, Node **roots) {
    bool *reached = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int i = 0; i < count; i++)
        reached[roots[i]->id] = true;
    for (int id = graph->node_count - 1; id >= 0; id--) {
        const Node *node = graph->nodes[id];
        for (int i = 0; reached[id] && i < node->input_count; i++)
            if (passes_derivative(node, i))
                reached[node->inputs[i]->id] = true;
    }
    return reached;
}

static bool is_regularizer(const Checker *checker, const char *name) {
    const Binding *binding = find_value(checker, name);
    const Definition *definition =
        binding ? binding->value.definition : find_definition(checker, name);
    return definition && definition->kind == DEFINITION_REGULARIZER;
}

static bool has_regularizer(const Checker *checker, const Tree *tree) {
    if (!tree)
        return false;
    if (tree->kind == TREE_CALL && is_regularizer(checker, tree->name))
        return true;
    for (int i = 0; i < tree->child_count; i++)
        if (has_regularizer(checker, tree->children[i]))
            return true;
    return false;
}

static bool is_sum(const Tree *tree) {
    return tree->kind == TREE_BINARY && (tree->name[0] == '+' || tree->name[0] == '-');
}

/* One of the values that a loss adds up. */
typedef struct {
    const Tree *tree;
    bool is_negative;
    Value value;
} Term;

typedef struct {
    int count;
    Term *items;
} Terms;

static void add_terms(Checker *checker, Terms *terms, const Tree *tree, bool is_negative) {
    if (is_sum(tree)) {
        add_terms(checker, terms, tree->children[0], is_negative);
        add_terms(checker, terms, tree->children[1], is_negative != (tree->name[0] == '-'));
        return;
    }
    Term term = {.tree = tree, .is_negative = is_negative};
    PUSH(checker->compiler, terms->items, terms->count, term);
}

/* Terms with a regularizer come last: it is about the parameters that the others train. */
static Terms evaluate_terms(Checker *checker, const Tree *tree) {
    Terms terms = {0};
    add_terms(checker, &terms, tree, false);
    for (int is_late = 0; is_late < 2; is_late++) {
        for (int i = 0; i < terms.count; i++) {
            Term *term = &terms.items[i];
            if (has_regularizer(checker, term->tree) != is_late)
                continue;
            term->value = evaluate(checker, term->tree);
            if (term->value.kind == VALUE_NODE && !is_late)
                PUSH(checker->compiler, checker->terms, checker->term_count, term->value.node);
        }
        name_variables(checker);
        freeze_variables(checker);
    }
    return terms;
}

Value expand_regularizer(Checker *checker, Value partial, Span call) {
    Graph *graph = checker->graph;
    if (!checker->in_loss)
        return fail(checker, call, "the regularizer '%s' belongs into 'loss'",
                    partial.definition->name);
    bool *reached = derivative_reach(graph, checker->term_count, checker->terms);
    Value total = {.kind = VALUE_ABSENT};
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        bool is_weight = variable->kind == VARIABLE_PARAM && variable->shape.rank >= 2;
        if (!is_weight || variable->frozen ||
            (checker->term_count > 0 && !reached[variable->node->id]))
            continue;
        Frame *frame = frame_apply(checker, partial, call);
        scope_bind(checker, &frame->scope, "weight", value_node(variable->node));
        Value value = run_body(checker, frame);
        if (value.kind == VALUE_NONE)
            return value;
        if (value.kind == VALUE_NODE && (value.node->shape.rank > 0 || value.node->batched))
            return fail(checker, call, "'%s' must give one number, this has shape %s",
                        partial.definition->name, shape_text(checker->compiler, value.node->shape));
        total = total.kind == VALUE_ABSENT
                    ? value
                    : apply_map(checker, OP_ADD, (Value[]){total, value}, call, "'+'");
    }
    return total.kind == VALUE_ABSENT ? value_number(0) : total;
}

/* What a loss adds up: [0] per batch, [1] per example. */
typedef struct {
    Node *sums[2];
} Parts;

static void add_part(Graph *graph, Parts *parts, Node *node, bool is_negative) {
    Node **sum = &parts->sums[node->batched];
    if (!*sum)
        *sum = is_negative ? graph_map(graph, OP_NEG, node, NULL, NULL) : node;
    else
        *sum = graph_map(graph, is_negative ? OP_SUB : OP_ADD, *sum, node, NULL);
}

/* Takes what is per batch out of a sum: the mean over the examples is not about it. */
static void add_parts(Graph *graph, Parts *parts, Node *node, bool is_negative) {
    while (node->kind == KIND_MAP && (node->op == OP_ADD || node->op == OP_SUB)) {
        int batch_side = !node->inputs[0]->batched ? 0 : 1;
        if (!node->batched || node->inputs[batch_side]->batched)
            break;
        bool is_minus = node->op == OP_SUB;
        add_part(graph, parts, node->inputs[batch_side],
                 is_negative != (is_minus && batch_side == 1));
        is_negative = is_negative != (is_minus && batch_side == 0);
        node = node->inputs[1 - batch_side];
    }
    add_part(graph, parts, node, is_negative);
}

static Node *mean_cost(Checker *checker, const Parts *parts) {
    Graph *graph = checker->graph;
    Node *batch = parts->sums[0];
    if (!parts->sums[1])
        return batch;
    Node *shared = graph_map(graph, OP_MUL, parts->sums[1], given_node(checker, GIVEN_SHARE), NULL);
    Node *mean = graph_reduce(graph, OP_SUM, shared, 0, true);
    return batch ? graph_map(graph, OP_ADD, mean, batch, NULL) : mean;
}

void check_loss(Checker *checker) {
    Graph *graph = checker->graph;
    Parts parts = {{NULL, NULL}};
    if (!checker->loss)
        return;
    const Tree *tree = checker->loss->values[0];
    checker->prefix = "loss";
    checker->in_loss = true;
    Terms terms = evaluate_terms(checker, tree);
    checker->in_loss = false;
    for (int i = 0; i < terms.count; i++) {
        Node *node = to_node(checker, terms.items[i].value, terms.items[i].tree->place);
        if (!node)
            return;
        graph->at = tree->place;
        if (shape_count(node->shape) != 1) {
            fail(checker, terms.items[i].tree->place,
                 "loss: must be one number per example, this has shape %s",
                 shape_text(checker->compiler, node->shape));
            return;
        }
        add_parts(graph, &parts, fit_node(checker, node, (Shape){0}), terms.items[i].is_negative);
    }
    graph->cost = mean_cost(checker, &parts);
}

/* The first node where a derivative of the cost by the parameter ends, though its value goes on: a
   step; NULL where there is none, or only a detach, which was meant to. */
static const Node *find_step(Graph *graph, const Variable *variable) {
    bool *reached = graph_reach(graph, 1, &graph->cost);
    bool *depends = NEW_ARRAY(graph->compiler, bool, graph->node_count);
    depends[variable->node->id] = true;
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        for (int i = 0; i < node->input_count; i++) {
            if (!depends[node->inputs[i]->id] || is_unread(node, i))
                continue;
            if (passes_derivative(node, i))
                depends[id] = true;
            else if (reached[id] && node->op != OP_DETACH)
                return node;
        }
    }
    return NULL;
}

static void warn_of_untrained(Checker *checker, const Variable *variable) {
    const Node *step = find_step(checker->graph, variable);
    if (!step) {
        warning_at(checker->compiler, variable->place,
                   "the loss does not depend on '%s', it is not trained", variable->name);
        return;
    }
    warning_at(checker->compiler, variable->place,
               "the loss depends on '%s' only through what has no derivative, it is not trained",
               variable->name);
    note_at(checker->compiler, step->place, "the slope of this is 0 everywhere");
}

void check_trained(Checker *checker) {
    Graph *graph = checker->graph;
    if (!graph->cost)
        return;
    bool *reached = derivative_reach(graph, 1, &graph->cost);
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (variable->kind != VARIABLE_PARAM || variable->frozen)
            continue;
        variable->trained = reached[variable->node->id];
        if (!variable->trained)
            warn_of_untrained(checker, variable);
    }
}
