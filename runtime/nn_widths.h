/* A loop over the vector widths of the target: includes the file NN_BODY once for each, narrowest
   first.

   In: NN_BODY, NN_DOUBLE and NN_VECTOR_BYTES. Out: nothing but what NN_BODY makes. While NN_BODY is
   compiled these are defined:

     NN_WIDTH  number of lanes            NN_BYTES  size of the vector
     X(name)   name_<lanes>               LIST(f)   { f(0), f(1), .. }, one element per lane
     EACH(f)   f(0); f(1); ..
     V         nn_v<lanes>, reals         W         nn_words<lanes>, their bits
     I         nn_i<lanes>, whole numbers of the same size
     K         nn_mask<lanes>, a condition per lane
     MM(name), MI(name), MK(name)  x86 intrinsic on reals, on whole numbers, with a mask as result
     MV, MW                        the types that those take

   No include guard: it is included once per NN_BODY. */

#define X(name) NN_NAME(name##_, NN_WIDTH)
#define V NN_NAME(nn_v, NN_WIDTH)
#define W NN_NAME(nn_words, NN_WIDTH)
#define I NN_NAME(nn_i, NN_WIDTH)
#define K NN_NAME(nn_mask, NN_WIDTH)
#define LIST(f) NN_NAME(NN_LIST_, NN_WIDTH)(f)
#define EACH(f) NN_NAME(NN_EACH_, NN_WIDTH)(f)

#define NN_BYTES 16
#if NN_DOUBLE
#define NN_WIDTH 2
#define MM(name) _mm_##name##_pd
#define MI(name) _mm_##name##_epi64
#define MK(name) _mm_##name##_pd_mask
#define MV __m128d
#else
#define NN_WIDTH 4
#define MM(name) _mm_##name##_ps
#define MI(name) _mm_##name##_epi32
#define MK(name) _mm_##name##_ps_mask
#define MV __m128
#endif
#define MW __m128i
#include NN_BODY
#undef MM
#undef MI
#undef MK
#undef MV
#undef MW
#undef NN_WIDTH
#undef NN_BYTES

#if NN_VECTOR_BYTES >= 32
#define NN_BYTES 32
#if NN_DOUBLE
#define NN_WIDTH 4
#define MM(name) _mm256_##name##_pd
#define MI(name) _mm256_##name##_epi64
#define MK(name) _mm256_##name##_pd_mask
#define MV __m256d
#else
#define NN_WIDTH 8
#define MM(name) _mm256_##name##_ps
#define MI(name) _mm256_##name##_epi32
#define MK(name) _mm256_##name##_ps_mask
#define MV __m256
#endif
#define MW __m256i
#include NN_BODY
#undef MM
#undef MI
#undef MK
#undef MV
#undef MW
#undef NN_WIDTH
#undef NN_BYTES
#endif

#if NN_VECTOR_BYTES >= 64
#define NN_BYTES 64
#if NN_DOUBLE
#define NN_WIDTH 8
#define MM(name) _mm512_##name##_pd
#define MI(name) _mm512_##name##_epi64
#define MK(name) _mm512_##name##_pd_mask
#define MV __m512d
#else
#define NN_WIDTH 16
#define MM(name) _mm512_##name##_ps
#define MI(name) _mm512_##name##_epi32
#define MK(name) _mm512_##name##_ps_mask
#define MV __m512
#endif
#define MW __m512i
#include NN_BODY
#undef MM
#undef MI
#undef MK
#undef MV
#undef MW
#undef NN_WIDTH
#undef NN_BYTES
#endif

#undef X
#undef V
#undef W
#undef I
#undef K
#undef LIST
#undef EACH
