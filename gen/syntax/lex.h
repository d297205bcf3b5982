/* Private to syntax: tokens. In: source text. Out: one token after another, which parse.c reads. */

#ifndef NNGEN_LEX_H
#define NNGEN_LEX_H

#include "syntax/syntax.h"

typedef enum {
    TOKEN_END, /* of the file */
    TOKEN_NEWLINE,
    TOKEN_NUMBER,
    TOKEN_NAME,
    TOKEN_SYMBOL,
    TOKEN_ERROR, /* has been reported */
} TokenKind;

typedef struct {
    TokenKind kind;
    Span span;
    const char *symbol; /* "(", "<=", ...; of other tokens "" */
    double number;
    bool is_first; /* of its line */
    size_t indent; /* bytes between the line's start and the token */
} Token;

/* A position in a source; a copy of it reads ahead. */
typedef struct {
    Compiler *compiler;
    const Source *source;
    size_t at, line_start;
    bool is_line_start; /* no token since line_start */
    bool is_silent;     /* errors are not reported */
    int brackets;       /* ( and [ that are open: newlines there are blanks */
} Lexer;

/* Reports NUL bytes and text that is not UTF-8; false where there is nothing to read. */
bool lexer_start(Lexer *lexer, Compiler *compiler, const Source *source);
Token lexer_next(Lexer *lexer);
/* Reads `embed.*` as one TOKEN_NAME, from where `token`, the last one read, begins; gives `token`
 * where there is none. */
Token lexer_pattern(Lexer *lexer, Token token);

#endif
