/* Expressions as text: the same in equations and in loop programs. In: expressions. Out: text. */

#include "graph/expression.h"

#include <inttypes.h>
#include <math.h>

enum { LEVEL_AND = 0, LEVEL_NEG = 4, LEVEL_ATOM = 6 };

static void print_affine(Text *out, const Symbols *symbols, const Affine *affine) {
    text_add(out, "%s", affine_text(symbols->compiler, *affine, symbols->variables));
}

static void print_indices(Text *out, const Symbols *symbols, int count, const Affine *index) {
    for (int i = 0; i < count; i++) {
        text_add(out, "%s", i ? ", " : "");
        print_affine(out, symbols, &index[i]);
    }
}

void reference_text(Text *out, const Symbols *symbols, const Reference *reference) {
    text_add(out, "%s[", symbols->buffers[reference->buffer].name);
    print_indices(out, symbols, reference->index_count, reference->index);
    text_add(out, "]");
    if (reference->lanes == 1)
        return;
    text_add(out, ":%d", reference->lanes);
    if (reference->stride != 1)
        text_add(out, " by %" PRId64, reference->stride);
    if (reference->mask != whole_mask(reference->lanes))
        text_add(out, " mask 0x%" PRIx64, reference->mask);
}

static void print_number(Text *out, const Expr *expr) {
    if (isinf(expr->value))
        text_add(out, expr->value < 0 ? "-infinity" : "infinity");
    else
        text_add(out, "%.17g", expr->value);
    if (expr->type != TYPE_FLOAT)
        text_add(out, ":%s", type_text(expr->type));
}

static int level_of(const Expr *expr) {
    if (expr->kind == EXPR_AND)
        return LEVEL_AND;
    if (expr->kind == EXPR_TEST)
        return infix_by_op(OP_LESS)->level;
    if (expr->kind == EXPR_CONST)
        return signbit(expr->value) ? LEVEL_NEG : LEVEL_ATOM;
    if (expr->kind != EXPR_APPLY)
        return LEVEL_ATOM;
    const Infix *infix = infix_by_op(expr->op);
    return expr->op == OP_NEG ? LEVEL_NEG : infix ? infix->level : LEVEL_ATOM;
}

/* In parentheses where it binds less than `level`. */
static void print_within(Text *out, const Symbols *symbols, const Expr *expr, int level) {
    bool is_loose = level_of(expr) < level;
    text_add(out, "%s", is_loose ? "(" : "");
    expr_text(out, symbols, expr);
    text_add(out, "%s", is_loose ? ")" : "");
}

static void print_call(Text *out, const Symbols *symbols, const char *function, const Expr *expr) {
    text_add(out, "%s(", function);
    for (int i = 0; i < expr->argument_count; i++) {
        text_add(out, "%s", i ? ", " : "");
        expr_text(out, symbols, expr->arguments[i]);
    }
    text_add(out, ")");
}

static void print_apply(Text *out, const Symbols *symbols, const Expr *expr) {
    const Infix *infix = infix_by_op(expr->op);
    if (expr->op == OP_NEG) {
        text_add(out, "-");
        print_within(out, symbols, expr->arguments[0], LEVEL_NEG + 1);
    } else if (infix) {
        print_within(out, symbols, expr->arguments[0], infix->level);
        text_add(out, " %s ", infix->text);
        print_within(out, symbols, expr->arguments[1], infix->level + 1);
    } else
        print_call(out, symbols, op_rows[expr->op].name, expr);
}

static void print_lanes(Text *out, const Expr *expr) {
    if (expr->lanes == 1)
        return;
    text_add(out, ":%d", expr->lanes);
    if (expr->stride != 1)
        text_add(out, " by %" PRId64, expr->stride);
}

static void print_random(Text *out, const Symbols *symbols, const Expr *expr) {
    text_add(out, "%s(%d, ", op_rows[expr->op].name, expr->number);
    print_indices(out, symbols, expr->index_count, expr->index);
    text_add(out, ")");
    print_lanes(out, expr);
    text_add(out, "%s", expr->examples_in_lanes ? " examples" : "");
    if (expr->type != TYPE_FLOAT)
        text_add(out, " %s", type_text(expr->type));
}

void expr_text(Text *out, const Symbols *symbols, const Expr *expr) {
    switch (expr->kind) {
    case EXPR_CONST:
        print_number(out, expr);
        break;
    case EXPR_INDEX:
        text_add(out, "index(");
        print_affine(out, symbols, expr->index);
        text_add(out, ")");
        print_lanes(out, expr);
        break;
    case EXPR_MASK:
        text_add(out, "lanes(0x%" PRIx64 "):%d", expr->mask, expr->lanes);
        break;
    case EXPR_REGISTER:
        text_add(out, "%s", symbols->registers[expr->reg].name);
        break;
    case EXPR_READ:
        reference_text(out, symbols, expr->reference);
        break;
    case EXPR_APPLY:
        print_apply(out, symbols, expr);
        break;
    case EXPR_AND:
        print_within(out, symbols, expr->arguments[0], LEVEL_AND);
        text_add(out, " and ");
        print_within(out, symbols, expr->arguments[1], LEVEL_AND + 1);
        break;
    case EXPR_TEST:
        if (expr->divisor)
            text_add(out, "divides(%" PRId64 ", ", expr->divisor);
        else
            text_add(out, "inside(");
        print_affine(out, symbols, expr->index);
        text_add(out, ")");
        break;
    case EXPR_SELECT:
        print_call(out, symbols, "select", expr);
        break;
    case EXPR_SPLAT:
        print_call(out, symbols, "splat", expr);
        text_add(out, ":%d", expr->lanes);
        break;
    case EXPR_CONVERT:
        print_call(out, symbols, type_text(expr->type), expr);
        break;
    case EXPR_RANDOM:
        print_random(out, symbols, expr);
        break;
    case EXPR_ACROSS:
        print_call(out, symbols, expr->op == OP_ADD ? "across" : "max_across", expr);
        break;
    case EXPR_SUMS:
        print_call(out, symbols, "sums", expr);
        break;
    }
}
