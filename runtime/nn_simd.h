/* One number and a vector of numbers under the same names: what emitted kernels and nn_math.h are
   written in.

   In: NN_DOUBLE (0 or 1: the type of nn_real) and NN_LANES (1: strict ISO C, no extension; else 128
   bits: 4 floats or 2 doubles, by GCC vector extensions), defined before the first include. Out:
   types nn_real, nn_v, nn_i and functions with the suffix _1 for one number and _v for a vector;
   with one lane, every _v is its _1. No allocation, no state. Emitted code ends with
   #include "nn_end.h", which takes back what this header asks of gcc.

   Bits: each _v function does in every lane the operations of its _1, in the same order, and
   nothing is fused into multiply-adds. That holds for everything that is compiled after this
   header, the includer's own code too. */

#ifndef NN_SIMD_H
#define NN_SIMD_H

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(NN_DOUBLE) || !defined(NN_LANES)
#error "define NN_DOUBLE (0 or 1) and NN_LANES before this header"
#elif NN_LANES != 1 && NN_LANES != (NN_DOUBLE ? 2 : 4)
#error "NN_LANES must be 1, or 128 bits: 4 floats, 2 doubles"
#endif
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__NO_SIGNED_ZEROS__)
#error "compile without -ffast-math and its parts: they change results"
#endif
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "excess precision changes results: on 32-bit x86 add -msse2 -mfpmath=sse"
#endif

#if NN_LANES > 1 && defined(__SSE2__)
#include <emmintrin.h>
#elif NN_LANES > 1 && defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#pragma GCC optimize("no-trapping-math", "no-math-errno") /* these change no result */
#else
#pragma STDC FP_CONTRACT OFF
#endif

#ifdef __GNUC__
#define NN_INLINE static inline __attribute__((always_inline))
#else
#define NN_INLINE static inline
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

/* mask ? a : b; a mask is a comparison as bits: 0 or 1 here, in a vector lanes of all or no
   bits. */
NN_INLINE nn_real nn_choose_1(nn_word mask, nn_real a, nn_real b) { return mask ? a : b; }
NN_INLINE nn_real nn_where_1(nn_real c, nn_real a, nn_real b) { return c != 0 ? a : b; }

NN_INLINE nn_real nn_less_1(nn_real a, nn_real b) { return (nn_real)(a < b); }
NN_INLINE nn_real nn_less_equal_1(nn_real a, nn_real b) { return (nn_real)(a <= b); }
NN_INLINE nn_real nn_equal_1(nn_real a, nn_real b) { return (nn_real)(a == b); }
NN_INLINE nn_real nn_not_equal_1(nn_real a, nn_real b) { return (nn_real)(a != b); }

NN_INLINE nn_real nn_sqrt_1(nn_real x) { return NN_LIBM(sqrt)(x); }
NN_INLINE nn_real nn_abs_1(nn_real x) { return NN_LIBM(fabs)(x); }
NN_INLINE nn_real nn_copysign_1(nn_real x, nn_real sign) { return NN_LIBM(copysign)(x, sign); }

/* The greater one, or b where they are equal; NaN where a or b is NaN: b, or all bits set where it
   is a. */
NN_INLINE nn_real nn_max_1(nn_real a, nn_real b)
{
    nn_real greater = a > b ? a : b;
    return a != a ? nn_from_bits_1(~(nn_word)0) : greater;
}

NN_INLINE nn_real nn_min_1(nn_real a, nn_real b)
{
    nn_real less = a < b ? a : b;
    return a != a ? nn_from_bits_1(~(nn_word)0) : less;
}

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

#if NN_LANES > 1
#include "nn_vector.h"
#else

typedef nn_real nn_v;
typedef nn_integer nn_i;
#define nn_load_v nn_load_1
#define nn_store_v nn_store_1
#define nn_splat_v nn_splat_1
#define nn_gather_v nn_gather_1
#define nn_scatter_v nn_scatter_1
#define nn_sum_v nn_sum_1
#define nn_maximum_v nn_maximum_1
#define nn_sums_v nn_sums_1
#define nn_where_v nn_where_1
#define nn_less_v nn_less_1
#define nn_less_equal_v nn_less_equal_1
#define nn_equal_v nn_equal_1
#define nn_not_equal_v nn_not_equal_1
#define nn_sqrt_v nn_sqrt_1
#define nn_abs_v nn_abs_1
#define nn_max_v nn_max_1
#define nn_min_v nn_min_1
#define nn_classes_v nn_classes_1
#define nn_examples_v nn_examples_1

#endif

#endif
