/* The least time that a nest can take, by what limits it. In: a tiled nest. Out: cycles of each of the
   processor's parts by its row in machine.c, were that the only one. Caches between what a nest
   reads again and again are left out. */

#include "fuse/plan.h"

enum { FUNCTION_OPERATIONS = 16 }; /* of an exponential, a logarithm, a tangent */

/* The innermost loop that a step is done in, plus 1. */
static int depth_of(const Nest *nest, const Step *step) {
    unsigned varies = step_varies(step);
    int depth = 0;
    for (int loop = 0; loop < nest->loop_count; loop++) {
        bool is_kept = !nest->loops[loop].is_summed;
        if ((varies >> loop & 1) || step->kind == STEP_ACCUMULATE || (step->is_tail && is_kept))
            depth = loop + 1;
    }
    return depth;
}

/* How often it is done, for vectors where it is about these. */
static double times_of(const Nest *nest, const Step *step) {
    unsigned varies = step_varies(step);
    double times = 1;
    for (int loop = 0; loop < depth_of(nest, step); loop++) {
        const Loop *over = &nest->loops[loop];
        bool is_each = (varies >> loop & 1) || (step->kind == STEP_ACCUMULATE && over->is_summed);
        int64_t at_once = over->is_lane ? over->lanes : 1;
        if (!is_each)
            at_once *= over->unroll;
        times *= (double)((over->extent + at_once - 1) / at_once);
    }
    return times;
}

static bool is_function(Op op) {
    return op == OP_EXP || op == OP_LOG || op == OP_POW || op == OP_SIN || op == OP_COS ||
           op == OP_ATAN || op == OP_ERF || op == OP_LOGISTIC || op == OP_HYPERBOLIC ||
           op == OP_LOG1P_EXP || op == OP_EXPM1 || op == OP_LOG1P;
}

/* What the arithmetic of one step takes of the ports and of the divider. */
static void add_arithmetic(const Options *options, const Step *step, double times, Cycles *cycles) {
    const Machine *machine = machine_of(options);
    bool applies = step->kind == STEP_APPLY, is_root = applies && step->op == OP_SQRT;
    bool is_fused = applies && machine->has_fma && !step->node;
    double operations = is_root                 ? machine->divider.estimated_root
                        : is_function(step->op) ? FUNCTION_OPERATIONS
                                                : 1;
    if (applies && step->op == OP_DIV)
        cycles->divider += times * machine->divider.quotient;
    else if (is_root && !estimates_roots(options))
        cycles->divider += times * machine->divider.root;
    else if (step->kind == STEP_ACCUMULATE || step->kind == STEP_RIDE || (applies && !is_fused))
        cycles->arithmetic += times * operations / machine->port.multiply_adds;
}

/* Each array once, from where one of its size is. */
static void add_memory(const Options *options, const Nest *nest, Cycles *cycles) {
    const Machine *machine = machine_of(options);
    for (int i = 0; i < nest->step_count; i++) {
        const Access *access = nest->steps[i]->access;
        bool is_first = access != NULL;
        for (int k = 0; k < i && is_first; k++)
            is_first =
                !nest->steps[k]->access || nest->steps[k]->access->storage != access->storage;
        if (!is_first)
            continue;
        double bytes = (double)access->storage->count * real_bytes(options);
        if (bytes > machine->second_cache.size)
            cycles->memory += bytes / machine->memory.bandwidth;
        else if (bytes > machine->first_cache.size)
            cycles->memory += bytes / machine->second_cache.bandwidth;
    }
}

Cycles nest_cycles(const Options *options, const Nest *nest) {
    const Machine *machine = machine_of(options);
    Cycles cycles = {0};
    for (int i = 0; i < nest->step_count; i++) {
        const Step *step = nest->steps[i];
        double times = times_of(nest, step);
        if (step->kind == STEP_LOAD)
            cycles.loads += times / machine->port.loads;
        else
            add_arithmetic(options, step, times, &cycles);
    }
    add_memory(options, nest, &cycles);
    return cycles;
}
