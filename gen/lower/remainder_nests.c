/* Terms that only every second or third round has, as the gradient of a strided convolution by its
   input has them: loops run through these alone.

   In: a kernel as apply_plan leaves it, some of whose tests ask for multiples. Out: `each` loops that
   such a test depends on are written out, and a loop that is then the only one on which it depends
   goes through the rounds that have a term, by the stride; these tests are gone. A test that
   depends on more than one loop still stays, since no loop of literal bounds does without it: the
   result is right, and a plan in which all but one of them are `each` leaves none. Not its business:
   terms outside of a value. */

#include "lower/passes.h"

typedef struct {
    Symbols *symbols;
    Range *ranges;   /* by variable */
    bool *is_wanted; /* likewise: its loop is to be written out */
} Narrower;

/* Loops on which the test depends. */
static int loops_of(const Narrower *narrower, AffineTest test) {
    int count = 0;
    for (int i = 0; i < test.value.term_count; i++)
        count += affine_test_advance(test, test.value.terms[i], narrower->ranges) != 0;
    return count;
}

static bool depends_on(const Narrower *narrower, AffineTest test, int variable) {
    for (int i = 0; i < test.value.term_count; i++)
        if (test.value.terms[i].variable == variable)
            return affine_test_advance(test, test.value.terms[i], narrower->ranges) != 0;
    return false;
}

// Which loops are written out

/* each: by variable, whether its loop is marked so. */
static void want_for_test(Narrower *narrower, const bool *each, AffineTest test) {
    for (int i = 0; i < test.value.term_count && test.divisor != 0; i++) {
        int variable = test.value.terms[i].variable;
        narrower->is_wanted[variable] |= each[variable] && depends_on(narrower, test, variable);
    }
}

static void want_for_expr(Narrower *narrower, const bool *each, const Expr *expr) {
    if (expr->kind == EXPR_TEST)
        want_for_test(narrower, each, expr_asked(expr));
    for (int i = 0; i < expr->argument_count; i++)
        want_for_expr(narrower, each, expr->arguments[i]);
}

static void want_for_body(Narrower *narrower, bool *each, const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR) {
            narrower->ranges[stmt->variable] = stmt->range;
            each[stmt->variable] = stmt->mark == LOOP_EACH;
        }
        for (int k = 0; k < stmt->test_count; k++)
            want_for_test(narrower, each, stmt->tests[k]);
        if (stmt->expression)
            want_for_expr(narrower, each, stmt->expression);
        if (stmt->body)
            want_for_body(narrower, each, stmt->body);
        if (stmt->otherwise)
            want_for_body(narrower, each, stmt->otherwise);
    }
}

// Loops that are narrowed

/* The rounds of a loop for which the test holds, where it depends on no other; a range that ends
   before it begins where there is none. */
static Range rounds_with_term(const Narrower *narrower, AffineTest test, int variable) {
    Range *range = &narrower->ranges[variable], whole = *range;
    int64_t found[2] = {whole.last + 1, whole.last + 1};
    int count = 0;
    for (int64_t at = whole.first; at <= whole.last && count < 2; at += whole.step) {
        *range = (Range){at, at, whole.step};
        if (affine_test_decision(test, narrower->ranges) == 1)
            found[count++] = at;
    }
    *range = whole;
    if (count == 0)
        return (Range){whole.first, whole.first - whole.step, whole.step};
    if (count == 1)
        return (Range){found[0], found[0], whole.step};
    int64_t step = found[1] - found[0];
    return (Range){found[0], found[0] + (whole.last - found[0]) / step * step, step};
}

/* Tests around all that the loop does, with nothing but loops between. */
static void narrow_loop(Narrower *narrower, const Stmt *loop) {
    Range *range = &narrower->ranges[loop->variable];
    const Body *body = loop->body;
    while (body->count == 1 && range->first <= range->last) {
        const Stmt *stmt = body->statements[0];
        if (stmt->otherwise || !stmt->body)
            return;
        if (stmt->kind == STMT_FOR)
            narrower->ranges[stmt->variable] = stmt->range;
        for (int i = 0; i < stmt->test_count && range->first <= range->last; i++) {
            AffineTest test = stmt->tests[i];
            bool is_only = test.divisor != 0 && loops_of(narrower, test) == 1;
            if (is_only && depends_on(narrower, test, loop->variable))
                *range = rounds_with_term(narrower, test, loop->variable);
        }
        body = stmt->body;
    }
}

static Body *narrowed(Narrower *narrower, const Body *body);

static void add_loop(Narrower *narrower, const Stmt *stmt, Body *out) {
    Stmt *made = stmt_like(narrower->symbols, stmt);
    narrower->ranges[stmt->variable] = stmt->range;
    if (stmt->mark != LOOP_LANES)
        narrow_loop(narrower, stmt);
    made->range = narrower->ranges[stmt->variable];
    if (made->range.first > made->range.last)
        return;
    bool is_one = made->range.first == made->range.last && stmt->range.first != stmt->range.last;
    if (is_one && made->mark == LOOP_PLAIN)
        made->mark = LOOP_EACH;
    made->body = narrowed(narrower, stmt->body);
    if (made->body->count > 0)
        body_add(narrower->symbols, out, made);
}

/* What a test that is decided leaves. */
static void add_if(Narrower *narrower, const Stmt *stmt, Body *out) {
    Symbols *symbols = narrower->symbols;
    AffineTest *tests = NEW_ARRAY(symbols->compiler, AffineTest, stmt->test_count);
    int count = 0;
    bool never = false;
    for (int i = 0; i < stmt->test_count; i++) {
        bool is_multiple = stmt->tests[i].divisor != 0;
        int decision = is_multiple ? affine_test_decision(stmt->tests[i], narrower->ranges) : -1;
        never |= decision == 0;
        if (decision < 0)
            tests[count++] = stmt->tests[i];
    }
    const Body *only = never ? stmt->otherwise : count == 0 ? stmt->body : NULL;
    if (only || never) {
        Body *rest = only ? narrowed(narrower, only) : body_new(symbols);
        for (int i = 0; i < rest->count; i++)
            body_add(symbols, out, rest->statements[i]);
        return;
    }
    Stmt *made = stmt_if(symbols, count, tests);
    made->body = narrowed(narrower, stmt->body);
    made->otherwise = stmt->otherwise ? narrowed(narrower, stmt->otherwise) : NULL;
    body_add(symbols, out, made);
}

static Body *narrowed(Narrower *narrower, const Body *body) {
    Body *made = body_new(narrower->symbols);
    for (int i = 0; i < body->count; i++) {
        Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR)
            add_loop(narrower, stmt, made);
        else if (stmt->kind == STMT_IF)
            add_if(narrower, stmt, made);
        else
            body_add(narrower->symbols, made, stmt);
    }
    return made;
}

void remainder_nests(LoopKernel *kernel) {
    Symbols *symbols = kernel->symbols;
    int count = symbols->variable_count + 1;
    Narrower narrower = {.symbols = symbols,
                         .ranges = NEW_ARRAY(symbols->compiler, Range, count),
                         .is_wanted = NEW_ARRAY(symbols->compiler, bool, count)};
    want_for_body(&narrower, NEW_ARRAY(symbols->compiler, bool, count), kernel->body);
    write_out(kernel, narrower.is_wanted);
    kernel->body = narrowed(&narrower, kernel->body);
}
