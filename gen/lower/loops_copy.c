/* A loop program once more, in memory of its own: what passes have made on their way is given back.
   In: a kernel. Out: an equal one that shares nothing with it. */

#include "lower/loops.h"

#include <string.h>

static const char *name_copy(Compiler *compiler, const char *name) {
    return array_copy(compiler, name, (int)strlen(name) + 1, 1);
}

static Affine *affines_copy(Compiler *compiler, const Affine *affines, int count) {
    Affine *made = array_copy(compiler, affines, count, sizeof *affines);
    for (int i = 0; i < count; i++)
        made[i].terms = array_copy(compiler, made[i].terms, made[i].term_count, sizeof(Term));
    return made;
}

static Reference *reference_copy(Compiler *compiler, const Reference *reference) {
    if (!reference)
        return NULL;
    Reference *made = array_copy(compiler, reference, 1, sizeof *reference);
    made->index = affines_copy(compiler, reference->index, reference->index_count);
    return made;
}

static Expr *expr_copy(Compiler *compiler, const Expr *expr) {
    if (!expr)
        return NULL;
    Expr *made = array_copy(compiler, expr, 1, sizeof *expr);
    made->index = affines_copy(compiler, expr->index, expr->index_count);
    made->reference = reference_copy(compiler, expr->reference);
    made->arguments =
        array_copy(compiler, expr->arguments, expr->argument_count, sizeof *expr->arguments);
    for (int i = 0; i < expr->argument_count; i++)
        made->arguments[i] = expr_copy(compiler, expr->arguments[i]);
    return made;
}

static Body *body_copy(Compiler *compiler, const Body *body);

static Stmt *stmt_copy(Compiler *compiler, const Stmt *stmt) {
    Stmt *made = array_copy(compiler, stmt, 1, sizeof *stmt);
    made->tests = array_copy(compiler, stmt->tests, stmt->test_count, sizeof *stmt->tests);
    for (int i = 0; i < stmt->test_count; i++)
        made->tests[i].value = *affines_copy(compiler, &stmt->tests[i].value, 1);
    made->targets = array_copy(compiler, stmt->targets, stmt->target_count, sizeof *stmt->targets);
    made->expression = expr_copy(compiler, stmt->expression);
    made->reference = reference_copy(compiler, stmt->reference);
    made->body = body_copy(compiler, stmt->body);
    made->otherwise = body_copy(compiler, stmt->otherwise);
    return made;
}

static Body *body_copy(Compiler *compiler, const Body *body) {
    if (!body)
        return NULL;
    Body *made = array_copy(compiler, body, 1, sizeof *body);
    made->statements = array_copy(compiler, body->statements, body->count, sizeof(Stmt *));
    for (int i = 0; i < body->count; i++)
        made->statements[i] = stmt_copy(compiler, body->statements[i]);
    return made;
}

LoopKernel *loops_copy(const LoopKernel *kernel) {
    Compiler *compiler = kernel->symbols->compiler;
    LoopKernel *made = loops_like(kernel);
    Symbols *symbols = made->symbols;
    made->name = name_copy(compiler, kernel->name);
    for (int i = 0; i < symbols->buffer_count; i++)
        symbols->buffers[i].name = name_copy(compiler, symbols->buffers[i].name);
    for (int i = 0; i < symbols->variable_count; i++)
        symbols->variables[i] = name_copy(compiler, symbols->variables[i]);
    for (int i = 0; i < symbols->register_count; i++)
        symbols->registers[i].name = name_copy(compiler, symbols->registers[i].name);
    made->body = body_copy(compiler, kernel->body);
    return made;
}
