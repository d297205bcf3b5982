/* nn_random.h in double for c99. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 1
#define NN_TARGET NN_C99
#define SUITE random_double_c99
#include "random_cases.inc"
