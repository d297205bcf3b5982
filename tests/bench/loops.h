/* The loops over a contender's calls. The file that includes this has a type Self, says how many
   INPUT_FIELDS and FIELDS (inputs and targets) there are, and has three functions that must not be
   inlined into the loops, as a caller's program would not:

       float step(Self *self, const void *const *in)
       void predict_one(Self *self, const void *const *in, float *out)
       void predict_many(Self *self, const void *const *in, float *out) */

#ifndef LOOPS_H
#define LOOPS_H

#include "bench.h"

#include <string.h>

#define NOINLINE __attribute__((noinline))

static float train_loop(void *self, const Batches *batches, long steps) {
    float cost = 0;
    size_t at = 0;
    for (long s = 0; s < steps; s++) {
        const void *in[FIELDS];
        for (int f = 0; f < FIELDS; f++) {
            in[f] = batches->in[f] + at * batches->stride[f];
        }
        cost = step((Self *)self, in);
        at = at + 1 == batches->count ? 0 : at + 1;
    }
    return cost;
}

static void predict_loop(void *self, long calls, const void *const *in, float *out) {
    for (long i = 0; i < calls; i++) {
        predict_one((Self *)self, in, out);
    }
}

/* No compiler can know that the offset stays 0. */
static void chain_loop(void *self, long calls, const void *const *in, float *out) {
    static const volatile uint32_t no_bits = 0;
    const uint32_t mask = no_bits;
    size_t offset = 0;
    for (long i = 0; i < calls; i++) {
        const void *moved[INPUT_FIELDS];
        for (int f = 0; f < INPUT_FIELDS; f++) {
            moved[f] = (const char *)in[f] + offset;
        }
        predict_one((Self *)self, moved, out);
        uint32_t bits;
        memcpy(&bits, out, sizeof bits);
        offset = bits & mask;
    }
}

static void batch_loop(void *self, long calls, const void *const *in, float *out) {
    for (long i = 0; i < calls; i++) {
        predict_many((Self *)self, in, out);
    }
}

#define LOOPS                                                                                      \
    .train = train_loop, .predict = predict_loop, .predict_chain = chain_loop,                     \
    .predict_batch = batch_loop

#endif
