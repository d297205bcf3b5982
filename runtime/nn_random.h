/* Random numbers without state: each is a function of (seed, step, node, example, element), by
   Philox4x32-10. So the order of computation, lanes, passes and threads change no number.

   In: NN_DOUBLE, NN_TARGET and what else nn_simd.h takes. Out: all of nn_math.h, nn_philox, and
   uniform numbers in [0, 1) and normal ones as
     nn_uniform_1, nn_normal_1                 the number of one element of one example
     nn_uniform_, nn_normal_                   lane i: element + i
     nn_uniform_examples_, nn_normal_examples_ lane i: example + i
     nn_uniform_block_1, nn_normal_block_1     elements 4 block .. 4 block + 3, as costly as one
     nn_uniform_block_, nn_normal_block_       likewise, lane i: example + i
   One block of Philox is four words, and element i of an example comes from word i % 4 of block
   i / 4. */

#include "nn_math.h"

#ifndef NN_RANDOM_H
#define NN_RANDOM_H

/* Ten rounds of Philox4x32 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011). */
static inline void nn_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t low = key[0], high = key[1];
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#pragma GCC unroll 10 /* which clang does by itself */
#endif
    for (int round = 0; round < 10; round++) {
        uint64_t first = (uint64_t)0xD2511F53u * a, second = (uint64_t)0xCD9E8D57u * c;
        a = (uint32_t)(second >> 32) ^ b ^ low;
        b = (uint32_t)second;
        c = (uint32_t)(first >> 32) ^ d ^ high;
        d = (uint32_t)first;
        low += 0x9E3779B9u;
        high += 0xBB67AE85u;
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

/* The four words that elements 4 block .. 4 block + 3 are made of. */
static inline void nn_block(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                            uint32_t block, uint32_t words[4])
{
    const uint32_t counter[4] = { block, example, node, step };
    const uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    nn_philox(counter, key, words);
}

/* [0, 1) in steps of 2^-24, in either precision. */
NN_INLINE nn_real nn_uniform_word(uint32_t word)
{
    return (nn_real)(int32_t)(word >> 8) * (nn_real)0x1p-24;
}

static inline nn_real nn_uniform_1(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                                   uint32_t element)
{
    uint32_t words[4];
    nn_block(seed, step, node, example, element / 4u, words);
    return nn_uniform_word(words[element % 4u]);
}

/* A normal number from two words, by Box and Muller: sqrt(-2 log(u1)) cos(2 pi u2), or sin where
   odd is 1; u1 is in (0, 1]. */
NN_INLINE nn_real nn_normal_of_1(uint32_t first, uint32_t second, uint32_t odd)
{
    nn_real u1 = nn_uniform_word(first) + (nn_real)0x1p-24;
    nn_real radius = nn_sqrt_1((nn_real)-2 * nn_log_1(u1));
    return radius * nn_sine_turn_1(nn_uniform_word(second), 1u - odd);
}

static inline nn_real nn_normal_1(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                                  uint32_t element)
{
    uint32_t words[4], pair = element % 4u / 2u * 2u;
    nn_block(seed, step, node, example, element / 4u, words);
    return nn_normal_of_1(words[pair], words[pair + 1u], element % 2u);
}

static inline void nn_uniform_block_1(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                                      uint32_t block, nn_real numbers[4])
{
    uint32_t words[4];
    nn_block(seed, step, node, example, block, words);
    for (int i = 0; i < 4; i++) {
        numbers[i] = nn_uniform_word(words[i]);
    }
}

static inline void nn_normal_block_1(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                                     uint32_t block, nn_real numbers[4])
{
    uint32_t words[4];
    nn_block(seed, step, node, example, block, words);
    for (uint32_t i = 0; i < 4u; i++) {
        numbers[i] = nn_normal_of_1(words[i / 2u * 2u], words[i / 2u * 2u + 1u], i % 2u);
    }
}

#define nn_uniform_examples_1 nn_uniform_1
#define nn_normal_examples_1 nn_normal_1

#if NN_VECTOR_BYTES
#define NN_BODY "nn_random_body.h"
#include "nn_widths.h"
#undef NN_BODY
#endif

#endif
