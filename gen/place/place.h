/* Where scratch lives, and whether all of it and every index is within what C's int holds.

   In: functions whose kernels are built. Out: offsets in one arena per function. May be relied on:
   what lives at the same time shares no memory. */

#ifndef NNGEN_PLACE_H
#define NNGEN_PLACE_H

#include "lower/lower.h"

/* Needs: tiled functions. Leaves: an offset for every storage. */
void place(Program *program);
/* Needs: placed functions. An array with more elements than the limit, or an index that C's int does
   not hold, is an error that leaves through compiler->stop. */
void check_limits(const Program *program);
/* What C's int must hold, by the measure of these limits: twice the largest array, and indices. */
int64_t least_int(const Program *program);
/* Reals in the arena of predict_work or of work. */
int64_t program_arena(const Program *program, bool of_prediction);
/* Whether an input is still read where an output is written, by the same kernel or before. */
bool function_reads_late(const Function *function, const Variable *input);
/* A function as place leaves it. */
Dataflow *dataflow_placed(Function *function);

#endif
