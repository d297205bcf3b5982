/* Emitted C for its readers: lines of at most 100 columns, and kernels with a comment that says
   what they compute, from which line of the model, and which functions call them. */

#include "emitted.h"
#include "long.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const read_models[] = {"xor", "skip", "digits", "mnist"};
static const char *const long_models[] = {"xor", "skip", "digits", "mnist", "digits_batch_norm"};
enum { MODELS = sizeof read_models / sizeof *read_models, COLUMNS = 100 };

static Result emitted(const char *model, Target target, Unroll unroll) {
    Options options = {.target = target, .unroll = unroll};
    char *text = structure_model(model);
    Result result = compile("model.def", text, strlen(text), "net.h", &options);
    cr_assert_eq(result.exit_code, 0, "%s: %s", model, result.diagnostics);
    free(text);
    return result;
}

static void expect_columns(const char *model, const char *text) {
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        cr_expect_leq(strcspn(line, "\n"), COLUMNS, "%s: %.160s", model, line);
}

static void expect_lines_that_fit(const char *model, const Result *result) {
    cr_assert(result->source, "%s: %s", model, result->diagnostics);
    expect_columns(model, result->source);
    expect_columns(model, result->header);
}

/* Each model for each target; in the short run in one unroll mode, the next model in the next. */
Test(reading, lines_fit) {
    static const Target targets[] = {TARGET_C99, TARGET_GENERIC, TARGET_X86_64_V4, TARGET_AARCH64};
    for (size_t m = 0; m < sizeof long_models / sizeof *long_models; m++)
        for (int v = 0; v < 12; v++) {
            static const Unroll ways[] = {UNROLL_AUTO, UNROLL_TILE, UNROLL_FULL};
            bool has_turn = is_long() || ((size_t)(v / 3 + v) + m) % 3 == 0;
            if (!has_turn || (ways[v % 3] == UNROLL_FULL && strcmp(long_models[m], "mnist") == 0))
                continue; /* or too large for it */
            Result result = emitted(long_models[m], targets[v / 3], ways[v % 3]);
            expect_lines_that_fit(long_models[m], &result);
            result_free(&result);
        }
}

/* Long numbers and names in the comments of the header. */
Test(reading, lines_of_large_nets_fit) {
    static const char text[] = "network net_of_1024\ninput x[1024]\ntarget y[10] onehot\n"
                               "hidden = relu(dense(x, 1024))\nz = dense(hidden, 10)\n"
                               "loss cross_entropy_of_logits(z, y)\nupdate adam()\nbatch 256\n";
    for (int v = 0; v < 2; v++) {
        Options options = {.target = v ? TARGET_X86_64_V4 : TARGET_GENERIC};
        Result result = compile("n.def", text, strlen(text), "n.h", &options);
        expect_lines_that_fit("net_of_1024", &result);
        result_free(&result);
    }
}

/* The comment that ends just above a line of text, or NULL. */
static const char *comment_above(const char *text, const char *line) {
    const char *start = NULL;
    for (const char *at = strstr(text, "/*"); at && at < line; at = strstr(at + 1, "/*"))
        start = at;
    return start && line - start >= 4 && memcmp(line - 4, " */\n", 4) == 0 ? start : NULL;
}

static void expect_headings(const char *model, const char *text) {
    char prefix[100];
    int kernels = 0;
    snprintf(prefix, sizeof prefix, "\nstatic void %s_", model);
    for (const char *at = strstr(text, prefix); at; at = strstr(at + 1, prefix)) {
        char heading[8000] = "", name[100] = "";
        sscanf(at, "\nstatic void %99[^(]", name);
        const char *comment = comment_above(text, at + 1);
        bool is_kernel = !strstr(name, "_rows") && !strstr(name, "_thunk_") &&
                         !strstr(name, "_begin") && !strstr(name, "_end_step");
        if (!is_kernel)
            continue;
        kernels++;
        cr_assert_not_null(comment, "%s has no heading", name);
        snprintf(heading, sizeof heading, "%.*s", (int)(at - comment), comment);
        cr_expect(strstr(heading, "sed by "), "%s: who uses it?\n%s", name, heading);
        cr_expect(strstr(heading, "ine"), "%s: from which line?\n%s", name, heading);
        cr_expect(strstr(heading, " = "), "%s: what does it leave?\n%s", name, heading);
        cr_expect_not(strstr(heading, ".."), "%s leaves something out:\n%s", name, heading);
    }
    cr_expect_gt(kernels, 5, "%s: %d kernels", model, kernels);
}

Test(reading, kernels_say_what_they_do) {
    for (int m = 0; m < MODELS; m++)
        for (int target = 0; target < 2; target++) {
            Result result = emitted(read_models[m], (Target)target, UNROLL_TILE);
            expect_headings(read_models[m], result.source);
            result_free(&result);
        }
}

/* Initial values: every tensor by its name, with the line of the model that makes it. */
Test(reading, initial_values_name_their_tensors) {
    static const char *const wanted[] = {
        "h.weight = 0.0505076 * random_normal()   (line 12)",
        "h.bias = 0   (line 12)",
        "p.bias = 0   (line 13)",
        "image.scale = 1   (line 9)",
        "h.weight.m = 0   (line 16)",
        "Lines 9, 12, 13 and 16 of the model; used by init. */",
    };
    Result result = emitted("mnist", TARGET_C99, UNROLL_AUTO);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        cr_expect(strstr(result.source, wanted[i]), "no '%s'", wanted[i]);
    result_free(&result);
}
