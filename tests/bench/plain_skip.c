/* models/skip.def in plain loops. */

#include "plain.h"

enum { PART = 2, INPUTS = 2 * PART, WIDTH = 16, OUTPUTS = 3, BATCH = 16 };

/* Learned numbers. */
typedef struct {
    float h_weight[WIDTH][INPUTS], h_bias[WIDTH], gate_weight[WIDTH][WIDTH], gate_bias[WIDTH],
        mixed_weight[WIDTH][WIDTH], mixed_bias[WIDTH], p_weight[OUTPUTS][WIDTH], p_bias[OUTPUTS];
} Weights;

typedef struct {
    float sepal_low[PART], sepal_scale[PART], petal_low[PART], petal_scale[PART];
    Weights weights, gradient, m, v;
    unsigned step;
} PlainNet;

static const PlainTensor tensors[] = {
    TENSOR("sepal.low", sepal_low),
    TENSOR("sepal.scale", sepal_scale),
    TENSOR("petal.low", petal_low),
    TENSOR("petal.scale", petal_scale),
    TENSOR("h.weight", weights.h_weight),
    TENSOR("h.bias", weights.h_bias),
    TENSOR("gate.weight", weights.gate_weight),
    TENSOR("gate.bias", weights.gate_bias),
    TENSOR("mixed.weight", weights.mixed_weight),
    TENSOR("mixed.bias", weights.mixed_bias),
    TENSOR("p.weight", weights.p_weight),
    TENSOR("p.bias", weights.p_bias),
};

/* Values of one example. h_z and soft_z are what softsign was taken of. */
typedef struct {
    float both[INPUTS], h_z[WIDTH], h[WIDTH], gate[WIDTH], soft_z[WIDTH], soft[WIDTH], mixed[WIDTH],
        out[OUTPUTS], p[OUTPUTS];
} Values;

static float softsign(float z) {
    return z / (1 + fabsf(z));
}

static float softsign_slope(float z) {
    float below = 1 + fabsf(z);
    return 1 / (below * below);
}

static void forward(const PlainNet *net, const float *sepal, const float *petal, Values *values) {
    const Weights *w = &net->weights;
    for (int i = 0; i < PART; i++) {
        values->both[i] = (sepal[i] - net->sepal_low[i]) * net->sepal_scale[i];
        values->both[PART + i] = (petal[i] - net->petal_low[i]) * net->petal_scale[i];
    }
    for (int j = 0; j < WIDTH; j++) {
        float sum = w->h_bias[j];
        for (int i = 0; i < INPUTS; i++) {
            sum += w->h_weight[j][i] * values->both[i];
        }
        values->h_z[j] = sum;
        values->h[j] = softsign(sum);
    }
    for (int j = 0; j < WIDTH; j++) {
        float gate = w->gate_bias[j], soft = w->mixed_bias[j];
        for (int i = 0; i < WIDTH; i++) {
            gate += w->gate_weight[j][i] * values->h[i];
            soft += w->mixed_weight[j][i] * values->h[i];
        }
        values->gate[j] = 1 / (1 + expf(-gate));
        values->soft_z[j] = soft;
        values->soft[j] = softsign(soft);
        values->mixed[j] = values->h[j] + values->gate[j] * values->soft[j];
    }
    for (int k = 0; k < OUTPUTS; k++) {
        float sum = w->p_bias[k];
        for (int j = 0; j < WIDTH; j++) {
            sum += w->p_weight[k][j] * values->mixed[j];
        }
        values->out[k] = sum;
    }
}

/* The loss -(1 - p)^2 log p of the true class y, and its gradient by out. */
static float focal(Values *values, int y, float *d_out) {
    float log_sum = plain_softmax(OUTPUTS, values->out, values->p);
    float p = values->p[y], log_p = values->out[y] - log_sum, rest = 1 - p;
    float d_p = 2 * rest * log_p * p - rest * rest; /* by p, times p */
    for (int k = 0; k < OUTPUTS; k++) {
        d_out[k] = d_p * ((k == y ? 1.0f : 0.0f) - values->p[k]) / BATCH;
    }
    return -rest * rest * log_p;
}

static void backward(PlainNet *net, const Values *values, const float *d_out) {
    const Weights *w = &net->weights;
    Weights *g = &net->gradient;
    float d_mixed[WIDTH] = {0}, d_h[WIDTH];
    for (int k = 0; k < OUTPUTS; k++) {
        g->p_bias[k] += d_out[k];
        for (int j = 0; j < WIDTH; j++) {
            g->p_weight[k][j] += d_out[k] * values->mixed[j];
            d_mixed[j] += d_out[k] * w->p_weight[k][j];
        }
    }
    memcpy(d_h, d_mixed, sizeof d_h);
    for (int j = 0; j < WIDTH; j++) {
        float d_gate = d_mixed[j] * values->soft[j] * values->gate[j] * (1 - values->gate[j]);
        float d_soft = d_mixed[j] * values->gate[j] * softsign_slope(values->soft_z[j]);
        g->gate_bias[j] += d_gate;
        g->mixed_bias[j] += d_soft;
        for (int i = 0; i < WIDTH; i++) {
            g->gate_weight[j][i] += d_gate * values->h[i];
            g->mixed_weight[j][i] += d_soft * values->h[i];
            d_h[i] += d_gate * w->gate_weight[j][i] + d_soft * w->mixed_weight[j][i];
        }
    }
    for (int j = 0; j < WIDTH; j++) {
        float d = d_h[j] * softsign_slope(values->h_z[j]);
        g->h_bias[j] += d;
        for (int i = 0; i < INPUTS; i++) {
            g->h_weight[j][i] += d * values->both[i];
        }
    }
}

/* The regulariser's part of the gradient; zeros elsewhere. */
static float begin_gradient(PlainNet *net) {
    Weights *w = &net->weights, *g = &net->gradient;
    memset(g, 0, sizeof *g);
#define DECAY(weight) plain_decay(1e-4f, COUNT(w->weight), NUMBERS(w->weight), NUMBERS(g->weight))
    return DECAY(h_weight) + DECAY(gate_weight) + DECAY(mixed_weight) + DECAY(p_weight);
}

static float train_step(void *self, const void *const *in) {
    PlainNet *net = self;
    float total = 0, cost = begin_gradient(net);
    for (int e = 0; e < BATCH; e++) {
        Values values;
        float d_out[OUTPUTS];
        forward(net, (const float *)in[0] + e * PART, (const float *)in[1] + e * PART, &values);
        total += focal(&values, ((const int32_t *)in[2])[e], d_out);
        backward(net, &values, d_out);
    }
    net->step++;
    plain_adam(COUNT(Weights), NUMBERS(&net->weights), NUMBERS(&net->gradient), NUMBERS(&net->m),
               NUMBERS(&net->v), 0.01f, net->step);
    return total / BATCH + cost;
}

static void predict(void *self, size_t n, const void *const *in, float *out) {
    for (size_t e = 0; e < n; e++) {
        Values values;
        forward(self, (const float *)in[0] + e * PART, (const float *)in[1] + e * PART, &values);
        plain_softmax(OUTPUTS, values.out, out + e * OUTPUTS);
    }
}

#include "plain_contender.h"
