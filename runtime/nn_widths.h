/* Includes NN_BODY once for each vector width of the target, narrow first. For the included text:

     NN_WIDTH  lanes            X(name)  name_<lanes>        LIST(f)  { f(0), f(1), .. }
     V  nn_v<lanes>, reals      W  their bits                I  whole numbers of the same size
     K  nn_mask<lanes>, a condition per lane
     MM(name), MI(name), MK(name)  x86's intrinsic on reals, on whole numbers, with a mask as result
     MV, MW                        the types that these take

   Compiled as often as it is included. */

#define X(name) NN_NAME(name##_, NN_WIDTH)
#define V NN_NAME(nn_v, NN_WIDTH)
#define W NN_NAME(nn_words, NN_WIDTH)
#define I NN_NAME(nn_i, NN_WIDTH)
#define K NN_NAME(nn_mask, NN_WIDTH)
#define LIST(f) NN_NAME(NN_LIST_, NN_WIDTH)(f)

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

#if NN_TARGET == NN_X86_64_V3 || NN_TARGET == NN_X86_64_V4
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

#if NN_TARGET == NN_X86_64_V4
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
