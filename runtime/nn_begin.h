/* Begins code for one processor, up to nn_end.h: nn_simd.h, and through it every header whose
   functions depend on the processor, includes this first.

   In: NN_DOUBLE, NN_TARGET, and, if wanted, NN_ESTIMATES and NN_SUFFIX. Out: options for gcc and
   clang that hold up to nn_end.h, intrinsics, and names that lead to this processor's functions.

   A file for one processor defines no NN_SUFFIX and is compiled with the flags that the processor
   needs. A file for several needs no flags: each part defines NN_SUFFIX as a text of its own,

     #define NN_DOUBLE 0
     #define NN_TARGET NN_X86_64_V3
     #define NN_SUFFIX _v3
     #include "nn_math.h"
     .. code for this processor, such as NN_SUFFIXED(predict), which is predict_v3 ..
     #include "nn_end.h"

   and so on for the next one. In such a part all functions and types of the runtime have the
   suffix, and macros of their usual names (nn_names.h) stand for them. The compiler is asked for
   the processor's instructions: whoever calls a function of the part must have checked that the CPU
   has them. A part without NN_SUFFIX may come first in such a file, and go on behind the others. */

#ifndef NN_BEGUN
#define NN_BEGUN

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "nn_targets.h"
#include "nn_platform.h"

#ifndef NN_ESTIMATES
#define NN_ESTIMATES 0
#endif
#if NN_ESTIMATES && (!NN_HAS_ESTIMATES || NN_DOUBLE)
#error "NN_ESTIMATES: this target has none for this type of numbers"
#endif

#if NN_VECTOR_BYTES > 16 && NN_HAS_SSE2
#include <immintrin.h>
#elif NN_VECTOR_BYTES && NN_HAS_SSE2
#include <emmintrin.h>
#elif NN_VECTOR_BYTES && NN_HAS_NEON
#include <arm_neon.h>
#endif

/* name with the suffix of the part that this is in: NN_BOUND is the suffix, or nothing. */
#define NN_SUFFIXED(name) NN_SUFFIXED_BY(name, NN_BOUND)
#define NN_SUFFIXED_BY(name, suffix) NN_SUFFIXED_PASTE(name, suffix)
#define NN_SUFFIXED_PASTE(name, suffix) name##suffix

#ifdef NN_SUFFIX
#include "nn_names.h"
#undef NN_BOUND
#define NN_BOUND NN_SUFFIX
#undef NN_SIMD_H
#undef NN_MATH_H
#undef NN_RANDOM_H
#undef NN_TENSORS_H
#elif defined(NN_NAMES_H) && !defined(NN_HAS_PLAIN_PART)
#error "a part of a file without NN_SUFFIX comes before those with it"
#elif !defined(NN_BOUND)
#define NN_BOUND
#define NN_HAS_PLAIN_PART
enum { NN_ONLY_TARGET = 2 * NN_TARGET + NN_ESTIMATES };
#else
/* An array of -1 elements: another target than before, with no NN_SUFFIX. */
extern const int
    nn_second_target_needs_NN_SUFFIX[NN_ONLY_TARGET == 2 * NN_TARGET + NN_ESTIMATES ? 1 : -1];
#endif

#define NN_PRAGMA(text) _Pragma(#text)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
#pragma GCC optimize("no-trapping-math", "no-math-errno") /* these change no result */
/* Kernels that are called once stay functions: inlined they took a third more time with AVX2. */
#pragma GCC optimize("no-inline-functions-called-once")
#if defined(NN_SUFFIX) && NN_NEEDS_OPTIONS
#define NN_ALLOW(options) NN_PRAGMA(GCC target(options))
NN_ALLOW(NN_OPTIONS)
#undef NN_ALLOW
#endif
#else
#pragma STDC FP_CONTRACT OFF
#if defined(__clang__) && __clang_major__ >= 12
#pragma clang fp reassociate(off) /* clang does not say that it was told -fassociative-math */
#endif
#if defined(NN_SUFFIX) && NN_NEEDS_OPTIONS
#define NN_ALLOW(options)                                                                          \
    NN_PRAGMA(clang attribute nngen.push(__attribute__((target(options))), apply_to = function))
NN_ALLOW(NN_OPTIONS)
#undef NN_ALLOW
#endif
#endif
#undef NN_PRAGMA

#endif
