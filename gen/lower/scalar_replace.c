/* Local arrays that live in registers: those of which every element is addressed by a number, in
   loads and stores of the same vectors or of ones that do not overlap.

   In: a kernel whose references have one index. Out: such arrays are registers, one for each vector
   or number of them, and their loads and stores are gone. Not its business: registers that are set
   once, which clean makes constants.

   Lanes may be masked. A store of some lanes of a vector leaves the register's others as they are.
   A masked load has 0 in lanes that take no part; a register may have there what was computed,
   which nobody sees but a sum across lanes: where there is one, these lanes are made 0. */

#include "lower/passes.h"

typedef struct {
    int64_t first;
    int lanes, reg;
    uint64_t mask; /* lanes that some load or store takes */
} Slot;

/* Of a local array. */
typedef struct {
    bool stays;
    int count;
    Slot *slots;
} Array;

typedef struct {
    Symbols *symbols;
    Array *arrays; /* by buffer */
    bool has_across;
} Replacer;

static Slot *slot_of(const Array *array, const Reference *reference) {
    for (int i = 0; i < array->count; i++)
        if (array->slots[i].first == reference->index[0].offset)
            return &array->slots[i];
    return NULL;
}

/* What is known of an array after one more reference to it. */
static void note_reference(Replacer *replacer, const Reference *reference) {
    Array *array = &replacer->arrays[reference->buffer];
    const Affine *index = &reference->index[0];
    if (array->stays)
        return;
    if (reference->index_count != 1 || index->term_count > 0 || reference->stride != 1) {
        array->stays = true;
        return;
    }
    for (int i = 0; i < array->count; i++) {
        Slot *slot = &array->slots[i];
        if (slot->first == index->offset && slot->lanes == reference->lanes) {
            slot->mask |= reference->mask;
            return;
        }
        array->stays |= slot->first < index->offset + reference->lanes &&
                        index->offset < slot->first + slot->lanes;
    }
    Slot slot = {index->offset, reference->lanes, -1, reference->mask};
    PUSH(replacer->symbols->compiler, array->slots, array->count, slot);
}

static void note_expr(Replacer *replacer, const Expr *expr) {
    replacer->has_across |= expr->kind == EXPR_ACROSS || expr->kind == EXPR_SUMS;
    if (expr->kind == EXPR_READ)
        note_reference(replacer, expr->reference);
    for (int i = 0; i < expr->argument_count; i++)
        note_expr(replacer, expr->arguments[i]);
}

static void note_body(Replacer *replacer, const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->expression)
            note_expr(replacer, stmt->expression);
        if (stmt->reference)
            note_reference(replacer, stmt->reference);
        if (stmt->body)
            note_body(replacer, stmt->body);
        if (stmt->otherwise)
            note_body(replacer, stmt->otherwise);
    }
}

/* Decides which arrays go, and gives each of their vectors a register. */
static void decide(Replacer *replacer) {
    Symbols *symbols = replacer->symbols;
    for (int i = 0; i < symbols->buffer_count; i++) {
        Array *array = &replacer->arrays[i];
        const Buffer *buffer = &symbols->buffers[i];
        array->stays |= !buffer->is_local;
        for (int k = 0; k < array->count && !array->stays; k++)
            array->slots[k].reg =
                symbols_register(symbols, format_text(symbols->compiler, "%s_%d", buffer->name, k),
                                 buffer->type, array->slots[k].lanes);
    }
}

static const Slot *slot_for(const Replacer *replacer, const Reference *reference) {
    const Array *array = &replacer->arrays[reference->buffer];
    return array->stays ? NULL : slot_of(array, reference);
}

/* `chosen` in the lanes of the reference, `other` in all others. */
static Expr *in_lanes_of(Replacer *replacer, const Reference *reference, Expr *chosen,
                         Expr *other) {
    Symbols *symbols = replacer->symbols;
    return expr_select(symbols, expr_mask(symbols, reference->mask, reference->lanes), chosen,
                       other);
}

static Expr *loaded(Replacer *replacer, const Slot *slot, const Reference *reference) {
    Symbols *symbols = replacer->symbols;
    Expr *value = expr_register(symbols, slot->reg);
    if (!replacer->has_across || reference->mask == whole_mask(reference->lanes))
        return value;
    Expr *zero = expr_splat(symbols, expr_const(symbols, value->type, 0), reference->lanes);
    return in_lanes_of(replacer, reference, value, zero);
}

/* Sets the lanes of the reference. */
static Stmt *stored(Replacer *replacer, const Slot *slot, const Reference *reference, Expr *value) {
    Symbols *symbols = replacer->symbols;
    if (reference->mask != slot->mask)
        value = in_lanes_of(replacer, reference, value, expr_register(symbols, slot->reg));
    return stmt_set(symbols, slot->reg, value);
}

static Expr *replaced(Replacer *replacer, Expr *expr) {
    Symbols *symbols = replacer->symbols;
    const Slot *slot = expr->kind == EXPR_READ ? slot_for(replacer, expr->reference) : NULL;
    if (slot)
        return loaded(replacer, slot, expr->reference);
    if (expr->argument_count == 0)
        return expr;
    Expr **arguments = NEW_ARRAY(symbols->compiler, Expr *, expr->argument_count);
    for (int i = 0; i < expr->argument_count; i++)
        arguments[i] = replaced(replacer, expr->arguments[i]);
    return expr_with(symbols, expr, arguments);
}

/* What an accumulation makes of a register. */
static Expr *accumulated(Replacer *replacer, const Stmt *stmt, Expr *before) {
    Symbols *symbols = replacer->symbols;
    Expr *term = replaced(replacer, stmt->expression);
    if (stmt->is_fused)
        return expr_apply(symbols, OP_FMA, term->arguments[0], term->arguments[1], before);
    return expr_apply(symbols, stmt->op, before, term, NULL);
}

/* Whether the term is 0 in lanes that are masked: both factors are loads that are 0 there. */
static bool adds_nothing_else(const Stmt *stmt) {
    bool result = stmt->op == OP_ADD && stmt->expression->kind == EXPR_APPLY &&
                  stmt->expression->op == OP_MUL;
    for (int i = 0; result && i < 2; i++) {
        const Expr *factor = stmt->expression->arguments[i];
        result = factor->kind == EXPR_READ && factor->reference->mask == stmt->reference->mask;
    }
    return result;
}

static Body *replaced_body(Replacer *replacer, const Body *body);

static void add_registers(Replacer *replacer, int buffer, Body *out) {
    Symbols *symbols = replacer->symbols;
    const Array *array = &replacer->arrays[buffer];
    for (int i = 0; i < array->count; i++) {
        Stmt *made = stmt_new(symbols, STMT_VAR);
        made->target_count = 1;
        made->targets = array_copy(symbols->compiler, &array->slots[i].reg, 1, sizeof(int));
        body_add(symbols, out, made);
    }
}

static Stmt *replaced_stmt(Replacer *replacer, const Stmt *stmt) {
    Symbols *symbols = replacer->symbols;
    const Slot *slot = stmt->reference ? slot_for(replacer, stmt->reference) : NULL;
    if (slot && stmt->kind == STMT_STORE)
        return stored(replacer, slot, stmt->reference, replaced(replacer, stmt->expression));
    if (slot && stmt->kind == STMT_ACCUMULATE && adds_nothing_else(stmt))
        return stmt_set(symbols, slot->reg,
                        accumulated(replacer, stmt, expr_register(symbols, slot->reg)));
    if (slot && stmt->kind == STMT_ACCUMULATE)
        return stored(replacer, slot, stmt->reference,
                      accumulated(replacer, stmt, expr_register(symbols, slot->reg)));
    Stmt *made = NEW(symbols->compiler, Stmt);
    *made = *stmt;
    if (stmt->expression)
        made->expression = replaced(replacer, stmt->expression);
    if (stmt->body)
        made->body = replaced_body(replacer, stmt->body);
    if (stmt->otherwise)
        made->otherwise = replaced_body(replacer, stmt->otherwise);
    return made;
}

static Body *replaced_body(Replacer *replacer, const Body *body) {
    Body *made = body_new(replacer->symbols);
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_LOCAL && !replacer->arrays[stmt->buffer].stays)
            add_registers(replacer, stmt->buffer, made);
        else
            body_add(replacer->symbols, made, replaced_stmt(replacer, stmt));
    }
    return made;
}

void scalar_replace(LoopKernel *kernel) {
    Symbols *symbols = kernel->symbols;
    Replacer replacer = {.symbols = symbols};
    replacer.arrays = NEW_ARRAY(symbols->compiler, Array, symbols->buffer_count + 1);
    note_body(&replacer, kernel->body);
    decide(&replacer);
    kernel->body = replaced_body(&replacer, kernel->body);
}
