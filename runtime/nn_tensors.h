/* What emitted code does with whole arrays outside its kernels: copies in and out by name, filling
   up an incomplete batch, the range of scaled inputs and targets.

   In: NN_DOUBLE, NN_TARGET and what else nn_simd.h takes. Out: static functions on arrays of
   nn_real and on the tables of nn_network.h and nn_place.h. No allocation, no libc but math.h. */

#include "nn_network.h"
#include "nn_place.h"
#include "nn_simd.h"

#ifndef NN_TENSORS_H
#define NN_TENSORS_H

static inline int nn_same_name(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* The index of the tensor with that name, or `count` where there is none. */
static inline size_t nn_find(const nn_tensor *tensors, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && !nn_same_name(tensors[i].name, name)) { i++; }
    return i;
}

/* The offset in memory, in elements, of the element with index `element` in row-major order. */
static inline size_t nn_element(const nn_tensor *tensor, const nn_place *place, size_t element)
{
    size_t others = 0, from = 0, within = 0, width = 1;
    for (size_t axis = tensor->rank; axis-- > 0u;) {
        const size_t size = tensor->shape[axis], i = element % size;
        element /= size;
        if (axis != place->inner) {
            others += i * place->stride[axis];
            continue;
        }
        within = i % place->panel;
        from = i - within;
        width = size - from < place->panel ? size - from : place->panel;
    }
    return from * place->stride[place->inner] + others * width + within;
}

/* The run that begins at an element and ends with the last axis, or with a panel of it. */
static inline nn_run nn_run_from(const nn_tensor *tensor, const nn_place *place, size_t element)
{
    nn_run run = {nn_element(tensor, place, element), 1, 1};
    if (tensor->rank == 0u) { return run; }
    const size_t last = tensor->rank - 1u, size = tensor->shape[last], i = element % size;
    const size_t in_panel = place->panel - i % place->panel;
    run.count = last == place->inner && in_panel < size - i ? in_panel : size - i;
    if (run.count > 1u) { run.step = nn_element(tensor, place, element + 1u) - run.at; }
    return run;
}

/* Copies a tensor out of the memory of the net into row-major order, and back. Returns the
   number of elements. */
static inline size_t nn_copy_out(const nn_tensor *tensor, const nn_place *place,
                                 const nn_real *from, nn_real *out)
{
    for (size_t first = 0; first < tensor->count;) {
        const nn_run run = nn_run_from(tensor, place, first);
        for (size_t i = 0; i < run.count; i++) { out[first + i] = from[run.at + i * run.step]; }
        first += run.count;
    }
    return tensor->count;
}

static inline size_t nn_copy_in(const nn_tensor *tensor, const nn_place *place,
                                nn_real *to, const nn_real *in)
{
    for (size_t first = 0; first < tensor->count;) {
        const nn_run run = nn_run_from(tensor, place, first);
        for (size_t i = 0; i < run.count; i++) { to[run.at + i * run.step] = in[first + i]; }
        first += run.count;
    }
    return tensor->count;
}

static inline int nn_has_gradient(const nn_tensor *tensor, const nn_place *place)
{
    return tensor->role == NN_PARAMETER && place->gradient >= 0;
}

/* Copies one number per trained parameter, all tensors one after the other in row-major order,
   into a block with the layout of the block of gradients, and back. */
static inline void nn_directions_in(const nn_tensor *tensors, const nn_place *places, size_t count,
                                    const nn_real *in, nn_real *block)
{
    for (size_t i = 0; i < count; i++) {
        if (nn_has_gradient(&tensors[i], &places[i]) != 0) {
            in += nn_copy_in(&tensors[i], &places[i], block + places[i].gradient, in);
        }
    }
}

static inline void nn_directions_out(const nn_tensor *tensors, const nn_place *places, size_t count,
                                     const nn_real *block, nn_real *out)
{
    for (size_t i = 0; i < count; i++) {
        if (nn_has_gradient(&tensors[i], &places[i]) != 0) {
            out += nn_copy_out(&tensors[i], &places[i], block + places[i].gradient, out);
        }
    }
}

/* The index of the counter with that name, or NN_COUNTERS where there is none. */
static inline size_t nn_find_counter(const char *name)
{
    static const char *const names[NN_COUNTERS] = {"seed", "step", "epoch", "epochs"};
    size_t i = 0;
    while (i < NN_COUNTERS && !nn_same_name(names[i], name)) { i++; }
    return i;
}

/* Whether value is a whole number that fits an unsigned counter of 32 or 64 bits. */
static inline int nn_is_counter(nn_real value, int bits)
{
    const nn_real end = bits == 64 ? (nn_real)18446744073709551616.0 : (nn_real)4294967296.0;
    return value >= 0 && value < end && (nn_real)(uint64_t)value == value;
}

/* Copies n rows of `count` numbers and fills up to `rows` rows with copies of the first one: a
   valid example, whose results nobody reads. */
static inline void nn_fill_rows(nn_real *to, const nn_real *from, size_t n, size_t rows,
                                size_t count)
{
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < count; i++) {
            to[row * count + i] = from[(row < n ? row : 0u) * count + i];
        }
    }
}

static inline void nn_fill_classes(int32_t *to, const int32_t *from, size_t n, size_t rows)
{
    for (size_t row = 0; row < rows; row++) { to[row] = from[row < n ? row : 0u]; }
}

static inline void nn_copy(nn_real *to, const nn_real *from, size_t count)
{
    for (size_t i = 0; i < count; i++) { to[i] = from[i]; }
}

/* The input of a kernel whose output overlaps it: a copy where they do, else the input itself. */
static inline const nn_real *nn_apart(int is_over, nn_real *copy, const nn_real *from, size_t count)
{
    if (is_over != 0) { nn_copy(copy, from, count); }
    return is_over != 0 ? copy : from;
}

static inline void nn_from_doubles(nn_real *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++) { to[i] = (nn_real)from[i]; }
}

static inline void nn_to_doubles(double *to, const nn_real *from, size_t count)
{
    for (size_t i = 0; i < count; i++) { to[i] = (double)from[i]; }
}

/* The weight of each example in a mean over n: 1/n, and 0 for the rows that fill up the batch. */
static inline void nn_shares(nn_real *share, size_t n, size_t rows)
{
    for (size_t row = 0; row < rows; row++) { share[row] = row < n ? 1 / (nn_real)n : 0; }
}

static inline int nn_are_finite(const nn_real *x, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!(x[i] - x[i] == 0)) { return 0; }
    }
    return 1;
}

#if NN_DOUBLE
#define NN_SMALLEST DBL_MIN
#define NN_GREATEST DBL_MAX
#else
#define NN_SMALLEST (double)FLT_MIN
#define NN_GREATEST (double)FLT_MAX
#endif

/* Sets denormal numbers to 0. */
static inline void nn_settle(nn_real *p, size_t count)
{
    const nn_real least = (nn_real)NN_SMALLEST;
    for (size_t i = 0; i < count; i++) { p[i] = p[i] < least && p[i] > -least ? 0 : p[i]; }
}

/* Sets low and scale of a column, whose scaled value is (x - low) * scale: low = from and
   scale = 1 / width. Where width is 0, or so small that 1 / width is infinite, scale is 1. Where
   1 / width is denormal or 0, or x - from, which may be as large as `reach`, overflows, the column
   stays unscaled (low 0, scale 1). */
static inline void nn_scale_column(double from, double width, double reach, nn_real *low,
                                   nn_real *scale)
{
    const double factor = 1 / width;
    const int is_wide = factor < NN_SMALLEST || reach > NN_GREATEST;
    *low = is_wide ? 0 : (nn_real)from;
    *scale = !is_wide && factor <= NN_GREATEST ? (nn_real)factor : 1;
}

/* minmax: scales each of the `count` columns from its least and greatest value to 0 .. 1. */
static inline void nn_fit_minmax(size_t n, size_t count, const nn_real *x, nn_real *low,
                                 nn_real *scale)
{
    for (size_t i = 0; i < count && n > 0u; i++) {
        nn_real least = x[i], greatest = x[i];
        for (size_t row = 1; row < n; row++) {
            nn_real value = x[row * count + i];
            if (value < least) { least = value; }
            if (value > greatest) { greatest = value; }
        }
        const nn_real width = greatest - least;
        nn_scale_column((double)least, (double)width, (double)width, &low[i], &scale[i]);
    }
}

/* The mean of a column of x / unit, and the sum of squared deviations from it (returned), by
   Welford's algorithm in double. */
static inline double nn_squares(size_t n, size_t count, const nn_real *x, double unit, double *mean)
{
    double squares = 0;
    *mean = 0;
    for (size_t row = 0; row < n; row++) {
        const double value = (double)x[row * count] / unit, delta = value - *mean;
        *mean += delta / (double)(row + 1u);
        squares += delta * (value - *mean);
    }
    return squares;
}

/* standard: scales each column to mean 0 and (population) standard deviation 1. Where squares leave
   the range of double, values are divided by the greatest of them first. */
static inline void nn_fit_standard(size_t n, size_t count, const nn_real *x, nn_real *low,
                                   nn_real *scale)
{
    for (size_t i = 0; i < count && n > 0u; i++) {
        double mean, greatest = 0, unit = 1, squares = nn_squares(n, count, x + i, unit, &mean);
        for (size_t row = 0; row < n; row++) {
            const double size = fabs((double)x[row * count + i]);
            if (size > greatest) { greatest = size; }
        }
        if (greatest > 0 && greatest <= DBL_MAX && !(squares >= DBL_MIN && squares <= DBL_MAX)) {
            unit = greatest;
            squares = nn_squares(n, count, x + i, unit, &mean);
        }
        mean *= unit;
        nn_scale_column(mean, unit * sqrt(squares / (double)n), fabs(mean) + greatest, &low[i],
                        &scale[i]);
    }
}

#undef NN_SMALLEST
#undef NN_GREATEST

#endif
