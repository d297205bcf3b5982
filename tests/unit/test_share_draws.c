/* share_draws: four neighbours of a stream are drawn together, in text; kernels that draw keep their
   bits. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "formula_graph.h"
#include "loops_parse.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAD "kernel h(x: f32[640], h: f32[640] out)\n"

static char *text_of(const LoopKernel *kernel) {
    Text *out = text_new(kernel->symbols->compiler);
    loops_text(out, kernel);
    return out->bytes;
}

static void expect_text(const char *before, const char *expected) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = loops_parse(compiler, format_text(compiler, HEAD "%s", before));
    cr_assert_not_null(kernel);
    share_draws(kernel);
    const char *problem = loops_check(kernel);
    cr_expect_null(problem, "%s%s", text_of(kernel), problem);
    cr_expect_str_eq(text_of(kernel), format_text(compiler, HEAD "%s", expected));
    test_compiler_free(compiler);
}

Test(share_draws, neighbours_are_one_block) {
    expect_text("  for k0 = 0..32 by 8, b0 = 0..64 by 16\n"
                "    h[b0]:16 = uniform(5, b0, k0 + 5):16 examples\n"
                "    h[b0]:16 = uniform(5, b0, k0 + 4):16 examples * splat(2):16\n"
                "    h[b0]:16 = uniform(5, b0, k0 + 7):16 examples - "
                "uniform(5, b0, k0 + 5):16 examples\n",
                "  for k0 = 0..32 by 8, b0 = 0..64 by 16\n"
                "    draw u_0, u_1, u_2, u_3 = uniform(5, b0, k0 + 4):16 examples\n"
                "    h[b0]:16 = u_1\n"
                "    h[b0]:16 = u_0 * splat(2):16\n"
                "    h[b0]:16 = u_3 - u_1\n");
    expect_text("  let a = x[0]\n"
                "  h[0] = normal(5, 0, 8) + a\n"
                "  h[1] = normal(5, 0, 9)\n",
                "  let a = x[0]\n"
                "  draw z_0, z_1, z_2, z_3 = normal(5, 0, 8)\n"
                "  h[0] = z_0 + a\n"
                "  h[1] = z_1\n");
}

/* One number of a block; another stream, example, distribution or body; lanes that are elements, or
   examples apart; a place in the block that a loop decides. */
Test(share_draws, others_are_drawn_alone) {
    static const char same[] = "  for k = 0..9\n"
                               "    h[0] = uniform(5, k, 0) + uniform(5, k, 0) + uniform(5, 0)\n"
                               "    h[1] = uniform(6, k, 1) + uniform(5, 0, 1) + normal(5, k, 1)\n"
                               "    h[2] = uniform(5, k, 4) + uniform(5, k, 2*k) + "
                               "uniform(5, k, 2*k + 1)\n"
                               "    h[3]:4 = uniform(7, k, 4):4 + uniform(7, k, 5):4\n"
                               "    h[3]:4 = uniform(8, k, 4):4 by 3 examples + "
                               "uniform(8, k, 5):4 by 3 examples\n"
                               "    if k - 3 >= 0\n"
                               "      h[4] = uniform(5, k, 3)\n";
    expect_text(same, same);
}

static double *made_by(const LoopKernel *kernel, int buffer) {
    const char *problem = loops_check(kernel);
    cr_assert_null(problem, "%s%s", text_of(kernel), problem);
    double **memory = loops_memory(kernel, 11, false);
    problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s%s", text_of(kernel), problem);
    return memory[buffer];
}

static int draws_in(const Body *body) {
    int count = 0;
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        count += stmt->kind == STMT_DRAW;
        count += (stmt->body ? draws_in(stmt->body) : 0);
        count += (stmt->otherwise ? draws_in(stmt->otherwise) : 0);
    }
    return count;
}

/* The number of statements that draw a block. */
static int check_plan(const char *plan_of) {
    Compiler *compiler = plans_compiler();
    Equations *equations = equations_parse(compiler, DROPPED);
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){plan_of}, &plan);
    problem = problem ? problem : plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    LoopKernel *kernel = apply_plan(equations, plan, true);
    double *expected = made_by(kernel, 1);
    problem = address(kernel, NULL, &kernel);
    problem = problem ? problem : vectorise(kernel, &kernel);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    unroll(kernel);
    share_draws(kernel);
    cr_expect_arr_eq(made_by(kernel, 1), expected, 6 * 10 * sizeof(double), "%s", text_of(kernel));
    scalar_replace(kernel);
    clean(kernel);
    cr_expect_arr_eq(made_by(kernel, 1), expected, 6 * 10 * sizeof(double), "%s", text_of(kernel));
    int count = draws_in(kernel->body);
    test_compiler_free(compiler);
    return count;
}

Test(share_draws, dropout_keeps_its_bits) {
    cr_expect_eq(check_plan("plan h\n  make h: lanes b mask, unroll n\n"), 6);
    cr_expect_eq(check_plan("plan h\n  make h: for b, for n/4+2, unroll n\n"), 4);
    cr_expect_eq(check_plan("plan h\n  make h: for b, lanes n mask\n"), 0);
    uint64_t state = 3;
    for (int i = 0; i < 20; i++) {
        Compiler *compiler = plans_compiler();
        check_plan(drawn_plan(equations_parse(compiler, DROPPED), &state, true));
        test_compiler_free(compiler);
    }
}
