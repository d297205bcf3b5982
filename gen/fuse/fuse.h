/* Which values are made together: one kernel, one loop.

   In: folded functions. Out: for each a schedule: that it runs straight, or clusters of nests in
   order of execution; and a view of it that is checked against the rules that every plan keeps. May
   be relied on: every computed node is in one nest of one cluster, and what a kernel reads was made
   before. */

#ifndef NNGEN_FUSE_H
#define NNGEN_FUSE_H

#include "fuse/dataflow.h"
#include "fuse/dataflow_view.h"
#include "fuse/equation.h"
#include "fuse/plan.h"

/* Needs: folded functions. Leaves: a schedule each; node->cluster and node->nest of every computed
 * node, unless straight. */
void fuse(Program *program);
/* Whether the store overwrites this leaf, so that readers of the leaf must come before it. */
bool store_overwrites(const Store *store, const Node *leaf);

#endif
