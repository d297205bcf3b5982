/* Equations of the kernels of a model against the graph that they come from: what they compute by
   plain loops, in double, and what graph_values says. */

#ifndef EQUATIONS_VALUES_H
#define EQUATIONS_VALUES_H

#include "fuse/fuse.h"

typedef struct {
    int kernels, without; /* of all functions; those that have no equations */
    int compared;         /* kernels that were run */
    char *reasons;        /* a line for each that has none: why */
} EquationsTally;

/* The text of a model whose batch is of TEST_ROWS; straight-line code is left out. Fails the test
   where a kernel computes something else. */
EquationsTally equations_expect(const char *text, const Options *options);
void equations_tally_free(EquationsTally *tally);

#endif
