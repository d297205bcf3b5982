/* Messages. Comes in: what is wrong and where. Goes out: one nn_error, in the form "path:line:
   error: text". */

#include "host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void error_add(nn_error *error, const char *format, va_list arguments) {
    size_t used = strlen(error->text);
    vsnprintf(error->text + used, sizeof error->text - used, format, arguments);
}

static void error_add_text(nn_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void error_add_text(nn_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_add(error, format, arguments);
    va_end(arguments);
}

static void error_start(nn_error *error, nn_place place, const char *kind) {
    error->text[0] = '\0';
    if (place.path)
        error_add_text(error, "%.300s:", place.path);
    if (place.line)
        error_add_text(error, "%zu:", place.line);
    error_add_text(error, "%s%s: ", place.path ? " " : "", kind);
}

bool nn_fail(nn_error *error, nn_code code, nn_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_start(error, place, "error");
    error_add(error, format, arguments);
    error->code = code;
    va_end(arguments);
    return false;
}

bool nn_fail_errno(nn_error *error, const char *path, const char *what) {
    return nn_fail(error, NN_FAILED, (nn_place){path, 0}, "%s: %s", what, strerror(errno));
}

bool nn_fail_memory(nn_error *error) {
    return nn_fail(error, NN_FAILED, (nn_place){NULL, 0}, "out of memory");
}

void nn_hint(nn_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_add_text(error, "\nhint: ");
    error_add(error, format, arguments);
    va_end(arguments);
}

void nn_note(nn_error *error, const char *path, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_start(error, (nn_place){path, 0}, "note");
    error_add(error, format, arguments);
    va_end(arguments);
}

const char *nn_quote(nn_quoted *buffer, const char *text) {
    size_t used = 0, room = sizeof buffer->text - 6;
    buffer->text[used++] = '\'';
    for (; *text && used < room; text++) {
        bool is_plain = (unsigned char)*text >= ' ' && *text != 127;
        buffer->text[used++] = is_plain ? *text : '?';
    }
    while (*text && ((unsigned char)*text & 0xC0) == 0x80 && used > 1) /* cut no character in two */
        used--, text--;
    if (*text) {
        memcpy(buffer->text + used, "...", 3);
        used += 3;
    }
    memcpy(buffer->text + used, "'", 2);
    return buffer->text;
}

enum { NAME_LIMIT = 64, NOT_NEAR = 1000 };

/* Levenshtein's distance, row by row. */
static size_t edit_distance(const char *a, const char *b) {
    size_t row[NAME_LIMIT + 1], size_a = strlen(a), size_b = strlen(b);
    if (size_a > NAME_LIMIT || size_b > NAME_LIMIT)
        return NOT_NEAR;
    for (size_t j = 0; j <= size_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= size_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= size_b; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[size_b];
}

const char *nn_nearest(const char *name, const char *const *candidates, size_t count) {
    const char *nearest = NULL;
    size_t least = strlen(name) < 3 ? strlen(name) : 3;
    for (size_t i = 0; i < count; i++) {
        size_t distance = candidates[i] ? edit_distance(name, candidates[i]) : NOT_NEAR;
        if (distance < least) {
            least = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
