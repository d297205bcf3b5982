/* Training that is stopped: by signals at every step, by output that fails, by a loss that is not
   finite; and how it goes on. */

#include "host.h"

#include "child.h"
#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"
#include "tensor_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

/* The disk is spared: unit/faults and cli/faults are about it. */
int fsync(int file) {
    (void)file;
    return 0;
}

TestSuite(driver_stop, .init = driver_open, .fini = scratch_close);

enum {
    EPOCHS = 3,
    STEPS_OF_EPOCH = 8,
    STEPS = EPOCHS * STEPS_OF_EPOCH
}; /* 30 examples, 4 a step */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
static const char *const names[] = {"SIGINT", "SIGTERM", "SIGHUP"};

/* A net that sends its own process a signal in the middle of a step, so many times. */
static struct {
    uint64_t step; /* from 1 */
    int number, times;
} sent;

static void sending_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    classes->train_step(net, work, n, in, out);
    for (int i = 0; i < sent.times && ((hand_classes *)net)->counters[1] == sent.step; i++)
        raise(sent.number);
}

static nn_network sending(uint64_t step, int number, int times) {
    nn_network network = *classes;
    network.train_step = sending_step;
    sent.step = step;
    sent.number = number;
    sent.times = times;
    return network;
}

static void expect_same_file(const char *first, const char *second, const char *when) {
    size_t first_size, second_size;
    char *a = scratch_read(first, &first_size), *b = scratch_read(second, &second_size);
    cr_assert(a && b, "%s: no %s", when, a ? second : first);
    cr_assert(first_size == second_size && memcmp(a, b, first_size) == 0, "%s: %s is not %s", when,
              first, second);
    free(a);
    free(b);
}

static void expect_absent(const char *path) {
    cr_assert_not(scratch_exists(path), "%s is there", path);
}

/* The run without a stop: its weights, its log. */
static void whole_run(void) {
    free(run_fine(classes, "train --data data.csv --epochs 3 --seed 3 --save whole --log wlog"));
}

static void expect_whole(const char *when) {
    expect_same_file("part", "whole", when);
    expect_same_file("log", "wlog", when);
}

/* Where a run stands after a step, as it is said. */
static void place_text(uint64_t step, char *text, size_t size) {
    unsigned long long epoch = (step - 1) / STEPS_OF_EPOCH + 1, inside = step % STEPS_OF_EPOCH;
    if (inside == 0)
        snprintf(text, size, "after 30 of 30 examples of epoch %llu", epoch);
    else
        snprintf(text, size, "after %llu of 30 examples of epoch %llu", inside * 4, epoch);
}

/* At every step, by each signal: the exit code, one line that says where the weights went, and what
   comes out in the end is what comes out without a stop. */
Test(driver_stop, a_signal_at_every_step) {
    size_t count = 0;
    whole_run();
    for (uint64_t step = 1; step <= STEPS; step++, count++) {
        char when[64], place[64], expected[200];
        int which = (int)step % 3;
        nn_network network = sending(step, signals[which], 1);
        snprintf(when, sizeof when, "%s at step %llu", names[which], (unsigned long long)step);
        Run result =
            run(&network, "train --data data.csv --epochs 3 --seed 3 --save part --log log");
        cr_assert_eq(result.code, 128 + signals[which], "%s: %d", when, result.code);
        place_text(step, place, sizeof place);
        snprintf(
            expected, sizeof expected,
            "note: stopped by %s %s; the weights are in 'part', and --load goes on from there\n",
            names[which], place);
        cr_assert_str_eq(result.err, expected);
        cr_assert_eq(lines_of(result.out), (step - 1) / STEPS_OF_EPOCH, "%s: %s", when, result.out);
        run_free(result);
        free(run_fine(classes, "predict --weights part --data data.csv --out p"));
        free(run_fine(classes, "train --data data.csv --load part --save part --log log"));
        expect_whole(when);
    }
    fprintf(stderr, "%zu stops by signals\n", count);
}

/* Measuring is given up as well, at the first batch. */
static void sending_evaluate(void *net, void *work, size_t n, const void *const *in, void *out) {
    classes->evaluate(net, work, n, in, out);
    if (nn_stop_signal())
        scratch_text("late", "");
    raise(sent.number);
}

Test(driver_stop, a_signal_while_measuring) {
    nn_network network = *classes;
    whole_run();
    sending(0, SIGTERM, 1);
    network.evaluate = sending_evaluate;
    Run result = run(&network, "train --data data.csv --epochs 3 --seed 3 --save part --log log");
    cr_assert_eq(result.code, 128 + SIGTERM);
    cr_assert_str_eq(result.err, "note: stopped by SIGTERM after 30 of 30 examples of epoch 1; the "
                                 "weights are in 'part', and --load goes on from there\n");
    run_free(result);
    expect_absent("late");
    free(run_fine(classes, "train --data data.csv --load part --save part --log log"));
    expect_whole("while measuring");
}

/* In pieces, each of which was stopped somewhere: at the last step of an epoch, too, after which it
   is measured when training goes on. */
Test(driver_stop, many_stops) {
    static const uint64_t at[][4] = {{1, 2, 3, 0}, {7, 8, 9, 0}, {5, 16, 23, 24}, {8, 16, 24, 0}};
    whole_run();
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        for (size_t piece = 0; piece < 4 && at[i][piece]; piece++) {
            nn_network network = sending(at[i][piece], SIGTERM, 1);
            Run result = run(&network, piece == 0 ? "train --data data.csv --epochs 3 --seed 3 "
                                                    "--save part --log log"
                                                  : "train --data data.csv --load part --save part "
                                                    "--log log");
            cr_assert_eq(result.code, 128 + SIGTERM, "%s", result.err);
            run_free(result);
        }
        free(run_fine(classes, "train --data data.csv --load part --save part --log log"));
        expect_whole("in pieces");
    }
}

/* A stopped epoch is ended first: --epochs counts from there, --of in all. */
Test(driver_stop, epochs_after_a_stop) {
    static const struct {
        const char *options;
        unsigned last;
    } rows[] = {{"", 3}, {"--epochs 1", 3}, {"--epochs 2 --of 4", 4}, {"--of 2", 2}, {"--of 5", 5}};
    nn_network network = sending(10, SIGINT, 1);
    run_free(run(&network, "train --data data.csv --epochs 3 --save w"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[200], expected[64];
        snprintf(words, sizeof words, "train --data data.csv --load w --save v %s",
                 rows[i].options);
        char *out = run_fine(classes, words);
        snprintf(expected, sizeof expected, "epoch 2/%u  ", rows[i].last);
        cr_assert(strncmp(out, expected, strlen(expected)) == 0, "%s: %s", words, out);
        cr_assert_eq(lines_of(out), rows[i].last, "%s: %s", words, out);
        free(out);
    }
    expect_failure(classes, "train --data data.csv --load w --of 1", 2,
                   "error: --of 1: the weights have 1 epochs behind them\n");
    expect_failure(classes, "train --data data.csv --load w --epochs 2 --of 3", 2,
                   "error: --of 3: training now ends with epoch 4\n");
}

/* Another order: the epoch begins anew, and that is said. */
Test(driver_stop, an_epoch_of_another_order) {
    nn_network network = sending(10, SIGINT, 1);
    run_free(run(&network, "train --data data.csv --epochs 3 --save w"));
    Run result = run(classes, "train --data data.csv --load w --seed 9 --quiet");
    cr_assert_str_eq(result.err, "w: note: training was stopped inside epoch 2, which begins anew: "
                                 "the seed is another\n");
    cr_assert_eq(result.code, 0);
    run_free(result);
    scratch_text("more.csv", "x.0,x.1,kind\n1,2,0\n3,4,1\n5,6,2\n");
    result = run(classes, "train --data more.csv --load w --of 2 --save v");
    cr_assert_str_eq(result.err, "w: note: training was stopped inside epoch 2, which begins anew: "
                                 "the number of examples is another\n");
    cr_assert(strncmp(result.out, "epoch 2/2  ", 11) == 0, "%s", result.out);
    run_free(result);
    hand_classes net;
    nn_error error;
    cr_assert(nn_weights_load(classes, &net, NULL, "v", &error));
    cr_assert_eq(net.counters[1], 11); /* 10 steps and one more */
    free(run_fine(classes, "train --data data.csv --load w --seed 1 --quiet")); /* as it was */
    char *text = scratch_read("data.csv", &(size_t){0}), *first = strchr(text, '\n') + 1;
    first[0] = first[0] == '5' ? '6' : '5'; /* another number in the first row */
    scratch_text("other.csv", text);
    free(text);
    result = run(classes, "train --data other.csv --load w --quiet");
    cr_assert_str_eq(result.err, "w: note: training was stopped inside epoch 2, which begins anew: "
                                 "the examples are others, or in another order\n");
    cr_assert_eq(result.code, 0);
    run_free(result);
}

static void line_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    line->train_step(net, work, n, in, out);
    if (((hand_line *)net)->counters[1] == sent.step)
        raise(sent.number);
}

/* Norms are means over steps: of an epoch that was stopped after its last step there are none. */
Test(driver_stop, norms_of_no_step) {
    nn_network network = *line;
    sending(4, SIGTERM, 1); /* the last step of the second epoch */
    network.train_step = line_step;
    run_free(run(&network, "train --data line.csv --epochs 3 --save w"));
    char *out = run_fine(line, "train --data line.csv --load w --watch");
    cr_assert_null(strstr(out, "nan"), "%s", out);
    cr_assert_eq(lines_of(out), 2 + 3 + 1, "%s", out); /* two epochs, one table, the result */
    free(out);
}

/* A place that cannot be, and one that was changed. */
Test(driver_stop, places_that_are_damaged) {
    static const char *const texts[] = {"5",
                                        "",
                                        "done=5 examples=4",
                                        "done=0 examples=4",
                                        "done=1.5 examples=4",
                                        "done=1",
                                        "examples=4",
                                        "done=18446744073709551616 examples=4",
                                        "done=1 examples=4 data=",
                                        "done=1 examples=4 data=-5",
                                        "undone=1 examples=4"};
    static const TensorRow rows[] = {
        {"weight", "F32", "[3, 2]", 6, {0}},          {"bias", "F32", "[3]", 3, {0}},
        {"weight.velocity", "F32", "[3, 2]", 6, {0}}, {"x.low", "F32", "[2]", 2, {0}},
        {"x.scale", "F32", "[2]", 2, {1, 1}},         {NULL, NULL, NULL, 0, {0}}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char metadata[300];
        snprintf(metadata, sizeof metadata,
                 "\"format\":\"nngen\",\"network\":\"hand\",\"model_hash\":\"00c0ffee\","
                 "\"seed\":\"1\",\"step\":\"1\",\"epoch\":\"0\",\"epochs\":\"3\","
                 "\"training\":\"%s\"",
                 texts[i]);
        tensor_file("w", metadata, rows);
        expect_failure(classes, "train --data data.csv --load w", 1,
                       "w: error: the header is damaged: 'training' is no place in an epoch\n");
    }
    size_t size;
    nn_network network = sending(10, SIGINT, 1);
    run_free(run(&network, "train --data data.csv --epochs 3 --save w"));
    char *bytes = scratch_read("w", &size), *at = memmem(bytes, size, "done=8", 6);
    cr_assert(at);
    at[5] = '4';
    scratch_write("w", bytes, size);
    free(bytes);
    Run result = run(classes, "train --data data.csv --load w");
    cr_assert(result.code == 1 && strstr(result.err, "'__metadata__' has checksum "), "%s",
              result.err);
    run_free(result);
}

Test(driver_stop, info_says_where) {
    nn_network network = sending(10, SIGINT, 1);
    run_free(run(&network, "train --data data.csv --epochs 3 --seed 4 --save w"));
    char *out = run_fine(classes, "info --weights w");
    cr_assert(strstr(out, "\nweights after step 10, epoch 2 of 3, which has seen 8 of 30 examples, "
                          "seed 4\n"),
              "%s", out);
    free(out);
}

Test(driver_stop, a_second_signal_ends_at_once) {
    nn_network network = sending(10, SIGINT, 2);
    int null = open("/dev/null", O_WRONLY);
    cr_assert_eq(wait_for(start(&network, "train --data data.csv --epochs 3 --save w --log log",
                                null, null)),
                 128 + SIGINT);
    expect_absent("w");
}

Test(driver_stop, what_was_ignored_stays_so) {
    nn_network network = sending(10, SIGHUP, 3);
    signal(SIGHUP, SIG_IGN); /* as nohup does */
    free(run_fine(&network, "train --data data.csv --epochs 3 --save w"));
}

Test(driver_stop, without_save) {
    nn_network network = sending(16, SIGTERM, 1);
    Run result = run(&network, "train --data data.csv --epochs 3 --log log");
    cr_assert_eq(result.code, 128 + SIGTERM);
    cr_assert_str_eq(result.err, "note: stopped by SIGTERM after 30 of 30 examples of epoch 2; "
                                 "without --save nothing is kept\n");
    run_free(result);
}

Test(driver_stop, a_sweep) {
    size_t size;
    nn_network network = *line;
    sending(3, SIGTERM, 1); /* the first step of the second epoch */
    network.train_step = line_step;
    Run result = run(&network, "sweep rate 0.1,0.2 --data line.csv --epochs 2 --log log");
    cr_assert_eq(result.code, 128 + SIGTERM);
    cr_assert_str_eq(result.out, "");
    cr_assert_str_eq(result.err, "note: stopped by SIGTERM while training with rate 0.1\n");
    run_free(result);
    char *log = scratch_read("log", &size);
    cr_assert_eq(lines_of(log), 2, "%s", log);
    free(log);
}

/* Standard output that fails: whose reader has gone, which is full. */
Test(driver_stop, output_that_fails) {
    static const struct {
        const char *path, *reason;
    } rows[] = {{NULL, "Broken pipe"}, {"/dev/full", "No space left on device"}};
    signal(SIGPIPE, SIG_DFL);
    for (size_t i = 0; i < 2; i++) {
        int ends[2], err = open("err", O_CREAT | O_TRUNC | O_WRONLY, 0600);
        char expected[200];
        size_t size;
        cr_assert_eq(pipe(ends), 0);
        close(ends[0]);
        int out = rows[i].path ? open(rows[i].path, O_WRONLY) : ends[1];
        cr_assert_eq(
            wait_for(
                start(classes, "train --data data.csv --epochs 3 --save part --log log", out, err)),
            3);
        close(out);
        char *text = scratch_read("err", &size), *last = strstr(text, "<stdout>");
        snprintf(expected, sizeof expected,
                 "<stdout>: error: cannot write: %s\nhint: the weights after epoch 1 are in "
                 "'part'\n",
                 rows[i].reason);
        cr_assert_str_eq(last ? last : text, expected);
        free(text);
        free(run_fine(classes, "train --data data.csv --epochs 3 --save whole --log wlog"));
        free(run_fine(classes, "train --data data.csv --load part --save part --log log"));
        expect_whole(rows[i].reason);
    }
}

/* In this step of all the net waits for a file `go`. */
static void waiting_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    classes->train_step(net, work, n, in, out);
    while (((hand_classes *)net)->counters[1] == sent.step && !scratch_exists("go"))
        usleep(1000);
}

static nn_network waiting(uint64_t step) {
    nn_network network = sending(step, 0, 0);
    network.train_step = waiting_step;
    return network;
}

/* Trains on a terminal, for one of the streams, that goes away after the first line or bar; the
   exit code. */
static int train_as_terminal_goes(bool is_stdout) {
    nn_network network = waiting(9);
    char byte;
    int other = posix_openpt(O_RDWR | O_NOCTTY);
    int file = open("stream", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    cr_assert(other >= 0 && grantpt(other) == 0 && unlockpt(other) == 0);
    int terminal = open(ptsname(other), O_RDWR | O_NOCTTY);
    unlink("go");
    pid_t child = fork();
    if (child == 0) {
        char *argv[WORDS],
            words[] = "train --data data.csv --epochs 6 --seed 3 --save part --log log";
        int count = words_cut(words, argv);
        close(other); /* else it would stay open */
        dup2(is_stdout ? terminal : file, STDOUT_FILENO);
        dup2(is_stdout ? file : terminal, STDERR_FILENO);
        child_exit(nn_main(&network, count, argv));
    }
    close(terminal);
    while (read(other, &byte, 1) == 1 && byte != (is_stdout ? '\n' : '['))
        continue;
    close(other);
    close(file);
    scratch_text("go", "");
    return wait_for(child);
}

/* What is lost with a terminal is the lines, which end training, or only the bar. */
Test(driver_stop, a_terminal_that_goes_away) {
    size_t size;
    setenv("TERM", "xterm", 1);
    free(run_fine(classes, "train --data data.csv --epochs 6 --seed 3 --save whole --log wlog"));
    cr_assert_eq(train_as_terminal_goes(true), 3);
    char *text = scratch_read("stream", &size), *last = strstr(text, "<stdout>");
    cr_assert(last && strstr(last, "error: cannot write: Input/output error\nhint: the weights "
                                   "after epoch "),
              "%s", text);
    free(text);
    free(run_fine(classes, "train --data data.csv --load part --save part --log log"));
    expect_whole("without a terminal");
    unlink("part");
    unlink("log");
    cr_assert_eq(train_as_terminal_goes(false), 0);
    expect_whole("without a bar");
}

/* The weights of the last good epoch, at which the log ends, too. */
Test(driver_stop, a_loss_that_becomes_infinite) {
    size_t size;
    unsigned epoch = 0, good = 0;
    scratch_text("grow.csv", "9,9,9,1\n8,9,7,2\n9,8,9,3\n7,7,9,4\n"); /* a rate too high */
    Run result = run(line, "train --data grow.csv --epochs 1000 --save w --log log");
    cr_assert_eq(result.code, 1);
    const char *at = strstr(result.err, "epoch "), *hint = strstr(result.err, "\nhint: the weights "
                                                                              "after epoch ");
    cr_assert(at && sscanf(at, "epoch %u,", &epoch) == 1, "%s", result.err);
    cr_assert(hint && sscanf(hint, "\nhint: the weights after epoch %u are in 'w'\n", &good) == 1,
              "%s", result.err);
    cr_assert(epoch > 3 && good == epoch - 1, "%s", result.err);
    cr_assert_eq(lines_of(result.out), good);
    char *log = scratch_read("log", &size);
    cr_assert_eq(lines_of(log), good + 1);
    free(log);
    run_free(result);
    char words[100];
    snprintf(words, sizeof words, "train --data grow.csv --epochs %u --of 1000 --save v", good);
    free(run_fine(line, words));
    expect_same_file("w", "v", "the last good epoch");
}

/* A step that leaves a NaN which no loss has seen when the signal comes. */
static void nan_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    sending_step(net, work, n, in, out);
    if (((hand_classes *)net)->counters[1] == sent.step)
        ((hand_classes *)net)->bias[0] = NAN;
}

Test(driver_stop, a_stop_with_a_nan) {
    nn_network network = sending(10, SIGINT, 1);
    network.train_step = nan_step;
    Run result = run(&network, "train --data data.csv --epochs 3 --save w");
    cr_assert_eq(result.code, 128 + SIGINT);
    cr_assert_str_eq(result.err, "note: stopped by SIGINT after epoch 1; the weights are in 'w', "
                                 "and --load goes on from there\n");
    run_free(result);
    free(run_fine(classes, "train --data data.csv --epochs 1 --of 3 --save v"));
    expect_same_file("w", "v", "the last good epoch");
}

/* Killed at every step: what is there loads, and from there on all is as without the kill. */
Test(driver_stop, killed_between_saves) {
    size_t count = 0;
    whole_run();
    for (uint64_t step = 1; step <= STEPS; step += step < 8 ? 7 : 1, count++) {
        char when[64];
        nn_network network = sending(step, SIGKILL, 1);
        unlink("part");
        unlink("log");
        snprintf(when, sizeof when, "killed at step %llu", (unsigned long long)step);
        Run result = run(&network, "train --data data.csv --epochs 3 --seed 3 --save part --log "
                                   "log --save-every 1 --quiet");
        cr_assert_eq(result.code, 128 + SIGKILL, "%s: %d", when, result.code);
        run_free(result);
        cr_assert_eq(scratch_exists("part"), step > STEPS_OF_EPOCH, "%s", when);
        free(run_fine(classes, step > STEPS_OF_EPOCH
                                   ? "train --data data.csv --load part --save part --log log"
                                   : "train --data data.csv --epochs 3 --seed 3 --save part --log "
                                     "log"));
        expect_whole(when);
    }
    fprintf(stderr, "%zu kills\n", count);
}

/* A log that had come further than the weights: its rows are made again. */
Test(driver_stop, a_log_ahead_of_the_weights) {
    whole_run();
    free(run_fine(classes, "train --data data.csv --epochs 1 --of 3 --seed 3 --save part"));
    free(run_fine(classes, "train --data data.csv --epochs 3 --seed 3 --log log"));
    Run result = run(classes, "train --data data.csv --load part --save part --log log");
    cr_assert_eq(result.code, 0, "%s", result.err);
    cr_assert_str_eq(result.err, "log: note: rows from epoch 2 on are taken away: the weights were "
                                 "saved before them, and they are trained again\n");
    run_free(result);
    expect_whole("with a log ahead");
    free(run_fine(classes, "train --data data.csv --epochs 1 --of 3 --seed 3 --save part"));
    expect_failure(classes, "train --data data.csv --load part --save other --log log", 1,
                   "log: error: the log ends with epoch 3, training goes on with epoch 2\n"
                   "hint: --log with another file begins a new log\n");
    hand_classes net = {.scale = {1, 1}}; /* which has learned nothing: the log is of others */
    nn_error error;
    cr_assert(nn_weights_save(classes, &net, NULL, "part", &error), "%s", error.text);
    expect_failure(classes, "train --data data.csv --load part --save part --log log", 1,
                   "log: error: the log ends with epoch 3, training goes on with epoch 1\n"
                   "hint: --log with another file begins a new log\n");
}

/* 20 steps of 60 ms: a save after one second, and a kill. */
static void slow_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    usleep(60000);
    sending_step(net, work, n, in, out);
}

Test(driver_stop, saves_by_the_clock) {
    nn_network network = sending(21, SIGKILL, 1);
    network.train_step = slow_step;
    Run result = run(&network, "train --data data.csv --epochs 3 --seed 3 --save part --log log "
                               "--save-every 1s");
    cr_assert_eq(result.code, 128 + SIGKILL);
    run_free(result);
    hand_classes net;
    nn_error error;
    nn_bookmark place;
    cr_assert(nn_weights_load(classes, &net, &(nn_kept){.bookmark = &place}, "part", &error), "%s",
              error.text);
    cr_assert(net.counters[1] >= 1 && net.counters[1] <= 20, "%d", (int)net.counters[1]);
    cr_assert(place.done == net.counters[1] % STEPS_OF_EPOCH * 4 || place.done == 30, "%d",
              (int)place.done);
    whole_run();
    result = run(classes, "train --data data.csv --load part --save part --log log");
    cr_assert_eq(result.code, 0, "%s", result.err);
    run_free(result);
    expect_whole("by the clock");
}

static uint64_t step_of(const char *path) {
    hand_classes net;
    nn_error error;
    cr_assert(nn_weights_load(classes, &net, NULL, path, &error), "%s", error.text);
    return net.counters[1];
}

/* w.1 is the one before w; what is replaced by the last is gone. */
Test(driver_stop, older_weights_are_kept) {
    whole_run();
    free(run_fine(classes, "train --data data.csv --epochs 1 --of 6 --seed 3 --save w"));
    free(run_fine(classes, "train --data data.csv --epochs 1 --load w --save w --keep 2"));
    cr_assert(step_of("w") == 16 && step_of("w.1") == 8);
    expect_absent("w.2");
    free(run_fine(classes, "train --data data.csv --load w --save w --keep 2 --save-every 1"));
    cr_assert(step_of("w") == 48 && step_of("w.1") == 40 && step_of("w.2") == 32);
    expect_absent("w.3");
    free(run_fine(classes, "train --data data.csv --epochs 1 --load w.2 --save w"));
    cr_assert(step_of("w") == 40 && step_of("w.1") == 40 && step_of("w.2") == 32);
    scratch_text("w.2", "a file of another kind");
    expect_failure(classes, "train --data data.csv --load w --save w --keep 2", 2,
                   "w.2: error: --keep would replace this file, which is no weights file\n"
                   "hint: move it away, or give another name\n");
    free(run_fine(classes, "train --data data.csv --load w --save w --keep 1 --epochs 1"));
}

Test(driver_stop, a_device_is_written_once) {
    expect_failure(classes, "train --data data.csv --save /dev/null --save-every 5", 2,
                   "/dev/null: error: a device or a pipe is written once, at the end: --save-every "
                   "is for files\n");
    expect_failure(
        classes, "train --data data.csv --save /dev/null --keep 5", 2,
        "/dev/null: error: a device or a pipe is written once, at the end: --keep is for "
        "files\n");
}

/* Where there is no room, or a folder is read-only, it is said before any data are read. */
Test(driver_stop, no_room) {
    struct rlimit limit = {4000, 4000};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_failure(classes, "train --data none.csv --save w", 3,
                   "w: error: cannot write: File too large\n");
    expect_failure(classes, "train --data none.csv --log log", 3,
                   "log: error: cannot write: File too large\n");
    expect_absent("w.nngen-new");
    expect_absent("log.nngen-new");
}

/* Two runs on one file: the second is refused, and the first does not notice. */
Test(driver_stop, two_runs_on_one_file) {
    nn_network network = waiting(4);
    int null = open("/dev/null", O_WRONLY);
    pid_t child = start(&network, "train --data data.csv --save w --log log", null, null);
    while (!scratch_exists("log.nngen-new"))
        usleep(1000);
    expect_failure(classes, "train --data data.csv --save w", 3,
                   "w: error: cannot write: another process is writing it\n");
    expect_failure(classes, "train --data data.csv --log log", 3,
                   "log: error: cannot write: another process is writing it\n");
    scratch_text("go", "");
    cr_assert_eq(wait_for(child), 0);
    cr_assert_eq(step_of("w"), 80);
    free(run_fine(classes, "train --data data.csv --load w --save w --log log"));
}

/* Replacing gives a new file to one name alone, so that two runs on two names of one file do not meet:
   each has its own in the end, and a third name keeps the old file. */
Test(driver_stop, hard_links) {
    nn_network network = waiting(4);
    int null = open("/dev/null", O_WRONLY);
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    cr_assert(link("w", "v") == 0 && link("w", "kept") == 0);
    pid_t child = start(&network, "train --data data.csv --save w --log log", null, null);
    while (!scratch_exists("log.nngen-new"))
        usleep(1000);
    free(run_fine(classes, "train --data data.csv --epochs 2 --save v"));
    scratch_text("go", "");
    cr_assert_eq(wait_for(child), 0);
    cr_assert(step_of("w") == 80 && step_of("v") == 16 && step_of("kept") == 8);
}

/* A signal while data are read, or predictions written, ends at once and leaves nothing. */
static void sending_predict(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net, (void)work, (void)n, (void)in, (void)out;
    cr_assert(scratch_exists("p.nngen-new"));
    raise(SIGTERM);
}

Test(driver_stop, nothing_is_left_beside) {
    int null = open("/dev/null", O_WRONLY);
    nn_network network = *classes;
    network.predict = sending_predict;
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    size_t count = scratch_count();
    cr_assert_eq(
        wait_for(start(&network, "predict --weights w --data data.csv --out p", null, null)),
        128 + SIGTERM);
    cr_assert_eq(scratch_count(), count);
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    pid_t child = start(classes, "train --data fifo --save w --log log", null, null);
    while (!scratch_exists("log.nngen-new"))
        usleep(1000);
    kill(child, SIGINT);
    cr_assert_eq(wait_for(child), 128 + SIGINT);
    cr_assert_eq(scratch_count(), count + 1);
}

Test(driver_stop, how_often) {
    static const struct {
        const char *text;
        nn_interval every;
    } rows[] = {{"5", {5, 0}}, {"30s", {0, 30}}, {"10m", {0, 600}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        nn_options options;
        nn_error error;
        char *words[] = {
            (char *)"hand",   (char *)"train", (char *)"--data",       (char *)"d",
            (char *)"--save", (char *)"w",     (char *)"--save-every", (char *)rows[i].text};
        cr_assert(nn_options_parse(&options, 8, words, &error), "%s", error.text);
        cr_assert_eq(options.save_every.epochs, rows[i].every.epochs);
        cr_assert_eq(options.save_every.seconds, rows[i].every.seconds);
        nn_options_free(&options);
    }
}

Test(driver_stop, options_that_are_refused) {
    static const char *const wrong[] = {"0", "s", "5h", "30ss", "-1", "1.5", "5 ", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        nn_options options;
        nn_error error;
        char *words[] = {
            (char *)"hand",   (char *)"train", (char *)"--data",       (char *)"d",
            (char *)"--save", (char *)"w",     (char *)"--save-every", (char *)wrong[i]};
        char expected[200];
        cr_assert_not(nn_options_parse(&options, 8, words, &error), "%s", wrong[i]);
        snprintf(expected, sizeof expected,
                 "hand: error: --save-every: '%s' is no number of epochs, seconds or minutes, such "
                 "as 5, 30s or 10m",
                 wrong[i]);
        cr_assert_str_eq(error.text, expected);
        nn_options_free(&options);
    }
    expect_failure(classes, "train --data data.csv --save-every 5", 2,
                   "hand: error: --save-every is about saved weights, and --save names no file\n");
    expect_failure(classes, "train --data data.csv --keep 5", 2,
                   "hand: error: --keep is about saved weights, and --save names no file\n");
    expect_failure(classes, "train --data data.csv --save w --keep 0", 2,
                   "hand: error: --keep: '0' is not a number from 1 to 1000\n");
}
