/* Predicts with outputs in the place of inputs, and compares with outputs of their own. Arrays are
   as long as they have to be, for the sanitizers. REAL is the nets' type. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static REAL *reals_new(size_t count) {
    REAL *reals = (REAL *)malloc((count ? count : 1) * sizeof *reals);
    for (size_t i = 0; i < count; i++)
        reals[i] = (REAL)((double)((i * 7919 + 13) % 1009) / 1009 - 0.4);
    return reals;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static void expect_same(const char *net, const char *what, size_t n, size_t count, const REAL *got,
                        const REAL *wanted) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(&got[i], &wanted[i], sizeof *got) != 0) {
            printf("%s: %s of %zu: number %zu of %zu is %g, not %g\n", net, what, n, i, count,
                   (double)got[i], (double)wanted[i]);
            failures++;
            return;
        }
}

/* Incomplete and complete groups of examples, one and several: groups have up to 64. */
static const size_t sizes[] = {1, 2, 15, 16, 17, 33, 64, 65, 130, 200};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* One input of `in` numbers, one output of `out`. */
#define CHECK_ONE(net, in, out)                                                                    \
    do {                                                                                           \
        static net self;                                                                           \
        static net##_predict_work work;                                                            \
        net##_init(&self, 1);                                                                      \
        for (int s = 0; s <= SIZES; s++) {                                                         \
            const size_t n = s == SIZES ? 1 : sizes[s];                                            \
            REAL *x = reals_new(n * (in)), *p = reals_new(n * (out));                              \
            REAL *both = reals_new(n * larger(in, out));                                           \
            memcpy(both, x, n *(in) * sizeof *x);                                                  \
            if (s == SIZES) {                                                                      \
                net##_predict(&self, &work, x, p);                                                 \
                net##_predict(&self, &work, both, both);                                           \
            } else {                                                                               \
                net##_predict_batch(&self, &work, n, x, p);                                        \
                net##_predict_batch(&self, &work, n, both, both);                                  \
            }                                                                                      \
            expect_same(#net, s == SIZES ? "predict" : "predict_batch", n, n * (out), both, p);    \
            free(x), free(p), free(both);                                                          \
        }                                                                                          \
    } while (0)

/* The function `slope` of `count` numbers. */
#define CHECK_SLOPE(net, slope, in, count)                                                         \
    do {                                                                                           \
        static net self;                                                                           \
        static net##_predict_work work;                                                            \
        REAL *x = reals_new(in), *p = reals_new(count), *both = reals_new(larger(in, count));      \
        net##_init(&self, 1);                                                                      \
        memcpy(both, x, (in) * sizeof *x);                                                         \
        net##_##slope(&self, &work, x, p);                                                         \
        net##_##slope(&self, &work, both, both);                                                   \
        expect_same(#net, #slope, 1, count, both, p);                                              \
        free(x), free(p), free(both);                                                              \
    } while (0)

/* Two inputs, two outputs: the first lies over input number `first`, the second over the other. In a
   batch outputs are no longer than what they lie over, or all are longer. */
#define CHECK_TWO(net, in_a, in_b, out_p, out_q, first, with_batches)                              \
    do {                                                                                           \
        static net self;                                                                           \
        static net##_predict_work work;                                                            \
        net##_init(&self, 1);                                                                      \
        for (int s = 0; s <= SIZES; s++) {                                                         \
            const size_t n = s == SIZES ? 1 : sizes[s];                                            \
            const size_t most = larger(larger(in_a, in_b), larger(out_p, out_q));                  \
            REAL *a = reals_new(n * (in_a)), *b = reals_new(n * (in_b));                           \
            REAL *p = reals_new(n * (out_p)), *q = reals_new(n * (out_q));                         \
            REAL *over_a = reals_new(n * most), *over_b = reals_new(n * most);                     \
            REAL *to_p = (first) == 0 ? over_a : over_b, *to_q = (first) == 0 ? over_b : over_a;   \
            memcpy(over_a, a, n *(in_a) * sizeof *a);                                              \
            memcpy(over_b, b, n *(in_b) * sizeof *b);                                              \
            if (s == SIZES) {                                                                      \
                net##_predict(&self, &work, a, b, p, q);                                           \
                net##_predict(&self, &work, over_a, over_b, to_p, to_q);                           \
            } else if (with_batches) {                                                             \
                net##_predict_batch(&self, &work, n, a, b, p, q);                                  \
                net##_predict_batch(&self, &work, n, over_a, over_b, to_p, to_q);                  \
            }                                                                                      \
            if (s == SIZES || (with_batches)) {                                                    \
                expect_same(#net, "first output", n, n *(out_p), to_p, p);                         \
                expect_same(#net, "second output", n, n *(out_q), to_q, q);                        \
            }                                                                                      \
            free(a), free(b), free(p), free(q), free(over_a), free(over_b);                        \
        }                                                                                          \
    } while (0)
