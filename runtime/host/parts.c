/* A set of examples in parts, as for training, validation and test. Comes in: how many examples,
   the group of each (its class), the share of each part, a seed. Goes out: the part of each
   example. Every group has its share in every part, as near as whole numbers come. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many examples of one group go to each part, and how many parts are short of it so far. */
typedef struct {
    const nn_shares *shares;
    double owed[NN_MOST_PARTS]; /* what each part should have by now, less what it has */
    size_t sizes[NN_MOST_PARTS];
} Division;

static void part_give(Division *division, size_t part) {
    division->sizes[part]++;
    division->owed[part]--;
}

/* The part that is owed most. */
static size_t part_choose(const Division *division) {
    size_t best = 0;
    for (size_t i = 1; i < division->shares->count; i++)
        if (division->owed[i] > division->owed[best])
            best = i;
    return best;
}

/* Sets sizes for a group of n. The first part has one of each group, since a net cannot learn a
   class that it never sees. */
static void group_divide(Division *division, size_t n) {
    const nn_shares *shares = division->shares;
    size_t rest = n;
    for (size_t i = 0; i < shares->count; i++) {
        double exact = shares->of[i] * (double)n;
        size_t whole = (size_t)floor(exact);
        whole = whole < rest ? whole : rest;
        division->sizes[i] = whole;
        division->owed[i] += exact - (double)whole;
        rest -= whole;
    }
    if (division->sizes[0] == 0 && rest > 0) {
        part_give(division, 0);
        rest--;
    }
    for (; rest > 0; rest--)
        part_give(division, part_choose(division));
}

/* Sorts `order` by group; examples of one group keep their order. firsts: where each begins, and
   where the last one ends. */
static bool groups_sort(const nn_groups *groups, const size_t *order, size_t *sorted,
                        size_t *firsts) {
    size_t *next = calloc(groups->count + 1, sizeof *next);
    if (!next)
        return false;
    for (size_t i = 0; i < groups->example_count; i++)
        next[groups->of[i] + 1]++;
    for (size_t i = 1; i <= groups->count; i++)
        next[i] += next[i - 1];
    memcpy(firsts, next, (groups->count + 1) * sizeof *firsts);
    for (size_t i = 0; i < groups->example_count; i++)
        sorted[next[groups->of[order[i]]]++] = order[i];
    free(next);
    return true;
}

static void parts_set(const nn_groups *groups, const nn_shares *shares, const size_t *sorted,
                      const size_t *firsts, unsigned char *part_of) {
    Division division = {.shares = shares};
    for (size_t group = 0; group < groups->count; group++) {
        size_t at = firsts[group];
        group_divide(&division, firsts[group + 1] - at);
        for (size_t part = 0; part < shares->count; part++)
            for (size_t i = 0; i < division.sizes[part]; i++)
                part_of[sorted[at++]] = (unsigned char)part;
    }
}

bool nn_parts_draw(const nn_groups *groups, const nn_shares *shares, uint64_t seed,
                   unsigned char *part_of, nn_error *error) {
    size_t count = groups->example_count;
    size_t *order = calloc(count + 1, sizeof *order), *sorted = calloc(count + 1, sizeof *sorted);
    size_t *firsts = calloc(groups->count + 1, sizeof *firsts);
    bool is_fine = order && sorted && firsts;
    if (is_fine) {
        nn_shuffle(order, count, seed, UINT32_MAX); /* no epoch of training has this number */
        is_fine = groups_sort(groups, order, sorted, firsts);
    }
    if (is_fine)
        parts_set(groups, shares, sorted, firsts, part_of);
    free(order);
    free(sorted);
    free(firsts);
    return is_fine || nn_fail_memory(error);
}

static int uint64_compare(const void *a, const void *b) {
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return (one > other) - (one < other);
}

bool nn_groups_cut(nn_groups *groups, const uint32_t *ids, size_t stride, size_t id_count) {
    size_t all = groups->example_count, count = 0;
    uint64_t *keys = calloc(all + 1, sizeof *keys), *sorted = calloc(all + 1, sizeof *sorted);
    for (size_t i = 0; keys && sorted && i < all; i++)
        sorted[i] = keys[i] = (uint64_t)groups->of[i] * id_count + ids[i * stride];
    if (keys && sorted) {
        qsort(sorted, all, sizeof *sorted, uint64_compare);
        for (size_t i = 0; i < all; i++)
            if (count == 0 || sorted[count - 1] != sorted[i])
                sorted[count++] = sorted[i];
        for (size_t i = 0; i < all; i++) {
            const uint64_t *at = bsearch(&keys[i], sorted, count, sizeof *sorted, uint64_compare);
            groups->of[i] = (size_t)(at - sorted);
        }
        groups->count = count;
    }
    bool is_fine = keys && sorted;
    free(keys);
    free(sorted);
    return is_fine;
}

bool nn_shares_parse(nn_shares *shares, const char *text, nn_error *error) {
    nn_quoted quoted;
    double sum = 0;
    *shares = (nn_shares){0};
    for (const char *at = text;; at++) {
        char number[32];
        size_t length = strcspn(at, ",");
        double *share = &shares->of[shares->count];
        if (shares->count == NN_MOST_PARTS)
            return nn_fail(error, NN_USAGE, (nn_place){NULL, 0}, "--parts: more than %d parts",
                           NN_MOST_PARTS);
        snprintf(number, sizeof number, "%.*s", (int)(length < 31 ? length : 31), at);
        if (nn_number_parse(number, false, share) != NN_NUMBER || !(*share > 0)) {
            nn_fail(error, NN_USAGE, (nn_place){NULL, 0},
                    "--parts: %s is no part, which is a number above 0, as in 0.7,0.15,0.15",
                    nn_quote(&quoted, number));
            return false;
        }
        sum += *share;
        shares->count++;
        at += length;
        if (!*at)
            break;
    }
    if (fabs(sum - 1) < 1e-6)
        return true;
    nn_fail(error, NN_USAGE, (nn_place){NULL, 0}, "--parts: %s sum to %g, not to 1",
            nn_quote(&quoted, text), sum);
    if (fabs(sum - 100) < 1e-4)
        nn_hint(error, "30 of 100 is 0.3");
    return false;
}
