/* Training: the cost from `loss`. In: the evaluated assignments. Out: graph->cost. Which parameters
   it trains is check_trained.c's. */

#include "check/statements.h"

#include <string.h>

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
} CostTerm;

typedef struct {
    int count;
    CostTerm *items;
} Terms;

static void add_terms(Checker *checker, Terms *terms, const Tree *tree, bool is_negative) {
    if (is_sum(tree)) {
        add_terms(checker, terms, tree->children[0], is_negative);
        add_terms(checker, terms, tree->children[1], is_negative != (tree->name[0] == '-'));
        return;
    }
    CostTerm term = {.tree = tree, .is_negative = is_negative};
    PUSH(checker->compiler, terms->items, terms->count, term);
}

/* Evaluates terms with a regularizer last: it applies to the parameters that the others train. */
static Terms evaluate_terms(Checker *checker, const Tree *tree) {
    Terms terms = {0};
    add_terms(checker, &terms, tree, false);
    for (int is_late = 0; is_late < 2; is_late++) {
        for (int i = 0; i < terms.count; i++) {
            CostTerm *term = &terms.items[i];
            if (has_regularizer(checker, term->tree) != is_late)
                continue;
            term->value = evaluate(checker, term->tree);
            if (term->value.kind == VALUE_NODE && !is_late)
                PUSH(checker->compiler, checker->loss_values.items, checker->loss_values.count,
                     term->value.node);
        }
        end_statement(checker);
    }
    return terms;
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

/* Splits a sum into its terms per batch and per example: only the latter are averaged over the
   examples. */
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
    if (!checker->kept->loss)
        return;
    const Tree *tree = checker->kept->loss->values[0];
    checker->naming.prefix = "loss";
    checker->context.in_loss = true;
    Terms terms = evaluate_terms(checker, tree);
    checker->context.in_loss = false;
    for (int i = 0; i < terms.count; i++) {
        Node *node = to_node(checker, terms.items[i].value, terms.items[i].tree->span);
        if (!node)
            return;
        graph->at = tree->span;
        if (shape_count(node->shape) != 1) {
            fail(checker, terms.items[i].tree->span,
                 "loss: must be one number per example, this has shape %s",
                 shape_text(checker->compiler, node->shape));
            return;
        }
        add_parts(graph, &parts, fit_node(checker, node, (Shape){0}), terms.items[i].is_negative);
    }
    graph->cost = mean_cost(checker, &parts);
}
