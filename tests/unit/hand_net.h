/* Two nets written by hand, for the tests of the host side: small enough to check by eye, and
   described as a generated net describes itself.

   hand_classes: float; input x[2], scaled; target kind[3], onehot; p = softmax(weight x + bias);
   momentum; metrics accuracy, confusion_matrix[3, 3] and predicted[3], the part predicted as each
   class. hand_line: double; inputs a and b[2]; target y; guess = weight . (a, b) + bias; squared
   error; setting rate; no metric. */

#ifndef HAND_NET_H
#define HAND_NET_H

#include "nn_network.h"

enum { CLASSES = 3, FEATURES = 2 };

typedef struct {
    float low[FEATURES], scale[FEATURES];
    float weight[CLASSES][FEATURES], velocity[CLASSES][FEATURES], bias[CLASSES];
    uint64_t counters[4]; /* seed, step, epoch, epochs */
} hand_classes;

typedef struct {
    double weight[3], bias;
    uint64_t counters[4];
    double rate;
} hand_line;

extern const nn_network hand_classes_network, hand_line_network;

#endif
