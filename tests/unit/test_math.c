/* nn_math.h in float for generic. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 0
#define NN_TARGET NN_GENERIC
#define SUITE math_float_generic
#include "math_cases.inc"
