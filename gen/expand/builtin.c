/* Built-in functions: a table with one row for each, and those that reduce, choose or draw random
   numbers. In: a call with its arguments evaluated. Out: its value. All other functions of the
   language are definitions in prelude/. */

#include "expand/calls.h"

#include <string.h>

static const char *label_of(const Call *call) {
    return call->row->name;
}

static Value expand_elementwise(Call *call) {
    return apply_map(call->checker, call->row->op, call->named, call->tree->span, label_of(call));
}

bool to_axis(Call *call, Value value, Span at, int *axis) {
    int64_t whole, rank = call->values[0].node->shape.rank;
    if (!to_whole(call->checker, value, at, &whole))
        return false;
    if (whole < -rank || whole >= rank) {
        Shape shape = call->values[0].node->shape;
        fail(call->checker, at, "axis %lld is out of range for shape %s", (long long)whole,
             shape_text(call->checker->compiler, shape));
        return false;
    }
    *axis = (int)(whole < 0 ? whole + rank : whole);
    return true;
}

/* The argument `axis`, a number or a list, as a bit for each axis; all axes where it is left
   out. */
static bool to_axes(Call *call, unsigned *axes) {
    Value value = call->named[0];
    int axis;
    *axes = 0;
    if (value.kind == VALUE_ABSENT) {
        *axes = (1u << call->values[0].node->shape.rank) - 1;
        return true;
    }
    if (value.kind != VALUE_LIST || value.shape.rank > 1) {
        bool is_axis = to_axis(call, value, call->named_spans[0], &axis);
        *axes = is_axis ? 1u << axis : 0;
        return is_axis;
    }
    for (int i = 0; i < value.count; i++) {
        if (!to_axis(call, value_number(value.items[i]), call->named_spans[0], &axis))
            return false;
        *axes |= 1u << axis;
    }
    return true;
}

/* The result with the reduced axes back, of size 1. */
static Node *keep_axes(Checker *checker, Node *reduced, Shape shape, unsigned axes) {
    for (int i = 0; i < shape.rank; i++)
        if (axes >> i & 1)
            shape.size[i] = 1;
    return shape_equal(shape, reduced->shape) ? reduced
                                              : graph_reshape(checker->graph, reduced, shape);
}

/* op: SUM, or MAXIMUM or MINIMUM as the elementwise operator is called. */
static Node *reduce(Graph *graph, Op op, Node *node, unsigned axes) {
    if (op == OP_SUM)
        return graph_reduce(graph, OP_SUM, node, axes, false);
    if (op == OP_MAXIMUM)
        return graph_reduce(graph, OP_MAX, node, axes, false);
    Node *negated = graph_map(graph, OP_NEG, node, NULL, NULL);
    return graph_map(graph, OP_NEG, graph_reduce(graph, OP_MAX, negated, axes, false), NULL, NULL);
}

/* Reduces values[0]; named: axis, keep. */
static Value expand_reduction(Call *call, Op op) {
    Checker *checker = call->checker;
    double keep = 0;
    unsigned axes;
    Node *node = to_node(checker, call->values[0], call->spans[0]);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    call->values[0] = value_node(node);
    if (!to_axes(call, &axes))
        return (Value){.kind = VALUE_NONE};
    if (call->named[1].kind != VALUE_ABSENT &&
        !to_number(checker, call->named[1], call->named_spans[1], &keep))
        return (Value){.kind = VALUE_NONE};
    set_span(checker, call->tree->span);
    Node *result = axes ? reduce(checker->graph, op, node, axes) : node;
    return value_node(keep != 0 ? keep_axes(checker, result, node->shape, axes) : result);
}

static Value expand_sum(Call *call) {
    return expand_reduction(call, OP_SUM);
}

static Value expand_mean(Call *call) {
    Checker *checker = call->checker;
    Value sum = expand_reduction(call, OP_SUM);
    if (sum.kind == VALUE_NONE)
        return sum;
    double count =
        (double)shape_count(call->values[0].node->shape) / (double)shape_count(sum.node->shape);
    if (count == 1)
        return sum;
    Value operands[] = {sum, value_number(1 / count)};
    return apply_map(checker, OP_MUL, operands, call->tree->span, label_of(call));
}

/* Of three values and more: a maximum along a new axis, so that values that are equal share the
   gradient equally; pairwise maxima would give the last one half of it. */
static Value expand_extreme_of_many(Call *call) {
    Checker *checker = call->checker;
    Node **rows = NEW_ARRAY(checker->compiler, Node *, call->count);
    Shape shape = {0};
    for (int i = 0; i < call->count; i++) {
        rows[i] = to_node(checker, call->values[i], call->spans[i]);
        Shape before = shape;
        if (!rows[i])
            return (Value){.kind = VALUE_NONE};
        if (!shape_broadcast(before, rows[i]->shape, &shape))
            return shapes_differ(checker, before, rows[i]->shape, call->tree->span, label_of(call));
    }
    Shape row = {.rank = 2, .size = {1, shape_count(shape)}};
    Shape table = {.rank = 2, .size = {call->count, shape_count(shape)}};
    if (!shape_fits(checker, table, call->tree->span))
        return (Value){.kind = VALUE_NONE};
    set_span(checker, call->tree->span);
    for (int i = 0; i < call->count; i++)
        rows[i] = graph_reshape(checker->graph, fit_node(checker, rows[i], shape), row);
    Node *joined = graph_concat(checker->graph, 0, call->count, rows);
    return value_node(
        graph_reshape(checker->graph, reduce(checker->graph, call->row->op, joined, 1), shape));
}

/* max and min: of several values elementwise, of one over its axes. */
static Value expand_extreme(Call *call) {
    Op op = call->row->op;
    int number_count = 0;
    if (call->count == 1)
        return expand_reduction(call, op);
    for (int i = 0; i < 2; i++)
        if (call->named[i].kind != VALUE_ABSENT)
            return fail(call->checker, call->named_spans[i],
                        "'%s' goes with one value, this has %d", call->row->arguments[i],
                        call->count);
    for (int i = 0; i < call->count; i++)
        number_count += call->values[i].kind == VALUE_NUMBER;
    if (call->count > 2 && number_count < call->count)
        return expand_extreme_of_many(call);
    Value result = call->values[0];
    for (int i = 1; i < call->count; i++) {
        Value operands[] = {result, call->values[i]};
        result = apply_map(call->checker, op, operands, call->tree->span, label_of(call));
    }
    return result;
}

static Value expand_xlogy(Call *call) {
    return apply_map(call->checker, OP_XLOGY, call->named, call->tree->span, label_of(call));
}

/* Where the condition is a number, only the chosen branch is evaluated: this ends recursion. */
Value expand_where(Call *call) {
    Checker *checker = call->checker;
    const Tree *const *trees = call->named_trees;
    Value operands[3] = {evaluate(checker, trees[0])};
    if (operands[0].kind == VALUE_NONE)
        return operands[0];
    if (operands[0].kind == VALUE_NUMBER)
        return evaluate(checker, trees[operands[0].number != 0 ? 1 : 2]);
    operands[1] = evaluate(checker, trees[1]);
    operands[2] = evaluate(checker, trees[2]);
    return apply_map(checker, OP_WHERE, operands, call->tree->span, label_of(call));
}

static Value expand_shape(Call *call) {
    Node *node = to_node(call->checker, call->named[0], call->named_spans[0]);
    return node ? value_list(call->checker, node->shape) : (Value){.kind = VALUE_NONE};
}

static Value expand_size(Call *call) {
    int axis;
    Node *node = to_node(call->checker, call->named[0], call->named_spans[0]);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    if (call->named[1].kind == VALUE_ABSENT)
        return value_number((double)shape_count(node->shape));
    Value operand = value_node(node);
    call->values = &operand;
    if (!to_axis(call, call->named[1], call->named_spans[1], &axis))
        return (Value){.kind = VALUE_NONE};
    return value_number((double)node->shape.size[axis]);
}

static Value expand_rank(Call *call) {
    Node *node = to_node(call->checker, call->named[0], call->named_spans[0]);
    return node ? value_number(node->shape.rank) : (Value){.kind = VALUE_NONE};
}

static Value expand_param(Call *call) {
    return make_parameter(call->checker, call->named[0], call->named[1], call->named_spans);
}

/* The sum over the batch of value times share, which is 1/n for each of the n examples and 0 for
   the padding of an incomplete batch. */
static Value expand_batch_mean(Call *call) {
    Checker *checker = call->checker;
    Node *node = to_node(checker, call->named[0], call->named_spans[0]);
    if (!node || !node->batched)
        return value_node(node);
    set_span(checker, call->tree->span);
    Node *share = given_node(checker, GIVEN_SHARE);
    Node *shared = graph_map(checker->graph, OP_MUL, node, share, NULL);
    return value_node(graph_reduce(checker->graph, OP_SUM, shared, 0, true));
}

static Value expand_random(Call *call) {
    Checker *checker = call->checker;
    Graph *graph = checker->graph;
    Shape shape;
    if (!to_shape(checker, call->named[0], call->named_spans[0], &shape))
        return (Value){.kind = VALUE_NONE};
    set_span(checker, call->tree->span);
    bool is_batched = checker->context.batch_random == 0;
    return value_node(graph_random(graph, call->row->op, shape, is_batched, graph->random_count++));
}

#define ELEMENTWISE(name, op)                                                                      \
    { name, 1, false, false, false, {"x"}, op, expand_elementwise }
const Builtin builtins[] = {
    ELEMENTWISE("exp", OP_EXP),
    ELEMENTWISE("log", OP_LOG),
    ELEMENTWISE("sqrt", OP_SQRT),
    ELEMENTWISE("abs", OP_ABS),
    ELEMENTWISE("sin", OP_SIN),
    ELEMENTWISE("cos", OP_COS),
    ELEMENTWISE("atan", OP_ATAN),
    ELEMENTWISE("erf", OP_ERF),
    ELEMENTWISE("floor", OP_FLOOR),
    ELEMENTWISE("detach", OP_DETACH),
    {"xlogy", 2, false, false, false, {"a", "b"}, OP_XLOGY, expand_xlogy},
    {"where", 3, false, true, false, {"condition", "a", "b"}, OP_NONE, expand_where},
    {"max", 1, true, false, false, {"axis", "keep"}, OP_MAXIMUM, expand_extreme},
    {"min", 1, true, false, false, {"axis", "keep"}, OP_MINIMUM, expand_extreme},
    {"sum", 1, true, false, false, {"axis", "keep"}, OP_NONE, expand_sum},
    {"mean", 1, true, false, false, {"axis", "keep"}, OP_NONE, expand_mean},
    {"matmul", 2, false, false, false, {"a", "b"}, OP_NONE, expand_matmul},
    {"contract", 1, true, true, false, {NULL}, OP_NONE, expand_contract},
    {"window_max", 1, true, true, false, {NULL}, OP_WINDOW_MAX, expand_window},
    {"window_mean", 1, true, true, false, {NULL}, OP_WINDOW_SUM, expand_window},
    {"transpose", 1, false, false, false, {"x", "axes"}, OP_NONE, expand_transpose},
    {"reshape", 2, false, false, false, {"x", "shape"}, OP_NONE, expand_reshape},
    {"concat", 1, true, false, false, {"axis"}, OP_NONE, expand_concat},
    {"expand", 2, false, false, false, {"x", "shape"}, OP_NONE, expand_expand},
    {"shape", 1, false, false, false, {"x"}, OP_NONE, expand_shape},
    {"size", 1, false, false, false, {"x", "axis"}, OP_NONE, expand_size},
    {"rank", 1, false, false, false, {"x"}, OP_NONE, expand_rank},
    {"param", 2, false, false, true, {"shape", "init"}, OP_NONE, expand_param},
    {"total", 1, false, false, false, {"e", "before"}, OP_NONE, expand_total},
    {"hessian", 1, false, false, false, {"v"}, OP_NONE, expand_hessian},
    {"batch_mean", 1, false, false, false, {"x"}, OP_NONE, expand_batch_mean},
    {"random_uniform", 1, false, false, false, {"shape"}, OP_UNIFORM, expand_random},
    {"random_normal", 1, false, false, false, {"shape"}, OP_NORMAL, expand_random},
};
#undef ELEMENTWISE
const int builtin_count = sizeof builtins / sizeof *builtins;
