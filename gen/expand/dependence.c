/* Dependence analysis. In: the graph as far as it is built. Out: for each node, one bit for each
   kind of leaf that it is computed from, in training and in prediction, where `training` is 0 and
   only b of where(training, a, b) counts; and which nodes a derivative reaches. */

#include "expand/calls.h"

static unsigned leaf_dependence(const Node *node) {
    switch (node->kind) {
    case KIND_INPUT:
        return node->variable->kind == VARIABLE_TARGET ? ON_TARGET : ON_INPUT;
    case KIND_PARAM:
        return ON_PARAM;
    case KIND_STATE:
        return node->variable->kind == VARIABLE_OPTIMIZER ? ON_OPTIMIZER
               : node->variable->kind == VARIABLE_SETTING ? ON_SETTING
                                                          : ON_STATE;
    case KIND_RANDOM:
        return node->batched ? ON_EXAMPLE_RANDOM : ON_RANDOM;
    case KIND_GIVEN:
        return node->given == GIVEN_SHARE                               ? ON_BATCH
               : given_has_variable(node->given)                        ? ON_GRADIENT
               : node->given == GIVEN_SUM || node->given == GIVEN_COUNT ? ON_SUM
                                                                        : ON_COUNTER;
    default:
        return node->over_batch ? ON_BATCH : 0;
    }
}

/* Evaluates a node that is a constant in prediction. */
static void find_number(const Checker *checker, const Node *node, Fact *fact) {
    double operands[3] = {0, 0, 0};
    fact->is_known = node_is_number(node);
    fact->number = node->value;
    if (node->kind == KIND_GIVEN && node->given == GIVEN_TRAINING) {
        fact->is_known = true;
        fact->number = 0;
    }
    if (node->kind != KIND_MAP)
        return;
    for (int i = 0; i < node->input_count; i++) {
        const Fact *input = &checker->facts.items[node->inputs[i]->id];
        if (!input->is_known)
            return;
        operands[i] = input->number;
    }
    fact->is_known = true;
    fact->number = op_rows[node->op].value(operands[0], operands[1], operands[2]);
}

/* Whether prediction needs input i of a node. */
static bool is_needed(const Checker *checker, const Node *node, int i) {
    if (node->kind == KIND_MAP && node->op == OP_SLOPE)
        return i == 0;
    if (node->kind != KIND_MAP || node->op != OP_WHERE)
        return true;
    const Fact *condition = &checker->facts.items[node->inputs[0]->id];
    return !condition->is_known || i == (condition->number != 0 ? 1 : 2);
}

static Fact find_fact(const Checker *checker, const Node *node) {
    Fact fact = {.training = leaf_dependence(node)};
    fact.prediction = fact.training;
    for (int i = 0; i < node->input_count; i++) {
        const Fact *input = &checker->facts.items[node->inputs[i]->id];
        fact.training |= input->training;
        if (is_needed(checker, node, i))
            fact.prediction |= input->prediction;
    }
    find_number(checker, node, &fact);
    return fact;
}

void learn_nodes(Checker *checker) {
    while (checker->facts.count < checker->graph->node_count) {
        Fact fact = find_fact(checker, checker->graph->nodes[checker->facts.count]);
        PUSH(checker->compiler, checker->facts.items, checker->facts.count, fact);
    }
    learn_first_values(checker);
}

Fact fact_of(const Checker *checker, const Node *node) {
    if (node->id >= checker->facts.count)
        stop_at(checker->compiler, node->span, "internal: nobody has learned this value");
    return checker->facts.items[node->id];
}

void forget_nodes(Checker *checker) {
    checker->facts.count = 0;
    checker->firsts.count = 0;
}

const Node *find_cause(const Checker *checker, const Node *node, unsigned dependence) {
    while (!(leaf_dependence(node) & dependence)) {
        int i = 0;
        while (!(is_needed(checker, node, i) &&
                 fact_of(checker, node->inputs[i]).prediction & dependence))
            i++;
        node = node->inputs[i];
    }
    return node;
}

bool is_unread(const Node *node, int input) {
    if (node->op != OP_WHERE || input == 0 || !node_is_number(node->inputs[0]))
        return false;
    return input == (node->inputs[0]->value != 0 ? 2 : 1);
}

/* Whether a definition gives the derivative 0. */
static bool is_flat(const Node *node) {
    const Node *slope = node->op == OP_SLOPE ? node_bare(node->inputs[2]) : NULL;
    return slope && node_is_number(slope) && slope->value == 0;
}

bool has_derivative(const Node *node, int input) {
    return node->kind != KIND_MAP || op_rows[node->op].derivative[input];
}

bool passes_derivative(const Node *node, int input) {
    return has_derivative(node, input) && !is_flat(node) && !is_unread(node, input);
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
