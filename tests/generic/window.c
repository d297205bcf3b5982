/* Windows over a value: sums and maxima of the elements that are inside, and where a maximum is first
   attained. It hands its slope on to that element; by `derivative` there are sums of such elements. */

#include "tensor.h"

#include <math.h>
#include <stdlib.h>

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

/* One term: where it is in the result, the value and, of sums by numbers, these; -1: in none. */
typedef struct {
    ptrdiff_t to, from, first;
    Real number;
} WindowTerm;

static WindowTerm term_at(const Node *node, const Tensor *out, Tensor *const *in,
                          const int64_t *loops) {
    const Contract *contract = node->contract;
    WindowTerm term = {.to = element_at(contract, 0, out->shape, loops),
                       .from = element_at(contract, 1, in[0]->shape, loops),
                       .first = -1};
    if (node->input_count > 1) {
        term.first = element_at(contract, 2, in[1]->shape, loops);
    }
    int64_t number = 0;
    for (int loop = 0; loop < contract->loop_count; loop++) {
        if (window_has_loop(node, loop)) {
            number = number * contract->extent[loop] + loops[loop];
        }
    }
    term.number = (Real)number;
    return term;
}

/* Whether the sum of this example has the term. */
static bool is_summed(const WindowTerm *term, Tensor *const *in, size_t b) {
    return term->first < 0 || in[1]->value[b * in[1]->count + (size_t)term->first] == term->number;
}

/* tops: of the terms so far; NULL where the result is that itself. */
static void add_term(const Node *node, Tensor *out, Tensor *const *in, const WindowTerm *term,
                     Real *tops) {
    for (size_t b = 0; b < out->examples; b++) {
        size_t to = b * out->count + (size_t)term->to;
        Real x = in[0]->value[b * in[0]->count + (size_t)term->from];
        Real *top = tops ? &tops[to] : &out->value[to];
        if (node->op == OP_WINDOW_SUM) {
            out->value[to] += is_summed(term, in, b) ? x : 0;
        } else if (x > *top || x != x) {
            *top = x;
            out->value[to] = tops ? term->number : x;
        }
    }
}

void window_forward(const Node *node, Tensor *out, Tensor *const *in) {
    size_t count = out->examples * out->count;
    Real *tops = node->op == OP_WINDOW_FIRST ? malloc(count * sizeof *tops) : NULL;
    for (size_t i = 0; i < count; i++) {
        out->value[i] = node->op == OP_WINDOW_MAX ? (Real)-INFINITY : 0;
        if (tops) {
            tops[i] = (Real)-INFINITY;
        }
    }
    int64_t loops[MAX_LOOPS] = {0};
    do {
        WindowTerm term = term_at(node, out, in, loops);
        if (term.to >= 0 && term.from >= 0) {
            add_term(node, out, in, &term, tops);
        }
    } while (next_term(node->contract, loops));
    free(tops);
}

/* The terms of a window come in its own order, row-major, whatever comes between them: the first that
   is equal takes the slope, which is 0 for those behind. */
void window_backward(const Node *node, Tensor *out, Tensor *const *in) {
    int64_t loops[MAX_LOOPS] = {0};
    if (!in[0]->slope || node->op == OP_WINDOW_FIRST) {
        return;
    }
    do {
        WindowTerm term = term_at(node, out, in, loops);
        for (size_t b = 0; term.to >= 0 && term.from >= 0 && b < out->examples; b++) {
            size_t x = b * in[0]->count + (size_t)term.from, y = b * out->count + (size_t)term.to;
            bool is_max = node->op == OP_WINDOW_MAX;
            if (is_max ? in[0]->value[x] == out->value[y] : is_summed(&term, in, b)) {
                in[0]->slope[x] += out->slope[y];
                out->slope[y] = is_max ? 0 : out->slope[y];
            }
        }
    } while (next_term(node->contract, loops));
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
