/* Optimizers at work. In: an optimizer with its arguments and the parameters that it moves. Out: of
   each parameter the new value, the states that belong to it, and the point at which its gradient
   is taken.

   The body runs once per parameter. Where it needs what all of them know, such as a total, the runs
   meet: each gives its share and is left; when all have, they start anew, and there is an answer. */

#include "expand/calls.h"

#include <string.h>

static Frame *optimizer_frame(const Checker *checker) {
    Frame *frame = checker->frame;
    while (frame->definition->kind != DEFINITION_OPTIMIZER)
        frame = frame->caller;
    return frame;
}

/* Runs a body in which `weight` and `grad` are bound; gives the new weight. */
static Value run_optimizer(Checker *checker, Frame *frame, Value weight, Value gradient) {
    scope_bind(checker, &frame->scope, "grad", gradient);
    scope_bind(checker, &frame->scope, "weight", weight)->variable = checker->move->parameter;
    run_body(checker, frame);
    return scope_find(&frame->scope, "weight")->value;
}

/* The value of `weight = e` or `grad = e`, in the parameter's shape. */
static Value handed_value(Checker *checker, const Tree *tree, int i) {
    Compiler *compiler = checker->compiler;
    Span at = tree->children[i]->place;
    Shape shape = checker->move->parameter->shape;
    Node *node = to_node(checker, evaluate(checker, tree->children[i]), at);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    place_nodes(checker, at);
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
            fail(checker, tree->children[i]->place,
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
    optimizer = with_arguments(checker, optimizer, tree->place);
    if (optimizer.kind == VALUE_NONE)
        return optimizer;
    Frame *frame = frame_apply(checker, optimizer, tree->place);
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
    Span at = tree->place;
    Move *move = checker->move;
    unsigned allowed = ON_PARAM | ON_OPTIMIZER | ON_RANDOM | ON_COUNTER | ON_SETTING;
    const Frame *frame = optimizer_frame(checker);
    Node *node = to_node(checker, evaluate(checker, tree), at);
    if (!node)
        return;
    place_nodes(checker, at);
    Node *point = node->batched ? NULL : fit_node(checker, node, move->parameter->shape);
    if (!point)
        fail(checker, at, "'at' needs a value of the weight's shape %s, this has %s",
             shape_text(checker->compiler, move->parameter->shape),
             shape_text(checker->compiler, node->shape));
    else if (fact_of(checker, point).training & ~allowed)
        fail(checker, at,
             "'at' says where the gradient is taken, this depends on the gradient "
             "or on the data");
    else if (move->point && !is_inside(frame, move->point_frame))
        fail(checker, at, "a second 'at': the gradient of '%s' is taken at one point only",
             move->parameter->name);
    else
        move->point = point, move->point_frame = frame;
}

Variable *move_state(Checker *checker, const char *local, Shape shape) {
    Move *move = checker->move;
    if (move->next_state < move->state_count)
        return move->states[move->next_state++];
    const char *owner = move->parameter->name;
    const char *name = take_name(checker, format_text(checker->compiler, "%s.%s", owner, local));
    Variable *variable = graph_add_variable(checker->graph, VARIABLE_OPTIMIZER, name, shape);
    variable->owner = move->parameter;
    variable->node = graph_variable(checker->graph, variable);
    PUSH(checker->compiler, move->states, move->state_count, variable);
    move->next_state++;
    return variable;
}

int next_stream(Checker *checker) {
    Move *move = checker->move;
    if (move && move->next_random < move->random_count)
        return move->randoms[move->next_random++];
    int stream = checker->graph->random_count++;
    if (move) {
        PUSH(checker->compiler, move->randoms, move->random_count, stream);
        move->next_random++;
    }
    return stream;
}

// What needs all parameters

static Meeting *add_meeting(Checker *checker, const Tree *tree, Settle *settle) {
    Moves *moves = checker->moves;
    Meeting meeting = {.tree = tree, .settle = settle};
    meeting.shares = NEW_ARRAY(checker->compiler, Value, moves->count);
    PUSH(checker->compiler, moves->meetings, moves->meeting_count, meeting);
    return &moves->meetings[moves->meeting_count - 1];
}

Value meet(Checker *checker, const Tree *tree, Value share, Settle *settle) {
    Move *move = checker->move;
    Moves *moves = checker->moves;
    int number = move->next_meeting++;
    if (share.kind == VALUE_NONE)
        return share;
    Meeting *meeting = number < moves->meeting_count ? &moves->meetings[number]
                                                     : add_meeting(checker, tree, settle);
    if (meeting->tree != tree)
        return fail(checker, tree->place, "%s: not all parameters come here as '%s' does",
                    tree->name, move->parameter->name);
    if (meeting->results)
        return meeting->results[move - moves->items];
    meeting->shares[move - moves->items] = share;
    checker->waits = true;
    return (Value){.kind = VALUE_NONE};
}

static void settle_total(Checker *checker, Meeting *meeting) {
    Value total = meeting->shares[0];
    for (int i = 1; i < checker->moves->count; i++) {
        Value operands[] = {total, meeting->shares[i]};
        total = apply_map(checker, OP_ADD, operands, meeting->tree->place, "total");
    }
    for (int i = 0; i < checker->moves->count; i++)
        meeting->results[i] = total;
}

/* Of the parameters before each one. */
static void settle_total_before(Checker *checker, Meeting *meeting) {
    Value total = value_number(0);
    for (int i = 0; i < checker->moves->count; i++) {
        Value operands[] = {total, meeting->shares[i]};
        meeting->results[i] = total;
        total = apply_map(checker, OP_ADD, operands, meeting->tree->place, "total");
    }
}

Value expand_total(Call *call) {
    Checker *checker = call->checker;
    Value share = call->named[0];
    Span at = call->named_places[0];
    double before = 0;
    if (call->named[1].kind != VALUE_ABSENT &&
        !to_number(checker, call->named[1], call->named_places[1], &before))
        return (Value){.kind = VALUE_NONE};
    Settle *settle = before != 0 ? settle_total_before : settle_total;
    if (!checker->move)
        return fail(checker, call->tree->place,
                    "'total' adds up over the parameters, in optimizers only");
    if (share.kind == VALUE_NUMBER)
        return meet(checker, call->tree, share, settle);
    Node *node = to_node(checker, share, at);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    if (shape_count(node->shape) != 1 || node->batched) {
        fail(checker, at, "total adds one number per parameter, this has shape %s%s",
             shape_text(checker->compiler, node->shape), node->batched ? " per example" : "");
        hint(checker->compiler, "sum(..) makes one of them");
        return (Value){.kind = VALUE_NONE};
    }
    place_nodes(checker, call->tree->place);
    share = value_node(fit_node(checker, node, (Shape){0}));
    return meet(checker, call->tree, share, settle);
}

/* Each parameter's part of the Hessian's product with the shares. */
static void settle_hessian(Checker *checker, Meeting *meeting) {
    Graph *graph = checker->graph;
    int count = checker->moves->count;
    Direction direction = {.count = count};
    direction.variables = NEW_ARRAY(checker->compiler, Variable *, count);
    direction.nodes = NEW_ARRAY(checker->compiler, Node *, count);
    for (int i = 0; i < count; i++) {
        Node *product = graph_given(graph, GIVEN_PRODUCT);
        product->number = graph->direction_count;
        product->variable = checker->moves->items[i].parameter;
        product->shape = product->variable->shape;
        direction.variables[i] = product->variable;
        direction.nodes[i] = meeting->shares[i].node;
        meeting->results[i] = value_node(product);
    }
    PUSH(checker->compiler, graph->directions, graph->direction_count, direction);
}

Value expand_hessian(Call *call) {
    Checker *checker = call->checker;
    Compiler *compiler = checker->compiler;
    Span at = call->named_places[0];
    if (!checker->move)
        return fail(checker, call->tree->place,
                    "'hessian' multiplies with the Hessian by the parameters, in optimizers only");
    Node *node = to_node(checker, call->named[0], at);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    place_nodes(checker, at);
    Shape shape = checker->move->parameter->shape;
    Node *direction = node->batched ? NULL : fit_node(checker, node, shape);
    if (!direction)
        return fail(checker, at, "hessian: needs a value of the weight's shape %s, this has %s%s",
                    shape_text(compiler, shape), shape_text(compiler, node->shape),
                    node->batched ? " per example" : "");
    return meet(checker, call->tree, value_node(direction), settle_hessian);
}

// The rounds

static void run_move(Checker *checker, Value optimizer, Move *move, Span at) {
    Graph *graph = checker->graph;
    move->next_state = move->next_random = move->next_meeting = 0;
    move->point = NULL;
    checker->move = move;
    graph->at = at;
    if (!move->gradient) {
        move->gradient = graph_given(graph, GIVEN_GRADIENT);
        move->gradient->shape = move->parameter->shape;
        move->gradient->variable = move->parameter;
    }
    Frame *frame = frame_apply(checker, optimizer, at);
    Value weight = run_optimizer(checker, frame, value_node(move->parameter->node),
                                 value_node(move->gradient));
    move->next = weight.node;
    checker->move = NULL;
}

/* How many parameters wait for the others; the first that does and the first that does not. */
static int run_round(Checker *checker, Value optimizer, Span at, const Move *firsts[2]) {
    Moves *moves = checker->moves;
    int count = 0;
    firsts[0] = firsts[1] = NULL;
    for (int i = 0; i < moves->count && checker->compiler->error_count == 0; i++) {
        checker->waits = false;
        run_move(checker, optimizer, &moves->items[i], at);
        count += checker->waits;
        if (!firsts[!checker->waits])
            firsts[!checker->waits] = &moves->items[i];
    }
    checker->waits = false;
    return count;
}

void run_moves(Checker *checker, Value optimizer, Moves *moves, Span at) {
    const Move *firsts[2];
    checker->moves = moves;
    while (run_round(checker, optimizer, at, firsts) > 0 && checker->compiler->error_count == 0) {
        Meeting *meeting = &moves->meetings[moves->meeting_count - 1];
        if (firsts[1]) {
            error_at(checker->compiler, user_place(checker, at),
                     "%s: '%s' comes to this, '%s' does not", meeting->tree->name,
                     firsts[0]->parameter->name, firsts[1]->parameter->name);
            break;
        }
        meeting->results = NEW_ARRAY(checker->compiler, Value, moves->count);
        meeting->settle(checker, meeting);
    }
    checker->moves = NULL;
}
