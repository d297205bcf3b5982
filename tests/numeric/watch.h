/* When a signal ends the process, by a fault of the generator or of generated code, says which
   model was being tested. */

#ifndef WATCH_H
#define WATCH_H

/* Until the next call; the name must last. */
void watch(const char *name);

#endif
