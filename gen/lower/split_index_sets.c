/* Index-set splitting: terms that lie outside of a value, as padding has them, are left out without
   a test in an innermost loop.

   In: a kernel whose tests stand around single terms, or choose in them between an element and what
   stands for it outside. Out: tests that the ranges of loops decide are gone; a test is as far
   outside as its variables allow; a loop marked `split` is cut in up to three: the rounds in the
   middle, for which tests inside hold whatever the other variables are, have none, and those before
   and behind are written out, so that tests are numbers there. Not its business: terms that only
   every second round has. */

#include "lower/passes.h"

enum { MOST_CHOICES = 2 }; /* of one statement that are made outside: up to four copies of it */

typedef struct {
    Symbols *symbols;
    Range *ranges; /* by variable */
} Splitter;

static Body *split_body(Splitter *splitter, const Body *body);

// Choices in expressions: select(inside(y - 1) and inside(x - 1), a[y - 1, x - 1], 0)

/* What is known of tests: by ranges alone, or that all of these hold, or that not all do. */
typedef struct {
    const Splitter *splitter;
    int count; /* 0: by ranges */
    AffineTest *tests;
    bool hold;
} Known;

static bool is_same(AffineTest a, AffineTest b) {
    return a.divisor == b.divisor && affine_equal(a.value, b.value);
}

static bool asks(const Expr *condition, AffineTest test) {
    if (condition->kind == EXPR_TEST)
        return is_same(expr_asked(condition), test);
    return condition->kind == EXPR_AND &&
           (asks(condition->arguments[0], test) || asks(condition->arguments[1], test));
}

/* 1 where it holds, 0 where it does not, -1 where that is not known. */
static int decision_of(const Known *known, const Expr *test) {
    if (known->count == 0)
        return affine_test_decision(expr_asked(test), known->splitter->ranges);
    for (int i = 0; i < known->count && known->hold; i++)
        if (asks(test, known->tests[i]))
            return 1;
    return -1;
}

/* The condition without tests that hold: NULL where none is left. *never: one does not. */
static Expr *open_tests(const Known *known, Expr *condition, bool *never) {
    if (condition->kind == EXPR_TEST) {
        int decision = decision_of(known, condition);
        *never |= decision == 0;
        return decision == 1 ? NULL : condition;
    }
    if (condition->kind != EXPR_AND)
        return condition;
    Expr *left = open_tests(known, condition->arguments[0], never);
    Expr *right = open_tests(known, condition->arguments[1], never);
    if (left == condition->arguments[0] && right == condition->arguments[1])
        return condition;
    return left && right ? expr_and(known->splitter->symbols, left, right) : left ? left : right;
}

/* Whether it asks for all of the tests, of which one does not hold. */
static bool fails(const Known *known, const Expr *condition) {
    bool result = known->count > 0 && !known->hold;
    for (int i = 0; i < known->count; i++)
        result &= asks(condition, known->tests[i]);
    return result;
}

static Expr *chosen(const Known *known, Expr *expr) {
    if (expr->argument_count == 0)
        return expr;
    Symbols *symbols = known->splitter->symbols;
    Expr **arguments = NEW_ARRAY(symbols->compiler, Expr *, expr->argument_count);
    bool never = false, has_changed = false;
    int first = 0;
    if (expr->kind == EXPR_SELECT) {
        Expr *condition = open_tests(known, expr->arguments[0], &never);
        if (never || fails(known, expr->arguments[0]))
            return chosen(known, expr->arguments[2]);
        if (!condition)
            return chosen(known, expr->arguments[1]);
        has_changed = condition != expr->arguments[0];
        arguments[first++] = condition;
    }
    for (int i = first; i < expr->argument_count; i++) {
        arguments[i] = chosen(known, expr->arguments[i]);
        has_changed |= arguments[i] != expr->arguments[i];
    }
    return has_changed ? expr_with(symbols, expr, arguments) : expr;
}

static Stmt *chosen_stmt(const Known *known, const Stmt *stmt) {
    Stmt *made = stmt_like(known->splitter->symbols, stmt);
    made->expression = chosen(known, stmt->expression);
    return made;
}

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
    if (test.divisor != 0 || !affine_has(test.value, variable))
        return;
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

static void narrow_by_expr(const Splitter *splitter, const Expr *expr, int variable,
                           Range *middle) {
    if (expr->kind == EXPR_TEST)
        narrow_by_test(splitter, expr_asked(expr), variable, middle);
    for (int i = 0; i < expr->argument_count; i++)
        narrow_by_expr(splitter, expr->arguments[i], variable, middle);
}

/* Ranges of the loops inside are known first, so that tests can be judged from here. */
static void narrow_by_body(Splitter *splitter, const Body *body, int variable, Range *middle) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR)
            splitter->ranges[stmt->variable] = stmt->range;
        for (int k = 0; k < stmt->test_count; k++)
            narrow_by_test(splitter, stmt->tests[k], variable, middle);
        if (stmt->expression)
            narrow_by_expr(splitter, stmt->expression, variable, middle);
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

/* A body of one statement. */
static Body *body_of(Splitter *splitter, Stmt *stmt) {
    Body *body = body_new(splitter->symbols);
    body_add(splitter->symbols, body, stmt);
    return body;
}

static Stmt *loop_with(Splitter *splitter, const Stmt *loop, Body *body) {
    Stmt *made = stmt_like(splitter->symbols, loop);
    made->body = body;
    return made;
}

static Stmt *with_tests_outside(Splitter *splitter, Stmt *loop);

/* Tests of an `if`, the loop's only statement, that do not depend on it, around it. */
static Stmt *with_if_outside(Splitter *splitter, Stmt *loop, const Stmt *inner) {
    Symbols *symbols = splitter->symbols;
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
    Stmt *rest = stmt_if(symbols, inside_count, inside);
    rest->body = inner->body;
    rest->otherwise = inner->otherwise;
    Stmt *made = stmt_if(symbols, outside_count, outside);
    Stmt *loop_inside =
        loop_with(splitter, loop, inside_count == 0 ? inner->body : body_of(splitter, rest));
    made->body = body_of(splitter, with_tests_outside(splitter, loop_inside));
    if (inner->otherwise) {
        loop_inside = loop_with(splitter, loop, inner->otherwise);
        made->otherwise = body_of(splitter, with_tests_outside(splitter, loop_inside));
    }
    return made;
}

/* Adds tests of the condition that do not depend on the variable. */
static void add_free_tests(const Splitter *splitter, const Expr *condition, int variable,
                           Known *known) {
    if (condition->kind == EXPR_TEST && !affine_has(condition->index[0], variable)) {
        AffineTest test = expr_asked(condition);
        PUSH(splitter->symbols->compiler, known->tests, known->count, test);
    }
    for (int i = 0; condition->kind == EXPR_AND && i < 2; i++)
        add_free_tests(splitter, condition->arguments[i], variable, known);
}

/* The tests of the first choice that do not depend on the variable. */
static void find_free_tests(const Splitter *splitter, const Expr *expr, int variable,
                            Known *known) {
    if (expr->kind == EXPR_SELECT)
        add_free_tests(splitter, expr->arguments[0], variable, known);
    for (int i = 0; i < expr->argument_count && known->count == 0; i++)
        find_free_tests(splitter, expr->arguments[i], variable, known);
}

/* Of choices in the loop's only statement likewise, a loop for each outcome; there are at most
   `count` of these choices. */
static Stmt *with_choices_outside(Splitter *splitter, Stmt *loop, int count) {
    const Stmt *inner = loop->body->statements[0];
    Known known = {.splitter = splitter, .hold = true};
    if (count > 0 && inner->expression)
        find_free_tests(splitter, inner->expression, loop->variable, &known);
    if (known.count == 0)
        return loop;
    Stmt *made = stmt_if(splitter->symbols, known.count, known.tests);
    for (int i = 0; i < 2; i++) {
        known.hold = i == 0;
        Body *body = body_of(splitter, chosen_stmt(&known, inner));
        Stmt *branch = loop_with(splitter, loop, body);
        body = body_of(splitter, with_choices_outside(splitter, branch, count - 1));
        *(i == 0 ? &made->body : &made->otherwise) = body;
    }
    return made;
}

/* Tests of the loop's only statement that do not depend on it, around it. */
static Stmt *with_tests_outside(Splitter *splitter, Stmt *loop) {
    if (loop->body->count != 1)
        return loop;
    const Stmt *inner = loop->body->statements[0];
    return inner->kind == STMT_IF ? with_if_outside(splitter, loop, inner)
                                  : with_choices_outside(splitter, loop, MOST_CHOICES);
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
            body_add(splitter->symbols, made,
                     stmt->expression ? chosen_stmt(&(Known){.splitter = splitter}, stmt) : stmt);
    }
    return made;
}

void split_index_sets(LoopKernel *kernel) {
    Symbols *symbols = kernel->symbols;
    Splitter splitter = {.symbols = symbols};
    splitter.ranges = NEW_ARRAY(symbols->compiler, Range, symbols->variable_count + 1);
    kernel->body = split_body(&splitter, kernel->body);
}
