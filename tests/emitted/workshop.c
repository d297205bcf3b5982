/* See workshop.h. */

#define _GNU_SOURCE
#include "workshop.h"
#include "long.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

const Model models[] = {
    {"models/xor.def", "xor", 1, 1, 1, false, true, true},
    {"models/linear.def", "linear", 1, 1, 1, false, true, true},
    {"models/logistic.def", "logistic", 1, 1, 1, false, true, true},
    {"models/skip.def", "skip", 2, 1, 1, true, false, true},
    {"models/digits/digits.def", "digits", 1, 1, 1, true, false, true},
    {"models/mnist.def", "mnist", 1, 1, 1, true, false, true},
    {"tests/emitted/models/affine.def", "affine", 1, 1, 1, false, true, true},
    {"tests/emitted/models/curve.def", "curve", 1, 1, 1, false, true, true},
    {"tests/emitted/models/running.def", "running", 1, 1, 2, false, true, false},
    {"tests/emitted/models/tunable.def", "tunable", 1, 1, 1, false, true, true},
    {"tests/emitted/models/wave.def", "wave", 1, 1, 1, true, false, true},
    {"tests/emitted/models/tables.def", "tables", 1, 1, 1, true, false, true},
};
const int model_count = sizeof models / sizeof *models;

const Model *model_named(const char *name) {
    for (int i = 0; i < model_count; i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    cr_assert_fail("no model %s", name);
    return NULL;
}

Variant variant_number(int number) {
    int other = number - VARIANTS;
    if (other < 0)
        return (Variant){(Target)(number / 8), (Unroll)(number / 2 % 4), number % 2, false};
    return (Variant){other / 4 ? TARGET_X86_64_V4 : TARGET_X86_64_V3,
                     other / 2 % 2 ? UNROLL_TILE : UNROLL_AUTO, other % 2, (other / 2 + other) % 2};
}

bool variant_has_turn(int number, int turn) {
    if (is_long())
        return true;
    int unroll = number / 2 % 4;
    bool is_of_diagonal =
        number / 8 == (unroll + turn) % 2 && number % 2 == (unroll + turn) / 2 % 2;
    return number < VARIANTS ? is_of_diagonal : (number + turn) % 4 == 0;
}

const char *variant_name(Variant variant) {
    static const char *const unrolls[] = {"auto", "full", "tile", "none"};
    static char name[64];
    snprintf(name, sizeof name, "%s_%s_%s%s", target_name(variant.target), unrolls[variant.unroll],
             variant.is_double ? "double" : "float", variant.is_exact ? "_exact" : "");
    return name;
}

const char *variant_flag(Variant variant) {
    return target_flag(variant.target);
}

bool variant_fits(const Model *model, Variant variant) {
    return variant.unroll != UNROLL_FULL || model->is_small;
}

static char folder[1024];

void workshop_enter(const char *name) {
    snprintf(folder, sizeof folder, "%s/%s", NNGEN_SCRATCH, name);
}

void workshop_remove(void) {
    char command[1200];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

void workshop_open(const char *name) {
    workshop_enter(name);
    workshop_remove();
    cr_assert_eq(mkdir(folder, 0777), 0, "cannot make %s", folder);
}

char *read_text(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t capacity = 0;
    cr_assert(file, "cannot read %s", path);
    if (getdelim(&text, &capacity, '\0', file) < 0)
        text = strdup("");
    fclose(file);
    return text;
}

char *model_text(const Model *model) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", NNGEN_SOURCE, model->path);
    return read_text(path);
}

void write_text(const char *file, const char *text) {
    char path[2048];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *out = fopen(path, "wb");
    cr_assert(out, "cannot write %s", path);
    cr_assert(fputs(text, out) >= 0 && fclose(out) == 0, "cannot write %s", path);
}

void generate(const char *file, const char *text, Variant variant) {
    Options options = {.target = variant.target,
                       .unroll = variant.unroll,
                       .is_double = variant.is_double,
                       .is_exact = variant.is_exact};
    char source[256], header[256];
    snprintf(source, sizeof source, "%s.c", file);
    snprintf(header, sizeof header, "%s.h", file);
    Result result = compile("model.def", text, strlen(text), header, &options);
    cr_assert_eq(result.exit_code, 0, "%s, %s: exit code %d\n%s", file, variant_name(variant),
                 result.exit_code, result.diagnostics);
    write_text(source, result.source);
    write_text(header, result.header);
    result_free(&result);
}

void program_flags(char *flags, size_t size, const Model *model, bool is_double) {
    char upper[64] = "";
    for (size_t i = 0; model->name[i]; i++)
        upper[i] = (char)toupper((unsigned char)model->name[i]);
    snprintf(flags, size,
             "-I. -DNET=%s -DSELF=%s%s -DREAL=%s -DINPUTS=%d -DFIELDS=%d -DOUTPUTS=%d "
             "-DNETWORK_SIZE=%s_SIZE "
             "-DNETWORK_GRADIENTS=%s_GRADIENTS -DNETWORK_PARAMETERS=%s_PARAMETERS",
             model->name, model->name, strcmp(model->name, "xor") == 0 ? "_" : "",
             is_double ? "double" : "float", model->inputs, model->inputs + model->targets,
             model->outputs, upper, upper, upper);
}

static char *output;

const char *run_output(void) {
    return output ? output : "";
}

static int run_command(const char *command) {
    char *whole = NULL;
    size_t capacity = 0;
    cr_assert(asprintf(&whole, "cd '%s' && { %s\n} 2>&1", folder, command) > 0);
    FILE *pipe = popen(whole, "r");
    cr_assert(pipe, "cannot run %s", command);
    free(output);
    output = NULL;
    if (getdelim(&output, &capacity, '\0', pipe) < 0) {
        free(output);
        output = strdup("");
    }
    int status = pclose(pipe);
    free(whole);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int run(const char *format, ...) {
    char *command = NULL;
    va_list arguments;
    va_start(arguments, format);
    cr_assert(vasprintf(&command, format, arguments) > 0);
    va_end(arguments);
    int status = run_command(command);
    free(command);
    return status;
}

void expect_run(const char *format, ...) {
    char *command = NULL;
    va_list arguments;
    va_start(arguments, format);
    cr_assert(vasprintf(&command, format, arguments) > 0);
    va_end(arguments);
    int status = run_command(command);
    cr_assert_eq(status, 0, "in %s: %s\nexit code %d\n%.3000s", folder, command, status,
                 run_output());
    free(command);
}
