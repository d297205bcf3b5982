/* A generated net against the generic library, function by function, from the same numbers. */

#ifndef COMPARE_H
#define COMPARE_H

#include "closeness.h"
#include "oracle.h"
#include "running.h"

/* Parameters, states and scalings of the oracle: those after init, moved a little so that none is
   0, exact in float; batch statistics' variances stay positive. */
void move_variables(Oracle *oracle, Dice *dice);
void copy_variables(const Oracle *oracle, Running *running);

/* Whether the gradient of a batch is the mean of its parts' gradients, weighted by their examples:
   so it is unless the model's text has statistics of the batch. */
bool splits_batches(const char *text);

/* init, fit, loss, evaluate, gradient, update, train_step, predict for full and incomplete batches
   and a few steps of training. The data has at least batch + 3 examples. */
bool compare_net(const Net *net, Oracle *oracle, const Data *data, uint64_t seed,
                 Comparison *comparison);

/* Whether compare_net can compare with these numbers: at every step all values are finite, no kink
   is near, and rounding to float changes the results little. Leaves the oracle's variables changed.
   */
bool is_well_conditioned(Oracle *oracle, const Data *data, Dice *dice);

#endif
