/* Doubts about data that have been read without an error. Comes in: examples, and the table they
   come from. Goes out: an error where the class may stand at the other end of rows without names,
   and a note where all examples have one class. */

#include "host.h"

#include <math.h>
#include <stdlib.h>

// ---- the class at the other end ----

/* How many classes occur among numbers of the examples; 0 if some are no classes. */
typedef struct {
    bool *has; /* per class */
    size_t count, found;
} Seen;

static bool seen_add(Seen *seen, double value) {
    if (!(value >= 0 && value < (double)seen->count) || floor(value) < value)
        return false;
    seen->found += !seen->has[(size_t)value];
    seen->has[(size_t)value] = true;
    return true;
}

static double value_at(const nn_data *data, const nn_slot *slot, size_t row) {
    const nn_field *field = nn_data_field(data->network, slot->field);
    const void *values = data->values[slot->field];
    if (field->is_onehot)
        return ((const int32_t *)values)[row];
    return nn_real_get(data->network, values, row * field->count + slot->position);
}

static bool classes_found(const nn_data *data, const nn_slot *slot, size_t classes, size_t *found) {
    Seen seen = {.has = calloc(classes, sizeof *seen.has), .count = classes};
    bool are_classes = true;
    if (!seen.has)
        return false;
    for (size_t row = 0; are_classes && row < data->count; row++)
        are_classes = seen_add(&seen, value_at(data, slot, row));
    free(seen.has);
    *found = are_classes ? seen.found : 0;
    return true;
}

/* The slot that the column at the other end feeds, if this one is at an end; NULL if there is
   none. */
static const nn_slot *opposite(const nn_table *table, const nn_slot *slot) {
    size_t last = table->column_count - 1;
    if (slot->column != 0 && slot->column != last)
        return NULL;
    for (size_t i = 0; i < table->slot_count; i++)
        if (table->slots[i].column == last - slot->column && &table->slots[i] != slot)
            return &table->slots[i];
    return NULL;
}

static bool order_fail(const nn_table *table, const nn_slot *slot, size_t found, size_t other) {
    const nn_field *field = nn_data_field(table->network, slot->field);
    size_t last = table->column_count - 1;
    nn_fail(table->error, NN_WRONG, (nn_place){table->csv.stream->path, 0},
            "is '%.60s' the last column or the first? The %s has %zu of its %zu classes, the other "
            "has %zu",
            field->name, slot->column == last ? "last" : "first", found, field->count, other);
    nn_hint(table->error, "--columns %.60s=0 takes the first, --columns %.60s=%zu the last",
            field->name, field->name, last);
    return false;
}

bool nn_order_check(const nn_table *table, const nn_data *data) {
    const nn_sources *sources = table->reading->sources;
    if (table->header == NN_NAMES || table->reading->columns || !sources || sources->are_known ||
        !data->has_targets)
        return true;
    for (size_t i = table->input_slots; i < table->slot_count; i++) {
        const nn_slot *slot = &table->slots[i], *other = opposite(table, slot);
        const nn_field *field = nn_data_field(table->network, slot->field);
        size_t found = 0, others = 0;
        bool has_names =
            nn_classes_count(data->classes, slot->field - table->network->input_count) > 0;
        if (!other || !field->is_onehot || has_names)
            continue;
        if (!classes_found(data, slot, field->count, &found) ||
            !classes_found(data, other, field->count, &others))
            return nn_fail_memory(table->error);
        if (others > found)
            return order_fail(table, slot, found, others);
    }
    return true;
}

// ---- one class ----

void nn_one_class_note(const nn_data *data, const char *path, nn_error *error) {
    const nn_network *network = data->network;
    for (size_t i = 0; data->has_targets && i < network->target_count; i++) {
        const int32_t *classes = data->values[network->input_count + i];
        bool is_one =
            network->targets[i].is_onehot && network->targets[i].count > 1 && data->count > 1;
        for (size_t row = 1; is_one && row < data->count; row++)
            is_one = classes[row] == classes[0];
        if (is_one)
            nn_note(error, path, "all %zu examples are of class %d of '%.60s'", data->count,
                    (int)classes[0], network->targets[i].name);
    }
}
