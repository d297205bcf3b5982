/* The end of a child that a test forked: no buffer is written twice, and nothing of the test's
   framework runs. Where lines are counted, the child's counts are handed over first. */

#ifndef CHILD_H
#define CHILD_H

#include <unistd.h>

#ifdef NNGEN_COVERAGE
void __gcov_dump(void);
#endif

static inline _Noreturn void child_exit(int code) {
#ifdef NNGEN_COVERAGE
    if (seteuid(getuid()) == 0) /* whoever the child was, files of counts are its parent's */
        __gcov_dump();
#endif
    _exit(code);
}

#endif
