/* Equal loads are made once.

   In: a kernel whose references have one index. Out: where a statement, or one behind it in the same
   body with no loop or test between, loads the same elements again, of an argument that the kernel
   does not write, these are a register; so is a number that is splat again. Not its business: loads
   that tests of their index allow, loads across loops, and arrays that stores may change. */

#include "lower/passes.h"

#include <string.h>

enum { FIRST_SLOTS = 64 }; /* a power of 2 */

/* A load in the run of statements at hand. */
typedef struct {
    const Expr *expr; /* NULL: a free slot */
    uint64_t hash;
    int count; /* how often it stands there */
    int reg;   /* -1 until it has one */
} Load;

typedef struct {
    Symbols *symbols;
    int count, slot_count;
    Load *slots; /* a hash table, open addresses */
} Sharer;

// Which loads are equal

static bool is_equal(const Expr *a, const Expr *b) {
    if (a->kind != b->kind || a->lanes != b->lanes)
        return false;
    if (a->kind == EXPR_SPLAT)
        return is_equal(a->arguments[0], b->arguments[0]);
    const Reference *x = a->reference, *y = b->reference;
    return x->buffer == y->buffer && x->lanes == y->lanes && x->stride == y->stride &&
           x->mask == y->mask && affine_equal(x->index[0], y->index[0]);
}

static uint64_t mixed(uint64_t hash, uint64_t value) {
    return hash_bytes(hash, (const char *)&value, sizeof value);
}

static uint64_t hash_of(const Expr *expr) {
    uint64_t hash = mixed(HASH_START, (uint64_t)expr->lanes << 8 | (uint64_t)expr->kind);
    if (expr->kind == EXPR_SPLAT)
        expr = expr->arguments[0];
    const Affine *index = &expr->reference->index[0];
    hash = mixed(mixed(hash, (uint64_t)expr->reference->buffer), (uint64_t)index->offset);
    for (int i = 0; i < index->term_count; i++)
        hash = mixed(mixed(hash, (uint64_t)index->terms[i].variable),
                     (uint64_t)index->terms[i].factor);
    return hash;
}

/* A load of an argument that nobody writes, or one that goes to all lanes. */
static bool is_load(const Sharer *sharer, const Expr *expr) {
    if (expr->kind == EXPR_SPLAT)
        return is_load(sharer, expr->arguments[0]);
    if (expr->kind != EXPR_READ)
        return false;
    const Buffer *buffer = &sharer->symbols->buffers[expr->reference->buffer];
    return !buffer->is_local && !buffer->is_written;
}

static bool has_test(const Expr *expr) {
    bool found = expr->kind == EXPR_TEST;
    for (int i = 0; !found && i < expr->argument_count; i++)
        found = has_test(expr->arguments[i]);
    return found;
}

/* How many arguments may be made at any time: what tests of an index choose is outside of its
   array where they do not hold, and stays behind them. */
static int free_arguments(const Expr *expr) {
    return expr->kind == EXPR_SELECT && has_test(expr->arguments[0]) ? 1 : expr->argument_count;
}

// The table

static Load *slot_of(const Sharer *sharer, const Expr *expr, uint64_t hash) {
    for (uint64_t at = hash;; at++) {
        Load *slot = &sharer->slots[at & (uint64_t)(sharer->slot_count - 1)];
        if (!slot->expr || (slot->hash == hash && is_equal(slot->expr, expr)))
            return slot;
    }
}

static void grow(Sharer *sharer) {
    Sharer old = *sharer;
    sharer->slot_count *= 2;
    sharer->slots = NEW_ARRAY(sharer->symbols->compiler, Load, sharer->slot_count);
    for (int i = 0; i < old.slot_count; i++)
        if (old.slots[i].expr)
            *slot_of(sharer, old.slots[i].expr, old.slots[i].hash) = old.slots[i];
}

static void open_run(Sharer *sharer) {
    sharer->count = 0;
    sharer->slot_count = FIRST_SLOTS;
    sharer->slots = NEW_ARRAY(sharer->symbols->compiler, Load, FIRST_SLOTS);
}

static void note(Sharer *sharer, const Expr *expr) {
    if (is_load(sharer, expr)) {
        uint64_t hash = hash_of(expr);
        Load *slot = slot_of(sharer, expr, hash);
        if (slot->expr) {
            slot->count++;
            return;
        }
        *slot = (Load){expr, hash, 1, -1};
        if (++sharer->count * 2 > sharer->slot_count)
            grow(sharer);
        return;
    }
    for (int i = 0; i < free_arguments(expr); i++)
        note(sharer, expr->arguments[i]);
}

// Statements

/* With registers in the place of loads that stand there several times; those that are the first of
   their kind are made before, in `out`. */
static Expr *shared(Sharer *sharer, Expr *expr, Body *out) {
    Symbols *symbols = sharer->symbols;
    if (is_load(sharer, expr)) {
        Load *slot = slot_of(sharer, expr, hash_of(expr));
        if (slot->count < 2)
            return expr;
        if (slot->reg < 0) {
            const Expr *from = expr->kind == EXPR_SPLAT ? expr->arguments[0] : expr;
            const char *name = symbols->buffers[from->reference->buffer].name;
            slot->reg = symbols_register(symbols, format_text(symbols->compiler, "%s_l", name),
                                         expr->type, expr->lanes);
            body_add(symbols, out, stmt_let(symbols, slot->reg, expr));
        }
        return expr_register(symbols, slot->reg);
    }
    if (expr->argument_count == 0)
        return expr;
    Expr **arguments = NEW_ARRAY(symbols->compiler, Expr *, expr->argument_count);
    for (int i = 0; i < expr->argument_count; i++)
        arguments[i] = i < free_arguments(expr) ? shared(sharer, expr->arguments[i], out)
                                                : expr->arguments[i];
    return expr_with(symbols, expr, arguments);
}

static bool is_simple(const Stmt *stmt) {
    return !stmt->body && stmt->kind != STMT_FENCE;
}

static Body *shared_body(Sharer *sharer, const Body *body);

/* From statement `first` on, those without bodies. */
static int add_run(Sharer *sharer, const Body *body, int first, Body *out) {
    int end = first;
    open_run(sharer);
    for (; end < body->count && is_simple(body->statements[end]); end++)
        if (body->statements[end]->expression)
            note(sharer, body->statements[end]->expression);
    for (int i = first; i < end; i++) {
        Stmt *made = NEW(sharer->symbols->compiler, Stmt);
        *made = *body->statements[i];
        if (made->expression)
            made->expression = shared(sharer, made->expression, out);
        body_add(sharer->symbols, out, made);
    }
    return end;
}

static Body *shared_body(Sharer *sharer, const Body *body) {
    Body *made = body_new(sharer->symbols);
    for (int i = 0; i < body->count;) {
        const Stmt *stmt = body->statements[i];
        if (is_simple(stmt)) {
            i = add_run(sharer, body, i, made);
            continue;
        }
        Stmt *copy = NEW(sharer->symbols->compiler, Stmt);
        *copy = *stmt;
        if (stmt->body)
            copy->body = shared_body(sharer, stmt->body);
        if (stmt->otherwise)
            copy->otherwise = shared_body(sharer, stmt->otherwise);
        body_add(sharer->symbols, made, copy);
        i++;
    }
    return made;
}

void share_loads(LoopKernel *kernel) {
    Sharer sharer = {.symbols = kernel->symbols};
    kernel->body = shared_body(&sharer, kernel->body);
}
