/* nn_tensors.h in float: the range of scaled inputs, ordinary and at the edges of the type. */

#define NN_DOUBLE 0
#define NN_TARGET NN_C99
#include "nn_tensors.h"

#include <criterion/criterion.h>

typedef void Fit(size_t n, size_t count, const float *x, float *low, float *scale);

/* Three examples of one column. */
static void expect_fit(Fit *fit, float a, float b, float c, float low, float scale) {
    const float x[3] = {a, b, c};
    float found_low = 7, found_scale = 7;
    fit(3, 1, x, &found_low, &found_scale);
    cr_expect(found_low == low, "%g %g %g: low is %g, not %g", (double)a, (double)b, (double)c,
              (double)found_low, (double)low);
    cr_expect(found_scale == scale, "%g %g %g: scale is %g, not %g", (double)a, (double)b,
              (double)c, (double)found_scale, (double)scale);
    for (int i = 0; i < 3; i++)
        cr_expect(isfinite((x[i] - found_low) * found_scale), "%g is not finite", (double)x[i]);
}

Test(tensors, minmax) {
    expect_fit(nn_fit_minmax, 3, -1, 1, -1, 0.25f);
    expect_fit(nn_fit_minmax, 5, 5, 5, 5, 1);
    expect_fit(nn_fit_minmax, -0x1p126f, 0, 0, -0x1p126f, 0x1p-126f);
}

/* The reciprocal of the range is infinite, or no normal number, or the range itself overflows. */
Test(tensors, minmax_at_the_edges) {
    expect_fit(nn_fit_minmax, 1e-40f, 2e-40f, 1e-40f, 1e-40f, 1);
    expect_fit(nn_fit_minmax, 0, 0x1.8p126f, 0x1p126f, 0, 1);
    expect_fit(nn_fit_minmax, -3e38f, 3e38f, 1, 0, 1);
}

Test(tensors, standard) {
    expect_fit(nn_fit_standard, 1, 4, 1, 2, 0.70710677f);
    expect_fit(nn_fit_standard, 5, 5, 5, 5, 1);
    expect_fit(nn_fit_standard, 1e30f, 1e30f, -2e30f, 0, 0.70710677e-30f);
}

Test(tensors, standard_at_the_edges) {
    expect_fit(nn_fit_standard, 1e-40f, 1e-40f, 4e-40f, 2e-40f, 1);
    expect_fit(nn_fit_standard, -3e38f, 3e38f, 0, 0, 1);
    expect_fit(nn_fit_standard, 3e38f, 3e38f, 0, 0, 1);
}

/* One value far from many: the deviation is normal, the distance overflows. */
Test(tensors, standard_with_a_distance_that_overflows) {
    float x[100], low, scale;
    for (int i = 0; i < 100; i++)
        x[i] = i ? -3e38f : 3e38f;
    nn_fit_standard(100, 1, x, &low, &scale);
    cr_expect(low == 0 && scale == 1, "%g, %g", (double)low, (double)scale);
}

Test(tensors, columns_have_ranges_of_their_own) {
    const float x[2 * 3] = {1, 10, 0, 3, 30, 0};
    float low[3], scale[3];
    nn_fit_minmax(2, 3, x, low, scale);
    cr_expect(low[0] == 1 && low[1] == 10 && low[2] == 0);
    cr_expect(scale[0] == 0.5f && scale[1] == 0.05f && scale[2] == 1);
    nn_fit_standard(2, 3, x, low, scale);
    cr_expect(low[0] == 2 && low[1] == 20 && low[2] == 0);
    cr_expect(scale[0] == 1 && scale[1] == 0.1f && scale[2] == 1);
}
