/* models/logistic.def in plain loops. */

#include "plain.h"

enum { INPUTS = 10, BATCH = 32 };

typedef struct {
    float low[INPUTS], scale[INPUTS];
    float weight[INPUTS], bias, weight_v[INPUTS], bias_v;
} PlainNet;

static const PlainTensor tensors[] = {
    TENSOR("cell.low", low),
    TENSOR("cell.scale", scale),
    TENSOR("p.weight", weight),
    TENSOR("p.bias", bias),
};

static float forward(const PlainNet *net, const float *row, float *x) {
    float z = net->bias;
    for (int i = 0; i < INPUTS; i++) {
        x[i] = (row[i] - net->low[i]) * net->scale[i];
        z += net->weight[i] * x[i];
    }
    return z;
}

static float train_step(void *self, const void *const *in) {
    PlainNet *net = self;
    const float *cell = in[0], *target = in[1];
    float total = 0, cost = 0, d_weight[INPUTS], d_bias = 0;
    for (int i = 0; i < INPUTS; i++) {
        cost += 1e-3f * net->weight[i] * net->weight[i];
        d_weight[i] = 2e-3f * net->weight[i];
    }
    for (int e = 0; e < BATCH; e++) {
        float x[INPUTS], z = forward(net, cell + e * INPUTS, x);
        float d = (1 / (1 + expf(-z)) - target[e]) / BATCH;
        total += plain_binary_loss(z, target[e]);
        d_bias += d;
        for (int i = 0; i < INPUTS; i++) {
            d_weight[i] += d * x[i];
        }
    }
    for (int i = 0; i < INPUTS; i++) {
        net->weight_v[i] = 0.9f * net->weight_v[i] + 0.1f * d_weight[i];
        net->weight[i] -= 0.5f * net->weight_v[i];
    }
    net->bias_v = 0.9f * net->bias_v + 0.1f * d_bias;
    net->bias -= 0.5f * net->bias_v;
    return total / BATCH + cost;
}

static void predict(void *self, size_t n, const void *const *in, float *out) {
    for (size_t e = 0; e < n; e++) {
        float x[INPUTS];
        out[e] = 1 / (1 + expf(-forward(self, (const float *)in[0] + e * INPUTS, x)));
    }
}

#include "plain_contender.h"
