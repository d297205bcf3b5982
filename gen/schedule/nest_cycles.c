/* A lower bound on the time of a nest. In: a tiled nest. Out: cycles of its instructions and arrays
   by the cost model, without cache misses of data that it reads repeatedly. */

#include "schedule/passes.h"

/* 1 + the innermost loop that an instruction is executed in, after hoisting. */
static int depth_of(const Nest *nest, const Instruction *instruction) {
    unsigned varies = instruction_varies(instruction);
    int depth = 0;
    for (int loop = 0; loop < nest->loop_count; loop++) {
        bool is_kept = !nest->loops[loop].is_summed;
        if ((varies >> loop & 1) || instruction->kind == INSTRUCTION_ACCUMULATE ||
            (instruction->is_epilogue && is_kept))
            depth = loop + 1;
    }
    return depth;
}

/* Executions of an instruction; of vectors, for vector instructions. */
static double times_of(const Nest *nest, const Instruction *instruction) {
    unsigned varies = instruction_varies(instruction);
    double times = 1;
    for (int loop = 0; loop < depth_of(nest, instruction); loop++) {
        const Loop *over = &nest->loops[loop];
        bool is_each = (varies >> loop & 1) ||
                       (instruction->kind == INSTRUCTION_ACCUMULATE && over->is_summed);
        int64_t at_once = over->is_lane ? over->lanes : 1;
        if (!is_each)
            at_once *= over->unroll;
        times *= (double)((over->extent + at_once - 1) / at_once);
    }
    return times;
}

static void add_instruction(const Options *options, const Instruction *instruction, double times,
                            Cycles *cycles) {
    /* the product of a multiply-accumulate */
    bool is_product = instruction->kind == INSTRUCTION_APPLY && !instruction->node;
    bool is_fused = is_product && machine_of(options)->has_fma;
    if (instruction->kind == INSTRUCTION_LOAD)
        cycles_add_loads(options, times, cycles);
    else if ((instruction->kind == INSTRUCTION_APPLY && !is_fused) ||
             instruction->kind == INSTRUCTION_ACCUMULATE ||
             instruction->kind == INSTRUCTION_BATCH_SUM)
        cycles_add_operations(options, instruction->op, times, cycles);
}

/* One pass over each array. */
static void add_arrays(const Options *options, const Nest *nest, Cycles *cycles) {
    for (int i = 0; i < nest->instruction_count; i++) {
        const Access *access = nest->instructions[i]->access;
        bool is_first = access != NULL;
        for (int k = 0; k < i && is_first; k++)
            is_first = !nest->instructions[k]->access ||
                       nest->instructions[k]->access->storage != access->storage;
        if (is_first)
            cycles_add_array(options, access->storage->count, cycles);
    }
}

Cycles nest_cycles(const Options *options, const Nest *nest) {
    Cycles cycles = {0};
    for (int i = 0; i < nest->instruction_count; i++)
        add_instruction(options, nest->instructions[i], times_of(nest, nest->instructions[i]),
                        &cycles);
    add_arrays(options, nest, &cycles);
    return cycles;
}
