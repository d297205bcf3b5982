/* Random data in the shape of a net's inputs and targets, and the numbers a net begins with. */

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint32_t random_word(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static size_t row_size(const nn_field *field) {
    return field->is_onehot ? sizeof(int32_t) : field->count * sizeof(float);
}

static void fill(const nn_field *field, bool is_target, size_t rows, void *memory) {
    float *values = memory;
    int32_t *classes = memory;
    for (size_t i = 0; i < (field->is_onehot ? rows : rows * field->count); i++) {
        if (field->is_onehot) {
            classes[i] = (int32_t)(random_word() % field->count);
        } else {
            values[i] =
                is_target ? (float)(random_word() % 2) : (float)(random_word() % 1000) / 999;
        }
    }
}

static void *allocate(size_t size) {
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "error: out of memory\n");
        exit(1);
    }
    return memory;
}

Data data_new(const nn_network *network, size_t stream_size) {
    Data data = {.out = allocate(network->batch * network->outputs[0].count * sizeof(float))};
    size_t fields = network->input_count + network->target_count, size = 0;
    const nn_field *all[MAX_FIELDS];
    for (size_t f = 0; f < fields; f++) {
        all[f] = f < network->input_count ? &network->inputs[f]
                                          : &network->targets[f - network->input_count];
        size += network->batch * row_size(all[f]);
    }
    data.one.count = 1;
    state = 1; /* the same data whatever other nets there are */
    data.stream.count = stream_size / size > 0 ? stream_size / size : 1;
    for (size_t f = 0; f < fields; f++) {
        size_t stride = network->batch * row_size(all[f]);
        data.memory[f] = allocate(data.stream.count * stride);
        fill(all[f], f >= network->input_count, data.stream.count * network->batch, data.memory[f]);
        data.one.in[f] = data.stream.in[f] = data.memory[f];
        data.stream.stride[f] = stride;
    }
    return data;
}

void data_free(Data *data) {
    for (int f = 0; f < MAX_FIELDS; f++) {
        free(data->memory[f]);
    }
    free(data->out);
}

/* Makes small numbers of a bias that begins with zeros: one that is left out would not be missed. */
static void replace_zeros(float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = values[i] == 0 ? 0.01f * (float)(i % 21) - 0.1f : values[i];
    }
}

float *starting_net(const nn_network *network, const Data *data) {
    size_t total = 0;
    for (size_t t = 0; t < network->tensor_count; t++) {
        total += network->tensors[t].count;
    }
    float *start = allocate(total * sizeof *start), *next = start;
    void *net = allocate(network->net_size);
    const uint64_t seed = 1;
    memset(net, 0, network->net_size);
    network->init(net, NULL, 0, (const void *const[]){&seed}, NULL);
    if (network->fit) {
        int is_fine;
        network->fit(net, NULL, network->batch, (const void *const *)data->one.in, &is_fine);
    }
    for (size_t t = 0; t < network->tensor_count; t++) {
        network->get(net, NULL, 0, (const void *const[]){network->tensors[t].name}, next);
        if (network->tensors[t].role == NN_PARAMETER) {
            replace_zeros(next, network->tensors[t].count);
        }
        next += network->tensors[t].count;
    }
    free(net);
    return start;
}
