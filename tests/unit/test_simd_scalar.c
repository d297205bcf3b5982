/* nn_simd.h in float, one lane: strict ISO C. */

#define NN_DOUBLE 0
#define NN_LANES 1
#define SUITE simd_float_scalar
#include "simd_cases.inc"
