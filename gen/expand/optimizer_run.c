/* Optimizers at work. In: an optimizer with its arguments and the parameters that it moves. Out: of
   each parameter the new value, the states that belong to it, and the point at which its gradient
   is taken.

   The body runs once per parameter. Where it needs what all of them know, such as a total, each run
   gives its share and is left; once all shares are there, the bodies run anew and find the results.
   A record says what the earlier run of a body took, so that the next one takes the same. */

#include "expand/calls.h"

#include <string.h>

/* What runs of one parameter's body have taken, in the order in which they come to it. */
typedef struct {
    Node *gradient; /* GIVEN_GRADIENT */
    int stream_count;
    int *streams; /* of random numbers */
} Record;

typedef struct Group Group;
typedef struct Collective Collective;
/* From the shares of all parameters, the result of each. */
typedef void Combine(Checker *checker, const Group *group, Collective *collective);

/* A call in the body where every parameter gives a share and takes a result. */
struct Collective {
    const Tree *tree;
    Combine *combine;
    Value *shares, *results; /* by move; results are NULL until combined */
};

/* The parameters that one `update` moves, whose runs depend on each other. */
struct Group {
    Moves *moves;
    Record *records; /* by move */
    int collective_count;
    Collective *collectives; /* in the order in which a body comes to them */
};

/* One run of the body for one parameter. */
struct OptimizerRun {
    Group *group;
    Move *move;
    Record *record;
    int state_count, stream_count, collective_count; /* that it has come to */
    const Frame *point_frame;                        /* of `at` */
    bool waits;
};

const Variable *moved_parameter(const Checker *checker) {
    return checker->frame->run->move->parameter;
}

bool run_waits(const Checker *checker) {
    return checker->frame->run && checker->frame->run->waits;
}

static Frame *optimizer_frame(const Checker *checker) {
    Frame *frame = checker->frame;
    while (frame->definition->kind != DEFINITION_OPTIMIZER)
        frame = frame->caller;
    return frame;
}

/* Runs a body in which `weight` and `grad` are bound; gives the new weight. */
static Value run_optimizer(Checker *checker, Frame *frame, Value weight, Value gradient) {
    scope_bind(checker, &frame->scope, "grad", gradient);
    scope_bind(checker, &frame->scope, "weight", weight)->variable = frame->run->move->parameter;
    run_body(checker, frame);
    return scope_find(&frame->scope, "weight")->value;
}

/* The value of `weight = e` or `grad = e`, in the parameter's shape. */
static Value handed_value(Checker *checker, const Tree *tree, int i) {
    Compiler *compiler = checker->compiler;
    Span at = tree->children[i]->span;
    Shape shape = moved_parameter(checker)->shape;
    Node *node = to_node(checker, evaluate(checker, tree->children[i]), at);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    set_span(checker, at);
    Node *fitted = node->batched ? NULL : fit_node(checker, node, shape);
    if (!fitted)
        return fail(checker, at, "'%s' has shape %s here, this has %s%s", tree->labels[i],
                    shape_text(compiler, shape), shape_text(compiler, node->shape),
                    node->batched ? " per example" : "");
    return value_node(fitted);
}

/* Reads the arguments of a call such as inner(weight = e): [0] the weight, [1] the gradient. */
static bool handed_values(Checker *checker, const Tree *tree, Value values[2]) {
    static const char *const names[2] = {"weight", "grad"};
    const Frame *frame = optimizer_frame(checker);
    for (int i = 0; i < 2; i++)
        values[i] = scope_find(&frame->scope, names[i])->value;
    for (int i = 0; i < tree->child_count; i++) {
        const char *label = tree->labels ? tree->labels[i] : NULL;
        int name = 0;
        while (name < 2 && (!label || strcmp(label, names[name]) != 0))
            name++;
        if (name == 2) {
            fail(checker, tree->children[i]->span,
                 "'%s' is an optimizer at work, it takes 'weight = ..' and 'grad = ..'",
                 tree->name);
            return false;
        }
        values[name] = handed_value(checker, tree, i);
    }
    return values[0].kind != VALUE_NONE && values[1].kind != VALUE_NONE;
}

Value apply_optimizer(Checker *checker, Value optimizer, const Tree *tree) {
    Value values[2];
    if (!handed_values(checker, tree, values))
        return (Value){.kind = VALUE_NONE};
    optimizer = with_arguments(checker, optimizer, tree->span);
    if (optimizer.kind == VALUE_NONE)
        return optimizer;
    Frame *frame = frame_apply(checker, optimizer, tree->span);
    return run_optimizer(checker, frame, values[0], values[1]);
}

static bool is_inside(const Frame *frame, const Frame *outer) {
    for (frame = frame->caller; frame && frame != outer;)
        frame = frame->caller;
    return frame == outer;
}

/* A point is the weight, moved by what was known before the step. What a nested optimizer says
   counts, for it moves on from what it is handed. */
void body_point(Checker *checker, const Statement *statement) {
    const Tree *tree = statement->values[0];
    Span at = tree->span;
    OptimizerRun *run = checker->frame->run;
    Move *move = run->move;
    unsigned allowed = ON_PARAM | ON_OPTIMIZER | ON_RANDOM | ON_COUNTER | ON_SETTING;
    const Frame *frame = optimizer_frame(checker);
    Node *node = to_node(checker, evaluate(checker, tree), at);
    if (!node)
        return;
    set_span(checker, at);
    Node *point = node->batched ? NULL : fit_node(checker, node, move->parameter->shape);
    if (!point)
        fail(checker, at, "'at' needs a value of the weight's shape %s, this has %s",
             shape_text(checker->compiler, move->parameter->shape),
             shape_text(checker->compiler, node->shape));
    else if (fact_of(checker, point).training & ~allowed)
        fail(checker, at,
             "'at' says where the gradient is taken, this depends on the gradient "
             "or on the data");
    else if (move->point && !is_inside(frame, run->point_frame))
        fail(checker, at, "a second 'at': the gradient of '%s' is taken at one point only",
             move->parameter->name);
    else
        move->point = point, run->point_frame = frame;
}

Variable *run_state(Checker *checker, const char *local, Shape shape) {
    OptimizerRun *run = checker->frame->run;
    Move *move = run->move;
    int number = run->state_count++;
    if (number < move->state_count)
        return move->states[number];
    const char *owner = move->parameter->name;
    const char *name = take_name(checker, format_text(checker->compiler, "%s.%s", owner, local));
    Variable *variable = graph_add_variable(checker->graph, VARIABLE_OPTIMIZER, name, shape);
    variable->owner = move->parameter;
    variable->node = graph_variable(checker->graph, variable);
    PUSH(checker->compiler, move->states, move->state_count, variable);
    return variable;
}

int next_stream(Checker *checker) {
    OptimizerRun *run = checker->frame->run;
    if (!run)
        return checker->graph->random_count++;
    Record *record = run->record;
    int number = run->stream_count++;
    if (number == record->stream_count)
        PUSH(checker->compiler, record->streams, record->stream_count,
             checker->graph->random_count++);
    return record->streams[number];
}

// What needs all parameters

static Collective *add_collective(Checker *checker, Group *group, const Tree *tree,
                                  Combine *combine) {
    Collective collective = {.tree = tree, .combine = combine};
    collective.shares = NEW_ARRAY(checker->compiler, Value, group->moves->count);
    PUSH(checker->compiler, group->collectives, group->collective_count, collective);
    return &group->collectives[group->collective_count - 1];
}

/* Gives this parameter's share. The result, or VALUE_NONE where the run has to wait for it. */
static Value take_part(Checker *checker, const Tree *tree, Value share, Combine *combine) {
    OptimizerRun *run = checker->frame->run;
    Group *group = run->group;
    int number = run->collective_count++, i = (int)(run->move - group->moves->items);
    if (share.kind == VALUE_NONE)
        return share;
    Collective *collective = number < group->collective_count
                                 ? &group->collectives[number]
                                 : add_collective(checker, group, tree, combine);
    if (collective->tree != tree)
        return fail(checker, tree->span, "%s: not all parameters come here as '%s' does",
                    tree->name, run->move->parameter->name);
    if (collective->results)
        return collective->results[i];
    collective->shares[i] = share;
    run->waits = true;
    return (Value){.kind = VALUE_NONE};
}

static void combine_total(Checker *checker, const Group *group, Collective *collective) {
    Value total = collective->shares[0];
    for (int i = 1; i < group->moves->count; i++) {
        Value operands[] = {total, collective->shares[i]};
        total = apply_map(checker, OP_ADD, operands, collective->tree->span, "total");
    }
    for (int i = 0; i < group->moves->count; i++)
        collective->results[i] = total;
}

/* Of the parameters before each one. */
static void combine_before(Checker *checker, const Group *group, Collective *collective) {
    Value total = value_number(0);
    for (int i = 0; i < group->moves->count; i++) {
        Value operands[] = {total, collective->shares[i]};
        collective->results[i] = total;
        total = apply_map(checker, OP_ADD, operands, collective->tree->span, "total");
    }
}

Value expand_total(Call *call) {
    Checker *checker = call->checker;
    Value share = call->named[0];
    Span at = call->named_spans[0];
    double before = 0;
    if (call->named[1].kind != VALUE_ABSENT &&
        !to_number(checker, call->named[1], call->named_spans[1], &before))
        return (Value){.kind = VALUE_NONE};
    Combine *combine = before != 0 ? combine_before : combine_total;
    if (!checker->frame->run)
        return fail(checker, call->tree->span,
                    "'total' adds up over the parameters, in optimizers only");
    if (share.kind == VALUE_NUMBER)
        return take_part(checker, call->tree, share, combine);
    Node *node = to_node(checker, share, at);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    if (shape_count(node->shape) != 1 || node->batched) {
        fail(checker, at, "total adds one number per parameter, this has shape %s%s",
             shape_text(checker->compiler, node->shape), node->batched ? " per example" : "");
        hint(checker->compiler, "sum(..) makes one of them");
        return (Value){.kind = VALUE_NONE};
    }
    set_span(checker, call->tree->span);
    share = value_node(fit_node(checker, node, (Shape){0}));
    return take_part(checker, call->tree, share, combine);
}

/* Each parameter's part of the Hessian's product with the shares. */
static void combine_hessian(Checker *checker, const Group *group, Collective *collective) {
    Graph *graph = checker->graph;
    int count = group->moves->count;
    Direction direction = {.count = count};
    direction.variables = NEW_ARRAY(checker->compiler, Variable *, count);
    direction.nodes = NEW_ARRAY(checker->compiler, Node *, count);
    for (int i = 0; i < count; i++) {
        Node *product = graph_given(graph, GIVEN_PRODUCT);
        product->number = graph->direction_count;
        product->variable = group->moves->items[i].parameter;
        product->shape = product->variable->shape;
        direction.variables[i] = product->variable;
        direction.nodes[i] = collective->shares[i].node;
        collective->results[i] = value_node(product);
    }
    PUSH(checker->compiler, graph->directions, graph->direction_count, direction);
}

Value expand_hessian(Call *call) {
    Checker *checker = call->checker;
    Compiler *compiler = checker->compiler;
    Span at = call->named_spans[0];
    if (!checker->frame->run)
        return fail(checker, call->tree->span,
                    "'hessian' multiplies with the Hessian by the parameters, in optimizers only");
    Node *node = to_node(checker, call->named[0], at);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    set_span(checker, at);
    Shape shape = moved_parameter(checker)->shape;
    Node *direction = node->batched ? NULL : fit_node(checker, node, shape);
    if (!direction)
        return fail(checker, at, "hessian: needs a value of the weight's shape %s, this has %s%s",
                    shape_text(compiler, shape), shape_text(compiler, node->shape),
                    node->batched ? " per example" : "");
    return take_part(checker, call->tree, value_node(direction), combine_hessian);
}

// The rounds

/* Runs the body for one parameter. False where it was left, to wait for the others. */
static bool run_move(Checker *checker, Value optimizer, Group *group, int i, Span at) {
    Graph *graph = checker->graph;
    Move *move = &group->moves->items[i];
    Record *record = &group->records[i];
    OptimizerRun *run = NEW(checker->compiler, OptimizerRun);
    *run = (OptimizerRun){.group = group, .move = move, .record = record};
    graph->at = at;
    if (!record->gradient) {
        record->gradient = graph_given(graph, GIVEN_GRADIENT);
        record->gradient->shape = move->parameter->shape;
        record->gradient->variable = move->parameter;
    }
    move->point = NULL;
    Frame *frame = frame_apply(checker, optimizer, at);
    frame->run = run;
    Value weight = run_optimizer(checker, frame, value_node(move->parameter->node),
                                 value_node(record->gradient));
    move->next = weight.node;
    return !run->waits;
}

/* How many parameters wait for the others. firsts: the first that waits and the first that does
   not. */
static int run_round(Checker *checker, Value optimizer, Group *group, Span at,
                     const Move *firsts[2]) {
    int count = 0;
    firsts[0] = firsts[1] = NULL;
    for (int i = 0; i < group->moves->count && checker->compiler->error_count == 0; i++) {
        bool is_done = run_move(checker, optimizer, group, i, at);
        count += !is_done;
        if (!firsts[is_done])
            firsts[is_done] = &group->moves->items[i];
    }
    return count;
}

void run_moves(Checker *checker, Value optimizer, Moves *moves, Span at) {
    const Move *firsts[2];
    Group group = {.moves = moves};
    group.records = NEW_ARRAY(checker->compiler, Record, moves->count);
    while (run_round(checker, optimizer, &group, at, firsts) > 0 &&
           checker->compiler->error_count == 0) {
        Collective *collective = &group.collectives[group.collective_count - 1];
        if (firsts[1]) {
            error_at(checker->compiler, user_span(checker, at),
                     "%s: '%s' comes to this, '%s' does not", collective->tree->name,
                     firsts[0]->parameter->name, firsts[1]->parameter->name);
            break;
        }
        collective->results = NEW_ARRAY(checker->compiler, Value, moves->count);
        collective->combine(checker, &group, collective);
    }
}
