/* Output of `predict` for targets whose classes have names. Comes in: outputs of the net. Goes
   out, as cells of CSV: headings with the names of classes, and after the numbers of each row
   the name of the class with the largest number. */

#include "host.h"

#include <math.h>
#include <string.h>

void nn_value_heading(const nn_data *data, size_t output, size_t value, FILE *out) {
    const nn_network *network = data->network;
    const nn_field *field = &network->outputs[output];
    size_t target = nn_named_target(data->classes, network->output_targets, output);
    char before[256];
    nn_cell_text cell;
    if (field->count == 1) {
        fputs(field->name, out);
    } else if (target == NN_NONE) {
        fprintf(out, "%s.%zu", field->name, value);
    } else {
        snprintf(before, sizeof before, "%s.", field->name);
        fputs(nn_cell(&cell, before, nn_classes_name(data->classes, target, value)), out);
    }
}

/* The first output whose values belong to the classes of this target; NN_NONE if there is none or
   they have no names. */
static size_t output_of(const nn_data *data, size_t target) {
    for (size_t i = 0; i < data->network->output_count; i++)
        if (nn_named_target(data->classes, data->network->output_targets, i) == target)
            return i;
    return NN_NONE;
}

void nn_decisions_heading(const nn_data *data, FILE *out) {
    for (size_t i = 0; i < data->network->target_count; i++)
        if (output_of(data, i) != NN_NONE)
            fprintf(out, ",%s", data->network->targets[i].name);
}

/* The index of the (first) largest number; NN_NONE where there is a NaN. */
static size_t largest(const nn_network *network, const void *reals, size_t first, size_t count) {
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        double value = nn_real_get(network, reals, first + i);
        if (isnan(value))
            return NN_NONE;
        best = value > nn_real_get(network, reals, first + best) ? i : best;
    }
    return best;
}

void nn_decisions_print(const nn_data *data, void *const *outputs, size_t row, FILE *out) {
    const nn_network *network = data->network;
    for (size_t i = 0; i < network->target_count; i++) {
        size_t output = output_of(data, i);
        if (output == NN_NONE)
            continue;
        size_t count = network->outputs[output].count;
        nn_cell_text cell;
        size_t class = largest(network, outputs[output], row * count, count);
        fputc(',', out);
        if (class != NN_NONE)
            fputs(nn_cell(&cell, "", nn_classes_name(data->classes, i, class)), out);
    }
}
