/* Pairs of examples, for nets that compare two items. Comes in: items, one item and its label
   per row. Goes out: as many pairs as items. Each item is the first of one pair; in half of the
   pairs, where the labels allow it, the second item has the same label, and the target is 1. The
   pairs depend on seed and epoch only. */

#include "classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Part of the counter of Philox: other numbers than for shuffling and in the net. */
enum { PAIR_STREAM = 0x50414952 };

/* An item in the list sorted by label. Items with the same label are members first .. end - 1. */
typedef struct nn_member {
    double label;
    size_t item, first, end;
} Member;

static double number_at(const nn_data *data, size_t field, size_t row) {
    const void *values = data->values[field];
    return data->network->real_size == sizeof(float) ? (double)((const float *)values)[row]
                                                     : ((const double *)values)[row];
}

static int compare_members(const void *first, const void *second) {
    const Member *a = first, *b = second;
    if (a->label < b->label || a->label > b->label)
        return a->label < b->label ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static bool items_sort(nn_items *items, nn_error *error) {
    size_t count = items->data->count, label = items->network.input_count, end;
    items->members = calloc(count, sizeof *items->members);
    if (!items->members)
        return nn_fail_memory(error);
    Member *members = items->members;
    for (size_t i = 0; i < count; i++)
        members[i] = (Member){.label = number_at(items->data, label, i), .item = i};
    qsort(members, count, sizeof *members, compare_members);
    for (size_t first = 0; first < count; first = end) {
        for (end = first + 1; end < count && !(members[end].label > members[first].label); end++)
            continue;
        for (size_t i = first; i < end; i++)
            members[i].first = first, members[i].end = end;
    }
    return true;
}

static bool pairs_allocate(nn_data *data, nn_error *error) {
    const nn_network *network = data->network;
    for (size_t i = 0; i < network->input_count + network->target_count; i++) {
        size_t size = nn_data_row_size(network, i);
        if (data->count > PTRDIFF_MAX / size || !(data->values[i] = calloc(data->count, size)))
            return nn_fail_memory(error);
    }
    data->capacity = data->count;
    return true;
}

static void copy_item(const nn_data *data, size_t from, size_t row, bool is_second) {
    size_t half = data->network->input_count / 2;
    for (size_t i = 0; i < half; i++) {
        size_t size = nn_data_row_size(data->network, i);
        memcpy((char *)data->values[i + (is_second ? half : 0)] + row * size,
               (const char *)data->items->data->values[i] + from * size, size);
    }
}

static void put_same(const nn_data *data, size_t row, bool is_same) {
    void *values = data->values[data->network->input_count];
    if (data->network->real_size == sizeof(float))
        ((float *)values)[row] = is_same ? 1 : 0;
    else
        ((double *)values)[row] = is_same ? 1 : 0;
}

/* Draws another member, with the same label or with a different one. */
static size_t draw_partner(const nn_data *data, size_t member, bool is_same, nn_draws *draws) {
    const Member *members = data->items->members, *own = &members[member];
    size_t mates = own->end - own->first, drawn;
    if (is_same) {
        drawn = own->first + (size_t)nn_draw_below(draws, mates - 1);
        return drawn < member ? drawn : drawn + 1;
    }
    drawn = (size_t)nn_draw_below(draws, data->count - mates);
    return drawn < own->first ? drawn : drawn + mates;
}

void nn_data_draw(nn_data *data, uint64_t seed, uint32_t epoch) {
    size_t able = 0, wanted = data->count / 2;
    if (!data->items)
        return;
    const Member *members = data->items->members;
    nn_draws draws = nn_draws_new(seed, epoch, PAIR_STREAM);
    for (size_t i = 0; i < data->count; i++)
        able += members[i].end - members[i].first > 1;
    for (size_t i = 0; i < data->count; i++) {
        bool is_same = members[i].end - members[i].first > 1;
        if (is_same)
            is_same = nn_draw_below(&draws, able--) < wanted;
        wanted -= is_same;
        size_t partner = draw_partner(data, i, is_same, &draws);
        copy_item(data, members[partner].item, members[i].item, true);
        put_same(data, members[i].item, is_same);
    }
}

static bool one_label_fail(const nn_items *items, const char *path, nn_error *error) {
    char number[40];
    double value;
    nn_quoted quoted;
    snprintf(number, sizeof number, "%g", items->members[0].label);
    bool has_name = nn_classes_count(items->classes, 0) > 0;
    const char *label = has_name ? nn_classes_name(items->classes, 0, 0) : number;
    bool is_number = nn_number_parse(label, false, &value) == NN_NUMBER;
    return nn_fail(error, NN_WRONG, (nn_place){path, 0},
                   "every '%.60s' is %s, pairs need two labels or more",
                   items->network.targets[0].name, is_number ? label : nn_quote(&quoted, label));
}

bool nn_pairs_make(nn_data *data, const char *path, nn_error *error) {
    nn_items *items = data->items;
    data->count = items->data->count;
    data->has_targets = true;
    if (!items_sort(items, error) || !pairs_allocate(data, error))
        return false;
    if (items->members[0].end == data->count)
        return one_label_fail(items, path, error);
    for (size_t i = 0; i < data->count; i++)
        copy_item(data, i, i, false);
    for (size_t i = 0; i < data->network->input_count; i++)
        items->twice[i] = items->data->values[i % items->network.input_count];
    nn_data_draw(data, 0, 0);
    return true;
}

/* The error for a number that is not finite. */
static bool fit_fails(const nn_data *data, void *const *values, nn_error *error) {
    const nn_network *network = data->network;
    for (size_t index = 0; index < nn_data_field_count(data); index++) {
        const nn_field *field = nn_data_field(network, index);
        for (size_t i = 0; field->is_scaled && i < data->count * field->count; i++)
            if (!isfinite(nn_real_get(network, values[index], i)))
                return nn_fail(error, NN_WRONG, (nn_place){NULL, 0},
                               "example %zu: '%.60s' is not finite, and so has no range",
                               i / field->count + 1, field->name);
    }
    return nn_fail(error, NN_WRONG, (nn_place){NULL, 0}, "no example, and so no range");
}

bool nn_data_fit(const nn_data *data, void *net, nn_error *error) {
    void *const *values = data->items ? data->items->twice : data->values;
    int is_fine = 1;
    if (data->network->fit)
        data->network->fit(net, NULL, data->count, (const void *const *)values, &is_fine);
    return is_fine || fit_fails(data, values, error);
}

/* Sets the order of the fields of one item and its label, from that of the net, which has two. */
static void items_order(nn_items *items, const nn_network *network) {
    size_t half = network->input_count / 2, count = 0;
    for (size_t i = 0; i < network->input_count + network->target_count; i++) {
        size_t field = nn_field_declared(network, i);
        if (field < half || field >= network->input_count)
            items->order[count++] = field < half ? field : field - half;
    }
    items->network.order = items->order;
}

nn_items *nn_items_new(const nn_network *network, nn_error *error) {
    size_t fields = network->input_count + network->target_count;
    nn_items *items = calloc(1, sizeof *items);
    void **twice = calloc(network->input_count, sizeof *twice);
    nn_classes *classes = items ? nn_classes_new(network) : NULL;
    size_t *order = calloc(fields, sizeof *order);
    if (!items || !twice || !classes || !order) {
        nn_fail_memory(error);
        nn_classes_free(classes);
        free(items);
        free(twice);
        free(order);
        return NULL;
    }
    *items = (nn_items){.network = *network, .classes = classes, .twice = twice, .order = order};
    items->network.input_count /= 2;
    items->network.is_pairs = 0;
    classes->are_items = true;
    items_order(items, network);
    return items;
}

void nn_items_free(nn_items *items) {
    if (!items)
        return;
    nn_data_free(items->data);
    nn_classes_free(items->classes);
    free(items->members);
    free(items->twice);
    free(items->order);
    free(items);
}
