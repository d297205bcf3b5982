/* Test cases that are one file each, to be read from top to bottom: what goes in, a line of sixteen
   '=' signs, what must come out. NNGEN_BLESS=1 in the environment writes what comes out into the file
   instead: review the difference. */

#ifndef CASE_H
#define CASE_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASE_LINE "================\n"

typedef struct {
    char *in, *out; /* to be freed; each is whole lines */
} Case;

static inline bool is_blessing(void) {
    const char *bless = getenv("NNGEN_BLESS");
    return bless && strcmp(bless, "1") == 0;
}

/* A whole file, to be freed; "" where there is none and one is about to be written. */
static inline char *text_read(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file && is_blessing())
        return strdup("");
    cr_assert(file && fseek(file, 0, SEEK_END) == 0, "cannot read %s", path);
    long size = ftell(file);
    char *text = calloc((size_t)size + 1, 1);
    rewind(file);
    cr_assert(text && fread(text, 1, (size_t)size, file) == (size_t)size, "cannot read %s", path);
    fclose(file);
    return text;
}

static inline void text_write(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "cannot write %s", path);
}

/* Cuts the text at the first line of '=' signs. Without one, as in a new file, nothing is expected
   yet. */
static inline Case case_split(const char *text) {
    const char *line = text;
    while (*line && strncmp(line, CASE_LINE, strlen(CASE_LINE)) != 0) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    size_t size = (size_t)(line - text);
    Case result = {calloc(size + 2, 1), strdup(*line ? line + strlen(CASE_LINE) : "")};
    cr_assert(result.in && result.out);
    memcpy(result.in, text, size);
    if (size > 0 && text[size - 1] != '\n')
        result.in[size] = '\n';
    return result;
}

static inline Case case_read(const char *path) {
    char *text = text_read(path);
    Case result = case_split(text);
    free(text);
    return result;
}

static inline void case_bless(const char *path, const Case *old, const char *out) {
    size_t size = strlen(old->in) + strlen(CASE_LINE) + strlen(out) + 1;
    char *text = malloc(size);
    cr_assert(text);
    snprintf(text, size, "%s%s%s", old->in, CASE_LINE, out);
    text_write(path, text);
    free(text);
}

static inline void case_free(Case *read) {
    free(read->in);
    free(read->out);
}

#endif
