/* Private to schedule: passes over a function before its nests are tiled, and a bound on the
   time of a nest. In: fused functions. Out: as each says. */

#ifndef NNGEN_PASSES_H
#define NNGEN_PASSES_H

#include "schedule/schedule.h"

/* Decides which clusters have examples in lanes. `batch`: examples of a training step; functions
   of more examples make the same choice about weights. */
void choose_lanes(Function *function, int64_t batch);
/* Fuses sums over the batch of a layer's result into the layer's kernel. */
void fuse_batch_sums(Function *function);
/* A lower bound on the cycles of each execution resource. */
Cycles nest_cycles(const Options *options, const Nest *nest);

#endif
