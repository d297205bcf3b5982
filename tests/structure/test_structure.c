/* Promises about the form of emitted C. Those of all nets are one test, since clang takes longer to
   read a net than it takes to look at it: over models and all ways to generate them. */

#include "emitted.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    int loops; /* of straight-line code: one over groups of examples, or one more that waits for a
                  mean over the batch; 0 for a net too large for it */
} Model;

static const Model models[] = {
    {"xor", 1},   {"linear", 1}, {"logistic", 1}, {"skip", 0},    {"digits", 0},
    {"mnist", 0}, {"affine", 1}, {"curve", 1},    {"running", 2}, {"wave", 0},
};
enum { MODELS = sizeof models / sizeof *models, VARIANTS = 16, WIDE_VARIANTS = 17 };

static EmittedFacts facts;

/* Of c99 and generic; the last of the widest vectors there are. */
static Options variant(int number) {
    if (number == VARIANTS)
        return (Options){.target = TARGET_X86_64_V4};
    return (Options){.target = (Target)(number / 8),
                     .unroll = (Unroll)(number / 2 % 4),
                     .is_double = number % 2};
}

static bool is_loop_over_groups(const LoopFacts *loop, const char *name) {
    char function[128];
    snprintf(function, sizeof function, "%s_predict_batch", name);
    return strcmp(loop->function->name, function) == 0;
}

static void check_loops(const char *name) {
    int over_groups = 0;
    for (int i = 0; i < facts.loop_count; i++) {
        const LoopFacts *loop = &facts.loops[i];
        if (!loop->function->is_emitted)
            continue;
        if (is_loop_over_groups(loop, name)) {
            over_groups++;
            continue;
        }
        cr_assert(loop->is_for && loop->is_literal, "%s: %s: %s", name, loop->function->name,
                  loop->text);
        cr_assert_not(loop->is_changed, "%s: %s: %s changes its counter", name,
                      loop->function->name, loop->text);
    }
    cr_assert_eq(over_groups, 1, "%s: %d loops over groups of examples", name, over_groups);
}

static void check_calls(const char *name) {
    static const char *const allocators[] = {
        "malloc",           "calloc",        "realloc",        "free", "alloca",
        "__builtin_alloca", "aligned_alloc", "posix_memalign", "mmap", "strdup"};
    for (int i = 0; i < facts.function_count; i++)
        for (int k = 0; k < facts.functions[i].call_count; k++)
            for (size_t a = 0; a < sizeof allocators / sizeof *allocators; a++)
                cr_assert_str_neq(facts.functions[i].calls[k], allocators[a], "%s: %s", name,
                                  facts.functions[i].name);
}

static enum CXChildVisitResult find_vla(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    if (cursor.kind == CXCursor_VarDecl && clang_getCursorType(cursor).kind == CXType_VariableArray)
        *(CXCursor *)data = cursor;
    return CXChildVisit_Recurse;
}

static void check_vla(const char *name) {
    CXCursor found = clang_getNullCursor();
    clang_visitChildren(clang_getTranslationUnitCursor(facts.unit), find_vla, &found);
    cr_assert(clang_Cursor_isNull(found), "%s: an array of variable length", name);
}

static void check_recursion(const char *name) {
    for (int i = 0; i < facts.function_count; i++)
        cr_assert_not(is_recursive(&facts, &facts.functions[i]), "%s: %s calls itself", name,
                      facts.functions[i].name);
}

/* An array is as constant as its elements. */
static bool is_constant(CXType type) {
    while (type.kind == CXType_ConstantArray)
        type = clang_getElementType(type);
    return clang_isConstQualifiedType(type);
}

static bool is_static_storage(CXCursor cursor) {
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(cursor);
    CXCursor parent = clang_getCursorSemanticParent(cursor);
    return parent.kind == CXCursor_TranslationUnit || storage == CX_SC_Static ||
           storage == CX_SC_Extern;
}

static enum CXChildVisitResult visit_variable(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    if (clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
        return CXChildVisit_Continue;
    if (cursor.kind == CXCursor_VarDecl && is_static_storage(cursor) &&
        !is_constant(clang_getCursorType(cursor))) {
        CXString spelling = clang_getCursorSpelling(cursor);
        cr_assert_fail("%s: %s can be written", (const char *)data, clang_getCString(spelling));
    }
    return CXChildVisit_Recurse;
}

static void check_globals(const char *name) {
    clang_visitChildren(clang_getTranslationUnitCursor(facts.unit), visit_variable,
                        (char *)(uintptr_t)name);
}

static bool has_prefix(const char *identifier, const char *name) {
    char upper[64] = "";
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    if (strncmp(identifier, name, length) != 0 && strncmp(identifier, upper, length) != 0)
        return false;
    return identifier[length] == '_' || identifier[length] == '\0';
}

static enum CXChildVisitResult visit_name(CXCursor cursor, CXCursor parent, CXClientData data) {
    CXFile file;
    clang_getExpansionLocation(clang_getCursorLocation(cursor), &file, NULL, NULL, NULL);
    CXString path = clang_getFileName(file), spelling = clang_getCursorSpelling(cursor);
    const char *from = clang_getCString(path), *identifier = clang_getCString(spelling);
    bool is_emitted = from && (strstr(from, "/net.c") || strstr(from, "/net.h"));
    (void)parent;
    if (is_emitted && *identifier && !strchr(identifier, '('))
        cr_assert(has_prefix(identifier, data), "%s: '%s' at file scope", (const char *)data,
                  identifier);
    clang_disposeString(path);
    clang_disposeString(spelling);
    return cursor.kind == CXCursor_EnumDecl ? CXChildVisit_Recurse : CXChildVisit_Continue;
}

static void check_names(const char *name) {
    clang_visitChildren(clang_getTranslationUnitCursor(facts.unit), visit_name,
                        (char *)(uintptr_t)name);
}

static void check_linkage(const char *name) {
    int count = 0;
    for (int i = 0; i < facts.function_count; i++) {
        const FunctionFacts *function = &facts.functions[i];
        if (!function->is_public)
            continue;
        count++;
        cr_assert(function->is_emitted && has_prefix(function->name, name), "%s: %s is visible",
                  name, function->name);
        char *declared = strstr(facts.result.header, function->name);
        cr_assert(declared, "%s: %s is visible but not in the header", name, function->name);
    }
    cr_assert_geq(count, 14, "%s: %d functions are visible", name, count);
}

typedef void Look(const char *name);
static Look *const promises[] = {
    check_loops,                    /* have literal bounds */
    check_calls,                    /* nothing is allocated */
    check_vla,                      /* no array has variable length */
    check_recursion, check_globals, /* none can be written */
    check_names,                    /* at file scope they carry the net's */
    check_linkage,                  /* only functions of the header are visible */
};

/* All models in all variants, but for full unrolling of large nets; in double only the default, in
   the widest vectors every third. */
Test(structure, all_nets_keep_all_promises) {
    for (int m = 0; m < MODELS; m++) {
        char *text = structure_model(models[m].name);
        for (int v = 0; v < (m % 3 ? VARIANTS : WIDE_VARIANTS); v++) {
            Options options = variant(v);
            bool is_large = options.unroll == UNROLL_FULL && models[m].loops == 0;
            if (is_large || (options.is_double && options.unroll != UNROLL_AUTO))
                continue;
            emitted_open(&facts, text, &options, NULL, NULL);
            for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
                promises[i](models[m].name);
            emitted_close(&facts);
        }
        free(text);
    }
}

/* The functions of straight-line code, NAME_train_step_rows and so on, have no loop but over groups
   of examples. */
static void expect_straight(const char *name, int loops) {
    for (int i = 0; i < facts.loop_count; i++) {
        const LoopFacts *loop = &facts.loops[i];
        if (!loop->function->is_emitted || is_loop_over_groups(loop, name))
            continue;
        cr_assert(strstr(loop->text, "( int row = 0 ; row < "), "%s: %s: %s", name,
                  loop->function->name, loop->text);
        cr_assert_leq(loop->function->loops, loops, "%s: %s has %d loops", name,
                      loop->function->name, loop->function->loops);
    }
}

Test(structure, small_nets_are_straight) {
    for (int m = 0; m < MODELS; m++) {
        for (int v = 0; models[m].loops && v < WIDE_VARIANTS; v++) {
            Options options = variant(v);
            if (options.unroll != UNROLL_AUTO && options.unroll != UNROLL_FULL)
                continue;
            char *text = structure_model(models[m].name);
            emitted_open(&facts, text, &options, NULL, NULL);
            expect_straight(models[m].name, models[m].loops);
            emitted_close(&facts);
            free(text);
        }
    }
}

Test(structure, full_unrolling_is_straight) {
    Options options = {.target = TARGET_GENERIC, .unroll = UNROLL_FULL};
    char *text = structure_model("skip");
    emitted_open(&facts, text, &options, NULL, NULL);
    expect_straight("skip", 1);
    emitted_close(&facts);
    free(text);
}

/* The gradient of the cost by what goes into the last activation is a - y: that difference stands
   in the backward part, and training has no logarithm or division that evaluation, which computes a
   and the cost, has not. */
static void expect_difference(const char *name, const char *prediction, const char *target,
                              const Options *options) {
    char gradient[128], forward_name[128];
    char *text = structure_model(name);
    snprintf(gradient, sizeof gradient, "%s_gradient_rows", name);
    snprintf(forward_name, sizeof forward_name, "%s_evaluate_rows", name);
    emitted_open(&facts, text, options, prediction, target);
    FunctionFacts forward = facts_below(&facts, forward_name), both = facts_below(&facts, gradient);
    cr_assert_gt(both.differences, forward.differences, "%s: no %s - %s in the backward part", name,
                 prediction, target);
    cr_assert_leq(both.divisions, forward.divisions, "%s: %d divisions, %d in evaluation", name,
                  both.divisions, forward.divisions);
    cr_assert_leq(both.logarithms, forward.logarithms, "%s: %d logarithms, %d in evaluation", name,
                  both.logarithms, forward.logarithms);
    emitted_close(&facts);
    free(text);
}

Test(structure, sigmoid_with_binary_cross_entropy_gives_a_difference) {
    for (int v = 0; v < WIDE_VARIANTS; v++) {
        Options options = variant(v);
        expect_difference("logistic", "p", "malignant", &options);
    }
}

Test(structure, softmax_with_cross_entropy_gives_a_difference) {
    for (int v = 0; v < VARIANTS; v++) { /* with multiply-adds it is fused with the product in p */
        Options options = variant(v);
        if (options.unroll == UNROLL_FULL)
            continue;
        expect_difference("digits", "p", "digit", &options);
        expect_difference("mnist", "p", "digit", &options);
    }
}

/* What compilers must swallow: bytes of net.c, statements of its largest function and of all. */
typedef struct {
    const char *model;
    Target target;
    size_t bytes;
    int largest, statements;
} Bound;

static const Bound bounds[] = {
    {"xor", TARGET_C99, 70000, 320, 1700},
    {"xor", TARGET_GENERIC, 70000, 320, 1700},
    {"linear", TARGET_C99, 38000, 120, 700},
    {"linear", TARGET_GENERIC, 38000, 120, 700},
    {"logistic", TARGET_C99, 80000, 300, 1500},
    {"logistic", TARGET_GENERIC, 80000, 300, 1500},
    {"digits", TARGET_C99, 175000, 600, 2600},
    {"digits", TARGET_GENERIC, 250000, 600, 3800},
    {"mnist", TARGET_C99, 130000, 600, 2400},
    {"mnist", TARGET_GENERIC, 190000, 600, 3600},
    {"digits", TARGET_X86_64_V3, 250000, 800, 4600},
    {"digits", TARGET_X86_64_V4, 300000, 1000, 5200},
    {"mnist", TARGET_X86_64_V3, 195000, 800, 4200},
    {"mnist", TARGET_X86_64_V4, 285000, 1000, 5000},
};

/* Of the functions that were emitted. */
static int largest_function(int *statements) {
    int largest = 0;
    *statements = 0;
    for (int f = 0; f < facts.function_count; f++) {
        const FunctionFacts *function = &facts.functions[f];
        *statements += function->is_emitted ? function->statements : 0;
        if (function->is_emitted && function->statements > largest)
            largest = function->statements;
    }
    return largest;
}

/* No function grows with the depth of the net but those that call a kernel for each layer. */
Test(structure, functions_of_a_deep_net_are_bounded) {
    static char text[8000];
    int size = sprintf(text, "network deep\ninput x[8]\ntarget y[8]\nh0 = x\n"), statements;
    for (int i = 0; i < 60; i++)
        size += sprintf(text + size, "h%d = tanh(dense(h%d, 8))\n", i + 1, i);
    sprintf(text + size, "loss mean_squared_error(h60, y)\nupdate adam()\noutput h60\n");
    static const Target targets[] = {TARGET_C99, TARGET_GENERIC, TARGET_X86_64_V4};
    for (int i = 0; i < 3; i++) {
        Options options = {.target = targets[i]};
        emitted_open(&facts, text, &options, NULL, NULL);
        int largest = largest_function(&statements);
        cr_expect_leq(largest, 600, "%d statements in a function", largest);
        emitted_close(&facts);
    }
}

Test(structure, code_is_bounded) {
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        const Bound *bound = &bounds[i];
        Options options = {.target = bound->target};
        char *text = structure_model(bound->model);
        int statements;
        emitted_open(&facts, text, &options, NULL, NULL);
        int largest = largest_function(&statements);
        size_t bytes = strlen(facts.result.source);
        cr_expect_leq(bytes, bound->bytes, "%s: %zu bytes, not %zu", bound->model, bytes,
                      bound->bytes);
        cr_expect_leq(largest, bound->largest, "%s: %d statements in a function, not %d",
                      bound->model, largest, bound->largest);
        cr_expect_leq(statements, bound->statements, "%s: %d statements, not %d", bound->model,
                      statements, bound->statements);
        emitted_close(&facts);
        free(text);
    }
}

/* Tiles and plain loops are what keeps a large net small: neither grows with the net's width. */
Test(structure, tiles_do_not_grow_with_the_net) {
    static const char format[] =
        "network wide\ninput x[%d]\ntarget y[%d] onehot\nh = relu(dense(x, %d))\n"
        "p = softmax(dense(h, %d))\nloss cross_entropy(p, y)\nupdate adam(lr = 0.01)\nbatch 64\n";
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        char text[512];
        int scale = i ? 4 : 1;
        Options options = {.target = TARGET_GENERIC};
        snprintf(text, sizeof text, format, 256 * scale, 16 * scale, 128 * scale, 16 * scale);
        Result result = compile("wide.def", text, strlen(text), "net.h", &options);
        cr_assert_eq(result.exit_code, 0, "%s", result.diagnostics);
        sizes[i] = strlen(result.source);
        result_free(&result);
    }
    cr_assert_leq(sizes[1], sizes[0] + sizes[0] / 10,
                  "%zu bytes, %zu for the net of four times the width", sizes[0], sizes[1]);
}

/* Declarations, parameters and functions whose name has `part` in it. */
typedef struct {
    const char *part;
    int count;
} NameCount;

static enum CXChildVisitResult count_name(CXCursor cursor, CXCursor parent, CXClientData data) {
    NameCount *names = data;
    (void)parent;
    if (cursor.kind == CXCursor_VarDecl || cursor.kind == CXCursor_ParmDecl ||
        cursor.kind == CXCursor_FunctionDecl) {
        CXString name = clang_getCursorSpelling(cursor);
        names->count += strstr(clang_getCString(name), names->part) != NULL;
        clang_disposeString(name);
    }
    return CXChildVisit_Recurse;
}

static int count_names(const char *text, const Options *options, const char *part) {
    NameCount names = {part, 0};
    emitted_open(&facts, text, options, NULL, NULL);
    clang_visitChildren(clang_getTranslationUnitCursor(facts.unit), count_name, &names);
    emitted_close(&facts);
    return names.count;
}

#define TWO_LAYERS                                                                                 \
    "network layers\ninput x[5]\ntarget y[3]\nh = tanh(dense(x, 4))\np = dense(h, 3)\n"            \
    "loss mean_squared_error(p, y)\nupdate adam()\nbatch 4\n"

/* Nothing is computed for a frozen parameter: neither its gradient nor, below all that are trained,
   what leads to it. */
Test(structure, frozen_parameters_have_no_gradient_kernels) {
    for (int v = 0; v < VARIANTS; v++) {
        Options options = variant(v);
        cr_expect_gt(count_names(TWO_LAYERS, &options, "d_h_weight"), 0);
        cr_expect_gt(count_names(TWO_LAYERS, &options, "d_h"), 0);
        cr_expect_eq(count_names(TWO_LAYERS "freeze h.*\n", &options, "d_h"), 0);
        cr_expect_gt(count_names(TWO_LAYERS "freeze h.*\n", &options, "d_p_weight"), 0);
        cr_expect_eq(count_names(TWO_LAYERS "freeze p.weight\n", &options, "d_p_weight"), 0);
        cr_expect_gt(count_names(TWO_LAYERS "freeze p.weight\n", &options, "d_h_weight"), 0);
        cr_expect_eq(count_names(TWO_LAYERS "freeze h.*\n", &options, "h_weight_m"), 0);
    }
}

/* Layers of odd sizes: 0 ends them. */
static const int odd[][5] = {{33, 7, 10}, {33, 7, 33},   {20, 33, 7},      {64, 17, 3},
                             {7, 33, 10}, {10, 10, 10},  {100, 33, 33, 7}, {200, 100, 7},
                             {9, 70, 3},  {17, 3, 17, 3}};
static const int odd_batches[] = {1, 7, 32, 33, 100};

static void write_layers(char *text, const int *sizes, int batch, bool is_class) {
    int last = 0;
    while (sizes[last + 1] > 0)
        last++;
    text += sprintf(text, "network odd\ninput h0[%d]\ntarget y[%d]%s\n", sizes[0], sizes[last],
                    is_class ? " onehot" : "");
    for (int i = 1; i < last; i++)
        text += sprintf(text, "h%d = relu(dense(h%d, %d))\n", i, i - 1, sizes[i]);
    text += sprintf(text,
                    is_class ? "p = softmax(dense(h%d, %d))\nloss cross_entropy(p, y)\n"
                             : "p = dense(h%d, %d)\nloss mean_squared_error(p, y)\n",
                    last - 1, sizes[last]);
    sprintf(text, "update adam()\nbatch %d\n", batch);
}

/* Whatever the shapes: outputs, examples or terms of each sum run in lanes. */
Test(structure, products_run_in_vectors) {
    static const Target targets[] = {TARGET_GENERIC, TARGET_X86_64_V3, TARGET_X86_64_V4,
                                     TARGET_AARCH64};
    char text[1000];
    for (size_t net = 0; net < sizeof odd / sizeof *odd; net++)
        for (size_t b = 0; b < sizeof odd_batches / sizeof *odd_batches; b++)
            for (int t = 0; t < 4; t++) {
                Options options = {.target = targets[t], .dump = "tile"};
                write_layers(text, odd[net], odd_batches[b], true);
                Result result = compile("odd.def", text, strlen(text), "odd.h", &options);
                cr_assert(result.dump && strstr(result.dump, "plan: "), "%s", result.diagnostics);
                cr_expect(!strstr(result.dump, "one number at a time"),
                          "a product in numbers, for target %d:\n%s", targets[t], text);
                result_free(&result);
            }
}

/* Whether a product is added up in a number, which is no constant. */
static bool sums_products_in_numbers(const char *source) {
    for (const char *at = source; (at = strstr(at, " = nn_fma_1(")) != NULL; at++) {
        const char *line = at;
        while (line[-1] != '\n')
            line--;
        if (strncmp(line + strspn(line, " "), "const ", 6) != 0)
            return true;
    }
    return false;
}

/* What is left of a product is a part of a vector where the target has these, whatever follows it. */
Test(structure, remainders_run_in_vectors) {
    static const Target targets[] = {TARGET_X86_64_V3, TARGET_X86_64_V4};
    char text[1000];
    for (size_t net = 0; net < sizeof odd / sizeof *odd; net++)
        for (size_t b = 0; b < sizeof odd_batches / sizeof *odd_batches; b++)
            for (int v = 0; v < 4; v++) {
                Options options = {.target = targets[v / 2]};
                write_layers(text, odd[net], odd_batches[b], v % 2);
                Result result = compile("odd.def", text, strlen(text), "odd.h", &options);
                cr_assert(result.source, "%s", result.diagnostics);
                cr_expect(!sums_products_in_numbers(result.source), "numbers for target %d:\n%s",
                          targets[v / 2], text);
                result_free(&result);
            }
}

/* A kernel of one number per example, as the share of the cost is that a gradient begins with. */
Test(structure, numbers_of_examples_run_in_lanes) {
    static const Target targets[] = {TARGET_GENERIC, TARGET_X86_64_V3, TARGET_X86_64_V4};
    static const int sizes[] = {33, 33, 9, 0}, batches[] = {7, 33, 100};
    char text[1000];
    for (int v = 0; v < 9; v++) {
        Options options = {.target = targets[v / 3]};
        write_layers(text, sizes, batches[v % 3], false);
        Result result = compile("odd.def", text, strlen(text), "odd.h", &options);
        cr_assert(result.source, "%s", result.diagnostics);
        cr_expect(strstr(result.source, "static void odd_gradient_d_cost_product("), "%s", text);
        cr_expect(!strstr(result.source, "Plan: number by number. */"), "for target %d:\n%s",
                  targets[v / 3], text);
        result_free(&result);
    }
}

// How layers run: what stands in their kernels and what has none of its own

static Result layers_for(int inputs, int hidden, Target target) {
    char text[1000];
    snprintf(text, sizeof text,
             "network n\ninput x[%d]\ntarget y[10] onehot\nh = relu(dense(x, %d))\n"
             "k = relu(dense(h, 48))\nz = dense(k, 10)\nloss cross_entropy_of_logits(z, y)\n"
             "update adam()\nbatch 32\n",
             inputs, hidden);
    Options options = {.target = target};
    Result result = compile("n.def", text, strlen(text), "n.h", &options);
    cr_assert(result.source, "%s", result.diagnostics);
    return result;
}

static Result layers_in_lines(int hidden, Target target) {
    char text[1000];
    snprintf(text, sizeof text,
             "network n\ninput x[2]\ntarget y[2] onehot\nh = relu(dense(x, %d))\n"
             "z = dense(h, 2)\nloss cross_entropy_of_logits(z, y)\nupdate sgd()\n"
             "batch 4\noutput z\n",
             hidden);
    Options options = {.target = target};
    Result result = compile("n.def", text, strlen(text), "n.h", &options);
    cr_assert(result.source, "%s", result.diagnostics);
    return result;
}

static int count_of(const Result *result, const char *what) {
    int count = 0;
    for (const char *at = result->source; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

Test(structure, sums_over_examples_ride_along) {
    Result result = layers_for(20, 96, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "static void n_gradient_d_h("), 1);
    cr_expect_eq(count_of(&result, "static void n_gradient_d_h_bias("), 0);
    cr_expect_eq(count_of(&result, "static void n_gradient_d_k_bias("), 0);
    cr_expect_geq(count_of(&result, " += n_finish_d_h("), 2);
    cr_expect_geq(count_of(&result, "inputs, summed on the way. */"), 2);
    result_free(&result);
}

/* Of a step's gradients none is in memory, where all that follows is element by element; a norm of
   all needs all. */
Test(structure, what_follows_a_sum_that_rides_along_follows_it) {
    static const char *const names[] = {"/* d_h.bias */",   "/* d_k.bias */",   "/* d_z.bias */",
                                        "/* d_h.weight */", "/* d_k.weight */", "/* d_z.weight */"};
    static const char *const optimizers[] = {"adam()", "clip_norm(adam(), 1)"};
    for (int clips = 0; clips < 2; clips++) {
        char text[1000];
        snprintf(text, sizeof text,
                 "network n\ninput x[20]\ntarget y[10] onehot\nh = relu(dense(x, 96))\n"
                 "k = relu(dense(h, 48))\nz = dense(k, 10)\nloss cross_entropy_of_logits(z, y)\n"
                 "update %s\nbatch 32\n",
                 optimizers[clips]);
        Options options = {.target = TARGET_X86_64_V4};
        Result result = compile("n.def", text, strlen(text), "n.h", &options);
        cr_assert(result.source, "%s", result.diagnostics);
        char *step = strstr(result.source, "static float n_train_step_rows(");
        cr_assert(step);
        *strstr(step, "\n}\n") = '\0';
        for (int i = 0; i < 6; i++)
            cr_expect_eq(strstr(step, names[i]) != NULL, clips, "%s", names[i]);
        result_free(&result);
    }
}

/* What has its examples in lanes goes to the caller's rows in squares, not number by number. */
Test(structure, outputs_are_turned_back) {
    static const char text[] = "network n\ninput x[96]\noutput p\np = softmax(dense(x, 10))\n"
                               "target y[10] onehot\nloss cross_entropy(p, y)\nupdate sgd(0.1)\n"
                               "batch 32\n";
    static const Target targets[] = {TARGET_GENERIC, TARGET_X86_64_V3, TARGET_X86_64_V4};
    static const char *const squares[] = {"nn_turn_4(p2 + ", "nn_turn_8(p2 + ",
                                          "nn_turn_part_16(p2 + "};
    for (int i = 0; i < 3; i++) {
        Options options = {.target = targets[i]};
        Result result = compile("n.def", text, strlen(text), "n.h", &options);
        cr_assert(result.source, "%s", result.diagnostics);
        cr_expect_eq(count_of(&result, "nn_scatter"), 0);
        cr_expect_geq(count_of(&result, squares[i]), 1, "%s", squares[i]);
        result_free(&result);
    }
}

Test(structure, sums_begin_with_the_bias) {
    Result result = layers_for(20, 96, TARGET_X86_64_V4);
    cr_expect_geq(count_of(&result, "nn_v16 h_sum_0_0 = h_bias_0;"), 1);
    cr_expect_eq(count_of(&result, "h_product"), 0);
    result_free(&result);
}

/* The share of an example, which loss and gradient take in different loops of one kernel. */
Test(structure, what_is_in_a_register_is_not_loaded_again) {
    static const Target targets[] = {TARGET_C99, TARGET_GENERIC, TARGET_X86_64_V4};
    for (int t = 0; t < 3; t++) {
        Result result = layers_for(20, 96, targets[t]);
        int kernels = 0;
        for (const char *at = result.source; (at = strstr(at, "\nstatic void ")) != NULL; at++) {
            int loads = 0;
            const char *end = strstr(at, "\n}\n");
            for (const char *load = at; (load = strstr(load, " share")) != NULL && load < end;
                 load++)
                loads += strncmp(load + strcspn(load + 1, " ") + 1, " = ", 3) == 0;
            cr_expect_leq(loads, 1, "%.*s", (int)(end - at), at);
            kernels += loads;
        }
        cr_expect_geq(kernels, 2);
        result_free(&result);
    }
}

/* One example of a net in straight lines: outputs in lanes where they fill a vector, and else inputs;
   the weights lie as that wants them, and what is left over is in numbers. */
Test(structure, one_example_has_elements_in_lanes) {
    Result result = layers_in_lines(4, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "nn_fma_4(h_weight_4to7, nn_splat_4(x_1),"), 1);
    cr_expect_eq(count_of(&result, "h_0to3 = nn_choose_4(nn_is_less_equal_4(h_sum_0to3,"), 1);
    cr_expect_eq(count_of(&result, "z_0_products = nn_fma_4(z_weight_0to3, h_0to3,"), 1);
    cr_expect_eq(count_of(&result, "z_0to1 = nn_sums_4((const nn_v4[4]){z_0_products,"), 1);
    cr_expect_eq(count_of(&result, "predict        straight, 4 elements in lanes\n"), 1);
    cr_expect_eq(count_of(&result, "   h.weight  [4, 2]  [2, 4]  "), 1);
    result_free(&result);
    result = layers_in_lines(5, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "nn_first_4(nn_fma_1(z_weight_4, h_4, z_bias_0))"), 1);
    result_free(&result);
    result = layers_in_lines(4, TARGET_C99);
    cr_expect_eq(count_of(&result, "predict        straight\n"), 1);
    result_free(&result);
}

/* Eight examples by two vectors of sums, one text of what follows each. */
Test(structure, what_follows_sums_is_said_once) {
    Result result = layers_for(20, 96, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "NN_INLINE void n_finish_k_weight(nn_v16 "), 1);
    cr_expect_geq(count_of(&result, " n_finish_k_weight(d_k_weight_"), 16);
    result_free(&result);
}

/* In place of the whole of a copy, as much as one panel of it. */
Test(structure, weights_are_turned_in_their_product) {
    Result result = layers_for(20, 320, TARGET_X86_64_V4);
    cr_expect_eq(count_of(&result, "k_weight_turned(const"), 0);
    cr_expect_geq(
        count_of(&result, "nn_turn_ahead_16(k_weight_turned, 32, k_weight + 32 * i, 32, 1024);"),
        1);
    const char *line = strstr(result.source, "   k.weight.turned ");
    size_t size = line ? strcspn(line, "\n") : 0;
    cr_assert_gt(size, 5);
    cr_expect_eq(memcmp(line + size - 5, " 6144", 5), 0, "48 rows of 32 floats: %.*s", (int)size,
                 line);
    result_free(&result);
}

Test(structure, only_what_no_cache_holds_is_fetched_ahead) {
    Result small = layers_for(20, 96, TARGET_X86_64_V4),
           large = layers_for(784, 512, TARGET_X86_64_V4), plain = layers_for(784, 512, TARGET_C99);
    cr_expect_eq(count_of(&small, "nn_fetch"), 0);
    cr_expect_eq(count_of(&plain, "nn_fetch"), 0);
    cr_expect_geq(count_of(&large, "nn_fetch_near(h_weight + "), 1);
    cr_expect_geq(count_of(&large, "nn_fetch_near(h_weight_m + "), 1);
    cr_expect_geq(count_of(&large, "nn_fetch_near(h_weight_v + "), 1);
    cr_expect_eq(count_of(&large, "nn_fetch_near(k_weight"), 0);
    result_free(&small);
    result_free(&large);
    result_free(&plain);
}

/* 784 terms of a sum come in four blocks of 196 rows of 32 weights; while each of the batch's 32
   examples goes through one of 6272 weights, eight examples at a time, it fetches 196 of the next:
   of the first, those of the loop over blocks, and the last. */
Test(structure, weights_are_fetched_a_panel_ahead) {
    Result result = layers_for(784, 512, TARGET_X86_64_V4);
    const char *start = strstr(result.source, "static void n_predict_batch_h(");
    cr_assert(start);
    const char *end = strstr(start, "\n}\n"), *at = start;
    static const char *const fetches[] = {
        "nn_fetch(h_weight + 784 * i, 196 * b + 8 * j + 6272);",
        "nn_fetch(h_weight + 784 * i + 32 * j_block, 196 * b + 8 * j + 6272);",
        "nn_fetch(h_weight + 784 * i + 18816, 196 * b + 8 * j + 1568);",
    };
    for (int i = 0; i < 3; i++) {
        at = strstr(at, fetches[i]);
        cr_assert(at && at < end, "%s in its place", fetches[i]);
    }
    result_free(&result);
}

/* gcc's -O3 would write them out, and take longer. */
Test(structure, sums_of_one_example_stay_loops) {
    Result result = layers_for(20, 96, TARGET_X86_64_V4);
    const char *predict = strstr(result.source, "static void n_predict_h(");
    cr_assert(predict);
    const char *loop = strstr(predict, "    NN_ROLLED\n    for (int j = 0; j < 20; j++) {\n");
    cr_expect(loop && loop < strstr(predict, "\n}\n"));
    cr_expect_geq(count_of(&result, "NN_ROLLED"), 2);
    result_free(&result);
}

/* An estimate where the target's divider takes longer than it, and nobody wants roots exact. */
Test(structure, roots_by_estimates_are_asked_for) {
    static const Options with = {.target = TARGET_X86_64_V4},
                         without[] = {{.target = TARGET_X86_64_V4, .is_exact = true},
                                      {.target = TARGET_X86_64_V4, .is_double = true},
                                      {.target = TARGET_X86_64_V3},
                                      {.target = TARGET_AARCH64}};
    static const char text[] = "network n\ninput x[2]\np = dense(x, 2)\noutput p\n";
    Result result = compile("n.def", text, strlen(text), "n.h", &with);
    cr_expect_eq(count_of(&result, "\n#define NN_ESTIMATES 1\n"), 1);
    result_free(&result);
    for (int i = 0; i < 4; i++) {
        result = compile("n.def", text, strlen(text), "n.h", &without[i]);
        cr_expect_eq(count_of(&result, "NN_ESTIMATES"), 0);
        result_free(&result);
    }
}

static void expect_plan(const char *source, const char *kernel, const char *plan) {
    const char *at = strstr(source, kernel);
    cr_assert(at, "no %s", kernel);
    cr_expect_eq(
        strncmp(at + strlen(kernel) + strspn(at + strlen(kernel), " "), plan, strlen(plan)), 0,
        "not '%s': %.100s", plan, at);
}

/* However the weights lie in the model: the last layer's are [inputs, outputs]. */
Test(structure, plans_tell_outputs_from_inputs) {
    static const char text[] = "network n\ninput x[40]\ntarget y[24]\nh = relu(dense(x, 48))\n"
                               "w = param([48, 24], he)\np = matmul(h, w)\n"
                               "loss mean_squared_error(p, y)\nupdate adam()\nbatch 32\n";
    Options options = {.target = TARGET_GENERIC};
    Result result = compile("n.def", text, strlen(text), "n.h", &options);
    cr_assert(result.source, "%s", result.diagnostics);
    expect_plan(result.source, "   predict_batch_h ", "4 examples by 2 vectors of 4 outputs");
    expect_plan(result.source, "   predict_batch_p ",
                "squares of 4 by 4; 4 examples by 2 vectors of 4 outputs");
    expect_plan(result.source, "   gradient_d_h_weight ", "5 inputs by 2 vectors of 4 outputs");
    expect_plan(result.source, "   gradient_d_w ", "6 outputs by 2 vectors of 4 inputs");
    expect_plan(result.source, "   update_w ", "2 vectors of 4 elements");
    result_free(&result);
}

/* Cycles of arithmetic that the dump says a product takes at least: examples by inputs by outputs by
   the ports' two vectors, twice where product and sum are two operations; and little for what
   follows. */
static void expect_cycles(Target target, const char *plan, double products) {
    static const char text[] =
        "network n\ninput x[784]\ntarget y[10]\nh = relu(dense(x, 128))\np = dense(h, 10)\n"
        "loss mean_squared_error(p, y)\nupdate adam()\nbatch 64\n";
    Options options = {.target = target, .dump = "tile"};
    Result result = compile("n.def", text, strlen(text), "n.h", &options);
    cr_assert(result.dump, "%s", result.diagnostics);
    const char *batch = strstr(result.dump, "function predict_batch");
    const char *at = batch ? strstr(batch, plan) : NULL;
    double arithmetic = 0, loads = 0, divider = -1, memory = 0;
    cr_assert(at && (at = strchr(at, '\n')), "no plan '%s'", plan);
    cr_assert_eq(sscanf(at, " cycles at least: arithmetic %lf, loads %lf, divider %lf, memory %lf",
                        &arithmetic, &loads, &divider, &memory),
                 4);
    cr_expect_geq(arithmetic, products);
    cr_expect_lt(arithmetic, 1.02 * products);
    cr_expect_lt(loads, products);
    cr_expect_eq(divider, 0);
    cr_expect_gt(memory, 0);
    result_free(&result);
}

Test(structure, plans_say_what_they_take_at_least) {
    const double products = 64. * 784 * 128;
    expect_cycles(TARGET_X86_64_V4, "8 examples by 2 vectors of 16", products / 16 / 2);
    expect_cycles(TARGET_X86_64_V3, "examples by 2 vectors of 8", products / 8 / 2);
    expect_cycles(TARGET_GENERIC, "examples by 2 vectors of 4", products / 4 / 2 * 2);
}
