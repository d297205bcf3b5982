/* What passes leave behind: registers that nobody reads, variables that are set once, values that are made
   to be used in the next line.

   In: a kernel. Out: none of these; a second run changes nothing. Stores keep their order. Not its
   business: loads that are equal, which compilers share. */

#include "lower/passes.h"

typedef struct {
    Symbols *symbols;
    int *uses, *sets;  /* by register */
    bool *is_constant; /* by register: a variable that a single SET beside its VAR makes */
    bool has_changed;
} Cleaner;

static void count_expr(Cleaner *cleaner, const Expr *expr) {
    if (expr->kind == EXPR_REGISTER)
        cleaner->uses[expr->reg]++;
    for (int i = 0; i < expr->argument_count; i++)
        count_expr(cleaner, expr->arguments[i]);
}

static void count_body(Cleaner *cleaner, const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->expression)
            count_expr(cleaner, stmt->expression);
        for (int k = 0; k < stmt->target_count; k++) {
            cleaner->sets[stmt->targets[k]] += stmt->kind == STMT_SET;
            if (stmt->kind == STMT_TRANSPOSE) {
                cleaner->sets[stmt->targets[k]] += 2; /* reads and changes it */
                cleaner->uses[stmt->targets[k]]++;
            }
        }
        if (stmt->body)
            count_body(cleaner, stmt->body);
        if (stmt->otherwise)
            count_body(cleaner, stmt->otherwise);
    }
}

/* Variables without a first value whose only SET stands in the same body. */
static void find_constants(Cleaner *cleaner, const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind != STMT_SET || cleaner->sets[stmt->targets[0]] != 1)
            continue;
        for (int k = 0; k < i; k++) {
            const Stmt *before = body->statements[k];
            if (before->kind == STMT_VAR && before->target_count == 1 && !before->expression &&
                before->targets[0] == stmt->targets[0])
                cleaner->is_constant[stmt->targets[0]] = true;
        }
    }
}

static bool reads(const Expr *expr, int reg) {
    if (expr->kind == EXPR_REGISTER && expr->reg == reg)
        return true;
    for (int i = 0; i < expr->argument_count; i++)
        if (reads(expr->arguments[i], reg))
            return true;
    return false;
}

static Expr *with_value(Cleaner *cleaner, Expr *expr, int reg, Expr *value) {
    if (expr->kind == EXPR_REGISTER)
        return expr->reg == reg ? value : expr;
    if (expr->argument_count == 0)
        return expr;
    Expr **arguments = NEW_ARRAY(cleaner->symbols->compiler, Expr *, expr->argument_count);
    for (int i = 0; i < expr->argument_count; i++)
        arguments[i] = with_value(cleaner, expr->arguments[i], reg, value);
    return expr_with(cleaner->symbols, expr, arguments);
}

/* A value that is used once, in the statement that follows, which is no loop. */
static bool is_for_next(const Cleaner *cleaner, const Stmt *stmt, const Stmt *next) {
    return stmt->kind == STMT_LET && next && next->expression && !next->body &&
           cleaner->uses[stmt->targets[0]] == 1 && reads(next->expression, stmt->targets[0]);
}

static bool is_dead(const Cleaner *cleaner, const Stmt *stmt) {
    bool makes = stmt->kind == STMT_LET || stmt->kind == STMT_VAR || stmt->kind == STMT_SET;
    return makes && stmt->target_count == 1 && cleaner->uses[stmt->targets[0]] == 0;
}

static Body *cleaned(Cleaner *cleaner, const Body *body);

static Stmt *cleaned_stmt(Cleaner *cleaner, const Stmt *stmt) {
    Stmt *made = NEW(cleaner->symbols->compiler, Stmt);
    *made = *stmt;
    if (stmt->kind == STMT_SET && cleaner->is_constant[stmt->targets[0]]) {
        made->kind = STMT_LET;
        cleaner->has_changed = true;
    }
    if (stmt->body)
        made->body = cleaned(cleaner, stmt->body);
    if (stmt->otherwise)
        made->otherwise = cleaned(cleaner, stmt->otherwise);
    return made;
}

static Body *cleaned(Cleaner *cleaner, const Body *body) {
    find_constants(cleaner, body);
    Body *made = body_new(cleaner->symbols);
    for (int i = 0; i < body->count; i++) {
        Stmt *stmt = body->statements[i];
        bool is_gone = is_dead(cleaner, stmt) ||
                       (stmt->kind == STMT_VAR && cleaner->is_constant[stmt->targets[0]]);
        cleaner->has_changed |= is_gone;
        if (is_gone)
            continue;
        const Stmt *last = made->count > 0 ? made->statements[made->count - 1] : NULL;
        stmt = cleaned_stmt(cleaner, stmt);
        if (last && is_for_next(cleaner, last, stmt)) {
            stmt->expression =
                with_value(cleaner, stmt->expression, last->targets[0], last->expression);
            made->count--;
            cleaner->has_changed = true;
        }
        body_add(cleaner->symbols, made, stmt);
    }
    return made;
}

void clean(LoopKernel *kernel) {
    Symbols *symbols = kernel->symbols;
    Cleaner cleaner = {.symbols = symbols, .has_changed = true};
    while (cleaner.has_changed) {
        cleaner.has_changed = false;
        cleaner.uses = NEW_ARRAY(symbols->compiler, int, symbols->register_count + 1);
        cleaner.sets = NEW_ARRAY(symbols->compiler, int, symbols->register_count + 1);
        cleaner.is_constant = NEW_ARRAY(symbols->compiler, bool, symbols->register_count + 1);
        count_body(&cleaner, kernel->body);
        kernel->body = cleaned(&cleaner, kernel->body);
    }
}
