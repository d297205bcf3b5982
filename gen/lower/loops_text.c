/* The text form of a loop program, which golden files hold and which passes are tested in: a
   statement a line, two spaces a level.

       kernel h(x: f32[400], h.weight: f32[1280] align 64, h: f32[1000] out)
         for b0 = 0..20 by 4, k = 0..20
           let x_0 = splat(x[20*b0 + k]):16
           h[50*b0 + 48]:16 mask 0x3 = fma(x_0, h.weight[32*k]:16, s_0)

   Expressions are written as in C, with functions for what C has not. A constant has its type
   behind it where that is not f32. Loops with nothing but one loop in them share a line.

   In: a kernel. Out: text. */

#include "lower/loops.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const char *const type_names[] = {
    [TYPE_FLOAT] = "f32", [TYPE_DOUBLE] = "f64", [TYPE_INT32] = "i32",
    [TYPE_UINT8] = "u8",  [TYPE_BOOL] = "bool",
};

enum { LEVEL_AND = 0, LEVEL_NEG = 4, LEVEL_ATOM = 6 };

static void print_affine(Text *out, const LoopKernel *kernel, const Affine *affine) {
    text_add(out, "%s", affine_text(kernel->compiler, *affine, kernel->variables));
}

static void print_type(Text *out, Type type, int lanes) {
    text_add(out, "%s", type_names[type]);
    if (lanes > 1)
        text_add(out, "x%d", lanes);
}

static void print_indices(Text *out, const LoopKernel *kernel, int count, const Affine *index) {
    for (int i = 0; i < count; i++) {
        text_add(out, "%s", i ? ", " : "");
        print_affine(out, kernel, &index[i]);
    }
}

static void print_place(Text *out, const LoopKernel *kernel, const Place *place) {
    text_add(out, "%s[", kernel->buffers[place->buffer].name);
    print_indices(out, kernel, place->index_count, place->index);
    text_add(out, "]");
    if (place->lanes == 1)
        return;
    text_add(out, ":%d", place->lanes);
    if (place->stride != 1)
        text_add(out, " by %" PRId64, place->stride);
    if (place->mask != place_whole(place->lanes))
        text_add(out, " mask 0x%" PRIx64, place->mask);
}

static void print_number(Text *out, const Expr *expr) {
    if (isinf(expr->value))
        text_add(out, expr->value < 0 ? "-infinity" : "infinity");
    else
        text_add(out, "%.17g", expr->value);
    if (expr->type != TYPE_FLOAT)
        text_add(out, ":%s", type_names[expr->type]);
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

static void print_expr(Text *out, const LoopKernel *kernel, const Expr *expr);

/* In parentheses where it binds less than `level`. */
static void print_within(Text *out, const LoopKernel *kernel, const Expr *expr, int level) {
    bool is_loose = level_of(expr) < level;
    text_add(out, "%s", is_loose ? "(" : "");
    print_expr(out, kernel, expr);
    text_add(out, "%s", is_loose ? ")" : "");
}

static void print_call(Text *out, const LoopKernel *kernel, const char *function,
                       const Expr *expr) {
    text_add(out, "%s(", function);
    for (int i = 0; i < expr->argument_count; i++) {
        text_add(out, "%s", i ? ", " : "");
        print_expr(out, kernel, expr->arguments[i]);
    }
    text_add(out, ")");
}

static void print_apply(Text *out, const LoopKernel *kernel, const Expr *expr) {
    const Infix *infix = infix_by_op(expr->op);
    if (expr->op == OP_NEG) {
        text_add(out, "-");
        print_within(out, kernel, expr->arguments[0], LEVEL_NEG + 1);
    } else if (infix) {
        print_within(out, kernel, expr->arguments[0], infix->level);
        text_add(out, " %s ", infix->text);
        print_within(out, kernel, expr->arguments[1], infix->level + 1);
    } else
        print_call(out, kernel, op_rows[expr->op].name, expr);
}

static void print_random(Text *out, const LoopKernel *kernel, const Expr *expr) {
    text_add(out, "%s(%d, ", op_rows[expr->op].name, expr->number);
    print_indices(out, kernel, expr->index_count, expr->index);
    text_add(out, ")");
    if (expr->lanes > 1)
        text_add(out, ":%d%s", expr->lanes, expr->examples_in_lanes ? " examples" : "");
    if (expr->type != TYPE_FLOAT)
        text_add(out, " %s", type_names[expr->type]);
}

static void print_expr(Text *out, const LoopKernel *kernel, const Expr *expr) {
    switch (expr->kind) {
    case EXPR_CONST:
        print_number(out, expr);
        break;
    case EXPR_INDEX:
        text_add(out, "index(");
        print_affine(out, kernel, expr->index);
        text_add(out, ")");
        break;
    case EXPR_REGISTER:
        text_add(out, "%s", kernel->registers[expr->reg].name);
        break;
    case EXPR_READ:
        print_place(out, kernel, expr->place);
        break;
    case EXPR_APPLY:
        print_apply(out, kernel, expr);
        break;
    case EXPR_AND:
        print_within(out, kernel, expr->arguments[0], LEVEL_AND);
        text_add(out, " and ");
        print_within(out, kernel, expr->arguments[1], LEVEL_AND + 1);
        break;
    case EXPR_TEST:
        text_add(out, "inside(");
        print_affine(out, kernel, expr->index);
        text_add(out, ")");
        break;
    case EXPR_SELECT:
        print_call(out, kernel, "select", expr);
        break;
    case EXPR_SPLAT:
        print_call(out, kernel, "splat", expr);
        text_add(out, ":%d", expr->lanes);
        break;
    case EXPR_CONVERT:
        print_call(out, kernel, type_names[expr->type], expr);
        break;
    case EXPR_RANDOM:
        print_random(out, kernel, expr);
        break;
    case EXPR_ACROSS:
        print_call(out, kernel, expr->op == OP_ADD ? "across" : "max_across", expr);
        break;
    case EXPR_SUMS:
        print_call(out, kernel, "sums", expr);
        break;
    }
}

static void print_level(Text *out, int level) {
    text_add(out, "%*s", 2 * level, "");
}

static void print_targets(Text *out, const LoopKernel *kernel, const Stmt *stmt) {
    for (int i = 0; i < stmt->target_count; i++)
        text_add(out, "%s%s", i ? ", " : "", kernel->registers[stmt->targets[i]].name);
}

static void print_body(Text *out, const LoopKernel *kernel, const Body *body, int level);

static void print_range(Text *out, const LoopKernel *kernel, const Stmt *stmt) {
    Range range = stmt->range;
    text_add(out, "%s = %" PRId64 "..%" PRId64, kernel->variables[stmt->variable], range.first,
             range.last + range.step);
    if (range.step != 1)
        text_add(out, " by %" PRId64, range.step);
    text_add(out, "%s", stmt->is_kept ? " kept" : "");
}

static bool is_loop_alone(const Body *body) {
    return body->count == 1 && body->statements[0]->kind == STMT_FOR;
}

static void print_for(Text *out, const LoopKernel *kernel, const Stmt *stmt, int level) {
    text_add(out, "for ");
    print_range(out, kernel, stmt);
    for (; is_loop_alone(stmt->body); print_range(out, kernel, stmt)) {
        text_add(out, ", ");
        stmt = stmt->body->statements[0];
    }
    text_add(out, "\n");
    print_body(out, kernel, stmt->body, level + 1);
}

static void print_if(Text *out, const LoopKernel *kernel, const Stmt *stmt, int level) {
    text_add(out, "if ");
    for (int i = 0; i < stmt->test_count; i++) {
        text_add(out, "%s", i ? " and " : "");
        print_affine(out, kernel, &stmt->tests[i]);
        text_add(out, " >= 0");
    }
    text_add(out, "\n");
    print_body(out, kernel, stmt->body, level + 1);
    if (!stmt->otherwise)
        return;
    print_level(out, level);
    text_add(out, "else\n");
    print_body(out, kernel, stmt->otherwise, level + 1);
}

static void print_extents(Text *out, const Buffer *buffer) {
    text_add(out, "%s[", type_names[buffer->type]);
    for (int axis = 0; axis < buffer->rank; axis++)
        text_add(out, "%s%" PRId64, axis ? ", " : "", buffer->extent[axis]);
    text_add(out, "]");
    if (buffer->alignment > 0)
        text_add(out, " align %d", buffer->alignment);
}

static void print_var(Text *out, const LoopKernel *kernel, const Stmt *stmt) {
    const Register *first = &kernel->registers[stmt->targets[0]];
    text_add(out, "var ");
    print_targets(out, kernel, stmt);
    text_add(out, ": ");
    print_type(out, first->type, first->lanes);
    if (stmt->expression) {
        text_add(out, " = ");
        print_expr(out, kernel, stmt->expression);
    }
}

static void print_assignment(Text *out, const LoopKernel *kernel, const Stmt *stmt,
                             const char *sign) {
    if (stmt->place)
        print_place(out, kernel, stmt->place);
    else
        print_targets(out, kernel, stmt);
    text_add(out, " %s ", sign);
    print_expr(out, kernel, stmt->expression);
}

static const char *accumulate_sign(const Stmt *stmt) {
    return stmt->is_fused ? "fma=" : stmt->op == OP_ADD ? "+=" : "max=";
}

static void print_simple(Text *out, const LoopKernel *kernel, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_LET:
        text_add(out, "let ");
        print_assignment(out, kernel, stmt, "=");
        break;
    case STMT_VAR:
        print_var(out, kernel, stmt);
        break;
    case STMT_LOCAL:
        text_add(out, "local %s: ", kernel->buffers[stmt->buffer].name);
        print_extents(out, &kernel->buffers[stmt->buffer]);
        break;
    case STMT_ACCUMULATE:
        print_assignment(out, kernel, stmt, accumulate_sign(stmt));
        break;
    case STMT_DRAW:
        text_add(out, "draw ");
        print_assignment(out, kernel, stmt, "=");
        break;
    case STMT_TRANSPOSE:
        text_add(out, "transpose ");
        print_targets(out, kernel, stmt);
        break;
    case STMT_FETCH:
        text_add(out, "fetch ");
        print_place(out, kernel, stmt->place);
        break;
    case STMT_FENCE:
        text_add(out, "fence");
        break;
    default: /* SET, STORE */
        print_assignment(out, kernel, stmt, "=");
        break;
    }
    text_add(out, "\n");
}

static void print_body(Text *out, const LoopKernel *kernel, const Body *body, int level) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        print_level(out, level);
        if (stmt->kind == STMT_FOR)
            print_for(out, kernel, stmt, level);
        else if (stmt->kind == STMT_IF)
            print_if(out, kernel, stmt, level);
        else
            print_simple(out, kernel, stmt);
    }
}

void loops_text(Text *out, const LoopKernel *kernel) {
    text_add(out, "kernel %s(", kernel->name);
    int shown = 0;
    for (int i = 0; i < kernel->buffer_count; i++) {
        const Buffer *buffer = &kernel->buffers[i];
        if (buffer->is_local)
            continue;
        text_add(out, "%s%s: ", shown++ ? ", " : "", buffer->name);
        print_extents(out, buffer);
        text_add(out, "%s", buffer->is_written ? " out" : "");
    }
    text_add(out, ")\n");
    print_body(out, kernel, kernel->body, 1);
}
