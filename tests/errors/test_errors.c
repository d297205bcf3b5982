/* Every NAME.def here is a wrong model, NAME.txt what nngen says of it, to the byte;
   `NNGEN_BLESS=1` writes the latter. Mistakes that make no readable text stand in `made`. The
   last test looks through gen/ for messages that none of these produces. */

#define _POSIX_C_SOURCE 200809L

#include "messages.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

static char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return strdup(slash ? slash + 1 : path);
}

/* The diagnostics of a model, to be freed. */
static char *said_of(const char *name, const char *text, size_t size) {
    Options options = {0};
    Result result = compile(name, text, size, "net.h", &options);
    char *said = strdup(result.diagnostics);
    cr_expect(result.exit_code == 1 || strstr(said, "error:") == NULL, "%s: exit code %d", name,
              result.exit_code);
    result_free(&result);
    return said;
}

static void bless(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    cr_assert(file, "%s", path);
    fputs(text, file);
    cr_assert(fclose(file) == 0);
}

static void check_model(const char *path) {
    size_t size;
    char *text = read_file(path, &size), *name = file_name(path);
    char *expected_path = strdup(path), *said = said_of(name, text, size);
    memcpy(strrchr(expected_path, '.'), ".txt", 4);
    if (getenv("NNGEN_BLESS"))
        bless(expected_path, said);
    size_t expected_size;
    char *expected = read_file(expected_path, &expected_size);
    cr_expect_str_eq(said, expected, "%s\n--- said:\n%s--- expected:\n%s", name, said, expected);
    cr_expect(*said, "%s: nothing is wrong with it", name);
    free(expected);
    free(said);
    free(expected_path);
    free(name);
    free(text);
}

static void find_models(glob_t *models) {
    cr_assert(glob(NNGEN_SOURCE "/tests/errors/*.def", 0, NULL, models) == 0);
    cr_assert(models->gl_pathc > 100);
}

Test(errors, models) {
    glob_t models;
    find_models(&models);
    for (size_t i = 0; i < models.gl_pathc; i++)
        check_model(models.gl_pathv[i]);
    globfree(&models);
}

Test(errors, made_models) {
    for (int i = 0; i < made_count; i++) {
        Made made = made_models[i];
        size_t size;
        char *text = made.make(&size);
        Options options = {.unroll = made.unroll, .target = made.target};
        Result result = compile("made.def", text, size, "net.h", &options);
        cr_expect(strstr(result.diagnostics, made.expected), "%d: %.2000s", i, result.diagnostics);
        cr_expect_eq(result.exit_code, made.exit_code, "%d: exit code %d", i, result.exit_code);
        cr_expect_null(result.source);
        result_free(&result);
        free(text);
    }
}

/* All that the models above say, as one text. */
static char *all_said(void) {
    glob_t models;
    size_t size = 0, capacity = 1 << 20;
    char *all = calloc(capacity, 1);
    find_models(&models);
    for (size_t i = 0; i < models.gl_pathc; i++) {
        size_t length;
        memcpy(strrchr(models.gl_pathv[i], '.'), ".txt", 4);
        char *text = read_file(models.gl_pathv[i], &length);
        cr_assert(size + length < capacity);
        memcpy(all + size, text, length);
        size += length;
        free(text);
    }
    globfree(&models);
    for (int i = 0; i < made_count; i++)
        size += (size_t)snprintf(all + size, capacity - size, "%s\n", made_models[i].expected);
    return all;
}

static void report_missing(const char *file, const char *kind, const char *format) {
    cr_expect(false, "%s: no model in tests/errors is told: %s: %s", file, kind, format);
}

Test(errors, every_message_has_a_model) {
    glob_t sources;
    char *said = all_said();
    int count = 0;
    cr_assert(glob(NNGEN_SOURCE "/gen/*.c", 0, NULL, &sources) == 0);
    for (size_t i = 0; i < sources.gl_pathc; i++)
        count += check_messages(sources.gl_pathv[i], said, report_missing);
    cr_expect(count > 100, "only %d messages found", count);
    globfree(&sources);
    free(said);
}

static int missing_count;

static void count_missing(const char *file, const char *kind, const char *format) {
    (void)file, (void)kind, (void)format;
    missing_count++;
}

/* The search itself must notice what is missing. */
Test(errors, a_missing_model_is_noticed) {
    int count = check_messages(NNGEN_SOURCE "/gen/check.c", "nothing of the kind\n", count_missing);
    cr_expect(count > 10);
    cr_expect_eq(missing_count, count);
}
