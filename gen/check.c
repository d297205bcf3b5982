/* Tree to graph: the statements of a model, one after another. In: statements and the prelude's.
   Out: the graph of the forward pass with its cost, metrics, outputs and updates, or NULL after
   messages. Expressions are expand.c's; what comes last in every model, whatever its place in
   the text, is check_cost.c's and check_output.c's. */

#include "check.h"

#include <string.h>

enum { DEFAULT_BATCH = 32, MAX_BATCH = 1 << 20, MAX_PARAMETERS = 64 };

static const char *const statement_words[] = {
    [STATEMENT_NETWORK] = "network", [STATEMENT_LOSS] = "loss",     [STATEMENT_UPDATE] = "update",
    [STATEMENT_BATCH] = "batch",     [STATEMENT_OUTPUT] = "output",   [STATEMENT_HESSIAN] = "hessian",
};

static void check_parameters(Checker *checker, const Definition *definition) {
    const Parameter *parameters = definition->parameters;
    if (definition->parameter_count > MAX_PARAMETERS) {
        error_at(checker->compiler, parameters[MAX_PARAMETERS].place,
                 "'%s' has more than %d parameters", definition->name, MAX_PARAMETERS);
        return;
    }
    for (int i = 0; i < definition->parameter_count; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(parameters[i].name, parameters[j].name) == 0)
                error_at(checker->compiler, parameters[i].place, "'%s' has two parameters '%s'",
                         definition->name, parameters[i].name);
}

static void add_definition(Checker *checker, Scope *scope, const Definition *definition,
                           Span place) {
    const Binding *earlier = scope_find(scope, definition->name);
    if (earlier) {
        error_at(checker->compiler, place, "'%s' is defined twice", definition->name);
        note_at(checker->compiler, earlier->place, "'%s' is defined here", definition->name);
        return;
    }
    Value value = {.kind = VALUE_DEFINITION, .definition = definition};
    scope_bind(checker, scope, definition->name, value)->place = place;
    if (definition->derivative)
        check_derivative(checker, definition);
    check_parameters(checker, definition);
}

static void add_definitions(Checker *checker, Scope *scope, const Statements *statements) {
    for (int i = 0; statements && i < statements->count; i++)
        if (statements->statements[i]->kind == STATEMENT_DEFINITION)
            add_definition(checker, scope, statements->statements[i]->definition,
                           statements->statements[i]->name_place);
}

/* use .. as: a definition under a second name. */
static void add_use(Checker *checker, const Statement *statement) {
    const Definition *definition = copy_block(checker, statement);
    if (definition)
        add_definition(checker, &checker->user, definition, statement->second_place);
}

/* Keeps a statement of which a model has one. False, with a message, for a second. */
static bool take_single(Checker *checker, const Statement **kept, const Statement *statement) {
    if (*kept) {
        const char *word = statement_words[statement->kind];
        error_at(checker->compiler, statement->place, "a second '%s'", word);
        note_at(checker->compiler, (*kept)->place, "the first '%s' is here", word);
        return false;
    }
    *kept = statement;
    return true;
}

bool is_free(Checker *checker, const Statement *statement) {
    const Binding *binding = scope_find(&checker->model->scope, statement->name);
    bool is_data = statement->kind != STATEMENT_ASSIGN;
    if (!binding || (!binding->is_fixed && !is_data))
        return true;
    error_at(checker->compiler, statement->name_place, "'%s' is defined already", statement->name);
    note_at(checker->compiler, binding->place, "'%s' is defined here", statement->name);
    return false;
}

/* Words after an input or target that are no definitions. */
static const struct Word {
    const char *name;
    VariableKind kind; /* what it may follow */
    bool is_onehot, is_same;
    Scaling scaling;
} words[] = {
    {"minmax", VARIABLE_INPUT, false, false, SCALING_MINMAX},
    {"standard", VARIABLE_INPUT, false, false, SCALING_STANDARD},
    {"onehot", VARIABLE_TARGET, true, false, SCALING_NONE},
    {"pairs", VARIABLE_TARGET, false, true, SCALING_NONE},
};
enum { WORD_COUNT = sizeof words / sizeof *words };

static const struct Word *word_by_name(const char *name) {
    for (int i = 0; i < WORD_COUNT; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    return NULL;
}

static void unknown_word(Checker *checker, const char *name, Span at) {
    const char **names = NULL;
    int count = 0;
    for (int i = 0; i < WORD_COUNT; i++)
        PUSH(checker->compiler, names, count, words[i].name);
    scope_names(checker, &checker->user, &names, &count);
    scope_names(checker, &checker->prelude, &names, &count);
    const char *nearest = nearest_name(name, names, count);
    error_at(checker->compiler, at, "unknown word '%s'", name);
    if (nearest)
        hint(checker->compiler, "did you mean '%s'?", nearest);
}

static bool is_word(const Definition *definition) {
    return definition->kind == DEFINITION_DEF || definition->kind == DEFINITION_BLOCK;
}

static void read_word(Checker *checker, Variable *variable, const char *name, Span at) {
    const struct Word *word = word_by_name(name);
    if (!word) {
        const Definition *definition = find_definition(checker, name);
        if (!definition)
            unknown_word(checker, name, at);
        else if (!is_word(definition))
            error_at(checker->compiler, at, "'%s' is a%s %s, not a function of the input", name,
                     strchr("aeiou", definition_words[definition->kind][0]) ? "n" : "",
                     definition_words[definition->kind]);
        else if (variable->kind == VARIABLE_TARGET)
            error_at(checker->compiler, at, "'%s' is done to inputs, this is a target", name);
    } else if (word->kind != variable->kind) {
        error_at(checker->compiler, at,
                 word->kind == VARIABLE_INPUT ? "a target is not scaled, '%s' belongs to an input"
                                              : "'%s' belongs to a target, this is an input",
                 name);
    } else if (variable->scaling != SCALING_NONE || variable->onehot || variable->is_same) {
        error_at(checker->compiler, at, "'%s' has such a word already", variable->name);
    } else {
        variable->scaling = word->scaling;
        variable->onehot = word->is_onehot;
        variable->is_same = word->is_same;
    }
}

static Variable *add_scaling(Checker *checker, const Variable *input, const char *suffix,
                             double initial) {
    Graph *graph = checker->graph;
    const char *name =
        take_name(checker, format_text(checker->compiler, "%s.%s", input->name, suffix));
    Variable *variable = graph_add_variable(graph, VARIABLE_SCALING, name, input->shape);
    variable->node = graph_variable(graph, variable);
    if (initial != 0)
        variable->initial = fit_node(checker, graph_const(graph, initial), input->shape);
    return variable;
}

/* What the model computes with: (raw - low) * scale. */
static Node *scaled_input(Checker *checker, Variable *input) {
    Graph *graph = checker->graph;
    input->low = add_scaling(checker, input, "low", 0);
    input->scale = add_scaling(checker, input, "scale", 1);
    Node *moved = graph_map(graph, OP_SUB, input->node, input->low->node, NULL);
    return graph_map(graph, OP_MUL, moved, input->scale->node, NULL);
}

/* `image[8, 8] shift(1)`: the call shift(image, 1). */
static Tree *word_as_call(Checker *checker, const Statement *statement, int word) {
    Compiler *compiler = checker->compiler;
    const Tree *given = statement->word_calls[word];
    int count = given ? given->child_count : 0;
    Tree *call = NEW(compiler, Tree), *field = NEW(compiler, Tree);
    Span at = given ? given->place : statement->word_places[word];
    *field = (Tree){.kind = TREE_NAME, .depth = 1, .name = statement->name};
    field->place = field->name_place = statement->name_place;
    *call = (Tree){.kind = TREE_CALL, .depth = given ? given->depth + 1 : 2, .place = at};
    call->name = statement->words[word];
    call->name_place = statement->word_places[word];
    call->child_count = count + 1;
    call->children = NEW_ARRAY(compiler, Tree *, count + 1);
    call->labels = NEW_ARRAY(compiler, const char *, count + 1);
    call->label_places = NEW_ARRAY(compiler, Span, count + 1);
    call->children[0] = field;
    for (int i = 0; i < count; i++) {
        call->children[i + 1] = given->children[i];
        call->labels[i + 1] = given->labels ? given->labels[i] : NULL;
        call->label_places[i + 1] = given->label_places ? given->label_places[i] : (Span){0};
    }
    return call;
}

/* Definitions among the words change, in the order of the text, what the name stands for. */
static void apply_words(Checker *checker, const Statement *statement, Binding *binding) {
    checker->prefix = statement->name;
    for (int i = 0; i < statement->word_count; i++) {
        const Definition *definition = find_definition(checker, statement->words[i]);
        if (word_by_name(statement->words[i]) || !definition || !is_word(definition))
            continue;
        const Tree *call = word_as_call(checker, statement, i);
        Node *node = to_node(checker, evaluate(checker, call), call->place);
        binding->value = value_node(node);
        if (!node)
            return;
        if (!node->name)
            node->name = statement->name;
    }
    name_variables(checker);
}

static void check_data(Checker *checker, const Statement *statement) {
    Shape shape;
    if (!is_free(checker, statement))
        return;
    Binding *binding = scope_bind(checker, &checker->model->scope, statement->name, (Value){0});
    binding->place = statement->name_place;
    binding->is_fixed = true;
    if (!declared_shape(checker, statement, &shape))
        return;
    VariableKind kind = statement->kind == STATEMENT_INPUT ? VARIABLE_INPUT : VARIABLE_TARGET;
    checker->graph->at = statement->name_place;
    Variable *variable =
        graph_add_variable(checker->graph, kind, take_name(checker, statement->name), shape);
    for (int i = 0; i < statement->word_count; i++)
        read_word(checker, variable, statement->words[i], statement->word_places[i]);
    if (variable->onehot && (shape.rank != 1 || shape.size[0] < 2)) {
        error_at(checker->compiler, statement->name_place,
                 "a onehot target has one axis of 2 classes or more, this has shape %s",
                 shape_text(checker->compiler, shape));
        return;
    }
    variable->node = graph_variable(checker->graph, variable);
    Node *node =
        variable->scaling == SCALING_NONE ? variable->node : scaled_input(checker, variable);
    node->name = statement->name;
    binding->value = value_node(node);
    if (kind == VARIABLE_INPUT)
        apply_words(checker, statement, binding);
}

static void check_assignment(Checker *checker, const Statement *statement) {
    if (!is_free(checker, statement))
        return;
    checker->prefix = statement->name;
    Value value = evaluate(checker, statement->values[0]);
    name_variables(checker);
    Node *node = value.kind == VALUE_NODE ? value.node : NULL;
    if (node && !node->name && node->kind != KIND_CONST && node->kind != KIND_GIVEN)
        node->name = statement->name;
    scope_bind(checker, &checker->model->scope, statement->name, value)->place =
        statement->name_place;
}

static void check_batch(Checker *checker, const Statement *statement) {
    int64_t batch;
    const Tree *tree = statement->values[0];
    if (!take_single(checker, &checker->batch, statement))
        return;
    checker->fixed_place = "batch size";
    Value value = evaluate(checker, tree);
    checker->fixed_place = NULL;
    if (!to_whole(checker, value, tree->place, &batch))
        return;
    if (batch < 1 || batch > MAX_BATCH)
        error_at(checker->compiler, tree->place, "a batch has 1 to %d examples, this is %lld",
                 MAX_BATCH, (long long)batch);
    else
        checker->graph->batch = batch;
}

static void check_setting(Checker *checker, const Statement *statement) {
    Graph *graph = checker->graph;
    const Tree *tree = statement->values[0];
    double number;
    if (!is_free(checker, statement))
        return;
    refuse_counter(checker, statement->name, "setting", statement->name_place);
    checker->fixed_place = "setting";
    Value value = evaluate(checker, tree);
    checker->fixed_place = NULL;
    Binding *binding = scope_bind(checker, &checker->model->scope, statement->name, (Value){0});
    binding->place = statement->name_place;
    binding->is_fixed = true;
    if (!to_number(checker, value, tree->place, &number))
        return;
    graph->at = statement->name_place;
    Variable *variable = graph_add_variable(graph, VARIABLE_SETTING,
                                            take_name(checker, statement->name), (Shape){0});
    variable->node = graph_variable(graph, variable);
    variable->initial = number != 0 ? graph_const(graph, number) : NULL;
    binding->value = value_node(variable->node);
}

static void check_later(Checker *checker, const Statement *statement) {
    switch (statement->kind) {
    case STATEMENT_LOSS:
        take_single(checker, &checker->loss, statement);
        break;
    case STATEMENT_UPDATE:
        if (statement->second_name || take_single(checker, &checker->update, statement))
            PUSH(checker->compiler, checker->updates, checker->update_count, statement);
        break;
    case STATEMENT_FREEZE:
        PUSH(checker->compiler, checker->freezes, checker->freeze_count, statement);
        break;
    case STATEMENT_OUTPUT:
        take_single(checker, &checker->output, statement);
        break;
    case STATEMENT_HESSIAN:
        take_single(checker, &checker->hessian, statement);
        checker->graph->has_hessian = true;
        break;
    case STATEMENT_METRIC:
        PUSH(checker->compiler, checker->metrics, checker->metric_count, statement);
        break;
    default:
        break;
    }
}

/* All symbols of a net begin with its name. */
static void check_network(Checker *checker, const Statement *statement) {
    const char *name = statement->name;
    if (!take_single(checker, &checker->network, statement))
        return;
    if (strcmp(name, "nn") == 0 || strncmp(name, "nn_", 3) == 0)
        error_at(checker->compiler, statement->name_place,
                 "a network cannot be called '%s': the runtime's names begin like that", name);
    const char *taken = library_takes(name);
    if (taken) {
        error_at(checker->compiler, statement->name_place,
                 "a network cannot be called '%s': the C library has a name '%s'", name, taken);
        hint(checker->compiler, "'%s_net' is free", name);
    }
    checker->graph->name = name;
}

static void check_statement(Checker *checker, const Statement *statement) {
    switch (statement->kind) {
    case STATEMENT_NETWORK:
        check_network(checker, statement);
        break;
    case STATEMENT_INPUT:
    case STATEMENT_TARGET:
        check_data(checker, statement);
        break;
    case STATEMENT_ASSIGN:
        check_assignment(checker, statement);
        break;
    case STATEMENT_BATCH:
        check_batch(checker, statement);
        break;
    case STATEMENT_SETTING:
        check_setting(checker, statement);
        break;
    case STATEMENT_DERIVATIVE:
        make_derivative(checker, statement);
        break;
    case STATEMENT_DEFINITION:
        break;
    default:
        check_later(checker, statement);
    }
}

/* What a model must have, by what else it has. */
static void check_presence(Checker *checker) {
    const Statements *statements = checker->statements;
    Span start = {0};
    if (statements->count > 0)
        start = (Span){statements->statements[0]->place.source, 0, 0};
    if (!checker->network)
        error_at(checker->compiler, start,
                 "the model has no name, it needs a line such as 'network digits'");
    bool has_update = checker->update_count > 0;
    if (!checker->loss && !checker->output && !has_update)
        error_at(checker->compiler, start, "the model has neither 'loss' nor 'output'");
    if (checker->loss && !has_update)
        error_at(checker->compiler, checker->loss->place, "a loss needs an 'update'");
    if (has_update && !checker->loss)
        error_at(checker->compiler, checker->updates[0]->place, "an update needs a 'loss'");
    if (checker->metric_count > 0 && !checker->loss)
        error_at(checker->compiler, checker->metrics[0]->place, "a metric needs a 'loss'");
    if (checker->hessian && !checker->loss)
        error_at(checker->compiler, checker->hessian->place, "a hessian needs a 'loss'");
}

/* Warns of settings that change nothing. */
static void check_settings(Checker *checker) {
    const Graph *graph = checker->graph;
    int count = 0, most = graph->output_count + graph->jacobian_count + graph->sum_count +
                          graph->variable_count + 1;
    Node **roots = NEW_ARRAY(checker->compiler, Node *, most);
    for (int i = 0; i < graph->output_count; i++)
        roots[count++] = graph->outputs[i];
    for (int i = 0; i < graph->jacobian_count; i++)
        roots[count++] = graph->jacobians[i].value;
    for (int i = 0; i < graph->sum_count; i++)
        roots[count++] = graph->sums[i];
    for (int i = 0; i < graph->variable_count; i++)
        roots[count++] = graph->variables[i]->next;
    roots[count++] = graph->cost;
    bool *reached = graph_reach(checker->graph, count, roots);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable->kind == VARIABLE_SETTING && !reached[variable->node->id])
            warning_at(checker->compiler, variable->place, "the setting '%s' is never used",
                       variable->name);
    }
}

/* Values per example are kept for the whole batch. */
static void check_batch_sizes(Checker *checker) {
    const Graph *graph = checker->graph;
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        if (!node->batched || shape_count(node->shape) <= MAX_ELEMENTS / graph->batch)
            continue;
        error_at(checker->compiler, node->place,
                 "a value of shape %s for a batch of %lld is too big, the limit is %lld elements",
                 shape_text(checker->compiler, node->shape), (long long)graph->batch,
                 (long long)MAX_ELEMENTS);
        return;
    }
}

/* A mean over one example that is learned from; one that is only kept is as good as another. */
static void check_batch_means(Checker *checker) {
    Graph *graph = checker->graph;
    if (graph->batch > 1 || !checker->batch_mean || !graph->cost ||
        !derivative_reach(graph, 1, &graph->cost)[checker->batch_mean->id])
        return;
    warning_at(checker->compiler, checker->batch_mean_place,
               "the mean over a batch of one example is that example");
    if (checker->batch)
        note_at(checker->compiler, checker->batch->place, "the batch has one example here");
}

static bool is_wrong(const Checker *checker) {
    return checker->compiler->error_count > 0;
}

Graph *check(Compiler *compiler, const Statements *statements) {
    Frame model = {0};
    Checker state = {.compiler = compiler, .graph = graph_new(compiler), .statements = statements};
    Checker *checker = &state;
    checker->model = checker->frame = &model;
    checker->graph->batch = DEFAULT_BATCH;
    add_definitions(checker, &checker->prelude, compiler->prelude);
    add_definitions(checker, &checker->user, statements);
    for (int i = 0; i < statements->count; i++)
        if (statements->statements[i]->kind == STATEMENT_USE)
            add_use(checker, statements->statements[i]);
    for (int i = 0; i < statements->count; i++)
        check_statement(checker, statements->statements[i]);
    check_presence(checker);
    check_pairs(checker);
    check_loss(checker);
    checker->is_watching = true;
    check_metrics(checker);
    if (!is_wrong(checker))
        check_outputs(checker);
    checker->is_watching = false;
    if (!is_wrong(checker))
        warn_of_idle_blocks(checker);
    if (!is_wrong(checker))
        check_inputs(checker);
    if (!is_wrong(checker))
        check_trained(checker);
    if (!is_wrong(checker))
        check_updates(checker);
    if (!is_wrong(checker))
        check_settings(checker);
    if (!is_wrong(checker))
        check_batch_sizes(checker);
    if (!is_wrong(checker))
        check_batch_means(checker);
    return is_wrong(checker) ? NULL : checker->graph;
}
