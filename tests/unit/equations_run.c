#include "equations_run.h"

#include <math.h>

typedef struct {
    const Equations *equations;
    const Equation *equation;
    Symbols *symbols;
} Plain;

/* Adds loops over a set of axes, and returns the body of the innermost. */
static Body *add_loops(const Plain *plain, Body *body, unsigned axes) {
    for (int axis = 0; axis < plain->equations->axis_count; axis++) {
        if (!(axes >> axis & 1))
            continue;
        Range range = {0, plain->equations->axes[axis].extent - 1, 1};
        Stmt *stmt = stmt_for(plain->symbols, axis, range);
        body_add(plain->symbols, body, stmt);
        body = stmt->body;
    }
    return body;
}

static Reference *element(const Plain *plain, int buffer) {
    return reference_new(plain->symbols, buffer, plain->equation->index_count,
                         plain->equation->index);
}

/* Before a term of a maximum: its number where it is larger than those before. The first of equal terms
   stays, as they come by rising numbers. */
static void add_first_maximum(const Plain *plain, Body *body) {
    const Equation *equation = plain->equation;
    Symbols *symbols = plain->symbols;
    Affine number = equation_element(plain->equations, equation);
    Reference *top = element(plain, equation->value), *winner = element(plain, equation->winner);
    Expr *is_larger = expr_apply(symbols, OP_LESS, expr_read(symbols, top), equation->inside, NULL);
    Type type = symbols->buffers[equation->winner].type;
    Expr *element_number = expr_convert(symbols, type, expr_numbers(symbols, &number, 1, 1));
    body_add(
        symbols, body,
        stmt_store(symbols, winner,
                   expr_select(symbols, is_larger, element_number, expr_read(symbols, winner))));
}

static void add_reduction(const Plain *plain, Body *body) {
    const Equation *equation = plain->equation;
    Symbols *symbols = plain->symbols;
    bool is_sum = equation->reduce == REDUCE_SUM;
    Type type = equation->inside->type;
    body_add(symbols, body,
             stmt_store(symbols, element(plain, equation->value),
                        expr_const(symbols, type, is_sum ? 0 : -INFINITY)));
    if (equation->reduce == REDUCE_FIRST_MAX) {
        Type number = symbols->buffers[equation->winner].type;
        body_add(
            symbols, body,
            stmt_store(symbols, element(plain, equation->winner), expr_const(symbols, number, 0)));
    }
    Body *inner = add_loops(plain, body, equation->reduced);
    if (equation->test_count > 0) {
        Stmt *test = stmt_if(symbols, equation->test_count, equation->tests);
        body_add(symbols, inner, test);
        inner = test->body;
    }
    Stmt *term = stmt_new(symbols, STMT_ACCUMULATE);
    term->reference = element(plain, equation->value);
    term->op = is_sum ? OP_ADD : OP_MAXIMUM;
    term->expression = equation->inside;
    if (equation->reduce == REDUCE_FIRST_MAX)
        add_first_maximum(plain, inner);
    body_add(symbols, inner, term);
    body_add(
        symbols, body,
        stmt_let(symbols, equation->result, expr_read(symbols, element(plain, equation->value))));
}

LoopKernel *plain_nests(const Equations *equations) {
    Compiler *compiler = equations->symbols->compiler;
    LoopKernel *kernel = loops_new(compiler, equations->name);
    kernel->symbols = equations->symbols;
    for (int i = 0; i < equations->symbols->buffer_count; i++)
        if (equations->symbols->buffers[i].is_local) {
            Stmt *local = stmt_new(kernel->symbols, STMT_LOCAL);
            local->buffer = i;
            body_add(kernel->symbols, kernel->body, local);
        }
    for (int i = 0; i < equations->equation_count; i++) {
        Plain plain = {equations, &equations->equations[i], equations->symbols};
        Body *body = add_loops(&plain, kernel->body, plain.equation->kept);
        if (plain.equation->reduce)
            add_reduction(&plain, body);
        body_add(kernel->symbols, body,
                 stmt_store(kernel->symbols, element(&plain, plain.equation->value),
                            plain.equation->around));
    }
    return kernel;
}
