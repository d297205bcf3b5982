#include "host.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(shuffle);

static void shuffle(size_t *order, size_t count, uint64_t seed, uint32_t epoch) {
    bool seen[1000] = {false};
    memset(order, 0xFF, count * sizeof *order);
    nn_shuffle(order, count, seed, epoch);
    for (size_t i = 0; i < count; i++) {
        cr_assert_lt(order[i], count);
        cr_assert_not(seen[order[i]]);
        seen[order[i]] = true;
    }
}

Test(shuffle, is_a_permutation) {
    size_t order[1000];
    for (size_t count = 0; count < 40; count++)
        shuffle(order, count, 5, 2);
    shuffle(order, 1000, 0, 0);
    shuffle(order, 1000, UINT64_MAX, UINT32_MAX);
}

Test(shuffle, repeats_for_a_seed_and_an_epoch_alone) {
    size_t first[100], second[100];
    shuffle(first, 100, 1, 0);
    shuffle(second, 100, 1, 0);
    cr_assert_eq(memcmp(first, second, sizeof first), 0);
    shuffle(second, 100, 1, 1);
    cr_assert_neq(memcmp(first, second, sizeof first), 0);
    shuffle(second, 100, 2, 0);
    cr_assert_neq(memcmp(first, second, sizeof first), 0);
    shuffle(second, 100, 1 + ((uint64_t)1 << 32), 0);
    cr_assert_neq(memcmp(first, second, sizeof first), 0);
}

/* Kept for good: a run with a seed must repeat on every machine and in every version. */
Test(shuffle, known_order) {
    static const size_t known[8] = {7, 0, 2, 4, 5, 1, 6, 3};
    size_t order[8];
    shuffle(order, 8, 1, 0);
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(order[i], known[i], "place %zu: %zu", i, order[i]);
}

/* Each of the 24 orders of four, 24,000 draws: chi squared with 23 degrees is above 60 once in 10^5
   trials, and this trial is always the same. */
Test(shuffle, all_orders_are_equally_likely) {
    enum { TRIALS = 24000 };
    size_t seen[256] = {0}, order[4], kinds = 0;
    double chi = 0;
    for (uint32_t trial = 0; trial < TRIALS; trial++) {
        nn_shuffle(order, 4, 7, trial);
        seen[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
    }
    for (size_t i = 0; i < 256; i++)
        if (seen[i] > 0) {
            double off = (double)seen[i] - TRIALS / 24;
            chi += off * off / (TRIALS / 24);
            kinds++;
        }
    cr_assert_eq(kinds, 24);
    cr_assert_lt(chi, 60, "chi squared %g", chi);
}
