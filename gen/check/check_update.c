/* Which optimizer moves which parameter. In: the trained parameters and the statements `update` and
   `freeze`. Out: the next value of every parameter and of its optimizer's states in terms of
   GIVEN_GRADIENT, and the points at which gradients are taken, which the cost then reads. */

#include "check/statements.h"

#include <string.h>

// Who moves what

/* The update that moves a parameter; NULL after a message. */
static const Statement *update_of(Checker *checker, const Variable *variable) {
    const Statement *found = NULL;
    for (int i = 0; i < checker->kept->update_count; i++) {
        const Statement *statement = checker->kept->updates[i];
        if (!statement->second_name || !is_named(variable, statement))
            continue;
        if (found) {
            error_at(checker->compiler, statement->second_span, "a second 'update' for '%s'",
                     variable->name);
            note_at(checker->compiler, found->second_span, "the first one is here");
            return NULL;
        }
        found = statement;
    }
    if (!found)
        found = checker->kept->update;
    if (!found) {
        error_at(checker->compiler, variable->span, "no 'update' moves '%s'", variable->name);
        hint(checker->compiler, "'freeze %s' keeps it as it is", variable->name);
    }
    return found;
}

/* For each variable, by number, the `update` that moves it. Optimizer states are made later and
   have no entry. */
typedef struct {
    int count;
    const Statement **of;
} Movers;

static Movers updates_of(Checker *checker) {
    const Graph *graph = checker->graph;
    Movers movers = {.count = graph->variable_count};
    movers.of = NEW_ARRAY(checker->compiler, const Statement *, movers.count);
    for (int i = 0; i < movers.count; i++)
        if (graph->variables[i]->trained)
            movers.of[i] = update_of(checker, graph->variables[i]);
    return movers;
}

static Value update_optimizer(Checker *checker, const Statement *statement) {
    const Tree *tree = statement->values[0];
    Value value = evaluate(checker, tree);
    if (value.kind == VALUE_NONE)
        return value;
    if (value.kind != VALUE_DEFINITION || value.definition->kind != DEFINITION_OPTIMIZER)
        return fail(checker, tree->span, "'update' needs an optimizer, this is %s",
                    value_text(checker, value));
    return with_arguments(checker, value, tree->span);
}

/* An update is computed from parameters, gradients, optimizer states and counters alone. */
static void check_next(Checker *checker, const Variable *variable, Span at) {
    unsigned allowed = ON_PARAM | ON_OPTIMIZER | ON_GRADIENT | ON_RANDOM | ON_COUNTER | ON_SETTING;
    learn_nodes(checker);
    if (variable->next && fact_of(checker, variable->next).training & ~allowed)
        error_at(checker->compiler, at,
                 "the next '%s' depends on the data, not only on the gradient", variable->name);
}

static void check_moves(Checker *checker, const Moves *moves, Span at) {
    for (int i = 0; i < moves->count && checker->compiler->error_count == 0; i++) {
        const Move *move = &moves->items[i];
        move->parameter->next = move->next;
        move->parameter->point = move->point;
        check_next(checker, move->parameter, at);
        for (int k = 0; k < move->state_count; k++)
            check_next(checker, move->states[k], at);
    }
}

static void check_update(Checker *checker, const Statement *statement, const Movers *movers) {
    const Graph *graph = checker->graph;
    Span at = statement->values[0]->span;
    Moves moves = {0};
    int errors = checker->compiler->error_count;
    Value optimizer = update_optimizer(checker, statement);
    if (statement->second_name)
        check_pattern(checker, statement);
    for (int i = 0; i < movers->count; i++)
        if (movers->of[i] == statement)
            PUSH(checker->compiler, moves.items, moves.count,
                 ((Move){.parameter = graph->variables[i]}));
    if (errors != checker->compiler->error_count)
        return;
    if (moves.count == 0 && statement->second_name)
        error_at(checker->compiler, statement->second_span, "no parameter '%s' is trained",
                 statement->second_name);
    run_moves(checker, optimizer, &moves, at);
    check_moves(checker, &moves, at);
}

// Points: what the cost reads instead of a parameter

static bool is_stepped(const Variable *variable) {
    return variable->next && (variable->kind == VARIABLE_PARAM || variable->owner);
}

/* Marks, by id, what the updates and the points need. */
static bool *reach_updates(Graph *graph) {
    Node **roots = NULL;
    int count = 0;
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        PUSH(graph->compiler, roots, count, is_stepped(variable) ? variable->next : NULL);
        PUSH(graph->compiler, roots, count, variable->point);
    }
    for (int i = 0; i < graph->direction_count; i++)
        for (int k = 0; k < graph->directions[i].count; k++)
            PUSH(graph->compiler, roots, count, graph->directions[i].nodes[k]);
    return graph_reach(graph, count, roots);
}

static bool has_operands(const Graph *graph, const bool *reached, int count) {
    for (int id = 0; id < count; id++)
        if (reached[id] && graph->nodes[id]->input_count > 0)
            return true;
    return false;
}

/* The cost will read points instead of parameters. Where updates and points use values of the
   model, they get copies of them, which still read the parameters. */
static void copy_for_updates(Graph *graph, int forward_count) {
    int node_count = graph->node_count;
    bool *reached = reach_updates(graph);
    Node **copies = NEW_ARRAY(graph->compiler, Node *, node_count);
    if (!has_operands(graph, reached, forward_count))
        return;
    for (int id = 0; id < node_count; id++) {
        Node *node = copies[id] = graph->nodes[id];
        if (!reached[id] || node->input_count == 0)
            continue;
        Node *copy = copies[id] = graph_copy_node(graph, node, node->inputs);
        for (int i = 0; i < copy->input_count; i++)
            copy->inputs[i] = copies[copy->inputs[i]->id];
    }
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (is_stepped(variable))
            variable->next = copies[variable->next->id];
        if (variable->point)
            variable->point = copies[variable->point->id];
    }
    for (int i = 0; i < graph->direction_count; i++)
        for (int k = 0; k < graph->directions[i].count; k++) {
            Node **node = &graph->directions[i].nodes[k];
            *node = copies[(*node)->id];
        }
}

/* Moves the points to the front: an input must come before its users, and the cost reads them. */
static void sort_points(Graph *graph) {
    Node **roots = NEW_ARRAY(graph->compiler, Node *, graph->variable_count + 1);
    Node **sorted = NEW_ARRAY(graph->compiler, Node *, graph->node_count);
    int count = 0;
    for (int i = 0; i < graph->variable_count; i++)
        if (graph->variables[i]->point)
            roots[count++] = graph->variables[i]->point;
    bool *reached = graph_reach(graph, count, roots);
    count = 0;
    for (int is_rest = 0; is_rest < 2; is_rest++)
        for (int id = 0; id < graph->node_count; id++)
            if (reached[id] == !is_rest)
                sorted[count++] = graph->nodes[id];
    for (int id = 0; id < graph->node_count; id++) {
        sorted[id]->id = id;
        graph->nodes[id] = sorted[id]; /* an array that PUSH made, and may add to */
    }
}

static bool has_points(const Graph *graph) {
    for (int i = 0; i < graph->variable_count; i++)
        if (graph->variables[i]->point)
            return true;
    return false;
}

static void read_point(Node **slot, Node *const *reads) {
    if (*slot && reads[(*slot)->id])
        *slot = reads[(*slot)->id];
}

/* The first forward_count nodes are the model's, before its updates. */
static void read_points(Checker *checker, int forward_count) {
    Graph *graph = checker->graph;
    if (!has_points(graph))
        return;
    copy_for_updates(graph, forward_count);
    Node *training = given_node(checker, GIVEN_TRAINING);
    Node **reads = NEW_ARRAY(checker->compiler, Node *, graph->node_count + graph->variable_count);
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (!variable->point)
            continue;
        graph->at = variable->point->span;
        variable->point = graph_map(graph, OP_WHERE, training, variable->point, variable->node);
        reads[variable->node->id] = variable->point;
    }
    for (int id = 0; id < forward_count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++)
            read_point(&graph->nodes[id]->inputs[i], reads);
    read_point(&graph->cost, reads);
    for (int i = 0; i < graph->variable_count; i++)
        if (!is_stepped(graph->variables[i]))
            read_point(&graph->variables[i]->next, reads);
    sort_points(graph);
    forget_nodes(checker);
}

void check_updates(Checker *checker) {
    int errors = checker->compiler->error_count, forward_count = checker->graph->node_count;
    if (checker->kept->update_count == 0)
        return;
    const Movers movers = updates_of(checker);
    if (errors != checker->compiler->error_count)
        return;
    Context before = checker->context;
    checker->context.forbids_variables = "update";
    checker->context.in_update = true;
    checker->context.batch_random++;
    for (int i = 0; i < checker->kept->update_count; i++)
        check_update(checker, checker->kept->updates[i], &movers);
    checker->context = before;
    if (errors != checker->compiler->error_count)
        return;
    read_points(checker, forward_count);
    checker->graph->has_update = true;
}
