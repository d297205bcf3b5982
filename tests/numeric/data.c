/* See data.h. */

#include "data.h"

#include <stdlib.h>

static void draw_field(Data *data, const Variable *variable, Dice *dice) {
    int place = data->field_count++;
    data->variables[place] = variable;
    data->counts[place] = variable->onehot ? 1 : (size_t)shape_count(variable->shape);
    size_t count = data->n * data->counts[place];
    if (variable->onehot) {
        data->classes[place] = calloc(count + 1, sizeof(int32_t));
        for (size_t i = 0; i < count; i++) {
            data->classes[place][i] = dice_below(dice, (int)shape_count(variable->shape));
        }
        data->in[place] = data->classes[place];
        return;
    }
    bool is_input = variable->kind == VARIABLE_INPUT;
    data->values[place] = calloc(count + 1, sizeof(double));
    for (size_t i = 0; i < count; i++) {
        data->values[place][i] =
            (float)dice_real(dice, is_input ? -1.5 : 0.05, is_input ? 1.5 : 0.95);
    }
    data->in[place] = data->values[place];
}

Data *data_new(const Graph *graph, size_t n, Dice *dice) {
    Data *data = calloc(1, sizeof *data);
    data->n = n;
    for (int pass = 0; pass < 2; pass++) {
        VariableKind kind = pass == 0 ? VARIABLE_INPUT : VARIABLE_TARGET;
        for (int v = 0; v < graph->variable_count; v++) {
            if (graph->variables[v]->kind == kind && data->field_count < MAX_FIELDS) {
                draw_field(data, graph->variables[v], dice);
            }
        }
        data->input_count = pass == 0 ? data->field_count : data->input_count;
    }
    return data;
}

Data data_from(const Data *data, size_t first) {
    Data rest = *data;
    rest.n -= first;
    for (int i = 0; i < data->field_count; i++) {
        if (data->values[i]) {
            rest.in[i] = rest.values[i] = data->values[i] + first * data->counts[i];
        } else {
            rest.in[i] = rest.classes[i] = data->classes[i] + first * data->counts[i];
        }
    }
    return rest;
}

void data_free(Data *data) {
    for (int i = 0; data && i < data->field_count; i++) {
        free(data->values[i]);
        free(data->classes[i]);
    }
    free(data);
}
