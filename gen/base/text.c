/* Strings that grow, in the arena, a hash, and the decoding of UTF-8.

   In: formats and bytes. Out: NUL-terminated bytes. Not its business: what the text means. */

#include "base/base.h"

#include <string.h>

enum { FIRST_SIZE = 64, SHORT_SIZE = 256 };

/* Leaves room for `more` bytes and a NUL behind them. */
static void text_reserve(Text *text, size_t more) {
    size_t needed = text->size + more + 1;
    if (needed <= text->capacity)
        return;
    size_t capacity = text->capacity > 0 ? text->capacity : FIRST_SIZE;
    while (capacity < needed)
        capacity *= 2;
    char *bytes = arena_alloc(text->compiler, capacity);
    if (text->size > 0)
        memcpy(bytes, text->bytes, text->size);
    text->bytes = bytes;
    text->capacity = capacity;
}

Text *text_new(Compiler *compiler) {
    Text *text = NEW(compiler, Text);
    text->compiler = compiler;
    text_reserve(text, 0);
    return text;
}

void text_add(Text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text_add_v(text, format, arguments);
    va_end(arguments);
}

void text_add_v(Text *text, const char *format, va_list arguments) {
    if (strcmp(format, "%s") == 0) { /* whole bodies of functions come so */
        const char *bytes = va_arg(arguments, const char *);
        text_add_bytes(text, bytes, strlen(bytes));
        return;
    }
    va_list again;
    va_copy(again, arguments);
    text_reserve(text, 0);
    size_t room = text->capacity - text->size;
    int size = vsnprintf(text->bytes + text->size, room, format, arguments);
    if (size > 0 && (size_t)size >= room) {
        text_reserve(text, (size_t)size);
        vsnprintf(text->bytes + text->size, (size_t)size + 1, format, again);
    }
    va_end(again);
    if (size > 0)
        text->size += (size_t)size;
    text->bytes[text->size] = '\0';
}

void text_insert(Text *text, size_t at, const Text *added) {
    text_reserve(text, added->size);
    memmove(text->bytes + at + added->size, text->bytes + at, text->size - at + 1);
    memcpy(text->bytes + at, added->bytes, added->size);
    text->size += added->size;
}

void text_add_bytes(Text *text, const char *bytes, size_t size) {
    text_reserve(text, size);
    if (size > 0)
        memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

char *format_text_v(Compiler *compiler, const char *format, va_list arguments) {
    char short_text[SHORT_SIZE];
    if (strcmp(format, "%s") == 0) { /* whole bodies of functions come so */
        const char *bytes = va_arg(arguments, const char *);
        return array_copy(compiler, bytes, (int)strlen(bytes) + 1, 1);
    }
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(short_text, sizeof short_text, format, arguments);
    char *text = arena_alloc(compiler, size > 0 ? (size_t)size + 1 : 1);
    if (size >= SHORT_SIZE)
        vsnprintf(text, (size_t)size + 1, format, again);
    else if (size > 0)
        memcpy(text, short_text, (size_t)size);
    va_end(again);
    return text;
}

char *format_text(Compiler *compiler, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text_v(compiler, format, arguments);
    va_end(arguments);
    return text;
}

uint64_t hash_bytes(uint64_t before, const char *bytes, size_t size) {
    uint64_t hash = before;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
    return hash;
}

/* By lead byte: how long the character is and the least code that may be written so. */
static const struct {
    unsigned char mask, lead;
    size_t length;
    uint32_t least;
} utf8_rows[] = {
    {0x80, 0x00, 1, 0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
};

size_t utf8_decode(const char *bytes, size_t size, uint32_t *code) {
    const unsigned char *byte = (const unsigned char *)bytes;
    size_t row = 0, rows = sizeof utf8_rows / sizeof *utf8_rows;
    if (size == 0)
        return 0;
    while (row < rows && (byte[0] & utf8_rows[row].mask) != utf8_rows[row].lead)
        row++;
    if (row == rows || utf8_rows[row].length > size)
        return 0;
    uint32_t value = byte[0] & (unsigned char)~utf8_rows[row].mask;
    for (size_t i = 1; i < utf8_rows[row].length; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (byte[i] & 0x3F);
    }
    bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < utf8_rows[row].least || value > 0x10FFFF || is_surrogate)
        return 0;
    *code = value;
    return utf8_rows[row].length;
}

size_t character_length(const char *bytes, size_t size, bool *is_shown) {
    uint32_t code = 0;
    size_t length = utf8_decode(bytes, size, &code);
    bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    bool is_reordering = (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
                         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
    *is_shown = length > 0 && !is_control && !is_reordering;
    return length > 0 ? length : 1;
}

size_t show_character(const char *bytes, size_t size, char shown[SHOWN_SIZE]) {
    bool is_shown;
    size_t length = character_length(bytes, size, &is_shown), end = 0;
    for (size_t i = 0; i < length; i++)
        end += (size_t)snprintf(shown + end, SHOWN_SIZE - end, is_shown ? "%c" : "\\x%02x",
                                (unsigned char)bytes[i]);
    return length;
}

char *shown_text(Compiler *compiler, const char *bytes) {
    Text *text = text_new(compiler);
    char shown[SHOWN_SIZE];
    for (size_t size = strlen(bytes); size > 0;) {
        size_t length = show_character(bytes, size, shown);
        text_add(text, "%s", shown);
        bytes += length;
        size -= length;
    }
    return text->bytes;
}

void print_shown(FILE *out, const char *bytes) {
    char shown[SHOWN_SIZE];
    for (size_t size = strlen(bytes); size > 0;) {
        size_t length = show_character(bytes, size, shown);
        fputs(shown, out);
        bytes += length;
        size -= length;
    }
}
