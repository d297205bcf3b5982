/* What the files share that write the loops of nests. */

#ifndef NNGEN_NESTS_H
#define NNGEN_NESTS_H

#include "emit/kernel.h"

/* A part of a matrix whose axes are the two loops of a nest. */
typedef struct {
    Instance first;
    int count[2];
} Square;

// emit_square.c

/* Copies a square by a transposition in registers. */
void step_add_square(Kernel *kernel, Text *out, const Square *square);

// emit_tail.c

/* A nest's tail, for all instances of `loops`, as calls of such a function; false where that would
   save no text, or cannot be. */
bool tail_add_calls(Kernel *kernel, Text *out, unsigned loops);

#endif
