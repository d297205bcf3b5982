/* How every kernel runs: lanes, tiles, blocks, what is fetched ahead.

   In: fused functions. Out: for every nest its loops, lanes, unrolling and steps; plans as text.
   May be relied on: what a nest does in one round is in nest->steps, with an address for each load
   and store. */

#ifndef NNGEN_SCHEDULE_H
#define NNGEN_SCHEDULE_H

#include "layout/layout.h"

/* Needs: fused functions. Leaves: loops, lanes, unrolling and steps of every nest. */
void tile(Program *program);
void schedule_print(Text *out, const Program *program);

// tile.c

/* A tail's load that is fetched ahead where nest->ahead is not 0. */
bool step_is_prefetched(const Nest *nest, const Step *step);

// role.c

/* Of a product's loops; contract_loop: which of the nest's each loop of the contraction is. */
void find_roles(const Function *function, const Cluster *cluster, Nest *nest,
                const int *contract_loop);

// plan_text.c

/* "8 examples by 2 vectors of 16 elements", NULL where there is nothing to say. */
const char *nest_plan_text(Compiler *compiler, const Nest *nest);
/* Those of its nests, each once. */
const char *cluster_plan_text(Compiler *compiler, const Cluster *cluster);
const char *straight_plan_text(const Function *function);

#endif
