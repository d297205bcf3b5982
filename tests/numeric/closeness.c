/* See closeness.h. */

#include "closeness.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

double limit_of(const Options *options) {
    return options->is_double ? 1e-10 : 1e-4;
}

bool differ(Comparison *comparison, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(comparison->failure, sizeof comparison->failure, format, arguments);
    va_end(arguments);
    return false;
}

/* A tensor of magnitude 1e-14 or less is the rounding error of sums that are 0, which depends on
   the order of addition: any result is right then that may be a rounding error of numbers about 1.
   */
static double magnitude_of(size_t count, const double *wanted) {
    double largest = largest_of(count, wanted);
    return largest > 0 && largest < 1e-14 ? 1e-3 : largest;
}

bool same_tensor(Comparison *comparison, Compared subject, size_t count, const double *got,
                 const double *wanted) {
    double largest = magnitude_of(count, wanted);
    comparison->comparisons += count;
    for (size_t i = 0; i < count; i++) {
        if (!(fabs(got[i] - wanted[i]) <= comparison->limit * largest)) {
            return differ(comparison,
                          "%s of %zu, %s[%zu]: %.9g generated, %.9g generic, largest %.9g",
                          subject.function, subject.n, subject.name, i, got[i], wanted[i], largest);
        }
    }
    return true;
}

bool same_number(Comparison *comparison, Compared subject, double got, double wanted) {
    return same_tensor(comparison, subject, 1, &got, &wanted);
}

double largest_of(size_t count, const double *values) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(values[i]));
    }
    return largest;
}

bool are_close(size_t count, const double *a, const double *b, double limit) {
    double most = limit * largest_of(count, a);
    for (size_t i = 0; i < count; i++) {
        if (!(fabs(a[i] - b[i]) <= most)) {
            return false;
        }
    }
    return true;
}
