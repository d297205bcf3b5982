/* The header that nets for x86-64-v3 and v4 include first; nets.c precompiles it. */

#ifndef INTRINSICS_H
#define INTRINSICS_H

#include <immintrin.h>

#endif
