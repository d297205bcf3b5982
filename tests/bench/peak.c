/* The rate of fused multiply-adds in float that one core reaches: chains of them in registers, and
   nothing else. Written in vectors of the compiler, with the widest that the CPU has. */

#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <time.h>

enum { CHAINS = 12, ROUNDS = 20000 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static volatile float sink; /* where sums go, so that they are not left out */

/* width: floats of a vector. */
#define PEAK(name, feature, width, multiply_add)                                                   \
    typedef float Vector_##name __attribute__((vector_size(4 * (width))));                         \
    __attribute__((target(feature), noinline)) static double name(void) {                          \
        Vector_##name x[CHAINS], zero = {0}, factor = zero + 0.999f, term = zero + 0.001f;         \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) {                                \
            x[i] = zero + (float)i;                                                                \
        }                                                                                          \
        double begin = now();                                                                      \
        for (int n = 0; n < ROUNDS; n++) {                                                         \
            _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) {                            \
                x[i] = multiply_add;                                                               \
            }                                                                                      \
        }                                                                                          \
        double took = now() - begin;                                                               \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) {                                \
            sink = x[i][0];                                                                        \
        }                                                                                          \
        return 2.0 * (width)*CHAINS * ROUNDS / took;                                               \
    }

#if defined(__x86_64__)
#include <immintrin.h>
PEAK(peak_512, "avx512f", 16,
     (Vector_peak_512)_mm512_fmadd_ps((__m512)x[i], (__m512)factor, (__m512)term))
PEAK(peak_256, "avx2,fma", 8,
     (Vector_peak_256)_mm256_fmadd_ps((__m256)x[i], (__m256)factor, (__m256)term))
PEAK(peak_128, "sse2", 4, x[i] * factor + term)

static double try_peak(void) {
    return __builtin_cpu_supports("avx512f")                                 ? peak_512()
           : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? peak_256()
                                                                             : peak_128();
}
#elif defined(__aarch64__)
#include <arm_neon.h>
PEAK(peak_128, "+simd", 4,
     (Vector_peak_128)vfmaq_f32((float32x4_t)term, (float32x4_t)x[i], (float32x4_t)factor))

static double try_peak(void) {
    return peak_128();
}
#else
static double try_peak(void) {
    return 0;
}
#endif

double peak_rate(void) {
    static double best = 0;
    double rate = try_peak();
    best = rate > best ? rate : best;
    return best;
}
