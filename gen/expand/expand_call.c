/* Calls of definitions. In: a call, or a definition that has its arguments. Out: what the body
   returns, with everything that it makes in the graph. A body sees its parameters, its own
   values and, unless it is the prelude's, the model's values. */

#include "expand/calls.h"

#include <string.h>

enum { MAX_CALLS = 100 * 1000, MAX_RECURSION = 100 };

Frame *enter_frame(Checker *checker, Frame *frame) {
    Frame *outside = checker->frame;
    checker->frame = frame;
    return outside;
}

void leave_frame(Checker *checker, Frame *outside) {
    checker->frame = outside;
}

/* A definition may call itself where a condition that is known ends it. Reported where the first
   call of the kind stands. */
static void check_recursion(Checker *checker, const Frame *frame) {
    const Frame *second = frame, *first = NULL;
    int calls = 0;
    for (const Frame *outer = frame->caller; outer->definition; outer = outer->caller) {
        if (outer->definition != frame->definition)
            continue;
        second = first ? first : frame;
        first = outer;
        calls++;
    }
    if (calls <= MAX_RECURSION)
        return;
    const char *name = frame->definition->name;
    enter_frame(checker, second->caller);
    fail(checker, second->call,
         first == second->caller ? "'%s' calls itself more than %d deep"
                                 : "'%s' calls itself through others more than %d deep",
         name, MAX_RECURSION);
    hint(checker->compiler,
         "a definition is expanded at every call; where(n > 0, .., ..) of a number n can end it");
    longjmp(checker->compiler->stop, 1);
}

bool is_of_prelude(const Definition *definition) {
    return definition->name_span.source && definition->name_span.source->is_prelude;
}

Frame *frame_new(Checker *checker, const Definition *definition, Span call) {
    if (++checker->effort.calls > MAX_CALLS)
        limit_at(checker->compiler, user_span(checker, call), "the model makes more than %d calls",
                 MAX_CALLS);
    Frame *frame = NEW(checker->compiler, Frame);
    frame->caller = checker->frame;
    frame->depth = checker->frame->depth + 1;
    frame->definition = definition;
    frame->is_prelude = is_of_prelude(definition);
    frame->run = frame->caller->run;
    frame->call = call;
    frame->user_call = user_span(checker, call);
    frame->model_call = frame->caller->definition ? frame->caller->model_call : call;
    check_recursion(checker, frame);
    return frame;
}

Frame *frame_apply(Checker *checker, Value partial, Span call) {
    Frame *frame = frame_new(checker, partial.definition, call);
    const Scope *scope = &partial.arguments->scope;
    for (int i = 0; i < scope->capacity; i++)
        if (scope->slots[i])
            scope_bind(checker, &frame->scope, scope->slots[i]->name, scope->slots[i]->value);
    return frame;
}

static int parameter_by_name(const Definition *definition, const char *name) {
    for (int i = 0; i < definition->parameter_count; i++)
        if (strcmp(definition->parameters[i].name, name) == 0)
            return i;
    return -1;
}

/* The parameter that argument i of a call is for, or -1 after a message. */
static int parameter_of(Checker *checker, const Definition *definition, const Tree *tree, int i) {
    const char *label = tree->labels ? tree->labels[i] : NULL;
    int count = definition->parameter_count;
    if (!label && i < count)
        return i;
    if (!label) {
        fail(checker, tree->children[i]->span, "%s takes %d argument%s, this is number %d",
             definition->name, count, count == 1 ? "" : "s", i + 1);
        return -1;
    }
    int parameter = parameter_by_name(definition, label);
    if (parameter >= 0)
        return parameter;
    const char **names = NEW_ARRAY(checker->compiler, const char *, count);
    for (int j = 0; j < count; j++)
        names[j] = definition->parameters[j].name;
    fail(checker, tree->label_spans[i], "%s has no argument '%s'", definition->name, label);
    hint_argument(checker->compiler, definition->name, label, names, count);
    return -1;
}

/* Whether the size at one axis is as declared: a new name is bound to it, anything else must be
   equal. */
static bool fit_size(Checker *checker, const Parameter *parameter, int axis, Argument argument) {
    const Tree *declared = parameter->sizes[axis];
    Scope *scope = &checker->frame->scope;
    int64_t size = argument.value.node->shape.size[axis], expected;
    if (declared->kind == TREE_NAME && !scope_find(scope, declared->name)) {
        scope_bind(checker, scope, declared->name, value_number((double)size))->span =
            declared->span;
        return true;
    }
    if (!to_whole(checker, evaluate(checker, declared), declared->span, &expected))
        return false;
    if (expected != size)
        fail(checker, argument.span, "'%s' must have size %lld at axis %d, this has shape %s",
             parameter->name, (long long)expected, axis,
             shape_text(checker->compiler, argument.value.node->shape));
    return expected == size;
}

/* `y[shape(p)]`: one expression that is a list stands for all sizes. */
static bool is_whole_shape(Checker *checker, const Parameter *parameter, Value *list) {
    const Tree *declared = parameter->rank == 1 ? parameter->sizes[0] : NULL;
    if (!declared || declared->kind == TREE_NUMBER)
        return false;
    const Binding *binding =
        scope_find(&checker->frame->scope, declared->name ? declared->name : "");
    if (declared->kind == TREE_NAME)
        *list = binding ? binding->value : (Value){.kind = VALUE_NUMBER};
    else
        *list = evaluate(checker, declared);
    return list->kind == VALUE_LIST;
}

static Value fit_whole_shape(Checker *checker, const Parameter *parameter, Value list,
                             Argument argument) {
    Shape shape, given = argument.value.node->shape;
    if (!to_shape(checker, list, parameter->sizes[0]->span, &shape))
        return (Value){.kind = VALUE_NONE};
    if (shape_equal(given, shape))
        return argument.value;
    if (shape_count(given) == 1 && shape_count(shape) == 1)
        return value_node(graph_reshape(checker->graph, argument.value.node, shape));
    Compiler *compiler = checker->compiler;
    return fail(checker, argument.span, "'%s' must have shape %s, this has %s", parameter->name,
                shape_text(compiler, shape), shape_text(compiler, given));
}

static Value wrong_rank(Checker *checker, const Parameter *parameter, Shape given, Span at) {
    Compiler *compiler = checker->compiler;
    const char *shape = shape_text(compiler, given);
    if (parameter->rank == 0)
        fail(checker, at, "'%s' must be one number, this has shape %s", parameter->name, shape);
    else
        fail(checker, at, "'%s' must have %d ax%s, this has shape %s", parameter->name,
             parameter->rank, parameter->rank == 1 ? "is" : "es", shape);
    if (parameter->rank == 1)
        hint(compiler, "reshape(.., [%lld]) makes one axis of it", (long long)shape_count(given));
    return (Value){.kind = VALUE_NONE};
}

/* The argument in the shape that the parameter declares. One value fits every shape of one
   value. */
static Value fit_argument(Checker *checker, const Parameter *parameter, Argument argument) {
    Node *node = to_node(checker, argument.value, argument.span);
    Value list;
    if (!node)
        return (Value){.kind = VALUE_NONE};
    set_span(checker, argument.span);
    argument.value = value_node(node);
    if (is_whole_shape(checker, parameter, &list))
        return fit_whole_shape(checker, parameter, list, argument);
    if (node->shape.rank != parameter->rank) {
        if (shape_count(node->shape) != 1 || parameter->rank > MAX_RANK)
            return wrong_rank(checker, parameter, node->shape, argument.span);
        Shape ones = {.rank = parameter->rank, .size = {1, 1, 1, 1, 1, 1}};
        argument.value = value_node(graph_reshape(checker->graph, node, ones));
    }
    for (int axis = 0; axis < parameter->rank; axis++)
        if (!fit_size(checker, parameter, axis, argument))
            return (Value){.kind = VALUE_NONE};
    return argument.value;
}

/* Binds one parameter to its argument or its default. False after a message. */
static bool bind_parameter(Checker *checker, Frame *frame, int i, const Argument *argument) {
    const Parameter *parameter = &frame->definition->parameters[i];
    Value value = argument->value;
    if (value.kind == VALUE_ABSENT)
        value = evaluate(checker, parameter->initial);
    if (parameter->has_shape && value.kind != VALUE_NONE)
        value = fit_argument(checker, parameter, (Argument){value, argument->span, NULL});
    scope_bind(checker, &frame->scope, parameter->name, value)->span = parameter->span;
    return value.kind != VALUE_NONE;
}

/* Evaluates argument i of a call and puts it where its parameter is. False after a message. */
static bool take_argument(Checker *checker, const Definition *definition, const Tree *tree, int i,
                          Argument *arguments) {
    int number = parameter_of(checker, definition, tree, i);
    if (number < 0)
        return false;
    if (arguments[number].value.kind != VALUE_ABSENT) {
        fail(checker, tree->children[i]->span, "%s gets the argument '%s' twice", definition->name,
             definition->parameters[number].name);
        return false;
    }
    const Tree *argument = tree->children[i];
    arguments[number] = (Argument){evaluate(checker, argument), argument->span, argument};
    return arguments[number].value.kind != VALUE_NONE;
}

Argument *call_arguments(Checker *checker, const Frame *frame, const Tree *tree) {
    const Definition *definition = frame->definition;
    int count = definition->parameter_count;
    bool is_good = true;
    Argument *arguments = NEW_ARRAY(checker->compiler, Argument, count);
    for (int i = 0; i < count; i++)
        arguments[i] = (Argument){{.kind = VALUE_ABSENT}, frame->call, NULL};
    for (int i = 0; tree && i < tree->child_count; i++)
        is_good &= take_argument(checker, definition, tree, i, arguments);
    for (int i = 0; i < count && is_good; i++)
        if (arguments[i].value.kind == VALUE_ABSENT && !definition->parameters[i].initial) {
            fail(checker, frame->call, "%s needs the argument '%s'", definition->name,
                 definition->parameters[i].name);
            is_good = false;
        }
    return is_good ? arguments : NULL;
}

bool bind_argument(Checker *checker, Frame *frame, int i, const Argument *argument) {
    int errors = checker->compiler->error_count;
    Frame *outside = enter_frame(checker, frame);
    bool is_good = bind_parameter(checker, frame, i, argument);
    leave_frame(checker, outside);
    if (errors < checker->compiler->error_count && argument->tree)
        note_shape(checker, argument->tree);
    return is_good;
}

/* Evaluates the arguments where the call stands and binds the parameters of the frame. */
static bool bind_arguments(Checker *checker, Frame *frame, const Tree *tree) {
    const Argument *arguments = call_arguments(checker, frame, tree);
    bool is_good = arguments != NULL;
    for (int i = 0; i < frame->definition->parameter_count && is_good; i++)
        is_good = bind_argument(checker, frame, i, &arguments[i]);
    return is_good;
}

static void body_assign(Checker *checker, Frame *frame, const Statement *statement) {
    Binding *binding = scope_find(&frame->scope, statement->name);
    frame->assigned = statement->name;
    Value value = evaluate(checker, statement->values[0]);
    frame->assigned = NULL;
    if (binding && binding->variable) {
        assign_variable(checker, binding, value, statement);
        return;
    }
    scope_bind(checker, &frame->scope, statement->name, value)->span = statement->name_span;
}

/* A number adds up to itself times the number of examples: that needs no sum. */
static Node *sum_of_number(Checker *checker, Node *number) {
    Node *count = given_node(checker, GIVEN_COUNT);
    return number->value == 1 ? count : graph_map(checker->graph, OP_MUL, number, count, NULL);
}

Node *sum_of_examples(Checker *checker, Node *node) {
    Graph *graph = checker->graph;
    Node *sum = graph_given(graph, GIVEN_SUM);
    sum->shape = node->shape;
    sum->number = graph->sum_count;
    PUSH(checker->compiler, graph->sums, graph->sum_count,
         node->batched ? node : graph_expand(graph, node, node->shape, true));
    return sum;
}

static void body_sum(Checker *checker, Frame *frame, const Statement *statement) {
    Span at = statement->values[0]->span;
    Node *node = to_node(checker, evaluate(checker, statement->values[0]), at);
    Value value = {.kind = VALUE_NONE};
    if (node) {
        set_span(checker, at);
        value = value_node(node_is_number(node) ? sum_of_number(checker, node)
                                                : sum_of_examples(checker, node));
    }
    scope_bind(checker, &frame->scope, statement->name, value)->span = statement->name_span;
}

/* ", limit is -1", of every number that a condition names, with "at first" where it may change. */
static void add_known(const Checker *checker, Text *out, const Frame *frame, const Tree *tree) {
    const Binding *binding = tree->kind == TREE_NAME ? scope_find(&frame->scope, tree->name) : NULL;
    double number = binding ? binding->value.number : 0;
    bool is_number = binding && binding->value.kind == VALUE_NUMBER;
    bool is_first = binding && binding->value.kind == VALUE_NODE &&
                    value_at_start(checker, binding->value.node, &number);
    if (is_number || is_first) {
        char *known = format_text(out->compiler, ", %s is %.12g%s", tree->name, number,
                                  is_first ? " at first" : "");
        if (!strstr(out->bytes, known))
            text_add(out, "%s", known);
    }
    for (int i = 0; i < tree->child_count; i++)
        if (tree->children[i])
            add_known(checker, out, frame, tree->children[i]);
}

/* Whether a condition fails, if it must only hold in the first step. */
static bool fails_at_first(const Checker *checker, const Node *condition) {
    double value;
    return value_at_start(checker, condition, &value) && value == 0;
}

/* Gives a comment in the line above as the hint. */
static void hint_of_comment(const Checker *checker, Span at) {
    const char *text = at.source->text, *line = text + at.first;
    while (line > text && line[-1] != '\n')
        line--;
    const char *end = line - 1, *above = end;
    while (above > text && above[-1] != '\n')
        above--;
    above += line > text ? strspn(above, " \t") : 0;
    if (line > text && above < end && *above == '#') {
        above += strspn(above, "# \t");
        hint(checker->compiler, "%.*s", (int)(end - above), above);
    }
}

/* What is known only when the net runs passes, but for what settings and schedules begin with. */
static void body_require(Checker *checker, const Frame *frame, const Statement *statement) {
    const Tree *tree = statement->values[0];
    Span at = tree->span;
    Value value = evaluate(checker, tree);
    bool is_node = value.kind == VALUE_NODE;
    learn_nodes(checker);
    if (value.kind == VALUE_NONE || (is_node && !fails_at_first(checker, value.node)) ||
        (value.kind == VALUE_NUMBER && value.number != 0))
        return;
    if (value.kind != VALUE_NUMBER && !is_node) {
        fail(checker, at, "a condition is needed here, this is %s", value_text(checker, value));
        return;
    }
    Text known = {.compiler = checker->compiler};
    text_add(&known, "%s", "");
    add_known(checker, &known, frame, tree);
    fail(checker, at, "needs %.*s%s", (int)(at.end - at.first), at.source->text + at.first,
         known.bytes);
    hint_of_comment(checker, at);
}

Value run_statement(Checker *checker, Frame *frame, const Statement *statement) {
    Value result = {.kind = VALUE_NONE};
    if (frame->block)
        name_block_statement(checker, statement);
    if (statement->kind == STATEMENT_RETURN)
        result = evaluate(checker, statement->values[0]);
    else if (statement->kind == STATEMENT_STATE)
        make_state(checker, statement);
    else if (statement->kind == STATEMENT_AT)
        body_point(checker, statement);
    else if (statement->kind == STATEMENT_REQUIRE)
        body_require(checker, frame, statement);
    else if (statement->kind == STATEMENT_SUM)
        body_sum(checker, frame, statement);
    else
        body_assign(checker, frame, statement);
    if (frame->block)
        name_variables(checker);
    return result;
}

void check_assigned(Checker *checker, const Frame *frame) {
    for (int i = 0; i < frame->scope.capacity; i++) {
        const Binding *binding = frame->scope.slots[i];
        if (!binding || !binding->variable || binding->is_assigned)
            continue;
        if (binding->variable->kind == VARIABLE_PARAM)
            fail(checker, frame->definition->name_span, "'%s' never assigns '%s'",
                 frame->definition->name, binding->name);
        else
            fail(checker, binding->span, "the state '%s' is never assigned", binding->name);
    }
}

/* `parse` sees to it that a body has the statements of its kind and ends with `return`, but an
   optimizer's. */
Value run_body(Checker *checker, Frame *frame) {
    int errors = checker->compiler->error_count;
    Value result = {.kind = VALUE_NONE};
    Frame *outside = enter_frame(checker, frame);
    open_layer(checker, frame);
    for (int i = 0; i < frame->definition->body_count; i++)
        result = run_statement(checker, frame, frame->definition->body[i]);
    if (errors == checker->compiler->error_count)
        check_assigned(checker, frame);
    leave_frame(checker, outside);
    return result;
}

static Value call_definition(Checker *checker, const Definition *definition, const Tree *tree) {
    Frame *frame = frame_new(checker, definition, tree->span);
    if (!bind_arguments(checker, frame, tree) || !check_arguments(checker, frame, tree))
        return (Value){.kind = VALUE_NONE};
    Value partial = {.kind = VALUE_DEFINITION, .definition = definition, .arguments = frame};
    if (definition->kind == DEFINITION_DEF)
        return definition->derivative ? run_with_slope(checker, frame) : run_body(checker, frame);
    if (definition->kind == DEFINITION_REGULARIZER)
        return expand_regularizer(checker, partial, tree->span);
    return definition->kind == DEFINITION_BLOCK ? run_block(checker, frame) : partial;
}

Value with_arguments(Checker *checker, Value value, Span at) {
    if (value.arguments)
        return value;
    Frame *frame = frame_new(checker, value.definition, at);
    if (!bind_arguments(checker, frame, NULL))
        return (Value){.kind = VALUE_NONE};
    value.arguments = frame;
    return value;
}

Value callee_of(const Checker *checker, const char *name) {
    const Binding *binding = find_value(checker, name);
    Value value = binding ? binding->value : (Value){.kind = VALUE_ABSENT};
    if (value.kind == VALUE_DEFINITION || value.kind == VALUE_BUILTIN)
        return value;
    const Definition *definition =
        value.definition ? value.definition : find_definition(checker, name);
    if (definition)
        return (Value){.kind = VALUE_DEFINITION, .definition = definition};
    const Builtin *builtin = builtin_by_name(name);
    return builtin ? (Value){.kind = VALUE_BUILTIN, .builtin = builtin} : value;
}

Value expand_call(Checker *checker, const Tree *tree) {
    const Value *optimizer = called_optimizer(checker, tree);
    if (optimizer)
        return apply_optimizer(checker, *optimizer, tree);
    Value callee = callee_of(checker, tree->name);
    if (callee.kind == VALUE_DEFINITION && callee.arguments)
        return fail(checker, tree->span, "'%s' has its arguments already", tree->name);
    if (callee.kind == VALUE_DEFINITION)
        return call_definition(checker, callee.definition, tree);
    if (callee.kind == VALUE_BUILTIN)
        return expand_builtin(checker, callee.builtin, tree);
    if (callee.kind == VALUE_ABSENT)
        return unknown_name(checker, tree);
    if (callee.kind == VALUE_NONE)
        return callee;
    return fail(checker, tree->name_span, "'%s' is %s, not a function", tree->name,
                value_text(checker, callee));
}
