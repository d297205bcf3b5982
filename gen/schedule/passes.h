/* What the files of schedule share: passes over a function before its nests are tiled, and the time
   that a nest takes at least. */

#ifndef NNGEN_PASSES_H
#define NNGEN_PASSES_H

#include "schedule/schedule.h"

/* `batch`: examples of a training step; functions of more agree with it on how weights lie. */
void choose_lanes(Function *function, int64_t batch);
/* Sums over examples of what a layer makes are added up in its tile. */
void fuse_batch_sums(Function *function);
/* At least so many cycles of each of the processor's parts. */
Cycles nest_cycles(const Options *options, const Nest *nest);

#endif
