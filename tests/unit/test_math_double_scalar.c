/* nn_math.h in double for c99. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 1
#define NN_TARGET NN_C99
#define SUITE math_double_c99
#include "math_cases.inc"
