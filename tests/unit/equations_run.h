/* The plain meaning of equations: one nest of loops for each, in the order of the axes, sums in
   memory, a test around each term. */

#ifndef EQUATIONS_RUN_H
#define EQUATIONS_RUN_H

#include "lower/lower.h"

/* Arguments first and in the order of the buffers; values that stay inside are local arrays of full
   size. */
LoopKernel *plain_nests(const Equations *equations);

#endif
