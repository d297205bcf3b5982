/* The vector half of nn_simd.h, which alone includes it: 128 bits by GCC vector extensions, with
   the instruction itself where neither compiler finds it. In: nn_real, NN_LANES, the _1 functions.
   Out: nn_v, nn_i and the _v functions. */

#ifndef NN_VECTOR_H
#define NN_VECTOR_H

typedef nn_real nn_v __attribute__((vector_size(16)));
typedef nn_integer nn_i __attribute__((vector_size(16)));
typedef nn_word nn_words __attribute__((vector_size(16))); /* bits of a nn_v, and masks */
typedef nn_real nn_v_anywhere __attribute__((vector_size(16), aligned(sizeof(nn_real)), may_alias));

#define NN_TO_BITS(x) ((nn_words)(x))
#define NN_SIGN_BITS (NN_TO_BITS(nn_splat_v((nn_real)-0.0)))

#if NN_DOUBLE
#define NN_LANE_LIST(f) { f(0), f(1) }
#else
#define NN_LANE_LIST(f) { f(0), f(1), f(2), f(3) }
#endif

NN_INLINE nn_v nn_load_v(const nn_real *p) { return *(const nn_v_anywhere *)p; }
NN_INLINE void nn_store_v(nn_real *p, nn_v x) { *(nn_v_anywhere *)p = x; }

NN_INLINE nn_v nn_splat_v(nn_real x)
{
#define NN_LANE(i) x
    return (nn_v)NN_LANE_LIST(NN_LANE);
#undef NN_LANE
}

/* Lane i is p[i * stride]. */
NN_INLINE nn_v nn_gather_v(const nn_real *p, size_t stride)
{
#define NN_LANE(i) p[i * stride]
    return (nn_v)NN_LANE_LIST(NN_LANE);
#undef NN_LANE
}

NN_INLINE void nn_scatter_v(nn_real *p, size_t stride, nn_v x)
{
    p[0] = x[0];
    p[stride] = x[1];
#if !NN_DOUBLE
    p[2 * stride] = x[2];
    p[3 * stride] = x[3];
#endif
}

NN_INLINE nn_words nn_bits_v(nn_v x) { return (nn_words)x; }
NN_INLINE nn_v nn_from_bits_v(nn_words words) { return (nn_v)words; }

NN_INLINE nn_v nn_choose_v(nn_words mask, nn_v a, nn_v b)
{
    return (nn_v)((mask & NN_TO_BITS(a)) | (~mask & NN_TO_BITS(b)));
}

NN_INLINE nn_v nn_where_v(nn_v c, nn_v a, nn_v b)
{
    return nn_choose_v(NN_TO_BITS(c != nn_splat_v(0)), a, b);
}

#define NN_ONE_WHERE(mask) ((nn_v)(NN_TO_BITS(mask) & NN_TO_BITS(nn_splat_v(1))))
NN_INLINE nn_v nn_less_v(nn_v a, nn_v b) { return NN_ONE_WHERE(a < b); }
NN_INLINE nn_v nn_less_equal_v(nn_v a, nn_v b) { return NN_ONE_WHERE(a <= b); }
NN_INLINE nn_v nn_equal_v(nn_v a, nn_v b) { return NN_ONE_WHERE(a == b); }
NN_INLINE nn_v nn_not_equal_v(nn_v a, nn_v b) { return NN_ONE_WHERE(a != b); }

NN_INLINE nn_v nn_abs_v(nn_v x) { return (nn_v)(NN_TO_BITS(x) & ~NN_SIGN_BITS); }

NN_INLINE nn_v nn_copysign_v(nn_v x, nn_v sign)
{
    return (nn_v)((NN_TO_BITS(x) & ~NN_SIGN_BITS) | (NN_TO_BITS(sign) & NN_SIGN_BITS));
}

/* Roots, and a > b ? a : b, a < b ? a : b, which no compiler makes one instruction from the
   portable form. */
#ifdef __SSE2__
#if NN_DOUBLE
NN_INLINE nn_v nn_sqrt_v(nn_v x) { return (nn_v)_mm_sqrt_pd((__m128d)x); }
NN_INLINE nn_v nn_greater_v(nn_v a, nn_v b) { return (nn_v)_mm_max_pd((__m128d)a, (__m128d)b); }
NN_INLINE nn_v nn_lesser_v(nn_v a, nn_v b) { return (nn_v)_mm_min_pd((__m128d)a, (__m128d)b); }
#else
NN_INLINE nn_v nn_sqrt_v(nn_v x) { return (nn_v)_mm_sqrt_ps((__m128)x); }
NN_INLINE nn_v nn_greater_v(nn_v a, nn_v b) { return (nn_v)_mm_max_ps((__m128)a, (__m128)b); }
NN_INLINE nn_v nn_lesser_v(nn_v a, nn_v b) { return (nn_v)_mm_min_ps((__m128)a, (__m128)b); }
#endif
#else
NN_INLINE nn_v nn_greater_v(nn_v a, nn_v b) { return nn_choose_v(NN_TO_BITS(a > b), a, b); }
NN_INLINE nn_v nn_lesser_v(nn_v a, nn_v b) { return nn_choose_v(NN_TO_BITS(a < b), a, b); }
#if defined(__aarch64__) && NN_DOUBLE
NN_INLINE nn_v nn_sqrt_v(nn_v x) { return (nn_v)vsqrtq_f64((float64x2_t)x); }
#elif defined(__aarch64__)
NN_INLINE nn_v nn_sqrt_v(nn_v x) { return (nn_v)vsqrtq_f32((float32x4_t)x); }
#else
NN_INLINE nn_v nn_sqrt_v(nn_v x)
{
#define NN_LANE(i) nn_sqrt_1(x[i])
    return (nn_v)NN_LANE_LIST(NN_LANE);
#undef NN_LANE
}
#endif
#endif

NN_INLINE nn_v nn_max_v(nn_v a, nn_v b)
{
    return (nn_v)(NN_TO_BITS(nn_greater_v(a, b)) | NN_TO_BITS(a != a));
}
NN_INLINE nn_v nn_min_v(nn_v a, nn_v b)
{
    return (nn_v)(NN_TO_BITS(nn_lesser_v(a, b)) | NN_TO_BITS(a != a));
}

NN_INLINE nn_v nn_clamp_v(nn_v x, nn_v low, nn_v high)
{
    return nn_greater_v(low, nn_lesser_v(high, x));
}

// over the lanes: (x[0] + x[2]) + (x[1] + x[3]), the order in which a register folds in half

#if defined(__clang__) || __GNUC__ >= 12
#define NN_SHUFFLE __builtin_shufflevector
#elif NN_DOUBLE
#define NN_SHUFFLE(a, b, i, j) __builtin_shuffle(a, b, (nn_i){ i, j })
#else
#define NN_SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (nn_i){ i, j, k, l })
#endif

#if NN_DOUBLE

NN_INLINE nn_real nn_sum_v(nn_v x) { return x[0] + x[1]; }
NN_INLINE nn_real nn_maximum_v(nn_v x) { return nn_max_1(x[0], x[1]); }

/* Lane i is the sum of v[i], in the order of nn_sum_v. */
NN_INLINE nn_v nn_sums_v(const nn_v v[NN_LANES])
{
    return NN_SHUFFLE(v[0], v[1], 0, 2) + NN_SHUFFLE(v[0], v[1], 1, 3);
}

#else

NN_INLINE nn_real nn_sum_v(nn_v x)
{
    nn_v half = x + NN_SHUFFLE(x, x, 2, 3, 2, 3);
    return half[0] + half[1];
}

NN_INLINE nn_real nn_maximum_v(nn_v x)
{
    nn_v half = nn_max_v(x, NN_SHUFFLE(x, x, 2, 3, 2, 3));
    return nn_max_1(half[0], half[1]);
}

/* Lane i is the sum of v[i], in the order of nn_sum_v. */
NN_INLINE nn_v nn_sums_v(const nn_v v[NN_LANES])
{
    nn_v a = NN_SHUFFLE(v[0], v[1], 0, 4, 1, 5) + NN_SHUFFLE(v[0], v[1], 2, 6, 3, 7);
    nn_v b = NN_SHUFFLE(v[2], v[3], 0, 4, 1, 5) + NN_SHUFFLE(v[2], v[3], 2, 6, 3, 7);
    return NN_SHUFFLE(a, b, 0, 1, 4, 5) + NN_SHUFFLE(a, b, 2, 3, 6, 7);
}

#endif

/* Lane i is 1 where the class is first + i, else 0. first + NN_LANES must not pass INT32_MAX. */
NN_INLINE nn_v nn_classes_v(int32_t class_index, int32_t first)
{
    const nn_words lanes =
#define NN_LANE(i) i
        NN_LANE_LIST(NN_LANE);
#undef NN_LANE
    nn_word distance = (uint32_t)class_index - (uint32_t)first;
#define NN_LANE(i) distance
    const nn_words distances = NN_LANE_LIST(NN_LANE);
#undef NN_LANE
    return NN_ONE_WHERE(distances == lanes);
}

/* Lane i is 1 where class_indices[i] is k, else 0. */
NN_INLINE nn_v nn_examples_v(const int32_t *class_indices, int32_t k)
{
#define NN_LANE(i) class_indices[i]
    const nn_i classes = NN_LANE_LIST(NN_LANE);
#undef NN_LANE
#define NN_LANE(i) k
    const nn_i wanted = NN_LANE_LIST(NN_LANE);
#undef NN_LANE
    return NN_ONE_WHERE(classes == wanted);
}

#endif
