/* The middle one of some numbers. */

#ifndef MEDIAN_H
#define MEDIAN_H

#include <stdlib.h>

static inline int compare_reals(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts them; the mean of the two in the middle where there are as many as that. */
static inline double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, compare_reals);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* The median of a[i] / b[i]. */
static inline double median_ratio(const double *a, const double *b, int count, double *ratios) {
    for (int i = 0; i < count; i++) {
        ratios[i] = a[i] / b[i];
    }
    return median(ratios, count);
}

#endif
