/* Wrong models that a program makes, and the search for messages in the sources of nngen. */

#ifndef MESSAGES_H
#define MESSAGES_H

#include "nngen.h"

typedef struct {
    char *(*make)(size_t *size); /* the model, to be freed */
    const char *expected;        /* lines of the diagnostics */
    int exit_code;
    Unroll unroll;
    Target target;
} Made;
extern const Made made_models[];
extern const int made_count;

/* Calls `missing` for every message of a C source that no line of `said` can be, and counts the
   messages. */
int check_messages(const char *path, const char *said,
                   void (*missing)(const char *file, const char *kind, const char *format));

#endif
