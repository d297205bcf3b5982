/* A generated net with its storage; numbers are doubles here, whatever the type of the net. */

#ifndef RUNNING_H
#define RUNNING_H

#include "data.h"
#include "nets.h"

typedef struct {
    const nn_network *network;
    const NetGlue *glue;
    void *net, *work, *predict_work;
} Running;

/* Zeroed storage, then init. */
Running *running_new(const Net *net, uint64_t seed);
/* A copy of the net and its state. */
Running *running_copy(const Net *net, const Running *from);
void running_free(Running *running);

/* False where the net has no such tensor. */
bool running_get(const Running *running, const char *name, size_t count, double *out);
bool running_set(Running *running, const char *name, size_t count, const double *in);
bool running_get_gradient(const Running *running, const char *name, size_t count, double *out);
void running_set_epoch(Running *running, uint32_t epoch, uint32_t epochs);
void running_counters(const Running *running, uint64_t counters[4]);

void running_fit(Running *running, const Data *data);
double running_loss(Running *running, size_t n, const Data *data);
void running_evaluate(Running *running, size_t n, const Data *data, double *loss_and_sums);
void running_finish(const Running *running, size_t n, const double *sums, double *metrics);
double running_gradient(Running *running, size_t n, const Data *data);
/* Adds the gradient of examples first .. first + n - 1. */
void running_gradient_add(Running *running, size_t first, size_t n, const Data *data);
void running_update(Running *running);
double running_train_step(Running *running, size_t n, const Data *data);
/* out: one array per output, n rows each; n up to the data's. */
void running_predict(Running *running, size_t n, const Data *data, double *const *out);
/* The block of gradients, in its order in memory. */
void running_gradients(const Running *running, double *out);
/* Directions and products: the trained parameters one after the other, in the order of the net's
   tensors. */
void running_hessian_times(Running *running, size_t n, const Data *data, const double *direction,
                           double *product);
/* Number `number` of the graph's Jacobians for one example. */
void running_derivative(Running *running, int number, size_t example, const Data *data,
                        size_t count, double *out);
void running_predict_one(Running *running, size_t example, const Data *data, double *const *out);

#endif
