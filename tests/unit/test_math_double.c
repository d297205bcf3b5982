/* nn_math.h in double for generic. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 1
#define NN_TARGET NN_GENERIC
#define SUITE math_double_generic
#include "math_cases.inc"
