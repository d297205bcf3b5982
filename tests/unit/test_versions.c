/* Which version a CPU runs, by words as cpuid and xgetbv give them; names and conditions of versions
   in the C that nngen writes. */

#include "base/base.h"
#include "nn_versions.h"
#include "target/target.h"

#include <criterion/criterion.h>

enum {
    BASE = (int)(NN_CPU_OSXSAVE | NN_CPU_AVX | NN_CPU_FMA),
};
#define ALL_512 (NN_CPU_AVX2 | NN_CPU_AVX512F | NN_CPU_AVX512DQ | NN_CPU_AVX512BW | NN_CPU_AVX512VL)
#define MASKED(bits) (ALL_512 & ~(bits))

Test(versions, cpu_and_system_must_have_all_that_is_used) {
    static const struct {
        nn_cpu cpu;
        int target;
    } rows[] = {
        {{(uint32_t)BASE, ALL_512, 0xe7}, NN_X86_64_V4},
        {{(uint32_t)BASE, ALL_512, 0x2e7}, NN_X86_64_V4},
        /* the system saves 256 bits, masks but not the upper halves, or nothing */
        {{(uint32_t)BASE, ALL_512, 0x07}, NN_X86_64_V3},
        {{(uint32_t)BASE, ALL_512, 0x27}, NN_X86_64_V3},
        {{(uint32_t)BASE, ALL_512, 0x67}, NN_X86_64_V3},
        {{(uint32_t)BASE, ALL_512, 0x03}, NN_GENERIC},
        {{(uint32_t)BASE, ALL_512, 0}, NN_GENERIC},
        /* AVX-512F without the others */
        {{(uint32_t)BASE, MASKED(NN_CPU_AVX512BW), 0xe7}, NN_X86_64_V3},
        {{(uint32_t)BASE, MASKED(NN_CPU_AVX512DQ), 0xe7}, NN_X86_64_V3},
        {{(uint32_t)BASE, MASKED(NN_CPU_AVX512VL), 0xe7}, NN_X86_64_V3},
        {{(uint32_t)BASE, MASKED(NN_CPU_AVX512F), 0xe7}, NN_X86_64_V3},
        /* AVX2 without FMA, without AVX, a system that does not tell */
        {{(uint32_t)BASE & ~NN_CPU_FMA, ALL_512, 0xe7}, NN_GENERIC},
        {{(uint32_t)BASE & ~NN_CPU_AVX, ALL_512, 0xe7}, NN_GENERIC},
        {{(uint32_t)BASE & ~NN_CPU_OSXSAVE, ALL_512, 0xe7}, NN_GENERIC},
        {{(uint32_t)BASE, MASKED(NN_CPU_AVX2), 0xe7}, NN_GENERIC},
        {{0, 0, 0}, NN_GENERIC},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(nn_cpu_target(rows[i].cpu), rows[i].target, "row %zu: target %d", i,
                     nn_cpu_target(rows[i].cpu));
}

#if NN_CAN_X86_64
Test(versions, cpu_is_read_as_the_compiler_reads_it) {
    __builtin_cpu_init();
    bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool has_v4 = has_v3 && __builtin_cpu_supports("avx512f") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
    int target = nn_cpu_target(nn_cpu_here());
    cr_expect_eq(target, has_v4 ? NN_X86_64_V4 : has_v3 ? NN_X86_64_V3 : NN_GENERIC);
}
#endif

Test(versions, names_are_found_where_they_run) {
    static const nn_version versions[] = {{"generic", NN_GENERIC}, {"c99", NN_C99}, {NULL, 0}};
    cr_expect_eq(nn_version_target(versions, NULL), NN_GENERIC);
    cr_expect_eq(nn_version_target(versions, "c99"), NN_C99);
    cr_expect_eq(nn_version_target(versions, "c9"), 0);
    cr_expect_eq(nn_version_target(versions, "c999"), 0);
    cr_expect_eq(nn_version_target(versions, ""), 0);
    cr_expect_str_eq(nn_version_name(versions, NN_C99), "c99");
    cr_expect_eq(nn_version_name(versions, NN_AARCH64), NULL);
}

static unsigned set_of(const char *text) {
    unsigned set = 0;
    cr_assert_eq(versions_parse(text, &set), NULL, "%s", text);
    return set;
}

Test(versions, lists_are_read) {
    Target list[MOST_VERSIONS];
    unsigned set = 0;
    cr_assert_eq(versions_listed(set_of("generic,v3,x86-64-v4"), list), 3);
    cr_expect_eq(list[0], TARGET_X86_64_V4);
    cr_expect_eq(list[1], TARGET_X86_64_V3);
    cr_expect_eq(list[2], TARGET_GENERIC);
    cr_expect_str_eq(versions_parse("v4,v5,c99", &set), "v5,c99");
    cr_expect_str_eq(versions_parse("v4,", &set), "");
    cr_expect_str_eq(versions_parse("", &set), "");
    cr_expect_str_eq(versions_parse("native", &set), "native");
    cr_expect(versions_serve_all(set_of("v4,c99")));
    cr_expect_not(versions_serve_all(set_of("v4,v3,aarch64")));
}

/* Of each processor one of the versions that need nothing is compiled. */
Test(versions, conditions_leave_one_base) {
    static const struct {
        const char *set;
        Target target;
        const char *condition;
    } rows[] = {
        {"v4,generic", TARGET_X86_64_V4, "NN_CAN_X86_64"},
        {"v4,generic", TARGET_GENERIC, "1"},
        {"v4,generic,c99", TARGET_GENERIC, "NN_CAN_GENERIC"},
        {"v4,generic,c99", TARGET_C99, "!NN_CAN_GENERIC"},
        {"aarch64,generic", TARGET_AARCH64, "NN_CAN_AARCH64"},
        {"aarch64,generic", TARGET_GENERIC, "!NN_CAN_AARCH64"},
        {"aarch64,generic,c99", TARGET_GENERIC, "!NN_CAN_AARCH64 && NN_CAN_GENERIC"},
        {"aarch64,generic,c99", TARGET_C99, "!NN_CAN_AARCH64 && !NN_CAN_GENERIC"},
        {"v3,c99", TARGET_C99, "1"},
    };
    Compiler compiler = {.arena = arena_new()};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *condition = version_condition(&compiler, set_of(rows[i].set), rows[i].target);
        cr_expect_str_eq(condition, rows[i].condition, "%s of %s", condition, rows[i].set);
    }
    arena_free(compiler.arena);
}
