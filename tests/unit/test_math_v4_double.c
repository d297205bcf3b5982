/* nn_math.h in double for x86-64-v4. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 1
#define NN_TARGET NN_X86_64_V4
#define SUITE math_double_x86_64_v4
#include "math_cases.inc"
