/* The passes from equations and plans to loops, one file each. In: see each. Out: a loop program that
   loops_check passes; but for apply_plan, it computes the same bits as the one that came in. */

#ifndef NNGEN_PASSES_H
#define NNGEN_PASSES_H

#include "lower/lower.h"

/* Needs: a plan that plan_check passes. is_fused: sums of products go by multiply-adds. Leaves: loops
   over logical indices, marked as the plan has them. */
LoopKernel *apply_plan(const Equations *equations, const Plan *plan, bool is_fused);

#endif
