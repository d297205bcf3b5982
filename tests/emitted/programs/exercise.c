/* Trains a net for STEPS steps on full and incomplete batches and prints the bits of all that it then
   is: two programs that print the same have trained alike. Compiled with any net, see net.h. One
   word on the command line trains in another way that must not change a bit: `split`, by gradient
   and update; `moved`, the net somewhere else and the data at another address before every step. */

#include "net.h"

#include <stdbool.h>

enum { ROOM = 256 };

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    return hash;
}

/* Where only the alignment that it asks for is kept. */
static Net *move(Net *from, char *room, size_t step) {
    size_t align = NETWORK->net_align, place = (step % 3) * align;
    Net *to = (Net *)(void *)(room + place);
    return (Net *)memmove(to, from, NETWORK->net_size);
}

/* The same examples `shift` values further on in memory. */
static Data shifted(const Data *data, size_t shift) {
    Data other = {.n = data->n};
    for (size_t f = 0; f < FIELDS; f++) {
        size_t value = field_of(f)->is_onehot ? sizeof(int32_t) : sizeof(REAL);
        other.blocks[f] = (char *)malloc(data->n * field_size(f) + ROOM);
        CHECK(other.blocks[f], "no memory");
        other.in[f] = other.blocks[f] + shift % 16 * value;
        memcpy(other.in[f], data->in[f], data->n * field_size(f));
    }
    return other;
}

static REAL train(Net *net, Work *work, const Data *data, bool is_split) {
    REAL cost;
    if (is_split) {
        cost = CALL(_gradient)(net, work, data->n, FIELDS_OF(data->in));
        CALL(_update)(net, work);
    } else {
        cost = CALL(_train_step)(net, work, data->n, FIELDS_OF(data->in));
    }
    return cost;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    bool is_moved = strcmp(way, "moved") == 0, is_split = strcmp(way, "split") == 0;
    uint64_t hash = 14695981039346656037u;
    size_t room_size = NETWORK->net_size + 2 * NETWORK->net_align;
    char *room = (char *)storage_new(room_size, NETWORK->net_align);
    Net *net = (Net *)(void *)room;
    Work *work = work_new();
    PredictWork *predict_work = predict_work_new();
    Data all = data_new(2 * NETWORK->batch + 3, 17);
    CALL(_init)(net, 5);
    fit(net, &all);
    for (size_t i = 0; i < STEPS; i++) {
        size_t n = i % 7 == 3 ? 1 + NETWORK->batch / 2 : NETWORK->batch;
        Data plain = data_new(n, (uint32_t)i), data = shifted(&plain, is_moved ? i : 0);
        if (is_moved)
            net = move(net, room, i);
        CALL(_set_epoch)(net, (uint32_t)i / 40, 5);
        REAL cost = train(net, work, &data, is_split);
        hash = hash_bytes(hash, &cost, sizeof cost);
        cost = i % 10 ? 0 : CALL(_loss)(net, work, n, FIELDS_OF(data.in));
        hash = hash_bytes(hash, &cost, sizeof cost);
        data_free(&plain);
        data_free(&data);
    }
    for (size_t i = 0; i < NETWORK->tensor_count; i++) {
        const nn_tensor *tensor = &NETWORK->tensors[i];
        REAL *values = (REAL *)calloc(tensor->count, sizeof *values);
        CALL(_get)(net, tensor->name, values);
        hash = hash_bytes(hash, values, tensor->count * sizeof *values);
        printf("%s %.9g\n", tensor->name, (double)values[0]);
        free(values);
    }
    REAL *out[OUTPUTS];
    for (size_t k = 0; k < OUTPUTS; k++)
        out[k] = (REAL *)calloc(all.n * NETWORK->outputs[k].count, sizeof *out[k]);
    CALL(_predict_batch)(net, predict_work, all.n, INPUTS_OF(all.in), OUTPUTS_OF(out));
    for (size_t k = 0; k < OUTPUTS; k++) {
        hash = hash_bytes(hash, out[k], all.n * NETWORK->outputs[k].count * sizeof *out[k]);
        free(out[k]);
    }
    printf("%016llx\n", (unsigned long long)hash);
    data_free(&all);
    free(room), free(work), free(predict_work);
    return 0;
}
