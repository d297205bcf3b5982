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

/* Whether this test was compiled with sanitizers, which make it several times as long. */
static inline bool is_sanitized(void) {
#if defined(__SANITIZE_ADDRESS__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

/* How many of something: `all`, or fewer where the short run checks by sanitizers what it runs in
   full without them. */
static inline int checked_of(int fewer, int all) {
    return is_sanitized() && !is_long() ? fewer : all;
}

/* How many of something: `slice`, or `all` in the long run. */
static inline int slice_of(int slice, int all) {
    return is_long() ? all : slice;
}

#endif
