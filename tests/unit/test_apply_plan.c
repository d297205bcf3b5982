/* apply_plan: whatever the plan, a kernel makes what its equations say: on whole numbers, whose
   sums are exact in any order, the same as their plain nests; and plans are read back as they were
   printed. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "equations_run.h"
#include "formula_graph.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static Equations *parsed(Compiler *compiler, const char *text) {
    Equations *equations = equations_parse(compiler, text);
    cr_assert_not_null(equations, "%s", text);
    Text *out = text_new(compiler);
    equations_text(out, equations);
    cr_assert_str_eq(out->bytes, text);
    return equations;
}

static Plan *planned(const Equations *equations, const char *text) {
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){text}, &plan);
    cr_assert_null(problem, "%s%s", text, problem);
    Text *out = text_new(equations->symbols->compiler);
    plan_text(out, equations, plan);
    cr_assert_str_eq(out->bytes, text);
    problem = plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s%s", text, problem);
    return plan;
}

/* The two kernels have the same arguments in the same order; locals of the first stand between. */
static void expect_same(const LoopKernel *plain, const LoopKernel *made, uint64_t seed,
                        const char *plan) {
    double **expected = loops_memory(plain, seed, true), **got = loops_memory(made, seed, true);
    for (int i = 0, k = 0; i < plain->symbols->buffer_count; i++) {
        const Buffer *buffer = &plain->symbols->buffers[i];
        if (buffer->is_local)
            continue;
        memcpy(got[k++], expected[i], (size_t)buffer_count(buffer) * sizeof(double));
    }
    const char *problem = loops_run(plain, expected);
    cr_assert_null(problem, "%s", problem);
    problem = loops_run(made, got);
    cr_assert_null(problem, "%s", problem);
    for (int i = 0, k = 0; i < plain->symbols->buffer_count; i++) {
        const Buffer *buffer = &plain->symbols->buffers[i];
        if (buffer->is_local)
            continue;
        for (int64_t at = 0; at < buffer_count(buffer); at++)
            cr_assert_eq(got[k][at], expected[i][at], "%s%s[%d]: %g for %g", plan, buffer->name,
                         (int)at, got[k][at], expected[i][at]);
        k++;
    }
}

static void check_plan(const char *equations_of, const char *plan_of) {
    Compiler *compiler = plans_compiler();
    Equations *equations = parsed(compiler, equations_of);
    Plan *plan = planned(equations, plan_of);
    LoopKernel *made = apply_plan(equations, plan, true);
    Text *out = text_new(compiler);
    loops_text(out, made);
    const char *problem = loops_check(made);
    cr_assert_null(problem, "%s%s%s", plan_of, out->bytes, problem);
    LoopKernel *plain = plain_nests(equations);
    problem = loops_check(plain);
    cr_assert_null(problem, "%s", problem);
    expect_same(plain, made, 7, plan_of);
    test_compiler_free(compiler);
}

Test(apply_plan, a_layer_by_any_plan_is_the_same) {
    static const char *const plans[] = {
        "plan h\n"
        "  sum h_sum: for b, for n, for k\n"
        "  make h: for b, for n\n",
        "plan h\n"
        "  for n/4+2, k/6, b/4\n"
        "    sum h_sum: for k, unroll b, lanes n mask; starts h.bias; waits h\n"
        "    make h: unroll b, lanes n mask\n",
        "plan h\n"
        "  for n/8+2, b/5+2\n"
        "    sum h_sum: for k/4, unroll k parts, unroll b, unroll n/4+2, lanes n narrow\n"
        "    make h: unroll b, unroll n/4+2, lanes n scalar\n",
        "plan h\n"
        "  for b\n"
        "    sum h_sum: for n, for k/8, lanes k\n"
        "    make h: for n/4+2, lanes n mask\n",
        "plan h\n"
        "  for b/4, k/12\n"
        "    sum h_sum: unroll b, for n, for k/3, unroll k parts\n"
        "  make h: for b, for n\n",
        "plan h\n"
        "  for n/5, k/7+3, b/4\n"
        "    sum h_sum: for k, unroll b, unroll n; waits h\n"
        "    make h: unroll b, unroll n\n",
        "plan h\n"
        "  for k/20+4, b\n"
        "    sum h_sum: for k/5+4, for n, for k; starts h.bias; waits h\n"
        "    make h: for n\n",
        "plan h\n"
        "  for k/9+6, n\n"
        "    for k/3\n"
        "      sum h_sum: for b, for k; waits h\n"
        "      make h: each b\n",
        "plan h\n"
        "  for n/5\n"
        "    for k/7+3\n"
        "      sum h_sum: for b, unroll n, for k; starts h.bias\n"
        "    make h: unroll n, for b\n",
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        check_plan(LAYER, plans[i]);
}

/* As remainders by a stride are. */
Test(apply_plan, the_smallest_digit_may_come_first) {
    check_plan(LAYER, "plan h\n"
                      "  for b/8+4, n\n"
                      "    sum h_sum: each b:2, unroll b/4, for k, unroll b/2; starts h.bias\n"
                      "    make h: each b:2, each b/2:2, for b/4\n");
    check_plan(LAYER, "plan h\n"
                      "  for n/7+3\n"
                      "    sum h_sum: each n:2, for k, each b:5, unroll n/2, for b/5\n"
                      "    make h: for b/5+2, each n:3, each b:3, for n/3, for b/3\n");
    check_plan(LAYER, "plan h\n"
                      "  sum h_sum: lanes b mask, for k/5+4, each n:4, for k, for n/4\n"
                      "  make h: each b:2, for n, for b/6, for b/2\n");
}

Test(apply_plan, values_inside_are_arrays_as_large_as_the_block_that_shares_them) {
    check_plan(SOFTMAX, "plan d_p\n"
                        "  for b/4+1\n"
                        "    sum top: unroll c, lanes b mask\n"
                        "    make e: unroll c, lanes b mask\n"
                        "    sum total: unroll c, lanes b mask\n"
                        "    sum cost: unroll c, lanes b mask\n"
                        "    make d_p: unroll c, lanes b mask\n");
    check_plan(SOFTMAX, "plan d_p\n"
                        "  sum top: for b, for c/4+2, unroll c parts\n"
                        "  for b\n"
                        "    make e: for c\n"
                        "    sum total: for c/8+2, lanes c mask\n"
                        "  for b/6+1\n"
                        "    sum cost: for c, unroll b\n"
                        "    make d_p: unroll b, for c/5, unroll c\n");
}

Test(apply_plan, a_sum_over_a_loop_of_the_tree_begins_before_it_and_ends_behind) {
    check_plan(GRADIENTS, "plan h.weight\n"
                          "  for n/4\n"
                          "    for b/8\n"
                          "      make d: unroll b, lanes n\n"
                          "      sum d_bias: for b/2, unroll b parts, lanes n\n"
                          "    for k/4+2\n"
                          "      sum d_weight: for b, unroll k, lanes n\n"
                          "      make new: unroll k, lanes n\n");
    check_plan(GRADIENTS, "plan h.weight\n"
                          "  for b/4\n"
                          "    make d: for b, for n\n"
                          "    sum d_bias: for n, for b\n"
                          "    for n/6\n"
                          "      sum d_weight: for k, unroll n, for b\n"
                          "  make new: for n, for k\n");
}

Test(apply_plan, terms_outside_of_a_value_are_left_out) {
    check_plan(PADDED, "plan a\n"
                       "  for b/4, y, x/4+2 split, o\n"
                       "    sum a: for ky, for c, unroll kx, unroll x, lanes b; starts bias\n");
    check_plan(
        PADDED,
        "plan a\n"
        "  sum a: for o/2+1, for b, each y, unroll o, for x, for c parts, each ky, for kx\n");
}

/* Whatever the order, the first of equal terms wins. */
Test(apply_plan, a_maximum_says_where_it_is) {
    static const char *const plans[] = {
        "  for b/4, Y, X, o\n"
        "    make a: unroll i, unroll j, lanes b\n"
        "    sum top, winner: unroll i, unroll j, lanes b\n"
        "    make d_a: unroll i, unroll j, lanes b\n",
        "  make a: for b, for i, for o, for Y, for X, for j\n"
        "  sum top, winner: for j, for b, for o, for Y, for i, lanes X mask\n"
        "  make d_a: for b, for o, for Y, for i, for X, for j\n",
        "  make a: for b, for i, for o, for Y, for X, for j\n"
        "  sum top, winner: for b, for o, for j, for Y, unroll i parts, for X\n"
        "  make d_a: for b, for o, for Y, for i, for X, for j\n",
        "  for o\n"
        "    make a: for b, for i, for Y, for X, for j\n"
        "    sum top, winner: for b, for Y, for X, unroll i parts, lanes j mask\n"
        "    make d_a: for b, for Y, for i, for X, lanes j mask\n",
        "  for j\n"
        "    make a: for i, for b, for o, for Y, for X\n"
        "    sum top, winner: for b, for o, for i, for Y, for X\n"
        "  make d_a: for b, for o, for Y, for i, for X, for j\n",
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        char text[600];
        snprintf(text, sizeof text, "plan top\n%s", plans[i]);
        check_plan(POOLED, text);
    }
    check_plan(WINDOWS, "plan top\n"
                        "  sum top, winner: for b, for k/2 parts, for i, for Y, unroll k parts\n"
                        "  make far: for b, for Y\n");
    check_plan(WINDOWS, "plan top\n"
                        "  for b\n"
                        "    sum top, winner: for i, unroll k, lanes Y mask\n"
                        "    make far: lanes Y mask\n");
}

#define TWICE                                                                                      \
    "kernel top: b 64, i 8\n"                                                                      \
    "  x: f32[64, 8]\n"                                                                            \
    "  top: f32[64]\n"                                                                             \
    "  winner: u8[64]\n"                                                                           \
    "  again: f32[64]\n"                                                                           \
    "  top[b], winner[b] = first_max(i: x[b, i])    stored\n"                                      \
    "  again[b] = maximum(i: x[b, i])    stored\n"

/* The first of the numbers that are equal to the maximum. */
static double first_of(const double *numbers, int count, double top) {
    for (int i = 0; i < count; i++)
        if (numbers[i] == top)
            return i;
    return -1;
}

/* Numbers that are none, infinite, zeros of both signs: the maximum is that of the plain reduction, bit
   by bit, and where it is a number the first such term is found. */
static void expect_maxima(const char *nests) {
    static const double special[] = {NAN, -INFINITY, INFINITY, 0, -0.0, 1, -1, 2};
    Compiler *compiler = plans_compiler();
    Equations *equations = parsed(compiler, TWICE);
    LoopKernel *kernel = apply_plan(
        equations, planned(equations, format_text(compiler, "plan top\n%s", nests)), true);
    double **memory = loops_memory(kernel, 1, false);
    uint64_t state = 5;
    for (int i = 0; i < 64 * 8; i++)
        memory[0][i] = special[drawn_number(&state, i < 256 ? 8 : 7) + (i < 256 ? 0 : 1)];
    const char *problem = loops_check(kernel);
    problem = problem ? problem : loops_run(kernel, memory);
    cr_assert_null(problem, "%s%s", nests, problem);
    for (int b = 0; b < 64; b++) {
        double top = memory[1][b];
        cr_expect_arr_eq(&top, &memory[3][b], sizeof top, "%s%d: %g", nests, b, top);
        cr_expect(memory[2][b] >= 0 && memory[2][b] < 8, "%s%d: %g", nests, b, memory[2][b]);
        if (b >= 32 && top > -INFINITY)
            cr_expect_eq(memory[2][b], first_of(&memory[0][8 * b], 8, top), "%s%d", nests, b);
    }
    test_compiler_free(compiler);
}

Test(apply_plan, a_maximum_that_says_where_it_is_has_the_bits_of_one_that_does_not) {
    expect_maxima("  sum top, winner: for b, for i\n  sum again: for b, for i\n");
    expect_maxima("  sum top, winner: for i, for b\n  sum again: for i, for b\n");
    expect_maxima("  sum top, winner: for b, for i/2 parts, unroll i parts\n"
                  "  sum again: for b, for i/2 parts, unroll i parts\n");
    expect_maxima("  sum top, winner: for b, lanes i\n  sum again: for b, lanes i\n");
    expect_maxima("  sum top, winner: for b/16, for i/4, unroll i parts, lanes b\n"
                  "  sum again: for b/16, for i/4, unroll i parts, lanes b\n");
}

/* Two contributions to one gradient, as of weights that two branches share: the second sum begins
   with the first. */
Test(apply_plan, a_sum_may_begin_with_another) {
    static const char shared[] =
        "kernel w: n 4, k 6, b 8 examples\n"
        "  da: f32[8, 4]\n"
        "  xa: f32[8, 6]\n"
        "  db: f32[8, 4]\n"
        "  xb: f32[8, 6]\n"
        "  first: f32[4, 6]\n"
        "  w: f32[4, 6]\n"
        "  first[n, k] = sum(b: da[b, n] * xa[b, k])\n"
        "  w[n, k] = sum(b: db[b, n] * xb[b, k]) as s: first[n, k] + s    stored\n";
    check_plan(shared, "plan w\n"
                       "  for k/3\n"
                       "    sum first: for b, unroll k, lanes n\n"
                       "    sum w: for b, unroll k, lanes n; starts first\n");
}

/* Norms of all gradients, then the update behind them: single numbers are values like others. */
Test(apply_plan, an_update_comes_behind_the_norm_of_all_gradients) {
    static const char clipped[] = "kernel clip: n 6, k 5\n"
                                  "  d_w: f32[6, 5]\n"
                                  "  d_b: f32[6]\n"
                                  "  w: f32[6, 5]\n"
                                  "  b: f32[6]\n"
                                  "  square_w: f32[]\n"
                                  "  square: f32[]\n"
                                  "  scale: f32[]\n"
                                  "  new_w: f32[6, 5]\n"
                                  "  new_b: f32[6]\n"
                                  "  square_w[] = sum(n, k: d_w[n, k] * d_w[n, k])\n"
                                  "  square[] = sum(n: d_b[n] * d_b[n]) as s: s + square_w[]\n"
                                  "  scale[] = select(square[] <= 200, 1, 2)\n"
                                  "  new_w[n, k] = w[n, k] - scale[] * d_w[n, k]    stored\n"
                                  "  new_b[n] = b[n] - scale[] * d_b[n]    stored\n";
    check_plan(clipped, "plan clip\n"
                        "  sum square_w: for n, for k/4+1, unroll k parts\n"
                        "  sum square: for n/2, unroll n parts\n"
                        "  make scale\n"
                        "  for n/2\n"
                        "    make new_w: for k, unroll n\n"
                        "    make new_b: unroll n\n");
    check_plan(clipped, "plan clip\n"
                        "  for n/3\n"
                        "    sum square_w: for k, for n\n"
                        "  sum square: for n; starts square_w\n"
                        "  make scale\n"
                        "  make new_b: for n\n"
                        "  make new_w: for n, for k\n");
}

/* A product of one example: outputs in lanes with a remainder, or inputs in lanes, summed across. */
Test(apply_plan, a_matrix_times_a_vector_has_its_remainder) {
    static const char product[] =
        "kernel p: n 10, k 13\n"
        "  weight: f32[10, 13]\n"
        "  h: f32[13]\n"
        "  bias: f32[10]\n"
        "  p: f32[10]\n"
        "  p[n] = sum(k: weight[n, k] * h[k]) as s: s + bias[n]    stored\n";
    check_plan(product, "plan p\n"
                        "  for n/8+2\n"
                        "    sum p: for k/4+1, unroll k parts, lanes n mask\n");
    check_plan(product, "plan p\n"
                        "  for n\n"
                        "    sum p: for k/8+5, lanes k mask\n");
}

// Plans drawn by a seed

Test(apply_plan, drawn_plans_change_nothing_but_the_order_of_sums) {
    static const char *const kernels[] = {LAYER, SOFTMAX, GRADIENTS, POOLED, WINDOWS};
    uint64_t state = 4711;
    for (int i = 0; i < 80; i++) {
        Compiler *compiler = plans_compiler();
        Equations *equations = parsed(compiler, kernels[i % 5]);
        check_plan(kernels[i % 5], drawn_plan(equations, &state, false));
        test_compiler_free(compiler);
    }
}

/* The number of the line where `at` stands. */
static int line_of(const char *text, const char *at) {
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static void expect_problem(const char *equations_of, const char *plan_of, const char *expected) {
    Compiler *compiler = plans_compiler();
    Equations *equations = parsed(compiler, equations_of);
    Plan *plan;
    const char *at = plan_of, *problem = plan_parse(equations, &at, &plan);
    problem = problem ? format_text(compiler, "%d: %s", line_of(plan_of, at), problem)
                      : plan_check(equations, plan, NULL);
    cr_expect(problem && strcmp(problem, expected) == 0, "%s%s", plan_of, problem);
    test_compiler_free(compiler);
}

Test(apply_plan, a_plan_that_does_not_fit_is_refused_with_a_reason) {
    static const struct {
        const char *nests, *problem;
    } rows[] = {
        {"  sum h_sum: for b, for n\n", "no loop of h_sum runs through k"},
        {"  sum h_sum: for b, for n, for k\n", "h has no nest"},
        {"  make h: for b, for n\n  sum h_sum: for b, for n, for k\n",
         "h_sum is read before it is made"},
        {"  for b/5\n    sum h_sum: for b, for n, for k\n", "b/5 leaves 2 and the plan says 0"},
        {"  for b/4\n    sum h_sum: for b/3, for b, for n, for k\n",
         "b/3 does not divide the block of 4 around it"},
        {"  sum h_sum: for b, for n/4+2, lanes n, for k\n",
         "a block of 2 does not fill the lanes of n, and the plan does not say how it runs"},
        {"  sum h_sum: for b, for n, for k; waits h\n", "h_sum waits and is not in blocks"},
        {"  sum h_sum: for b, for n, for k; starts x\n",
         "h_sum cannot begin with x, which it does not add"},
        {"  sum h_sum: for b, for n, for k parts; starts h.bias\n",
         "h_sum begins with h.bias and has parts"},
        {"  sum h_sum: for b, for n, for k\n  for k/4\n    make h: for b, for n\n",
         "a loop of h runs through k, which it has not"},
        {"  sum h_sum: for b, for n, for k/12 parts, for k/6 parts, for k/6 parts, for k/3 parts, "
         "for k/3 parts, for k parts\n",
         "h_sum needs accumulators of 8 axes, and these have at most 7"},
        {"  sum h: for b, for n\n", "h is no sum"},
        {"  make h_sum: for b, for n, for k\n", "h_sum is a sum"},
        {"  for k/4\n    sum h_sum: for b, for n, for k/2, unroll k parts; waits h\n",
         "h_sum waits and has parts"},
        {"  for k/4\n    sum h_sum: for b, for n, lanes k; waits h\n", "h_sum waits and has parts"},
        {"  sum h_sum: for b, for n, for k\n  make h: for b, for n; starts h.bias\n",
         "h is no sum, and neither starts nor waits"},
        {"  sum h_sum: for b, for n, for k\n  sum h_sum: for b, for n, for k\n",
         "h_sum is made twice"},
        {"  for k\n    sum h_sum: for b, for n\n", "h_sum has no reducing loop in its nest"},
        {"  sum h_sum: for b, for n, for k mask\n",
         "what is left of k is said of a loop that is not in lanes"},
        {"  sum h_sum: for b, lanes n/5, for n, for k\n",
         "lanes run through single elements, not n/5"},
        {"  sum h_sum: for b, for n/8+2, lanes n split mask, for k\n",
         "n is split and is no plain loop"},
        {"  sum h_sum: for b/4, for b/8, for b, for n, for k\n", "b/8 in a block of 4 is no loop"},
        {"  sum h_sum: for b, for n, for k; starts h\n",
         "h_sum cannot begin with h, which it does not add"},
        {"  sum h_sum: for b, for n:2, for n/2, for k\n",
         "n:2 is before larger digits, and not for `each` of its values"},
        {"  sum h_sum: for b, each n/2:2, for n/4+2, for n, for k\n",
         "n/2:2 is not the smallest digit of n"},
        {"  sum h_sum: for b, each n:1, for n, for k\n", "n:1 in a block of 10 is no digit"},
        {"  sum h_sum: for b, each n:11, for n/11, for k\n", "n:11 in a block of 10 is no digit"},
        {"  sum h_sum: for b, each n:2+1, for n/2, for k\n",
         "n:2 leaves something and goes through a whole block"},
        {"  sum h_sum: for b, each n:3, each n/3:2, for n/6, for k\n",
         "n:2 leaves something and goes through a whole block"},
        {"  sum h_sum: for b, each n:2, for n/5, for n, for k\n",
         "elements of n are 2 apart here, and n/5 goes between them"},
        {"  sum h_sum: for b, each n:3, for n/6, for n/3, for k\n",
         "elements of n are 3 apart here, and not as many in each block, which n/6 would have to "
         "leave over differently"},
        {"  sum h_sum: for b, each n:2, for n/4+2, for k\n", "no loop of h_sum runs through n"},
        {"  sum h_sum: for b, each n:2, lanes n/2, for k\n",
         "lanes run through single elements, not n/2"},
        {"  sum h_sum: for b, for n, each k:2, for k/2\n",
         "k is summed over, whose digits run in their order"},
        {"  sum x: for b, for n\n", "2: a value that the kernel makes expected, found ''"},
        {"  sum h_sum: for b; ends x\n",
         "2: 'starts' or 'waits', each once, expected, found 'ends'"},
        {"  sum h_sum: for b; starts x; starts x\n",
         "2: 'starts' or 'waits', each once, expected, found 'starts'"},
        {"  sum h_sum: for b, lanes n mask narrow\n",
         "2: the end of the line expected, found 'narrow'"},
        {"   sum h_sum: for b\n", "2: two blanks for each level expected, found 'sum'"},
        {"  sum h_sum: for b/9999999999\n", "2: a number of elements expected, found '9999999999'"},
        {"  sum h_sum: for b/x\n", "2: a number expected, found 'x'"},
        {"  sum h_sum: for /2\n", "2: an axis expected, found '/2'"},
        {"  make\n", "2: a value expected, found ''"},
        {"  many h\n", "2: 'for', 'sum' or 'make' expected, found 'many'"},
        {"make h\n", "2: a line of the plan expected, found 'make'"},
        {"  make h: for b, for n\n\nx", "4: a line of the plan expected, found 'x'"},
        {"  sum h_sum: for b, for q\n", "2: an axis of the kernel expected, found 'q'"},
        {"  sum h_sum: for b, spin n\n",
         "2: 'for', 'unroll', 'each', 'turn' or 'lanes' expected, found 'spin'"},
        {"  sum z: for b\n", "2: a value of the kernel expected, found 'z'"},
        {"  sum h_sum: for b/0\n", "2: a number of elements expected, found '0'"},
        {"  sum h_sum: for b for n\n", "2: the end of the line expected, found 'for'"},
        {"    make h: for b\n", "2: a line with fewer blanks before it expected, found 'make'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[400];
        snprintf(text, sizeof text, "plan h\n%s", rows[i].nests);
        expect_problem(LAYER, text, rows[i].problem);
    }
}

Test(apply_plan, a_maximum_with_two_values_is_planned_by_both) {
    static const char *const rows[][2] = {
        {"  sum top: for b\n", "2: the second value of a maximum expected, found ''"},
        {"  sum top, far: for b\n", "2: the second value of a maximum expected, found 'far'"},
        {"  sum winner: for b\n", "2: a value that the kernel makes expected, found ''"},
        {"  sum top, winner: for b, for Y, for i, for k; starts bias\n",
         "top is a maximum, which begins with its first term"},
        {"  for i\n    sum top, winner: for b, for Y, for k; waits far\n",
         "top would wait in two values"},
        {"  make far: for b, for Y\n", "top is read before it is made"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        snprintf(text, sizeof text, "plan top\n%s", rows[i][0]);
        expect_problem(WINDOWS, text, rows[i][1]);
    }
}

#define TWO_SUMS                                                                                   \
    "kernel u: n 6, k 8\n"                                                                         \
    "  w: f32[6, 8]\n"                                                                             \
    "  x: f32[6]\n"                                                                                \
    "  v: f32[6]\n"                                                                                \
    "  m: f32[6]\n"                                                                                \
    "  u: f32[6]\n"                                                                                \
    "  v[n] = sum(k: w[n, k])    stored\n"                                                         \
    "  m[n] = sum(k: w[n, k] * w[n, k])    stored\n"                                               \
    "  u[n] = x[n] * x[n]    stored\n"

/* What is not finished is not read, and nobody else uses the place where it waits. */
Test(apply_plan, sums_in_blocks_are_finished_in_the_last_one) {
    static const char *const rows[][3] = {
        {LAYER, "  for k/12\n    sum h_sum: for b, for n, for k; waits x\n",
         "h_sum cannot wait in x, which the kernel does not make of the same elements"},
        {LAYER, "  for k/12\n    sum h_sum: for b, for n, for k; waits h_sum\n",
         "h_sum cannot wait in h_sum, which stays inside the kernel"},
        {SOFTMAX,
         "  sum top: for b, for c\n  make e: for b, for c\n"
         "  for c/5\n    sum total: for b, for c\n    make d_p: for b, for c\n",
         "total is read where its sum is not finished"},
        {SOFTMAX,
         "  sum top: for b, for c\n  make e: for b, for c\n"
         "  for c/5\n    sum total: for b, for c; waits cost\n    sum cost: for b, for c\n",
         "cost is made in all blocks of c, of a sum that is finished in the last one"},
        {SOFTMAX, "  sum top: for b, for c\n  make e: for b, for c\n  make d_p: for b, for c\n",
         "total is read before it is made"},
        {TWO_SUMS, "  for k/4\n    sum v: for n, for k; waits u\n    make u: for n\n",
         "u is made while unfinished sums wait in it"},
        {TWO_SUMS,
         "  for k/4\n    sum v: for n, for k; waits u\n    sum m: for n, for k; waits u\n",
         "m cannot wait in u, which is in use"},
        {TWO_SUMS, "  make u: for n\n  for k/4\n    sum v: for n, for k; waits u\n",
         "v cannot wait in u, which is in use"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[400];
        snprintf(text, sizeof text, "plan h\n%s", rows[i][1]);
        expect_problem(rows[i][0], text, rows[i][2]);
    }
    check_plan(TWO_SUMS, "plan u\n"
                         "  for k/4\n"
                         "    sum v: for n, for k; waits u\n"
                         "  for k/2\n"
                         "    sum m: for n, for k; waits u\n"
                         "  make u: for n\n");
}

/* Values that are late in one round are there behind the loop, and in what is left over of it. */
Test(apply_plan, late_values_are_there_behind_their_blocks) {
    check_plan(LAYER, "plan h\n"
                      "  for n/5\n"
                      "    for k/12\n"
                      "      sum h_sum: for b, unroll n, for k; waits h\n"
                      "    make h: unroll n, for b\n");
    check_plan(LAYER, "plan h\n"
                      "  for k/10+4, n\n"
                      "    sum h_sum: for b, for k; waits h\n"
                      "    make h: for b\n");
}

/* What is made of a late value, and of that again. */
Test(apply_plan, nothing_is_made_of_what_is_not_there_yet) {
    static const char twice[] = "kernel g: n 6, k 3\n"
                                "  w: f32[6, 3]\n"
                                "  v: f32[6]\n"
                                "  a: f32[6]\n"
                                "  e: f32[6]\n"
                                "  g: f32[6]\n"
                                "  v[n] = sum(k: w[n, k])\n"
                                "  a[n] = v[n] * v[n]\n"
                                "  e[n] = a[n]    stored\n"
                                "  g[n] = 1 - a[n]    stored\n";
    check_plan(twice, "plan g\n"
                      "  for k/2+1\n"
                      "    for n\n"
                      "      sum v: each k; waits e\n"
                      "      make a\n"
                      "      make e\n"
                      "  make g: for n\n");
}

/* A next state may lie where the state before it is read. */
#define STEP                                                                                       \
    "kernel next.w: n 6, k 4\n"                                                                    \
    "  d: f32[6, 4]\n"                                                                             \
    "  w: f32[6]\n"                                                                                \
    "  s: f32[]\n"                                                                                 \
    "  g: f32[6]\n"                                                                                \
    "  next.w: f32[6]\n"                                                                           \
    "  s[] = sum(n: w[n])    stored\n"                                                             \
    "  g[n] = sum(k: d[n, k])\n"                                                                   \
    "  next.w[n] = w[n] - g[n]    stored over w\n"

Test(apply_plan, nothing_is_written_over_what_is_still_read) {
    static const char *const rows[][2] = {
        {"  sum s: for n\n  for k/2\n    sum g: for n, for k; waits next.w\n"
         "    make next.w: for n\n",
         "g cannot wait in next.w, which lies over w"},
        {"  sum g: for n, for k\n  make next.w: for n\n  sum s: for n\n",
         "w is read where another value has been written over it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[300];
        snprintf(text, sizeof text, "plan next.w\n%s", rows[i][0]);
        expect_problem(STEP, text, rows[i][1]);
    }
    static const char mirrored[] = "kernel next.w: n 6\n"
                                   "  w: f32[6]\n"
                                   "  e: f32[6]\n"
                                   "  next.w: f32[6]\n"
                                   "  e[n] = w[5 - n]    stored\n"
                                   "  next.w[n] = w[n] * 2    stored over w\n";
    expect_problem(mirrored, "plan next.w\n  for n/2\n    make e: for n\n    make next.w: for n\n",
                   "next.w is written over w in loops in which other elements of that are read");
    check_plan(mirrored, "plan next.w\n  make e: for n\n  make next.w: for n\n");
}

Test(apply_plan, lanes_do_not_lie_between_the_rounds_of_a_stride) {
    expect_problem(STRIDED, "plan d_in\n  sum d_in: for b, for c, lanes Y mask, for ky, for o\n",
                   "Y runs in lanes, and d_in has not a term for each");
    expect_problem(STRIDED, "plan d_in\n  sum d_in: for b, for c, for Y, lanes ky mask, for o\n",
                   "ky runs in lanes, and d_in has not a term for each");
    static const char every_second[] = "kernel t: n 8\n"
                                       "  x: f32[4]\n"
                                       "  t: f32[8]\n"
                                       "  t[n] = select(divides(2, n), x[n/2], 0)    stored\n";
    expect_problem(every_second, "plan t\n  make t: lanes n\n",
                   "n runs in lanes, and t has not a term for each");
    check_plan(every_second, "plan t\n  make t: for n\n");
    check_plan(every_second, "plan t\n  make t: each n:2, for n/2\n");
}

#define VECTOR "kernel v: n 100\n  x: f32[100]\n  v: f32[100]\n  v[n] = x[n]    stored\n"

Test(apply_plan, what_is_turned_is_around_lanes) {
    static const char *const rows[][2] = {
        {"  make t: turn k, for n\n",
         "k is turned, and there is no loop in lanes alone inside, or a sum"},
        {"  make t: turn k/2, lanes n mask, for k\n",
         "k is turned, and there is no loop in lanes alone inside, or a sum"},
        {"  make t: for n/4+2, turn k, lanes n mask\n", "9 rows of k are turned into vectors of 4"},
        {"  make t: for n/4+2, for k/4+1, turn k, lanes n narrow\n",
         "k is turned into vectors of n that are not all of several lanes"},
        {"  make t: for n, for k/4+1, turn k, lanes n mask\n",
         "k is turned into vectors of n that are not all of several lanes"},
        {"  make t: for n/4+2, for k/4+1, turn k mask, lanes n mask\n",
         "what is left of k is said of a loop that is not in lanes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        snprintf(text, sizeof text, "plan t\n%s", rows[i][0]);
        expect_problem(TURNED, text, rows[i][1]);
    }
    expect_problem(LAYER, "plan h\n  sum h_sum: for b, turn k, lanes n mask\n",
                   "k is turned, and there is no loop in lanes alone inside, or a sum");
    check_plan(TURNED, "plan t\n  make t: for n/4+2, for k/4+1, turn k, lanes n mask\n");
}

Test(apply_plan, vectors_are_those_of_the_target) {
    expect_problem(VECTOR, "plan v\n  make v: lanes n mask\n",
                   "n runs in 100 lanes, and the target has 16");
    expect_problem(
        VECTOR, "plan v\n  make v: for n/2, lanes n\n",
        "a block of 2 does not fill the lanes of n, and the plan does not say how it runs");
    check_plan(VECTOR, "plan v\n  make v: for n/16+4, for n/2, lanes n narrow\n");
}

Test(apply_plan, a_plan_begins_with_its_name) {
    static const char *const rows[][2] = {
        {"for b\n", "1: 'plan' expected, found 'for'"},
        {"plan \n", "1: the name of a kernel expected, found ''"},
        {"plan h :2\n", "1: the end of the line expected, found ''"},
        {"plan h:\n", "1: a number expected, found ''"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_problem(LAYER, rows[i][0], rows[i][1]);
    Compiler *compiler = plans_compiler();
    Equations *equations = parsed(compiler, LAYER);
    Plan *plan;
    cr_expect_null(plan_parse(equations, &(const char *){"plan h"}, &plan),
                   "the last line needs no end");
    cr_expect_null(plan_parse(equations, &(const char *){"plan f.h:2"}, &plan));
    cr_expect_str_eq(plan->name, "f.h:2");
    test_compiler_free(compiler);
}

Test(apply_plan, not_too_much_is_written_out) {
    static const char long_vector[] =
        "kernel v: n 20000\n  x: f32[20000]\n  v: f32[20000]\n  v[n] = x[n]    stored\n";
    expect_problem(long_vector, "plan v\n  make v: unroll n/2, each n\n",
                   "v would be written out 20000 times, at most 16384 are possible");
}

Test(apply_plan, comments_and_empty_lines_are_left_out) {
    static const char text[] = "# all of it\n"
                               "\n"
                               "plan h # a layer\n"
                               "# of two nests\n"
                               "  sum h_sum: for b, for n, for k # a product\n"
                               "      # indented as one likes\n"
                               "   \n"
                               "  make h: for b, for n\n"
                               "# behind it\n"
                               "plan next\n";
    Compiler *compiler = plans_compiler();
    Equations *equations = parsed(compiler, LAYER);
    Plan *plan;
    const char *at = text, *problem = plan_parse(equations, &at, &plan);
    cr_assert_null(problem, "%s", problem);
    cr_expect_str_eq(at, "plan next\n");
    Text *out = text_new(compiler);
    plan_text(out, equations, plan);
    cr_expect_str_eq(out->bytes, "plan h\n"
                                 "  sum h_sum: for b, for n, for k\n"
                                 "  make h: for b, for n\n");
    test_compiler_free(compiler);
}
