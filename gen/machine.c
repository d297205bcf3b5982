/* The processors that targets stand for. In: a target. Out: its row, and how many reals its vectors
   hold. */

#include "machine.h"

enum { NARROWEST = 16 }; /* bytes of the narrowest vector */

/* Tiles: as many accumulators as leave room for the vectors of one operand and a number of the
   other, and no fewer than the depth of the multiply-add units; more rows than vectors, for a
   number is loaded once per row, a vector once per tile. Caches are those of the smallest CPU of
   each kind that is common. */
static const Machine machines[] = {
    [TARGET_C99] = {.name = "c99",
                    .runtime = "NN_C99",
                    .registers = 16,
                    .fma_depth = 8,
                    .first_cache = 32 << 10,
                    .tile = {2, 4}}, /* numbers, not vectors */
    [TARGET_GENERIC] = {.name = "generic",
                        .runtime = "NN_GENERIC",
                        .vector = 16,
                        .registers = 16,
                        .fma_depth = 8,
                        .first_cache = 32 << 10,
                        .tile = {4, 2}},
    [TARGET_X86_64_V3] = {.name = "x86-64-v3",
                          .runtime = "NN_X86_64_V3",
                          .vector = 32,
                          .registers = 16,
                          .has_fma = true,
                          .has_masks = true,
                          .fma_depth = 8,
                          .first_cache = 32 << 10,
                          .tile = {6, 2}},
    [TARGET_X86_64_V4] = {.name = "x86-64-v4",
                          .runtime = "NN_X86_64_V4",
                          .vector = 64,
                          .registers = 32,
                          .has_fma = true,
                          .has_masks = true,
                          .fma_depth = 8,
                          .first_cache = 32 << 10,
                          .tile = {8, 2}},
    [TARGET_AARCH64] = {.name = "aarch64",
                        .runtime = "NN_AARCH64",
                        .vector = 16,
                        .registers = 32,
                        .has_fma = true,
                        .fma_depth = 16,
                        .first_cache = 32 << 10,
                        .tile = {8, 2}},
};

const Machine *machine_of(const Options *options) {
    return &machines[options->target];
}

Target target_native(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool has_v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return has_v3 && has_v4 ? TARGET_X86_64_V4 : has_v3 ? TARGET_X86_64_V3 : TARGET_GENERIC;
#elif defined(__aarch64__)
    return TARGET_AARCH64;
#else
    return TARGET_GENERIC;
#endif
}

static int real_bytes(const Options *options) {
    return options->is_double ? 8 : 4;
}

int target_lanes(const Options *options) {
    int vector = machine_of(options)->vector;
    return vector ? vector / real_bytes(options) : 1;
}

int natural_lanes(const Options *options) {
    int lanes = target_lanes(options);
    return lanes > 1 ? lanes : NARROWEST / real_bytes(options);
}

int struct_alignment(const Options *options) {
    int vector = machine_of(options)->vector;
    return vector > NARROWEST ? vector : NARROWEST;
}

int lanes_for(const Options *options, int64_t count) {
    int lanes = NARROWEST / real_bytes(options), most = target_lanes(options);
    while (lanes < count && lanes < most)
        lanes *= 2;
    return lanes < most ? lanes : most;
}
