/* See slopes.h. */

#include "slopes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Derivatives

static size_t slope_count(const Jacobian *jacobian) {
    return (size_t)(shape_count(jacobian->y->shape) * shape_count(jacobian->x->shape));
}

bool compare_derivatives(Oracle *oracle, Running *running, size_t example, const Data *data,
                         Comparison *comparison) {
    Data rest = data_from(data, example);
    bool same = true;
    for (int i = 0; same && i < oracle->graph->jacobian_count; i++) {
        const Jacobian *jacobian = &oracle->graph->jacobians[i];
        size_t count = slope_count(jacobian);
        double *got = calloc(2 * count, sizeof *got), *wanted = got + count;
        running_derivative(running, i, example, data, count, got);
        generic_jacobian(oracle->generic, rest.in, jacobian->y, jacobian->x, wanted);
        same = same_tensor(comparison, (Compared){"derivative", jacobian->name, example}, count,
                           got, wanted);
        free(got);
    }
    return same;
}

bool are_derivatives_steady(Oracle *oracle, size_t example, const Data *data, Dice *dice) {
    Data rest = data_from(data, example);
    bool good = true;
    for (int i = 0; good && i < oracle->graph->jacobian_count; i++) {
        const Jacobian *jacobian = &oracle->graph->jacobians[i];
        size_t count = slope_count(jacobian);
        double *plain = calloc(2 * count, sizeof *plain), *moved = plain + count;
        generic_jacobian(oracle->generic, rest.in, jacobian->y, jacobian->x, plain);
        generic_perturb(oracle->generic, 0x1p-23, dice_bits(dice));
        generic_jacobian(oracle->generic, rest.in, jacobian->y, jacobian->x, moved);
        generic_perturb(oracle->generic, 0, 0);
        good = are_close(count, plain, moved, 1e-5);
        free(plain);
    }
    return good;
}

// The Hessian

static bool has_slope(const Variable *variable) {
    return variable->kind == VARIABLE_PARAM && variable->trained && variable->next;
}

static size_t count_of(const Variable *variable) {
    return (size_t)shape_count(variable->shape);
}

static size_t slopes_of(const Graph *graph) {
    size_t count = 0;
    for (int v = 0; v < graph->variable_count; v++) {
        count += has_slope(graph->variables[v]) ? count_of(graph->variables[v]) : 0;
    }
    return count;
}

/* Sets the parameters to `kept` plus `part` times the direction. */
static void move(Oracle *oracle, const double *direction, double part, double *kept) {
    const Graph *graph = oracle->graph;
    size_t at = 0;
    for (int v = 0; v < graph->variable_count; v++) {
        double *value = generic_variable(oracle->generic, graph->variables[v]);
        for (size_t i = 0; has_slope(graph->variables[v]) && i < count_of(graph->variables[v]);
             i++, at++) {
            value[i] = kept[at] + part * direction[at];
        }
    }
}

static void read_parameters(Oracle *oracle, double *kept) {
    const Graph *graph = oracle->graph;
    for (int v = 0; v < graph->variable_count; v++) {
        if (has_slope(graph->variables[v])) {
            memcpy(kept, generic_variable(oracle->generic, graph->variables[v]),
                   count_of(graph->variables[v]) * sizeof *kept);
            kept += count_of(graph->variables[v]);
        }
    }
}

static void read_gradient(Oracle *oracle, double weight, double *sum) {
    const Graph *graph = oracle->graph;
    for (int v = 0; v < graph->variable_count; v++) {
        const Variable *variable = graph->variables[v];
        const double *slope = generic_gradient_of(oracle->generic, variable);
        for (size_t i = 0; has_slope(variable) && i < count_of(variable); i++) {
            *sum++ += weight * slope[i];
        }
    }
}

/* (g(-2h) - 8 g(-h) + 8 g(h) - g(2h)) / 12h of the gradient g along the direction. */
static void difference(Oracle *oracle, size_t n, const Data *data, const double *direction,
                       double h, double *product) {
    static const double places[] = {-2, -1, 1, 2}, weights[] = {1, -8, 8, -1};
    size_t count = slopes_of(oracle->graph);
    double *kept = calloc(count + 1, sizeof *kept);
    read_parameters(oracle, kept);
    memset(product, 0, count * sizeof *product);
    for (int k = 0; k < 4; k++) {
        move(oracle, direction, places[k] * h, kept);
        generic_gradient(oracle->generic, n, data->in);
        read_gradient(oracle, weights[k] / (12 * h), product);
    }
    move(oracle, direction, 0, kept);
    free(kept);
}

/* The same at every call, exact in float. */
static double *new_direction(size_t count) {
    Dice dice = dice_new(count);
    double *direction = calloc(count + 1, sizeof *direction);
    for (size_t i = 0; i < count; i++) {
        direction[i] = (float)dice_real(&dice, -1, 1);
    }
    return direction;
}

static const double narrow = 2e-5, wide = 5e-5;

bool is_hessian_steady(Oracle *oracle, size_t n, const Data *data) {
    if (!oracle->graph->has_hessian) {
        return true;
    }
    size_t count = slopes_of(oracle->graph);
    double *direction = new_direction(count), *both = calloc(2 * count + 1, sizeof *both);
    difference(oracle, n, data, direction, narrow, both);
    difference(oracle, n, data, direction, wide, both + count);
    bool good = largest_of(count, both) > 1e-4 && are_close(count, both, both + count, 1e-7);
    free(direction);
    free(both);
    return good;
}

bool compare_hessian(Oracle *oracle, Running *running, size_t n, const Data *data,
                     Comparison *comparison) {
    if (!oracle->graph->has_hessian) {
        return true;
    }
    size_t count = slopes_of(oracle->graph);
    if (running->glue->direction_count != count) {
        return differ(comparison, "hessian_times: a direction of %zu numbers, wanted %zu",
                      running->glue->direction_count, count);
    }
    double *direction = new_direction(count), *wanted = calloc(2 * count + 1, sizeof *wanted);
    difference(oracle, n, data, direction, narrow, wanted);
    running_hessian_times(running, n, data, direction, wanted + count);
    Comparison rougher = *comparison;
    rougher.limit = fmax(comparison->limit, DIFFERENCES_LIMIT);
    bool same =
        same_tensor(&rougher, (Compared){"hessian_times", "all", n}, count, wanted + count, wanted);
    rougher.limit = comparison->limit;
    *comparison = rougher;
    free(direction);
    free(wanted);
    return same;
}
