/* The passes from equations and plans to loops, one file each. In: see each. Out: a loop program
   that loops_check passes; but for apply_plan, it computes the same bits as the one that came in. */

#ifndef NNGEN_PASSES_H
#define NNGEN_PASSES_H

#include "lower/lower.h"

/* Needs: a plan that plan_check passes. is_fused: sums of products go by multiply-adds. Leaves:
   loops over logical indices, marked as the plan has them. */
LoopKernel *apply_plan(const Equations *equations, const Plan *plan, bool is_fused);

/* Leaves no test that asks for multiples of a stride, where all but one of the loops on which it
   depends are marked `each`: that one runs through the rounds with a term alone. */
void remainder_nests(LoopKernel *kernel);
/* Leaves: tests as far outside as their variables allow, none that ranges decide; loops marked
   `split` are cut, so that the middle has no test that depends on them. */
void split_index_sets(LoopKernel *kernel);
/* Leaves no loop marked `unroll` or `each`: a copy of what is inside for each round; tests that
   have become numbers are decided. */
void unroll(LoopKernel *kernel);
/* Likewise, by variable: which loops, whatever their marks. */
void write_out(LoopKernel *kernel, const bool *is_wanted);
/* Leaves: random numbers of one example, or of examples in lanes, that come from one block of the
   generator and stand in one body are drawn together, before the first of them. */
void share_draws(LoopKernel *kernel);
/* Needs: references of one index. Leaves: local arrays that are addressed by numbers alone are
   registers. */
void scalar_replace(LoopKernel *kernel);
/* Needs: references of one index. Leaves: no two equal loads of what the kernel does not write in one
   run of statements. */
void share_loads(LoopKernel *kernel);
/* Leaves: no register that nobody reads, no variable that is set once, no value that only the next
   statement uses. */
void clean(LoopKernel *kernel);

/* How a buffer lies in memory. */
typedef struct {
    const Layout *layout; /* NULL: row-major */
    bool has_examples;    /* the first index is that of the examples */
    const Access *access; /* or NULL: how its layout is that of some other value's memory */
} BufferLayout;

/* Needs: an index per axis. layouts: by buffer; or NULL. Leaves in *made: buffers of rank 1, as
   large as their layouts, unused places counted, and references of one index, in elements. Local
   arrays are row-major, but the axis that runs in lanes is innermost and has room for whole
   vectors. NULL, or in one sentence why some element has no address that is affine in the loops. */
const char *address(const LoopKernel *kernel, const BufferLayout *layouts, LoopKernel **made);

/* Needs: addresses. Leaves in *made: no loop in lanes; their statements are of vectors, with masks
   that are literal: an `if` or a condition that lanes do not share is cut into one for each set of
   lanes that it can choose. NULL, or in one sentence what cannot be done in lanes. */
const char *vectorise(const LoopKernel *kernel, LoopKernel **made);
/* Its first part: what it leaves of loops marked `turn` has vectors in loops in lanes. */
Body *turn_squares(Symbols *symbols, const Body *body);

/* NULL, or in one sentence why the kernel cannot run: local arrays too large for a stack. */
const char *loops_fit(const LoopKernel *kernel);

#endif
