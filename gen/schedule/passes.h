/* Private to schedule: passes over a function before its nests are tiled, and a bound on the
   time of a nest. In: fused functions. Out: as each says. */

#ifndef NNGEN_PASSES_H
#define NNGEN_PASSES_H

#include "schedule/schedule.h"

/* A lower bound on the cycles of each execution resource. */
Cycles nest_cycles(const Options *options, const Nest *nest);
/* Leaves equations and plans of the kernels that are lowered by way of these. */
void plan_kernels(const Layouts *layouts, Function *function);

#endif
