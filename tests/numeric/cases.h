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
/* Whether x, y or z (0, 1, 2) stands in the expression. */
bool case_uses(const Case *one, int which);

/* Values for the parameters, one after the other: unlike one another, 0.3 to 3 in size, so far
   apart that neither inputs nor the steps of the differences bridge two of them or reach 0. *taken
   counts values and begins anywhere. */
void case_values(const Case *one, int *taken, size_t count, double *values);

/* Functions with derivatives by hand, which rows call. */
extern const char case_definitions[];

#endif
