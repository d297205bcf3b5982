/* What nets for x86-64-v3 and v4 include first, and what nets.c precompiles. */

#ifndef INTRINSICS_H
#define INTRINSICS_H

#include <immintrin.h>

#endif
