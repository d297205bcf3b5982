/* No index of emitted C leaves an int, nor an array whose size is known: for all models, and for
   nets near the limit, which are generated but not compiled. C that is made wrong on purpose is
   noticed. */

#define _POSIX_C_SOURCE 200809L
#include "bounds.h"
#include "emitted.h"
#include "long.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const models[] = {"xor",    "linear", "logistic", "skip", "digits", "mnist",
                                     "affine", "curve",  "running",  "wave", "tables"};
enum { MODELS = sizeof models / sizeof *models, TEXT = 1000 };

static const Target targets[] = {TARGET_C99, TARGET_GENERIC, TARGET_X86_64_V3, TARGET_X86_64_V4};

static EmittedFacts facts;

/* What --dump=place says, to be freed. */
static char *places_of(const char *text, const Options *options) {
    Options dumping = *options;
    dumping.dump = "place";
    Result result = compile("model.def", text, strlen(text), "net.h", &dumping);
    char *places = strdup(result.dump ? result.dump : "");
    result_free(&result);
    return places;
}

static BoundsFacts bounds_of(const char *text, const Options *options) {
    char *places = places_of(text, options);
    BoundsFacts bounds;
    emitted_open(&facts, text, options, NULL, NULL);
    bounds_check(facts.unit, facts.result.source, places, &bounds);
    emitted_close(&facts);
    free(places);
    return bounds;
}

static void expect_bounds(const char *name, const char *text, const Options *options) {
    BoundsFacts bounds = bounds_of(text, options);
    cr_expect_eq(bounds.failure_count, 0, "%s, target %d, unroll %d: %d are not proved:\n%s", name,
                 (int)options->target, (int)options->unroll, bounds.failure_count, bounds.failures);
    cr_expect(bounds.accesses > 0, "%s: nothing was looked at", name);
}

/* All targets and unroll modes; in a short run two of these for each model. */
Test(bounds, models_stay_within) {
    static const Unroll ways[] = {UNROLL_AUTO, UNROLL_TILE, UNROLL_NONE};
    for (int m = 0; m < MODELS; m++) {
        char *text = structure_model(models[m]);
        for (int v = m; v < m + (is_long() ? 12 : 2); v++) {
            Options options = {
                .target = targets[v % 4], .unroll = ways[v % 3], .is_double = v % 5 == 0};
            expect_bounds(models[m], text, &options);
        }
        free(text);
    }
}

/* Arrays of up to 2^30 elements, and indices that run backwards, in steps and over the edge. */
static const char *const large[] = {
    "network wide\ninput x[46341, 23170]\ny = sum(x * x) * param([], 1)\noutput y\nbatch 1\n",
    "network dense_one\ninput x[32768]\ntarget t[32767] onehot\np = softmax(dense(x, 32767))\n"
    "loss cross_entropy(p, t)\nupdate adam(0.01)\nbatch 33\noutput p\n",
    "network many\ninput x[1023]\ntarget t\np = dense(tanh(dense(x, 7)), 1)[0]\n"
    "loss mean_squared_error(p, t)\nupdate sgd(0.1)\nbatch 1048576\noutput p\n",
    "network filter\ninput x[3, 11584, 11583]\ntarget t[2, 5792]\nk = param([2, 3, 5, 5], 0.1)\n"
    "h = contract(k[o, c, u, v] * x[c, 2*i + u - 2, 2*j + v - 2], o = 2, i = 5792, j = 5792)\n"
    "p = mean(h, axis = 2)\nloss mean_squared_error(p, t)\nupdate sgd(0.1)\nbatch 1\noutput p\n",
    "network backwards\ninput x\ntarget t\nw = param([536870800], 0.1)\n"
    "p = x * contract(w[536870799 - i] * w[i])\nloss mean_squared_error(p, t)\n"
    "update sgd(0.1)\nbatch 1\noutput p\n",
    "network strided\ninput x\ntarget t\nw = param([70], 0.1)\n"
    "p = x * sum(contract(w[1000 * i - 3000], i = 1073738))\nloss mean_squared_error(p, t)\n"
    "update sgd(0.1)\nbatch 1\noutput p\n",
    "network strides\ninput x[4, 17, 15]\ntarget t[6]\nv = param([5, 4, 3, 3], 0.2)\n"
    "h = tanh(contract(v[o, c, k, l] * x[c, y + k - 1, x + l - 1], o = 5, y = 17, x = 15))\n"
    "w = param([6, 5, 3, 3], 0.2)\n"
    "a = relu(contract(w[o, c, k, l] * h[c, 2*y + k - 1, 2*x + l - 1], o = 6, y = 9, x = 8))\n"
    "u = param([6, 6, 2, 3], 0.2)\n"
    "g = contract(u[o, c, k, l] * a[c, 3*y + 2*k - 1, 2*x + l - 2], o = 6, y = 3, x = 5)\n"
    "p = mean(g * g, axis = [1, 2])\nloss mean_squared_error(p, t)\nupdate sgd(0.1)\nbatch 5\n"
    "output p\n",
};

Test(bounds, large_nets_stay_within) {
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        for (int v = 0; v < 4; v += is_long() ? 1 : 3) {
            Options options = {.target = targets[v], .is_double = v % 2};
            expect_bounds(large[i], large[i], &options);
        }
}

/* Checks C text as if it were the emitted net of `header`, or C that needs no header. */
static BoundsFacts bounds_of_source(const char *source, const char *header, const char *places,
                                    Target target) {
    CXIndex index;
    CXTranslationUnit unit = emitted_unit(&index, source, header, target);
    BoundsFacts bounds;
    bounds_check(unit, source, places, &bounds);
    clang_disposeTranslationUnit(unit);
    clang_disposeIndex(index);
    return bounds;
}

/* C with one mistake, and the same without it. */
static const struct {
    const char *wrong, *right, *said;
} pairs[] = {
    {"static float a[8]; void f(void) { for (int i = 0; i < 9; i++) a[i] = 0; }",
     "static float a[8]; void f(void) { for (int i = 0; i < 8; i++) a[i] = 0; }",
     "elements 0 to 8 of 8"},
    {"static float a[8]; void f(void) { for (int i = 0; i < 8; i += 2) a[i + 2] = 0; }",
     "static float a[8]; void f(void) { for (int i = 0; i < 8; i += 2) a[i + 1] = 0; }",
     "elements 2 to 8 of 8"},
    {"static float a[8]; void f(void) { for (int i = 0; i < 4; i++) a[i - 1] = 0; }",
     "static float a[8]; void f(void) { for (int i = 1; i < 4; i++) a[i - 1] = 0; }",
     "elements -1 to 2 of 8"},
    {"void f(void) { for (int i = 0; i < 2147483646; i += 4) continue; }",
     "void f(void) { for (int i = 0; i < 2147483644; i += 4) continue; }", "may leave int"},
    {"void f(float *p) { for (int i = 0; i < 65537; i++) p[32768 * i] = 0; }",
     "void f(float *p) { for (int i = 0; i < 65536; i++) p[32768 * i] = 0; }", "may leave int"},
    {"void f(float *p) { for (int i = 0; i < 65536; i++) p[32768 * i + 32768 - 5] = 0; }",
     "void f(float *p) { for (int i = 0; i < 65536; i++) p[32768 * i + 32767 - 5] = 0; }",
     "may leave int"},
    {"void f(float *p, int n) { p[n + 1] = 0; }", "void f(float *p, int n) { p[n] = 0; }",
     "may leave int"},
    {"void f(float *p) { for (int i = 0; i < 8; i++) i = 9; }",
     "void f(float *p, int *n) { for (int i = 0; i < 8; i++) *n = 9; }", "a counter is assigned"},
    {"static float a[20]; static void g(float *p) { p[5] = 0; }\n"
     "void f(void) { for (int i = 0; i < 16; i++) g(a + i); }",
     "static float a[20]; static void g(float *p) { p[4] = 0; }\n"
     "void f(void) { for (int i = 0; i < 16; i++) g(a + i); }",
     "elements 5 to 5 of 5"},
    {"static float a[9]; static void g(int i) { a[2 * i] = 0; }\n"
     "void f(void) { for (int i = 0; i < 3; i++) g(i + 3); }",
     "static float a[9]; static void g(int i) { a[2 * i] = 0; }\n"
     "void f(void) { for (int i = 0; i < 3; i++) g(i + 2); }",
     "elements 6 to 10 of 9"},
    {"static float a[60]; void f(void) { for (int c = 0; c < 3; c++) for (int i = 0; i < 10; i++)\n"
     "for (int k = 0; k < 5; k++) if (2 * i + k - 2 >= 0 && 2 * i + k - 2 < 21)\n"
     "a[20 * c + 2 * i + k - 2] = 0; }",
     "static float a[60]; void f(void) { for (int c = 0; c < 3; c++) for (int i = 0; i < 10; i++)\n"
     "for (int k = 0; k < 5; k++) if (2 * i + k - 2 >= 0 && 2 * i + k - 2 < 20)\n"
     "a[20 * c + 2 * i + k - 2] = 0; }",
     "elements 0 to 60 of 60"},
    {"static float a[12]; void f(void) { for (int o = 0; o < 3; o++) for (int y = 0; y < 8; y++)\n"
     "for (int k = 0; k < 3; k++) if ((y - k + 1) % 2 == 0 && y - k + 1 >= 0 && 7 - y + k >= 0)\n"
     "a[4*o + (y - k + 1)/2] = 0; }",
     "static float a[12]; void f(void) { for (int o = 0; o < 3; o++) for (int y = 0; y < 8; y++)\n"
     "for (int k = 0; k < 3; k++) if ((y - k + 1) % 2 == 0 && y - k + 1 >= 0 && 6 - y + k >= 0)\n"
     "a[4*o + (y - k + 1)/2] = 0; }",
     "elements 0 to 12 of 12"},
    {"static float a[8], b; void f(void) { for (int i = 0; i < 9; i++)\n"
     "b = (i - 1 >= 0 && 8 - i >= 0 ? a[i] : 0); }",
     "static float a[8], b; void f(void) { for (int i = 0; i < 9; i++)\n"
     "b = (i - 1 >= 0 && 8 - i >= 0 ? a[i - 1] : 0); }",
     "elements 1 to 8 of 8"},
    {"static float a[8]; void f(void) { for (int i = 0; i < 40; i++) a[i % 9] = 0; }",
     "static float a[8]; void f(void) { for (int i = 0; i < 40; i++) a[i % 8] = 0; }",
     "elements 0 to 8 of 8"},
    {"static float a[8]; void nn_load_lanes_4(float *p, unsigned bits);\n"
     "void f(void) { for (int i = 0; i < 5; i++) nn_load_lanes_4(a + i - 1, 0x7u); }",
     "static float a[8]; void nn_load_lanes_4(float *p, unsigned bits);\n"
     "void f(void) { for (int i = 0; i < 5; i++) nn_load_lanes_4(a + i - 1, 0x6u); }",
     "elements -1 to 3 of 8"},
    {"static unsigned char a[8];\n"
     "void nn_scatter_bytes_4(unsigned char *p, long stride, unsigned bits, int x);\n"
     "void f(void) { nn_scatter_bytes_4(a + 7, -3, 0x9u, 1); }",
     "static unsigned char a[8];\n"
     "void nn_scatter_bytes_4(unsigned char *p, long stride, unsigned bits, int x);\n"
     "void f(void) { nn_scatter_bytes_4(a + 7, -3, 0x5u, 1); }",
     "elements -2 to -2 of 8"},
};

Test(bounds, what_leaves_is_noticed) {
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        BoundsFacts wrong = bounds_of_source(pairs[i].wrong, "", "", TARGET_C99);
        BoundsFacts right = bounds_of_source(pairs[i].right, "", "", TARGET_C99);
        cr_expect(strstr(wrong.failures, pairs[i].said), "%s: %s", pairs[i].wrong, wrong.failures);
        cr_expect_eq(right.failure_count, 0, "%s: %s", pairs[i].right, right.failures);
    }
}

/* The bound of a loop that begins at `at`, one larger. */
static char *raised_bound(const char *source, const char *at) {
    const char *bound = strchr(strchr(at, ';'), '<') + 2;
    char *raised = malloc(strlen(source) + 20), *rest;
    long long value = strtoll(bound, &rest, 10);
    sprintf(raised, "%.*s%lld%s", (int)(bound - source), source, value + 1, rest);
    return raised;
}

/* Raises the bounds of a net's loops, one loop at a time. Not all can be noticed: the size of the
   caller's arrays is not known, and one round more along an inner axis stays within the array. */
Test(bounds, a_bound_too_large_is_noticed) {
    static const Target both[] = {TARGET_C99, TARGET_X86_64_V3};
    const char *text = "network n\ninput x[20]\ntarget t[17]\nh = tanh(dense(x, 33))\n"
                       "p = dense(h, 17)\nloss mean_squared_error(p, t)\nupdate adam(0.01)\n"
                       "batch 17\noutput p\n";
    for (int v = 0; v < 2; v++) {
        Options options = {.target = both[v], .unroll = UNROLL_TILE};
        Result result = compile("n.def", text, strlen(text), "net.h", &options);
        char *places = places_of(text, &options);
        int count = 0, tried = 0, noticed = 0;
        cr_assert(result.source, "%s", result.diagnostics);
        for (const char *at = result.source; (at = strstr(at, "for (int ")) != NULL; at++) {
            if (count++ % 10 != 0 && !is_long())
                continue;
            char *raised = raised_bound(result.source, at);
            BoundsFacts bounds = bounds_of_source(raised, result.header, places, both[v]);
            tried++;
            noticed += bounds.failure_count > 0;
            free(raised);
        }
        cr_expect(tried > 10 && noticed >= tried / 2, "target %d: %d of %d are noticed",
                  (int)both[v], noticed, tried);
        free(places);
        result_free(&result);
    }
}
