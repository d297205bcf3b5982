/* Messages for other programs, as a JSON reader of somebody else sees them. */

#define _POSIX_C_SOURCE 200809L
#include "messages.h"
#include "nngen.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char model[] = "network m\n"
                            "input x[3], z[2]\n"
                            "h = rleu(x)\n"
                            "q = x + z\n"
                            "output dense(x, 2)\n";

typedef void Say(Messages *messages);

/* What is said in a form; to be freed. */
static char *said_by(Say *say, MessageForm form) {
    Messages messages = {.form = form};
    char *text = NULL;
    size_t size = 0;
    FILE *before = stderr, *out = open_memstream(&text, &size);
    stderr = out;
    say(&messages);
    messages_end(&messages);
    stderr = before;
    fclose(out);
    return text;
}

static void say_model(Messages *messages) {
    const Options options = {0};
    Result result = compile("a \"b\".def", model, sizeof model - 1, NULL, &options);
    cr_assert_eq(result.exit_code, 1);
    messages_said(messages, result.diagnostics, result.said, result.said_count);
    result_free(&result);
}

static void say_bytes(Messages *messages) {
    messages_error(messages, "a\"\\\n\x1b[2J\x7f\xc2\x9b\xe2\x80\xae \xff \xc3\xa4", "h\"");
}

static void say_nothing(Messages *messages) {
    (void)messages;
}

/* The next line, or the whole text where there is but one value in it. */
static json_t *read_json(const char **text) {
    const char *end = strchr(*text, '\n');
    json_error_t error;
    json_t *value = json_loadb(*text, (size_t)(end - *text), 0, &error);
    cr_assert(value, "%s in %s", error.text, *text);
    *text = end + 1;
    return value;
}

static void expect_line(const char **text, const char *severity, int line, int column, int end,
                        const char *message, const char *hint) {
    json_t *value = read_json(text);
    cr_expect_eq(json_object_size(value), 7);
    cr_expect_str_eq(json_string_value(json_object_get(value, "file")), "a \"b\".def");
    cr_expect_str_eq(json_string_value(json_object_get(value, "severity")), severity);
    cr_expect_eq(json_integer_value(json_object_get(value, "line")), line, "%s", message);
    cr_expect_eq(json_integer_value(json_object_get(value, "column")), column, "%s", message);
    cr_expect_eq(json_integer_value(json_object_get(value, "end")), end, "%s", message);
    cr_expect_str_eq(json_string_value(json_object_get(value, "text")), message);
    const json_t *given = json_object_get(value, "hint");
    if (hint)
        cr_expect_str_eq(json_string_value(given), hint);
    else
        cr_expect(json_is_null(given));
    json_decref(value);
}

Test(messages, json_has_an_object_a_line) {
    char *all = said_by(say_model, MESSAGES_JSON);
    const char *text = all;
    expect_line(&text, "error", 3, 5, 9, "unknown function 'rleu'", "did you mean 'relu'?");
    expect_line(&text, "error", 4, 7, 8, "'+': shapes [3] and [2] do not fit, 3 against 2", NULL);
    expect_line(&text, "note", 2, 7, 8, "'x' is defined here with shape [3]", NULL);
    expect_line(&text, "note", 2, 13, 14, "'z' is defined here with shape [2]", NULL);
    cr_expect_str_empty(text);
    free(all);
}

Test(messages, json_holds_any_bytes) {
    char *all = said_by(say_bytes, MESSAGES_JSON);
    const char *text = all;
    for (const char *c = all; *c; c++)
        cr_expect((unsigned char)*c >= ' ' || *c == '\n');
    json_t *value = read_json(&text);
    cr_expect_str_eq(json_string_value(json_object_get(value, "text")),
                     "a\"\\\n\x1b[2J\x7f\xc2\x9b\xe2\x80\xae \xef\xbf\xbd \xc3\xa4");
    cr_expect_str_eq(json_string_value(json_object_get(value, "hint")), "h\"");
    const char *const places[] = {"file", "line", "column", "end"};
    for (int i = 0; i < 4; i++)
        cr_expect(json_is_null(json_object_get(value, places[i])), "%s", places[i]);
    cr_expect_null(strstr(all, "\x7f"));
    cr_expect_null(strstr(all, "\xe2\x80\xae"));
    json_decref(value);
    free(all);
}

static json_t *sarif_of(Say *say) {
    char *text = said_by(say, MESSAGES_SARIF);
    json_error_t error;
    json_t *log = json_loads(text, 0, &error);
    cr_assert(log, "%s in %s", error.text, text);
    free(text);
    return log;
}

/* The one run of a log. */
static json_t *run_of(const json_t *log) {
    cr_expect_str_eq(json_string_value(json_object_get(log, "version")), "2.1.0");
    return json_array_get(json_object_get(log, "runs"), 0);
}

/* `{pattern}` of json_unpack, which fails where anything is missing. */
static void expect_region(json_t *location, const char *uri, int line, int column, int end) {
    const char *found;
    int found_line, found_column, found_end;
    cr_assert_eq(json_unpack(location, "{s:{s:{s:s}, s:{s:i, s:i, s:i}}}", "physicalLocation",
                             "artifactLocation", "uri", &found, "region", "startLine", &found_line,
                             "startColumn", &found_column, "endColumn", &found_end),
                 0);
    cr_expect_str_eq(found, uri);
    cr_expect_eq(found_line, line);
    cr_expect_eq(found_column, column);
    cr_expect_eq(found_end, end);
}

Test(messages, sarif_is_one_log) {
    json_t *log = sarif_of(say_model), *run = run_of(log);
    json_t *results = json_object_get(run, "results");
    cr_assert_eq(json_array_size(results), 2);
    const char *name, *level, *text;
    json_t *places, *notes;
    cr_assert_eq(json_unpack(run, "{s:{s:{s:s}}}", "tool", "driver", "name", &name), 0);
    cr_expect_str_eq(name, "nngen");
    cr_assert_eq(json_unpack(json_array_get(results, 0), "{s:s, s:{s:s}, s:o}", "level", &level,
                             "message", "text", &text, "locations", &places),
                 0);
    cr_expect_str_eq(level, "error");
    cr_expect_str_eq(text, "unknown function 'rleu'\nhint: did you mean 'relu'?");
    expect_region(json_array_get(places, 0), "a%20%22b%22.def", 3, 5, 9);
    notes = json_object_get(json_array_get(results, 1), "relatedLocations");
    cr_assert_eq(json_array_size(notes), 2);
    expect_region(json_array_get(notes, 1), "a%20%22b%22.def", 2, 13, 14);
    json_decref(log);

    log = sarif_of(say_bytes);
    results = json_object_get(run_of(log), "results");
    cr_expect_eq(json_array_size(results), 1);
    cr_expect_eq(json_array_size(json_object_get(json_array_get(results, 0), "locations")), 0);
    json_decref(log);

    log = sarif_of(say_nothing);
    cr_expect_eq(json_array_size(json_object_get(run_of(log), "results")), 0);
    cr_expect(json_is_array(json_object_get(run_of(log), "results")));
    json_decref(log);
}
