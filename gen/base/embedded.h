/* Files that the build puts inside nngen. In: C that embed.cmake makes of gen/prelude and
   templates, each sorted by name, and of gen/base/foreign.txt. Out: names and texts of these files.
   A text ends with a NUL that size does not count. */

#ifndef EMBEDDED_H
#define EMBEDDED_H

#include <stddef.h>

typedef struct {
    const char *name; /* without folder: "losses.def", "net.c" */
    const char *text;
    size_t size;
} Embedded;

extern const Embedded embedded_prelude[];
extern const int embedded_prelude_count;
extern const Embedded embedded_templates[];
extern const int embedded_templates_count;
extern const Embedded embedded_runtime[];
extern const int embedded_runtime_count;
extern const Embedded embedded_foreign[];
extern const int embedded_foreign_count;

#endif
