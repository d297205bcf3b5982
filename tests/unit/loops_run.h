/* An interpreter of loop programs: a pass may not change what a kernel computes, bit by bit. */

#ifndef LOOPS_RUN_H
#define LOOPS_RUN_H

#include "lower/lower.h"

/* Runs the kernel on memory[buffer], an array of its elements for each argument; numbers of type
   f32 are kept rounded to float. Local arrays begin as NaN. NULL, or why it cannot go on. */
const char *loops_run(const LoopKernel *kernel, double **memory);
/* Memory for the kernel's arguments, drawn by a seed: small whole numbers, whose sums are exact in
   any order, or any between -1 and 1; class indices between 0 and 9. Logical elements are the same
   before and after layouts apply only where the caller sees to it. */
double **loops_memory(const LoopKernel *kernel, uint64_t seed, bool is_whole);
/* The random numbers of the interpreter: those that emitted code draws with this seed in this step. */
enum { LOOPS_SEED = 1, LOOPS_STEP = 2 };
double loops_drawn(Op distribution, int stream, int64_t example, int64_t element);
int64_t buffer_count(const Buffer *buffer); /* its elements */

#endif
