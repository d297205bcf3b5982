/* Checks that several statements share. In: statements. Out: whether a name is free, whether a
   pattern fits any variable, whether there are too many of a kind; errors where a check fails. */

#include "check/statements.h"

bool is_free(Checker *checker, const Statement *statement) {
    const Binding *binding = scope_find(&checker->model->scope, statement->name);
    bool is_data = statement->kind != STATEMENT_ASSIGN;
    if (!binding || (!binding->is_fixed && !is_data))
        return true;
    error_at(checker->compiler, statement->name_span, "'%s' is defined already", statement->name);
    note_at(checker->compiler, binding->span, "'%s' is defined here", statement->name);
    return false;
}

void check_count(Checker *checker, int count, const char *what, Span at) {
    if (count >= MAX_OF_KIND)
        limit_at(checker->compiler, at, "more than %d %s", MAX_OF_KIND, what);
}

void check_pattern(Checker *checker, const Statement *statement) {
    const Graph *graph = checker->graph;
    const char **names = NULL;
    int count = 0;
    for (int i = 0; i < graph->variable_count; i++) {
        if (is_named(graph->variables[i], statement))
            return;
        if (can_name(statement, graph->variables[i]))
            PUSH(checker->compiler, names, count, graph->variables[i]->name);
    }
    error_at(checker->compiler, statement->second_span, "no parameter%s is called '%s'",
             statement->kind == STATEMENT_FREEZE ? " or state" : "", statement->second_name);
    const char *nearest = nearest_name(statement->second_name, names, count);
    if (nearest)
        hint(checker->compiler, "did you mean '%s'?", nearest);
}

bool is_data(const Node *node) {
    const Node *moved = node->input_count == 2 ? node->inputs[0] : NULL;
    const Node *given = moved && moved->input_count == 2 ? moved->inputs[0] : node;
    const Variable *scale = given->kind == KIND_INPUT ? given->variable->scale : NULL;
    return node->kind == KIND_INPUT || (scale && node->inputs[1] == scale->node);
}
