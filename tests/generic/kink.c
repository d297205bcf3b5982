/* How near a run came to a point where a derivative jumps: for the tests, which compare slopes
   only away from those points. */

#include "tensor.h"

#include <math.h>

static double largest(const Tensor *tensor) {
    double most = 0;
    for (size_t i = 0; i < tensor->examples * tensor->count; i++) {
        most = fmax(most, fabs((double)tensor->value[i]));
    }
    return most;
}

/* Exact equality is no near miss: such ties come from the model, not from its numbers. */
static double pair_distance(const Node *node, const Tensor *out, Tensor *const *in) {
    if (in[0] == in[1]) {
        return 1;
    }
    const Tensor *operands[3] = {out, in[0], in[1]};
    Walk walk = walk_new(out->examples, out->shape, 3, operands);
    WalkPlace place = walk_first();
    double scale = fmax(largest(in[0]), largest(in[1])), least = 1;
    int inner = walk.rank - 1;
    (void)node;
    do {
        for (ptrdiff_t i = 0; i < (ptrdiff_t)walk.size[inner]; i++) {
            double a = (double)in[0]->value[place.offset[1] + i * walk.stride[1][inner]];
            double b = (double)in[1]->value[place.offset[2] + i * walk.stride[2][inner]];
            least = a != b ? fmin(least, fabs(a - b) / scale) : least;
        }
    } while (walk_next(&walk, &place));
    return least;
}

static double zero_distance(const Tensor *in) {
    double scale = largest(in), least = 1;
    for (size_t i = 0; i < in->examples * in->count; i++) {
        double a = fabs((double)in->value[i]);
        least = a != 0 ? fmin(least, a / scale) : least;
    }
    return least;
}

/* Of the elements of a row to the row's maximum. The result is broadcast back by its kept axes. */
static double maximum_distance(const Node *node, const Tensor *out, const Tensor *in) {
    Walk walk = walk_new(in->examples, in->shape, 1, &in);
    ptrdiff_t stride[MAX_RANK] = {0};
    row_strides(out->shape, stride);
    walk.operand_count = 2;
    walk.stride[1][0] = out->examples > 1 ? (ptrdiff_t)out->count : 0;
    int kept = 0;
    for (int axis = 0; axis < in->shape.rank; axis++) {
        walk.stride[1][axis + 1] = node->axes >> axis & 1 ? 0 : stride[kept++];
    }
    WalkPlace place = walk_first();
    double scale = largest(in), least = 1;
    int inner = walk.rank - 1;
    do {
        for (ptrdiff_t i = 0; i < (ptrdiff_t)walk.size[inner]; i++) {
            double x = (double)in->value[place.offset[0] + i * walk.stride[0][inner]];
            double y = (double)out->value[place.offset[1] + i * walk.stride[1][inner]];
            least = x != y ? fmin(least, fabs(x - y) / scale) : least;
        }
    } while (walk_next(&walk, &place));
    return least;
}

/* To the nearest whole number, which is no near miss itself. */
static double step_distance(const Tensor *in) {
    double least = 1;
    for (size_t i = 0; i < in->examples * in->count; i++) {
        double a = (double)in->value[i], away = fabs(a - rint(a));
        least = away != 0 ? fmin(least, away) : least;
    }
    return least;
}

double kink_distance(const Node *node, const Tensor *out, Tensor *const *in) {
    if (node->kind == KIND_REDUCE) {
        return node->op == OP_MAX ? maximum_distance(node, out, in[0]) : 1;
    }
    if (node->kind == KIND_WINDOW) {
        return node->op == OP_WINDOW_MAX ? window_distance(node, out, in[0]) : 1;
    }
    if (node->kind != KIND_MAP) {
        return 1;
    }
    switch (node->op) {
    case OP_MAXIMUM:
    case OP_MINIMUM:
    case OP_LESS:
    case OP_LESS_EQUAL:
    case OP_EQUAL:
    case OP_NOT_EQUAL:
        return pair_distance(node, out, in);
    case OP_ABS:
    case OP_SQRT:
        return zero_distance(in[0]);
    case OP_FLOOR:
        return step_distance(in[0]);
    default:
        return 1;
    }
}
