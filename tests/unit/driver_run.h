/* The command line of a net, run in a child process, for the tests of the driver. */

#ifndef DRIVER_RUN_H
#define DRIVER_RUN_H

#include "host.h"

#include <sys/types.h>

enum { WORDS = 48 };

/* Opens a scratch folder, goes there and writes data.csv for hand_classes, 30 examples, and
   line.csv for hand_line, 5. */
void driver_open(void);

/* What nn_main printed, and its exit code. `words` is the command line, cut at blanks. said: the
   lines of stderr that tell what files were taken for; err: the others. */
typedef struct {
    int code;
    char *out, *err, *said;
} Run;
Run run(const nn_network *network, const char *words);
void run_free(Run result);
/* Runs well, and stderr has no other lines; what it printed. */
char *run_fine(const nn_network *network, const char *words);
void expect_failure(const nn_network *network, const char *words, int code, const char *text);

int words_cut(char *words, char **argv);
pid_t start(const nn_network *network, const char *words, int out, int err);
int wait_for(pid_t child);
size_t lines_of(const char *text);

#endif
