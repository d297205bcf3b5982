/* Reads and writes of the kernels of one function, in order of execution: a simple view of a
   plan, with the rules that every plan keeps. In: filled by dataflow_fused.c from what fuse
   leaves, by dataflow_placed.c from what place leaves. Out: dataflow.c checks it, without any
   other knowledge of plans.

   In a correct plan
   - everything read was written before by the same or an earlier kernel, or was there when the
     function was called;
   - nothing is overwritten that is still read, and values that share memory have disjoint
     lifetimes;
   - each element of a storage is written once per call; a sum may be initialised and then
     accumulated;
   - a value is computed in one kernel, unless it is marked as recomputed;
   - every value that the function has to leave in memory is there at the end. */

#ifndef NNGEN_DATAFLOW_H
#define NNGEN_DATAFLOW_H

#include "graph/graph.h"

enum {
    FLOW_NONE = -1,
    FLOW_REGISTER = -1, /* no storage: the value is in a register */
    FLOW_LOOPS = MAX_LOOPS + 2,
};

typedef enum {
    FLOW_READ,
    FLOW_WRITE,
    /* initialises a sum, or elements that other parts of the value overwrite: not a value yet */
    FLOW_BEGIN,
    FLOW_ADD, /* accumulates into an initialised sum */
} FlowKind;

/* Which examples an access of a per-example kernel touches. */
typedef enum {
    FLOW_ONE, /* the value is not per example */
    FLOW_OWN, /* the current one */
    FLOW_ALL,
} FlowExamples;

/* When an access happens in a nest: each moment comes after the end of a loop in which the moments
   before it lie. */
typedef enum {
    FLOW_BODY,
    FLOW_EPILOGUE,       /* after the sums of one element */
    FLOW_AFTER_EXAMPLES, /* after a sum over examples, outside their loop */
} FlowMoment;

/* Elements `first` + sum of index * stride, over nested loops of `count`. */
typedef struct {
    int64_t first;
    int loop_count;
    struct {
        int64_t count, stride;
    } loops[FLOW_LOOPS];
} FlowRange;

typedef struct {
    FlowKind kind;
    int value, storage; /* FLOW_REGISTER: live within its nest, a scalar to the end of its kernel */
    FlowMoment moment;
    FlowExamples examples;
    FlowRange range; /* elements of one example, loops as in the nest */
} FlowAccess;

/* A loop nest with its accesses. Nests of a kernel run one after the other. */
typedef struct {
    int access_count;
    FlowAccess *accesses;
} FlowNest;

typedef struct {
    const char *name;
    bool goes_by_example; /* all nests run for one example before the next */
    int nest_count;
    FlowNest *nests;
} FlowKernel;

typedef struct {
    const char *name;
    int64_t count; /* elements of one example */
    int given;     /* the value that is there when the function is called, or FLOW_NONE */
    int wanted;    /* the value that must be there in the end, or FLOW_NONE */
    int kernel;    /* of a buffer of one example: the only kernel that uses it; or FLOW_NONE */
    int64_t offset, size; /* in the scratch, for all examples; offset FLOW_NONE: elsewhere */
    /* in the scratch: its lifetime in kernels; the function's end counts as one more */
    int first, last;
} FlowStorage;

typedef struct {
    const char *name;
    bool is_made_again; /* recomputed where it is used */
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

/* Canonical form: no loops of one round, the innermost first, each element once. False where the
   loops visited an element several times. */
bool range_normalise(FlowRange *range);
/* Of normalised ranges. Ranges in too many pieces to be compared count as covered, and as apart. */
bool ranges_cover(Compiler *compiler, const FlowRange *parts, int count, const FlowRange *range);
bool ranges_are_apart(Compiler *compiler, const FlowRange *a, const FlowRange *b);
int64_t range_end(const FlowRange *range);
bool range_is_whole(const FlowRange *range); /* in one piece */

// dataflow_memory.c

/* Whether two storages share memory of the scratch at the same time, and which: the later one in
   order first. */
bool find_sharing(const Dataflow *flow, int *one, int *other);

// dataflow_fused.c -- a function as fuse leaves it

Dataflow *dataflow_fused(Function *function);

#endif
