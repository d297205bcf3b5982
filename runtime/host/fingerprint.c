/* A number that tells data sets apart. Comes in: examples. Goes out: a hash of their numbers in
   their order; where they are many, of some that are spread evenly, so that it costs the same for
   any set. */

#include "host.h"

#include <string.h>

enum { MOST_HASHED = 4096 };

static uint64_t mixed(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

static uint64_t value_bits(const nn_data *data, size_t field, size_t index) {
    const nn_network *network = data->network;
    if (nn_data_field(network, field)->is_onehot)
        return (uint64_t)((const int32_t *)data->values[field])[index];
    double number = nn_real_get(network, data->values[field], index);
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* Pairs are drawn anew for each epoch: their items are what does not change. */
uint64_t nn_data_fingerprint(const nn_data *data) {
    const nn_data *from = data->items ? data->items->data : data;
    size_t count = from->count, hashed = count < MOST_HASHED ? count : MOST_HASHED;
    uint64_t hash = mixed(1, count);
    for (size_t i = 0; i < hashed; i++) {
        size_t row = (size_t)((double)i / (double)hashed * (double)count);
        for (size_t field = 0; field < nn_data_field_count(from); field++) {
            const nn_field *described = nn_data_field(from->network, field);
            size_t width = described->is_onehot ? 1 : described->count;
            for (size_t j = 0; j < width; j++)
                hash = mixed(hash, value_bits(from, field, row * width + j));
        }
    }
    return hash ? hash : 1;
}
