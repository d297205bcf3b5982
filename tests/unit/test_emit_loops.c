/* emit_loops: the C of a loop program, and of equations with a plan by way of all passes, computes
   what the interpreter computes, bit by bit, compiled with every warning an error; multiply-adds on
   targets that round them once. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "formula_graph.h"
#include "loops_parse.h"
#include "long.h"
#include "loops_run.h"
#include "scratch.h"
#include "targets.h"

#include "emit/emitter.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

TestSuite(emit_loops, .init = scratch_open, .fini = scratch_close);

enum { ELEMENTS = 64 };

/* A row of every kind of statement and expression; x, y, t, out and b have 64 elements each. */
static const char *const bodies[] = {
    "  for b = 0..4, k = 0..16 by 4\n"
    "    let x_0 = x[16*b + k]\n"
    "    out[4*b + k/4] = x_0 * (x_0 - 0.5) - (y[k] - y[k + 1]) / 3 + -x_0\n",
    "  for b0 = 0..64 by 16\n"
    "    var s_0, s_1: f32x4 = splat(0):4\n"
    "    var later: f32x4\n"
    "    for k = 0..8 kept\n"
    "      s_0 = fma(x[k + b0]:4, splat(y[k]):4, s_0)\n"
    "      s_1 = max(s_1, x[k + 4]:4)\n"
    "    later = s_0 - s_1\n"
    "    out[b0]:4 = s_0\n"
    "    out[b0 + 4]:4 by 2 = later\n"
    "    out[b0 + 5] = 7\n"
    "    out[b0 + 7] = 8\n"
    "    out[b0 + 9]:4 mask 0x7 = s_1\n"
    "    out[b0 + 12]:4 mask 0x1 = s_1\n",
    "  for k = 0..16\n"
    "    if k - 3 >= 0 and 11 - k >= 0\n"
    "      out[k] = select(x[k] < y[k], x[k], 2)\n"
    "    else\n"
    "      out[k] = select(inside(k - 12), y[2*k - 24], -1)\n"
    "    if k - 2 >= 0\n"
    "      out[16 + k] = f32(index(k))\n"
    "    out[32 + k] = f32(t[k] == index(k)) + f32(x[k] <= 0)\n"
    "    if (k + 1) % 3 == 0\n"
    "      out[32 + k] += x[(k + 1)/3] + select(divides(2, k), y[k/2], 4)\n"
    "    out[48 + k] = select(0 < x[k] and x[k] < 0.5, 1, infinity)\n",
    "  local a: f32[16]\n"
    "  for k = 0..16\n"
    "    a[k] = x[k]\n"
    "    a[k] += y[k] - 1\n"
    "    a[k] fma= x[k] * y[k]\n"
    "    a[k] max= -0.25\n"
    "  fetch x[640]\n"
    "  let w = a[0]:4 by 4\n"
    "  let m = select(w < splat(0):4, -w, w)\n"
    "  out[0]:4 = m + f32(w <= m)\n"
    "  out[4] = across(a[4]:4) + max_across(a[8]:4)\n"
    "  out[5]:4 = sums(a[0]:4, a[4]:4, a[8]:4, a[12]:4 mask 0x3)\n"
    "  out[9]:4 = x[0]:4 by 3 mask 0x7\n"
    "  out[20]:4 by 3 mask 0x3 = w\n"
    "  out[32] = select(x[0] < 1, -infinity, 3)\n"
    "  out[33] = f32(index(4)) + f32(3:i32)\n"
    "  let w = x[5]\n"
    "  out[34] = w\n",
    /* squares; names that are used again, and loops inside each other that are called alike */
    "  var r_0, r_1, r_2, r_3: f32x4\n"
    "  r_0 = x[0]:4\n  r_1 = x[4]:4\n  r_2 = x[8]:4\n  r_3 = x[12]:4\n"
    "  transpose r_0, r_1, r_2, r_3\n"
    "  out[0]:4 = r_0\n  out[4]:4 = r_1\n  out[8]:4 = r_2\n  out[12]:4 = r_3\n"
    "  for i = 0..3\n"
    "    let s_0 = x[i]\n"
    "    local a: f32[2]\n"
    "    a[0] = s_0\n"
    "    for i = 0..4\n"
    "      let s_1 = y[i] + s_0\n"
    "      out[16 + i] = s_1 + a[0]\n"
    "  for k = 0..3\n"
    "    let s_1 = x[k] * 2\n"
    "    local a: f32[2]\n"
    "    a[1] = s_1\n"
    "    let s_0 = y[k] * s_1\n"
    "    if k - 1 >= 0\n"
    "      let s_2 = s_0 + 1\n"
    "      out[24 + k] = s_2\n"
    "    out[28 + k] = s_0 + s_1 + a[1]\n"
    "  let s_1 = x[9]\n"
    "  for i = 0..2, k = 0..2\n"
    "    let s_0 = s_1 + x[2*i + k]\n"
    "    out[32 + 2*i + k] = s_0\n",
    /* lanes that bits choose, whole numbers in lanes */
    "  out[0]:4 mask 0xa = x[1]:4 mask 0x6\n"
    "  out[4]:4 by 2 mask 0x5 = y[0]:4 by 3 mask 0xc\n"
    "  out[20]:4 by -1 = x[10]:4 by -2\n"
    "  out[24]:4 by -1 mask 0x3 = x[10]:4 by -2 mask 0xe\n"
    "  fence\n"
    "  let n = index(3):4 by 2\n"
    "  out[28]:4 = f32(t[0]:4) + f32(n) * f32(t[4]:4 by 5 mask 0x9)\n"
    "  out[32]:4 = select(lanes(0x5):4 and x[0]:4 < y[0]:4, x[0]:4, splat(2):4)\n"
    "  out[36]:4 = f32(t[0]:4 == splat(3:i32):4)\n"
    "  out[40]:4 = f32(splat(2:i32):4 <= t[0]:4 and t[0]:4 < n) + f32(t[9]:4 != n)\n"
    "  b[0]:4 = u8(x[0]:4 * splat(100):4 + splat(120):4)\n"
    "  b[5]:4 mask 0x9 = u8(index(3):4 by 7)\n"
    "  b[9]:4 by 2 = u8(y[0]:4 * splat(100):4 + splat(120):4)\n"
    "  b[20] = u8(7:i32)\n"
    "  out[44]:4 = f32(b[0]:4) + f32(b[9]:4 by 2)\n"
    "  out[48] = f32(b[20]) + f32(b[0])\n"
    "  local c: u8[8]\n"
    "  c[0]:4 = b[0]:4\n"
    "  out[50]:4 = f32(i32(c[0]:4) == t[0]:4)\n",
    /* more lanes than all targets have */
    "  out[0]:8 = uniform(3, 2, 7):8 examples + uniform(3, 1, 6):8\n"
    "  out[8]:4 = sums(x[0]:8, x[8]:8, y[0]:8, y[8]:8)\n"
    "  out[12]:8 mask 0xd6 = x[3]:8 mask 0x7e\n"
    "  b[0]:8 = u8(y[0]:8 * splat(100):8 + splat(120):8)\n"
    "  out[20]:8 = f32(b[0]:8) + f32(t[0]:8 < index(2):8)\n",
    /* random numbers */
    "  out[0] = uniform(3, 5, 9) + uniform(4, 2)\n"
    "  out[4]:4 = uniform(3, 1, 6):4\n"
    "  out[8]:4 = uniform(3, 1, 5):4 examples\n"
    "  out[12]:4 = uniform(3, 1, 5):4 by 3\n"
    "  out[16]:4 = uniform(3, 1, 5):4 by 2 examples - uniform(6, 5):4\n"
    "  for k = 0..8 by 4\n"
    "    draw u_0, u_1, u_2, u_3 = uniform(7, k, 3*k + 4):4 examples\n"
    "    out[20 + 2*k]:4 = u_0 + u_3 * u_1\n"
    "    out[40 + 2*k]:4 = u_2\n"
    "  draw u_0, u_1, u_2, u_3 = uniform(8, 4)\n"
    "  out[60] = u_1 - u_3\n",
    "  out[0] = normal(3, 5, 9)\n"
    "  out[4]:4 = normal(3, 1, 6):4\n"
    "  out[8]:4 = normal(3, 1, 5):4 examples\n"
    "  draw z_0, z_1, z_2, z_3 = normal(7, 1, 4):4 examples\n"
    "  out[12]:4 = z_0 + z_3\n"
    "  out[16]:4 = z_1 + z_2\n"
    "  draw z_0, z_1, z_2, z_3 = normal(8, 4)\n"
    "  out[60] = z_1 - z_3\n",
};

static char *kernel_text(Compiler *compiler, const char *body, int number) {
    return format_text(
        compiler,
        "kernel k%d(x: f32[64], y: f32[64], t: i32[64], out: f32[64] out, b: u8[64] out)\n%s",
        number, body);
}

typedef void Kernel(const float *x, const float *y, const int32_t *t, float *out, uint8_t *b);

static void expect_same(const LoopKernel *kernel, Kernel *run, int number) {
    float x[ELEMENTS], y[ELEMENTS], out[ELEMENTS];
    int32_t t[ELEMENTS];
    uint8_t b[ELEMENTS];
    double **memory = loops_memory(kernel, (uint64_t)number, false);
    for (int i = 0; i < ELEMENTS; i++) {
        x[i] = (float)memory[0][i];
        y[i] = (float)memory[1][i];
        t[i] = (int32_t)memory[2][i];
        out[i] = (float)memory[3][i];
        b[i] = (uint8_t)memory[4][i];
    }
    const char *problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s", problem);
    run(x, y, t, out, b);
    for (int i = 0; i < ELEMENTS; i++) {
        cr_expect_eq(out[i], (float)memory[3][i], "kernel %d, out[%d]: %.9g for %.9g", number, i,
                     (double)out[i], memory[3][i]);
        cr_expect_eq(b[i], (uint8_t)memory[4][i], "kernel %d, b[%d]: %d for %g", number, i, b[i],
                     memory[4][i]);
    }
}

enum { KERNELS = sizeof bodies / sizeof *bodies };

/* Compiles with every warning an error, and opens what comes out. */
static void *compiled(const char *c, const char *flags) {
    const char *file = scratch_text("kernels.c", c), *object = scratch_path("kernels.so");
    char command[2000];
    snprintf(
        command, sizeof command,
        "gcc -std=c11 -O1 -fPIC -shared -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror "
        "-Wno-unused-parameter -ffp-contract=off %s -I%s/runtime -o %s %s",
        flags, NNGEN_SOURCE, object, file);
    cr_assert_eq(system(command), 0, "%s", c);
    void *library = dlopen(object, RTLD_NOW);
    cr_assert_not_null(library, "%s", dlerror());
    return library;
}

/* Whether the target has so many lanes, and rounds as the interpreter does. */
static bool has_body(const Options *options, const char *body) {
    bool has_fma = machine_of(options)->has_fma;
    return (target_lanes(options) >= 8 || !strstr(body, ":8")) &&
           (has_fma ? !strstr(body, "normal") : !strstr(body, "fma"));
}

/* A function of the buffers alone. */
static void add_kernel(Text *c, const Bindings *base, const LoopKernel *kernel, int number) {
    LoopDraws draws = loops_draws(kernel);
    text_add(c, "%s", loops_in_c(kernel->symbols->compiler, base, kernel));
    text_add(c,
             "static void r%d(const float *x, const float *y, const int32_t *t, float *out, "
             "uint8_t *b) { k%d(x, y, t, out, b",
             number, number);
    if (draws.any)
        text_add(c, ", %d, %d", LOOPS_SEED, LOOPS_STEP);
    text_add(c, "%s); }\n", draws.by_example ? ", 0" : "");
}

static void check_target(Target target, const char *flags) {
    Compiler *compiler = test_compiler();
    compiler->options.target = target;
    templates_read(compiler);
    Bindings base = bindings_new(compiler, NULL);
    bind_slot(&base, "real", "float");
    LoopKernel *kernels[KERNELS] = {NULL};
    Text *c = text_new(compiler), *list = text_new(compiler);
    text_add(c, "#define NN_DOUBLE 0\n#define NN_TARGET %s\n#include \"nn_random.h\"\n",
             machine_of(&compiler->options)->runtime);
    for (int i = 0; i < KERNELS; i++) {
        text_add(list, has_body(&compiler->options, bodies[i]) ? "r%d, " : "0, ", i);
        if (!has_body(&compiler->options, bodies[i]))
            continue;
        const char *text = kernel_text(compiler, bodies[i], i);
        kernels[i] = loops_parse(compiler, text);
        cr_assert_not_null(kernels[i], "%s", text);
        const char *problem = loops_check(kernels[i]);
        cr_assert_null(problem, "%s%s", text, problem);
        add_kernel(c, &base, kernels[i], i);
    }
    text_add(c,
             "typedef void Kernel(const float *, const float *, const int32_t *, float *, uint8_t "
             "*);\nextern Kernel *const kernels[];\nKernel *const kernels[] = {%s};\n",
             list->bytes);
    void *library = compiled(c->bytes, flags);
    Kernel *const *made = (Kernel *const *)dlsym(library, "kernels");
    for (int i = 0; i < KERNELS; i++)
        if (kernels[i])
            expect_same(kernels[i], made[i], i);
    dlclose(library);
    test_compiler_free(compiler);
}

Test(emit_loops, c_computes_what_the_program_says) {
    bool has_v4 = target_runs_here(TARGET_X86_64_V4);
    check_target(TARGET_GENERIC, "");
    if (has_v4)
        check_target(TARGET_X86_64_V4, "-march=x86-64-v4");
    if (target_runs_here(TARGET_X86_64_V3) && (!has_v4 || is_long()))
        check_target(TARGET_X86_64_V3, "-march=x86-64-v3");
}

// From equations to C

static LoopKernel *lowered(Compiler *compiler, const char *equations_of, const char *plan_of) {
    Equations *equations = equations_parse(compiler, equations_of);
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){plan_of}, &plan);
    if (!problem)
        problem = plan_check(equations, plan, NULL);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    LoopKernel *kernel = apply_plan(equations, plan, true);
    remainder_nests(kernel);
    split_index_sets(kernel);
    problem = address(kernel, NULL, &kernel);
    if (!problem)
        problem = vectorise(kernel, &kernel);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    unroll(kernel);
    share_draws(kernel);
    scalar_replace(kernel);
    clean(kernel);
    problem = loops_check(kernel);
    cr_assert_null(problem, "%s%s", plan_of, problem);
    return kernel;
}

typedef struct {
    const char *equations, *plan;
} Planned;

enum { MOST_ARGUMENTS = 16 };

/* The function runNUMBER, which calls the kernel with pointers from an array. */
static void add_c(Text *c, const Bindings *base, LoopKernel *kernel, int number) {
    Compiler *compiler = kernel->symbols->compiler;
    Text *arguments = text_new(compiler);
    LoopDraws draws = loops_draws(kernel);
    for (int i = 0, count = 0; i < kernel->symbols->buffer_count; i++)
        if (!kernel->symbols->buffers[i].is_local) {
            text_add(arguments, "%sm[%d]", count ? ", " : "", count);
            count++;
        }
    if (draws.any)
        text_add(arguments, ", %d, %d%s", LOOPS_SEED, LOOPS_STEP, draws.by_example ? ", 0" : "");
    kernel->name = format_text(compiler, "made%d", number);
    text_add(c, "%s", loops_in_c(compiler, base, kernel));
    text_add(c, "void run%d(void *const *m);\nvoid run%d(void *const *m) { made%d(%s); }\n", number,
             number, number, arguments->bytes);
}

/* An element of what C has of the interpreter's memory. */
static double element_of(const Buffer *buffer, const void *memory, int64_t at) {
    if (buffer->type == TYPE_INT32)
        return ((const int32_t *)memory)[at];
    if (buffer->type == TYPE_UINT8)
        return ((const uint8_t *)memory)[at];
    return (double)((const float *)memory)[at];
}

/* By number of the argument. */
static void copy_memory(const LoopKernel *kernel, double **memory, void **real) {
    const Symbols *symbols = kernel->symbols;
    for (int i = 0, count = 0; i < symbols->buffer_count; i++) {
        const Buffer *buffer = &symbols->buffers[i];
        if (buffer->is_local)
            continue;
        void *copy = NEW_ARRAY(symbols->compiler, float, buffer_count(buffer));
        for (int64_t at = 0; at < buffer_count(buffer); at++)
            if (buffer->type == TYPE_INT32)
                ((int32_t *)copy)[at] = (int32_t)memory[i][at];
            else if (buffer->type == TYPE_UINT8)
                ((uint8_t *)copy)[at] = (uint8_t)memory[i][at];
            else
                ((float *)copy)[at] = (float)memory[i][at];
        real[count++] = copy;
    }
}

static void expect_same_of_plan(const LoopKernel *kernel, void *library, int number) {
    char name[20];
    snprintf(name, sizeof name, "run%d", number);
    union {
        void *symbol;
        void (*run)(void *const *memory);
    } made = {dlsym(library, name)};
    cr_assert_not_null(made.symbol);
    double **memory = loops_memory(kernel, 5, false);
    void *real[MOST_ARGUMENTS];
    copy_memory(kernel, memory, real);
    const char *problem = loops_run(kernel, memory);
    cr_assert_null(problem, "%s", problem);
    made.run(real);
    for (int i = 0, count = 0; i < kernel->symbols->buffer_count; i++) {
        const Buffer *buffer = &kernel->symbols->buffers[i];
        if (buffer->is_local)
            continue;
        const void *made_of = real[count++];
        for (int64_t at = 0; buffer->is_written && at < buffer_count(buffer); at++)
            cr_expect_eq(element_of(buffer, made_of, at), memory[i][at],
                         "kernel %d, %s[%d]: %.9g for %.9g", number, buffer->name, (int)at,
                         element_of(buffer, made_of, at), memory[i][at]);
    }
}

Test(emit_loops, kernels_of_plans_compute_what_their_equations_say) {
    static const Planned rows[] = {
        {LAYER, "plan h\n"
                "  for n/8+2, k/6, b/4\n"
                "    sum h_sum: for k, unroll b, lanes n mask; starts h.bias; waits h\n"
                "    make h: unroll b, lanes n mask\n"},
        {LAYER, "plan h\n"
                "  for b/2, n/4+2\n"
                "    sum h_sum: for k/4, unroll k parts, unroll b, lanes n scalar\n"
                "    make h: unroll b, lanes n scalar\n"},
        {PADDED, "plan a\n"
                 "  for b/4, y, x/4+2 split, o\n"
                 "    sum a: for ky, for c, unroll kx, unroll x, lanes b; starts bias\n"},
        {GRADIENTS, "plan h.weight\n"
                    "  for n/4\n"
                    "    for b/8\n"
                    "      make d: unroll b, lanes n\n"
                    "      sum d_bias: for b/2, unroll b parts, lanes n\n"
                    "    for k/4+2\n"
                    "      sum d_weight: for b, unroll k, lanes n\n"
                    "      make new: unroll k, lanes n\n"},
        {SOFTMAX, "plan d_p\n"
                  "  for b/4+1\n"
                  "    sum top: unroll c, lanes b mask\n"
                  "    make e: unroll c, lanes b mask\n"
                  "    sum total: unroll c, lanes b mask\n"
                  "    sum cost: unroll c, lanes b mask\n"
                  "    make d_p: unroll c, lanes b mask\n"},
        {POOLED, "plan top\n"
                 "  for b/4, Y, X, o\n"
                 "    make a: unroll i, unroll j, lanes b\n"
                 "    sum top, winner: unroll i, unroll j, lanes b\n"
                 "    make d_a: unroll i, unroll j, lanes b\n"},
        {POOLED, "plan top\n"
                 "  for o\n"
                 "    make a: for b, for i, for Y, for X, for j\n"
                 "    sum top, winner: for b, for Y, for X, unroll i parts, lanes j mask\n"
                 "    make d_a: for b, for Y, for i, for X, lanes j mask\n"},
        {WINDOWS, "plan top\n"
                  "  for b\n"
                  "    sum top, winner: for i, unroll k, lanes Y mask\n"
                  "    make far: lanes Y mask\n"},
        {DROPPED, "plan h\n  make h: lanes b mask, unroll n\n"},
        {DROPPED, "plan h\n  make h: for b, for n/8+2, lanes n mask\n"},
        {DROPPED, "plan h\n  make h: for n, lanes b mask\n"},
        {TURNED, "plan t\n  make t: for n/4+2, for k/4+1, turn k, lanes n mask\n"},
        {TURNED, "plan t\n  make t: for k/8+1, for n/8+2, turn k, lanes n mask\n"},
        {STRIDED, "plan d_in\n"
                  "  sum d_in: each Y:2, for ky, for o, unroll c, unroll Y/2, lanes b\n"},
        {STRIDED, "plan d_in\n"
                  "  sum d_in: for Y, for o, for ky, for c, lanes b\n"},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    if (!target_runs_here(TARGET_X86_64_V3))
        return;
    Compiler *compiler = test_compiler();
    compiler->options.target = TARGET_X86_64_V3;
    templates_read(compiler);
    Bindings base = bindings_new(compiler, NULL);
    bind_slot(&base, "real", "float");
    Text *c = text_new(compiler);
    text_add(c, "#define NN_DOUBLE 0\n#define NN_TARGET NN_X86_64_V3\n#include \"nn_random.h\"\n");
    LoopKernel *kernels[ROWS];
    for (int i = 0; i < ROWS; i++) {
        kernels[i] = lowered(compiler, rows[i].equations, rows[i].plan);
        add_c(c, &base, kernels[i], i);
    }
    void *library = compiled(c->bytes, "-march=x86-64-v3");
    for (int i = 0; i < ROWS; i++)
        expect_same_of_plan(kernels[i], library, i);
    dlclose(library);
    test_compiler_free(compiler);
}

/* The names of a block are free behind it, those of a loop around are not free inside. */
Test(emit_loops, names_last_as_long_as_their_block) {
    Compiler *compiler = test_compiler();
    compiler->options.target = TARGET_GENERIC;
    templates_read(compiler);
    Bindings base = bindings_new(compiler, NULL);
    bind_slot(&base, "real", "float");
    LoopKernel *kernel = loops_parse(compiler, "kernel k(x: f32[64], h: f32[64] out)\n"
                                               "  for i = 0..3\n"
                                               "    let s_0 = x[i]\n"
                                               "    h[i] = s_0\n"
                                               "    for i = 0..4\n"
                                               "      let s_0 = x[2*i]\n"
                                               "      h[i] = s_0\n"
                                               "  let s_0 = x[0]\n"
                                               "  h[9] = s_0\n");
    cr_expect_str_eq(loops_in_c(compiler, &base, kernel),
                     "static void k(const float *restrict x, float *restrict h) {\n"
                     "    for (int i = 0; i < 3; i++) {\n"
                     "        const float s_0 = x[i];\n"
                     "        h[i] = s_0;\n"
                     "        for (int i2 = 0; i2 < 4; i2++) {\n"
                     "            const float s_0_ = x[2*i2];\n"
                     "            h[i2] = s_0_;\n"
                     "        }\n"
                     "    }\n"
                     "    const float s_0 = x[0];\n"
                     "    h[9] = s_0;\n"
                     "}\n");
    test_compiler_free(compiler);
}

Test(emit_loops, what_a_divisor_divides_stands_beside_the_quotient) {
    Compiler *compiler = test_compiler();
    compiler->options.target = TARGET_GENERIC;
    templates_read(compiler);
    Bindings base = bindings_new(compiler, NULL);
    bind_slot(&base, "real", "float");
    LoopKernel *kernel = loops_parse(compiler, "kernel k(x: f32[64], h: f32[64] out)\n"
                                               "  for o = 0..3, y = 0..4, k = 0..4\n"
                                               "    if (y - k + 1) % 2 == 0 and y - k + 1 >= 0\n"
                                               "      h[4*o + y] = x[(y - k + 8*o + 1)/2]\n");
    cr_expect_null(loops_check(kernel), "%s", loops_check(kernel));
    const char *c = loops_in_c(compiler, &base, kernel);
    cr_expect(strstr(c, "h[4*o + y] = x[4*o + (y - k + 1)/2];"), "%s", c);
    test_compiler_free(compiler);
}
