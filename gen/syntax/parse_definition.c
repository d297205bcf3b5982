/* Definitions: their comment, parameters and body.

   In: tokens from the keyword on. Out: one statement of kind STATEMENT_DEFINITION. Not its
   business: what the body may say beyond its statements' spans. */

#include "syntax/parse.h"

#include <string.h>

enum { MAX_AHEAD = 10000 }; /* tokens that are read to tell a metric's definition from its use */

/* parameter = NAME shape [ "=" expression ] */
static bool parameter(Parser *parser, Definition *defined) {
    Parameter read = {.span = parser->token.span};
    Trees sizes = {0};
    read.name = expect_name(parser, "the name of a parameter");
    if (!read.name || !shape(parser, &read.has_shape, &sizes))
        return false;
    read.rank = sizes.count;
    read.sizes = sizes.items;
    if (take(parser, "=") && !(read.initial = expression(parser)))
        return false;
    PUSH(parser->compiler, defined->parameters, defined->parameter_count, read);
    return true;
}

static bool parameters(Parser *parser, Definition *defined) {
    Span outer = parser->open;
    if (!expect(parser, "("))
        return false;
    if (take(parser, ")"))
        return true;
    parser->open = parser->last;
    do {
        if (!parameter(parser, defined))
            return false;
    } while (take(parser, ","));
    bool is_closed = expect_close(parser, ")");
    parser->open = outer;
    return is_closed;
}

/* The first byte of the line before the one that begins at `line`. */
static size_t line_before(const char *text, size_t line) {
    size_t start = line - 1;
    while (start > 0 && text[start - 1] != '\n')
        start--;
    return start;
}

static size_t skip_indent(const char *text, size_t at) {
    while (text[at] == ' ' || text[at] == '\t')
        at++;
    return at;
}

/* Adds the comment line that begins at `line`, without '#', the blank behind it and the line's end.
 */
static void add_comment_line(Text *comment, const char *text, size_t line) {
    size_t start = skip_indent(text, line) + 1;
    if (text[start] == ' ')
        start++;
    size_t end = start + strcspn(text + start, "\n");
    while (end > start && strchr(" \t", text[end - 1]))
        end--;
    if (comment->size > 0)
        text_add_bytes(comment, "\n", 1);
    text_add_bytes(comment, text + start, end - start);
}

/* The comment lines directly above the line that the token begins. */
static const char *comment_above(Parser *parser, const Token *token) {
    const char *text = token->span.source->text;
    size_t line = token->span.first - token->indent, first = line;
    if (!token->is_first)
        return "";
    while (first > 0 && text[skip_indent(text, line_before(text, first))] == '#')
        first = line_before(text, first);
    Text *comment = text_new(parser->compiler);
    for (; first < line; first += strcspn(text + first, "\n") + 1)
        add_comment_line(comment, text, first);
    return comment->bytes;
}

/* Reports a body that does not return, or goes on after it. */
static void check_return(Parser *parser, const Definition *defined, Span close) {
    if (defined->kind == DEFINITION_OPTIMIZER)
        return;
    int last = 0;
    while (last < defined->body_count && defined->body[last]->kind != STATEMENT_RETURN)
        last++;
    if (last == defined->body_count)
        error_at(parser->compiler, close, "expected 'return' before '}'");
    else if (last + 1 < defined->body_count)
        error_at(parser->compiler, defined->body[last + 1]->span,
                 "expected '}' after 'return', found a statement");
}

/* Reads statements up to the '}'; where it is missing, up to the first line that belongs to the top
 * level. */
static void block(Parser *parser, Definition *defined, size_t indent) {
    Compiler *compiler = parser->compiler;
    Statements *outer = parser->statements, *inner = NEW(compiler, Statements);
    int errors = compiler->error_count;
    Span open = parser->last;
    parser->statements = inner;
    parser->body = (int)defined->kind;
    while (!at(parser, "}") && parser->token.kind != TOKEN_END && !at_top_statement(parser, indent))
        if (parser->token.kind == TOKEN_NEWLINE || at(parser, ";"))
            advance(parser);
        else
            statement(parser);
    parser->statements = outer;
    parser->body = -1;
    defined->body_count = inner->count;
    defined->body = inner->statements;
    Span close = parser->token.span;
    if (!take(parser, "}")) {
        if (errors == compiler->error_count && !expected(parser, "'}'"))
            note_at(compiler, open, "'{' opened here");
    } else if (errors == compiler->error_count) {
        check_return(parser, defined, close);
    }
}

static bool missing_body(Parser *parser, const Definition *defined) {
    expected(parser, defined->kind == DEFINITION_OPTIMIZER ? "'{'" : "'=' or '{'");
    if (parser->token.kind == TOKEN_NEWLINE && before(parser, "{"))
        advance(parser);
    return false;
}

/* What stands where a definition might, but has no body, may be meant as the use of one. */
static void hint_use(Parser *parser, const Definition *defined) {
    Compiler *compiler = parser->compiler;
    const char *name = defined->name;
    if (at(parser, "{"))
        hint(compiler, "the '{' stands on the line of '%s'", name);
    else if (defined->kind == DEFINITION_OPTIMIZER)
        hint(compiler, "'update %s(..)' uses an optimizer, '{' and its equations would define one",
             name);
    else if (defined->kind == DEFINITION_INITIALIZER)
        hint(compiler,
             "'init = %s' in a layer uses an initializer, '=' and a value would define one", name);
    else if (defined->kind == DEFINITION_REGULARIZER)
        hint(compiler, "'loss .. + %s(..)' uses a regularizer, '=' and a value would define one",
             name);
}

/* body = "=" expression | "{" statements "}" */
static bool body(Parser *parser, Definition *defined, size_t indent) {
    if (take(parser, "{")) {
        block(parser, defined, indent);
        return true;
    }
    if (defined->kind == DEFINITION_OPTIMIZER || !take(parser, "="))
        return missing_body(parser, defined);
    Statement *result = statement_new(parser, STATEMENT_RETURN);
    Tree *value = expression(parser);
    if (!value)
        return false;
    result->span = value->span;
    PUSH(parser->compiler, result->values, result->value_count, value);
    PUSH(parser->compiler, defined->body, defined->body_count, result);
    return true;
}

bool before_body(const Parser *parser) {
    Lexer ahead = parser->lexer;
    ahead.is_silent = true;
    Token token = lexer_next(&ahead);
    if (token.kind != TOKEN_NAME || strcmp(lexer_next(&ahead).symbol, "(") != 0)
        return false;
    for (int i = 0; i < MAX_AHEAD && ahead.brackets > 0 && token.kind != TOKEN_END; i++)
        token = lexer_next(&ahead);
    token = lexer_next(&ahead);
    return strcmp(token.symbol, "{") == 0 || strcmp(token.symbol, "=") == 0;
}

bool definition(Parser *parser, DefinitionKind kind) {
    Token keyword = parser->token;
    bool has_body = before_body(parser);
    Statement *read = statement_new(parser, STATEMENT_DEFINITION);
    Definition *defined = NEW(parser->compiler, Definition);
    read->definition = defined;
    defined->kind = kind;
    defined->comment = comment_above(parser, &keyword);
    advance(parser);
    read->name_span = defined->name_span = parser->token.span;
    read->name = defined->name = expect_name(parser, "a name");
    if (!read->name || !parameters(parser, defined) || !body(parser, defined, keyword.indent)) {
        if (read->name && !has_body)
            hint_use(parser, defined);
        return false;
    }
    if (kind == DEFINITION_DEF && take_word(parser, "deriv") &&
        !(defined->derivative = expression(parser)))
        return false;
    return add_statement(parser, read);
}
