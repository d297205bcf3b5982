/* Private to syntax: what parse.c, parse_definition.c and parse_expression.c share. In: tokens, one
   of which is looked at. Out: the tree of the symbol that it begins, and the token behind that.
   The functions that read a symbol of the grammar are named after it; having reported an error,
   they return NULL or false. */

#ifndef NNGEN_PARSE_H
#define NNGEN_PARSE_H

#include "syntax/lex.h"

typedef struct {
    Compiler *compiler;
    Lexer lexer;
    Token token;            /* the next one */
    Span last;              /* the one before */
    Span open;              /* the bracket around the token that opened last, if there is one */
    int depth;              /* of expressions around the token */
    int parts;              /* of the source so far, at most MAX_PARTS */
    Statements *statements; /* of the list being read */
    int body;               /* DefinitionKind whose body is being read; -1 at the top level */
} Parser;

/* A source of which `parser` has read the first token; false where there is nothing to read. */
bool parser_start(Parser *parser, Compiler *compiler, const Source *source);
void advance(Parser *parser);
/* Counts one more statement or tree; too many are an error that leaves through compiler->stop. */
void count_part(Parser *parser);

bool at(const Parser *parser, const char *symbol);
bool at_word(const Parser *parser, const char *word);
/* Whether `symbol` follows the next token. */
bool before(const Parser *parser, const char *symbol);
bool take(Parser *parser, const char *symbol);
bool take_word(Parser *parser, const char *word);

/* Reports "expected .., found .."; gives false. */
bool expected(Parser *parser, const char *what);
bool expect(Parser *parser, const char *symbol);
/* The end of what parser->open began: a ',' or `symbol` was expected. */
bool expect_close(Parser *parser, const char *symbol);
/* The next token's text if it is a name; `what` says whose name was expected. */
const char *expect_name(Parser *parser, const char *what);
char *token_text(Parser *parser);

/* expression { "," expression } up to `close`, which is read too; `item` reads one. */
typedef struct {
    int count;
    Tree **items;
} Trees;
typedef Tree *Reader(Parser *parser);
bool tree_list(Parser *parser, Reader *item, const char *close, Trees *trees);

/* shape = "[" [ expression { "," expression } ] "]", or nothing */
bool shape(Parser *parser, bool *has_shape, Trees *sizes);

Statement *statement_new(Parser *parser, StatementKind kind);
/* Ends the statement with the last token and adds it to those that are being read. */
bool add_statement(Parser *parser, Statement *statement);
/* Reads one statement and its end; after an error, skips what belongs to it. */
void statement(Parser *parser);
/* Whether the next token begins a line that can stand at the top level only. */
bool at_top_statement(const Parser *parser, size_t indent);
bool at_statement_end(const Parser *parser);
/* definition = NAME "(" [ parameter { "," parameter } ] ")" body [ "deriv" expression ] */
bool definition(Parser *parser, DefinitionKind kind);
/* Whether a call is next, and behind it a body. */
bool before_body(const Parser *parser);

Tree *expression(Parser *parser);
/* An expression that is a call. */
Tree *call(Parser *parser);

#endif
