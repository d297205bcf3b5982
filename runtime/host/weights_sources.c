/* Names of columns in a weights file. Comes in: the names, or a file's text "columns" in its
   metadata, {"x":["len","wid"]}, of the fields that columns of other names than the net's own fed.
   Goes out: that text, or the names. */

#include "weights.h"

#include <stdlib.h>
#include <string.h>

#define GIVEN "--columns" /* what the option said, beside the fields */

static json_t *names_json(char *const *names, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++)
        if (json_array_append_new(array, json_string(names[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

bool nn_sources_text(const nn_sources *sources, char **text) {
    json_t *object = json_object();
    bool is_fine = object != NULL;
    *text = NULL;
    for (size_t i = 0, at = 0; is_fine && sources && i < sources->field_count; i++) {
        size_t width = nn_field_width(sources->fields[i]);
        if (sources->names[at])
            is_fine = json_object_set_new(object, sources->fields[i]->name,
                                          names_json(&sources->names[at], width)) == 0;
        at += width;
    }
    if (is_fine && sources && sources->given)
        is_fine = json_object_set_new(object, GIVEN, json_string(sources->given)) == 0;
    if (is_fine && json_object_size(object) > 0) {
        *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
        is_fine = *text != NULL;
    }
    json_decref(object);
    return is_fine;
}

static bool names_take(const nn_weights_file *file, const json_t *array, char **names,
                       size_t width) {
    for (size_t i = 0; i < width; i++)
        if (!json_is_string(json_array_get(array, i)))
            return nn_weights_fail(file, "the header is damaged: 'columns' holds no names");
    for (size_t i = 0; i < width; i++) {
        names[i] = strdup(json_string_value(json_array_get(array, i)));
        if (!names[i])
            return nn_fail_memory(file->error);
    }
    return true;
}

static bool entry_take(const nn_weights_file *file, const char *field, const json_t *array) {
    nn_sources *sources = file->sources_of_data;
    nn_quoted quoted;
    if (strcmp(field, GIVEN) == 0 && json_is_string(array)) {
        sources->given = strdup(json_string_value(array));
        return sources->given || nn_fail_memory(file->error);
    }
    for (size_t i = 0, at = 0; i < sources->field_count; i++) {
        size_t width = nn_field_width(sources->fields[i]);
        if (strcmp(sources->fields[i]->name, field) == 0 && json_array_size(array) == width)
            return names_take(file, array, &sources->names[at], width);
        at += width;
    }
    nn_note(file->error, file->path,
            "names of %zu columns of %s are left out, the net has no such field",
            json_array_size(array), nn_quote(&quoted, field));
    return true;
}

/* Names that are known already stay. */
bool nn_sources_take(const nn_weights_file *file) {
    const char *field;
    json_t *array;
    if (!file->sources_of_data || !file->columns_text || file->sources_of_data->are_known)
        return true;
    json_t *object = json_loads(file->columns_text, JSON_REJECT_DUPLICATES, NULL);
    bool is_fine = json_is_object(object) ||
                   nn_weights_fail(file, "the header is damaged: 'columns' is no JSON object");
    json_object_foreach(object, field, array) is_fine = is_fine && entry_take(file, field, array);
    file->sources_of_data->are_known = is_fine;
    json_decref(object);
    return is_fine;
}
