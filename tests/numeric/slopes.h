/* The functions that `derivative` and `hessian` emit, against the generic library: its backward
   pass, and differences of its gradients. */

#ifndef SLOPES_H
#define SLOPES_H

#include "closeness.h"
#include "oracle.h"
#include "running.h"

/* The error of the Hessian by differences of gradients in double. */
#define DIFFERENCES_LIMIT 1e-6

/* Every derivative of one example. */
bool compare_derivatives(Oracle *oracle, Running *running, size_t example, const Data *data,
                         Comparison *comparison);
/* Its product with a direction, over n examples. Where the model has no hessian: true. */
bool compare_hessian(Oracle *oracle, Running *running, size_t n, const Data *data,
                     Comparison *comparison);

/* Whether they can be compared: rounding to float changes derivatives little, and differences of
   two widths agree, so that no kink lies between. */
bool are_derivatives_steady(Oracle *oracle, size_t example, const Data *data, Dice *dice);
bool is_hessian_steady(Oracle *oracle, size_t n, const Data *data);

#endif
