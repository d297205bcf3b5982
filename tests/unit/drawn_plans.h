/* Kernels as equations, and plans for them that are drawn by a seed. */

#ifndef DRAWN_PLANS_H
#define DRAWN_PLANS_H

#include "schedule/schedule.h"

/* A layer with its activation. */
#define LAYER                                                                                      \
    "kernel h: b 12 examples, n 10, k 24\n"                                                        \
    "  h.weight: f32[10, 24]\n"                                                                    \
    "  x: f32[12, 24]\n"                                                                           \
    "  h.bias: f32[10]\n"                                                                          \
    "  h_sum: f32[12, 10]\n"                                                                       \
    "  h: f32[12, 10]\n"                                                                           \
    "  h_sum[b, n] = sum(k: h.weight[n, k] * x[b, k]) as s: s + h.bias[n]\n"                       \
    "  h[b, n] = select(h_sum[b, n] <= 0, 0, h_sum[b, n])    stored\n"

/* A softmax with cross-entropy: four nests below one loop, values that stay inside. */
#define SOFTMAX                                                                                    \
    "kernel d_p: b 13 examples, c 10\n"                                                            \
    "  z: f32[13, 10]\n"                                                                           \
    "  t: i32[13]\n"                                                                               \
    "  top: f32[13]\n"                                                                             \
    "  e: f32[13, 10]\n"                                                                           \
    "  total: f32[13]\n"                                                                           \
    "  cost: f32[13]\n"                                                                            \
    "  d_p: f32[13, 10]\n"                                                                         \
    "  top[b] = maximum(c: z[b, c])\n"                                                             \
    "  e[b, c] = z[b, c] - top[b]\n"                                                               \
    "  total[b] = sum(c: e[b, c])\n"                                                               \
    "  cost[b] = sum(c: select(t[b] == index(c), e[b, c] - total[b], 0)) as s: -s    stored\n"     \
    "  d_p[b, c] = e[b, c] * total[b] - f32(t[b] == index(c))    stored\n"

/* A weight gradient and its bias gradient in one kernel, the latter made where its operand is. */
#define GRADIENTS                                                                                  \
    "kernel h.weight: n 12, k 10, b 16 examples\n"                                                 \
    "  z: f32[16, 12]\n"                                                                           \
    "  x: f32[16, 10]\n"                                                                           \
    "  m: f32[12, 10]\n"                                                                           \
    "  d: f32[16, 12]\n"                                                                           \
    "  d_bias: f32[12]\n"                                                                          \
    "  d_weight: f32[12, 10]\n"                                                                    \
    "  new: f32[12, 10]\n"                                                                         \
    "  d[b, n] = select(z[b, n] <= 0, 0, z[b, n])\n"                                               \
    "  d_bias[n] = sum(b: d[b, n])    stored\n"                                                    \
    "  d_weight[n, k] = sum(b: d[b, n] * x[b, k])\n"                                               \
    "  new[n, k] = 2 * m[n, k] + d_weight[n, k]    stored\n"

/* A padded convolution. */
#define PADDED                                                                                     \
    "kernel a: b 4 examples, o 3, y 5, x 6, ky 3, c 2, kx 3\n"                                     \
    "  weight: f32[3, 2, 3, 3]\n"                                                                  \
    "  in: f32[4, 2, 5, 6]\n"                                                                      \
    "  bias: f32[3]\n"                                                                             \
    "  a: f32[4, 3, 5, 6]\n"                                                                       \
    "  a[b, o, y, x] = sum(ky, c, kx where y + ky - 1 >= 0 and 5 - y - ky >= 0"                    \
    " and x + kx - 1 >= 0 and 6 - x - kx >= 0"                                                     \
    ": weight[o, c, ky, kx] * in[b, c, y + ky - 1, x + kx - 1]) as s: s + bias[o]    stored\n"

/* The gradient by input of a convolution at stride 2. */
#define STRIDED                                                                                    \
    "kernel d_in: b 4 examples, c 3, Y 7, ky 3, o 2\n"                                             \
    "  weight: f32[2, 3, 3]\n"                                                                     \
    "  d_s: f32[4, 2, 4]\n"                                                                        \
    "  d_in: f32[4, 3, 7]\n"                                                                       \
    "  d_in[b, c, Y] = sum(ky, o where (Y - ky + 1) % 2 == 0 and Y - ky + 1 >= 0 and "             \
    "5 - Y + ky >= 0: weight[o, c, ky] * d_s[b, o, (Y - ky + 1)/2])    stored\n"

/* The largest of each window behind an activation, and where it is. */
#define POOLED                                                                                     \
    "kernel top: b 4 examples, o 3, Y 3, X 2, i 2, j 3\n"                                          \
    "  x: f32[4, 3, 6, 6]\n"                                                                       \
    "  a: f32[4, 3, 3, 2, 2, 3]\n"                                                                 \
    "  top: f32[4, 3, 3, 2]\n"                                                                     \
    "  winner: u8[4, 3, 3, 2]\n"                                                                   \
    "  d_a: f32[4, 3, 6, 6]\n"                                                                     \
    "  a[b, o, Y, X, i, j] = select(x[b, o, 2*Y + i, 3*X + j] <= -2, -2, "                         \
    "x[b, o, 2*Y + i, 3*X + j])\n"                                                                 \
    "  top[b, o, Y, X], winner[b, o, Y, X] = first_max(i, j: a[b, o, Y, X, i, j])    stored\n"     \
    "  d_a[b, o, 2*Y + i, 3*X + j] = select(i32(winner[b, o, Y, X]) == index(3*i + j), "           \
    "top[b, o, Y, X], 0)    stored\n"

/* Maxima over windows that overlap and reach outside. */
#define WINDOWS                                                                                    \
    "kernel top: b 3, Y 5, i 2, k 4\n"                                                             \
    "  x: f32[3, 2, 9]\n"                                                                          \
    "  bias: f32[5]\n"                                                                             \
    "  top: f32[3, 5]\n"                                                                           \
    "  winner: u8[3, 5]\n"                                                                         \
    "  far: f32[3, 5]\n"                                                                           \
    "  top[b, Y], winner[b, Y] = first_max(i, k where 2*Y + k - 1 >= 0 and 9 - 2*Y - k >= 0: "     \
    "x[b, i, 2*Y + k - 1] * x[b, i, 2*Y + k - 1]) as m: m + bias[Y]\n"                             \
    "  far[b, Y] = top[b, Y] * f32(winner[b, Y])    stored\n"

/* Dropout, and noise that all examples share. */
#define DROPPED                                                                                    \
    "kernel h: b 6 examples, n 10\n"                                                               \
    "  x: f32[6, 10]\n"                                                                            \
    "  h: f32[6, 10]\n"                                                                            \
    "  h[b, n] = select(uniform(5, b, n) < 0.25, 0, x[b, n] * 1.25) + uniform(6, n)    stored\n"

/* Weights the other way round, scaled. */
#define TURNED                                                                                     \
    "kernel t: n 10, k 9\n"                                                                        \
    "  w: f32[10, 9]\n"                                                                            \
    "  scale: f32[9]\n"                                                                            \
    "  t: f32[9, 10]\n"                                                                            \
    "  t[k, n] = w[n, k] * scale[k] + w[n, k]    stored\n"

/* The text of a plan that fits: loops around several nests, axes cut into digits, loops written out,
   cut, with parts, sums that begin with a value or wait; with lanes, where the target has vectors,
   some loops run in these, with rests of all kinds. */
char *drawn_plan(const Equations *equations, uint64_t *state, bool has_lanes);
/* test_compiler for a target with vectors of 16 lanes, and of less. */
Compiler *plans_compiler(void);
/* A number below `count`. */
int drawn_number(uint64_t *state, int count);

#endif
