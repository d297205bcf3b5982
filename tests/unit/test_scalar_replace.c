/* scalar_replace and clean: local arrays become registers, and registers what they are for, in
   text; and kernels of drawn plans keep their bits. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "formula_graph.h"
#include "loops_parse.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <string.h>

typedef void Pass(LoopKernel *kernel);

static void expect_text(Pass *pass, const char *before, const char *expected) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = loops_parse(compiler, before);
    cr_assert_not_null(kernel);
    pass(kernel);
    const char *problem = loops_check(kernel);
    cr_expect_null(problem, "%s", problem);
    Text *out = text_new(compiler);
    loops_text(out, kernel);
    cr_expect_str_eq(out->bytes, expected);
    test_compiler_free(compiler);
}

#define HEAD "kernel h(x: f32[640], h: f32[640] out)\n"

Test(scalar_replace, arrays_addressed_by_numbers_are_registers) {
    expect_text(scalar_replace,
                HEAD "  for b = 0..4\n"
                     "    local s: f32[12]\n"
                     "    s[0]:4 = splat(0):4\n"
                     "    s[8] = 0\n"
                     "    for k = 0..8\n"
                     "      s[0]:4 fma= x[4*k]:4 * splat(x[b]):4\n"
                     "      s[8] += x[k]\n"
                     "      s[8] max= x[k + 1]\n"
                     "    if b - 1 >= 0\n"
                     "      h[4*b]:4 = s[0]:4 + splat(s[8]):4\n"
                     "    else\n"
                     "      h[4*b]:4 = s[0]:4\n",
                HEAD "  for b = 0..4\n"
                     "    var s_0: f32x4\n"
                     "    var s_1: f32\n"
                     "    s_0 = splat(0):4\n"
                     "    s_1 = 0\n"
                     "    for k = 0..8\n"
                     "      s_0 = fma(x[4*k]:4, splat(x[b]):4, s_0)\n"
                     "      s_1 = s_1 + x[k]\n"
                     "      s_1 = max(s_1, x[k + 1])\n"
                     "    if b - 1 >= 0\n"
                     "      h[4*b]:4 = s_0 + splat(s_1):4\n"
                     "    else\n"
                     "      h[4*b]:4 = s_0\n");
}

/* An index that varies, parts that overlap, a stride, and masked lanes that a sum goes across. */
Test(scalar_replace, other_arrays_stay) {
    static const char *const bodies[] = {
        "  local s: f32[12]\n  for k = 0..8\n    s[k] = x[k]\n  h[0] = s[3]\n",
        "  local s: f32[12]\n  s[0]:4 = x[0]:4\n  s[3] = 1\n  h[0]:4 = s[0]:4\n",
        "  local s: f32[12]\n  s[0]:4 by 2 = x[0]:4\n  h[0]:4 = s[0]:4 by 2\n",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char text[400];
        snprintf(text, sizeof text, HEAD "%s", bodies[i]);
        expect_text(scalar_replace, text, text);
    }
    expect_text(
        scalar_replace,
        HEAD "  local s: f32[4]\n  s[0]:4 mask 0x3 = x[0]:4\n  h[0]:4 mask 0x3 = s[0]:4 mask 0x3\n",
        HEAD "  var s_0: f32x4\n  s_0 = x[0]:4\n  h[0]:4 mask 0x3 = s_0\n");
}

Test(scalar_replace, masked_lanes_of_one_register) {
    expect_text(scalar_replace,
                HEAD "  local s: f32[4]\n"
                     "  s[0]:4 mask 0x7 = x[0]:4\n"
                     "  s[0]:4 mask 0x6 fma= x[7]:4 mask 0x6 * splat(x[3]):4\n"
                     "  h[0]:4 mask 0x7 = s[0]:4 mask 0x7\n",
                HEAD "  var s_0: f32x4\n"
                     "  s_0 = x[0]:4\n"
                     "  s_0 = select(lanes(0x6):4, fma(x[7]:4 mask 0x6, splat(x[3]):4, s_0), s_0)\n"
                     "  h[0]:4 mask 0x7 = s_0\n");
    expect_text(scalar_replace,
                HEAD "  local s: f32[12]\n"
                     "  s[0]:4 mask 0x3 = x[0]:4\n"
                     "  h[0] = across(s[0]:4 mask 0x3)\n",
                HEAD "  var s_0: f32x4\n"
                     "  s_0 = x[0]:4\n"
                     "  h[0] = across(select(lanes(0x3):4, s_0, splat(0):4))\n");
}

Test(scalar_replace, what_is_left_behind_goes) {
    expect_text(clean,
                HEAD "  for b = 0..4\n"
                     "    var a, c: f32\n"
                     "    var s: f32\n"
                     "    var t: f32\n"
                     "    var u: f32 = 5\n"
                     "    s = x[b]\n"
                     "    let once = s * s\n"
                     "    let nobody = once * 2\n"
                     "    let next = once + 1\n"
                     "    h[b] = next\n"
                     "    t = 1\n"
                     "    t = t + 1\n"
                     "    h[b + 4] = s + t\n"
                     "    let both = x[b + 1]\n"
                     "    h[b + 5] = both * both\n"
                     "    if b - 1 >= 0\n"
                     "      a = 3\n"
                     "      h[b + 8] = a + s\n",
                HEAD "  for b = 0..4\n"
                     "    var a, c: f32\n"
                     "    let s = x[b]\n"
                     "    h[b] = s * s + 1\n"
                     "    var t: f32 = 1\n"
                     "    t = t + 1\n"
                     "    h[b + 4] = s + t\n"
                     "    let both = x[b + 1]\n"
                     "    h[b + 5] = both * both\n"
                     "    if b - 1 >= 0\n"
                     "      a = 3\n"
                     "      h[b + 8] = a + s\n");
}

static char *text_of(const LoopKernel *kernel) {
    Text *out = text_new(kernel->symbols->compiler);
    loops_text(out, kernel);
    return out->bytes;
}

static void run_on(const LoopKernel *kernel, double **arguments) {
    int count = kernel->symbols->buffer_count;
    double **memory = NEW_ARRAY(kernel->symbols->compiler, double *, count);
    for (int i = 0; i < count; i++)
        if (!kernel->symbols->buffers[i].is_local)
            memory[i] = arguments[i];
    const char *problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s%s", text_of(kernel), problem);
}

static void expect_bits(LoopKernel *kernel, uint64_t seed) {
    double **before = loops_memory(kernel, seed, false),
           **after = loops_memory(kernel, seed, false);
    run_on(kernel, before);
    static Pass *const passes[] = {unroll, scalar_replace, clean};
    for (int i = 0; i < 3; i++) {
        passes[i](kernel);
        const char *problem = loops_check(kernel);
        cr_assert_null(problem, "%s%s", text_of(kernel), problem);
    }
    const char *once = text_of(kernel);
    clean(kernel);
    cr_expect_str_eq(text_of(kernel), once, "a second run changes something");
    run_on(kernel, after);
    for (int i = 0; i < kernel->symbols->buffer_count; i++) {
        const Buffer *buffer = &kernel->symbols->buffers[i];
        if (!buffer->is_local)
            cr_expect_arr_eq(after[i], before[i], (size_t)buffer_count(buffer) * sizeof(double));
    }
}

Test(scalar_replace, kernels_of_drawn_plans_keep_their_bits) {
    static const char *const kernels[] = {LAYER, SOFTMAX, GRADIENTS};
    uint64_t state = 31;
    for (int i = 0; i < 60; i++) {
        Compiler *compiler = plans_compiler();
        Equations *equations = equations_parse(compiler, kernels[i % 3]);
        Plan *plan;
        const char *text = drawn_plan(equations, &state, i % 2);
        cr_assert_null(plan_parse(equations, &(const char *){text}, &plan), "%s", text);
        LoopKernel *kernel;
        cr_assert_null(address(apply_plan(equations, plan, true), NULL, &kernel));
        expect_bits(kernel, (uint64_t)i);
        test_compiler_free(compiler);
    }
}

static int arrays_in(const Body *body) {
    int count = 0;
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        count += stmt->kind == STMT_LOCAL;
        count += stmt->body ? arrays_in(stmt->body) : 0;
        count += stmt->otherwise ? arrays_in(stmt->otherwise) : 0;
    }
    return count;
}

/* Masked vectors have room for all their lanes, so they do not overlap. */
Test(scalar_replace, a_tile_with_masked_lanes_is_in_registers) {
    Compiler *compiler = plans_compiler();
    Equations *equations = equations_parse(compiler, LAYER);
    Plan *plan;
    cr_assert_null(
        plan_parse(equations,
                   &(const char *){"plan h\n"
                                   "  for n/8+2, b/4\n"
                                   "    sum h_sum: for k, unroll b, lanes n mask; starts h.bias\n"
                                   "    make h: unroll b, lanes n mask\n"},
                   &plan));
    LoopKernel *kernel;
    cr_assert_null(address(apply_plan(equations, plan, true), NULL, &kernel));
    cr_assert_null(vectorise(kernel, &kernel));
    expect_bits(kernel, 3);
    cr_expect_eq(arrays_in(kernel->body), 0, "%s", text_of(kernel));
    test_compiler_free(compiler);
}

/* Two accumulators in registers; of four numbers in order, a larger one takes over. */
Test(scalar_replace, a_maximum_that_says_where_it_is_lives_in_registers) {
    Compiler *compiler = plans_compiler();
    Equations *equations = equations_parse(
        compiler, "kernel top: b 4 examples, Y 3, i 2, j 2\n"
                  "  a: f32[6, 2, 4]\n"
                  "  top: f32[3, 4]\n"
                  "  winner: u8[3, 4]\n"
                  "  top[Y, b], winner[Y, b] = first_max(i, j: a[2*Y + i, j, b])    stored\n");
    Plan *plan;
    cr_assert_null(plan_parse(equations,
                              &(const char *){"plan top\n"
                                              "  for Y\n"
                                              "    sum top, winner: unroll i, unroll j, lanes b\n"},
                              &plan));
    cr_assert_null(plan_check(equations, plan, NULL));
    LoopKernel *kernel = apply_plan(equations, plan, true);
    cr_assert_null(address(kernel, NULL, &kernel));
    cr_assert_null(vectorise(kernel, &kernel));
    unroll(kernel);
    scalar_replace(kernel);
    clean(kernel);
    Text *out = text_new(compiler);
    loops_text(out, kernel);
    cr_expect_str_eq(out->bytes,
                     "kernel top(a: f32[48], top: f32[12] out, winner: u8[12] out)\n"
                     "  for Y = 0..3\n"
                     "    var top.sum_0: f32x4 = splat(-infinity):4\n"
                     "    var winner.sum_0: f32x4 = splat(0):4\n"
                     "    let term_0_0 = a[16*Y]:4\n"
                     "    winner.sum_0 = select(top.sum_0 < term_0_0, splat(0):4, winner.sum_0)\n"
                     "    top.sum_0 = max(top.sum_0, term_0_0)\n"
                     "    let term_0_1 = a[16*Y + 4]:4\n"
                     "    winner.sum_0 = select(top.sum_0 < term_0_1, splat(1):4, winner.sum_0)\n"
                     "    top.sum_0 = max(top.sum_0, term_0_1)\n"
                     "    let term_1_0 = a[16*Y + 8]:4\n"
                     "    winner.sum_0 = select(top.sum_0 < term_1_0, splat(2):4, winner.sum_0)\n"
                     "    top.sum_0 = max(top.sum_0, term_1_0)\n"
                     "    let term_1_1 = a[16*Y + 12]:4\n"
                     "    winner.sum_0 = select(top.sum_0 < term_1_1, splat(3):4, winner.sum_0)\n"
                     "    top.sum_0 = max(top.sum_0, term_1_1)\n"
                     "    top[4*Y]:4 = top.sum_0\n"
                     "    winner[4*Y]:4 = u8(winner.sum_0)\n");
    test_compiler_free(compiler);
}
