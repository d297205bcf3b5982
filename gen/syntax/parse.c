/* Statements, by recursive descent; the grammar is grammar.txt.

   In: source text of any bytes. Out: the statements that could be read. After an error the rest of
   the line is skipped, with all that its brackets and braces hold. Not its business: what the names
   mean. */

#include "syntax/parse.h"

#include <string.h>

enum {
    TOP = 1, /* where a statement may stand: at the top level, or in the body of a definition */
#define BODY(kind) (2 << DEFINITION_##kind)
    LAYERS = BODY(DEF) | BODY(BLOCK) | BODY(OPTIMIZER),
    BODIES = LAYERS | BODY(INITIALIZER) | BODY(REGULARIZER) | BODY(METRIC),
    RETURNING = BODY(DEF) | BODY(BLOCK) | BODY(INITIALIZER) | BODY(REGULARIZER) | BODY(METRIC),
};

typedef struct Keyword Keyword;

struct Keyword {
    const char *word;
    bool (*parse)(Parser *parser, const Keyword *keyword);
    StatementKind kind;
    int detail; /* of a definition: its kind */
    unsigned where;
};

// The next token

bool parser_start(Parser *parser, Compiler *compiler, const Source *source) {
    *parser = (Parser){.compiler = compiler, .last = {source, 0, 0}, .body = -1};
    if (!lexer_start(&parser->lexer, compiler, source))
        return false;
    parser->token = lexer_next(&parser->lexer);
    return true;
}

void advance(Parser *parser) {
    parser->last = parser->token.span;
    parser->token = lexer_next(&parser->lexer);
}

void count_part(Parser *parser) {
    if (parser->parts++ < MAX_PARTS)
        return;
    error_at(parser->compiler, parser->token.span, "more than %d names, numbers and operators",
             MAX_PARTS);
    longjmp(parser->compiler->stop, 1);
}

bool at(const Parser *parser, const char *symbol) {
    return strcmp(parser->token.symbol, symbol) == 0;
}

bool at_word(const Parser *parser, const char *word) {
    Span span = parser->token.span;
    size_t length = strlen(word);
    return parser->token.kind == TOKEN_NAME && span.end - span.first == length &&
           memcmp(span.source->text + span.first, word, length) == 0;
}

bool before(const Parser *parser, const char *symbol) {
    Lexer ahead = parser->lexer;
    ahead.is_silent = true;
    return strcmp(lexer_next(&ahead).symbol, symbol) == 0;
}

bool take(Parser *parser, const char *symbol) {
    if (!at(parser, symbol))
        return false;
    advance(parser);
    return true;
}

bool take_word(Parser *parser, const char *word) {
    if (!at_word(parser, word))
        return false;
    advance(parser);
    return true;
}

char *token_text(Parser *parser) {
    Span span = parser->token.span;
    return format_text(parser->compiler, "%.*s", (int)(span.end - span.first),
                       span.source->text + span.first);
}

/* Where a bracket is open whose end may have been forgotten: it opened on a line before. */
static void note_open(const Parser *parser) {
    Span open = parser->open;
    if (!open.source)
        return;
    const char *text = open.source->text;
    size_t until = parser->token.span.first;
    if (parser->token.kind == TOKEN_END || memchr(text + open.first, '\n', until - open.first))
        note_at(parser->compiler, open, "'%c' opened here", text[open.first]);
}

bool expected(Parser *parser, const char *what) {
    Compiler *compiler = parser->compiler;
    Span behind = {parser->last.source, parser->last.end, parser->last.end};
    if (parser->token.kind == TOKEN_END)
        error_at(compiler, behind, "expected %s, found the end of the file", what);
    else if (parser->token.kind == TOKEN_NEWLINE)
        error_at(compiler, behind, "expected %s, found the end of the line", what);
    else if (parser->token.kind != TOKEN_ERROR)
        error_at(compiler, parser->token.span, "expected %s, found '%.40s'", what,
                 token_text(parser));
    else
        compiler->muted = true;
    note_open(parser);
    return false;
}

bool expect(Parser *parser, const char *symbol) {
    if (take(parser, symbol))
        return true;
    return expected(parser, format_text(parser->compiler, "'%s'", symbol));
}

bool expect_close(Parser *parser, const char *symbol) {
    return take(parser, symbol) ||
           expected(parser, format_text(parser->compiler, "',' or '%s'", symbol));
}

const char *expect_name(Parser *parser, const char *what) {
    if (parser->token.kind != TOKEN_NAME) {
        expected(parser, what);
        return NULL;
    }
    const char *name = token_text(parser);
    advance(parser);
    return name;
}

// Statements

Statement *statement_new(Parser *parser, StatementKind kind) {
    count_part(parser);
    Statement *statement = NEW(parser->compiler, Statement);
    statement->kind = kind;
    statement->span = statement->name_span = parser->token.span;
    return statement;
}

bool add_statement(Parser *parser, Statement *added) {
    Statements *statements = parser->statements;
    added->span = span_join(added->span, parser->last);
    PUSH(parser->compiler, statements->statements, statements->count, added);
    return true;
}

static bool add_value(Parser *parser, Statement *read, Tree *value) {
    if (value)
        PUSH(parser->compiler, read->values, read->value_count, value);
    return value;
}

static bool read_name(Parser *parser, Statement *read, const char *what) {
    read->name_span = parser->token.span;
    read->name = expect_name(parser, what);
    return read->name;
}

bool shape(Parser *parser, bool *has_shape, Trees *sizes) {
    *has_shape = take(parser, "[");
    return !*has_shape || tree_list(parser, expression, "]", sizes);
}

static bool read_shape(Parser *parser, Statement *read) {
    Trees sizes = {0};
    bool is_read = shape(parser, &read->has_shape, &sizes);
    read->size_count = sizes.count;
    read->sizes = sizes.items;
    return is_read;
}

/* A keyword and one name: network */
static bool named(Parser *parser, const Keyword *keyword) {
    Statement *read = statement_new(parser, keyword->kind);
    advance(parser);
    return read_name(parser, read, "a name") && add_statement(parser, read);
}

/* word = NAME [ "(" arguments ")" ] */
static bool word(Parser *parser, Statement *read) {
    int spans = read->word_count, calls = read->word_count;
    PUSH(parser->compiler, read->word_spans, spans, parser->token.span);
    Tree *call_tree = NULL;
    const char *name;
    if (before(parser, "(")) {
        call_tree = call(parser);
        name = call_tree ? call_tree->name : NULL;
    } else {
        name = expect_name(parser, "a word");
    }
    PUSH(parser->compiler, read->word_calls, calls, call_tree);
    PUSH(parser->compiler, read->words, read->word_count, name);
    return name;
}

/* input = "input" field { "," field }; field = NAME shape { word } */
static bool fields(Parser *parser, const Keyword *keyword) {
    do {
        Statement *read = statement_new(parser, keyword->kind);
        advance(parser); /* the keyword or the comma */
        if (!read_name(parser, read, "a name") || !read_shape(parser, read))
            return false;
        while (parser->token.kind == TOKEN_NAME)
            if (!word(parser, read))
                return false;
        add_statement(parser, read);
    } while (at(parser, ","));
    return true;
}

/* A keyword and a value: return, loss, batch, at, require */
static bool valued(Parser *parser, const Keyword *keyword) {
    Statement *read = statement_new(parser, keyword->kind);
    advance(parser);
    return add_value(parser, read, expression(parser)) && add_statement(parser, read);
}

static bool values(Parser *parser, const Keyword *keyword, Reader *reader) {
    Statement *read = statement_new(parser, keyword->kind);
    do {
        advance(parser); /* the keyword or a comma */
        if (!add_value(parser, read, reader(parser)))
            return false;
    } while (at(parser, ","));
    return add_statement(parser, read);
}

/* output = "output" expression [ "as" NAME ] { "," expression [ "as" NAME ] } */
static bool output(Parser *parser, const Keyword *keyword) {
    Statement *read = statement_new(parser, keyword->kind);
    do {
        advance(parser); /* the keyword or a comma */
        int units = read->value_count, spans = read->value_count;
        if (!add_value(parser, read, expression(parser)))
            return false;
        bool has_unit = take_word(parser, "as");
        PUSH(parser->compiler, read->unit_spans, spans, parser->token.span);
        PUSH(parser->compiler, read->units, units, has_unit ? expect_name(parser, "a name") : NULL);
        if (has_unit && !read->units[units - 1])
            return false;
    } while (at(parser, ","));
    return add_statement(parser, read);
}

/* NAME "=" expression, and what may stand before the "=" */
static bool assign_to(Parser *parser, Statement *read) {
    return expect(parser, "=") && add_value(parser, read, expression(parser)) &&
           add_statement(parser, read);
}

static bool assign(Parser *parser) {
    Statement *read = statement_new(parser, STATEMENT_ASSIGN);
    return read_name(parser, read, "a name") && assign_to(parser, read);
}

/* state = "state" NAME shape "=" expression */
static bool state(Parser *parser, const Keyword *keyword) {
    Statement *read = statement_new(parser, keyword->kind);
    advance(parser);
    return read_name(parser, read, "a name") && read_shape(parser, read) && assign_to(parser, read);
}

/* sum = "sum" NAME "=" expression; setting likewise */
static bool assigned(Parser *parser, const Keyword *keyword) {
    Statement *read = statement_new(parser, keyword->kind);
    advance(parser);
    return read_name(parser, read, "a name") && assign_to(parser, read);
}

static bool read_second(Parser *parser, Statement *read, const char *what) {
    read->second_span = parser->token.span;
    read->second_name = expect_name(parser, what);
    return read->second_name;
}

static bool read_pattern(Parser *parser, Statement *read) {
    parser->token = lexer_pattern(&parser->lexer, parser->token);
    return read_second(parser, read, "a pattern such as embed.*");
}

/* update = "update" call [ "for" PATTERN ] */
static bool optimizer(Parser *parser, const Keyword *keyword) {
    Statement *read = statement_new(parser, keyword->kind);
    advance(parser);
    if (!add_value(parser, read, call(parser)))
        return false;
    if (take_word(parser, "for") && !read_pattern(parser, read))
        return false;
    return add_statement(parser, read);
}

static bool freeze(Parser *parser, const Keyword *keyword) {
    Statement *read = statement_new(parser, keyword->kind);
    advance(parser);
    return read_pattern(parser, read) && add_statement(parser, read);
}

/* use = "use" NAME "as" NAME; derivative = "derivative" NAME "by" NAME */
static bool paired(Parser *parser, const Keyword *keyword) {
    const char *link = keyword->kind == STATEMENT_USE ? "as" : "by";
    Statement *read = statement_new(parser, keyword->kind);
    advance(parser);
    if (!read_name(parser, read, "a name"))
        return false;
    if (!take_word(parser, link))
        return expected(parser, format_text(parser->compiler, "'%s'", link));
    return read_second(parser, read, "a name") && add_statement(parser, read);
}

/* A keyword alone: hessian */
static bool bare(Parser *parser, const Keyword *keyword) {
    Statement *read = statement_new(parser, keyword->kind);
    advance(parser);
    return add_statement(parser, read);
}

/* A keyword that opens a definition; `metric` may also use one. */
static bool define(Parser *parser, const Keyword *keyword) {
    return definition(parser, (DefinitionKind)keyword->detail);
}

static bool metric(Parser *parser, const Keyword *keyword) {
    return before_body(parser) ? definition(parser, DEFINITION_METRIC)
                               : values(parser, keyword, call);
}

static const Keyword keywords[] = {
    {"network", named, STATEMENT_NETWORK, 0, TOP},
    {"input", fields, STATEMENT_INPUT, 0, TOP},
    {"target", fields, STATEMENT_TARGET, 0, TOP},
    {"loss", valued, STATEMENT_LOSS, 0, TOP},
    {"update", optimizer, STATEMENT_UPDATE, 0, TOP},
    {"batch", valued, STATEMENT_BATCH, 0, TOP},
    {"metric", metric, STATEMENT_METRIC, 0, TOP},
    {"output", output, STATEMENT_OUTPUT, 0, TOP},
    {"setting", assigned, STATEMENT_SETTING, 0, TOP},
    {"use", paired, STATEMENT_USE, 0, TOP},
    {"freeze", freeze, STATEMENT_FREEZE, 0, TOP},
    {"derivative", paired, STATEMENT_DERIVATIVE, 0, TOP},
    {"hessian", bare, STATEMENT_HESSIAN, 0, TOP},
    {"def", define, STATEMENT_DEFINITION, DEFINITION_DEF, TOP},
    {"block", define, STATEMENT_DEFINITION, DEFINITION_BLOCK, TOP},
    {"optimizer", define, STATEMENT_DEFINITION, DEFINITION_OPTIMIZER, TOP},
    {"initializer", define, STATEMENT_DEFINITION, DEFINITION_INITIALIZER, TOP},
    {"regularizer", define, STATEMENT_DEFINITION, DEFINITION_REGULARIZER, TOP},
    {"state", state, STATEMENT_STATE, 0, LAYERS},
    {"sum", assigned, STATEMENT_SUM, 0, BODY(METRIC)},
    {"return", valued, STATEMENT_RETURN, 0, RETURNING},
    {"at", valued, STATEMENT_AT, 0, BODY(OPTIMIZER)},
    {"require", valued, STATEMENT_REQUIRE, 0, BODIES},
};
enum { KEYWORD_COUNT = sizeof keywords / sizeof *keywords };

/* The keyword that the next statement begins with: before "=" it is a name like any other. */
static const Keyword *keyword_at(const Parser *parser) {
    for (int i = 0; i < KEYWORD_COUNT; i++)
        if (at_word(parser, keywords[i].word))
            return before(parser, "=") ? NULL : &keywords[i];
    return NULL;
}

bool is_top_word(const char *word) {
    for (int i = 0; i < KEYWORD_COUNT; i++)
        if (keywords[i].where == TOP && strcmp(keywords[i].word, word) == 0)
            return true;
    return false;
}

static unsigned here(const Parser *parser) {
    return parser->body < 0 ? TOP : 2u << parser->body;
}

bool at_top_statement(const Parser *parser, size_t indent) {
    const Keyword *keyword = keyword_at(parser);
    return keyword && keyword->where == TOP && parser->token.is_first &&
           parser->token.indent <= indent;
}

/* Reports a statement that stands where its keyword may not. */
static bool misplaced(Parser *parser, const Keyword *keyword) {
    static const struct {
        unsigned where;
        const char *text;
    } homes[] = {
        {TOP, "at the top level"},
        {LAYERS, "in the body of a def, a block or an optimizer"},
        {BODY(METRIC), "in the body of a metric"},
        {BODY(OPTIMIZER), "in the body of an optimizer"},
        {BODIES, "in the body of a definition"},
        {RETURNING, "in the body of a def, a block, an initializer, a regularizer or a metric"},
    };
    int home = 0;
    while (homes[home].where != keyword->where)
        home++;
    error_at(parser->compiler, parser->token.span, "'%s' stands only %s", keyword->word,
             homes[home].text);
    return false;
}

/* Reports a line that begins with a name but is neither a keyword's nor an assignment. */
static bool unknown_statement(Parser *parser) {
    const char *candidates[KEYWORD_COUNT], *name = token_text(parser);
    int count = 0;
    for (int i = 0; i < KEYWORD_COUNT; i++)
        if (keywords[i].where & here(parser))
            candidates[count++] = keywords[i].word;
    Span span = parser->token.span;
    advance(parser);
    const char *nearest =
        parser->token.kind == TOKEN_NAME ? nearest_name(name, candidates, count) : NULL;
    if (!nearest) {
        expected(parser, format_text(parser->compiler, "'=' after '%s'", name));
    } else {
        error_at(parser->compiler, span, "unknown statement '%s'", name);
        hint(parser->compiler, "did you mean '%s'?", nearest);
    }
    hint_role(parser->compiler, "statement", name);
    return false;
}

static bool statement_body(Parser *parser) {
    const Keyword *keyword = keyword_at(parser);
    if (keyword && !(keyword->where & here(parser)))
        return misplaced(parser, keyword);
    if (keyword)
        return keyword->parse(parser, keyword);
    if (parser->token.kind != TOKEN_NAME)
        return expected(parser, "a statement");
    return before(parser, "=") ? assign(parser) : unknown_statement(parser);
}

bool at_statement_end(const Parser *parser) {
    TokenKind kind = parser->token.kind;
    return kind == TOKEN_END || kind == TOKEN_NEWLINE || at(parser, ";") || at(parser, "}");
}

/* Whether the skipping of a statement that began with `start` ends before the next token: at the
   end of the line that closes its brackets and braces, or, since a bracket may have been left open,
   at a name that begins a line no further in. */
static bool is_skipped(const Parser *parser, const Token *start, int braces) {
    const Token *token = &parser->token;
    if (token->kind == TOKEN_END)
        return true;
    if (braces > 0 || token->span.first == start->span.first)
        return false;
    if (at_statement_end(parser))
        return parser->lexer.brackets == 0 || at(parser, "}");
    return token->kind == TOKEN_NAME && token->is_first && token->indent <= start->indent;
}

static void skip_statement(Parser *parser, const Token *start) {
    int braces = 0;
    parser->lexer.is_silent = true;
    while (!is_skipped(parser, start, braces)) {
        if (at(parser, "{")) {
            braces++;
            parser->lexer.brackets = 0;
        } else if (at(parser, "}") && braces > 0) {
            braces--;
            parser->lexer.brackets = 0;
        }
        advance(parser);
    }
    const Token *token = &parser->token;
    parser->lexer.is_silent = false;
    parser->lexer.at = token->span.first;
    parser->lexer.is_line_start = token->is_first;
    parser->lexer.line_start = token->span.first - token->indent;
    parser->lexer.brackets = 0;
    advance(parser);
}

void statement(Parser *parser) {
    Token start = parser->token;
    Span open = parser->open;
    parser->open = (Span){0};
    bool is_read = statement_body(parser);
    if (is_read && !at_statement_end(parser) && !parser->token.is_first)
        is_read = expected(parser, "the end of the line");
    parser->open = open;
    if (!is_read)
        skip_statement(parser, &start);
}

Statements *parse(Compiler *compiler, const Source *source) {
    Parser parser;
    Statements *statements = NEW(compiler, Statements);
    if (!parser_start(&parser, compiler, source))
        return statements;
    parser.statements = statements;
    while (parser.token.kind != TOKEN_END)
        if (parser.token.kind == TOKEN_NEWLINE || at(&parser, ";"))
            advance(&parser);
        else
            statement(&parser);
    return statements;
}
