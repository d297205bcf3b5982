/* Where training stands, in weights files: the text "training" in the metadata, "done=12
   examples=30 data=5", which is there while an epoch is under way. Comes in: a bookmark, or that text.
   Goes out: the text, or the bookmark. */

#include "weights.h"

#include <stdlib.h>
#include <string.h>

bool nn_bookmark_text(const nn_bookmark *bookmark, char **text) {
    enum { SIZE = 120 };
    *text = NULL;
    if (!bookmark || bookmark->done == 0)
        return true;
    *text = malloc(SIZE);
    if (*text)
        snprintf(*text, SIZE, "done=%llu examples=%llu data=%llu",
                 (unsigned long long)bookmark->done, (unsigned long long)bookmark->examples,
                 (unsigned long long)bookmark->data);
    return *text != NULL;
}

/* Finds "name=number" among words that blanks separate. */
static bool number_find(const char *text, const char *name, uint64_t *number) {
    char digits[24];
    size_t length = strlen(name);
    while (strncmp(text, name, length) != 0 || text[length] != '=') {
        text += strcspn(text, " ");
        if (!*text++)
            return false;
    }
    text += length + 1;
    size_t size = strcspn(text, " ");
    snprintf(digits, sizeof digits, "%.*s", (int)(size < sizeof digits ? size : 0), text);
    return nn_whole_parse(digits, UINT64_MAX, number);
}

bool nn_bookmark_read(nn_weights_file *file) {
    const char *text = file->training_text;
    nn_bookmark place = {0};
    bool is_fine = !text || (number_find(text, "done", &place.done) &&
                             number_find(text, "examples", &place.examples) && place.done > 0 &&
                             place.done <= place.examples);
    if (is_fine && text && strstr(text, "data="))
        is_fine = number_find(text, "data", &place.data);
    file->place = place;
    return is_fine ||
           nn_weights_fail(file, "the header is damaged: 'training' is no place in an epoch");
}
