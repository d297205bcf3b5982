/* models/digits/digits.def in plain loops. */

#define INPUTS 64
#define HIDDEN 64
#define OUTPUTS 10
#define BATCH 16
#define ACTIVATION(z) ((z) > 0 ? (z) : 0)
#define SLOPE(z, a) ((z) > 0 ? 1.0f : 0.0f)
#define IS_BINARY 0
#define RATE 5e-3f
#define L2 5e-4f
#define KEPT 0.9f
#define INPUT_NAME "image"
#include "plain_mlp.h"

#include "plain_contender.h"
