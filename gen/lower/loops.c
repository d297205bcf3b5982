/* Making loop programs. In: parts. Out: the whole, in the compiler's arena. Not its business:
   whether it is a right program, which loops_check says. */

#include "lower/loops.h"

LoopKernel *loops_new(Compiler *compiler, const char *name) {
    LoopKernel *kernel = NEW(compiler, LoopKernel);
    kernel->name = name;
    kernel->symbols = symbols_new(compiler);
    kernel->body = body_new(kernel->symbols);
    return kernel;
}

LoopKernel *loops_like(const LoopKernel *kernel) {
    const Symbols *from = kernel->symbols;
    Compiler *compiler = from->compiler;
    LoopKernel *made = loops_new(compiler, kernel->name);
    made->formula = kernel->formula;
    made->plan = kernel->plan;
    for (int i = 0; i < from->buffer_count; i++)
        symbols_buffer(made->symbols, from->buffers[i]);
    for (int i = 0; i < from->variable_count; i++)
        symbols_variable(made->symbols, from->variables[i]);
    for (int i = 0; i < from->register_count; i++)
        symbols_register(made->symbols, from->registers[i].name, from->registers[i].type,
                         from->registers[i].lanes);
    return made;
}

Body *body_new(Symbols *symbols) {
    return NEW(symbols->compiler, Body);
}

void body_add(Symbols *symbols, Body *body, Stmt *stmt) {
    PUSH(symbols->compiler, body->statements, body->count, stmt);
}

Stmt *stmt_new(Symbols *symbols, StmtKind kind) {
    Stmt *stmt = NEW(symbols->compiler, Stmt);
    stmt->kind = kind;
    return stmt;
}

Stmt *stmt_like(Symbols *symbols, const Stmt *stmt) {
    Stmt *made = stmt_new(symbols, stmt->kind);
    *made = *stmt;
    if (stmt->body)
        made->body = body_new(symbols);
    if (stmt->otherwise)
        made->otherwise = body_new(symbols);
    return made;
}

Stmt *stmt_for(Symbols *symbols, int variable, Range range) {
    Stmt *stmt = stmt_new(symbols, STMT_FOR);
    stmt->variable = variable;
    stmt->range = range;
    stmt->body = body_new(symbols);
    return stmt;
}

Stmt *stmt_if(Symbols *symbols, int test_count, const AffineTest *tests) {
    Stmt *stmt = stmt_new(symbols, STMT_IF);
    stmt->test_count = test_count;
    stmt->tests = array_copy(symbols->compiler, tests, test_count, sizeof *tests);
    stmt->body = body_new(symbols);
    return stmt;
}

static Stmt *with_targets(Symbols *symbols, Stmt *stmt, int count, const int *registers) {
    stmt->target_count = count;
    stmt->targets = array_copy(symbols->compiler, registers, count, sizeof *registers);
    return stmt;
}

Stmt *stmt_let(Symbols *symbols, int reg, Expr *expression) {
    Stmt *stmt = with_targets(symbols, stmt_new(symbols, STMT_LET), 1, &reg);
    stmt->expression = expression;
    return stmt;
}

Stmt *stmt_set(Symbols *symbols, int reg, Expr *expression) {
    Stmt *stmt = with_targets(symbols, stmt_new(symbols, STMT_SET), 1, &reg);
    stmt->expression = expression;
    return stmt;
}

Stmt *stmt_store(Symbols *symbols, Reference *reference, Expr *expression) {
    Stmt *stmt = stmt_new(symbols, STMT_STORE);
    stmt->reference = reference;
    stmt->expression = expression;
    return stmt;
}

static void note_draws(const Expr *expr, LoopDraws *draws) {
    draws->any |= expr->kind == EXPR_RANDOM;
    draws->by_example |= expr->kind == EXPR_RANDOM && expr->index_count > 1;
    for (int i = 0; i < expr->argument_count; i++)
        note_draws(expr->arguments[i], draws);
}

static void note_draws_of_body(const Body *body, LoopDraws *draws) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->expression)
            note_draws(stmt->expression, draws);
        if (stmt->body)
            note_draws_of_body(stmt->body, draws);
        if (stmt->otherwise)
            note_draws_of_body(stmt->otherwise, draws);
    }
}

LoopDraws loops_draws(const LoopKernel *kernel) {
    LoopDraws draws = {0};
    note_draws_of_body(kernel->body, &draws);
    return draws;
}
