/* nn_random.h in float for c99. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 0
#define NN_TARGET NN_C99
#define SUITE random_float_c99
#include "random_cases.inc"
