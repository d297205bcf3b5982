/* A step as an engineer writes it by hand on a library's matrix products: loops that compilers turn
   into vectors for bias, activation, softmax and update, over weights that lie [in, out], one after
   the other. Compiled once per net with SHAPE (plain_layers.c says what that holds) and fast maths;
   the products come from outside. */

#include SHAPE

#define INPUT_FIELDS 1
#define FIELDS 2

#include "bench.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNED _Alignas(64)

typedef struct {
#define MEMBERS(before, l, in, out, name) ALIGNED float weight_##l[in][out], bias_##l[out];
    LAYERS(MEMBERS)
} Weights;

typedef struct {
    ALIGNED float y_0[1][1], d_0[1][1]; /* nobody's */
#define VALUES(before, l, in, out, name) ALIGNED float y_##l[BATCH][out], d_##l[BATCH][out];
    LAYERS(VALUES)
    ALIGNED float columns[LAST][BATCH], most[BATCH], sums[BATCH]; /* of softmax */
} Values;

typedef struct {
    Weights weights, gradient, m, v;
    Values values;
    const Products *products;
    void *plans[DEPTH + 1], *plans_for_one[DEPTH + 1]; /* from 1 */
    int step;
} Self;

#define FLAT(array) ((float *)(array))
#define COUNT(array) (sizeof(array) / sizeof(float))

/* e^x for x <= 0, within some 1e-7 of it: 2^n times a polynomial of the rest. */
static inline float exp_of_negative(float x) {
    x = x < -87.0f ? -87.0f : x;
    int n = (int)(x * 1.44269504f - 0.5f);
    float r = x - (float)n * 0.693147181f;
    float p = 1.0f + r * (1.0f + r * (0.5f + r * (0.166666667f +
                                                  r * (0.0416666667f +
                                                       r * (8.3333333e-3f + r * 1.3888889e-3f)))));
    int32_t bits = (n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static inline float activation(float z) {
    if (!IS_TANH) {
        return z > 0 ? z : 0;
    }
    float t = exp_of_negative(-2 * fabsf(z)), size = (1 - t) / (1 + t);
    return z < 0 ? -size : size;
}

static inline float slope_of(float a) {
    return IS_TANH ? 1 - a * a : a > 0 ? 1.0f : 0.0f;
}

/* y = activation(y + bias), for n examples */
static inline void finish_layer(int n, int out, bool is_hidden, const float *restrict bias,
                                float *restrict y) {
    for (int b = 0; b < n; b++) {
        for (int j = 0; j < out; j++) {
            float z = y[b * out + j] + bias[j];
            y[b * out + j] = is_hidden ? activation(z) : z;
        }
    }
}

static inline float *forward(Self *self, void *const *plans, int n, const float *x) {
    float *y = NULL;
#define FORWARD(before, l, in, out, name)                                                          \
    y = FLAT(self->values.y_##l);                                                                  \
    self->products->forward(plans[l], x, FLAT(self->weights.weight_##l), y);                       \
    finish_layer(n, out, l < DEPTH, self->weights.bias_##l, y);                                    \
    x = y;
    LAYERS(FORWARD)
    return y;
}

/* columns = e^(y - most), sums their sums, lanes over examples. y: [BATCH, LAST] */
static inline void exponentials(Values *values, const float *restrict y) {
    float *restrict most = values->most, *restrict sums = values->sums;
    for (int k = 0; k < LAST; k++) {
        for (int b = 0; b < BATCH; b++) {
            float z = y[b * LAST + k];
            values->columns[k][b] = z;
            most[b] = k == 0 || z > most[b] ? z : most[b];
        }
    }
    for (int k = 0; k < LAST; k++) {
        for (int b = 0; b < BATCH; b++) {
            float e = exp_of_negative(values->columns[k][b] - most[b]);
            values->columns[k][b] = e;
            sums[b] = k == 0 ? e : sums[b] + e;
        }
    }
}

/* The mean cross-entropy; d = (softmax(y) - target) / BATCH */
static float cross_entropy(Values *values, const float *restrict y, const int32_t *restrict target,
                           float *restrict d) {
    float total = 0;
    exponentials(values, y);
    for (int b = 0; b < BATCH; b++) {
        total += logf(values->sums[b]) + values->most[b];
        values->sums[b] = 1 / (values->sums[b] * BATCH);
    }
    for (int b = 0; b < BATCH; b++) {
        for (int k = 0; k < LAST; k++) {
            d[b * LAST + k] = values->columns[k][b] * values->sums[b];
        }
        total -= y[b * LAST + target[b]];
        d[b * LAST + target[b]] -= 1.0f / BATCH;
    }
    return total / BATCH;
}

static float squared_error(const float *restrict y, const float *restrict target,
                           float *restrict d) {
    float total = 0;
    for (int i = 0; i < BATCH * LAST; i++) {
        float error = y[i] - target[i];
        total += error * error;
        d[i] = error * (2.0f / (LAST * BATCH));
    }
    return total / (LAST * BATCH);
}

static inline void bias_gradient(int out, const float *restrict d, float *restrict sums) {
    memset(sums, 0, (size_t)out * sizeof *sums);
    for (int b = 0; b < BATCH; b++) {
        for (int j = 0; j < out; j++) {
            sums[j] += d[b * out + j];
        }
    }
}

/* d *= slope of the activation that gave a */
static inline void through_activation(int count, const float *restrict a, float *restrict d) {
    for (int i = 0; i < count; i++) {
        d[i] *= slope_of(a[i]);
    }
}

static void backward(Self *self, const float *x_0) {
    const Products *products = self->products;
    Values *values = &self->values;
#define BACKWARD(before, l, in, out, name)                                                         \
    products->gradient(self->plans[l], before == 0 ? x_0 : FLAT(values->y_##before),               \
                       FLAT(values->d_##l), FLAT(self->gradient.weight_##l));                      \
    bias_gradient(out, FLAT(values->d_##l), self->gradient.bias_##l);                              \
    if (before > 0) {                                                                              \
        products->backward(self->plans[l], FLAT(values->d_##l), FLAT(self->weights.weight_##l),    \
                           FLAT(values->d_##before));                                              \
        through_activation(BATCH *in, FLAT(values->y_##before), FLAT(values->d_##before));         \
    }
    REVERSED(BACKWARD)
}

static void adam(Self *self) {
    float *restrict w = FLAT(&self->weights), *restrict m = FLAT(&self->m),
                    *restrict v = FLAT(&self->v);
    const float *restrict g = FLAT(&self->gradient);
    float rate = 1e-3f / (1 - powf(0.9f, (float)self->step));
    float fix = 1 / (1 - powf(0.999f, (float)self->step));
    for (size_t i = 0; i < COUNT(Weights); i++) {
        m[i] = 0.9f * m[i] + 0.1f * g[i];
        v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
        w[i] -= rate * m[i] / (sqrtf(v[i] * fix) + 1e-8f);
    }
}

static void sgd(Self *self) {
    float *restrict w = FLAT(&self->weights);
    const float *restrict g = FLAT(&self->gradient);
    for (size_t i = 0; i < COUNT(Weights); i++) {
        w[i] -= 0.01f * g[i];
    }
}

#define NOINLINE_STEP __attribute__((noinline))

static NOINLINE_STEP float step(Self *self, const void *const *in) {
    const float *y = forward(self, self->plans, BATCH, in[0]);
    float *d = FLAT(self->values.D_LAST);
    float cost = IS_TANH ? squared_error(y, in[1], d) : cross_entropy(&self->values, y, in[1], d);
    backward(self, in[0]);
    self->step++;
    if (IS_ADAM) {
        adam(self);
    } else {
        sgd(self);
    }
    return cost;
}

static NOINLINE_STEP void predict_one(Self *self, const void *const *in, float *out) {
    const float *y = forward(self, self->plans_for_one, 1, in[0]);
    float most = y[0], sum = 0;
    for (int k = 0; k < LAST; k++) {
        most = y[k] > most ? y[k] : most;
    }
    for (int k = 0; k < LAST; k++) {
        out[k] = IS_TANH ? y[k] : exp_of_negative(y[k] - most);
        sum += out[k];
    }
    for (int k = 0; !IS_TANH && k < LAST; k++) {
        out[k] /= sum;
    }
}

static NOINLINE_STEP void predict_many(Self *self, const void *const *in, float *out) {
    Values *values = &self->values;
    const float *y = forward(self, self->plans, BATCH, in[0]);
    if (IS_TANH) {
        memcpy(out, y, sizeof values->D_LAST);
        return;
    }
    exponentials(values, y);
    for (int b = 0; b < BATCH; b++) {
        values->sums[b] = 1 / values->sums[b];
    }
    for (int b = 0; b < BATCH; b++) {
        for (int k = 0; k < LAST; k++) {
            out[b * LAST + k] = values->columns[k][b] * values->sums[b];
        }
    }
}

#include "loops.h"

static void start(void *self) {
    Self *own = self;
    memset(&own->weights, 0, offsetof(Self, products));
    own->step = 0;
}

/* The caller's weight is [out, in]. */
static void set_weight(int in, int out, const float *values, float *weight) {
    for (int i = 0; i < in; i++) {
        for (int j = 0; j < out; j++) {
            weight[i * out + j] = values[j * in + i];
        }
    }
}

static void set(void *self, const char *tensor, const float *values) {
    Self *own = self;
#define SET(before, l, in, out, name)                                                              \
    if (strcmp(tensor, name ".weight") == 0) {                                                     \
        set_weight(in, out, values, FLAT(own->weights.weight_##l));                                \
    } else if (strcmp(tensor, name ".bias") == 0) {                                                \
        memcpy(own->weights.bias_##l, values, sizeof own->weights.bias_##l);                       \
    }
    LAYERS(SET)
}

static size_t get_weight(int in, int out, const float *weight, float *values) {
    for (int i = 0; i < in; i++) {
        for (int j = 0; j < out; j++) {
            values[j * in + i] = weight[i * out + j];
        }
    }
    return (size_t)(in * out);
}

static size_t get_bias(int out, const float *bias, float *values) {
    memcpy(values, bias, (size_t)out * sizeof *values);
    return (size_t)out;
}

static size_t get(void *self, const char *tensor, float *values) {
    const Self *own = self;
#define GET_FROM(part, in, out, l, weight, bias)                                                   \
    if (strcmp(tensor, weight) == 0) {                                                             \
        return get_weight(in, out, FLAT(own->part.weight_##l), values);                            \
    }                                                                                              \
    if (strcmp(tensor, bias) == 0) {                                                               \
        return get_bias(out, own->part.bias_##l, values);                                          \
    }
#define GET(before, l, in, out, name)                                                              \
    GET_FROM(weights, in, out, l, name ".weight", name ".bias")                                    \
    GET_FROM(m, in, out, l, name ".weight.m", name ".bias.m")                                      \
    GET_FROM(v, in, out, l, name ".weight.v", name ".bias.v")
    LAYERS(GET)
    return 0;
}

static bool make_plans(Self *self) {
    bool made = true;
#define PLANS(before, l, in, out, name)                                                            \
    self->plans[l] = self->products->plan(BATCH, in, out);                                         \
    self->plans_for_one[l] = self->products->plan(1, in, out);                                     \
    made = made && self->plans[l] && self->plans_for_one[l];
    LAYERS(PLANS)
    return made;
}

Contender OPEN(const Products *products);
Contender OPEN(const Products *products) {
    Self *self = aligned_alloc(64, sizeof *self);
    if (self) {
        memset(self, 0, sizeof *self);
        self->products = products;
        self = make_plans(self) ? self : NULL;
    }
    return (Contender){
        .name = products->name, .self = self, .start = start, .set = set, .get = get, LOOPS};
}
