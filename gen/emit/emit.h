/* Loops to C: net.c and net.h, printed through templates.

   In: placed functions. Out: the text of both files. May be relied on: their bytes depend on the
   model and the options only. */

#ifndef NNGEN_EMIT_H
#define NNGEN_EMIT_H

#include "place/place.h"

typedef struct {
    char *source, *header;
} Emitted;

/* A program as it was placed for one target. */
typedef struct {
    Target target;
    Program *program;
    Layouts *layouts;
} Version;

/* Needs: placed functions. Leaves: net.c, which includes header_name, and net.h; with header_name
   NULL the header is at the top of net.c. Of several versions, all of one graph, the last is that
   for c99, which makes what all have in common and is a version itself where options.versions has
   it. */
Emitted emit(const Version *versions, int count, const Source *model, const char *header_name);

#endif
