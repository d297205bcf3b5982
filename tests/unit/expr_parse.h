/* Reads expressions as expr_text prints them: for tests in which a program is text. */

#ifndef EXPR_PARSE_H
#define EXPR_PARSE_H

#include "graph/graph.h"

#include <setjmp.h>

typedef struct {
    Symbols *symbols;
    const char *at; /* the next character of the text */
    int line;
    jmp_buf failed; /* where to after a message "line: reason" to standard error */
} Reader;

_Noreturn void read_fail(Reader *reader, const char *wanted);
void skip_blanks(Reader *reader);
/* Passes the word or sign if it comes next. */
bool read_if(Reader *reader, const char *word);
void read_expected(Reader *reader, const char *word);
char *read_word(Reader *reader);
int64_t read_integer(Reader *reader);
void end_line(Reader *reader);
/* Two blanks a level; -1 at the end of the text. */
int level_ahead(const Reader *reader);

/* By name, the last one made; -1 if there is none. */
int find_variable(const Reader *reader, const char *name);
int find_register(const Reader *reader, const char *name);
int find_buffer(const Reader *reader, const char *name);

Affine read_affine(Reader *reader);
AffineTest read_affine_test(Reader *reader);
/* Up to and with `end`; at most MAX_RANK + 1. Their number. */
int read_indices(Reader *reader, Affine *index, const char *end);
Reference *read_reference(Reader *reader, int buffer); /* behind the buffer's name */
Type read_type(Reader *reader);
/* "f32[20, 30] align 64" */
void read_extents(Reader *reader, Buffer *buffer);
Expr *read_expr(Reader *reader);

#endif
