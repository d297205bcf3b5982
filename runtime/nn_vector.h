/* The vector functions of nn_simd.h, which alone includes this, once per width.

   In: the names that nn_widths.h defines, and the features of nn_targets.h. Out: the types of one
   width, and its functions but for those across lanes (nn_lanes.h). Written with GCC vector
   extensions, and with intrinsics where compilers do not find the instruction by themselves. */

typedef nn_real V __attribute__((vector_size(NN_BYTES)));
typedef nn_integer I __attribute__((vector_size(NN_BYTES)));
typedef nn_word W __attribute__((vector_size(NN_BYTES))); /* bits of a V */
#if !NN_HAS_BIT_MASKS
typedef W K; /* all bits of a lane are set, or none */
#elif NN_WIDTH == 16
typedef __mmask16 K; /* a bit per lane */
#else
typedef __mmask8 K;
#endif
typedef nn_real X(nn_anywhere)
    __attribute__((vector_size(NN_BYTES), aligned(sizeof(nn_real)), may_alias));

// to and from memory

NN_INLINE V X(nn_load)(const nn_real *p) { return *(const X(nn_anywhere) *)p; }
NN_INLINE void X(nn_store)(nn_real *p, V x) { *(X(nn_anywhere) *)p = x; }

NN_INLINE V X(nn_splat)(nn_real x)
{
#define NN_LANE(i) x
    return (V)LIST(NN_LANE);
#undef NN_LANE
}

NN_INLINE V X(nn_first)(nn_real x) { return (V){ x }; } /* lane 0: x, the others 0 */

NN_INLINE W X(nn_splat_word)(nn_word word)
{
#define NN_LANE(i) word
    return (W)LIST(NN_LANE);
#undef NN_LANE
}

NN_INLINE W X(nn_numbers)(void) /* lane i: i */
{
#define NN_LANE(i) i
    return (W)LIST(NN_LANE);
#undef NN_LANE
}

/* Lane i is p[i * stride] for i < count, else 0. */
NN_INLINE V X(nn_gather_part)(const nn_real *p, size_t stride, int count)
{
#define NN_LANE(i) i < count ? p[i * stride] : 0
    return (V)LIST(NN_LANE);
#undef NN_LANE
}
NN_INLINE V X(nn_gather)(const nn_real *p, size_t stride)
{
    return X(nn_gather_part)(p, stride, NN_WIDTH);
}

NN_INLINE void X(nn_scatter_part)(nn_real *p, size_t stride, int count, V x)
{
#define NN_LANE(i) if (i < count) p[i * stride] = x[i]
    EACH(NN_LANE);
#undef NN_LANE
}
NN_INLINE void X(nn_scatter)(nn_real *p, size_t stride, V x)
{
    X(nn_scatter_part)(p, stride, NN_WIDTH, x);
}

NN_INLINE W X(nn_bits)(V x) { return (W)x; }
NN_INLINE V X(nn_from_bits)(W words) { return (V)words; }

// conditions

#if NN_HAS_BIT_MASKS
NN_INLINE K X(nn_is_less)(V a, V b) { return MK(cmp)((MV)a, (MV)b, _CMP_LT_OQ); }
NN_INLINE K X(nn_is_less_equal)(V a, V b) { return MK(cmp)((MV)a, (MV)b, _CMP_LE_OQ); }
NN_INLINE K X(nn_is_equal)(V a, V b) { return MK(cmp)((MV)a, (MV)b, _CMP_EQ_OQ); }
NN_INLINE K X(nn_is_not_equal)(V a, V b) { return MK(cmp)((MV)a, (MV)b, _CMP_NEQ_UQ); }
NN_INLINE K X(nn_has_bit)(W words, nn_word bit)
{
    return NN_NAME(MI(test), _mask)((MW)words, (MW)X(nn_splat_word)(bit));
}
NN_INLINE K X(nn_are_equal)(I a, I b) { return NN_NAME(MI(cmpeq), _mask)((MW)a, (MW)b); }
NN_INLINE V X(nn_choose)(K mask, V a, V b) { return (V)MM(mask_blend)(mask, (MV)b, (MV)a); }
NN_INLINE V X(nn_only)(K mask, V x) { return (V)MM(maskz_mov)(mask, (MV)x); }
#else
NN_INLINE K X(nn_is_less)(V a, V b) { return (K)(a < b); }
NN_INLINE K X(nn_is_less_equal)(V a, V b) { return (K)(a <= b); }
NN_INLINE K X(nn_is_equal)(V a, V b) { return (K)(a == b); }
NN_INLINE K X(nn_is_not_equal)(V a, V b) { return (K)(a != b); }
NN_INLINE K X(nn_has_bit)(W words, nn_word bit) { return (K)((words & bit) != 0); }
NN_INLINE K X(nn_are_equal)(I a, I b) { return (K)(a == b); }
NN_INLINE V X(nn_only)(K mask, V x) { return (V)(mask & (W)x); } /* x, or 0 where not mask */
#if NN_HAS_MASKS
NN_INLINE V X(nn_choose)(K mask, V a, V b) { return (V)MM(blendv)((MV)b, (MV)a, (MV)mask); }
#else
NN_INLINE V X(nn_choose)(K mask, V a, V b) { return (V)((mask & (W)a) | (~mask & (W)b)); }
#endif
#endif

NN_INLINE V X(nn_where)(V c, V a, V b)
{
    return X(nn_choose)(X(nn_is_not_equal)(c, X(nn_splat)(0)), a, b);
}

NN_INLINE V X(nn_less)(V a, V b) { return X(nn_only)(X(nn_is_less)(a, b), X(nn_splat)(1)); }
NN_INLINE V X(nn_equal)(V a, V b) { return X(nn_only)(X(nn_is_equal)(a, b), X(nn_splat)(1)); }
NN_INLINE V X(nn_less_equal)(V a, V b)
{
    return X(nn_only)(X(nn_is_less_equal)(a, b), X(nn_splat)(1));
}
NN_INLINE V X(nn_not_equal)(V a, V b)
{
    return X(nn_only)(X(nn_is_not_equal)(a, b), X(nn_splat)(1));
}

/* Lane i is 1 where the class is first + i, else 0. first + NN_WIDTH must not pass INT32_MAX. */
NN_INLINE V X(nn_classes)(int32_t class_index, int32_t first)
{
    nn_word distance = (uint32_t)class_index - (uint32_t)first;
    return X(nn_only)(X(nn_are_equal)((I)X(nn_splat_word)(distance), (I)X(nn_numbers)()),
                      X(nn_splat)(1));
}

// the first `count` lanes of a vector: count is a literal in 1 .. NN_WIDTH - 1

#if NN_HAS_BIT_MASKS
#define NN_FIRST(count) ((K)((1u << (count)) - 1))
NN_INLINE V X(nn_load_part)(const nn_real *p, int count)
{
    return (V)MM(maskz_loadu)(NN_FIRST(count), p);
}
NN_INLINE void X(nn_store_part)(nn_real *p, int count, V x)
{
    MM(mask_storeu)(p, NN_FIRST(count), (MV)x);
}
#else
#define NN_FIRST(count) ((K)((I)X(nn_numbers)() < (nn_integer)(count)))
#if NN_HAS_MASKS
NN_INLINE V X(nn_load_part)(const nn_real *p, int count)
{
    return (V)MM(maskload)(p, (MW)NN_FIRST(count));
}
NN_INLINE void X(nn_store_part)(nn_real *p, int count, V x)
{
    MM(maskstore)(p, (MW)NN_FIRST(count), (MV)x);
}
#else
NN_INLINE V X(nn_load_part)(const nn_real *p, int count)
{
#define NN_LANE(i) i < count ? p[i] : 0
    return (V)LIST(NN_LANE);
#undef NN_LANE
}
NN_INLINE void X(nn_store_part)(nn_real *p, int count, V x)
{
    for (int i = 0; i < count; i++) p[i] = x[i];
}
#endif
#endif

/* x in the first `count` lanes; in the others 0, or value. */
NN_INLINE V X(nn_part)(V x, int count) { return X(nn_only)(NN_FIRST(count), x); }
NN_INLINE V X(nn_part_or)(V x, int count, nn_real value)
{
    return X(nn_choose)(NN_FIRST(count), x, X(nn_splat)(value));
}

/* Lane i is 1 where class_indices[i] is k, else 0; no more than `count` of them are read. */
NN_INLINE V X(nn_examples_part)(const int32_t *class_indices, int32_t k, int count)
{
#define NN_LANE(i) i < count ? class_indices[i] : 0
    const I classes = LIST(NN_LANE), wanted = (I)X(nn_splat_word)((nn_word)(nn_integer)k);
#undef NN_LANE
    return X(nn_part)(X(nn_only)(X(nn_are_equal)(classes, wanted), X(nn_splat)(1)), count);
}
NN_INLINE V X(nn_examples)(const int32_t *class_indices, int32_t k)
{
#if NN_DOUBLE
#define NN_LANE(i) class_indices[i]
    const I classes = LIST(NN_LANE);
#undef NN_LANE
#else
    typedef int32_t anywhere __attribute__((vector_size(NN_BYTES), aligned(4), may_alias));
    const I classes = *(const anywhere *)class_indices;
#endif
    const I wanted = (I)X(nn_splat_word)((nn_word)(nn_integer)k);
    return X(nn_only)(X(nn_are_equal)(classes, wanted), X(nn_splat)(1));
}
#undef NN_FIRST

// arithmetic

/* a * b + c and c - a * b: rounded once where the target has the instruction, else twice. */
#if !NN_HAS_FMA
NN_INLINE V X(nn_fma)(V a, V b, V c) { return a * b + c; }
NN_INLINE V X(nn_fnma)(V a, V b, V c) { return c - a * b; }
#elif NN_HAS_SSE2
NN_INLINE V X(nn_fma)(V a, V b, V c) { return (V)MM(fmadd)((MV)a, (MV)b, (MV)c); }
NN_INLINE V X(nn_fnma)(V a, V b, V c) { return (V)MM(fnmadd)((MV)a, (MV)b, (MV)c); }
#elif NN_DOUBLE
NN_INLINE V X(nn_fma)(V a, V b, V c)
{
    return (V)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
NN_INLINE V X(nn_fnma)(V a, V b, V c)
{
    return (V)vfmsq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
#else
NN_INLINE V X(nn_fma)(V a, V b, V c)
{
    return (V)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
NN_INLINE V X(nn_fnma)(V a, V b, V c)
{
    return (V)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
#endif

#define NN_SIGN_BITS ((W)X(nn_splat)((nn_real)-0.0))
NN_INLINE V X(nn_abs)(V x) { return (V)((W)x & ~NN_SIGN_BITS); }
NN_INLINE V X(nn_copysign)(V x, V sign)
{
    return (V)(((W)x & ~NN_SIGN_BITS) | ((W)sign & NN_SIGN_BITS));
}
#undef NN_SIGN_BITS

/* Square roots, and a > b ? a : b, a < b ? a : b, whose portable forms no compiler turns into one
   instruction. */
#if NN_HAS_SSE2
NN_INLINE V X(nn_root)(V x) { return (V)MM(sqrt)((MV)x); }
NN_INLINE V X(nn_greater)(V a, V b) { return (V)MM(max)((MV)a, (MV)b); }
NN_INLINE V X(nn_lesser)(V a, V b) { return (V)MM(min)((MV)a, (MV)b); }
#else
NN_INLINE V X(nn_greater)(V a, V b) { return X(nn_choose)(X(nn_is_less)(b, a), a, b); }
NN_INLINE V X(nn_lesser)(V a, V b) { return X(nn_choose)(X(nn_is_less)(a, b), a, b); }
#if NN_HAS_NEON && NN_DOUBLE
NN_INLINE V X(nn_root)(V x) { return (V)vsqrtq_f64((float64x2_t)x); }
#elif NN_HAS_NEON
NN_INLINE V X(nn_root)(V x) { return (V)vsqrtq_f32((float32x4_t)x); }
#else
NN_INLINE V X(nn_root)(V x)
{
#define NN_LANE(i) NN_LIBM(sqrt)(x[i])
    return (V)LIST(NN_LANE);
#undef NN_LANE
}
#endif
#endif

/* As nn_max_1 and nn_min_1: NaN where a or b is NaN. */
#if NN_HAS_BIT_MASKS
NN_INLINE V X(nn_max)(V a, V b)
{
    return (V)MM(mask_max)((MV)a, X(nn_is_equal)(a, a), (MV)a, (MV)b);
}
NN_INLINE V X(nn_min)(V a, V b)
{
    return (V)MM(mask_min)((MV)a, X(nn_is_equal)(a, a), (MV)a, (MV)b);
}
#else
NN_INLINE V X(nn_max)(V a, V b) { return (V)((W)X(nn_greater)(a, b) | (W)(a != a)); }
NN_INLINE V X(nn_min)(V a, V b) { return (V)((W)X(nn_lesser)(a, b) | (W)(a != a)); }
#endif

NN_INLINE V X(nn_clamp)(V x, V low, V high)
{
    return X(nn_greater)(low, X(nn_lesser)(high, x));
}

NN_INLINE V X(nn_div)(V a, V b) { return a / b; }

#if NN_ESTIMATES
/* With root = x estimate, where estimate is nearly 1 / sqrt(x): root + root (1/2 - root estimate /
   2). This is a Newton step in Goldschmidt's form, in which no term overflows or is denormal. */
NN_INLINE V X(nn_sqrt)(V x)
{
    K finite = (K)~MK(fpclass)((MV)x, 0x0e); /* 0 and infinity are their own roots */
    MV estimate = MM(rsqrt14)((MV)x);
    MV root = MM(mask_mul)((MV)x, finite, (MV)x, estimate);
    MV half = MM(mul)(estimate, MM(set1)(0.5F));
    MV rest = MM(fnmadd)(root, half, MM(set1)(0.5F));
    return (V)MM(mask3_fmadd)(rest, root, root, finite);
}
#else
NN_INLINE V X(nn_sqrt)(V x) { return X(nn_root)(x); }
#endif

#if NN_HAS_EXPONENTS
/* nn_scale: x 2^k, k whole. For x > 0: nn_exponent is the e of x = 2^e m with m in [1, 2);
   nn_mantissa is the m of x = 2^e m with m in [3/4, 3/2). */
NN_INLINE V X(nn_scale)(V x, V k) { return (V)MM(scalef)((MV)x, (MV)k); }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion" /* in gcc's own macros, at -O0 */
NN_INLINE V X(nn_exponent)(V x) { return (V)MM(getexp)((MV)x); }
NN_INLINE V X(nn_mantissa)(V x)
{
    return (V)MM(getmant)((MV)x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
}
#pragma GCC diagnostic pop
#endif
