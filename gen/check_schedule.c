/* Schedules that divide by zero. In: the checked graph. Out: a warning where a number that is made of
   step, epoch and epochs alone is not finite in the very first step, as 0.1 / epoch is not. */

#include "check.h"

#include <math.h>

/* What a node is when training begins. */
typedef struct {
    bool is_known, is_timed; /* timed: made of counters */
    double value;
} First;

static First first_of_given(Given given) {
    bool is_counter = given == GIVEN_STEP || given == GIVEN_EPOCH || given == GIVEN_EPOCHS;
    return (First){.is_known = is_counter, .is_timed = is_counter, .value = given == GIVEN_EPOCHS};
}

static First first_of(const Node *node, const First *all) {
    First first = {.is_known = node->kind == KIND_MAP || node->op == OP_EXPAND};
    double values[3] = {0};
    if (node->kind == KIND_CONST)
        return (First){.is_known = true, .value = node->value};
    if (node->kind == KIND_GIVEN)
        return first_of_given(node->given);
    for (int i = 0; i < node->input_count && first.is_known; i++) {
        const First *input = &all[node->inputs[i]->id];
        first.is_known = input->is_known;
        first.is_timed |= input->is_timed;
        values[i] = input->value;
    }
    if (first.is_known && node->kind == KIND_MAP)
        first.value = op_rows[node->op].value(values[0], values[1], values[2]);
    else
        first.value = values[0];
    return first;
}

/* Where it meets what is not known before: within, a `where` may have chosen another number. */
void check_schedules(Checker *checker) {
    const Graph *graph = checker->graph;
    First *all = NEW_ARRAY(checker->compiler, First, graph->node_count);
    bool *reached = used_nodes(checker);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        all[id] = first_of(node, all);
        for (int i = 0; i < node->input_count && reached[id] && !all[id].is_known; i++) {
            const First *input = &all[node->inputs[i]->id];
            if (input->is_timed && input->is_known && !isfinite(input->value))
                warning_at(checker->compiler, node->inputs[i]->place,
                           "this is %g in the first step, where step and epoch are 0",
                           input->value);
        }
    }
}
