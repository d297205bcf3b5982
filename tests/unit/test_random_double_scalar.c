/* nn_random.h in double, one lane: strict ISO C. */

#define NN_DOUBLE 1
#define NN_LANES 1
#define SUITE random_double_scalar
#include "random_cases.inc"
