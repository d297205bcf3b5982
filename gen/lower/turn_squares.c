/* Squares turned in registers: values that lie along one axis and go to where they lie along another
   are loaded as vectors along the first and stored as vectors along the second.

       for n = 0..4 turn, k = 0..4 lanes 4          var square_0: f32x4 = x[40*k0]:4 ..
         t[8*n + k] = x[10*k + n]                   transpose square_0, square_1, square_2, square_3
                                                    for k = 0..4 lanes 4
                                                      t[k] = square_0 ..

   In: a loop program over addresses. Out: no loop to be turned; what is turned is a vector in a
   loop in lanes, which vectorise, of which this is a part, leaves as it is. A read that does not lie
   along the loop that is turned is done in the lanes of the other one. */

#include "lower/passes.h"

typedef struct {
    Symbols *symbols;
    const Stmt *rows, *columns; /* the loop that is turned, the loop in lanes inside */
    int square_count;
    struct Square {
        const Expr *read;
        int *registers; /* by row once it is turned; one for each lane */
    } * squares;        /* of the statement at hand */
} Turner;

static int64_t factor_of(const Affine *a, int variable) {
    for (int i = 0; i < a->term_count; i++)
        if (a->terms[i].variable == variable)
            return a->terms[i].factor;
    return 0;
}

static int rounds_of(const Stmt *loop) {
    return (int)(loop->range.last - loop->range.first) + 1;
}

// Squares

static bool is_square(const Turner *turner, const Expr *read) {
    const Affine *index = &read->reference->index[0];
    return (read->type == TYPE_FLOAT || read->type == TYPE_DOUBLE) &&
           read->reference->index_count == 1 && index->divisor == 1 &&
           factor_of(index, turner->rows->variable) == 1 &&
           factor_of(index, turner->columns->variable) != 0 &&
           factor_of(index, turner->columns->variable) != 1;
}

/* The vector along the rows' loop for one round of the other one; 0 where there is no such round. */
static Expr *column_of(const Turner *turner, const Expr *read, int column) {
    Symbols *symbols = turner->symbols;
    Compiler *compiler = symbols->compiler;
    int lanes = turner->columns->lanes;
    if (column >= rounds_of(turner->columns))
        return expr_splat(symbols, expr_const(symbols, read->type, 0), lanes);
    Affine at = affine_at(compiler, read->reference->index[0], turner->columns->variable,
                          turner->columns->range.first + column);
    at = affine_at(compiler, at, turner->rows->variable, turner->rows->range.first);
    Reference *vector =
        reference_lanes(symbols, reference_new(symbols, read->reference->buffer, 1, &at), lanes, 1);
    vector->mask = whole_mask(rounds_of(turner->rows));
    return expr_read(symbols, vector);
}

static void add_square(Turner *turner, const Expr *read, Body *out) {
    Symbols *symbols = turner->symbols;
    int lanes = turner->columns->lanes;
    struct Square square = {read, NEW_ARRAY(symbols->compiler, int, lanes)};
    for (int i = 0; i < lanes; i++) {
        Stmt *made = stmt_new(symbols, STMT_VAR);
        const char *name = format_text(symbols->compiler, "square_%d", i);
        square.registers[i] = symbols_register(symbols, name, read->type, lanes);
        made->target_count = 1;
        made->targets = array_copy(symbols->compiler, &square.registers[i], 1, sizeof(int));
        made->expression = column_of(turner, read, i);
        body_add(symbols, out, made);
    }
    Stmt *turn = stmt_new(symbols, STMT_TRANSPOSE);
    turn->target_count = lanes;
    turn->targets = square.registers;
    body_add(symbols, out, turn);
    PUSH(symbols->compiler, turner->squares, turner->square_count, square);
}

static void add_squares(Turner *turner, const Expr *expr, Body *out) {
    if (expr->kind == EXPR_READ && is_square(turner, expr))
        add_square(turner, expr, out);
    for (int i = 0; i < expr->argument_count; i++)
        add_squares(turner, expr->arguments[i], out);
}

static Expr *with_row(const Turner *turner, Expr *expr, int row) {
    Symbols *symbols = turner->symbols;
    for (int i = 0; i < turner->square_count; i++)
        if (expr == turner->squares[i].read)
            return expr_register(symbols, turner->squares[i].registers[row]);
    if (expr->argument_count == 0)
        return expr;
    Expr **arguments = NEW_ARRAY(symbols->compiler, Expr *, expr->argument_count);
    for (int i = 0; i < expr->argument_count; i++)
        arguments[i] = with_row(turner, expr->arguments[i], row);
    return expr_with(symbols, expr, arguments);
}

// Loops

static Body *turned(Turner *turner, const Body *body);

/* One store in lanes, several of each. */
static bool can_be_turned(const Stmt *rows) {
    const Stmt *columns = rows->body->count == 1 ? rows->body->statements[0] : NULL;
    bool has_lanes = columns && columns->kind == STMT_FOR && columns->mark == LOOP_LANES;
    return has_lanes && columns->body->count == 1 &&
           columns->body->statements[0]->kind == STMT_STORE && rounds_of(rows) > 1 &&
           rounds_of(columns) > 1;
}

/* Squares, and then the rounds one behind the other; the number of the round comes into the place of
   its variable when all is written out. */
static void add_turned(Turner *outer, const Stmt *rows, Body *out) {
    Symbols *symbols = outer->symbols;
    Turner turner = {.symbols = symbols, .rows = rows, .columns = rows->body->statements[0]};
    const Stmt *store = turner.columns->body->statements[0];
    add_squares(&turner, store->expression, out);
    for (int i = 0; i < rounds_of(rows); i++) {
        Stmt *columns = stmt_like(symbols, turner.columns), *round = stmt_like(symbols, rows);
        Stmt *made = stmt_like(symbols, store);
        made->expression = with_row(&turner, store->expression, i);
        body_add(symbols, columns->body, made);
        int64_t at = rows->range.first + i;
        round->range = (Range){at, at, 1};
        round->mark = LOOP_EACH;
        body_add(symbols, round->body, columns);
        body_add(symbols, out, round);
    }
}

static Body *turned(Turner *turner, const Body *body) {
    Body *made = body_new(turner->symbols);
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        bool is_turned = stmt->kind == STMT_FOR && stmt->mark == LOOP_TURN;
        if (is_turned && can_be_turned(stmt)) {
            add_turned(turner, stmt, made);
            continue;
        }
        Stmt *copy = stmt_like(turner->symbols, stmt);
        copy->mark = is_turned ? LOOP_UNROLL : stmt->mark;
        if (stmt->body)
            copy->body = turned(turner, stmt->body);
        if (stmt->otherwise)
            copy->otherwise = turned(turner, stmt->otherwise);
        body_add(turner->symbols, made, copy);
    }
    return made;
}

Body *turn_squares(Symbols *symbols, const Body *body) {
    Turner turner = {.symbols = symbols};
    return turned(&turner, body);
}
