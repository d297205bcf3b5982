/* loops: the text of a loop program is read back, the checker tells each breach, the interpreter
   does what the statements say. */

#include "formula_graph.h"
#include "loops_run.h"
#include "loops_parse.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static LoopKernel *parsed(Compiler *compiler, const char *text) {
    LoopKernel *kernel = loops_parse(compiler, text);
    cr_assert_not_null(kernel, "%s", text);
    return kernel;
}

/* Of each statement and expression. */
static const char all_kinds[] =
    "kernel h(x: f32[400], w: f32[1280] align 64, t: i32[20], h: f32[1000] align 64 out)\n"
    "  for b0 = 0..20 by 4, k = 0..20\n"
    "    let x_0 = splat(x[20*b0 + k]):16\n"
    "    var s_0, s_1: f32x16 = splat(-0.5):16\n"
    "    local a: f32[5, 20] align 64\n"
    "    if b0 + k - 1 >= 0 and 14 - k >= 0\n"
    "      s_0 = fma(x_0, w[32*k]:16, s_0)\n"
    "      a[b0/4, 3] = exp(x[0]) * (x[1] - 2.5) - (x[2] - x[3])\n"
    "      a[b0/4, 3] fma= x[4] * x[5]\n"
    "    else\n"
    "      a[b0/4, k] += select(t[b0] == index(k) and 0.5 < x[k], -x[k], 0)\n"
    "      a[b0/4, k] max= select(inside(k - 3), infinity, -infinity)\n"
    "    h[32*b0]:16 mask 0x3 = s_0\n"
    "    h[32*b0]:16 by 2 = uniform(5, b0, 4*k):16\n"
    "    draw d_0, d_1, d_2, d_3 = normal(1, b0, 4*k):16 examples\n"
    "    let u = across(s_1) + f32(t[k] == 3:i32) + x[0] ^ 2\n"
    "    h[0]:2 = sums(s_0, d_1)\n"
    "    if (b0 - k + 1) % 6 == 0 and k % 2 == 0 and b0 - k + 1 >= 0 and (12 - b0)/4 >= 0\n"
    "      a[(b0 - k + 1)/6, k/2] = select(divides(3, b0 + 2*k), 1, 0)\n"
    "    h[0]:4 = f32(index(k):4 by -2) + uniform(2, 0, k):4 by 9\n"
    "    h[1] = uniform(7, k)\n"
    "    h[0]:4 = select(lanes(0x5):4, normal(2, k, 0):4 by 3 examples, f32(index(3):4))\n"
    "    h[0] = max_across(s_0) + u\n"
    "    fetch w[32*k + 640]\n"
    "    fence\n"
    "  for i = 0..3 kept, j = 0..4 unroll, l = 0..2 each, m = 0..8 by 4 split, "
    "q = 0..2 turn, o = 0..14 lanes 16\n"
    "    h[i + o] = 0\n";

Test(loops, text_is_read_back) {
    Compiler *compiler = test_compiler();
    LoopKernel *kernel = parsed(compiler, all_kinds);
    Text *out = text_new(compiler);
    loops_text(out, kernel);
    cr_expect_str_eq(out->bytes, all_kinds);
    cr_expect_null(loops_check(kernel), "%s", loops_check(kernel));
    test_compiler_free(compiler);
}

/* What the first kernel was made of is gone, and that memory used again. */
Test(loops, a_copy_stands_alone) {
    Compiler *compiler = test_compiler();
    arena_open(compiler);
    LoopKernel *kernel = parsed(compiler, all_kinds);
    arena_keep(compiler);
    LoopKernel *copy = loops_copy(kernel);
    arena_return(compiler);
    arena_close(compiler);
    memset(arena_alloc(compiler, 1 << 16), 'x', 1 << 16);
    Text *out = text_new(compiler);
    loops_text(out, copy);
    cr_expect_str_eq(out->bytes, all_kinds);
    cr_expect_null(loops_check(copy), "%s", loops_check(copy));
    test_compiler_free(compiler);
}

/* The statements of a kernel that has float x[12, 10], float y[40] out and classes t[10]. */
static LoopKernel *with_statements(Compiler *compiler, const char *statements) {
    return parsed(compiler, format_text(compiler,
                                        "kernel k(x: f32[12, 10], y: f32[40] out, t: "
                                        "i32[10])\n%s",
                                        statements));
}

Test(loops, the_checker_tells_each_breach) {
    static const struct {
        const char *statements, *problem;
    } rows[] = {
        {"  for i = 0..40\n    y[i] = x[0, 0]\n", NULL},
        {"  for i = 0..41\n    y[i] = x[0, 0]\n", "y[i] reaches 0 to 40 of 40 along axis 0"},
        {"  for i = 0..40\n    y[i - 1] = x[0, 0]\n", "y[i - 1] reaches -1 to 38"},
        {"  for i = 0..12, j = 0..10\n    y[j] = x[j, i]\n",
         "x[i] reaches 0 to 11 of 10 along axis 1"},
        {"  y[30]:16 = splat(1):16\n", "y[30] reaches 45 to 45 of 40"},
        {"  y[30]:16 mask 0x3ff = splat(1):16\n", NULL},
        {"  y[10]:4 by 10 = splat(1):4\n", "y[10] reaches 40 to 40"},
        {"  y[0]:4 by 10 = splat(1):4\n", NULL},
        {"  for i = 0..20, k = 0..3\n    if i + k - 1 >= 0\n      y[2*i + 2*k - 2] = 0\n",
         "reaches 0 to 40"},
        {"  for i = 0..20, k = 0..3\n    if i + k - 1 >= 0 and 20 - i - k >= 0\n"
         "      y[2*i + 2*k - 2] = 0\n",
         NULL},
        {"  for i = 0..20, k = 0..3\n    if i + k - 1 >= 0 and 20 - i - k >= 0\n"
         "      y[0] = 0\n    else\n      y[2*i + 2*k - 2] = 0\n",
         "reaches -2 to 40"},
        {"  for i = 0..20\n    y[i] = select(inside(9 - i), x[0, i], 0)\n", NULL},
        {"  for i = 0..20\n    y[i] = select(inside(9 - i), 0, x[0, i])\n", "x[i] reaches 0 to 19"},
        {"  for i = 0..2\n    let a = x[0, 0]\n    y[0] = a\n  for i = 0..2\n    y[i] = 1\n", NULL},
        {"  draw a, b, c, d = uniform(1, 0, 2)\n",
         "a is not the first of a block of random numbers"},
        {"  for k = 0..3\n    draw a, b, c, d = uniform(1, 2*k)\n",
         "a is not the first of a block of random numbers"},
        {"  draw a, b = uniform(1, 0, 4)\n", "a and others are no block of random numbers"},
        {"  draw a, b, c, d = uniform(1, 0, 4):4\n", "a and others are no block of random numbers"},
        {"  draw a, b, c, d = x[0, 0]\n", "a and others are no block of random numbers"},
        {"  let a = x[0, 0]\n  a = 1\n", "a is set and is no variable here"},
        {"  x[0, 0] = 1\n", "x is written and is only for reading"},
        {"  y[0] = x[0, 0]:4\n", "x4 where f32x1 is wanted"},
        {"  y[0]:4 = x[0, 0]:4 + x[0, 0]\n", "f32x1 where f32x4 is wanted"},
        {"  y[0] = t[0]\n", "i32x1 where f32x1 is wanted"},
        {"  y[0] = f32(t[0])\n", NULL},
        {"  y[0] = x[0, 0] < 1\n", "boolx1 where f32x1 is wanted"},
        {"  y[0] fma= x[0, 0]\n", "y is to take a product"},
        {"  y[0] = x[0]\n", "x has 2 axes and 1 indices"},
        {"  y[0] = sums(x[0, 0]:4, x[1, 0]:4)\n", "f32x2 where f32x1 is wanted"},
        {"  y[0]:2 = sums(x[0, 0]:4, x[1, 0]:8)\n", "f32x8 where f32x4 is wanted"},
        {"  y[0]:2 = splat(x[0, 0]:2):2\n", "f32x2 where f32x1 is wanted"},
        {"  y[0] = across(t[0]:4)\n", "i32x1 where f32x1 is wanted"},
        {"  y[0] = select(x[0, 0], 1, 2)\n", "f32x1 where boolx1 is wanted"},
        {"  y[0] = select(x[0, 0] < 1 and x[0, 1], 1, 2)\n", "f32x1 where boolx1 is wanted"},
        {"  y[0]:4 = select(x[0, 0]:2 < x[0, 2]:2, x[0, 0]:4, x[0, 0]:4)\n",
         "less is boolx2 where boolx4 is wanted"},
        {"  y[0]:4 = select(inside(0), x[0, 0]:4, x[0, 4]:4)\n", NULL},
        {"  y[0]:4 mask 0x10 = x[0, 0]:4\n", "y is taken in 4 lanes, mask 0x10"},
        {"  y[0]:4 mask 0x0 = x[0, 0]:4\n", "y is taken in 4 lanes, mask 0x0"},
        {"  for i = 0..4, j = 0..20 lanes 16\n    y[i] = 0\n",
         "the loop over j does not fit in 16 lanes"},
        {"  for i = 0..5 turn, j = 0..4 lanes 4\n    y[4*i + j] = x[j, i]\n",
         "the loop over i is not turned into 4 lanes"},
        {"  for i = 0..8 by 2 turn, j = 0..4 lanes 4\n    y[4*i + j] = x[j, i]\n",
         "the loop over i is not turned into 4 lanes"},
        {"  for i = 0..3 turn, j = 0..4 lanes 4\n    y[4*i + j] = x[j, i]\n", NULL},
        {"  for i = 0..16 by 2 lanes 16\n    y[i] = 0\n",
         "the loop over i does not fit in 16 lanes"},
        {"  var a, b, c: f32x2 = splat(0):2\n  transpose a, b, c\n",
         "a cannot be turned with 2 others"},
        {"  let a = x[0, 0]:2\n  let b = x[0, 0]:2\n  transpose a, b\n",
         "a cannot be turned with 1 others"},
        {"  for i = 0..2\n    local a: f32[4]\n    a[0] = 1\n  y[0] = 1\n", NULL},
        {"  fetch x[100, 100]\n  fence\n", NULL},
        {"  for i = 0..20\n    if 2*i - 7 >= 0 and 30 - 3*i >= 0\n      y[i - 4] = 0\n", NULL},
        {"  for i = 0..40 by 4\n    y[i/4] = 0\n    y[(i + 40)/2] = 0\n", NULL},
        {"  for i = 0..44 by 4\n    y[i] = 0\n", "y[i] reaches 0 to 40 of 40"},
        {"  for i = 0..40 by 4\n    y[(i + 2)/4] = 0\n", "(i + 2)/4 is no whole number"},
        {"  for i = 0..10, k = 0..5\n    if (i - k) % 4 == 0 and i - k >= 0\n"
         "      y[(i - k)/4] = 0\n      y[(i + 3*k)/2] = 0\n",
         NULL},
        {"  for i = 0..10, k = 0..5\n    if (i - k) % 2 == 0 and i - k >= 0\n"
         "      y[(i - k)/4] = 0\n",
         "(i - k)/4 is no whole number"},
        {"  for i = 0..10, k = 0..5\n    if (i - k) % 2 == 0\n      y[i] = 0\n    else\n"
         "      y[(i + k)/2] = 0\n",
         "(i + k)/2 is no whole number"},
        {"  for i = 0..5, j = 0..5, k = 0..3\n"
         "    if (i - k) % 2 == 0 and i - k >= 0 and (2*j + k) % 4 == 0\n"
         "      y[(7*i - 6*k + 2*j)/2] = 0\n      y[(i + k)/2] = select(divides(3, j), x[j/3, 0], "
         "0)\n",
         NULL},
        {"  for i = 0..9\n    if i - 20 >= 0\n      y[i + 40] = x[i/4, 0]\n", NULL},
        {"  for j = 0..5\n    y[0] = select(divides(3, j), 0, x[j/3, 0])\n",
         "j/3 is no whole number"},
    };
    Compiler *compiler = test_compiler();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *problem = loops_check(with_statements(compiler, rows[i].statements));
        if (!rows[i].problem)
            cr_expect_null(problem, "%s%s", rows[i].statements, problem);
        else
            cr_expect(problem && strstr(problem, rows[i].problem), "%s%s", rows[i].statements,
                      problem);
    }
    test_compiler_free(compiler);
}

Test(loops, what_a_body_makes_is_gone_behind_it) {
    Compiler *compiler = test_compiler();
    LoopKernel *kernel =
        with_statements(compiler, "  for i = 0..2\n    let a = x[0, 0]\n  y[0] = a\n");
    cr_expect_str_eq(loops_check(kernel), "kernel k: a is used before it is made");
    kernel = with_statements(compiler,
                             "  for i = 0..2\n    local a: f32[4]\n    a[0] = 1\n  y[0] = a[0]\n");
    cr_expect_str_eq(loops_check(kernel), "kernel k: a is used before it is there");
    kernel = with_statements(compiler, "  for i = 0..2\n    y[0] = 0\n  y[i] = 1\n");
    cr_expect_str_eq(loops_check(kernel), "kernel k: i is used outside its loop");
    test_compiler_free(compiler);
}

/* What no text can say. */
Test(loops, the_checker_tells_what_is_made_twice) {
    Compiler *compiler = test_compiler();
    LoopKernel *kernel = with_statements(compiler, "  let a = x[0, 0]\n  y[0] = a + 1\n");
    Body *body = kernel->body;
    body_add(kernel->symbols, body, body->statements[0]);
    cr_expect_str_eq(loops_check(kernel), "kernel k: a is made twice");
    body->count--;
    Expr *sum = body->statements[1]->expression;
    sum->argument_count = 1;
    cr_expect_str_eq(loops_check(kernel), "kernel k: add has 1 operands");
    sum->argument_count = 2;
    sum->type = TYPE_DOUBLE;
    cr_expect_str_eq(loops_check(kernel), "kernel k: add has a type of its own");
    kernel = with_statements(compiler, "  for i = 0..4\n    for j = 0..4\n      y[i] = 0\n");
    Stmt *outer = kernel->body->statements[0], *inner = outer->body->statements[0];
    inner->variable = outer->variable;
    cr_expect_str_eq(loops_check(kernel), "kernel k: two loops inside each other have i");
    inner->range.last = -1;
    cr_expect_str_eq(loops_check(kernel), "kernel k: the loop over i has a range that is none");
    test_compiler_free(compiler);
}

static void expect_result(const char *statements, const double *expected, int count) {
    Compiler *compiler = test_compiler();
    LoopKernel *kernel = with_statements(compiler, statements);
    cr_assert_null(loops_check(kernel), "%s", loops_check(kernel));
    double **memory = loops_memory(kernel, 1, false);
    for (int i = 0; i < 120; i++)
        memory[0][i] = i;
    for (int i = 0; i < 10; i++)
        memory[2][i] = i % 3;
    const char *problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s%s", statements, problem);
    for (int i = 0; i < count; i++)
        cr_expect_eq(memory[1][i], expected[i], "%s element %d: %g", statements, i, memory[1][i]);
    test_compiler_free(compiler);
}

Test(loops, the_interpreter_does_what_statements_say) {
    expect_result("  for i = 0..3\n    y[i] = 0\n    for j = 0..10\n      y[i] += x[i, j]\n",
                  (double[]){45, 145, 245}, 3);
    expect_result("  y[0] = -1\n  for j = 0..10 by 3\n    y[0] max= x[2, j]\n", (double[]){29}, 1);
    expect_result("  let a = x[1, 2]:4\n  y[0]:4 = a * splat(2):4\n  y[4]:4 mask 0xa = a\n"
                  "  y[4]:4 mask 0x5 = -a\n",
                  (double[]){24, 26, 28, 30, -12, 13, -14, 15}, 8);
    expect_result("  y[0]:4 = x[1, 2]:4 mask 0x6\n", (double[]){0, 13, 14, 0}, 4);
    expect_result("  y[0]:3 by 2 = x[0, 1]:3 by 3\n  y[1] = 7\n  y[3] = 8\n",
                  (double[]){1, 7, 4, 8, 7}, 5);
    expect_result("  y[0]:2 = sums(x[1, 0]:4, x[2, 0]:4)\n  y[2] = across(x[0, 1]:8)\n"
                  "  y[3] = max_across(x[0, 1]:8)\n",
                  (double[]){46, 86, 36, 8}, 4);
    expect_result("  for i = 0..3\n    y[i] = select(t[i] == index(i) and 0 < x[0, i], 1, -1)\n",
                  (double[]){-1, 1, 1}, 3);
    expect_result("  var a, b: f32x2\n  a = x[0, 1]:2\n  b = x[1, 1]:2\n  transpose a, b\n"
                  "  y[0]:2 = a\n  y[2]:2 = b\n",
                  (double[]){1, 11, 2, 12}, 4);
    expect_result(
        "  local s: f32[2, 3]\n  for i = 0..2, j = 0..3\n    s[i, j] = f32(index(i + j))\n"
        "  for i = 0..2, j = 0..3\n    y[3*i + j] = s[i, j]\n",
        (double[]){0, 1, 2, 1, 2, 3}, 6);
    expect_result("  for i = 0..4\n    y[i] = 0\n    if (i - 1) % 2 == 0\n      y[i] = "
                  "select(divides(3, i), 1, 2)\n",
                  (double[]){0, 2, 0, 1}, 4);
    expect_result("  for i = 0..4\n    if i - 2 >= 0\n      y[i] = 1\n    else\n      y[i] = 2\n",
                  (double[]){2, 2, 1, 1}, 4);
}

Test(loops, numbers_are_rounded_as_emitted_code_rounds_them) {
    float a = 1 + 0x1p-23F, product = a * a;
    expect_result("  let a = 1.00000011920928955\n  y[0] = a * a - 1\n  y[1] = fma(a, a, -1)\n"
                  "  y[2] = -1\n  y[2] fma= a * a\n",
                  (double[]){product - 1, fmaf(a, a, -1), fmaf(a, a, -1)}, 3);
}

Test(loops, four_neighbours_of_a_stream_are_drawn_together) {
    Compiler *compiler = test_compiler();
    LoopKernel *kernel = with_statements(
        compiler, "  draw a, b, c, d = uniform(3, 5, 8):4 examples\n  y[0]:4 = b\n"
                  "  y[4]:4 = uniform(3, 5, 9):4 examples\n  y[8] = uniform(3, 7, 9)\n");
    double **memory = loops_memory(kernel, 1, false);
    cr_assert_null(loops_run(kernel, memory));
    for (int i = 0; i < 4; i++)
        cr_expect_eq(memory[1][i], memory[1][4 + i]);
    cr_expect_eq(memory[1][8], memory[1][2], "lane 2 is example 5 + 2");
    test_compiler_free(compiler);
}
