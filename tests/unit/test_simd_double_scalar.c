/* nn_simd.h in double, one lane: strict ISO C. */

#define NN_DOUBLE 1
#define NN_LANES 1
#define SUITE simd_double_scalar
#include "simd_cases.inc"
