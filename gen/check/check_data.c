/* Inputs and targets. In: their statements. Out: a variable each, its scaling, and what the
   name stands for once the words after it have done their work: minmax, standard, onehot, pairs,
   and calls of functions such as shift(1). */

#include "check/statements.h"

#include <string.h>

static const Word *word_by_name(const char *name) {
    for (int i = 0; i < word_count; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    return NULL;
}

static void unknown_word(Checker *checker, const char *name, Span at) {
    const char **names = NULL;
    int count = 0;
    for (int i = 0; i < word_count; i++)
        PUSH(checker->compiler, names, count, words[i].name);
    scope_names(checker, &checker->definitions.user, &names, &count);
    scope_names(checker, &checker->definitions.prelude, &names, &count);
    error_at(checker->compiler, at, "unknown word '%s'", name);
    hint_name(checker->compiler, name, names, count);
}

static bool is_function(const Definition *definition) {
    return definition->kind == DEFINITION_DEF || definition->kind == DEFINITION_BLOCK;
}

/* Whether the target is given as classes or as pairs, by this word or one before. */
static bool is_of_classes(const Variable *variable, const Word *word) {
    return variable->onehot || variable->is_same || word->is_onehot || word->is_same;
}

static void read_word(Checker *checker, Variable *variable, const char *name, Span at) {
    const Word *word = word_by_name(name);
    if (!word) {
        const Definition *definition = find_definition(checker, name);
        if (!definition)
            unknown_word(checker, name, at);
        else if (!is_function(definition))
            error_at(
                checker->compiler, at, "a word after an input is a function, this is %s",
                value_text(checker, (Value){.kind = VALUE_DEFINITION, .definition = definition}));
        else if (variable->kind == VARIABLE_TARGET)
            error_at(checker->compiler, at, "'%s' is done to inputs, this is a target", name);
    } else if (word->scaling == SCALING_NONE && variable->kind == VARIABLE_INPUT) {
        error_at(checker->compiler, at, "'%s' belongs to a target, this is an input", name);
    } else if (is_of_classes(variable, word) && (word->scaling || variable->scaling)) {
        error_at(checker->compiler, at,
                 "'%s' cannot be scaled: onehot and pairs are of classes, not of amounts",
                 variable->name);
    } else if (variable->scaling != SCALING_NONE || variable->onehot || variable->is_same) {
        error_at(checker->compiler, at, "'%s' has such a word already", variable->name);
    } else {
        variable->scaling = word->scaling;
        variable->onehot = word->is_onehot;
        variable->is_same = word->is_same;
    }
}

static Variable *add_scaling(Checker *checker, const Variable *data, const char *suffix,
                             double initial) {
    Graph *graph = checker->graph;
    const char *name =
        take_name(checker, format_text(checker->compiler, "%s.%s", data->name, suffix));
    Variable *variable = graph_add_variable(graph, VARIABLE_SCALING, name, data->shape);
    variable->node = graph_variable(graph, variable);
    if (initial != 0)
        variable->initial = fit_node(checker, graph_const(graph, initial), data->shape);
    return variable;
}

/* The scaled value that the model computes with: (raw - low) * scale. */
static Node *scaled_data(Checker *checker, Variable *data) {
    Graph *graph = checker->graph;
    data->low = add_scaling(checker, data, "low", 0);
    data->scale = add_scaling(checker, data, "scale", 1);
    Node *moved = graph_map(graph, OP_SUB, data->node, data->low->node, NULL);
    return graph_map(graph, OP_MUL, moved, data->scale->node, NULL);
}

/* `image[8, 8] shift(1)`: the call shift(image, 1). */
static Tree *word_as_call(Checker *checker, const Statement *statement, int word) {
    Compiler *compiler = checker->compiler;
    const Tree *given = statement->word_calls[word];
    int count = given ? given->child_count : 0;
    Tree *call = NEW(compiler, Tree), *field = NEW(compiler, Tree);
    Span at = given ? given->span : statement->word_spans[word];
    *field = (Tree){.kind = TREE_NAME, .depth = 1, .name = statement->name};
    field->span = field->name_span = statement->name_span;
    *call = (Tree){.kind = TREE_CALL, .depth = given ? given->depth + 1 : 2, .span = at};
    call->name = statement->words[word];
    call->name_span = statement->word_spans[word];
    call->child_count = count + 1;
    call->children = NEW_ARRAY(compiler, Tree *, count + 1);
    call->labels = NEW_ARRAY(compiler, const char *, count + 1);
    call->label_spans = NEW_ARRAY(compiler, Span, count + 1);
    call->children[0] = field;
    for (int i = 0; i < count; i++) {
        call->children[i + 1] = given->children[i];
        call->labels[i + 1] = given->labels ? given->labels[i] : NULL;
        call->label_spans[i + 1] = given->label_spans ? given->label_spans[i] : (Span){0};
    }
    return call;
}

/* Words that name a definition are applied to the value one after another, in the order of the
   text. */
static void apply_words(Checker *checker, const Statement *statement, Binding *binding) {
    checker->naming.prefix = statement->name;
    for (int i = 0; i < statement->word_count; i++) {
        const Definition *definition = find_definition(checker, statement->words[i]);
        if (word_by_name(statement->words[i]) || !definition || !is_function(definition))
            continue;
        const Tree *call = word_as_call(checker, statement, i);
        Node *node = to_node(checker, evaluate(checker, call), call->span);
        binding->value = value_node(node);
        if (!node)
            return;
        if (!node->name)
            node->name = statement->name;
    }
    end_statement(checker);
}

void check_data(Checker *checker, const Statement *statement) {
    Shape shape;
    if (!is_free(checker, statement))
        return;
    Binding *binding = scope_bind(checker, &checker->model->scope, statement->name, (Value){0});
    binding->span = statement->name_span;
    binding->is_fixed = true;
    if (!declared_shape(checker, statement, &shape))
        return;
    VariableKind kind = statement->kind == STATEMENT_INPUT ? VARIABLE_INPUT : VARIABLE_TARGET;
    checker->graph->at = statement->name_span;
    Variable *variable =
        graph_add_variable(checker->graph, kind, take_name(checker, statement->name), shape);
    for (int i = 0; i < statement->word_count; i++)
        read_word(checker, variable, statement->words[i], statement->word_spans[i]);
    if (variable->onehot && (shape.rank != 1 || shape.size[0] < 2)) {
        error_at(checker->compiler, statement->name_span,
                 "a onehot target has one axis of 2 classes or more, this has shape %s",
                 shape_text(checker->compiler, shape));
        return;
    }
    variable->node = graph_variable(checker->graph, variable);
    Node *node =
        variable->scaling == SCALING_NONE ? variable->node : scaled_data(checker, variable);
    node->name = statement->name;
    binding->value = value_node(node);
    if (variable->kind == VARIABLE_TARGET && variable->scaling != SCALING_NONE)
        keep_target(checker, statement->name, variable, node);
    if (kind == VARIABLE_INPUT)
        apply_words(checker, statement, binding);
}
