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
/* For the divisor of a quotient, where it is a sum with an exponential. Of such a quotient, 1 / (1 + e^-z)
   say, floats keep nothing else, and make the slope from it as y (1 - y): of the exponential no more is
   known then than what the sum does not round away. */
void perturb_terms(Perturbation *perturbation, const Node *node, const Tensor *sum,
                   Tensor *const *terms);

struct Generic {
    const Graph *graph;
    size_t n, capacity;      /* examples of the run; the most there is room for */
    Tensor *tensors;         /* by node id */
    Real **values, **slopes; /* room for each node's; NULL where the value lies in a variable */
    Real **variables, **gradients, **staged; /* by variable number */
    Real ***products; /* by direction and variable number: of evaluating updates */
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
    int *readers; /* by node id: needed nodes and roots that read it */
    Real *blocks; /* of block.c */
    bool updating; /* variables may change as soon as nobody reads what they were */
    bool *written; /* by variable number: has its next value already */
};

/* Room for every variable and node; false without memory. */
bool network_allocate(Generic *generic);
bool node_lies_in_variable(const Node *node);
/* Whether a slope passes from a node to that input. */
bool node_has_slope(const Node *node, int input);
void node_forward(Generic *generic, const Node *node);
/* Runs the node and what may go with it from there on; gives how many nodes that settles, 0: it has to
   run by itself. */
int run_in_blocks(Generic *generic, int id);
/* Whether a variable may just take over its next value: nobody else reads it. */
bool takes_over(const Generic *generic, const Variable *variable);
bool blocks_allocate(Generic *generic);
void count_readers(Generic *generic);
typedef struct {
    size_t n; /* examples */
    const void *const *in;
    bool training;
} RunOf;
/* Forward over what the roots need; then, over the nodes that have room for slopes, back. */
void run_roots(Generic *generic, int count, Node *const *roots, RunOf run_of);
void run_back(Generic *generic, const Node *from, const Node *to);
/* Fills in products[number] from the data, the gradient and the products before; by differences of
   eighth order of the gradient. Where an optimizer has a point of its own it must be at a distance
   from the weights that does not change with them. */
void product_find(Generic *generic, int number, size_t n, const void *const *in);
/* The value of a const, an input, a given or a random node. */
void source_forward(Generic *generic, const Node *node, Tensor *out);

#endif
