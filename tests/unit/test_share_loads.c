/* share_loads: which loads are made once, in text. */

#include "formula_graph.h"
#include "loops_parse.h"
#include "lower/passes.h"

#include <criterion/criterion.h>

#define HEAD "kernel h(x: f32[64], y: f32[64], h: f32[64] out)\n"

static void expect_shared(const char *before, const char *expected) {
    Compiler *compiler = test_compiler();
    LoopKernel *kernel = loops_parse(compiler, before);
    cr_assert_not_null(kernel);
    share_loads(kernel);
    const char *problem = loops_check(kernel);
    cr_expect_null(problem, "%s", problem);
    Text *out = text_new(compiler);
    loops_text(out, kernel);
    cr_expect_str_eq(out->bytes, expected);
    test_compiler_free(compiler);
}

Test(share_loads, equal_loads_of_one_run) {
    expect_shared(HEAD "  for b = 0..4\n"
                       "    let s = x[4*b]:4 * splat(y[b]):4\n"
                       "    let t = x[4*b]:4 - splat(y[b]):4\n"
                       "    h[8*b]:4 = s + x[4*b]:4 mask 0x7\n"
                       "    h[8*b + 4]:4 = t + x[4*b + 1]:4\n",
                  HEAD "  for b = 0..4\n"
                       "    let x_l = x[4*b]:4\n"
                       "    let y_l = splat(y[b]):4\n"
                       "    let s = x_l * y_l\n"
                       "    let t = x_l - y_l\n"
                       "    h[8*b]:4 = s + x[4*b]:4 mask 0x7\n"
                       "    h[8*b + 4]:4 = t + x[4*b + 1]:4\n");
}

Test(share_loads, others_stay) {
    static const char *const bodies[] = {
        "  h[0] = x[0]\n  for b = 0..4\n    h[b + 1] = x[0]\n", /* a loop between */
        "  h[0] = x[0]\n  fence\n  h[1] = x[0]\n",              /* a fence */
        "  h[0] = x[0]\n  h[1] = h[0] + 1\n  h[2] = h[0]\n",    /* what is written */
        "  local a: f32[4]\n  a[0] = 1\n  h[1] = a[0]\n  a[0] = 2\n  h[2] = a[0]\n",
        "  h[0]:4 = x[0]:4\n  h[4]:4 = x[0]:4 by 2\n  h[8] = x[0]\n", /* other elements */
        /* what only a test allows */
        "  for b = 0..4\n"
        "    h[2*b] = select(inside(b - 1), x[b - 1], 0)\n"
        "    h[2*b + 1] = select(inside(b - 1), x[b - 1], 1)\n",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        Compiler *compiler = test_compiler();
        const char *text = format_text(compiler, HEAD "%s", bodies[i]);
        expect_shared(text, text);
        test_compiler_free(compiler);
    }
}

/* More loads than the first table holds. */
Test(share_loads, many_loads) {
    Compiler *compiler = test_compiler();
    Text *before = text_new(compiler), *after = text_new(compiler);
    text_add(before, HEAD);
    text_add(after, HEAD);
    for (int i = 0; i < 60; i++) {
        text_add(before, "  h[%d] = x[%d] * x[%d] + y[%d]\n", i, i, i, i);
        const char *name = i > 0 ? format_text(compiler, "x_l.%d", i + 1) : "x_l";
        text_add(after, "  let %s = x[%d]\n  h[%d] = %s * %s + y[%d]\n", name, i, i, name, name, i);
    }
    LoopKernel *kernel = loops_parse(compiler, before->bytes);
    share_loads(kernel);
    Text *out = text_new(compiler);
    loops_text(out, kernel);
    cr_expect_str_eq(out->bytes, after->bytes);
    test_compiler_free(compiler);
}
