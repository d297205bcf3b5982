/* nn_tensors.h in double: ranges whose squares leave the range of the type. */

#define NN_DOUBLE 1
#define NN_TARGET NN_C99
#include "nn_tensors.h"

#include <criterion/criterion.h>

typedef void Fit(size_t n, size_t count, const double *x, double *low, double *scale);

static void expect_fit(Fit *fit, double a, double b, double low, double scale) {
    const double x[2] = {a, b};
    double found_low = 7, found_scale = 7;
    fit(2, 1, x, &found_low, &found_scale);
    cr_expect(found_low == low, "%g %g: low is %g, not %g", a, b, found_low, low);
    cr_expect(found_scale == scale, "%g %g: scale is %g, not %g", a, b, found_scale, scale);
}

Test(tensors_double, minmax) {
    expect_fit(nn_fit_minmax, -1, 3, -1, 0.25);
    expect_fit(nn_fit_minmax, 0, 0x1p-1030, 0, 1);
    expect_fit(nn_fit_minmax, -1.5e308, 1.5e308, 0, 1);
}

Test(tensors_double, standard) {
    expect_fit(nn_fit_standard, -1, 3, 1, 0.5);
    expect_fit(nn_fit_standard, 0x1p-700, 0x1.8p-699, 0x1p-699, 0x1p700);
    expect_fit(nn_fit_standard, -0x1p700, 0x1.8p701, 0x1p700, 0x1p-701);
    expect_fit(nn_fit_standard, 0, 0x1p-1030, 0x1p-1031, 1);
    expect_fit(nn_fit_standard, -1.5e308, 1.5e308, 0, 1);
}
