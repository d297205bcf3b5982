/* Elementary functions for one number (suffix _1) and for vectors (suffix _<lanes>), by
   polynomials: no libm, no branch in a vector, no table but for tanh of floats on x86-64-v4. All
   forms give the same bits, whatever the compiler and its options (see nn_simd.h).

   In: NN_DOUBLE, NN_TARGET and what else nn_simd.h takes. Out: all of nn_simd.h and the functions
   below. The numbers are the largest errors measured, in units of the last place, for targets
   without fused multiply-add (c99, generic) and for those with it. Float was measured over every
   11th of all floats: exp and log without fused multiply-add over all, and with it, all but exp,
   log, logistic and tanh over every 211th. Double was measured over some 10^7 numbers, powers over
   10^7 pairs. tests/unit/math_cases.inc measures again.

                                               not fused        fused
                                               float   double   float   double
     nn_exp_(x)                                0.92    1.00     0.92    0.92
     nn_log_(x)                                0.84    0.79     1.08    0.79
     nn_logistic_(x)   1 / (1 + exp(-x))       1.78    1.67     1.63    1.62
     nn_log1p_exp_(x)  log(1 + exp(x))         1.66    1.65     1.78    1.69
     nn_tanh_(x)                               1.33    1.20     1.37    1.05   v4 float 1.00
     nn_sin_(x)        |x| <= NN_TURN_LIMIT    0.92    0.86     0.87    0.86
     nn_cos_(x)        |x| <= NN_TURN_LIMIT    0.92    0.86     0.83    0.86
     nn_atan_(x)                               1.87    1.85     1.80    1.85
     nn_erf_(x)                                1.52    1.44     1.16    1.24
     nn_expm1_(x)      exp(x) - 1              1.24    1.32     1.16    1.34
     nn_log1p_(x)      log(1 + x)              1.24    1.22     1.34    1.20
     nn_floor_(x)                              0.00    0.00     0.00    0.00
     nn_pow_(x, y)                             0.92    1.12     0.90    0.92
     nn_sqrt_(x)                               0.50    0.50     0.50    0.50   v4 float 0.80

   "v4 float" is x86-64-v4 in float: tanh by tables; square roots by estimates (NN_ESTIMATES),
   measured over all floats, else 0.50.

   Infinities, signed zeros, denormals and NaN give what IEEE 754 and C say (pow(x, 0) and
   pow(1, y) are 1). Sine and cosine of an angle beyond NN_TURN_LIMIT, 2^17 in float and 2^39 in
   double, are those of 0. The formulas stand in nn_math_body.h, which is compiled once per suffix,
   the coefficients in nn_coefficients.h. */

#include "nn_simd.h"

#ifndef NN_MATH_H
#define NN_MATH_H

#include "nn_coefficients.h"

/* Polynomials by Horner's rule; from six coefficients on, even and odd powers are summed
   separately, which makes shorter chains of dependent operations. F and C are nn_math_body.h's
   multiply-add and constant. */
#define NN_POLYNOMIAL_2(x, a, b) F(C(b), x, C(a))
#define NN_POLYNOMIAL_3(x, a, b, c) F(NN_POLYNOMIAL_2(x, b, c), x, C(a))
#define NN_POLYNOMIAL_4(x, a, b, c, d) F(NN_POLYNOMIAL_3(x, b, c, d), x, C(a))
#define NN_POLYNOMIAL_5(x, a, b, c, d, e) F(NN_POLYNOMIAL_4(x, b, c, d, e), x, C(a))
#define NN_POLYNOMIAL_6(x, a, b, c, d, e, f)                                                       \
    F(x, NN_POLYNOMIAL_3((x) * (x), b, d, f), NN_POLYNOMIAL_3((x) * (x), a, c, e))
#define NN_POLYNOMIAL_7(x, a, b, c, d, e, f, g)                                                    \
    F(x, NN_POLYNOMIAL_3((x) * (x), b, d, f), NN_POLYNOMIAL_4((x) * (x), a, c, e, g))
#define NN_POLYNOMIAL_9(x, a, b, c, d, e, f, g, h, i)                                              \
    F(x, NN_POLYNOMIAL_4((x) * (x), b, d, f, h), NN_POLYNOMIAL_5((x) * (x), a, c, e, g, i))
#define NN_POLYNOMIAL_10(x, a, b, c, d, e, f, g, h, i, j)                                          \
    F(x, NN_POLYNOMIAL_5((x) * (x), b, d, f, h, j), NN_POLYNOMIAL_5((x) * (x), a, c, e, g, i))
#define NN_POLYNOMIAL_11(x, a, b, c, d, e, f, g, h, i, j, k)                                       \
    F(NN_TENTH(x), C(k), NN_POLYNOMIAL_10(x, a, b, c, d, e, f, g, h, i, j))
#define NN_POLYNOMIAL_12(x, a, b, c, d, e, f, g, h, i, j, k, l)                                    \
    F(NN_TENTH(x), NN_POLYNOMIAL_2(x, k, l), NN_POLYNOMIAL_10(x, a, b, c, d, e, f, g, h, i, j))
#define NN_POLYNOMIAL_13(x, a, b, c, d, e, f, g, h, i, j, k, l, m)                                 \
    F(NN_TENTH(x), NN_POLYNOMIAL_3(x, k, l, m), NN_POLYNOMIAL_10(x, a, b, c, d, e, f, g, h, i, j))
#define NN_TENTH(x) ((((x) * (x)) * ((x) * (x))) * (((x) * (x)) * ((x) * (x))) * ((x) * (x)))

/* Beyond NN_EXP_LOW and NN_EXP_HIGH exp is 0 or infinite, likewise NN_EXP2_ for powers of 2.
   Adding NN_ROUND rounds to a whole number, which then stands in the low bits. Adding
   NN_ROUND_TURNS rounds to a multiple of a power of 2, coarse enough that its product with a
   part of pi / 2 is exact. Angles up to NN_TURN_LIMIT are reduced with a small enough error. */
#if NN_DOUBLE
#define NN_BIAS 1023
#define NN_ROUND 0x1.8p52
#define NN_ROUND_BITS 0x4338000000000000u
#define NN_WHOLE 0x1p52 /* from here on all are whole */
#define NN_WHOLE_BITS 0x4330000000000000u
#define NN_ONE_BITS 0x3ff0000000000000u
#define NN_SQRT_HALF_BITS 0x3fe6a09e667f3bcdu
#define NN_HEAD_BITS 0xfffffffff8000000u /* the upper 26 bits of a mantissa */
#define NN_LEAST_NORMAL 0x1p-1022
#define NN_EXP_LOW -746.0
#define NN_EXP_HIGH 710.0
#define NN_EXPM1_LOW -40.0 /* from here on down -1 */
#define NN_ERF_HIGH 6.0    /* from here on up 1 */
#define NN_EXP2_LOW -1076.0
#define NN_EXP2_HIGH 1025.0
#define NN_POWER_LIMIT 0x1p70
#define NN_ROUND_TURNS 0x1.8p72
#define NN_TURN_LIMIT 0x1p39
#else
#define NN_BIAS 127
#define NN_ROUND 0x1.8p23F
#define NN_ROUND_BITS 0x4b400000u
#define NN_WHOLE 0x1p23F
#define NN_WHOLE_BITS 0x4b000000u
#define NN_ONE_BITS 0x3f800000u
#define NN_SQRT_HALF_BITS 0x3f3504f3u
#define NN_HEAD_BITS 0xfffff000u
#define NN_LEAST_NORMAL 0x1p-126F
#define NN_EXP_LOW -104.0F
#define NN_EXP_HIGH 89.0F
#define NN_EXPM1_LOW -20.0F
#define NN_ERF_HIGH 6.0F
#define NN_EXP2_LOW -151.0F
#define NN_EXP2_HIGH 129.0F
#define NN_POWER_LIMIT 0x1p40F
#define NN_ROUND_TURNS 0x1.8p31F
#define NN_TURN_LIMIT 0x1p17F
#endif
#define NN_INFINITY ((nn_real)INFINITY)
#define NN_NAN ((nn_real)NAN)

/* Floats have methods of their own: logarithms without a division where there is a fused
   multiply-add; splitting into mantissa and exponent by instructions; tanh by tables. */
#define NN_DIRECT_LOG (NN_HAS_FMA && !NN_DOUBLE)
#define NN_DIRECT_SPLIT (NN_HAS_EXPONENTS && !NN_DOUBLE)
#define NN_TANH_BY_TABLES (NN_HAS_TABLES && !NN_DOUBLE)
#if NN_TANH_BY_TABLES
#include "nn_tanh.h"
#endif

#define X(name) name##_1
#define V nn_real
#define W nn_word
#define K nn_word
#include "nn_math_body.h"
#undef X
#undef V
#undef W
#undef K

/* Where the base is a constant, such as the 0.9 of 0.9^t, inlining lets the compiler compute its
   logarithm. */
NN_INLINE nn_real nn_pow_1(nn_real x, nn_real y)
{
#ifdef __GNUC__
    if (__builtin_constant_p(x) != 0) {
        return nn_power_1(x, y);
    }
#endif
    return nn_powers_1(x, y);
}

#if NN_VECTOR_BYTES
#define NN_BODY "nn_math_body.h"
#include "nn_widths.h"
#undef NN_BODY
#endif
#define nn_pow_2 nn_powers_2
#define nn_pow_4 nn_powers_4
#define nn_pow_8 nn_powers_8
#define nn_pow_16 nn_powers_16

#endif
