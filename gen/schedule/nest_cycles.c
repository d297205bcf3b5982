/* A lower bound on the time of a nest. In: a tiled nest. Out: cycles of its steps and arrays by
   the cost model, without cache misses of data that it reads repeatedly. */

#include "schedule/passes.h"

/* 1 + the innermost loop that a step is executed in, after hoisting. */
static int depth_of(const Nest *nest, const Step *step) {
    unsigned varies = step_varies(step);
    int depth = 0;
    for (int loop = 0; loop < nest->loop_count; loop++) {
        bool is_kept = !nest->loops[loop].is_summed;
        if ((varies >> loop & 1) || step->kind == STEP_ACCUMULATE || (step->is_epilogue && is_kept))
            depth = loop + 1;
    }
    return depth;
}

/* Executions of a step; of vectors, for vector steps. */
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

static void add_step(const Options *options, const Step *step, double times, Cycles *cycles) {
    /* the product of a multiply-accumulate */
    bool is_product = step->kind == STEP_APPLY && !step->node;
    bool is_fused = is_product && machine_of(options)->has_fma;
    if (step->kind == STEP_LOAD)
        cycles_add_loads(options, times, cycles);
    else if ((step->kind == STEP_APPLY && !is_fused) || step->kind == STEP_ACCUMULATE ||
             step->kind == STEP_BATCH_SUM)
        cycles_add_operations(options, step->op, times, cycles);
}

/* One pass over each array. */
static void add_arrays(const Options *options, const Nest *nest, Cycles *cycles) {
    for (int i = 0; i < nest->step_count; i++) {
        const Access *access = nest->steps[i]->access;
        bool is_first = access != NULL;
        for (int k = 0; k < i && is_first; k++)
            is_first =
                !nest->steps[k]->access || nest->steps[k]->access->storage != access->storage;
        if (is_first)
            cycles_add_array(options, access->storage->count, cycles);
    }
}

Cycles nest_cycles(const Options *options, const Nest *nest) {
    Cycles cycles = {0};
    for (int i = 0; i < nest->step_count; i++)
        add_step(options, nest->steps[i], times_of(nest, nest->steps[i]), &cycles);
    add_arrays(options, nest, &cycles);
    return cycles;
}
