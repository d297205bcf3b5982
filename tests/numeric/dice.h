/* Reproducible random choices for the tests: one stream per seed. */

#ifndef DICE_H
#define DICE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} Dice;

static inline Dice dice_new(uint64_t seed) {
    return (Dice){seed};
}

static inline uint64_t dice_bits(Dice *dice) {
    uint64_t x = dice->state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* 0 .. count - 1 */
static inline int dice_below(Dice *dice, int count) {
    return (int)(dice_bits(dice) % (uint64_t)count);
}

/* low .. high, both met */
static inline int dice_between(Dice *dice, int low, int high) {
    return low + dice_below(dice, high - low + 1);
}

static inline double dice_real(Dice *dice, double low, double high) {
    return low + (high - low) * (double)(dice_bits(dice) >> 11) / 9007199254740992.0;
}

static inline bool dice_chance(Dice *dice, double chance) {
    return dice_real(dice, 0, 1) < chance;
}

#endif
