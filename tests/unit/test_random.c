/* nn_random.h in float for generic. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 0
#define NN_TARGET NN_GENERIC
#define SUITE random_float_generic
#include "random_cases.inc"
