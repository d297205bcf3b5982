/* The functions of nn_simd.h that work across lanes, such as sums and transposes. nn_simd.h alone
   includes this, once per width.

   In: the names that nn_widths.h defines, nn_vector.h of this width and all of the narrower ones.
   Out: nn_sum, nn_maximum, nn_sums, nn_transpose, nn_turn and their variants for this width.

   x86 shuffles within blocks of 128 bits, or moves whole blocks. So a vector is taken as a row of
   blocks: EVEN, ODD, BLOCKS and HALF move blocks, LOW, HIGH and their pairs work within each. */

#if NN_DOUBLE
#define NN_BLOCK 2 /* lanes of a block */
#else
#define NN_BLOCK 4
#endif

/* Within each block, lanes of a and b interleaved: of its lower half (LOW, a0 b0 a1 b1) or its
   upper half (HIGH); and in pairs of lanes (LOW_PAIR a0 a1 b0 b1, HIGH_PAIR a2 a3 b2 b3). */
#if NN_HAS_SSE2
#if NN_DOUBLE
#define LOW(a, b) (V)MM(unpacklo)((MV)(a), (MV)(b))
#define HIGH(a, b) (V)MM(unpackhi)((MV)(a), (MV)(b))
#elif NN_BYTES == 16
#define LOW(a, b) (V)_mm_unpacklo_ps((MV)(a), (MV)(b))
#define HIGH(a, b) (V)_mm_unpackhi_ps((MV)(a), (MV)(b))
#define LOW_PAIR(a, b) (V)_mm_movelh_ps((MV)(a), (MV)(b))
#define HIGH_PAIR(a, b) (V)_mm_movehl_ps((MV)(b), (MV)(a))
#else
#define LOW(a, b) (V)MM(unpacklo)((MV)(a), (MV)(b))
#define HIGH(a, b) (V)MM(unpackhi)((MV)(a), (MV)(b))
#define LOW_PAIR(a, b) (V)MM(shuffle)((MV)(a), (MV)(b), 0x44)
#define HIGH_PAIR(a, b) (V)MM(shuffle)((MV)(a), (MV)(b), 0xee)
#endif
#elif NN_DOUBLE
#define LOW(a, b) NN_SHUFFLE(a, b, 0, 2)
#define HIGH(a, b) NN_SHUFFLE(a, b, 1, 3)
#else
#define LOW(a, b) NN_SHUFFLE(a, b, 0, 4, 1, 5)
#define HIGH(a, b) NN_SHUFFLE(a, b, 2, 6, 3, 7)
#define LOW_PAIR(a, b) NN_SHUFFLE(a, b, 0, 1, 4, 5)
#define HIGH_PAIR(a, b) NN_SHUFFLE(a, b, 2, 3, 6, 7)
#endif

/* The even (odd) blocks of a, then those of b: in vectors of 256 bits, blocks a0 b0 (a1 b1).
   HALF is the lower or upper half of a vector. */
#if NN_BYTES == 32 && NN_DOUBLE
#define EVEN(a, b) (V)_mm256_permute2f128_pd((MV)(a), (MV)(b), 0x20)
#define ODD(a, b) (V)_mm256_permute2f128_pd((MV)(a), (MV)(b), 0x31)
#define HALF(x, half) (nn_v2)_mm256_extractf128_pd((MV)(x), half)
#elif NN_BYTES == 32
#define EVEN(a, b) (V)_mm256_permute2f128_ps((MV)(a), (MV)(b), 0x20)
#define ODD(a, b) (V)_mm256_permute2f128_ps((MV)(a), (MV)(b), 0x31)
#define HALF(x, half) (nn_v4)_mm256_extractf128_ps((MV)(x), half)
#elif NN_BYTES == 64 && NN_DOUBLE
#define BLOCKS(a, b, order) (V)_mm512_shuffle_f64x2((MV)(a), (MV)(b), order)
#define HALF(x, half) (nn_v4)_mm512_extractf64x4_pd((MV)(x), half)
#elif NN_BYTES == 64
#define BLOCKS(a, b, order) (V)_mm512_shuffle_f32x4((MV)(a), (MV)(b), order)
#define HALF(x, half) (nn_v8)_mm512_extractf32x8_ps((MV)(x), half)
#endif
#if NN_BYTES == 64
#define EVEN(a, b) BLOCKS(a, b, 0x88)
#define ODD(a, b) BLOCKS(a, b, 0xdd)
#endif

/* The sum and the maximum over lanes: the upper half is added to the lower one, until one number is
   left. */
#if NN_BYTES == 64
NN_INLINE nn_real X(nn_sum)(V x) { return NN_HALF_WIDTH(nn_sum)(HALF(x, 0) + HALF(x, 1)); }
NN_INLINE nn_real X(nn_maximum)(V x)
{
    return NN_HALF_WIDTH(nn_maximum)(NN_HALF_WIDTH(nn_max)(HALF(x, 0), HALF(x, 1)));
}
#elif NN_BYTES == 32
NN_INLINE nn_real X(nn_sum)(V x) { return NN_BLOCK_WIDTH(nn_sum)(HALF(x, 0) + HALF(x, 1)); }
NN_INLINE nn_real X(nn_maximum)(V x)
{
    return NN_BLOCK_WIDTH(nn_maximum)(NN_BLOCK_WIDTH(nn_max)(HALF(x, 0), HALF(x, 1)));
}
#elif NN_DOUBLE
NN_INLINE nn_real X(nn_sum)(V x) { return x[0] + x[1]; }
NN_INLINE nn_real X(nn_maximum)(V x) { return nn_max_1(x[0], x[1]); }
#else
NN_INLINE nn_real X(nn_sum)(V x)
{
    V half = x + HIGH_PAIR(x, x);
    return half[0] + half[1];
}
NN_INLINE nn_real X(nn_maximum)(V x)
{
    V half = X(nn_max)(x, HIGH_PAIR(x, x));
    return nn_max_1(half[0], half[1]);
}
#endif

/* Block i of the result: the blocks of v[i * NN_BLOCK] folded as nn_sum does. */
NN_INLINE V X(nn_fold_blocks)(const V *v)
{
#if NN_BYTES == 16
    return v[0];
#elif NN_BYTES == 32
    return EVEN(v[0], v[NN_BLOCK]) + ODD(v[0], v[NN_BLOCK]);
#else
    const V a = v[0], b = v[NN_BLOCK], c = v[2 * NN_BLOCK], d = v[3 * NN_BLOCK];
    V first = BLOCKS(a, b, 0x44) + BLOCKS(a, b, 0xee);
    V second = BLOCKS(c, d, 0x44) + BLOCKS(c, d, 0xee);
    return EVEN(first, second) + ODD(first, second);
#endif
}

/* Lane i is the sum of v[i], in the order of nn_sum. */
NN_INLINE V X(nn_sums)(const V v[NN_WIDTH])
{
    V a = X(nn_fold_blocks)(v), b = X(nn_fold_blocks)(v + 1);
#if NN_DOUBLE
    return LOW(a, b) + HIGH(a, b);
#else
    V c = X(nn_fold_blocks)(v + 2), d = X(nn_fold_blocks)(v + 3);
    V first = LOW(a, b) + HIGH(a, b), second = LOW(c, d) + HIGH(c, d);
    return LOW_PAIR(first, second) + HIGH_PAIR(first, second);
#endif
}

/* Transposes r[0 .. NN_BLOCK - 1] block by block: block j of them as a square. */
NN_INLINE void X(nn_transpose_within)(V *r)
{
#if NN_DOUBLE
    V a = r[0], b = r[1];
    r[0] = LOW(a, b);
    r[1] = HIGH(a, b);
#else
    V a = LOW(r[0], r[1]), b = HIGH(r[0], r[1]), c = LOW(r[2], r[3]), d = HIGH(r[2], r[3]);
    r[0] = LOW_PAIR(a, c);
    r[1] = HIGH_PAIR(a, c);
    r[2] = LOW_PAIR(b, d);
    r[3] = HIGH_PAIR(b, d);
#endif
}

/* Transposes r[0], r[NN_BLOCK], .. as a square whose elements are blocks. */
NN_INLINE void X(nn_transpose_blocks)(V *r)
{
#if NN_BYTES == 32
    V a = r[0], b = r[NN_BLOCK];
    r[0] = EVEN(a, b);
    r[NN_BLOCK] = ODD(a, b);
#elif NN_BYTES == 64
    V a = EVEN(r[0], r[NN_BLOCK]), b = ODD(r[0], r[NN_BLOCK]);
    V c = EVEN(r[2 * NN_BLOCK], r[3 * NN_BLOCK]), d = ODD(r[2 * NN_BLOCK], r[3 * NN_BLOCK]);
    r[0] = EVEN(a, c);
    r[NN_BLOCK] = EVEN(b, d);
    r[2 * NN_BLOCK] = ODD(a, c);
    r[3 * NN_BLOCK] = ODD(b, d);
#else
    (void)r;
#endif
}

/* Transposes in place the square whose row i is r[i]. */
NN_INLINE void X(nn_transpose)(V r[NN_WIDTH])
{
    X(nn_transpose_within)(r);
#if NN_BYTES >= 32
    X(nn_transpose_within)(r + NN_BLOCK);
#endif
#if NN_BYTES == 64
    X(nn_transpose_within)(r + 2 * NN_BLOCK);
    X(nn_transpose_within)(r + 3 * NN_BLOCK);
#endif
    X(nn_transpose_blocks)(r);
    X(nn_transpose_blocks)(r + 1);
#if !NN_DOUBLE
    X(nn_transpose_blocks)(r + 2);
    X(nn_transpose_blocks)(r + 3);
#endif
}

/* Transposes a square of NN_WIDTH rows in memory:
   to[j * to_stride + i] = from[i * from_stride + j]. */
NN_INLINE void X(nn_turn)(nn_real *to, size_t to_stride, const nn_real *from, size_t from_stride)
{
#define NN_LANE(i) X(nn_load)(from + i * from_stride)
    V square[NN_WIDTH] = LIST(NN_LANE);
#undef NN_LANE
    X(nn_transpose)(square);
#define NN_ROW(j) X(nn_store)(to + (j) * to_stride, square[j])
    NN_ROW(0); NN_ROW(1);
#if NN_WIDTH > 2
    NN_ROW(2); NN_ROW(3);
#endif
#if NN_WIDTH > 4
    NN_ROW(4); NN_ROW(5); NN_ROW(6); NN_ROW(7);
#endif
#if NN_WIDTH > 8
    NN_ROW(8); NN_ROW(9); NN_ROW(10); NN_ROW(11);
    NN_ROW(12); NN_ROW(13); NN_ROW(14); NN_ROW(15);
#endif
#undef NN_ROW
}

/* The same, and prefetches the square whose rows lie `ahead` numbers further on. */
NN_INLINE void X(nn_turn_ahead)(nn_real *to, size_t to_stride, const nn_real *from,
                                size_t from_stride, int ahead)
{
    for (int i = 0; i < NN_WIDTH; i++) nn_fetch(from + (size_t)i * from_stride, ahead);
    X(nn_turn)(to, to_stride, from, from_stride);
}

#if NN_HAS_MASKS
/* nn_turn of the first `rows` rows and `columns` columns at `from`. */
NN_INLINE void X(nn_turn_part)(nn_real *to, size_t to_stride, const nn_real *from,
                               size_t from_stride, int rows, int columns)
{
    V square[NN_WIDTH];
    for (int i = 0; i < NN_WIDTH; i++)
        square[i] = i < rows ? X(nn_load_part)(from + (size_t)i * from_stride, columns)
                             : X(nn_splat)(0);
    X(nn_transpose)(square);
    for (int j = 0; j < columns; j++) X(nn_store_part)(to + (size_t)j * to_stride, rows, square[j]);
}
#endif

#undef NN_BLOCK
#undef LOW
#undef HIGH
#undef LOW_PAIR
#undef HIGH_PAIR
#undef EVEN
#undef ODD
#undef HALF
#undef BLOCKS
