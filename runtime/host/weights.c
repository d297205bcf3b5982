/* Weights files: saving, and functions that loading uses too. Comes in: a net. Goes out: a file in
   safetensors format, which replaces the old one in one step. */

#include "weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const nn_counter_names[COUNTERS] = {"seed", "step", "epoch", "epochs"};
const char *const nn_dtype_names[NN_DTYPES] = {"F32", "F64", "F16", "BF16"};
const size_t nn_dtype_sizes[NN_DTYPES] = {4, 8, 2, 2};

bool nn_weights_fail(const nn_weights_file *file, const char *format, ...) {
    char text[800];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return nn_fail(file->error, NN_WRONG, (nn_place){file->path, 0}, "%s", text);
}

void nn_weights_free(nn_weights_file *file) {
    json_decref(file->header);
    free(file->parts);
    free(file->sources);
    free(file->data);
}

void nn_little_store(unsigned char *bytes, uint64_t bits, size_t size) {
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(bits >> 8 * i);
}

uint64_t nn_little_load(const unsigned char *bytes, size_t size) {
    uint64_t bits = 0;
    for (size_t i = size; i-- > 0;)
        bits = bits << 8 | bytes[i];
    return bits;
}

/* The value of an IEEE 754 half: a sign, 5 bits of exponent, 10 of fraction. */
static double half_real(uint64_t bits) {
    int exponent = bits >> 10 & 31;
    double fraction = (double)(bits & 1023), sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return fraction > 0 ? NAN : sign * INFINITY;
    return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24));
}

double nn_little_real(const unsigned char *bytes, nn_dtype dtype) {
    uint64_t bits = nn_little_load(bytes, nn_dtype_sizes[dtype]);
    if (dtype == NN_F16)
        return half_real(bits);
    uint32_t low = (uint32_t)(dtype == NN_BF16 ? bits << 16 : bits); /* bfloat16: half a float */
    double wide;
    float narrow;
    memcpy(&wide, &bits, sizeof wide);
    memcpy(&narrow, &low, sizeof narrow);
    return dtype == NN_F64 ? wide : (double)narrow;
}

nn_dtype nn_weights_dtype(const nn_network *network) {
    return network->real_size == sizeof(float) ? NN_F32 : NN_F64;
}

static uLong checksum_add(uLong checksum, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    for (; size > UINT32_MAX; size -= UINT32_MAX, at += UINT32_MAX)
        checksum = crc32(checksum, at, UINT32_MAX);
    return crc32(checksum, at, (uInt)size);
}

static nn_checksum checksum_show(uLong checksum) {
    nn_checksum shown;
    snprintf(shown.text, sizeof shown.text, "%08lx", checksum);
    return shown;
}

nn_checksum nn_header_checksum(const nn_weights_file *file, const char *name, const char *hash) {
    uLong checksum = checksum_add(crc32(0, NULL, 0), name, strlen(name) + 1);
    checksum = checksum_add(checksum, hash, strlen(hash) + 1);
    const char *const texts[] = {file->classes_text, file->means_text, file->columns_text,
                                 file->training_text};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i])
            checksum = checksum_add(checksum, texts[i], strlen(texts[i]) + 1);
    for (size_t i = 0; i < COUNTERS; i++) {
        unsigned char bytes[8];
        nn_little_store(bytes, file->counters[i], sizeof bytes);
        checksum = checksum_add(checksum, bytes, sizeof bytes);
    }
    return checksum_show(checksum);
}

nn_checksum nn_data_checksum(const void *bytes, size_t size) {
    return checksum_show(checksum_add(crc32(0, NULL, 0), bytes, size));
}

/* Copies the numbers of a tensor from the net to little-endian bytes; false if one is a NaN. */
static bool tensor_pack(const nn_weights_file *file, const nn_tensor *tensor,
                        unsigned char *bytes) {
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
        nn_little_store(at, wide, size);
        is_fine = is_fine && !isnan(nn_little_real(at, nn_weights_dtype(file->network)));
    }
    return is_fine;
}

static bool tensors_pack(nn_weights_file *file) {
    const nn_network *network = file->network;
    for (size_t i = 0; i < network->tensor_count; i++)
        file->data_size += network->tensors[i].count * network->real_size;
    file->data = malloc(file->data_size + 1);
    if (!file->data)
        return nn_fail_memory(file->error);
    unsigned char *at = file->data;
    for (size_t i = 0; i < network->tensor_count; i++) {
        if (!tensor_pack(file, &network->tensors[i], at))
            return nn_weights_fail(file, "not saved: '%s' has a NaN", network->tensors[i].name);
        at += network->tensors[i].count * network->real_size;
    }
    return true;
}

/* Prints a string of JSON, in quotes. */
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

/* Prints "crc32 h.weight": "1a2b3c4d" for each tensor. */
static void checksums_print(const nn_weights_file *file, FILE *out) {
    const nn_network *network = file->network;
    const unsigned char *at = file->data;
    for (size_t i = 0; i < network->tensor_count; i++) {
        size_t size = network->tensors[i].count * network->real_size;
        fprintf(out, ",\"" CHECKSUM_OF "%s\":\"%s\"", network->tensors[i].name,
                nn_data_checksum(at, size).text);
        at += size;
    }
}

/* Prints an entry of the metadata after others; nothing where its text is NULL. */
static void entry_print(FILE *out, const char *name, const char *text) {
    if (!text)
        return;
    fprintf(out, ",\"%s\":", name);
    string_print(out, text);
}

static void metadata_print(const nn_weights_file *file, FILE *out) {
    const nn_network *network = file->network;
    fputs("{\"__metadata__\":{\"format\":\"nngen\",\"network\":", out);
    string_print(out, network->name);
    entry_print(out, "model_hash", network->model_hash);
    entry_print(out, "classes", file->classes_text);
    entry_print(out, "means", file->means_text);
    entry_print(out, "columns", file->columns_text);
    entry_print(out, "training", file->training_text);
    for (size_t i = 0; i < COUNTERS; i++)
        fprintf(out, ",\"%s\":\"%llu\"", nn_counter_names[i],
                (unsigned long long)file->counters[i]);
    fprintf(out, ",\"" CHECKSUM_OF_HEADER "\":\"%s\"",
            nn_header_checksum(file, network->name, network->model_hash).text);
    checksums_print(file, out);
    fputc('}', out);
}

static void tensor_print(const nn_weights_file *file, const nn_tensor *tensor, size_t offset,
                         FILE *out) {
    fputc(',', out);
    string_print(out, tensor->name);
    fprintf(out, ":{\"dtype\":\"%s\",\"shape\":[", nn_dtype_names[nn_weights_dtype(file->network)]);
    for (size_t i = 0; i < tensor->rank; i++)
        fprintf(out, "%s%zu", i ? "," : "", tensor->shape[i]);
    fprintf(out, "],\"data_offsets\":[%zu,%zu]}", offset,
            offset + tensor->count * file->network->real_size);
}

/* The header, padded with blanks so that the data begin at a multiple of 8. NULL if there is no
   memory. */
static char *header_text(const nn_weights_file *file, size_t *size) {
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

static bool file_write(const nn_weights_file *file, nn_save *save) {
    size_t size;
    unsigned char length[8];
    char *header = header_text(file, &size);
    if (!header)
        return nn_fail_memory(file->error);
    FILE *out = nn_save_open(save, file->error);
    if (!out) {
        free(header);
        return false;
    }
    nn_little_store(length, size, sizeof length);
    bool is_fine = fwrite(length, 1, sizeof length, out) == sizeof length &&
                   fwrite(header, 1, size, out) == size &&
                   fwrite(file->data, 1, file->data_size, out) == file->data_size;
    if (!is_fine)
        nn_fail_errno(file->error, file->path, "cannot write");
    free(header);
    return nn_save_close(save, is_fine, file->error);
}

uint64_t nn_weights_size(const nn_network *network) {
    enum { HEADER = 8192, ENTRY = 200 };
    uint64_t size = HEADER;
    for (size_t i = 0; i < network->tensor_count; i++)
        size += network->tensors[i].count * network->real_size + ENTRY +
                2 * strlen(network->tensors[i].name);
    return size;
}

bool nn_weights_write(const nn_network *network, const void *net, const nn_kept *kept,
                      nn_save *save, nn_error *error) {
    nn_weights_file file = {
        .network = network, .net = (void *)net, .path = save->path, .error = error};
    char *classes = NULL, *means = NULL, *columns = NULL, *training = NULL;
    *error = (nn_error){NN_FINE, ""};
    network->get_counters(file.net, NULL, 1, NULL, file.counters);
    bool is_fine =
        !kept ||
        (nn_classes_text(kept->classes, &classes) && nn_means_text(kept->means, &means) &&
         nn_sources_text(kept->sources, &columns) && nn_bookmark_text(kept->bookmark, &training));
    file.classes_text = classes;
    file.means_text = means;
    file.columns_text = columns;
    file.training_text = training;
    is_fine = is_fine || nn_fail_memory(error);
    is_fine = is_fine && tensors_pack(&file) && file_write(&file, save);
    free(classes);
    free(means);
    free(columns);
    free(training);
    nn_weights_free(&file);
    return is_fine;
}

bool nn_weights_save(const nn_network *network, const void *net, const nn_kept *kept,
                     const char *path, nn_error *error) {
    nn_save save;
    bool is_fine =
        nn_save_begin(&save, path, 0, error) && nn_weights_write(network, net, kept, &save, error);
    nn_save_end(&save);
    return is_fine;
}
