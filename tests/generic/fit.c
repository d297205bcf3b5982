/* Scaling of inputs and targets: low and scale of each element from training data, so that
   (x - low) * scale lies in 0 .. 1 (minmax) or has mean 0 and variance 1 (standard, the
   population's). Scale is 1 where the range is 0. */

#include "network.h"

#include <math.h>

static void fit_element(const Variable *data, size_t n, const Real *column, Real *low,
                        Real *scale) {
    size_t stride = (size_t)shape_count(data->shape);
    double least = (double)column[0], most = least, sum = 0, squares = 0;
    for (size_t e = 0; e < n; e++) {
        double x = (double)column[e * stride];
        least = fmin(least, x);
        most = fmax(most, x);
        sum += x;
    }
    double mean = sum / (double)n;
    for (size_t e = 0; e < n; e++) {
        double x = (double)column[e * stride] - mean;
        squares += x * x;
    }
    bool is_range = data->scaling == SCALING_MINMAX;
    double range = is_range ? most - least : sqrt(squares / (double)n);
    *low = (Real)(is_range ? least : mean);
    *scale = (Real)(most > least ? 1 / range : 1);
}

/* The scaled ones among the inputs, or the targets, of which `in` holds all. */
static void fit_kind(Generic *generic, VariableKind kind, size_t n, const void *const *in) {
    int place = 0;
    for (int v = 0; v < generic->graph->variable_count; v++) {
        const Variable *data = generic->graph->variables[v];
        if (data->kind != kind) {
            continue;
        }
        const Real *column = in[place++];
        for (size_t i = 0;
             n > 0 && data->scaling != SCALING_NONE && i < (size_t)shape_count(data->shape); i++) {
            fit_element(data, n, column + i, &generic->variables[data->low->number][i],
                        &generic->variables[data->scale->number][i]);
        }
    }
}

void generic_fit(Generic *generic, size_t n, const void *const *in) {
    int inputs = 0;
    for (int v = 0; v < generic->graph->variable_count; v++) {
        inputs += generic->graph->variables[v]->kind == VARIABLE_INPUT;
    }
    fit_kind(generic, VARIABLE_INPUT, n, in);
    fit_kind(generic, VARIABLE_TARGET, n, in + inputs);
}
