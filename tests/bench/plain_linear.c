/* models/linear.def in plain loops. */

#include "plain.h"

enum { INPUTS = 3, BATCH = 16 };

typedef struct {
    float low[INPUTS], scale[INPUTS], slope[INPUTS], offset;
} PlainNet;

static const PlainTensor tensors[] = {
    TENSOR("size.low", low),
    TENSOR("size.scale", scale),
    TENSOR("slope", slope),
    TENSOR("offset", offset),
};

static float forward(const PlainNet *net, const float *row, float *x) {
    float width = net->offset;
    for (int i = 0; i < INPUTS; i++) {
        x[i] = (row[i] - net->low[i]) * net->scale[i];
        width += net->slope[i] * x[i];
    }
    return width;
}

static float train_step(void *self, const void *const *in) {
    PlainNet *net = self;
    const float *size = in[0], *target = in[1];
    float cost = 0, d_slope[INPUTS] = {0}, d_offset = 0;
    for (int e = 0; e < BATCH; e++) {
        float x[INPUTS], error = forward(net, size + e * INPUTS, x) - target[e];
        float d = 2 * error / BATCH;
        cost += error * error;
        d_offset += d;
        for (int i = 0; i < INPUTS; i++) {
            d_slope[i] += d * x[i];
        }
    }
    for (int i = 0; i < INPUTS; i++) {
        net->slope[i] -= 0.1f * d_slope[i];
    }
    net->offset -= 0.1f * d_offset;
    return cost / BATCH;
}

static void predict(void *self, size_t n, const void *const *in, float *out) {
    for (size_t e = 0; e < n; e++) {
        float x[INPUTS];
        out[e] = forward(self, (const float *)in[0] + e * INPUTS, x);
    }
}

#include "plain_contender.h"
