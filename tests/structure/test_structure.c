/* Promises about the form of emitted C. One test checks all of them for all models and variants,
   since clang takes longer to parse a net than the checks take. */

#include "emitted.h"
#include "long.h"

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
    {"xor", 1},    {"linear", 1}, {"logistic", 1}, {"skip", 0}, {"digits", 0}, {"mnist", 0},
    {"affine", 1}, {"curve", 1},  {"running", 2},  {"wave", 0}, {"tables", 0},
};
enum { MODELS = sizeof models / sizeof *models, VARIANTS = 16, WIDE_VARIANTS = 17 };

static EmittedFacts facts;
static int versions_of_unit; /* one word keeps which of several versions is used */

/* Variants of c99 and generic, and a last one with the widest vectors. */
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
        char choice[128];
        snprintf(choice, sizeof choice, "%s_choice", (const char *)data);
        cr_assert(versions_of_unit > 1 && strcmp(clang_getCString(spelling), choice) == 0,
                  "%s: %s can be written", (const char *)data, clang_getCString(spelling));
        clang_disposeString(spelling);
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

/* In the short run each model has a third of the variants, the next model the next third. */
static bool has_turn(int model, int number) {
    return is_long() || (model + number) % 3 == 0;
}

/* All models in all variants, except full unrolling of large nets. In double there is the default
   variant alone, and every third model has the widest vectors. */
Test(structure, all_nets_keep_all_promises) {
    for (int m = 0; m < MODELS; m++) {
        char *text = structure_model(models[m].name);
        for (int v = 0; v < (m % 3 ? VARIANTS : WIDE_VARIANTS); v++) {
            Options options = variant(v);
            bool is_large = options.unroll == UNROLL_FULL && models[m].loops == 0;
            if (is_large || (options.is_double && options.unroll != UNROLL_AUTO) || !has_turn(m, v))
                continue;
            emitted_open(&facts, text, &options, NULL, NULL);
            for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
                promises[i](models[m].name);
            emitted_close(&facts);
        }
        free(text);
    }
}

Test(structure, nets_of_several_versions_keep_all_promises) {
    static const char *const names[] = {"xor", "running", "digits"};
    for (int m = 0; m < (is_long() ? 3 : 2); m++) {
        char *text = structure_model(names[m]);
        Options options = {.target = TARGET_ANY,
                           .versions = 1u << TARGET_X86_64_V4 | 1u << TARGET_X86_64_V3 |
                                       1u << TARGET_GENERIC | 1u << TARGET_C99};
        versions_of_unit = 4;
        emitted_open(&facts, text, &options, NULL, NULL);
        for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
            promises[i](names[m]);
        emitted_close(&facts);
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
            if ((options.unroll != UNROLL_AUTO && options.unroll != UNROLL_FULL) || !has_turn(m, v))
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
        if (has_turn(2, v))
            expect_difference("logistic", "p", "malignant", &options);
    }
}

Test(structure, softmax_with_cross_entropy_gives_a_difference) {
    for (int v = 0; v < VARIANTS; v++) { /* with multiply-adds it is fused with the product in p */
        Options options = variant(v);
        if (options.unroll == UNROLL_FULL)
            continue;
        if (has_turn(0, v))
            expect_difference("digits", "p", "digit", &options);
        if (has_turn(1, v))
            expect_difference("mnist", "p", "digit", &options);
    }
}

/* What the C compiler gets: bytes of net.c, statements of its largest function and of all. */
typedef struct {
    const char *model;
    Target target;
    size_t bytes;
    int largest, statements;
} Bound;

static const Bound bounds[] = {
    {"xor", TARGET_C99, 70000, 320, 1700},
    {"xor", TARGET_GENERIC, 70000, 320, 1700},
    {"linear", TARGET_C99, 39000, 120, 700},
    {"linear", TARGET_GENERIC, 39000, 120, 700},
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

/* Nothing is computed for a frozen parameter: neither its gradient nor the gradients of values that
   only frozen layers need. */
Test(structure, frozen_parameters_have_no_gradient_kernels) {
    for (int v = 0; v < VARIANTS; v += slice_of(5, 1)) {
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
/* Each net takes every EVERY-th of these, the next net beginning with the next one. */
#define EVERY ((size_t)slice_of(3, 1))

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
        for (size_t b = net % EVERY; b < sizeof odd_batches / sizeof *odd_batches; b += EVERY)
            for (int t = 0; t < 4; t++) {
                Options options = {.target = targets[t], .dump = "schedule"};
                write_layers(text, odd[net], odd_batches[b], true);
                Result result = compile("odd.def", text, strlen(text), "odd.h", &options);
                cr_assert(result.dump && strstr(result.dump, "plan: "), "%s", result.diagnostics);
                cr_expect(!strstr(result.dump, "one number at a time"),
                          "a product in numbers, for target %d:\n%s", targets[t], text);
                result_free(&result);
            }
}

/* Whether products are accumulated in a scalar variable. */
static bool sums_products_in_scalars(const char *source) {
    for (const char *at = source; (at = strstr(at, " = nn_fma_1(")) != NULL; at++) {
        const char *line = at;
        while (line[-1] != '\n')
            line--;
        if (strncmp(line + strspn(line, " "), "const ", 6) != 0)
            return true;
    }
    return false;
}

/* Remainders of products are masked vectors where the target has masks, whatever the epilogue. */
Test(structure, remainders_run_in_vectors) {
    static const Target targets[] = {TARGET_X86_64_V3, TARGET_X86_64_V4};
    char text[1000];
    for (size_t net = 0; net < sizeof odd / sizeof *odd; net++)
        for (size_t b = net % EVERY; b < sizeof odd_batches / sizeof *odd_batches; b += EVERY)
            for (int v = 0; v < 4; v++) {
                Options options = {.target = targets[v / 2]};
                write_layers(text, odd[net], odd_batches[b], v % 2);
                Result result = compile("odd.def", text, strlen(text), "odd.h", &options);
                cr_assert(result.source, "%s", result.diagnostics);
                cr_expect(!sums_products_in_scalars(result.source), "numbers for target %d:\n%s",
                          targets[v / 2], text);
                result_free(&result);
            }
}

/* A kernel of one scalar per example has examples in lanes, as the one that multiplies the cost's
   derivative by each example's share. */
Test(structure, scalars_of_examples_run_in_lanes) {
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
