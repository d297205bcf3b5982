/* Weights files. Comes in: a net, or a file of any bytes. Goes out: a safetensors file that
   replaces the old one in one step, or a net filled from one that was checked to the last byte
   first.

   The file: 8 bytes, little-endian, the length of the header; the header, JSON: for each tensor its
   dtype, shape and data_offsets, and __metadata__ with strings; then the data, little-endian,
   without gaps. Ours carries in __metadata__ the net's name, the model's hash, the counters, and
   crc32 over all of these and the data in the net's order of tensors. */

#include "host.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_LIMIT = 100 * 1000 * 1000, COUNTERS = 4 };
static const char *const counter_names[COUNTERS] = {"seed", "step", "epoch", "epochs"};

typedef struct {
    const nn_network *network;
    void *net;
    const char *path;
    nn_error *error;
    json_t *header;
    unsigned char *data;
    size_t data_size;
    uint64_t counters[COUNTERS];
} File;

static bool file_fail(const File *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool file_fail(const File *file, const char *format, ...) {
    char text[800];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return nn_fail(file->error, NN_WRONG, (nn_place){file->path, 0}, "%s", text);
}

static void file_free(File *file) {
    json_decref(file->header);
    free(file->data);
}

static void little_store(unsigned char *bytes, uint64_t bits, size_t size) {
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(bits >> 8 * i);
}

static uint64_t little_load(const unsigned char *bytes, size_t size) {
    uint64_t bits = 0;
    for (size_t i = size; i-- > 0;)
        bits = bits << 8 | bytes[i];
    return bits;
}

static double real_load(const unsigned char *bytes, size_t size) {
    uint64_t bits = little_load(bytes, size);
    uint32_t low = (uint32_t)bits;
    double wide;
    float narrow;
    memcpy(&wide, &bits, sizeof wide);
    memcpy(&narrow, &low, sizeof narrow);
    return size == sizeof(float) ? (double)narrow : wide;
}

static const char *dtype_of(size_t real_size) {
    return real_size == sizeof(float) ? "F32" : "F64";
}

static uLong checksum_add(uLong checksum, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    for (; size > UINT32_MAX; size -= UINT32_MAX, at += UINT32_MAX)
        checksum = crc32(checksum, at, UINT32_MAX);
    return crc32(checksum, at, (uInt)size);
}

static uLong checksum_start(const File *file, const char *name, const char *hash) {
    uLong checksum = checksum_add(crc32(0, NULL, 0), name, strlen(name) + 1);
    checksum = checksum_add(checksum, hash, strlen(hash) + 1);
    for (size_t i = 0; i < COUNTERS; i++) {
        unsigned char bytes[8];
        little_store(bytes, file->counters[i], sizeof bytes);
        checksum = checksum_add(checksum, bytes, sizeof bytes);
    }
    return checksum;
}

/* Saving. */

/* The tensor's numbers, from the net to bytes in the file's order; false if one is a NaN. */
static bool tensor_pack(const File *file, const nn_tensor *tensor, unsigned char *bytes) {
    size_t size = file->network->real_size;
    const void *in[] = {tensor->name};
    bool is_fine = true;
    file->network->get(file->net, NULL, 1, in, bytes);
    for (size_t i = 0; i < tensor->count; i++) {
        unsigned char *at = bytes + i * size;
        uint64_t wide = 0;
        uint32_t narrow;
        memcpy(size == sizeof narrow ? (void *)&narrow : (void *)&wide, at, size);
        if (size == sizeof narrow)
            wide = narrow;
        little_store(at, wide, size);
        is_fine = is_fine && !isnan(real_load(at, size));
    }
    return is_fine;
}

static bool tensors_pack(File *file) {
    const nn_network *network = file->network;
    for (size_t i = 0; i < network->tensor_count; i++)
        file->data_size += network->tensors[i].count * network->real_size;
    file->data = malloc(file->data_size + 1);
    if (!file->data)
        return nn_fail_memory(file->error);
    unsigned char *at = file->data;
    for (size_t i = 0; i < network->tensor_count; i++) {
        if (!tensor_pack(file, &network->tensors[i], at))
            return file_fail(file, "not saved: '%s' has a NaN", network->tensors[i].name);
        at += network->tensors[i].count * network->real_size;
    }
    return true;
}

/* In quotes, as JSON wants it. */
static void string_print(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, out);
    fputc('"', out);
}

static void metadata_print(const File *file, FILE *out) {
    const nn_network *network = file->network;
    uLong checksum = checksum_start(file, network->name, network->model_hash);
    fputs("{\"__metadata__\":{\"format\":\"nngen\",\"network\":", out);
    string_print(out, network->name);
    fputs(",\"model_hash\":", out);
    string_print(out, network->model_hash);
    for (size_t i = 0; i < COUNTERS; i++)
        fprintf(out, ",\"%s\":\"%llu\"", counter_names[i], (unsigned long long)file->counters[i]);
    checksum = checksum_add(checksum, file->data, file->data_size);
    fprintf(out, ",\"crc32\":\"%08lx\"}", checksum);
}

static void tensor_print(const File *file, const nn_tensor *tensor, size_t offset, FILE *out) {
    fputc(',', out);
    string_print(out, tensor->name);
    fprintf(out, ":{\"dtype\":\"%s\",\"shape\":[", dtype_of(file->network->real_size));
    for (size_t i = 0; i < tensor->rank; i++)
        fprintf(out, "%s%zu", i ? "," : "", tensor->shape[i]);
    fprintf(out, "],\"data_offsets\":[%zu,%zu]}", offset,
            offset + tensor->count * file->network->real_size);
}

/* Padded with blanks so that the data begins at a multiple of 8; NULL without memory. */
static char *header_text(const File *file, size_t *size) {
    char *text = NULL;
    size_t offset = 0;
    FILE *out = open_memstream(&text, size);
    if (!out)
        return NULL;
    metadata_print(file, out);
    for (size_t i = 0; i < file->network->tensor_count; i++) {
        const nn_tensor *tensor = &file->network->tensors[i];
        tensor_print(file, tensor, offset, out);
        offset += tensor->count * file->network->real_size;
    }
    fputc('}', out);
    bool is_fine = fflush(out) == 0;
    for (size_t length = *size; is_fine && length % 8 != 0; length++)
        fputc(' ', out);
    is_fine = is_fine && !ferror(out);
    if (fclose(out) == 0 && is_fine)
        return text;
    free(text);
    return NULL;
}

static bool file_write(const File *file) {
    nn_save save;
    size_t size;
    unsigned char length[8];
    char *header = header_text(file, &size);
    if (!header)
        return nn_fail_memory(file->error);
    FILE *out = nn_save_open(&save, file->path, file->error);
    if (!out) {
        free(header);
        return false;
    }
    little_store(length, size, sizeof length);
    bool is_fine = fwrite(length, 1, sizeof length, out) == sizeof length &&
                   fwrite(header, 1, size, out) == size &&
                   fwrite(file->data, 1, file->data_size, out) == file->data_size;
    if (!is_fine)
        nn_fail_errno(file->error, file->path, "cannot write");
    free(header);
    return nn_save_close(&save, is_fine, file->error);
}

bool nn_weights_save(const nn_network *network, const void *net, const char *path,
                     nn_error *error) {
    File file = {.network = network, .net = (void *)net, .path = path, .error = error};
    *error = (nn_error){NN_FINE, ""};
    network->get_counters(file.net, NULL, 1, NULL, file.counters);
    bool is_fine = tensors_pack(&file) && file_write(&file);
    file_free(&file);
    return is_fine;
}

/* Loading. */

static bool read_fail(const File *file, FILE *in) {
    if (ferror(in))
        return nn_fail_errno(file->error, file->path, "cannot read");
    return file_fail(file, "the weights are cut short");
}

static bool header_read(File *file, FILE *in) {
    unsigned char length[8];
    if (fread(length, 1, sizeof length, in) < sizeof length)
        return read_fail(file, in);
    uint64_t size = little_load(length, sizeof length);
    if (size > HEADER_LIMIT)
        return file_fail(file, "no weights file: a header of %llu bytes", (unsigned long long)size);
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
    if (!file->header)
        return file_fail(file, "the header is damaged: %s", reason.text);
    return json_is_object(file->header) || file_fail(file, "the header is damaged: no JSON object");
}

static const json_t *metadata(const File *file) {
    return json_object_get(file->header, "__metadata__");
}

static const char *metadata_text(const File *file, const char *name) {
    return json_string_value(json_object_get(metadata(file), name));
}

/* Written by nngen, and so with all tensors and metadata. */
static bool is_ours(const File *file) {
    const char *format = metadata_text(file, "format");
    return format && strcmp(format, "nngen") == 0;
}

static bool origin_check(const File *file) {
    const char *name = metadata_text(file, "network"), *hash = metadata_text(file, "model_hash");
    const nn_network *network = file->network;
    if (!is_ours(file))
        return true;
    if (!name || !hash)
        return file_fail(file, "the header is damaged: '%s' is missing",
                         name ? "model_hash" : "network");
    if (strcmp(name, network->name) != 0)
        return file_fail(
            file,
            "the weights belong to network '%.80s' (model %.80s), this is '%.80s' (model %.80s)",
            name, hash, network->name, network->model_hash);
    if (strcmp(hash, network->model_hash) != 0)
        nn_note(file->error, file->path,
                "the model was changed since: the weights come from %.80s, this is %.80s", hash,
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

static bool shape_check(const File *file, const nn_tensor *tensor, const json_t *shape) {
    ShapeText there = {""}, here = {""};
    bool is_same = json_is_array(shape) && json_array_size(shape) == tensor->rank;
    if (!json_is_array(shape))
        return file_fail(file, "the header is damaged: '%s' has no shape", tensor->name);
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
    return is_same ||
           file_fail(file, "'%s' has shape %s there, %s here", tensor->name, there.text, here.text);
}

/* A tensor as the file has it. */
typedef struct {
    size_t begin, end;
    size_t real_size;
    const nn_tensor *tensor;
} Part;

static bool dtype_check(const File *file, Part *part, const json_t *entry) {
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (dtype && strcmp(dtype, "F32") == 0)
        part->real_size = 4;
    else if (dtype && strcmp(dtype, "F64") == 0)
        part->real_size = 8;
    if (part->real_size != 0 && part->real_size <= file->network->real_size)
        return true;
    return file_fail(file, "'%s' is %.20s there, %s here", part->tensor->name,
                     dtype ? dtype : "of no dtype", dtype_of(file->network->real_size));
}

static bool offsets_check(const File *file, Part *part, const json_t *entry) {
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0)
        return file_fail(file, "the header is damaged: '%s' has no offsets", part->tensor->name);
    part->begin = (size_t)json_integer_value(begin);
    part->end = (size_t)json_integer_value(end);
    if (part->end < part->begin || part->end - part->begin != part->tensor->count * part->real_size)
        return file_fail(
            file, "the header is damaged: '%s' takes %zu bytes, its offsets are %lld and %lld",
            part->tensor->name, part->tensor->count * part->real_size,
            (long long)json_integer_value(begin), (long long)json_integer_value(end));
    return true;
}

/* What a file may leave out: of another program, or written before the model had such a setting. */
static bool may_miss(const File *file, const nn_tensor *tensor) {
    return tensor->role == NN_SETTING ||
           (!is_ours(file) && (tensor->role == NN_OPTIMIZER || tensor->role == NN_SCALING));
}

static bool part_read(const File *file, const nn_tensor *tensor, Part *part) {
    const json_t *entry = json_object_get(file->header, tensor->name);
    *part = (Part){.tensor = tensor};
    if (!entry && !may_miss(file, tensor))
        return file_fail(file, "'%s' is missing", tensor->name);
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

static bool extra_check(const File *file) {
    const char *name;
    json_t *entry;
    json_object_foreach(file->header, name, entry) if (strcmp(name, "__metadata__") != 0 &&
                                                       !is_known(file->network, name)) {
        nn_quoted quoted;
        return file_fail(file, "%s is not a tensor of this net", nn_quote(&quoted, name));
    }
    return true;
}

static int part_order(const void *a, const void *b) {
    const Part *first = a, *second = b;
    return (first->begin > second->begin) - (first->begin < second->begin);
}

/* The parts must fill the data without gap or overlap; sets its size. */
static bool parts_check(File *file, const Part *parts, size_t count) {
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
            is_fine = file_fail(
                file,
                "the header is damaged: '%s' begins at byte %zu, what is before it ends at %zu",
                sorted[i].tensor->name, sorted[i].begin, end);
        end = sorted[i].end;
    }
    file->data_size = end;
    free(sorted);
    return is_fine;
}

static bool data_read(File *file, FILE *in) {
    file->data = malloc(file->data_size + 1);
    if (!file->data)
        return nn_fail_memory(file->error);
    if (fread(file->data, 1, file->data_size, in) < file->data_size)
        return read_fail(file, in);
    return fgetc(in) == EOF || file_fail(file, "bytes follow the weights");
}

static bool counters_read(File *file) {
    file->network->get_counters(file->net, NULL, 1, NULL, file->counters);
    for (size_t i = 0; is_ours(file) && i < COUNTERS; i++) {
        const char *text = metadata_text(file, counter_names[i]);
        uint64_t limit = i < 2 ? UINT64_MAX : UINT32_MAX;
        if (!text || !nn_whole_parse(text, limit, &file->counters[i]))
            return file_fail(file, "the header is damaged: no number for '%s'", counter_names[i]);
    }
    return true;
}

static bool checksum_check(const File *file, const Part *parts) {
    const char *there = metadata_text(file, "crc32"), *name = metadata_text(file, "network");
    const char *hash = metadata_text(file, "model_hash");
    char here[32];
    if (!there)
        return !is_ours(file) || file_fail(file, "the header is damaged: 'crc32' is missing");
    uLong checksum = checksum_start(file, name ? name : "", hash ? hash : "");
    for (size_t i = 0; i < file->network->tensor_count; i++)
        checksum =
            checksum_add(checksum, file->data + parts[i].begin, parts[i].end - parts[i].begin);
    snprintf(here, sizeof here, "%08lx", checksum);
    return strcmp(here, there) == 0 ||
           file_fail(file, "the weights are damaged: checksum %s, the header says %.20s", here,
                     there);
}

static bool nan_check(const File *file, const Part *part) {
    for (size_t at = part->begin; at < part->end; at += part->real_size)
        if (isnan(real_load(file->data + at, part->real_size)))
            return file_fail(file, "the weights are damaged: '%s' has a NaN", part->tensor->name);
    return true;
}

/* reals: room for the largest tensor. */
static void part_set(const File *file, const Part *part, void *reals) {
    const void *in[] = {part->tensor->name, reals};
    if (part->real_size == 0)
        return;
    for (size_t i = 0; i < part->tensor->count; i++) {
        double value = real_load(file->data + part->begin + i * part->real_size, part->real_size);
        if (file->network->real_size == sizeof(float))
            ((float *)reals)[i] = (float)value;
        else
            ((double *)reals)[i] = value;
    }
    file->network->set(file->net, NULL, 1, in, NULL);
}

static bool parts_set(const File *file, const Part *parts) {
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
static bool file_load(File *file, FILE *in, Part *parts) {
    size_t count = file->network->tensor_count;
    if (!header_read(file, in) || !origin_check(file))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!part_read(file, &file->network->tensors[i], &parts[i]))
            return false;
    if (!extra_check(file) || !parts_check(file, parts, count) || !data_read(file, in) ||
        !counters_read(file) || !checksum_check(file, parts))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!nan_check(file, &parts[i]))
            return false;
    return parts_set(file, parts);
}

bool nn_weights_load(const nn_network *network, void *net, const char *path, nn_error *error) {
    File file = {.network = network, .net = net, .path = path, .error = error};
    *error = (nn_error){NN_FINE, ""};
    FILE *in = fopen(path, "rb");
    if (!in)
        return nn_fail_errno(error, path, "cannot open");
    Part *parts = calloc(network->tensor_count + 1, sizeof *parts);
    bool is_fine = parts ? file_load(&file, in, parts) : nn_fail_memory(error);
    free(parts);
    fclose(in);
    file_free(&file);
    return is_fine;
}
