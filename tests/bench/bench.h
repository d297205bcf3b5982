/* What all contenders look like to the program that times them. */

#ifndef BENCH_H
#define BENCH_H

#include "nn_network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_ROUNDS = 99, MAX_CONTENDERS = 32, MAX_FIELDS = 8, MAX_LAYERS = 8 };

/* Batches that follow each other in memory, taken in turns; one batch where count is 1. in: every
   input, then every target, in order of declaration. */
typedef struct {
    const char *in[MAX_FIELDS];
    size_t stride[MAX_FIELDS]; /* bytes from one batch to the next */
    size_t count;
} Batches;

/* `in`, here and below: one pointer per input, then one per target. The loops over calls belong to
   the contender, so that the clock sees no call through a pointer: loops.h writes them. */
typedef struct {
    const char *name;
    void *self; /* NULL: cannot run here */
    /* Of what is generated: its description, and how many bytes self has, whose place other memory may
       take, since start makes all of it anew. */
    const nn_network *network;
    size_t self_size;
    bool is_generated;
    bool is_alone; /* computes something of its own kind, and is not compared with the others */
    /* The seed is 1, no step is done, the epoch is the first of one. */
    void (*start)(void *self);
    /* values: row-major, a dense weight as [out, in]. */
    void (*set)(void *self, const char *tensor, const float *values);
    /* The same, out; 0 where it has no such tensor. NULL where is_alone. */
    size_t (*get)(void *self, const char *tensor, float *values);
    /* Steps on whole batches, update included; the cost before the last. */
    float (*train)(void *self, const Batches *batches, long steps);
    /* Calls for one example; for one whose address depends on the last call's output; for a whole
       batch. */
    void (*predict)(void *self, long calls, const void *const *in, float *out);
    void (*predict_chain)(void *self, long calls, const void *const *in, float *out);
    void (*predict_batch)(void *self, long calls, const void *const *in, float *out);
} Contender;

/* Products of row-major matrices by some library, for the step of layered.c. A plan is for one
   layer: rows examples, in and out values. x and dx: [rows, in], w and dw: [in, out], y and dy:
   [rows, out]. All memory is aligned by 64. */
typedef struct {
    const char *name;
    void *(*plan)(int rows, int in, int out);                                 /* NULL: cannot */
    void (*forward)(void *plan, const float *x, const float *w, float *y);    /* y = x w */
    void (*backward)(void *plan, const float *dy, const float *w, float *dx); /* dx = dy w^T */
    void (*gradient)(void *plan, const float *x, const float *dy, float *dw); /* dw = x^T dy */
} Products;

typedef struct {
    const char *name, *model; /* model: path */
    const nn_network *network;
    Contender (*const *openers)(void); /* of what is compiled for this net; the last is NULL */
    Contender (*open_layered)(const Products *products); /* NULL: the net is no plain chain */
    int depth, sizes[MAX_LAYERS + 1]; /* layers, where it is a plain chain; else depth is 0 */
    bool is_tanh, is_adam;            /* hidden layers and update of such a chain */
} Net;

extern const Net nets[]; /* the last has no name */

/* A shared library of its own beside the program, so that two builds of one library, or two that
   share names, fit into one process. It has the function module_open. */
typedef struct {
    const char *name, *file; /* file: NULL where its library is not installed */
} Module;

extern const Module modules[]; /* the last has no name */

/* Adds contenders for a net; gives how many. */
typedef int ModuleOpen(const Net *net, Contender *contenders);

/* That function of a file; NULL where there is none, and dlerror() says why. */
ModuleOpen *module_load(const char *file);

/* Whether a name holds one of the words of the filter, which commas separate; all do where it is NULL
   or empty. */
bool name_matches(const char *name, const char *filter);

/* All contenders for a net whose names match the filter. */
int open_contenders(const Net *net, const char *filter, Contender *contenders);

typedef enum {
    TRAIN_STEP,
    TRAIN_STREAM,
    PREDICT_ONE,
    PREDICT_CHAIN,
    PREDICT_BATCH,
    OPERATION_COUNT
} Operation;

extern const char *const operation_names[OPERATION_COUNT];

typedef struct {
    Batches one, stream; /* stream begins with the batch of one */
    float *out;
    void *memory[MAX_FIELDS];
} Data;

/* stream_size: bytes of the stream, which has one batch at least. */
Data data_new(const nn_network *network, size_t stream_size);
void data_free(Data *data);

/* The values of all tensors after init and fit, one after the other, but without zeros. */
float *starting_net(const nn_network *network, const Data *data);

/* How far contenders are from each other in what they compute, check.c says in what measure. */
typedef enum {
    AGREE_VALUES,    /* predictions and costs */
    AGREE_GRADIENTS, /* what is made of gradients and linear in them, or in their squares */
    AGREE_WEIGHTS,   /* movements of weights that Adam makes, and what follows from them */
    AGREEMENT_COUNT
} Agreement;

/* What is timed. start: the values of all tensors to begin with, one after the other. */
typedef struct {
    const Net *net;
    const Contender *contenders;
    int count;
    const float *start;
    const Data *data;
    Operation operation;
    double agreement[AGREEMENT_COUNT]; /* the largest difference found */
} Job;

/* Whether all compute what the first does. Says where not. */
bool same_results(Job *job);

/* The contender begins with the values of `start`. */
void give_net(const Contender *contender, const nn_network *network, const float *start);

/* What one contender took, a call, in each of its rounds. */
typedef struct {
    int count;
    double seconds[MAX_ROUNDS];
} Series;

/* How long contenders are measured. */
typedef struct {
    int rounds;           /* of each, where none is slow; MAX_ROUNDS at most */
    double least_seconds; /* of one measurement */
    double budget;        /* seconds, of all rounds of a contender and operation */
    bool is_even;         /* all make as many calls and rounds as the others */
    bool sees_peak;       /* peak_rate is called after each measurement */
} Pace;

/* All contenders in turns, in one round from the first to the last and in the next the other way;
   slow ones get fewer rounds, but three at least, and a call of seconds that streams is measured
   once. */
void measure(const Job *job, const Pace *pace, Series *series);

/* The best rate of multiply-adds that any call has seen, in FLOP/s, over the widest vectors of the
   CPU; each call tries again for about a millisecond. */
double peak_rate(void);

#endif
