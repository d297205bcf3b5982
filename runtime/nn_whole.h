/* Whole numbers in vectors, and lanes chosen by bits. nn_simd.h alone includes this, once per width.

   In: the names that nn_widths.h defines, and nn_vector.h of this width. Out: loads and stores in
   which bit i of a literal says whether lane i takes part: the others are 0, and are not stored;
   class indices and bytes as vectors I of whole numbers, and these as reals. */

/* Lanes whose bit is set. */
NN_INLINE K X(nn_lanes)(uint32_t bits)
{
#if NN_HAS_BIT_MASKS
    return (K)bits;
#else
#define NN_LANE(i) bits >> i & 1 ? ~(nn_word)0 : 0
    return (K)LIST(NN_LANE);
#undef NN_LANE
#endif
}

// reals

NN_INLINE V X(nn_gather_lanes)(const nn_real *p, ptrdiff_t stride, uint32_t bits)
{
#define NN_LANE(i) bits >> i & 1 ? p[i * stride] : 0
    return (V)LIST(NN_LANE);
#undef NN_LANE
}

NN_INLINE void X(nn_scatter_lanes)(nn_real *p, ptrdiff_t stride, uint32_t bits, V x)
{
#define NN_LANE(i) if (bits >> i & 1) p[i * stride] = x[i]
    EACH(NN_LANE);
#undef NN_LANE
}

#if NN_HAS_BIT_MASKS
NN_INLINE V X(nn_load_lanes)(const nn_real *p, uint32_t bits)
{
    return (V)MM(maskz_loadu)((K)bits, p);
}
NN_INLINE void X(nn_store_lanes)(nn_real *p, uint32_t bits, V x)
{
    MM(mask_storeu)(p, (K)bits, (MV)x);
}
#elif NN_HAS_MASKS
NN_INLINE V X(nn_load_lanes)(const nn_real *p, uint32_t bits)
{
    return (V)MM(maskload)(p, (MW)X(nn_lanes)(bits));
}
NN_INLINE void X(nn_store_lanes)(nn_real *p, uint32_t bits, V x)
{
    MM(maskstore)(p, (MW)X(nn_lanes)(bits), (MV)x);
}
#else
NN_INLINE V X(nn_load_lanes)(const nn_real *p, uint32_t bits)
{
    return X(nn_gather_lanes)(p, 1, bits);
}
NN_INLINE void X(nn_store_lanes)(nn_real *p, uint32_t bits, V x)
{
    X(nn_scatter_lanes)(p, 1, bits, x);
}
#endif

// whole numbers

/* Lane i: first + i * stride. */
NN_INLINE I X(nn_index)(int first, int stride)
{
    const I firsts = (I)X(nn_splat_word)((nn_word)(nn_integer)first);
    const I strides = (I)X(nn_splat_word)((nn_word)(nn_integer)stride);
    return firsts + (I)X(nn_numbers)() * strides;
}

NN_INLINE V X(nn_reals)(I x) { return __builtin_convertvector(x, V); }
NN_INLINE I X(nn_whole)(V x) { return __builtin_convertvector(x, I); } /* towards 0 */

typedef int32_t X(nn_classes_of) __attribute__((vector_size(4 * NN_WIDTH)));
typedef uint8_t X(nn_bytes_of) __attribute__((vector_size(NN_WIDTH)));

NN_INLINE I X(nn_load_classes)(const int32_t *p)
{
    X(nn_classes_of) classes;
    __builtin_memcpy(&classes, p, sizeof classes);
    return __builtin_convertvector(classes, I);
}
NN_INLINE void X(nn_store_classes)(int32_t *p, I x)
{
    const X(nn_classes_of) classes = __builtin_convertvector(x, X(nn_classes_of));
    __builtin_memcpy(p, &classes, sizeof classes);
}
NN_INLINE I X(nn_load_bytes)(const uint8_t *p)
{
    X(nn_bytes_of) bytes;
    __builtin_memcpy(&bytes, p, sizeof bytes);
    return __builtin_convertvector(bytes, I);
}
NN_INLINE void X(nn_store_bytes)(uint8_t *p, I x)
{
    const X(nn_bytes_of) bytes = __builtin_convertvector(x, X(nn_bytes_of));
    __builtin_memcpy(p, &bytes, sizeof bytes);
}

NN_INLINE I X(nn_gather_classes)(const int32_t *p, ptrdiff_t stride, uint32_t bits)
{
#define NN_LANE(i) bits >> i & 1 ? p[i * stride] : 0
    return (I)LIST(NN_LANE);
#undef NN_LANE
}
NN_INLINE I X(nn_gather_bytes)(const uint8_t *p, ptrdiff_t stride, uint32_t bits)
{
#define NN_LANE(i) bits >> i & 1 ? p[i * stride] : 0
    return (I)LIST(NN_LANE);
#undef NN_LANE
}
NN_INLINE void X(nn_scatter_classes)(int32_t *p, ptrdiff_t stride, uint32_t bits, I x)
{
#define NN_LANE(i) if (bits >> i & 1) p[i * stride] = (int32_t)x[i]
    EACH(NN_LANE);
#undef NN_LANE
}
NN_INLINE void X(nn_scatter_bytes)(uint8_t *p, ptrdiff_t stride, uint32_t bits, I x)
{
#define NN_LANE(i) if (bits >> i & 1) p[i * stride] = (uint8_t)x[i]
    EACH(NN_LANE);
#undef NN_LANE
}

/* nn_are_equal is in nn_vector.h. */
#if NN_HAS_BIT_MASKS
NN_INLINE K X(nn_are_less)(I a, I b) { return NN_NAME(MI(cmplt), _mask)((MW)a, (MW)b); }
NN_INLINE K X(nn_are_less_equal)(I a, I b) { return NN_NAME(MI(cmple), _mask)((MW)a, (MW)b); }
NN_INLINE K X(nn_are_not_equal)(I a, I b) { return NN_NAME(MI(cmpneq), _mask)((MW)a, (MW)b); }
#else
NN_INLINE K X(nn_are_less)(I a, I b) { return (K)(a < b); }
NN_INLINE K X(nn_are_less_equal)(I a, I b) { return (K)(a <= b); }
NN_INLINE K X(nn_are_not_equal)(I a, I b) { return (K)(a != b); }
#endif
