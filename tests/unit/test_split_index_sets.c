/* split_index_sets: tests of padding move outwards and vanish, in text; and a padded convolution
   has none in its interior, and the same bits, whatever is split. */

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

static void expect_text(const char *before, const char *expected) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = loops_parse(compiler, format_text(compiler, HEAD "%s", before));
    cr_assert_not_null(kernel);
    cr_assert_null(loops_check(kernel), "%s", loops_check(kernel));
    split_index_sets(kernel);
    const char *problem = loops_check(kernel);
    cr_expect_null(problem, "%s%s", text_of(kernel), problem);
    cr_expect_str_eq(text_of(kernel), format_text(compiler, HEAD "%s", expected));
    test_compiler_free(compiler);
}

Test(split_index_sets, what_ranges_decide_is_decided) {
    expect_text("  for y = 0..4, k = 0..3\n"
                "    if y + k >= 0 and 5 - y - k >= 0\n"
                "      h[y] = 1\n"
                "    if y + k - 6 >= 0\n"
                "      h[y] = 2\n"
                "    else\n"
                "      h[y] = 3\n"
                "    if y + k - 5 >= 0\n"
                "      h[y] = 4\n",
                "  for y = 0..4, k = 0..3\n"
                "    h[y] = 1\n"
                "    h[y] = 3\n"
                "    if y + k - 5 >= 0\n"
                "      h[y] = 4\n");
}

Test(split_index_sets, tests_stand_as_far_outside_as_their_variables_allow) {
    expect_text("  for y = 0..4, k = 0..3, c = 0..5\n"
                "    if y + k - 1 >= 0 and y + c - 2 >= 0\n"
                "      h[y] += x[c]\n",
                "  for y = 0..4, k = 0..3\n"
                "    if y + k - 1 >= 0\n"
                "      for c = 0..5\n"
                "        if y + c - 2 >= 0\n"
                "          h[y] += x[c]\n");
}

Test(split_index_sets, a_loop_is_cut_where_tests_depend_on_it) {
    expect_text("  for x0 = 0..12 by 4 split, kx = 0..3 unroll, x1 = 0..4 unroll\n"
                "    if x0 + kx + x1 - 1 >= 0 and 12 - x0 - kx - x1 >= 0\n"
                "      h[x0 + x1] += x[x0 + kx + x1]\n",
                "  for x0 = 0..4 by 4 each, kx = 0..3 unroll, x1 = 0..4 unroll\n"
                "    if x0 + kx + x1 - 1 >= 0\n"
                "      h[x0 + x1] += x[x0 + kx + x1]\n"
                "  for x0 = 4..8 by 4, kx = 0..3 unroll, x1 = 0..4 unroll\n"
                "    h[x0 + x1] += x[x0 + kx + x1]\n"
                "  for x0 = 8..12 by 4 each, kx = 0..3 unroll, x1 = 0..4 unroll\n"
                "    if 12 - x0 - kx - x1 >= 0\n"
                "      h[x0 + x1] += x[x0 + kx + x1]\n");
}

Test(split_index_sets, a_loop_that_has_no_middle_stays_whole) {
    expect_text("  for y = 0..4 split, k = 0..9 unroll\n"
                "    if y + k - 4 >= 0 and 7 - y - k >= 0\n"
                "      h[y] += x[k]\n",
                "  for y = 0..4, k = 0..9 unroll\n"
                "    if y + k - 4 >= 0 and 7 - y - k >= 0\n"
                "      h[y] += x[k]\n");
}

Test(split_index_sets, choices_are_made_outside_as_tests_are) {
    expect_text("  for y = 0..4, x = 0..6\n"
                "    h[6*y + x] = select(inside(y - 1) and inside(x - 1), x[6*y + x - 7], 0)\n",
                "  for y = 0..4\n"
                "    if y - 1 >= 0\n"
                "      for x = 0..6\n"
                "        h[6*y + x] = select(inside(x - 1), x[6*y + x - 7], 0)\n"
                "    else\n"
                "      for x = 0..6\n"
                "        h[6*y + x] = 0\n");
    expect_text("  for y = 0..4, c = 0..3, b = 0..4 lanes 4\n"
                "    h[6*y + b] += select(inside(y - 1) and x[b] < 0.5, x[6*y + c - 6], 7) * "
                "select(inside(y - 1), x[y - 1], 2)\n",
                "  for y = 0..4\n"
                "    if y - 1 >= 0\n"
                "      for c = 0..3, b = 0..4 lanes 4\n"
                "        h[6*y + b] += select(x[b] < 0.5, x[6*y + c - 6], 7) * x[y - 1]\n"
                "    else\n"
                "      for c = 0..3, b = 0..4 lanes 4\n"
                "        h[6*y + b] += 7 * 2\n");
}

Test(split_index_sets, choices_that_ranges_decide_are_decided) {
    expect_text("  for y = 0..4, x = 0..6\n"
                "    h[6*y + x] = select(inside(y) and inside(x - 6), x[y], "
                "select(inside(6 - x) and divides(2, 2*y), x[x], 3))\n"
                "    let t = select(inside(y + 1) and x[y] < 2, 1, 2) + "
                "f32(inside(x - 1)) + select(divides(2, 2*x + 1), 1, x[3])\n"
                "    h[y] = t\n",
                "  for y = 0..4, x = 0..6\n"
                "    h[6*y + x] = x[x]\n"
                "    let t = select(x[y] < 2, 1, 2) + f32(inside(x - 1)) + x[3]\n"
                "    h[y] = t\n");
}

Test(split_index_sets, a_loop_is_cut_where_choices_depend_on_it) {
    expect_text("  for x0 = 0..12 by 4 split, x1 = 0..4 unroll\n"
                "    h[x0 + x1] = select(inside(x0 + x1 - 1), x[x0 + x1], 0)\n",
                "  for x0 = 0..4 by 4 each, x1 = 0..4 unroll\n"
                "    h[x0 + x1] = select(inside(x0 + x1 - 1), x[x0 + x1], 0)\n"
                "  for x0 = 4..12 by 4, x1 = 0..4 unroll\n"
                "    h[x0 + x1] = x[x0 + x1]\n");
}

/* Two of them: more would make too many loops. */
Test(split_index_sets, few_choices_are_made_outside) {
    expect_text("  for y = 0..4, z = 0..4, w = 0..4, x = 0..6\n"
                "    h[x] = select(inside(y - 1), 1, 2) + select(inside(z - 1), 3, 4) + "
                "select(inside(w - 1), 5, 6)\n",
                "  for y = 0..4\n"
                "    if y - 1 >= 0\n"
                "      for z = 0..4\n"
                "        if z - 1 >= 0\n"
                "          for w = 0..4, x = 0..6\n"
                "            h[x] = 1 + 3 + select(inside(w - 1), 5, 6)\n"
                "        else\n"
                "          for w = 0..4, x = 0..6\n"
                "            h[x] = 1 + 4 + select(inside(w - 1), 5, 6)\n"
                "    else\n"
                "      for z = 0..4\n"
                "        if z - 1 >= 0\n"
                "          for w = 0..4, x = 0..6\n"
                "            h[x] = 2 + 3 + select(inside(w - 1), 5, 6)\n"
                "        else\n"
                "          for w = 0..4, x = 0..6\n"
                "            h[x] = 2 + 4 + select(inside(w - 1), 5, 6)\n");
}

Test(split_index_sets, a_test_with_another_branch_moves_out_with_both) {
    expect_text("  for y = 0..4, x = 0..6\n"
                "    if y - 1 >= 0 and x - 1 >= 0\n"
                "      h[x] = 1\n"
                "    else\n"
                "      h[x] = 2\n",
                "  for y = 0..4\n"
                "    if y - 1 >= 0\n"
                "      for x = 0..6\n"
                "        if x - 1 >= 0\n"
                "          h[x] = 1\n"
                "        else\n"
                "          h[x] = 2\n"
                "    else\n"
                "      for x = 0..6\n"
                "        h[x] = 2\n");
}

#define PADDED_ROW                                                                                 \
    "kernel a: b 4 examples, o 3, y 5, x 14, ky 3, c 2, kx 3\n"                                    \
    "  weight: f32[3, 2, 3, 3]\n"                                                                  \
    "  in: f32[4, 2, 5, 14]\n"                                                                     \
    "  bias: f32[3]\n"                                                                             \
    "  a: f32[4, 3, 5, 14]\n"                                                                      \
    "  a[b, o, y, x] = sum(ky, c, kx where y + ky - 1 >= 0 and 5 - y - ky >= 0 and x + kx - 1 >= " \
    "0 and 14 - x - kx >= 0: weight[o, c, ky, kx] * in[b, c, y + ky - 1, x + kx - 1]) as s: "      \
    "s + bias[o]    stored\n"

static LoopKernel *padded(Compiler *compiler, const char *plan_of) {
    Equations *equations = equations_parse(compiler, PADDED_ROW);
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){plan_of}, &plan);
    if (!problem)
        problem = plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    return apply_plan(equations, plan, true);
}

static void run_on(const LoopKernel *kernel, double **memory) {
    const char *problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s%s", text_of(kernel), problem);
}

static void expect_bits(const char *plan_of) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = padded(compiler, plan_of);
    double **before = loops_memory(kernel, 9, false), **after = loops_memory(kernel, 9, false);
    run_on(kernel, before);
    split_index_sets(kernel);
    for (int i = 0; i < 2; i++) {
        const char *problem = loops_check(kernel);
        cr_assert_null(problem, "%s%s", text_of(kernel), problem);
        if (i == 0)
            unroll(kernel);
    }
    double **memory = NEW_ARRAY(compiler, double *, kernel->symbols->buffer_count);
    memcpy(memory, after, 4 * sizeof *memory);
    run_on(kernel, memory);
    cr_expect_arr_eq(memory[3], before[3], 4 * 3 * 5 * 14 * sizeof(double), "%s", plan_of);
    test_compiler_free(compiler);
}

Test(split_index_sets, a_padded_convolution_keeps_its_bits) {
    expect_bits("plan a\n"
                "  for b/4, y, x/4+2 split, o\n"
                "    sum a: for ky, for c, unroll kx, unroll x, lanes b; starts bias\n");
    expect_bits("plan a\n"
                "  for b/4, y split, o\n"
                "    sum a: for x split, each ky, for c, for kx, lanes b\n");
    expect_bits("plan a\n"
                "  for b, y, x/7\n"
                "    sum a: for o, for x, for ky split, for kx split, for c\n");
}

/* What a padded view makes, and a sum over it. */
#define BORDERED                                                                                   \
    "kernel p: b 4 examples, y 7, x 8, ky 3, kx 3\n"                                               \
    "  in: f32[4, 5, 6]\n"                                                                         \
    "  weight: f32[3, 3]\n"                                                                        \
    "  p: f32[4, 7, 8]\n"                                                                          \
    "  s: f32[4, 5, 6]\n"                                                                          \
    "  p[b, y, x] = select(inside(y - 1) and inside(5 - y) and inside(x - 1) and inside(6 - x), "  \
    "in[b, y - 1, x - 1], 0)    stored\n"

static void expect_bits_of_border(const char *plan_of) {
    Compiler *compiler = plans_compiler();
    Equations *equations = equations_parse(compiler, BORDERED);
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){plan_of}, &plan);
    problem = problem ? problem : plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    LoopKernel *kernel = apply_plan(equations, plan, true);
    double **before = loops_memory(kernel, 9, false), **after = loops_memory(kernel, 9, false);
    run_on(kernel, before);
    split_index_sets(kernel);
    cr_assert_null(loops_check(kernel), "%s%s", text_of(kernel), loops_check(kernel));
    run_on(kernel, after);
    cr_expect_arr_eq(after[2], before[2], 4 * 7 * 8 * sizeof(double), "%s", plan_of);
    test_compiler_free(compiler);
}

Test(split_index_sets, a_border_keeps_its_bits) {
    expect_bits_of_border("plan p\n  make p: for b, for y split, for x/3+2 split, unroll x\n");
    expect_bits_of_border("plan p\n  make p: for y/4+3, for x split, for y, lanes b\n");
    expect_bits_of_border("plan p\n  make p: each x:2, for b, for y split, for x/2\n");
}

/* Tests below a loop of the middle of x, by number of the loop's first round. */
static int tests_below(const Body *body) {
    int count = 0;
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        count += stmt->test_count;
        count += stmt->body ? tests_below(stmt->body) : 0;
    }
    return count;
}

static const Stmt *loop_named(const LoopKernel *kernel, const Body *body, const char *name,
                              int64_t first) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR && stmt->range.first == first &&
            strcmp(kernel->symbols->variables[stmt->variable], name) == 0)
            return stmt;
        const Stmt *below = stmt->body ? loop_named(kernel, stmt->body, name, first) : NULL;
        if (below)
            return below;
    }
    return NULL;
}

Test(split_index_sets, the_interior_of_a_convolution_has_one_test_of_its_row) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel =
        padded(compiler, "plan a\n"
                         "  for b/4, y, x/4+2 split, o\n"
                         "    sum a: for ky, for c, unroll kx, unroll x, lanes b\n");
    split_index_sets(kernel);
    const Stmt *middle = loop_named(kernel, kernel->body, "x0", 4);
    cr_assert_not_null(middle, "%s", text_of(kernel));
    cr_expect_eq(middle->mark, LOOP_PLAIN);
    cr_expect_eq(tests_below(middle->body), 2, "of the row, above and below\n%s", text_of(kernel));
    const Stmt *rows = loop_named(kernel, middle->body, "ky", 0);
    cr_expect_eq(rows->body->count, 1);
    cr_expect_eq(rows->body->statements[0]->kind, STMT_IF, "around the loop over c");
    cr_expect_eq(rows->body->statements[0]->body->statements[0]->kind, STMT_FOR);
    test_compiler_free(compiler);
}
