/* Whether numbers are as close as they should be, and the sentence about the first that are not. */

#ifndef CLOSENESS_H
#define CLOSENESS_H

#include "graph/graph.h"
#include "nngen.h"

typedef struct {
    double limit; /* error relative to the tensor's largest magnitude */
    bool
        splits; /* the gradient of a batch is the mean over its parts: no statistics of the batch */
    bool reorders;      /* functions make their sums in orders of their own, and agree by rounding */
    size_t comparisons; /* out: numbers compared */
    char failure[1024]; /* out: the first difference, or "" */
} Comparison;

/* What is compared, for the message. */
typedef struct {
    const char *function, *name;
    size_t n;
} Compared;

/* How close is close (semantics): 1e-4 for float, 1e-10 for double. */
double limit_of(const Options *options);
/* Writes the failure and returns false. */
bool differ(Comparison *comparison, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool same_tensor(Comparison *comparison, Compared subject, size_t count, const double *got,
                 const double *wanted);
bool same_number(Comparison *comparison, Compared subject, double got, double wanted);

double largest_of(size_t count, const double *values); /* magnitude */
/* Relative to a's largest. */
bool are_close(size_t count, const double *a, const double *b, double limit);

#endif
