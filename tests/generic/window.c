/* Windows over a value: sums and maxima of the elements that are inside. A maximum hands its slope on
   to the first element that attains it. */

#include "tensor.h"

#include <math.h>

/* A window's loops, one step after the other, the last loop fastest. */
static bool next_term(const Contract *contract, int64_t *loops) {
    for (int loop = contract->loop_count - 1; loop >= 0; loop--) {
        if (++loops[loop] < contract->extent[loop]) {
            return true;
        }
        loops[loop] = 0;
    }
    return false;
}

/* -1 outside. */
static ptrdiff_t element_at(const Contract *contract, int which, Shape shape,
                            const int64_t *loops) {
    ptrdiff_t element = 0;
    for (int axis = 0; axis < shape.rank; axis++) {
        int64_t at = contract->index[which].offset[axis];
        for (int loop = 0; loop < contract->loop_count; loop++) {
            at += contract->index[which].factor[axis][loop] * loops[loop];
        }
        if (at < 0 || at >= shape.size[axis]) {
            return -1;
        }
        element = element * (ptrdiff_t)shape.size[axis] + (ptrdiff_t)at;
    }
    return element;
}

void window_forward(const Node *node, Tensor *out, Tensor *const *in) {
    bool is_sum = node->op == OP_WINDOW_SUM;
    for (size_t i = 0; i < out->examples * out->count; i++) {
        out->value[i] = is_sum ? 0 : (Real)-INFINITY;
    }
    int64_t loops[MAX_LOOPS] = {0};
    do {
        ptrdiff_t to = element_at(node->contract, 0, out->shape, loops);
        ptrdiff_t from = element_at(node->contract, 1, in[0]->shape, loops);
        for (size_t b = 0; from >= 0 && b < out->examples; b++) {
            Real x = in[0]->value[b * in[0]->count + (size_t)from];
            Real *y = &out->value[b * out->count + (size_t)to];
            if (is_sum) {
                *y += x;
            } else if (x > *y || x != x) {
                *y = x;
            }
        }
    } while (next_term(node->contract, loops));
}

/* The terms of a window come in its own order, row-major, whatever comes between them: the first that
   is equal takes the slope, which is 0 for those behind. */
static void max_backward(const Node *node, Tensor *out, Tensor *const *in) {
    int64_t loops[MAX_LOOPS] = {0};
    do {
        ptrdiff_t to = element_at(node->contract, 0, out->shape, loops);
        ptrdiff_t from = element_at(node->contract, 1, in[0]->shape, loops);
        for (size_t b = 0; from >= 0 && b < out->examples; b++) {
            size_t x = b * in[0]->count + (size_t)from, y = b * out->count + (size_t)to;
            if (in[0]->value[x] == out->value[y]) {
                in[0]->slope[x] += out->slope[y];
                out->slope[y] = 0;
            }
        }
    } while (next_term(node->contract, loops));
}

static void sum_backward(const Node *node, const Tensor *out, Tensor *const *in) {
    int64_t loops[MAX_LOOPS] = {0};
    do {
        ptrdiff_t to = element_at(node->contract, 0, out->shape, loops);
        ptrdiff_t from = element_at(node->contract, 1, in[0]->shape, loops);
        for (size_t b = 0; from >= 0 && b < out->examples; b++) {
            in[0]->slope[b * in[0]->count + (size_t)from] +=
                out->slope[b * out->count + (size_t)to];
        }
    } while (next_term(node->contract, loops));
}

void window_backward(const Node *node, Tensor *out, Tensor *const *in) {
    if (in[0]->slope && node->op == OP_WINDOW_SUM) {
        sum_backward(node, out, in);
    } else if (in[0]->slope) {
        max_backward(node, out, in);
    }
}

double window_distance(const Node *node, const Tensor *out, const Tensor *in) {
    int64_t loops[MAX_LOOPS] = {0};
    double most = 0, least = 1;
    for (size_t i = 0; i < in->examples * in->count; i++) {
        most = fmax(most, fabs((double)in->value[i]));
    }
    do {
        ptrdiff_t to = element_at(node->contract, 0, out->shape, loops);
        ptrdiff_t from = element_at(node->contract, 1, in->shape, loops);
        for (size_t b = 0; from >= 0 && b < out->examples; b++) {
            double x = (double)in->value[b * in->count + (size_t)from];
            double y = (double)out->value[b * out->count + (size_t)to];
            least = x != y ? fmin(least, fabs(x - y) / most) : least;
        }
    } while (next_term(node->contract, loops));
    return least;
}
