/* nn_random.h in float, one lane: strict ISO C. */

#define NN_DOUBLE 0
#define NN_LANES 1
#define SUITE random_float_scalar
#include "random_cases.inc"
