/* vectorise: loops in lanes become vectors, in text; and kernels compute the same bits, drawn ones
   with masks, strides, tests and arrays inside lanes, and those of drawn plans. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "formula_graph.h"
#include "loops_parse.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL "kernel k(x: f32[200], t: i32[200], y: f32[200] out, z: f32[200] out)\n"

/* Statements before and after; or, after, what cannot be done in lanes. */
static void expect_text(const char *before, const char *after) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = loops_parse(compiler, format_text(compiler, KERNEL "%s", before)), *made;
    cr_assert_not_null(kernel, "%s", before);
    const char *problem = vectorise(kernel, &made);
    if (after[0] != ' ') {
        cr_expect(problem && strcmp(problem, after) == 0, "%s", problem);
        test_compiler_free(compiler);
        return;
    }
    cr_assert_null(problem, "%s%s", before, problem);
    problem = loops_check(made);
    cr_expect_null(problem, "%s%s", before, problem);
    Text *out = text_new(compiler);
    loops_text(out, made);
    cr_expect_str_eq(out->bytes, format_text(compiler, KERNEL "%s", after));
    cr_expect_not_null(loops_parse(compiler, out->bytes), "%s", out->bytes);
    test_compiler_free(compiler);
}

Test(vectorise, what_lanes_share_stays_one_number_until_a_vector_needs_it) {
    expect_text("  for i = 0..8 lanes 8\n"
                "    let a = x[3] * 2\n"
                "    let b = x[2*i + 1] + a\n"
                "    y[i] fma= b * a\n"
                "    z[4] = a\n",
                "  let a = x[3] * 2\n"
                "  let b = x[1]:8 by 2 + splat(a):8\n"
                "  y[0]:8 fma= b * splat(a):8\n"
                "  z[4] = a\n");
}

Test(vectorise, lanes_without_a_round_are_masked) {
    expect_text("  for j = 0..3, i = 0..5 lanes 8\n"
                "    y[i + 5*j] = x[20 - i]\n"
                "    z[i] max= f32(t[i] == index(3*i + j))\n"
                "    z[20*i] = uniform(1, j, 7*i) + normal(2, i + 3, j)\n",
                "  for j = 0..3\n"
                "    y[5*j]:8 mask 0x1f = x[20]:8 by -1 mask 0x1f\n"
                "    z[0]:8 mask 0x1f max= f32(t[0]:8 mask 0x1f == index(j):8 by 3)\n"
                "    z[0]:8 by 20 mask 0x1f = uniform(1, j, 0):8 by 7 + "
                "normal(2, 3, j):8 examples\n");
}

Test(vectorise, an_if_that_lanes_do_not_share_is_cut_by_the_lanes_that_it_chooses) {
    expect_text("  for k = 0..3, i = 0..4 lanes 4\n"
                "    if i + k - 1 >= 0 and 1 - k >= 0\n"
                "      y[i] = x[i + k - 1]\n"
                "    else\n"
                "      y[i] = 7\n",
                "  for k = 0..3\n"
                "    if 1 - k >= 0\n"
                "      if k - 1 >= 0\n"
                "        y[0]:4 = x[k - 1]:4\n"
                "      else\n"
                "        if k >= 0\n"
                "          y[0]:4 mask 0xe = x[k - 1]:4 mask 0xe\n"
                "          y[0]:4 mask 0x1 = splat(7):4\n"
                "    else\n"
                "      y[0]:4 = splat(7):4\n");
}

/* Each number of lanes can be inside, and there are too many values to try. */
Test(vectorise, a_test_of_many_values_has_a_case_for_each_number_of_lanes) {
    expect_text("  for j = 0..100, k = 0..100, i = 0..2 lanes 2\n"
                "    if j - k - i >= 0\n"
                "      y[i] = 1\n",
                "  for j = 0..100, k = 0..100\n"
                "    if j - k - 1 >= 0\n"
                "      y[0]:2 = splat(1):2\n"
                "    else\n"
                "      if j - k >= 0\n"
                "        y[0]:2 mask 0x1 = splat(1):2\n");
}

Test(vectorise, a_choice_that_lanes_do_not_share_reads_what_is_there) {
    expect_text("  for i = 0..4 lanes 4\n"
                "    y[i] = select(inside(i - 1) and x[i] < 0.5, x[i - 1], 2)\n"
                "    z[i] = f32(inside(2 - i))\n",
                "  y[0]:4 = select(lanes(0xe):4 and x[0]:4 < splat(0.5):4, x[-1]:4 mask 0xe, "
                "splat(2):4)\n"
                "  z[0]:4 = f32(splat(0:i32):4 <= index(2):4 by -1)\n");
}

Test(vectorise, variables_and_arrays_inside_are_of_each_lane) {
    expect_text("  for i = 0..4 lanes 4\n"
                "    var s: f32 = 0\n"
                "    local a: f32[3]\n"
                "    for k = 0..3\n"
                "      a[k] = x[i + k]\n"
                "      s = s + a[2 - k]\n"
                "    if i - 2 >= 0\n"
                "      s = 1\n"
                "    y[i] = s\n",
                "  var s: f32x4 = splat(0):4\n"
                "  local a: f32[12]\n"
                "  for k = 0..3\n"
                "    a[4*k]:4 = x[k]:4\n"
                "    s = s + a[8 - 4*k]:4\n"
                "  s = select(lanes(0xc):4, splat(1):4, s)\n"
                "  y[0]:4 = s\n");
}

Test(vectorise, lanes_side_by_side_are_fetched_by_one_of_them) {
    expect_text("  for j = 0..3, i = 0..4 lanes 4\n"
                "    fetch x[i + 16*j + 64]\n"
                "    fetch x[20 - i]\n"
                "    fetch x[7*j]\n"
                "    fence\n"
                "    y[i] = x[i]\n",
                "  for j = 0..3\n"
                "    fetch x[16*j + 64]\n"
                "    fetch x[20]\n"
                "    fetch x[7*j]\n"
                "    fence\n"
                "    y[0]:4 = x[0]:4\n");
}

Test(vectorise, lanes_apart_are_fetched_each_if_they_get_there) {
    expect_text("  for i = 0..3 lanes 4\n"
                "    fetch x[8*i + 64]\n"
                "    if i - 1 >= 0\n"
                "      fetch x[40 - 2*i]\n"
                "    else\n"
                "      fetch z[32*i]\n"
                "      fence\n",
                "  fetch x[64]\n"
                "  fetch x[72]\n"
                "  fetch x[80]\n"
                "  fetch x[38]\n"
                "  fetch x[36]\n"
                "  fetch z[0]\n"
                "  fence\n");
    expect_text("  for i = 5..6 lanes 8\n"
                "    fetch x[8*i]\n",
                "  fetch x[40]\n");
}

Test(vectorise, one_round_needs_no_vector) {
    expect_text("  for i = 0..1 lanes 8\n"
                "    local a: f32[2]\n"
                "    a[0] = x[i + 3]\n"
                "    y[7] += a[0]\n",
                "  local a: f32[2]\n"
                "  a[0] = x[3]\n"
                "  y[7] += a[0]\n");
}

Test(vectorise, what_cannot_be_done_in_lanes_is_said) {
    static const char *const rows[][2] = {
        {"    y[0] += x[i]\n", "y takes the terms of all lanes in one element"},
        {"    y[0] = x[i]\n", "y takes the values of all lanes in one element"},
        {"    for j = 0..4 lanes 4\n      y[4*i + j] = 0\n", "j runs in lanes, too"},
        {"    y[i] = across(x[4*i]:4)\n", "a vector is made in each lane"},
        {"    s = x[i]\n", "s would be set to many values"},
        {"    y[i] = uniform(1, i, i)\n", "a draw goes by examples and by elements"},
        {"    if (i + 1) % 2 == 0\n      y[i] = 1\n", "terms lie between the rounds of a stride"},
        {"    y[i] = select(divides(2, i), 1, 0)\n", "terms lie between the rounds of a stride"},
        {"    draw a, b, c, d = uniform(1, i, 0)\n", "a block of vectors is made in each lane"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char before[200], after[200];
        snprintf(before, sizeof before, "  var s: f32 = 0\n  for i = 0..4 lanes 4\n%s", rows[i][0]);
        snprintf(after, sizeof after, "kernel k: in lanes of i, %s", rows[i][1]);
        expect_text(before, after);
    }
}

// Bits

static bool has_lanes(const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR && stmt->mark == LOOP_LANES)
            return true;
        if ((stmt->body && has_lanes(stmt->body)) ||
            (stmt->otherwise && has_lanes(stmt->otherwise)))
            return true;
    }
    return false;
}

static void expect_equal(const LoopKernel *kernel, const LoopKernel *made) {
    const Symbols *symbols = kernel->symbols;
    Text *before = text_new(symbols->compiler), *after = text_new(symbols->compiler);
    loops_text(before, kernel);
    loops_text(after, made);
    const char *problem = loops_check(made);
    cr_assert_null(problem, "%s%s%s", before->bytes, after->bytes, problem);
    double **expected = loops_memory(kernel, 3, false), **got = loops_memory(made, 3, false);
    problem = loops_run(kernel, expected);
    cr_assert_null(problem, "%s%s", before->bytes, problem);
    problem = loops_run(made, got);
    cr_assert_null(problem, "%s%s", after->bytes, problem);
    for (int i = 0; i < symbols->buffer_count; i++)
        for (int64_t at = 0;
             !symbols->buffers[i].is_local && at < buffer_count(&symbols->buffers[i]); at++)
            cr_assert(memcmp(&got[i][at], &expected[i][at], sizeof(double)) == 0,
                      "%s%s%s[%d]: %g for %g", before->bytes, after->bytes,
                      symbols->buffers[i].name, (int)at, got[i][at], expected[i][at]);
}

/* In vectors; and the same after the passes behind. */
static void expect_same_bits(const LoopKernel *kernel) {
    LoopKernel *made;
    const char *problem = loops_check(kernel);
    cr_assert_null(problem, "%s", problem);
    problem = vectorise(kernel, &made);
    cr_assert_null(problem, "%s", problem);
    cr_expect(!has_lanes(made->body));
    expect_equal(kernel, made);
    unroll(made);
    scalar_replace(made);
    clean(made);
    expect_equal(kernel, made);
}

static char *term_text(Compiler *compiler, int factor, const char *variable) {
    if (factor == 0)
        return "";
    return format_text(compiler, " %c %d*%s", factor < 0 ? '-' : '+', abs(factor), variable);
}

/* An address between 0 and 199 for i below 16, a below 3, k below 4. */
static char *drawn_address(Compiler *compiler, uint64_t *state, bool has_k) {
    int by = drawn_number(state, 5) - 2, first = by < 0 ? 100 : 0;
    return format_text(compiler, "%d%s%s%s", first + drawn_number(state, 9),
                       term_text(compiler, by, "i"),
                       term_text(compiler, drawn_number(state, 7), "a"),
                       term_text(compiler, has_k ? drawn_number(state, 3) : 0, "k"));
}

/* What is negative in some lanes and rounds, and below 200 in all. */
static char *drawn_test(Compiler *compiler, uint64_t *state) {
    static const int factors[] = {-2, -1, 1, 3};
    int factor = factors[drawn_number(state, 4)];
    int first = drawn_number(state, 12) * (factor < 0 ? 1 : -1);
    return format_text(compiler, "%d%s%s", first, term_text(compiler, factor, "i"),
                       term_text(compiler, drawn_number(state, 5) - 2, "a"));
}

static char *drawn_kernel(Compiler *compiler, uint64_t *state) {
    static const int lanes[] = {4, 8, 16};
    int width = lanes[drawn_number(state, 3)];
    int first = drawn_number(state, 2), rounds = 1 + drawn_number(state, width - first);
#define ADDRESS drawn_address(compiler, state, false)
#define TEST drawn_test(compiler, state)
    const char *guard = TEST;
    Text *out = text_new(compiler);
    text_add(out, KERNEL "  for a = 0..3\n    for i = %d..%d lanes %d\n", first, first + rounds,
             width);
    text_add(out, "      let u = x[%s] * x[7*a]\n      let w = x[a] + 1\n", ADDRESS);
    text_add(out, "      var q: f32 = w\n      local p: f32[3]\n      p[1] = u\n");
    text_add(out, "      if %s >= 0 and %s >= 0\n        q = u + f32(index(2*i - a))\n", TEST,
             TEST);
    text_add(out, "        let v = q * x[%s]\n        z[3*i + 60*a] max= v\n", ADDRESS);
    if (drawn_number(state, 2))
        text_add(out, "      else\n        q = q - x[%s]\n        z[3*i + 60*a + 1] = q\n",
                 ADDRESS);
    text_add(out, "      for k = 0..4\n        p[1] fma= x[%s] * q\n",
             drawn_address(compiler, state, true));
    text_add(out, "      y[60*a - 2*i + 40] = p[1]\n");
    text_add(out, "      y[60*a - 2*i + 41] = select(inside(%s) and u < w, x[%s], ", guard, guard);
    text_add(out, "f32(inside(%s) and w <= q)) + ", TEST);
    text_add(out, "uniform(3, %s) - f32(t[%s] == index(i))\n",
             drawn_number(state, 2) ? "a, 5*i + a" : "2*i, a", ADDRESS);
#undef ADDRESS
#undef TEST
    return out->bytes;
}

Test(vectorise, drawn_kernels_keep_their_bits) {
    uint64_t state = 17;
    for (int i = 0; i < 150; i++) {
        Compiler *compiler = plans_compiler();
        const char *text = drawn_kernel(compiler, &state);
        LoopKernel *kernel = loops_parse(compiler, text);
        cr_assert_not_null(kernel, "%s", text);
        expect_same_bits(kernel);
        test_compiler_free(compiler);
    }
}

static void check_plan(const char *equations_of, const char *plan_of) {
    Compiler *compiler = plans_compiler();
    Equations *equations = equations_parse(compiler, equations_of);
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){plan_of}, &plan);
    problem = problem ? problem : plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    LoopKernel *kernel = apply_plan(equations, plan, true);
    cr_assert_null(address(kernel, NULL, &kernel));
    expect_same_bits(kernel);
    test_compiler_free(compiler);
}

/* Terms outside are left out lane by lane. */
Test(vectorise, a_padded_convolution_keeps_its_bits) {
    check_plan(PADDED, "plan a\n"
                       "  for b, y\n"
                       "    sum a: for ky, for c, for kx, unroll o, lanes x mask; starts bias\n");
    check_plan(PADDED, "plan a\n"
                       "  for o, y\n"
                       "    sum a: lanes b, for x, for ky, unroll kx, for c\n");
    check_plan(PADDED, "plan a\n"
                       "  for b, x/4+2\n"
                       "    sum a: for o, for y, for c, each ky, unroll kx parts, lanes x mask\n");
    check_plan(PADDED, "plan a\n"
                       "  sum a: for b, for o, for ky, for x, lanes y mask, for c, for kx\n");
}

/* Rests that are masked, narrower or single; sums that wait; parts in lanes that have no term in
   the last block and keep what is neutral. */
Test(vectorise, what_is_left_over_keeps_its_bits) {
    check_plan(LAYER, "plan h\n"
                      "  for n/4+2, k/6, b/4\n"
                      "    sum h_sum: for k, unroll b, lanes n mask; starts h.bias; waits h\n"
                      "    make h: unroll b, lanes n mask\n");
    check_plan(LAYER, "plan h\n"
                      "  for n/8+2, b/5+2\n"
                      "    sum h_sum: for k/4, unroll k parts, unroll b, unroll n/4+2, lanes n "
                      "narrow\n"
                      "    make h: unroll b, unroll n/4+2, lanes n scalar\n");
    check_plan(LAYER, "plan h\n"
                      "  for b\n"
                      "    sum h_sum: for n, for k/16+8, lanes k mask\n"
                      "    make h: for n/4+2, lanes n mask\n");
}

Test(vectorise, kernels_of_drawn_plans_keep_their_bits) {
    static const char *const kernels[] = {LAYER, SOFTMAX, GRADIENTS, POOLED, WINDOWS};
    uint64_t state = 23;
    for (int i = 0; i < 80; i++) {
        Compiler *compiler = plans_compiler();
        Equations *equations = equations_parse(compiler, kernels[i % 5]);
        check_plan(kernels[i % 5], drawn_plan(equations, &state, true));
        test_compiler_free(compiler);
    }
}
