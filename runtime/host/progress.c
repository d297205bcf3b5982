/* A progress bar. Comes in: how many examples are done, and the time. Goes out: one line,
   redrawn at most ten times a second, if the output is a terminal; else nothing. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.1
enum { BAR_WIDTH = 24, WIDTH_UNKNOWN = 80 };

double nn_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool is_terminal(FILE *out) {
    const char *kind = getenv("TERM");
    return isatty(fileno(out)) && !(kind && strcmp(kind, "dumb") == 0);
}

static size_t terminal_width(FILE *out) {
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                         : WIDTH_UNKNOWN;
}

void nn_progress_start(nn_progress *progress, FILE *out, size_t total, double now) {
    *progress = (nn_progress){.total = total, .start = now, .drawn = -INFINITY};
    if (out && is_terminal(out))
        progress->out = out;
}

/* Writes "0:07", "12:30" or "3:05:00". */
static void time_text(double seconds, char *text, size_t size) {
    unsigned long whole = seconds < 1e7 ? (unsigned long)ceil(seconds) : 9999999;
    if (whole < 3600)
        snprintf(text, size, "%lu:%02lu", whole / 60, whole % 60);
    else
        snprintf(text, size, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
}

void nn_progress_line(const nn_progress *progress, size_t done, double now, size_t width,
                      char line[256]) {
    char bar[BAR_WIDTH + 1], rest[128] = "";
    double share = progress->total ? (double)done / (double)progress->total : 0;
    size_t filled = (size_t)(share * BAR_WIDTH);
    double rate = now > progress->start ? (double)done / (now - progress->start) : 0;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', filled < BAR_WIDTH ? filled : BAR_WIDTH);
    bar[BAR_WIDTH] = '\0';
    if (rate > 0) {
        char left[32];
        time_text((double)(progress->total - done) / rate, left, sizeof left);
        snprintf(rest, sizeof rest, "  %.0f examples/s  %s left", rate, left);
    }
    snprintf(line, 256, "epoch %u/%u [%s] %3.0f %%%s", (unsigned)progress->epoch,
             (unsigned)progress->epochs, bar, floor(100 * share), rest);
    if (width < 256)
        line[width] = '\0';
}

void nn_progress_show(nn_progress *progress, size_t done, double now) {
    char line[256];
    if (!progress->out || now - progress->drawn < REDRAW_SECONDS)
        return;
    nn_progress_line(progress, done, now, terminal_width(progress->out) - 1, line);
    fprintf(progress->out, "\r%s\033[K", line);
    fflush(progress->out);
    progress->drawn = now;
    progress->is_visible = true;
}

void nn_progress_clear(nn_progress *progress) {
    if (!progress->is_visible)
        return;
    fputs("\r\033[K", progress->out);
    fflush(progress->out);
    progress->is_visible = false;
}
