/* Sums and maxima over axes of the input and, where the node says so, over the examples. A maximum
   hands its slope on in equal parts to all elements that attain it. */

#include "tensor.h"

#include <math.h>
#include <stdlib.h>

/* Operand 0 is the input, 1 the result with stride 0 along what is reduced. */
static Walk reduce_walk(const Node *node, const Tensor *out, const Tensor *in) {
    Walk walk = walk_new(in->examples, in->shape, 1, &in);
    walk.operand_count = 2;
    ptrdiff_t stride[MAX_RANK] = {0};
    row_strides(out->shape, stride);
    walk.stride[1][0] = out->examples > 1 ? (ptrdiff_t)out->count : 0;
    int kept = 0;
    for (int axis = 0; axis < in->shape.rank; axis++) {
        walk.stride[1][axis + 1] = node->axes >> axis & 1 ? 0 : stride[kept++];
    }
    walk_join(&walk);
    return walk;
}

static void add_run(size_t count, Real *restrict out, ptrdiff_t out_step, const Real *in,
                    ptrdiff_t in_step) {
    if (out_step == 0) {
        Real sum = 0;
        for (size_t i = 0; i < count; i++) {
            sum += in[(ptrdiff_t)i * in_step];
        }
        out[0] += sum;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        out[(ptrdiff_t)i * out_step] += in[(ptrdiff_t)i * in_step];
    }
}

static void max_run(size_t count, Real *out, ptrdiff_t out_step, const Real *in,
                    ptrdiff_t in_step) {
    for (size_t i = 0; i < count; i++) {
        Real *y = &out[(ptrdiff_t)i * out_step];
        Real x = in[(ptrdiff_t)i * in_step];
        if (x > *y || x != x) {
            *y = x;
        }
    }
}

void reduce_forward(const Node *node, Tensor *out, Tensor *const *in) {
    bool is_sum = node->op == OP_SUM;
    for (size_t i = 0; i < out->examples * out->count; i++) {
        out->value[i] = is_sum ? 0 : (Real)-INFINITY;
    }
    Walk walk = reduce_walk(node, out, in[0]);
    WalkPlace place = walk_first();
    int inner = walk.rank - 1;
    do {
        (is_sum ? add_run : max_run)(walk.size[inner], out->value + place.offset[1],
                                     walk.stride[1][inner], in[0]->value + place.offset[0],
                                     walk.stride[0][inner]);
    } while (walk_next(&walk, &place));
}

static void sum_backward(const Walk *walk, const Tensor *out, const Tensor *in) {
    WalkPlace place = walk_first();
    int inner = walk->rank - 1;
    do {
        add_run(walk->size[inner], in->slope + place.offset[0], walk->stride[0][inner],
                out->slope + place.offset[1], walk->stride[1][inner]);
    } while (walk_next(walk, &place));
}

/* Counts in the first pass what shares the slope in the second. */
static void max_backward(const Walk *walk, const Tensor *out, const Tensor *in, Real *ties) {
    int inner = walk->rank - 1;
    for (int pass = 0; pass < 2; pass++) {
        WalkPlace place = walk_first();
        do {
            for (ptrdiff_t i = 0; i < (ptrdiff_t)walk->size[inner]; i++) {
                ptrdiff_t from = place.offset[0] + i * walk->stride[0][inner];
                ptrdiff_t to = place.offset[1] + i * walk->stride[1][inner];
                if (in->value[from] == out->value[to]) {
                    if (pass == 0) {
                        ties[to] += 1;
                    } else {
                        in->slope[from] += out->slope[to] / ties[to];
                    }
                }
            }
        } while (walk_next(walk, &place));
    }
}

void reduce_backward(const Node *node, const Tensor *out, Tensor *const *in) {
    Walk walk = reduce_walk(node, out, in[0]);
    if (node->op == OP_SUM) {
        sum_backward(&walk, out, in[0]);
        return;
    }
    Real *ties = calloc(out->examples * out->count, sizeof *ties);
    if (ties) {
        max_backward(&walk, out, in[0], ties);
    }
    free(ties);
}
