/* Random data in the shape of a net's inputs and targets. */

#include "bench.h"

#include <stdlib.h>

static uint64_t random_state = 1;

static uint32_t random_word(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33);
}

static void *random_inputs(size_t count) {
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; values && i < count; i++) {
        values[i] = (float)(random_word() % 1000) / 999;
    }
    return values;
}

/* Zeros and ones, or class indices. */
static void *random_targets(const nn_field *field, size_t rows) {
    size_t count = rows * field->count;
    float *values = malloc(count * sizeof *values);
    int32_t *classes = (int32_t *)(void *)values;
    for (size_t i = 0; values && i < (field->is_onehot ? rows : count); i++) {
        if (field->is_onehot) {
            classes[i] = (int32_t)(random_word() % field->count);
        } else {
            values[i] = (float)(random_word() % 2);
        }
    }
    return values;
}

Data data_new(const nn_network *network) {
    Data data = {.out = calloc(network->batch * network->outputs[0].count, sizeof(float))};
    for (size_t b = 0; b < BATCHES; b++) {
        for (size_t i = 0; i < network->input_count; i++) {
            data.in[b][i] =
                b > 0 ? data.in[0][i] : random_inputs(network->batch * network->inputs[i].count);
        }
        for (size_t i = 0; i < network->target_count; i++) {
            data.in[b][network->input_count + i] =
                random_targets(&network->targets[i], network->batch);
        }
    }
    return data;
}

void data_free(Data *data, const nn_network *network) {
    for (size_t b = 0; b < BATCHES; b++) {
        for (size_t i = b > 0 ? network->input_count : 0;
             i < network->input_count + network->target_count; i++) {
            free((void *)(uintptr_t)data->in[b][i]);
        }
    }
    free(data->out);
}
