/* One number and vectors of numbers under the same names: what emitted kernels and nn_math.h are
   written in.

   In: NN_DOUBLE (0 or 1: the type of nn_real), NN_TARGET (a constant below) and, if wanted,
   NN_ESTIMATES (1: roots by an estimate, which differs among makers of CPUs, and a Newton step),
   defined before the first include. Out: types nn_real, nn_v<lanes>, nn_i<lanes> and
   nn_words<lanes>, and functions with the suffix _1 for one number and _<lanes> for a vector of
   each width of the target, up to NN_LANES. No allocation, no state. Emitted code ends with
   #include "nn_end.h", which takes back what this header asks of gcc.

     target          lanes of float   of double   what the code is written in
     NN_C99          1                1           strict ISO C, no extension
     NN_GENERIC      4                2           GCC vector extensions
     NN_X86_64_V3    4, 8             2, 4        AVX2 and FMA
     NN_X86_64_V4    4, 8, 16         2, 4, 8     AVX-512 F, BW, DQ, VL
     NN_AARCH64      4                2           NEON

   Bits: each function of a vector does in every lane the operations of its _1, in the same order.
   Multiply-adds are fused where nn_fma says so and nowhere else, in everything that is compiled
   after this header, the includer's own code too. */

#ifndef NN_SIMD_H
#define NN_SIMD_H

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define NN_C99 1
#define NN_GENERIC 2
#define NN_X86_64_V3 3
#define NN_X86_64_V4 4
#define NN_AARCH64 5

#include "nn_platform.h"

#if NN_TARGET == NN_C99
#define NN_LANES 1
#elif NN_TARGET == NN_X86_64_V3
#define NN_LANES (NN_DOUBLE ? 4 : 8)
#elif NN_TARGET == NN_X86_64_V4
#define NN_LANES (NN_DOUBLE ? 8 : 16)
#else
#define NN_LANES (NN_DOUBLE ? 2 : 4)
#endif

#define NN_IS_V4 (NN_TARGET == NN_X86_64_V4)
#define NN_FUSED (NN_TARGET == NN_X86_64_V3 || NN_IS_V4 || NN_TARGET == NN_AARCH64)
#ifndef NN_ESTIMATES
#define NN_ESTIMATES 0
#endif
#if NN_ESTIMATES && (!NN_IS_V4 || NN_DOUBLE)
#error "NN_ESTIMATES: only NN_X86_64_V4 in float has them"
#endif

#if NN_TARGET == NN_X86_64_V3 || NN_IS_V4
#include <immintrin.h>
#elif NN_TARGET == NN_GENERIC && defined(__SSE2__)
#include <emmintrin.h>
#elif NN_TARGET != NN_C99 && defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#pragma GCC optimize("no-trapping-math", "no-math-errno") /* these change no result */
/* Kernels that are called once stay functions: inlined they took a third more time with AVX2. */
#pragma GCC optimize("no-inline-functions-called-once")
#else
#pragma STDC FP_CONTRACT OFF
#if defined(__clang__) && __clang_major__ >= 12
#pragma clang fp reassociate(off) /* clang does not say that it was told -fassociative-math */
#endif
#endif

/* Who compiles much and optimizes nothing may define it as `static inline`: four times as quick. */
#ifndef NN_INLINE
#ifdef __GNUC__
#define NN_INLINE static inline __attribute__((always_inline))
#else
#define NN_INLINE static inline
#endif
#endif

#if NN_DOUBLE
typedef double nn_real;
typedef int64_t nn_integer;
typedef uint64_t nn_word; /* the bits of a nn_real */
#define NN_LIBM(name) name
#define NN_MANTISSA_BITS 52
#define NN_SIGN_BIT ((nn_word)1 << 63)
#else
typedef float nn_real;
typedef int32_t nn_integer;
typedef uint32_t nn_word;
#define NN_LIBM(name) name##f
#define NN_MANTISSA_BITS 23
#define NN_SIGN_BIT ((nn_word)1 << 31)
#endif

// one number

NN_INLINE nn_real nn_load_1(const nn_real *p) { return *p; }
NN_INLINE void nn_store_1(nn_real *p, nn_real x) { *p = x; }
NN_INLINE nn_real nn_splat_1(nn_real x) { return x; }
NN_INLINE nn_real nn_sum_1(nn_real x) { return x; }
NN_INLINE nn_real nn_maximum_1(nn_real x) { return x; }
NN_INLINE nn_real nn_sums_1(const nn_real *v) { return v[0]; }

NN_INLINE nn_real nn_gather_1(const nn_real *p, size_t stride)
{
    (void)stride;
    return *p;
}

NN_INLINE void nn_scatter_1(nn_real *p, size_t stride, nn_real x)
{
    (void)stride;
    *p = x;
}

typedef union {
    nn_real real;
    nn_word word;
} nn_pun_1;

NN_INLINE nn_word nn_bits_1(nn_real x)
{
    nn_pun_1 pun;
    pun.real = x;
    return pun.word;
}

NN_INLINE nn_real nn_from_bits_1(nn_word word)
{
    nn_pun_1 pun;
    pun.word = word;
    return pun.real;
}

/* Conditions, which join by & | ^. */
NN_INLINE nn_word nn_is_less_1(nn_real a, nn_real b) { return a < b; }
NN_INLINE nn_word nn_is_less_equal_1(nn_real a, nn_real b) { return a <= b; }
NN_INLINE nn_word nn_is_equal_1(nn_real a, nn_real b) { return a == b; }
NN_INLINE nn_word nn_is_not_equal_1(nn_real a, nn_real b) { return a != b; }
NN_INLINE nn_word nn_has_bit_1(nn_word word, nn_word bit) { return (word & bit) != 0; }
NN_INLINE nn_real nn_choose_1(nn_word mask, nn_real a, nn_real b) { return mask ? a : b; }
NN_INLINE nn_real nn_where_1(nn_real c, nn_real a, nn_real b) { return c != 0 ? a : b; }

NN_INLINE nn_real nn_less_1(nn_real a, nn_real b) { return (nn_real)(a < b); }
NN_INLINE nn_real nn_less_equal_1(nn_real a, nn_real b) { return (nn_real)(a <= b); }
NN_INLINE nn_real nn_equal_1(nn_real a, nn_real b) { return (nn_real)(a == b); }
NN_INLINE nn_real nn_not_equal_1(nn_real a, nn_real b) { return (nn_real)(a != b); }

NN_INLINE nn_real nn_abs_1(nn_real x) { return NN_LIBM(fabs)(x); }
NN_INLINE nn_real nn_copysign_1(nn_real x, nn_real sign) { return NN_LIBM(copysign)(x, sign); }

/* Before a loop: it stays one. At -O3 gcc writes out short ones, which a product of a matrix and a
   vector takes up to a fifth longer for. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define NN_ROLLED _Pragma("GCC unroll 1")
#else
#define NN_ROLLED
#endif

#if NN_TARGET != NN_C99
/* Bring p[ahead] into the second cache, or the first, if it is anywhere: it is not read. */
NN_INLINE void nn_fetch(const nn_real *p, int ahead)
{
    __builtin_prefetch((const void *)((uintptr_t)p + (size_t)ahead * sizeof *p), 0, 2);
}

NN_INLINE void nn_fetch_near(const nn_real *p, int ahead)
{
    __builtin_prefetch((const void *)((uintptr_t)p + (size_t)ahead * sizeof *p), 0, 3);
}
#endif

/* a * b + c and c - a * b: rounded once where the target has the instruction, else twice. */
#if NN_FUSED
NN_INLINE nn_real nn_fma_1(nn_real a, nn_real b, nn_real c)
{
    return NN_LIBM(__builtin_fma)(a, b, c);
}
NN_INLINE nn_real nn_fnma_1(nn_real a, nn_real b, nn_real c) { return nn_fma_1(-a, b, c); }
#else
NN_INLINE nn_real nn_fma_1(nn_real a, nn_real b, nn_real c) { return a * b + c; }
NN_INLINE nn_real nn_fnma_1(nn_real a, nn_real b, nn_real c) { return c - a * b; }
#endif

/* The greater one, or b where they are equal; NaN where a or b is NaN: b, or where it is a, a on
   x86-64-v4 and all bits set elsewhere, whichever takes fewer instructions. */
#if NN_IS_V4
#define NN_NOT_A_NUMBER(a) (a)
#else
#define NN_NOT_A_NUMBER(a) nn_from_bits_1(~(nn_word)0)
#endif
NN_INLINE nn_real nn_max_1(nn_real a, nn_real b)
{
    nn_real greater = a > b ? a : b;
    return a != a ? NN_NOT_A_NUMBER(a) : greater;
}

NN_INLINE nn_real nn_min_1(nn_real a, nn_real b)
{
    nn_real less = a < b ? a : b;
    return a != a ? NN_NOT_A_NUMBER(a) : less;
}
#undef NN_NOT_A_NUMBER

/* The greater, the lesser one, or b. */
NN_INLINE nn_real nn_greater_1(nn_real a, nn_real b) { return a > b ? a : b; }
NN_INLINE nn_real nn_lesser_1(nn_real a, nn_real b) { return a < b ? a : b; }

/* x within [low, high], which are not NaN; NaN stays. */
NN_INLINE nn_real nn_clamp_1(nn_real x, nn_real low, nn_real high)
{
    nn_real below = high < x ? high : x;
    return low > below ? low : below;
}

/* 1 where the class is k, else 0: a caller's index is compared, never used as an address. */
NN_INLINE nn_real nn_class_1(int32_t class_index, int32_t k) { return (nn_real)(class_index == k); }
NN_INLINE nn_real nn_classes_1(int32_t class_index, int32_t first)
{
    return nn_class_1(class_index, first);
}

NN_INLINE nn_real nn_examples_1(const int32_t *class_indices, int32_t k)
{
    return nn_class_1(class_indices[0], k);
}

// vectors

#define NN_PASTE(a, b) a##b
#define NN_NAME(a, b) NN_PASTE(a, b)
#define NN_LIST_2(f) { f(0), f(1) }
#define NN_LIST_4(f) { f(0), f(1), f(2), f(3) }
#define NN_LIST_8(f) { f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7) }
#define NN_LIST_16(f)                                                                              \
    { f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), f(10), f(11), f(12), f(13),      \
      f(14), f(15) }

#if NN_DOUBLE
#define NN_BLOCK_WIDTH(name) name##_2 /* of 128 bits */
#define NN_HALF_WIDTH(name) name##_4  /* of 256 */
#else
#define NN_BLOCK_WIDTH(name) name##_4
#define NN_HALF_WIDTH(name) name##_8
#endif

#if defined(__clang__) || __GNUC__ >= 12
#define NN_SHUFFLE __builtin_shufflevector
#elif NN_DOUBLE
#define NN_SHUFFLE(a, b, i, j) __builtin_shuffle(a, b, (nn_i2){ i, j })
#else
#define NN_SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (nn_i4){ i, j, k, l })
#endif

typedef nn_real nn_v1;
typedef nn_integer nn_i1;
typedef nn_word nn_words1;

#if NN_TARGET != NN_C99
#define NN_BODY "nn_vector.h"
#include "nn_widths.h"
#undef NN_BODY
#define NN_BODY "nn_lanes.h"
#include "nn_widths.h"
#undef NN_BODY
#endif

NN_INLINE nn_real nn_div_1(nn_real a, nn_real b) { return a / b; }
#if NN_IS_V4 && NN_DOUBLE
#define NN_LANE_0(x) ((nn_v2)_mm_set_sd(x)) /* for what is done as vectors do it */
#elif NN_IS_V4
#define NN_LANE_0(x) ((nn_v4)_mm_set_ss(x))
#endif
#if NN_IS_V4
NN_INLINE nn_real nn_scale_1(nn_real x, nn_real k)
{
    return NN_BLOCK_WIDTH(nn_scale)(NN_LANE_0(x), NN_LANE_0(k))[0];
}
NN_INLINE nn_real nn_exponent_1(nn_real x) { return NN_BLOCK_WIDTH(nn_exponent)(NN_LANE_0(x))[0]; }
NN_INLINE nn_real nn_mantissa_1(nn_real x) { return NN_BLOCK_WIDTH(nn_mantissa)(NN_LANE_0(x))[0]; }
#endif
#if NN_ESTIMATES
NN_INLINE nn_real nn_sqrt_1(nn_real x) { return nn_sqrt_4(NN_LANE_0(x))[0]; }
#else
NN_INLINE nn_real nn_sqrt_1(nn_real x) { return NN_LIBM(sqrt)(x); }
#endif


#endif
