/* Data sets. Comes in: paths. Goes out: one growing array per field, rows of reals or class
   indices, and the order of a shuffled epoch. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const nn_field *nn_data_field(const nn_network *network, size_t index) {
    if (index < network->input_count)
        return &network->inputs[index];
    return &network->targets[index - network->input_count];
}

size_t nn_field_declared(const nn_network *network, size_t place) {
    return network->order ? network->order[place] : place;
}

size_t nn_data_field_count(const nn_data *data) {
    return data->network->input_count + (data->has_targets ? data->network->target_count : 0);
}

size_t nn_field_width(const nn_field *field) {
    return field->is_onehot ? 1 : field->count;
}

size_t nn_data_row_size(const nn_network *network, size_t field) {
    const nn_field *row = nn_data_field(network, field);
    return row->is_onehot ? sizeof(int32_t) : row->count * network->real_size;
}

bool nn_data_grow(nn_data *data, nn_error *error) {
    if (data->count < data->capacity)
        return true;
    size_t capacity = data->capacity ? data->capacity + data->capacity / 2 + 1 : 64;
    for (size_t i = 0; i < nn_data_field_count(data); i++) {
        size_t size = nn_data_row_size(data->network, i);
        if (capacity > PTRDIFF_MAX / size)
            return nn_fail_memory(error);
        void *values = realloc(data->values[i], capacity * size);
        if (!values)
            return nn_fail_memory(error);
        data->values[i] = values;
    }
    data->capacity = capacity;
    return true;
}

bool nn_data_put(nn_data *data, size_t field, size_t position, double value) {
    const nn_field *row = nn_data_field(data->network, field);
    char *at = (char *)data->values[field] + data->count * nn_data_row_size(data->network, field);
    if (row->is_onehot) {
        if (!(value >= 0 && value < (double)row->count && value <= INT32_MAX) ||
            floor(value) < value)
            return false;
        *(int32_t *)(void *)at = (int32_t)value;
    } else if (data->network->real_size == sizeof(float)) {
        ((float *)(void *)at)[position] = (float)value;
    } else {
        ((double *)(void *)at)[position] = value;
    }
    return true;
}

void nn_data_free(nn_data *data) {
    if (!data)
        return;
    for (size_t i = 0; data->values && i < data->network->input_count + data->network->target_count;
         i++)
        free(data->values[i]);
    free(data->values);
    nn_items_free(data->items);
    free(data);
}

static nn_data *data_new(const nn_network *network, nn_error *error) {
    nn_data *data = calloc(1, sizeof *data);
    void **values = calloc(network->input_count + network->target_count + 1, sizeof *values);
    if (!data || !values) {
        nn_fail_memory(error);
        free(data);
        free(values);
        return NULL;
    }
    *data = (nn_data){.network = network, .values = values};
    return data;
}

/* The open files that a path stands for. */
typedef struct {
    nn_files named;
    nn_stream **streams;
} Files;

static bool files_open(Files *files, const char *path, nn_error *error) {
    *files = (Files){.streams = NULL};
    if (!nn_files_cut(&files->named, path, error))
        return false;
    files->streams = calloc(files->named.count, sizeof(nn_stream *));
    if (!files->streams)
        return nn_fail_memory(error);
    for (size_t i = 0; i < files->named.count; i++) {
        files->streams[i] = nn_stream_open(files->named.paths[i], error);
        if (!files->streams[i])
            return false;
    }
    return true;
}

static void files_close(Files *files) {
    for (size_t i = 0; files->streams && i < files->named.count; i++)
        nn_stream_close(files->streams[i]);
    free(files->streams);
    nn_files_free(&files->named);
}

static bool idx_files_load(nn_data *data, const Files *files, const nn_reading *reading,
                           nn_error *error) {
    const nn_network *network = data->network;
    size_t inputs = network->input_count, all = inputs + network->target_count;
    if (reading->separator || reading->header || reading->decimal || reading->missing ||
        reading->columns)
        return nn_fail(error, NN_USAGE, (nn_place){files->named.paths[0], 0},
                       "an IDX file has neither cells nor columns, so --separator, --header, "
                       "--decimal, --missing and --columns are not for it");
    if (files->named.count != all && (!reading->may_lack_targets || files->named.count != inputs))
        return nn_fail(
            error, NN_WRONG, (nn_place){files->named.paths[0], 0},
            "%zu IDX %s, the net has %zu %s and %zu %s, each a file, with commas between",
            files->named.count, files->named.count == 1 ? "file" : "files", inputs,
            inputs == 1 ? "input" : "inputs", all - inputs,
            all - inputs == 1 ? "target" : "targets");
    data->has_targets = files->named.count == all;
    return nn_idx_load(data, files->streams);
}

static bool csv_file_load(nn_data *data, const Files *files, const nn_reading *reading,
                          nn_error *error) {
    nn_locale locale;
    if (files->named.count > 1)
        return nn_fail(error, NN_WRONG, (nn_place){files->named.paths[0], 0},
                       "not an IDX file, and only IDX files can be given several at once");
    if (!nn_locale_enter(&locale, error))
        return false;
    bool is_fine = nn_csv_load(data, files->streams[0], reading);
    nn_locale_leave(&locale);
    return is_fine;
}

static nn_data *rows_load(const nn_network *network, const char *path, const nn_reading *reading,
                          nn_error *error) {
    Files files;
    nn_data *data = data_new(network, error);
    if (!data)
        return NULL;
    data->classes = reading->classes;
    bool is_fine = files_open(&files, path, error);
    if (is_fine && nn_stream_is_idx(files.streams[0]))
        is_fine = idx_files_load(data, &files, reading, error);
    else if (is_fine)
        is_fine = csv_file_load(data, &files, reading, error);
    files_close(&files);
    if (is_fine)
        return data;
    nn_data_free(data);
    return NULL;
}

static nn_data *pairs_load(const nn_network *network, const char *path, nn_reading reading,
                           nn_error *error) {
    nn_data *data = data_new(network, error);
    if (!data)
        return NULL;
    data->items = nn_items_new(network, error);
    if (data->items) {
        reading.classes = data->items->classes;
        data->items->data = rows_load(&data->items->network, path, &reading, error);
    }
    if (data->items && data->items->data && nn_pairs_make(data, path, error))
        return data;
    nn_data_free(data);
    return NULL;
}

void nn_data_tell(const nn_data *data, void *net) {
    const nn_network *network = data->network;
    double number; /* space for a float or a double */
    const void *in[] = {"examples", &number};
    nn_real_put(network, &number, 0, (double)data->count);
    for (size_t i = 0; i < network->tensor_count; i++)
        if (network->tensors[i].role == NN_SETTING &&
            strcmp(network->tensors[i].name, "examples") == 0)
            network->set(net, NULL, 1, in, NULL);
}

nn_data *nn_data_load(const nn_network *network, const char *path, const nn_reading *reading,
                      nn_error *error) {
    static const nn_reading plain = {0};
    *error = (nn_error){NN_FINE, ""};
    reading = reading ? reading : &plain;
    return network->is_pairs && !reading->may_lack_targets
               ? pairs_load(network, path, *reading, error)
               : rows_load(network, path, reading, error);
}
