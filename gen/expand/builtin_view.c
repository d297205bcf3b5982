/* Built-in functions that rearrange values: transpose, reshape, concat, expand and x[..]. In: a
   call or an index. Out: a view node, or a part of a list. */

#include "expand/calls.h"

static void set_call_span(Call *call) {
    set_span(call->checker, call->tree->span);
}

/* Reads a permutation of the axes; all reversed where it is left out. */
static bool to_permutation(Call *call, int rank, int64_t *permutation) {
    Value list = call->named[1];
    unsigned seen = 0;
    for (int i = 0; i < rank; i++)
        permutation[i] = rank - 1 - i;
    if (list.kind == VALUE_ABSENT)
        return true;
    bool is_good = list.kind == VALUE_LIST && list.shape.rank == 1 && list.count == rank;
    for (int i = 0; is_good && i < rank; i++) {
        double axis = list.items[i] < 0 ? list.items[i] + rank : list.items[i];
        is_good = axis >= 0 && axis < rank && axis == (int)axis && !(seen >> (int)axis & 1);
        permutation[i] = is_good ? (int64_t)axis : 0;
        seen |= 1u << permutation[i];
    }
    if (!is_good)
        fail(call->checker, call->named_spans[1], "transpose needs each of %d axes once, as a list",
             rank);
    return is_good;
}

Value expand_transpose(Call *call) {
    Checker *checker = call->checker;
    int64_t permutation[MAX_RANK];
    Node *node = to_node(checker, call->named[0], call->named_spans[0]);
    if (!node || !to_permutation(call, node->shape.rank, permutation))
        return (Value){.kind = VALUE_NONE};
    bool is_same = true;
    for (int i = 0; i < node->shape.rank; i++)
        is_same &= permutation[i] == i;
    set_call_span(call);
    return value_node(is_same ? node : graph_transpose(checker->graph, node, permutation));
}

Value expand_reshape(Call *call) {
    Checker *checker = call->checker;
    Compiler *compiler = checker->compiler;
    Shape shape;
    Node *node = to_node(checker, call->named[0], call->named_spans[0]);
    if (!node || !to_shape(checker, call->named[1], call->named_spans[1], &shape))
        return (Value){.kind = VALUE_NONE};
    int64_t had = shape_count(node->shape), has = shape_count(shape);
    if (had != has)
        return fail(checker, call->tree->span, "reshape: %s has %lld values, %s has %lld",
                    shape_text(compiler, node->shape), (long long)had, shape_text(compiler, shape),
                    (long long)has);
    set_call_span(call);
    return value_node(shape_equal(shape, node->shape) ? node
                                                      : graph_reshape(checker->graph, node, shape));
}

Value expand_expand(Call *call) {
    Checker *checker = call->checker;
    Compiler *compiler = checker->compiler;
    Shape shape, both;
    Node *node = to_node(checker, call->named[0], call->named_spans[0]);
    if (!node || !to_shape(checker, call->named[1], call->named_spans[1], &shape))
        return (Value){.kind = VALUE_NONE};
    if (!shape_broadcast(node->shape, shape, &both) || !shape_equal(both, shape))
        return fail(checker, call->tree->span, "expand: %s does not expand to %s",
                    shape_text(compiler, node->shape), shape_text(compiler, shape));
    set_call_span(call);
    if (shape_equal(shape, node->shape))
        return value_node(node);
    return value_node(graph_expand(checker->graph, node, shape, node->batched));
}

/* Whether the values are joined as lists, which may be empty, and not as what the net computes. */
static bool are_lists(const Call *call) {
    for (int i = 0; i < call->count; i++)
        if (call->values[i].kind == VALUE_NODE || call->values[i].shape.rank > 1)
            return false;
    return call->values[0].kind == VALUE_LIST;
}

static Value concat_lists(Call *call) {
    Shape shape = {.rank = 1, .size = {0}};
    for (int i = 0; i < call->count; i++) {
        if (call->values[i].kind != VALUE_LIST)
            return fail(call->checker, call->spans[i], "concat of lists: this is %s",
                        value_text(call->checker, call->values[i]));
        shape.size[0] += call->values[i].count;
        if (!list_fits(call->checker, shape, call->tree->span))
            return (Value){.kind = VALUE_NONE};
    }
    double *items = NEW_ARRAY(call->checker->compiler, double, shape.size[0]), *next = items;
    for (int i = 0; i < call->count; i++)
        for (int k = 0; k < call->values[i].count; k++)
            *next++ = call->values[i].items[k];
    return value_numbers(shape, items);
}

/* Whether value i has the first one's sizes at every axis but that of the joint. */
static bool is_joinable(Call *call, Node **nodes, int i, int axis) {
    Compiler *compiler = call->checker->compiler;
    Shape first = nodes[0]->shape, other = nodes[i]->shape, same = first;
    same.size[axis] = other.rank == first.rank ? other.size[axis] : 0;
    if (shape_equal(same, other))
        return true;
    fail(call->checker, call->spans[i], "concat: %s and %s differ in more than axis %d",
         shape_text(compiler, first), shape_text(compiler, other), axis);
    return false;
}

Value expand_concat(Call *call) {
    Checker *checker = call->checker;
    int axis = 0;
    if (are_lists(call))
        return concat_lists(call);
    if (call->count > MAX_JOINED)
        limit_at(checker->compiler, call->tree->span, "concat: %d values, the limit is %d",
                 call->count, MAX_JOINED);
    Node **nodes = NEW_ARRAY(checker->compiler, Node *, call->count);
    for (int i = 0; i < call->count; i++) {
        nodes[i] = to_node(checker, call->values[i], call->spans[i]);
        if (!nodes[i])
            return (Value){.kind = VALUE_NONE};
        call->values[i] = value_node(nodes[i]);
    }
    Value which = call->named[0].kind == VALUE_ABSENT ? value_number(0) : call->named[0];
    Span at = call->named[0].kind == VALUE_ABSENT ? call->tree->span : call->named_spans[0];
    if (!to_axis(call, which, at, &axis))
        return (Value){.kind = VALUE_NONE};
    Shape shape = nodes[0]->shape;
    for (int i = 1; i < call->count; i++) {
        if (!is_joinable(call, nodes, i, axis))
            return (Value){.kind = VALUE_NONE};
        shape.size[axis] += nodes[i]->shape.size[axis];
        if (!shape_fits(checker, shape, call->tree->span))
            return (Value){.kind = VALUE_NONE};
    }
    set_call_span(call);
    return value_node(call->count == 1 ? nodes[0]
                                       : graph_concat(checker->graph, axis, call->count, nodes));
}

/* What one item of an index selects of an axis. */
typedef struct {
    int64_t first, end;
    bool is_single;
} Part;

/* A bound of a range: NULL is the default, negative ones count from the end. */
static bool to_bound(Checker *checker, const Tree *tree, int64_t size, int64_t *bound) {
    if (!tree)
        return true;
    if (!to_whole(checker, evaluate(checker, tree), tree->span, bound))
        return false;
    *bound += *bound < 0 ? size : 0;
    return true;
}

static bool to_part(Checker *checker, const Tree *tree, int axis, int64_t size, Part *part) {
    *part = (Part){0, size, tree->kind != TREE_RANGE};
    if (part->is_single) {
        int64_t index = 0;
        if (!to_whole(checker, evaluate(checker, tree), tree->span, &index))
            return false;
        part->first = index < 0 ? index + size : index;
        part->end = part->first + 1;
        if (part->first >= 0 && part->first < size)
            return true;
        fail(checker, tree->span, "index %lld is out of range, axis %d has size %lld",
             (long long)index, axis, (long long)size);
        return false;
    }
    if (!to_bound(checker, tree->children[0], size, &part->first) ||
        !to_bound(checker, tree->children[1], size, &part->end))
        return false;
    bool is_good = part->first >= 0 && part->first < part->end && part->end <= size;
    if (!is_good)
        fail(checker, tree->span,
             "the range %lld:%lld is empty or out of range, axis %d has size %lld",
             (long long)part->first, (long long)part->end, axis, (long long)size);
    return is_good;
}

/* Number k of the part of a list that one range for each axis selects. */
static double part_number(Value list, const Part *parts, int64_t k) {
    int64_t element = 0, stride = 1;
    for (int axis = list.shape.rank - 1; axis >= 0; axis--) {
        int64_t size = parts[axis].end - parts[axis].first;
        element += (parts[axis].first + k % size) * stride;
        k /= size;
        stride *= list.shape.size[axis];
    }
    return list.items[element];
}

static Value index_list(Checker *checker, const Tree *tree, Value list) {
    int indices = tree->child_count - 1, rank = list.shape.rank;
    Part parts[MAX_RANK];
    Shape shape = {0};
    if (indices > rank)
        return rank == 1 ? fail(checker, tree->span, "a list has one index, this has %d", indices)
                         : fail(checker, tree->span, "%d indices, this has shape %s", indices,
                                shape_text(checker->compiler, list.shape));
    for (int axis = 0; axis < rank; axis++) {
        parts[axis] = (Part){0, list.shape.size[axis], false};
        if (axis < indices &&
            !to_part(checker, tree->children[axis + 1], axis, list.shape.size[axis], &parts[axis]))
            return (Value){.kind = VALUE_NONE};
        if (!parts[axis].is_single)
            shape.size[shape.rank++] = parts[axis].end - parts[axis].first;
    }
    if (shape.rank == 0)
        return value_number(part_number(list, parts, 0));
    double *items = NEW_ARRAY(checker->compiler, double, shape_count(shape));
    for (int64_t k = 0; k < shape_count(shape); k++)
        items[k] = part_number(list, parts, k);
    return value_numbers(shape, items);
}

Value expand_index(Checker *checker, const Tree *tree) {
    Value value = evaluate(checker, tree->children[0]);
    if (value.kind == VALUE_LIST)
        return index_list(checker, tree, value);
    Node *node = to_node(checker, value, tree->children[0]->span);
    if (!node)
        return (Value){.kind = VALUE_NONE};
    int64_t start[MAX_RANK] = {0};
    Shape whole = node->shape, part_shape = whole, shape = {0};
    if (tree->child_count - 1 > whole.rank)
        return fail(checker, tree->span, "%d indices, this has shape %s", tree->child_count - 1,
                    shape_text(checker->compiler, whole));
    for (int axis = 0; axis < whole.rank; axis++) {
        Part part = {0, whole.size[axis], false};
        if (axis + 1 < tree->child_count &&
            !to_part(checker, tree->children[axis + 1], axis, whole.size[axis], &part))
            return (Value){.kind = VALUE_NONE};
        start[axis] = part.first;
        part_shape.size[axis] = part.end - part.first;
        if (!part.is_single)
            shape.size[shape.rank++] = part_shape.size[axis];
    }
    set_span(checker, tree->span);
    if (!shape_equal(part_shape, whole))
        node = graph_slice(checker->graph, node, start, part_shape);
    return value_node(shape_equal(shape, node->shape) ? node
                                                      : graph_reshape(checker->graph, node, shape));
}
