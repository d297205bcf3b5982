/* A compilation as far as its front end, for the tests of arena, text, diagnose, lex, parse and
 * tree. */

#ifndef FRONT_H
#define FRONT_H

#include "syntax/syntax.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Compiler compiler;
    const Source *source;
    Statements *statements; /* NULL where the run was stopped */
} Front;

static inline void front_open(Front *front) {
    memset(front, 0, sizeof *front);
    front->compiler.arena = arena_new();
    cr_assert(front->compiler.arena);
}

static inline void front_close(Front *front) {
    arena_free(front->compiler.arena);
}

/* Parses any bytes in a compilation of its own. */
static inline void front_parse_bytes(Front *front, const char *text, size_t size) {
    front_open(front);
    if (setjmp(front->compiler.stop))
        return;
    front->source = source_new(&front->compiler, "m.def", text, size);
    front->statements = parse(&front->compiler, front->source);
}

static inline void front_parse(Front *front, const char *text) {
    front_parse_bytes(front, text, strlen(text));
}

static inline const char *front_said(const Front *front) {
    return front->compiler.diagnostics ? front->compiler.diagnostics->bytes : "";
}

static inline const char *front_printed(Front *front) {
    cr_assert(front->statements, "stopped: %s", front_said(front));
    Text *text = text_new(&front->compiler);
    tree_print(text, front->statements);
    return text->bytes;
}

/* `start`, then `count` times `part`, then `end`. */
static inline char *repeated(const char *start, int count, const char *part, const char *end) {
    size_t size = strlen(part);
    char *text = malloc(strlen(start) + size * (size_t)count + strlen(end) + 1), *at = text;
    cr_assert(text);
    at += sprintf(at, "%s", start);
    for (int i = 0; i < count; i++, at += size)
        memcpy(at, part, size);
    sprintf(at, "%s", end);
    return text;
}

static inline void expect_printed(const char *text, const char *printed) {
    Front front;
    front_parse(&front, text);
    cr_expect_str_eq(front_printed(&front), printed);
    cr_expect_str_empty(front_said(&front), "%s", front_said(&front));
    front_close(&front);
}

/* What is said about the text, whole, and what is left of it. */
static inline void expect_said(const char *text, const char *said, const char *printed) {
    Front front;
    front_parse(&front, text);
    cr_expect_str_eq(front_said(&front), said);
    cr_expect_str_eq(front_printed(&front), printed);
    cr_expect_eq(front.compiler.exit_code, 1);
    front_close(&front);
}

/* The first line of what is said, after "m.def:"; and that there is but one error. */
static inline void expect_error(const char *text, const char *first_line) {
    Front front;
    front_parse(&front, text);
    size_t length = strlen(first_line);
    const char *said = front_said(&front);
    bool is_said = strncmp(said, "m.def:", 6) == 0 && strncmp(said + 6, first_line, length) == 0 &&
                   said[6 + length] == '\n';
    cr_expect(is_said, "%s\ngives\n%s\nnot\n%s", text, said, first_line);
    cr_expect_eq(front.compiler.error_count, 1, "%s\ngives\n%s", text, said);
    front_close(&front);
}

#endif
