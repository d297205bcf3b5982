/* Two dense layers in plain loops, every size a literal, updated by Adam. A file plain_NET.c says
   before it includes this:
     INPUTS HIDDEN OUTPUTS BATCH   sizes
     ACTIVATION(z) SLOPE(z, a)     of the hidden layer; a = ACTIVATION(z)
     IS_BINARY                     1: sigmoid, binary cross-entropy, float targets
                                   0: softmax, cross-entropy, class indices
     RATE, L2                      of Adam; of the squared weights in the cost
     KEPT                          part of the values that dropout leaves; 1: no dropout
     INPUT_NAME */

#include "plain.h"
#include "plain_dropout.h"

/* Learned numbers. */
typedef struct {
    float h_weight[HIDDEN][INPUTS], h_bias[HIDDEN], p_weight[OUTPUTS][HIDDEN], p_bias[OUTPUTS];
} Weights;

typedef struct {
    float low[INPUTS], scale[INPUTS];
    Weights weights, gradient, m, v;
    unsigned step;
} PlainNet;

static const PlainTensor tensors[] = {
    TENSOR(INPUT_NAME ".low", low),       TENSOR(INPUT_NAME ".scale", scale),
    TENSOR("h.weight", weights.h_weight), TENSOR("h.bias", weights.h_bias),
    TENSOR("p.weight", weights.p_weight), TENSOR("p.bias", weights.p_bias),
};

/* Values of one example. */
typedef struct {
    float x[INPUTS], h[HIDDEN], slope[HIDDEN], keep[HIDDEN], out[OUTPUTS], p[OUTPUTS];
} Values;

static void load(const PlainNet *net, const float *row, float *x) {
    for (int i = 0; i < INPUTS; i++) {
        x[i] = (row[i] - net->low[i]) * net->scale[i];
    }
}

static void hidden_layer(const PlainNet *net, Values *values) {
    for (int j = 0; j < HIDDEN; j++) {
        float sum = net->weights.h_bias[j];
        for (int i = 0; i < INPUTS; i++) {
            sum += net->weights.h_weight[j][i] * values->x[i];
        }
        float a = ACTIVATION(sum);
        values->h[j] = a;
        values->slope[j] = SLOPE(sum, a);
    }
}

static void output_layer(const PlainNet *net, Values *values) {
    for (int k = 0; k < OUTPUTS; k++) {
        float sum = net->weights.p_bias[k];
        for (int j = 0; j < HIDDEN; j++) {
            sum += net->weights.p_weight[k][j] * values->h[j];
        }
        values->out[k] = sum;
    }
}

/* The loss of one example; values->p becomes its gradient by out. */
static float loss(Values *values, const void *target, size_t example) {
#if IS_BINARY
    float y = ((const float *)target)[example], z = values->out[0];
    values->p[0] = 1 / (1 + expf(-z)) - y;
    return plain_binary_loss(z, y);
#else
    int y = ((const int32_t *)target)[example];
    float log_sum = plain_softmax(OUTPUTS, values->out, values->p);
    values->p[y] -= 1;
    return log_sum - values->out[y];
#endif
}

static void backward(PlainNet *net, Values *values) {
    Weights *gradient = &net->gradient;
    float d_h[HIDDEN] = {0};
    for (int k = 0; k < OUTPUTS; k++) {
        float d = values->p[k] * (1.0f / BATCH);
        gradient->p_bias[k] += d;
        for (int j = 0; j < HIDDEN; j++) {
            gradient->p_weight[k][j] += d * values->h[j];
            d_h[j] += d * net->weights.p_weight[k][j];
        }
    }
    for (int j = 0; j < HIDDEN; j++) {
        float d = d_h[j] * (KEPT < 1 ? values->keep[j] : 1) * values->slope[j];
        gradient->h_bias[j] += d;
        for (int i = 0; i < INPUTS; i++) {
            gradient->h_weight[j][i] += d * values->x[i];
        }
    }
}

/* The regulariser's part of the gradient, where there is one; else zeros. */
static float begin_gradient(PlainNet *net) {
    Weights *w = &net->weights, *gradient = &net->gradient;
    memset(gradient, 0, sizeof *gradient);
    if (L2 == 0) {
        return 0;
    }
    return plain_decay(L2, COUNT(w->h_weight), NUMBERS(w->h_weight), NUMBERS(gradient->h_weight)) +
           plain_decay(L2, COUNT(w->p_weight), NUMBERS(w->p_weight), NUMBERS(gradient->p_weight));
}

/* Multiplies values by factors of dropout, which stay in keep. */
static void drop(size_t count, float *values, float *keep, Draw draw) {
    plain_dropout(count, keep, KEPT, draw);
    for (size_t i = 0; i < count; i++) {
        values[i] *= keep[i];
    }
}

static float train_step(void *self, const void *const *in) {
    PlainNet *net = self;
    float total = 0, cost = begin_gradient(net);
    for (uint32_t e = 0; e < BATCH; e++) {
        Values values;
        load(net, (const float *)in[0] + e * INPUTS, values.x);
        if (KEPT < 1) {
            float keep[INPUTS];
            drop(INPUTS, values.x, keep, (Draw){net->step, 0, e});
        }
        hidden_layer(net, &values);
        if (KEPT < 1) {
            drop(HIDDEN, values.h, values.keep, (Draw){net->step, 2, e});
        }
        output_layer(net, &values);
        total += loss(&values, in[1], e);
        backward(net, &values);
    }
    net->step++;
    plain_adam(COUNT(Weights), NUMBERS(&net->weights), NUMBERS(&net->gradient), NUMBERS(&net->m),
               NUMBERS(&net->v), RATE, net->step);
    return total / BATCH + cost;
}

static void predict(void *self, size_t n, const void *const *in, float *out) {
    const PlainNet *net = self;
    for (size_t e = 0; e < n; e++) {
        Values values;
        load(net, (const float *)in[0] + e * INPUTS, values.x);
        hidden_layer(net, &values);
        output_layer(net, &values);
        if (IS_BINARY) {
            out[e] = 1 / (1 + expf(-values.out[0]));
        } else {
            plain_softmax(OUTPUTS, values.out, out + e * OUTPUTS);
        }
    }
}
