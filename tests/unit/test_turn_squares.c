/* turn_squares: a loop to be turned becomes squares that are turned in registers, in text; and
   kernels keep their bits, whatever is left over. */

#include "drawn_plans.h"
#include "equations_parse.h"
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

/* In vectors. */
static void expect_text(const char *before, const char *expected) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = loops_parse(compiler, format_text(compiler, HEAD "%s", before)), *made;
    cr_assert_not_null(kernel);
    cr_assert_null(loops_check(kernel), "%s", loops_check(kernel));
    const char *problem = vectorise(kernel, &made);
    cr_assert_null(problem, "%s", problem);
    unroll(made);
    problem = loops_check(made);
    cr_expect_null(problem, "%s%s", text_of(made), problem);
    cr_expect_str_eq(text_of(made), format_text(compiler, HEAD "%s", expected));
    test_compiler_free(compiler);
}

Test(turn_squares, a_square_is_turned_in_registers) {
    expect_text("  for n0 = 0..8 by 4, n = 0..4 turn, k = 0..4 lanes 4\n"
                "    h[10*n0 + 10*n + k] = x[n0 + n + 8*k + 2]\n",
                "  for n0 = 0..8 by 4\n"
                "    var square_0: f32x4 = x[n0 + 2]:4\n"
                "    var square_1: f32x4 = x[n0 + 10]:4\n"
                "    var square_2: f32x4 = x[n0 + 18]:4\n"
                "    var square_3: f32x4 = x[n0 + 26]:4\n"
                "    transpose square_0, square_1, square_2, square_3\n"
                "    h[10*n0]:4 = square_0\n"
                "    h[10*n0 + 10]:4 = square_1\n"
                "    h[10*n0 + 20]:4 = square_2\n"
                "    h[10*n0 + 30]:4 = square_3\n");
}

Test(turn_squares, what_is_left_over_is_masked) {
    expect_text("  for n = 0..2 turn, k = 0..3 lanes 4\n"
                "    h[10*n + k] = x[n + 8*k] * x[n] + x[k]\n",
                "  var square_0: f32x4 = x[0]:4 mask 0x3\n"
                "  var square_1: f32x4 = x[8]:4 mask 0x3\n"
                "  var square_2: f32x4 = x[16]:4 mask 0x3\n"
                "  var square_3: f32x4 = splat(0):4\n"
                "  transpose square_0, square_1, square_2, square_3\n"
                "  h[0]:4 mask 0x7 = square_0 * splat(x[0]):4 + x[0]:4 mask 0x7\n"
                "  h[10]:4 mask 0x7 = square_1 * splat(x[1]):4 + x[0]:4 mask 0x7\n");
}

/* One round of either loop; nothing along the one that is turned; no single store. */
Test(turn_squares, without_a_square_rounds_are_written_out) {
    expect_text("  for n = 0..1 turn, k = 0..4 lanes 4\n"
                "    h[10*n + k] = x[n + 8*k]\n",
                "  h[0]:4 = x[0]:4 by 8\n");
    expect_text("  for n = 0..2 turn, k = 0..1 lanes 4\n"
                "    h[10*n + k] = x[n + 8*k]\n",
                "  h[0] = x[0]\n"
                "  h[10] = x[1]\n");
    expect_text("  for n = 0..2 turn, k = 0..4 lanes 4\n"
                "    h[10*n + k] = x[8*n + k] + x[2*n + 3*k] + x[n + k]\n",
                "  h[0]:4 = x[0]:4 + x[0]:4 by 3 + x[0]:4\n"
                "  h[10]:4 = x[8]:4 + x[2]:4 by 3 + x[1]:4\n");
    expect_text("  for n = 0..2 turn, k = 0..4 lanes 4\n"
                "    if k - 1 >= 0\n"
                "      h[10*n + k] = x[n + 8*k]\n",
                "  h[0]:4 mask 0xe = x[0]:4 by 8\n"
                "  h[10]:4 mask 0xe = x[1]:4 by 8\n");
}

static double *made_by(const LoopKernel *kernel) {
    const char *problem = loops_check(kernel);
    cr_assert_null(problem, "%s%s", text_of(kernel), problem);
    double **memory = loops_memory(kernel, 11, false);
    problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s%s", text_of(kernel), problem);
    return memory[2];
}

static int squares_in(const Body *body) {
    int count = 0;
    for (int i = 0; i < body->count; i++) {
        count += body->statements[i]->kind == STMT_TRANSPOSE;
        count += body->statements[i]->body ? squares_in(body->statements[i]->body) : 0;
    }
    return count;
}

static void check_plan(const char *plan_of, int squares) {
    Compiler *compiler = plans_compiler();
    Equations *equations = equations_parse(compiler, TURNED);
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){plan_of}, &plan);
    problem = problem ? problem : plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    LoopKernel *kernel = apply_plan(equations, plan, true);
    double *expected = made_by(kernel);
    problem = address(kernel, NULL, &kernel);
    problem = problem ? problem : vectorise(kernel, &kernel);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    cr_expect_arr_eq(made_by(kernel), expected, 9 * 10 * sizeof(double), "%s", text_of(kernel));
    cr_expect_eq(squares_in(kernel->body), squares, "%s", text_of(kernel));
    unroll(kernel);
    scalar_replace(kernel);
    clean(kernel);
    cr_expect_arr_eq(made_by(kernel), expected, 9 * 10 * sizeof(double), "%s", text_of(kernel));
    test_compiler_free(compiler);
}

/* The weights are read twice. */
Test(turn_squares, kernels_keep_their_bits) {
    check_plan("plan t\n  make t: for n/4+2, for k/4+1, turn k, lanes n mask\n", 2 * 2);
    check_plan("plan t\n  make t: for k/4+1, for n/8+2, turn k, lanes n mask\n", 2 * 2);
    check_plan("plan t\n  for n/4+2, k/3\n    make t: turn k, lanes n mask\n", 2 * 2);
    check_plan("plan t\n  make t: turn k, lanes n mask\n", 2);
    check_plan("plan t\n  for k/3\n    make t: turn k, lanes n mask\n", 2);
}
