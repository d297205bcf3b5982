/* Views, done as copies: each is a walk over elements of the input and where they land in the
   result. */

#include "tensor.h"

#include <string.h>

/* Operand 0 is the result, 1 the input; first: where the walk begins in each. */
typedef struct {
    Walk walk;
    ptrdiff_t first[2];
} Copy;

static Copy copy_of_sizes(const Tensor *out, const Tensor *in, Shape shape) {
    Copy copy = {.walk = {.rank = shape.rank + 1, .operand_count = 2}};
    copy.walk.size[0] = out->examples;
    copy.walk.stride[0][0] = out->examples > 1 ? (ptrdiff_t)out->count : 0;
    copy.walk.stride[1][0] = in->examples > 1 ? (ptrdiff_t)in->count : 0;
    for (int axis = 0; axis < shape.rank; axis++) {
        copy.walk.size[axis + 1] = (size_t)shape.size[axis];
    }
    return copy;
}

/* `shape` is walked; its element 0 lies at `start` of `whole`, whose strides go to one operand. */
static void lay(Copy *copy, int operand, Shape whole, const int64_t *start) {
    ptrdiff_t stride[MAX_RANK] = {0};
    row_strides(whole, stride);
    for (int axis = 0; axis < whole.rank; axis++) {
        copy->walk.stride[operand][axis + 1] = stride[axis];
        copy->first[operand] += start ? (ptrdiff_t)start[axis] * stride[axis] : 0;
    }
}

static Copy copy_transposed(const Node *node, const Tensor *out, const Tensor *in) {
    Copy copy = copy_of_sizes(out, in, out->shape);
    lay(&copy, 0, out->shape, NULL);
    ptrdiff_t stride[MAX_RANK] = {0};
    row_strides(in->shape, stride);
    for (int axis = 0; axis < out->shape.rank; axis++) {
        copy.walk.stride[1][axis + 1] = stride[node->start[axis]];
    }
    return copy;
}

static Copy copy_expanded(const Tensor *out, const Tensor *in) {
    const Tensor *operands[2] = {out, in};
    return (Copy){.walk = walk_new(out->examples, out->shape, 2, operands)};
}

static Copy copy_concatenated(const Node *node, const Tensor *out, Tensor *const *in, int which) {
    unsigned axis = node->axes;
    int64_t start[MAX_RANK] = {0};
    for (int i = 0; i < which; i++) {
        start[axis] += in[i]->shape.size[axis];
    }
    Copy copy = copy_of_sizes(out, in[which], in[which]->shape);
    lay(&copy, 0, out->shape, start);
    lay(&copy, 1, in[which]->shape, NULL);
    return copy;
}

static Copy copy_new(const Node *node, const Tensor *out, Tensor *const *in, int which) {
    if (node->op == OP_TRANSPOSE) {
        return copy_transposed(node, out, in[0]);
    }
    if (node->op == OP_EXPAND) {
        return copy_expanded(out, in[0]);
    }
    if (node->op == OP_CONCAT) {
        return copy_concatenated(node, out, in, which);
    }
    Shape walked = node->op == OP_PAD || node->op == OP_RESHAPE ? in[0]->shape : out->shape;
    Copy copy = copy_of_sizes(out, in[0], walked);
    lay(&copy, 0, node->op == OP_RESHAPE ? walked : out->shape,
        node->op == OP_PAD ? node->start : NULL);
    lay(&copy, 1, in[0]->shape, node->op == OP_SLICE ? node->start : NULL);
    return copy;
}

void view_forward(const Node *node, Tensor *out, Tensor *const *in) {
    if (node->op == OP_PAD) {
        memset(out->value, 0, out->examples * out->count * sizeof *out->value);
    }
    for (int which = 0; which < node->input_count; which++) {
        Copy copy = copy_new(node, out, in, which);
        walk_join(&copy.walk);
        int inner = copy.walk.rank - 1;
        ptrdiff_t to_step = copy.walk.stride[0][inner], from_step = copy.walk.stride[1][inner];
        WalkPlace place = walk_first();
        do {
            Real *to = out->value + copy.first[0] + place.offset[0];
            const Real *from = in[which]->value + copy.first[1] + place.offset[1];
            for (ptrdiff_t i = 0; i < (ptrdiff_t)copy.walk.size[inner]; i++) {
                to[i * to_step] = from[i * from_step];
            }
        } while (walk_next(&copy.walk, &place));
    }
}

void view_backward(const Node *node, const Tensor *out, Tensor *const *in) {
    for (int which = 0; which < node->input_count; which++) {
        if (!in[which]->slope) {
            continue;
        }
        Copy copy = copy_new(node, out, in, which);
        walk_join(&copy.walk);
        int inner = copy.walk.rank - 1;
        ptrdiff_t from_step = copy.walk.stride[0][inner], to_step = copy.walk.stride[1][inner];
        WalkPlace place = walk_first();
        do {
            const Real *from = out->slope + copy.first[0] + place.offset[0];
            Real *to = in[which]->slope + copy.first[1] + place.offset[1];
            for (ptrdiff_t i = 0; i < (ptrdiff_t)copy.walk.size[inner]; i++) {
                to[i * to_step] += from[i * from_step];
            }
        } while (walk_next(&copy.walk, &place));
    }
}
