/* What the code assumes of compiler and machine, for nn_begin.h, which alone includes this, once
   per processor. In: NN_DOUBLE, NN_TARGET, and NN_SUFFIX where nn_begin.h will ask the compiler
   for the instructions. Out: nothing where all holds, else one sentence that says what to do; the
   compilation ends with it, before other errors follow from the same cause.

   Not assumed: the order of bytes, the size of int (a net that needs a large one checks it in its
   own file), a double of 64 bits where NN_DOUBLE is 0, an FPU, a libc beyond math.h. */

#include <float.h>
#include <limits.h>
#include <stdint.h>

/* The newest compiler builtin that vectors are written with. */
#ifdef __has_builtin
#if __has_builtin(__builtin_convertvector)
#define NN_KNOWS_VECTORS 1
#endif
#elif defined(__GNUC__) && __GNUC__ >= 9
#define NN_KNOWS_VECTORS 1
#endif

/* Which instructions the compiler allows, or can be asked for within a file. */
#if defined(NN_SUFFIX) && (defined(__x86_64__) || defined(__i386__))
#define NN_KNOWS_AVX2 1
#define NN_KNOWS_FMA 1
#define NN_KNOWS_AVX512 1
#elif !defined(NN_SUFFIX)
#ifdef __AVX2__
#define NN_KNOWS_AVX2 1
#endif
#ifdef __FMA__
#define NN_KNOWS_FMA 1
#endif
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define NN_KNOWS_AVX512 1
#endif
#endif

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__NO_SIGNED_ZEROS__) ||     \
    defined(__RECIPROCAL_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#define NN_KNOWS_FAST_MATH 1
#endif

/* 1: floats are computed as doubles, which changes nothing where all numbers are doubles. */
#if FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 16 || (FLT_EVAL_METHOD == 1 && NN_DOUBLE)
#define NN_KEEPS_PRECISION 1
#endif

#if !defined(NN_DOUBLE) || !defined(NN_TARGET)
#error "define NN_DOUBLE (0 or 1) and NN_TARGET before this header"
#elif NN_TARGET < 1 || NN_TARGET > NN_TARGET_COUNT
#error "NN_TARGET must be a target of nn_targets.h, such as NN_C99"
#elif defined(NN_FILE_IS_DOUBLE) && NN_FILE_IS_DOUBLE != !!NN_DOUBLE
#error "NN_DOUBLE differs from what it was before: one file has one type of numbers"

#elif (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L) && !defined(_MSC_VER)
#error "this is C99: compile it as C, with -std=c99 or later"
#elif CHAR_BIT != 8 || !defined(UINT8_MAX) || !defined(INT32_MAX) || !defined(UINT64_MAX)
#error "this needs integers of 8, 32 and 64 bits, which the compiler does not have"
#elif FLT_RADIX != 2 || FLT_MANT_DIG != 24 || FLT_MIN_EXP != -125 || FLT_MAX_EXP != 128
#error "this needs floats of 32 bits as in IEEE 754, which the compiler does not have"
#elif NN_DOUBLE && (DBL_MANT_DIG != 53 || DBL_MIN_EXP != -1021 || DBL_MAX_EXP != 1024)
#error "a double does not have 64 bits here: run nngen with --precision=float"

#elif NN_VECTOR_BYTES && !defined(NN_KNOWS_VECTORS)
#error "vectors need gcc 9 or later, or clang: run nngen with --target=c99"
#elif NN_INSTRUCTIONS == NN_NEEDS_AVX2 && !NN_HAS_FMA && !defined(NN_KNOWS_AVX2)
#error "this needs AVX2: add -mavx2"
#elif NN_INSTRUCTIONS == NN_NEEDS_AVX2 && NN_HAS_FMA &&                                            \
    !(defined(NN_KNOWS_AVX2) && defined(NN_KNOWS_FMA))
#error "this needs AVX2 and FMA: add -mavx2 -mfma, or -march=x86-64-v3"
#elif NN_INSTRUCTIONS == NN_NEEDS_AVX512 &&                                                        \
    !(defined(NN_KNOWS_AVX2) && defined(NN_KNOWS_FMA) && defined(NN_KNOWS_AVX512))
#error "this needs AVX-512 F, BW, DQ and VL: add -march=x86-64-v4"
#elif NN_INSTRUCTIONS == NN_NEEDS_NEON && !defined(__aarch64__)
#error "this needs NEON: use a compiler for aarch64, such as aarch64-linux-gnu-gcc"

#elif defined(NN_KNOWS_FAST_MATH)
#error "compile without -ffast-math and its parts: they change results"
#elif !defined(NN_KEEPS_PRECISION) && FLT_EVAL_METHOD == 1
#error "excess precision changes results: add -fexcess-precision=fast, or -std=gnu11 for -std=c11"
#elif !defined(NN_KEEPS_PRECISION) && defined(__i386__)
#error "excess precision changes results: on 32-bit x86 add -msse2 -mfpmath=sse"
#elif !defined(NN_KEEPS_PRECISION)
#error "excess precision changes results, and this compiler computes floats with it"

#else
#define NN_PLATFORM_IS_FINE 1
#endif

#ifndef NN_PLATFORM_IS_FINE
#include "the error above says why" /* there is no such file, which ends the compilation */
#endif

#undef NN_KNOWS_VECTORS
#undef NN_KNOWS_AVX2
#undef NN_KNOWS_FMA
#undef NN_KNOWS_AVX512
#undef NN_KNOWS_FAST_MATH
#undef NN_KEEPS_PRECISION
#undef NN_PLATFORM_IS_FINE
