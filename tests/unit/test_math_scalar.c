/* nn_math.h in float, one lane: strict ISO C. */

#define NN_DOUBLE 0
#define NN_LANES 1
#define SUITE math_float_scalar
#include "math_cases.inc"
