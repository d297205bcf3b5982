/* What the files of apply_plan share: where the walk through a plan is, and what it has made.

   In: equations and a plan. Out: statements behind applier->body. */

#ifndef NNGEN_APPLIER_H
#define NNGEN_APPLIER_H

#include "lower/passes.h"

/* Where the walk is: loops that are open. */
typedef struct {
    Affine *value;    /* by axis: the index so far */
    int64_t *block;   /* by axis: elements that are left to run through from there */
    int64_t *nominal; /* likewise, where no block is cut short */
    int64_t *grain;   /* likewise: their distance */
} Position;

typedef struct {
    int count;
    const PlanLoop **loops;
} Path;

/* All of them hold. */
typedef struct {
    int count;
    AffineTest *tests;
} Tests;

/* A loop that is open: which round it is in, from 0, of how many. */
typedef struct Open {
    const PlanLoop *loop;
    Affine round;
    int64_t count;
    const struct Open *outer;
} Open;

/* A sum that has begun. */
typedef struct {
    const PlanNode *nest;
    const Equation *equation;
    Path path;        /* from the outermost reducing loop inwards */
    Position start;   /* where these begin */
    int accumulators; /* buffer */
    int winners;      /* likewise, of the same shape: numbers of terms; -1: none are wanted */
    int part_count;   /* loops of the path whose rounds have accumulators of their own */
} Sum;

typedef struct {
    const Equations *equations;
    const Plan *plan;
    Compiler *compiler;
    bool is_fused;
    LoopKernel *kernel;
    Symbols *symbols;
    Body *body; /* where statements go */
    Position at;
    const Open *open;
    int *buffer_of;    /* by buffer of the equations: that of the loop program */
    Position *home_of; /* likewise, of values that stay inside: where the local array begins */
    Tests *made_when;  /* likewise: what holds when the value is there, in the rounds of .. */
    const PlanLoop **made_in; /* .. this loop; behind it, and where that is NULL, it is there */
    Sum **sum_of;             /* by equation: the sum that has begun, or NULL */
    int result;               /* the register that stands for the reduction in `around` */
} Applier;

/* What stands inside loops. */
typedef void Inside(Applier *applier, void *context);

// apply_path.c

Position position_copy(Applier *applier, const Position *from);
/* An expression of axes as one of loop variables. */
Affine in_loops(Applier *applier, Affine a);
AffineTest test_in_loops(Applier *applier, AffineTest test);
Affine difference(Applier *applier, Affine a, Affine b);
/* Elements along an axis in the block at `home`, and which of them this one is. */
int64_t extent_at(const Position *home, int axis);
Affine index_at(Applier *applier, const Position *home, int axis);
/* The value is there when these tests hold, in the rounds of a loop. */
void made_late(Applier *applier, int buffer, Tests when, const PlanLoop *in);
/* The element of a value, in the array that holds it. */
Reference *reference_to(Applier *applier, int buffer, int index_count, const Affine *index);
/* An expression of the equations as one of the loop program. */
Expr *expr_in_loops(Applier *applier, const Expr *expr);
/* Goes on in another body; back by applier->body = the result. */
Body *enter(Applier *applier, Body *body);
Path path_new(Applier *applier);
void path_add(Applier *applier, Path *path, const PlanLoop *loop);
/* The lanes of the narrowest vector of the target that has room for so many rounds. */
int lanes_for_rounds(const Applier *applier, int64_t count);
/* Of a nest, from loop number `first` inwards. */
Path path_of_nest(Applier *applier, const PlanNode *nest, int first);
bool is_reducing(const Equation *equation, const PlanLoop *loop);
/* One loop after the other, and what is left over of each behind it. */
void add_path(Applier *applier, Path path, Inside *inside, void *context);

// accumulators.c

/* Whether each round of the loop has an accumulator of its own. */
bool is_part(const Equation *equation, const PlanLoop *loop);
/* Whether the last part is in the lanes of vectors. */
bool sum_is_in_lanes(const Sum *sum);
void add_accumulators(Applier *applier, Sum *sum);
/* The element of such an array where the walk is; parts: an index for each of these. */
Reference *accumulator(Applier *applier, const Sum *sum, int buffer, const Affine *parts);

// apply_maximum.c

/* A term of a maximum that says where it is; only a larger one takes over. */
void add_term_of_maximum(Applier *applier, const Sum *sum, const Affine *parts);
/* The maximum over all parts; *winner: where it is, as a real number. */
Expr *joined_maximum(Applier *applier, const Sum *sum, Affine *parts, Expr **winner);

// apply_sum.c

/* Behind the body so far: what holds where all tests do. */
Stmt *add_if(Applier *applier, Tests tests);
/* A sum with accumulators of its own, from the first loop of the path inwards. */
Sum *begin_sum(Applier *applier, const PlanNode *nest, Path path);
/* The accumulators get their first values. */
void begin_values(Applier *applier, Sum *sum, bool is_waiting);
void for_each_kept(Applier *applier, Sum *sum, Inside *inside);
/* The finished sum of one element, and what is made of it; context: the sum. */
void finish_element(Applier *applier, void *context);
/* The nest of a sum; what has begun outside gets its terms here. */
void add_sum(Applier *applier, const PlanNode *nest);

#endif
