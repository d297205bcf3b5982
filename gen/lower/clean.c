/* What passes leave behind: registers that nobody reads, variables that are set once or get their
   first value later, values that are made to be used in the next line.

   In: a kernel. Out: none of these; a second run changes nothing. Stores keep their order. Not its
   business: loads that are equal, which compilers share. */

#include "lower/passes.h"

typedef struct {
    Symbols *symbols;
    int *uses, *sets;       /* by register */
    const Stmt **first_set; /* by register: what gives a variable its first value, or NULL */
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

static bool body_mentions(const Body *body, int reg);

static bool mentions(const Stmt *stmt, int reg) {
    for (int i = 0; i < stmt->target_count; i++)
        if (stmt->targets[i] == reg)
            return true;
    return (stmt->expression && reads(stmt->expression, reg)) ||
           (stmt->body && body_mentions(stmt->body, reg)) ||
           (stmt->otherwise && body_mentions(stmt->otherwise, reg));
}

static bool body_mentions(const Body *body, int reg) {
    for (int i = 0; i < body->count; i++)
        if (mentions(body->statements[i], reg))
            return true;
    return false;
}

/* The SET further down in the body that gives a variable its first value before anything else is
   done with it; NULL where there is none. */
static const Stmt *first_set(const Body *body, int at) {
    const Stmt *made = body->statements[at];
    if (made->kind != STMT_VAR || made->target_count != 1 || made->expression)
        return NULL;
    for (int i = at + 1; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (mentions(stmt, made->targets[0]))
            return stmt->kind == STMT_SET && !reads(stmt->expression, made->targets[0]) ? stmt
                                                                                        : NULL;
    }
    return NULL;
}

static Body *cleaned(Cleaner *cleaner, const Body *body);

static Stmt *cleaned_stmt(Cleaner *cleaner, const Stmt *stmt) {
    Stmt *made = NEW(cleaner->symbols->compiler, Stmt);
    *made = *stmt;
    if (stmt->kind == STMT_SET && stmt == cleaner->first_set[stmt->targets[0]])
        made->kind = cleaner->sets[stmt->targets[0]] == 1 ? STMT_LET : STMT_VAR;
    cleaner->has_changed |= made->kind != stmt->kind;
    if (stmt->body)
        made->body = cleaned(cleaner, stmt->body);
    if (stmt->otherwise)
        made->otherwise = cleaned(cleaner, stmt->otherwise);
    return made;
}

static Body *cleaned(Cleaner *cleaner, const Body *body) {
    Body *made = body_new(cleaner->symbols);
    for (int i = 0; i < body->count; i++) {
        Stmt *stmt = body->statements[i];
        const Stmt *first = first_set(body, i);
        if (first)
            cleaner->first_set[stmt->targets[0]] = first;
        bool is_gone = is_dead(cleaner, stmt) || first;
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
        cleaner.first_set = NEW_ARRAY(symbols->compiler, const Stmt *, symbols->register_count + 1);
        count_body(&cleaner, kernel->body);
        kernel->body = cleaned(&cleaner, kernel->body);
    }
}
