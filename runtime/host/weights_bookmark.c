/* Where training stands, in weights files: the text "training" in the metadata, an object such as
   {"done":12,"examples":30}, which is there while an epoch is under way. Comes in: a bookmark, or
   that text. Goes out: the text, or the bookmark. */

#include "weights.h"

#include <stdlib.h>

bool nn_bookmark_text(const nn_bookmark *bookmark, char **text) {
    *text = NULL;
    if (!bookmark || bookmark->done == 0)
        return true;
    json_t *object = json_pack("{s:I,s:I}", "done", (json_int_t)bookmark->done, "examples",
                               (json_int_t)bookmark->examples);
    if (object)
        *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(object);
    return *text != NULL;
}

bool nn_bookmark_read(nn_weights_file *file) {
    file->place = (nn_bookmark){0, 0};
    if (!file->training_text)
        return true;
    json_t *object = json_loads(file->training_text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *done = json_object_get(object, "done");
    const json_t *examples = json_object_get(object, "examples");
    bool is_fine = json_is_integer(done) && json_is_integer(examples) &&
                   json_integer_value(done) > 0 &&
                   json_integer_value(done) <= json_integer_value(examples);
    if (is_fine)
        file->place = (nn_bookmark){(uint64_t)json_integer_value(done),
                                    (uint64_t)json_integer_value(examples)};
    json_decref(object);
    return is_fine ||
           nn_weights_fail(file, "the header is damaged: 'training' is no place in an epoch");
}
