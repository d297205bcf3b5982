/* See watch.h. */

#define _GNU_SOURCE
#include "watch.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const char *volatile watched;

static void write_text(const char *text) {
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

static void say_and_end(int number) {
    write_text("ended by a signal at ");
    write_text(watched);
    write_text("\n");
    signal(number, SIG_DFL);
    raise(number);
}

void watch(const char *name) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    watched = name;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        signal(signals[i], say_and_end);
    }
}
