/* Runs of optimizers, what optimizer_run.c and sort_nodes.c share. In: the parameters that one
   `update` moves. Out: structures of how far each run has come and of what it has made. */

#ifndef NNGEN_RUNS_H
#define NNGEN_RUNS_H

#include "expand/calls.h"

/* Nodes by id, first .. end - 1. */
typedef struct {
    int first, end;
} NodeRange;

/* A body that is not finished. */
typedef struct {
    Frame *frame;
    const Tree *call;          /* in the frame of the caller; NULL: the statement `update` */
    const Argument *arguments; /* NULL: bound already */
    int bound, done;           /* arguments and statements */
    int errors;                /* before it */
    Value result;
} Body;

/* One run of an optimizer, for one parameter. */
struct OptimizerRun {
    Move *move;
    int body_count;
    Body *bodies;             /* each is called by the one before it */
    const Frame *point_frame; /* of `at` */
    const Tree *collective;   /* the call that waits for the other runs, or NULL */
    Value share;              /* what this run gives to it */
    Combine *combine;
    int range_count;
    NodeRange *ranges; /* nodes that it has made, from one stop to the next */
};

/* A call of total or hessian at which all runs have met. */
typedef struct {
    Node **shares, **results; /* by run; NULL: a number */
    NodeRange made;           /* in combining the shares */
} Meeting;

/* The runs of one `update`. */
typedef struct {
    Moves *moves;
    OptimizerRun *runs;          /* by move */
    const OptimizerRun *waiting; /* the first that waits at a call; NULL: none does */
    int meeting_count;
    Meeting *meetings;
} Runs;

// sort_nodes.c

/* Gives the nodes `made`, which is all that the runs have made, their final order. */
void sort_nodes(Checker *checker, const Runs *runs, NodeRange made);

#endif
