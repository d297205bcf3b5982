/* Weights files: loading. Comes in: a file of any bytes. Goes out: a net filled from one that was
   checked to the last byte first, or untouched and a reason. */

#include "weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_LIMIT = 100 * 1000 * 1000 };

static bool read_fail(const nn_weights_file *file, FILE *in) {
    if (ferror(in))
        return nn_fail_errno(file->error, file->path, "cannot read");
    return nn_weights_fail(file, "the weights are cut short");
}

static bool header_read(nn_weights_file *file, FILE *in) {
    unsigned char length[8];
    if (fread(length, 1, sizeof length, in) < sizeof length)
        return read_fail(file, in);
    uint64_t size = nn_little_load(length, sizeof length);
    if (size > HEADER_LIMIT)
        return nn_weights_fail(file, "no weights file: a header of %llu bytes",
                               (unsigned long long)size);
    char *text = malloc((size_t)size + 1);
    if (!text)
        return nn_fail_memory(file->error);
    bool is_whole = fread(text, 1, (size_t)size, in) == size;
    json_error_t reason = {.text = ""};
    if (is_whole)
        file->header = json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, &reason);
    free(text);
    if (!is_whole)
        return read_fail(file, in);
    if (!file->header &&
        reason.text[0] == '\0') /* so says jansson, in most places, that memory failed */
        return nn_fail_memory(file->error);
    if (!file->header) {
        char shown[200]; /* jansson quotes the header */
        nn_show_text(shown, sizeof shown, reason.text, SIZE_MAX);
        return nn_weights_fail(file, "the header is damaged: %s", shown);
    }
    return json_is_object(file->header) ||
           nn_weights_fail(file, "the header is damaged: no JSON object");
}

static const json_t *metadata(const nn_weights_file *file) {
    return json_object_get(file->header, "__metadata__");
}

static const char *metadata_text(const nn_weights_file *file, const char *name) {
    return json_string_value(json_object_get(metadata(file), name));
}

/* Written by nngen, and so with all tensors and metadata. */
static bool is_ours(const nn_weights_file *file) {
    const char *format = metadata_text(file, "format");
    return format && strcmp(format, "nngen") == 0;
}

static bool origin_check(const nn_weights_file *file) {
    const char *name = metadata_text(file, "network"), *hash = metadata_text(file, "model_hash");
    const nn_network *network = file->network;
    if (!is_ours(file))
        return true;
    if (!name || !hash)
        return nn_weights_fail(file, "the header is damaged: '%s' is missing",
                               name ? "model_hash" : "network");
    char shown[200], model[100];
    nn_show_text(shown, sizeof shown, name, 80);
    nn_show_text(model, sizeof model, hash, 80);
    if (strcmp(name, network->name) != 0)
        return nn_weights_fail(
            file, "the weights belong to network '%s' (model %s), this is '%.80s' (model %.80s)",
            shown, model, network->name, network->model_hash);
    if (strcmp(hash, network->model_hash) != 0)
        nn_note(file->error, file->path,
                "the model was changed since: the weights come from %s, this is %.80s", model,
                network->model_hash);
    return true;
}

/* "[32, 64]" */
typedef struct {
    char text[160];
} ShapeText;

static void shape_add(ShapeText *shape, size_t index, long long size) {
    size_t used = strlen(shape->text);
    snprintf(shape->text + used, sizeof shape->text - used, "%s%lld", index ? ", " : "[", size);
}

static void shape_end(ShapeText *shape) {
    size_t used = strlen(shape->text);
    snprintf(shape->text + used, sizeof shape->text - used, used ? "]" : "[]");
}

static bool shape_check(const nn_weights_file *file, const nn_tensor *tensor, const json_t *shape) {
    ShapeText there = {""}, here = {""};
    bool is_same = json_is_array(shape) && json_array_size(shape) == tensor->rank;
    if (!json_is_array(shape))
        return nn_weights_fail(file, "the header is damaged: '%s' has no shape", tensor->name);
    for (size_t i = 0; i < json_array_size(shape); i++) {
        const json_t *size = json_array_get(shape, i);
        is_same = is_same && json_is_integer(size) &&
                  json_integer_value(size) == (json_int_t)tensor->shape[i];
        shape_add(&there, i, (long long)json_integer_value(size));
    }
    for (size_t i = 0; i < tensor->rank; i++)
        shape_add(&here, i, (long long)tensor->shape[i]);
    shape_end(&there);
    shape_end(&here);
    return is_same || nn_weights_fail(file, "'%s' has shape %s there, %s here", tensor->name,
                                      there.text, here.text);
}

/* A tensor as the file has it. */
typedef struct {
    size_t begin, end;
    size_t real_size;
    const nn_tensor *tensor;
} Part;

static bool dtype_check(const nn_weights_file *file, Part *part, const json_t *entry) {
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (dtype && strcmp(dtype, "F32") == 0)
        part->real_size = 4;
    else if (dtype && strcmp(dtype, "F64") == 0)
        part->real_size = 8;
    if (part->real_size != 0 && part->real_size <= file->network->real_size)
        return true;
    return nn_weights_fail(file, "'%s' is %.20s there, %s here", part->tensor->name,
                           dtype ? dtype : "of no dtype",
                           nn_weights_dtype(file->network->real_size));
}

static bool offsets_check(const nn_weights_file *file, Part *part, const json_t *entry) {
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0)
        return nn_weights_fail(file, "the header is damaged: '%s' has no offsets",
                               part->tensor->name);
    part->begin = (size_t)json_integer_value(begin);
    part->end = (size_t)json_integer_value(end);
    if (part->end < part->begin || part->end - part->begin != part->tensor->count * part->real_size)
        return nn_weights_fail(
            file, "the header is damaged: '%s' takes %zu bytes, its offsets are %lld and %lld",
            part->tensor->name, part->tensor->count * part->real_size,
            (long long)json_integer_value(begin), (long long)json_integer_value(end));
    return true;
}

/* What a file may leave out: of another program, or written before the model had such a setting. */
static bool may_miss(const nn_weights_file *file, const nn_tensor *tensor) {
    return tensor->role == NN_SETTING ||
           (!is_ours(file) && (tensor->role == NN_OPTIMIZER || tensor->role == NN_SCALING));
}

static bool part_read(const nn_weights_file *file, const nn_tensor *tensor, Part *part) {
    const json_t *entry = json_object_get(file->header, tensor->name);
    *part = (Part){.tensor = tensor};
    if (!entry && !may_miss(file, tensor))
        return nn_weights_fail(file, "'%s' is missing", tensor->name);
    if (!entry) {
        nn_note(file->error, file->path, "'%s' is missing and stays as it was", tensor->name);
        return true;
    }
    return shape_check(file, tensor, json_object_get(entry, "shape")) &&
           dtype_check(file, part, entry) && offsets_check(file, part, entry);
}

static bool is_known(const nn_network *network, const char *name) {
    for (size_t i = 0; i < network->tensor_count; i++)
        if (strcmp(network->tensors[i].name, name) == 0)
            return true;
    return false;
}

static bool extra_check(const nn_weights_file *file) {
    const char *name;
    json_t *entry;
    json_object_foreach(file->header, name, entry) if (strcmp(name, "__metadata__") != 0 &&
                                                       !is_known(file->network, name)) {
        nn_quoted quoted;
        return nn_weights_fail(file, "%s is not a tensor of this net", nn_quote(&quoted, name));
    }
    return true;
}

static int part_order(const void *a, const void *b) {
    const Part *first = a, *second = b;
    return (first->begin > second->begin) - (first->begin < second->begin);
}

/* The parts must fill the data without gap or overlap; sets its size. */
static bool parts_check(nn_weights_file *file, const Part *parts, size_t count) {
    Part *sorted = malloc((count + 1) * sizeof *sorted);
    size_t end = 0;
    bool is_fine = true;
    if (!sorted)
        return nn_fail_memory(file->error);
    if (count > 0) {
        memcpy(sorted, parts, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, part_order);
    }
    for (size_t i = 0; i < count && is_fine; i++) {
        if (sorted[i].real_size == 0) /* left out */
            continue;
        if (sorted[i].begin != end)
            is_fine = nn_weights_fail(
                file,
                "the header is damaged: '%s' begins at byte %zu, what is before it ends at %zu",
                sorted[i].tensor->name, sorted[i].begin, end);
        end = sorted[i].end;
    }
    file->data_size = end;
    free(sorted);
    return is_fine;
}

static bool data_read(nn_weights_file *file, FILE *in) {
    file->data = malloc(file->data_size + 1);
    if (!file->data)
        return nn_fail_memory(file->error);
    if (fread(file->data, 1, file->data_size, in) < file->data_size)
        return read_fail(file, in);
    return fgetc(in) == EOF || nn_weights_fail(file, "bytes follow the weights");
}

static bool counters_read(nn_weights_file *file) {
    file->network->get_counters(file->net, NULL, 1, NULL, file->counters);
    for (size_t i = 0; is_ours(file) && i < COUNTERS; i++) {
        const char *text = metadata_text(file, nn_counter_names[i]);
        uint64_t limit = i < 2 ? UINT64_MAX : UINT32_MAX;
        if (!text || !nn_whole_parse(text, limit, &file->counters[i]))
            return nn_weights_fail(file, "the header is damaged: no number for '%s'",
                                   nn_counter_names[i]);
    }
    return true;
}

static bool checksum_check(const nn_weights_file *file, const Part *parts) {
    const char *there = metadata_text(file, "crc32"), *name = metadata_text(file, "network");
    const char *hash = metadata_text(file, "model_hash");
    char here[32];
    if (!there)
        return !is_ours(file) || nn_weights_fail(file, "the header is damaged: 'crc32' is missing");
    uLong checksum = nn_weights_checksum(file, name ? name : "", hash ? hash : "");
    for (size_t i = 0; i < file->network->tensor_count; i++)
        checksum =
            nn_checksum_add(checksum, file->data + parts[i].begin, parts[i].end - parts[i].begin);
    snprintf(here, sizeof here, "%08lx", checksum);
    return strcmp(here, there) == 0 ||
           nn_weights_fail(file, "the weights are damaged: checksum %s, the header says %.20s",
                           here, there);
}

static bool nan_check(const nn_weights_file *file, const Part *part) {
    for (size_t at = part->begin; at < part->end; at += part->real_size)
        if (isnan(nn_little_real(file->data + at, part->real_size)))
            return nn_weights_fail(file, "the weights are damaged: '%s' has a NaN",
                                   part->tensor->name);
    return true;
}

/* reals: room for the largest tensor. */
static void part_set(const nn_weights_file *file, const Part *part, void *reals) {
    const void *in[] = {part->tensor->name, reals};
    if (part->real_size == 0)
        return;
    for (size_t i = 0; i < part->tensor->count; i++) {
        double value =
            nn_little_real(file->data + part->begin + i * part->real_size, part->real_size);
        if (file->network->real_size == sizeof(float))
            ((float *)reals)[i] = (float)value;
        else
            ((double *)reals)[i] = value;
    }
    file->network->set(file->net, NULL, 1, in, NULL);
}

static bool parts_set(const nn_weights_file *file, const Part *parts) {
    size_t most = 1;
    for (size_t i = 0; i < file->network->tensor_count; i++)
        most = parts[i].tensor->count > most ? parts[i].tensor->count : most;
    void *reals = malloc(most * file->network->real_size);
    if (!reals)
        return nn_fail_memory(file->error);
    for (size_t i = 0; i < file->network->tensor_count; i++)
        part_set(file, &parts[i], reals);
    const void *in[] = {file->counters};
    file->network->set_counters(file->net, NULL, 1, in, NULL);
    free(reals);
    return true;
}

/* All checks, and only then the net. */
static bool file_load(nn_weights_file *file, FILE *in, Part *parts) {
    size_t count = file->network->tensor_count;
    if (!header_read(file, in) || !origin_check(file))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!part_read(file, &file->network->tensors[i], &parts[i]))
            return false;
    if (!extra_check(file) || !parts_check(file, parts, count) || !data_read(file, in) ||
        !counters_read(file))
        return false;
    if (is_ours(file))
        file->classes_text = metadata_text(file, "classes");
    if (!checksum_check(file, parts) || !nn_classes_check(file))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!nan_check(file, &parts[i]))
            return false;
    return nn_classes_take(file) && parts_set(file, parts);
}

bool nn_weights_load(const nn_network *network, void *net, nn_classes *classes, const char *path,
                     nn_error *error) {
    nn_weights_file file = {
        .network = network, .net = net, .classes = classes, .path = path, .error = error};
    *error = (nn_error){NN_FINE, ""};
    FILE *in = fopen(path, "rb");
    if (!in)
        return nn_fail_errno(error, path, "cannot open");
    Part *parts = calloc(network->tensor_count + 1, sizeof *parts);
    bool is_fine = parts ? file_load(&file, in, parts) : nn_fail_memory(error);
    free(parts);
    fclose(in);
    nn_weights_free(&file);
    return is_fine;
}
