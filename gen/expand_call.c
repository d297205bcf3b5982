/* Calls of definitions. In: a call, or a definition that has its arguments. Out: what the body returns, with everything that
   it makes in the graph. A body sees its parameters, its own values and, unless it is the prelude's, the model's values. */

#include "check.h"

#include <string.h>

enum { MAX_CALLS = 100 * 1000 };

const char *const definition_words[] = {
    [DEFINITION_DEF] = "function",
    [DEFINITION_BLOCK] = "block",
    [DEFINITION_OPTIMIZER] = "optimizer",
    [DEFINITION_INITIALIZER] = "initializer",
    [DEFINITION_REGULARIZER] = "regularizer",
    [DEFINITION_METRIC] = "metric",
};

static void check_recursion(Checker *checker, const Frame *frame) {
    for (const Frame *outer = frame->caller; outer->definition; outer = outer->caller) {
        if (outer->definition != frame->definition)
            continue;
        const char *name = frame->definition->name;
        bool is_direct = outer == frame->caller;
        fail(checker, frame->call,
             is_direct ? "'%s' calls itself" : "'%s' calls itself through others", name);
        hint(checker->compiler,
             "a definition is expanded at every call, so it cannot be recursive");
        longjmp(checker->compiler->stop, 1);
    }
}

Frame *frame_new(Checker *checker, const Definition *definition, Span call) {
    if (++checker->call_count > MAX_CALLS)
        stop_at(checker->compiler, user_place(checker, call), "the model makes more than %d calls",
                MAX_CALLS);
    Frame *frame = NEW(checker->compiler, Frame);
    frame->caller = checker->frame;
    frame->depth = checker->frame->depth + 1;
    frame->definition = definition;
    frame->is_prelude = definition->name_place.source && definition->name_place.source->is_prelude;
    frame->call = call;
    frame->user_call = user_place(checker, call);
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
        fail(checker, tree->children[i]->place, "%s takes %d argument%s, this is number %d",
             definition->name, count, count == 1 ? "" : "s", i + 1);
        return -1;
    }
    int parameter = parameter_by_name(definition, label);
    if (parameter >= 0)
        return parameter;
    const char **names = NEW_ARRAY(checker->compiler, const char *, count);
    for (int j = 0; j < count; j++)
        names[j] = definition->parameters[j].name;
    fail(checker, tree->label_places[i], "%s has no argument '%s'", definition->name, label);
    const char *nearest = nearest_name(label, names, count);
    if (nearest)
        hint(checker->compiler, "did you mean '%s'?", nearest);
    return -1;
}

/* Whether the size at one axis is as declared: a new name is bound to it, anything else must be equal. */
static bool fit_size(Checker *checker, Frame *frame, const Parameter *parameter, int axis,
                     int64_t size) {
    const Tree *declared = parameter->sizes[axis];
    if (declared->kind == TREE_NAME && !scope_find(&frame->scope, declared->name)) {
        scope_bind(checker, &frame->scope, declared->name, value_number((double)size))->place =
            declared->place;
        return true;
    }
    int64_t expected;
    if (!to_whole(checker, evaluate(checker, declared), declared->place, &expected))
        return false;
    if (expected == size)
        return true;
    Span at = frame->is_prelude ? declared->place : frame->call;
    fail(checker, at, "'%s' must have %lld values at axis %d, this has %lld", parameter->name,
         (long long)expected, axis, (long long)size);
    return false;
}

/* `y[shape(p)]`: one expression that is a list stands for all sizes. */
static Value fit_whole_shape(Checker *checker, const Parameter *parameter, Value list,
                             Value argument, Span at) {
    Shape shape;
    if (!to_shape(checker, list, parameter->sizes[0]->place, &shape))
        return (Value){.kind = VALUE_NONE};
    Shape given = argument.node->shape;
    if (shape_equal(given, shape))
        return argument;
    if (shape_count(given) == 1 && shape_count(shape) == 1)
        return value_node(graph_reshape(checker->graph, argument.node, shape));
    Compiler *compiler = checker->compiler;
    return fail(checker, at, "'%s' must have shape %s, this has %s", parameter->name,
                shape_text(compiler, shape), shape_text(compiler, given));
}

static Value wrong_rank(Checker *checker, const Parameter *parameter, Shape given, Span at) {
    Compiler *compiler = checker->compiler;
    fail(checker, at, "'%s' must have %d ax%s, this has shape %s", parameter->name, parameter->rank,
         parameter->rank == 1 ? "is" : "es", shape_text(compiler, given));
    if (parameter->rank == 1)
        hint(compiler, "reshape(.., [%lld]) makes one axis of it", (long long)shape_count(given));
    return (Value){.kind = VALUE_NONE};
}

/* The argument in the shape that the parameter declares. One value fits every shape of one value. */
static Value fit_argument(Checker *checker, Frame *frame, const Parameter *parameter,
                          Value argument) {
    Span at = frame->call;
    Node *node = to_node(checker, argument, at);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    argument = value_node(node);
    checker->graph->at = user_place(checker, at);
    if (parameter->rank == 1 && parameter->sizes[0]->kind == TREE_CALL) {
        Value list = evaluate(checker, parameter->sizes[0]);
        if (list.kind != VALUE_NUMBER)
            return fit_whole_shape(checker, parameter, list, argument, at);
    }
    Shape shape = {.rank = parameter->rank, .size = {1, 1, 1, 1, 1, 1}};
    if (node->shape.rank != parameter->rank) {
        if (shape_count(node->shape) != 1 || parameter->rank > MAX_RANK)
            return wrong_rank(checker, parameter, node->shape, at);
        argument = value_node(graph_reshape(checker->graph, node, shape));
    }
    for (int axis = 0; axis < parameter->rank; axis++)
        if (!fit_size(checker, frame, parameter, axis, argument.node->shape.size[axis]))
            return (Value){.kind = VALUE_NONE};
    return argument;
}

/* Binds one parameter to its argument or its default. */
static void bind_parameter(Checker *checker, Frame *frame, int i, const Value *argument) {
    const Parameter *parameter = &frame->definition->parameters[i];
    Value value = {.kind = VALUE_NONE};
    if (argument)
        value = *argument;
    else if (parameter->initial)
        value = evaluate(checker, parameter->initial);
    else
        fail(checker, frame->call, "%s needs the argument '%s'", frame->definition->name,
             parameter->name);
    if (parameter->has_shape && value.kind != VALUE_NONE)
        value = fit_argument(checker, frame, parameter, value);
    scope_bind(checker, &frame->scope, parameter->name, value)->place = parameter->place;
}

/* Evaluates the arguments where the call stands and binds the parameters of the frame. False after a message. */
static bool bind_arguments(Checker *checker, Frame *frame, const Tree *tree) {
    const Definition *definition = frame->definition;
    Value *values = NEW_ARRAY(checker->compiler, Value, definition->parameter_count);
    bool *is_given = NEW_ARRAY(checker->compiler, bool, definition->parameter_count);
    int errors = checker->compiler->error_count;
    for (int i = 0; tree && i < tree->child_count; i++) {
        int parameter = parameter_of(checker, definition, tree, i);
        if (parameter < 0)
            continue;
        if (is_given[parameter])
            fail(checker, tree->children[i]->place, "%s gets the argument '%s' twice",
                 definition->name, definition->parameters[parameter].name);
        is_given[parameter] = true;
        values[parameter] = evaluate(checker, tree->children[i]);
        if (values[parameter].kind == VALUE_NONE)
            errors = -1;
    }
    if (errors != checker->compiler->error_count)
        return false;
    checker->frame = frame;
    for (int i = 0; i < definition->parameter_count; i++)
        bind_parameter(checker, frame, i, is_given[i] ? &values[i] : NULL);
    checker->frame = frame->caller;
    return errors == checker->compiler->error_count;
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
    scope_bind(checker, &frame->scope, statement->name, value)->place = statement->name_place;
}

static void body_sum(Checker *checker, Frame *frame, const Statement *statement) {
    Graph *graph = checker->graph;
    Span at = statement->values[0]->place;
    Node *node = to_node(checker, evaluate(checker, statement->values[0]), at);
    if (node && shape_count(node->shape) != 1) {
        fail(checker, at, "a sum adds one number per example, this has shape %s",
             shape_text(checker->compiler, node->shape));
        node = NULL;
    }
    Value value = {.kind = VALUE_NONE};
    if (node) {
        graph->at = user_place(checker, at);
        node = fit_node(checker, node, (Shape){0});
        value = value_node(graph_given(graph, GIVEN_SUM));
        value.node->number = graph->sum_count;
        PUSH(checker->compiler, graph->sums, graph->sum_count,
             node->batched ? node : graph_expand(graph, node, (Shape){0}, true));
    }
    scope_bind(checker, &frame->scope, statement->name, value)->place = statement->name_place;
}

/* Whether a statement may stand in a body of this kind; says why not. */
static bool is_allowed(Checker *checker, DefinitionKind kind, const Statement *statement) {
    const char *word = definition_words[kind];
    switch (statement->kind) {
    case STATEMENT_ASSIGN:
        return true;
    case STATEMENT_STATE:
        if (kind == DEFINITION_DEF || kind == DEFINITION_OPTIMIZER)
            return true;
        fail(checker, statement->place, "'state' does not stand in the body of this %s", word);
        return false;
    case STATEMENT_SUM:
        if (kind == DEFINITION_METRIC)
            return true;
        fail(checker, statement->place, "'sum' stands only in the body of a metric");
        return false;
    case STATEMENT_RETURN:
        if (kind != DEFINITION_OPTIMIZER)
            return true;
        fail(checker, statement->place, "an optimizer returns nothing, it assigns 'weight'");
        return false;
    default:
        fail(checker, statement->place, "this statement does not stand in the body of this %s",
             word);
        return false;
    }
}

static Value run_statements(Checker *checker, Frame *frame) {
    const Definition *definition = frame->definition;
    for (int i = 0; i < definition->body_count; i++) {
        const Statement *statement = definition->body[i];
        if (!is_allowed(checker, definition->kind, statement))
            return (Value){.kind = VALUE_NONE};
        if (statement->kind == STATEMENT_RETURN) {
            if (i + 1 < definition->body_count)
                fail(checker, definition->body[i + 1]->place, "nothing after 'return' is reached");
            return evaluate(checker, statement->values[0]);
        }
        if (statement->kind == STATEMENT_STATE)
            make_state(checker, statement);
        else if (statement->kind == STATEMENT_SUM)
            body_sum(checker, frame, statement);
        else
            body_assign(checker, frame, statement);
    }
    if (definition->kind != DEFINITION_OPTIMIZER)
        fail(checker, definition->name_place, "'%s' has no 'return'", definition->name);
    return (Value){.kind = VALUE_NONE};
}

static void check_assigned(Checker *checker, const Frame *frame) {
    for (int i = 0; i < frame->scope.capacity; i++) {
        const Binding *binding = frame->scope.slots[i];
        if (!binding || !binding->variable || binding->is_assigned)
            continue;
        if (binding->variable->kind == VARIABLE_PARAM)
            fail(checker, frame->definition->name_place, "'%s' never assigns '%s'",
                 frame->definition->name, binding->name);
        else
            fail(checker, binding->place, "the state '%s' is never assigned", binding->name);
    }
}

Value run_body(Checker *checker, Frame *frame) {
    int errors = checker->compiler->error_count;
    checker->frame = frame;
    Value result = run_statements(checker, frame);
    if (errors == checker->compiler->error_count)
        check_assigned(checker, frame);
    checker->frame = frame->caller;
    return result;
}

static Value call_definition(Checker *checker, const Definition *definition, const Tree *tree) {
    Frame *frame = frame_new(checker, definition, tree->place);
    if (!bind_arguments(checker, frame, tree))
        return (Value){.kind = VALUE_NONE};
    Value partial = {.kind = VALUE_DEFINITION, .definition = definition, .arguments = frame};
    if (definition->kind == DEFINITION_DEF)
        return run_body(checker, frame);
    if (definition->kind == DEFINITION_REGULARIZER)
        return expand_regularizer(checker, partial, tree->place);
    return definition->kind == DEFINITION_BLOCK ? (Value){.kind = VALUE_NONE} : partial;
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

Value expand_call(Checker *checker, const Tree *tree) {
    const Binding *binding = find_value(checker, tree->name);
    Value callee = binding ? binding->value : (Value){.kind = VALUE_NONE};
    if (callee.kind == VALUE_DEFINITION && callee.arguments)
        return fail(checker, tree->place, "'%s' has its arguments already", tree->name);
    if (callee.kind == VALUE_BUILTIN)
        return expand_builtin(checker, callee.builtin, tree);
    const Definition *definition = callee.kind == VALUE_DEFINITION ? callee.definition : NULL;
    if (!definition)
        definition = find_definition(checker, tree->name);
    if (definition)
        return call_definition(checker, definition, tree);
    const Builtin *builtin = builtin_by_name(tree->name);
    if (builtin)
        return expand_builtin(checker, builtin, tree);
    if (binding && callee.kind != VALUE_NONE)
        return fail(checker, tree->name_place, "'%s' is %s, not a function", tree->name,
                    value_text(checker, callee));
    return binding ? callee : unknown_name(checker, tree);
}
