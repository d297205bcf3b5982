/* The targets whose code this machine runs, for tests that take turns among them. */

#ifndef TARGETS_H
#define TARGETS_H

#include "target/target.h"

enum { TARGETS = TARGET_NATIVE }; /* all that are one */

static inline bool target_runs_here(Target target) {
    bool has_v3 = false, has_v4 = false;
#ifdef __x86_64__
    __builtin_cpu_init();
    has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    has_v4 = has_v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
#endif
    switch (target) {
    case TARGET_X86_64_V3:
        return has_v3;
    case TARGET_X86_64_V4:
        return has_v4;
    case TARGET_AARCH64:
#ifdef __aarch64__
        return true;
#endif
    case TARGET_NATIVE:
        return false;
    default:
        return true;
    }
}

/* Those that run here; how many. */
static inline unsigned targets_here(Target here[TARGETS]) {
    unsigned count = 0;
    for (int t = 0; t < TARGETS; t++)
        if (target_runs_here((Target)t))
            here[count++] = (Target)t;
    return count;
}

/* Number 0, 1, .. of those that run here, and round again. */
static inline Target target_in_turn(unsigned number) {
    Target here[TARGETS];
    unsigned count = targets_here(here);
    return here[number % count];
}

/* The one with the longest vectors. */
static inline Target widest_target(void) {
    Target here[TARGETS];
    return here[targets_here(here) - 1];
}

/* Ways to generate a net, by number: each target that runs here in turn, from round to round with
   another way to unroll and the other precision, every second round with --exact. In four rounds
   each target has met all four ways to unroll. */
static inline Options mode_in_turn(unsigned number) {
    Target here[TARGETS];
    unsigned count = targets_here(here), round = number / count;
    return (Options){.target = here[number % count],
                     .unroll = (Unroll)((number + round) % 4),
                     .is_double = (number % count / 2 ^ round) & 1,
                     .is_exact = round % 2 != 0};
}

/* As in --target= and -march=. */
static inline const char *target_name(Target target) {
    return machine_of(&(Options){.target = target})->name;
}

/* What a compiler for this machine must be told; "" where nothing is needed. */
static inline const char *target_flag(Target target) {
    return target == TARGET_X86_64_V3   ? "-march=x86-64-v3"
           : target == TARGET_X86_64_V4 ? "-march=x86-64-v4"
                                        : "";
}

#endif
