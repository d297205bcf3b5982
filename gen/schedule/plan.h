/* How a kernel runs, as data: a tree of loops around nests, one nest for each equation.

       plan h
         for n/32, k/196, b/8
           sum h_sum: for k, unroll b, unroll n/16, lanes n; starts h.bias; waits h
           make h: unroll b, unroll n/16, lanes n

   A loop runs through a digit of an axis, `n/16` in elements: n = n0 + n1 + n2, where n0 goes by
   32, n1 by 16 and n2 by 1. What is left over is written: `b/8+1` has a last round of one. `each
   n:2` is the smallest digit, n % 2, before the others: each of its two values has a copy of all
   below, which `n/2` runs through, so that remainders by a stride are numbers there.

   The text, two blanks a level, # begins a comment:

       plan = "plan" NAME {node}
       node = "for" around {"," around} {node of a deeper level}
            | ("sum" | "make") VALUE ["," VALUE] [":" step {"," step}] {";" detail}
       around = ["unroll" | "each"] loop
       step = ("for" | "unroll" | "each" | "turn" | "lanes") loop        nested from left to right
       loop = AXIS ["/" STEP] [":" COUNT] ["+" LEFT] ["parts"] ["split"] ["fence"]
              ["mask" | "narrow" | "scalar"]
       detail = "starts" VALUE | "waits" VALUE

   unroll: written out. each: a copy of all below for each round, in which its variable is a number.
   lanes: in those of vectors; where the block does not fill them, mask, narrower vectors or single
   numbers. turn: before lanes, a square that is loaded along this axis and stored along theirs.
   parts: each round of a sum has an accumulator of its own. split: cut where tests inside depend on
   it, so that the rounds in the middle have none. fence: loads do not move from one round to the
   next. starts: the sum begins with what is added to it. waits: in blocks, the unfinished sum is
   kept there. A maximum that says where it is has two values.

   In: equations, layouts, a cost model. Out: Plan, its text form, and whether it fits. May be
   relied on: plans_parse(plans_text(p)) equals p; a plan that plan_check passes can be applied. */

#ifndef NNGEN_SCHEDULE_PLAN_H
#define NNGEN_SCHEDULE_PLAN_H

#include "fuse/fuse.h"

typedef enum {
    PLAN_FOR,    /* one round after the other */
    PLAN_UNROLL, /* written out, statement by statement */
    PLAN_EACH,   /* a copy of all below for each round, one behind the other */
    PLAN_TURN,   /* around lanes: in lanes as loaded, turned in registers */
    PLAN_LANES,  /* in the lanes of vectors */
} PlanLoopKind;

/* Of a loop in lanes that has fewer rounds than there are lanes: vectors of which some lanes do not
   take part, vectors of fewer lanes, or one number after the other. */
typedef enum { REST_NONE, REST_MASK, REST_NARROW, REST_SCALAR } Rest;

/* Runs in steps of so many elements through the block that the next larger digit of its axis
   leaves, or the whole axis. */
typedef struct {
    int axis;
    int64_t step;
    int64_t left;  /* elements of the last round, where it has fewer than `step`; else 0 */
    int64_t count; /* of `each`: values of the digit, 0: as many as the next larger one leaves */
    PlanLoopKind kind;
    Rest rest;
    bool has_parts; /* a reducing loop: each round has an accumulator of its own */
    bool is_split;
    bool has_fence;
} PlanLoop;

typedef enum {
    NODE_FOR,  /* loops around children */
    NODE_SUM,  /* a nest: an equation with a reduction */
    NODE_MAKE, /* a nest: one without */
} PlanNodeKind;

typedef struct PlanNode {
    PlanNodeKind kind;
    int loop_count;
    PlanLoop *loops; /* outermost first */
    int equation;    /* of a nest */
    int starts;      /* of a sum: the buffer whose element it begins with, -1 */
    int waits;       /* of a sum in blocks: the buffer that keeps unfinished ones, -1 */
    int child_count;
    struct PlanNode **children;
    const char *text; /* where it was read, or NULL */
} PlanNode;

typedef struct Plan {
    const char *name; /* of the kernel; in a program "train_step.h" */
    PlanNode *root;   /* a NODE_FOR of no loops */
    double cycles;    /* by the cost model; 0 of a plan that was read */
    Span at;          /* where it was read; its source is NULL where it was chosen */
} Plan;

// choose_plan.c

/* The plan of the fewest cycles, by the cost model, for a sum and what is made of it; NULL for other
   kernels. innermost: by buffer, which of its indices runs along memory, -1: none. */
Plan *choose_plan(const Equations *equations, const Options *options, const int *innermost);

// plan_print.c, plan_parse.c, plan_check.c

void plan_text(Text *out, const Equations *equations, const Plan *plan);
/* NULL, or what is wrong. Reads what plan_text prints, up to the next plan or the end of the text;
   *text is left there, or at what is wrong. # begins a comment, empty lines are left out. */
const char *plan_parse(const Equations *equations, const char **text, Plan **plan);
/* Behind comments and lines that hold nothing else. */
const char *plan_skip(const char *text);
/* NULL, or in one sentence why the plan does not fit the equations, and, unless that is NULL, in
   *unfit the node that does not: each equation has one nest; the loops over and in it hold the
   digits of each of its axes, all of them, once, and no others; `left` is what is left; a nest
   reads what nests before it made; a sum that waits is in blocks, and one that begins with a value
   adds it; not too much is written out. */
const char *plan_check(const Equations *equations, const Plan *plan, const PlanNode **unfit);
/* Of a sum with `starts`: its `around` without what it begins with, and that; NULL where `around`
   is not a sum of the two. */
Expr *plan_start(const Equations *equations, const Equation *equation, int buffer, Expr **rest);

// plans.c -- the plans of a program, by names such as train_step.h

/* Leaves: plan->name of each plan that a function has, unlike all others. */
void name_plans(Function *function);
/* Needs: functions that are scheduled. Those of the source, of all kernels or some, take the place of
   the plans that were chosen. Errors: a text that is none, names that are unknown or repeated,
   plans that do not fit, kernels that go without. */
void plans_parse(Program *program, const Source *source);
void plans_text(Text *out, const Program *program);

#endif
