/* unroll: loops that are to be written out are, in text; and kernels of drawn plans keep their
   bits. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "formula_graph.h"
#include "loops_parse.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_text(const char *before, const char *expected) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = loops_parse(compiler, before);
    cr_assert_not_null(kernel);
    unroll(kernel);
    const char *problem = loops_check(kernel);
    cr_expect_null(problem, "%s", problem);
    Text *out = text_new(compiler);
    loops_text(out, kernel);
    cr_expect_str_eq(out->bytes, expected);
    test_compiler_free(compiler);
}

Test(unroll, registers_and_arrays_are_called_after_their_rounds) {
    expect_text("kernel h(x: f32[64], h: f32[64] out)\n"
                "  for b0 = 0..8 by 4\n"
                "    for b1 = 0..4 by 2 unroll, n = 0..2 each\n"
                "      let s = x[8*b0 + 4*b1 + n]\n"
                "      local a: f32[2]\n"
                "      a[0] = s\n"
                "      h[b0 + b1 + n] = s * a[0]\n",
                "kernel h(x: f32[64], h: f32[64] out)\n"
                "  for b0 = 0..8 by 4\n"
                "    let s_0_0 = x[8*b0]\n"
                "    local a_0_0: f32[2]\n"
                "    a_0_0[0] = s_0_0\n"
                "    h[b0] = s_0_0 * a_0_0[0]\n"
                "    let s_0_1 = x[8*b0 + 1]\n"
                "    local a_0_1: f32[2]\n"
                "    a_0_1[0] = s_0_1\n"
                "    h[b0 + 1] = s_0_1 * a_0_1[0]\n"
                "    let s_1_0 = x[8*b0 + 8]\n"
                "    local a_1_0: f32[2]\n"
                "    a_1_0[0] = s_1_0\n"
                "    h[b0 + 2] = s_1_0 * a_1_0[0]\n"
                "    let s_1_1 = x[8*b0 + 9]\n"
                "    local a_1_1: f32[2]\n"
                "    a_1_1[0] = s_1_1\n"
                "    h[b0 + 3] = s_1_1 * a_1_1[0]\n");
}

Test(unroll, rounds_with_the_same_tests_are_one_choice) {
    expect_text("kernel h(x: f32[64], h: f32[64] out)\n"
                "  for b = 0..4, k = 0..3 unroll\n"
                "    if b - 1 >= 0\n"
                "      h[4*b + k] = x[4*b + k]\n"
                "    if b + k - 3 >= 0\n"
                "      h[4*b + 3] = 1\n",
                "kernel h(x: f32[64], h: f32[64] out)\n"
                "  for b = 0..4\n"
                "    if b - 1 >= 0\n"
                "      h[4*b] = x[4*b]\n"
                "    if b - 3 >= 0\n"
                "      h[4*b + 3] = 1\n"
                "    if b - 1 >= 0\n"
                "      h[4*b + 1] = x[4*b + 1]\n"
                "    if b - 2 >= 0\n"
                "      h[4*b + 3] = 1\n"
                "    if b - 1 >= 0\n"
                "      h[4*b + 2] = x[4*b + 2]\n"
                "      h[4*b + 3] = 1\n");
    expect_text("kernel h(h: f32[64] out)\n"
                "  for b = 0..4, k = 0..3 unroll\n"
                "    if b - 1 >= 0 and 2 - b >= 0\n"
                "      h[4*b + k] = 1\n",
                "kernel h(h: f32[64] out)\n"
                "  for b = 0..4\n"
                "    if b - 1 >= 0 and 2 - b >= 0\n"
                "      h[4*b] = 1\n"
                "      h[4*b + 1] = 1\n"
                "      h[4*b + 2] = 1\n");
}

Test(unroll, tests_that_are_numbers_are_decided) {
    expect_text("kernel h(x: f32[64], h: f32[64] out)\n"
                "  for k = 0..3 unroll, b = 0..4\n"
                "    if k - 1 >= 0 and 3 - b - k >= 0\n"
                "      h[4*k + b] = 1\n"
                "    else\n"
                "      h[4*k + b] = select(inside(1 - k) and inside(b - 2), x[b], -1)\n"
                "    if k - 2 >= 0\n"
                "      h[b] = 2\n",
                "kernel h(x: f32[64], h: f32[64] out)\n"
                "  for b = 0..4\n"
                "    h[b] = select(inside(1) and inside(b - 2), x[b], -1)\n"
                "  for b = 0..4\n"
                "    if 2 - b >= 0\n"
                "      h[b + 4] = 1\n"
                "    else\n"
                "      h[b + 4] = select(inside(0) and inside(b - 2), x[b], -1)\n"
                "  for b = 0..4\n"
                "    if 1 - b >= 0\n"
                "      h[b + 8] = 1\n"
                "    else\n"
                "      h[b + 8] = -1\n"
                "    h[b] = 2\n");
}

Test(unroll, divisors_go_with_the_variable) {
    expect_text("kernel h(x: f32[64], h: f32[64] out)\n"
                "  for k = 0..8 by 4 unroll, b = 0..8 by 4\n"
                "    h[(b + k)/4] = x[k/4]\n",
                "kernel h(x: f32[64], h: f32[64] out)\n"
                "  for b = 0..8 by 4\n"
                "    h[b/4] = x[0]\n"
                "  for b = 0..8 by 4\n"
                "    h[(b + 4)/4] = x[1]\n");
}

static bool has_marks(const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR &&
            (stmt->mark == LOOP_UNROLL || stmt->mark == LOOP_EACH || has_marks(stmt->body)))
            return true;
        if (stmt->kind == STMT_IF &&
            (has_marks(stmt->body) || (stmt->otherwise && has_marks(stmt->otherwise))))
            return true;
    }
    return false;
}

/* Arguments keep their numbers; local arrays come behind them. */
static void expect_bits(LoopKernel *kernel, uint64_t seed) {
    double **before = loops_memory(kernel, seed, false),
           **after = loops_memory(kernel, seed, false);
    const char *problem = loops_run(kernel, before);
    cr_assert_null(problem, "%s", problem);
    int count = kernel->symbols->buffer_count;
    unroll(kernel);
    cr_expect_not(has_marks(kernel->body));
    problem = loops_check(kernel);
    cr_assert_null(problem, "%s", problem);
    double **memory = NEW_ARRAY(kernel->symbols->compiler, double *, kernel->symbols->buffer_count);
    memcpy(memory, after, (size_t)count * sizeof *memory);
    problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s", problem);
    for (int i = 0; i < count; i++)
        if (!kernel->symbols->buffers[i].is_local)
            cr_expect_arr_eq(memory[i], before[i],
                             (size_t)buffer_count(&kernel->symbols->buffers[i]) * sizeof(double));
}

Test(unroll, kernels_of_drawn_plans_keep_their_bits) {
    static const char *const kernels[] = {LAYER, SOFTMAX, GRADIENTS};
    uint64_t state = 2024;
    for (int i = 0; i < 30; i++) {
        Compiler *compiler = plans_compiler();
        Equations *equations = equations_parse(compiler, kernels[i % 3]);
        Plan *plan;
        const char *text = drawn_plan(equations, &state, i % 2);
        cr_assert_null(plan_parse(equations, &(const char *){text}, &plan), "%s", text);
        expect_bits(apply_plan(equations, plan, true), (uint64_t)i);
        test_compiler_free(compiler);
    }
}
