/* A kernel by all passes. In: its equations, its plan, how values lie. Out: loops that are ready to
   be printed, and where each argument is; or why the plan does not fit the layouts and the target.
   Whatever else goes wrong here is a fault of a stage before. */

#include "lower/passes.h"

static const Access *access_of_origin(const Layouts *layouts, const Function *function,
                                      const BufferOrigin *origin) {
    return origin->node ? access_of(layouts, function, origin->node)
                        : access_of_store(layouts, function, origin->store);
}

static bool has_examples(const Function *function, const BufferOrigin *origin) {
    const Node *node = origin->node ? origin->node : function->stores[origin->store].value;
    return node->batched;
}

_Noreturn static void fail(const Function *function, const char *problem) {
    stop_at(function->graph->compiler, (Span){0}, "internal: %s: %s", function->name, problem);
}

static void verify(const Function *function, const LoopKernel *kernel, const char *pass) {
    const char *problem = loops_check(kernel);
    if (problem) {
        Text *out = text_new(function->graph->compiler);
        loops_text(out, kernel);
        fail(function,
             format_text(function->graph->compiler, "after %s: %s\n%s", pass, problem, out->bytes));
    }
}

/* Arguments of the loop program are those of the equations, in their order. */
static BufferLayout *layouts_of(const Layouts *layouts, const Function *function,
                                const Equations *equations, LoweredKernel *lowered) {
    Compiler *compiler = function->graph->compiler;
    int count = lowered->loops->symbols->buffer_count, argument = 0;
    BufferLayout *made = NEW_ARRAY(compiler, BufferLayout, count + 1);
    lowered->accesses = NEW_ARRAY(compiler, const Access *, count + 1);
    for (int i = 0; i < equations->symbols->buffer_count; i++) {
        const Buffer *buffer = &equations->symbols->buffers[i];
        const BufferOrigin *origin = &equations->origins[i];
        if (buffer->is_local)
            continue;
        const Access *access = access_of_origin(layouts, function, origin);
        if (!access)
            fail(function, format_text(compiler, "%s is in no memory", buffer->name));
        lowered->accesses[argument] = access;
        if (access->storage->kind != STORAGE_CLASSES)
            made[argument] =
                (BufferLayout){.has_examples = has_examples(function, origin), .access = access};
        argument++;
    }
    lowered->access_count = argument;
    return made;
}

LoweredKernel lower_kernel(const Layouts *layouts, const Function *function,
                           const Equations *equations, const Plan *plan) {
    const Options *options = &function->graph->compiler->options;
    LoweredKernel lowered = {.loops = apply_plan(equations, plan, machine_of(options)->has_fma)};
    LoopKernel *kernel = lowered.loops;
    remainder_nests(kernel);
    split_index_sets(kernel);
    verify(function, kernel, "split_index_sets");
    const BufferLayout *lies = layouts_of(layouts, function, equations, &lowered);
    const char *problem = address(kernel, lies, &kernel);
    if (!problem)
        problem = vectorise(kernel, &kernel);
    if (problem)
        return (LoweredKernel){.problem = problem};
    verify(function, kernel, "vectorise");
    unroll(kernel);
    share_draws(kernel);
    scalar_replace(kernel);
    share_loads(kernel);
    clean(kernel);
    verify(function, kernel, "clean");
    lowered.loops = kernel;
    lowered.problem = loops_fit(kernel);
    return lowered;
}
