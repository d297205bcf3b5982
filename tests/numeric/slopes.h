/* What a model's `derivative` and `hessian` emit, against the generic library: its own backward
   pass, and differences of its gradients. */

#ifndef SLOPES_H
#define SLOPES_H

#include "closeness.h"
#include "oracle.h"
#include "running.h"

/* How close the Hessian comes by differences of a gradient in double. */
#define DIFFERENCES_LIMIT 1e-6

/* Every derivative of one example. */
bool compare_derivatives(Oracle *oracle, Running *running, size_t example, const Data *data,
                         Comparison *comparison);
/* Its product with a direction, over n examples. Where the model has no hessian: true. */
bool compare_hessian(Oracle *oracle, Running *running, size_t n, const Data *data,
                     Comparison *comparison);

/* Whether these say anything: derivatives move little under float's rounding, and differences of
   two widths agree, so that no kink lies between. */
bool are_derivatives_steady(Oracle *oracle, size_t example, const Data *data, Dice *dice);
bool is_hessian_steady(Oracle *oracle, size_t n, const Data *data);

#endif
