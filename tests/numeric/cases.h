/* The models of the gradient check: every row of rows.h, elementwise ones with every broadcast,
   operands per example and per batch. */

#ifndef CASES_H
#define CASES_H

#include <stdbool.h>
#include <stddef.h>

enum { CASE_BATCH = 3 };

typedef struct {
    const char *name, *expression;
    const char *const *shapes; /* of x, y, z; NULL where there is none */
    unsigned batched;          /* bit i: operand i is per example */
    bool positive;
    char text[2000]; /* of the model; parameters are x_0, y_0, z_0 and those that layers make */
} Case;

int case_count(void);
Case case_at(int number);
/* Whether a short run takes it: two of a row with every broadcast, one of another, from row to row the
   next. */
bool case_has_turn(int number);
/* Whether x, y or z (0, 1, 2) stands in the expression. */
bool case_uses(const Case *one, int which);

/* Values for the parameters, one after the other: all different, with magnitudes from 0.3 to 3, and
   so far apart that neither inputs nor the differences' steps change their order or a sign. *taken
   counts the values and may begin with any number. */
void case_values(const Case *one, int *taken, size_t count, double *values);

/* Definitions with a `deriv` of their own, which rows call. */
extern const char case_definitions[];

#endif
