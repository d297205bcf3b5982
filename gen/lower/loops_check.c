/* Whether a loop program keeps the rules that loops.h states.

   In: a kernel. Out: NULL, or the first breach in one sentence. Not its business: whether it
   computes what it should.

   Addresses are affine in the loop variables, so their bounds follow from those of the loops. A
   test around an access, t >= 0, narrows them: a >= a - c * t for every c >= 0, and the best c
   makes a variable of the test vanish from the address. A test that t is a multiple of s makes
   quotients by s, or by a divisor of it, exact: of t itself, and of what differs from it by
   multiples of s. */

#include "lower/loops.h"

#include <inttypes.h>
#include <string.h>

typedef struct {
    const LoopKernel *kernel;
    Range *ranges;    /* by variable */
    bool *is_open;    /* by variable: an enclosing loop has it */
    bool *is_made;    /* by register */
    bool *is_here;    /* by buffer */
    bool *can_change; /* by register: it is a VAR's */
    int test_count;
    AffineTest *tests; /* hold where the walk is */
    const char *problem;
} Checker;

__attribute__((format(printf, 2, 3))) static void complain(Checker *checker, const char *format,
                                                           ...) {
    if (checker->problem)
        return;
    Text *text = text_new(checker->kernel->symbols->compiler);
    text_add(text, "kernel %s: ", checker->kernel->name);
    va_list arguments;
    va_start(arguments, format);
    text_add_v(text, format, arguments);
    va_end(arguments);
    checker->problem = text->bytes;
}

// Affine expressions

/* Whether this is a multiple wherever tests from number `test` on hold: it is where what differs from
   it by multiples of theirs is one. */
static bool is_multiple(const Checker *checker, AffineTest multiple, int test) {
    Compiler *compiler = checker->kernel->symbols->compiler;
    if (affine_test_decision(multiple, checker->ranges) == 1)
        return true;
    if (test == checker->test_count)
        return false;
    const AffineTest *holds = &checker->tests[test];
    bool is_of_use = holds->divisor > 0 && holds->divisor % multiple.divisor == 0;
    for (int64_t times = 0; times < (is_of_use ? multiple.divisor : 1); times++) {
        Affine less = affine_scale(compiler, holds->value, -times);
        Affine other = affine_add(compiler, multiple.value, less);
        if (is_multiple(checker, affine_multiple(other, multiple.divisor), test + 1))
            return true;
    }
    return false;
}

/* Whether the quotient is a whole number wherever the tests hold: a multiple of each power of a
   prime in the divisor. */
static bool is_exact(const Checker *checker, Affine a) {
    int64_t divisor = a.divisor;
    a.divisor = 1;
    for (int64_t prime = 2; divisor > 1; prime++) {
        int64_t power = 1;
        if (prime * prime > divisor)
            prime = divisor;
        for (; divisor % prime == 0; divisor /= prime)
            power *= prime;
        if (power > 1 && !is_multiple(checker, affine_multiple(a, power), 0))
            return false;
    }
    return true;
}

/* Some test around never holds where this is false, as in a last block. */
static bool is_reached(const Checker *checker) {
    for (int i = 0; i < checker->test_count; i++)
        if (affine_test_decision(checker->tests[i], checker->ranges) == 0)
            return false;
    return true;
}

static void check_affine(Checker *checker, const Affine *a) {
    const Symbols *symbols = checker->kernel->symbols;
    for (int i = 0; i < a->term_count; i++)
        if (!checker->is_open[a->terms[i].variable])
            complain(checker, "%s is used outside its loop",
                     symbols->variables[a->terms[i].variable]);
    if (!checker->problem && !is_exact(checker, *a) && is_reached(checker))
        complain(checker, "%s is no whole number",
                 affine_text(symbols->compiler, *a, symbols->variables));
}

static int64_t factor_of(const Affine *a, int variable) {
    for (int i = 0; i < a->term_count; i++)
        if (a->terms[i].variable == variable)
            return a->terms[i].factor;
    return 0;
}

/* a - c * test, c such that the variable of one of the test's terms vanishes; `a` itself where that
   needs a negative c. Both have divisor 1. */
static Affine without(Compiler *compiler, Affine a, const Affine *test, Term term) {
    int64_t factor = factor_of(&a, term.variable);
    if (factor == 0 || (factor < 0) != (term.factor < 0))
        return a;
    int64_t by = term.factor < 0 ? -term.factor : term.factor;
    int64_t times = factor < 0 ? -factor : factor;
    int64_t divisor = a.divisor;
    a.divisor = 1;
    a = affine_add(compiler, affine_scale(compiler, a, by), affine_scale(compiler, *test, -times));
    a.divisor *= divisor * by;
    return a;
}

/* The least value under the tests from number `first` on: one after the other, as long as the bound
   rises. */
static int64_t least_from(const Checker *checker, Affine a, int first) {
    Compiler *compiler = checker->kernel->symbols->compiler;
    int64_t least = affine_bounds(a, checker->ranges).first;
    for (int i = first; i < checker->test_count; i++) {
        const Affine *test = &checker->tests[i].value;
        Affine best = a;
        bool is_bound = checker->tests[i].divisor == 0 && test->divisor == 1;
        for (int k = 0; k < test->term_count && is_bound; k++) {
            Affine other = without(compiler, a, test, test->terms[k]);
            int64_t bound = affine_bounds(other, checker->ranges).first;
            if (bound > least) {
                least = bound;
                best = other;
            }
        }
        a = best;
    }
    return least;
}

/* A test that helps may hide one that would help more, so each of them is the first once. */
static int64_t least_of(const Checker *checker, Affine a) {
    int64_t least = least_from(checker, a, 0);
    for (int first = 1; first < checker->test_count; first++) {
        int64_t other = least_from(checker, a, first);
        least = other > least ? other : least;
    }
    return least;
}

static int64_t greatest_of(const Checker *checker, Affine a) {
    return -least_of(checker, affine_scale(checker->kernel->symbols->compiler, a, -1));
}

/* Lane i, `shift` elements further along the last axis, must lie inside. */
static void check_bounds(Checker *checker, const Reference *reference, int64_t shift) {
    const LoopKernel *kernel = checker->kernel;
    const Buffer *buffer = &kernel->symbols->buffers[reference->buffer];
    for (int axis = 0; axis < reference->index_count && !checker->problem; axis++) {
        int64_t more = axis == reference->index_count - 1 ? shift : 0;
        int64_t least = least_of(checker, reference->index[axis]) + more;
        int64_t greatest = greatest_of(checker, reference->index[axis]) + more;
        if (least < 0 || greatest >= buffer->extent[axis])
            complain(checker,
                     "%s[%s] reaches %" PRId64 " to %" PRId64 " of %" PRId64 " along axis %d",
                     buffer->name,
                     affine_text(kernel->symbols->compiler, reference->index[axis],
                                 kernel->symbols->variables),
                     least, greatest, buffer->extent[axis], axis);
    }
}

static bool shape_is_right(const Reference *reference) {
    return reference->lanes >= 1 && reference->lanes <= MAX_LANES && reference->mask != 0 &&
           (reference->mask & ~whole_mask(reference->lanes)) == 0;
}

static void check_reference(Checker *checker, const Reference *reference, bool is_fetch) {
    const Buffer *buffer = &checker->kernel->symbols->buffers[reference->buffer];
    if (!checker->is_here[reference->buffer])
        complain(checker, "%s is used before it is there", buffer->name);
    else if (reference->index_count != buffer->rank)
        complain(checker, "%s has %d axes and %d indices", buffer->name, buffer->rank,
                 reference->index_count);
    else if (!shape_is_right(reference))
        complain(checker, "%s is taken in %d lanes, mask 0x%" PRIx64, buffer->name,
                 reference->lanes, reference->mask);
    for (int i = 0; i < reference->index_count; i++)
        check_affine(checker, &reference->index[i]);
    if (checker->problem || is_fetch || !is_reached(checker))
        return;
    int first = 0, last = reference->lanes - 1;
    while (!(reference->mask >> first & 1))
        first++;
    while (!(reference->mask >> last & 1))
        last--;
    check_bounds(checker, reference, first * reference->stride);
    check_bounds(checker, reference, last * reference->stride);
}

// Expressions

static const char *kind_name(const Expr *expr) {
    return expr->kind == EXPR_APPLY ? op_rows[expr->op].name : "an operand";
}

static void expect_like(Checker *checker, const Expr *expr, Type type, int lanes) {
    if (expr->type != type || expr->lanes != lanes)
        complain(checker, "%s is %sx%d where %sx%d is wanted", kind_name(expr),
                 type_text(expr->type), expr->lanes, type_text(type), lanes);
}

static void check_expr(Checker *checker, const Expr *expr);

/* Tests that hold where this condition does: those of an EXPR_TEST, and of both sides of `and`. */
static void add_tests(Checker *checker, const Expr *condition) {
    if (condition->kind == EXPR_TEST)
        PUSH(checker->kernel->symbols->compiler, checker->tests, checker->test_count,
             expr_asked(condition));
    if (condition->kind == EXPR_AND)
        for (int i = 0; i < 2; i++)
            add_tests(checker, condition->arguments[i]);
}

static void check_select(Checker *checker, const Expr *expr) {
    int test_count = checker->test_count;
    check_expr(checker, expr->arguments[0]);
    int lanes = expr->arguments[0]->lanes; /* one test may choose for all lanes */
    expect_like(checker, expr->arguments[0], TYPE_BOOL, lanes == 1 ? 1 : expr->lanes);
    add_tests(checker, expr->arguments[0]);
    check_expr(checker, expr->arguments[1]);
    checker->test_count = test_count;
    check_expr(checker, expr->arguments[2]);
    for (int i = 1; i < 3; i++)
        expect_like(checker, expr->arguments[i], expr->type, expr->lanes);
}

static void check_apply(Checker *checker, const Expr *expr) {
    if (expr->argument_count != op_rows[expr->op].arity)
        complain(checker, "%s has %d operands", op_rows[expr->op].name, expr->argument_count);
    for (int i = 0; i < expr->argument_count; i++)
        expect_like(checker, expr->arguments[i], expr->arguments[0]->type, expr->lanes);
    if (expr->type != (op_compares(expr->op) ? TYPE_BOOL : expr->arguments[0]->type))
        complain(checker, "%s has a type of its own", op_rows[expr->op].name);
}

static void check_register(Checker *checker, const Expr *expr) {
    const Register *of = &checker->kernel->symbols->registers[expr->reg];
    if (!checker->is_made[expr->reg])
        complain(checker, "%s is used before it is made", of->name);
    expect_like(checker, expr, of->type, of->lanes);
}

/* What the kinds that are not checked by functions of their own ask of each argument. */
static void check_arguments(Checker *checker, const Expr *expr) {
    for (int i = 0; i < expr->argument_count; i++) {
        const Expr *argument = expr->arguments[i];
        if (expr->kind == EXPR_AND)
            expect_like(checker, argument, TYPE_BOOL, expr->lanes);
        else if (expr->kind == EXPR_SPLAT)
            expect_like(checker, argument, expr->type, 1);
        else if (expr->kind == EXPR_CONVERT)
            expect_like(checker, argument, argument->type, expr->lanes);
        else if (expr->kind == EXPR_ACROSS)
            expect_like(checker, argument, expr->type, argument->lanes);
        else if (expr->kind == EXPR_SUMS)
            expect_like(checker, argument, expr->type, expr->arguments[0]->lanes);
    }
}

static void check_expr(Checker *checker, const Expr *expr) {
    for (int i = 0; i < expr->index_count; i++)
        check_affine(checker, &expr->index[i]);
    if (expr->kind == EXPR_SELECT) {
        check_select(checker, expr);
        return;
    }
    for (int i = 0; i < expr->argument_count; i++)
        check_expr(checker, expr->arguments[i]);
    if (expr->kind == EXPR_APPLY)
        check_apply(checker, expr);
    else if (expr->kind == EXPR_REGISTER)
        check_register(checker, expr);
    else if (expr->kind == EXPR_READ)
        check_reference(checker, expr->reference, false);
    else
        check_arguments(checker, expr);
}

// Statements

static void check_body(Checker *checker, const Body *body);

static void check_for(Checker *checker, const Stmt *stmt) {
    const char *name = checker->kernel->symbols->variables[stmt->variable];
    Range range = stmt->range;
    if (range.step < 1 || range.last < range.first || (range.last - range.first) % range.step != 0)
        complain(checker, "the loop over %s has a range that is none", name);
    bool is_lanes = stmt->mark == LOOP_LANES;
    if (is_lanes && (range.step != 1 || range.last - range.first >= stmt->lanes))
        complain(checker, "the loop over %s does not fit in %d lanes", name, stmt->lanes);
    const Stmt *inner = stmt->body->count == 1 ? stmt->body->statements[0] : NULL;
    bool has_lanes = inner && inner->kind == STMT_FOR && inner->mark == LOOP_LANES;
    if (stmt->mark == LOOP_TURN && has_lanes &&
        (range.step != 1 || range.last - range.first >= inner->lanes))
        complain(checker, "the loop over %s is not turned into %d lanes", name, inner->lanes);
    if (checker->is_open[stmt->variable])
        complain(checker, "two loops inside each other have %s", name);
    checker->ranges[stmt->variable] = range;
    checker->is_open[stmt->variable] = true;
    check_body(checker, stmt->body);
    checker->is_open[stmt->variable] = false;
}

static void check_if(Checker *checker, const Stmt *stmt) {
    int test_count = checker->test_count;
    for (int i = 0; i < stmt->test_count; i++) {
        check_affine(checker, &stmt->tests[i].value);
        PUSH(checker->kernel->symbols->compiler, checker->tests, checker->test_count,
             stmt->tests[i]);
    }
    check_body(checker, stmt->body);
    checker->test_count = test_count;
    if (stmt->otherwise)
        check_body(checker, stmt->otherwise);
}

static void make_targets(Checker *checker, const Stmt *stmt) {
    for (int i = 0; i < stmt->target_count; i++) {
        const Register *made = &checker->kernel->symbols->registers[stmt->targets[i]];
        if (stmt->expression)
            expect_like(checker, stmt->expression, made->type, made->lanes);
        if (checker->is_made[stmt->targets[i]])
            complain(checker, "%s is made twice", made->name);
        checker->is_made[stmt->targets[i]] = true;
        checker->can_change[stmt->targets[i]] = stmt->kind == STMT_VAR;
    }
}

/* One block of random numbers, in as many lanes as there are examples. */
static void check_draw(Checker *checker, const Stmt *stmt) {
    const Expr *random = stmt->expression;
    const char *name = checker->kernel->symbols->registers[stmt->targets[0]].name;
    bool is_block = random->kind == EXPR_RANDOM && stmt->target_count == 4 &&
                    (random->lanes == 1 || (random->examples_in_lanes && random->stride == 1));
    if (!is_block)
        complain(checker, "%s and others are no block of random numbers", name);
    else if (affine_test_decision(affine_multiple(expr_element(random), 4), checker->ranges) != 1)
        complain(checker, "%s is not the first of a block of random numbers", name);
}

static void check_set(Checker *checker, const Stmt *stmt) {
    const Register *target = &checker->kernel->symbols->registers[stmt->targets[0]];
    if (!checker->is_made[stmt->targets[0]] || !checker->can_change[stmt->targets[0]])
        complain(checker, "%s is set and is no variable here", target->name);
    expect_like(checker, stmt->expression, target->type, target->lanes);
}

static void check_transpose(Checker *checker, const Stmt *stmt) {
    for (int i = 0; i < stmt->target_count; i++) {
        const Register *target = &checker->kernel->symbols->registers[stmt->targets[i]];
        if (!checker->is_made[stmt->targets[i]] || !checker->can_change[stmt->targets[i]] ||
            target->lanes != stmt->target_count)
            complain(checker, "%s cannot be turned with %d others", target->name,
                     stmt->target_count - 1);
    }
}

static void check_store(Checker *checker, const Stmt *stmt) {
    const Buffer *buffer = &checker->kernel->symbols->buffers[stmt->reference->buffer];
    check_reference(checker, stmt->reference, false);
    if (!buffer->is_written)
        complain(checker, "%s is written and is only for reading", buffer->name);
    expect_like(checker, stmt->expression, buffer->type, stmt->reference->lanes);
    bool is_product = stmt->expression->kind == EXPR_APPLY && stmt->expression->op == OP_MUL;
    if (stmt->is_fused && !is_product)
        complain(checker, "%s is to take a product, and takes none", buffer->name);
}

static void check_simple(Checker *checker, const Stmt *stmt) {
    if (stmt->expression)
        check_expr(checker, stmt->expression);
    switch (stmt->kind) {
    case STMT_DRAW:
        check_draw(checker, stmt);
        make_targets(checker, stmt);
        break;
    case STMT_LET:
    case STMT_VAR:
        make_targets(checker, stmt);
        break;
    case STMT_SET:
        check_set(checker, stmt);
        break;
    case STMT_TRANSPOSE:
        check_transpose(checker, stmt);
        break;
    case STMT_LOCAL:
        checker->is_here[stmt->buffer] = true;
        break;
    case STMT_STORE:
    case STMT_ACCUMULATE:
        check_store(checker, stmt);
        break;
    case STMT_FETCH:
        check_reference(checker, stmt->reference, true);
        break;
    default:
        break;
    }
}

/* What a body made is gone behind it. */
static void leave_body(Checker *checker, const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        bool makes = stmt->kind == STMT_LET || stmt->kind == STMT_VAR || stmt->kind == STMT_DRAW;
        for (int k = 0; makes && k < stmt->target_count; k++)
            checker->is_made[stmt->targets[k]] = false;
        if (stmt->kind == STMT_LOCAL)
            checker->is_here[stmt->buffer] = false;
    }
}

static void check_body(Checker *checker, const Body *body) {
    for (int i = 0; i < body->count && !checker->problem; i++) {
        const Stmt *stmt = body->statements[i];
        if (stmt->kind == STMT_FOR)
            check_for(checker, stmt);
        else if (stmt->kind == STMT_IF)
            check_if(checker, stmt);
        else
            check_simple(checker, stmt);
    }
    leave_body(checker, body);
}

const char *loops_check(const LoopKernel *kernel) {
    Compiler *compiler = kernel->symbols->compiler;
    Checker checker = {
        .kernel = kernel,
        .ranges = NEW_ARRAY(compiler, Range, kernel->symbols->variable_count + 1),
        .is_open = NEW_ARRAY(compiler, bool, kernel->symbols->variable_count + 1),
        .is_made = NEW_ARRAY(compiler, bool, kernel->symbols->register_count + 1),
        .can_change = NEW_ARRAY(compiler, bool, kernel->symbols->register_count + 1),
        .is_here = NEW_ARRAY(compiler, bool, kernel->symbols->buffer_count + 1),
    };
    for (int i = 0; i < kernel->symbols->buffer_count; i++)
        checker.is_here[i] = !kernel->symbols->buffers[i].is_local;
    check_body(&checker, kernel->body);
    return checker.problem;
}
