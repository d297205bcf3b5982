/* Elementwise operators: each row of operators.h becomes one forward loop and three backward
   loops. Broadcasting is a matter of the strides that come in; neighbours in memory are walked in
   one inner loop that the compiler can vectorise. */

#include "tensor.h"

#include <math.h>
#include <tgmath.h>

/* p: the operands; step: 0 or 1 or a stride, per operand. Operands that an operator lacks repeat
   the first. */
typedef void Forward(size_t count, Real *y, const Real *const *p, const ptrdiff_t *step);
/* slope[i * step] += the slope by one operand. */
typedef void Backward(size_t count, Real *slope, ptrdiff_t slope_step, const Real *const *p,
                      const ptrdiff_t *step);

/* In a backward loop the operands are a, b, c; then come y and d, which have step 1. */
enum { AT_Y = 3, AT_D = 4 };

#define USE(name) (void)(name)
#define FORWARD_LOOP(VALUE, SA, SB, SC)                                                            \
    for (size_t i = 0; i < count; i++) {                                                           \
        const Real a = p[0][(ptrdiff_t)i * (SA)], b = p[1][(ptrdiff_t)i * (SB)],                   \
                   c = p[2][(ptrdiff_t)i * (SC)];                                                  \
        USE(a), USE(b), USE(c);                                                                    \
        y[i] = (Real)(VALUE);                                                                      \
    }

#define OPERATOR(id, VALUE, A, B, C)                                                               \
    static void forward_##id(size_t count, Real *restrict y, const Real *const *p,                 \
                             const ptrdiff_t *step) {                                              \
        if (step[0] == 1 && step[1] == 1 && step[2] == 1) {                                        \
            FORWARD_LOOP(VALUE, 1, 1, 1)                                                           \
        } else if (step[0] == 1 && step[1] == 0) {                                                 \
            FORWARD_LOOP(VALUE, 1, 0, step[2])                                                     \
        } else if (step[0] == 0 && step[1] == 1) {                                                 \
            FORWARD_LOOP(VALUE, 0, 1, step[2])                                                     \
        } else {                                                                                   \
            FORWARD_LOOP(VALUE, step[0], step[1], step[2])                                         \
        }                                                                                          \
    }
#include "operators.h"
#undef OPERATOR

static Forward *const forward[OP_COUNT] = {
#define OPERATOR(id, VALUE, A, B, C) [OP_##id] = forward_##id,
#include "operators.h"
#undef OPERATOR
};

#define NO 0
#define LOAD(SA, SB, SC)                                                                           \
    const Real a = p[0][(ptrdiff_t)i * (SA)], b = p[1][(ptrdiff_t)i * (SB)],                       \
               c = p[2][(ptrdiff_t)i * (SC)];                                                      \
    const Real y = p[AT_Y][i], d = p[AT_D][i];                                                     \
    USE(a), USE(b), USE(c), USE(y), USE(d);
#define BACKWARD(name, SLOPE)                                                                      \
    static void name(size_t count, Real *restrict slope, ptrdiff_t slope_step,                     \
                     const Real *const *p, const ptrdiff_t *step) {                                \
        if (slope_step == 0) {                                                                     \
            Real sum = 0;                                                                          \
            for (size_t i = 0; i < count; i++) {                                                   \
                LOAD(step[0], step[1], step[2])                                                    \
                sum += (Real)(SLOPE);                                                              \
            }                                                                                      \
            slope[0] += sum;                                                                       \
        } else if (slope_step == 1 && step[0] == 1 && step[1] == 1 && step[2] == 1) {              \
            for (size_t i = 0; i < count; i++) {                                                   \
                LOAD(1, 1, 1)                                                                      \
                slope[i] += (Real)(SLOPE);                                                         \
            }                                                                                      \
        } else {                                                                                   \
            for (size_t i = 0; i < count; i++) {                                                   \
                LOAD(step[0], step[1], step[2])                                                    \
                slope[(ptrdiff_t)i * slope_step] += (Real)(SLOPE);                                 \
            }                                                                                      \
        }                                                                                          \
    }
#define OPERATOR(id, VALUE, A, B, C)                                                               \
    BACKWARD(backward_a_##id, A)                                                                   \
    BACKWARD(backward_b_##id, B)                                                                   \
    BACKWARD(backward_c_##id, C)
#include "operators.h"
#undef OPERATOR

static Backward *const backward[OP_COUNT][3] = {
#define OPERATOR(id, VALUE, A, B, C)                                                               \
    [OP_##id] = {backward_a_##id, backward_b_##id, backward_c_##id},
#include "operators.h"
#undef OPERATOR
};

/* Operand 0 is the result, 1 to 3 are a, b, c. */
static Walk map_walk(const Node *node, const Tensor *out, Tensor *const *in) {
    const Tensor *operands[WALK_OPERANDS] = {out, in[0], in[0], in[0]};
    for (int i = 0; i < node->input_count; i++) {
        operands[i + 1] = in[i];
    }
    Walk walk = walk_new(out->examples, out->shape, WALK_OPERANDS, operands);
    walk_join(&walk);
    return walk;
}

static void operand_steps(const Walk *walk, ptrdiff_t *step) {
    for (int i = 0; i < 3; i++) {
        step[i] = walk->stride[i + 1][walk->rank - 1];
    }
}

static const Real *operand(const Node *node, Tensor *const *in, int i) {
    return in[i < node->input_count ? i : 0]->value;
}

/* A square needs no power. */
static bool is_square(const Node *node, const Real *const *p, const ptrdiff_t *step) {
#ifdef GENERIC_FLOAT
    return node->op == OP_POW && step[1] == 0 && p[1][0] == 2;
#else
    (void)node, (void)p, (void)step;
    return false;
#endif
}

void map_run(const Node *node, size_t count, Real *y, const Real *const *p, const ptrdiff_t *step) {
    if (is_square(node, p, step)) {
        forward[OP_MUL](count, y, (const Real *const[]){p[0], p[0], p[0]},
                        (const ptrdiff_t[]){step[0], step[0], step[0]});
    } else {
        forward[node->op](count, y, p, step);
    }
}

void map_forward(const Node *node, Tensor *out, Tensor *const *in) {
    Walk walk = map_walk(node, out, in);
    WalkPlace place = walk_first();
    ptrdiff_t step[3];
    operand_steps(&walk, step);
    do {
        const Real *p[3];
        for (int i = 0; i < 3; i++) {
            p[i] = operand(node, in, i) + place.offset[i + 1];
        }
        map_run(node, walk.size[walk.rank - 1], out->value + place.offset[0], p, step);
    } while (walk_next(&walk, &place));
}

static void map_backward_to(const Node *node, const Tensor *out, Tensor *const *in, int to) {
    Walk walk = map_walk(node, out, in);
    WalkPlace place = walk_first();
    ptrdiff_t step[3];
    operand_steps(&walk, step);
    do {
        const Real *p[5];
        for (int i = 0; i < 3; i++) {
            p[i] = operand(node, in, i) + place.offset[i + 1];
        }
        p[AT_Y] = out->value + place.offset[0];
        p[AT_D] = out->slope + place.offset[0];
        backward[node->op][to](walk.size[walk.rank - 1], in[to]->slope + place.offset[to + 1],
                               step[to], p, step);
    } while (walk_next(&walk, &place));
}

void map_backward(const Node *node, const Tensor *out, Tensor *const *in) {
    for (int i = 0; i < node->input_count; i++) {
        if (in[i]->slope) {
            map_backward_to(node, out, in, i);
        }
    }
}
