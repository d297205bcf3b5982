/* models/mnist.def in plain loops. */

#define INPUTS 784
#define HIDDEN 128
#define OUTPUTS 10
#define BATCH 64
#define ACTIVATION(z) ((z) > 0 ? (z) : 0)
#define SLOPE(z, a) ((z) > 0 ? 1.0f : 0.0f)
#define IS_BINARY 0
#define RATE 1e-3f
#define L2 0.0f
#define KEPT 1.0f
#define INPUT_NAME "image"
#include "plain_mlp.h"

#include "plain_contender.h"
