#include "host.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(parts);

enum { MOST = 400, MOST_GROUPS = 12 };

static uint32_t state;

static uint32_t drawn_below(uint32_t bound) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % bound;
}

static nn_shares drawn_shares(void) {
    nn_shares shares = {.count = 2 + drawn_below(4)};
    double sum = 0;
    for (size_t i = 0; i < shares.count; i++)
        sum += shares.of[i] = 1 + drawn_below(20);
    for (size_t i = 0; i < shares.count; i++)
        shares.of[i] /= sum;
    return shares;
}

/* Drawn groups, some of them of few examples: each part is within 2 of its share of a group, and
   within 1 of that of all, but for what the first one takes so that it has some of each. */
Test(parts, every_group_has_its_share) {
    size_t of[MOST];
    unsigned char part_of[MOST];
    nn_error error = {NN_FINE, ""};
    for (state = 1; state < 200000; state += 997) {
        uint32_t seed = state;
        nn_groups groups = {1 + drawn_below(MOST), 1 + drawn_below(MOST_GROUPS), of};
        nn_shares shares = drawn_shares();
        size_t sizes[MOST_GROUPS][NN_MOST_PARTS] = {{0}}, members[MOST_GROUPS] = {0};
        for (size_t i = 0; i < groups.example_count; i++)
            members[of[i] = drawn_below(drawn_below((uint32_t)groups.count) + 1)]++;
        memset(part_of, 0xFF, sizeof part_of);
        cr_assert(nn_parts_draw(&groups, &shares, seed, part_of, &error));
        for (size_t i = 0; i < groups.example_count; i++) {
            cr_assert_lt(part_of[i], shares.count);
            sizes[of[i]][part_of[i]]++;
        }
        size_t few = 0; /* groups of which the first part may have more than its share */
        for (size_t group = 0; group < groups.count; group++)
            few += members[group] > 0 && shares.of[0] * (double)members[group] < 1;
        for (size_t part = 0; part < shares.count; part++) {
            double all = 0;
            for (size_t group = 0; group < groups.count; group++) {
                double exact = shares.of[part] * (double)members[group];
                cr_assert_lt(fabs((double)sizes[group][part] - exact), 2, "%zu of group %zu, %g",
                             sizes[group][part], group, exact);
                cr_assert(part > 0 || members[group] == 0 || sizes[group][0] > 0);
                all += (double)sizes[group][part];
            }
            double exact = shares.of[part] * (double)groups.example_count;
            cr_assert_lt(fabs(all - exact), 1 + (double)few, "%g of all, %g", all, exact);
        }
        state = seed;
    }
}

Test(parts, repeat_for_a_seed_alone) {
    size_t of[100] = {0};
    unsigned char first[100], second[100];
    nn_error error = {NN_FINE, ""};
    nn_groups groups = {100, 1, of};
    nn_shares shares = {2, {0.5, 0.5}};
    cr_assert(nn_parts_draw(&groups, &shares, 1, first, &error));
    cr_assert(nn_parts_draw(&groups, &shares, 1, second, &error));
    cr_assert_eq(memcmp(first, second, sizeof first), 0);
    cr_assert(nn_parts_draw(&groups, &shares, 2, second, &error));
    cr_assert_neq(memcmp(first, second, sizeof first), 0);
}

/* Of two ids each pair that is there makes a group. */
Test(parts, groups_are_cut) {
    static const uint32_t ids[][2] = {{0, 0}, {0, 1}, {1, 1}, {0, 0}, {1, 1}, {2, 1}};
    static const size_t wanted[] = {0, 1, 2, 0, 2, 3};
    size_t of[6] = {0};
    nn_groups groups = {6, 1, of};
    cr_assert(nn_groups_cut(&groups, &ids[0][0], 2, 3));
    cr_assert_eq(groups.count, 3);
    cr_assert(nn_groups_cut(&groups, &ids[0][1], 2, 2));
    cr_assert_eq(groups.count, 4);
    cr_assert_eq(memcmp(of, wanted, sizeof of), 0);
}

Test(parts, shares) {
    nn_error error;
    nn_shares shares;
    cr_assert(nn_shares_parse(&shares, "0.7,0.15,0.15", &error));
    cr_assert_eq(shares.count, 3);
    cr_assert_float_eq(shares.of[2], 0.15, 1e-12);
    static const char *const wrong[] = {"", ",", "0.5,", "1,0", "0.5,nan", "inf", "0.5;0.5", "0.3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_not(nn_shares_parse(&shares, wrong[i], &error), "%s", wrong[i]);
        cr_assert_eq(error.code, NN_USAGE);
    }
}
