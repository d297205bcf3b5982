/* nn_simd.h in float for generic. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 0
#define NN_TARGET NN_GENERIC
#define SUITE simd_float_generic
#include "simd_cases.inc"
