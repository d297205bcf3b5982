/* Affine expressions: equal ones have equal fields, and all that is done with them agrees with
   their values, gone through one by one. */

#include "../numeric/dice.h"
#include "formula_graph.h"

#include <criterion/criterion.h>

enum { VARIABLES = 3, DRAWS = 120 };
static const char *const names[VARIABLES] = {"n", "b", "k"};

static Affine drawn(Compiler *compiler, Dice *dice) {
    Affine a = affine_number(dice_between(dice, -20, 20));
    for (int i = 0; i < VARIABLES; i++) {
        Affine term = affine_variable(compiler, i);
        a = affine_add(compiler, a, affine_scale(compiler, term, dice_between(dice, -8, 8)));
    }
    return a;
}

static void draw_ranges(Dice *dice, Range *ranges) {
    for (int i = 0; i < VARIABLES; i++) {
        int64_t step = (int64_t)1 << dice_below(dice, 4), first = step * dice_between(dice, 0, 2);
        ranges[i] = (Range){first, first + step * dice_between(dice, 0, 3), step};
    }
}

/* The next values of all variables; false after the last. */
static bool next_values(const Range *ranges, int64_t *values) {
    for (int i = 0; i < VARIABLES; i++) {
        values[i] += ranges[i].step;
        if (values[i] <= ranges[i].last)
            return true;
        values[i] = ranges[i].first;
    }
    return false;
}

static void first_values(const Range *ranges, int64_t *values) {
    for (int i = 0; i < VARIABLES; i++)
        values[i] = ranges[i].first;
}

static void expect_text(Compiler *compiler, Affine a, const char *wanted) {
    cr_expect_str_eq(affine_text(compiler, a, names), wanted);
}

/* offset + n * of_n + b * of_b. */
static Affine affine(Compiler *compiler, int64_t of_n, int64_t of_b, int64_t offset) {
    Affine n = affine_scale(compiler, affine_variable(compiler, 0), of_n);
    Affine b = affine_scale(compiler, affine_variable(compiler, 1), of_b);
    return affine_add(compiler, affine_number(offset), affine_add(compiler, b, n));
}

Test(affine, text) {
    Compiler *compiler = test_compiler();
    static const Range by_32[VARIABLES] = {{0, 96, 32}, {0, 7, 1}, {0, 0, 1}};
    static const Range odd[VARIABLES] = {{1, 7, 2}, {0, 7, 1}, {0, 0, 1}};
    expect_text(compiler, affine(compiler, 64, 32, 0), "64*n + 32*b");
    expect_text(compiler, affine(compiler, 1, -2, -3), "n - 2*b - 3");
    expect_text(compiler, affine(compiler, -1, 1, 14), "14 - n + b");
    expect_text(compiler, affine(compiler, -1, 0, -2), "-n - 2");
    expect_text(compiler, affine(compiler, 0, 0, 0), "0");
    expect_text(compiler, affine(compiler, 0, 0, -5), "-5");
    Affine half;
    cr_expect(affine_divide(compiler, affine(compiler, 3, 0, 1), 2, odd, &half));
    expect_text(compiler, half, "(3*n + 1)/2");
    cr_expect(affine_divide(compiler, affine(compiler, 1, 0, 0), 32, by_32, &half));
    expect_text(compiler, half, "n/32");
    expect_text(compiler, affine_scale(compiler, half, 25088), "784*n");
    expect_text(compiler, affine_add(compiler, half, affine(compiler, 0, 3, 0)), "(n + 96*b)/32");
    test_compiler_free(compiler);
}

/* In whatever way they came about. */
Test(affine, equal_expressions_have_equal_fields) {
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        Compiler *compiler = test_compiler();
        Dice dice = dice_new(seed);
        Affine a = drawn(compiler, &dice), b = drawn(compiler, &dice), half;
        Affine sum = affine_add(compiler, a, b),
               none = affine_add(compiler, a, affine_scale(compiler, a, -1));
        Affine back = affine_add(compiler, affine_scale(compiler, b, -1), sum);
        Range ranges[VARIABLES] = {{0, 8, 2}, {0, 8, 4}, {-6, 0, 2}};
        cr_expect(affine_equal(sum, affine_add(compiler, b, a)), "seed %d", (int)seed);
        cr_expect(affine_equal(back, a), "seed %d", (int)seed);
        cr_expect(none.offset == 0 && none.divisor == 1 && none.term_count == 0);
        Affine even = affine_add(compiler, a, affine_number(a.offset % 2));
        cr_assert(affine_divide(compiler, even, 2, ranges, &half), "seed %d", (int)seed);
        cr_expect(affine_equal(affine_scale(compiler, half, 2), even), "seed %d", (int)seed);
        for (int i = 0; i < a.term_count; i++)
            cr_expect(a.terms[i].factor != 0 &&
                      (i == 0 || a.terms[i - 1].variable < a.terms[i].variable));
        test_compiler_free(compiler);
    }
}

static void expect_values(Compiler *compiler, uint64_t seed) {
    Dice dice = dice_new(seed);
    Range ranges[VARIABLES];
    draw_ranges(&dice, ranges);
    Affine a = drawn(compiler, &dice), b = drawn(compiler, &dice);
    Affine sum = affine_add(compiler, a, b), twice = affine_scale(compiler, a, 2);
    Range bounds = affine_bounds(a, ranges);
    int64_t values[VARIABLES], low = INT64_MAX, high = INT64_MIN;
    bool is_right = true;
    first_values(ranges, values);
    do {
        int64_t value = affine_value(a, values);
        is_right &= affine_value(sum, values) == value + affine_value(b, values);
        is_right &= affine_value(twice, values) == 2 * value;
        low = value < low ? value : low;
        high = value > high ? value : high;
    } while (next_values(ranges, values));
    cr_expect(is_right, "seed %d", (int)seed);
    cr_expect(bounds.first == low && bounds.last == high, "seed %d", (int)seed);
}

Test(affine, values_and_bounds) {
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        Compiler *compiler = test_compiler();
        expect_values(compiler, seed);
        test_compiler_free(compiler);
    }
}

static bool is_multiple(Affine a, int64_t divisor, const Range *ranges) {
    int64_t values[VARIABLES];
    first_values(ranges, values);
    do {
        if (affine_value(a, values) % divisor != 0)
            return false;
    } while (next_values(ranges, values));
    return true;
}

static void expect_parts(Affine a, int64_t divisor, Affine quotient, Affine rest,
                         const Range *ranges) {
    int64_t values[VARIABLES];
    bool is_right = true;
    first_values(ranges, values);
    do {
        int64_t left = affine_value(rest, values);
        is_right &= affine_value(a, values) == divisor * affine_value(quotient, values) + left;
        is_right &= left >= 0 && left < divisor;
    } while (next_values(ranges, values));
    cr_expect(is_right, "over %d", (int)divisor);
}

/* An exact quotient is found if and only if there is one; quotients rounded down may be missed, but
   hold where they are found, and those of quotients too. */
static int expect_quotients(Compiler *compiler, uint64_t seed) {
    Dice dice = dice_new(seed);
    Range ranges[VARIABLES];
    draw_ranges(&dice, ranges);
    Affine a = drawn(compiler, &dice), exact, quotient, rest;
    int64_t divisor = (int64_t)1 << dice_below(&dice, 4);
    bool divides = affine_divide(compiler, a, divisor, ranges, &exact);
    cr_expect_eq(divides, is_multiple(a, divisor, ranges), "seed %d", (int)seed);
    int found = affine_split(compiler, a, divisor, ranges, &quotient, &rest);
    if (found)
        expect_parts(a, divisor, quotient, rest, ranges);
    if (divides && affine_split(compiler, exact, 3, ranges, &quotient, &rest)) {
        found++;
        expect_parts(exact, 3, quotient, rest, ranges);
    }
    return found;
}

Test(affine, quotients) {
    int found = 0;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        Compiler *compiler = test_compiler();
        found += expect_quotients(compiler, seed);
        test_compiler_free(compiler);
    }
    cr_expect_gt(found, DRAWS / 4, "%d", found);
}

/* 32 lanes of a vector in a row of blocks: the block is n/32, the lane b. */
Test(affine, blocks_and_lanes) {
    Compiler *compiler = test_compiler();
    static const Range ranges[VARIABLES] = {{0, 96, 32}, {0, 31, 1}, {0, 64, 16}};
    Affine quotient, rest;
    cr_assert(affine_split(compiler, affine(compiler, 1, 1, 64), 32, ranges, &quotient, &rest));
    expect_text(compiler, quotient, "(n + 64)/32");
    expect_text(compiler, rest, "b");
    cr_expect_not(affine_split(compiler, affine(compiler, 1, 1, 1), 32, ranges, &quotient, &rest));
    cr_assert(affine_split(compiler, affine(compiler, 1, 0, -1), 32, ranges, &quotient, &rest));
    expect_text(compiler, quotient, "(n - 32)/32");
    expect_text(compiler, rest, "31");
    test_compiler_free(compiler);
}

// Conditions

static int decision_of(Affine value, int64_t divisor, const Range *ranges) {
    return affine_test_decision((AffineTest){value, divisor}, ranges);
}

Test(affine, a_test_is_decided_by_ranges) {
    Compiler *compiler = test_compiler();
    static const char *const two[] = {"y", "k"};
    Range ranges[] = {{0, 12, 4}, {1, 3, 1}};
    Affine y = affine_variable(compiler, 0), k = affine_variable(compiler, 1);
    Affine sum = affine_add(compiler, y, affine_scale(compiler, k, -1));
    cr_expect_eq(decision_of(affine_add(compiler, sum, affine_number(3)), 0, ranges), 1);
    cr_expect_eq(decision_of(sum, 0, ranges), -1);
    cr_expect_eq(decision_of(affine_add(compiler, sum, affine_number(-12)), 0, ranges), 0);
    cr_expect_eq(decision_of(y, 4, ranges), 1);
    cr_expect_eq(decision_of(affine_add(compiler, y, affine_number(-6)), 4, ranges), 0);
    cr_expect_eq(decision_of(y, 3, ranges), -1);
    cr_expect_eq(decision_of(sum, 2, ranges), -1);
    cr_expect_eq(decision_of(affine_scale(compiler, sum, 2), 2, ranges), 1);
    cr_expect_eq(decision_of(affine_number(-9), 3, NULL), 1);
    AffineTest test = affine_multiple(affine_add(compiler, sum, affine_number(1)), 3);
    cr_expect_str_eq(affine_test_text(compiler, test, two), "(y - k + 1) % 3 == 0");
    cr_expect_str_eq(affine_test_text(compiler, affine_multiple(y, 3), two), "y % 3 == 0");
    cr_expect_str_eq(affine_test_text(compiler, affine_not_negative(sum), two), "y - k >= 0");
    cr_expect_eq(affine_test_advance(test, test.value.terms[0], ranges), 1);
    cr_expect_eq(affine_test_advance(test, test.value.terms[1], ranges), 2);
    cr_expect(affine_test_holds(test, (int64_t[]){4, 2}));
    cr_expect(affine_test_holds(test, (int64_t[]){0, 4}), "-3 is a multiple");
    cr_expect_not(affine_test_holds(test, (int64_t[]){4, 3}));
    test = affine_test_at(compiler, test, 1, 2);
    cr_expect_str_eq(affine_test_text(compiler, test, two), "(y - 1) % 3 == 0");
    cr_expect(affine_has(sum, 1));
    cr_expect_not(affine_has(test.value, 1));
    test_compiler_free(compiler);
}
