/* tanh of floats by tables, for nn_math.h, which alone includes this, where NN_HAS_TABLES: two
   registers of 64 bytes hold a table of 32 numbers. In: the vectors of nn_simd.h, NN_TANH_TABLES of
   nn_coefficients.h. Out: nn_tanh_ of every width and of one number; the narrow ones use the widest
   registers for the look-up. */

static const float nn_tanh_tables[7][32] __attribute__((aligned(64))) = { NN_TANH_TABLES };

/* In each lane, the entry of table `row` that column selects. */
NN_INLINE __m512 nn_tanh_column(__m512i column, int row)
{
    const float *table = nn_tanh_tables[row];
    return _mm512_permutex2var_ps(_mm512_load_ps(table), column, _mm512_load_ps(table + 16));
}

/* tanh(a) for a = |x|, with the sign of x: v + t P(t), t = a - p. The table gives the point p, the
   value v and the coefficients of P for the interval that a is in. */
NN_INLINE nn_v16 nn_tanh_16(nn_v16 x)
{
    __m512 a = (__m512)nn_lesser_16(nn_splat_16(NN_TANH_HIGH), nn_abs_16(x));
    __m512i column = _mm512_srli_epi32((__m512i)(a + nn_splat_16(NN_TANH_SHIFT)), 20);
    __m512 t = a - nn_tanh_column(column, 0);
    __m512 y = nn_tanh_column(column, 6);
    y = _mm512_fmadd_ps(y, t, nn_tanh_column(column, 5));
    y = _mm512_fmadd_ps(y, t, nn_tanh_column(column, 4));
    y = _mm512_fmadd_ps(y, t, nn_tanh_column(column, 3));
    y = _mm512_fmadd_ps(y, t, nn_tanh_column(column, 2));
    y = _mm512_fmadd_ps(y, t, nn_tanh_column(column, 1));
    return nn_copysign_16((nn_v16)y, x);
}

NN_INLINE nn_v8 nn_tanh_8(nn_v8 x)
{
    nn_v16 wide = (nn_v16)_mm512_castps256_ps512((__m256)x);
    return (nn_v8)_mm512_castps512_ps256((__m512)nn_tanh_16(wide));
}

NN_INLINE nn_v4 nn_tanh_4(nn_v4 x)
{
    nn_v16 wide = (nn_v16)_mm512_castps128_ps512((__m128)x);
    return (nn_v4)_mm512_castps512_ps128((__m512)nn_tanh_16(wide));
}

NN_INLINE float nn_tanh_1(float x) { return nn_tanh_4(NN_LANE_0(x))[0]; }
