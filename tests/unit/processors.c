/* All headers of the runtime for several processors in one file, which is compiled without flags
   for any of them; for test_processors.sh. Prints hashes of what each processor that this CPU
   can stand for computes. In: IS_DOUBLE, WITH_ESTIMATES (1: a part with NN_ESTIMATES too, float
   only), and ALONE, a target, for a file in the usual way: for that processor only, with its
   flags. */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NN_DOUBLE IS_DOUBLE
#include "nn_real.h"

#define HASH_START 14695981039346656037u
enum { NUMBERS = 240 };

/* All kinds of numbers, and numbers within what sums and products of a few represent well. */
static nn_real any_numbers[NUMBERS], tame_numbers[2 * NUMBERS];
static int32_t class_numbers[NUMBERS];

static uint64_t hashed_number(uint64_t hash, nn_real x)
{
    nn_word word = ~(nn_word)0; /* for all that are not numbers */
    if (x == x)
        memcpy(&word, &x, sizeof word);
    return (hash ^ word) * 1099511628211u;
}

static void make_numbers(void)
{
    static const nn_real specials[] = {
        0, (nn_real)-0.0, 1, -1, (nn_real)1e-40, (nn_real)-1e30, (nn_real)1e38 * 10, 88, -100, 0.5,
    };
    uint32_t random = 1;
    for (int i = 0; i < 2 * NUMBERS; i++) {
        random = random * 1664525u + 1013904223u;
        tame_numbers[i] = (nn_real)(int32_t)(random >> 16) / 4096 - 8;
        if (i < NUMBERS)
            any_numbers[i] = i < 10 ? specials[i] : tame_numbers[i] * tame_numbers[i] * tame_numbers[i] / 16;
        if (i < NUMBERS)
            class_numbers[i] = (int32_t)(random >> 20) % 7 - 1;
    }
}

#ifdef ALONE

#define NN_TARGET ALONE
#include "processors_part.inc"

int main(int argc, char **argv)
{
    make_numbers();
    report_all(argc > 1 ? argv[1] : "alone");
    return 0;
}

#else

/* The first part may do without a suffix, and be there twice, as when a file includes two nets. */
#define NN_TARGET NN_C99
#include "nn_math.h"
#include "nn_end.h"

#define NN_DOUBLE IS_DOUBLE
#define NN_TARGET NN_C99
#include "processors_part.inc"

#define NN_DOUBLE IS_DOUBLE
#define NN_TARGET NN_C99
#define NN_SUFFIX _c99
#include "processors_part.inc"

#define NN_DOUBLE IS_DOUBLE
#define NN_TARGET NN_GENERIC
#define NN_SUFFIX _generic
#include "processors_part.inc"

#if defined(__x86_64__)
#define NN_DOUBLE IS_DOUBLE
#define NN_TARGET NN_X86_64_V4
#define NN_SUFFIX _v4
#include "processors_part.inc"

#define NN_DOUBLE IS_DOUBLE
#define NN_TARGET NN_X86_64_V3
#define NN_SUFFIX _v3
#include "processors_part.inc"

#if WITH_ESTIMATES
#define NN_DOUBLE IS_DOUBLE
#define NN_TARGET NN_X86_64_V4
#define NN_ESTIMATES 1
#define NN_SUFFIX _v4_estimates
#include "processors_part.inc"
#endif
#elif defined(__aarch64__)
#define NN_DOUBLE IS_DOUBLE
#define NN_TARGET NN_AARCH64
#define NN_SUFFIX _aarch64
#include "processors_part.inc"
#endif

int main(void)
{
    make_numbers();
    report_all("bare");
    report_all_c99("c99");
    report_all_generic("generic");
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        report_all_v3("v3");
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        report_all_v4("v4");
#if WITH_ESTIMATES
        report_all_v4_estimates("estimates");
#endif
    }
#elif defined(__aarch64__)
    report_all_aarch64("aarch64");
#endif
    return 0;
}

#endif
