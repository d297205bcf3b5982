/* Two runs of the same tests: `sh tests/run.sh` takes a slice of each matrix (compilers, levels, targets,
   random networks), `sh tests/run.sh long` all of it. A slice has each compiler, each level and each
   target at least once, and is the same at every run. Scripts ask with [ "${NNGEN_LONG:-}" = 1 ]. */

#ifndef LONG_H
#define LONG_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool is_long(void) {
    const char *value = getenv("NNGEN_LONG");
    return value && strcmp(value, "1") == 0;
}

/* How many of something: `slice`, or `all` in the long run. */
static inline int slice_of(int slice, int all) {
    return is_long() ? all : slice;
}

#endif
