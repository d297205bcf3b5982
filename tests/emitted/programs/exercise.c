/* Trains a net for fifty steps on full and incomplete batches and prints the bits of all that it
   then is: two programs that print the same have trained alike. Compiled with any net, see
   net.h. */

#include "net.h"

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    return hash;
}

int main(void) {
    uint64_t hash = 14695981039346656037u;
    Net *net = net_new(5);
    Work *work = work_new();
    PredictWork *predict_work = predict_work_new();
    Data all = data_new(2 * NETWORK->batch + 3, 17);
    fit(net, &all);
    for (size_t i = 0; i < 50; i++) {
        size_t n = i % 7 == 3 ? 1 + NETWORK->batch / 2 : NETWORK->batch;
        Data data = data_new(n, (uint32_t)i);
        CALL(_set_epoch)(net, (uint32_t)i / 10, 5);
        REAL cost = CALL(_train_step)(net, work, n, FIELDS_OF(data.in));
        hash = hash_bytes(hash, &cost, sizeof cost);
        cost = CALL(_loss)(net, work, n, FIELDS_OF(data.in));
        hash = hash_bytes(hash, &cost, sizeof cost);
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
    free(net), free(work), free(predict_work);
    return 0;
}
