/* Optimizers at work. In: an optimizer with its arguments and the parameters that it moves. Out: of
   each parameter the new value, the states that belong to it, and the point at which its gradient
   is taken.

   The body runs once per parameter. But the value of a collective, such as total(sum(grad * grad)),
   depends on all parameters: the norm of all gradients, say. So a run that comes to a call of one,
   which collective.c finds, evaluates what it adds, its share, and waits. When all runs wait at
   that call, its value is computed from their shares, and they go on, to the next call or to the
   end. A run that waits is data: the bodies that it is in, the next statement of each, and, in
   their frames, the values of those parts of that statement that were evaluated before the call.
   Nothing is evaluated twice. At last sort_nodes.c sorts the nodes. */

#include "expand/runs.h"

#include <string.h>

const Variable *moved_parameter(const Checker *checker) {
    return checker->frame->run->move->parameter;
}

static Frame *optimizer_frame(const Checker *checker) {
    Frame *frame = checker->frame;
    while (frame->definition->kind != DEFINITION_OPTIMIZER)
        frame = frame->caller;
    return frame;
}

static Value new_weight(const Frame *frame) {
    return scope_find(&frame->scope, "weight")->value;
}

/* A frame in which `weight` and `grad` are bound. */
static Frame *weight_frame(Checker *checker, Value optimizer, OptimizerRun *run, Value weight,
                           Value gradient, Span call) {
    Frame *frame = frame_apply(checker, optimizer, call);
    frame->run = run;
    scope_bind(checker, &frame->scope, "grad", gradient);
    scope_bind(checker, &frame->scope, "weight", weight)->variable = run->move->parameter;
    return frame;
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

const Value *called_optimizer(const Checker *checker, const Tree *tree) {
    const Binding *binding = checker->frame->run ? find_value(checker, tree->name) : NULL;
    bool is_optimizer = binding && binding->value.kind == VALUE_DEFINITION &&
                        binding->value.definition->kind == DEFINITION_OPTIMIZER;
    return is_optimizer ? &binding->value : NULL;
}

/* The frame of an optimizer that is called in another one's body; NULL after a message. */
static Frame *handed_frame(Checker *checker, Value optimizer, const Tree *tree) {
    Value values[2];
    if (!handed_values(checker, tree, values))
        return NULL;
    optimizer = with_arguments(checker, optimizer, tree->span);
    if (optimizer.kind == VALUE_NONE)
        return NULL;
    return weight_frame(checker, optimizer, checker->frame->run, values[0], values[1], tree->span);
}

Value apply_optimizer(Checker *checker, Value optimizer, const Tree *tree) {
    Frame *frame = handed_frame(checker, optimizer, tree);
    if (!frame)
        return (Value){.kind = VALUE_NONE};
    run_body(checker, frame);
    return new_weight(frame);
}

static bool is_inside(const Frame *frame, const Frame *outer) {
    for (frame = frame->caller; frame && frame != outer;)
        frame = frame->caller;
    return frame == outer;
}

/* `at point`: the gradient is taken at this value, not at the weight. It is made of what is known
   before the gradient: the weight and the optimizer's states. An optimizer that is called after its
   caller's `at` may have one, too, which replaces that: it computes its point from the weight that
   the caller hands to it, and so from where the caller has moved to. */
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
    learn_nodes(checker);
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

Variable *make_moved_state(Checker *checker, const char *local, Shape shape) {
    Move *move = checker->frame->run->move;
    const char *owner = move->parameter->name;
    const char *name = take_name(checker, format_text(checker->compiler, "%s.%s", owner, local));
    Variable *variable = graph_add_variable(checker->graph, VARIABLE_OPTIMIZER, name, shape);
    variable->owner = move->parameter;
    variable->node = graph_variable(checker->graph, variable);
    PUSH(checker->compiler, move->states, move->state_count, variable);
    return variable;
}

// A run, statement by statement

static Body *last_body(const OptimizerRun *run) {
    return &run->bodies[run->body_count - 1];
}

void give_share(Checker *checker, const Tree *call, Value share, Combine *combine) {
    OptimizerRun *run = checker->frame->run;
    if (checker->frame != last_body(run)->frame) {
        fail(checker, call->span,
             "'%s' cannot stand in a block, an initializer, a default of an optimizer or a "
             "function with 'deriv'",
             call->name);
        hint(checker->compiler, "its value can be handed on: n = %s(..) in the optimizer's body",
             call->name);
        return;
    }
    run->collective = call;
    run->share = share;
    run->combine = combine;
}

/* Begins the body that the call is of; `frame` is NULL after a message. */
static void begin_body(Checker *checker, OptimizerRun *run, const Tree *call, Frame *frame,
                       const Argument *arguments) {
    Body body = {.frame = frame, .call = call, .arguments = arguments};
    body.errors = checker->compiler->error_count;
    if (frame)
        PUSH(checker->compiler, run->bodies, run->body_count, body);
    else
        keep_value(checker, checker->frame, call, (Value){.kind = VALUE_NONE});
}

/* Comes to the call of a collective: `total` or `hessian`, or one with a body. */
static void come_to(Checker *checker, OptimizerRun *run, const Tree *call) {
    const Value *optimizer = called_optimizer(checker, call);
    Value callee = callee_of(checker, call->name);
    if (optimizer) {
        begin_body(checker, run, call, handed_frame(checker, *optimizer, call), NULL);
    } else if (callee.kind == VALUE_BUILTIN) {
        Value none = expand_builtin(checker, callee.builtin, call);
        if (!run->collective)
            keep_value(checker, checker->frame, call, none);
    } else {
        Frame *frame = frame_new(checker, callee.definition, call->span);
        const Argument *arguments = call_arguments(checker, frame, call);
        begin_body(checker, run, call, arguments ? frame : NULL, arguments);
    }
}

/* The collective that an argument comes to as it is bound, in its default or its sizes. */
static const Tree *collective_of_argument(Checker *checker, const Body *body) {
    const Parameter *parameter = &body->frame->definition->parameters[body->bound];
    const Tree *call = NULL;
    if (body->arguments[body->bound].value.kind == VALUE_ABSENT)
        call = next_collective(checker, parameter->initial);
    for (int i = 0; i < parameter->rank && !call; i++)
        call = next_collective(checker, parameter->sizes[i]);
    return call;
}

/* Ends the last body; its result is the value of the call in the body that called it, or the new
   weight of the run. */
static void drop_body(Checker *checker, OptimizerRun *run, Value result) {
    const Body *body = last_body(run);
    if (body->call)
        keep_value(checker, body->frame->caller, body->call, result);
    else
        run->move->next = result.node;
    run->body_count--;
}

static void go_on_binding(Checker *checker, OptimizerRun *run) {
    Body *body = last_body(run);
    const Tree *call = collective_of_argument(checker, body);
    if (call) {
        come_to(checker, run, call);
        return;
    }
    int i = body->bound++;
    Frame *inside = enter_frame(checker, body->frame->caller);
    bool is_good = bind_argument(checker, body->frame, i, &body->arguments[i]);
    if (is_good && body->bound == body->frame->definition->parameter_count)
        is_good = check_arguments(checker, body->frame, body->call);
    leave_frame(checker, inside);
    if (!is_good)
        drop_body(checker, run, (Value){.kind = VALUE_NONE});
}

/* Evaluates a statement, or what of it comes before a collective. */
static void go_on_statement(Checker *checker, OptimizerRun *run) {
    Body *body = last_body(run);
    const Statement *statement = body->frame->definition->body[body->done];
    bool is_state = statement->kind == STATEMENT_STATE;
    Frame *frame = body->frame;
    Value weight = is_state ? read_first_weight(frame) : (Value){.kind = VALUE_ABSENT};
    const Tree *call = next_collective(checker, statement->values[0]);
    if (call)
        come_to(checker, run, call);
    read_weight(frame, weight);
    for (int i = 0; i < statement->size_count && !call; i++) {
        call = next_collective(checker, statement->sizes[i]);
        if (call)
            come_to(checker, run, call);
    }
    if (call)
        return;
    body->done++;
    body->result = run_statement(checker, frame, statement);
}

static void end_body(Checker *checker, OptimizerRun *run) {
    const Body *body = last_body(run);
    bool is_optimizer = body->frame->definition->kind == DEFINITION_OPTIMIZER;
    if (body->errors == checker->compiler->error_count)
        check_assigned(checker, body->frame);
    drop_body(checker, run, is_optimizer ? new_weight(body->frame) : body->result);
}

static void go_on(Checker *checker, OptimizerRun *run) {
    while (run->body_count > 0 && !run->collective) {
        const Body *body = last_body(run);
        const Definition *definition = body->frame->definition;
        Frame *outside = enter_frame(checker, body->frame);
        if (body->arguments && body->bound < definition->parameter_count)
            go_on_binding(checker, run);
        else if (body->done < definition->body_count)
            go_on_statement(checker, run);
        else
            end_body(checker, run);
        leave_frame(checker, outside);
    }
}

static void begin_run(Checker *checker, Value optimizer, OptimizerRun *run, Span at) {
    Graph *graph = checker->graph;
    Variable *parameter = run->move->parameter;
    graph->at = at;
    Node *gradient = graph_given(graph, GIVEN_GRADIENT);
    gradient->shape = parameter->shape;
    gradient->variable = parameter;
    Frame *frame = weight_frame(checker, optimizer, run, value_node(parameter->node),
                                value_node(gradient), at);
    begin_body(checker, run, NULL, frame, NULL);
}

// All runs

/* Reports a run that waits at another call than the first one that waits. */
static void check_meeting(Checker *checker, Runs *runs, const OptimizerRun *run) {
    const Tree *call = run->collective;
    if (call && !runs->waiting)
        runs->waiting = run;
    if (!call || call == runs->waiting->collective)
        return;
    Frame *outside = enter_frame(checker, last_body(run)->frame);
    fail(checker, call->span, "%s: not all parameters come here as '%s' does", call->name,
         run->move->parameter->name);
    leave_frame(checker, outside);
}

/* Until the run is done or waits; all nodes from `first` on are its own. */
static void visit(Checker *checker, Runs *runs, OptimizerRun *run, int first) {
    go_on(checker, run);
    check_meeting(checker, runs, run);
    NodeRange range = {first, checker->graph->node_count};
    PUSH(checker->compiler, run->ranges, run->range_count, range);
}

/* The first run that does not wait, so that it is done; NULL where all wait. */
static const OptimizerRun *find_done(const Runs *runs) {
    for (int i = 0; i < runs->moves->count; i++)
        if (!runs->runs[i].collective)
            return &runs->runs[i];
    return NULL;
}

/* Gives the call at which all runs wait its value in each of them. False where none waits, or not
   all do. */
static bool meet(Checker *checker, Runs *runs, Span at) {
    int count = runs->moves->count;
    const OptimizerRun *waiting = runs->waiting, *done = find_done(runs);
    if (waiting && done)
        error_at(checker->compiler, user_span(checker, at), "%s: '%s' comes to this, '%s' does not",
                 waiting->collective->name, waiting->move->parameter->name,
                 done->move->parameter->name);
    if (!waiting || done)
        return false;
    const Tree *call = waiting->collective;
    Value *shares = NEW_ARRAY(checker->compiler, Value, count);
    Value *results = NEW_ARRAY(checker->compiler, Value, count);
    Meeting meeting = {.made = {.first = checker->graph->node_count}};
    meeting.shares = NEW_ARRAY(checker->compiler, Node *, count);
    meeting.results = NEW_ARRAY(checker->compiler, Node *, count);
    for (int i = 0; i < count; i++) {
        shares[i] = runs->runs[i].share;
        meeting.shares[i] = shares[i].node;
    }
    waiting->combine(checker, runs->moves, call->span, shares, results);
    meeting.made.end = checker->graph->node_count;
    for (int i = 0; i < count; i++) {
        keep_value(checker, last_body(&runs->runs[i])->frame, call, results[i]);
        runs->runs[i].collective = NULL;
        meeting.results[i] = results[i].node;
    }
    runs->waiting = NULL;
    PUSH(checker->compiler, runs->meetings, runs->meeting_count, meeting);
    return true;
}

void run_moves(Checker *checker, Value optimizer, Moves *moves, Span at) {
    const int *errors = &checker->compiler->error_count;
    int first = checker->graph->node_count;
    Runs runs = {.moves = moves};
    runs.runs = NEW_ARRAY(checker->compiler, OptimizerRun, moves->count);
    for (int i = 0; i < moves->count && *errors == 0; i++) {
        int begin = checker->graph->node_count;
        runs.runs[i].move = &moves->items[i];
        begin_run(checker, optimizer, &runs.runs[i], at);
        visit(checker, &runs, &runs.runs[i], begin);
    }
    while (*errors == 0 && meet(checker, &runs, at))
        for (int i = 0; i < moves->count && *errors == 0; i++)
            visit(checker, &runs, &runs.runs[i], checker->graph->node_count);
    if (*errors == 0 && runs.meeting_count > 0)
        sort_nodes(checker, &runs, (NodeRange){first, checker->graph->node_count});
}
