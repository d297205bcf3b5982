/* The order of the examples in one epoch. Comes in: their number, a seed, an epoch. Goes out: a
   permutation, the same on every machine: a Fisher-Yates shuffle with random numbers by Philox,
   whose counter is (draw, epoch) and whose key is the seed. */

#include "host.h"

#define NN_DOUBLE 0
#define NN_TARGET NN_C99
#include "nn_random.h"

/* Part of the counter: other numbers than those that a net draws with the same seed. */
enum { SHUFFLE_STREAM = 0x53484646 };

nn_draws nn_draws_new(uint64_t seed, uint32_t epoch, uint32_t stream) {
    return (nn_draws){0, epoch, stream, {(uint32_t)seed, (uint32_t)(seed >> 32)}};
}

static uint64_t draw(nn_draws *draws) {
    uint32_t out[4], counter[4] = {(uint32_t)draws->drawn, (uint32_t)(draws->drawn >> 32),
                                   draws->epoch, draws->stream};
    nn_philox(counter, draws->key, out);
    draws->drawn++;
    return (uint64_t)out[1] << 32 | out[0];
}

/* Numbers at the end of the range, which would make small results more likely, are drawn again. */
uint64_t nn_draw_below(nn_draws *draws, uint64_t bound) {
    uint64_t end = UINT64_MAX - UINT64_MAX % bound, value;
    do
        value = draw(draws);
    while (value >= end);
    return value % bound;
}

void nn_shuffle(size_t *order, size_t count, uint64_t seed, uint32_t epoch) {
    nn_draws draws = nn_draws_new(seed, epoch, SHUFFLE_STREAM);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)nn_draw_below(&draws, i), held = order[i - 1];
        order[i - 1] = order[j];
        order[j] = held;
    }
}

#include "nn_end.h"
