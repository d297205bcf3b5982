/* What the code assumes of compiler and machine, for nn_simd.h, which alone includes this. In:
   NN_DOUBLE, NN_TARGET and its values. Out: nothing where all holds, else one sentence that says
   what to do; the compilation ends with it, before other errors follow from the same cause.

   Not assumed: the order of bytes, the size of int (what a large net needs, its own file checks), a
   double of 64 bits where NN_DOUBLE is 0, an FPU, a libc beyond math.h. */

#ifndef NN_PLATFORM_H
#define NN_PLATFORM_H

#include <float.h>
#include <limits.h>
#include <stdint.h>

/* Vectors are written with this function, which came last of what they need. */
#ifdef __has_builtin
#if __has_builtin(__builtin_convertvector)
#define NN_HAS_VECTORS 1
#endif
#elif defined(__GNUC__) && __GNUC__ >= 9
#define NN_HAS_VECTORS 1
#endif

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__NO_SIGNED_ZEROS__) ||     \
    defined(__RECIPROCAL_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#define NN_HAS_FAST_MATH 1
#endif

/* 1: floats are computed as doubles, which changes nothing where all numbers are doubles. */
#if FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 16 || (FLT_EVAL_METHOD == 1 && NN_DOUBLE)
#define NN_HAS_OWN_PRECISION 1
#endif

#if !defined(NN_DOUBLE) || !defined(NN_TARGET)
#error "define NN_DOUBLE (0 or 1) and NN_TARGET before this header"
#elif NN_TARGET < NN_C99 || NN_TARGET > NN_AARCH64
#error "NN_TARGET must be NN_C99, NN_GENERIC, NN_X86_64_V3, NN_X86_64_V4 or NN_AARCH64"

#elif (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L) && !defined(_MSC_VER)
#error "this is C99: compile it as C, with -std=c99 or later"
#elif CHAR_BIT != 8 || !defined(UINT8_MAX) || !defined(INT32_MAX) || !defined(UINT64_MAX)
#error "this needs integers of 8, 32 and 64 bits, which the compiler does not have"
#elif FLT_RADIX != 2 || FLT_MANT_DIG != 24 || FLT_MIN_EXP != -125 || FLT_MAX_EXP != 128
#error "this needs floats of 32 bits as in IEEE 754, which the compiler does not have"
#elif NN_DOUBLE && (DBL_MANT_DIG != 53 || DBL_MIN_EXP != -1021 || DBL_MAX_EXP != 1024)
#error "a double does not have 64 bits here: run nngen with --precision=float"

#elif NN_TARGET != NN_C99 && !defined(NN_HAS_VECTORS)
#error "vectors need gcc 9 or later, or clang: run nngen with --target=c99"
#elif NN_TARGET == NN_X86_64_V3 && !(defined(__AVX2__) && defined(__FMA__))
#error "this is for x86-64-v3: add -mavx2 -mfma, or -march=x86-64-v3"
#elif NN_TARGET == NN_X86_64_V4 &&                                                                 \
    !(defined(__AVX2__) && defined(__FMA__) && defined(__AVX512F__) && defined(__AVX512BW__) &&    \
      defined(__AVX512DQ__) && defined(__AVX512VL__))
#error "this is for x86-64-v4: add -march=x86-64-v4"
#elif NN_TARGET == NN_AARCH64 && !defined(__aarch64__)
#error "this is for aarch64: compile with a compiler for it, such as aarch64-linux-gnu-gcc"

#elif defined(NN_HAS_FAST_MATH)
#error "compile without -ffast-math and its parts: they change results"
#elif !defined(NN_HAS_OWN_PRECISION) && FLT_EVAL_METHOD == 1
#error "excess precision changes results: add -fexcess-precision=fast, or -std=gnu11 for -std=c11"
#elif !defined(NN_HAS_OWN_PRECISION) && defined(__i386__)
#error "excess precision changes results: on 32-bit x86 add -msse2 -mfpmath=sse"
#elif !defined(NN_HAS_OWN_PRECISION)
#error "excess precision changes results, and this compiler computes floats with it"

#else
#define NN_PLATFORM_IS_FINE 1
#endif

#ifndef NN_PLATFORM_IS_FINE
#include "the error above says why" /* there is no such file, which ends the compilation */
#endif

#undef NN_HAS_VECTORS
#undef NN_HAS_FAST_MATH
#undef NN_HAS_OWN_PRECISION
#undef NN_PLATFORM_IS_FINE

#endif
