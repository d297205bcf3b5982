/* A generated net in use: nn_network with storage, all numbers as double whatever the net's type. */

#ifndef EMITTED_H
#define EMITTED_H

#include "data.h"
#include "nets.h"

typedef struct {
    const nn_network *network;
    const NetGlue *glue;
    void *net, *work, *predict_work;
} Emitted;

/* Zeroed storage, then init. */
Emitted *emitted_new(const Net *net, uint64_t seed);
/* The same state in storage of its own. */
Emitted *emitted_copy(const Net *net, const Emitted *from);
void emitted_free(Emitted *emitted);

/* False where the net has no such tensor. */
bool emitted_get(const Emitted *emitted, const char *name, size_t count, double *out);
bool emitted_set(Emitted *emitted, const char *name, size_t count, const double *in);
bool emitted_get_gradient(const Emitted *emitted, const char *name, size_t count, double *out);
void emitted_set_epoch(Emitted *emitted, uint32_t epoch, uint32_t epochs);
void emitted_counters(const Emitted *emitted, uint64_t counters[4]);

void emitted_fit(Emitted *emitted, const Data *data);
double emitted_loss(Emitted *emitted, size_t n, const Data *data);
void emitted_evaluate(Emitted *emitted, size_t n, const Data *data, double *loss_and_sums);
void emitted_finish(const Emitted *emitted, size_t n, const double *sums, double *metrics);
double emitted_gradient(Emitted *emitted, size_t n, const Data *data);
/* Adds the gradient of examples first .. first + n - 1. */
void emitted_gradient_add(Emitted *emitted, size_t first, size_t n, const Data *data);
void emitted_update(Emitted *emitted);
double emitted_train_step(Emitted *emitted, size_t n, const Data *data);
/* out: one array per output, n rows each; n up to the data's. */
void emitted_predict(Emitted *emitted, size_t n, const Data *data, double *const *out);
void emitted_predict_one(Emitted *emitted, size_t example, const Data *data, double *const *out);

#endif
