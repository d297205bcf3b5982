/* Means of inputs in weights files. In the metadata of a file they are the text "means",
   [1.5,null,2]: a number per value of the inputs, null where a column had no value. Comes in:
   means, or that text. Goes out: the text, or the means. */

#include "weights.h"

#include <math.h>
#include <stdlib.h>

bool nn_means_text(const nn_means *means, char **text) {
    *text = NULL;
    if (!means || !means->are_known)
        return true;
    json_t *array = json_array();
    bool is_fine = array != NULL;
    for (size_t i = 0; is_fine && i < means->count; i++)
        is_fine =
            json_array_append_new(array, isfinite(means->values[i]) ? json_real(means->values[i])
                                                                    : json_null()) == 0;
    if (is_fine)
        *text = json_dumps(array, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(array);
    return *text != NULL;
}

static bool values_read(const nn_weights_file *file, const json_t *array, double *values) {
    for (size_t i = 0; i < file->means->count; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_number(value) && !json_is_null(value))
            return nn_weights_fail(file, "the header is damaged: 'means' holds no numbers");
        values[i] = json_is_null(value) ? NAN : json_number_value(value);
    }
    return true;
}

/* Means that are known already are not replaced. */
bool nn_means_take(const nn_weights_file *file) {
    nn_means *means = file->means;
    if (!means || !file->means_text || means->are_known)
        return true;
    json_t *array = json_loads(file->means_text, 0, NULL);
    bool is_fine = json_is_array(array) ||
                   nn_weights_fail(file, "the header is damaged: 'means' is no JSON array");
    if (is_fine && json_array_size(array) != means->count)
        nn_note(file->error, file->path, "means of %zu values are left out, the inputs have %zu",
                json_array_size(array), means->count);
    else if (is_fine)
        is_fine = means->are_known = values_read(file, array, means->values);
    json_decref(array);
    return is_fine;
}
