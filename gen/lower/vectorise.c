/* Loops in lanes become vectors: the loop is gone, and each of its statements is done for all
   rounds at once.

   In: a loop program over addresses. Out: one without loops in lanes. Not its business: which loops
   run in lanes, and whether their rounds may be exchanged, which the mark promises.

   What is the same in all lanes stays one number, until something that is not needs it. Lanes
   without a round, or outside an `if`, are masked: they load 0 and store nothing, so that
   accumulators keep what they hold. A test that depends on the lane, such as x0 + x + k - 1 >= 0
   with x in lanes, holds in the first or in the last lanes: for each number of lanes that can be,
   there is one test without x, and a copy of what is below it with a literal mask. */

#include "lower/passes.h"

enum { MOST_LANES = 64, MOST_VALUES = 4096 };

/* Hold for all lanes of the mask. */
typedef struct {
    AffineTest test;
    uint64_t mask;
} Case;

/* The cases of one test, most lanes first; then, perhaps, none. */
typedef struct {
    int count;
    Case cases[MOST_LANES];
    bool can_be_none;
} Cases;

typedef struct {
    const LoopKernel *kernel;
    Symbols *symbols;
    Compiler *compiler;
    Range *ranges;    /* by variable */
    Body *body;       /* where statements go */
    const Stmt *loop; /* the loop in lanes, NULL outside */
    int lanes;        /* 1 where it has one round */
    uint64_t rounds;  /* lanes that have one */
    uint64_t mask;    /* of these, lanes that get where the walk is */
    int register_count;
    int *register_of; /* by register: the vector that it has become, or itself */
    int *buffer_of;   /* by buffer: that of as many elements for each lane, or itself */
    const char *problem;
} Vectoriser;

static void complain(Vectoriser *vectoriser, const char *what, const char *why) {
    if (!vectoriser->problem)
        vectoriser->problem = format_text(
            vectoriser->compiler, "kernel %s: in lanes of %s, %s %s", vectoriser->kernel->name,
            vectoriser->kernel->symbols->variables[vectoriser->loop->variable], what, why);
}

// Affine expressions from lane to lane

static int64_t factor_of_lane(const Vectoriser *vectoriser, Affine a) {
    for (int i = 0; i < a.term_count; i++)
        if (a.terms[i].variable == vectoriser->loop->variable)
            return a.terms[i].factor;
    return 0;
}

static bool is_shared(const Vectoriser *vectoriser, Affine a) {
    return factor_of_lane(vectoriser, a) == 0;
}

/* From one lane to the next. */
static int64_t advance_of(const Vectoriser *vectoriser, Affine a) {
    return vectoriser->lanes == 1 ? 0 : factor_of_lane(vectoriser, a) / a.divisor;
}

/* In the first lane. */
static Affine first_of(const Vectoriser *vectoriser, Affine a) {
    Compiler *compiler = vectoriser->compiler;
    int64_t factor = factor_of_lane(vectoriser, a);
    Affine variable = affine_variable(compiler, vectoriser->loop->variable);
    Affine first = affine_number(vectoriser->loop->range.first);
    Affine change = affine_add(compiler, first, affine_scale(compiler, variable, -1));
    change = affine_scale(compiler, change, factor);
    change.divisor *= a.divisor;
    return affine_add(compiler, a, affine_scale(compiler, change, 1));
}

// Tests that depend on the lane

static int round_count(const Vectoriser *vectoriser) {
    const Range *range = &vectoriser->loop->range;
    return (int)(range->last - range->first) + 1;
}

/* In how many lanes `first` + i * advance >= 0. */
static int lanes_inside(const Vectoriser *vectoriser, int64_t first, int64_t advance) {
    int count = 0;
    for (int i = 0; i < round_count(vectoriser); i++)
        count += first + i * advance >= 0;
    return count;
}

/* Marks how many lanes can be inside, for all values of the terms from `term` on. */
static void mark_counts(const Vectoriser *vectoriser, Affine first, int64_t advance, int term,
                        int64_t sum, bool *can_be) {
    if (term == first.term_count) {
        can_be[lanes_inside(vectoriser, sum / first.divisor, advance)] = true;
        return;
    }
    const Range *range = &vectoriser->ranges[first.terms[term].variable];
    for (int64_t value = range->first; value <= range->last; value += range->step)
        mark_counts(vectoriser, first, advance, term + 1, sum + first.terms[term].factor * value,
                    can_be);
}

static bool has_few_values(const Vectoriser *vectoriser, Affine a) {
    int64_t count = 1;
    for (int i = 0; i < a.term_count && count <= MOST_VALUES; i++) {
        const Range *range = &vectoriser->ranges[a.terms[i].variable];
        int64_t rounds = (range->last - range->first) / range->step + 1;
        count = rounds > MOST_VALUES ? rounds : count * rounds;
    }
    return count <= MOST_VALUES;
}

static Cases cases_of(Vectoriser *vectoriser, AffineTest test) {
    Cases made = {0};
    bool can_be[MOST_LANES + 1] = {false};
    int rounds = round_count(vectoriser);
    if (test.divisor)
        complain(vectoriser, "terms", "lie between the rounds of a stride");
    int64_t advance = advance_of(vectoriser, test.value);
    Affine first = first_of(vectoriser, test.value);
    if (has_few_values(vectoriser, first))
        mark_counts(vectoriser, first, advance, 0, first.offset, can_be);
    else
        for (int count = 0; count <= rounds; count++)
            can_be[count] = true;
    for (int count = rounds; count > 0; count--) {
        if (!can_be[count])
            continue;
        int missing = rounds - count, last_in = advance > 0 ? missing : count - 1;
        Affine at = affine_add(vectoriser->compiler, first, affine_number(last_in * advance));
        uint64_t mask = advance > 0 ? whole_mask(count) << missing : whole_mask(count);
        made.cases[made.count++] = (Case){affine_not_negative(at), mask};
    }
    made.can_be_none = can_be[0];
    return made;
}

// Expressions

/* Whether all lanes read the same of it. */
static bool reference_is_shared(const Vectoriser *vectoriser, const Reference *reference) {
    bool result = vectoriser->buffer_of[reference->buffer] == reference->buffer;
    for (int i = 0; i < reference->index_count; i++)
        result &= is_shared(vectoriser, reference->index[i]);
    return result;
}

/* Whether it has one value for all lanes. */
static bool expr_is_shared(const Vectoriser *vectoriser, const Expr *expr) {
    bool result = expr->kind != EXPR_REGISTER ||
                  (expr->lanes == 1 && vectoriser->register_of[expr->reg] == expr->reg);
    if (expr->kind == EXPR_READ)
        result = reference_is_shared(vectoriser, expr->reference);
    for (int i = 0; i < expr->index_count; i++)
        result &= is_shared(vectoriser, expr->index[i]);
    for (int i = 0; i < expr->argument_count && result; i++)
        result = expr_is_shared(vectoriser, expr->arguments[i]);
    return result;
}

static Expr *in_lanes(Vectoriser *vectoriser, Expr *expr);

/* As a vector, whether lanes differ or not. */
static Expr *widened(Vectoriser *vectoriser, Expr *expr) {
    Expr *made = in_lanes(vectoriser, expr);
    if (made->lanes == vectoriser->lanes)
        return made;
    if (made->lanes != 1)
        complain(vectoriser, "a vector", "meets one of other lanes");
    return expr_splat(vectoriser->symbols, made, vectoriser->lanes);
}

/* Lanes that are loaded: where choosing lanes costs nothing, all that have a round and lie in the
   buffer, so that loads are equal whose masks differ. */
static uint64_t lanes_to_load(const Vectoriser *vectoriser, const Reference *reference) {
    const Buffer *buffer = &vectoriser->symbols->buffers[reference->buffer];
    Range reach = affine_bounds(reference->index[0], vectoriser->ranges);
    bool is_inside = reach.first >= 0 && reach.last < buffer->extent[0];
    bool is_free = machine_of(&vectoriser->compiler->options)->has_bit_masks;
    return is_free && is_inside ? vectoriser->rounds : vectoriser->mask;
}

/* What lanes do not share. */
static Reference *reference_in_lanes(Vectoriser *vectoriser, const Reference *reference) {
    const Symbols *symbols = vectoriser->symbols;
    const char *name = symbols->buffers[reference->buffer].name;
    int buffer = vectoriser->buffer_of[reference->buffer];
    if (reference->index_count != 1)
        complain(vectoriser, name, "has no address");
    else if (reference->lanes != 1)
        complain(vectoriser, name, "is taken in vectors");
    if (vectoriser->problem)
        return reference_new(vectoriser->symbols, buffer, 0, NULL);
    Affine first = first_of(vectoriser, reference->index[0]);
    int64_t stride = advance_of(vectoriser, reference->index[0]);
    if (buffer != reference->buffer) {
        first = affine_scale(vectoriser->compiler, first, vectoriser->lanes);
        stride = stride * vectoriser->lanes + 1;
    }
    Reference *made = reference_new(vectoriser->symbols, buffer, 1, &first);
    if (vectoriser->lanes == 1)
        return made;
    made = reference_lanes(vectoriser->symbols, made, vectoriser->lanes, stride);
    made->mask = vectoriser->mask;
    return made;
}

static Expr *read_in_lanes(Vectoriser *vectoriser, const Expr *expr) {
    Reference *made = reference_in_lanes(vectoriser, expr->reference);
    bool is_own = vectoriser->buffer_of[expr->reference->buffer] == expr->reference->buffer;
    if (made->lanes > 1 && is_own)
        made->mask = lanes_to_load(vectoriser, expr->reference);
    return expr_read(vectoriser->symbols, made);
}

static Expr *random_in_lanes(Vectoriser *vectoriser, const Expr *expr) {
    int64_t example = advance_of(vectoriser, expr_example(expr));
    int64_t element = advance_of(vectoriser, expr_element(expr));
    if (expr->lanes != 1 || (example != 0 && element != 0))
        complain(vectoriser, "a draw", "goes by examples and by elements");
    Affine first_example = first_of(vectoriser, expr_example(expr));
    Affine first_element = first_of(vectoriser, expr_element(expr));
    Expr *made = expr_random(vectoriser->symbols, expr->type, expr->op, expr->number,
                             expr->index_count > 1 ? &first_example : NULL, &first_element);
    made->lanes = vectoriser->lanes;
    made->examples_in_lanes = example != 0;
    made->stride = vectoriser->lanes == 1 ? 1 : example + element;
    return made;
}

static Expr *both(Vectoriser *vectoriser, Expr *a, Expr *b) {
    return a && b ? expr_and(vectoriser->symbols, a, b) : a ? a : b;
}

/* A selection: what its condition asks of addresses, and the rest of that as a vector. */
typedef struct {
    const Expr *select;
    int test_count;
    AffineTest *tests;
    Expr *rest; /* NULL: nothing */
} Selection;

static void add_conditions(Vectoriser *vectoriser, Expr *condition, Selection *selection) {
    if (condition->kind == EXPR_AND) {
        for (int i = 0; i < 2; i++)
            add_conditions(vectoriser, condition->arguments[i], selection);
    } else if (condition->kind == EXPR_TEST) {
        PUSH(vectoriser->compiler, selection->tests, selection->test_count, expr_asked(condition));
    } else
        selection->rest = both(vectoriser, selection->rest, widened(vectoriser, condition));
}

/* Where only lanes of the mask can choose the first value. */
static Expr *selected(Vectoriser *vectoriser, const Selection *selection, uint64_t mask) {
    uint64_t outer = vectoriser->mask;
    Expr *const *arguments = selection->select->arguments;
    Expr *otherwise = widened(vectoriser, arguments[2]), *condition = selection->rest;
    if ((mask & outer) == 0)
        return otherwise;
    if ((mask & outer) != outer)
        condition = both(
            vectoriser, expr_mask(vectoriser->symbols, mask & outer, vectoriser->lanes), condition);
    vectoriser->mask = mask & outer;
    Expr *value = widened(vectoriser, arguments[1]);
    vectoriser->mask = outer;
    return condition ? expr_select(vectoriser->symbols, condition, value, otherwise) : value;
}

/* One test after the other: each of its cases is a selection of its own, by a test that lanes
   share. */
static Expr *select_by_cases(Vectoriser *vectoriser, const Selection *selection, int test,
                             uint64_t mask) {
    if (test == selection->test_count)
        return selected(vectoriser, selection, mask);
    Cases cases = cases_of(vectoriser, selection->tests[test]);
    Expr *made = NULL;
    if (cases.can_be_none || cases.count > 1)
        made = selected(vectoriser, selection, 0);
    for (int i = cases.count - 1; i >= 0; i--) {
        Expr *value = select_by_cases(vectoriser, selection, test + 1, mask & cases.cases[i].mask);
        Expr *condition = expr_test(vectoriser->symbols, cases.cases[i].test);
        made = made ? expr_select(vectoriser->symbols, condition, value, made) : value;
    }
    return made;
}

static Expr *select_in_lanes(Vectoriser *vectoriser, const Expr *expr) {
    Symbols *symbols = vectoriser->symbols;
    Expr *condition = expr->arguments[0];
    if (expr_is_shared(vectoriser, condition))
        return expr_select(symbols, condition, widened(vectoriser, expr->arguments[1]),
                           widened(vectoriser, expr->arguments[2]));
    Selection selection = {.select = expr};
    add_conditions(vectoriser, condition, &selection);
    return select_by_cases(vectoriser, &selection, 0, vectoriser->rounds);
}

static Expr *numbers_in_lanes(Vectoriser *vectoriser, Affine a) {
    Affine first = first_of(vectoriser, a);
    int64_t stride = vectoriser->lanes == 1 ? 1 : advance_of(vectoriser, a);
    return expr_numbers(vectoriser->symbols, &first, vectoriser->lanes, stride);
}

static Expr *test_in_lanes(Vectoriser *vectoriser, const Expr *expr) {
    Symbols *symbols = vectoriser->symbols;
    if (expr->divisor)
        complain(vectoriser, "terms", "lie between the rounds of a stride");
    Expr *zero = widened(vectoriser, expr_const(symbols, TYPE_INT32, 0));
    return expr_apply(symbols, OP_LESS_EQUAL, zero, numbers_in_lanes(vectoriser, expr->index[0]),
                      NULL);
}

static Expr *with_wide_arguments(Vectoriser *vectoriser, const Expr *expr) {
    Expr **arguments = NEW_ARRAY(vectoriser->compiler, Expr *, expr->argument_count + 1);
    for (int i = 0; i < expr->argument_count; i++)
        arguments[i] = widened(vectoriser, expr->arguments[i]);
    Expr *made = expr_with(vectoriser->symbols, expr, arguments);
    made->lanes = vectoriser->lanes;
    return made;
}

/* One number where lanes share it, else a vector. */
static Expr *in_lanes(Vectoriser *vectoriser, Expr *expr) {
    if (expr_is_shared(vectoriser, expr))
        return expr;
    switch (expr->kind) {
    case EXPR_INDEX:
        return numbers_in_lanes(vectoriser, expr->index[0]);
    case EXPR_TEST:
        return test_in_lanes(vectoriser, expr);
    case EXPR_REGISTER:
        return expr_register(vectoriser->symbols, vectoriser->register_of[expr->reg]);
    case EXPR_READ:
        return read_in_lanes(vectoriser, expr);
    case EXPR_SELECT:
        return select_in_lanes(vectoriser, expr);
    case EXPR_RANDOM:
        return random_in_lanes(vectoriser, expr);
    case EXPR_APPLY:
    case EXPR_AND:
    case EXPR_CONVERT:
        return with_wide_arguments(vectoriser, expr);
    default:
        complain(vectoriser, "a vector", "is made in each lane");
        return expr;
    }
}

// Statements

static void add_in_lanes(Vectoriser *vectoriser, const Body *body);

static void add(Vectoriser *vectoriser, Stmt *stmt) {
    body_add(vectoriser->symbols, vectoriser->body, stmt);
}

/* What stands below another statement. */
static void add_inside(Vectoriser *vectoriser, Body *inside, const Body *body) {
    Body *outer = vectoriser->body;
    vectoriser->body = inside;
    add_in_lanes(vectoriser, body);
    vectoriser->body = outer;
}

/* A register for each lane where there was one. */
static void widen_targets(Vectoriser *vectoriser, Stmt *made) {
    made->targets =
        array_copy(vectoriser->compiler, made->targets, made->target_count, sizeof(int));
    for (int i = 0; i < made->target_count; i++) {
        int *target = &made->targets[i];
        const Register *from = &vectoriser->symbols->registers[*target];
        vectoriser->register_of[*target] =
            symbols_register(vectoriser->symbols, from->name, from->type, vectoriser->lanes);
        *target = vectoriser->register_of[*target];
    }
}

static void add_let(Vectoriser *vectoriser, const Stmt *stmt) {
    Stmt *made = stmt_like(vectoriser->symbols, stmt);
    if (stmt->kind == STMT_LET && expr_is_shared(vectoriser, stmt->expression)) {
        add(vectoriser, made);
        return;
    }
    if (stmt->expression)
        made->expression = widened(vectoriser, stmt->expression);
    widen_targets(vectoriser, made);
    add(vectoriser, made);
}

static void add_set(Vectoriser *vectoriser, const Stmt *stmt) {
    Symbols *symbols = vectoriser->symbols;
    int target = vectoriser->register_of[stmt->targets[0]];
    bool is_wide = target != stmt->targets[0];
    if (!is_wide && !expr_is_shared(vectoriser, stmt->expression))
        complain(vectoriser, symbols->registers[target].name, "would be set to many values");
    Expr *value = is_wide ? widened(vectoriser, stmt->expression) : stmt->expression;
    if (is_wide && vectoriser->mask != vectoriser->rounds)
        value = expr_select(symbols, expr_mask(symbols, vectoriser->mask, vectoriser->lanes), value,
                            expr_register(symbols, target));
    add(vectoriser, stmt_set(symbols, target, value));
}

/* Each lane has an array of its own: their elements stand side by side. */
static void add_local(Vectoriser *vectoriser, const Stmt *stmt) {
    Buffer buffer = vectoriser->symbols->buffers[stmt->buffer];
    Stmt *made = stmt_like(vectoriser->symbols, stmt);
    if (vectoriser->lanes > 1) {
        buffer.extent[0] *= vectoriser->lanes;
        made->buffer = symbols_buffer(vectoriser->symbols, buffer);
        vectoriser->buffer_of[stmt->buffer] = made->buffer;
    }
    add(vectoriser, made);
}

static void add_store(Vectoriser *vectoriser, const Stmt *stmt) {
    Stmt *made = stmt_like(vectoriser->symbols, stmt);
    const char *name = vectoriser->symbols->buffers[stmt->reference->buffer].name;
    bool is_one = reference_is_shared(vectoriser, stmt->reference);
    if (is_one && vectoriser->lanes > 1 && stmt->kind == STMT_ACCUMULATE)
        complain(vectoriser, name, "takes the terms of all lanes in one element");
    else if (is_one && vectoriser->lanes > 1 && !expr_is_shared(vectoriser, stmt->expression))
        complain(vectoriser, name, "takes the values of all lanes in one element");
    else if (!is_one)
        made->reference = reference_in_lanes(vectoriser, stmt->reference);
    if (is_one)
        made->expression = in_lanes(vectoriser, stmt->expression);
    else if (stmt->is_fused)
        made->expression = with_wide_arguments(vectoriser, stmt->expression);
    else
        made->expression = widened(vectoriser, stmt->expression);
    add(vectoriser, made);
}

/* Lanes side by side are in a line or two of memory, and others are not. */
static void add_fetch(Vectoriser *vectoriser, const Stmt *stmt) {
    int64_t advance = advance_of(vectoriser, stmt->reference->index[0]);
    Affine first = first_of(vectoriser, stmt->reference->index[0]);
    bool is_apart = advance < -1 || advance > 1;
    for (int i = 0; i < (is_apart ? round_count(vectoriser) : 1); i++) {
        Affine at = affine_add(vectoriser->compiler, first, affine_number(i * advance));
        Stmt *made = stmt_like(vectoriser->symbols, stmt);
        made->reference = reference_new(vectoriser->symbols, stmt->reference->buffer, 1, &at);
        if (vectoriser->mask >> i & 1 || !is_apart)
            add(vectoriser, made);
    }
}

static void add_for(Vectoriser *vectoriser, const Stmt *stmt) {
    if (stmt->mark == LOOP_LANES)
        complain(vectoriser, vectoriser->symbols->variables[stmt->variable], "runs in lanes, too");
    Stmt *made = stmt_like(vectoriser->symbols, stmt);
    vectoriser->ranges[stmt->variable] = stmt->range;
    add(vectoriser, made);
    add_inside(vectoriser, made->body, stmt->body);
}

/* Lanes of the mask take the body, the others what stands behind else. */
static void add_branches(Vectoriser *vectoriser, const Stmt *stmt, uint64_t mask) {
    uint64_t outer = vectoriser->mask;
    vectoriser->mask = outer & mask;
    if (vectoriser->mask != 0)
        add_in_lanes(vectoriser, stmt->body);
    vectoriser->mask = outer & ~mask;
    if (vectoriser->mask != 0 && stmt->otherwise)
        add_in_lanes(vectoriser, stmt->otherwise);
    vectoriser->mask = outer;
}

/* An `if` for each case of each test, inside each other. */
static void add_cases(Vectoriser *vectoriser, const Stmt *stmt, int test_count,
                      const AffineTest *tests, uint64_t mask) {
    if (test_count == 0) {
        add_branches(vectoriser, stmt, mask);
        return;
    }
    Body *outer = vectoriser->body;
    Cases cases = cases_of(vectoriser, tests[0]);
    for (int i = 0; i < cases.count; i++) {
        bool is_certain = cases.count == 1 && !cases.can_be_none;
        bool needs_else = i < cases.count - 1 || (cases.can_be_none && stmt->otherwise);
        Stmt *made = stmt_if(vectoriser->symbols, 1, &cases.cases[i].test);
        Body *around = vectoriser->body;
        if (!is_certain) {
            add(vectoriser, made);
            vectoriser->body = made->body;
        }
        add_cases(vectoriser, stmt, test_count - 1, tests + 1, mask & cases.cases[i].mask);
        vectoriser->body = around;
        if (needs_else)
            vectoriser->body = made->otherwise = body_new(vectoriser->symbols);
    }
    if (cases.can_be_none)
        add_branches(vectoriser, stmt, 0);
    vectoriser->body = outer;
}

/* Tests that lanes share come first. */
static void add_if(Vectoriser *vectoriser, const Stmt *stmt) {
    AffineTest *tests = NEW_ARRAY(vectoriser->compiler, AffineTest, stmt->test_count + 1);
    int shared_count = 0, count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < stmt->test_count; i++)
            if (is_shared(vectoriser, stmt->tests[i].value) == (pass == 0)) {
                tests[count++] = stmt->tests[i];
                shared_count += pass == 0;
            }
    Body *outer = vectoriser->body;
    Stmt *made = stmt_if(vectoriser->symbols, shared_count, tests);
    if (shared_count > 0) {
        add(vectoriser, made);
        vectoriser->body = made->body;
    }
    add_cases(vectoriser, stmt, count - shared_count, tests + shared_count, vectoriser->rounds);
    vectoriser->body = outer;
    if (shared_count > 0 && stmt->otherwise) {
        made->otherwise = body_new(vectoriser->symbols);
        add_inside(vectoriser, made->otherwise, stmt->otherwise);
    }
}

static void add_statement(Vectoriser *vectoriser, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR:
        add_for(vectoriser, stmt);
        break;
    case STMT_IF:
        add_if(vectoriser, stmt);
        break;
    case STMT_LET:
    case STMT_VAR:
        add_let(vectoriser, stmt);
        break;
    case STMT_SET:
        add_set(vectoriser, stmt);
        break;
    case STMT_LOCAL:
        add_local(vectoriser, stmt);
        break;
    case STMT_STORE:
    case STMT_ACCUMULATE:
        add_store(vectoriser, stmt);
        break;
    case STMT_FETCH:
        add_fetch(vectoriser, stmt);
        break;
    case STMT_FENCE:
        add(vectoriser, stmt_like(vectoriser->symbols, stmt));
        break;
    case STMT_DRAW:
    case STMT_TRANSPOSE:
        complain(vectoriser, "a block of vectors", "is made in each lane");
        break;
    }
}

static void add_in_lanes(Vectoriser *vectoriser, const Body *body) {
    for (int i = 0; i < body->count && !vectoriser->problem; i++)
        add_statement(vectoriser, body->statements[i]);
}

// Around loops in lanes

static void add_lanes(Vectoriser *vectoriser, const Stmt *loop) {
    vectoriser->loop = loop;
    int rounds = round_count(vectoriser);
    vectoriser->lanes = rounds == 1 ? 1 : loop->lanes;
    vectoriser->rounds = vectoriser->mask = whole_mask(rounds);
    for (int i = 0; i < vectoriser->register_count; i++)
        vectoriser->register_of[i] = i;
    for (int i = 0; i < vectoriser->kernel->symbols->buffer_count; i++)
        vectoriser->buffer_of[i] = i;
    vectoriser->ranges[loop->variable] = loop->range;
    add_in_lanes(vectoriser, loop->body);
}

static void add_body(Vectoriser *vectoriser, const Body *from, Body *to) {
    for (int i = 0; i < from->count && !vectoriser->problem; i++) {
        const Stmt *stmt = from->statements[i];
        vectoriser->body = to;
        if (stmt->kind == STMT_FOR)
            vectoriser->ranges[stmt->variable] = stmt->range;
        if (stmt->kind == STMT_FOR && stmt->mark == LOOP_LANES) {
            add_lanes(vectoriser, stmt);
            continue;
        }
        Stmt *made = stmt_like(vectoriser->symbols, stmt);
        add(vectoriser, made);
        if (stmt->body)
            add_body(vectoriser, stmt->body, made->body);
        if (stmt->otherwise)
            add_body(vectoriser, stmt->otherwise, made->otherwise);
    }
}

const char *vectorise(const LoopKernel *kernel, LoopKernel **made) {
    const Symbols *symbols = kernel->symbols;
    *made = loops_like(kernel);
    Vectoriser vectoriser = {
        .kernel = kernel,
        .symbols = (*made)->symbols,
        .compiler = symbols->compiler,
        .ranges = NEW_ARRAY(symbols->compiler, Range, symbols->variable_count + 1),
        .buffer_of = NEW_ARRAY(symbols->compiler, int, symbols->buffer_count + 1),
    };
    const Body *body = turn_squares((*made)->symbols, kernel->body);
    int registers = (*made)->symbols->register_count;
    vectoriser.register_of = NEW_ARRAY(symbols->compiler, int, registers + 1);
    vectoriser.register_count = registers;
    add_body(&vectoriser, body, (*made)->body);
    return vectoriser.problem;
}
