/* What the generator knows of processors: one row per target. tile plans by these numbers alone, so
   that a plan depends on the target, never on the machine that nngen runs on. */

#ifndef NNGEN_MACHINE_H
#define NNGEN_MACHINE_H

#include "nngen.h"

typedef struct {
    const char *name;    /* as in --target= */
    const char *runtime; /* the runtime's NN_TARGET */
    int vector;          /* bytes of the widest vector; 0: numbers alone */
    int registers;       /* vectors that they hold */
    bool has_fma;        /* a * b + c is one instruction, rounded once */
    bool has_masks;      /* loads and stores of some lanes of a vector */
    int fma_depth;   /* multiply-adds that must be in flight: latency times how many per cycle */
    int first_cache; /* bytes of data in the first level */
    struct {
        int rows, vectors; /* the tile of a product: accumulators are rows times vectors */
    } tile;
} Machine;

const Machine *machine_of(const Options *options);
/* The target of the CPU that this runs on. */
Target target_native(void);

/* Reals in the widest vector, 1 where there is none. */
int target_lanes(const Options *options);
/* The same, but without vectors what 128 bits hold: compilers find lanes in instances side by
   side. */
int natural_lanes(const Options *options);
/* Bytes to which structs and the arrays in them are aligned. */
int struct_alignment(const Options *options);
/* Reals in the narrowest vector that holds `count` of them, at most those of the widest. */
int lanes_for(const Options *options, int64_t count);

#endif
