/* The Hessian's products of evaluating updates, by differences of the library's own gradient. */

#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t bytes_of(const Variable *variable) {
    return (size_t)shape_count(variable->shape) * sizeof(Real);
}

static Real *copy_of(const Real *values, const Variable *variable) {
    Real *copy = malloc(bytes_of(variable));
    return copy ? memcpy(copy, values, bytes_of(variable)) : NULL;
}

/* What the direction has of each variable. */
static Real **copy_directions(const Generic *generic, const Direction *direction) {
    Real **copies = calloc((size_t)direction->count, sizeof *copies);
    for (int i = 0; i < direction->count; i++) {
        copies[i] =
            copy_of(generic->tensors[direction->nodes[i]->id].value, direction->variables[i]);
    }
    return copies;
}

static Real **copy_values(const Generic *generic, const Direction *direction) {
    Real **copies = calloc((size_t)direction->count, sizeof *copies);
    for (int i = 0; i < direction->count; i++) {
        const Variable *variable = direction->variables[i];
        copies[i] = copy_of(generic->variables[variable->number], variable);
    }
    return copies;
}

static void put_back(Generic *generic, const Direction *direction, Real **values) {
    for (int i = 0; i < direction->count; i++) {
        memcpy(generic->variables[direction->variables[i]->number], values[i],
               bytes_of(direction->variables[i]));
        free(values[i]);
    }
    free(values);
}

static void move_along(Generic *generic, const Direction *direction, Real *const *along,
                       double factor) {
    for (int i = 0; i < direction->count; i++) {
        Real *value = generic->variables[direction->variables[i]->number];
        for (int64_t k = 0; k < shape_count(direction->variables[i]->shape); k++) {
            value[k] += (Real)(factor * (double)along[i][k]);
        }
    }
}

static double length_of(const Direction *direction, Real *const *along) {
    double squares = 0;
    for (int i = 0; i < direction->count; i++) {
        for (int64_t k = 0; k < shape_count(direction->variables[i]->shape); k++) {
            squares += (double)along[i][k] * (double)along[i][k];
        }
    }
    return sqrt(squares);
}

/* Adds factor times the gradient at the weights as they stand. */
static void add_gradient(Generic *generic, int number, double factor) {
    for (int v = 0; v < generic->graph->variable_count; v++) {
        Real *product = generic->products[number][v];
        for (int64_t k = 0; k < shape_count(generic->graph->variables[v]->shape); k++) {
            product[k] += (Real)(factor * (double)generic->gradients[v][k]);
        }
    }
}

void product_find(Generic *generic, int number, size_t n, const void *const *in) {
    static const double weights[] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
    const Direction *direction = &generic->graph->directions[number];
    generic_gradient(generic, n, in);
    run_roots(generic, direction->count, direction->nodes, (RunOf){1, NULL, true});
    Real **along = copy_directions(generic, direction);
    /* By length: a unit with many inputs moves as far as one with few. */
    double length = length_of(direction, along), step = 0.01 / (length > 0 ? length : 1);
    for (int v = 0; v < generic->graph->variable_count; v++) {
        memset(generic->products[number][v], 0, bytes_of(generic->graph->variables[v]));
    }
    for (int k = 0; k < 4; k++) {
        for (int side = -1; side <= 1; side += 2) {
            Real **before = copy_values(generic, direction);
            move_along(generic, direction, along, side * (k + 1) * step);
            generic_gradient(generic, n, in);
            add_gradient(generic, number, side * weights[k] / step);
            put_back(generic, direction, before);
        }
    }
    for (int i = 0; i < direction->count; i++) {
        free(along[i]);
    }
    free(along);
}
