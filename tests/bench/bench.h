/* What all contenders look like to the program that times them. */

#ifndef BENCH_H
#define BENCH_H

#include "nn_network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `in`, here and below: one pointer per input, then one per target, in order of declaration. */
typedef struct {
    const char *name;
    void *self; /* NULL: could not be opened */
    /* The seed is 1, no step is done, the epoch is the first of one. */
    void (*start)(void *self);
    /* values: row-major, a dense weight as [out, in]. */
    void (*set)(void *self, const char *tensor, const float *values);
    /* One step on a whole batch, update included; the cost before it. */
    float (*train_step)(void *self, const void *const *in);
    void (*predict)(void *self, size_t n, const void *const *in, float *out);
} Contender;

/* A net by its three kinds of makers. */
typedef struct {
    const char *model; /* path */
    const nn_network *network;
    Contender (*open_generic)(void), (*open_c99)(void), (*open_plain)(void),
        (*open_plain_fast)(void);
} Net;

/* The generic library, without and with BLAS. */
Contender open_library(const char *model);
#ifdef BENCH_BLAS
Contender open_library_blas(const char *model);
#endif

typedef enum { TRAIN_STEP, PREDICT_ONE, PREDICT_BATCH, OPERATION_COUNT } Operation;

enum { MAX_ROUNDS = 99, MAX_CONTENDERS = 6, BATCHES = 8 };

/* BATCHES batches of the same inputs with different targets, so that no net ever learns them and
   runs out of gradients. */
typedef struct {
    const void *in[BATCHES][8];
    float *out;
} Data;

Data data_new(const nn_network *network);
void data_free(Data *data, const nn_network *network);

/* What is timed. start: the values of all tensors to begin with, one after the other. */
typedef struct {
    const Net *net;
    const Contender *contenders;
    int count;
    const float *start;
    const Data *data;
    Operation operation;
} Job;

/* Whether all compute what the first does: costs of some steps and predictions. Says where not. */
bool same_results(const Job *job);

/* All contenders in turns, `rounds` times. seconds: of one call, by contender and round. */
void measure(const Job *job, int rounds, double seconds[][MAX_ROUNDS]);

#endif
