/* Each stage's text form for small models. A file STAGE/NAME.txt holds a model, a line of '='
   signs, and what nngen --dump=STAGE prints for it. Comments at the top of the model may say
   `# options: --target=generic --unroll=tile` and `# show: predict, gradient`, which leaves out the
   other functions. emit/NAME.def are whole nets, with NAME.c and NAME.h beside them. NNGEN_BLESS=1
   in the environment writes what is expected anew: review the difference. */

#define _GNU_SOURCE
#include "case.h"
#include "nngen.h"
#include "target/target.h"

#include <dirent.h>

/* The rest of the line after `key`, which stands in a comment of the model, or "". */
static void find_setting(const char *model, const char *key, char *value, size_t size) {
    const char *found = strstr(model, key);
    value[0] = '\0';
    if (found)
        snprintf(value, size, "%.*s", (int)strcspn(found + strlen(key), "\n"), found + strlen(key));
}

static bool has_word(const char *words, const char *word) {
    return strstr(words, word) != NULL;
}

static Options options_of(const char *model) {
    char words[256], versions[256];
    unsigned set = 0;
    find_setting(model, "# options:", words, sizeof words);
    find_setting(words, "--versions=", versions, sizeof versions);
    versions[strcspn(versions, " ")] = '\0';
    cr_assert(!*versions || !versions_parse(versions, &set), "%s", versions);
    return (Options){
        .versions = set,
        .target = has_word(words, "--target=generic")     ? TARGET_GENERIC
                  : has_word(words, "--target=x86-64-v4") ? TARGET_X86_64_V4
                  : has_word(words, "--target=any")       ? TARGET_ANY
                                                          : TARGET_C99,
        .unroll = has_word(words, "--unroll=full")   ? UNROLL_FULL
                  : has_word(words, "--unroll=tile") ? UNROLL_TILE
                  : has_word(words, "--unroll=none") ? UNROLL_NONE
                                                     : UNROLL_AUTO,
        .is_double = has_word(words, "--precision=double"),
    };
}

/* The name of the function whose text begins here, "function predict, 4 rows" or the same as a
   comment; false where none does. */
static bool begins_function(const char *text, char word[64]) {
    return sscanf(text + (*text == '#' ? 2 : 0), "function %63[a-z_]", word) == 1;
}

/* Whether the function is among `names`, "predict, loss". */
static bool is_shown(const char *word, const char *names) {
    char list[256];
    snprintf(list, sizeof list, "%s,", names);
    for (char *name = strtok(list, ", "); name; name = strtok(NULL, ", "))
        if (strcmp(name, word) == 0)
            return true;
    return false;
}

/* The dump without the functions that are not to be shown, in a new string. */
static char *shown_part(const char *dump, const char *names) {
    char *part = calloc(strlen(dump) + 1, 1);
    size_t size = 0;
    bool shows = true;
    char word[64];
    while (*dump) {
        size_t length = strcspn(dump, "\n") + 1;
        length = dump[length - 1] ? length : length - 1;
        if (begins_function(dump, word))
            shows = !*names || is_shown(word, names);
        if (shows) {
            memcpy(part + size, dump, length);
            size += length;
        }
        dump += length;
    }
    return part;
}

/* What the stage makes of the model; freed by the caller. */
static char *dump_of(const char *path, const char *model, const char *stage) {
    char names[256];
    Options options = options_of(model);
    options.dump = stage;
    find_setting(model, "# show:", names, sizeof names);
    Result result = compile("model.def", model, strlen(model), "net.h", &options);
    cr_assert_eq(result.exit_code, 0, "%s:\n%s", path, result.diagnostics);
    char *part = shown_part(result.dump, names);
    result_free(&result);
    return part;
}

/* Where two texts part: a few lines of each. */
static void expect_text(const char *path, const char *got, const char *wanted) {
    size_t same = 0, line = 0;
    while (got[same] && got[same] == wanted[same]) {
        if (got[same++] == '\n')
            line = same;
    }
    cr_expect_str_eq(got, wanted,
                     "%s differs from\n%.300s\nit is\n%.300s\nNNGEN_BLESS=1 accepts it", path,
                     wanted + line, got + line);
}

static void check_case(const char *path, const char *stage) {
    Case model = case_read(path);
    char *got = dump_of(path, model.in, stage);
    if (is_blessing())
        case_bless(path, &model, got);
    else
        expect_text(path, got, model.out);
    free(got);
    case_free(&model);
}

static int is_case(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot && (strcmp(dot, ".txt") == 0 || strcmp(dot, ".def") == 0);
}

static void check_stage(const char *stage, int least,
                        void (*look)(const char *path, const char *stage)) {
    char folder[512], path[1024];
    struct dirent **entries;
    snprintf(folder, sizeof folder, "%s/tests/golden/%s", NNGEN_SOURCE, stage);
    int count = scandir(folder, &entries, is_case, alphasort);
    cr_assert_geq(count, least, "%s holds %d cases, at least %d were there once", folder, count,
                  least);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        look(path, stage);
        free(entries[i]);
    }
    free(entries);
}

#define STAGE(name, least)                                                                         \
    Test(golden, name) {                                                                           \
        check_stage(#name, least, check_case);                                                     \
    }
STAGE(parse, 5)
STAGE(check, 12)
STAGE(grad, 12)
STAGE(update, 4)
STAGE(fold, 60)
STAGE(fuse, 6)
STAGE(layout, 6)
STAGE(schedule, 6)
STAGE(lower, 4)
STAGE(place, 4)

static void compare_file(const char *path, const char *got) {
    char *wanted = text_read(path);
    if (is_blessing())
        text_write(path, got);
    else
        expect_text(path, got, wanted);
    free(wanted);
}

static void check_net(const char *path, const char *stage) {
    char *model = text_read(path), file[1024], header[1024];
    Options options = options_of(model);
    (void)stage;
    snprintf(file, sizeof file, "%.*s.c", (int)strlen(path) - 4, path);
    snprintf(header, sizeof header, "%.*s.h", (int)strlen(path) - 4, path);
    Result result = compile("model.def", model, strlen(model), strrchr(header, '/') + 1, &options);
    cr_assert_eq(result.exit_code, 0, "%s:\n%s", path, result.diagnostics);
    compare_file(file, result.source);
    compare_file(header, result.header);
    result_free(&result);
    free(model);
}

Test(golden, emit) {
    check_stage("emit", 8, check_net);
}
