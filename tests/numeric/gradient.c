/* See gradient.h. Closeness: |a - d| <= 1e-6 max(|a|, |d|, rms of that tensor's gradient). Where
   the gradient is 0 because two products cancel, a rounding error relative to the cost may be left,
   since a fused multiply-add rounds only one of them; differences cannot resolve less than a
   thousand times that. */

#include "gradient.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    Running *running;
    const Data *data;
    size_t n;
    const char *name;
    size_t count;
    double *value, *slope, cost;
} Tensor;

static double cost_at(Tensor *tensor, size_t element, double value) {
    double old = tensor->value[element];
    tensor->value[element] = value;
    running_set(tensor->running, tensor->name, tensor->count, tensor->value);
    tensor->value[element] = old;
    return running_gradient(tensor->running, tensor->n, tensor->data);
}

/* Of fourth order: (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h. */
static double difference(Tensor *tensor, size_t element) {
    double at = tensor->value[element], step = 5e-4;
    double far = cost_at(tensor, element, at - 2 * step) - cost_at(tensor, element, at + 2 * step);
    double near = cost_at(tensor, element, at + step) - cost_at(tensor, element, at - step);
    return (far + 8 * near) / (12 * step);
}

static double rms(const double *values, size_t count) {
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        squares += values[i] * values[i];
    }
    return sqrt(squares / (double)count);
}

static bool check_tensor(Tensor *tensor, GradientCheck *check) {
    double typical = rms(tensor->slope, tensor->count);
    for (size_t i = 0; i < tensor->count; i++) {
        double wanted = difference(tensor, i), got = tensor->slope[i];
        double limit = 1e-6 * fmax(fmax(fabs(got), fabs(wanted)), typical);
        limit = fmax(limit, 2 * DBL_EPSILON * fabs(tensor->cost));
        check->elements++;
        if (!(fabs(got - wanted) <= limit)) {
            snprintf(check->failure, sizeof check->failure,
                     "%s[%zu]: %.12g generated, %.12g by differences, rms %.3g", tensor->name, i,
                     got, wanted, typical);
            return false;
        }
    }
    running_set(tensor->running, tensor->name, tensor->count, tensor->value);
    return true;
}

static bool check_variable(Tensor *tensor, GradientCheck *check) {
    tensor->value = calloc(2 * tensor->count, sizeof(double));
    tensor->slope = tensor->value + tensor->count;
    tensor->cost = running_gradient(tensor->running, tensor->n, tensor->data);
    bool found = running_get(tensor->running, tensor->name, tensor->count, tensor->value) &&
                 running_get_gradient(tensor->running, tensor->name, tensor->count, tensor->slope);
    if (!found) {
        snprintf(check->failure, sizeof check->failure, "no tensor %s", tensor->name);
    }
    bool right = found && check_tensor(tensor, check);
    free(tensor->value);
    return right;
}

bool check_gradients(Running *running, const Graph *graph, const Data *data, size_t n,
                     GradientCheck *check) {
    for (int v = 0; v < graph->variable_count; v++) {
        const Variable *variable = graph->variables[v];
        if (variable->kind != VARIABLE_PARAM || !variable->trained || !variable->next) {
            continue;
        }
        Tensor tensor = {.running = running,
                         .data = data,
                         .n = n,
                         .name = variable->name,
                         .count = (size_t)shape_count(variable->shape)};
        if (!check_variable(&tensor, check)) {
            return false;
        }
    }
    return true;
}
