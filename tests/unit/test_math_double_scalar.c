/* nn_math.h in double, one lane: strict ISO C. */

#define NN_DOUBLE 1
#define NN_LANES 1
#define SUITE math_double_scalar
#include "math_cases.inc"
