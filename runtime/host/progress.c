/* A progress bar. Comes in: the loss of every step, results of every epoch, and the time. Goes out:
   one line, redrawn at most ten times a second, if the output is a terminal; else nothing. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.1
enum { MOST_BAR = 24, LEAST_BAR = 6, WIDTH_UNKNOWN = 80 };

double nn_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool is_terminal(FILE *out) {
    const char *kind = getenv("TERM");
    return isatty(fileno(out)) && !(kind && strcmp(kind, "dumb") == 0);
}

/* Asked each time, since a window may change. */
static size_t terminal_width(FILE *out) {
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                         : WIDTH_UNKNOWN;
}

void nn_progress_start(nn_progress *progress, FILE *out, size_t total, double now) {
    const char *plain = getenv("NO_COLOR");
    *progress = (nn_progress){.total = total,
                              .start = now,
                              .drawn = -INFINITY,
                              .valid = NAN,
                              .best = NAN,
                              .has_color = !plain || !*plain};
    if (out && is_terminal(out))
        progress->out = out;
}

void nn_progress_epoch(nn_progress *progress, uint32_t epoch) {
    progress->epoch = epoch;
    progress->losses = 0;
    progress->seen = 0;
}

void nn_progress_step(nn_progress *progress, size_t n, double loss) {
    progress->done += n;
    progress->seen += n;
    progress->losses += loss * (double)n;
}

void nn_progress_measured(nn_progress *progress, double loss, double valid) {
    double judged = isnan(valid) ? loss : valid;
    progress->valid = valid;
    if (isnan(progress->best) || judged < progress->best) {
        progress->best = judged;
        progress->best_epoch = progress->epoch;
    }
}

/* Writes "0:07", "12:30" or "3:05:00". */
static void time_text(double seconds, char *text, size_t size) {
    unsigned long whole = seconds < 1e7 ? (unsigned long)ceil(seconds) : 9999999;
    if (whole < 3600)
        snprintf(text, size, "%lu:%02lu", whole / 60, whole % 60);
    else
        snprintf(text, size, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
}

/* The parts of the line behind the bar, in the order in which they stand. "" where nothing is
   known. */
enum { SHARE, LEFT, LOSS, VALID, BEST, BEST_EPOCH, RATE, PARTS };
typedef struct {
    char text[48];
} Part;

/* Where there is no room for all, these go first, and before LOSS the bar. */
static const int dropped[] = {RATE, BEST_EPOCH, BEST, VALID, LOSS, LEFT};
enum { DROPS = sizeof dropped / sizeof *dropped };

static void loss_write(Part *part, const char *name, double loss) {
    nn_shown shown;
    if (!isnan(loss))
        snprintf(part->text, sizeof part->text, "  %s %s", name, nn_show(&shown, loss));
}

static void parts_write(const nn_progress *progress, double now, Part parts[PARTS]) {
    double share = progress->total ? (double)progress->done / (double)progress->total : 0;
    double rate = now > progress->start ? (double)progress->done / (now - progress->start) : 0;
    memset(parts, 0, PARTS * sizeof *parts);
    snprintf(parts[SHARE].text, sizeof parts->text, " %3.0f %%", floor(100 * share));
    if (rate > 0) {
        char left[32];
        time_text((double)(progress->total - progress->done) / rate, left, sizeof left);
        snprintf(parts[LEFT].text, sizeof parts->text, "  %s left", left);
        snprintf(parts[RATE].text, sizeof parts->text, "  %.0f examples/s", rate);
    }
    if (progress->seen > 0)
        loss_write(&parts[LOSS], "loss", progress->losses / (double)progress->seen);
    loss_write(&parts[VALID], "valid", progress->valid);
    loss_write(&parts[BEST], "best", progress->best);
    if (!isnan(progress->best))
        snprintf(parts[BEST_EPOCH].text, sizeof parts->text, " (epoch %u)",
                 (unsigned)progress->best_epoch);
}

static size_t parts_length(const Part parts[PARTS]) {
    size_t length = 0;
    for (int i = 0; i < PARTS; i++)
        length += strlen(parts[i].text);
    return length;
}

/* Writes " [######......]" of so many signs. */
static void bar_write(const nn_progress *progress, size_t signs, char *bar, size_t size) {
    double share = progress->total ? (double)progress->done / (double)progress->total : 0;
    size_t filled = (size_t)(share * (double)signs);
    char row[MOST_BAR + 1];
    memset(row, '.', sizeof row);
    memset(row, '#', filled < signs ? filled : signs);
    snprintf(bar, size, " [%.*s]", (int)signs, row);
}

void nn_progress_line(const nn_progress *progress, double now, size_t width, char line[256]) {
    enum { FRAME = 3 }; /* " [" and "]" */
    Part parts[PARTS];
    char bar[MOST_BAR + 8] = "", epoch[40];
    bool has_bar = true;
    parts_write(progress, now, parts);
    int digits = snprintf(NULL, 0, "%u", (unsigned)progress->epochs);
    snprintf(epoch, sizeof epoch, "epoch %*u/%u", digits, (unsigned)progress->epoch,
             (unsigned)progress->epochs);
    size_t used = strlen(epoch) + parts_length(parts);
    for (int i = 0; i < DROPS && used + (has_bar ? FRAME + LEAST_BAR : 0) > width; i++) {
        has_bar &= dropped[i] != LOSS;
        if (!has_bar && used <= width)
            break;
        parts[dropped[i]].text[0] = '\0';
        used = strlen(epoch) + parts_length(parts);
    }
    if (has_bar && used + FRAME + LEAST_BAR <= width) {
        size_t room = width - used - FRAME;
        bar_write(progress, room < MOST_BAR ? room : MOST_BAR, bar, sizeof bar);
    }
    size_t end = (size_t)snprintf(line, 256, "%s%s", epoch, bar);
    for (int i = 0; i < PARTS; i++)
        end += (size_t)snprintf(line + end, 256 - end, "%s", parts[i].text);
    if (width < 256)
        line[width] = '\0';
}

/* What is done of the bar is green. */
static void line_draw(const nn_progress *progress, const char *line) {
    size_t before = strcspn(line, "#"), filled = strspn(line + before, "#");
    const char *on = progress->has_color && filled ? "\033[32m" : "", *off = *on ? "\033[0m" : "";
    fprintf(progress->out, "\r%.*s%s%.*s%s%s\033[K", (int)before, line, on, (int)filled,
            line + before, off, line + before + filled);
}

void nn_progress_show(nn_progress *progress, double now) {
    char line[256];
    if (!progress->out || now - progress->drawn < REDRAW_SECONDS)
        return;
    nn_progress_line(progress, now, terminal_width(progress->out) - 1, line);
    line_draw(progress, line);
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
