/* Text to tokens, one at a time.

   In: source text of any bytes. Out: tokens with their spans; blanks and comments vanish, and so
   do newlines inside ( ) and [ ]. Not its business: which tokens may follow which. */

#include "syntax/lex.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longer ones before those that they begin with. */
static const char *const symbols[] = {
    "<=", ">=", "==", "!=", "<", ">", "=", "+", "-", "*", "/",
    "^",  "(",  ")",  "[",  "]", "{", "}", ",", ":", ";", ".",
};

/* What people write who come from elsewhere, and what to write here. */
static const struct {
    const char *text, *hint;
} strange_rows[] = {
    {"**", "a power is written a^b"},
    {"//", "a comment begins with '#'"},
    {"&&", "multiply comparisons: (a > 0) * (b > 0)"},
    {"@", "a matrix product is written matmul(a, b)"},
    {"\"", "names are written without quotes"},
    {"'", "names are written without quotes"},
    {"\\", "a statement goes on over line ends inside ( ) and [ ]"},
    {"\xC3\x97", "write '*'"},     /* multiplication sign */
    {"\xC2\xB7", "write '*'"},     /* middle dot */
    {"\xE2\x88\x92", "write '-'"}, /* minus sign */
    {"\xE2\x80\x93", "write '-'"}, /* en dash */
    {"\xE2\x89\xA4", "write '<='"},
    {"\xE2\x89\xA5", "write '>='"},
    {"\xE2\x89\xA0", "write '!='"},
    {"\xC2\xA0", "this is a no-break space: write a plain one"},
};

enum { MAX_QUOTED = 40 }; /* bytes of the user's text in a message */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_part(char c) {
    return is_name_start(c) || is_digit(c);
}

static bool is_number_tail(char c) {
    return is_name_part(c) || c == '.';
}

static bool is_pattern_part(char c) {
    return is_name_part(c) || c == '.' || c == '*';
}

static Span span_of(const Lexer *lexer, size_t length) {
    return (Span){lexer->source, lexer->at, lexer->at + length};
}

static bool starts_with(const Lexer *lexer, const char *text) {
    size_t length = strlen(text), rest = lexer->source->size - lexer->at;
    return length <= rest && memcmp(lexer->source->text + lexer->at, text, length) == 0;
}

/* How many bytes from `from` on satisfy `is_part`. */
static size_t run_length(const Lexer *lexer, size_t from, bool (*is_part)(char c)) {
    size_t end = from;
    while (end < lexer->source->size && is_part(lexer->source->text[end]))
        end++;
    return end - from;
}

/* The first byte that begins no UTF-8 character, or the size. */
static size_t first_invalid(const Source *source) {
    size_t at = 0;
    while (at < source->size) {
        uint32_t code;
        size_t length = 1;
        if ((unsigned char)source->text[at] >= 0x80)
            length = utf8_decode(source->text + at, source->size - at, &code);
        if (length == 0)
            break;
        at += length;
    }
    return at;
}

bool lexer_start(Lexer *lexer, Compiler *compiler, const Source *source) {
    source_check_size(compiler, source->name, source->size);
    *lexer = (Lexer){.compiler = compiler, .source = source, .is_line_start = true};
    const char *nul = source->size > 0 ? memchr(source->text, '\0', source->size) : NULL;
    if (nul) {
        size_t at = (size_t)(nul - source->text);
        error_at(compiler, (Span){source, at, at + 1}, "NUL byte: this is not a text file");
        return false;
    }
    size_t invalid = first_invalid(source);
    if (invalid < source->size)
        error_at(compiler, (Span){source, invalid, invalid + 1}, "byte 0x%02X is not UTF-8",
                 (unsigned char)source->text[invalid]);
    return true;
}

static void skip_comment(Lexer *lexer) {
    const Source *source = lexer->source;
    const char *newline = memchr(source->text + lexer->at, '\n', source->size - lexer->at);
    lexer->at = newline ? (size_t)(newline - source->text) : source->size;
}

static void start_line(Lexer *lexer) {
    lexer->at++;
    lexer->line_start = lexer->at;
    lexer->is_line_start = true;
}

/* Skips what separates tokens. */
static void skip_blanks(Lexer *lexer) {
    while (lexer->at < lexer->source->size) {
        char next = lexer->source->text[lexer->at];
        if (next == ' ' || next == '\t')
            lexer->at++;
        else if (next == '#')
            skip_comment(lexer);
        else if (next == '\n' && lexer->brackets > 0)
            start_line(lexer);
        else
            return;
    }
}

/* Ends a token of `length` bytes at the lexer's position. */
static Token token_of(Lexer *lexer, TokenKind kind, size_t length) {
    Token token = {.kind = kind, .span = span_of(lexer, length), .symbol = ""};
    token.is_first = lexer->is_line_start;
    token.indent = lexer->at - lexer->line_start;
    lexer->is_line_start = false;
    lexer->at += length;
    return token;
}

/* Reports the next `length` bytes, quoted and clipped, with what is wrong with them. */
static Token wrong_token(Lexer *lexer, size_t length, const char *what) {
    int shown = length <= MAX_QUOTED ? (int)length : MAX_QUOTED;
    if (!lexer->is_silent)
        error_at(lexer->compiler, span_of(lexer, length), "'%.*s%s' %s", shown,
                 lexer->source->text + lexer->at, length > MAX_QUOTED ? "..." : "", what);
    return token_of(lexer, TOKEN_ERROR, length);
}

static Token name_token(Lexer *lexer) {
    size_t length = run_length(lexer, lexer->at, is_name_part);
    if (length <= MAX_NAME)
        return token_of(lexer, TOKEN_NAME, length);
    const char *what =
        format_text(lexer->compiler, "has %zu characters, a name has at most %d", length, MAX_NAME);
    return wrong_token(lexer, length, what);
}

/* The bytes of a well-formed number: digits, a fraction, an exponent. */
static size_t number_length(const Lexer *lexer) {
    const Source *source = lexer->source;
    size_t end = lexer->at + run_length(lexer, lexer->at, is_digit);
    if (end < source->size && source->text[end] == '.') {
        end++;
        end += run_length(lexer, end, is_digit);
    }
    if (end < source->size && (source->text[end] == 'e' || source->text[end] == 'E')) {
        size_t digits = end + 1;
        if (digits < source->size && (source->text[digits] == '+' || source->text[digits] == '-'))
            digits++;
        size_t count = run_length(lexer, digits, is_digit);
        if (count > 0)
            end = digits + count;
    }
    return end - lexer->at;
}

static bool is_zero(const char *digits, size_t length) {
    for (size_t i = 0; i < length && digits[i] != 'e' && digits[i] != 'E'; i++)
        if (digits[i] != '0' && digits[i] != '.')
            return false;
    return true;
}

static double number_value(const Lexer *lexer, const char *digits, size_t length) {
    char copy[64];
    if (length >= sizeof copy)
        return strtod(format_text(lexer->compiler, "%.*s", (int)length, digits), NULL);
    memcpy(copy, digits, length);
    copy[length] = '\0';
    return strtod(copy, NULL);
}

static Token number_token(Lexer *lexer) {
    const char *digits = lexer->source->text + lexer->at;
    size_t length = number_length(lexer);
    size_t tail = run_length(lexer, lexer->at + length, is_number_tail);
    if (tail > 0)
        return wrong_token(lexer, length + tail, "is not a number");
    if (digits[0] == '.') {
        Token token = wrong_token(lexer, length, "is not a number");
        if (!lexer->is_silent)
            hint(lexer->compiler, "a number begins with a digit: 0%.*s",
                 length <= MAX_QUOTED ? (int)length : 2, digits);
        return token;
    }
    double value = number_value(lexer, digits, length);
    if (isinf(value) || (value == 0 && !is_zero(digits, length)))
        return wrong_token(lexer, length, "is out of range for a number");
    Token token = token_of(lexer, TOKEN_NUMBER, length);
    token.number = value;
    return token;
}

/* What no token begins with. Bytes that are not UTF-8 have been reported by lexer_start. */
static Token strange_token(Lexer *lexer) {
    const Source *source = lexer->source;
    uint32_t code;
    size_t length = utf8_decode(source->text + lexer->at, source->size - lexer->at, &code);
    if (length == 0)
        return token_of(lexer, TOKEN_ERROR, 1);
    if (!lexer->is_silent && code > 0x20 && code < 0x7F)
        error_at(lexer->compiler, span_of(lexer, length), "unexpected character '%c'", (char)code);
    else if (!lexer->is_silent)
        error_at(lexer->compiler, span_of(lexer, length), "unexpected character U+%04X",
                 (unsigned)code);
    return token_of(lexer, TOKEN_ERROR, length);
}

/* A row's text, if one stands here. */
static bool known_strange_token(Lexer *lexer, Token *token) {
    char first = lexer->source->text[lexer->at];
    for (size_t i = 0; i < sizeof strange_rows / sizeof *strange_rows; i++) {
        if (*strange_rows[i].text != first || !starts_with(lexer, strange_rows[i].text))
            continue;
        if (strange_rows[i].text[1] != '\0' && (unsigned char)strange_rows[i].text[0] < 0x80)
            *token = wrong_token(lexer, strlen(strange_rows[i].text), "is no operator");
        else
            *token = strange_token(lexer);
        if (!lexer->is_silent)
            hint(lexer->compiler, "%s", strange_rows[i].hint);
        return true;
    }
    return false;
}

static Token symbol_token(Lexer *lexer) {
    Token token;
    char first = lexer->source->text[lexer->at];
    if (known_strange_token(lexer, &token))
        return token;
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        if (*symbols[i] != first || !starts_with(lexer, symbols[i]))
            continue;
        token = token_of(lexer, TOKEN_SYMBOL, strlen(symbols[i]));
        token.symbol = symbols[i];
        if (strchr("([", *symbols[i]))
            lexer->brackets++;
        else if (strchr(")]", *symbols[i]) && lexer->brackets > 0)
            lexer->brackets--;
        return token;
    }
    return strange_token(lexer);
}

Token lexer_next(Lexer *lexer) {
    skip_blanks(lexer);
    const Source *source = lexer->source;
    if (lexer->at >= source->size)
        return token_of(lexer, TOKEN_END, 0);
    char first = source->text[lexer->at];
    if (first == '\n') {
        Token token = token_of(lexer, TOKEN_NEWLINE, 0);
        start_line(lexer);
        return token;
    }
    if (is_name_start(first))
        return name_token(lexer);
    bool is_fraction =
        first == '.' && lexer->at + 1 < source->size && is_digit(source->text[lexer->at + 1]);
    if (is_digit(first) || is_fraction)
        return number_token(lexer);
    return symbol_token(lexer);
}

Token lexer_pattern(Lexer *lexer, Token token) {
    size_t start = token.span.first;
    size_t length = run_length(lexer, start, is_pattern_part);
    if (token.kind != TOKEN_NAME && strcmp(token.symbol, "*") != 0)
        return token;
    lexer->at = start;
    lexer->is_line_start = token.is_first;
    return token_of(lexer, TOKEN_NAME, length);
}

bool name_is_read(Compiler *compiler, const Source *source, const char *name) {
    Lexer lexer = {.compiler = compiler, .source = source, .is_silent = true};
    size_t length = strlen(name);
    bool is_start = true;
    for (Token token = lexer_next(&lexer); token.kind != TOKEN_END; token = lexer_next(&lexer)) {
        size_t size = token.span.end - token.span.first;
        if (!is_start && token.kind == TOKEN_NAME && size == length &&
            memcmp(source->text + token.span.first, name, length) == 0)
            return true;
        is_start = token.kind == TOKEN_NEWLINE || (*token.symbol && strchr(";{", *token.symbol));
    }
    return false;
}
