/* Maxima that say where they are, in a plan that is applied: two accumulators for each, the largest
   term so far and its number. In: where the walk is, a sum that is such a maximum. Out: statements.

   The maximum itself grows as one without a number does, so that the two have the same bits, and is
   not a number where a term is not. Of equal terms the first one wins, by its number. Where terms come
   in this order, only a larger one takes over; else, and where parts are joined, the smaller number
   of equal ones is taken. Numbers are reals here, as the terms are, so that the two run in the same
   lanes; they are small and exact. */

#include "lower/applier.h"

/* The value, once, by name. */
static Expr *named(Applier *applier, const char *name, Expr *value) {
    Symbols *symbols = applier->symbols;
    int reg = symbols_register(symbols, name, value->type, value->lanes);
    body_add(symbols, applier->body, stmt_let(symbols, reg, value));
    return expr_register(symbols, reg);
}

/* Whether the terms of each accumulator come by rising numbers: axes one inside the other. */
static bool is_in_order(const Sum *sum) {
    int last = 0;
    for (int i = 0; i < sum->path.count; i++) {
        int axis = sum->path.loops[i]->axis;
        if (!is_reducing(sum->equation, sum->path.loops[i]))
            continue;
        if (axis < last)
            return false;
        last = axis;
    }
    return true;
}

/* The number that wins where two terms are equal, else `number`. */
static Expr *smaller_of_equal(Applier *applier, Expr *top, Expr *number, Expr *other_top,
                              Expr *other_number) {
    Symbols *symbols = applier->symbols;
    Expr *is_equal = expr_apply(symbols, OP_EQUAL, top, other_top, NULL);
    Expr *smaller = expr_apply(symbols, OP_MINIMUM, number, other_number, NULL);
    return expr_select(symbols, is_equal, smaller, number);
}

void add_term_of_maximum(Applier *applier, const Sum *sum, const Affine *parts) {
    Symbols *symbols = applier->symbols;
    const Equation *equation = sum->equation;
    Reference *top = accumulator(applier, sum, sum->accumulators, parts);
    Reference *winner = accumulator(applier, sum, sum->winners, parts);
    Expr *term = expr_in_loops(applier, equation->inside);
    bool is_local = term->kind == EXPR_READ && symbols->buffers[term->reference->buffer].is_local;
    if (!is_local)
        term = named(applier, "term", term);
    Affine element = in_loops(applier, equation_element(applier->equations, equation));
    Expr *number = expr_convert(symbols, term->type, expr_numbers(symbols, &element, 1, 1));
    Expr *before = expr_read(symbols, winner), *largest = expr_read(symbols, top);
    if (!is_in_order(sum))
        before = smaller_of_equal(applier, largest, before, term, number);
    Expr *is_larger = expr_apply(symbols, OP_LESS, largest, term, NULL);
    body_add(symbols, applier->body,
             stmt_store(symbols, winner, expr_select(symbols, is_larger, number, before)));
    Stmt *grow = stmt_new(symbols, STMT_ACCUMULATE);
    grow->reference = top;
    grow->op = OP_MAXIMUM;
    grow->expression = term;
    body_add(symbols, applier->body, grow);
}

/* A maximum and where it is. */
typedef struct {
    Expr *top, *winner;
} Maximum;

static Maximum read_maximum(Applier *applier, const Sum *sum, const Affine *parts, int lanes) {
    Symbols *symbols = applier->symbols;
    Reference *top = accumulator(applier, sum, sum->accumulators, parts);
    Reference *winner = accumulator(applier, sum, sum->winners, parts);
    if (lanes > 1) {
        top = reference_lanes(symbols, top, lanes, 1);
        winner = reference_lanes(symbols, winner, lanes, 1);
    }
    return (Maximum){expr_read(symbols, top), expr_read(symbols, winner)};
}

/* The number of the last term. */
static int64_t last_number(const Applier *applier, const Equation *equation) {
    int64_t count = 1;
    for (int axis = 0; axis < applier->equations->axis_count; axis++)
        count *= equation->reduced >> axis & 1 ? applier->equations->axes[axis].extent : 1;
    return count - 1;
}

/* The smallest number among the lanes that have the largest term; the last of all where the maximum
   is not a number, and no lane has it. */
static Maximum across_lanes(Applier *applier, const Sum *sum, Maximum all) {
    Symbols *symbols = applier->symbols;
    double last = (double)last_number(applier, sum->equation);
    int lanes = all.top->lanes;
    Type type = all.top->type;
    Expr *top = expr_across(symbols, OP_MAXIMUM, all.top);
    top = named(applier, "top", top);
    Expr *is_top = expr_apply(symbols, OP_EQUAL, all.top, expr_splat(symbols, top, lanes), NULL);
    Expr *none = expr_splat(symbols, expr_const(symbols, type, -last), lanes);
    Expr *minus = expr_apply(symbols, OP_NEG, all.winner, NULL, NULL);
    Expr *first = expr_across(symbols, OP_MAXIMUM, expr_select(symbols, is_top, minus, none));
    return (Maximum){top, expr_apply(symbols, OP_NEG, first, NULL, NULL)};
}

static Maximum joined_two(Applier *applier, Maximum a, Maximum b) {
    Symbols *symbols = applier->symbols;
    Expr *is_larger = expr_apply(symbols, OP_LESS, a.top, b.top, NULL);
    Expr *winner = smaller_of_equal(applier, a.top, a.winner, b.top, b.winner);
    winner = expr_select(symbols, is_larger, b.winner, winner);
    Expr *top = expr_apply(symbols, OP_MAXIMUM, a.top, b.top, NULL);
    return (Maximum){named(applier, "top", top), named(applier, "winner", winner)};
}

/* Rounds `first` and so on of a part, and all parts inside. */
static Maximum joined_parts(Applier *applier, const Sum *sum, Affine *parts, int part,
                            int64_t first, int64_t count) {
    const Buffer buffer = applier->symbols->buffers[sum->accumulators];
    if (part == sum->part_count)
        return read_maximum(applier, sum, parts, 1);
    int64_t extent = buffer.extent[buffer.rank - sum->part_count + part];
    count = count == 0 ? extent : count;
    parts[part] = affine_number(first);
    if (part == sum->part_count - 1 && sum_is_in_lanes(sum) && extent > 1)
        return across_lanes(applier, sum, read_maximum(applier, sum, parts, (int)extent));
    if (count == 1)
        return joined_parts(applier, sum, parts, part + 1, 0, 0);
    Maximum left = joined_parts(applier, sum, parts, part, first, count / 2);
    Maximum right = joined_parts(applier, sum, parts, part, first + count / 2, count - count / 2);
    return joined_two(applier, left, right);
}

Expr *joined_maximum(Applier *applier, const Sum *sum, Affine *parts, Expr **winner) {
    Maximum all = joined_parts(applier, sum, parts, 0, 0, 0);
    *winner = all.winner;
    return all.top;
}
