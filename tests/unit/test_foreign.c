/* gen/base/foreign.txt: every hint is for a name that is not there, and names what is. */

#include "nngen.h"
#include "base/embedded.h"
#include "expand/calls.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

enum { MAX_ROW = 500, MAX_KEYS = 1000 };

static bool is_builtin(const char *name) {
    for (int i = 0; i < builtin_count; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return true;
    return false;
}

static bool is_known(const char *name) {
    char head[100];
    snprintf(head, sizeof head, " %s(", name);
    for (int i = 0; i < embedded_prelude_count; i++)
        for (const char *line = embedded_prelude[i].text; *line; line += strcspn(line, "\n")) {
            line += *line == '\n';
            size_t word = strcspn(line, " \n");
            if (*line != '#' && *line != ' ' && strncmp(line + word, head, strlen(head)) == 0)
                return true;
        }
    return is_builtin(name);
}

static bool is_part(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Calls `see` for every row: its names, what is behind them, and the mark between. */
static void for_rows(void (*see)(char *keys, char mark, const char *text)) {
    char row[MAX_ROW];
    const char *at = embedded_foreign[0].text;
    int count = 0;
    for (; *at; at += strcspn(at, "\n") + 1) {
        size_t length = strcspn(at, "\n"), end = strcspn(at, ":=");
        if (length == 0 || *at == '#')
            continue;
        cr_assert(length < sizeof row && end < length && at[end + 1] == ' ', "%.*s", (int)length,
                  at);
        snprintf(row, sizeof row, "%.*s", (int)length, at);
        char mark = row[end];
        row[end] = '\0';
        see(row, mark, row + end + 2);
        count++;
    }
    cr_assert(count > 100, "%d rows", count);
}

/* Every name before a '(', and what is to be written. */
static void see_named(char *keys, char mark, const char *text) {
    char name[MAX_ROW];
    for (const char *at = text; mark == ':' && *at; at++) {
        size_t length = 0;
        while (is_part(at[length]))
            length++;
        bool is_start = at == text || !is_part(at[-1]);
        bool is_written = at - text >= 6 && strncmp(at - 6, "write ", 6) == 0;
        if (length == 0 || !is_start || !isalpha((unsigned char)*at) ||
            (at[length] != '(' && !is_written))
            continue;
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        bool is_word = strcmp(name, "epochs") == 0 || strcmp(name, "over") == 0;
        cr_expect(is_known(name) || is_word, "%s: there is no '%s'", keys, name);
    }
}

Test(foreign, hints_name_what_is_there) {
    for_rows(see_named);
}

static char seen[MAX_KEYS][64];
static int seen_count;

/* A name that is there, in other capitals, says so. */
static void see_keys(char *keys, char mark, const char *text) {
    for (char *key = strtok(keys, " "); key; key = strtok(NULL, " ")) {
        const char *dot = strchr(key, '.');
        char function[64];
        snprintf(function, sizeof function, "%.*s", dot ? (int)(dot - key) : 0, key);
        cr_expect(dot || !is_known(key) || strstr(text, key), "'%s' is there", key);
        cr_expect(dot || mark == ':', "'%s' is no argument", key);
        bool is_role = strcmp(function, "loss") == 0 || strcmp(function, "metric") == 0;
        bool is_statement = strcmp(function, "statement") == 0;
        cr_expect(!*function || is_statement || is_known(is_role ? dot + 1 : function),
                  "there is no '%s'", key);
        for (int i = 0; i < seen_count; i++)
            cr_expect(!names_alike(seen[i], key), "'%s' is there twice", key);
        cr_assert(seen_count < MAX_KEYS);
        snprintf(seen[seen_count++], sizeof *seen, "%s", key);
    }
}

Test(foreign, each_name_once) {
    for_rows(see_keys);
}

static bool has_argument(const char *text, const char *name) {
    char patterns[4][70];
    static const char *const forms[] = {"(%s,", " %s,", " %s = ", " %s)"};
    for (int i = 0; i < 4; i++) {
        snprintf(patterns[i], sizeof *patterns, forms[i], name);
        if (strstr(text, patterns[i]))
            return true;
    }
    return false;
}

static void see_arguments(char *keys, char mark, const char *text) {
    bool is_found = mark == ':';
    for (int i = 0; !is_found && i < embedded_prelude_count; i++)
        is_found = has_argument(embedded_prelude[i].text, text);
    for (int i = 0; i < builtin_count; i++)
        for (int j = 0; j < MAX_ARGUMENTS && builtins[i].arguments[j]; j++)
            is_found = is_found || strcmp(builtins[i].arguments[j], text) == 0;
    cr_expect(is_found, "%s: nothing has an argument '%s'", keys, text);
}

Test(foreign, arguments_are_there) {
    for_rows(see_arguments);
}

Test(foreign, capitals_and_underscores_do_not_matter) {
    cr_expect(names_alike("LeakyReLU", "leaky_relu"));
    cr_expect(names_alike("__a_", "A"));
    cr_expect(!names_alike("relu", "relu6"));
    cr_expect(!names_alike("relu6", "relu"));
}

/* What people are seen to try. */
Test(foreign, names_that_people_try) {
    static const char *const names[] = {"mse",
                                        "bce",
                                        "MSELoss",
                                        "BCELoss",
                                        "NLLLoss",
                                        "SGD",
                                        "Adam",
                                        "CrossEntropyLoss",
                                        "categorical_crossentropy",
                                        "Linear",
                                        "Dense",
                                        "ReLU",
                                        "LeakyReLU",
                                        "conv2d",
                                        "Conv2D",
                                        "lstm",
                                        "LSTM",
                                        "gru",
                                        "embedding",
                                        "Embedding",
                                        "MaxPool2d",
                                        "BatchNorm1d",
                                        "Dropout",
                                        "MultiheadAttention",
                                        "kaiming_normal_",
                                        "SiLU",
                                        "AdamW",
                                        "RMSprop",
                                        "pow",
                                        "einsum"};
    const Options options = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char model[100];
        snprintf(model, sizeof model, "network t\ninput x[4]\nh = %s(x)\noutput h\n", names[i]);
        Result result = compile("m.def", model, strlen(model), "net.h", &options);
        cr_expect_eq(result.exit_code, 1);
        cr_expect(strstr(result.diagnostics, "\nhint: "), "%s", result.diagnostics);
        result_free(&result);
    }
}

/* Names near to one of nngen's that is another function, and words that begin a line elsewhere. */
Test(foreign, names_that_look_like_others) {
    static const char *const pairs[][2] = {
        {"h = log10(x)", "write log(x) / log(10)"},
        {"h = arctanh(x)", "write atanh(x)"},
        {"h = cotan(x)", "write cot(x)"},
        {"h = cosec(x)", "write csc(x)"},
        {"h = lrelu(x)", "write leaky_relu("},
        {"h = logit(x)", "write log(p / (1 - p))"},
        {"h = sqr(x)", "written x^2"},
        {"h = atan2(x, x)", "there is none yet"},
        {"h = erfc(x)", "write 1 - erf(x)"},
        {"h = exp2(x)", "write 2^x"},
        {"h = sgn(x)", "write where(x > 0"},
        {"epochs 10", "train --epochs 20"},
        {"batch_size 10", "the line is batch 32"},
        {"learning_rate 0.1", "update adam(lr = 1e-3)"},
    };
    const Options options = {0};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char model[100], *at;
        snprintf(model, sizeof model, "network t\ninput x[4]\n%s\noutput h\n", pairs[i][0]);
        Result result = compile("m.def", model, strlen(model), "net.h", &options);
        at = strstr(result.diagnostics, "\nhint: ");
        cr_expect(at && strstr(at, pairs[i][1]), "%s: %s", pairs[i][0], result.diagnostics);
        result_free(&result);
    }
}

/* What the hints say comes nearest, written out. */
static const char nearest_model[] =
    "network near\ninput x[2, 8, 8], word[10], text[3, 4]\ntarget y[3]\n"
    "w = param([3, 2, 3, 3], he)\n"
    "c = contract(w[o, c, i, j] * x[c, r + i, s + j], o = 3, r = 6, s = 6)\n"
    "m = max(reshape(c, [3, 3, 2, 3, 2]), axis = [2, 4])\n"
    "a = mean(reshape(c, [3, 3, 2, 3, 2]), axis = [2, 4])\n"
    "g = mean(c, axis = [1, 2])\n"
    "block cell(v, h) = tanh(dense(v, 4) + linear(h, 4))\n"
    "h = cell(text[2], cell(text[1], cell(text[0], [0, 0, 0, 0])))\n"
    "e = linear(word, 3)\nz = dense(word, 6)\nv = z[:3] * sigmoid(z[3:])\n"
    "q = matmul(softmax(matmul(text, transpose(text))), text)\n"
    "all = concat(reshape(m, [size(m)]), reshape(a, [size(a)]), g, h, e, v, reshape(q, "
    "[size(q)]))\n"
    "p = dense(all, 3)\n"
    "loss huber(p, y, delta = 1) + l2(1e-4)\n"
    "update weight_decay(clip_norm(max_norm(averaged(adam(0.1 * (1 - epoch / epochs)^2)), 3), 1), "
    "0.01)\n";

Test(foreign, what_comes_nearest_is_right) {
    const Options options = {.dump = "update"};
    Result result = compile("m.def", nearest_model, strlen(nearest_model), "net.h", &options);
    cr_expect_eq(result.exit_code, 0, "%s", result.diagnostics);
    result_free(&result);
}
