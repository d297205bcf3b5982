/* address: indices become addresses by layouts, in text; and elements keep their bits wherever
   layouts put them. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "formula_graph.h"
#include "loops_parse.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <string.h>

static LayoutOf subject(const Buffer *buffer, bool has_examples) {
    LayoutOf of = {.type = buffer->type, .examples = has_examples ? buffer->extent[0] : 0};
    of.shape.rank = buffer->rank - has_examples;
    for (int axis = 0; axis < of.shape.rank; axis++)
        of.shape.size[axis] = buffer->extent[axis + has_examples];
    return of;
}

typedef struct {
    const char *buffer, *layout;
    bool has_examples;
} GivenLayout;

static BufferLayout *given(const LoopKernel *kernel, const GivenLayout *rows) {
    Compiler *compiler = kernel->symbols->compiler;
    BufferLayout *layouts = NEW_ARRAY(compiler, BufferLayout, kernel->symbols->buffer_count + 1);
    for (; rows->buffer; rows++)
        for (int i = 0; i < kernel->symbols->buffer_count; i++) {
            const Buffer *buffer = &kernel->symbols->buffers[i];
            if (strcmp(buffer->name, rows->buffer) != 0)
                continue;
            LayoutOf of = subject(buffer, rows->has_examples);
            Layout *layout = NEW(compiler, Layout);
            const char *problem = layout_parse(compiler, rows->layout, &of, layout);
            cr_assert_null(problem, "%s: %s", rows->layout, problem);
            layouts[i] = (BufferLayout){.layout = layout, .has_examples = rows->has_examples};
        }
    return layouts;
}

static void expect_text(const char *before, const GivenLayout *rows, const char *expected) {
    Compiler *compiler = plans_compiler();
    LoopKernel *kernel = loops_parse(compiler, before), *made;
    cr_assert_not_null(kernel);
    const char *problem = address(kernel, given(kernel, rows), &made);
    if (strncmp(expected, "kernel h(", 9) != 0) {
        cr_expect(problem && strcmp(problem, expected) == 0, "%s", problem);
        test_compiler_free(compiler);
        return;
    }
    cr_assert_null(problem, "%s", problem);
    problem = loops_check(made);
    cr_expect_null(problem, "%s", problem);
    Text *out = text_new(compiler);
    loops_text(out, made);
    cr_expect_str_eq(out->bytes, expected);
    test_compiler_free(compiler);
}

#define BLOCKS                                                                                     \
    "kernel h(w: f32[12, 5], x: f32[6, 5], h: f32[6, 12] out)\n"                                   \
    "  for n0 = 0..12 by 4, b = 0..6, n1 = 0..4 lanes 4\n"                                         \
    "    h[b, n0 + n1] = 0\n"                                                                      \
    "    for k = 0..5\n"                                                                           \
    "      h[b, n0 + n1] fma= w[n0 + n1, k] * x[b, k]\n"

Test(address, row_major_where_no_layout_is_given) {
    expect_text(BLOCKS, &(GivenLayout){0},
                "kernel h(w: f32[60], x: f32[30], h: f32[72] out)\n"
                "  for n0 = 0..12 by 4, b = 0..6, n1 = 0..4 lanes 4\n"
                "    h[n0 + 12*b + n1] = 0\n"
                "    for k = 0..5\n"
                "      h[n0 + 12*b + n1] fma= w[5*n0 + 5*n1 + k] * x[5*b + k]\n");
}

Test(address, layouts_cut_axes_and_leave_places_unused) {
    const GivenLayout rows[] = {
        {"w", "i/4 j i:4", false}, {"x", "i b:6|8", true}, {"h", "i/4 b i:4|5 gap 3", true}, {0}};
    expect_text(BLOCKS, rows,
                "kernel h(w: f32[60], x: f32[40], h: f32[99] out)\n"
                "  for n0 = 0..12 by 4, b = 0..6, n1 = 0..4 lanes 4\n"
                "    h[(33*n0 + 20*b + 4*n1)/4] = 0\n"
                "    for k = 0..5\n"
                "      h[(33*n0 + 20*b + 4*n1)/4] fma= w[5*n0 + n1 + 4*k] * x[b + 8*k]\n");
}

Test(address, the_axis_in_lanes_is_innermost_in_local_arrays) {
    expect_text("kernel h(x: f32[6, 4], h: f32[6] out)\n"
                "  local e: f32[6, 4]\n"
                "  local one: f32[]\n"
                "  one[] = 0\n"
                "  for b = 0..6 lanes 8, c = 0..4\n"
                "    e[b, c] = x[b, c] + one[]\n"
                "  h[5] = across(e[5, 0]:4)\n",
                &(GivenLayout){0},
                "kernel h(x: f32[24], h: f32[6] out)\n"
                "  local e: f32[32]\n"
                "  local one: f32[1]\n"
                "  one[0] = 0\n"
                "  for b = 0..6 lanes 8, c = 0..4\n"
                "    e[b + 8*c] = x[4*b + c] + one[0]\n"
                "  h[5] = across(e[5]:4 by 8)\n");
}

Test(address, loops_that_do_not_fit_the_layout_are_refused) {
    const GivenLayout rows[] = {{"w", "i/3 j i:3", false}, {0}};
    expect_text(BLOCKS, rows,
                "kernel h: w[n0 + n1, k] has no address that is affine in the loops: they do not "
                "run through the digits of its layout");
    const GivenLayout other[] = {{"h", "b i f64", true}, {0}};
    expect_text(BLOCKS, other,
                "kernel h: the layout of h does not fit: it is of f64 and the kernel's is of f32");
}

// Kernels of drawn plans, in drawn layouts

static const Layout *drawn_layout(Compiler *compiler, const LayoutOf *of, uint64_t *state) {
    int axes = of->shape.rank + (of->examples > 0), first = of->examples > 0 ? AXIS_EXAMPLES : 0;
    if (axes == 0 || drawn_number(state, 4) == 0)
        return NULL;
    Layout *layout = NEW(compiler, Layout);
    *layout = layout_with_innermost(of, first + drawn_number(state, axes));
    if (drawn_number(state, 5) == 0)
        *layout = layout_in_panels(*layout, of, 2 + drawn_number(state, 3));
    else
        layout->digits[layout->digit_count - 1].room += drawn_number(state, 3);
    if (drawn_number(state, 3) == 0)
        layout->gap = 1 + drawn_number(state, 3);
    return layout_check(compiler, layout, of) ? NULL : layout;
}

/* The place of element number `at`, in row-major order. */
static int64_t place_of(const Buffer *buffer, const BufferLayout *layout, int64_t at) {
    int64_t index[MAX_RANK + 2] = {0};
    if (!layout->layout)
        return at;
    for (int axis = buffer->rank - 1; axis >= 0; axis--) {
        index[axis + !layout->has_examples] = at % buffer->extent[axis];
        at /= buffer->extent[axis];
    }
    return layout_position(layout->layout, index);
}

static void expect_same(const LoopKernel *kernel, const LoopKernel *made,
                        const BufferLayout *layouts, const char *plan) {
    double **expected = loops_memory(kernel, 5, false), **got = loops_memory(made, 5, false);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < kernel->symbols->buffer_count; i++) {
            const Buffer *buffer = &kernel->symbols->buffers[i];
            for (int64_t at = 0; !buffer->is_local && at < buffer_count(buffer); at++) {
                double *there = &got[i][place_of(buffer, &layouts[i], at)];
                if (pass == 0)
                    *there = expected[i][at];
                cr_assert_eq(*there, expected[i][at], "%s%s[%d]", plan, buffer->name, (int)at);
            }
        }
        const char *problem = pass == 0 ? loops_run(kernel, expected) : NULL;
        problem = !problem && pass == 0 ? loops_run(made, got) : problem;
        cr_assert_null(problem, "%s%s", plan, problem);
    }
}

Test(address, elements_keep_their_bits_in_drawn_layouts) {
    static const char *const kernels[] = {LAYER, SOFTMAX, GRADIENTS};
    uint64_t state = 99;
    int fitting = 0;
    for (int i = 0; i < 60; i++) {
        Compiler *compiler = plans_compiler();
        Equations *equations = equations_parse(compiler, kernels[i % 3]);
        char *text = drawn_plan(equations, &state, true);
        Plan *plan;
        const char *problem = plan_parse(equations, &(const char *){text}, &plan);
        problem = problem ? problem : plan_check(equations, plan, NULL);
        cr_assert_null(problem, "%s%s", text, problem);
        LoopKernel *kernel = apply_plan(equations, plan, true), *made;
        BufferLayout *layouts =
            NEW_ARRAY(compiler, BufferLayout, kernel->symbols->buffer_count + 1);
        for (int k = 0; k < kernel->symbols->buffer_count; k++) {
            const Buffer *buffer = &kernel->symbols->buffers[k];
            layouts[k].has_examples = buffer->rank > 1 && drawn_number(&state, 2);
            LayoutOf of = subject(buffer, layouts[k].has_examples);
            if (!buffer->is_local)
                layouts[k].layout = drawn_layout(compiler, &of, &state);
        }
        if (!address(kernel, layouts, &made)) {
            fitting++;
            problem = loops_check(made);
            cr_assert_null(problem, "%s%s", text, problem);
            expect_same(kernel, made, layouts, text);
        }
        test_compiler_free(compiler);
    }
    cr_expect_geq(fitting, 15, "%d", fitting);
}
