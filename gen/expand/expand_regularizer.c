/* Regularizers in a loss. In: a definition with its arguments. Out: the sum of what its body gives
   for each weight that the other terms of the loss train. */

#include "expand/calls.h"

Value expand_regularizer(Checker *checker, Value partial, Span call) {
    Graph *graph = checker->graph;
    if (!checker->context.in_loss)
        return fail(checker, call, "the regularizer '%s' belongs into 'loss'",
                    partial.definition->name);
    bool *reached = derivative_reach(graph, checker->loss_values.count, checker->loss_values.items);
    Value total = {.kind = VALUE_ABSENT};
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        bool is_weight = variable->kind == VARIABLE_PARAM && variable->shape.rank >= 2;
        if (!is_weight || variable->frozen ||
            (checker->loss_values.count > 0 && !reached[variable->node->id]))
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
