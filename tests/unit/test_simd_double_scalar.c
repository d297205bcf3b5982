/* nn_simd.h in double for c99. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 1
#define NN_TARGET NN_C99
#define SUITE simd_double_c99
#include "simd_cases.inc"
