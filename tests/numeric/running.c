/* See running.h. */

#include "running.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *storage_new(size_t size, size_t align) {
    size_t whole = size ? (size + align - 1) / align * align : 0;
    void *storage = whole ? aligned_alloc(align, whole) : NULL;
    return storage ? memset(storage, 0, whole) : NULL;
}

Running *running_new(const Net *net, uint64_t seed) {
    const nn_network *network = net->network;
    Running *running = calloc(1, sizeof *running);
    running->network = network;
    running->glue = net->glue;
    running->net = storage_new(network->net_size, network->net_align);
    running->work = storage_new(network->work_size, network->work_align);
    running->predict_work = storage_new(network->predict_work_size, network->predict_work_align);
    network->init(running->net, running->work, 0, (const void *[]){&seed}, NULL);
    return running;
}

Running *running_copy(const Net *net, const Running *from) {
    Running *running = running_new(net, 0);
    memcpy(running->net, from->net, net->network->net_size);
    return running;
}

void running_free(Running *running) {
    if (running) {
        free(running->net);
        free(running->work);
        free(running->predict_work);
    }
    free(running);
}

/* Converts doubles to the type of the net, and back. */
static void *to_reals(const Running *running, size_t count, const double *values) {
    size_t size = running->network->real_size;
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

static void from_reals(const Running *running, size_t count, const void *reals, double *values) {
    for (size_t i = 0; i < count; i++) {
        values[i] = running->network->real_size == sizeof(float) ? (double)((const float *)reals)[i]
                                                                 : ((const double *)reals)[i];
    }
}

/* The first n rows of every field as the net takes them; free with free_data. */
static void convert_data(const Running *running, size_t n, const Data *data, void **in) {
    for (int i = 0; i < data->field_count; i++) {
        if (data->classes[i]) {
            in[i] = calloc(n + 1, sizeof(int32_t));
            memcpy(in[i], data->classes[i], n * sizeof(int32_t));
        } else {
            in[i] = to_reals(running, n * data->counts[i], data->values[i]);
        }
    }
}

static void free_data(const Data *data, void **in) {
    for (int i = 0; i < data->field_count; i++) {
        free(in[i]);
    }
}

static double call_real(Running *running, nn_thunk *thunk, size_t n, const Data *data) {
    void *in[MAX_FIELDS];
    char out[sizeof(double)];
    double result = NAN;
    convert_data(running, n, data, in);
    thunk(running->net, running->work, n, (const void *const *)in, out);
    from_reals(running, 1, out, &result);
    free_data(data, in);
    return result;
}

static size_t tensor_count(const Running *running, const char *name) {
    for (size_t i = 0; i < running->network->tensor_count; i++) {
        if (strcmp(running->network->tensors[i].name, name) == 0) {
            return running->network->tensors[i].count;
        }
    }
    return 0;
}

bool running_get(const Running *running, const char *name, size_t count, double *out) {
    if (tensor_count(running, name) != count) {
        return false;
    }
    void *reals = to_reals(running, count, NULL);
    running->network->get(running->net, running->work, 0, (const void *[]){name}, reals);
    from_reals(running, count, reals, out);
    free(reals);
    return true;
}

bool running_set(Running *running, const char *name, size_t count, const double *in) {
    if (tensor_count(running, name) != count) {
        return false;
    }
    void *reals = to_reals(running, count, in);
    running->network->set(running->net, running->work, 0, (const void *[]){name, reals}, NULL);
    free(reals);
    return true;
}

bool running_get_gradient(const Running *running, const char *name, size_t count, double *out) {
    if (tensor_count(running, name) != count) {
        return false;
    }
    void *reals = to_reals(running, count, NULL);
    running->network->get_gradient(running->net, running->work, 0, (const void *[]){name}, reals);
    from_reals(running, count, reals, out);
    free(reals);
    return true;
}

void running_set_epoch(Running *running, uint32_t epoch, uint32_t epochs) {
    const uint32_t both[2] = {epoch, epochs};
    running->network->set_epoch(running->net, running->work, 0, (const void *[]){both}, NULL);
}

void running_counters(const Running *running, uint64_t counters[4]) {
    running->network->get_counters(running->net, running->work, 0, NULL, counters);
}

void running_fit(Running *running, const Data *data) {
    if (!running->network->fit) {
        return;
    }
    void *in[MAX_FIELDS];
    convert_data(running, data->n, data, in);
    int is_fine;
    running->network->fit(running->net, running->work, data->n, (const void *const *)in, &is_fine);
    free_data(data, in);
}

double running_loss(Running *running, size_t n, const Data *data) {
    return call_real(running, running->network->loss, n, data);
}

void running_evaluate(Running *running, size_t n, const Data *data, double *loss_and_sums) {
    void *in[MAX_FIELDS];
    convert_data(running, n, data, in);
    running->network->evaluate(running->net, running->work, n, (const void *const *)in,
                               loss_and_sums);
    free_data(data, in);
}

void running_finish(const Running *running, size_t n, const double *sums, double *metrics) {
    running->network->finish(running->net, running->work, n, (const void *[]){sums}, metrics);
}

double running_gradient(Running *running, size_t n, const Data *data) {
    return call_real(running, running->network->gradient, n, data);
}

void running_gradient_add(Running *running, size_t first, size_t n, const Data *data) {
    Data rest = data_from(data, first);
    void *in[MAX_FIELDS];
    convert_data(running, n, &rest, in);
    running->glue->set_first(running->work, first);
    running->glue->gradient_add(running->net, running->work, n, (const void *const *)in);
    running->glue->set_first(running->work, 0);
    free_data(&rest, in);
}

void running_update(Running *running) {
    running->network->update(running->net, running->work, 0, NULL, NULL);
}

double running_train_step(Running *running, size_t n, const Data *data) {
    return call_real(running, running->network->train_step, n, data);
}

static void predict(Running *running, bool one, const Data *data, double *const *out) {
    size_t n = one ? 1 : data->n;
    const nn_network *network = running->network;
    void *in[MAX_FIELDS], *reals[MAX_FIELDS] = {NULL};
    convert_data(running, n, data, in);
    for (size_t k = 0; k < network->output_count; k++) {
        reals[k] = to_reals(running, n * network->outputs[k].count, NULL);
    }
    if (one) {
        running->glue->predict_one(running->net, running->predict_work, (const void *const *)in,
                                   reals);
    } else {
        network->predict(running->net, running->predict_work, n, (const void *const *)in, reals);
    }
    for (size_t k = 0; k < network->output_count; k++) {
        from_reals(running, n * network->outputs[k].count, reals[k], out[k]);
        free(reals[k]);
    }
    free_data(data, in);
}

void running_predict(Running *running, size_t n, const Data *data, double *const *out) {
    Data some = *data;
    some.n = n;
    predict(running, false, &some, out);
}

void running_predict_one(Running *running, size_t example, const Data *data, double *const *out) {
    Data rest = data_from(data, example);
    predict(running, true, &rest, out);
}

void running_derivative(Running *running, int number, size_t example, const Data *data,
                        size_t count, double *out) {
    Data rest = data_from(data, example);
    void *in[MAX_FIELDS], *reals = to_reals(running, count, NULL);
    convert_data(running, 1, &rest, in);
    running->glue->derivative(number, running->net, running->predict_work, (const void *const *)in,
                              reals);
    from_reals(running, count, reals, out);
    free_data(&rest, in);
    free(reals);
}

void running_gradients(const Running *running, double *out) {
    from_reals(running, running->glue->gradient_count, running->glue->gradients(running->work),
               out);
}

void running_hessian_times(Running *running, size_t n, const Data *data, const double *direction,
                           double *product) {
    size_t count = running->glue->direction_count;
    void *in[MAX_FIELDS], *from = to_reals(running, count, direction);
    void *to = to_reals(running, count, NULL);
    convert_data(running, n, data, in);
    running->glue->hessian_times(running->net, running->work, n, (const void *const *)in, from, to);
    from_reals(running, count, to, product);
    free_data(data, in);
    free(from);
    free(to);
}
