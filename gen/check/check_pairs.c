/* Nets on pairs of items: `target same pairs`. In: the inputs and targets. Out: that the inputs
   are two items of equal shapes, one declared after the other, or a message. Drawing the pairs is
   the runtime's business. */

#include "check/statements.h"

/* The input or target number `wanted` from 0 on, or NULL; *count gets how many there are. */
static const Variable *find_data(const Graph *graph, VariableKind kind, int wanted, int *count) {
    const Variable *found = NULL;
    *count = 0;
    for (int i = 0; i < graph->variable_count; i++)
        if (graph->variables[i]->kind == kind && (*count)++ == wanted)
            found = graph->variables[i];
    return found;
}

static void check_target(Checker *checker, const Variable *target) {
    const Graph *graph = checker->graph;
    int count;
    const Variable *other = find_data(graph, VARIABLE_TARGET, 0, &count);
    if (other == target)
        other = find_data(graph, VARIABLE_TARGET, 1, &count);
    if (shape_count(target->shape) != 1)
        error_at(checker->compiler, target->span,
                 "whether a pair is the same is one number, this has shape %s",
                 shape_text(checker->compiler, target->shape));
    if (other)
        error_at(checker->compiler, other->span,
                 "a net on pairs has no target but '%s', whether they are the same", target->name);
}

/* Two inputs that are the same part of either item. */
static void check_twins(Checker *checker, const Variable *first, const Variable *second) {
    Compiler *compiler = checker->compiler;
    if (shape_equal(first->shape, second->shape) && first->scaling == second->scaling)
        return;
    if (first->scaling != second->scaling)
        error_at(compiler, second->span, "'%s' must be scaled as '%s' is: the two make a pair",
                 second->name, first->name);
    else
        error_at(compiler, second->span,
                 "'%s' must have shape %s, as '%s' has: the two make a pair, this has %s",
                 second->name, shape_text(compiler, first->shape), first->name,
                 shape_text(compiler, second->shape));
    note_at(compiler, first->span, "'%s' is declared here", first->name);
}

static void check_items(Checker *checker, const Variable *target) {
    const Graph *graph = checker->graph;
    int count, ignored;
    find_data(graph, VARIABLE_INPUT, 0, &count);
    if (count == 0 || count % 2 != 0) {
        error_at(checker->compiler, target->span,
                 "pairs are of two items with as many inputs each, this net has %d input%s", count,
                 count == 1 ? "" : "s");
        return;
    }
    for (int i = 0; i < count / 2; i++)
        check_twins(checker, find_data(graph, VARIABLE_INPUT, i, &ignored),
                    find_data(graph, VARIABLE_INPUT, i + count / 2, &ignored));
}

void check_pairs(Checker *checker) {
    const Graph *graph = checker->graph;
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable->kind != VARIABLE_TARGET || !variable->is_same)
            continue;
        check_target(checker, variable);
        check_items(checker, variable);
        return;
    }
}
