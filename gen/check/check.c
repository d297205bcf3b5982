/* Tree to graph: the statements of a model, one after another. In: statements and the prelude's.
   Out: the graph of the forward pass with its cost, metrics, outputs and updates, or NULL after
   messages. Expressions are evaluate.c's; what comes last in every model, wherever it stands in
   the text, is check_cost.c's and check_output.c's. */

#include "check/statements.h"

#include <string.h>

enum { DEFAULT_BATCH = 32, MAX_BATCH = 1 << 20, MAX_PARAMETERS = 64 };

static const char *const statement_words[] = {
    [STATEMENT_NETWORK] = "network", [STATEMENT_LOSS] = "loss",     [STATEMENT_UPDATE] = "update",
    [STATEMENT_BATCH] = "batch",     [STATEMENT_OUTPUT] = "output", [STATEMENT_HESSIAN] = "hessian",
};

static void check_parameters(Checker *checker, const Definition *definition) {
    const Parameter *parameters = definition->parameters;
    if (definition->parameter_count > MAX_PARAMETERS) {
        error_at(checker->compiler, parameters[MAX_PARAMETERS].span,
                 "'%s' has more than %d parameters", definition->name, MAX_PARAMETERS);
        return;
    }
    for (int i = 0; i < definition->parameter_count; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(parameters[i].name, parameters[j].name) == 0)
                error_at(checker->compiler, parameters[i].span, "'%s' has two parameters '%s'",
                         definition->name, parameters[i].name);
}

static void add_definition(Checker *checker, Scope *scope, const Definition *definition,
                           Span span) {
    const Binding *earlier = scope_find(scope, definition->name);
    if (earlier) {
        error_at(checker->compiler, span, "'%s' is defined twice", definition->name);
        note_at(checker->compiler, earlier->span, "'%s' is defined here", definition->name);
        return;
    }
    Value value = {.kind = VALUE_DEFINITION, .definition = definition};
    scope_bind(checker, scope, definition->name, value)->span = span;
    if (definition->derivative)
        check_derivative(checker, definition);
    check_parameters(checker, definition);
}

static void add_definitions(Checker *checker, Scope *scope, const Statements *statements) {
    for (int i = 0; statements && i < statements->count; i++)
        if (statements->statements[i]->kind == STATEMENT_DEFINITION)
            add_definition(checker, scope, statements->statements[i]->definition,
                           statements->statements[i]->name_span);
}

/* use .. as: a definition under a second name. */
static void add_use(Checker *checker, const Statement *statement) {
    const Definition *definition = copy_block(checker, statement);
    if (definition)
        add_definition(checker, &checker->definitions.user, definition, statement->second_span);
}

/* Keeps a statement of which a model has one. False, with a message, for a second. */
static bool take_single(Checker *checker, const Statement **kept, const Statement *statement) {
    if (*kept) {
        const char *word = statement_words[statement->kind];
        error_at(checker->compiler, statement->span, "a second '%s'", word);
        note_at(checker->compiler, (*kept)->span, "the first '%s' is here", word);
        return false;
    }
    *kept = statement;
    return true;
}

static void check_assignment(Checker *checker, int number) {
    const Statement *statement = checker->statements->statements[number];
    if (!is_free(checker, statement))
        return;
    checker->naming.prefix = statement->name;
    Value value = evaluate(checker, statement->values[0]);
    end_statement(checker);
    Node *node = value.kind == VALUE_NODE ? value.node : NULL;
    if (node && !node->name && !node_is_number(node) && node->kind != KIND_GIVEN)
        node->name = statement->name;
    if (value.kind == VALUE_LIST && !value.name) {
        value.name = statement->name;
        value.span = statement->values[0]->span;
    }
    keep_counterpart(checker, number, value);
    scope_bind(checker, &checker->model->scope, statement->name, value)->span =
        statement->name_span;
}

static void check_batch(Checker *checker, const Statement *statement) {
    int64_t batch;
    const Tree *tree = statement->values[0];
    if (!take_single(checker, &checker->kept->batch, statement))
        return;
    checker->context.forbids_variables = "batch size";
    Value value = evaluate(checker, tree);
    checker->context.forbids_variables = NULL;
    if (!to_whole(checker, value, tree->span, &batch))
        return;
    if (batch < 1 || batch > MAX_BATCH)
        error_at(checker->compiler, tree->span, "a batch has 1 to %d examples, this is %lld",
                 MAX_BATCH, (long long)batch);
    else
        checker->graph->batch = checker->expected_batch = batch;
}

/* What a later statement sets, if it is a plain number. */
static int64_t expected_batch(const Statements *statements) {
    for (int i = 0; i < statements->count; i++) {
        const Statement *statement = statements->statements[i];
        const Tree *size = statement->kind == STATEMENT_BATCH ? statement->values[0] : NULL;
        if (size && size->kind == TREE_NUMBER && size->number >= 1 && size->number <= MAX_BATCH)
            return (int64_t)size->number;
    }
    return DEFAULT_BATCH;
}

static void check_setting(Checker *checker, const Statement *statement) {
    Graph *graph = checker->graph;
    const Tree *tree = statement->values[0];
    double number;
    if (!is_free(checker, statement))
        return;
    refuse_counter(checker, statement->name, "setting", statement->name_span);
    checker->context.forbids_variables = "setting";
    Value value = evaluate(checker, tree);
    checker->context.forbids_variables = NULL;
    Binding *binding = scope_bind(checker, &checker->model->scope, statement->name, (Value){0});
    binding->span = statement->name_span;
    binding->is_fixed = true;
    if (!to_number(checker, value, tree->span, &number))
        return;
    graph->at = statement->name_span;
    Variable *variable = graph_add_variable(graph, VARIABLE_SETTING,
                                            take_name(checker, statement->name), (Shape){0});
    variable->node = graph_variable(graph, variable);
    variable->initial = number != 0 ? graph_const(graph, number) : NULL;
    binding->value = value_node(variable->node);
}

static void add_freeze(Checker *checker, const Statement *statement) {
    check_count(checker, checker->naming.freeze_count, "'freeze' statements", statement->span);
    PUSH(checker->compiler, checker->naming.freezes, checker->naming.freeze_count, statement);
}

static void check_later(Checker *checker, const Statement *statement) {
    switch (statement->kind) {
    case STATEMENT_LOSS:
        take_single(checker, &checker->kept->loss, statement);
        break;
    case STATEMENT_UPDATE:
        check_count(checker, checker->kept->update_count, "'update' statements", statement->span);
        if (statement->second_name || take_single(checker, &checker->kept->update, statement))
            PUSH(checker->compiler, checker->kept->updates, checker->kept->update_count, statement);
        break;
    case STATEMENT_OUTPUT:
        take_single(checker, &checker->kept->output, statement);
        break;
    case STATEMENT_HESSIAN:
        take_single(checker, &checker->kept->hessian, statement);
        checker->graph->has_hessian = true;
        break;
    case STATEMENT_METRIC:
        PUSH(checker->compiler, checker->kept->metrics, checker->kept->metric_count, statement);
        break;
    default:
        break;
    }
}

/* All symbols of a net begin with its name. */
static void check_network(Checker *checker, const Statement *statement) {
    const char *name = statement->name;
    if (!take_single(checker, &checker->kept->network, statement))
        return;
    if (strcmp(name, "nn") == 0 || strncmp(name, "nn_", 3) == 0)
        error_at(checker->compiler, statement->name_span,
                 "a network cannot be called '%s': the runtime's names begin like that", name);
    const char *taken = library_takes(name);
    if (taken) {
        error_at(checker->compiler, statement->name_span,
                 "a network cannot be called '%s': the C library has a name '%s'", name, taken);
        hint(checker->compiler, "'%s_net' is free", name);
    }
    checker->graph->name = name;
}

static void check_statement(Checker *checker, int number) {
    const Statement *statement = checker->statements->statements[number];
    switch (statement->kind) {
    case STATEMENT_NETWORK:
        check_network(checker, statement);
        break;
    case STATEMENT_INPUT:
    case STATEMENT_TARGET:
        check_data(checker, statement);
        break;
    case STATEMENT_ASSIGN:
        check_assignment(checker, number);
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
        start = (Span){statements->statements[0]->span.source, 0, 0};
    if (!checker->kept->network)
        error_at(checker->compiler, start,
                 "the model has no name, it needs a line such as 'network digits'");
    bool has_update = checker->kept->update_count > 0;
    if (!checker->kept->loss && !checker->kept->output && !has_update)
        error_at(checker->compiler, start, "the model has neither 'loss' nor 'output'");
    if (checker->kept->loss && !has_update)
        error_at(checker->compiler, checker->kept->loss->span, "a loss needs an 'update'");
    if (has_update && !checker->kept->loss)
        error_at(checker->compiler, checker->kept->updates[0]->span, "an update needs a 'loss'");
    if (checker->kept->metric_count > 0 && !checker->kept->loss)
        error_at(checker->compiler, checker->kept->metrics[0]->span, "a metric needs a 'loss'");
    if (checker->kept->hessian && !checker->kept->loss)
        error_at(checker->compiler, checker->kept->hessian->span, "a hessian needs a 'loss'");
}

/* Warns of settings that change nothing. */
static void check_settings(Checker *checker) {
    const Graph *graph = checker->graph;
    bool *reached = used_nodes(checker);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable->kind == VARIABLE_SETTING && variable != checker->shared.examples &&
            !reached[variable->node->id])
            warning_at(checker->compiler, variable->span, "the setting '%s' is never used",
                       variable->name);
    }
}

/* Values per example are kept for the whole batch. */
static void check_sizes(Checker *checker) {
    const Graph *graph = checker->graph;
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        if (node->batched && shape_count(node->shape) > MAX_ELEMENTS / graph->batch) {
            error_at(checker->compiler, node->span,
                     "a value of shape %s for a batch of %lld is too big, the limit is %lld "
                     "elements",
                     shape_text(checker->compiler, node->shape), (long long)graph->batch,
                     (long long)MAX_ELEMENTS);
            return;
        }
        if (!shape_fits(checker, node->shape, node->span))
            return;
    }
}

/* A mean over one example that is learned from; one that is only kept is as good as another. */
static void check_batch_means(Checker *checker) {
    Graph *graph = checker->graph;
    bool *reached = derivative_reach(graph, checker->loss_values.count, checker->loss_values.items);
    for (int id = 0; id < graph->node_count && graph->batch == 1; id++) {
        if (!reached[id] || !graph->nodes[id]->over_batch)
            continue;
        warning_at(checker->compiler, graph->nodes[id]->span,
                   "the mean over a batch of one example is that example");
        note_at(checker->compiler, checker->kept->batch->span, "the batch has one example here");
        return;
    }
}

static bool is_wrong(const Checker *checker) {
    return checker->compiler->error_count > 0;
}

Graph *check(Compiler *compiler, const Statements *statements) {
    Frame model = {0};
    struct Kept kept = {0};
    Checker state = {.compiler = compiler,
                     .graph = graph_new(compiler),
                     .statements = statements,
                     .kept = &kept};
    Checker *checker = &state;
    checker->model = checker->frame = &model;
    checker->graph->batch = DEFAULT_BATCH;
    checker->expected_batch = expected_batch(statements);
    add_definitions(checker, &checker->definitions.prelude, compiler->prelude);
    add_definitions(checker, &checker->definitions.user, statements);
    for (int i = 0; i < statements->count; i++)
        if (statements->statements[i]->kind == STATEMENT_USE)
            add_use(checker, statements->statements[i]);
    for (int i = 0; i < statements->count; i++)
        if (statements->statements[i]->kind == STATEMENT_FREEZE)
            add_freeze(checker, statements->statements[i]);
    find_counterparts(checker);
    for (int i = 0; i < statements->count; i++)
        check_statement(checker, i);
    warn_of_words(checker);
    check_presence(checker);
    check_pairs(checker);
    check_loss(checker);
    if (!is_wrong(checker))
        show_targets(checker);
    checker->context.keeps_states = true;
    check_metrics(checker);
    if (!is_wrong(checker))
        check_outputs(checker);
    if (!is_wrong(checker))
        find_classes(checker);
    checker->context.keeps_states = false;
    if (!is_wrong(checker))
        check_whole(checker);
    if (!is_wrong(checker))
        warn_of_idle_blocks(checker);
    if (!is_wrong(checker))
        check_freezes(checker);
    if (!is_wrong(checker))
        check_inputs(checker);
    if (!is_wrong(checker))
        check_trained(checker);
    if (!is_wrong(checker))
        check_updates(checker);
    if (!is_wrong(checker))
        check_settings(checker);
    if (!is_wrong(checker))
        check_schedules(checker);
    if (checker->shared.examples)
        checker->shared.examples->initial =
            graph_const(checker->graph, (double)checker->graph->batch);
    if (!is_wrong(checker))
        check_sizes(checker);
    if (!is_wrong(checker))
        check_batch_means(checker);
    return is_wrong(checker) ? NULL : checker->graph;
}
