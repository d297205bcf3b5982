/* Inside of the generic library: a network at run time. */

#ifndef GENERIC_NETWORK_H
#define GENERIC_NETWORK_H

#include "tensor.h"

/* Every computed value is multiplied by 1 + amount * u, u in -1 .. 1; sums by what the sum of
   absolute values would move. */
typedef struct {
    double amount;
    uint64_t state;
} Perturbation;
void perturb(Perturbation *perturbation, const Node *node, Tensor *out, Tensor *const *in);

struct Generic {
    const Graph *graph;
    size_t n, capacity;      /* examples of the run; the most there is room for */
    Tensor *tensors;         /* by node id */
    Real **values, **slopes; /* room for each node's; NULL where the value lies in a variable */
    Real **variables, **gradients, **staged; /* by variable number */
    const void *const *in;
    Tensor ***inputs;      /* by node id: the tensors of its inputs */
    bool *needed, *wanted; /* by node id: in this run; leads to a trained parameter */
    Real **gradient_at;    /* by node id: of what the cost reads of a trained parameter, or NULL */
    Node **roots;
    int root_count;
    bool training;
    uint64_t seed, step, first;
    uint32_t epoch, epochs;
    const double *sums; /* in finish */
    size_t count;
    Perturbation perturbation;
};

/* Room for every variable and node; false without memory. */
bool network_allocate(Generic *generic);
bool node_lies_in_variable(const Node *node);
/* Whether a slope passes from a node to that input. */
bool node_has_slope(const Node *node, int input);
/* The value of a const, an input, a given or a random node. */
void source_forward(Generic *generic, const Node *node, Tensor *out);

#endif
