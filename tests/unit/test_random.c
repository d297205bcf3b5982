/* nn_random.h in float, four lanes. */

#define NN_DOUBLE 0
#define NN_LANES 4
#define SUITE random_float_vector
#include "random_cases.inc"
