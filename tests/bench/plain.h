/* Plain loops as contenders: what a C programmer writes by hand for one net. A file plain_NET.c
   holds a struct with the net, a step and a prediction; its table of tensors lets the same
   numbers be given to all contenders. Compiled twice, with the flags of all and with -ffast-math
   besides, which allows the compiler to turn sums into vectors. */

#ifndef PLAIN_H
#define PLAIN_H

#include "bench.h"

#include <math.h>
#include <string.h>

#define PLAIN_PASTE(prefix, net) prefix##net
#define PLAIN_JOIN(prefix, net) PLAIN_PASTE(prefix, net)
#ifdef PLAIN_FAST
#define PLAIN_NAME "plain -ffast-math"
#define PLAIN_OPEN PLAIN_JOIN(plain_fast_, NET)
#else
#define PLAIN_NAME "plain"
#define PLAIN_OPEN PLAIN_JOIN(plain_, NET)
#endif

typedef struct {
    const char *name;
    size_t offset, size;
} PlainTensor;

/* A weight of any shape as its numbers, and how many they are. */
#define NUMBERS(weight) ((float *)(weight))
#define COUNT(weight) (sizeof(weight) / sizeof(float))

#define TENSOR(name, member)                                                                       \
    { name, offsetof(PlainNet, member), sizeof(((PlainNet *)0)->member) }

/* The tensor of that name, or NULL. */
static inline const PlainTensor *plain_find(const char *name, const PlainTensor *tensors,
                                            size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(tensors[i].name, name) == 0) {
            return &tensors[i];
        }
    }
    return NULL;
}

/* Adam over all weights of a net as one array. step counts from 1. */
static inline void plain_adam(size_t count, float *weight, const float *gradient, float *m,
                              float *v, float rate, unsigned step) {
    float by_m = rate / (1 - powf(0.9f, (float)step)), by_v = 1 / (1 - powf(0.999f, (float)step));
    for (size_t i = 0; i < count; i++) {
        m[i] = 0.9f * m[i] + 0.1f * gradient[i];
        v[i] = 0.999f * v[i] + 0.001f * gradient[i] * gradient[i];
        weight[i] -= by_m * m[i] / (sqrtf(v[i] * by_v) + 1e-8f);
    }
}

/* gradient = that of c times the sum of weight^2, which it returns. */
static inline float plain_decay(float c, size_t count, const float *weight, float *gradient) {
    float cost = 0;
    for (size_t i = 0; i < count; i++) {
        cost += c * weight[i] * weight[i];
        gradient[i] = 2 * c * weight[i];
    }
    return cost;
}

/* p = softmax(z); gives log of the sum of e^z. */
static inline float plain_softmax(int count, const float *z, float *p) {
    float most = z[0], sum = 0;
    for (int k = 1; k < count; k++) {
        most = z[k] > most ? z[k] : most;
    }
    for (int k = 0; k < count; k++) {
        p[k] = expf(z[k] - most);
        sum += p[k];
    }
    for (int k = 0; k < count; k++) {
        p[k] /= sum;
    }
    return most + logf(sum);
}

/* Binary cross-entropy of sigmoid(z), without overflow. */
static inline float plain_binary_loss(float z, float y) {
    return (z > 0 ? z : 0) - z * y + log1pf(expf(-fabsf(z)));
}

#endif
