/* Names of classes in weights files. In the metadata of a file they are the text "classes",
   {"kind":["setosa","versicolor","virginica"]}. Comes in: names, or that text. Goes out: the
   text, or the names after they were checked. */

#include "classes.h"
#include "weights.h"

#include <stdlib.h>
#include <string.h>

static json_t *names_json(const nn_texts *names) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < names->count; i++)
        if (json_array_append_new(array, json_string(names->all[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

bool nn_classes_text(const nn_classes *classes, char **text) {
    json_t *object = json_object();
    bool is_fine = object != NULL;
    *text = NULL;
    for (size_t i = 0; is_fine && classes && i < classes->network->target_count; i++)
        if (nn_classes_count(classes, i) > 0)
            is_fine = json_object_set_new(object, classes->network->targets[i].name,
                                          names_json(&classes->targets[i].names)) == 0;
    if (is_fine && json_object_size(object) > 0) {
        *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
        is_fine = *text != NULL;
    }
    json_decref(object);
    return is_fine;
}

static bool damaged(const nn_weights_file *file, const char *name, const char *why) {
    nn_quoted quoted;
    return nn_weights_fail(file, "the header is damaged: classes of %s: %s",
                           nn_quote(&quoted, name), why);
}

/* The names of one target, to be freed; NULL after an error. */
static char **names_read(const nn_weights_file *file, const char *target, const json_t *array,
                         size_t needed) {
    nn_texts seen = {0};
    const char *wrong = json_array_size(array) == needed ? NULL : "not one name for each class";
    char **names = calloc(needed, sizeof *names);
    bool has_memory = names != NULL;
    for (size_t i = 0; has_memory && !wrong && i < needed; i++) {
        const char *name = json_string_value(json_array_get(array, i));
        wrong = !name                                   ? "a name is no string"
                : nn_label_wrong(name)                  ? nn_label_wrong(name)
                : nn_texts_find(&seen, name) != NN_NONE ? "a name stands twice"
                                                        : NULL;
        has_memory = wrong || nn_texts_add(&seen, name);
        names[i] = (char *)name;
    }
    nn_texts_free(&seen);
    if (has_memory && !wrong)
        return names;
    free(names);
    if (has_memory)
        damaged(file, target, wrong);
    else
        nn_fail_memory(file->error);
    return NULL;
}

/* Checks that names that are known already are those in the file. */
static bool same_check(const nn_weights_file *file, size_t target, char *const *names) {
    const nn_target_classes *classes = &file->classes->targets[target];
    nn_target_classes there = {.source = NULL};
    char here_text[300], there_text[300];
    bool is_same = true;
    for (size_t i = 0; i < classes->names.count; i++)
        is_same = is_same && strcmp(classes->names.all[i], names[i]) == 0;
    if (is_same)
        return true;
    if (!nn_classes_set(&there, names, classes->names.count, file->path)) {
        nn_fail_memory(file->error);
    } else {
        nn_classes_show(classes, here_text, sizeof here_text);
        nn_classes_show(&there, there_text, sizeof there_text);
        nn_weights_fail(file, "the classes of '%.60s' are %s there, and by %.60s %s",
                        file->network->targets[target].name, there_text, classes->source,
                        here_text);
    }
    nn_texts_free(&there.names);
    free(there.source);
    return false;
}

static size_t target_of(const nn_network *network, const char *name) {
    for (size_t i = 0; i < network->target_count; i++)
        if (strcmp(network->targets[i].name, name) == 0)
            return i;
    return NN_NONE;
}

/* Checks the entry of one target, or with take, stores it. */
static bool entry_read(const nn_weights_file *file, const char *name, const json_t *array,
                       bool take) {
    size_t target = target_of(file->network, name), needed;
    nn_quoted quoted;
    bool is_fine = true;
    if (target == NN_NONE) {
        if (take)
            nn_note(file->error, file->path, "%s is no target here, its classes are left out",
                    nn_quote(&quoted, name));
        return true;
    }
    needed = nn_classes_needed(file->network, target);
    char **names = names_read(file, name, array, needed);
    if (!names)
        return false;
    if (file->classes && nn_classes_count(file->classes, target) > 0)
        is_fine = same_check(file, target, names);
    else if (file->classes && take)
        is_fine = nn_classes_set(&file->classes->targets[target], names, needed, file->path) ||
                  nn_fail_memory(file->error);
    free(names);
    return is_fine;
}

static bool text_read(const nn_weights_file *file, const char *text, bool take) {
    const char *name;
    json_t *array, *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool is_fine = json_is_object(object) ||
                   nn_weights_fail(file, "the header is damaged: 'classes' is no JSON object");
    json_object_foreach(object, name, array) is_fine =
        is_fine && entry_read(file, name, array, take);
    json_decref(object);
    return is_fine;
}

bool nn_classes_check(const nn_weights_file *file) {
    return !file->classes_text || text_read(file, file->classes_text, false);
}

bool nn_classes_take(const nn_weights_file *file) {
    if (file->classes_text && !text_read(file, file->classes_text, true))
        return false;
    for (size_t i = 0; file->classes && i < file->network->target_count; i++) {
        nn_target_classes *target = &file->classes->targets[i];
        if (target->names.count > 0 || target->source)
            continue;
        if (!nn_classes_number(target, file->path))
            return nn_fail_memory(file->error);
    }
    return true;
}
