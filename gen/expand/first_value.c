/* Numbers that change while training goes on, as they are in the first step. In: nodes made of
   step, epoch, epochs and settings alone. Out: their first values. */

#include "expand/calls.h"

#include <math.h>

static First first_of_given(Given given) {
    bool is_counter = given == GIVEN_STEP || given == GIVEN_EPOCH || given == GIVEN_EPOCHS;
    bool is_epochs = given == GIVEN_EPOCHS;
    return (First){
        .is_known = is_counter, .is_timed = is_counter, .is_vague = is_epochs, .value = is_epochs};
}

/* The training set's size comes later than the rest. */
static First first_of_setting(const Checker *checker, const Variable *variable) {
    bool is_known = variable->kind == VARIABLE_SETTING && variable != checker->shared.examples;
    return (First){.is_known = is_known,
                   .value = is_known && variable->initial ? variable->initial->value : 0};
}

static First first_of(const Checker *checker, const Node *node) {
    First first = {.is_known = node->kind == KIND_MAP || node->op == OP_EXPAND};
    double values[3] = {0};
    if (node_is_number(node))
        return (First){.is_known = true, .value = node->value};
    if (node->kind == KIND_GIVEN)
        return first_of_given(node->given);
    if (node->variable)
        return first_of_setting(checker, node->variable);
    for (int i = 0; i < node->input_count && first.is_known; i++) {
        const First *input = &checker->firsts.items[node->inputs[i]->id];
        first.is_known = input->is_known;
        first.is_timed |= input->is_timed;
        first.is_vague |= input->is_vague;
        values[i] = input->value;
    }
    if (first.is_known && node->kind == KIND_MAP)
        first.value = op_rows[node->op].value(values[0], values[1], values[2]);
    else
        first.value = values[0];
    first.is_vague |= !isfinite(first.value);
    return first;
}

void learn_first_values(Checker *checker) {
    const Graph *graph = checker->graph;
    while (checker->firsts.count < graph->node_count) {
        First first = first_of(checker, graph->nodes[checker->firsts.count]);
        PUSH(checker->compiler, checker->firsts.items, checker->firsts.count, first);
    }
}

const First *first_value_of(const Checker *checker, const Node *node) {
    if (node->id >= checker->firsts.count)
        stop_at(checker->compiler, node->span, "internal: nobody has learned this value");
    return &checker->firsts.items[node->id];
}

bool value_at_start(const Checker *checker, const Node *node, double *value) {
    const First *first = first_value_of(checker, node);
    *value = first->value;
    return first->is_known && !first->is_vague && node->shape.rank == 0;
}
