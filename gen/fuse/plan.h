/* What fuse, tile and place leave on a function for emit: kernels, their loops and steps, and where
   values live.

   A function runs in one of two ways. Straight: every element of every value is a local variable,
   lanes are examples, and the only loop runs over groups of examples. In nests: a list of clusters,
   each a C function of its own, each a list of nests of loops with literal bounds. */

#ifndef NNGEN_PLAN_H
#define NNGEN_PLAN_H

#include "target/machine.h"

typedef struct Storage Storage;
typedef struct Access Access;
typedef struct Step Step;
typedef struct Nest Nest;
typedef struct Cluster Cluster;
typedef struct Schedule Schedule;

enum { MAX_NEST_LOOPS = MAX_LOOPS + 1 };

// place.c

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
    STORAGE_ROW,       /* a local array of one example's elements */
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
    int64_t offset, row_stride;
    int64_t stride[MAX_RANK];
    int panel, panel_axis; /* stride 0 along it: every panel is made where the one before was */
    int64_t extent;
};

/* Where the elements of a leaf, an alias or a value in memory lie; NULL for constants and random
 * numbers. */
Access *access_of(Function *function, Node *node);
/* Where a store goes. */
Access *access_of_store(Function *function, const Store *store);
/* Scratch for the kernel of one cluster. */
Storage *storage_of_kernel(Function *function, const char *name, int64_t count);

/* Whether an input is still read where an output is written, by the same kernel or before. */
bool function_reads_late(const Function *function, const Variable *input);

/* Examples in the vectors of straight code, 1 where there are none. */
int straight_lanes(const Function *function);

// contract.c

/* Every element of the result is one sum: each axis of the result is a loop of its own, from end to
 * end. */
bool contract_gathers(const Contract *contract, Shape shape);
/* Brings a contraction into that form where substitution of loops can. */
void contract_gather(Node *node);
/* The loop that runs along the last axis of the result, -1 where none does alone. */
int contract_last_loop(const Node *node);
/* Whether a loop runs along this axis of an operand, from end to end, and nowhere else in it. */
bool contract_runs_along(const Node *node, int operand, int axis);
/* Which operand of a layer, out[b, n] = sum over k of w[n, k] * x[b, k], is the weights; -1 of any
   other node. */
int layer_weights(const Node *node);
/* Whether sums run along the last axis of the weights, as a layer's do and its gradient's by the
   input do not. */
bool layer_sums_along_rows(const Node *node, int weights);

// fuse.c, tile.c -- what a target can do: machine.h

Shape nest_kept_shape(const Nest *nest);      /* of the values after its sums */
unsigned nest_summed_loops(const Nest *nest); /* as a set */

typedef enum { ROLE_ELEMENTS, ROLE_OUTPUTS, ROLE_INPUTS } Role; /* of a layer */

typedef struct {
    int64_t extent;
    Role role;
    bool is_rows; /* over the examples */
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
    STEP_RIDE,       /* adds steps[0] of a tail to a sum over all examples */
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
    int panel_loop;     /* where the access is in panels: the loop along that axis */
    unsigned varies;    /* bit l: its value depends on loop l */
    bool is_tail;       /* after the summed loops */
    bool is_after_rows; /* follows a sum that rides along: when the loop over examples is done */
    bool is_vector;     /* in a nest with a lane loop */
    bool is_condition;  /* a comparison that only `where` of the same nest looks at */
    bool is_splat;      /* a load: the same in all lanes, for who wants a vector */
};

/* 0 <= offset + sum of factor * loop < bound, or the body does not run. */
typedef struct {
    int64_t offset, factor[MAX_NEST_LOOPS], bound;
} Guard;

struct Nest {
    Shape domain; /* of the body's values */
    bool batched;
    unsigned summed_axes; /* of the domain */
    bool sums_rows;
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
    bool is_turn;  /* copies a matrix to where its other axis is innermost */
    int in_step; /* of a turn: 0, or the loop plus 1 that stands where the first loop of the product
                      after it stands: it is done for one stretch of that at a time */
    int64_t block; /* rounds of the last loop's sum that come at a time; 0: all */
    Storage
        *unfinished; /* sums between blocks, of one tile of the lane loop and all of the other */
    Step *stream;  /* of a product: the operand that tiles go through panel by panel, from which the
                      next one is fetched; NULL: nothing is */
    int64_t ahead; /* elements from where a tile's tail, or a turn, reads to what is fetched for a
                      later one; 0: nothing is */
    int row_loop;  /* the loop over examples, or -1 */
    int loop_count;
    Loop loops[MAX_NEST_LOOPS]; /* kept ones first */
    int guard_count;
    Guard guards[MAX_RANK * 2];
    int step_count;
    Step **steps;
};

typedef enum {
    CLUSTER_PLAIN,    /* nests over per-batch values */
    CLUSTER_ROWS,     /* one loop over examples around all its nests */
    CLUSTER_CONTRACT, /* one nest: a contraction and what follows it element by element */
    CLUSTER_ROW_SUM,  /* one nest: a sum over examples and what follows it */
} ClusterKind;

struct Cluster {
    ClusterKind kind;
    int number; /* in order of execution */
    Node *root; /* the contraction or row sum, or NULL */
    int nest_count;
    Nest **nests;
    bool rows_in_lanes; /* its vectors hold a value of several examples */
    const char *name;   /* of the C function */
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
    int *first_store;       /* by node: its first store, plus 1 */
    int *next_store;        /* by store: the next one of the same node, plus 1 */
    int64_t arena_size;     /* reals */
    bool uses_random;
};

/* What a node's value is needed for outside the nest that makes it. */
bool node_is_leaf(const Node *node);
bool node_is_computed(const Node *node);
bool node_is_alias(const Node *node); /* a view that is only another way to look at its input */
/* A scalar that later nests of its cluster read as the constant that it is. */
bool node_is_constant_in(const Node *node, const Cluster *cluster);
Node *node_base(Node *node); /* the node whose memory an alias looks at */
/* The stores of a node, after fuse: the first, and the one after, -1 where there is none. */
int store_first(const Function *function, const Node *node);
int store_next(const Function *function, int store);

// flops.c

typedef struct {
    double example, call; /* of one example; of a call on function->rows of them, all in all */
} Flops;
/* Of one example, or of one call where the node is not per example; an integer may not hold it. */
double node_flops(const Node *node);
Flops flops_of(const Function *function, const Node *node);
Flops flops_add(Flops a, Flops b);
Flops flops_of_function(const Function *function);

// sequence.c

/* Whether a leaf is where a store goes, so that who reads it must come before. */
bool store_overwrites(const Store *store, const Node *leaf);
/* is_late, by store: it must wait for the end of the function. */
void sequence_clusters(Function *function, bool *is_late);

// vectorize.c, order.c, transpose.c, role.c, steps.c

/* `batch`: examples of a training step; functions of more agree with it on how weights lie. */
void choose_lanes(Function *function, int64_t batch);
/* The weights that the gradient by weights which a cluster makes is of, or NULL. */
const Variable *weights_by(const Function *function, const Cluster *cluster);
/* A tail's load that is fetched ahead where nest->ahead is not 0. */
bool step_is_streamed(const Nest *nest, const Step *step);
/* A copy of a value per example with the examples innermost, made before cluster number *before,
   which this moves on. */
Node *turned_copy(Function *function, Node *node, int *before);
/* A copy of an input in panels, made in the beginning. */
Node *panelled_copy(Function *function, Node *node);
void order_variables(Program *program, bool is_plain);
void order_straight(Program *program); /* the same, of straight code */
int innermost_axis(const Variable *variable);
void order_nodes(Function *function);
/* Weights that a product wants in another order than they are kept in get copies. */
void turn_operands(Function *function);
/* Of an innermost axis of so many elements, 0 where it lies in one piece. */
int panel_width(const Options *options, int64_t extent);
/* Values per example that are long enough lie in panels; inputs that products go through again and
   again get copies that do. */
void panel_values(Function *function);
/* Copies were added behind who uses them: gives every node a place behind its inputs again. */
void settle_copies(Function *function);
/* Sums over examples of what a layer makes are added up in its tile. */
void ride_along(Function *function);
/* Of a layer's loops the one over examples is the last that is kept. */
bool rows_come_last(const Node *contract);
/* The loops that what a step does depends on, as a set: of a store its place and its value. */
unsigned step_varies(const Step *step);
/* How far apart in memory a step's elements are from one round of a loop to the next, within a
   panel where the loop runs along one. */
int64_t step_stride(const Step *step, int loop);

/* A nest that is being built. */
typedef struct {
    Function *function;
    Compiler *compiler;
    Cluster *cluster;
    Nest *nest;
    bool is_plain;             /* no tiles */
    bool is_after_rows;        /* what is added follows a sum that rides along */
    int domain_loop[MAX_RANK]; /* the loop along each axis of the domain */
    int contract_loop[MAX_LOOPS];
    int late_count; /* stores that wait until the nest has read what they overwrite */
    struct LateStore *late;
} Builder;

/* Steps of a nest; comparisons that are nothing but conditions are marked. */
void build_nest(Builder *builder);
/* Of a product's loops. */
void find_roles(Builder *builder);
/* A nest of its own that fills the result of a scattered contraction with zeros. */
void build_fill(Builder *builder, Node *node);

// estimate.c

typedef struct {
    double arithmetic, loads, divider, memory;
} Cycles;
/* At least so many of each. */
Cycles nest_cycles(const Options *options, const Nest *nest);

// plan_text.c

/* "8 examples by 2 vectors of 16 elements", NULL where there is nothing to say. */
const char *nest_plan_text(Compiler *compiler, const Nest *nest);
/* Those of its nests, each once. */
const char *cluster_plan_text(Compiler *compiler, const Cluster *cluster);
const char *straight_plan_text(const Function *function);

// the stages

/* Needs: folded functions. Leaves: a schedule each; node->cluster and node->nest of every computed
 * node, unless straight. */
void fuse(Program *program);
/* Needs: fused functions. Leaves: loops, lanes, unrolling and steps of every nest. */
void tile(Program *program);
/* Needs: tiled functions. Leaves: an offset for every storage. */
void place(Program *program);
/* Needs: placed functions. An array with more elements than the limit, or an index that C's int does
   not hold, is an error that leaves through compiler->stop. */
void check_limits(const Program *program);
/* What C's int must hold, by the measure of these limits: twice the largest array, and indices. */
int64_t least_int(const Program *program);
void schedule_print(Text *out, const Program *program);

#endif
