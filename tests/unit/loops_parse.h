/* Reads the text form of a loop program, so that a pass is tested in text: before, after. */

#ifndef LOOPS_PARSE_H
#define LOOPS_PARSE_H

#include "lower/lower.h"

/* The kernel that the text describes, as loops_text prints it; NULL after a message "line: reason"
   to standard error. */
LoopKernel *loops_parse(Compiler *compiler, const char *text);

#endif
