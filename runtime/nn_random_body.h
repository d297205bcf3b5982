/* The vectors of nn_random.h, which alone includes this, once per width: see nn_widths.h for the
   names. */

/* Words, below 2^32 in each lane, as uniform numbers. */
NN_INLINE V X(nn_uniform_words)(W words)
{
#if NN_DOUBLE
    V steps = X(nn_from_bits)(words >> 8 | NN_WHOLE_BITS) - X(nn_splat)(NN_WHOLE);
#else
    V steps = __builtin_convertvector((I)(words >> 8), V);
#endif
    return steps * X(nn_splat)((nn_real)0x1p-24);
}

/* nn_normal_of_1 in each lane. */
static inline V X(nn_normal_of)(W first, W second, W odd)
{
    V u1 = X(nn_uniform_words)(first) + X(nn_splat)((nn_real)0x1p-24);
    V radius = X(nn_sqrt)(X(nn_splat)(-2) * X(nn_log)(u1));
    return radius * X(nn_sine_turn)(X(nn_uniform_words)(second), 1 - odd);
}

/* The words that elements element .. element + NN_WIDTH - 1 are made of begin at words[place], the
   place returned. */
NN_INLINE uint32_t X(nn_row)(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                             uint32_t element, uint32_t words[NN_WIDTH + 6])
{
    const uint32_t place = element % 4, last = (place + NN_WIDTH - 1) / 4;
    for (uint32_t block = 0; block <= last; block++)
        nn_block(seed, step, node, example, element / 4 + block, words + 4 * block);
    return place;
}

static inline V X(nn_uniform)(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                              uint32_t element)
{
    uint32_t words[NN_WIDTH + 6];
    const uint32_t place = X(nn_row)(seed, step, node, example, element, words);
#define NN_LANE(i) words[place + i]
    return X(nn_uniform_words)((W)LIST(NN_LANE));
#undef NN_LANE
}

static inline V X(nn_normal)(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                             uint32_t element)
{
    uint32_t words[NN_WIDTH + 6];
    const uint32_t place = X(nn_row)(seed, step, node, example, element, words);
#define NN_FIRST(i) words[(place + i) / 2 * 2]
#define NN_SECOND(i) words[(place + i) / 2 * 2 + 1]
#define NN_ODD(i) (place + i) % 2
    return X(nn_normal_of)((W)LIST(NN_FIRST), (W)LIST(NN_SECOND), (W)LIST(NN_ODD));
#undef NN_FIRST
#undef NN_SECOND
#undef NN_ODD
}

/* The same block of NN_WIDTH examples: words[i] is word i of each. */
NN_INLINE void X(nn_blocks)(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                            uint32_t block, W words[4])
{
    uint32_t by_example[NN_WIDTH][4];
    for (uint32_t i = 0; i < NN_WIDTH; i++)
        nn_block(seed, step, node, example + i, block, by_example[i]);
#define NN_FIRST(i) by_example[i][0]
#define NN_SECOND(i) by_example[i][1]
#define NN_THIRD(i) by_example[i][2]
#define NN_FOURTH(i) by_example[i][3]
    words[0] = (W)LIST(NN_FIRST);
    words[1] = (W)LIST(NN_SECOND);
    words[2] = (W)LIST(NN_THIRD);
    words[3] = (W)LIST(NN_FOURTH);
#undef NN_FIRST
#undef NN_SECOND
#undef NN_THIRD
#undef NN_FOURTH
}

static inline V X(nn_uniform_examples)(uint64_t seed, uint32_t step, uint32_t node,
                                       uint32_t example, uint32_t element)
{
    W words[4];
    X(nn_blocks)(seed, step, node, example, element / 4, words);
    return X(nn_uniform_words)(words[element % 4]);
}

static inline V X(nn_normal_examples)(uint64_t seed, uint32_t step, uint32_t node,
                                      uint32_t example, uint32_t element)
{
    const uint32_t pair = element % 4 / 2 * 2;
    W words[4];
    X(nn_blocks)(seed, step, node, example, element / 4, words);
    return X(nn_normal_of)(words[pair], words[pair + 1], X(nn_splat_word)(element % 2));
}

static inline void X(nn_uniform_block)(uint64_t seed, uint32_t step, uint32_t node,
                                       uint32_t example, uint32_t block, V numbers[4])
{
    W words[4];
    X(nn_blocks)(seed, step, node, example, block, words);
    numbers[0] = X(nn_uniform_words)(words[0]);
    numbers[1] = X(nn_uniform_words)(words[1]);
    numbers[2] = X(nn_uniform_words)(words[2]);
    numbers[3] = X(nn_uniform_words)(words[3]);
}

static inline void X(nn_normal_block)(uint64_t seed, uint32_t step, uint32_t node,
                                      uint32_t example, uint32_t block, V numbers[4])
{
    const W even = X(nn_splat_word)(0), odd = X(nn_splat_word)(1);
    W words[4];
    X(nn_blocks)(seed, step, node, example, block, words);
    numbers[0] = X(nn_normal_of)(words[0], words[1], even);
    numbers[1] = X(nn_normal_of)(words[0], words[1], odd);
    numbers[2] = X(nn_normal_of)(words[2], words[3], even);
    numbers[3] = X(nn_normal_of)(words[2], words[3], odd);
}
