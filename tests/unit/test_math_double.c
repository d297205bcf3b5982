/* nn_math.h in double, two lanes. */

#define NN_DOUBLE 1
#define NN_LANES 2
#define SUITE math_double_vector
#include "math_cases.inc"
