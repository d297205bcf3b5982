/* Training: the cost from `loss`, and from `update` the next value of every parameter. In: the evaluated assignments. Out:
   graph->cost, the trained parameters, their `next` and that of their optimizer's states in terms of GIVEN_GRADIENT. */

#include "check.h"

#include <string.h>

bool *derivative_reach(Graph *graph, int count, Node **roots) {
    bool *reached = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int i = 0; i < count; i++)
        reached[roots[i]->id] = true;
    for (int id = graph->node_count - 1; id >= 0; id--) {
        const Node *node = graph->nodes[id];
        for (int i = 0; reached[id] && i < node->input_count; i++)
            if (node->kind != KIND_MAP || op_rows[node->op].derivative[i])
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

/* The values of a loss's terms, by the order of the terms in the text. */
typedef struct {
    int count;
    const Tree **trees;
    Value *values;
} Terms;

static void add_terms(Checker *checker, Terms *terms, const Tree *tree) {
    if (is_sum(tree)) {
        add_terms(checker, terms, tree->children[0]);
        add_terms(checker, terms, tree->children[1]);
        return;
    }
    PUSH(checker->compiler, terms->trees, terms->count, tree);
}

static Value combine_terms(Checker *checker, const Terms *terms, int *next, const Tree *tree) {
    if (!is_sum(tree))
        return terms->values[(*next)++];
    Value operands[2];
    for (int i = 0; i < 2; i++)
        operands[i] = combine_terms(checker, terms, next, tree->children[i]);
    if (operands[0].kind == VALUE_NONE || operands[1].kind == VALUE_NONE)
        return (Value){.kind = VALUE_NONE};
    Op op = tree->name[0] == '+' ? OP_ADD : OP_SUB;
    return apply_map(checker, op, operands, tree->name_place, tree->name[0] == '+' ? "'+'" : "'-'");
}

/* Terms with a regularizer come last: it is about the parameters that the others train. */
static Value evaluate_loss(Checker *checker, const Tree *tree) {
    Terms terms = {0};
    int next = 0;
    add_terms(checker, &terms, tree);
    terms.values = NEW_ARRAY(checker->compiler, Value, terms.count);
    for (int is_late = 0; is_late < 2; is_late++)
        for (int i = 0; i < terms.count; i++) {
            if (has_regularizer(checker, terms.trees[i]) != is_late)
                continue;
            terms.values[i] = evaluate(checker, terms.trees[i]);
            if (terms.values[i].kind == VALUE_NODE && !is_late)
                PUSH(checker->compiler, checker->terms, checker->term_count, terms.values[i].node);
        }
    return combine_terms(checker, &terms, &next, tree);
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
        if (!is_weight || (checker->term_count > 0 && !reached[variable->node->id]))
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

/* Sorts what is added up at the top of a loss into what is per example and what is per batch. */
static void split_sum(Graph *graph, Node *node, bool is_negative, Node *sums[2]) {
    if (node->kind == KIND_MAP && (node->op == OP_ADD || node->op == OP_SUB) && node->batched) {
        split_sum(graph, node->inputs[0], is_negative, sums);
        split_sum(graph, node->inputs[1], is_negative != (node->op == OP_SUB), sums);
        return;
    }
    Node **sum = &sums[node->batched];
    if (!*sum)
        *sum = is_negative ? graph_map(graph, OP_NEG, node, NULL, NULL) : node;
    else
        *sum = graph_map(graph, is_negative ? OP_SUB : OP_ADD, *sum, node, NULL);
}

static bool has_batch_part(const Node *node) {
    if (!node->batched)
        return true;
    if (node->kind != KIND_MAP || (node->op != OP_ADD && node->op != OP_SUB))
        return false;
    return has_batch_part(node->inputs[0]) || has_batch_part(node->inputs[1]);
}

/* The mean over the batch. */
static Node *mean_loss(Checker *checker, Node *loss) {
    Graph *graph = checker->graph;
    Node *sums[2] = {NULL, loss};
    if (!loss->batched)
        return loss;
    if (has_batch_part(loss)) {
        sums[1] = NULL;
        split_sum(graph, loss, false, sums);
    }
    Node *shared = graph_map(graph, OP_MUL, sums[1], given_node(checker, GIVEN_SHARE), NULL);
    Node *mean = graph_reduce(graph, OP_SUM, shared, 0, true);
    return sums[0] ? graph_map(graph, OP_ADD, mean, sums[0], NULL) : mean;
}

static void mark_trained(Checker *checker) {
    Graph *graph = checker->graph;
    bool *reached = derivative_reach(graph, 1, &graph->cost);
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (variable->kind != VARIABLE_PARAM)
            continue;
        variable->trained = reached[variable->node->id];
        if (!variable->trained)
            warning_at(checker->compiler, variable->place,
                       "the loss does not depend on '%s', it is not trained", variable->name);
    }
}

void check_loss(Checker *checker) {
    const Statement *statement = checker->loss;
    if (!statement)
        return;
    const Tree *tree = statement->values[0];
    checker->prefix = "loss";
    checker->in_loss = true;
    Value value = evaluate_loss(checker, tree);
    checker->in_loss = false;
    name_variables(checker);
    Node *node = to_node(checker, value, tree->place);
    if (!node)
        return;
    if (shape_count(node->shape) != 1) {
        fail(checker, tree->place, "loss: must be one number per example, this has shape %s",
             shape_text(checker->compiler, node->shape));
        return;
    }
    checker->graph->at = tree->place;
    checker->graph->cost = mean_loss(checker, fit_node(checker, node, (Shape){0}));
    if (checker->compiler->error_count == 0)
        mark_trained(checker);
}

/* Whether an update can be computed from parameters, gradients, states of optimizers and counters alone. */
static bool is_update_value(Checker *checker, Node *node) {
    Graph *graph = checker->graph;
    bool *reached = graph_reach(graph, 1, &node);
    for (int id = 0; id <= node->id; id++) {
        const Node *part = graph->nodes[id];
        if (!reached[id])
            continue;
        bool is_other_state =
            part->kind == KIND_STATE && part->variable->kind != VARIABLE_OPTIMIZER;
        if (part->batched || part->kind == KIND_INPUT || is_other_state)
            return false;
    }
    return true;
}

static Node *gradient_node(Checker *checker, Variable *variable) {
    Node *node = graph_given(checker->graph, GIVEN_GRADIENT);
    node->shape = variable->shape;
    node->variable = variable;
    return node;
}

static void update_parameter(Checker *checker, Value optimizer, Variable *variable, Span at) {
    Graph *graph = checker->graph;
    Frame *frame = frame_apply(checker, optimizer, at);
    graph->at = at;
    Binding *weight = scope_bind(checker, &frame->scope, "weight", value_node(variable->node));
    weight->variable = variable;
    scope_bind(checker, &frame->scope, "grad", value_node(gradient_node(checker, variable)));
    run_body(checker, frame);
    for (int i = variable->number; i < graph->variable_count; i++) {
        const Variable *changed = graph->variables[i];
        bool is_mine = changed == variable || changed->owner == variable;
        if (is_mine && changed->next && !is_update_value(checker, changed->next)) {
            error_at(checker->compiler, at,
                     "the next '%s' depends on the data, not only on the gradient", changed->name);
            return;
        }
    }
}

void check_update(Checker *checker) {
    const Statement *statement = checker->update;
    Graph *graph = checker->graph;
    if (!statement)
        return;
    const Tree *tree = statement->values[0];
    checker->fixed_place = "update";
    checker->in_update = true;
    checker->batch_random++;
    Value value = evaluate(checker, tree);
    if (value.kind != VALUE_NONE &&
        (value.kind != VALUE_DEFINITION || value.definition->kind != DEFINITION_OPTIMIZER))
        value = fail(checker, tree->place, "'update' needs an optimizer, this is %s",
                     value_text(checker, value));
    if (value.kind != VALUE_NONE)
        value = with_arguments(checker, value, tree->place);
    int count = graph->variable_count;
    for (int i = 0; i < count && value.kind != VALUE_NONE; i++) {
        if (graph->variables[i]->trained)
            update_parameter(checker, value, graph->variables[i], tree->place);
        if (checker->compiler->error_count > 0)
            return;
    }
    graph->has_update = true;
    checker->batch_random--;
    checker->in_update = false;
}
