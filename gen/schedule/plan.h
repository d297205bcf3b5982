/* How a kernel runs, as data: a tree of loops around nests, one nest for each equation.

       plan h
         for n/32, k/196, b/8
           sum h_sum: for k, unroll b, unroll n/16, lanes n; starts h.bias; waits h
           make h: unroll b, unroll n/16, lanes n

   A loop runs through a digit of an axis, `n/16` in elements: n = n0 + n1 + n2, where n0 goes by 32,
   n1 by 16 and n2 by 1. What is left over is written: `b/8+1` has a last round of one.

   In: equations, layouts, a cost model. Out: Plan, its text form, and whether it fits. May be relied
   on: plans_parse(plans_text(p)) equals p; a plan that plan_check passes can be applied. */

#ifndef NNGEN_SCHEDULE_PLAN_H
#define NNGEN_SCHEDULE_PLAN_H

#include "fuse/fuse.h"

typedef enum {
    PLAN_FOR,    /* one round after the other */
    PLAN_UNROLL, /* written out, statement by statement */
    PLAN_EACH,   /* a copy of all below for each round, one behind the other */
    PLAN_LANES,  /* in the lanes of vectors */
    PLAN_TURN,   /* in lanes as loaded, transposed in registers */
} PlanLoopKind;

/* Of a loop in lanes whose last round does not fill them. */
typedef enum { REST_NONE, REST_MASK, REST_NARROW, REST_SCALAR, REST_PADDED } Rest;

typedef struct {
    int axis;
    int64_t step, count; /* rounds of `step` elements each, within a round of the next larger digit */
    int64_t left;        /* elements of the last round, where it has fewer than `step`; 0: it has not */
    PlanLoopKind kind;
    Rest rest;
    bool has_parts; /* a reducing loop: each round has an accumulator of its own */
    bool is_split;
    bool has_fence;
} PlanLoop;

typedef enum {
    NODE_FOR,  /* loops around children */
    NODE_LAST, /* the same for what the NODE_FOR before leaves over of its innermost loop */
    NODE_SUM,  /* a nest: an equation with a reduction */
    NODE_MAKE, /* a nest: one without, and a copy */
} PlanNodeKind;

typedef struct PlanNode {
    PlanNodeKind kind;
    int loop_count;
    PlanLoop *loops; /* outermost first */
    int equation_count;
    int *equations; /* of a nest: more than one share its loops */
    int starts;     /* of a sum: the buffer whose element it begins with, -1 */
    int waits;      /* of a sum in blocks: the buffer that keeps unfinished ones, -1; WAITS_SCRATCH */
    int fetched;    /* the buffer of which the next block is fetched ahead, -1 */
    int fetched_axis;
    int child_count;
    struct PlanNode **children;
} PlanNode;

enum { WAITS_SCRATCH = -2 };

typedef struct {
    const char *name; /* of the kernel */
    PlanNode *root;   /* a NODE_FOR, maybe of no loops */
    unsigned in_registers, in_local; /* by `keep`: values, as sets of equations */
} Plan;

void plan_text(Text *out, const Equations *equations, const Plan *plan);
/* NULL, or "line: reason". Reads what plan_text prints. */
const char *plan_parse(const Equations *equations, const char *text, Plan **plan);
/* NULL, or in one sentence why the plan does not fit the equations: the loops over and in a nest hold
   the digits of each of its axes, all of them, once; a nest reads what nests before it made; and what
   the fields above ask. */
const char *plan_check(const Equations *equations, const Plan *plan);

#endif
