/* For tests of the passes: what the nodes of a graph are worth, in double, by plain means. */

#ifndef GRAPH_VALUES_H
#define GRAPH_VALUES_H

#include "graph/graph.h"
#include "nngen.h"

enum {
    TEST_ROWS = 3,
    TEST_PRESENT = 2
}; /* examples; the last one pads the batch: its share is 0 */

/* Per variable, by number: TEST_ROWS rows for inputs and targets, one for the others. */
typedef struct {
    double **of;
    double **gradients; /* what GIVEN_GRADIENT nodes are worth; 2 where NULL */
    /* Random numbers; NULL: numbers that count up. */
    double (*draw)(Op distribution, int stream, int64_t example, int64_t element);
} TestValues;

/* Some numbers between -1.5 and 1.5; of a onehot target, one class per example. */
TestValues test_values(const Graph *graph);
/* By id, each node's elements, of TEST_ROWS examples where it is per example. */
double **graph_values(const Graph *graph, const TestValues *variables);
int64_t node_elements(const Node *node);

#endif
