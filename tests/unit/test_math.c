/* nn_math.h in float, four lanes. */

#define NN_DOUBLE 0
#define NN_LANES 4
#define SUITE math_float_vector
#include "math_cases.inc"
