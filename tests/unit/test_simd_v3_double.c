/* nn_simd.h in double for x86-64-v3. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 1
#define NN_TARGET NN_X86_64_V3
#define SUITE simd_double_x86_64_v3
#include "simd_cases.inc"
