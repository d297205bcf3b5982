/* Plans: kernels, their loops and steps, and where values live. fuse makes clusters and nests,
   later stages what runs them: layout storages, schedule lanes and tiles, lower steps, place
   offsets.

   A function runs in one of two ways. Straight: every element of every value is a local variable,
   lanes are examples, and the only loop runs over groups of examples. In nests: a list of clusters,
   each a C function of its own, each a list of nests of loops with literal bounds. */

#ifndef NNGEN_PLAN_H
#define NNGEN_PLAN_H

#include "target/target.h"

typedef struct Storage Storage;
typedef struct Access Access;
typedef struct Step Step;
typedef struct Nest Nest;
typedef struct Cluster Cluster;
typedef struct Schedule Schedule;

enum { MAX_NEST_LOOPS = MAX_LOOPS + 1 };

typedef enum {
    STORAGE_INPUT,     /* the caller's array of reals; variable */
    STORAGE_CLASSES,   /* the caller's class indices; variable */
    STORAGE_NET,       /* variable, in the net */
    STORAGE_GRADIENT,  /* variable, in the block of gradients */
    STORAGE_DIRECTION, /* variable, in work's block of directions */
    STORAGE_PRODUCT,   /* variable, in work's block of products */
    STORAGE_OUTPUT,    /* the caller's array for output `number` */
    STORAGE_GIVEN,     /* a scalar of the function; given, number */
    STORAGE_SHARE,     /* work->share, one per example */
    STORAGE_ARENA,     /* offset in the scratch */
    STORAGE_EXAMPLE,   /* a local array of one example's elements */
} StorageKind;

struct Storage {
    StorageKind kind;
    int index;         /* its place in schedule->storages */
    const char *name;  /* C identifier of the pointer in kernels */
    const char *label; /* of what it holds, in comments */
    int64_t count;     /* elements, of all rows */
    Span place;        /* of the value */
    Variable *variable;
    Given given;
    int number;
    Cluster *owner;          /* row: where it lives */
    int first_use, last_use; /* arena: clusters by number */
    int64_t offset;          /* arena */
    Storage *next_in_slot;   /* place.c */
    const Cluster *named_in; /* emit: the kernel that has a pointer to it, and which */
    int pointer;
};

/* Element [i, j, ..] of a value for example b is storage[offset + b * row_stride + i * stride[0] +
   j * stride[1] ..].

   In panels: the axis `panel_axis`, of `extent` elements, is cut into panels of `panel` elements,
   the last one maybe of fewer, and each panel is a block of its own with that axis innermost.
   stride[panel_axis] is then the number of elements that all other axes have; the other strides
   are those of a whole panel. */
struct Access {
    Storage *storage;
    int64_t offset, example_stride;
    int64_t stride[MAX_RANK];
    int panel, panel_axis; /* stride 0 along it: every panel is made where the one before was */
    int64_t extent;
};

typedef enum { ROLE_ELEMENTS, ROLE_OUTPUTS, ROLE_INPUTS } Role; /* of a layer */

typedef struct {
    int64_t extent;
    Role role;
    bool over_examples; /* over the examples */
    bool is_summed;
    bool is_lane;
    bool has_parts; /* lane: what is left is done by a part of a vector, not by numbers */
    int lanes;      /* lane: of one instance */
    int unroll;     /* instances side by side; of vectors for the lane loop */
    int panel;      /* runs along an axis in panels of so many elements, 0: of none */
} Loop;

typedef enum {
    STEP_LOAD,  /* a real from memory */
    STEP_CLASS, /* 1 where the class index of the example is the address, else 0 */
    STEP_CONST,
    STEP_RANDOM,     /* number `address` of the stream node->number */
    STEP_APPLY,      /* op of steps */
    STEP_ACCUMULATE, /* op (sum or max) of steps[0] over the summed loops */
    STEP_STORE,      /* steps[0] to memory */
    STEP_BATCH_SUM,  /* adds steps[0] of a tail to a sum over all examples */
} StepKind;

struct Step {
    StepKind kind;
    const Nest *nest;
    Op op;
    Node *node;
    Step *steps[3];
    Step *start;      /* accumulate: what the sum begins with, a load; NULL: zero */
    const Step *same; /* an addition that its sum begins with: the sum, whose value is its own */
    bool is_start;    /* a load that only the beginning of a sum takes */
    const char *name; /* C identifier of its value */
    Access *access;   /* load, class, store */
    int64_t offset, factor[MAX_NEST_LOOPS]; /* address: offset + sum of factor * loop */
    int panel_loop;  /* where the access is in panels: the loop along that axis */
    unsigned varies; /* bit l: its value depends on loop l */
    bool is_tail;    /* after the summed loops */
    bool
        is_after_examples; /* follows a sum that rides along: when the loop over examples is done */
    bool is_vector;        /* in a nest with a lane loop */
    bool is_condition;     /* a comparison that only `where` of the same nest looks at */
    bool is_broadcast;     /* a load: the same in all lanes, for who wants a vector */
};

/* 0 <= offset + sum of factor * loop < bound, or the body does not run. */
typedef struct {
    int64_t offset, factor[MAX_NEST_LOOPS], bound;
} Guard;

struct Nest {
    Shape domain; /* of the body's values */
    bool batched;
    unsigned summed_axes; /* of the domain */
    bool sums_examples;
    bool has_sums;
    int node_count;
    Node **nodes;   /* in order; the body's, then the sums, then the tail's */
    Node *contract; /* or NULL */
    bool is_copy;   /* writes a copying view, its operand number `part` (of a pad: zeros, then the
                       operand) */
    int part;
    bool is_rolled;       /* the loop of its sums stays one, whatever the compiler */
    int part_loop, parts; /* parts > 1: that summed loop adds to so many sums in turn */
    int tail_lane; /* 0, or the loop plus 1 that is in the lanes after the sums, each lane a sum */
    bool is_transpose; /* copies a matrix to where its other axis is innermost */
    int interleaved; /* of a turn: 0, or the loop plus 1 that stands where the first loop of the product
                      after it stands: it is done for one stretch of that at a time */
    int64_t block; /* rounds of the last loop's sum that come at a time; 0: all */
    Storage
        *partial_sums; /* sums between blocks, of one tile of the lane loop and all of the other */
    Step *
        prefetched; /* of a product: the operand that tiles go through panel by panel, from which the
                      next one is fetched; NULL: nothing is */
    int64_t
        prefetch_distance; /* elements from where a tile's tail, or a turn, reads to what is fetched for a
                      later one; 0: nothing is */
    int example_loop; /* the loop over examples, or -1 */
    int loop_count;
    Loop loops[MAX_NEST_LOOPS]; /* kept ones first */
    int guard_count;
    Guard guards[MAX_RANK * 2];
    int step_count;
    Step **steps;
};

typedef enum {
    CLUSTER_PLAIN,     /* nests over per-batch values */
    CLUSTER_EXAMPLES,  /* one loop over examples around all its nests */
    CLUSTER_CONTRACT,  /* one nest: a contraction and what follows it element by element */
    CLUSTER_BATCH_SUM, /* one nest: a sum over examples and what follows it */
} ClusterKind;

struct Cluster {
    ClusterKind kind;
    int number; /* in order of execution */
    Node *root; /* the contraction or row sum, or NULL */
    int nest_count;
    Nest **nests;
    bool examples_in_lanes; /* its vectors hold a value of several examples */
    const char *name;       /* of the C function */
};

struct Schedule {
    bool is_straight;
    int element_lanes; /* of straight code of one example or none; 0 where it has no vectors */
    int cluster_count;
    Cluster **clusters;
    int storage_count;
    Storage **storages;
    int storage_slots;      /* of a hash table of those that are known by variable or number */
    Storage **storage_slot; /* chained by next_in_slot */
    int64_t arena_size;     /* reals */
    bool uses_random;
};

// plan.c -- questions to a plan

/* Examples in the vectors of straight code, 1 where there are none. */
int straight_lanes(const Function *function);
/* A scalar that later nests of its cluster read as the constant that it is. */
bool node_is_constant_in(const Node *node, const Cluster *cluster);
Shape nest_kept_shape(const Nest *nest);      /* of the values after its sums */
unsigned nest_summed_loops(const Nest *nest); /* as a set */
/* The loops that what a step does depends on, as a set: of a store its place and its value. */
unsigned step_varies(const Step *step);
/* How far apart in memory a step's elements are from one round of a loop to the next, within a
   panel where the loop runs along one. */
int64_t step_stride(const Step *step, int loop);
/* The weights that the gradient by weights which a cluster makes is of, or NULL. */
const Variable *weights_by(const Function *function, const Cluster *cluster);

#endif
