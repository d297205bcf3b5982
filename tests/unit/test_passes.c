/* passes: all passes in their order, on kernels of every kind under drawn plans; after each pass the
   program is a right one, and has the same bits. */

#include "drawn_plans.h"
#include "equations_parse.h"
#include "formula_graph.h"
#include "long.h"
#include "loops_run.h"
#include "lower/passes.h"

#include <criterion/criterion.h>
#include <string.h>

static char *text_of(const LoopKernel *kernel) {
    Text *out = text_new(kernel->symbols->compiler);
    loops_text(out, kernel);
    return out->bytes;
}

/* A plan under all passes. */
typedef struct {
    const char *plan;
    LoopKernel *kernel;
    double **expected; /* by number of the argument */
} Run;

static double **made_by(const Run *run, const char *pass) {
    const char *problem = loops_check(run->kernel);
    cr_assert_null(problem, "after %s: %s%s%s", pass, run->plan, text_of(run->kernel), problem);
    double **memory = loops_memory(run->kernel, 3, false);
    problem = loops_run(run->kernel, memory);
    cr_assert_null(problem, "after %s: %s%s%s", pass, run->plan, text_of(run->kernel), problem);
    return memory;
}

/* Arguments keep their order, local arrays come and go. */
static void check_pass(const Run *run, const char *pass) {
    double **memory = made_by(run, pass);
    const Symbols *symbols = run->kernel->symbols;
    for (int i = 0, argument = 0; i < symbols->buffer_count; i++) {
        const Buffer *buffer = &symbols->buffers[i];
        if (buffer->is_local)
            continue;
        size_t size = (size_t)buffer_count(buffer) * sizeof(double);
        cr_assert_arr_eq(memory[i], run->expected[argument++], size, "after %s, %s: %s%s", pass,
                         buffer->name, run->plan, text_of(run->kernel));
    }
}

static void run_passes(Run *run) {
    remainder_nests(run->kernel);
    check_pass(run, "remainder_nests");
    split_index_sets(run->kernel);
    check_pass(run, "split_index_sets");
    const char *problem = address(run->kernel, NULL, &run->kernel);
    cr_assert_null(problem, "%s%s", run->plan, problem);
    check_pass(run, "address");
    problem = vectorise(run->kernel, &run->kernel);
    cr_assert_null(problem, "%s%s", run->plan, problem);
    check_pass(run, "vectorise");
    unroll(run->kernel);
    check_pass(run, "unroll");
    share_draws(run->kernel);
    check_pass(run, "share_draws");
    scalar_replace(run->kernel);
    check_pass(run, "scalar_replace");
    share_loads(run->kernel);
    check_pass(run, "share_loads");
    clean(run->kernel);
    check_pass(run, "clean");
}

/* False where the plan is refused, as one with too many parts is. */
static bool check_drawn(const char *equations_of, uint64_t *state) {
    Compiler *compiler = plans_compiler();
    Equations *equations = equations_parse(compiler, equations_of);
    char *text = drawn_plan(equations, state, true);
    Plan *plan;
    const char *problem = plan_parse(equations, &(const char *){text}, &plan);
    cr_assert_null(problem, "%s%s", text, problem);
    bool fits = !plan_check(equations, plan, NULL);
    if (fits) {
        Run run = {.plan = text, .kernel = apply_plan(equations, plan, true)};
        double **memory = made_by(&run, "apply_plan");
        int count = run.kernel->symbols->buffer_count;
        run.expected = NEW_ARRAY(compiler, double *, count + 1);
        for (int i = 0, argument = 0; i < count; i++)
            if (!run.kernel->symbols->buffers[i].is_local)
                run.expected[argument++] = memory[i];
        run_passes(&run);
    }
    test_compiler_free(compiler);
    return fits;
}

Test(passes, keep_the_bits_of_every_kernel) {
    static const char *const kernels[] = {LAYER,  SOFTMAX, GRADIENTS, POOLED, WINDOWS,
                                          PADDED, STRIDED, DROPPED,   TURNED};
    enum { KERNELS = sizeof kernels / sizeof *kernels };
    uint64_t state = 29;
    int fitting = 0, count = KERNELS * (is_long() ? 200 : 6);
    for (int i = 0; i < count; i++)
        fitting += check_drawn(kernels[i % KERNELS], &state);
    cr_expect_gt(fitting, count * 4 / 5, "%d of %d plans fit", fitting, count);
}
