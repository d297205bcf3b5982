/* Affine expressions of loop variables: indices of elements and addresses; and conditions on them.

   In: numbers, variables, the values that these take. Out: sums, multiples, exact quotients,
   bounds, text. May be relied on: equal expressions have equal fields. */

#ifndef NNGEN_AFFINE_H
#define NNGEN_AFFINE_H

#include "base/base.h"

typedef struct {
    int variable;
    int64_t factor; /* never 0 */
} Term;

/* (offset + sum of factor * variable) / divisor, whole for all values that the variables take:
   25088 * n / 32 where n goes by 32. Terms are in order of their variables. */
typedef struct {
    int64_t offset, divisor; /* divisor > 0, and no number divides it and all others */
    int term_count;
    Term *terms;
} Affine;

/* What a variable can be: first, first + step, .. last. */
typedef struct {
    int64_t first, last, step;
} Range;

Affine affine_number(int64_t value);
Affine affine_variable(Compiler *compiler, int variable);
Affine affine_add(Compiler *compiler, Affine a, Affine b);
Affine affine_scale(Compiler *compiler, Affine a, int64_t factor);
/* With a number in the place of a variable. */
Affine affine_at(Compiler *compiler, Affine a, int variable, int64_t value);
/* Ranges are by variable. False where a is not a multiple of the divisor for all their values. */
bool affine_divide(Compiler *compiler, Affine a, int64_t divisor, const Range *ranges,
                   Affine *quotient);
/* a / divisor, of which the caller knows that it is whole wherever it is asked for. */
Affine affine_quotient(Compiler *compiler, Affine a, int64_t divisor);
/* a = divisor * quotient + remainder, with 0 <= remainder < divisor; false where the quotient,
   rounded down, is no affine expression. */
bool affine_split(Compiler *compiler, Affine a, int64_t divisor, const Range *ranges,
                  Affine *quotient, Affine *remainder);
bool affine_equal(Affine a, Affine b);
/* The least and the largest value. */
Range affine_bounds(Affine a, const Range *ranges);
int64_t affine_value(Affine a, const int64_t *values); /* by variable */
/* "64*n + 32*b - 3", "(3*n + 1)/2"; names by variable. */
char *affine_text(Compiler *compiler, Affine a, const char *const *names);

/* What an element or a term is asked: whether value >= 0, as one outside of an array is not; or, with
   a divisor, whether value is a multiple of that, as one between the rounds of a stride is not. */
typedef struct {
    Affine value;    /* where there is a divisor, a whole number by itself */
    int64_t divisor; /* 0: value >= 0 */
} AffineTest;

AffineTest affine_not_negative(Affine value);
AffineTest affine_multiple(Affine value, int64_t divisor);
/* With a number in the place of a variable. */
AffineTest affine_test_at(Compiler *compiler, AffineTest test, int variable, int64_t value);
bool affine_test_holds(AffineTest test, const int64_t *values); /* by variable */
/* 1 where it holds for all values of the variables, 0 where for none, -1 where that is not said. */
int affine_test_decision(AffineTest test, const Range *ranges);
/* What a term adds to the remainder of a multiple from one value of its variable to the next, 0 to
   divisor - 1. */
int64_t affine_test_advance(AffineTest test, Term term, const Range *ranges);
bool affine_has(Affine a, int variable);
/* "14 - y >= 0", "(y - k + 1) % 2 == 0" */
char *affine_test_text(Compiler *compiler, AffineTest test, const char *const *names);

#endif
