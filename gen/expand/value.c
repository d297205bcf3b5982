/* Names and values while a model is expanded. In: what an expression was found to be and what is
   needed there. Out: the number, shape or node, or a message that says both. */

#include "expand/calls.h"

#include <math.h>
#include <string.h>

const char *const definition_words[] = {
    [DEFINITION_DEF] = "function",
    [DEFINITION_BLOCK] = "block",
    [DEFINITION_OPTIMIZER] = "optimizer",
    [DEFINITION_INITIALIZER] = "initializer",
    [DEFINITION_REGULARIZER] = "regularizer",
    [DEFINITION_METRIC] = "metric",
};

enum { FIRST_CAPACITY = 8, MAX_NOTES = 3 };

/* The slot that holds the name or is free for it. */
static Binding **scope_slot(const Scope *scope, const char *name) {
    uint64_t mask = (uint64_t)scope->capacity - 1;
    uint64_t i = hash_bytes(HASH_START, name, strlen(name)) & mask;
    while (scope->slots[i] && strcmp(scope->slots[i]->name, name) != 0)
        i = (i + 1) & mask;
    return &scope->slots[i];
}

Binding *scope_find(const Scope *scope, const char *name) {
    return scope->capacity > 0 ? *scope_slot(scope, name) : NULL;
}

static void scope_grow(Checker *checker, Scope *scope) {
    Scope old = *scope;
    scope->capacity = old.capacity ? 2 * old.capacity : FIRST_CAPACITY;
    scope->slots = NEW_ARRAY(checker->compiler, Binding *, scope->capacity);
    for (int i = 0; i < old.capacity; i++)
        if (old.slots[i])
            *scope_slot(scope, old.slots[i]->name) = old.slots[i];
}

Binding *scope_bind(Checker *checker, Scope *scope, const char *name, Value value) {
    if (2 * (scope->count + 1) > scope->capacity)
        scope_grow(checker, scope);
    Binding **slot = scope_slot(scope, name);
    if (!*slot) {
        *slot = NEW(checker->compiler, Binding);
        scope->count++;
    }
    **slot = (Binding){.name = name, .value = value};
    return *slot;
}

void scope_names(Checker *checker, const Scope *scope, const char ***names, int *count) {
    for (int i = 0; i < scope->capacity; i++)
        if (scope->slots[i])
            PUSH(checker->compiler, *names, *count, scope->slots[i]->name);
}

Value value_number(double number) {
    return (Value){.kind = VALUE_NUMBER, .number = number};
}

Value value_node(Node *node) {
    return node ? (Value){.kind = VALUE_NODE, .node = node} : (Value){.kind = VALUE_NONE};
}

Value value_numbers(Shape shape, const double *items) {
    int count = (int)shape_count(shape);
    return (Value){.kind = VALUE_LIST, .shape = shape, .count = count, .items = items};
}

Value value_list(Checker *checker, Shape shape) {
    double *items = NEW_ARRAY(checker->compiler, double, shape.rank);
    for (int i = 0; i < shape.rank; i++)
        items[i] = (double)shape.size[i];
    return value_numbers((Shape){.rank = 1, .size = {shape.rank}}, items);
}

const char *value_text(Checker *checker, Value value) {
    Compiler *compiler = checker->compiler;
    switch (value.kind) {
    case VALUE_NUMBER:
        return format_text(compiler, "the number %.12g", value.number);
    case VALUE_LIST:
        if (value.shape.rank > 1)
            return format_text(compiler, "a list of shape %s", shape_text(compiler, value.shape));
        return format_text(compiler, "a list of %d number%s", value.count,
                           value.count == 1 ? "" : "s");
    case VALUE_NODE:
        return format_text(compiler, "a value of shape %s",
                           shape_text(compiler, value.node->shape));
    case VALUE_DEFINITION:
        return format_text(compiler, "the %s '%s'", definition_words[value.definition->kind],
                           value.definition->name);
    case VALUE_BUILTIN:
        return format_text(compiler, "the function '%s'", value.builtin->name);
    default:
        return "nothing";
    }
}

Span user_span(const Checker *checker, Span at) {
    bool is_inside = checker->frame->is_prelude && at.source && at.source->is_prelude;
    return is_inside ? checker->frame->user_call : at;
}

void set_span(Checker *checker, Span at) {
    const Frame *frame = checker->frame;
    checker->graph->at = frame->definition ? frame->model_call : at;
}

static bool is_within(Span at, Span outer) {
    return at.source == outer.source && at.first >= outer.first && at.end <= outer.end;
}

/* The definition that a message names: in the prelude the one that the user called; at an
   argument the one that is called. */
static const Definition *blamed(const Checker *checker, Span at) {
    const Frame *frame = checker->frame;
    if (frame->definition && is_within(at, frame->call))
        return frame->definition;
    if (!frame->is_prelude || !at.source || !at.source->is_prelude)
        return NULL;
    while (frame->caller->is_prelude)
        frame = frame->caller;
    return frame->definition;
}

static void add_notes(Checker *checker, Span at) {
    int count = 0;
    for (const Frame *frame = checker->frame; frame->definition; frame = frame->caller) {
        Span call = frame->call;
        if (!call.source || call.source->is_prelude || is_within(at, call) || count++ >= MAX_NOTES)
            continue;
        note_at(checker->compiler, call, "in expansion of '%s' called here",
                frame->definition->name);
    }
}

Value fail(Checker *checker, Span at, const char *format, ...) {
    Text message = {.compiler = checker->compiler};
    const Definition *definition = blamed(checker, at);
    if (definition)
        text_add(&message, "%s: ", definition->name);
    va_list arguments;
    va_start(arguments, format);
    text_add_v(&message, format, arguments);
    va_end(arguments);
    at = user_span(checker, at);
    error_at(checker->compiler, at, "%s", message.bytes);
    add_notes(checker, at);
    return (Value){.kind = VALUE_NONE};
}

static Node *list_node(Checker *checker, Value list, Span at) {
    if (list.count == 0) {
        fail(checker, at, "a value is needed here, this is an empty list");
        return NULL;
    }
    set_span(checker, at);
    if (list.name)
        checker->graph->at = list.span;
    Node *node = graph_numbers(checker->graph, list.shape, list.items);
    if (list.name && !node->name)
        node->name = list.name;
    return node;
}

Node *to_node(Checker *checker, Value value, Span at) {
    if (value.kind == VALUE_LIST)
        return list_node(checker, value, at);
    if (value.kind == VALUE_NODE)
        return value.node;
    if (value.kind == VALUE_NUMBER) {
        set_span(checker, at);
        return graph_const(checker->graph, value.number);
    }
    if (value.kind != VALUE_NONE)
        fail(checker, at, "a value is needed here, this is %s", value_text(checker, value));
    if (value.kind == VALUE_DEFINITION)
        hint_role(checker->compiler, "loss", value.definition->name);
    return NULL;
}

bool to_number(Checker *checker, Value value, Span at, double *number) {
    *number = value.number;
    if (value.kind == VALUE_NODE)
        fail(checker, at, "a constant number is needed here, this is known only when the net runs");
    else if (value.kind != VALUE_NUMBER && value.kind != VALUE_NONE)
        fail(checker, at, "a constant number is needed here, this is %s",
             value_text(checker, value));
    return value.kind == VALUE_NUMBER;
}

bool to_whole(Checker *checker, Value value, Span at, int64_t *whole) {
    double number;
    if (!to_number(checker, value, at, &number))
        return false;
    if (!(fabs(number) <= (double)MAX_WHOLE) || number != floor(number)) {
        fail(checker, at, "a whole number is needed here, this is %.12g", number);
        return false;
    }
    *whole = (int64_t)number;
    return true;
}

bool shape_fits(Checker *checker, Shape shape, Span at) {
    int64_t count = 1;
    for (int i = 0; i < shape.rank && count <= MAX_ELEMENTS; i++)
        count *= shape.size[i];
    if (count > MAX_ELEMENTS)
        fail(checker, at, "a value of shape %s is too big, the limit is %lld elements",
             shape_text(checker->compiler, shape), (long long)MAX_ELEMENTS);
    return count <= MAX_ELEMENTS;
}

bool to_shape(Checker *checker, Value value, Span at, Shape *shape) {
    *shape = (Shape){.rank = value.count};
    if (value.kind == VALUE_NONE)
        return false;
    if (value.kind != VALUE_LIST || value.shape.rank > 1) {
        fail(checker, at, "a shape such as [3, 4] is needed here, this is %s",
             value_text(checker, value));
        return false;
    }
    if (value.count > MAX_RANK) {
        fail(checker, at, "a shape of %d axes, the limit is %d", value.count, MAX_RANK);
        return false;
    }
    for (int i = 0; i < value.count; i++) {
        double size = value.items[i];
        if (!(size >= 1 && size <= (double)MAX_ELEMENTS) || size != floor(size)) {
            fail(checker, at, "a size is a whole number from 1 to %lld, this is %.12g",
                 (long long)MAX_ELEMENTS, size);
            return false;
        }
        shape->size[i] = (int64_t)size;
    }
    return shape_fits(checker, *shape, at);
}

Node *fit_node(Checker *checker, Node *node, Shape shape) {
    Shape both;
    if (shape_equal(node->shape, shape))
        return node;
    if (shape_count(node->shape) == 1 && shape_count(shape) == 1)
        return graph_reshape(checker->graph, node, shape);
    if (shape_broadcast(node->shape, shape, &both) && shape_equal(both, shape))
        return graph_expand(checker->graph, node, shape, node->batched);
    return NULL;
}
