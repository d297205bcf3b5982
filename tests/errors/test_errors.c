/* Every file FOLDER/NAME.txt here is a wrong model and, below a line of '=' signs, what nngen says of
   it, to the byte, where it is called NAME.def; a folder is about what is wrong. Below a line of '-'
   signs stand plans, NAME.plans, by which the kernels of the model are to run; the model begins with
   `# --unroll=tile` where it is to have kernels. Mistakes that make no readable text stand in `made`. NNGEN_BLESS=1 in the environment writes what is said anew: review the
   difference. The last test looks through gen/ for messages that none of these produces. */

#define _POSIX_C_SOURCE 200809L

#include "case.h"
#include "long.h"
#include "messages.h"

#include <glob.h>

static const char folder[] = NNGEN_SOURCE "/tests/errors";

/* NAME of FOLDER/NAME.txt with another ending, to be freed. */
static char *file_name(const char *path, const char *ending) {
    const char *name = strrchr(path, '/') + 1;
    char *made = calloc(strlen(name) + strlen(ending) + 1, 1);
    sprintf(made, "%.*s%s", (int)(strrchr(name, '.') - name), name, ending);
    return made;
}

/* The diagnostics of a model, to be freed. */
static char *said_of(const char *path, const char *name, const char *text) {
    static const char line[] = "\n----------------\n";
    const char *plans = strstr(text, line);
    size_t size = plans ? (size_t)(plans + 1 - text) : strlen(text);
    char *plans_name = file_name(path, ".plans");
    Options options = {0};
    if (strncmp(text, "# --unroll=tile\n", 16) == 0)
        options.unroll = UNROLL_TILE;
    if (plans) {
        plans += strlen(line);
        options.plans = (PlansFile){plans_name, plans, strlen(plans)};
    }
    Result result = compile(name, text, size, "net.h", &options);
    free(plans_name);
    char *said = strdup(result.diagnostics);
    cr_expect(result.exit_code == 1 || strstr(said, "error:") == NULL, "%s: exit code %d", name,
              result.exit_code);
    result_free(&result);
    return said;
}

static void check_model(const char *path) {
    Case model = case_read(path);
    char *name = file_name(path, ".def"), *said = said_of(path, name, model.in);
    cr_expect(*said, "%s: nothing is wrong with it", path);
    if (is_blessing())
        case_bless(path, &model, said);
    else
        cr_expect_str_eq(said, model.out, "%s\n--- said:\n%s--- expected:\n%s", path, said,
                         model.out);
    free(said);
    free(name);
    case_free(&model);
}

/* The files that match; how many. */
static size_t find_files(const char *pattern, glob_t *files) {
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", folder, pattern);
    int code = glob(path, 0, NULL, files);
    cr_assert(code == 0 || code == GLOB_NOMATCH, "%s", path);
    return code == 0 ? files->gl_pathc : 0;
}

Test(errors, models) {
    glob_t models;
    cr_assert_gt(find_files("*/*.txt", &models), 340);
    for (size_t i = 0; i < models.gl_pathc; i += (size_t)checked_of(3, 1))
        check_model(models.gl_pathv[i]);
    globfree(&models);
}

/* A file that the test above would not find. */
Test(errors, every_file_is_in_its_folder) {
    static const char *const patterns[] = {"*.txt", "*.def", "*/*.def", "*/*/*"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        glob_t files;
        if (find_files(patterns[i], &files) > 0)
            cr_expect(false, "%s: a wrong model is tests/errors/FOLDER/NAME.txt",
                      files.gl_pathv[0]);
        globfree(&files);
    }
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
    char *all = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&all, &size);
    cr_assert(stream);
    find_files("*/*.txt", &models);
    for (size_t i = 0; i < models.gl_pathc; i++) {
        Case model = case_read(models.gl_pathv[i]);
        fputs(model.out, stream);
        case_free(&model);
    }
    globfree(&models);
    for (int i = 0; i < made_count; i++)
        fprintf(stream, "%s\n", made_models[i].expected);
    fclose(stream);
    return all;
}

static void report_missing(const char *file, const char *kind, const char *format) {
    cr_expect(false, "%s: no model in tests/errors is told: %s: %s", file, kind, format);
}

Test(errors, every_message_has_a_model) {
    glob_t sources;
    char *said = all_said();
    int count = 0;
    /* Of stages. What gen's own files say is about the command line, which tests/cli has. */
    cr_assert(glob(NNGEN_SOURCE "/gen/*/*.c", 0, NULL, &sources) == 0);
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
    int count =
        check_messages(NNGEN_SOURCE "/gen/check/check.c", "nothing of the kind\n", count_missing);
    cr_expect(count > 10);
    cr_expect_eq(missing_count, count);
}
