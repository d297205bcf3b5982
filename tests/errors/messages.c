/* Messages in C sources. In: a source of nngen. Out: the format strings that its calls of
   error_at, fail and the like have, compared with what was said. A message is matched by its
   format with any text for each conversion. */

#define _POSIX_C_SOURCE 200809L

#include "messages.h"

#include "case.h"

static const struct {
    const char *call;
    int argument; /* which holds the format */
    const char *kind;
} calls[] = {
    {"error_at(", 2, "error"},     {"fail(", 2, "error"},   {"stop_at(", 2, "error"},
    {"warning_at(", 2, "warning"}, {"note_at(", 2, "note"}, {"hint(", 1, "hint"},
};

/* Whether the text up to `end` can be the pattern, where a conversion stands for any text. */
static bool is_match(const char *pattern, const char *text, const char *end) {
    if (*pattern == '\0')
        return text == end;
    if (*pattern == '%' && pattern[1] == '%')
        return text < end && *text == '%' && is_match(pattern + 2, text + 1, end);
    if (*pattern != '%')
        return text < end && *text == *pattern && is_match(pattern + 1, text + 1, end);
    pattern += strcspn(pattern, "cdisuxXgfp") + 1;
    for (; text <= end; text++)
        if (is_match(pattern, text, end))
            return true;
    return false;
}

/* Whether a line of `said` is this message; what comes before it on the line does not matter. */
static bool was_said(const char *said, const char *kind, const char *format) {
    char mark[16];
    snprintf(mark, sizeof mark, "%s: ", kind);
    for (const char *line = said; *line;
         line += strcspn(line, "\n") + (line[strcspn(line, "\n")] != '\0')) {
        const char *end = line + strcspn(line, "\n"), *start = strstr(line, mark);
        if (!start || start >= end)
            continue;
        start += strlen(mark);
        if (is_match(format, start, end))
            return true;
        const char *colon = strstr(start, ": "); /* after the name of a prelude definition */
        if (colon && colon < end && is_match(format, colon + 2, end))
            return true;
    }
    return false;
}

/* Bugs of nngen, and a machine without memory: no model says these. */
static bool is_excused(const char *format) {
    return strncmp(format, "internal:", 9) == 0 || strcmp(format, "out of memory") == 0;
}

/* Copies the string literal at `text` and those that follow it, unescaped; returns what comes
   after. */
static const char *read_literals(const char *text, char *format, size_t capacity) {
    size_t size = 0;
    while (*text == '"') {
        for (text++; *text && *text != '"'; text++) {
            if (*text == '\\')
                text++;
            cr_assert(size + 1 < capacity);
            format[size++] = *text;
        }
        text++;
        text += strspn(text, " \t\n");
    }
    format[size] = '\0';
    return text;
}

/* Skips a character or string literal, a comment or one other character. */
static const char *skip_one(const char *text) {
    if (*text == '"' || *text == '\'') {
        char quote = *text++;
        while (*text && *text != quote)
            text += *text == '\\' ? 2 : 1;
        return text + (*text != '\0');
    }
    if (strncmp(text, "/*", 2) == 0) {
        const char *end = strstr(text, "*/");
        return end ? end + 2 : text + strlen(text);
    }
    return text + 1;
}

/* One kind of call, searched for in one file. */
typedef struct {
    const char *file, *said, *kind;
    int argument, count;
    void (*missing)(const char *file, const char *kind, const char *format);
} Search;

static void check_format(Search *search, const char *format) {
    if (strcmp(format, "%s") == 0 || is_excused(format))
        return;
    search->count++;
    if (!was_said(search->said, search->kind, format))
        search->missing(search->file, search->kind, format);
}

/* Handles the formats among the arguments that begin at `text`; a choice between formats has
   several. */
static void check_arguments(Search *search, const char *text) {
    int depth = 0, argument = 0;
    while (*text && depth >= 0) {
        if (argument == search->argument && depth == 0 && *text == '"') {
            char format[500];
            text = read_literals(text, format, sizeof format);
            check_format(search, format);
            continue;
        }
        if (*text != '"' && *text != '\'') {
            depth += strchr("([{", *text) != NULL;
            depth -= strchr(")]}", *text) != NULL;
            argument += *text == ',' && depth == 0;
        }
        text = skip_one(text);
    }
}

static bool is_name_end(char c) {
    return !(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             (c >= '0' && c <= '9'));
}

int check_messages(const char *path, const char *said,
                   void (*missing)(const char *file, const char *kind, const char *format)) {
    int count = 0;
    char *text = text_read(path);
    for (const char *at = text; *at; at = skip_one(at))
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            size_t length = strlen(calls[i].call);
            if (strncmp(at, calls[i].call, length) != 0 || (at > text && !is_name_end(at[-1])))
                continue;
            Search search = {path, said, calls[i].kind, calls[i].argument, 0, missing};
            check_arguments(&search, at + length);
            count += search.count;
        }
    free(text);
    return count;
}
