/* Loops that are to be written out: a copy of what is inside for each round, with the number of the
   round in place of the variable.

   In: a kernel with loops marked `unroll` and `each`. Out: none of these; tests that have become
   numbers are decided. Registers and local arrays made inside have a copy each, called after the
   rounds: "s_0_1". Not its business: values that are the same in all rounds, which compilers share. */

#include "lower/passes.h"

#include <inttypes.h>

typedef struct {
    Compiler *compiler;
    Symbols *symbols;
    bool *is_number;       /* by variable: it stands for .. */
    int64_t *number;       /* .. this */
    int *registers;        /* by register of before: the copy in this round, or itself */
    int *buffers;          /* likewise */
    const char *round;     /* "_0_1", or "" */
    const bool *is_wanted; /* by variable: its loop is written out; NULL: where it is marked */
} Unroller;

static Affine at_rounds(const Unroller *unroller, Affine a) {
    for (int i = 0; i < a.term_count; i++) {
        int variable = a.terms[i].variable;
        if (!unroller->is_number[variable])
            continue;
        a = affine_at(unroller->compiler, a, variable, unroller->number[variable]);
        i = -1;
    }
    return a;
}

static AffineTest test_at_rounds(const Unroller *unroller, AffineTest test) {
    return (AffineTest){at_rounds(unroller, test.value), test.divisor};
}

static Affine *indices_at_rounds(Unroller *unroller, int count, const Affine *index) {
    Affine *made = NEW_ARRAY(unroller->compiler, Affine, count + 1);
    for (int i = 0; i < count; i++)
        made[i] = at_rounds(unroller, index[i]);
    return made;
}

static Reference *reference_at_rounds(Unroller *unroller, const Reference *reference) {
    if (!reference)
        return NULL;
    Reference *made = NEW(unroller->compiler, Reference);
    *made = *reference;
    made->buffer = unroller->buffers[reference->buffer];
    made->index = indices_at_rounds(unroller, reference->index_count, reference->index);
    return made;
}

/* 1 or 0 for a test that is decided, -1 for one that is not. */
static int decision(const Expr *test) {
    if (test->kind == EXPR_TEST)
        return test->index[0].term_count == 0 ? affine_test_decision(expr_asked(test), NULL) : -1;
    if (test->kind != EXPR_AND)
        return -1;
    int left = decision(test->arguments[0]), right = decision(test->arguments[1]);
    return left == 0 || right == 0 ? 0 : left == 1 && right == 1 ? 1 : -1;
}

/* A number where the expression has become one, else itself. */
static Expr *as_number(Unroller *unroller, Expr *expr) {
    bool is_index = expr->kind == EXPR_INDEX && expr->lanes == 1 && expr->index[0].term_count == 0;
    if (is_index)
        return expr_const(unroller->symbols, expr->type, (double)expr->index[0].offset);
    const Expr *from = expr->kind == EXPR_CONVERT ? expr->arguments[0] : NULL;
    if (from && from->kind == EXPR_CONST && expr->type != TYPE_UINT8)
        return expr_const(unroller->symbols, expr->type, from->value);
    return expr;
}

static Expr *expr_at_rounds(Unroller *unroller, const Expr *expr) {
    if (!expr)
        return NULL;
    Expr **arguments = NEW_ARRAY(unroller->compiler, Expr *, expr->argument_count + 1);
    for (int i = 0; i < expr->argument_count; i++)
        arguments[i] = expr_at_rounds(unroller, expr->arguments[i]);
    int decided = expr->kind == EXPR_SELECT ? decision(arguments[0]) : -1;
    if (decided >= 0)
        return arguments[decided ? 1 : 2];
    Expr *made = expr_with(unroller->symbols, expr, arguments);
    made->index = indices_at_rounds(unroller, expr->index_count, expr->index);
    made->reference = reference_at_rounds(unroller, expr->reference);
    if (expr->kind == EXPR_REGISTER)
        made->reg = unroller->registers[expr->reg];
    return as_number(unroller, made);
}

static void add_body(Unroller *unroller, const Body *body, Body *out);

static void add_rounds(Unroller *unroller, const Stmt *stmt, Body *out) {
    const char *outer = unroller->round;
    Range range = stmt->range;
    unroller->is_number[stmt->variable] = true;
    for (int64_t i = range.first; i <= range.last; i += range.step) {
        unroller->number[stmt->variable] = i;
        unroller->round =
            format_text(unroller->compiler, "%s_%" PRId64, outer, (i - range.first) / range.step);
        add_body(unroller, stmt->body, out);
    }
    unroller->is_number[stmt->variable] = false;
    unroller->round = outer;
}

static void add_for(Unroller *unroller, const Stmt *stmt, Body *out) {
    bool is_marked = stmt->mark != LOOP_PLAIN && stmt->mark != LOOP_LANES;
    if (unroller->is_wanted ? unroller->is_wanted[stmt->variable] : is_marked) {
        add_rounds(unroller, stmt, out);
        return;
    }
    Stmt *made = NEW(unroller->compiler, Stmt);
    *made = *stmt;
    made->body = body_new(unroller->symbols);
    add_body(unroller, stmt->body, made->body);
    body_add(unroller->symbols, out, made);
}

/* The choice that the body ends with, if it is by these tests and leaves nothing else; or NULL. */
static Stmt *last_choice(const Body *body, int count, const AffineTest *tests) {
    Stmt *last = body->count > 0 ? body->statements[body->count - 1] : NULL;
    if (!last || last->kind != STMT_IF || last->otherwise || last->test_count != count)
        return NULL;
    for (int i = 0; i < count; i++)
        if (last->tests[i].divisor != tests[i].divisor ||
            !affine_equal(last->tests[i].value, tests[i].value))
            return NULL;
    return last;
}

/* Tests that hold are left out; where one does not, or all do, there is no choice left. Rounds with
   the same tests, one behind the other, are one choice. */
static void add_if(Unroller *unroller, const Stmt *stmt, Body *out) {
    AffineTest *tests = NEW_ARRAY(unroller->compiler, AffineTest, stmt->test_count);
    int count = 0;
    for (int i = 0; i < stmt->test_count; i++) {
        AffineTest test = test_at_rounds(unroller, stmt->tests[i]);
        if (test.value.term_count > 0)
            tests[count++] = test;
        else if (affine_test_decision(test, NULL) == 0) {
            if (stmt->otherwise)
                add_body(unroller, stmt->otherwise, out);
            return;
        }
    }
    if (count == 0) {
        add_body(unroller, stmt->body, out);
        return;
    }
    Stmt *last = stmt->otherwise ? NULL : last_choice(out, count, tests);
    if (last) {
        add_body(unroller, stmt->body, last->body);
        return;
    }
    Stmt *made = stmt_if(unroller->symbols, count, tests);
    add_body(unroller, stmt->body, made->body);
    if (stmt->otherwise) {
        made->otherwise = body_new(unroller->symbols);
        add_body(unroller, stmt->otherwise, made->otherwise);
    }
    body_add(unroller->symbols, out, made);
}

static int register_of_round(Unroller *unroller, int reg) {
    Register made = unroller->symbols->registers[reg];
    if (*unroller->round == '\0')
        return reg;
    const char *name = format_text(unroller->compiler, "%s%s", made.name, unroller->round);
    return symbols_register(unroller->symbols, name, made.type, made.lanes);
}

static int buffer_of_round(Unroller *unroller, int buffer) {
    Buffer made = unroller->symbols->buffers[buffer];
    if (*unroller->round == '\0')
        return buffer;
    made.name = format_text(unroller->compiler, "%s%s", made.name, unroller->round);
    return symbols_buffer(unroller->symbols, made);
}

static void add_simple(Unroller *unroller, const Stmt *stmt, Body *out) {
    Stmt *made = NEW(unroller->compiler, Stmt);
    *made = *stmt;
    made->expression = expr_at_rounds(unroller, stmt->expression);
    made->reference = reference_at_rounds(unroller, stmt->reference);
    made->targets = NEW_ARRAY(unroller->compiler, int, stmt->target_count + 1);
    bool is_making = stmt->kind == STMT_LET || stmt->kind == STMT_VAR || stmt->kind == STMT_DRAW;
    for (int i = 0; i < stmt->target_count; i++) {
        if (is_making)
            unroller->registers[stmt->targets[i]] = register_of_round(unroller, stmt->targets[i]);
        made->targets[i] = unroller->registers[stmt->targets[i]];
    }
    if (stmt->kind == STMT_LOCAL)
        made->buffer = unroller->buffers[stmt->buffer] = buffer_of_round(unroller, stmt->buffer);
    body_add(unroller->symbols, out, made);
}

static void add_body(Unroller *unroller, const Body *body, Body *out) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR)
            add_for(unroller, stmt, out);
        else if (stmt->kind == STMT_IF)
            add_if(unroller, stmt, out);
        else
            add_simple(unroller, stmt, out);
    }
}

void unroll(LoopKernel *kernel) {
    write_out(kernel, NULL);
}

void write_out(LoopKernel *kernel, const bool *is_wanted) {
    Symbols *symbols = kernel->symbols;
    Compiler *compiler = symbols->compiler;
    Unroller unroller = {
        .compiler = compiler,
        .symbols = symbols,
        .is_number = NEW_ARRAY(compiler, bool, symbols->variable_count + 1),
        .number = NEW_ARRAY(compiler, int64_t, symbols->variable_count + 1),
        .registers = NEW_ARRAY(compiler, int, symbols->register_count + 1),
        .buffers = NEW_ARRAY(compiler, int, symbols->buffer_count + 1),
        .round = "",
        .is_wanted = is_wanted,
    };
    for (int i = 0; i < symbols->register_count; i++)
        unroller.registers[i] = i;
    for (int i = 0; i < symbols->buffer_count; i++)
        unroller.buffers[i] = i;
    Body *body = body_new(symbols);
    add_body(&unroller, kernel->body, body);
    kernel->body = body;
}
