/* For tests of optimizer_step and program: a model with an optimizer, a layer's state, an output
   and a * metric, as a graph. */

#ifndef SMALL_MODEL_H
#define SMALL_MODEL_H

#include "formula_graph.h"

/* p = w x; cost = mean of sum (p - y)^2 + 0.5 sum w^2; r, a layer's state, becomes where(training,
   mean of x, r); k = 0.9 k + detach(gradient of w); w = w - 0.1 k. The metric `hits` has one sum,
   sum y. As after check. */
Graph *small_model(Compiler *compiler);
Variable *model_variable(const Graph *graph, const char *name);
/* The same after stabilise, grad and update. */
Graph *differentiated_model(Compiler *compiler);

#endif
