/* Random sums of products of several factors, and their values by definition: loops over all
   indices add the product of all factors, in double. Shares no code with gen. */

#ifndef SUMS_H
#define SUMS_H

#include "data.h"

enum { SUM_LOOPS = 8, SUM_FACTORS = 12, SUM_RANK = 4 };

typedef struct {
    int offset, factor[SUM_LOOPS];
} SumIndex;

/* What a factor is: a parameter, an input or a target of classes. */
typedef enum { FROM_PARAM, FROM_INPUT, FROM_CLASS } SumSource;

typedef struct {
    SumSource source;
    int same; /* the first factor of that value */
    int rank, size[SUM_RANK];
    SumIndex index[SUM_RANK];
} SumFactor;

typedef struct {
    int loop_count, result, extent[SUM_LOOPS]; /* the first `result` loops are kept */
    int factor_count;
    SumFactor factors[SUM_FACTORS];
    double scale;
} Sum;

/* Counts of what was drawn, for a test that everything was. */
typedef struct {
    int factors[SUM_FACTORS + 1], ranks[SUM_RANK + 1];
    int repeats, params, inputs, classes, couplings, leavings, scales;
} SumsMet;

Sum sum_draw(Dice *dice, int factor_count);
void sum_meet(const Sum *sum, SumsMet *met);
/* A model with y, the sum, and the loss sum(y * t). */
void sum_write(const Sum *sum, const char *network, char *text, size_t size);
bool sum_has_class(const Sum *sum);
size_t sum_count(const int *sizes, int rank);

/* Values of the factors for one example, those of classes apart as 0 and 1. */
typedef struct {
    const double *values[SUM_FACTORS];
} SumValues;

/* What sum_add adds to: the sums, and for each factor, where that is not NULL, the derivative by it
   of `weight` times the sum over result times t. */
typedef struct {
    double *result, *slopes[SUM_FACTORS];
} SumParts;

/* Adds the terms to `parts`, and their magnitudes to `sizes`. */
void sum_add(const Sum *sum, const SumValues *in, const double *t, double weight,
             const SumParts *parts, const SumParts *sizes);

#endif
