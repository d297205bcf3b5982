#include "host.h"

#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(progress, .init = scratch_open, .fini = scratch_close);

static nn_progress run(size_t total) {
    return (nn_progress){.total = total, .epoch = 3, .epochs = 30};
}

Test(progress, line) {
    nn_progress progress = run(1000);
    char text[256];
    nn_progress_line(&progress, 0, 0, 100, text);
    cr_assert_str_eq(text, "epoch 3/30 [........................]   0 %");
    nn_progress_line(&progress, 250, 2, 100, text);
    cr_assert_str_eq(text,
                     "epoch 3/30 [######..................]  25 %  125 examples/s  0:06 left");
    nn_progress_line(&progress, 999, 10, 100, text);
    cr_assert_str_eq(text,
                     "epoch 3/30 [#######################.]  99 %  100 examples/s  0:01 left");
    nn_progress_line(&progress, 1000, 10, 100, text);
    cr_assert_str_eq(text,
                     "epoch 3/30 [########################] 100 %  100 examples/s  0:00 left");
}

Test(progress, time_left) {
    nn_progress progress = run(1000000);
    char text[256];
    nn_progress_line(&progress, 1000, 1, 100, text);
    cr_assert(strstr(text, "  16:39 left"), "%s", text);
    nn_progress_line(&progress, 100, 1, 100, text);
    cr_assert(strstr(text, "  2:46:39 left"), "%s", text);
    nn_progress_line(&progress, 1, 1e9, 100, text);
    cr_assert(strstr(text, "  2777:46:39 left"), "%s", text);
}

Test(progress, fits_the_width) {
    nn_progress progress = run(1000);
    char text[256];
    nn_progress_line(&progress, 250, 2, 20, text);
    cr_assert_str_eq(text, "epoch 3/30 [######..");
    nn_progress_line(&progress, 250, 2, 0, text);
    cr_assert_str_eq(text, "");
}

Test(progress, nothing_but_on_a_terminal) {
    nn_progress progress;
    size_t size;
    FILE *file = fopen(scratch_path("out"), "w");
    nn_progress_start(&progress, file, 10, 0);
    nn_progress_show(&progress, 5, 1);
    nn_progress_clear(&progress);
    fclose(file);
    free(scratch_read(scratch_path("out"), &size));
    cr_assert_eq(size, 0);
    nn_progress_start(&progress, NULL, 10, 0);
    nn_progress_show(&progress, 5, 1);
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
    nn_progress_start(&progress, terminal, 1000, 100);
    progress.epoch = progress.epochs = 1;
    nn_progress_show(&progress, 250, 102);
    cr_assert_str_eq(terminal_text(other),
                     "\repoch 1/1 [######..................]  25 %  125 examples/s  "
                     "0:06 left\033[K");
    nn_progress_show(&progress, 260, 102.05);
    nn_progress_show(&progress, 270, 102.09);
    cr_assert_str_eq(terminal_text(other), "");
    nn_progress_show(&progress, 500, 102.11);
    cr_assert(strstr(terminal_text(other), " 50 %"));
    nn_progress_clear(&progress);
    cr_assert_str_eq(terminal_text(other), "\r\033[K");
    nn_progress_clear(&progress);
    cr_assert_str_eq(terminal_text(other), "");
    fclose(terminal);
    close(other);
}

Test(progress, not_on_a_dumb_terminal) {
    int other;
    nn_progress progress;
    FILE *terminal = terminal_open(&other);
    setenv("TERM", "dumb", 1);
    nn_progress_start(&progress, terminal, 1000, 100);
    nn_progress_show(&progress, 250, 102);
    cr_assert_str_eq(terminal_text(other), "");
    fclose(terminal);
    close(other);
}

Test(progress, a_clock_that_goes_on) {
    double first = nn_clock();
    usleep(2000);
    cr_assert_gt(nn_clock(), first);
}
