/* Making typed expressions. In: parts. Out: trees, in the compiler's arena. Not its business:
   whether types, lanes and addresses fit, which the checkers of those who hold expressions say. */

#include "graph/expression.h"

#include <string.h>

Symbols *symbols_new(Compiler *compiler) {
    Symbols *symbols = NEW(compiler, Symbols);
    symbols->compiler = compiler;
    return symbols;
}

int symbols_buffer(Symbols *symbols, Buffer buffer) {
    PUSH(symbols->compiler, symbols->buffers, symbols->buffer_count, buffer);
    return symbols->buffer_count - 1;
}

int symbols_variable(Symbols *symbols, const char *name) {
    PUSH(symbols->compiler, symbols->variables, symbols->variable_count, name);
    return symbols->variable_count - 1;
}

int symbols_register(Symbols *symbols, const char *name, Type type, int lanes) {
    Register made = {name, type, lanes};
    PUSH(symbols->compiler, symbols->registers, symbols->register_count, made);
    return symbols->register_count - 1;
}

uint64_t whole_mask(int lanes) {
    return lanes >= 64 ? UINT64_MAX : ((uint64_t)1 << lanes) - 1;
}

Reference *reference_new(Symbols *symbols, int buffer, int index_count, const Affine *index) {
    Reference *reference = NEW(symbols->compiler, Reference);
    reference->buffer = buffer;
    reference->index_count = index_count;
    reference->index = array_copy(symbols->compiler, index, index_count, sizeof *index);
    reference->lanes = 1;
    reference->stride = 1;
    reference->mask = 1;
    return reference;
}

Reference *reference_lanes(Symbols *symbols, const Reference *reference, int lanes,
                           int64_t stride) {
    Reference *wide =
        reference_new(symbols, reference->buffer, reference->index_count, reference->index);
    wide->lanes = lanes;
    wide->stride = stride;
    wide->mask = whole_mask(lanes);
    return wide;
}

static Expr *expr_new(Symbols *symbols, ExprKind kind, Type type, int lanes) {
    Expr *expr = NEW(symbols->compiler, Expr);
    expr->kind = kind;
    expr->type = type;
    expr->lanes = lanes;
    return expr;
}

static Expr *with_arguments(Symbols *symbols, Expr *expr, int count, Expr *const *arguments) {
    expr->argument_count = count;
    expr->arguments = array_copy(symbols->compiler, arguments, count, sizeof *arguments);
    return expr;
}

static Expr *with_index(Symbols *symbols, Expr *expr, int count, const Affine *index) {
    expr->index_count = count;
    expr->index = array_copy(symbols->compiler, index, count, sizeof *index);
    return expr;
}

Expr *expr_const(Symbols *symbols, Type type, double value) {
    Expr *expr = expr_new(symbols, EXPR_CONST, type, 1);
    expr->value = value;
    return expr;
}

Expr *expr_numbers(Symbols *symbols, const Affine *index, int lanes, int64_t stride) {
    Expr *expr = expr_new(symbols, EXPR_INDEX, TYPE_INT32, lanes);
    expr->stride = stride;
    return with_index(symbols, expr, 1, index);
}

Expr *expr_mask(Symbols *symbols, uint64_t mask, int lanes) {
    Expr *expr = expr_new(symbols, EXPR_MASK, TYPE_BOOL, lanes);
    expr->mask = mask;
    return expr;
}

Expr *expr_register(Symbols *symbols, int reg) {
    const Register *of = &symbols->registers[reg];
    Expr *expr = expr_new(symbols, EXPR_REGISTER, of->type, of->lanes);
    expr->reg = reg;
    return expr;
}

Expr *expr_read(Symbols *symbols, Reference *reference) {
    Expr *expr =
        expr_new(symbols, EXPR_READ, symbols->buffers[reference->buffer].type, reference->lanes);
    expr->reference = reference;
    return expr;
}

Expr *expr_apply(Symbols *symbols, Op op, Expr *a, Expr *b, Expr *c) {
    Expr *arguments[3] = {a, b, c};
    Expr *expr = expr_new(symbols, EXPR_APPLY, op_compares(op) ? TYPE_BOOL : a->type, a->lanes);
    expr->op = op;
    return with_arguments(symbols, expr, op_rows[op].arity, arguments);
}

Expr *expr_and(Symbols *symbols, Expr *a, Expr *b) {
    Expr *arguments[2] = {a, b};
    return with_arguments(symbols, expr_new(symbols, EXPR_AND, TYPE_BOOL, a->lanes), 2, arguments);
}

Expr *expr_test(Symbols *symbols, AffineTest test) {
    Expr *expr = expr_new(symbols, EXPR_TEST, TYPE_BOOL, 1);
    expr->divisor = test.divisor;
    return with_index(symbols, expr, 1, &test.value);
}

AffineTest expr_asked(const Expr *expr) {
    return (AffineTest){expr->index[0], expr->divisor};
}

Expr *expr_select(Symbols *symbols, Expr *test, Expr *a, Expr *b) {
    Expr *arguments[3] = {test, a, b};
    return with_arguments(symbols, expr_new(symbols, EXPR_SELECT, a->type, a->lanes), 3, arguments);
}

Expr *expr_splat(Symbols *symbols, Expr *a, int lanes) {
    return with_arguments(symbols, expr_new(symbols, EXPR_SPLAT, a->type, lanes), 1, &a);
}

Expr *expr_convert(Symbols *symbols, Type type, Expr *a) {
    return with_arguments(symbols, expr_new(symbols, EXPR_CONVERT, type, a->lanes), 1, &a);
}

Expr *expr_random(Symbols *symbols, Type type, Op distribution, int stream, const Affine *example,
                  const Affine *element) {
    Affine index[2];
    int count = 0;
    if (example)
        index[count++] = *example;
    index[count++] = *element;
    Expr *expr = expr_new(symbols, EXPR_RANDOM, type, 1);
    expr->op = distribution;
    expr->number = stream;
    expr->stride = 1;
    return with_index(symbols, expr, count, index);
}

Affine expr_example(const Expr *random) {
    return random->index_count > 1 ? random->index[0] : affine_number(0);
}

Affine expr_element(const Expr *random) {
    return random->index[random->index_count - 1];
}

Expr *expr_across(Symbols *symbols, Op op, Expr *a) {
    Expr *expr = with_arguments(symbols, expr_new(symbols, EXPR_ACROSS, a->type, 1), 1, &a);
    expr->op = op;
    return expr;
}

Expr *expr_sums(Symbols *symbols, int count, Expr **arguments) {
    Expr *expr = expr_new(symbols, EXPR_SUMS, arguments[0]->type, count);
    return with_arguments(symbols, expr, count, arguments);
}

Expr *expr_with(Symbols *symbols, const Expr *expr, Expr **arguments) {
    Expr *copy = NEW(symbols->compiler, Expr);
    *copy = *expr;
    return with_arguments(symbols, copy, expr->argument_count, arguments);
}
