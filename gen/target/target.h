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
    int vector;          /* bytes of the widest vector; 0: numbers alone */
    int registers;       /* vectors that they hold */
    bool has_fma;        /* a * b + c is one instruction, rounded once */
    bool has_masks;      /* loads and stores of some lanes of a vector */
    struct {
        int multiply_adds, loads; /* of whole vectors, per cycle */
        int latency;              /* of a multiply-add, in cycles */
    } port;
    struct {
        int quotient, root; /* cycles from one whole vector of floats to the next */
        int estimated_root; /* operations that a root by an estimate takes instead, 0: has none */
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

/* Of a product: rows times vectors of accumulators. */
typedef struct {
    int rows, vectors;
} Tile;

const Machine *machine_of(const Options *options);
/* The target of the CPU that this runs on. */
Target target_native(void);

/* 4 or 8. */
int real_bytes(const Options *options);
/* Reals in the widest vector, 1 where there is none. */
int target_lanes(const Options *options);
/* The same, but without vectors what 128 bits hold: compilers find lanes in instances side by
   side. */
int natural_lanes(const Options *options);
/* Bytes to which structs and the arrays in them are aligned. */
int struct_alignment(const Options *options);
/* Reals in the narrowest vector that holds `count` of them, at most those of the widest. */
int lanes_for(const Options *options, int64_t count);
/* Elements of a value that straight code of one example has beside each other. */
int example_lanes(const Options *options);

// What is emitted stays within

enum {
    STRAIGHT_OPERATIONS = 2500, /* of a function, up to which `auto` runs a program straight */
    STRAIGHT_LIMIT = 200000,    /* up to which it does when asked to */
    TILED_PRODUCTS = 400,       /* in all functions of a program, up to which `auto` tiles */
    KERNEL_NODES = 16,          /* of a kernel per batch, unless its values take of each other .. */
    MOST_KERNEL_NODES = 64,     /* .. and then */
    EXAMPLE_LANE_VALUES = 64,   /* of one example, up to which examples run in lanes */
    LOCAL_VALUES = 1024,        /* elements of a local array: more goes to the arena */
};

// What costs what

/* Multiply-adds that must be in flight to keep their units busy. */
int fma_depth(const Options *options);
/* The largest tile that products run in. */
Tile tile_of(const Options *options);
/* Of an innermost axis of so many elements, 0 where it lies in one piece. */
int panel_width(const Options *options, int64_t extent);
/* Rows of a product's tile of `vectors` vectors, over a loop of `extent`. */
int tile_rows(const Options *options, int64_t extent, int vectors);
/* A matrix times a vector: sums of how many of `vectors` vectors at a time, in whole `panel`s (0:
   none) of vectors; in how many parts each of these sums. */
int vector_sums(const Options *options, int vectors, int panel);
int sum_parts(const Options *options, int sums);
/* Pieces of a stretch of so many bytes that stay in the first cache beside other things. */
int64_t cache_pieces(const Options *options, int64_t bytes);
/* Whether a layer of `outputs` takes less with examples in lanes. is_turned: its input lies with the
   examples innermost; is_even: so do equal times. */
bool pays_examples_in_lanes(const Options *options, int64_t examples, int64_t outputs,
                            bool is_transposed, bool is_even);
/* Whether a copy of weights in another order pays, which a product per example reads. */
bool pays_transposing(int64_t examples);
/* Whether a copy of an input in panels pays, which a product goes through `times` times. */
bool pays_panels(const Options *options, int64_t bytes, int64_t times);
/* Whether to fetch ahead from what a product goes through once, of `bytes`. */
bool pays_prefetching(const Options *options, int64_t bytes);
/* How many tiles ahead to fetch what their tails read, of `bytes` in all, while sums of `terms` run in
   tiles of rows by vectors; 0 where it stays in the caches. */
int prefetch_tiles(const Options *options, int64_t bytes, int64_t terms, int rows, int vectors);
/* Whether roots go by an estimate and a Newton step: where the divider takes longer. Quotients stay
   with the divider, which works beside the other units: estimates, with their special cases, would
   keep those busy for 6 cycles, x86-64-v4's divider takes 10, and a step of Adam, which has one of
   each, 14 cycles by estimates alone, 11 so. */
bool estimates_roots(const Options *options);
/* Elements from one example's `count` to the next one's. */
int64_t example_distance(const Options *options, int64_t examples, int64_t count);

// estimate.c -- cycles that work takes at least

typedef struct {
    double arithmetic, loads, divider, memory;
} Cycles;
/* So many more loads of a vector or a number, or operations on one. */
void cycles_add_loads(const Options *options, double times, Cycles *cycles);
void cycles_add_operations(const Options *options, Op op, double times, Cycles *cycles);
/* An array of so many reals, gone through once, from where one of its size is. */
void cycles_add_array(const Options *options, int64_t count, Cycles *cycles);

#endif
