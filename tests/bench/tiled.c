/* A step written by hand for one shape, in the manner of what nngen is to emit: one hidden layer of
   relu, softmax with cross-entropy, Adam; AVX-512. Weights lie in panels of 32 outputs, sums are cut
   into blocks whose panel stays in the first-level cache, a register tile is 8 rows by 2 vectors, bias,
   activation and Adam ride in the tiles, and division and root are estimates with a step of Newton's.
   SHAPE, which plain_layers.c describes, has to fit: a batch and inputs in eights, hidden values in
   thirty-twos, at most 16 outputs. */

#include SHAPE

#define INPUT_FIELDS 1
#define FIELDS 2

#include "bench.h"

#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, ROWS = 8, WIDE = 2, PANEL = WIDE * LANES };

/* The longest block of the first layer's sum that halves of it give, whose panel takes 25 KB at most. */
enum { SUM = FIRST > 392 ? FIRST / 4 : FIRST > 196 ? FIRST / 2 : FIRST };

#if DEPTH != 2 || FIRST % 16 != 0 || HIDDEN % 32 != 0 || BATCH % 8 != 0 || LAST > 16
#error "tiled.c: the shape does not fit"
#endif

typedef float Vector __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define EACH(i, n) UNROLL for (int i = 0; i < (n); i++)

typedef struct {
    Vector first[FIRST * HIDDEN / LANES]; /* [HIDDEN / PANEL][FIRST][PANEL] */
    Vector first_bias[HIDDEN / LANES];
    Vector last[HIDDEN]; /* [HIDDEN][16]: outputs beyond the last are 0 */
    Vector last_bias;
} Weights;

typedef struct {
    Weights weights, m, v;
    Vector last_turned[LANES * HIDDEN / LANES]; /* [16][HIDDEN] */
    Vector hidden[BATCH * HIDDEN / LANES], d_hidden[BATCH * HIDDEN / LANES];
    Vector out[BATCH]; /* logits, then their slopes */
    int step;
} Self;

typedef struct {
    float rate, fix;
} Step;

INLINE Vector load(const float *at) {
    return *(const Vector *)(const void *)at;
}

INLINE void store(float *at, Vector value) {
    *(Vector *)(void *)at = value;
}

/* value where `by` is positive, else 0 */
INLINE Vector where_positive(Vector value, Vector by) {
    __mmask16 mask = _mm512_cmp_ps_mask((__m512)by, _mm512_setzero_ps(), _CMP_GT_OQ);
    return (Vector)_mm512_maskz_mov_ps(mask, (__m512)value);
}

INLINE Vector inverse(Vector x) {
    Vector r = (Vector)_mm512_rcp14_ps((__m512)x);
    return r * (2.0f - x * r);
}

INLINE Vector root(Vector x) {
    Vector y = x + 1e-30f, r = (Vector)_mm512_rsqrt14_ps((__m512)y);
    return y * (r * (1.5f - 0.5f * y * r * r));
}

INLINE void adam(Self *self, ptrdiff_t at, Vector gradient, Step by) {
    float *w = (float *)&self->weights + at, *m = (float *)&self->m + at,
          *v = (float *)&self->v + at;
    Vector new_m = 0.9f * load(m) + 0.1f * gradient;
    Vector new_v = 0.999f * load(v) + 0.001f * gradient * gradient;
    store(m, new_m);
    store(v, new_v);
    store(w, load(w) - by.rate * new_m * inverse(root(new_v * by.fix) + 1e-8f));
}

/* sums[r][j] += over k of a[r * a_row + k * a_step] * b[k * b_step + 16 j ..] */
INLINE void add_products(int vectors, int count, const float *a, int a_row, int a_step,
                         const float *b, int b_step, Vector sums[ROWS][WIDE]) {
    for (int k = 0; k < count; k++) {
        Vector right[WIDE];
        EACH(j, vectors) right[j] = load(b + k * b_step + j * LANES);
        EACH(r, ROWS) {
            float left = a[r * a_row + k * a_step];
            EACH(j, vectors) sums[r][j] += left * right[j];
        }
    }
}

/* hidden = relu(x first + first_bias) */
INLINE void forward_first(Self *self, const float *x) {
    float *hidden = (float *)self->hidden;
    for (int j = 0; j < HIDDEN; j += PANEL) {
        for (int k = 0; k < FIRST; k += SUM) {
            for (int b = 0; b < BATCH; b += ROWS) {
                Vector sums[ROWS][WIDE];
                EACH(r, ROWS)
                EACH(s, WIDE)
                sums[r][s] = k == 0 ? self->weights.first_bias[j / LANES + s]
                                    : load(hidden + (b + r) * HIDDEN + j + s * LANES);
                add_products(WIDE, SUM, x + b * FIRST + k, FIRST, 1,
                             (const float *)self->weights.first + j * FIRST + k * PANEL, PANEL,
                             sums);
                EACH(r, ROWS)
                EACH(s, WIDE)
                store(hidden + (b + r) * HIDDEN + j + s * LANES,
                      k + SUM == FIRST ? where_positive(sums[r][s], sums[r][s]) : sums[r][s]);
            }
        }
    }
}

INLINE void forward_last(Self *self) {
    for (int b = 0; b < BATCH; b += ROWS) {
        Vector sums[ROWS][WIDE];
        EACH(r, ROWS) sums[r][0] = self->weights.last_bias;
        add_products(1, HIDDEN, (const float *)self->hidden + b * HIDDEN, HIDDEN, 1,
                     (const float *)self->weights.last, LANES, sums);
        EACH(r, ROWS) self->out[b + r] = sums[r][0];
    }
}

/* e^x for x <= 0 */
INLINE Vector exp_of_negative(Vector x) {
    __m512 z = _mm512_max_ps((__m512)x, _mm512_set1_ps(-87.0f));
    Vector n = (Vector)_mm512_roundscale_ps(z * 1.44269504f, 8), r = (Vector)z - n * 0.693147181f;
    Vector p = 1.0f + r * (1.0f + r * (0.5f + r * (0.166666667f +
                                                   r * (0.0416666667f +
                                                        r * (8.3333333e-3f + r * 1.3888889e-3f)))));
    return (Vector)_mm512_scalef_ps((__m512)p, (__m512)n);
}

/* Softmax of one example's outputs; gives the logarithm of their sum of exponentials. */
INLINE float softmax(Vector *out) {
    const __mmask16 used = (__mmask16)((1u << LAST) - 1);
    float most = _mm512_mask_reduce_max_ps(used, (__m512)*out);
    Vector e = exp_of_negative(*out - most);
    e = (Vector)_mm512_maskz_mov_ps(used, (__m512)e);
    float sum = _mm512_reduce_add_ps((__m512)e);
    *out = e * (1 / sum);
    return logf(sum) + most;
}

static float loss(Self *self, const int32_t *target) {
    float total = 0;
    for (int b = 0; b < BATCH; b++) {
        float *out = (float *)&self->out[b], mine = out[target[b]];
        total += softmax(&self->out[b]) - mine;
        self->out[b] *= 1.0f / BATCH;
        out[target[b]] -= 1.0f / BATCH;
    }
    return total / BATCH;
}

/* d_hidden = d_out last^T, where hidden is positive */
INLINE void backward(Self *self) {
    float *turned = (float *)self->last_turned;
    const float *hidden = (const float *)self->hidden;
    for (int j = 0; j < HIDDEN; j++) {
        for (int k = 0; k < LAST; k++) {
            turned[k * HIDDEN + j] = self->weights.last[j][k];
        }
    }
    for (int j = 0; j < HIDDEN; j += PANEL) {
        for (int b = 0; b < BATCH; b += ROWS) {
            Vector sums[ROWS][WIDE] = {{{0}}};
            add_products(WIDE, LAST, (const float *)(self->out + b), LANES, 1, turned + j, HIDDEN,
                         sums);
            EACH(r, ROWS) EACH(s, WIDE) {
                int at = (b + r) * HIDDEN + j + s * LANES;
                store((float *)self->d_hidden + at, where_positive(sums[r][s], load(hidden + at)));
            }
        }
    }
}

#define PLACE(member) ((ptrdiff_t)(offsetof(Weights, member) / sizeof(float)))

INLINE void update_last(Self *self, Step by) {
    for (int k = 0; k < HIDDEN; k += ROWS) {
        Vector sums[ROWS][WIDE] = {{{0}}};
        add_products(1, BATCH, (const float *)self->hidden + k, 1, HIDDEN, (const float *)self->out,
                     LANES, sums);
        EACH(r, ROWS) adam(self, PLACE(last) + (k + r) * LANES, sums[r][0], by);
    }
    Vector sum = {0};
    for (int b = 0; b < BATCH; b++) {
        sum += self->out[b];
    }
    adam(self, PLACE(last_bias), sum, by);
}

INLINE void update_first(Self *self, const float *x, Step by) {
    const float *slopes = (const float *)self->d_hidden;
    for (int j = 0; j < HIDDEN; j += PANEL) {
        for (int k = 0; k < FIRST; k += ROWS) {
            Vector sums[ROWS][WIDE] = {{{0}}};
            add_products(WIDE, BATCH, x + k, 1, FIRST, slopes + j, HIDDEN, sums);
            EACH(r, ROWS)
            EACH(s, WIDE)
            adam(self, PLACE(first) + j * FIRST + (k + r) * PANEL + s * LANES, sums[r][s], by);
        }
    }
    for (int j = 0; j < HIDDEN; j += LANES) {
        Vector sum = {0};
        for (int b = 0; b < BATCH; b++) {
            sum += load(slopes + b * HIDDEN + j);
        }
        adam(self, PLACE(first_bias) + j, sum, by);
    }
}

static __attribute__((noinline)) float step(Self *self, const void *const *in) {
    forward_first(self, in[0]);
    forward_last(self);
    float cost = loss(self, in[1]);
    self->step++;
    Step by = {1e-3f / (1 - powf(0.9f, (float)self->step)),
               1 / (1 - powf(0.999f, (float)self->step))};
    backward(self);
    update_last(self, by);
    update_first(self, in[0], by);
    return cost;
}

static __attribute__((noinline)) void predict_one(Self *self, const void *const *in, float *out) {
    const float *x = in[0];
    Vector hidden[HIDDEN / LANES], last[4] = {self->weights.last_bias};
    for (int j = 0; j < HIDDEN; j += PANEL) {
        Vector sums[4][WIDE] = {
            {self->weights.first_bias[j / LANES], self->weights.first_bias[j / LANES + 1]}};
        const float *panel = (const float *)self->weights.first + j * FIRST;
        for (int k = 0; k < FIRST; k += 4) {
            EACH(q, 4)
            EACH(s, WIDE) sums[q][s] += x[k + q] * load(panel + (k + q) * PANEL + s * LANES);
        }
        EACH(s, WIDE) {
            Vector z = sums[0][s] + sums[1][s] + (sums[2][s] + sums[3][s]);
            hidden[j / LANES + s] = where_positive(z, z);
        }
    }
    for (int k = 0; k < HIDDEN; k += 4) {
        EACH(q, 4) last[q] += ((const float *)hidden)[k + q] * self->weights.last[k + q];
    }
    Vector p = last[0] + last[1] + (last[2] + last[3]);
    softmax(&p);
    memcpy(out, &p, LAST * sizeof(float));
}

static __attribute__((noinline)) void predict_many(Self *self, const void *const *in, float *out) {
    forward_first(self, in[0]);
    forward_last(self);
    for (int b = 0; b < BATCH; b++) {
        softmax(&self->out[b]);
        memcpy(out + b * LAST, &self->out[b], LAST * sizeof(float));
    }
}

#include "loops.h"

static void start(void *self) {
    memset(self, 0, sizeof(Self));
}

/* Where a value of one of the weights' arrays lies, by the tensor's name without what Adam adds. */
static float *first_at(Weights *weights, int j, int i) {
    return (float *)weights->first + j / PANEL * PANEL * FIRST + i * PANEL + j % PANEL;
}

static float *last_at(Weights *weights, int j, int i) {
    return (float *)weights->last + i * LANES + j;
}

static bool has_name(const char *tensor, const char *name) {
    size_t size = strlen(name);
    return strncmp(tensor, name, size) == 0 && (tensor[size] == '\0' || tensor[size] == '.');
}

/* Runs over a tensor's numbers, row-major, and where they lie. */
static size_t copy(Weights *weights, const char *tensor, float *out, const float *in) {
    bool is_first = has_name(tensor, "h1.weight"), is_bias = has_name(tensor, "h1.bias");
    int rows = is_first || is_bias ? HIDDEN : LAST;
    int columns = is_first ? FIRST : has_name(tensor, "p.weight") ? HIDDEN : 1;
    float *bias = is_bias ? (float *)weights->first_bias : (float *)&weights->last_bias;
    for (int j = 0; j < rows; j++) {
        for (int i = 0; i < columns; i++) {
            float *at = columns == 1 ? bias + j
                        : is_first   ? first_at(weights, j, i)
                                     : last_at(weights, j, i);
            if (in) {
                *at = in[j * columns + i];
            } else {
                out[j * columns + i] = *at;
            }
        }
    }
    return (size_t)(rows * columns);
}

static Weights *part_of(Self *self, const char *tensor) {
    const char *end = strrchr(tensor, '.');
    return strcmp(end, ".m") == 0 ? &self->m : strcmp(end, ".v") == 0 ? &self->v : &self->weights;
}

static void set(void *self, const char *tensor, const float *values) {
    copy(part_of(self, tensor), tensor, NULL, values);
}

static size_t get(void *self, const char *tensor, float *values) {
    return copy(part_of(self, tensor), tensor, values, NULL);
}

Contender OPEN(void);
Contender OPEN(void) {
    Self *self = __builtin_cpu_supports("avx512f") ? aligned_alloc(64, sizeof *self) : NULL;
    if (self) {
        memset(self, 0, sizeof *self);
    }
    return (Contender){
        .name = "hand-written tiles", .self = self, .start = start, .set = set, .get = get, LOOPS};
}
