/* nn_simd.h in double for generic. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 1
#define NN_TARGET NN_GENERIC
#define SUITE simd_double_generic
#include "simd_cases.inc"
