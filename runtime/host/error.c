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

/* The size in bytes of the character at the beginning of text, or 0 where that is a control
   character or not UTF-8 and so must not reach a terminal. */
static size_t shown_size(const char *text) {
    const unsigned char *byte = (const unsigned char *)text;
    size_t size = byte[0] < 0x80   ? 1
                  : byte[0] < 0xC2 ? 0
                  : byte[0] < 0xE0 ? 2
                  : byte[0] < 0xF0 ? 3
                                   : 4;
    bool is_control = byte[0] < ' ' || byte[0] == 0x7F || (byte[0] == 0xC2 && byte[1] < 0xA0);
    if (size == 0 || byte[0] > 0xF4 || is_control)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((byte[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

const char *nn_show_text(char *shown, size_t room, const char *text, size_t most) {
    size_t used = 0;
    for (const char *end = text + strnlen(text, most); text < end;) {
        size_t size = shown_size(text), wanted = size ? size : 4;
        if (used + wanted >= room || text + size > end)
            break;
        if (size)
            memcpy(shown + used, text, size);
        else
            snprintf(shown + used, room - used, "\\x%02x", (unsigned)(unsigned char)*text);
        used += wanted;
        text += size ? size : 1;
    }
    shown[used] = '\0';
    return text;
}

/* Writes "path:line: kind: ". */
static void error_start(nn_error *error, nn_place place, const char *kind) {
    char path[400];
    if (place.path) {
        nn_show_text(path, sizeof path, place.path, 300);
        error_add_text(error, "%s:", path);
    }
    if (place.line)
        error_add_text(error, "%zu:", place.line);
    error_add_text(error, "%s%s: ", place.path ? " " : "", kind);
}

bool nn_fail(nn_error *error, nn_code code, nn_place place, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error->text[0] = '\0';
    error_start(error, place, "error");
    error_add(error, format, arguments);
    error->code = code;
    va_end(arguments);
    return false;
}

bool nn_fail_errno(nn_error *error, const char *path, const char *what) {
    if (errno == ENOMEM)
        return nn_fail_memory(error);
    return nn_fail(error, NN_FAILED, (nn_place){path, 0}, "%s: %s", what, strerror(errno));
}

bool nn_fail_memory(nn_error *error) {
    return nn_fail(error, NN_MEMORY, (nn_place){NULL, 0}, "out of memory");
}

bool nn_printed(nn_error *error) {
    return (fflush(stdout) == 0 && !ferror(stdout)) ||
           nn_fail_errno(error, "<stdout>", "cannot write");
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
    if (error->text[0])
        error_add_text(error, "\n");
    error_start(error, (nn_place){path, 0}, "note");
    error_add(error, format, arguments);
    va_end(arguments);
}

void nn_add(nn_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    error_add(error, format, arguments);
    va_end(arguments);
}

const char *nn_quote(nn_quoted *buffer, const char *text) {
    char shown[sizeof buffer->text - sizeof "'...'"];
    const char *rest = nn_show_text(shown, sizeof shown, text, SIZE_MAX);
    snprintf(buffer->text, sizeof buffer->text, "'%s%s'", shown, *rest ? "..." : "");
    return buffer->text;
}

enum { NAME_LIMIT = 64, NOT_NEAR = 1000 };

/* The Levenshtein distance of two names, by the usual table, one row at a time. */
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
