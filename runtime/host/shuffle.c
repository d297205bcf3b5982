/* The order of one epoch's examples. Comes in: how many, a seed, an epoch. Goes out: a permutation,
   the same on every machine. Fisher-Yates over random numbers of Philox, counted by (draw, epoch)
   and keyed by the seed. */

#include "host.h"

#define NN_DOUBLE 0
#define NN_LANES 1
#include "nn_random.h"

typedef struct {
    uint64_t drawn;
    uint32_t epoch;
    uint32_t key[2];
} Draws;

/* In the counter, apart from the numbers that a net draws with the same seed. */
enum { SHUFFLE_STREAM = 0x53484646 };

static uint64_t draw(Draws *draws) {
    uint32_t out[4], counter[4] = {(uint32_t)draws->drawn, (uint32_t)(draws->drawn >> 32),
                                   draws->epoch, SHUFFLE_STREAM};
    nn_philox(counter, draws->key, out);
    draws->drawn++;
    return (uint64_t)out[1] << 32 | out[0];
}

/* 0 .. bound - 1, each equally likely: draws in the incomplete last stretch of the range are drawn
   again. */
static uint64_t draw_below(Draws *draws, uint64_t bound) {
    uint64_t end = UINT64_MAX - UINT64_MAX % bound, value;
    do
        value = draw(draws);
    while (value >= end);
    return value % bound;
}

void nn_shuffle(size_t *order, size_t count, uint64_t seed, uint32_t epoch) {
    Draws draws = {0, epoch, {(uint32_t)seed, (uint32_t)(seed >> 32)}};
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)draw_below(&draws, i), held = order[i - 1];
        order[i - 1] = order[j];
        order[j] = held;
    }
}

#include "nn_end.h"
