/* nn_simd.h in float for c99. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 0
#define NN_TARGET NN_C99
#define SUITE simd_float_c99
#include "simd_cases.inc"
