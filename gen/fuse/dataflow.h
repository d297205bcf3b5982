/* What the kernels of one function read and write, in order of execution: a small view of a plan,
   and the rules that every plan keeps. dataflow_fused.c and dataflow_placed.c fill it from what
   fuse and place leave, dataflow.c checks it, and knows of plans nothing else.

   In a plan that is right
   - all that is read was written before, by the same kernel or an earlier one, or was there when
     the function was called;
   - nothing is overwritten that is still read, and what share memory do not live at the same time;
   - each element of a storage is written once in a call; a sum may be begun, and then continued;
   - a value is made in one place, unless it says that it may be made again;
   - what the function is to leave is there in the end. */

#ifndef NNGEN_DATAFLOW_H
#define NNGEN_DATAFLOW_H

#include "graph/graph.h"

enum {
    FLOW_NONE = -1,
    FLOW_REGISTER = -1, /* a storage: the value is in no memory */
    FLOW_LOOPS = MAX_LOOPS + 2,
};

typedef enum {
    FLOW_READ,
    FLOW_WRITE,
    FLOW_BEGIN, /* writes what a sum begins with, or what other parts of the value replace: it is no
                   value before more is written */
    FLOW_ADD,   /* continues a sum that has begun */
} FlowKind;

/* Which examples, in a kernel that goes from example to example. */
typedef enum {
    FLOW_ONE, /* the value is not per example */
    FLOW_OWN, /* the one that the kernel is at */
    FLOW_ALL,
} FlowExamples;

/* Of a nest, when: each later moment is behind a loop, and those before come once a round of it. */
typedef enum {
    FLOW_BODY,
    FLOW_TAIL,           /* behind the sums of one element */
    FLOW_AFTER_EXAMPLES, /* behind a sum over the examples, of which all that precedes is of one */
} FlowMoment;

/* `first`, and from there on `count` steps of `stride` elements along each loop. */
typedef struct {
    int64_t first;
    int loop_count;
    struct {
        int64_t count, stride;
    } loops[FLOW_LOOPS];
} FlowRange;

typedef struct {
    FlowKind kind;
    int value, storage; /* FLOW_REGISTER: from the nest that made it; a single number outlasts its
                           nest, and ends with its kernel */
    FlowMoment moment;
    FlowExamples examples;
    FlowRange range; /* elements of one example, in the order of the nest's loops */
} FlowAccess;

/* Loops around accesses. Each runs as often as the whole before the next nest begins. */
typedef struct {
    int access_count;
    FlowAccess *accesses;
} FlowNest;

typedef struct {
    const char *name;
    bool goes_by_example; /* its nests run for one example before the next */
    int nest_count;
    FlowNest *nests;
} FlowKernel;

typedef struct {
    const char *name;
    int64_t count; /* elements of one example */
    int given;     /* the value that is there when the function is called, or FLOW_NONE */
    int wanted;    /* the value that must be there in the end, or FLOW_NONE */
    int kernel;    /* the only one that has it, as long as one example is at hand; or FLOW_NONE */
    int64_t offset, size; /* in the scratch, with all examples; offset FLOW_NONE: elsewhere */
    int first, last;      /* in the scratch: kernels that may use it; the end is one more kernel */
} FlowStorage;

typedef struct {
    const char *name;
    bool is_made_again; /* wherever it is wanted */
} FlowValue;

typedef struct {
    Compiler *compiler;
    const char *name; /* of the function */
    int64_t size;     /* of the scratch */
    int kernel_count, storage_count, value_count;
    FlowKernel *kernels;
    FlowStorage *storages;
    FlowValue *values;
} Dataflow;

// dataflow.c

/* The first breach, as "predict: kernel y reads h, which nobody has written yet", or NULL. */
const char *dataflow_check(const Dataflow *flow);

// dataflow_range.c

/* Every element once, loops of one round left out, the innermost first; false where an element
   comes several times: then it does no longer. */
bool range_normalise(FlowRange *range);
/* Of normalised ranges. Where they are in too many pieces to be looked at, what is asked is taken
   to be so: covered, apart. */
bool ranges_cover(Compiler *compiler, const FlowRange *parts, int count, const FlowRange *range);
bool ranges_are_apart(Compiler *compiler, const FlowRange *a, const FlowRange *b);
int64_t range_end(const FlowRange *range);

// dataflow_fused.c -- a function as fuse leaves it

Dataflow *dataflow_fused(Function *function);

#endif
