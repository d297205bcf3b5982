/* Which of a net's versions runs: for net.c of --target=any, which nn.h includes this for.

   In: a table of versions, the best first, of those that this compiler makes for this processor.
   Out: the one for the CPU, by cpuid and by what the system says of registers; by name; in a word
   that threads may share. No constructor, no libc. */

#ifndef NN_VERSIONS_H
#define NN_VERSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "nn_network.h"
#include "nn_targets.h"

/* 1: versions for these processors can be compiled here, by function attributes. Nothing depends on
   flags: what a file may use is said by nn_begin.h for each of its parts. Not on Windows, where gcc
   does not align vectors of more than 128 bits on the stack. */
#if defined(__x86_64__) && !defined(_WIN32) &&                                                     \
    (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 9))
#define NN_CAN_X86_64 1
#else
#define NN_CAN_X86_64 0
#endif
#if defined(__aarch64__) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 9))
#define NN_CAN_AARCH64 1
#else
#define NN_CAN_AARCH64 0
#endif

/* 1: the compiler has vectors and the processor a unit for them; elsewhere scalar code is faster. */
#if (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 9)) &&                                \
    (defined(__SSE2__) || defined(__aarch64__) || defined(__ARM_NEON) || defined(__ALTIVEC__) ||   \
     defined(__VX__) || defined(__riscv_vector) || defined(__loongarch_sx) ||                      \
     defined(__mips_msa) || defined(__wasm_simd128__))
#define NN_CAN_GENERIC 1
#else
#define NN_CAN_GENERIC 0
#endif

#ifdef __GNUC__
#define NN_MAYBE_UNUSED __attribute__((unused)) /* a table that not every version reads */
#else
#define NN_MAYBE_UNUSED
#endif

/* A static word that threads read and write, always with the same value; where one access to an int
   is not atomic, there is one version and nothing to choose. */
#if defined(__GCC_ATOMIC_INT_LOCK_FREE) && __GCC_ATOMIC_INT_LOCK_FREE == 2
#define NN_WORD_GET(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define NN_WORD_SET(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)
#else
#define NN_WORD_GET(word) (word)
#define NN_WORD_SET(word, value) ((word) = (value))
#endif

/* What a CPU of x86-64 and its system say: registers of cpuid leaf 1 and leaf 7, 0 where there is no
   such leaf; the low word of XCR0, 0 where it cannot be read. */
typedef struct nn_cpu {
    uint32_t ecx_1, ebx_7, xcr0;
} nn_cpu;

#define NN_CPU_FMA (UINT32_C(1) << 12)     /* of ecx_1 */
#define NN_CPU_OSXSAVE (UINT32_C(1) << 27) /* xgetbv may be used */
#define NN_CPU_AVX (UINT32_C(1) << 28)
#define NN_CPU_AVX2 (UINT32_C(1) << 5) /* of ebx_7 */
#define NN_CPU_AVX512F (UINT32_C(1) << 16)
#define NN_CPU_AVX512DQ (UINT32_C(1) << 17)
#define NN_CPU_AVX512BW (UINT32_C(1) << 30)
#define NN_CPU_AVX512VL (UINT32_C(1) << 31)
#define NN_CPU_SAVES_YMM 0x06u /* of xcr0: the system saves registers of 256 bits */
#define NN_CPU_SAVES_ZMM 0xe6u /* and those of 512, with masks */

static inline int nn_cpu_has(uint32_t word, uint32_t bits)
{
    return (word & bits) == bits;
}

/* The best target that it runs. Every feature in NN_OPTIONS of the row is asked for. */
static inline int nn_cpu_target(nn_cpu cpu)
{
    if (!nn_cpu_has(cpu.ecx_1, NN_CPU_OSXSAVE | NN_CPU_AVX | NN_CPU_FMA) ||
        !nn_cpu_has(cpu.ebx_7, NN_CPU_AVX2) || !nn_cpu_has(cpu.xcr0, NN_CPU_SAVES_YMM))
        return NN_GENERIC;
    if (!nn_cpu_has(cpu.ebx_7, NN_CPU_AVX512F | NN_CPU_AVX512DQ | NN_CPU_AVX512BW | NN_CPU_AVX512VL) ||
        !nn_cpu_has(cpu.xcr0, NN_CPU_SAVES_ZMM))
        return NN_X86_64_V3;
    return NN_X86_64_V4;
}

#if NN_CAN_X86_64
#include <cpuid.h>

static inline nn_cpu nn_cpu_here(void)
{
    nn_cpu cpu = {0, 0, 0};
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return cpu;
    cpu.ecx_1 = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) cpu.ebx_7 = b;
    if (!nn_cpu_has(cpu.ecx_1, NN_CPU_OSXSAVE)) return cpu;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    cpu.xcr0 = a;
    return cpu;
}
#endif

/* Whether the CPU that this runs on has what the target needs. */
static inline int nn_cpu_runs(int target)
{
#if NN_CAN_X86_64
    if (target == NN_X86_64_V3 || target == NN_X86_64_V4) return nn_cpu_target(nn_cpu_here()) >= target;
#else
    (void)target;
#endif
    return 1;
}

/* The target of the first version that the CPU runs, or, of those, of the one with this name, else
   0. A table ends with the name NULL. */
static inline int nn_version_target(const nn_version *versions, const char *name)
{
    for (size_t i = 0; versions[i].name; i++) {
        const char *a = versions[i].name, *b = name ? name : a;
        while (*a != '\0' && *a == *b) {
            a++;
            b++;
        }
        if (*a == *b && nn_cpu_runs(versions[i].target)) return versions[i].target;
    }
    return 0;
}

static inline const char *nn_version_name(const nn_version *versions, int target)
{
    size_t i = 0;
    while (versions[i].name && versions[i].target != target) i++;
    return versions[i].name;
}

#endif
