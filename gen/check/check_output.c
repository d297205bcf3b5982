/* Metrics and outputs, and warnings of inputs that only training reads. In: the evaluated
   assignments and loss. Out: graph->metrics, graph->sums, graph->outputs. */

#include "check/statements.h"

#include <string.h>

/* Names a metric after its definition, and after its first argument where the name repeats. */
static const char *metric_name(Checker *checker, const Definition *definition, const Tree *tree) {
    const Graph *graph = checker->graph;
    const char *name = definition->name;
    int repeats = 0;
    for (int i = 0; i < graph->metric_count; i++)
        repeats += strcmp(graph->metrics[i].name, name) == 0;
    if (repeats == 0)
        return name;
    if (tree->kind == TREE_CALL && tree->child_count > 0 && tree->children[0]->kind == TREE_NAME)
        name = format_text(checker->compiler, "%s.%s", name, tree->children[0]->name);
    const char *numbered = name;
    for (int number = 2, i = 0; i < graph->metric_count; i++)
        if (strcmp(graph->metrics[i].name, numbered) == 0) {
            numbered = format_text(checker->compiler, "%s.%d", name, number++);
            i = -1;
        }
    return numbered;
}

/* Whether the sums of a metric are per example: made of no other sum. */
static bool are_sums(const Checker *checker, const Metric *metric) {
    for (int i = 0; i < metric->sum_count; i++)
        if (fact_of(checker, checker->graph->sums[metric->first_sum + i]).training & ON_SUM)
            return false;
    return true;
}

static void check_metric(Checker *checker, const Tree *tree) {
    Graph *graph = checker->graph;
    Value value = evaluate(checker, tree);
    if (value.kind != VALUE_NONE &&
        (value.kind != VALUE_DEFINITION || value.definition->kind != DEFINITION_METRIC)) {
        value = fail(checker, tree->span, "'metric' needs a metric, this is %s",
                     value_text(checker, value));
        if (tree->name)
            hint_role(checker->compiler, "metric", tree->name);
    }
    if (value.kind != VALUE_NONE)
        value = with_arguments(checker, value, tree->span);
    if (value.kind == VALUE_NONE)
        return;
    Metric metric = {.name = metric_name(checker, value.definition, tree),
                     .first_sum = graph->sum_count};
    Frame *frame = frame_apply(checker, value, tree->span);
    graph->at = tree->span;
    scope_bind(checker, &frame->scope, "count", value_node(given_node(checker, GIVEN_COUNT)));
    metric.finish = to_node(checker, run_body(checker, frame), tree->span);
    metric.sum_count = graph->sum_count - metric.first_sum;
    if (!metric.finish)
        return;
    Span at = frame->is_prelude ? tree->span : value.definition->name_span;
    learn_nodes(checker);
    bool is_finish = !(fact_of(checker, metric.finish).training & ~(unsigned)ON_SUM);
    if (!is_finish)
        fail(checker, at, "what '%s' returns must be made of its sums, 'count' and numbers",
             value.definition->name);
    else if (!are_sums(checker, &metric))
        fail(checker, at, "a sum of '%s' cannot use another sum or 'count'",
             value.definition->name);
    check_metric_units(checker, &metric, tree->span);
    PUSH(checker->compiler, graph->metrics, graph->metric_count, metric);
}

void check_metrics(Checker *checker) {
    checker->naming.prefix = "metric";
    for (int i = 0; i < checker->kept->metric_count; i++)
        for (int j = 0; j < checker->kept->metrics[i]->value_count; j++)
            check_metric(checker, checker->kept->metrics[i]->values[j]);
    end_statement(checker);
}

/* Reports why a value cannot be an output, if it cannot. */
static void check_output(Checker *checker, const char *name, const Node *node, Span at) {
    learn_nodes(checker);
    unsigned dependence = fact_of(checker, node).prediction;
    if (dependence & ON_TARGET) {
        const Node *cause = find_cause(checker, node, ON_TARGET);
        fail(checker, at,
             "the output '%s' depends on the target '%s', which prediction does not have", name,
             cause->variable->name);
    } else if (dependence & ON_BATCH) {
        const Node *cause = find_cause(checker, node, ON_BATCH);
        fail(checker, at, "the output '%s' depends on a mean over the batch outside training",
             name);
        note_at(checker->compiler, cause->span, "the mean is taken here");
        hint(checker->compiler,
             "where(training, batch_mean(..), ..) gives prediction another value");
    }
}

static void add_output(Checker *checker, const char *name, Node *node, Span at) {
    Graph *graph = checker->graph;
    check_count(checker, graph->output_count, "outputs", at);
    for (int i = 0; i < graph->output_count; i++)
        if (strcmp(graph->output_names[i], name) == 0) {
            fail(checker, at, "the output '%s' is named twice", name);
            return;
        }
    const Variable *units = units_of_shown(checker, node);
    check_output(checker, name, node, at);
    warn_of_scaled(checker, name, 1, &node, at);
    graph->at = at;
    if (!node->batched)
        node = graph_expand(graph, node, node->shape, true);
    int count = graph->output_count, unit_count = count;
    PUSH(checker->compiler, graph->output_names, count, name);
    PUSH(checker->compiler, graph->output_units, unit_count, units);
    PUSH(checker->compiler, graph->outputs, graph->output_count, node);
}

static void check_named_output(Checker *checker, const Tree *tree) {
    Node *node = to_node(checker, evaluate(checker, tree), tree->span);
    if (!node)
        return;
    const char *name = tree->kind == TREE_NAME ? tree->name : "output";
    if (tree->kind != TREE_NAME && checker->graph->output_count > 0)
        name = format_text(checker->compiler, "output_%d", checker->graph->output_count + 1);
    if (is_data(node)) {
        fail(checker, tree->span, "the output '%s' is given, not computed", name);
        return;
    }
    add_output(checker, name, node, tree->span);
}

/* Adds the values that are named in an expression, but for data and for what depends on targets. */
static void add_named(Checker *checker, const Tree *tree, bool is_deep) {
    Graph *graph = checker->graph;
    const Binding *binding =
        tree && tree->kind == TREE_NAME ? find_value(checker, tree->name) : NULL;
    Node *node = binding && binding->value.kind == VALUE_NODE ? binding->value.node : NULL;
    learn_nodes(checker);
    bool is_output =
        node && node->batched && !is_data(node) && !(fact_of(checker, node).prediction & ON_TARGET);
    for (int i = 0; is_output && i < graph->output_count; i++)
        is_output = graph->outputs[i] != node && strcmp(graph->output_names[i], tree->name) != 0;
    if (is_output)
        add_output(checker, tree->name, node, tree->span);
    for (int i = 0; tree && is_deep && i < tree->child_count; i++)
        add_named(checker, tree->children[i], true);
}

/* Without `output`: the arguments of the metrics, else the values named in the loss. */
static void default_outputs(Checker *checker) {
    for (int i = 0; i < checker->kept->metric_count; i++)
        for (int j = 0; j < checker->kept->metrics[i]->value_count; j++)
            for (int k = 0; k < checker->kept->metrics[i]->values[j]->child_count; k++)
                add_named(checker, checker->kept->metrics[i]->values[j]->children[k], false);
    if (checker->graph->output_count > 0 || !checker->kept->loss)
        return;
    const Tree *loss = checker->kept->loss->values[0];
    add_named(checker, loss, true);
    if (checker->graph->output_count == 0 && checker->compiler->error_count == 0)
        error_at(checker->compiler, checker->kept->loss->span,
                 "the model has no 'output', and neither metric nor loss names one");
}

void check_outputs(Checker *checker) {
    const Statement *statement = checker->kept->output;
    checker->naming.prefix = "output";
    if (!statement) {
        default_outputs(checker);
        return;
    }
    for (int i = 0; i < statement->value_count; i++)
        check_named_output(checker, statement->values[i]);
    end_statement(checker);
}

bool *used_nodes(const Checker *checker) {
    Graph *graph = checker->graph;
    int most = graph->output_count + graph->jacobian_count + graph->sum_count;
    Node **roots = NEW_ARRAY(checker->compiler, Node *, most + graph->variable_count + 1);
    int count = 0;
    for (int i = 0; i < graph->output_count; i++)
        roots[count++] = graph->outputs[i];
    for (int i = 0; i < graph->jacobian_count; i++)
        roots[count++] = graph->jacobians[i].value;
    for (int i = 0; i < graph->sum_count; i++)
        roots[count++] = graph->sums[i];
    for (int i = 0; i < graph->variable_count; i++)
        roots[count++] = graph->variables[i]->next;
    roots[count++] = graph->cost;
    return graph_reach(graph, count, roots);
}

/* A target also serves where an output is in its units, as in a net that only predicts. */
static bool is_used(const bool *reached, const Variable *variable) {
    bool has_units = variable->kind == VARIABLE_TARGET && variable->scale;
    return reached[variable->node->id] || (has_units && reached[variable->scale->node->id]);
}

/* By id, what the functions without a loss compute. */
static bool *predicted_nodes(const Checker *checker) {
    Graph *graph = checker->graph;
    Node **roots =
        NEW_ARRAY(checker->compiler, Node *, graph->output_count + graph->jacobian_count);
    int count = 0;
    for (int i = 0; i < graph->output_count; i++)
        roots[count++] = graph->outputs[i];
    for (int i = 0; i < graph->jacobian_count; i++)
        roots[count++] = graph->jacobians[i].value;
    return graph_reach(graph, count, roots);
}

/* Warns of an input that loss and metrics alone read, as weights of examples are: prediction asks
   for it all the same. Not where it has words that a target cannot have. */
static void warn_of_unpredicted(Checker *checker, const Variable *input) {
    const Binding *binding = scope_find(&checker->model->scope, input->name);
    if (!binding || binding->value.node != input->node)
        return;
    warning_at(checker->compiler, input->span,
               "prediction asks for the input '%s', which only loss and metrics read", input->name);
    hint(checker->compiler, "'target %s' is for data that prediction does not have", input->name);
}

void check_inputs(Checker *checker) {
    Graph *graph = checker->graph;
    bool *reached = used_nodes(checker), *predicted = predicted_nodes(checker);
    bool has_prediction = graph->output_count > 0 && !graph_has_pairs(graph);
    int input_count = 0;
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        bool is_input = variable->kind == VARIABLE_INPUT;
        input_count += is_input;
        if ((is_input || variable->kind == VARIABLE_TARGET) && !is_used(reached, variable))
            error_at(checker->compiler, variable->span, "the %s '%s' is never used",
                     is_input ? "input" : "target", variable->name);
        else if (is_input && has_prediction && !is_used(predicted, variable))
            warn_of_unpredicted(checker, variable);
    }
    if (input_count == 0)
        error_at(checker->compiler, checker->kept->network->span, "the network has no 'input'");
}
