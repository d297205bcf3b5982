/* choose_plan: the plans of convolutions and what is like them, by target; each fits its equations. */

#include "equations_parse.h"
#include "formula_graph.h"
#include "schedule/schedule.h"

#include <criterion/criterion.h>

#define FORWARD                                                                                    \
    "kernel a: b 16 examples, o 16, y 14, x 14, c 8, k 3, l 3\n"                                   \
    "  w: f32[16, 8, 3, 3]\n"                                                                      \
    "  in: f32[16, 8, 14, 14]\n"                                                                   \
    "  bias: f32[16]\n"                                                                            \
    "  a: f32[16, 16, 14, 14]\n"                                                                   \
    "  a[b, o, y, x] = sum(c, k, l where y + k - 1 >= 0 and 14 - y - k >= 0 and x + l - 1 >= 0"    \
    " and 14 - x - l >= 0: w[o, c, k, l] * in[b, c, y + k - 1, x + l - 1]) as s: s + bias[o]"      \
    "    stored\n"
#define WEIGHTS                                                                                    \
    "kernel d_w: b 16 examples, o 16, y 14, x 14, c 8, k 3, l 3\n"                                 \
    "  d_a: f32[16, 16, 14, 14]\n"                                                                 \
    "  in: f32[16, 8, 14, 14]\n"                                                                   \
    "  d_w: f32[16, 8, 3, 3]\n"                                                                    \
    "  d_w[o, c, k, l] = sum(b, y, x where y + k - 1 >= 0 and 14 - y - k >= 0 and x + l - 1 >= 0"  \
    " and 14 - x - l >= 0: d_a[b, o, y, x] * in[b, c, y + k - 1, x + l - 1])    stored\n"
#define WIDE                                                                                       \
    "kernel a: o 4, t 100, k 5\n"                                                                  \
    "  w: f32[4, 5]\n"                                                                             \
    "  in: f32[100]\n"                                                                             \
    "  a: f32[4, 100]\n"                                                                           \
    "  e: f32[4, 100]\n"                                                                           \
    "  a[o, t] = sum(k where t + k - 2 >= 0 and 101 - t - k >= 0: w[o, k] * in[t + k - 2])\n"      \
    "  e[o, t] = exp(a[o, t])    stored\n"

static char *chosen(Compiler *compiler, Target target, const char *text) {
    compiler->options.target = target;
    Equations *equations = equations_parse(compiler, text);
    cr_assert_not_null(equations, "%s", text);
    int *innermost = NEW_ARRAY(compiler, int, equations->symbols->buffer_count);
    for (int i = 0; i < equations->symbols->buffer_count; i++)
        innermost[i] = equations->symbols->buffers[i].rank - 1;
    Plan *plan = choose_plan(equations, &compiler->options, innermost);
    cr_assert_not_null(plan);
    const char *problem = plan_check(equations, plan, NULL);
    cr_expect_null(problem, "%s", problem);
    Text *out = text_new(compiler);
    plan_text(out, equations, plan);
    return out->bytes;
}

static void expect_plan(Target target, const char *text, const char *expected) {
    Compiler *compiler = test_compiler();
    cr_expect_str_eq(chosen(compiler, target, text), expected);
    test_compiler_free(compiler);
}

Test(choose_plan, of_a_convolution) {
    expect_plan(
        TARGET_X86_64_V4, FORWARD,
        "plan a\n"
        "  for b/2, y, o/4\n"
        "    sum a: for k, for c, unroll l, unroll b, unroll o, lanes x mask; starts bias\n");
    expect_plan(
        TARGET_X86_64_V3, FORWARD,
        "plan a\n"
        "  for b/2, y, o/2\n"
        "    sum a: for k, for c, unroll l, unroll b, unroll o, unroll x/8+6, lanes x mask; "
        "starts bias\n");
    expect_plan(TARGET_C99, FORWARD,
                "plan a\n"
                "  for b/2, y, x split, o/2\n"
                "    sum a: for k, for c, unroll l, unroll b, unroll o; starts bias\n");
}

Test(choose_plan, of_its_gradient_by_weights) {
    expect_plan(TARGET_X86_64_V4, WEIGHTS,
                "plan d_w\n"
                "  for k, o/2, c/2\n"
                "    sum d_w: for b, for y split, unroll o, unroll c, unroll l, lanes x mask\n");
    expect_plan(TARGET_GENERIC, WEIGHTS,
                "plan d_w\n"
                "  for c, k, o/2\n"
                "    sum d_w: for b, for y, for x split, unroll o, unroll l\n");
}

Test(choose_plan, of_a_long_row_with_what_follows) {
    expect_plan(TARGET_X86_64_V4, WIDE,
                "plan a\n"
                "  for o/2\n"
                "    sum a: unroll k, unroll o, unroll t/16+4, lanes t mask\n"
                "    make e: unroll o, unroll t/16+4, lanes t mask\n");
    expect_plan(TARGET_C99, WIDE,
                "plan a\n"
                "  for t split\n"
                "    sum a: unroll k, unroll o\n"
                "    make e: unroll o\n");
}
