/* remainder_nests: the gradient by input of a strided convolution has no remainder left in its
   loops where the plan goes through them first, in text; and it keeps its bits, whatever the plan,
   through all passes behind. */

#include "../numeric/dice.h"
#include "drawn_plans.h"
#include "equations_parse.h"
#include "equations_run.h"
#include "formula_graph.h"
#include "loops_parse.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <string.h>

static char *text_of(const LoopKernel *kernel) {
    Text *out = text_new(kernel->symbols->compiler);
    loops_text(out, kernel);
    return out->bytes;
}

#define HEAD "kernel h(x: f32[640], h: f32[640] out)\n"

static void expect_text(const char *before, const char *expected) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = loops_parse(compiler, format_text(compiler, HEAD "%s", before));
    cr_assert_not_null(kernel);
    cr_assert_null(loops_check(kernel), "%s", loops_check(kernel));
    remainder_nests(kernel);
    const char *problem = loops_check(kernel);
    cr_expect_null(problem, "%s%s", text_of(kernel), problem);
    cr_expect_str_eq(text_of(kernel), format_text(compiler, HEAD "%s", expected));
    test_compiler_free(compiler);
}

Test(remainder_nests, a_loop_goes_by_the_stride) {
    expect_text("  for y = 0..12 by 4, k = 0..5, o = 0..3\n"
                "    if (y - k + 7) % 2 == 0 and y - k + 7 >= 0\n"
                "      h[y + o] += x[(y - k + 7)/2]\n",
                "  for y = 0..12 by 4, k = 1..5 by 2, o = 0..3\n"
                "    if y - k + 7 >= 0\n"
                "      h[y + o] += x[(y - k + 7)/2]\n");
}

Test(remainder_nests, each_value_of_the_smallest_digit_has_loops_of_its_own) {
    expect_text("  for y0 = 0..12 by 3, y1 = 0..3 each\n"
                "    local s: f32[1]\n"
                "    s[0] = 0\n"
                "    for k = 0..4\n"
                "      if (y0 + y1 - 2*k + 9) % 3 == 0\n"
                "        s[0] += x[(y0 + y1 - 2*k + 9)/3]\n"
                "    h[y0 + y1] = s[0]\n",
                "  for y0 = 0..12 by 3\n"
                "    local s_0: f32[1]\n"
                "    s_0[0] = 0\n"
                "    for k = 0..6 by 3\n"
                "      s_0[0] += x[(y0 - 2*k + 9)/3]\n"
                "    h[y0] = s_0[0]\n"
                "    local s_1: f32[1]\n"
                "    s_1[0] = 0\n"
                "    for k = 2..3 each\n"
                "      s_1[0] += x[(y0 - 2*k + 10)/3]\n"
                "    h[y0 + 1] = s_1[0]\n"
                "    local s_2: f32[1]\n"
                "    s_2[0] = 0\n"
                "    for k = 1..2 each\n"
                "      s_2[0] += x[(y0 - 2*k + 11)/3]\n"
                "    h[y0 + 2] = s_2[0]\n");
}

/* With a stride of 2 and a dilation of 2, every second row has no term at all. */
Test(remainder_nests, what_never_has_a_term_is_gone) {
    expect_text("  for y = 0..2 each, k = 0..3\n"
                "    if (y - 2*k + 6) % 2 == 0\n"
                "      h[y] += x[(y - 2*k + 6)/2]\n"
                "  for y = 0..8 by 4\n"
                "    if (y + 2) % 4 == 0\n"
                "      h[y] = 1\n"
                "    else\n"
                "      h[y] = 2\n",
                "  for k = 0..3\n"
                "    h[0] += x[3 - k]\n"
                "  for y = 0..8 by 4\n"
                "    h[y] = 2\n");
}

/* Other loops keep their marks, and their rounds. */
Test(remainder_nests, a_test_on_two_loops_stays) {
    static const char *const same[] = {
        "  for y = 0..8, k = 0..3\n"
        "    if (y + k) % 2 == 0\n"
        "      h[y] += x[(y + k)/2]\n",
        "  for y = 0..2 each, k = 0..3\n"
        "    h[y] += x[k]\n",
        "  for k = 0..6\n"
        "    h[k] = 1\n"
        "    if k % 2 == 0\n"
        "      h[k] += x[k/2]\n",
        "  for k = 0..6\n"
        "    if k % 2 == 0\n"
        "      h[k] += x[k/2]\n"
        "    else\n"
        "      h[k] = 0\n",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        expect_text(same[i], same[i]);
}

// Gradients by input of convolutions

/* In rows; columns are alike. */
typedef struct {
    int stride, dilation, pad, taps, rows, out_rows;
} Shape2;

static Shape2 drawn_shape(Dice *dice) {
    Shape2 shape = {.stride = dice_between(dice, 2, 3), .dilation = dice_between(dice, 1, 2)};
    shape.taps = dice_between(dice, 1, 4);
    int reach = shape.dilation * (shape.taps - 1);
    shape.pad = dice_between(dice, 0, reach / 2 + 1);
    shape.rows = dice_between(dice, reach + 2, reach + 7);
    shape.out_rows = (shape.rows + 2 * shape.pad - reach - 1) / shape.stride + 1;
    return shape;
}

/* The row of the output times the stride, as rows of the input and of the weights say. */
static char *scaled_row(Compiler *compiler, Shape2 shape, const char *row, const char *tap) {
    return format_text(compiler, "%s - %d*%s + %d", row, shape.dilation, tap, shape.pad);
}

static char *tests_of(Compiler *compiler, Shape2 shape, const char *row, const char *tap) {
    return format_text(compiler,
                       "(%s - %d*%s + %d) %% %d == 0 and %s - %d*%s + %d >= 0 and "
                       "%d*%s - %s + %d >= 0",
                       row, shape.dilation, tap, shape.pad, shape.stride, row, shape.dilation, tap,
                       shape.pad, shape.dilation, tap, row,
                       (shape.out_rows - 1) * shape.stride - shape.pad);
}

static char *gradient_text(Compiler *compiler, Shape2 y, Shape2 x) {
    Text *out = text_new(compiler);
    text_add(out, "kernel d_in: b 4 examples, c 3, Y %d, X %d, ky %d, o 2, kx %d\n", y.rows, x.rows,
             y.taps, x.taps);
    text_add(out, "  weight: f32[2, 3, %d, %d]\n", y.taps, x.taps);
    text_add(out, "  d_s: f32[4, 2, %d, %d]\n", y.out_rows, x.out_rows);
    text_add(out, "  d_in: f32[4, 3, %d, %d]\n", y.rows, x.rows);
    text_add(out, "  d_in[b, c, Y, X] = sum(ky, o, kx where %s and %s",
             tests_of(compiler, y, "Y", "ky"), tests_of(compiler, x, "X", "kx"));
    text_add(out, ": weight[o, c, ky, kx] * d_s[b, o, (%s)/%d, (%s)/%d])    stored\n",
             scaled_row(compiler, y, "Y", "ky"), y.stride, scaled_row(compiler, x, "X", "kx"),
             x.stride);
    return out->bytes;
}

/* "Y/6+2"; the whole axis where that is shorter. */
static char *digit_text(Compiler *compiler, const char *axis, int step, int extent) {
    step = step < extent ? step : extent;
    return format_text(compiler, extent % step ? "%s/%d+%d" : "%s/%d", axis, step, extent % step);
}

enum { PLANS = 5, PLANS_BY_REMAINDERS = 3 };

static char *plan_of(Compiler *compiler, Shape2 y, Shape2 x, int number) {
    const char *rows = digit_text(compiler, "Y", y.stride, y.rows);
    const char *columns = digit_text(compiler, "X", 2 * x.stride, x.rows);
    switch (number) {
    case 0: /* as in a padded convolution, tiles of columns */
        return format_text(compiler,
                           "plan d_in\n  for %s, %s\n    sum d_in: each Y, each X:%d, for ky, "
                           "for o, unroll kx, unroll c, unroll X/%d, lanes b\n",
                           rows, columns, x.stride, x.stride);
    case 1: /* axes whole */
        return format_text(compiler,
                           "plan d_in\n  for c\n    sum d_in: each Y:%d, each X:%d, for Y/%d, "
                           "lanes b, for o, unroll ky, for kx, unroll X/%d\n",
                           y.stride, x.stride, y.stride, x.stride);
    case 2: /* parts */
        return format_text(compiler,
                           "plan d_in\n  sum d_in: for b, each X:%d, each Y:%d, for Y/%d, "
                           "for X/%d, for c, unroll kx parts, for ky, for o\n",
                           x.stride, y.stride, y.stride, x.stride);
    case 3:
        return format_text(compiler,
                           "plan d_in\n  sum d_in: for c, for Y, for X, for ky, for kx, for o, "
                           "lanes b\n");
    default:
        return format_text(compiler,
                           "plan d_in\n  for %s\n    sum d_in: for o, for Y, for kx, for "
                           "ky, unroll X, for c, for b\n",
                           rows);
    }
}

static bool asks_for_multiples(const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        for (int k = 0; k < stmt->test_count; k++)
            if (stmt->tests[k].divisor)
                return true;
        if ((stmt->body && asks_for_multiples(stmt->body)) ||
            (stmt->otherwise && asks_for_multiples(stmt->otherwise)))
            return true;
    }
    return false;
}

/* What a kernel makes of drawn arguments. */
static double *made_by(const LoopKernel *kernel, bool is_whole) {
    const char *problem = loops_check(kernel);
    cr_assert_null(problem, "%s%s", text_of(kernel), problem);
    double **memory = loops_memory(kernel, 11, is_whole);
    problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s%s", text_of(kernel), problem);
    return memory[2];
}

static void check_gradient(Shape2 y, Shape2 x, int number) {
    Compiler *compiler = plans_compiler();
    const char *text = gradient_text(compiler, y, x), *plan_text = plan_of(compiler, y, x, number);
    Equations *equations = equations_parse(compiler, text);
    cr_assert_not_null(equations, "%s", text);
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){plan_text}, &plan);
    problem = problem ? problem : plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s%s%s", text, plan_text, problem);
    LoopKernel *kernel = apply_plan(equations, plan, true);
    size_t size = (size_t)(4 * 3 * y.rows * x.rows) * sizeof(double);
    cr_expect_arr_eq(made_by(kernel, true), made_by(plain_nests(equations), true), size, "%s%s",
                     text, plan_text);
    double *expected = made_by(kernel, false);
    remainder_nests(kernel);
    cr_expect_arr_eq(made_by(kernel, false), expected, size, "%s%s", text, plan_text);
    if (number < PLANS_BY_REMAINDERS)
        cr_expect_not(asks_for_multiples(kernel->body), "%s", text_of(kernel));
    split_index_sets(kernel);
    problem = address(kernel, NULL, &kernel);
    problem = problem ? problem : vectorise(kernel, &kernel);
    cr_assert_null(problem, "%s%s%s", text, plan_text, problem);
    cr_expect_arr_eq(made_by(kernel, false), expected, size, "%s", text_of(kernel));
    unroll(kernel);
    scalar_replace(kernel);
    clean(kernel);
    cr_expect_arr_eq(made_by(kernel, false), expected, size, "%s", text_of(kernel));
    test_compiler_free(compiler);
}

Test(remainder_nests, gradients_of_strided_convolutions_keep_their_bits) {
    Dice dice = dice_new(5);
    for (int i = 0; i < 40; i++)
        check_gradient(drawn_shape(&dice), drawn_shape(&dice), i % PLANS);
}

/* Each remainder has taps of its own: one for even rows, two for odd ones, and no test but whether
   the last row has a second. */
Test(remainder_nests, remainders_have_taps_of_their_own) {
    Compiler *compiler = plans_compiler();
    Equations *equations = equations_parse(
        compiler, "kernel d_in: b 4 examples, Y 8, ky 3, o 2\n"
                  "  weight: f32[2, 3]\n"
                  "  d_s: f32[4, 2, 4]\n"
                  "  d_in: f32[4, 8]\n"
                  "  d_in[b, Y] = sum(ky, o where (Y - ky + 1) % 2 == 0 and Y - ky + 1 >= 0 and "
                  "ky - Y + 5 >= 0: weight[o, ky] * d_s[b, o, (Y - ky + 1)/2])    stored\n");
    Plan *plan;
    cr_assert_null(
        plan_parse(equations,
                   &(const char *){"plan d_in\n"
                                   "  sum d_in: each Y:2, for Y/2, for ky, for o, lanes b\n"},
                   &plan));
    LoopKernel *kernel = apply_plan(equations, plan, true);
    remainder_nests(kernel);
    split_index_sets(kernel);
    cr_assert_null(address(kernel, NULL, &kernel));
    cr_assert_null(vectorise(kernel, &kernel));
    unroll(kernel);
    scalar_replace(kernel);
    clean(kernel);
    cr_expect_str_eq(text_of(kernel),
                     "kernel d_in(weight: f32[6], d_s: f32[32], d_in: f32[32] out)\n"
                     "  for Y1 = 0..8 by 2\n"
                     "    var d_in.sum_0_0: f32x4 = splat(0):4\n"
                     "    for o = 0..2\n"
                     "      d_in.sum_0_0 = fma(splat(weight[3*o + 1]):4, d_s[(Y1 + 8*o)/2]:4 by 8, "
                     "d_in.sum_0_0)\n"
                     "    d_in[Y1]:4 by 8 = d_in.sum_0_0\n"
                     "  for Y1 = 0..8 by 2\n"
                     "    var d_in.sum_1_0: f32x4 = splat(0):4\n"
                     "    for ky = 0..4 by 2\n"
                     "      if 4 - Y1 + ky >= 0\n"
                     "        for o = 0..2\n"
                     "          d_in.sum_1_0 = fma(splat(weight[ky + 3*o]):4, "
                     "d_s[(Y1 - ky + 8*o + 2)/2]:4 by 8, d_in.sum_1_0)\n"
                     "    d_in[Y1 + 1]:4 by 8 = d_in.sum_1_0\n");
    test_compiler_free(compiler);
}
