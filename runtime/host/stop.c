/* Signals that stop a run: SIGINT, SIGTERM, SIGHUP. Comes in: a signal. Goes out: the end of the
   process, without temporary files that
   it leaves, or, while training could still save what it has learned, a mark that it looks at after
   every step; a second signal ends the process then, too. A signal that was ignored when the run
   began (as under nohup) stays ignored. */

#include "host.h"

#include <signal.h>
#include <string.h>

static const struct {
    int number;
    const char *name;
} stops[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};
enum { STOPS = sizeof stops / sizeof *stops };

/* What signals do now, and which came. */
static volatile sig_atomic_t is_gentle, caught;

static void stop_handle(int number) {
    if (is_gentle && !caught) {
        caught = number;
        return;
    }
    nn_replace_clean();
    signal(number, SIG_DFL);
    raise(number); /* blocked until this function returns */
}

static bool is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* Writes that fail are to be noticed where they fail. */
static void signal_ignore(int number, struct sigaction *before) {
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, before);
}

void nn_stop_enter(nn_stop *before) {
    struct sigaction action = {.sa_handler = stop_handle, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < STOPS; i++)
        sigaddset(&action.sa_mask, stops[i].number);
    is_gentle = caught = 0;
    for (int i = 0; i < STOPS; i++) {
        before->is_taken[i] = !is_ignored(stops[i].number);
        if (before->is_taken[i])
            sigaction(stops[i].number, &action, &before->actions[i]);
    }
    signal_ignore(SIGXFSZ, &before->size);
}

void nn_stop_leave(const nn_stop *before) {
    for (int i = 0; i < STOPS; i++)
        if (before->is_taken[i])
            sigaction(stops[i].number, &before->actions[i], NULL);
    sigaction(SIGXFSZ, &before->size, NULL);
}

void nn_stop_gently(bool is_wanted, nn_stop *before) {
    is_gentle = is_wanted;
    if (is_wanted)
        signal_ignore(SIGPIPE, &before->pipe);
    else
        sigaction(SIGPIPE, &before->pipe, NULL);
}

int nn_stop_signal(void) {
    return caught;
}

const char *nn_stop_name(void) {
    for (int i = 0; i < STOPS; i++)
        if (stops[i].number == caught)
            return stops[i].name;
    return "a signal";
}
