/* Means of the columns that feed inputs; they replace missing values. Comes in: the means of the
   training data. Goes out: the same means for every later file. */

#include "host.h"

#include <stdlib.h>

/* How many means there are. Both items of a pair have the same ones. */
static size_t values_count(const nn_network *network) {
    size_t inputs = network->is_pairs ? network->input_count / 2 : network->input_count, count = 0;
    for (size_t i = 0; i < inputs; i++)
        count += network->inputs[i].count;
    return count;
}

nn_means *nn_means_new(const nn_network *network) {
    nn_means *means = calloc(1, sizeof *means);
    size_t count = values_count(network);
    double *values = calloc(count + 1, sizeof *values);
    if (!means || !values) {
        free(means);
        free(values);
        return NULL;
    }
    *means = (nn_means){.count = count, .values = values};
    return means;
}

void nn_means_free(nn_means *means) {
    if (means)
        free(means->values);
    free(means);
}
