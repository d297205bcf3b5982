/* nn_simd.h in double, two lanes. */

#define NN_DOUBLE 1
#define NN_LANES 2
#define SUITE simd_double_vector
#include "simd_cases.inc"
