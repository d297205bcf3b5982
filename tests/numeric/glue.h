/* C that calls a net's own functions by name, so that the differential tests reach what nn_network
   leaves out and every call is checked against the header's prototypes. */

#ifndef GLUE_H
#define GLUE_H

#include "graph/graph.h"
#include "nngen.h"

/* Defines NAME_glue, a NetGlue; the caller frees the text. NULL without memory. */
char *glue_text(const Graph *graph);

#endif
