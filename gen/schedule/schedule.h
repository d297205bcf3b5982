/* How every kernel runs: lanes, tiles, blocks, what is fetched ahead.

   In: fused functions. Out: loops, lanes, unroll factors and instructions of every nest; plans as
   text. May be relied on: nest->instructions is one round of a nest, with an address for each load
   and store. */

#ifndef NNGEN_SCHEDULE_H
#define NNGEN_SCHEDULE_H

#include "layout/layout.h"
#include "schedule/plan.h"

/* Needs: functions that are laid out. Leaves: loops, lanes, unrolling and instructions of every
   nest. */
void schedule(Program *program, Layouts *layouts);
void schedule_print(Text *out, const Program *program);
/* The same as a text that `--plans` reads: all but the plans are comments. */
void plans_print(Text *out, const Program *program);

// tile.c

/* A load of the epilogue that is prefetched if nest->prefetch_distance is not 0. */
bool instruction_is_prefetched(const Nest *nest, const Instruction *instruction);

// role.c

/* Leaves schedule->forward. */
void find_forward_products(Function *function, int variable_count);
/* Needs: schedule->forward, cluster->weights. Sets the roles of a product's loops. contract_loop:
   the nest's loop for each loop of the contraction. */
void find_roles(const Function *function, const Cluster *cluster, Nest *nest,
                const int *contract_loop);

// plan_text.c

/* "8 examples by 2 vectors of 16 elements", NULL where there is nothing to say. */
const char *nest_plan_text(Compiler *compiler, const Nest *nest);
/* The distinct plans of its nests. */
const char *cluster_plan_text(Compiler *compiler, const Cluster *cluster);
const char *straight_plan_text(const Function *function);

#endif
