/* Kernels to loops: what one round of a nest does, and the loops around it.

   In: nests with their nodes, and their lanes and tiles. Out: the steps of a nest; the C of nests
   and of straight functions, which is written here until loops are data. May be relied on: a step
   comes after those that it takes. */

#ifndef NNGEN_LOWER_H
#define NNGEN_LOWER_H

#include "schedule/schedule.h"

struct Emitter;
struct Kernel;

// steps.c

/* A nest that is being built. */
typedef struct {
    Function *function;
    Compiler *compiler;
    Cluster *cluster;
    Nest *nest;
    bool is_plain;             /* no tiles */
    bool is_after_examples;    /* what is added follows a sum that rides along */
    int domain_loop[MAX_RANK]; /* the loop along each axis of the domain */
    int contract_loop[MAX_LOOPS];
    int late_count; /* stores that wait until the nest has read what they overwrite */
    struct LateStore *late;
} NestBuilder;

/* Steps of a nest; comparisons that are nothing but conditions are marked. */
void build_nest(NestBuilder *builder);
/* A nest of its own that fills the result of a scattered contraction with zeros. */
void build_fill(NestBuilder *builder, Node *node);

// emit_nest.c

/* One nest after the other; inside a loop over examples where in_rows. */
void kernel_add_nest(struct Kernel *kernel, Text *out, Nest *nest, bool in_examples);

/* The variables of loops but the one over examples, which is b. */
extern const char *const loop_letters[MAX_NEST_LOOPS];

// straight.c

/* The C statements of the function's core, indented by 4. */
char *emit_straight(struct Emitter *emitter, Function *function);

#endif
