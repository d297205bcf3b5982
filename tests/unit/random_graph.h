/* For tests of the passes: graphs drawn by seed, in which whatever meets whatever. */

#ifndef RANDOM_GRAPH_H
#define RANDOM_GRAPH_H

#include "formula_graph.h"

typedef struct {
    Graph *graph;
    uint32_t state;
} Draw;

/* A number from 0 to count - 1. */
int pick(Draw *draw, int count);
/* test_graph and up to `size` nodes of all kinds more, each of some that came before. */
Draw random_graph(Compiler *compiler, uint32_t seed, int size);
/* out[t] = sum over i of a[stride t + dilation i - before] b[i], of any numbers, or what is added
   up the other way about: out[stride t + dilation i - before] = sum of a[t] b[i]. a and b have one
   axis. */
Node *random_convolution(Draw *draw, Node *a, Node *b);

#endif
