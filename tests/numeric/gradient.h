/* The gradient check: a double net's gradients against central differences of its training cost. */

#ifndef GRADIENT_H
#define GRADIENT_H

#include "running.h"

typedef struct {
    size_t elements; /* compared */
    char failure[512];
} GradientCheck;

/* For every element of every trained parameter that the cost depends on. Leaves the net's numbers
   as they were. */
bool check_gradients(Running *running, const Graph *graph, const Data *data, size_t n,
                     GradientCheck *check);

#endif
