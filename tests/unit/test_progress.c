#include "host.h"

#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

TestSuite(progress, .init = scratch_open, .fini = scratch_close);

/* So far `done` examples are done, nothing is known of losses. */
static nn_progress run(size_t total, size_t done) {
    return (nn_progress){
        .total = total, .done = done, .epoch = 3, .epochs = 30, .valid = NAN, .best = NAN};
}

static const char *line_of(nn_progress progress, double now, size_t width) {
    static char text[256];
    nn_progress_line(&progress, now, width, text);
    return text;
}

Test(progress, line) {
    cr_assert_str_eq(line_of(run(1000, 0), 0, 100), "epoch  3/30 [........................]   0 %");
    cr_assert_str_eq(line_of(run(1000, 250), 2, 100),
                     "epoch  3/30 [######..................]  25 %  "
                     "0:06 left  125 examples/s");
    cr_assert_str_eq(line_of(run(1000, 999), 10, 100),
                     "epoch  3/30 [#######################.]  99 %"
                     "  0:01 left  100 examples/s");
    cr_assert_str_eq(line_of(run(1000, 1000), 10, 100),
                     "epoch  3/30 [########################] 100 "
                     "%  0:00 left  100 examples/s");
}

Test(progress, time_left) {
    static const struct {
        size_t done;
        double now;
        const char *text;
    } rows[] = {
        {1000, 1, "  16:39 left"}, {100, 1, "  2:46:39 left"}, {1, 1e9, "  2777:46:39 left"}};
    for (size_t i = 0; i < 3; i++) {
        const char *text = line_of(run(1000000, rows[i].done), rows[i].now, 100);
        cr_assert(strstr(text, rows[i].text), "%s", text);
    }
}

/* The loss is the mean of the examples of this epoch; best is the least of validation, or where
   there is none of training. */
Test(progress, losses) {
    nn_progress progress;
    nn_progress_start(&progress, NULL, 1000, 0);
    progress.epochs = 30;
    nn_progress_epoch(&progress, 1);
    cr_assert_str_eq(line_of(progress, 0, 200), "epoch  1/30 [........................]   0 %");
    nn_progress_step(&progress, 30, 1);
    nn_progress_step(&progress, 10, 2);
    const char *text = line_of(progress, 4, 200);
    cr_assert(strstr(text, " left  loss 1.2500  10 examples/s"), "%s", text);
    nn_progress_measured(&progress, 0.5, NAN);
    nn_progress_epoch(&progress, 2);
    nn_progress_step(&progress, 10, 3);
    text = line_of(progress, 5, 200);
    cr_assert(strstr(text, "  loss 3.0000  best 0.5000 (epoch 1)  10 examples/s"), "%s", text);
    nn_progress_measured(&progress, 0.75, NAN);
    text = line_of(progress, 5, 200);
    cr_assert(strstr(text, "  best 0.5000 (epoch 1)"), "%s", text);

    nn_progress_start(&progress, NULL, 1000, 0);
    nn_progress_epoch(&progress, 1);
    nn_progress_step(&progress, 10, 3);
    nn_progress_measured(&progress, 0.5, 0.7);
    nn_progress_epoch(&progress, 2);
    nn_progress_step(&progress, 10, 1);
    nn_progress_measured(&progress, 0.4, 0.6);
    nn_progress_epoch(&progress, 3);
    nn_progress_step(&progress, 10, 1);
    nn_progress_measured(&progress, 0.1, 0.65);
    text = line_of(progress, 5, 200);
    cr_assert(strstr(text, "  loss 1.0000  valid 0.6500  best 0.6000 (epoch 2)  6 examples/s"),
              "%s", text);
}

/* At any width the line fits, and what matters more stays longer. */
Test(progress, fits_the_width) {
    static const struct {
        size_t width;
        const char *text;
    } rows[] = {
        {102, "epoch  3/30 [#####................]  25 %  0:06 left  loss 1.0000  valid 0.6500  "
              "best 0.6000 (epoch 2)"},
        {80, "epoch  3/30 [##.......]  25 %  0:06 left  loss 1.0000  valid 0.6500  best 0.6000"},
        {77, "epoch  3/30 [#.....]  25 %  0:06 left  loss 1.0000  valid 0.6500  best 0.6000"},
        {76, "epoch  3/30 [####..............]  25 %  0:06 left  loss 1.0000  valid 0.6500"},
        {51, "epoch  3/30 [#......]  25 %  0:06 left  loss 1.0000"},
        {49, "epoch  3/30  25 %  0:06 left  loss 1.0000"},
        {41, "epoch  3/30  25 %  0:06 left  loss 1.0000"},
        {40, "epoch  3/30  25 %  0:06 left"},
        {21, "epoch  3/30  25 %"},
        {13, "epoch  3/30  "},
        {0, ""},
    };
    nn_progress progress = run(1000, 250);
    progress.seen = 10;
    progress.losses = 10;
    progress.valid = 0.65;
    progress.best = 0.6;
    progress.best_epoch = 2;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_str_eq(line_of(progress, 2, rows[i].width), rows[i].text, "%zu: %s",
                         rows[i].width, line_of(progress, 2, rows[i].width));
    for (size_t width = 0; width < 255; width++)
        cr_assert_leq(strlen(line_of(progress, 2, width)), width);
    progress.epoch = progress.epochs = progress.best_epoch = UINT32_MAX;
    progress.done = progress.total = SIZE_MAX;
    progress.valid = progress.best = -1e300;
    for (size_t width = 0; width < 255; width++)
        cr_assert_leq(strlen(line_of(progress, 1e-9, width)), width);
}

Test(progress, nothing_but_on_a_terminal) {
    nn_progress progress;
    size_t size;
    FILE *file = fopen(scratch_path("out"), "w");
    nn_progress_start(&progress, file, 10, 0);
    progress.done = 5;
    nn_progress_show(&progress, 1);
    nn_progress_clear(&progress);
    fclose(file);
    free(scratch_read(scratch_path("out"), &size));
    cr_assert_eq(size, 0);
    nn_progress_start(&progress, NULL, 10, 0);
    progress.done = 5;
    nn_progress_show(&progress, 1);
    nn_progress_clear(&progress);
}

/* A pseudo terminal: what is written to the result can be read from *other. */
static FILE *terminal_open(int *other) {
    *other = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    cr_assert_geq(*other, 0);
    cr_assert_eq(grantpt(*other), 0);
    cr_assert_eq(unlockpt(*other), 0);
    FILE *terminal = fopen(ptsname(*other), "w");
    cr_assert(terminal);
    return terminal;
}

static const char *terminal_text(int other) {
    static char text[4096];
    ssize_t size = read(other, text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

Test(progress, is_redrawn_ten_times_a_second) {
    int other;
    nn_progress progress;
    FILE *terminal = terminal_open(&other);
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    nn_progress_start(&progress, terminal, 1000, 100);
    progress.epoch = progress.epochs = 1;
    progress.done = 250;
    nn_progress_show(&progress, 102);
    cr_assert_str_eq(terminal_text(other),
                     "\repoch 1/1 [######..................]  25 %  0:06 left  "
                     "125 examples/s\033[K");
    nn_progress_show(&progress, 102.05);
    nn_progress_show(&progress, 102.09);
    cr_assert_str_eq(terminal_text(other), "");
    progress.done = 500;
    nn_progress_show(&progress, 102.11);
    cr_assert(strstr(terminal_text(other), " 50 %"));
    nn_progress_clear(&progress);
    cr_assert_str_eq(terminal_text(other), "\r\033[K");
    nn_progress_clear(&progress);
    cr_assert_str_eq(terminal_text(other), "");
    fclose(terminal);
    close(other);
}

/* The line follows the width of the window, and has color but with NO_COLOR. */
Test(progress, on_a_window_that_changes) {
    int other;
    nn_progress progress;
    FILE *terminal = terminal_open(&other);
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "", 1);
    nn_progress_start(&progress, terminal, 1000, 100);
    progress.epoch = progress.epochs = 1;
    progress.done = 250;
    cr_assert_eq(ioctl(other, TIOCSWINSZ, &(struct winsize){.ws_row = 20, .ws_col = 40}), 0);
    nn_progress_show(&progress, 102);
    cr_assert_str_eq(terminal_text(other),
                     "\repoch 1/1 [\033[32m##\033[0m........]  25 %  0:06 left\033[K");
    cr_assert_eq(ioctl(other, TIOCSWINSZ, &(struct winsize){.ws_row = 20, .ws_col = 30}), 0);
    nn_progress_show(&progress, 103);
    cr_assert_str_eq(terminal_text(other), "\repoch 1/1  25 %  0:09 left\033[K");
    fclose(terminal);
    close(other);
}

Test(progress, not_on_a_dumb_terminal) {
    int other;
    nn_progress progress;
    FILE *terminal = terminal_open(&other);
    setenv("TERM", "dumb", 1);
    nn_progress_start(&progress, terminal, 1000, 100);
    nn_progress_show(&progress, 102);
    cr_assert_str_eq(terminal_text(other), "");
    fclose(terminal);
    close(other);
}

Test(progress, a_clock_that_goes_on) {
    double first = nn_clock();
    usleep(2000);
    cr_assert_gt(nn_clock(), first);
}
