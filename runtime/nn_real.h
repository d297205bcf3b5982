/* The type of numbers, and what else is the same for every processor, defined once per file.

   In: NN_DOUBLE and, if wanted, NN_INLINE. Out: nn_real, nn_integer and nn_word (a whole number and
   the bits of the same size), how functions are inlined, and macros that join names. */

#ifndef NN_REAL_H
#define NN_REAL_H

#include <stdint.h>

/* May be defined beforehand as `static inline`, to compile without optimisation in a quarter of the
   time. */
#ifndef NN_INLINE
#ifdef __GNUC__
#define NN_INLINE static inline __attribute__((always_inline))
#else
#define NN_INLINE static inline
#endif
#endif

#if NN_DOUBLE
#define NN_FILE_IS_DOUBLE 1
typedef double nn_real;
typedef int64_t nn_integer;
typedef uint64_t nn_word; /* the bits of a nn_real */
#define NN_LIBM(name) name
#define NN_MANTISSA_BITS 52
#define NN_SIGN_BIT ((nn_word)1 << 63)
#else
#define NN_FILE_IS_DOUBLE 0
typedef float nn_real;
typedef int32_t nn_integer;
typedef uint32_t nn_word;
#define NN_LIBM(name) name##f
#define NN_MANTISSA_BITS 23
#define NN_SIGN_BIT ((nn_word)1 << 31)
#endif

/* Stands before a loop that gcc must not unroll. At -O3 gcc unrolls short loops, which makes a
   product of a matrix and a vector up to a fifth slower. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define NN_ROLLED _Pragma("GCC unroll 1")
#else
#define NN_ROLLED
#endif

/* NN_NAME joins two texts, which may be macros, into one name. NN_LIST_<n>(f): f of 0 .. n - 1, as
   the initialiser of a vector; NN_EACH_<n>(f): as statements. */
#define NN_PASTE(a, b) a##b
#define NN_NAME(a, b) NN_PASTE(a, b)
#define NN_LIST_2(f) { f(0), f(1) }
#define NN_LIST_4(f) { f(0), f(1), f(2), f(3) }
#define NN_LIST_8(f) { f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7) }
#define NN_LIST_16(f)                                                                              \
    { f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), f(10), f(11), f(12), f(13),      \
      f(14), f(15) }
#define NN_EACH_2(f) f(0); f(1)
#define NN_EACH_4(f) NN_EACH_2(f); f(2); f(3)
#define NN_EACH_8(f) NN_EACH_4(f); f(4); f(5); f(6); f(7)
#define NN_EACH_16(f)                                                                              \
    NN_EACH_8(f); f(8); f(9); f(10); f(11); f(12); f(13); f(14); f(15)

#endif
