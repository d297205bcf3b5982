/* nn_simd.h in float, four lanes. */

#define NN_DOUBLE 0
#define NN_LANES 4
#define SUITE simd_float_vector
#include "simd_cases.inc"
