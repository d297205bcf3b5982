/* The order of one epoch's examples. Comes in: how many, a seed, an epoch. Goes out: a permutation,
   the same on every machine. Fisher-Yates over random numbers of Philox, counted by (draw, epoch)
   and keyed by the seed. */

#include "host.h"

#include <string.h>

typedef struct {
    uint64_t drawn;
    uint32_t epoch;
    uint32_t key[2];
} Draws;

enum {
    SHUFFLE_STREAM = 0x53484646
}; /* apart from the numbers that a net draws with the same seed */

/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3). */
static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t key_0 = key[0], key_1 = key[1];
    memcpy(out, counter, 4 * sizeof *out);
    for (int round = 0; round < 10; round++) {
        uint64_t product_0 = (uint64_t)out[0] * 0xD2511F53u,
                 product_1 = (uint64_t)out[2] * 0xCD9E8D57u;
        out[0] = (uint32_t)(product_1 >> 32) ^ out[1] ^ key_0;
        out[2] = (uint32_t)(product_0 >> 32) ^ out[3] ^ key_1;
        out[1] = (uint32_t)product_1;
        out[3] = (uint32_t)product_0;
        key_0 += 0x9E3779B9u;
        key_1 += 0xBB67AE85u;
    }
}

static uint64_t draw(Draws *draws) {
    uint32_t out[4], counter[4] = {(uint32_t)draws->drawn, (uint32_t)(draws->drawn >> 32),
                                   draws->epoch, SHUFFLE_STREAM};
    philox(counter, draws->key, out);
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
