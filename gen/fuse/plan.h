/* Plans: kernels, their loops and instructions, and the memory of values. In: nothing. Out: the
   structures that fuse fills with clusters and nests, layout with storages, schedule with lanes
   and tiles, lower with instructions, place with offsets.

   A function has one of two forms. Straight-line: every element of every value is a local
   variable, lanes are examples, and the only loop runs over groups of examples. Nests: a list of
   clusters, each a C function, a kernel; each cluster is a list of nests of loops with literal
   bounds.

   The body of a nest runs inside all loops; its sums run over the summed loops; its epilogue
   runs once per element after the sums. */

#ifndef NNGEN_PLAN_H
#define NNGEN_PLAN_H

#include "target/target.h"

typedef struct Storage Storage;
typedef struct Access Access;
typedef struct Instruction Instruction;
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
    STORAGE_EXAMPLE,   /* a local array, of one example */
    STORAGE_TABLE,     /* a constant array of the file; constant */
} StorageKind;

struct Storage {
    StorageKind kind;
    int index;         /* its index in schedule->storages */
    const char *name;  /* C identifier of the pointer in kernels */
    const char *label; /* of what it holds, in comments */
    int64_t count;     /* elements, of all examples */
    Span span;         /* of the value */
    Variable *variable;
    Given given;
    int number;
    const Node *constant;    /* table: whose numbers it holds */
    const double *numbers;   /* table: as they lie, */
    int64_t row;             /* so many of them innermost, */
    const char *kept;        /* in words; NULL: row-major */
    Cluster *owner;          /* example: the cluster whose local array it is */
    int first_use, last_use; /* arena: clusters by number */
    int64_t offset;          /* arena */
    const Cluster *named_in; /* emit: the kernel that has a pointer to it, and which */
    int pointer;
};

typedef enum { ROLE_ELEMENTS, ROLE_OUTPUTS, ROLE_INPUTS } Role; /* of a layer */

typedef struct {
    int64_t extent;
    Role role;
    bool over_examples; /* over the examples */
    bool is_summed;
    bool is_lane;
    bool masks_rest; /* lane: the remainder is a masked vector, not a scalar loop */
    int lanes;       /* lane: of one instance */
    int unroll;      /* unroll factor; for the lane loop, in vectors */
    int panel;       /* width of the panels of the axis it runs along; 0: none */
} Loop;

typedef enum {
    INSTRUCTION_LOAD,  /* a real from memory */
    INSTRUCTION_CLASS, /* one-hot: 1 where the example's class index is `address`, else 0 */
    INSTRUCTION_CONST,
    INSTRUCTION_RANDOM,     /* number `address` of the random stream node->number */
    INSTRUCTION_APPLY,      /* op of operands */
    INSTRUCTION_ACCUMULATE, /* op (sum or max) of operands[0] over the summed loops */
    INSTRUCTION_STORE,      /* operands[0] to memory */
    INSTRUCTION_BATCH_SUM,  /* adds operands[0] of an epilogue to a sum over the batch */
} InstructionKind;

struct Instruction {
    InstructionKind kind;
    const Nest *nest;
    Op op;
    Node *node;
    Instruction *operands[3];
    Instruction *start;      /* accumulate: the load that initialises the sum; NULL: zero */
    const Instruction *same; /* an addition absorbed into its sum as initial value: that sum */
    bool is_start;           /* a load that only initialises a sum */
    const char *name;        /* C identifier of its value */
    const Access *access;    /* load, class, store: see layout.h */
    /* address: offset + sum of factor * loop; of packed memory, where the loop along the packed
       axis is at the beginning of a whole panel */
    int64_t offset, factor[MAX_NEST_LOOPS];
    int panel_loop;  /* that loop, or -1 */
    Affine *index;   /* where there is one: in access->layout, of examples and each axis, by loop */
    unsigned varies; /* bit l: its value depends on loop l */
    bool is_epilogue; /* in the epilogue: after the summed loops */
    /* after the loop over examples: uses a finished INSTRUCTION_BATCH_SUM */
    bool is_after_examples;
    bool is_vector;    /* in a nest with a lane loop */
    bool is_condition; /* a comparison used only as the condition of `where` in the same nest */
    bool is_broadcast; /* a load: broadcast to all lanes, as a factor of a vector product */
};

/* Index-range test: the body runs only where 0 <= offset + sum of factor * loop < bound. */
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
    Node **nodes;   /* topological: the body's, then the sums, then the epilogue's */
    Node *contract; /* or windows, or NULL */
    /* copies operand number `operand` of a view to memory; of a pad, 0 are the zeros and 1 is the
       operand */
    bool is_copy;
    int operand;
    int64_t first;  /* of a concatenation: where the operand begins along the axis */
    bool is_rolled; /* the summed loop must not be unrolled, by the compiler either */
    int accumulator_loop, accumulators; /* more than 1: that loop adds to so many in turn */
    int epilogue_lane; /* 0, or 1 + the loop vectorised in the epilogue: each lane holds one sum */
    bool is_transpose; /* copies a matrix with its other axis innermost */
    /* Of a transpose: 0, or 1 + the loop that corresponds to the first loop of the product that
       reads it; the product's kernel then transposes one tile of that loop at a time. */
    int interleaved;
    int64_t block; /* blocks the last summed loop by so many rounds; 0: not blocked */
    /* memory for partial sums between blocks: one tile of the lane loop by all of the other loop */
    Storage *partial_sums;
    /* of a product: the load of packed weights whose next panel is prefetched; NULL: none */
    Instruction *prefetched;
    /* how many elements ahead of what an epilogue or a transpose reads data is prefetched; 0: none
     */
    int64_t prefetch_distance;
    int example_loop; /* the loop over examples, or -1 */
    int loop_count;
    Loop loops[MAX_NEST_LOOPS]; /* not summed first */
    int guard_count;
    /* by axis: of both operands, and of the result of a scattered contraction */
    Guard guards[3 * MAX_RANK];
    int instruction_count;
    Instruction **instructions;
};

typedef enum {
    CLUSTER_PLAIN,     /* nests over per-batch values */
    CLUSTER_EXAMPLES,  /* one loop over examples around all its nests */
    CLUSTER_CONTRACT,  /* one nest: a contraction, or windows, and the elementwise epilogue */
    CLUSTER_BATCH_SUM, /* one nest: a sum over examples and its epilogue */
} ClusterKind;

struct Cluster {
    ClusterKind kind;
    int number; /* in order of execution */
    Node *root; /* the contraction, windows or sum over examples */
    int nest_count;
    Nest **nests;
    bool examples_in_lanes;  /* lanes are examples */
    const Variable *weights; /* whose gradient it computes, or NULL; find_weights */
    const char *name;        /* of the C function */
    /* Of kernels that are lowered by way of equations; others have neither. */
    const struct Equations *equations;
    const struct Plan *plan;
    const struct LoweredKernel *lowered; /* by lower */
};

/* The forward product of weights: the first that takes them. */
typedef struct {
    const Node *product; /* or NULL */
    int side;            /* of the weights: 1 or 2 */
} Forward;

struct Schedule {
    bool is_straight;
    /* of straight-line code without examples in lanes: elements of a value per vector, 0:
       scalars */
    int element_lanes;
    int cluster_count;
    Cluster **clusters;
    int storage_count;
    Storage **storages;
    int scratch_count;
    Storage **scratch;  /* what is in the arena, in order of its first use */
    int64_t arena_size; /* reals */
    Forward *forward;   /* by number of a variable; find_forward_products */
    bool uses_random;
};

// plan.c -- questions to a plan

/* Examples in the vectors of straight-line code, 1 where it has none. */
int straight_lanes(const Function *function);
/* A constant scalar, which later nests of its cluster use as a literal. */
bool node_is_constant_in(const Node *node, const Cluster *cluster);
Shape nest_kept_shape(const Nest *nest);      /* of the values after its sums */
unsigned nest_summed_loops(const Nest *nest); /* as a set */
/* The loops on which an instruction depends, as a set; of a store, its address and its value. */
unsigned instruction_varies(const Instruction *instruction);
/* Distance in elements between consecutive rounds of a loop, within a panel where the loop runs
   along one. */
int64_t instruction_stride(const Instruction *instruction, int loop);
/* Whether the program has too many products for register tiles, or shall have none. */
bool program_runs_plain(const Program *program);
/* Leaves cluster->weights. */
void find_weights(Function *function);

#endif
