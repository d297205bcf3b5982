/* Index-set splitting: terms that lie outside of a value, as padding has them, are left out without
   a test in an innermost loop.

   In: a kernel whose tests stand around single terms. Out: tests that the ranges of loops decide
   are gone; a test is as far outside as its variables allow; a loop marked `split` is cut in up to
   three: the rounds in the middle, for which tests inside hold whatever the other variables are,
   have none, and those before and behind are written out, so that tests are numbers there. Not its
   business: terms that only every second round has. */

#include "lower/passes.h"

typedef struct {
    Symbols *symbols;
    Range *ranges; /* by variable */
} Splitter;

static Body *split_body(Splitter *splitter, const Body *body);

// Tests that ranges decide

/* Its tests but for those that always hold; added to `out`, or what stands for it. */
static void add_if(Splitter *splitter, const Stmt *stmt, Body *out) {
    Symbols *symbols = splitter->symbols;
    AffineTest *tests = NEW_ARRAY(symbols->compiler, AffineTest, stmt->test_count);
    int count = 0;
    bool never = false;
    for (int i = 0; i < stmt->test_count; i++) {
        int decision = affine_test_decision(stmt->tests[i], splitter->ranges);
        never |= decision == 0;
        if (decision < 0)
            tests[count++] = stmt->tests[i];
    }
    const Body *only = never ? stmt->otherwise : count == 0 ? stmt->body : NULL;
    if (never || count == 0) {
        Body *rest = only ? split_body(splitter, only) : body_new(symbols);
        for (int i = 0; i < rest->count; i++)
            body_add(symbols, out, rest->statements[i]);
        return;
    }
    Stmt *made = stmt_if(symbols, count, tests);
    made->body = split_body(splitter, stmt->body);
    made->otherwise = stmt->otherwise ? split_body(splitter, stmt->otherwise) : NULL;
    if (made->body->count > 0 || made->otherwise)
        body_add(symbols, out, made);
}

// Loops

/* Narrows the rounds of a loop to those for which a test holds whatever the other variables are. */
static void narrow_by_test(const Splitter *splitter, AffineTest test, int variable, Range *middle) {
    Range *range = &splitter->ranges[variable], whole = *range;
    for (; middle->first <= middle->last; middle->first += whole.step) {
        *range = (Range){middle->first, middle->first, whole.step};
        if (affine_test_decision(test, splitter->ranges) == 1)
            break;
    }
    for (; middle->last >= middle->first; middle->last -= whole.step) {
        *range = (Range){middle->last, middle->last, whole.step};
        if (affine_test_decision(test, splitter->ranges) == 1)
            break;
    }
    *range = whole;
}

/* Ranges of the loops inside are known first, so that tests can be judged from here. */
static void narrow_by_body(Splitter *splitter, const Body *body, int variable, Range *middle) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR)
            splitter->ranges[stmt->variable] = stmt->range;
        for (int k = 0; k < stmt->test_count; k++)
            if (stmt->tests[k].divisor == 0 && affine_has(stmt->tests[k].value, variable))
                narrow_by_test(splitter, stmt->tests[k], variable, middle);
        if (stmt->body)
            narrow_by_body(splitter, stmt->body, variable, middle);
        if (stmt->otherwise)
            narrow_by_body(splitter, stmt->otherwise, variable, middle);
    }
}

static Stmt *loop_of(Splitter *splitter, const Stmt *stmt, Range range) {
    Stmt *made = NEW(splitter->symbols->compiler, Stmt);
    *made = *stmt;
    made->range = range;
    made->is_split = false;
    splitter->ranges[stmt->variable] = range;
    made->body = split_body(splitter, stmt->body);
    return made;
}

/* Tests of the loop's only statement that do not depend on it, around it. */
static Stmt *with_tests_outside(Splitter *splitter, Stmt *loop) {
    Symbols *symbols = splitter->symbols;
    const Stmt *inner = loop->body->count == 1 ? loop->body->statements[0] : NULL;
    if (!inner || inner->kind != STMT_IF || inner->otherwise)
        return loop;
    AffineTest *outside = NEW_ARRAY(symbols->compiler, AffineTest, inner->test_count);
    AffineTest *inside = NEW_ARRAY(symbols->compiler, AffineTest, inner->test_count);
    int outside_count = 0, inside_count = 0;
    for (int i = 0; i < inner->test_count; i++)
        if (affine_has(inner->tests[i].value, loop->variable))
            inside[inside_count++] = inner->tests[i];
        else
            outside[outside_count++] = inner->tests[i];
    if (outside_count == 0)
        return loop;
    if (inside_count == 0)
        loop->body = inner->body;
    else {
        Stmt *rest = stmt_if(symbols, inside_count, inside);
        rest->body = inner->body;
        loop->body = body_new(symbols);
        body_add(symbols, loop->body, rest);
    }
    Stmt *made = stmt_if(symbols, outside_count, outside);
    body_add(symbols, made->body, loop);
    return made;
}

/* Rounds from `first` to `last`; at a border these are written out. */
static void add_rounds(Splitter *splitter, const Stmt *stmt, Range range, bool is_border,
                       Body *out) {
    if (range.first > range.last)
        return;
    Stmt *made = loop_of(splitter, stmt, range);
    if (is_border && made->mark == LOOP_PLAIN)
        made->mark = LOOP_EACH;
    if (made->body->count > 0)
        body_add(splitter->symbols, out, with_tests_outside(splitter, made));
}

static void add_for(Splitter *splitter, const Stmt *stmt, Body *out) {
    Range whole = stmt->range, middle = whole;
    splitter->ranges[stmt->variable] = whole;
    if (stmt->is_split)
        narrow_by_body(splitter, stmt->body, stmt->variable, &middle);
    if (middle.first > middle.last) /* no round is without tests */
        middle = whole;
    Range before = {whole.first, middle.first - whole.step, whole.step};
    Range behind = {middle.last + whole.step, whole.last, whole.step};
    add_rounds(splitter, stmt, before, true, out);
    add_rounds(splitter, stmt, middle, false, out);
    add_rounds(splitter, stmt, behind, true, out);
}

static Body *split_body(Splitter *splitter, const Body *body) {
    Body *made = body_new(splitter->symbols);
    for (int i = 0; i < body->count; i++) {
        Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR)
            add_for(splitter, stmt, made);
        else if (stmt->kind == STMT_IF)
            add_if(splitter, stmt, made);
        else
            body_add(splitter->symbols, made, stmt);
    }
    return made;
}

void split_index_sets(LoopKernel *kernel) {
    Symbols *symbols = kernel->symbols;
    Splitter splitter = {.symbols = symbols};
    splitter.ranges = NEW_ARRAY(symbols->compiler, Range, symbols->variable_count + 1);
    kernel->body = split_body(&splitter, kernel->body);
}
