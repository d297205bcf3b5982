/* gen/base/diagnose.c: the form of messages, their number, and the nearest name. */

#include "front.h"

static Front front;

static void open_front(void) {
    front_open(&front);
}

static void close_front(void) {
    front_close(&front);
}

TestSuite(diagnose, .init = open_front, .fini = close_front);

static const Source *source_of(const char *text) {
    return source_new(&front.compiler, "mlp.def", text, strlen(text));
}

/* The first place of `part` in the source. */
static Span find(const Source *source, const char *part) {
    const char *found = strstr(source->text, part);
    cr_assert(found);
    size_t first = (size_t)(found - source->text);
    return (Span){source, first, first + strlen(part)};
}

Test(diagnose, place_caret_note_and_hint) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    const Source *source =
        source_of("network mlp\nw1 = param([128, 700], he)\n\nh1 = dense(x, w1)\n");
    Span x = find(source, "x, w1");
    error_at(&front.compiler, (Span){source, x.first, x.first + 1}, "dense: input has %d columns",
             784);
    note_at(&front.compiler, find(source, "w1"), "'w1' declared here as [%d, %d]", 128, 700);
    hint(&front.compiler, "'w1' must be [%d, N]", 784);
    cr_expect_str_eq(front_said(&front), "mlp.def:4:12: error: dense: input has 784 columns\n"
                                         "  4 | h1 = dense(x, w1)\n"
                                         "    |            ^\n"
                                         "mlp.def:2:1: note: 'w1' declared here as [128, 700]\n"
                                         "hint: 'w1' must be [784, N]\n");
    cr_expect_eq(front.compiler.error_count, 1);
    cr_expect_eq(front.compiler.exit_code, 1);
}

Test(diagnose, a_range_is_underlined_to_the_line_end) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    const Source *source = source_of("a = f(b,\n      c)\r\n");
    error_at(&front.compiler, find(source, "f(b,\n      c)"), "one");
    error_at(&front.compiler, find(source, "c)\n"), "two");
    cr_expect_str_eq(front_said(&front), "mlp.def:1:5: error: one\n"
                                         "  1 | a = f(b,\n"
                                         "    |     ^~~~\n"
                                         "mlp.def:2:7: error: two\n"
                                         "  2 |       c)\n"
                                         "    |       ^~\n");
}

Test(diagnose, a_tab_and_a_character_are_one_column) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    const Source *source = source_of("\ta = \xC3\xA4\xE2\x82\xAC + b\n");
    error_at(&front.compiler, find(source, "b"), "wrong");
    cr_expect_str_eq(front_said(&front), "mlp.def:1:11: error: wrong\n"
                                         "  1 | \ta = \xC3\xA4\xE2\x82\xAC + b\n"
                                         "    | \t         ^\n");
}

Test(diagnose, what_may_not_be_shown_is_replaced) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    const Source *source = source_of("\x1B[31m \xFF\xC2\x9B \xE2\x80\xAE x\n");
    error_at(&front.compiler, find(source, "x"), "wrong");
    cr_expect_str_eq(front_said(&front), "mlp.def:1:12: error: wrong\n"
                                         "  1 | ?[31m ?? ? x\n"
                                         "    |            ^\n");
}

Test(diagnose, the_end_of_the_file_has_a_place) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    const Source *source = source_of("ab");
    error_at(&front.compiler, (Span){source, 2, 2}, "wrong");
    error_at(&front.compiler, (Span){source, 99, 120}, "beyond");
    cr_expect_str_eq(front_said(&front), "mlp.def:1:3: error: wrong\n"
                                         "  1 | ab\n"
                                         "    |   ^\n"
                                         "mlp.def:1:3: error: beyond\n"
                                         "  1 | ab\n"
                                         "    |   ^\n");
}

static char long_line[1001];

static void expect_window(size_t at, const char *excerpt) {
    memset(long_line, 'a', 1000);
    long_line[at] = 'X';
    const Source *source = source_of(long_line);
    front.compiler.diagnostics = NULL;
    error_at(&front.compiler, (Span){source, at, at + 1}, "wrong");
    const char *line = strchr(front_said(&front), '\n') + 1;
    cr_expect_str_eq(line, excerpt);
}

#define TEN(text) text text text text text text text text text text
#define SIXTY(text) text text text text text text

Test(diagnose, of_a_long_line_a_window_is_shown) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    expect_window(5, "  1 | aaaaaX" TEN("aaaaaaaaaaaaaaa") "aaaa...\n"
                                                           "    |      ^\n");
    expect_window(500, "  1 | ..." SIXTY("aaaaaaaaaa") "X" TEN(
                           "aaaaaaaaa") "aaaaaaaaa...\n"
                                        "    |    " SIXTY("          ") "^\n");
    expect_window(999, "  1 | ..." SIXTY("aaaaaaaaaa") "X\n"
                                                       "    |    " SIXTY("          ") "^\n");
}

Test(diagnose, lines_are_counted_in_large_files) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    Text *text = text_new(&front.compiler);
    for (int i = 0; i < 12344; i++)
        text_add(text, "a\n");
    text_add(text, "b\n");
    error_at(&front.compiler, find(source_of(text->bytes), "b"), "wrong");
    cr_expect_str_eq(front_said(&front), "mlp.def:12345:1: error: wrong\n"
                                         "12345 | b\n"
                                         "      | ^\n");
}

Test(diagnose, without_a_place) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    error_at(&front.compiler, (Span){0}, "wrong");
    cr_expect_str_eq(front_said(&front), "nngen: error: wrong\n");
}

Test(diagnose, the_same_is_said_once) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    const Source *source = source_of("a\nb\n");
    for (int i = 0; i < 3; i++) {
        error_at(&front.compiler, find(source, "a"), "wrong");
        note_at(&front.compiler, find(source, "b"), "because");
        hint(&front.compiler, "better");
        error_at(&front.compiler, find(source, "b"), "wrong");
    }
    cr_expect_str_eq(front_said(&front), "mlp.def:1:1: error: wrong\n"
                                         "  1 | a\n"
                                         "    | ^\n"
                                         "mlp.def:2:1: note: because\n"
                                         "hint: better\n"
                                         "mlp.def:2:1: error: wrong\n"
                                         "  2 | b\n"
                                         "    | ^\n");
    cr_expect_eq(front.compiler.error_count, 2);
}

Test(diagnose, warnings_do_not_count_as_errors) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    warning_at(&front.compiler, find(source_of("a\n"), "a"), "odd");
    cr_expect_str_eq(front_said(&front), "mlp.def:1:1: warning: odd\n"
                                         "  1 | a\n"
                                         "    | ^\n");
    cr_expect_eq(front.compiler.error_count, 0);
    cr_expect_eq(front.compiler.warning_count, 1);
    cr_expect_eq(front.compiler.exit_code, 0);
}

Test(diagnose, warnings_are_bounded) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    for (int i = 0; i < 1000; i++)
        warning_at(&front.compiler, (Span){0}, "odd %d", i);
    cr_expect(strstr(front_said(&front),
                     "warning: odd 19\nnngen: warning: too many warnings, the rest is left out\n"));
    cr_expect_not(strstr(front_said(&front), "odd 20"));
}

Test(diagnose, after_twenty_errors_the_run_stops) {
    volatile int given = 0;
    if (setjmp(front.compiler.stop) == 0)
        for (; given < 100; given++)
            error_at(&front.compiler, (Span){0}, "wrong %d", given);
    cr_expect_eq(given, MAX_ERRORS);
    cr_expect_eq(front.compiler.error_count, MAX_ERRORS);
    cr_expect_eq(front.compiler.exit_code, 1);
    const char *last = strstr(front_said(&front), "nngen: error: wrong 19\n");
    cr_assert(last);
    cr_expect_str_eq(last, "nngen: error: wrong 19\nnngen: error: too many errors\n");
}

Test(diagnose, a_limit_stops_the_run_with_exit_code_4) {
    Span span = {0};
    if (setjmp(front.compiler.stop) == 0) {
        span = find(source_of("ab\n"), "b");
        stop_at(&front.compiler, span, "more than %d nodes", 5);
    }
    cr_expect_eq(front.compiler.exit_code, 4);
    cr_expect_eq(front.compiler.error_count, 1);
    cr_expect(strstr(front_said(&front), "mlp.def:1:2: error: more than 5 nodes\n"));
}

Test(diagnose, long_messages_are_clipped) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    error_at(&front.compiler, (Span){0}, "%05000d", 1);
    cr_expect_eq(strlen(front_said(&front)), strlen("nngen: error: ") + 1000 + 1);
    cr_expect(strstr(front_said(&front), "00...\n"));
}

Test(diagnose, spans_join) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    const Source *source = source_of("a + b\n");
    Span joined = span_join(find(source, "b"), find(source, "a"));
    cr_expect_eq(joined.source, source);
    cr_expect_eq(joined.first, 0);
    cr_expect_eq(joined.end, 5);
    cr_expect_eq(span_join((Span){0}, joined).end, 5);
    cr_expect_eq(span_join(joined, (Span){0}).end, 5);
}

Test(diagnose, sources_have_a_limit) {
    static char text[MAX_SOURCE + 1];
    memset(text, '#', sizeof text);
    if (setjmp(front.compiler.stop) == 0) {
        source_new(&front.compiler, "ok.def", text, MAX_SOURCE);
        source_new(&front.compiler, "big.def", text, MAX_SOURCE + 1);
        cr_assert_fail("taken");
    }
    cr_expect_str_eq(front_said(&front), "big.def:1:1: error: the file has more than 16 MB\n");
    cr_expect_eq(front.compiler.exit_code, 1);
}

static void expect_nearest(const char *name, const char *nearest) {
    static const char *const candidates[] = {"relu", "dense",         "softmax", "x1",
                                             "h",    "learning_rate", "dens"};
    const char *found = nearest_name(name, candidates, 7);
    if (nearest)
        cr_expect_str_eq(found ? found : "(none)", nearest, "for %s", name);
    else
        cr_expect_null(found, "for %s: %s", name, found ? found : "");
}

Test(diagnose, the_nearest_name) {
    expect_nearest("rleu", "relu");       /* exchanged */
    expect_nearest("rleux", "relu");      /* and one too much */
    expect_nearest("foo", NULL);          /* two of three replaced */
    expect_nearest("relux", "relu");      /* too much */
    expect_nearest("sotmax", "softmax");  /* too little */
    expect_nearest("sofdmxx", "softmax"); /* two replaced */
    expect_nearest("sofdmxy", NULL);      /* three */
    expect_nearest("densee", "dense");    /* nearer than dens */
    expect_nearest("denc", "dens");       /* the first of equals would be dense at distance 2 */
    expect_nearest("learnig_rat", "learning_rate");
    expect_nearest("x", NULL);  /* any other letter would be as near */
    expect_nearest("x2", NULL); /* half of it is another */
    expect_nearest("ab", NULL);
    expect_nearest("", NULL);
}

Test(diagnose, long_names_resemble_none) {
    char name[400];
    memset(name, 'a', sizeof name);
    name[399] = '\0';
    const char *const candidates[] = {name + 1};
    cr_expect_null(nearest_name(name, candidates, 1));
    name[200] = '\0';
    cr_expect_eq(nearest_name(name, candidates, 1), name + 1);
}

/* Whatever order they are found in; a note and a hint stay with theirs, what has no place comes
   last. */
Test(diagnose, in_the_order_of_places) {
    cr_assert_eq(setjmp(front.compiler.stop), 0);
    const Source *source = source_of("a\nb\nc\n");
    error_at(&front.compiler, find(source, "c"), "three");
    note_at(&front.compiler, find(source, "a"), "because");
    hint(&front.compiler, "so");
    warning_at(&front.compiler, (Span){0}, "last");
    error_at(&front.compiler, find(source, "a"), "one");
    hint(&front.compiler, "or so");
    warning_at(&front.compiler, find(source, "b"), "two");
    error_at(&front.compiler, find(source, "a"), "one more");
    error_at(&front.compiler, find(source, "c"), "three");
    hint(&front.compiler, "not twice");
    cr_expect_str_eq(front_said(&front), "mlp.def:1:1: error: one\n"
                                         "  1 | a\n"
                                         "    | ^\n"
                                         "hint: or so\n"
                                         "mlp.def:1:1: error: one more\n"
                                         "  1 | a\n"
                                         "    | ^\n"
                                         "mlp.def:2:1: warning: two\n"
                                         "  2 | b\n"
                                         "    | ^\n"
                                         "mlp.def:3:1: error: three\n"
                                         "  3 | c\n"
                                         "    | ^\n"
                                         "mlp.def:1:1: note: because\n"
                                         "hint: so\n"
                                         "nngen: warning: last\n");
}
