/* Wrong models that a file would not hold well: too long, too deep, not text. */

#define _POSIX_C_SOURCE 200809L
#include "messages.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *bytes;
    size_t size, capacity;
} Model;

static void add(Model *model, const char *format, ...) {
    char line[500];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    cr_assert(length >= 0 && (size_t)length < sizeof line);
    if (model->size + (size_t)length + 1 > model->capacity) {
        model->capacity = 2 * (model->size + sizeof line);
        model->bytes = realloc(model->bytes, model->capacity);
        cr_assert(model->bytes);
    }
    memcpy(model->bytes + model->size, line, (size_t)length + 1);
    model->size += (size_t)length;
}

static char *finish(Model model, size_t *size) {
    *size = model.size;
    return model.bytes;
}

static Model start(void) {
    Model model = {0};
    add(&model, "network made\ninput x[4]\noutput h\n");
    return model;
}

static char *nul_byte(size_t *size) {
    Model model = start();
    add(&model, "h = x ? 2\n");
    *strchr(model.bytes, '?') = '\0';
    return finish(model, size);
}

static char *no_utf8(size_t *size) {
    Model model = start();
    add(&model, "h = x * 2 # caf\xe9\n");
    return finish(model, size);
}

static char *no_end_of_line(size_t *size) {
    Model model = start();
    add(&model, "h = x *");
    return finish(model, size);
}

static char *big_file(size_t *size) {
    *size = (size_t)100 << 20;
    char *text = malloc(*size + 1);
    cr_assert(text);
    memset(text, '\n', *size);
    text[*size] = '\0';
    return text;
}

static char *many_parts(size_t *size) {
    Model model = start();
    for (int i = 0; i < 300 * 1000; i++)
        add(&model, "h = 1 + x\n");
    return finish(model, size);
}

/* Definitions that call the one before twice: 2^40 operations. */
static char *doubling(size_t *size, const char *first) {
    Model model = start();
    add(&model, "def f0(x) = %s\n", first);
    for (int i = 1; i <= 40; i++)
        add(&model, "def f%d(x) = f%d(x) + f%d(x)\n", i, i - 1, i - 1);
    add(&model, "h = f40(x)\n");
    return finish(model, size);
}

static char *many_calls(size_t *size) {
    return doubling(size, "x + 1");
}

/* Lists grow no graph; only the work of making them shows. */
static char *much_work(size_t *size) {
    Model model = start();
    add(&model, "def f(x) = sum(x) + [0");
    for (int i = 0; i < 1000; i++)
        add(&model, ", %d", i);
    add(&model, "][0]\n");
    for (int i = 0; i < 30 * 1000; i++)
        add(&model, "h = f(x)\n");
    return finish(model, size);
}

static char *many_nodes(size_t *size) {
    Model model = start();
    add(&model, "def many(x) {\n");
    for (int i = 0; i < 1000; i++)
        add(&model, "x = sin(x)\n");
    add(&model, "return x\n}\nh = x\n");
    for (int i = 0; i < 401; i++)
        add(&model, "h = many(h)\n");
    return finish(model, size);
}

static char *many_joined(size_t *size) {
    Model model = start();
    add(&model, "h = concat(");
    for (int i = 0; i < 10000; i++)
        add(&model, "x, ");
    add(&model, "x)\n");
    return finish(model, size);
}

static char *deep_calls(size_t *size) {
    Model model = start();
    add(&model, "def f0(x) = x + 1\n");
    for (int i = 1; i <= 1000; i++)
        add(&model, "def f%d(x) = f%d(x)\n", i, i - 1);
    add(&model, "h = f1000(x)\n");
    return finish(model, size);
}

/* What a thoughtless recursive parser dies of. */
static char *deep_brackets(size_t *size) {
    enum { DEPTH = 100 * 1000 };
    Model model = start();
    add(&model, "h = x");
    for (int i = 0; i < DEPTH; i++)
        add(&model, " + (x");
    for (int i = 0; i < DEPTH; i++)
        add(&model, ")");
    add(&model, "\n");
    return finish(model, size);
}

static char *deep_minus(size_t *size) {
    Model model = start();
    add(&model, "h = ");
    for (int i = 0; i < 100 * 1000; i++)
        add(&model, "-");
    add(&model, "x\n");
    return finish(model, size);
}

static char *big_net(size_t *size) {
    Model model = start();
    add(&model, "h = dense(dense(x, 4000), 4000)\n");
    return finish(model, size);
}

/* 255 examples fit, but not as whole vectors. */
static char *filled_rows(size_t *size) {
    char *text = strdup("network wrong\ninput x[4210752]\ntarget t\ny = x[0] * param([], 1)\n"
                        "loss mean_squared_error(y, t)\nupdate sgd(0.1)\noutput y\nbatch 255\n");
    *size = strlen(text);
    return text;
}

/* A thousand and one of what there may be a thousand of. */
static char *many_of_kind(size_t *size, const char *start, const char *middle, const char *end) {
    Model model = {0};
    add(&model, "network made\ninput x[4]\ntarget y\nh = sum(x * param([4], 1))\n"
                "loss (h - y)^2\nupdate sgd(0.1)\n");
    for (int i = 0; i < 1001; i++)
        add(&model, "%s%d%s%d%s\n", start, i, middle, i, end);
    return finish(model, size);
}

static char *many_freezes(size_t *size) {
    return many_of_kind(size, "freeze w", ".", "");
}

static char *many_updates(size_t *size) {
    return many_of_kind(size, "update sgd(0.1) for w", ".", "");
}

static char *many_derivatives(size_t *size) {
    return many_of_kind(size, "h", " = h\nderivative h", " by x");
}

static char *many_outputs(size_t *size) {
    Model model = {0};
    add(&model, "network made\ninput x[4]\noutput sum(x)");
    for (int i = 0; i < 1000; i++)
        add(&model, ", x + %d", i);
    return finish(model, size);
}

static char *many_scaled_targets(size_t *size) {
    Model model = {0};
    add(&model, "network made\ninput x[4]\ntarget t minmax");
    for (int i = 0; i < 1000; i++)
        add(&model, ", t%d minmax", i);
    return finish(model, size);
}

const Made made_models[] = {
    {many_freezes, "made.def:1007:1: error: more than 1000 'freeze' statements", 1, UNROLL_AUTO,
     TARGET_C99},
    {many_updates, "made.def:1006:1: error: more than 1000 'update' statements", 1, UNROLL_AUTO,
     TARGET_C99},
    {many_derivatives, "error: more than 1000 derivatives", 1, UNROLL_AUTO, TARGET_C99},
    {many_outputs, "error: more than 1000 outputs", 1, UNROLL_AUTO, TARGET_C99},
    {many_scaled_targets, "error: more than 1000 scaled targets", 1, UNROLL_AUTO, TARGET_C99},
    {nul_byte, "made.def:4:7: error: NUL byte: this is not a text file", 1, UNROLL_AUTO,
     TARGET_C99},
    {no_utf8,
     "made.def:4:16: error: byte 0xE9 is not UTF-8\n"
     "  4 | h = x * 2 # caf?\n"
     "    |                ^\n",
     1, UNROLL_AUTO, TARGET_C99},
    {no_end_of_line,
     "made.def:4:8: error: expected an expression, found the end of the file\n"
     "  4 | h = x *\n"
     "    |        ^\n",
     1, UNROLL_AUTO, TARGET_C99},
    {big_file, "made.def:1:1: error: the file has more than 16 MB", 1, UNROLL_AUTO, TARGET_C99},
    {many_parts, "error: more than 1000000 names, numbers and operators", 1, UNROLL_AUTO,
     TARGET_C99},
    {many_calls, "error: the model makes more than 100000 calls", 1, UNROLL_AUTO, TARGET_C99},
    {much_work, "error: expanding the definitions takes more than 20000000 steps", 1, UNROLL_AUTO,
     TARGET_C99},
    {many_nodes, "error: the network has more than 400000 operations", 1, UNROLL_AUTO, TARGET_C99},
    {many_joined, "made.def:4:5: error: concat: 10001 values, the limit is 10000", 1, UNROLL_AUTO,
     TARGET_C99},
    {deep_calls, "error: expressions and calls are nested more than 800 deep", 1, UNROLL_AUTO,
     TARGET_C99},
    {deep_brackets, "error: nested more than 400 deep", 1, UNROLL_AUTO, TARGET_C99},
    {deep_minus, "error: nested more than 400 deep", 1, UNROLL_AUTO, TARGET_C99},
    {big_net,
     "error: --unroll=full would emit 32040000 operations in one function, the limit is 200000", 4,
     UNROLL_FULL, TARGET_C99},
    {filled_rows,
     "made.def:2:7: error: 'x' takes 1077952512 elements in loss, whose vectors hold 256 examples, "
     "the limit is 1073741824",
     1, UNROLL_AUTO, TARGET_GENERIC},
};
const int made_count = sizeof made_models / sizeof *made_models;
