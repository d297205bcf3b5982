/* nn_random.h in double for generic. */

#define _DEFAULT_SOURCE
#define NN_DOUBLE 1
#define NN_TARGET NN_GENERIC
#define SUITE random_double_generic
#include "random_cases.inc"
