#include "host.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

TestSuite(evaluate, .init = scratch_open, .fini = scratch_close);

static nn_data *load(const nn_network *network, const char *text) {
    nn_error error;
    nn_data *data = nn_data_load(network, scratch_text("d.csv", text), NULL, &error);
    cr_assert(data, "%s", error.text);
    return data;
}

/* guess = 1 * a: the errors are 0, 1, 2, 3, 4, in batches of three and two. */
Test(evaluate, the_mean_over_batches_of_any_size) {
    hand_line net = {{1, 0, 0}, 0, {0}, 0};
    double results[1] = {-1};
    size_t bad = 7;
    nn_data *data = load(&hand_line_network, "5,0,0,5\n5,0,0,6\n5,0,0,7\n5,0,0,8\n5,0,0,9\n");
    cr_assert(nn_evaluate(data, &net, NULL, results, &bad));
    cr_assert_eq(results[0], (0 + 1 + 4 + 9 + 16) / 5.0);
    cr_assert_eq(bad, 0);
    nn_data_free(data);
    cr_assert(scratch_memory_is_back());
}

/* The fourth error squared is beyond double: the second batch of three. */
Test(evaluate, the_first_batch_whose_loss_is_not_finite) {
    hand_line net = {{1, 0, 0}, 0, {0}, 0};
    double results[1] = {-1};
    size_t bad = 0;
    nn_data *data = load(&hand_line_network, "5,0,0,5\n5,0,0,6\n5,0,0,7\n5,0,0,1e200\n5,0,0,9\n");
    cr_assert(nn_evaluate(data, &net, NULL, results, &bad));
    cr_assert(isinf(results[0]));
    cr_assert_eq(bad, 2);
    nn_data_free(data);
    cr_assert(scratch_memory_is_back());
}

/* Class 0 wins always: right for 6 of 9, in batches of four, four and one. */
Test(evaluate, metrics_over_all_examples) {
    hand_classes net = {.scale = {1, 1}, .bias = {2, 0, 0}};
    double results[2 + 9 + 3] = {-1, -1};
    nn_data *data = load(&hand_classes_network,
                         "1,2,0\n1,2,0\n1,2,1\n1,2,0\n1,2,2\n1,2,0\n1,2,0\n1,2,1\n1,2,0\n");
    cr_assert(nn_evaluate(data, &net, NULL, results, NULL));
    double total = exp(2) + 2;
    cr_assert_float_eq(results[0], -(6 * log(exp(2) / total) + 3 * log(1 / total)) / 9, 1e-6);
    cr_assert_eq(results[1], 6 / 9.0);
    const double figures[] = {6, 0, 0, 2, 0, 0, 1, 0, 0, 1, 0, 0};
    for (int i = 0; i < 12; i++)
        cr_assert_eq(results[2 + i], figures[i]);
    cr_assert_eq(nn_result_at(&hand_classes_network, 0), 1);
    cr_assert_eq(nn_result_at(&hand_classes_network, 2), 11);
    cr_assert_eq(nn_result_at(&hand_classes_network, 3), 14);
    nn_data_free(data);
    cr_assert(scratch_memory_is_back());
}

/* The mean of the errors' squares by weights, which are b.0. */
static void weighted_evaluate(void *net, void *work, size_t n, const void *const *in, void *out) {
    const double *a = in[0], *b = in[1], *y = in[2];
    double *sums = out;
    (void)net, (void)work;
    sums[1] = sums[2] = 0;
    for (size_t row = 0; row < n; row++) {
        sums[1] += b[2 * row] * (a[row] - y[row]) * (a[row] - y[row]);
        sums[2] += b[2 * row];
    }
    sums[0] = sums[1] / sums[2];
}

static void weighted_finish(void *net, void *work, size_t n, const void *const *in, void *out) {
    const double *sums = in[0];
    (void)net, (void)work, (void)n;
    *(double *)out = sums[0] / sums[1];
}

/* A figure more than the metrics have is the loss, where the mean over batches is another number. */
Test(evaluate, a_loss_that_is_no_mean_over_batches) {
    nn_network network = hand_line_network;
    double results[2] = {-1, -1};
    network.sum_count = 2;
    network.figure_count = 1;
    network.evaluate = weighted_evaluate;
    network.finish = weighted_finish;
    nn_data *data = load(&network, "5,1,0,5\n5,1,0,6\n5,1,0,7\n5,4,0,8\n5,1,0,9\n");
    cr_assert(nn_evaluate(data, NULL, NULL, results, NULL));
    cr_assert_eq(results[0], (0 + 1 + 4 + 4 * 9 + 16) / 8.0);
    nn_data_free(data);
    cr_assert(scratch_memory_is_back());
}

Test(evaluate, storage_is_zeroed_and_aligned) {
    static const size_t sizes[] = {0, 1, 63, 64, 65, 1000}, aligns[] = {0, 1, 4, 8, 64, 4096};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++) {
            unsigned char *bytes = nn_storage_new(sizes[i], aligns[j]);
            cr_assert(bytes);
            cr_assert_eq((uintptr_t)bytes % (aligns[j] ? aligns[j] : 1), 0);
            for (size_t k = 0; k < sizes[i]; k++)
                cr_assert_eq(bytes[k], 0);
            free(bytes);
        }
    cr_assert_null(nn_storage_new(SIZE_MAX - 8, 64));
}
