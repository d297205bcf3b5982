/* Random numbers that are drawn together: four neighbouring elements of a stream are one block of its
   generator, which costs as much for one of them as for all.

       draw u_0, u_1, u_2, u_3 = uniform(5, b0, 4*k0):16 examples

   In: a kernel whose loops are written out. Out: such a statement before the first of several
   numbers of a block that stand in one body, and its names in their place. Neighbours in the lanes
   of one vector come from as few blocks already. */

#include "lower/passes.h"

enum { NUMBERS = 4 }; /* of a block */

/* A block, and which of its numbers the body draws. */
typedef struct {
    const Expr *random; /* one of them */
    Affine first;       /* the element that the block begins with */
    int count;          /* of different numbers */
    bool is_drawn[NUMBERS];
    int at; /* the first statement with one */
    int targets[NUMBERS];
} Block;

typedef struct {
    Symbols *symbols;
    Range *ranges; /* by variable */
    int count;
    Block *blocks; /* of the body at hand */
} Sharer;

// Blocks of a body

/* The first element of the block, and the number of this one in it; false where loops decide that,
   or where lanes are elements. */
static bool split_element(const Sharer *sharer, const Expr *random, Affine *first, int *number) {
    bool has_block = random->lanes == 1 || (random->examples_in_lanes && random->stride == 1);
    for (int i = 0; i < NUMBERS && has_block; i++) {
        *number = i;
        *first = affine_add(sharer->symbols->compiler, expr_element(random), affine_number(-i));
        if (affine_test_decision(affine_multiple(*first, NUMBERS), sharer->ranges) == 1)
            return true;
    }
    return false;
}

static bool is_of_block(const Block *block, const Expr *random, Affine first) {
    const Expr *known = block->random;
    return random->op == known->op && random->number == known->number &&
           random->type == known->type && random->lanes == known->lanes &&
           random->index_count == known->index_count &&
           affine_equal(expr_example(random), expr_example(known)) &&
           affine_equal(first, block->first);
}

static Block *find_block(const Sharer *sharer, const Expr *random, Affine first) {
    for (int i = 0; i < sharer->count; i++)
        if (is_of_block(&sharer->blocks[i], random, first))
            return &sharer->blocks[i];
    return NULL;
}

static void note_expr(Sharer *sharer, const Expr *expr, int at) {
    Block new = {.random = expr, .at = at};
    int number;
    for (int i = 0; i < expr->argument_count; i++)
        note_expr(sharer, expr->arguments[i], at);
    if (expr->kind != EXPR_RANDOM || !split_element(sharer, expr, &new.first, &number))
        return;
    Block *block = find_block(sharer, expr, new.first);
    if (!block) {
        PUSH(sharer->symbols->compiler, sharer->blocks, sharer->count, new);
        block = &sharer->blocks[sharer->count - 1];
    }
    block->count += !block->is_drawn[number];
    block->is_drawn[number] = true;
}

// Statements

static Stmt *draw_of(Sharer *sharer, Block *block) {
    Symbols *symbols = sharer->symbols;
    const Expr *random = block->random;
    const char *letter = random->op == OP_UNIFORM ? "u" : "z";
    Stmt *stmt = stmt_new(symbols, STMT_DRAW);
    for (int i = 0; i < NUMBERS; i++)
        block->targets[i] =
            symbols_register(symbols, format_text(symbols->compiler, "%s_%d", letter, i),
                             random->type, random->lanes);
    stmt->target_count = NUMBERS;
    stmt->targets = array_copy(symbols->compiler, block->targets, NUMBERS, sizeof(int));
    stmt->expression = expr_with(symbols, random, NULL);
    stmt->expression->index =
        array_copy(symbols->compiler, random->index, random->index_count, sizeof *random->index);
    stmt->expression->index[random->index_count - 1] = block->first;
    return stmt;
}

static Expr *with_names(Sharer *sharer, Expr *expr) {
    Symbols *symbols = sharer->symbols;
    Affine first;
    int number;
    if (expr->kind == EXPR_RANDOM && split_element(sharer, expr, &first, &number)) {
        const Block *block = find_block(sharer, expr, first);
        return block->count > 1 ? expr_register(symbols, block->targets[number]) : expr;
    }
    bool has_changed = false;
    Expr **arguments = NEW_ARRAY(symbols->compiler, Expr *, expr->argument_count + 1);
    for (int i = 0; i < expr->argument_count; i++) {
        arguments[i] = with_names(sharer, expr->arguments[i]);
        has_changed |= arguments[i] != expr->arguments[i];
    }
    return has_changed ? expr_with(symbols, expr, arguments) : expr;
}

static Body *shared(Sharer *sharer, const Body *body);

static Stmt *shared_stmt(Sharer *sharer, const Stmt *stmt) {
    Stmt *made = stmt_like(sharer->symbols, stmt);
    if (stmt->kind == STMT_FOR)
        sharer->ranges[stmt->variable] = stmt->range;
    if (stmt->body)
        made->body = shared(sharer, stmt->body);
    if (stmt->otherwise)
        made->otherwise = shared(sharer, stmt->otherwise);
    if (stmt->expression && stmt->kind != STMT_DRAW)
        made->expression = with_names(sharer, stmt->expression);
    return made;
}

static Body *shared(Sharer *outer, const Body *body) {
    Sharer sharer = {.symbols = outer->symbols, .ranges = outer->ranges};
    Body *made = body_new(sharer.symbols);
    for (int i = 0; i < body->count; i++)
        if (body->statements[i]->expression && body->statements[i]->kind != STMT_DRAW)
            note_expr(&sharer, body->statements[i]->expression, i);
    for (int i = 0; i < body->count; i++) {
        for (int k = 0; k < sharer.count; k++)
            if (sharer.blocks[k].at == i && sharer.blocks[k].count > 1)
                body_add(sharer.symbols, made, draw_of(&sharer, &sharer.blocks[k]));
        body_add(sharer.symbols, made, shared_stmt(&sharer, body->statements[i]));
    }
    return made;
}

void share_draws(LoopKernel *kernel) {
    Symbols *symbols = kernel->symbols;
    Sharer sharer = {.symbols = symbols};
    sharer.ranges = NEW_ARRAY(symbols->compiler, Range, symbols->variable_count + 1);
    kernel->body = shared(&sharer, kernel->body);
}
