/* The derivative of one node by another, row by row, by the backward pass of the library. */

#include "network.h"

#include <stdlib.h>
#include <string.h>

/* Room for slopes on the ways from x to y and nowhere else: not even 0 goes there. */
static void prepare_ways(Generic *generic, const Node *y, const Node *x) {
    const Graph *graph = generic->graph;
    bool *leads = calloc((size_t)y->id + 1, sizeof *leads);
    bool *follows = calloc((size_t)y->id + 1, sizeof *follows);
    for (int i = x->id; i <= y->id; i++) {
        leads[i] = i == x->id;
        for (int k = 0; k < graph->nodes[i]->input_count; k++) {
            int from = graph->nodes[i]->inputs[k]->id;
            leads[i] |= leads[from] && node_has_slope(graph->nodes[i], k);
        }
    }
    for (int i = y->id; i >= 0; i--) {
        const Node *node = graph->nodes[i];
        follows[i] |= i == y->id;
        for (int k = 0; follows[i] && k < node->input_count; k++) {
            follows[node->inputs[k]->id] |= node_has_slope(node, k);
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        const Node *node = graph->nodes[i];
        Tensor *tensor = &generic->tensors[i];
        tensor->slope = NULL;
        if (i <= y->id && leads[i] && follows[i] && generic->needed[i]) {
            tensor->slope = node_lies_in_variable(node) ? generic->gradients[node->variable->number]
                                                        : generic->slopes[i];
            memset(tensor->slope, 0, tensor->count * sizeof(Real));
            tensor->is_fresh = false;
        }
    }
    free(leads);
    free(follows);
}

void generic_jacobian(Generic *generic, const void *const *in, const Node *y, const Node *x,
                      Real *out) {
    size_t rows = (size_t)shape_count(y->shape), columns = (size_t)shape_count(x->shape);
    run_roots(generic, 1, &generic->graph->nodes[y->id], (RunOf){1, in, false});
    memset(out, 0, rows * columns * sizeof(Real));
    for (size_t row = 0; row < rows; row++) {
        prepare_ways(generic, y, x);
        if (!generic->tensors[y->id].slope || !generic->tensors[x->id].slope) {
            return;
        }
        generic->tensors[y->id].slope[row] = 1;
        run_back(generic, y, x);
        memcpy(out + row * columns, generic->tensors[x->id].slope, columns * sizeof(Real));
    }
}
