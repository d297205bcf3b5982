/* gen/syntax/lex.c: tokens, their places, and what no token begins with. */

#include "front.h"
#include "syntax/lex.h"

static Front front;

static void open_front(void) {
    front_open(&front);
}

static void close_front(void) {
    front_close(&front);
}

TestSuite(lex, .init = open_front, .fini = close_front);

/* All tokens of a text: "name x | symbol + | number 2 | newline | end"; newlines inside brackets do
 * not come. */
static const char *tokens_of(const char *text) {
    static const char *const kinds[] = {"end", "newline", "number", "name", "symbol", "error"};
    Text *out = text_new(&front.compiler);
    Lexer lexer;
    Token token;
    if (!lexer_start(&lexer, &front.compiler,
                     source_new(&front.compiler, "m.def", text, strlen(text))))
        return "nothing";
    do {
        token = lexer_next(&lexer);
        int length = (int)(token.span.end - token.span.first);
        text_add(out, "%s%s", out->size > 0 ? " | " : "", kinds[token.kind]);
        if (length > 0)
            text_add(out, " %.*s", length, token.span.source->text + token.span.first);
    } while (token.kind != TOKEN_END);
    return out->bytes;
}

#define EXPECT_TOKENS(text, tokens) cr_expect_str_eq(tokens_of(text), tokens)

Test(lex, names_numbers_symbols) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    EXPECT_TOKENS("_a1=B2", "name _a1 | symbol = | name B2 | end");
    EXPECT_TOKENS("< <= > >= == != =<",
                  "symbol < | symbol <= | symbol > | symbol >= | symbol == | symbol != | "
                  "symbol = | symbol < | end");
    EXPECT_TOKENS("+-*/^()[]{},:;.",
                  "symbol + | symbol - | symbol * | symbol / | symbol ^ | symbol ( | symbol ) | "
                  "symbol [ | symbol ] | symbol { | symbol } | symbol , | symbol : | symbol ; | "
                  "symbol . | end");
    cr_expect_str_empty(front_said(&front));
}

Test(lex, blanks_and_comments_vanish) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    EXPECT_TOKENS("", "end");
    EXPECT_TOKENS(" \t a # b\n#\n", "name a | newline | newline | end");
    EXPECT_TOKENS("a\r\nb\r\n", "name a | newline | name b | newline | end");
    EXPECT_TOKENS("a\r", "name a | newline | end");
    EXPECT_TOKENS("a # b\rc\r\r\nd",
                  "name a | newline | name c | newline | newline | name d | end");
    EXPECT_TOKENS("(a\rb\r\n)", "symbol ( | name a | name b | symbol ) | end");
    EXPECT_TOKENS("\xEF\xBB\xBF"
                  "a",
                  "name a | end");
    EXPECT_TOKENS("a # \xC3\xA4\xF0\x9F\x98\x80", "name a | end");
    cr_expect_str_empty(front_said(&front));
}

Test(lex, newlines_in_brackets_vanish) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    EXPECT_TOKENS("(\n[\n]\n)\n", "symbol ( | symbol [ | symbol ] | symbol ) | newline | end");
    EXPECT_TOKENS(")\n(", "symbol ) | newline | symbol ( | end");
    EXPECT_TOKENS("{\n}", "symbol { | newline | symbol } | end");
}

static double value_of(const char *text) {
    Lexer lexer;
    cr_assert(lexer_start(&lexer, &front.compiler,
                          source_new(&front.compiler, "m.def", text, strlen(text))));
    Token token = lexer_next(&lexer);
    cr_assert_eq(token.kind, TOKEN_NUMBER, "%s", text);
    cr_assert_eq(token.span.end, strlen(text), "%s", text);
    return token.number;
}

Test(lex, values_of_numbers) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    cr_expect_eq(value_of("0"), 0);
    cr_expect_eq(value_of("12"), 12);
    cr_expect_eq(value_of("0.5"), 0.5);
    cr_expect_eq(value_of("2."), 2);
    cr_expect_eq(value_of("1e-3"), 1e-3);
    cr_expect_eq(value_of("2.E+3"), 2000);
    cr_expect_eq(value_of("0.1"), 0.1);
    cr_expect_eq(value_of("1.7976931348623157e308"), 1.7976931348623157e308);
    cr_expect_eq(value_of("5e-324"), 5e-324);
    cr_expect_eq(value_of("0.000e999"), 0);
    cr_expect_eq(
        value_of("0.00000000000000000000000000000000000000000000000000000000000000000001e68"), 1);
}

/* The whole text is one error token, and this is said about it. */
static void expect_error_token(const char *text, const char *said) {
    Lexer lexer;
    front.compiler.diagnostics = NULL;
    cr_assert(lexer_start(&lexer, &front.compiler,
                          source_new(&front.compiler, "m.def", text, strlen(text))));
    Token token = lexer_next(&lexer);
    cr_expect_eq(token.kind, TOKEN_ERROR, "%s", text);
    cr_expect_eq(token.span.end, strlen(text), "%s: %zu", text, token.span.end);
    const char *found = strstr(front_said(&front), "error: ");
    cr_expect(found && strncmp(found, said, strlen(said)) == 0, "%s: %s", text, found);
}

Test(lex, what_is_no_number) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    expect_error_token("3x", "error: '3x' is not a number\n");
    expect_error_token("0x10", "error: '0x10' is not a number\n");
    expect_error_token("1e", "error: '1e' is not a number\n");
    expect_error_token("1.2.3", "error: '1.2.3' is not a number\n");
    expect_error_token("1..2", "error: '1..2' is not a number\n");
    expect_error_token(".5", "error: '.5' is not a number\n");
    expect_error_token("1e309", "error: '1e309' is out of range for a number\n");
    expect_error_token("1e-400", "error: '1e-400' is out of range for a number\n");
}

Test(lex, what_no_token_begins_with) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    expect_error_token("$", "error: unexpected character '$'\n");
    expect_error_token("!", "error: unexpected character '!'\n");
    expect_error_token("**", "error: '**' is no operator\n");
    expect_error_token("//", "error: '//' is no operator\n");
    expect_error_token("\x01", "error: unexpected character U+0001\n");
    expect_error_token("\xC3\xA4", "error: unexpected character U+00E4\n");
    expect_error_token("\xF0\x9F\x98\x80", "error: unexpected character U+1F600\n");
}

Test(lex, every_strange_character_has_its_hint) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    static const char *const rows[][2] = {
        {"a ** b", "hint: a power is written a^b\n"},
        {"a // b", "hint: a comment begins with '#'\n"},
        {"a @ b", "hint: a matrix product is written matmul(a, b)\n"},
        {"\"he\"", "hint: names are written without quotes\n"},
        {"a \xE2\x88\x92 b", "hint: write '-'\n"},
        {"a \xC3\x97 b", "hint: write '*'\n"},
        {"a \xE2\x89\xA4 b", "hint: write '<='\n"},
        {".25", "hint: a number begins with a digit: 0.25\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        front.compiler.diagnostics = NULL;
        front.compiler.error_count = 0;
        tokens_of(rows[i][0]);
        cr_expect(strstr(front_said(&front), rows[i][1]), "%s: %s", rows[i][0], front_said(&front));
    }
}

Test(lex, names_have_a_limit) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    char name[MAX_NAME + 2];
    memset(name, 'a', sizeof name);
    name[MAX_NAME + 1] = '\0';
    expect_error_token(name,
                       "error: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' has 201 characters, a "
                       "name has at most 200\n");
    name[MAX_NAME] = '\0';
    front.compiler.diagnostics = NULL;
    tokens_of(name);
    cr_expect_str_empty(front_said(&front));
}

Test(lex, nul_bytes_end_the_reading) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    Lexer lexer;
    cr_expect_not(
        lexer_start(&lexer, &front.compiler, source_new(&front.compiler, "m.def", "a\nb\0c\0", 6)));
    cr_expect_str_eq(front_said(&front), "m.def:2:2: error: NUL byte: this is not a text file\n"
                                         "  2 | b?c?\n"
                                         "    |  ^\n");
}

Test(lex, bad_utf8_is_reported_once) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    EXPECT_TOKENS("a # \xE4\nb \xFF\xFE",
                  "name a | newline | name b | error \xFF | error \xFE | end");
    cr_expect_str_eq(front_said(&front), "m.def:1:5: error: byte 0xE4 is not UTF-8\n"
                                         "  1 | a # ?\n"
                                         "    |     ^\n");
}

Test(lex, a_copy_reads_ahead_in_silence) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    Lexer lexer;
    cr_assert(
        lexer_start(&lexer, &front.compiler, source_new(&front.compiler, "m.def", "( $ \n b", 7)));
    Lexer ahead = lexer;
    ahead.is_silent = true;
    while (lexer_next(&ahead).kind != TOKEN_END)
        ;
    cr_expect_str_empty(front_said(&front));
    cr_expect_str_eq(lexer_next(&lexer).symbol, "(");
}

Test(lex, tokens_know_their_line) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    Lexer lexer;
    cr_assert(lexer_start(&lexer, &front.compiler,
                          source_new(&front.compiler, "m.def", "a (\n  b c", 9)));
    Token a = lexer_next(&lexer), open = lexer_next(&lexer), b = lexer_next(&lexer),
          c = lexer_next(&lexer);
    cr_expect(a.is_first && !open.is_first && b.is_first && !c.is_first);
    cr_expect_eq(b.indent, 2);
    cr_expect_eq(c.indent, 4);
}

static const char *pattern_of(const char *text) {
    Lexer lexer;
    cr_assert(lexer_start(&lexer, &front.compiler,
                          source_new(&front.compiler, "m.def", text, strlen(text))));
    Token token = lexer_pattern(&lexer, lexer_next(&lexer));
    int length = (int)(token.span.end - token.span.first);
    return format_text(&front.compiler, "%s%.*s", token.kind == TOKEN_NAME ? "" : "no ", length,
                       token.span.source->text + token.span.first);
}

Test(lex, patterns) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    cr_expect_str_eq(pattern_of("embed.* x"), "embed.*");
    cr_expect_str_eq(pattern_of("*.2.weight # all"), "*.2.weight");
    cr_expect_str_eq(pattern_of("*"), "*");
    cr_expect_str_eq(pattern_of("3"), "no 3");
    cr_expect_str_eq(pattern_of("+"), "no +");
}
