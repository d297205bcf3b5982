/* Names of tensors in weights files. Comes in: the tensors of a file and of a net, and the
   options --map and --transpose. Goes out: for each tensor of the net, the tensor of the file
   that it comes from; for each other tensor of the file, why it is left out; or an error if the
   two do not match. */

#include "weights.h"

#include <stdlib.h>
#include <string.h>

/* The last parts of names that differ in PyTorch and Keras. */
static const struct {
    const char *there, *here;
} endings[] = {
    {"running_var", "running_variance"},
    {"moving_mean", "running_mean"},
    {"moving_variance", "running_variance"},
    {"weight", "gamma"}, /* where the layer has no other weight */
    {"bias", "beta"},
};
enum { ENDINGS = sizeof endings / sizeof endings[0], NAMES_SHOWN = 4 };

void nn_names_add(nn_names *names, const char *name) {
    nn_quoted quoted;
    size_t used = strlen(names->text);
    if (names->count++ < NAMES_SHOWN)
        snprintf(names->text + used, sizeof names->text - used, "%s%s", used ? ", " : "",
                 nn_quote(&quoted, name));
}

const char *nn_names_end(nn_names *names) {
    size_t used = strlen(names->text);
    if (names->count > NAMES_SHOWN)
        snprintf(names->text + used, sizeof names->text - used, " and %zu more",
                 names->count - NAMES_SHOWN);
    return names->text;
}

/* Reports an error in an option, which begins with its text: "--map a=b". */
static bool usage_fail(const nn_weights_file *file, const char *option, const char *item,
                       const char *what) {
    nn_quoted quoted;
    return nn_fail(file->error, NN_USAGE, (nn_place){file->path, 0}, "--%s %s: %s", option,
                   nn_quote(&quoted, item), what);
}

/* ---- finding names ---- */

static size_t name_find(const nn_network *network, const char *name) {
    size_t i = 0;
    while (i < network->tensor_count && strcmp(network->tensors[i].name, name) != 0)
        i++;
    return i;
}

/* Whether two names agree up to the last dot and have, after it, spellings of one thing. */
static bool is_spelling(const char *there, const char *here) {
    const char *end_there = strrchr(there, '.'), *end_here = strrchr(here, '.');
    if (!end_there || !end_here || end_there - there != end_here - here ||
        strncmp(there, here, (size_t)(end_here - here)) != 0)
        return false;
    for (size_t i = 0; i < ENDINGS; i++)
        if (strcmp(end_there + 1, endings[i].there) == 0 &&
            strcmp(end_here + 1, endings[i].here) == 0)
            return true;
    return false;
}

/* The index of the tensor of the net that a name stands for; tensor_count if there is none. */
static size_t tensor_find(const nn_network *network, const char *name) {
    size_t found = name_find(network, name);
    for (size_t i = 0; found == network->tensor_count && i < network->tensor_count; i++)
        if (is_spelling(name, network->tensors[i].name))
            return i;
    return found;
}

nn_part *nn_weights_part(const nn_weights_file *file, const char *name) {
    for (size_t i = 0; i < file->part_count; i++)
        if (strcmp(file->parts[i].name, name) == 0)
            return &file->parts[i];
    return NULL;
}

/* The names of the tensors in the file, or in the net, for hints; NULL if there is no memory. */
static const char **names_of(const nn_weights_file *file, bool are_files, size_t *count) {
    *count = are_files ? file->part_count : file->network->tensor_count;
    const char **names = calloc(*count + 1, sizeof *names);
    for (size_t i = 0; names && i < *count; i++)
        names[i] = are_files ? file->parts[i].name : file->network->tensors[i].name;
    return names;
}

/* Adds a hint: the nearest name, or the first few. */
static void names_hint(const nn_weights_file *file, const char *name, bool are_files) {
    size_t count;
    const char **names = names_of(file, are_files, &count);
    const char *nearest = names ? nn_nearest(name, names, count) : NULL;
    nn_names list = {.count = 0};
    nn_quoted quoted;
    for (size_t i = 0; names && i < count; i++)
        nn_names_add(&list, names[i]);
    if (nearest)
        nn_hint(file->error, "is %s meant?", nn_quote(&quoted, nearest));
    else if (names && count > 0)
        nn_hint(file->error, "the %s has %s", are_files ? "file" : "net", nn_names_end(&list));
    free(names);
}

/* ---- maps ---- */

/* The error for two tensors of the file for one of the net. */
static bool twice_fail(const nn_weights_file *file, size_t tensor, const nn_part *other) {
    const nn_part *source = file->sources[tensor];
    nn_quoted first, second, target;
    char shown[100];
    nn_fail(file->error, source->is_mapped ? NN_USAGE : NN_WRONG, (nn_place){file->path, 0},
            "both %s and %s would become %s", nn_quote(&first, source->name),
            nn_quote(&second, other->name), nn_quote(&target, file->network->tensors[tensor].name));
    nn_show_text(shown, sizeof shown, other->name, SIZE_MAX);
    nn_hint(file->error, "--map %s= leaves that one out", shown);
    return false;
}

static bool part_take(nn_weights_file *file, nn_part *part, size_t tensor) {
    if (file->sources[tensor])
        return twice_fail(file, tensor, part);
    part->tensor = &file->network->tensors[tensor];
    file->sources[tensor] = part;
    return true;
}

/* Applies one item of --map: "0.weight=h.weight", or "0.weight=" to leave a tensor out. */
static bool item_map(nn_weights_file *file, char *item) {
    char *equals = strrchr(item, '=');
    if (!equals || equals == item)
        return usage_fail(file, "map", item,
                          "is not of the form NAME=NAME, the file's and the net's");
    char shown[200];
    nn_show_text(shown, sizeof shown, item, SIZE_MAX);
    *equals = '\0';
    nn_part *part = nn_weights_part(file, item);
    if (!part) {
        usage_fail(file, "map", shown, "the file has no tensor of the first name");
        names_hint(file, item, true);
        return false;
    }
    if (part->is_mapped)
        return usage_fail(file, "map", shown, "the first name was mapped before");
    part->is_mapped = true;
    part->why = NN_AS_MAPPED;
    if (equals[1] == '\0')
        return true;
    size_t tensor = tensor_find(file->network, equals + 1);
    if (tensor < file->network->tensor_count)
        return part_take(file, part, tensor);
    usage_fail(file, "map", shown, "the net has no tensor of the second name");
    names_hint(file, equals + 1, false);
    return false;
}

/* Applies one item of --transpose: "h.weight", a name in the net. */
static bool item_transpose(nn_weights_file *file, char *item) {
    size_t tensor = tensor_find(file->network, item);
    if (tensor == file->network->tensor_count) {
        const nn_part *part = nn_weights_part(file, item);
        usage_fail(file, "transpose", item, "the net has no such tensor");
        if (part && part->tensor)
            nn_hint(file->error, "the net calls it '%s'", part->tensor->name);
        else
            names_hint(file, item, false);
        return false;
    }
    if (file->network->tensors[tensor].rank != 2)
        return usage_fail(file, "transpose", item, "is no matrix");
    if (!file->sources[tensor])
        return usage_fail(file, "transpose", item, "the file has no tensor for it");
    if (file->sources[tensor]->is_turned)
        return usage_fail(file, "transpose", item, "is named twice");
    return file->sources[tensor]->is_turned = true;
}

/* Applies a function to each item of a list separated by commas. */
static bool items_each(nn_weights_file *file, const char *items,
                       bool (*use)(nn_weights_file *, char *)) {
    char *copy = strdup(items ? items : "");
    bool is_fine = copy != NULL || nn_fail_memory(file->error);
    for (char *item = items ? copy : NULL; is_fine && item;) {
        char *comma = strchr(item, ',');
        if (comma)
            *comma = '\0';
        is_fine = use(file, item);
        item = comma ? comma + 1 : NULL;
    }
    free(copy);
    return is_fine;
}

/* Whether the name is that of optimizer state: h.weight.m, where h.weight is a parameter. */
static bool is_optimizer_state(const nn_network *network, const char *name) {
    for (size_t i = 0; i < network->tensor_count; i++) {
        size_t length = strlen(network->tensors[i].name);
        if (network->tensors[i].role == NN_PARAMETER &&
            strncmp(name, network->tensors[i].name, length) == 0 && name[length] == '.')
            return true;
    }
    return false;
}

/* Whether this is the counter of batches in PyTorch's batch normalization, which is not needed. */
static bool counts_batches(const char *name) {
    const char *dot = strrchr(name, '.');
    return strcmp(dot ? dot + 1 : name, "num_batches_tracked") == 0;
}

/* Leaves out all optimizer state if some of it is missing, because a part of it is of no use. */
static void optimizer_leave(nn_weights_file *file) {
    const nn_network *network = file->network;
    bool is_whole = true;
    for (size_t i = 0; i < network->tensor_count; i++)
        is_whole = is_whole && (network->tensors[i].role != NN_OPTIMIZER || file->sources[i]);
    for (size_t i = 0; i < network->tensor_count && !is_whole; i++)
        if (network->tensors[i].role == NN_OPTIMIZER && file->sources[i]) {
            file->sources[i]->tensor = NULL;
            file->sources[i]->why = NN_OF_PARTIAL_OPTIMIZER;
            file->sources[i] = NULL;
        }
}

bool nn_weights_match(nn_weights_file *file) {
    const nn_network *network = file->network;
    if (!items_each(file, file->from->map, item_map))
        return false;
    for (size_t i = 0; i < file->part_count; i++) {
        nn_part *part = &file->parts[i];
        size_t tensor = tensor_find(network, part->name);
        if (part->is_mapped)
            continue;
        if (tensor < network->tensor_count && !part_take(file, part, tensor))
            return false;
        part->why = part->tensor                              ? NN_NOT_KNOWN
                    : counts_batches(part->name)              ? NN_COUNTS_BATCHES
                    : is_optimizer_state(network, part->name) ? NN_OF_OPTIMIZER
                                                              : NN_NOT_KNOWN;
    }
    if (!items_each(file, file->from->transpose, item_transpose))
        return false;
    optimizer_leave(file);
    return true;
}

/* ---- errors and notes ---- */

static bool is_free(const nn_part *part) {
    return !part->tensor && part->why == NN_NOT_KNOWN;
}

static bool has_shape(const nn_part *part, const nn_tensor *tensor) {
    const json_t *shape = json_object_get(part->entry, "shape");
    bool is_same = json_array_size(shape) == tensor->rank;
    for (size_t i = 0; is_same && i < tensor->rank; i++)
        is_same = json_integer_value(json_array_get(shape, i)) == (json_int_t)tensor->shape[i];
    return is_same;
}

bool nn_weights_missing_fail(const nn_weights_file *file, const nn_tensor *tensor) {
    nn_names list = {.count = 0};
    char shown[100];
    nn_weights_fail(file, "'%s' is missing", tensor->name);
    for (size_t i = 0; i < file->part_count; i++)
        if (is_free(&file->parts[i]) && has_shape(&file->parts[i], tensor)) {
            nn_names_add(&list, file->parts[i].name);
            nn_show_text(shown, sizeof shown, file->parts[i].name, SIZE_MAX);
        }
    if (list.count == 1)
        nn_hint(file->error, "the file has %s of that shape: --map %s=%s takes it",
                nn_names_end(&list), shown, tensor->name);
    else if (list.count > 1)
        nn_hint(file->error, "of that shape the file has %s: --map NAME=%s takes one",
                nn_names_end(&list), tensor->name);
    return false;
}

bool nn_weights_is_field(const nn_field *field, const char *tensor) {
    size_t length = strlen(field->name);
    return strncmp(tensor, field->name, length) == 0 &&
           (strcmp(tensor + length, ".low") == 0 || strcmp(tensor + length, ".scale") == 0);
}

/* The input or target of the net that the tensor of the file scales; NULL: none. */
static const nn_field *field_find(const nn_network *network, const char *tensor) {
    for (size_t i = 0; i < network->input_count + network->target_count; i++)
        if (nn_weights_is_field(nn_data_field(network, i), tensor))
            return nn_data_field(network, i);
    return NULL;
}

/* The hints for scaling in the file that the net does not have. */
static bool scaling_hint(const nn_weights_file *file, const char *tensor) {
    const char *dot = strrchr(tensor, '.');
    const nn_field *field = field_find(file->network, tensor);
    if (field) {
        nn_hint(file->error,
                "the file scales '%.60s', the model does not: 'standard' or 'minmax' after it in "
                "the model takes this scaling",
                field->name);
        nn_hint(file->error,
                "--map %.60s.low=,%.60s.scale= leaves it out, for data that are scaled "
                "already",
                field->name, field->name);
        return true;
    }
    if (dot && (strcmp(dot, ".low") == 0 || strcmp(dot, ".scale") == 0))
        nn_hint(file->error, "an output whose target was scaled needs that target in the model, "
                             "'standard' or 'minmax', or it stays scaled");
    return false;
}

bool nn_weights_extra_fail(const nn_weights_file *file, const nn_part *part) {
    nn_quoted quoted;
    char shown[100];
    nn_show_text(shown, sizeof shown, part->name, SIZE_MAX);
    nn_weights_fail(file, "%s is not a tensor of this net", nn_quote(&quoted, part->name));
    if (!scaling_hint(file, part->name))
        nn_hint(file->error, "--map %s= leaves it out, --map %s=NAME gives it the net's name",
                shown, shown);
    return false;
}

/* Whether names in the file end as those of Keras, which has matrices of dense layers as [in,
   out]. */
static bool looks_like_keras(const nn_weights_file *file) {
    static const char *const signs[] = {"kernel", "moving_mean", "moving_variance"};
    bool is_keras = file->from->transpose != NULL;
    for (size_t i = 0; i < file->part_count && !is_keras; i++)
        for (size_t j = 0; j < sizeof signs / sizeof signs[0]; j++)
            is_keras |= strstr(file->parts[i].name, signs[j]) != NULL;
    return is_keras;
}

static void squares_note(const nn_weights_file *file) {
    nn_names squares = {.count = 0};
    if (!looks_like_keras(file))
        return;
    for (size_t i = 0; i < file->part_count; i++) {
        const nn_tensor *tensor = file->parts[i].tensor;
        if (tensor && tensor->role == NN_PARAMETER && tensor->rank == 2 && tensor->shape[0] > 1 &&
            tensor->shape[0] == tensor->shape[1] && !file->parts[i].is_turned)
            nn_names_add(&squares, tensor->name);
    }
    if (squares.count > 0)
        nn_note(file->error, file->path,
                "taken as [out, in], as the shape cannot tell: %s; the file looks like one of "
                "Keras, which has [in, out]: --transpose NAME turns it",
                nn_names_end(&squares));
}

static bool ends_in(const char *name, const char *end) {
    const char *found = strstr(name, end);
    return found && (found[strlen(end)] == '\0' || found[strlen(end)] == ':');
}

/* A note for batch normalization: the file does not say which epsilon was added to variances. */
static void epsilon_note(const nn_weights_file *file) {
    for (size_t i = 0; i < file->part_count; i++)
        if (file->parts[i].tensor && ends_in(file->parts[i].name, "moving_variance")) {
            nn_note(file->error, file->path,
                    "Keras normalizes with epsilon 1e-3 where it is not told otherwise, "
                    "batch_norm with eps = 1e-5");
            return;
        }
}

static void left_out_note(const nn_weights_file *file, nn_left_out why, const char *reason) {
    nn_names list = {.count = 0};
    for (size_t i = 0; i < file->part_count; i++)
        if (!file->parts[i].tensor && file->parts[i].why == why)
            nn_names_add(&list, file->parts[i].name);
    if (list.count > 0)
        nn_note(file->error, file->path, "not used, %s: %s", reason, nn_names_end(&list));
}

static void spellings_note(const nn_weights_file *file) {
    nn_names list = {.count = 0};
    for (size_t i = 0; i < file->part_count; i++)
        if (file->parts[i].tensor && !file->parts[i].is_mapped &&
            strcmp(file->parts[i].name, file->parts[i].tensor->name) != 0)
            nn_names_add(&list, file->parts[i].tensor->name);
    if (list.count > 0)
        nn_note(file->error, file->path, "taken from what PyTorch or Keras call so: %s",
                nn_names_end(&list));
}

void nn_weights_match_note(const nn_weights_file *file) {
    squares_note(file);
    spellings_note(file);
    epsilon_note(file);
    left_out_note(file, NN_OF_OPTIMIZER, "as the net has no such optimizer state");
    left_out_note(file, NN_OF_PARTIAL_OPTIMIZER, "as other optimizer state is missing");
    left_out_note(file, NN_COUNTS_BATCHES, "as running statistics here count no batches");
    left_out_note(file, NN_AS_MAPPED, "as --map says");
}
