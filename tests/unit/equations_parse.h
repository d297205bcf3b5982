/* Reads equations as equations_text prints them. */

#ifndef EQUATIONS_PARSE_H
#define EQUATIONS_PARSE_H

#include "fuse/fuse.h"

/* NULL after a message to standard error. */
Equations *equations_parse(Compiler *compiler, const char *text);

#endif
