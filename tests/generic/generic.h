/* The generic library: a small ordinary one that walks a checked graph with shapes held at run
   time. In comes the graph that `check` leaves, out come values, gradients by its own backward
   pass, and the variables after updates. It shares no code with the stages of gen: it is the
   oracle of the differential tests (Real is double) and, compiled with GENERIC_FLOAT and perhaps
   GENERIC_BLAS, the baseline of the benchmarks. */

#ifndef GENERIC_H
#define GENERIC_H

#include "graph/graph.h"
#include "nngen.h"

#ifdef GENERIC_FLOAT
typedef float Real;
#else
typedef double Real;
#endif

typedef struct Generic Generic;

/* The graph must outlive it. Variables are zero until generic_init. NULL without memory. */
Generic *generic_new(const Graph *graph);
void generic_free(Generic *generic);

/* Counters to zero, every parameter and state to its initial value. */
void generic_init(Generic *generic, uint64_t seed);
void generic_set_epoch(Generic *generic, uint32_t epoch, uint32_t epochs);
void generic_set_step(Generic *generic, uint64_t step);
/* The examples' first index in the global batch; random numbers depend on it. */
void generic_set_first(Generic *generic, uint64_t first);

/* Parameters, states and scalings: shape_count(variable->shape) numbers that the caller may
   change. */
Real *generic_variable(Generic *generic, const Variable *variable);
/* As the last generic_gradient left it; zero where the cost does not reach. The caller may change
   it before an update. */
Real *generic_gradient_of(Generic *generic, const Variable *variable);
/* The value of a node in the last run: shape_count numbers for each example, or for all of them. */
const Real *generic_value(const Generic *generic, const Node *node);

/* Sets low and scale of scaled inputs and targets. `in`, here and below: one pointer per input, then one per
   target, in order of declaration: n rows of Real, or n int32_t classes of a onehot target. */
void generic_fit(Generic *generic, size_t n, const void *const *in);

/* n is 1 .. batch. */
Real generic_loss(Generic *generic, size_t n, const void *const *in);
/* sums: of the metrics over the n examples. Returns the loss. */
Real generic_evaluate(Generic *generic, size_t n, const void *const *in, double *sums);
void generic_finish(Generic *generic, size_t n, const double *sums, double *metrics);
Real generic_gradient(Generic *generic, size_t n, const void *const *in);
/* The training-mode cost alone, as generic_gradient returns it. */
Real generic_cost(Generic *generic, size_t n, const void *const *in);
/* Commits layer state of the last generic_gradient and the optimizer's step from the gradients
   held. */
void generic_update(Generic *generic);
Real generic_train_step(Generic *generic, size_t n, const void *const *in);
/* Any n; out: one array per output, n rows each. */
void generic_predict(Generic *generic, size_t n, const void *const *in, Real *const *out);

/* The derivative of y by x, nodes of the graph, for one example in prediction: count of y times count
   of x numbers. */
void generic_jacobian(Generic *generic, const void *const *in, const Node *y, const Node *x,
                      Real *out);

/* From now on each value is multiplied by 1 + amount * u, u uniform in -1 .. 1 of this stream:
   what float rounding would do to a run, seen in double. 0 ends it. */
void generic_perturb(Generic *generic, double amount, uint64_t stream);
/* The least relative distance to a kink (of abs, max, min, a comparison, a maximum, a power) met
   since the last call; exact ties of a constant or of one node with itself do not count. */
double generic_kink_distance(Generic *generic);

#endif
