/* Where scratch lives, and whether all of it and every index is within what C's int holds.

   In: functions with complete nests. Out: offsets in one arena per function. May be relied on:
   storages with intersecting lifetimes share no memory. */

#ifndef NNGEN_PLACE_H
#define NNGEN_PLACE_H

#include "lower/lower.h"

/* Needs: tiled functions. Leaves: an offset for every storage. */
void place(Program *program, const Layouts *layouts);
/* Needs: placed functions. An array with too many elements, or an index that does not fit C's
   int, is an error that leaves through compiler->stop. */
void check_limits(const Program *program);
/* The value that C's int must be able to hold: twice the largest array, and every index. */
int64_t least_int(const Program *program);
/* Reals in the arena of predict_work or of work. */
int64_t program_arena(const Program *program, bool of_prediction);
/* Whether an input is still read when an output is written, by the same kernel or an earlier
   one: then the two may not alias. */
bool function_reads_late(const Function *function, const Variable *input);
/* The checker's view of a function after place. */
Dataflow *dataflow_placed(Function *function, const Layouts *layouts);

// first_fit.c

/* For lifetimes within 0 .. times - 1. */
struct FirstFit *first_fit_new(Compiler *compiler, int times);
/* The lowest offset at which `size` elements are free from time `first` to `last`; takes them. */
int64_t first_fit(struct FirstFit *fit, int first, int last, int64_t size);

#endif
