/* models/xor.def in plain loops. */

#define INPUTS 2
#define HIDDEN 2
#define OUTPUTS 1
#define BATCH 4
#define ACTIVATION(z) expf(-(z) * (z))
#define SLOPE(z, a) (-2 * (z) * (a))
#define IS_BINARY 1
#define RATE 0.05f
#define L2 0.0f
#define KEPT 1.0f
#define INPUT_NAME "x"
#include "plain_mlp.h"

#include "plain_contender.h"
