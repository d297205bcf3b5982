/* See emitted.h. */

#include "emitted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *storage_new(size_t size, size_t align) {
    size_t whole = size ? (size + align - 1) / align * align : 0;
    void *storage = whole ? aligned_alloc(align, whole) : NULL;
    return storage ? memset(storage, 0, whole) : NULL;
}

Emitted *emitted_new(const Net *net, uint64_t seed) {
    const nn_network *network = net->network;
    Emitted *emitted = calloc(1, sizeof *emitted);
    emitted->network = network;
    emitted->glue = net->glue;
    emitted->net = storage_new(network->net_size, network->net_align);
    emitted->work = storage_new(network->work_size, network->work_align);
    emitted->predict_work = storage_new(network->predict_work_size, network->predict_work_align);
    network->init(emitted->net, emitted->work, 0, (const void *[]){&seed}, NULL);
    return emitted;
}

Emitted *emitted_copy(const Net *net, const Emitted *from) {
    Emitted *emitted = emitted_new(net, 0);
    memcpy(emitted->net, from->net, net->network->net_size);
    return emitted;
}

void emitted_free(Emitted *emitted) {
    if (emitted) {
        free(emitted->net);
        free(emitted->work);
        free(emitted->predict_work);
    }
    free(emitted);
}

/* To the net's type and back. */
static void *to_reals(const Emitted *emitted, size_t count, const double *values) {
    size_t size = emitted->network->real_size;
    void *reals = calloc(count + 1, size);
    for (size_t i = 0; i < count && values; i++) {
        if (size == sizeof(float)) {
            ((float *)reals)[i] = (float)values[i];
        } else {
            ((double *)reals)[i] = values[i];
        }
    }
    return reals;
}

static void from_reals(const Emitted *emitted, size_t count, const void *reals, double *values) {
    for (size_t i = 0; i < count; i++) {
        values[i] = emitted->network->real_size == sizeof(float) ? (double)((const float *)reals)[i]
                                                                 : ((const double *)reals)[i];
    }
}

/* The first n rows of every field as the net takes them; free with free_data. */
static void convert_data(const Emitted *emitted, size_t n, const Data *data, void **in) {
    for (int i = 0; i < data->field_count; i++) {
        if (data->classes[i]) {
            in[i] = calloc(n + 1, sizeof(int32_t));
            memcpy(in[i], data->classes[i], n * sizeof(int32_t));
        } else {
            in[i] = to_reals(emitted, n * data->counts[i], data->values[i]);
        }
    }
}

static void free_data(const Data *data, void **in) {
    for (int i = 0; i < data->field_count; i++) {
        free(in[i]);
    }
}

static double call_real(Emitted *emitted, nn_thunk *thunk, size_t n, const Data *data) {
    void *in[MAX_FIELDS];
    char out[sizeof(double)];
    double result = NAN;
    convert_data(emitted, n, data, in);
    thunk(emitted->net, emitted->work, n, (const void *const *)in, out);
    from_reals(emitted, 1, out, &result);
    free_data(data, in);
    return result;
}

static size_t tensor_count(const Emitted *emitted, const char *name) {
    for (size_t i = 0; i < emitted->network->tensor_count; i++) {
        if (strcmp(emitted->network->tensors[i].name, name) == 0) {
            return emitted->network->tensors[i].count;
        }
    }
    return 0;
}

bool emitted_get(const Emitted *emitted, const char *name, size_t count, double *out) {
    if (tensor_count(emitted, name) != count) {
        return false;
    }
    void *reals = to_reals(emitted, count, NULL);
    emitted->network->get(emitted->net, emitted->work, 0, (const void *[]){name}, reals);
    from_reals(emitted, count, reals, out);
    free(reals);
    return true;
}

bool emitted_set(Emitted *emitted, const char *name, size_t count, const double *in) {
    if (tensor_count(emitted, name) != count) {
        return false;
    }
    void *reals = to_reals(emitted, count, in);
    emitted->network->set(emitted->net, emitted->work, 0, (const void *[]){name, reals}, NULL);
    free(reals);
    return true;
}

bool emitted_get_gradient(const Emitted *emitted, const char *name, size_t count, double *out) {
    if (tensor_count(emitted, name) != count) {
        return false;
    }
    void *reals = to_reals(emitted, count, NULL);
    emitted->network->get_gradient(emitted->net, emitted->work, 0, (const void *[]){name}, reals);
    from_reals(emitted, count, reals, out);
    free(reals);
    return true;
}

void emitted_set_epoch(Emitted *emitted, uint32_t epoch, uint32_t epochs) {
    const uint32_t both[2] = {epoch, epochs};
    emitted->network->set_epoch(emitted->net, emitted->work, 0, (const void *[]){both}, NULL);
}

void emitted_counters(const Emitted *emitted, uint64_t counters[4]) {
    emitted->network->get_counters(emitted->net, emitted->work, 0, NULL, counters);
}

void emitted_fit(Emitted *emitted, const Data *data) {
    if (!emitted->network->fit) {
        return;
    }
    void *in[MAX_FIELDS];
    convert_data(emitted, data->n, data, in);
    emitted->network->fit(emitted->net, emitted->work, data->n, (const void *const *)in, NULL);
    free_data(data, in);
}

double emitted_loss(Emitted *emitted, size_t n, const Data *data) {
    return call_real(emitted, emitted->network->loss, n, data);
}

void emitted_evaluate(Emitted *emitted, size_t n, const Data *data, double *loss_and_sums) {
    void *in[MAX_FIELDS];
    convert_data(emitted, n, data, in);
    emitted->network->evaluate(emitted->net, emitted->work, n, (const void *const *)in,
                               loss_and_sums);
    free_data(data, in);
}

void emitted_finish(const Emitted *emitted, size_t n, const double *sums, double *metrics) {
    emitted->network->finish(emitted->net, emitted->work, n, (const void *[]){sums}, metrics);
}

double emitted_gradient(Emitted *emitted, size_t n, const Data *data) {
    return call_real(emitted, emitted->network->gradient, n, data);
}

void emitted_gradient_add(Emitted *emitted, size_t first, size_t n, const Data *data) {
    Data rest = data_from(data, first);
    void *in[MAX_FIELDS];
    convert_data(emitted, n, &rest, in);
    emitted->glue->set_first(emitted->work, first);
    emitted->glue->gradient_add(emitted->net, emitted->work, n, (const void *const *)in);
    emitted->glue->set_first(emitted->work, 0);
    free_data(&rest, in);
}

void emitted_update(Emitted *emitted) {
    emitted->network->update(emitted->net, emitted->work, 0, NULL, NULL);
}

double emitted_train_step(Emitted *emitted, size_t n, const Data *data) {
    return call_real(emitted, emitted->network->train_step, n, data);
}

static void predict(Emitted *emitted, bool one, const Data *data, double *const *out) {
    size_t n = one ? 1 : data->n;
    const nn_network *network = emitted->network;
    void *in[MAX_FIELDS], *reals[MAX_FIELDS] = {NULL};
    convert_data(emitted, n, data, in);
    for (size_t k = 0; k < network->output_count; k++) {
        reals[k] = to_reals(emitted, n * network->outputs[k].count, NULL);
    }
    if (one) {
        emitted->glue->predict_one(emitted->net, emitted->predict_work, (const void *const *)in,
                                   reals);
    } else {
        network->predict(emitted->net, emitted->predict_work, n, (const void *const *)in, reals);
    }
    for (size_t k = 0; k < network->output_count; k++) {
        from_reals(emitted, n * network->outputs[k].count, reals[k], out[k]);
        free(reals[k]);
    }
    free_data(data, in);
}

void emitted_predict(Emitted *emitted, size_t n, const Data *data, double *const *out) {
    Data some = *data;
    some.n = n;
    predict(emitted, false, &some, out);
}

void emitted_predict_one(Emitted *emitted, size_t example, const Data *data, double *const *out) {
    Data rest = data_from(data, example);
    predict(emitted, true, &rest, out);
}
