/* See emitted.h. */

#define _GNU_SOURCE
#include "emitted.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const paths[] = {"models/%s.def", "models/digits/%s.def",
                                    "tests/emitted/models/%s.def"};

char *structure_model(const char *name) {
    for (int i = 0; i < 3; i++) {
        char path[1024], *text = NULL;
        size_t capacity = 0;
        int length = snprintf(path, sizeof path, "%s/", NNGEN_SOURCE);
        snprintf(path + length, sizeof path - (size_t)length, paths[i], name);
        FILE *file = fopen(path, "rb");
        if (!file)
            continue;
        cr_assert(getdelim(&text, &capacity, '\0', file) > 0, "%s is empty", path);
        fclose(file);
        return text;
    }
    cr_assert_fail("no model %s", name);
    return NULL;
}

static char *take_string(CXString string) {
    const char *text = clang_getCString(string);
    char *copy = strdup(text ? text : "");
    clang_disposeString(string);
    return copy;
}

static bool is_from_main_file(CXCursor cursor) {
    return clang_Location_isFromMainFile(clang_getCursorLocation(cursor));
}

static bool is_from_system(CXCursor cursor) {
    return clang_Location_isInSystemHeader(clang_getCursorLocation(cursor));
}

/* The tokens in the same order, joined by spaces. */
static char *range_text(CXTranslationUnit unit, CXSourceRange range) {
    CXToken *tokens;
    unsigned count;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    clang_tokenize(unit, range, &tokens, &count);
    for (unsigned i = 0; i < count; i++) {
        char *token = take_string(clang_getTokenSpelling(unit, tokens[i]));
        fprintf(out, "%s%s", i ? " " : "", token);
        free(token);
    }
    clang_disposeTokens(unit, tokens, count);
    fclose(out);
    return text;
}

static char *cursor_text(CXTranslationUnit unit, CXCursor cursor) {
    return range_text(unit, clang_getCursorExtent(cursor));
}

typedef struct {
    int count;
    CXCursor items[8];
} Children;

static enum CXChildVisitResult take_child(CXCursor cursor, CXCursor parent, CXClientData data) {
    Children *children = data;
    (void)parent;
    if (children->count < 8)
        children->items[children->count++] = cursor;
    return CXChildVisit_Continue;
}

static Children children_of(CXCursor cursor) {
    Children children = {0};
    clang_visitChildren(cursor, take_child, &children);
    return children;
}

/* The expression within brackets and conversions. */
static CXCursor stripped(CXCursor cursor) {
    while (cursor.kind == CXCursor_UnexposedExpr || cursor.kind == CXCursor_ParenExpr) {
        Children children = children_of(cursor);
        if (children.count != 1)
            break;
        cursor = children.items[0];
    }
    return cursor;
}

typedef struct {
    EmittedFacts *facts;
    FunctionFacts *function;
} Visit;

/* The text of a loop without its body: "for ( int i = 0 ; i < 8 ; i ++ )". */
static char *loop_head(CXTranslationUnit unit, CXCursor loop) {
    Children parts = children_of(loop);
    CXSourceRange whole = clang_getCursorExtent(loop), body = whole;
    if (parts.count > 1)
        body = clang_getCursorExtent(parts.items[parts.count - 1]);
    char *text =
        range_text(unit, clang_getRange(clang_getRangeStart(whole), clang_getRangeStart(body)));
    char *end = strchr(text, ')');
    if (end)
        end[1] = '\0';
    return text;
}

static void note_loop(EmittedFacts *facts, FunctionFacts *function, CXCursor cursor) {
    cr_assert(facts->loop_count < MAX_LOOPS_SEEN);
    LoopFacts *loop = &facts->loops[facts->loop_count++];
    *loop = (LoopFacts){.function = function, .is_for = cursor.kind == CXCursor_ForStmt};
    loop->text = loop_head(facts->unit, cursor);
    char variable[3][64], advance[3], rest = 0;
    long long first, last, step;
    int read = sscanf(loop->text, "for ( int %63s = %lld ; %63s < %lld ; %63s %2s %lld %c",
                      variable[0], &first, variable[1], &last, variable[2], advance, &step, &rest);
    bool by_one = read == 6 && strcmp(advance, "++") == 0;
    bool by_more = read == 8 && strcmp(advance, "+=") == 0 && rest == ')';
    loop->is_literal = (by_one || by_more) && strcmp(variable[0], variable[1]) == 0 &&
                       strcmp(variable[0], variable[2]) == 0;
    loop->variable = strdup(loop->is_literal ? variable[0] : "");
    function->loops++;
}

/* `i = ..`, `i += ..`, `i++`, `&i` in the body of a loop over i. */
static void note_change(EmittedFacts *facts, CXCursor cursor) {
    Children children = children_of(cursor);
    char *text = cursor_text(facts->unit, cursor);
    char *name = children.count ? take_string(clang_getCursorSpelling(stripped(children.items[0])))
                                : strdup("");
    bool assigns = strstr(text, " = ") || strstr(text, "= ") || strstr(text, "++") ||
                   strstr(text, "--") || text[0] == '&';
    for (int i = 0; assigns && i < facts->loop_count; i++)
        if (*name && strcmp(facts->loops[i].variable, name) == 0 &&
            cursor.kind != CXCursor_CompoundAssignOperator)
            facts->loops[i].is_changed = true;
    free(text);
    free(name);
}

/* A value's identifier is its name, perhaps a number, and the number of the instance: p_0,
   digit2_3. */
static bool is_instance_of(CXCursor cursor, const char *value) {
    cursor = stripped(cursor);
    char *name = take_string(clang_getCursorSpelling(cursor));
    size_t length = strlen(value);
    bool is_instance = cursor.kind == CXCursor_DeclRefExpr && strncmp(name, value, length) == 0 &&
                       name[length + strspn(name + length, "0123456789")] == '_';
    free(name);
    return is_instance;
}

/* The operator of a binary expression: the first token after the left operand. */
static void note_binary(EmittedFacts *facts, FunctionFacts *function, CXCursor cursor) {
    Children children = children_of(cursor);
    if (children.count != 2)
        return;
    CXSourceRange between =
        clang_getRange(clang_getRangeEnd(clang_getCursorExtent(children.items[0])),
                       clang_getRangeStart(clang_getCursorExtent(children.items[1])));
    CXToken *tokens;
    unsigned count;
    clang_tokenize(facts->unit, between, &tokens, &count);
    for (unsigned i = 0; i < count; i++) {
        char *token = take_string(clang_getTokenSpelling(facts->unit, tokens[i]));
        function->divisions += strcmp(token, "/") == 0;
        function->differences += strcmp(token, "-") == 0 && facts->watch[0] &&
                                 is_instance_of(children.items[0], facts->watch[0]) &&
                                 is_instance_of(children.items[1], facts->watch[1]);
        free(token);
    }
    clang_disposeTokens(facts->unit, tokens, count);
}

static void note_call(FunctionFacts *function, CXCursor cursor) {
    char *name = take_string(clang_getCursorSpelling(cursor));
    function->logarithms +=
        strncmp(name, "nn_log_", 7) == 0 || strncmp(name, "nn_log1p_exp_", 13) == 0;
    function->exponentials += strncmp(name, "nn_exp_", 7) == 0 ||
                              strncmp(name, "nn_logistic_", 12) == 0 ||
                              strncmp(name, "nn_tanh_", 8) == 0;
    cr_assert(function->call_count < MAX_CALLS);
    function->calls[function->call_count++] = name;
}

static bool is_statement(CXCursor parent) {
    return parent.kind == CXCursor_CompoundStmt;
}

static enum CXChildVisitResult visit_body(CXCursor cursor, CXCursor parent, CXClientData data) {
    Visit *visit = data;
    FunctionFacts *function = visit->function;
    function->statements += is_statement(parent) && cursor.kind != CXCursor_CompoundStmt;
    switch (cursor.kind) {
    case CXCursor_ForStmt:
    case CXCursor_WhileStmt:
    case CXCursor_DoStmt:
    case CXCursor_GotoStmt:
        note_loop(visit->facts, function, cursor);
        break;
    case CXCursor_CallExpr:
        note_call(function, cursor);
        break;
    case CXCursor_BinaryOperator:
        note_binary(visit->facts, function, cursor);
        if (function->is_emitted)
            note_change(visit->facts, cursor);
        break;
    case CXCursor_UnaryOperator:
        if (function->is_emitted && parent.kind != CXCursor_ForStmt)
            note_change(visit->facts, cursor);
        break;
    default:
        break;
    }
    return CXChildVisit_Recurse;
}

static enum CXChildVisitResult visit_unit(CXCursor cursor, CXCursor parent, CXClientData data) {
    EmittedFacts *facts = data;
    (void)parent;
    if (cursor.kind != CXCursor_FunctionDecl || !clang_isCursorDefinition(cursor) ||
        is_from_system(cursor))
        return CXChildVisit_Continue;
    cr_assert(facts->function_count < MAX_FUNCTIONS);
    FunctionFacts *function = &facts->functions[facts->function_count++];
    memset(function, 0, offsetof(FunctionFacts, calls));
    char *name = take_string(clang_getCursorSpelling(cursor));
    snprintf(function->name, sizeof function->name, "%s", name);
    free(name);
    function->is_emitted = is_from_main_file(cursor);
    function->is_public = clang_getCursorLinkage(cursor) == CXLinkage_External;
    Visit visit = {facts, function};
    clang_visitChildren(cursor, visit_body, &visit);
    return CXChildVisit_Continue;
}

static void expect_no_diagnostics(CXTranslationUnit unit) {
    for (unsigned i = 0; i < clang_getNumDiagnostics(unit); i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(unit, i);
        char *text = take_string(
            clang_formatDiagnostic(diagnostic, clang_defaultDiagnosticDisplayOptions()));
        cr_assert(clang_getDiagnosticSeverity(diagnostic) < CXDiagnostic_Warning, "%s", text);
        free(text);
        clang_disposeDiagnostic(diagnostic);
    }
}

/* Makes `compiled` in one step: another test may do the same now. */
static bool precompile(const char *compiled, Target target) {
    const char *const arguments[] = {"-std=c11", "-x", "c-header", target_flag(target)};
    char made[1024];
    snprintf(made, sizeof made, "%s.%ld", compiled, (long)getpid());
    CXIndex index = clang_createIndex(0, 0);
    CXTranslationUnit unit = clang_parseTranslationUnit(
        index, NNGEN_SOURCE "/tests/numeric/intrinsics.h", arguments, 4, NULL, 0,
        CXTranslationUnit_Incomplete | CXTranslationUnit_ForSerialization);
    bool is_made =
        unit &&
        clang_saveTranslationUnit(unit, made, clang_defaultSaveOptions(unit)) == CXSaveError_None &&
        rename(made, compiled) == 0;
    clang_disposeTranslationUnit(unit);
    clang_disposeIndex(index);
    return is_made;
}

/* clang reads its header of intrinsics for longer than a small net: it is precompiled once for each
   target. NULL where a target has none, or it cannot be made, which does no harm. */
static const char *precompiled_intrinsics(Target target) {
    static char compiled[1024];
    const char *flag = target_flag(target);
    if (!strstr(flag, "x86-64-v"))
        return NULL;
    snprintf(compiled, sizeof compiled, "%s/intrinsics%s.pch", NNGEN_SCRATCH, flag);
    return access(compiled, R_OK) == 0 || precompile(compiled, target) ? compiled : NULL;
}

CXTranslationUnit emitted_unit(CXIndex *index, const char *source, const char *header,
                               Target target) {
    const char *arguments[5] = {"-std=c11", "-I" NNGEN_SOURCE "/runtime"};
    const char *flag = target_flag(target), *intrinsics = precompiled_intrinsics(target);
    int count = 2;
    struct CXUnsavedFile files[] = {{NNGEN_SCRATCH "/net.c", source, strlen(source)},
                                    {NNGEN_SCRATCH "/net.h", header, strlen(header)}};
    if (*flag)
        arguments[count++] = flag;
    if (intrinsics) {
        arguments[count++] = "-include-pch";
        arguments[count++] = intrinsics;
    }
    *index = clang_createIndex(1, 0);
    CXTranslationUnit unit = clang_parseTranslationUnit(*index, NNGEN_SCRATCH "/net.c", arguments,
                                                        count, files, 2, CXTranslationUnit_None);
    cr_assert(unit, "clang reads nothing");
    return unit;
}

void emitted_open(EmittedFacts *facts, const char *text, const Options *options, const char *left,
                  const char *right) {
    facts->function_count = facts->loop_count = 0;
    facts->watch[0] = left, facts->watch[1] = right;
    facts->result = compile("model.def", text, strlen(text), "net.h", options);
    const Result *result = &facts->result;
    cr_assert_eq(result->exit_code, 0, "%s", result->diagnostics);
    facts->unit = emitted_unit(&facts->index, result->source, result->header, options->target);
    expect_no_diagnostics(facts->unit);
    clang_visitChildren(clang_getTranslationUnitCursor(facts->unit), visit_unit, facts);
}

void emitted_close(EmittedFacts *facts) {
    for (int i = 0; i < facts->function_count; i++)
        for (int k = 0; k < facts->functions[i].call_count; k++)
            free(facts->functions[i].calls[k]);
    for (int i = 0; i < facts->loop_count; i++) {
        free(facts->loops[i].text);
        free(facts->loops[i].variable);
    }
    clang_disposeTranslationUnit(facts->unit);
    clang_disposeIndex(facts->index);
    result_free(&facts->result);
}

FunctionFacts *function_named(EmittedFacts *facts, const char *name) {
    for (int i = 0; i < facts->function_count; i++)
        if (strcmp(facts->functions[i].name, name) == 0)
            return &facts->functions[i];
    return NULL;
}

/* Marks what `function` can reach; itself only where it is reached again. */
static void mark_reached(EmittedFacts *facts, const FunctionFacts *function, bool *reached) {
    for (int i = 0; i < function->call_count; i++) {
        FunctionFacts *callee = function_named(facts, function->calls[i]);
        if (callee && !reached[callee - facts->functions]) {
            reached[callee - facts->functions] = true;
            mark_reached(facts, callee, reached);
        }
    }
}

bool is_recursive(EmittedFacts *facts, const FunctionFacts *function) {
    bool reached[MAX_FUNCTIONS] = {false};
    mark_reached(facts, function, reached);
    return reached[function - facts->functions];
}

FunctionFacts facts_below(EmittedFacts *facts, const char *name) {
    FunctionFacts sum = {0};
    bool reached[MAX_FUNCTIONS] = {false};
    FunctionFacts *top = function_named(facts, name);
    cr_assert(top, "no function %s", name);
    mark_reached(facts, top, reached);
    reached[top - facts->functions] = true;
    for (int i = 0; i < facts->function_count; i++) {
        const FunctionFacts *function = &facts->functions[i];
        if (!reached[i] || !function->is_emitted)
            continue;
        sum.statements += function->statements;
        sum.loops += function->loops;
        sum.divisions += function->divisions;
        sum.logarithms += function->logarithms;
        sum.exponentials += function->exponentials;
        sum.differences += function->differences;
    }
    return sum;
}
