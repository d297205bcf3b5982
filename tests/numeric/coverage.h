/* What graphs contain: for each operator, which ranks, axes, broadcasts and kinds of reuse. */

#ifndef COVERAGE_H
#define COVERAGE_H

#include "graph/graph.h"
#include "nngen.h"

typedef enum {
    MET_RANK_0, /* of the result */
    MET_RANK_1,
    MET_RANK_2,
    MET_RANK_3,
    MET_PER_EXAMPLE, /* the result */
    MET_PER_BATCH,
    MET_REUSED,     /* the result is used twice or more */
    MET_SCALAR,     /* an operand of one number meets a larger one */
    MET_FEWER_AXES, /* an operand has fewer axes than the result, but some */
    MET_UNIT_AXIS,  /* an operand is repeated along an axis of its own */
    MET_MIXED,      /* a per-example operand meets a per-batch one */
    MET_SAME,       /* the same operand twice */
    MET_AXIS_0,     /* reduced, concatenated, cut or moved */
    MET_AXIS_1,
    MET_AXIS_2,
    MET_ALL_AXES,   /* reduced at once */
    MET_OVER_BATCH, /* summed over the examples */
    MET_PADDING,    /* contract, windows: terms outside an operand */
    MET_STRIDE,     /* contract, windows: a factor above 1 */
    MET_SUMMED,     /* contract: a loop that the result lacks */
    MET_COUNT
} Met;
extern const char *const met_names[MET_COUNT];

typedef struct {
    long counts[OP_COUNT + 1][MET_COUNT]; /* the last row: contractions */
    long nodes[OP_COUNT + 1];
} Coverage;

void coverage_add(Coverage *coverage, const Graph *graph);
/* Whether a value that goes into a contraction, through maps and views, is also combined with what
   comes out of it. */
bool graph_reuses(const Graph *graph);
/* Whether the operator allows this at all. */
bool met_is_allowed(int op, Met met);
const char *met_operator(int op);

#endif
