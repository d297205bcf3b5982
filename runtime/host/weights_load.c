/* Weights files: loading. Comes in: a file, which may contain anything. Goes out: a net filled from
   it, after all of the file was checked; or an error and an unchanged net. */

#include "weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_LIMIT = 100 * 1000 * 1000, FIRST_ROOM = 1 << 16 };

static bool read_fail(const nn_weights_file *file, FILE *in) {
    if (ferror(in))
        return nn_fail_errno(file->error, file->path, "cannot read");
    return nn_weights_fail(file, "the weights are cut short");
}

/* The first bytes of files with weights in other formats. */
static const struct {
    const char *begin, *what;
} other_forms[] = {
    {"PK\3\4", "a zip archive, as PyTorch, Keras and NumPy write them"},
    {"\x89HDF", "an HDF5 file, as Keras writes them"},
    {"\x93NUMPY", "a NumPy array"},
    {"\x80\2", "a pickle, as Python and PyTorch write them"},
};

static bool form_fail(const nn_weights_file *file, const unsigned char length[8]) {
    for (size_t i = 0; i < sizeof other_forms / sizeof other_forms[0]; i++)
        if (memcmp(length, other_forms[i].begin, strlen(other_forms[i].begin)) == 0) {
            nn_weights_fail(file, "no safetensors file but %s", other_forms[i].what);
            nn_hint(file->error, "safetensors.torch.save_file(model.state_dict(), FILE), or "
                                 "safetensors.numpy.save_file, writes one in Python");
            return false;
        }
    return nn_weights_fail(file, "no weights file: a header of %llu bytes",
                           (unsigned long long)nn_little_load(length, 8));
}

static bool header_read(nn_weights_file *file, FILE *in) {
    unsigned char length[8];
    if (fread(length, 1, sizeof length, in) < sizeof length)
        return read_fail(file, in);
    uint64_t size = nn_little_load(length, sizeof length);
    if (size > HEADER_LIMIT)
        return form_fail(file, length);
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
    if (!file->header) {
        char shown[200]; /* jansson's text may quote the header */
        nn_show_text(shown, sizeof shown, reason.text, SIZE_MAX);
        return nn_weights_fail(file, "the header is damaged: %s", shown);
    }
    return json_is_object(file->header) ||
           nn_weights_fail(file, "the header is damaged: no JSON object");
}

static json_t *metadata(const nn_weights_file *file) {
    return json_object_get(file->header, "__metadata__");
}

static const char *metadata_text(const nn_weights_file *file, const char *name) {
    return json_string_value(json_object_get(metadata(file), name));
}

/* Whether the file was written by nngen, and so has all tensors and metadata. */
static bool is_ours(const nn_weights_file *file) {
    const char *format = metadata_text(file, "format");
    return format && strcmp(format, "nngen") == 0;
}

static bool origin_check(const nn_weights_file *file) {
    const char *name = metadata_text(file, "network"), *hash = metadata_text(file, "model_hash");
    return !is_ours(file) || (name && hash) ||
           nn_weights_fail(file, "the header is damaged: '%s' is missing",
                           name ? "model_hash" : "network");
}

/* Names of tensors decide what is loaded, not where the file comes from: a net that only predicts
   may have a name of its own. */
static void origin_note(const nn_weights_file *file) {
    const char *name = metadata_text(file, "network"), *hash = metadata_text(file, "model_hash");
    const nn_network *network = file->network;
    char shown[200], model[100];
    if (!is_ours(file))
        return;
    nn_show_text(shown, sizeof shown, name, 80);
    nn_show_text(model, sizeof model, hash, 80);
    if (strcmp(name, network->name) != 0)
        nn_note(file->error, file->path,
                "the weights are of network '%s' (model %s), this is '%.80s' (model %.80s)", shown,
                model, network->name, network->model_hash);
    else if (strcmp(hash, network->model_hash) != 0)
        nn_note(file->error, file->path,
                "the model was changed since: the weights come from %s, this is %.80s", model,
                network->model_hash);
}

/* A shape as text, "[32, 64]". */
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

/* Whether the shape would fit if the tensor were transposed. */
static bool is_turned_shape(const nn_tensor *tensor, const json_t *shape) {
    return tensor->rank == 2 && json_array_size(shape) == 2 &&
           json_integer_value(json_array_get(shape, 0)) == (json_int_t)tensor->shape[1] &&
           json_integer_value(json_array_get(shape, 1)) == (json_int_t)tensor->shape[0];
}

static bool shape_check(const nn_weights_file *file, const nn_part *part) {
    const nn_tensor *tensor = part->tensor;
    const json_t *shape = json_object_get(part->entry, "shape");
    ShapeText there = {""}, here = {""};
    bool is_same = json_is_array(shape) && json_array_size(shape) == tensor->rank;
    if (!json_is_array(shape))
        return nn_weights_fail(file, "the header is damaged: '%s' has no shape", tensor->name);
    for (size_t i = 0; i < json_array_size(shape); i++) {
        const json_t *size = json_array_get(shape, i);
        is_same = is_same && json_is_integer(size) &&
                  json_integer_value(size) ==
                      (json_int_t)tensor->shape[part->is_turned ? tensor->rank - 1 - i : i];
        shape_add(&there, i, (long long)json_integer_value(size));
    }
    for (size_t i = 0; i < tensor->rank; i++)
        shape_add(&here, i, (long long)tensor->shape[i]);
    shape_end(&there);
    shape_end(&here);
    if (is_same)
        return true;
    nn_weights_fail(file, "'%s' has shape %s there, %s here%s", tensor->name, there.text, here.text,
                    part->is_turned ? ", and is to be transposed" : "");
    if (!part->is_turned && is_turned_shape(tensor, shape))
        nn_hint(file->error, "as Keras writes kernels, [in, out]: --transpose %s turns it",
                tensor->name);
    return false;
}

/* Accepts types that convert to that of the net without loss. */
static bool dtype_check(const nn_weights_file *file, nn_part *part) {
    const char *dtype = json_string_value(json_object_get(part->entry, "dtype"));
    const char *ours = nn_dtype_names[nn_weights_dtype(file->network)];
    char shown[24];
    for (nn_dtype i = 0; dtype && i < NN_DTYPES; i++)
        if (strcmp(dtype, nn_dtype_names[i]) == 0 &&
            nn_dtype_sizes[i] <= file->network->real_size) {
            part->dtype = i;
            return true;
        }
    nn_show_text(shown, sizeof shown, dtype ? dtype : "of no dtype", 20);
    nn_weights_fail(file, "'%s' is %s there, %s here", part->tensor->name, shown, ours);
    if (dtype && strcmp(dtype, nn_dtype_names[NN_F64]) == 0)
        nn_hint(file->error, "save it as float32, or make the net with nngen --precision=double");
    else if (dtype)
        nn_hint(file->error, "save it as float32");
    return false;
}

static bool offsets_check(const nn_weights_file *file, nn_part *part) {
    const json_t *offsets = json_object_get(part->entry, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    nn_quoted quoted;
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0)
        return nn_weights_fail(file, "the header is damaged: %s has no offsets",
                               nn_quote(&quoted, part->name));
    part->begin = (size_t)json_integer_value(begin);
    part->end = (size_t)json_integer_value(end);
    size_t size = part->tensor ? part->tensor->count * nn_dtype_sizes[part->dtype] : 0;
    if (part->end < part->begin || (part->tensor && part->end - part->begin != size))
        return nn_weights_fail(
            file, "the header is damaged: %s takes %zu bytes, its offsets are %lld and %lld",
            nn_quote(&quoted, part->name), size, (long long)json_integer_value(begin),
            (long long)json_integer_value(end));
    return true;
}

/* Whether a file may lack the tensor. Parameters and state must be there; the others have a start
   value. */
static bool may_miss(const nn_tensor *tensor) {
    return tensor->role == NN_SETTING || tensor->role == NN_OPTIMIZER || tensor->role == NN_SCALING;
}

/* Lists the tensors of one role that the file lacks: "'x.low', 'x.scale'". */
static nn_names absent_list(const nn_weights_file *file, nn_role role) {
    nn_names list = {.count = 0};
    for (size_t i = 0; i < file->network->tensor_count; i++)
        if (!file->sources[i] && file->network->tensors[i].role == role)
            nn_names_add(&list, file->network->tensors[i].name);
    nn_names_end(&list);
    return list;
}

/* Refuses a file without scaling where outputs are the result: nobody would notice that they are
   wrong. */
static bool scaling_check(const nn_weights_file *file) {
    nn_names list = absent_list(file, NN_SCALING);
    if (list.count == 0 || file->from->scaling != NN_SCALING_NEEDED)
        return true;
    nn_weights_fail(file, "the file has no scaling, without which every output would be wrong: %s",
                    list.text);
    nn_hint(file->error,
            "train --load fits it to training data and --save keeps it; or add to the file what "
            "the training used, (x - low) * scale; or, where data is scaled already, take "
            "'standard' or 'minmax' out of the model");
    return false;
}

static bool parts_list(nn_weights_file *file) {
    const char *name;
    json_t *entry;
    file->parts = calloc(json_object_size(file->header) + 1, sizeof *file->parts);
    file->sources = calloc(file->network->tensor_count + 1, sizeof(nn_part *));
    if (!file->parts || !file->sources)
        return nn_fail_memory(file->error);
    json_object_foreach(file->header, name, entry) if (strcmp(name, "__metadata__") != 0)
        file->parts[file->part_count++] = (nn_part){.name = name, .entry = entry};
    return true;
}

/* Checks the header: the tensors of the net, then what else is in the file. */
static bool parts_read(nn_weights_file *file) {
    const nn_network *network = file->network;
    for (size_t i = 0; i < network->tensor_count; i++) {
        nn_part *part = file->sources[i];
        if (!part && !may_miss(&network->tensors[i]))
            return nn_weights_missing_fail(file, &network->tensors[i]);
        if (part &&
            !(shape_check(file, part) && dtype_check(file, part) && offsets_check(file, part)))
            return false;
    }
    for (size_t i = 0; i < file->part_count; i++) {
        nn_part *part = &file->parts[i];
        if (!part->tensor && part->why == NN_NOT_KNOWN)
            return nn_weights_extra_fail(file, part);
        if (!part->tensor && !offsets_check(file, part))
            return false;
    }
    return scaling_check(file);
}

static int part_order(const void *a, const void *b) {
    const nn_part *first = *(nn_part *const *)a, *second = *(nn_part *const *)b;
    int order = (first->begin > second->begin) - (first->begin < second->begin);
    return order ? order : (first->end > second->end) - (first->end < second->end);
}

/* Checks that the tensors fill the data without gap or overlap; sets data_size. */
static bool layout_check(nn_weights_file *file) {
    nn_part **sorted = malloc((file->part_count + 1) * sizeof(nn_part *));
    nn_quoted quoted;
    size_t end = 0;
    bool is_fine = true;
    if (!sorted)
        return nn_fail_memory(file->error);
    for (size_t i = 0; i < file->part_count; i++)
        sorted[i] = &file->parts[i];
    qsort(sorted, file->part_count, sizeof(nn_part *), part_order);
    for (size_t i = 0; i < file->part_count && is_fine; i++) {
        if (sorted[i]->begin != end)
            is_fine = nn_weights_fail(
                file, "the header is damaged: %s begins at byte %zu, what is before it ends at %zu",
                nn_quote(&quoted, sorted[i]->name), sorted[i]->begin, end);
        end = sorted[i]->end;
    }
    file->data_size = end;
    free(sorted);
    return is_fine;
}

/* Reads the data. Memory grows with what is really there, since the header may claim any size for a
   tensor that is left out. */
static bool data_read(nn_weights_file *file, FILE *in) {
    size_t room = FIRST_ROOM / 2, size = 0;
    do {
        room = room < file->data_size / 2 ? 2 * room : file->data_size;
        unsigned char *longer = realloc(file->data, room + 1);
        if (!longer)
            return nn_fail_memory(file->error);
        file->data = longer;
        size += fread(file->data + size, 1, room - size, in);
    } while (size == room && size < file->data_size);
    if (size < file->data_size)
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

static bool damage_fail(const nn_weights_file *file, const char *what, const char *here,
                        const char *there) {
    nn_quoted quoted;
    char shown[24];
    nn_show_text(shown, sizeof shown, there, SIZE_MAX);
    nn_weights_fail(file, "the weights are damaged: %s has checksum %s, the metadata says %s",
                    nn_quote(&quoted, what), here, shown);
    nn_hint(file->error, "a program that changes weights must leave the metadata out");
    return false;
}

/* Compares the checksum of a tensor with that in the file, `there`. */
static bool part_check(const nn_weights_file *file, nn_part *part, const char *there) {
    nn_checksum here = nn_data_checksum(file->data + part->begin, part->end - part->begin);
    part->is_checked = true;
    return strcmp(here.text, there) == 0 || damage_fail(file, part->name, here.text, there);
}

static bool checksums_check(const nn_weights_file *file) {
    const char *name = metadata_text(file, "network"), *hash = metadata_text(file, "model_hash");
    const char *there = metadata_text(file, CHECKSUM_OF_HEADER), *key;
    nn_checksum here = nn_header_checksum(file, name ? name : "", hash ? hash : "");
    json_t *value;
    if (there && strcmp(here.text, there) != 0)
        return damage_fail(file, "__metadata__", here.text, there);
    json_object_foreach(metadata(file), key, value) {
        bool is_parts = strncmp(key, CHECKSUM_OF, strlen(CHECKSUM_OF)) == 0;
        nn_part *part = is_parts ? nn_weights_part(file, key + strlen(CHECKSUM_OF)) : NULL;
        there = json_string_value(value);
        if (part && there && !part_check(file, part, there))
            return false;
    }
    return true;
}

static bool nan_check(const nn_weights_file *file, const nn_part *part) {
    size_t size = nn_dtype_sizes[part->dtype];
    for (size_t at = part->begin; part->tensor && at < part->end; at += size)
        if (isnan(nn_little_real(file->data + at, part->dtype)))
            return nn_weights_fail(file, "the weights are damaged: '%s' has a NaN",
                                   part->tensor->name);
    return true;
}

static bool is_target_scale(const nn_network *network, const nn_tensor *tensor) {
    const char *dot = strrchr(tensor->name, '.');
    bool is_target = false;
    for (size_t i = 0; i < network->target_count; i++)
        is_target |= nn_weights_is_field(&network->targets[i], tensor->name);
    return is_target && strcmp(dot, ".scale") == 0;
}

static bool is_variance(const nn_tensor *tensor) {
    const char *dot = strrchr(tensor->name, '.');
    return tensor->role == NN_STATE && dot && strcmp(dot, ".running_variance") == 0;
}

/* Checks numbers for which outputs would be infinite or none at all: a target's scale, by which
   outputs are divided, other scaling, and variances, of which the root is taken. */
static bool range_check(const nn_weights_file *file, const nn_part *part) {
    const nn_tensor *tensor = part->tensor;
    bool is_scaling = tensor->role == NN_SCALING, is_root = is_variance(tensor);
    bool is_divisor = is_scaling && is_target_scale(file->network, tensor);
    size_t size = nn_dtype_sizes[part->dtype];
    for (size_t at = part->begin; at < part->end; at += size) {
        double value = nn_little_real(file->data + at, part->dtype);
        const char *what = is_scaling && isinf(value) ? "an infinity"
                           : is_divisor && value == 0 ? "a 0, by which outputs are divided"
                           : is_root && value < 0     ? "a negative number, and is a variance"
                                                      : NULL;
        if (what)
            return nn_weights_fail(file, "'%s' has %s", tensor->name, what);
    }
    return true;
}

static bool numbers_check(const nn_weights_file *file) {
    for (size_t i = 0; i < file->network->tensor_count; i++)
        if (file->sources[i] &&
            !(nan_check(file, file->sources[i]) && range_check(file, file->sources[i])))
            return false;
    return true;
}

/* The index in the file of element i in the net's order. */
static size_t element_of(const nn_part *part, size_t i) {
    if (!part->is_turned)
        return i;
    size_t rows = part->tensor->shape[0], columns = part->tensor->shape[1];
    return i % columns * rows + i / columns;
}

/* Sets a tensor of the net. reals: space for the largest tensor. */
static void part_set(const nn_weights_file *file, const nn_part *part, void *reals) {
    const void *in[] = {part->tensor->name, reals};
    for (size_t i = 0; i < part->tensor->count; i++)
        nn_real_put(file->network, reals, i,
                    nn_little_real(file->data + part->begin +
                                       element_of(part, i) * nn_dtype_sizes[part->dtype],
                                   part->dtype));
    file->network->set(file->net, NULL, 1, in, NULL);
}

static bool net_set(const nn_weights_file *file) {
    const nn_network *network = file->network;
    size_t most = 1;
    for (size_t i = 0; i < network->tensor_count; i++)
        most = network->tensors[i].count > most ? network->tensors[i].count : most;
    void *reals = malloc(most * network->real_size);
    if (!reals)
        return nn_fail_memory(file->error);
    for (size_t i = 0; i < network->tensor_count; i++) {
        if (file->sources[i])
            part_set(file, file->sources[i], reals);
        if (file->from->is_absent)
            file->from->is_absent[i] = !file->sources[i];
    }
    free(reals);
    return true;
}

/* Sets the counters and the place in the epoch. The state of an optimizer belongs to its step, so
   all come from the file or none does. */
static void counters_set(nn_weights_file *file) {
    const void *in[] = {file->counters};
    uint64_t seed = file->counters[0];
    if (file->bookmark)
        *file->bookmark = (nn_bookmark){0};
    if (!is_ours(file))
        return;
    if (absent_list(file, NN_OPTIMIZER).count > 0) {
        file->network->get_counters(file->net, NULL, 1, NULL, file->counters);
        file->counters[0] = seed;
        file->place = (nn_bookmark){0};
    }
    file->network->set_counters(file->net, NULL, 1, in, NULL);
    if (file->bookmark)
        *file->bookmark = file->place;
}

static void absent_note(const nn_weights_file *file) {
    nn_names scaling = absent_list(file, NN_SCALING), optimizer = absent_list(file, NN_OPTIMIZER);
    nn_names settings = absent_list(file, NN_SETTING);
    if (scaling.count > 0)
        nn_note(file->error, file->path, "the file has no scaling %s: it %s", scaling.text,
                file->from->scaling == NN_SCALING_FITTED ? "is fitted to the data"
                                                         : "stays as it was");
    if (optimizer.count > 0)
        nn_note(file->error, file->path,
                "the file has no optimizer state %s: it begins anew, and so do steps and epochs",
                optimizer.text);
    if (settings.count > 0)
        nn_note(file->error, file->path, "the file has no setting %s: it stays as it was",
                settings.text);
}

/* Adds a note where the step of the optimizer state is unknown. */
static void counters_note(const nn_weights_file *file) {
    bool is_used = false;
    for (size_t i = 0; i < file->part_count; i++)
        is_used |= file->parts[i].tensor && file->parts[i].tensor->role == NN_OPTIMIZER;
    if (is_used && !is_ours(file))
        nn_note(file->error, file->path,
                "the file has optimizer state, but no metadata that counts steps and epochs: they "
                "stay as they were");
}

/* Adds a note where a file of nngen lacks checksums. */
static void checksums_note(const nn_weights_file *file) {
    nn_names list = {.count = 0};
    if (!is_ours(file))
        return;
    if (!metadata_text(file, CHECKSUM_OF_HEADER))
        nn_names_add(&list, "__metadata__");
    for (size_t i = 0; i < file->part_count; i++)
        if (!file->parts[i].is_checked)
            nn_names_add(&list, file->parts[i].name);
    if (list.count > 0)
        nn_note(file->error, file->path,
                "no checksum says whether these are as they were saved: %s", nn_names_end(&list));
}

static void dtypes_note(const nn_weights_file *file) {
    for (nn_dtype dtype = NN_F16; dtype < NN_DTYPES; dtype++) {
        nn_names list = {.count = 0};
        for (size_t i = 0; i < file->part_count; i++)
            if (file->parts[i].tensor && file->parts[i].dtype == dtype)
                nn_names_add(&list, file->parts[i].name);
        if (list.count > 0)
            nn_note(file->error, file->path, "made %s from %s, without loss: %s",
                    nn_dtype_names[nn_weights_dtype(file->network)], nn_dtype_names[dtype],
                    nn_names_end(&list));
    }
}

/* Makes all checks, and only then changes the net. */
static bool file_load(nn_weights_file *file, FILE *in) {
    if (!header_read(file, in) || !origin_check(file) || !parts_list(file))
        return false;
    if (!nn_weights_match(file) || !parts_read(file)) {
        origin_note(file); /* which may be why */
        return false;
    }
    if (!layout_check(file) || !data_read(file, in) || !counters_read(file))
        return false;
    if (is_ours(file)) {
        file->classes_text = metadata_text(file, "classes");
        file->means_text = metadata_text(file, "means");
        file->columns_text = metadata_text(file, "columns");
        file->training_text = metadata_text(file, "training");
    }
    if (!checksums_check(file) || !nn_bookmark_read(file) || !nn_classes_check(file) ||
        !numbers_check(file))
        return false;
    absent_note(file);
    if (!nn_means_take(file) || !nn_sources_take(file) || !nn_classes_take(file) || !net_set(file))
        return false;
    counters_set(file);
    origin_note(file);
    counters_note(file);
    nn_weights_match_note(file);
    dtypes_note(file);
    checksums_note(file);
    return true;
}

bool nn_weights_import(const nn_network *network, void *net, const char *path,
                       const nn_weights_from *from, nn_error *error) {
    nn_weights_file file = {.network = network,
                            .net = net,
                            .classes = from->kept.classes,
                            .means = from->kept.means,
                            .sources_of_data = from->kept.sources,
                            .bookmark = from->kept.bookmark,
                            .path = path,
                            .from = from,
                            .error = error};
    *error = (nn_error){NN_FINE, ""};
    FILE *in = fopen(path, "rb");
    if (!in)
        return nn_fail_errno(error, path, "cannot open");
    bool is_fine = nn_json_enter() ? file_load(&file, in) : nn_fail_memory(error);
    fclose(in);
    nn_weights_free(&file);
    return (nn_json_leave() || is_fine || nn_fail_memory(error)) && is_fine;
}

bool nn_weights_load(const nn_network *network, void *net, const nn_kept *kept, const char *path,
                     nn_error *error) {
    nn_weights_from as_it_is = {0};
    if (kept)
        as_it_is.kept = *kept;
    return nn_weights_import(network, net, path, &as_it_is, error);
}
