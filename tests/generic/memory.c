/* Room for a network: every variable, node and list of inputs, once, before it runs. */

#include "network.h"

#include <stdlib.h>
#include <string.h>

static size_t node_room(const Generic *generic, const Node *node) {
    return (node->batched ? generic->capacity : 1) * (size_t)shape_count(node->shape);
}

bool node_lies_in_variable(const Node *node) {
    return node->kind == KIND_PARAM || node->kind == KIND_STATE;
}

#ifdef GENERIC_FLOAT
/* No vector of the caches' lines lies in two of them. */
static Real *new_reals(size_t count) {
    enum { LINE = 64 };
    size_t size = (count * sizeof(Real) / LINE + 1) * LINE;
    Real *reals = aligned_alloc(LINE, size);
    return reals ? memset(reals, 0, size) : NULL;
}
#else
static Real *new_reals(size_t count) {
    return calloc(count ? count : 1, sizeof(Real));
}
#endif

static bool allocate_products(Generic *generic) {
    const Graph *graph = generic->graph;
    generic->products = calloc((size_t)graph->direction_count + 1, sizeof(Real **));
    for (int i = 0; generic->products && i < graph->direction_count; i++) {
        generic->products[i] = calloc((size_t)graph->variable_count, sizeof(Real *));
        for (int v = 0; generic->products[i] && v < graph->variable_count; v++) {
            generic->products[i][v] = new_reals((size_t)shape_count(graph->variables[v]->shape));
            if (!generic->products[i][v]) {
                return false;
            }
        }
        if (!generic->products[i]) {
            return false;
        }
    }
    return generic->products != NULL;
}

static bool allocate_variables(Generic *generic) {
    const Graph *graph = generic->graph;
    size_t count = (size_t)graph->variable_count + 1;
    generic->variables = calloc(count, sizeof(Real *));
    generic->gradients = calloc(count, sizeof(Real *));
    generic->staged = calloc(count, sizeof(Real *));
    if (!generic->variables || !generic->gradients || !generic->staged) {
        return false;
    }
    for (int v = 0; v < graph->variable_count; v++) {
        size_t size = (size_t)shape_count(graph->variables[v]->shape);
        generic->variables[v] = new_reals(size);
        generic->gradients[v] = new_reals(size);
        generic->staged[v] = new_reals(size);
        if (!generic->variables[v] || !generic->gradients[v] || !generic->staged[v]) {
            return false;
        }
    }
    return allocate_products(generic);
}

static bool allocate_inputs(Generic *generic, const Node *node) {
    Tensor **inputs = calloc((size_t)node->input_count + 1, sizeof *inputs);
    for (int i = 0; inputs && i < node->input_count; i++) {
        inputs[i] = &generic->tensors[node->inputs[i]->id];
    }
    generic->inputs[node->id] = inputs;
    return inputs != NULL;
}

static bool allocate_nodes(Generic *generic) {
    const Graph *graph = generic->graph;
    size_t count = (size_t)graph->node_count + 1;
    generic->tensors = calloc(count, sizeof(Tensor));
    generic->values = calloc(count, sizeof(Real *));
    generic->slopes = calloc(count, sizeof(Real *));
    generic->inputs = calloc(count, sizeof(Tensor **));
    generic->needed = calloc(count, sizeof(bool));
    generic->wanted = calloc(count, sizeof(bool));
    generic->gradient_at = calloc(count, sizeof(Real *));
    generic->roots =
        calloc(count + (size_t)graph->variable_count + (size_t)graph->sum_count, sizeof(Node *));
    if (!generic->tensors || !generic->values || !generic->slopes || !generic->inputs ||
        !generic->needed || !generic->wanted || !generic->gradient_at || !generic->roots) {
        return false;
    }
    for (int i = 0; i < graph->node_count; i++) {
        const Node *node = graph->nodes[i];
        if (!allocate_inputs(generic, node)) {
            return false;
        }
        generic->tensors[i].shape = node->shape;
        generic->tensors[i].count = (size_t)shape_count(node->shape);
        if (!node_lies_in_variable(node)) {
            generic->values[i] = new_reals(node_room(generic, node));
            generic->slopes[i] = new_reals(node_room(generic, node));
            if (!generic->values[i] || !generic->slopes[i]) {
                return false;
            }
        }
    }
    return true;
}

bool network_allocate(Generic *generic) {
    return allocate_variables(generic) && allocate_nodes(generic) && blocks_allocate(generic);
}

bool node_has_slope(const Node *node, int input) {
    if (node->op == OP_SLOPE) {
        return input == 1;
    }
    if (node->kind == KIND_WINDOW) {
        return node->op != OP_WINDOW_FIRST && input == 0;
    }
    return node->kind != KIND_MAP ||
           (node->op != OP_DETACH && node->op != OP_LESS && node->op != OP_LESS_EQUAL &&
            node->op != OP_EQUAL && node->op != OP_NOT_EQUAL);
}

/* What the cost's slope does not pass through is not wanted: not even 0 goes there. */
static void want_on_the_way(Generic *generic) {
    const Graph *graph = generic->graph;
    memset(generic->needed, 0, (size_t)graph->node_count * sizeof(bool));
    if (graph->cost) {
        generic->needed[graph->cost->id] = true;
    }
    for (int i = graph->node_count - 1; i >= 0; i--) {
        const Node *node = graph->nodes[i];
        for (int k = 0; generic->needed[i] && k < node->input_count; k++) {
            generic->needed[node->inputs[k]->id] |= node_has_slope(node, k);
        }
        generic->wanted[i] &= generic->needed[i];
    }
}

static void mark_wanted(Generic *generic) {
    for (int v = 0; v < generic->graph->variable_count; v++) {
        const Variable *variable = generic->graph->variables[v];
        if (variable->kind == VARIABLE_PARAM && variable->trained) {
            const Node *read = variable->point ? variable->point : variable->node;
            generic->gradient_at[read->id] = generic->gradients[v];
        }
    }
    for (int i = 0; i < generic->graph->node_count; i++) {
        const Node *node = generic->graph->nodes[i];
        generic->wanted[i] = generic->gradient_at[i] != NULL;
        for (int k = 0; k < node->input_count; k++) {
            generic->wanted[i] |= node_has_slope(node, k) && generic->wanted[node->inputs[k]->id];
        }
    }
    want_on_the_way(generic);
}

Generic *generic_new(const Graph *graph) {
    Generic *generic = calloc(1, sizeof *generic);
    if (!generic) {
        return NULL;
    }
    generic->graph = graph;
    generic->capacity = graph->batch > 0 ? (size_t)graph->batch : 1;
    generic->epochs = 1;
    if (!network_allocate(generic)) {
        generic_free(generic);
        return NULL;
    }
    mark_wanted(generic);
    return generic;
}

static void free_all(Real **arrays, int count) {
    for (int i = 0; arrays && i < count; i++) {
        free(arrays[i]);
    }
    free(arrays);
}

void generic_free(Generic *generic) {
    if (!generic) {
        return;
    }
    free_all(generic->variables, generic->graph->variable_count);
    free_all(generic->gradients, generic->graph->variable_count);
    free_all(generic->staged, generic->graph->variable_count);
    for (int i = 0; generic->products && i < generic->graph->direction_count; i++) {
        free_all(generic->products[i], generic->graph->variable_count);
    }
    free(generic->products);
    free_all(generic->values, generic->graph->node_count);
    free_all(generic->slopes, generic->graph->node_count);
    for (int i = 0; generic->inputs && i < generic->graph->node_count; i++) {
        free(generic->inputs[i]);
    }
    free(generic->inputs);
    free(generic->tensors);
    free(generic->needed);
    free(generic->wanted);
    free(generic->gradient_at);
    free(generic->roots);
    free(generic->readers);
    free(generic->blocks);
    free(generic->written);
    free(generic);
}
