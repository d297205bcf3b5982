/* The vector functions of nn_random.h, which alone includes this, once per width.

   In: the names that nn_widths.h defines, and nn_math.h. Out: nn_uniform, nn_normal and their forms
   by example and by block, for this width. */

/* nn_uniform_word in each lane; words are below 2^32. */
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

/* Philox in lanes of 64 bits, whose upper halves may hold anything: products ignore them. */
typedef uint64_t X(nn_wide) __attribute__((vector_size(NN_BYTES)));

NN_INLINE X(nn_wide) X(nn_product)(X(nn_wide) a, uint32_t factor)
{
    const X(nn_wide) factors = (X(nn_wide)){ 0 } + factor;
#if NN_HAS_NEON
    return (X(nn_wide))vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)factors));
#elif !NN_HAS_SSE2
    return (a & 0xffffffff) * factors;
#elif NN_BYTES == 16
    return (X(nn_wide))_mm_mul_epu32((MW)a, (MW)factors);
#elif NN_BYTES == 32
    return (X(nn_wide))_mm256_mul_epu32((MW)a, (MW)factors);
#else
    return (X(nn_wide))_mm512_mul_epu32((MW)a, (MW)factors);
#endif
}

/* nn_philox in each lane: replaces the counter by the four words. */
NN_INLINE void X(nn_philox)(X(nn_wide) counter[4], uint64_t seed)
{
    X(nn_wide) a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t low = (uint32_t)seed, high = (uint32_t)(seed >> 32);
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 10
#endif
    for (int round = 0; round < 10; round++) {
        X(nn_wide) first = X(nn_product)(a, 0xD2511F53u), second = X(nn_product)(c, 0xCD9E8D57u);
        a = second >> 32 ^ b ^ low;
        b = second;
        c = first >> 32 ^ d ^ high;
        d = first;
        low += 0x9E3779B9u;
        high += 0xBB67AE85u;
    }
    counter[0] = a & 0xffffffff;
    counter[1] = b & 0xffffffff;
    counter[2] = c & 0xffffffff;
    counter[3] = d & 0xffffffff;
}

/* Two words in one lane, such that `first` comes first in memory. */
NN_INLINE X(nn_wide) X(nn_pair)(X(nn_wide) first, X(nn_wide) second)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return first << 32 | second;
#else
    return first | second << 32;
#endif
}

/* The words for elements element .. element + NN_WIDTH - 1: they begin at words[place], where
   place is what is returned. One register has enough lanes for all their blocks, in such an
   order that interleaving two registers puts the words in the order of elements. */
NN_INLINE uint32_t X(nn_row)(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                             uint32_t element, uint32_t words[NN_BYTES / 2])
{
    typedef X(nn_wide) anywhere __attribute__((aligned(4), may_alias));
    const X(nn_wide) none = { 0 };
#if NN_BYTES == 16
    const X(nn_wide) order = { 0, 1 };
#elif NN_BYTES == 32
    const X(nn_wide) order = { 0, 2, 1, 3 };
#else
    const X(nn_wide) order = { 0, 4, 1, 5, 2, 6, 3, 7 };
#endif
    X(nn_wide) counter[4] = { order + element / 4, none + example, none + node, none + step };
    X(nn_philox)(counter, seed);
    X(nn_wide) a = X(nn_pair)(counter[0], counter[1]), b = X(nn_pair)(counter[2], counter[3]);
#if NN_BYTES == 16
    *(anywhere *)words = (X(nn_wide)){ a[0], b[0] };
    *(anywhere *)(words + NN_BYTES / 4) = (X(nn_wide)){ a[1], b[1] };
#elif NN_BYTES == 32
    *(anywhere *)words = (X(nn_wide))_mm256_unpacklo_epi64((MW)a, (MW)b);
    *(anywhere *)(words + NN_BYTES / 4) = (X(nn_wide))_mm256_unpackhi_epi64((MW)a, (MW)b);
#else
    *(anywhere *)words = (X(nn_wide))_mm512_unpacklo_epi64((MW)a, (MW)b);
    *(anywhere *)(words + NN_BYTES / 4) = (X(nn_wide))_mm512_unpackhi_epi64((MW)a, (MW)b);
#endif
    return element % 4;
}

static inline V X(nn_uniform)(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                              uint32_t element)
{
    uint32_t words[NN_BYTES / 2];
    const uint32_t place = X(nn_row)(seed, step, node, example, element, words);
#if NN_DOUBLE
#define NN_LANE(i) words[place + i]
    return X(nn_uniform_words)((W)LIST(NN_LANE));
#undef NN_LANE
#else
    typedef W anywhere __attribute__((aligned(4), may_alias));
    return X(nn_uniform_words)(*(const anywhere *)(words + place));
#endif
}

static inline V X(nn_normal)(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                             uint32_t element)
{
    uint32_t words[NN_BYTES / 2];
    const uint32_t place = X(nn_row)(seed, step, node, example, element, words);
#define NN_FIRST(i) words[(place + i) / 2 * 2]
#define NN_SECOND(i) words[(place + i) / 2 * 2 + 1]
#define NN_ODD(i) (place + i) % 2
    return X(nn_normal_of)((W)LIST(NN_FIRST), (W)LIST(NN_SECOND), (W)LIST(NN_ODD));
#undef NN_FIRST
#undef NN_SECOND
#undef NN_ODD
}

/* One block for each of NN_WIDTH examples: lane j of words[i] is word i of example + j. */
NN_INLINE void X(nn_blocks)(uint64_t seed, uint32_t step, uint32_t node, uint32_t example,
                            uint32_t block, W words[4])
{
    const X(nn_wide) none = { 0 };
#if NN_DOUBLE
    X(nn_wide) counter[4] = { none + block, X(nn_numbers)() + example, none + node, none + step };
    X(nn_philox)(counter, seed);
    words[0] = (W)counter[0];
    words[1] = (W)counter[1];
    words[2] = (W)counter[2];
    words[3] = (W)counter[3];
#else
    const X(nn_wide) examples = (X(nn_wide))(X(nn_numbers)() + example); /* two per lane */
    X(nn_wide) even[4] = { none + block, examples, none + node, none + step };
    X(nn_wide) odd[4] = { none + block, examples >> 32, none + node, none + step };
    X(nn_philox)(even, seed);
    X(nn_philox)(odd, seed);
    words[0] = (W)(even[0] | odd[0] << 32);
    words[1] = (W)(even[1] | odd[1] << 32);
    words[2] = (W)(even[2] | odd[2] << 32);
    words[3] = (W)(even[3] | odd[3] << 32);
#endif
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
