/* Private to lower: writing the loops of nests. In: a Kernel at a nest. Out: C text. */

#ifndef NNGEN_NESTS_H
#define NNGEN_NESTS_H

#include "emit/kernel.h"

/* A rectangle of a matrix whose axes are the two loops of a nest. */
typedef struct {
    Instance first;
    int count[2];
} Square;

// emit_square.c

/* Transposes a square in registers. */
void instruction_add_square(Kernel *kernel, Text *out, const Square *square);

// emit_epilogue.c

/* Adds a nest's epilogue for all instances of `loops` as calls of an outlined function; false where
   that would not shorten the text or is impossible. */
bool epilogue_add_calls(Kernel *kernel, Text *out, unsigned loops);

#endif
