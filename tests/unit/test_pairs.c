/* pairs: what is drawn from items and labels for a net that compares two items. */

#include "host.h"

#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(pairs, .init = scratch_open, .fini = scratch_close);

/* Items have two values each; the first is their row. */
static const nn_field inputs[] = {{"a", 2, 1, {2}, 0, 1}, {"b", 2, 1, {2}, 0, 1}};
static const nn_field targets[] = {{"same", 1, 0, {0}, 0, 0}};
static const void *fitted[2];

static void fit(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net, (void)work;
    *(int *)out = isfinite(((const double *)in[0])[2]);
    fitted[0] = n == 6 ? in[0] : NULL;
    fitted[1] = n == 6 ? in[1] : NULL;
}

static nn_network network(size_t real_size) {
    return (nn_network){.name = "twin",
                        .real_size = real_size,
                        .batch = 4,
                        .input_count = 2,
                        .target_count = 1,
                        .is_pairs = 1,
                        .inputs = inputs,
                        .targets = targets,
                        .fit = fit};
}

static const double labels[] = {3, 1, 3, 7, 3, 1};
enum { COUNT = sizeof labels / sizeof *labels };
static const char items_text[] = "a.0,a.1,same\n0,5,3\n1,5,1\n2,5,3\n3,5,7\n4,5,3\n5,5,1\n";

static nn_data *load(const nn_network *net, const char *text) {
    nn_error error;
    nn_data *data = nn_data_load(net, scratch_text("items.csv", text), NULL, &error);
    cr_assert(data, "%s", error.text);
    cr_assert(strstr(error.text, "note: read as comma-separated, "), "%s", error.text);
    return data;
}

static double value(const nn_data *data, size_t field, size_t at) {
    return data->network->real_size == sizeof(float)
               ? (double)((const float *)data->values[field])[at]
               : ((const double *)data->values[field])[at];
}

/* Row i has item i first; the label is whether both items have the same. How many have. */
static size_t check_pairs_of(const nn_data *data) {
    size_t same = 0;
    cr_assert_eq(data->count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        size_t first = (size_t)value(data, 0, 2 * i), second = (size_t)value(data, 1, 2 * i);
        cr_assert_eq(first, i);
        cr_assert_lt(second, COUNT);
        cr_assert_neq(second, first);
        cr_assert_eq(value(data, 1, 2 * i + 1), 5);
        cr_assert_eq(value(data, 2, i), labels[first] == labels[second]);
        same += value(data, 2, i) == 1;
    }
    return same;
}

static void check_draws(size_t real_size) {
    nn_network net = network(real_size);
    nn_data *data = load(&net, items_text);
    size_t met[COUNT][COUNT] = {{0}};
    check_pairs_of(data);
    for (uint32_t epoch = 0; epoch < 4000; epoch++) {
        nn_data_draw(data, 5, epoch);
        cr_assert_eq(check_pairs_of(data), COUNT / 2);
        for (size_t i = 0; i < COUNT; i++)
            met[i][(size_t)value(data, 1, 2 * i)]++;
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            bool is_same = labels[i] == labels[j];
            size_t others = labels[i] == 3 ? 3 : labels[i] == 1 ? 4 : 5;
            double share = 4000.0 * (i == 3 ? 1 : is_same ? 0.6 : 0.4); /* 3 of 5 have a mate */
            double wanted = i == j ? 0 : share / (double)(is_same ? COUNT - others - 1 : others);
            cr_expect(fabs((double)met[i][j] - wanted) <= 0.15 * wanted,
                      "%zu with %zu: %zu times, not about %g", i, j, met[i][j], wanted);
        }
    nn_data_free(data);
}

Test(pairs, are_half_the_same_and_met_alike) {
    check_draws(sizeof(float));
    check_draws(sizeof(double));
}

static void keep(const nn_data *data, double *kept) {
    for (size_t i = 0; i < COUNT; i++)
        kept[i] = value(data, 1, 2 * i);
}

Test(pairs, depend_on_seed_and_epoch_alone) {
    nn_network net = network(sizeof(float));
    nn_data *data = load(&net, items_text), *again = load(&net, items_text);
    double at_load[COUNT], first[COUNT], other[COUNT];
    keep(data, at_load);
    keep(again, other);
    cr_assert_arr_eq(at_load, other, sizeof other);
    nn_data_draw(data, 1, 7);
    keep(data, first);
    nn_data_draw(data, 1, 8);
    keep(data, other);
    cr_assert_neq(memcmp(first, other, sizeof other), 0);
    nn_data_draw(data, 2, 7);
    keep(data, other);
    cr_assert_neq(memcmp(first, other, sizeof other), 0);
    nn_data_draw(again, 1, 7);
    keep(again, other);
    cr_assert_arr_eq(first, other, sizeof other);
    nn_data_free(data);
    nn_data_free(again);
}

Test(pairs, scale_both_items_alike) {
    nn_network net = network(sizeof(double));
    nn_data *data = load(&net, items_text);
    nn_error error;
    cr_assert(nn_data_fit(data, NULL, &error));
    cr_assert(fitted[0] && fitted[0] == fitted[1]);
    for (size_t i = 0; i < COUNT; i++)
        cr_assert_eq(((const double *)fitted[0])[2 * i], (double)i);
    nn_data_free(data);
}

/* The second item of the file; pairs draw on items, and so the message counts these. */
Test(pairs, of_items_that_are_not_finite_have_no_range) {
    nn_network net = network(sizeof(double));
    nn_data *data = load(&net, items_text);
    nn_error error;
    ((double *)data->items->twice[0])[2] = INFINITY;
    cr_assert_not(nn_data_fit(data, NULL, &error));
    cr_assert_str_eq(error.text, "error: example 2: 'a' is not finite, and so has no range");
    cr_assert_eq(error.code, NN_WRONG);
    nn_data_free(data);
}

Test(pairs, of_labels_that_nothing_shares_are_all_different) {
    nn_network net = network(sizeof(float));
    nn_data *data = load(&net, "0,5,1\n1,5,2\n2,5,3\n3,5,4\n");
    for (size_t i = 0; i < data->count; i++)
        cr_assert_eq(value(data, 2, i), 0);
    nn_data_free(data);
}

Test(pairs, that_are_given_are_taken_for_prediction) {
    nn_error error;
    nn_network net = network(sizeof(float));
    nn_data *data = nn_data_load(&net, scratch_text("pairs.csv", "9,2,3,4\n5,6,7,8\n"),
                                 &(nn_reading){.may_lack_targets = true}, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(data->count, 2);
    cr_assert_eq(value(data, 1, 3), 8);
    cr_assert_null(data->items);
    nn_data_draw(data, 1, 1);
    cr_assert_eq(value(data, 1, 3), 8);
    nn_data_free(data);
}

/* Beyond 2^24, where floats are even, and whatever digits stand for them. */
Test(pairs, of_long_numbers) {
    nn_network net = network(sizeof(float));
    nn_data *data = load(&net, items_text);
    nn_data *large = load(&net, "a.0,a.1,same\n0,5,20230002\n1,5,20230001\n2,5,2.0230002e7\n"
                                "3,5,20230003\n4,5,20230002.0\n5,5,+20230001\n");
    for (uint32_t epoch = 0; epoch < 3; epoch++) {
        nn_data_draw(data, 5, epoch);
        nn_data_draw(large, 5, epoch);
        cr_assert_eq(check_pairs_of(large), check_pairs_of(data));
        for (size_t i = 0; i < COUNT; i++)
            cr_assert_eq(value(large, 1, 2 * i), value(data, 1, 2 * i));
    }
    nn_data_free(data);
    nn_data_free(large);
}

/* Labels as text are drawn as numbers are: in the order of both, the same pairs. */
Test(pairs, of_labels_as_text) {
    nn_network net = network(sizeof(float));
    nn_error error;
    nn_data *data = load(&net, items_text);
    nn_data *named = nn_data_load(&net,
                                  scratch_text("named.csv", "a.0,a.1,same\n0,5,cat\n1,5,ape\n2,5,"
                                                            "cat\n3,5,dog\n4,5,cat\n5,5,ape\n"),
                                  NULL, &error);
    cr_assert(named, "%s", error.text);
    cr_assert(strstr(error.text, "named.csv: note: 3 labels of 'same': 'ape', 'cat', 'dog'"), "%s",
              error.text);
    for (uint32_t epoch = 0; epoch < 3; epoch++) {
        nn_data_draw(data, 5, epoch);
        nn_data_draw(named, 5, epoch);
        cr_assert_eq(check_pairs_of(named), check_pairs_of(data));
        for (size_t i = 0; i < COUNT; i++)
            cr_assert_eq(value(named, 1, 2 * i), value(data, 1, 2 * i));
    }
    nn_data_free(data);
    nn_data_free(named);
}

static void expect_failure(const char *text, const char *said) {
    nn_error error;
    nn_network net = network(sizeof(float));
    const char *path = scratch_text("items.csv", text);
    char expected[2048];
    cr_assert_null(nn_data_load(&net, path, NULL, &error));
    snprintf(expected, sizeof expected, "%s%s", path, said);
    cr_assert_str_eq(error.text, expected);
    cr_assert_eq(error.code, NN_WRONG);
}

Test(pairs, need_labels_of_two_kinds) {
    expect_failure("a.0,a.1\n1,2\n3,4\n", ":1: error: no column 'same'");
    expect_failure("1,2\n3,4\n", ":1: error: 2 columns, inputs take 2 and targets 1");
    expect_failure("1,2,6\n3,4,6\n", ": error: every 'same' is 6, pairs need two labels or more");
    expect_failure("1,2,6\n", ": error: every 'same' is 6, pairs need two labels or more");
    expect_failure("1,2,ape\n3,4,ape\n",
                   ": error: every 'same' is 'ape', pairs need two labels or more");
}
