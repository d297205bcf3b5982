/* nn_simd.h in float for x86-64-v4. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 0
#define NN_TARGET NN_X86_64_V4
#define NN_ESTIMATES 1
#define SUITE simd_float_x86_64_v4
#include "simd_cases.inc"
