/* Making loop programs: buffers, names, expressions and statements.

   In: parts. Out: the whole, in the compiler's arena. Not its business: whether it is a right
   program, which loops_check says. */

#include "lower/loops.h"

#include <string.h>

LoopKernel *loops_new(Compiler *compiler, const char *name) {
    LoopKernel *kernel = NEW(compiler, LoopKernel);
    kernel->compiler = compiler;
    kernel->name = name;
    kernel->body = body_new(kernel);
    return kernel;
}

int loops_buffer(LoopKernel *kernel, Buffer buffer) {
    PUSH(kernel->compiler, kernel->buffers, kernel->buffer_count, buffer);
    return kernel->buffer_count - 1;
}

int loops_variable(LoopKernel *kernel, const char *name) {
    PUSH(kernel->compiler, kernel->variables, kernel->variable_count, name);
    return kernel->variable_count - 1;
}

int loops_register(LoopKernel *kernel, const char *name, Type type, int lanes) {
    Register made = {name, type, lanes};
    PUSH(kernel->compiler, kernel->registers, kernel->register_count, made);
    return kernel->register_count - 1;
}

static void *copied(LoopKernel *kernel, const void *items, int count, size_t size) {
    void *copy = arena_alloc(kernel->compiler, (size_t)count * size);
    if (count > 0)
        memcpy(copy, items, (size_t)count * size);
    return copy;
}

uint64_t place_whole(int lanes) {
    return lanes >= 64 ? UINT64_MAX : ((uint64_t)1 << lanes) - 1;
}

Place *place_new(LoopKernel *kernel, int buffer, int index_count, const Affine *index) {
    Place *place = NEW(kernel->compiler, Place);
    place->buffer = buffer;
    place->index_count = index_count;
    place->index = copied(kernel, index, index_count, sizeof *index);
    place->lanes = 1;
    place->stride = 1;
    place->mask = 1;
    return place;
}

Place *place_lanes(LoopKernel *kernel, const Place *place, int lanes, int64_t stride) {
    Place *wide = place_new(kernel, place->buffer, place->index_count, place->index);
    wide->lanes = lanes;
    wide->stride = stride;
    wide->mask = place_whole(lanes);
    return wide;
}

static Expr *expr_new(LoopKernel *kernel, ExprKind kind, Type type, int lanes) {
    Expr *expr = NEW(kernel->compiler, Expr);
    expr->kind = kind;
    expr->type = type;
    expr->lanes = lanes;
    return expr;
}

static Expr *with_arguments(LoopKernel *kernel, Expr *expr, int count, Expr *const *arguments) {
    expr->argument_count = count;
    expr->arguments = copied(kernel, arguments, count, sizeof *arguments);
    return expr;
}

static Expr *with_index(LoopKernel *kernel, Expr *expr, int count, const Affine *index) {
    expr->index_count = count;
    expr->index = copied(kernel, index, count, sizeof *index);
    return expr;
}

Expr *expr_const(LoopKernel *kernel, Type type, double value) {
    Expr *expr = expr_new(kernel, EXPR_CONST, type, 1);
    expr->value = value;
    return expr;
}

Expr *expr_index(LoopKernel *kernel, const Affine *index) {
    return with_index(kernel, expr_new(kernel, EXPR_INDEX, TYPE_INT32, 1), 1, index);
}

Expr *expr_register(LoopKernel *kernel, int reg) {
    const Register *of = &kernel->registers[reg];
    Expr *expr = expr_new(kernel, EXPR_REGISTER, of->type, of->lanes);
    expr->reg = reg;
    return expr;
}

Expr *expr_read(LoopKernel *kernel, Place *place) {
    Expr *expr = expr_new(kernel, EXPR_READ, kernel->buffers[place->buffer].type, place->lanes);
    expr->place = place;
    return expr;
}

Expr *expr_apply(LoopKernel *kernel, Op op, Expr *a, Expr *b, Expr *c) {
    Expr *arguments[3] = {a, b, c};
    Expr *expr = expr_new(kernel, EXPR_APPLY, op_compares(op) ? TYPE_BOOL : a->type, a->lanes);
    expr->op = op;
    return with_arguments(kernel, expr, op_rows[op].arity, arguments);
}

Expr *expr_and(LoopKernel *kernel, Expr *a, Expr *b) {
    Expr *arguments[2] = {a, b};
    return with_arguments(kernel, expr_new(kernel, EXPR_AND, TYPE_BOOL, a->lanes), 2, arguments);
}

Expr *expr_test(LoopKernel *kernel, const Affine *index) {
    return with_index(kernel, expr_new(kernel, EXPR_TEST, TYPE_BOOL, 1), 1, index);
}

Expr *expr_select(LoopKernel *kernel, Expr *test, Expr *a, Expr *b) {
    Expr *arguments[3] = {test, a, b};
    return with_arguments(kernel, expr_new(kernel, EXPR_SELECT, a->type, a->lanes), 3, arguments);
}

Expr *expr_splat(LoopKernel *kernel, Expr *a, int lanes) {
    return with_arguments(kernel, expr_new(kernel, EXPR_SPLAT, a->type, lanes), 1, &a);
}

Expr *expr_convert(LoopKernel *kernel, Type type, Expr *a) {
    return with_arguments(kernel, expr_new(kernel, EXPR_CONVERT, type, a->lanes), 1, &a);
}

Expr *expr_random(LoopKernel *kernel, Type type, Op distribution, int stream, const Affine *example,
                  const Affine *element) {
    Affine index[2] = {*example, *element};
    Expr *expr = expr_new(kernel, EXPR_RANDOM, type, 1);
    expr->op = distribution;
    expr->number = stream;
    return with_index(kernel, expr, 2, index);
}

Expr *expr_across(LoopKernel *kernel, Op op, Expr *a) {
    Expr *expr = with_arguments(kernel, expr_new(kernel, EXPR_ACROSS, a->type, 1), 1, &a);
    expr->op = op;
    return expr;
}

Expr *expr_sums(LoopKernel *kernel, int count, Expr **arguments) {
    Expr *expr = expr_new(kernel, EXPR_SUMS, arguments[0]->type, count);
    return with_arguments(kernel, expr, count, arguments);
}

Expr *expr_with(LoopKernel *kernel, const Expr *expr, Expr **arguments) {
    Expr *copy = NEW(kernel->compiler, Expr);
    *copy = *expr;
    return with_arguments(kernel, copy, expr->argument_count, arguments);
}

Body *body_new(LoopKernel *kernel) {
    return NEW(kernel->compiler, Body);
}

void body_add(LoopKernel *kernel, Body *body, Stmt *stmt) {
    PUSH(kernel->compiler, body->statements, body->count, stmt);
}

Stmt *stmt_new(LoopKernel *kernel, StmtKind kind) {
    Stmt *stmt = NEW(kernel->compiler, Stmt);
    stmt->kind = kind;
    return stmt;
}

Stmt *stmt_for(LoopKernel *kernel, int variable, Range range) {
    Stmt *stmt = stmt_new(kernel, STMT_FOR);
    stmt->variable = variable;
    stmt->range = range;
    stmt->body = body_new(kernel);
    return stmt;
}

Stmt *stmt_if(LoopKernel *kernel, int test_count, const Affine *tests) {
    Stmt *stmt = stmt_new(kernel, STMT_IF);
    stmt->test_count = test_count;
    stmt->tests = copied(kernel, tests, test_count, sizeof *tests);
    stmt->body = body_new(kernel);
    return stmt;
}

static Stmt *with_targets(LoopKernel *kernel, Stmt *stmt, int count, const int *registers) {
    stmt->target_count = count;
    stmt->targets = copied(kernel, registers, count, sizeof *registers);
    return stmt;
}

Stmt *stmt_let(LoopKernel *kernel, int reg, Expr *expression) {
    Stmt *stmt = with_targets(kernel, stmt_new(kernel, STMT_LET), 1, &reg);
    stmt->expression = expression;
    return stmt;
}

Stmt *stmt_set(LoopKernel *kernel, int reg, Expr *expression) {
    Stmt *stmt = with_targets(kernel, stmt_new(kernel, STMT_SET), 1, &reg);
    stmt->expression = expression;
    return stmt;
}

Stmt *stmt_store(LoopKernel *kernel, Place *place, Expr *expression) {
    Stmt *stmt = stmt_new(kernel, STMT_STORE);
    stmt->place = place;
    stmt->expression = expression;
    return stmt;
}
