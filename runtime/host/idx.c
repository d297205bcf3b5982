/* Reads IDX files, the format of MNIST: two zero bytes, a type, the number of axes, the sizes of
   the axes as 32-bit big-endian numbers, the values, big-endian. Comes in: one stream per field.
   Goes out: examples; bytes become the numbers 0 to 255. */

#include "classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    nn_stream *stream;
    const nn_field *field;
    int type;
    size_t item_size;
    size_t rank;
    uint32_t axes[255];
    unsigned char *example; /* the bytes of one example */
} Idx;

static bool idx_fail(const Idx *idx, const char *text) {
    return nn_fail(idx->stream->error, NN_WRONG, (nn_place){idx->stream->path, 0}, "%s", text);
}

static size_t item_size(int type) {
    static const unsigned char sizes[] = {
        [0x08] = 1, [0x09] = 1, [0x0B] = 2, [0x0C] = 4, [0x0D] = 4, [0x0E] = 8};
    return (size_t)type < sizeof sizes ? sizes[type] : 0;
}

static uint64_t big_endian(const unsigned char *bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static double item_value(const Idx *idx, const unsigned char *bytes) {
    uint64_t bits = big_endian(bytes, idx->item_size);
    uint32_t low = (uint32_t)bits;
    float real;
    double wide;
    switch (idx->type) {
    case 0x08: return (double)bits;
    case 0x09: return (double)bits - (bits & 0x80 ? 256 : 0);
    case 0x0B: return (double)bits - (bits & 0x8000 ? 65536 : 0);
    case 0x0C: return (double)bits - (bits & 0x80000000u ? 4294967296.0 : 0);
    case 0x0D: memcpy(&real, &low, sizeof real); return (double)real;
    default: memcpy(&wide, &bits, sizeof wide); return wide;
    }
}

/* Writes the sizes of all axes but the first, "[28, 28]". */
static void axes_text(const Idx *idx, char *text, size_t size) {
    size_t used = (size_t)snprintf(text, size, "[");
    for (size_t i = 1; i < idx->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%u", i > 1 ? ", " : "",
                                 (unsigned)idx->axes[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
}

static bool axes_check(const Idx *idx) {
    size_t width = nn_field_width(idx->field), product = 1;
    bool is_right = true;
    char text[160];
    for (size_t i = 1; i < idx->rank && is_right; i++) {
        is_right = idx->axes[i] > 0 && product <= width / idx->axes[i];
        product *= idx->axes[i];
    }
    if (is_right && product == width)
        return true;
    axes_text(idx, text, sizeof text);
    return nn_fail(idx->stream->error, NN_WRONG, (nn_place){idx->stream->path, 0},
                   "one example has shape %s, '%s' takes %zu %s", text, idx->field->name, width,
                   width == 1 ? "value" : "values");
}

static bool header_read(Idx *idx) {
    unsigned char bytes[4];
    if (nn_stream_read(idx->stream, bytes, 4) < 4 || bytes[0] || bytes[1])
        return idx->stream->error->code == NN_FINE && idx_fail(idx, "not an IDX file");
    idx->type = bytes[2];
    idx->rank = bytes[3];
    idx->item_size = item_size(idx->type);
    if (idx->item_size == 0 || idx->rank == 0)
        return nn_fail(idx->stream->error, NN_WRONG, (nn_place){idx->stream->path, 0},
                       "no IDX file has type 0x%02x and %zu axes", (unsigned)idx->type, idx->rank);
    for (size_t i = 0; i < idx->rank; i++) {
        if (nn_stream_read(idx->stream, bytes, 4) < 4)
            return idx->stream->error->code == NN_FINE && idx_fail(idx, "the file is cut short");
        idx->axes[i] = (uint32_t)big_endian(bytes, 4);
    }
    return axes_check(idx);
}

static bool value_fail(const Idx *idx, size_t example, double value) {
    nn_place place = {idx->stream->path, 0};
    if (!isfinite(value))
        return nn_fail(idx->stream->error, NN_WRONG, place,
                       "example %zu: %g is not a finite number", example + 1, value);
    nn_fail(idx->stream->error, NN_WRONG, place,
            "example %zu: %.9g is not a class of '%s', which are 0 to %zu", example + 1, value,
            idx->field->name, idx->field->count - 1);
    char numbers[100];
    nn_numbers_from_one(idx->field->count, numbers, sizeof numbers);
    if (!(value < (double)idx->field->count) && !(value > (double)idx->field->count))
        nn_hint(idx->stream->error, "--classes %.60s=%s reads numbers from 1 on", idx->field->name,
                numbers);
    return false;
}

/* The names of the classes of a onehot field where some are numbers, so that numbers of the file
   are labels; else NULL. */
static const nn_target_classes *numbered_names(const nn_data *data, size_t field) {
    const nn_target_classes *classes =
        data->classes && field >= data->network->input_count
            ? &data->classes->targets[field - data->network->input_count]
            : NULL;
    bool is_onehot = nn_data_field(data->network, field)->is_onehot;
    return classes && is_onehot && classes->names.count > 0 && classes->has_numbers ? classes
                                                                                    : NULL;
}

/* The class that a number is the label of. */
static bool label_store(const Idx *idx, nn_data *data, size_t field, double value) {
    const nn_target_classes *classes = numbered_names(data, field);
    char label[40], names[300];
    snprintf(label, sizeof label, "%.17g", value);
    size_t class = nn_class_of(classes, label);
    if (class != NN_NONE)
        return nn_data_put(data, field, 0, (double)class);
    nn_classes_show(classes, names, sizeof names);
    return nn_fail(idx->stream->error, NN_WRONG, (nn_place){idx->stream->path, 0},
                   "example %zu: %s is not a label of '%.60s'; from %.100s those are %s",
                   data->count + 1, label, idx->field->name, classes->source, names);
}

static bool example_store(const Idx *idx, nn_data *data, size_t field) {
    bool has_labels = numbered_names(data, field) != NULL;
    bool as_float = data->network->real_size == sizeof(float) && !idx->field->is_onehot;
    for (size_t i = 0; i < nn_field_width(idx->field); i++) {
        double value = item_value(idx, idx->example + i * idx->item_size);
        double kept = as_float ? (double)(float)value : value;
        if (has_labels)
            return label_store(idx, data, field, value);
        if (!isfinite(kept) || !nn_data_put(data, field, i, kept))
            return value_fail(idx, data->count, kept);
    }
    return true;
}

static bool example_read(const Idx *idx, const nn_data *data) {
    size_t size = nn_field_width(idx->field) * idx->item_size;
    if (nn_stream_read(idx->stream, idx->example, size) == size)
        return true;
    return idx->stream->error->code == NN_FINE &&
           nn_fail(idx->stream->error, NN_WRONG, (nn_place){idx->stream->path, 0},
                   "the file is cut short: %zu examples of %u", data->count,
                   (unsigned)idx->axes[0]);
}

static bool counts_check(const Idx *idx, const Idx *first) {
    if (idx->axes[0] == 0)
        return idx_fail(idx, "there are no examples");
    if (idx->axes[0] == first->axes[0])
        return true;
    return nn_fail(idx->stream->error, NN_WRONG, (nn_place){idx->stream->path, 0},
                   "%u examples, %.300s has %u", (unsigned)idx->axes[0], first->stream->path,
                   (unsigned)first->axes[0]);
}

static bool examples_load(const Idx *idx, nn_data *data, size_t field) {
    for (data->count = 0; data->count < idx->axes[0]; data->count++)
        if (!nn_data_grow(data, idx->stream->error) || !example_read(idx, data) ||
            !example_store(idx, data, field))
            return false;
    if (nn_stream_peek(idx->stream) >= 0)
        return idx_fail(idx, "bytes follow the last example");
    return idx->stream->error->code == NN_FINE;
}

static bool field_load(Idx *idx, nn_data *data, size_t field) {
    idx->example = malloc(nn_field_width(idx->field) * idx->item_size);
    if (!idx->example)
        return nn_fail_memory(idx->stream->error);
    bool is_fine = examples_load(idx, data, field);
    free(idx->example);
    return is_fine;
}

/* Writes the note "read as IDX; image from file 1, digit from file 2". */
static void files_note(const nn_data *data, nn_stream *const *streams) {
    nn_note(streams[0]->error, streams[0]->path, "read as IDX; ");
    for (size_t i = 0, file = 0; i < data->network->input_count + data->network->target_count;
         i++) {
        size_t field = nn_field_declared(data->network, i);
        if (field >= data->network->input_count && !data->has_targets)
            continue;
        nn_add(streams[0]->error, "%s%.60s from file %zu", file > 0 ? ", " : "",
               nn_data_field(data->network, field)->name, file + 1);
        file++;
    }
    nn_add(streams[0]->error, "%s", data->has_targets ? "" : "; no targets");
}

bool nn_idx_load(nn_data *data, nn_stream *const *streams) {
    const nn_network *network = data->network;
    Idx first = {0}, idx;
    for (size_t i = 0, file = 0; i < network->input_count + network->target_count; i++) {
        size_t field = nn_field_declared(network, i);
        if (field >= network->input_count && !data->has_targets)
            continue;
        idx = (Idx){.stream = streams[file], .field = nn_data_field(network, field)};
        if (!header_read(&idx))
            return false;
        if (file++ == 0)
            first = idx;
        if (!counts_check(&idx, &first) || !field_load(&idx, data, field))
            return false;
    }
    files_note(data, streams);
    nn_one_class_note(data, streams[0]->path, streams[0]->error);
    return nn_classes_by_number(data, streams[0]->path, streams[0]->error);
}
