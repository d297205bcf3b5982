/* Simplification of views of views, and of logarithms of views. In: a node whose inputs are
   simplified. Out: the same value made of nodes nearer to the leaves, or NULL where nothing is
   simpler. One function per operator. */

#include "rewrite/fold.h"

static bool is_view(const Node *node, Op op) {
    return node->kind == KIND_VIEW && node->op == op;
}

/* The scalar of which all elements of a node are copies, or NULL. */
static Node *uniform_of(Node *node) {
    if (node->shape.rank == 0)
        return node;
    bool is_copies = is_view(node, OP_EXPAND) && node->inputs[0]->shape.rank == 0;
    return is_copies ? node->inputs[0] : NULL;
}

static Node *simplify_reshape(Fold *fold, Node *node) {
    Node *input = node->inputs[0], *uniform = uniform_of(input);
    if (node_is_like(node, input))
        return input;
    if (is_view(input, OP_RESHAPE))
        return fold_reshape(fold, input->inputs[0], node->shape);
    if (uniform && uniform != input)
        return fold_expand(fold, uniform, node->shape, node->batched);
    return NULL;
}

/* Whether a transpose moves only axes of size 1 about. */
static bool keeps_order(const Node *node) {
    int64_t last = -1;
    for (int i = 0; i < node->shape.rank; i++) {
        if (node->shape.size[i] == 1)
            continue;
        if (node->start[i] < last)
            return false;
        last = node->start[i];
    }
    return true;
}

static Node *simplify_transpose(Fold *fold, Node *node) {
    Node *input = node->inputs[0], *uniform = uniform_of(input);
    if (keeps_order(node))
        return fold_reshape(fold, input, node->shape);
    if (uniform)
        return fold_expand(fold, uniform, node->shape, node->batched);
    if (!is_view(input, OP_TRANSPOSE))
        return NULL;
    int64_t both[MAX_RANK] = {0};
    for (int i = 0; i < node->shape.rank; i++)
        both[i] = input->start[node->start[i]];
    return fold_view(fold, OP_TRANSPOSE, input->inputs[0], node->shape, both);
}

static void add_starts(int64_t *sum, const Node *a, const Node *b) {
    for (int i = 0; i < a->shape.rank; i++)
        sum[i] = a->start[i] + b->start[i];
}

/* A slice that lies within what `pad` pads. */
static Node *slice_of_pad(Fold *fold, Node *node, const Node *pad) {
    Node *inner = pad->inputs[0];
    int64_t start[MAX_RANK] = {0};
    for (int i = 0; i < node->shape.rank; i++) {
        start[i] = node->start[i] - pad->start[i];
        if (start[i] < 0 || start[i] + node->shape.size[i] > inner->shape.size[i])
            return NULL;
    }
    return fold_view(fold, OP_SLICE, inner, node->shape, start);
}

/* A slice that lies within one part. */
static Node *slice_of_concat(Fold *fold, Node *node, const Node *concat) {
    unsigned axis = concat->axes;
    int64_t start[MAX_RANK] = {0}, before = 0;
    for (int i = 0; i < node->shape.rank; i++)
        start[i] = node->start[i];
    for (int i = 0; i < concat->input_count; i++) {
        Node *part = concat->inputs[i];
        int64_t size = part->shape.size[axis];
        start[axis] = node->start[axis] - before;
        bool is_within = start[axis] >= 0 && start[axis] + node->shape.size[axis] <= size;
        if (is_within)
            return fold_view(fold, OP_SLICE, part, node->shape, start);
        before += size;
    }
    return NULL;
}

static Node *simplify_slice(Fold *fold, Node *node) {
    Node *input = node->inputs[0], *uniform = uniform_of(input);
    int64_t start[MAX_RANK] = {0};
    if (node_is_like(node, input))
        return input;
    if (uniform)
        return fold_expand(fold, uniform, node->shape, node->batched);
    if (is_view(input, OP_PAD))
        return slice_of_pad(fold, node, input);
    if (is_view(input, OP_CONCAT))
        return slice_of_concat(fold, node, input);
    if (!is_view(input, OP_SLICE))
        return NULL;
    add_starts(start, node, input);
    return fold_view(fold, OP_SLICE, input->inputs[0], node->shape, start);
}

static Node *simplify_pad(Fold *fold, Node *node) {
    Node *input = node->inputs[0], *uniform = uniform_of(input);
    int64_t start[MAX_RANK] = {0};
    if (node_is_like(node, input))
        return input;
    if (uniform && node_is_number(uniform) && uniform->value == 0)
        return fold_expand(fold, uniform, node->shape, node->batched);
    if (!is_view(input, OP_PAD))
        return NULL;
    add_starts(start, node, input);
    return fold_view(fold, OP_PAD, input->inputs[0], node->shape, start);
}

/* Slices that lie side by side, put together again. */
static Node *simplify_concat(Fold *fold, Node *node) {
    Node *first = node->inputs[0];
    int64_t end = 0;
    if (node->input_count == 1)
        return first;
    for (int i = 0; i < node->input_count; i++) {
        const Node *part = node->inputs[i];
        if (!is_view(part, OP_SLICE) || part->inputs[0] != first->inputs[0])
            return NULL;
        for (int axis = 0; axis < part->shape.rank; axis++)
            if (part->start[axis] != first->start[axis] && axis != (int)node->axes)
                return NULL;
        if (i > 0 && part->start[node->axes] != end)
            return NULL;
        end = part->start[node->axes] + part->shape.size[node->axes];
    }
    return fold_view(fold, OP_SLICE, first->inputs[0], node->shape, first->start);
}

static Node *simplify_expand(Fold *fold, Node *node) {
    Node *input = node->inputs[0];
    if (node_is_like(node, input))
        return input;
    bool is_reshape = shape_count(node->shape) == shape_count(input->shape);
    if (is_reshape && node->batched == input->batched)
        return fold_reshape(fold, input, node->shape);
    Node *bare = node_bare(input);
    return bare == input ? NULL : fold_expand(fold, bare, node->shape, node->batched);
}

static Node *view_of_view(Fold *fold, Node *node) {
    switch (node->op) {
    case OP_RESHAPE:
        return simplify_reshape(fold, node);
    case OP_TRANSPOSE:
        return simplify_transpose(fold, node);
    case OP_SLICE:
        return simplify_slice(fold, node);
    case OP_PAD:
        return simplify_pad(fold, node);
    case OP_CONCAT:
        return simplify_concat(fold, node);
    default:
        return simplify_expand(fold, node);
    }
}

Node *simplify_view(Fold *fold, Node *node) {
    Node *simpler = view_of_view(fold, node);
    return simpler ? simpler : fold_constants(fold, node);
}

// Logarithms of views

/* The operators whose logarithm the rules know: exp(a), exp(a) / b, logistic(a). */
static bool has_stable_log(Node *node) {
    if (node->kind != KIND_MAP)
        return false;
    const Node *first = node_bare(node->inputs[0]);
    bool is_power = first->kind == KIND_MAP && first->op == OP_EXP;
    return node->op == OP_EXP || node->op == OP_LOGISTIC || (node->op == OP_DIV && is_power);
}

static Node *sink_views(Fold *fold, Node *node);

/* The view of a map, which is copied to the shape of the view's input, as the map of views. */
static Node *view_inputs(Fold *fold, const Node *view, const Node *map) {
    Shape seen_shape = view->inputs[0]->shape;
    Node *inputs[3] = {0};
    for (int i = 0; i < map->input_count; i++) {
        Node *wide = fold_expand(fold, map->inputs[i], seen_shape, map->inputs[i]->batched);
        Node *seen = fold_view(fold, view->op, wide, view->shape, view->start);
        inputs[i] = sink_views(fold, seen);
    }
    return fold_map(fold, map->op, inputs);
}

/* What a logarithm can be taken of in a stable form, with that at the top and views below it; other
   nodes as they are. */
static Node *sink_views(Fold *fold, Node *node) {
    bool is_moved =
        is_view(node, OP_RESHAPE) || is_view(node, OP_TRANSPOSE) || is_view(node, OP_SLICE);
    if (is_moved) {
        Node *input = node_bare(sink_views(fold, node->inputs[0]));
        return has_stable_log(input) ? view_inputs(fold, node, input) : node;
    }
    if (node->kind == KIND_MAP && node->op == OP_SUB &&
        node_is_number(node_bare(node->inputs[0]))) {
        Node *inputs[3] = {node->inputs[0], sink_views(fold, node->inputs[1]), NULL};
        return inputs[1] == node->inputs[1] ? node : fold_map(fold, OP_SUB, inputs);
    }
    return node;
}

/* The logarithm of parts that are put together is that of each part. */
static Node *log_of_concat(Fold *fold, Node *concat) {
    Node key = *concat, **parts = NEW_ARRAY(fold->graph->compiler, Node *, concat->input_count);
    bool is_stable = true;
    for (int i = 0; i < concat->input_count; i++) {
        parts[i] = fold_map(fold, OP_LOG, &concat->inputs[i]);
        is_stable &= parts[i]->kind != KIND_MAP || parts[i]->op != OP_LOG;
    }
    key.name = NULL;
    key.inputs = parts;
    return is_stable ? fold_node(fold, &key) : NULL;
}

Node *simplify_log(Fold *fold, Node *node) {
    Node *input = sink_views(fold, node->inputs[0]);
    if (is_view(input, OP_CONCAT))
        return log_of_concat(fold, input);
    return input == node->inputs[0] ? NULL : fold_map(fold, OP_LOG, &input);
}
