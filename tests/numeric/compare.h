/* A generated net against the generic library, function by function, from the same numbers. */

#ifndef COMPARE_H
#define COMPARE_H

#include "running.h"
#include "oracle.h"

typedef struct {
    double limit; /* error relative to the tensor's largest magnitude */
    bool
        splits; /* the gradient of a batch is the mean over its parts: no statistics of the batch */
    size_t comparisons; /* out: numbers compared */
    char failure[1024]; /* out: the first difference, or "" */
} Comparison;

/* How close is close (semantics): 1e-4 for float, 1e-10 for double. */
double limit_of(const Options *options);

/* Parameters, states and scalings of the oracle: those after init, moved a little so that none is
   0, exact in float; batch statistics' variances stay positive. */
void move_variables(Oracle *oracle, Dice *dice);
void copy_variables(const Oracle *oracle, Running *running);

/* init, fit, loss, evaluate, gradient, update, train_step, predict for full and incomplete batches
   and a few steps of training. The data has at least batch + 3 examples. */
bool compare_net(const Net *net, Oracle *oracle, const Data *data, uint64_t seed,
                 Comparison *comparison);

/* Whether what compare_net does with these numbers says anything: at every step all values are
   finite, no kink is near, and the results move little under float's rounding. Leaves the oracle's
   variables changed. */
bool is_well_conditioned(Oracle *oracle, const Data *data, Dice *dice);

#endif
