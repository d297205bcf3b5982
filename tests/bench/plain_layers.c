/* Dense layers in plain loops, every size a literal. Compiled once per net, with SHAPE, a header
   that says

       BATCH                examples of a batch
       FIRST, HIDDEN, LAST  values of an input, of the first hidden layer, of an output
       DEPTH                layers, numbered from 1
       LAYERS(L)            L(the number before, number, in, out, name), the first layer first
       REVERSED(L)          the same, the last first
       D_LAST               the name d_ with the last layer's number
       IS_TANH              hidden layers: tanh, and mean squared error; else relu, softmax
                            with cross-entropy
       IS_ADAM              adam(1e-3); else sgd(0.01) */

#include SHAPE

#include "plain.h"

#include <stdio.h>

/* Learned numbers. */
typedef struct {
#define MEMBERS(before, l, in, out, name) float weight_##l[out][in], bias_##l[out];
    LAYERS(MEMBERS)
} Weights;

/* Of every example: what a layer gives, and the slope of the cost by what it gave before its
   activation. */
typedef struct {
    float y_0[1], d_0[1]; /* nobody's */
#define VALUES(before, l, in, out, name) float y_##l[BATCH][out], d_##l[BATCH][out];
    LAYERS(VALUES)
} Values;

typedef struct {
    Weights weights, gradient, m, v;
    Values values;
    unsigned step;
} PlainNet;

static const PlainTensor tensors[] = {
#define NAMES(before, l, in, out, name)                                                            \
    TENSOR(name ".weight", weights.weight_##l), TENSOR(name ".bias", weights.bias_##l),            \
        TENSOR(name ".weight.m", m.weight_##l), TENSOR(name ".bias.m", m.bias_##l),                \
        TENSOR(name ".weight.v", v.weight_##l), TENSOR(name ".bias.v", v.bias_##l),
    LAYERS(NAMES)};

/* y[b] = activation(weight x[b] + bias), that of a hidden layer or none. */
static inline void forward(int n, int in, int out, bool is_hidden, const float *restrict x,
                           const float *restrict weight, const float *restrict bias,
                           float *restrict y) {
    for (int b = 0; b < n; b++) {
        for (int j = 0; j < out; j++) {
            float sum = bias[j];
            for (int i = 0; i < in; i++) {
                sum += weight[j * in + i] * x[b * in + i];
            }
            y[b * out + j] = !is_hidden ? sum : IS_TANH ? tanhf(sum) : sum > 0 ? sum : 0;
        }
    }
}

/* d_weight = sum over b of d[b] x[b]^T, and the bias alike. */
static inline void find_gradient(int in, int out, const float *restrict x, const float *restrict d,
                                 float *restrict d_weight, float *restrict d_bias) {
    for (int j = 0; j < out; j++) {
        d_bias[j] = 0;
        for (int i = 0; i < in; i++) {
            d_weight[j * in + i] = 0;
        }
        for (int b = 0; b < BATCH; b++) {
            d_bias[j] += d[b * out + j];
            for (int i = 0; i < in; i++) {
                d_weight[j * in + i] += d[b * out + j] * x[b * in + i];
            }
        }
    }
}

/* d_x[b] = (weight^T d[b]) times the slope of the activation that gave x. */
static inline void backward(int in, int out, const float *restrict x, const float *restrict d,
                            const float *restrict weight, float *restrict d_x) {
    for (int b = 0; b < BATCH; b++) {
        for (int i = 0; i < in; i++) {
            d_x[b * in + i] = 0;
        }
        for (int j = 0; j < out; j++) {
            for (int i = 0; i < in; i++) {
                d_x[b * in + i] += d[b * out + j] * weight[j * in + i];
            }
        }
        for (int i = 0; i < in; i++) {
            float a = x[b * in + i];
            d_x[b * in + i] *= IS_TANH ? 1 - a * a : a > 0 ? 1 : 0;
        }
    }
}

/* The mean loss; d: its gradient by the last layer's y. */
static float loss(const float *y, const void *target, float *d) {
    float total = 0;
    for (int b = 0; b < BATCH; b++) {
        const float *out = y + b * LAST;
        float *slope = d + b * LAST;
        if (IS_TANH) {
            for (int k = 0; k < LAST; k++) {
                float error = out[k] - ((const float *)target)[b * LAST + k];
                total += error * error / LAST;
                slope[k] = 2 * error / (LAST * BATCH);
            }
        } else {
            int class = ((const int32_t *)target)[b];
            total += plain_softmax(LAST, out, slope) - out[class];
            slope[class] -= 1;
            for (int k = 0; k < LAST; k++) {
                slope[k] *= 1.0f / BATCH;
            }
        }
    }
    return total / BATCH;
}

static inline const float *forward_all(const PlainNet *net, Values *values, int n, const float *x) {
#define FORWARD(before, l, in, out, name)                                                          \
    forward(n, in, out, l < DEPTH, x, NUMBERS(net->weights.weight_##l), net->weights.bias_##l,     \
            NUMBERS(values->y_##l));                                                               \
    x = NUMBERS(values->y_##l);
    LAYERS(FORWARD)
    return x;
}

static void update(PlainNet *net) {
    net->step++;
    float *weight = NUMBERS(&net->weights);
    const float *gradient = NUMBERS(&net->gradient);
    if (IS_ADAM) {
        plain_adam(COUNT(Weights), weight, gradient, NUMBERS(&net->m), NUMBERS(&net->v), 1e-3f,
                   net->step);
    } else {
        for (size_t i = 0; i < COUNT(Weights); i++) {
            weight[i] -= 0.01f * gradient[i];
        }
    }
}

static float train_step(void *self, const void *const *in) {
    PlainNet *net = self;
    Values *values = &net->values;
    float cost = loss(forward_all(net, values, BATCH, in[0]), in[1], NUMBERS(values->D_LAST));
#define BACKWARD(before, l, in_width, out, name)                                                   \
    find_gradient(in_width, out, before == 0 ? in[0] : NUMBERS(values->y_##before),                \
                  NUMBERS(values->d_##l), NUMBERS(net->gradient.weight_##l),                       \
                  net->gradient.bias_##l);                                                         \
    if (before > 0) {                                                                              \
        backward(in_width, out, NUMBERS(values->y_##before), NUMBERS(values->d_##l),               \
                 NUMBERS(net->weights.weight_##l), NUMBERS(values->d_##before));                   \
    }
    REVERSED(BACKWARD)
    update(net);
    return cost;
}

static void predict(void *self, size_t n, const void *const *in, float *out) {
    PlainNet *net = self;
    const float *y = n == 1 ? forward_all(net, &net->values, 1, in[0])
                            : forward_all(net, &net->values, (int)n, in[0]);
    for (size_t b = 0; b < n; b++) {
        if (IS_TANH) {
            memcpy(out + b * LAST, y + b * LAST, LAST * sizeof(float));
        } else {
            plain_softmax(LAST, y + b * LAST, out + b * LAST);
        }
    }
}

#include "plain_contender.h"
