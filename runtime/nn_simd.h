/* One number and vectors of numbers under the same names: what emitted kernels and nn_math.h are
   written in.

   In: NN_DOUBLE (0 or 1: the type of nn_real), NN_TARGET (a name of nn_targets.h) and, if wanted,
   NN_ESTIMATES (1: square roots by an estimate, which differs among makers of CPUs, and a Newton
   step) and NN_SUFFIX (see nn_begin.h). Out: types nn_v<lanes>, nn_i<lanes> and nn_words<lanes>,
   and functions with the suffix _1 for one number and _<lanes> for a vector of each width of the
   target, up to NN_LANES. No allocation, no state. Emitted code ends with #include "nn_end.h".

   The target's row in nn_targets.h gives the widths: vectors of 16 bytes, 32 and so on, up to
   NN_VECTOR_BYTES. Where that is 0 there are no vectors, and the code is strict ISO C; else it is
   written with the vector types of gcc and clang, and with intrinsics where the row has features
   that these cannot express.

   Bits: in every lane, a vector function does the operations of its _1 form in the same order.
   Multiply-adds are fused where nn_fma says so and nowhere else, in everything that is compiled
   between this header and nn_end.h, the including file's own code too. */

#include "nn_begin.h"
#include "nn_real.h"

#ifndef NN_SIMD_H
#define NN_SIMD_H

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

/* Conditions, to be joined by & | ^. */
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

#if NN_VECTOR_BYTES
/* Prefetch p[ahead] into the second cache, or (near) into the first. It may lie outside of the
   array: a prefetch never faults. */
NN_INLINE void nn_fetch(const nn_real *p, int ahead)
{
    __builtin_prefetch((const void *)((uintptr_t)p + (size_t)ahead * sizeof *p), 0, 2);
}

NN_INLINE void nn_fetch_near(const nn_real *p, int ahead)
{
    __builtin_prefetch((const void *)((uintptr_t)p + (size_t)ahead * sizeof *p), 0, 3);
}
#endif

#if NN_VECTOR_BYTES
/* Compilers move no load or store across. */
NN_INLINE void nn_fence(void) { __asm__ volatile("" : : : "memory"); }
#endif

/* a * b + c and c - a * b: rounded once where the target has the instruction, else twice. */
#if NN_HAS_FMA
NN_INLINE nn_real nn_fma_1(nn_real a, nn_real b, nn_real c)
{
    return NN_LIBM(__builtin_fma)(a, b, c);
}
NN_INLINE nn_real nn_fnma_1(nn_real a, nn_real b, nn_real c) { return nn_fma_1(-a, b, c); }
#else
NN_INLINE nn_real nn_fma_1(nn_real a, nn_real b, nn_real c) { return a * b + c; }
NN_INLINE nn_real nn_fnma_1(nn_real a, nn_real b, nn_real c) { return c - a * b; }
#endif

/* The greater (the lesser) of a and b, or b where they are equal; NaN where a or b is NaN. Which
   NaN is what vectors get with the fewest instructions: b if that is NaN, else a with bit masks,
   and without them all bits set. */
#if NN_HAS_BIT_MASKS
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

/* The greater (the lesser) of a and b, or b where they are equal or one of them is NaN. */
NN_INLINE nn_real nn_greater_1(nn_real a, nn_real b) { return a > b ? a : b; }
NN_INLINE nn_real nn_lesser_1(nn_real a, nn_real b) { return a < b ? a : b; }

/* x clamped to [low, high], which are not NaN; a NaN in x stays. */
NN_INLINE nn_real nn_clamp_1(nn_real x, nn_real low, nn_real high)
{
    nn_real below = high < x ? high : x;
    return low > below ? low : below;
}

/* One-hot: 1 where the class index is k, else 0. A caller's index is compared and never used as an
   address. */
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

#if NN_DOUBLE
#define NN_BLOCK_WIDTH(name) name##_2 /* the function for 128 bits */
#define NN_HALF_WIDTH(name) name##_4  /* for 256 bits */
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

#if NN_VECTOR_BYTES
#define NN_BODY "nn_vector.h"
#include "nn_widths.h"
#undef NN_BODY
#define NN_BODY "nn_lanes.h"
#include "nn_widths.h"
#undef NN_BODY
#define NN_BODY "nn_whole.h"
#include "nn_widths.h"
#undef NN_BODY
#endif

NN_INLINE nn_real nn_div_1(nn_real a, nn_real b) { return a / b; }
/* One number as lane 0 of a vector, for functions that exist for vectors only. */
#if NN_HAS_EXPONENTS && NN_DOUBLE
#define NN_LANE_0(x) ((nn_v2)_mm_set_sd(x))
#elif NN_HAS_EXPONENTS
#define NN_LANE_0(x) ((nn_v4)_mm_set_ss(x))
#endif
#if NN_HAS_EXPONENTS
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
