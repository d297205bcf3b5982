/* Evaluates a net on a whole data set. Comes in: examples, a net and its work. Goes out: the
   loss and the metrics. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void *nn_storage_new(size_t size, size_t align) {
    if (align < sizeof(void *))
        align = sizeof(void *);
    if (size > PTRDIFF_MAX - align)
        return NULL;
    size = size == 0 ? align : (size + align - 1) / align * align;
    void *storage = aligned_alloc(align, size);
    return storage ? memset(storage, 0, size) : NULL;
}

void nn_data_at(const nn_data *data, size_t first, const void **in) {
    for (size_t i = 0; i < nn_data_field_count(data); i++)
        in[i] = (const char *)data->values[i] + first * nn_data_row_size(data->network, i);
}

size_t nn_result_at(const nn_network *network, size_t metric) {
    size_t at = 1;
    for (size_t i = 0; i < metric; i++)
        at += network->metrics[i].count;
    return at;
}

/* Sums of one batch (part) and of all (total): first the loss times the number of examples, then
   the sums of the metrics and, where the loss is not a mean over examples, those of the loss. */
typedef struct {
    void *net, *work;
    const void **in;
    double *part, *total; /* 1 + sum_count each */
} Sums;

static void batch_add(const nn_network *network, size_t n, const Sums *sums) {
    network->evaluate(sums->net, sums->work, n, sums->in, sums->part);
    sums->total[0] += sums->part[0] * (double)n;
    for (size_t i = 1; i <= network->sum_count; i++)
        sums->total[i] += sums->part[i];
}

bool nn_evaluate_until(const nn_data *data, void *net, void *work, double *results, size_t *bad,
                       int (*is_over)(void)) {
    const nn_network *network = data->network;
    size_t count = network->sum_count + 1, bad_batch = 0;
    Sums sums = {net, work, calloc(nn_data_field_count(data), sizeof *sums.in),
                 calloc(count, sizeof(double)), calloc(count, sizeof(double))};
    bool is_fine = sums.in && sums.part && sums.total;
    for (size_t first = 0; is_fine && first < data->count; first += network->batch) {
        if (is_over && is_over()) {
            is_fine = false;
            break;
        }
        size_t left = data->count - first;
        nn_data_at(data, first, sums.in);
        batch_add(network, left < network->batch ? left : network->batch, &sums);
        if (bad_batch == 0 && !isfinite(sums.part[0]))
            bad_batch = first / network->batch + 1;
    }
    if (bad)
        *bad = bad_batch;
    if (is_fine) {
        const void *in[] = {sums.total + 1};
        results[0] = sums.total[0] / (double)data->count;
        if (network->finish)
            network->finish(net, work, data->count, in, results + 1);
        size_t loss = nn_result_at(network, network->metric_count);
        if (loss <= network->figure_count)
            results[0] = results[loss];
    }
    free(sums.in);
    free(sums.part);
    free(sums.total);
    return is_fine;
}

bool nn_evaluate(const nn_data *data, void *net, void *work, double *results, size_t *bad) {
    return nn_evaluate_until(data, net, work, results, bad, NULL);
}
