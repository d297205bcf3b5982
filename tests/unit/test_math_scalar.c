/* nn_math.h in float for c99. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 0
#define NN_TARGET NN_C99
#define SUITE math_float_c99
#include "math_cases.inc"
