/* nn_random.h in double, two lanes. */

#define NN_DOUBLE 1
#define NN_LANES 2
#define SUITE random_double_vector
#include "random_cases.inc"
