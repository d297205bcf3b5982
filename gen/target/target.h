/* What the generator knows of processors, one row per target, and what it counts by that: the cost
   model. All plans are made by these numbers alone, so that a plan depends on the target, never on
   the machine that nngen runs on.

   In: plain numbers: extents, counts, bytes. Out: plain numbers: tiles, cycles, whether something
   pays. May be relied on: the same question has the same answer wherever nngen runs. */

#ifndef NNGEN_TARGET_H
#define NNGEN_TARGET_H

#include "graph/graph.h"

typedef struct {
    const char *name;    /* as in --target= */
    const char *runtime; /* the runtime's NN_TARGET */
    int vector;          /* bytes of the widest vector; 0: scalars only */
    int registers;       /* vector registers */
    bool has_fma;        /* a * b + c is one instruction, rounded once */
    bool has_masks;      /* masked loads and stores of vectors */
    bool has_bit_masks;  /* in registers of their own: any operation takes one, at no cost */
    struct {
        int multiply_adds, loads; /* of whole vectors, per cycle */
        int latency;              /* of a multiply-add, in cycles */
    } port;
    struct {
        int quotient, root; /* cycles from one whole vector of floats to the next */
        int estimated_root; /* operations of a root by an estimate instead; 0: there is none */
    } divider;
    struct {
        int size, line; /* bytes of data; the load ports are its bandwidth */
    } first_cache;
    struct {
        int size, bandwidth; /* bytes; bytes per cycle */
    } second_cache;
    struct {
        int latency, bandwidth; /* beyond the caches: cycles; bytes per cycle */
    } memory;
} Machine;

/* The register tile of a product: rows times vectors of accumulators. */
typedef struct {
    int rows, vectors;
} Tile;

const Machine *machine_of(const Options *options);
/* The target that fits the CPU on which nngen runs. */
Target target_native(void);

// versions.c -- several targets in one file

enum { MOST_VERSIONS = 5 };

/* The targets of a set, the best first; how many. */
int versions_listed(unsigned set, Target list[MOST_VERSIONS]);
/* Adds those that a list names, as v4,x86-64-v3,generic; NULL, or the name that is none. */
const char *versions_parse(const char *text, unsigned *set);
/* Whether every processor runs one of the set. */
bool versions_serve_all(unsigned set);
/* The set for a net of so many operations, of one example in its largest function. */
unsigned versions_that_pay(double operations);
/* What a version of the set is compiled on, as a condition of the preprocessor; "1": everywhere. */
char *version_condition(Compiler *compiler, unsigned set, Target target);
/* The same as if there were no other version. */
const char *version_own_condition(Target target);
/* The end of names of its functions: "_v4", "_generic". */
const char *version_suffix(Target target);

/* 4 or 8. */
int real_bytes(const Options *options);
/* Whether the target has masked vectors, and all others of the versions that have vectors. */
bool all_have_masks(const Options *options);
/* Reals in the widest vector, 1 where the target has no vectors. */
int target_lanes(const Options *options);
/* Of its narrowest vectors; 1 where it has none. */
int narrowest_lanes(const Options *options);
/* The same, but what 128 bits hold for targets without vectors: compilers vectorise unrolled
   scalar code. */
int natural_lanes(const Options *options);
/* Bytes to which structs and the arrays in them are aligned: those of all versions are. */
int struct_alignment(const Options *options);
/* Reals in the narrowest vector that holds `count` of them, at most those of the widest. */
int lanes_for(const Options *options, int64_t count);
/* The same for that version which has the longest vectors. */
int widest_lanes_for(const Options *options, int64_t count);
/* Lanes for elements of one value, in straight-line code of one example. */
int example_lanes(const Options *options);

// What is emitted stays within

enum {
    /* of a function: up to this, `auto` makes the program straight-line code */
    STRAIGHT_OPERATIONS = 2500,
    STRAIGHT_LIMIT = 200000, /* the same for `full` */
    /* of all functions of a program: up to this, `auto` uses register tiles */
    TILED_PRODUCTS = 400,
    /* of a kernel of per-batch values, unless these depend on each other .. */
    KERNEL_NODES = 16,
    MOST_KERNEL_NODES = 64,   /* .. then this many */
    EXAMPLE_LANE_VALUES = 64, /* of one example: up to this, examples may be in lanes */
    LOCAL_VALUES = 1024,      /* elements of a local array: more goes to the arena */
};

// What costs what

/* Multiply-adds in flight that keep their units busy: latency times throughput. */
int fma_depth(const Options *options);
/* The largest register tile of a product. */
Tile tile_of(const Options *options);
/* Width of the panels that an innermost axis of `extent` elements is packed into, the same in all
   versions: those of the widest hold whole tiles of the others; 0: it is not. */
int panel_width(const Options *options, int64_t extent);
/* Rows of a register tile of `vectors` vectors, over a loop of `extent`. */
int tile_rows(const Options *options, int64_t extent, int vectors);
/* A matrix times a vector: how many of `vectors` vectors of sums are accumulated at a time, in
   whole panels of `panel` vectors (0: not packed), and into how many partial sums each of them
   is split. */
int vector_sums(const Options *options, int vectors, int panel);
int sum_accumulators(const Options *options, int sums);
/* Number of blocks that `bytes` of contiguous data are cut into, so that one stays in the first
   cache beside other data. */
int64_t cache_pieces(const Options *options, int64_t bytes);
/* Whether a layer of `outputs` is faster with examples than with outputs in lanes.
   is_transposed: its input has the examples innermost already; is_even: equal times count as
   faster. */
bool pays_examples_in_lanes(const Options *options, int64_t examples, int64_t outputs,
                            bool is_transposed, bool is_even);
/* Whether a transposed copy of weights pays for a product over so many examples. */
bool pays_transposing(int64_t examples);
/* Whether a packed copy of an input pays for a product that reads it `times` times. */
bool pays_panels(const Options *options, int64_t bytes, int64_t times);
/* Whether to prefetch `bytes` of data that a product reads once. */
bool pays_prefetching(const Options *options, int64_t bytes);
/* How many tiles ahead to prefetch what epilogues read, `bytes` in all, in a loop over tiles of
   rows by vectors with sums of `terms`; 0 where the data stays in the caches. */
int prefetch_tiles(const Options *options, int64_t bytes, int64_t terms, int rows, int vectors);
/* Whether a square root is an estimate refined by a Newton step: where the divider is slower.
   Quotients always use the divider, which runs in parallel with the other units: estimates and
   their special cases would occupy these for 6 cycles, x86-64-v4's divider takes 10. A step of
   Adam, with one root and one quotient, takes 14 cycles with both estimated and 11 this way. */
bool estimates_roots(const Options *options);
/* Elements from one example's `count` to the next example's, padding included. */
int64_t example_distance(const Options *options, int64_t examples, int64_t count);

// estimate.c -- cycles that work takes at least

typedef struct {
    double arithmetic, loads, divider, memory;
} Cycles;
/* Adds `times` loads or operations, of a vector or a scalar each. */
void cycles_add_loads(const Options *options, double times, Cycles *cycles);
void cycles_add_operations(const Options *options, Op op, double times, Cycles *cycles);
/* Adds one pass over an array of `count` reals, from the memory level that holds one of this
   size. */
void cycles_add_array(const Options *options, int64_t count, Cycles *cycles);

#endif
