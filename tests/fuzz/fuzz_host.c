/* The host side's readers on any bytes: as a data file of two nets, as one IDX file per field, as
   weights. What is refused must have a reason and leave the net alone; what is accepted must hold
   numbers that the net can take. */

#include "host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The net is its tensors and counters, one after another. */
enum { REALS = 4 };
typedef struct {
    double reals[REALS];
    uint64_t counters[4];
} Net;

static const nn_field inputs[] = {{"a", 1, 0, {0}, 0, 0}, {"b", 2, 1, {2}, 0, 1}};
static const nn_field targets[] = {{"kind", 3, 1, {3}, 1, 0}};
static const nn_tensor tensors[] = {
    {"weight", NN_PARAMETER, 3, 1, {3}},
    {"weight.m", NN_OPTIMIZER, 1, 0, {0}},
};

static void set(void *net, void *work, size_t n, const void *const *in, void *out) {
    double *to = ((Net *)net)->reals;
    (void)work, (void)n, (void)out;
    if (strcmp(in[0], "weight") == 0)
        memcpy(to, in[1], 3 * sizeof *to);
    else
        memcpy(to + 3, in[1], sizeof *to);
}

static void get_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)in;
    memcpy(out, ((Net *)net)->counters, sizeof((Net *)net)->counters);
}

static void set_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    memcpy(((Net *)net)->counters, in[0], sizeof((Net *)net)->counters);
}

static const nn_network two_inputs = {
    .name = "two",
    .model_hash = "0",
    .real_size = sizeof(double),
    .batch = 1,
    .input_count = 2,
    .target_count = 1,
    .tensor_count = 2,
    .inputs = inputs,
    .targets = targets,
    .tensors = tensors,
    .set = set,
    .get_counters = get_counters,
    .set_counters = set_counters,
};
static const nn_network one_input = {
    .name = "one",
    .model_hash = "1",
    .real_size = sizeof(float),
    .batch = 1,
    .input_count = 1,
    .target_count = 1,
    .inputs = inputs + 1,
    .targets = targets,
};

static void require(int is_so) {
    if (!is_so)
        abort();
}

static void values_check(const nn_data *data, size_t index, const nn_field *field) {
    size_t count = data->count * (field->is_onehot ? 1 : field->count);
    for (size_t i = 0; i < count; i++)
        if (field->is_onehot)
            require((uint32_t)((const int32_t *)data->values[index])[i] < field->count);
        else if (data->network->real_size == sizeof(float))
            require(isfinite(((const float *)data->values[index])[i]));
        else
            require(isfinite(((const double *)data->values[index])[i]));
}

static void data_read(const nn_network *network, const char *path, nn_reading reading) {
    nn_error error;
    nn_classes *classes = nn_classes_new(network);
    require(classes != NULL);
    reading.classes = classes;
    if (reading.columns && !nn_classes_give(classes, reading.columns, &error))
        require(error.code == NN_USAGE && error.text[0]);
    nn_data *data = nn_data_load(network, path, &reading, &error);
    require((data != NULL) == (error.code == NN_FINE));
    require(error.text[0]);
    if (!data) {
        nn_classes_free(classes);
        return;
    }
    require(data->count > 0 && (data->has_targets || reading.may_lack_targets));
    for (size_t i = 0; i < network->input_count; i++)
        values_check(data, i, &network->inputs[i]);
    if (data->has_targets)
        values_check(data, network->input_count, &network->targets[0]);
    nn_data_free(data);
    nn_classes_free(classes);
}

static void weights_read(const char *path, nn_weights_from from) {
    nn_error error;
    Net net, before;
    memset(&net, 3, sizeof net);
    before = net;
    nn_bookmark bookmark = {0};
    from.kept = (nn_kept){nn_classes_new(&two_inputs), nn_means_new(&two_inputs),
                          nn_sources_new(&two_inputs), &bookmark};
    require(from.kept.classes && from.kept.means);
    bool is_fine = nn_weights_import(&two_inputs, &net, path, &from, &error);
    require(bookmark.done <= bookmark.examples && (is_fine || bookmark.done == 0));
    if (is_fine)
        for (size_t i = 0; i < REALS; i++)
            require(!isnan(net.reals[i]));
    else
        require(error.code != NN_FINE && error.text[0] && memcmp(&net, &before, sizeof net) == 0);
    nn_classes_free(from.kept.classes);
    nn_means_free(from.kept.means);
    nn_sources_free(from.kept.sources);
}

/* By other choices than the file's own, the first line being what --columns is given. */
static void data_choose(const char *path, const uint8_t *data, size_t size) {
    char line[100];
    size_t length = 0;
    for (; length < size && length + 1 < sizeof line && data[length] != '\n'; length++)
        line[length] = (char)data[length];
    line[length] = '\0';
    data_read(&two_inputs, path, (nn_reading){.columns = line, .missing = NN_MISSING_SKIP});
    data_read(&two_inputs, path,
              (nn_reading){.columns = "b=rest,a=0,kind=1",
                           .header = size % 2 ? NN_HEADER_YES : NN_HEADER_NO,
                           .separator = size % 3 ? 0 : ' ',
                           .decimal = NN_DECIMAL_COMMA,
                           .missing = NN_MISSING_MEAN});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int file = -1;
    char path[64], paths[200];
    if (file < 0)
        file = memfd_create("input", 0);
    require(file >= 0 && ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    snprintf(paths, sizeof paths, "%s,%s", path, path);
    data_read(&two_inputs, path, (nn_reading){0});
    data_read(&one_input, path, (nn_reading){.may_lack_targets = true});
    data_read(&one_input, paths, (nn_reading){0});
    data_choose(path, data, size);
    weights_read(path, (nn_weights_from){0});
    weights_read(path, (nn_weights_from){.map = "weight=weight,weight.m="});
    return 0;
}
