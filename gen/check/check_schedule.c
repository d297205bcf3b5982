/* Rates that are not finite in the first step. In: the values that numbers made of counters and
   settings have then. Out: a warning where one that is made of counters is not finite, as 0.1 /
   epoch is not, and meets what is not known before. */

#include "check/statements.h"

#include <math.h>

/* Looks where a known number is an operand of a node that is not known: within known numbers, a
   `where` may have chosen a finite one. */
void check_schedules(Checker *checker) {
    const Graph *graph = checker->graph;
    learn_nodes(checker);
    bool *reached = used_nodes(checker);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        for (int i = 0;
             i < node->input_count && reached[id] && !first_value_of(checker, node)->is_known;
             i++) {
            const First *input = first_value_of(checker, node->inputs[i]);
            if (input->is_timed && input->is_known && !isfinite(input->value))
                warning_at(checker->compiler, node->inputs[i]->span,
                           "this is %g in the first step, where step and epoch are 0",
                           input->value);
        }
    }
}
