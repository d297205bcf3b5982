/* A compilation as far as its front end, for the tests of arena, text, diagnose, lex, parse and tree. */

#ifndef FRONT_H
#define FRONT_H

#include "nngen.h"

#include <criterion/criterion.h>
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

#endif
