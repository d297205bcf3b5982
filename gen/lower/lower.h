/* Kernels to loops: what one round of a nest does, and the loops around it.

   In: nests with their nodes, and their lanes and tiles. Out: the instructions of a nest; the C of
   nests and of straight functions, which is written here until loops are data. May be relied on: an
   instruction comes after those whose values it takes. */

#ifndef NNGEN_LOWER_H
#define NNGEN_LOWER_H

#include "lower/loops.h"
#include "schedule/schedule.h"

struct Emitter;
struct Kernel;

// instructions.c

/* All loads of a function, as equal_load knows them; empty at first. */
typedef struct {
    int count, size;
    struct LoadEntry *entries;
} LoadTable;

/* A nest under construction. */
typedef struct {
    Layouts *layouts;
    Function *function;
    Compiler *compiler;
    Cluster *cluster;
    Nest *nest;
    bool is_plain;             /* no register tiles */
    bool is_after_examples;    /* instructions being added use a finished sum over the batch */
    int domain_loop[MAX_RANK]; /* the loop along each axis of the domain */
    int contract_loop[MAX_LOOPS];
    int late_count; /* stores deferred until the nest has read what they overwrite */
    struct LateStore *late;
    LoadTable *loads;
} NestBuilder;

/* Adds loops and instructions to a nest, and marks comparisons used only as conditions. */
void build_nest(NestBuilder *builder);
/* Makes a nest that zeroes the result of a scattered contraction. */
void build_fill(NestBuilder *builder, Node *node);

// equal_load.c

/* An equal load of this nest, or of an earlier one whose value is still in a register; else the
   load itself, which later ones will find. */
Instruction *equal_load(NestBuilder *builder, Instruction *instruction);

// emit_nest.c

/* Adds a nest's loops; in_examples: inside a loop over examples. */
void kernel_add_nest(struct Kernel *kernel, Text *out, Nest *nest, bool in_examples);

/* Names of loop variables; the loop over examples is b. */
extern const char *const loop_letters[MAX_NEST_LOOPS];

// straight.c

/* The C statements of the function's core, indented by 4. */
char *emit_straight(struct Emitter *emitter, Function *function);

// lower_program.c

/* Needs: schedules. Leaves: cluster->lowered of the kernels that have plans. Errors: plans that were
   read and do not fit layouts or target. */
void lower(Program *program, const Layouts *layouts);
void lower_print(Text *out, const Program *program);

// lower_kernel.c -- a kernel by all passes

/* A kernel as loops, and where its arguments are, by buffer. */
typedef struct LoweredKernel {
    LoopKernel *loops;
    const Access **accesses;
    int access_count; /* local arrays, which are the last buffers, have none */
    const char *problem; /* NULL, or in one sentence why the plan cannot be applied */
} LoweredKernel;

/* Needs: a plan that plan_check passes. */
LoweredKernel lower_kernel(const Layouts *layouts, const Function *function,
                           const Equations *equations, const Plan *plan);

#endif
