/* Sums of a plan that is applied: accumulators with their first values, terms, parts that are
   joined, sums in blocks that wait. In: where the walk is, the nest of a sum. Out: statements. */

#include "lower/applier.h"

#include <math.h>

/* The loops of a path that do not reduce. */
static Path kept_path(Applier *applier, const Equation *equation, Path path) {
    Path kept = path_new(applier);
    for (int i = 0; i < path.count; i++)
        if (!is_reducing(equation, path.loops[i]))
            path_add(applier, &kept, path.loops[i]);
    return kept;
}

static double neutral(const Equation *equation) {
    return equation->reduce == REDUCE_SUM ? 0 : -INFINITY;
}

/* What the first accumulator begins with: nothing, a value of its own, or what waits. */
static Expr *beginning(Applier *applier, const Sum *sum, bool is_waiting) {
    const Equation *equation = sum->equation;
    const PlanNode *nest = sum->nest;
    if (is_waiting)
        return expr_read(applier->symbols, reference_to(applier, nest->waits, equation->index_count,
                                                        equation->index));
    Expr *rest;
    if (nest->starts >= 0)
        return expr_in_loops(applier,
                             plan_start(applier->equations, equation, nest->starts, &rest));
    Type type = applier->symbols->buffers[sum->accumulators].type;
    return expr_const(applier->symbols, type, neutral(equation));
}

/* Runs through all parts of the sum, from outside inwards, and then does what is to be done with
   each. */
typedef struct {
    Sum *sum;
    Affine *parts;
    int part_count; /* parts so far */
    bool is_waiting;
} Beginning;

static void begin_parts(Applier *applier, Beginning *beginning_of) {
    Sum *sum = beginning_of->sum;
    const Buffer buffer = applier->symbols->buffers[sum->accumulators];
    int part = beginning_of->part_count;
    if (part == sum->part_count) {
        Expr *value = sum->part_count > 0
                          ? expr_const(applier->symbols, buffer.type, neutral(sum->equation))
                          : beginning(applier, sum, beginning_of->is_waiting);
        Reference *to = accumulator(applier, sum, sum->accumulators, beginning_of->parts);
        body_add(applier->symbols, applier->body, stmt_store(applier->symbols, to, value));
        if (sum->winners >= 0) {
            to = accumulator(applier, sum, sum->winners, beginning_of->parts);
            value = expr_const(applier->symbols, buffer.type, 0);
            body_add(applier->symbols, applier->body, stmt_store(applier->symbols, to, value));
        }
        return;
    }
    int64_t extent = buffer.extent[buffer.rank - sum->part_count + part];
    const char *name = format_text(applier->compiler, "p%d", part);
    int variable = symbols_variable(applier->symbols, name);
    Stmt *stmt = stmt_for(applier->symbols, variable, (Range){0, extent - 1, 1});
    bool in_lanes = part == sum->part_count - 1 && sum_is_in_lanes(sum);
    stmt->mark = in_lanes ? LOOP_LANES : LOOP_UNROLL;
    stmt->lanes = in_lanes ? (int)extent : 0;
    body_add(applier->symbols, applier->body, stmt);
    Body *outer = enter(applier, stmt->body);
    beginning_of->parts[part] = affine_variable(applier->compiler, variable);
    beginning_of->part_count++;
    begin_parts(applier, beginning_of);
    beginning_of->part_count--;
    applier->body = outer;
}

static void begin_element(Applier *applier, void *context) {
    begin_parts(applier, context);
}

void begin_values(Applier *applier, Sum *sum, bool is_waiting) {
    Affine *parts = NEW_ARRAY(applier->compiler, Affine, sum->part_count + 1);
    Beginning context = {.sum = sum, .parts = parts, .is_waiting = is_waiting};
    add_path(applier, kept_path(applier, sum->equation, sum->path), begin_element, &context);
}

static Affine round_in(const Applier *applier, const PlanLoop *loop) {
    const Open *open = applier->open;
    while (open->loop != loop)
        open = open->outer;
    return open->round;
}

Stmt *add_if(Applier *applier, Tests tests) {
    Stmt *stmt = stmt_if(applier->symbols, tests.count, tests.tests);
    body_add(applier->symbols, applier->body, stmt);
    return stmt;
}

/* In the reducing loops: one term more. */
static void add_term(Applier *applier, void *context) {
    Sum *sum = context;
    const Equation *equation = sum->equation;
    Affine parts[MAX_LOOPS];
    int count = 0;
    for (int in_lanes = 0; in_lanes < 2; in_lanes++)
        for (int i = 0; i < sum->path.count; i++)
            if (is_part(equation, sum->path.loops[i]) &&
                (sum->path.loops[i]->kind == PLAN_LANES) == in_lanes)
                parts[count++] = round_in(applier, sum->path.loops[i]);
    Tests tests = {0};
    for (int i = 0; i < equation->test_count; i++) {
        AffineTest test = test_in_loops(applier, equation->tests[i]);
        PUSH(applier->compiler, tests.tests, tests.count, test);
    }
    Body *outer = applier->body;
    if (tests.count > 0)
        enter(applier, add_if(applier, tests)->body);
    if (sum->winners >= 0) {
        add_term_of_maximum(applier, sum, parts);
        applier->body = outer;
        return;
    }
    Stmt *stmt = stmt_new(applier->symbols, STMT_ACCUMULATE);
    stmt->reference = accumulator(applier, sum, sum->accumulators, parts);
    stmt->expression = expr_in_loops(applier, equation->inside);
    stmt->op = equation->reduce == REDUCE_SUM ? OP_ADD : OP_MAXIMUM;
    stmt->is_fused = applier->is_fused && stmt->op == OP_ADD &&
                     stmt->expression->kind == EXPR_APPLY && stmt->expression->op == OP_MUL;
    body_add(applier->symbols, applier->body, stmt);
    applier->body = outer;
}

/* The parts of a sum joined, from `part` on inwards: by halves, the smaller first; those in lanes
   across. */
static Expr *joined(Applier *applier, const Sum *sum, Affine *parts, int part, int64_t first,
                    int64_t count) {
    Symbols *symbols = applier->symbols;
    const Buffer *buffer = &symbols->buffers[sum->accumulators];
    Op op = sum->equation->reduce == REDUCE_SUM ? OP_ADD : OP_MAXIMUM;
    if (part == sum->part_count)
        return expr_read(symbols, accumulator(applier, sum, sum->accumulators, parts));
    int64_t extent = buffer->extent[buffer->rank - sum->part_count + part];
    if (count == 0)
        count = extent;
    if (part == sum->part_count - 1 && sum_is_in_lanes(sum)) {
        parts[part] = affine_number(0);
        Reference *all = accumulator(applier, sum, sum->accumulators, parts);
        return expr_across(symbols, op,
                           expr_read(symbols, reference_lanes(symbols, all, (int)extent, 1)));
    }
    if (count == 1) {
        parts[part] = affine_number(first);
        return joined(applier, sum, parts, part + 1, 0, 0);
    }
    Expr *left = joined(applier, sum, parts, part, first, count / 2);
    Expr *right = joined(applier, sum, parts, part, first + count / 2, count - count / 2);
    return expr_apply(symbols, op, left, right, NULL);
}

void finish_element(Applier *applier, void *context) {
    const Sum *sum = context;
    const Equation *equation = sum->equation;
    Symbols *symbols = applier->symbols;
    Affine *parts = NEW_ARRAY(applier->compiler, Affine, sum->part_count + 1);
    Expr *winner = NULL;
    Expr *total = sum->winners >= 0 ? joined_maximum(applier, sum, parts, &winner)
                                    : joined(applier, sum, parts, 0, 0, 0);
    applier->result = symbols_register(
        symbols, applier->equations->symbols->registers[equation->result].name, total->type, 1);
    body_add(symbols, applier->body, stmt_let(symbols, applier->result, total));
    Expr *around = equation->around;
    if (sum->nest->starts >= 0)
        plan_start(applier->equations, equation, sum->nest->starts, &around);
    Reference *to = reference_to(applier, equation->value, equation->index_count, equation->index);
    body_add(symbols, applier->body, stmt_store(symbols, to, expr_in_loops(applier, around)));
    if (!winner)
        return;
    to = reference_to(applier, equation->winner, equation->index_count, equation->index);
    Type type = symbols->buffers[to->buffer].type;
    winner = winner->type == type ? winner : expr_convert(symbols, type, winner);
    body_add(symbols, applier->body, stmt_store(symbols, to, winner));
}

/* The unfinished sum of one element waits. */
static void put_by_element(Applier *applier, void *context) {
    const Sum *sum = context;
    Symbols *symbols = applier->symbols;
    Affine *parts = NEW_ARRAY(applier->compiler, Affine, sum->part_count + 1);
    Reference *to =
        reference_to(applier, sum->nest->waits, sum->equation->index_count, sum->equation->index);
    body_add(symbols, applier->body, stmt_store(symbols, to, joined(applier, sum, parts, 0, 0, 0)));
}

void for_each_kept(Applier *applier, Sum *sum, Inside *inside) {
    add_path(applier, kept_path(applier, sum->equation, sum->path), inside, sum);
}

Sum *begin_sum(Applier *applier, const PlanNode *nest, Path path) {
    Sum *sum = NEW(applier->compiler, Sum);
    sum->nest = nest;
    sum->equation = &applier->equations->equations[nest->equation];
    sum->path = path;
    sum->start = position_copy(applier, &applier->at);
    add_accumulators(applier, sum);
    return sum;
}

/* Adds the test that a round is number 0, or the last one; false where it never is. */
static bool add_test_of_round(Applier *applier, const Open *open, bool is_last, Tests *tests) {
    int64_t wanted = is_last ? open->count - 1 : 0;
    if (open->round.term_count == 0)
        return open->round.offset == wanted;
    /* in elements, so that the test has no divisor */
    Affine elements = affine_scale(applier->compiler, open->round, open->loop->step);
    Affine end = affine_number(wanted * open->loop->step);
    AffineTest test = affine_not_negative(is_last ? difference(applier, elements, end)
                                                  : difference(applier, end, elements));
    PUSH(applier->compiler, tests->tests, tests->count, test);
    return true;
}

/* What holds in the first, or the last, round of all reducing loops around; false where that never
   is. */
static bool tests_of_rounds(Applier *applier, const Equation *equation, bool is_last,
                            Tests *tests) {
    bool can_be = true;
    for (const Open *open = applier->open; open && can_be; open = open->outer)
        if (is_reducing(equation, open->loop))
            can_be = add_test_of_round(applier, open, is_last, tests);
    return can_be;
}

/* A sum in blocks: the first one begins it, the last one finishes it, and it waits between. */
static void add_waiting_sum(Applier *applier, Sum *sum) {
    Tests first = {0}, last = {0};
    bool can_begin = tests_of_rounds(applier, sum->equation, false, &first);
    bool can_end = tests_of_rounds(applier, sum->equation, true, &last);
    Body *outer = applier->body;
    Stmt *choice = can_begin && first.count > 0 ? add_if(applier, first) : NULL;
    if (choice) {
        choice->otherwise = body_new(applier->symbols);
        enter(applier, choice->body);
    }
    if (can_begin)
        begin_values(applier, sum, false);
    if (choice)
        enter(applier, choice->otherwise);
    if (!can_begin || choice)
        begin_values(applier, sum, true);
    applier->body = outer;

    add_path(applier, sum->path, add_term, sum);

    choice = can_end && last.count > 0 ? add_if(applier, last) : NULL;
    if (choice) {
        choice->otherwise = body_new(applier->symbols);
        enter(applier, choice->body);
    }
    if (can_end)
        for_each_kept(applier, sum, finish_element);
    if (choice)
        enter(applier, choice->otherwise);
    if (!can_end || choice)
        for_each_kept(applier, sum, put_by_element);
    applier->body = outer;
    if (!can_end)
        last = (Tests){.count = 1, .tests = NEW(applier->compiler, AffineTest)};
    if (!can_end)
        last.tests[0] = affine_not_negative(affine_number(-1));
    const Open *open = applier->open;
    while (!is_reducing(sum->equation, open->loop))
        open = open->outer;
    made_late(applier, sum->equation->value, last, open->loop);
}

/* Behind the loops of a nest that come before its reducing ones. */
static void add_whole_sum(Applier *applier, void *context) {
    const PlanNode *nest = context;
    const Equation *equation = &applier->equations->equations[nest->equation];
    int first = 0;
    while (!is_reducing(equation, &nest->loops[first]))
        first++;
    Sum *sum = begin_sum(applier, nest, path_of_nest(applier, nest, first));
    if (nest->waits >= 0) {
        add_waiting_sum(applier, sum);
        return;
    }
    begin_values(applier, sum, false);
    add_path(applier, sum->path, add_term, sum);
    for_each_kept(applier, sum, finish_element);
}

void add_sum(Applier *applier, const PlanNode *nest) {
    const Equation *equation = &applier->equations->equations[nest->equation];
    Sum *sum = applier->sum_of[nest->equation];
    if (sum) { /* begun outside, and finished there */
        add_path(applier, path_of_nest(applier, nest, 0), add_term, sum);
        return;
    }
    Path before = path_new(applier);
    for (int i = 0; !is_reducing(equation, &nest->loops[i]); i++)
        path_add(applier, &before, &nest->loops[i]);
    add_path(applier, before, add_whole_sum, (void *)nest);
}
