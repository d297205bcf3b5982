/* Scaled targets. In: the statements, and the values as they are evaluated. Out: which value
   belongs to which scaled target, and that value in the target's units.

   Assignments and the loss compute with the scaled target, metrics and outputs with what the caller
   passes and gets: before these are read, the names of the target and of what belongs to it are
   bound anew. A value belongs to a target where `output y as price` says so, else where its name
   and the target's are arguments of one call, or operands of one operator. */

#include "check/statements.h"

#include <string.h>

/* A target that is scaled. */
typedef struct {
    const char *name;
    Variable *variable; /* NULL until it is declared */
    Node *scaled;       /* what assignments and the loss compute with */
    bool is_said;       /* `output .. as` speaks of it */
} ScaledTarget;

/* A value that an assignment makes and that may belong to a scaled target. */
typedef struct {
    const Statement *assignment;
    ScaledTarget *target;
    ScaledTarget *other; /* a second one that it stands with, where nothing says which; or NULL */
    bool is_said;        /* by `output .. as`, as all are of a target that it speaks of */
    Node *node;          /* NULL until it is made */
    Node *shown;         /* in the target's units; NULL until somebody needs it */
} Counterpart;

struct Units {
    int target_count;
    ScaledTarget *targets;
    Scope target_names; /* their numbers */
    int counterpart_count;
    Counterpart **counterparts, **counterpart_of; /* of: by number of the assignment, or NULL */
    bool shows_targets; /* from here on names stand for what the caller passes and gets */
    int shown_count, of_scaled_count;
    Counterpart **shown; /* by node: the value that it is, or is in its units; NULL: neither */
    const Counterpart **of_scaled; /* by node: the value that it is made of as scaled, or NULL */
};

/* The last statement so far that assigns each name, by its number. */
static int last_assignment(const Scope *assigned, const char *name) {
    const Binding *binding = scope_find(assigned, name);
    return binding ? (int)binding->value.number : -1;
}

static ScaledTarget *target_called(const Checker *checker, const char *name) {
    const Binding *binding = scope_find(&checker->units->target_names, name);
    return binding ? &checker->units->targets[(int)binding->value.number] : NULL;
}

static bool is_scaled_target(const Statement *statement) {
    for (int i = 0; statement->kind == STATEMENT_TARGET && i < statement->word_count; i++)
        for (int k = 0; k < word_count; k++)
            if (words[k].scaling != SCALING_NONE && strcmp(words[k].name, statement->words[i]) == 0)
                return true;
    return false;
}

static void add_counterpart(Checker *checker, int statement, ScaledTarget *target, bool is_said) {
    Counterpart *counterpart = checker->units->counterpart_of[statement];
    if (counterpart) {
        if (counterpart->target != target && !counterpart->is_said && !counterpart->other)
            counterpart->other = target;
        return;
    }
    counterpart = NEW(checker->compiler, Counterpart);
    counterpart->assignment = checker->statements->statements[statement];
    counterpart->target = target;
    counterpart->is_said = is_said;
    target->is_said |= is_said;
    checker->units->counterpart_of[statement] = counterpart;
    PUSH(checker->compiler, checker->units->counterparts, checker->units->counterpart_count,
         counterpart);
}

/* The scaled targets among the children that no `output` speaks of: two are as many as matter. */
static void find_targets(const Checker *checker, const Tree *tree, ScaledTarget *targets[2]) {
    for (int i = 0; i < tree->child_count && !targets[1]; i++) {
        const Tree *child = tree->children[i];
        ScaledTarget *target =
            child && child->kind == TREE_NAME ? target_called(checker, child->name) : NULL;
        if (target && !target->is_said && target != targets[0])
            targets[targets[0] != NULL] = target;
    }
}

/* The values that stand beside a scaled target. */
static void add_neighbours(Checker *checker, const Scope *assigned, const Tree *tree) {
    ScaledTarget *targets[2] = {NULL, NULL};
    find_targets(checker, tree, targets);
    for (int i = 0; targets[0] && i < tree->child_count; i++) {
        const Tree *child = tree->children[i];
        int statement = child->kind == TREE_NAME ? last_assignment(assigned, child->name) : -1;
        for (int k = 0; statement >= 0 && k < 2 && targets[k]; k++)
            add_counterpart(checker, statement, targets[k], false);
    }
}

static void add_standing(Checker *checker, const Scope *assigned, const Tree *tree) {
    if (!tree)
        return;
    if (tree->kind == TREE_CALL || tree->kind == TREE_BINARY)
        add_neighbours(checker, assigned, tree);
    for (int i = 0; i < tree->child_count; i++)
        add_standing(checker, assigned, tree->children[i]);
}

static void add_said(Checker *checker, const Scope *assigned, const Statement *output) {
    for (int i = 0; i < output->value_count; i++) {
        const Tree *value = output->values[i];
        ScaledTarget *target = output->units[i] ? target_called(checker, output->units[i]) : NULL;
        int statement =
            target && value->kind == TREE_NAME ? last_assignment(assigned, value->name) : -1;
        if (statement >= 0)
            add_counterpart(checker, statement, target, true);
    }
}

static void assign_name(Checker *checker, Scope *assigned, int number) {
    const Statement *statement = checker->statements->statements[number];
    if (statement->kind == STATEMENT_ASSIGN)
        scope_bind(checker, assigned, statement->name, value_number(number));
}

/* Loss, metrics and outputs are read behind all assignments. */
static bool is_late(const Statement *statement) {
    return statement->kind == STATEMENT_LOSS || statement->kind == STATEMENT_METRIC;
}

static void find_standing(Checker *checker) {
    const Statements *statements = checker->statements;
    Scope all = {0}, so_far = {0};
    for (int i = 0; i < statements->count; i++)
        assign_name(checker, &all, i);
    for (int i = 0; i < statements->count; i++)
        if (statements->statements[i]->kind == STATEMENT_OUTPUT)
            add_said(checker, &all, statements->statements[i]);
    for (int i = 0; i < statements->count; i++) {
        const Statement *statement = statements->statements[i];
        bool is_assignment = statement->kind == STATEMENT_ASSIGN;
        for (int k = 0; (is_assignment || is_late(statement)) && k < statement->value_count; k++)
            add_standing(checker, is_assignment ? &so_far : &all, statement->values[k]);
        assign_name(checker, &so_far, i);
    }
}

void find_counterparts(Checker *checker) {
    const Statements *statements = checker->statements;
    Compiler *compiler = checker->compiler;
    checker->units = NEW(compiler, struct Units);
    for (int i = 0; i < statements->count; i++) {
        const Statement *statement = statements->statements[i];
        if (!is_scaled_target(statement))
            continue;
        check_count(checker, checker->units->target_count, "scaled targets", statement->name_span);
        scope_bind(checker, &checker->units->target_names, statement->name,
                   value_number(checker->units->target_count));
        PUSH(compiler, checker->units->targets, checker->units->target_count,
             (ScaledTarget){.name = statement->name});
    }
    if (checker->units->target_count == 0)
        return;
    checker->units->counterpart_of = NEW_ARRAY(compiler, Counterpart *, statements->count);
    find_standing(checker);
}

void keep_target(Checker *checker, const char *name, Variable *variable, Node *scaled) {
    ScaledTarget *target = target_called(checker, name);
    target->variable = variable;
    target->scaled = scaled;
}

void keep_counterpart(Checker *checker, int statement, Value value) {
    Counterpart *counterpart =
        checker->units->counterpart_of ? checker->units->counterpart_of[statement] : NULL;
    if (counterpart && value.kind == VALUE_NODE)
        counterpart->node = value.node;
}

// Units

/* The target's low or scale as the value needs it: element by element where the two have as many,
   else broadcast to the value. NULL where it does not fit. */
static Node *fit_scaling(Checker *checker, Node *scaling, Shape shape) {
    Shape both;
    if (shape_count(scaling->shape) == shape_count(shape))
        return shape_equal(scaling->shape, shape) ? scaling
                                                  : graph_reshape(checker->graph, scaling, shape);
    bool fits = shape_broadcast(scaling->shape, shape, &both) && shape_equal(both, shape);
    return fits ? scaling : NULL;
}

/* Whether the value may be one that is learned from the target. */
static bool is_learned(Checker *checker, const Counterpart *counterpart) {
    learn_nodes(checker);
    unsigned dependence = fact_of(checker, counterpart->node).training;
    return counterpart->is_said || (dependence & ON_PARAM && !(dependence & ON_TARGET));
}

/* Whether the value belongs to its target, which is declared by now. */
static bool belongs(Checker *checker, const Counterpart *counterpart) {
    const ScaledTarget *target = counterpart->target;
    return counterpart->node && target->variable && !counterpart->other &&
           !is_data(counterpart->node) && is_learned(checker, counterpart) &&
           fit_scaling(checker, target->variable->low->node, counterpart->node->shape);
}

/* value / scale + low */
static Node *shown_node(Checker *checker, Counterpart *counterpart) {
    Graph *graph = checker->graph;
    const Variable *target = counterpart->target->variable;
    Node *node = counterpart->node;
    if (counterpart->shown)
        return counterpart->shown;
    Node *low = fit_scaling(checker, target->low->node, node->shape);
    Node *scale = fit_scaling(checker, target->scale->node, node->shape);
    graph->at = counterpart->assignment->name_span;
    Node *moved = graph_map(graph, OP_DIV, node, scale, NULL);
    counterpart->shown = graph_map(graph, OP_ADD, moved, low, NULL);
    counterpart->shown->name =
        format_text(checker->compiler, "unscaled_%s", counterpart->assignment->name);
    return counterpart->shown;
}

static Counterpart *counterpart_with(Checker *checker, const Node *node) {
    for (int i = 0; i < checker->units->counterpart_count; i++)
        if (checker->units->counterparts[i]->node == node &&
            belongs(checker, checker->units->counterparts[i]))
            return checker->units->counterparts[i];
    return NULL;
}

const Variable *units_of(Checker *checker, const Node *node) {
    const Counterpart *counterpart = counterpart_with(checker, node);
    return counterpart ? counterpart->target->variable : NULL;
}

const Variable *units_of_shown(const Checker *checker, const Node *shown) {
    for (int i = 0; i < checker->units->counterpart_count; i++)
        if (checker->units->counterparts[i]->shown == shown)
            return checker->units->counterparts[i]->target->variable;
    return NULL;
}

Node *in_units(Checker *checker, Node *node) {
    Counterpart *counterpart = counterpart_with(checker, node);
    return counterpart ? shown_node(checker, counterpart) : node;
}

Node *unit_of(Checker *checker, const Node *node) {
    const Variable *target = units_of(checker, node);
    return target ? fit_scaling(checker, target->scale->node, node->shape) : NULL;
}

bool check_declared(Checker *checker, const Node *node, Span at) {
    for (int i = 0; i < checker->units->counterpart_count; i++) {
        const Counterpart *counterpart = checker->units->counterparts[i];
        const ScaledTarget *target = counterpart->target;
        if (counterpart->node != node || target->variable || !is_learned(checker, counterpart))
            continue;
        error_at(checker->compiler, at,
                 "'%s' is given in the units of '%s', which must be declared above this",
                 counterpart->assignment->name, target->name);
        return false;
    }
    return true;
}

// What is not clear

static void hint_units(Checker *checker, const char *target) {
    hint(checker->compiler, "'output y as %s' gives the value y in the units of '%s'", target,
         target);
}

/* Of a target that no `output` speaks of, one value must be what is learned from it. */
static void check_only(Checker *checker, const ScaledTarget *target) {
    const Counterpart *first = NULL, *second = NULL;
    for (int i = 0; i < checker->units->counterpart_count; i++) {
        const Counterpart *counterpart = checker->units->counterparts[i];
        if (counterpart->target != target || !belongs(checker, counterpart))
            continue;
        if (!first)
            first = counterpart;
        else if (!second && counterpart->node != first->node)
            second = counterpart;
    }
    if (first && !second)
        return;
    Compiler *compiler = checker->compiler;
    Span at = target->variable->span;
    if (!first)
        error_at(compiler, at,
                 "which value is learned from '%s' is not clear: none stands with it in loss or "
                 "metric",
                 target->name);
    else
        error_at(compiler, at,
                 "which value is learned from '%s' is not clear: '%s' and '%s' stand with it",
                 target->name, first->assignment->name, second->assignment->name);
    hint_units(checker, target->name);
}

/* A value cannot be in the units of two targets. */
static void check_single(Checker *checker, const Counterpart *counterpart) {
    if (!counterpart->other || !counterpart->node || !is_learned(checker, counterpart))
        return;
    const char *name = counterpart->assignment->name;
    error_at(checker->compiler, counterpart->assignment->name_span,
             "whether '%s' is in the units of '%s' or of '%s' is not clear: both are scaled and "
             "stand with it",
             name, counterpart->target->name, counterpart->other->name);
    hint(checker->compiler, "'output %s as %s' would say it", name, counterpart->target->name);
}

static void check_units(Checker *checker, const char *name, Span at) {
    const Binding *binding = scope_find(&checker->model->scope, name);
    const Node *node = binding && binding->value.kind == VALUE_NODE ? binding->value.node : NULL;
    if (target_called(checker, name))
        return;
    if (!node || node->kind != KIND_INPUT || node->variable->kind != VARIABLE_TARGET) {
        const char **names = NULL;
        int count = 0;
        scope_names(checker, &checker->units->target_names, &names, &count);
        const char *nearest = nearest_name(name, names, count);
        fail(checker, at, "'%s' is no target", name);
        if (nearest)
            hint(checker->compiler, "did you mean '%s'?", nearest);
    } else {
        fail(checker, at, "'%s' is not scaled: 'as' is for a target that is minmax or standard",
             name);
    }
}

/* Whether the value that `as` follows can be in the units of the target. */
static void check_said(Checker *checker, const Tree *value, const ScaledTarget *target) {
    const Binding *binding =
        value->kind == TREE_NAME ? scope_find(&checker->model->scope, value->name) : NULL;
    if (value->kind != TREE_NAME || (binding && binding->is_fixed)) {
        fail(checker, value->span, "'as' follows the name of a value that is assigned");
        return;
    }
    if (!binding || binding->value.kind == VALUE_NONE)
        return; /* which evaluating it reports */
    Node *node = to_node(checker, binding->value, value->span);
    if (node && !fit_scaling(checker, target->variable->low->node, node->shape))
        fail(checker, value->span, "'%s' has shape %s and '%s' %s: it cannot be in its units",
             value->name, shape_text(checker->compiler, node->shape), target->name,
             shape_text(checker->compiler, target->variable->shape));
}

static void check_outputs_said(Checker *checker) {
    const Statement *output = checker->kept->output;
    for (int i = 0; output && i < output->value_count; i++) {
        if (!output->units[i])
            continue;
        const ScaledTarget *target = target_called(checker, output->units[i]);
        check_units(checker, output->units[i], output->unit_spans[i]);
        if (target && target->variable)
            check_said(checker, output->values[i], target);
    }
}

// What metrics and outputs read

/* Finds, by node, the counterpart that it is or is in its units. */
static void find_shown(Checker *checker) {
    for (int i = 0; i < checker->units->counterpart_count; i++)
        if (belongs(checker, checker->units->counterparts[i]))
            shown_node(checker, checker->units->counterparts[i]);
    checker->units->shown_count = checker->graph->node_count;
    checker->units->shown =
        NEW_ARRAY(checker->compiler, Counterpart *, checker->units->shown_count);
    for (int i = checker->units->counterpart_count - 1; i >= 0; i--) {
        Counterpart *counterpart = checker->units->counterparts[i];
        if (!counterpart->shown)
            continue;
        checker->units->shown[counterpart->node->id] = counterpart;
        checker->units->shown[counterpart->shown->id] = counterpart;
    }
}

/* What metrics and outputs read instead of a node. */
static Node *read_node(const Checker *checker, Node *node) {
    for (int i = 0; i < checker->units->target_count; i++)
        if (checker->units->targets[i].scaled == node)
            return checker->units->targets[i].variable->node;
    bool is_given = node->id < checker->units->shown_count && checker->units->shown[node->id];
    return is_given ? checker->units->shown[node->id]->shown : node;
}

void show_targets(Checker *checker) {
    check_outputs_said(checker);
    for (int i = 0; i < checker->units->counterpart_count; i++)
        check_single(checker, checker->units->counterparts[i]);
    for (int i = 0; i < checker->units->target_count && checker->compiler->error_count == 0; i++)
        if (!checker->units->targets[i].is_said)
            check_only(checker, &checker->units->targets[i]);
    if (checker->compiler->error_count > 0 || checker->units->target_count == 0)
        return;
    find_shown(checker);
    const Scope *scope = &checker->model->scope;
    for (int i = 0; i < scope->capacity; i++)
        if (scope->slots[i] && scope->slots[i]->value.kind == VALUE_NODE)
            scope->slots[i]->value.node = read_node(checker, scope->slots[i]->value.node);
    checker->units->shows_targets = true;
}

/* For each node that has come since, the value, given in units, that it is made of otherwise than
   in them. */
static void find_made_of(const Checker *checker) {
    while (checker->units->of_scaled_count < checker->graph->node_count) {
        const Node *next = checker->graph->nodes[checker->units->of_scaled_count];
        bool is_known = next->id < checker->units->shown_count;
        const Counterpart *made = is_known ? checker->units->shown[next->id] : NULL;
        bool is_shown = made && made->shown == next;
        for (int i = 0; !made && i < next->input_count; i++)
            made = checker->units->of_scaled[next->inputs[i]->id];
        PUSH(checker->compiler, checker->units->of_scaled, checker->units->of_scaled_count,
             is_shown ? NULL : made);
    }
}

void warn_of_scaled(Checker *checker, const char *name, int count, Node **roots, Span at) {
    const Counterpart *made = NULL;
    if (!checker->units->shows_targets)
        return;
    find_made_of(checker);
    for (int i = 0; i < count && !made; i++)
        made = checker->units->of_scaled[roots[i]->id];
    if (made)
        warning_at(checker->compiler, at,
                   "'%s' is made of '%s' as scaled: it is not in the units of '%s'", name,
                   made->assignment->name, made->target->name);
}

/* Whether the sums need a value in the units of the target. */
static bool reaches_shown(const Checker *checker, const bool *reached, const ScaledTarget *target) {
    for (int i = 0; i < checker->units->counterpart_count; i++) {
        const Counterpart *counterpart = checker->units->counterparts[i];
        if (counterpart->target == target && counterpart->shown && reached[counterpart->shown->id])
            return true;
    }
    return false;
}

static bool sums_learn(const Checker *checker, const Metric *metric) {
    for (int i = 0; i < metric->sum_count; i++)
        if (fact_of(checker, checker->graph->sums[metric->first_sum + i]).training & ON_PARAM)
            return true;
    return false;
}

void check_metric_units(Checker *checker, const Metric *metric, Span at) {
    if (!checker->units->shows_targets)
        return;
    Graph *graph = checker->graph;
    bool *reached = graph_reach(graph, metric->sum_count, graph->sums + metric->first_sum);
    learn_nodes(checker);
    for (int i = 0; i < checker->units->target_count; i++) {
        const ScaledTarget *target = &checker->units->targets[i];
        if (reached[target->scaled->id]) {
            fail(checker, at,
                 "'%s' is of a value that was made of the scaled '%s': a metric is in the caller's "
                 "units",
                 metric->name, target->name);
            hint(checker->compiler,
                 "in the metric itself '%s' is what the caller passes, and so is what is learned "
                 "from it",
                 target->name);
        } else if (reached[target->variable->node->id] && sums_learn(checker, metric) &&
                   !reaches_shown(checker, reached, target)) {
            fail(checker, at, "'%s' compares '%s', which is scaled, with what is not in its units",
                 metric->name, target->name);
            hint_units(checker, target->name);
        }
    }
    if (checker->compiler->error_count == 0)
        warn_of_scaled(checker, metric->name, metric->sum_count, graph->sums + metric->first_sum,
                       at);
}
