/* Says which model was at work when a signal ends the process: a fault of the generator or of what it
   generated. */

#ifndef WATCH_H
#define WATCH_H

/* Until the next call; the name must last. */
void watch(const char *name);

#endif
