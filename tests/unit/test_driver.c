/* The command line of a net, in a child process: what it prints, what it leaves, how it exits. */

#include "host.h"

#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

TestSuite(driver, .init = driver_open, .fini = scratch_close);

Test(driver, train_prints_a_line_per_epoch_and_the_result) {
    char *out = run_fine(classes, "train --data data.csv --test data.csv --epochs 12");
    cr_assert_eq(lines_of(out), 13, "%s", out);
    unsigned epoch, epochs;
    double loss, accuracy, test_loss, test_accuracy, first_loss = 0;
    char *at = out;
    for (unsigned i = 1; i <= 12; i++, at = strchr(at, '\n') + 1) {
        cr_assert_eq(
            sscanf(at, "epoch %u/%u  loss %lf  accuracy %lf  test loss %lf  test accuracy %lf\n",
                   &epoch, &epochs, &loss, &accuracy, &test_loss, &test_accuracy),
            6, "%s", at);
        cr_assert(epoch == i && epochs == 12);
        cr_assert(loss == test_loss && accuracy == test_accuracy);
        first_loss = i == 1 ? loss : first_loss;
    }
    cr_assert_lt(loss, first_loss);
    cr_assert_eq(accuracy, 1);
    cr_assert_eq(strncmp(out, "epoch  1/12  loss ", 18), 0, "%s", out);
    cr_assert_str_eq(at, "test accuracy 1.0000\n");
    free(out);
}

Test(driver, train_without_a_test_set) {
    char *out = run_fine(classes, "train --data data.csv --epochs 2");
    cr_assert_null(strstr(out, "test"));
    cr_assert(strstr(out, "\ntrain accuracy "), "%s", out);
    free(out);
}

Test(driver, train_a_net_without_metrics) {
    double loss;
    char *out = run_fine(line, "train --data line.csv --epochs 300 --quiet --save w");
    cr_assert_eq(sscanf(out, "train loss %lf\n", &loss), 1, "%s", out);
    cr_assert_lt(loss, 1e-3);
    cr_assert_eq(lines_of(out), 1);
    hand_line net;
    nn_error error;
    cr_assert(nn_weights_load(line, &net, NULL, "w", &error), "%s", error.text);
    cr_assert(fabs(net.weight[0] - 1) < 0.1 && fabs(net.weight[2] - 3) < 0.1 &&
              fabs(net.bias - 2) < 0.1);
    free(out);
}

static void expect_same_file(const char *first, const char *second, bool is_same) {
    size_t first_size, second_size;
    char *a = scratch_read(first, &first_size), *b = scratch_read(second, &second_size);
    cr_assert(a && b);
    cr_assert_eq(first_size == second_size && memcmp(a, b, first_size) == 0, is_same);
    free(a);
    free(b);
}

Test(driver, a_run_repeats_exactly) {
    char *first = run_fine(classes, "train --data data.csv --epochs 5 --seed 3 --save w1");
    char *second = run_fine(classes, "train --data data.csv --epochs 5 --seed 3 --save w2");
    cr_assert_str_eq(first, second);
    expect_same_file("w1", "w2", true);
    free(second);
    second = run_fine(classes, "train --data data.csv --epochs 5 --seed 4 --save w2");
    cr_assert_str_neq(first, second);
    free(first);
    free(second);
}

Test(driver, going_on_is_as_not_having_stopped) {
    free(run_fine(classes, "train --data data.csv --epochs 5 --seed 3 --save whole"));
    free(run_fine(classes, "train --data data.csv --epochs 3 --seed 3 --save part"));
    char *out = run_fine(classes, "train --data data.csv --epochs 2 --load part --save part");
    cr_assert_eq(strncmp(out, "epoch 4/5", 9), 0, "%s", out);
    expect_same_file("whole", "part", true);
    free(out);
}

Test(driver, a_seed_given_replaces_the_files) {
    hand_classes net;
    nn_error error;
    free(run_fine(classes, "train --data data.csv --epochs 1 --seed 3 --save w"));
    free(run_fine(classes, "train --data data.csv --epochs 1 --load w --seed 8 --save v"));
    cr_assert(nn_weights_load(classes, &net, NULL, "v", &error));
    cr_assert_eq(net.counters[0], 8);
}

Test(driver, scaling_is_fitted_once) {
    hand_classes net;
    nn_error error;
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    scratch_text("more.csv", "-20,-40,0\n140,90,1\n");
    free(run_fine(classes, "train --data more.csv --epochs 1 --load w --save w"));
    cr_assert(nn_weights_load(classes, &net, NULL, "w", &error), "%s", error.text);
    cr_assert_eq(net.low[0], 0);
    cr_assert_eq(net.low[1], -28.5f);
}

/* 30 examples in batches of 4 are 8 steps. */
Test(driver, the_incomplete_batch_is_used) {
    hand_classes net;
    nn_error error;
    free(run_fine(classes, "train --data data.csv --epochs 3 --save w"));
    cr_assert(nn_weights_load(classes, &net, NULL, "w", &error), "%s", error.text);
    cr_assert_eq(net.counters[1], 24);
    cr_assert_eq(net.counters[2], 2);
    cr_assert_eq(net.counters[3], 3);
}

Test(driver, quiet) {
    char *out = run_fine(classes, "train --data data.csv --epochs 12 --quiet");
    cr_assert_str_eq(out, "train accuracy 1.0000\n");
    free(out);
}

Test(driver, log_of_every_epoch) {
    size_t size;
    unsigned epoch;
    double loss[2], accuracy[2];
    free(run_fine(classes, "train --data data.csv --test data.csv --epochs 3 --log log.csv"));
    char *log = scratch_read("log.csv", &size);
    cr_assert_eq(lines_of(log), 4);
    cr_assert_eq(strncmp(log, "epoch,train_loss,train_accuracy,test_loss,test_accuracy\n1,", 58), 0,
                 "%s", log);
    cr_assert_eq(sscanf(strstr(log, "\n3,") + 1, "%u,%lf,%lf,%lf,%lf\n", &epoch, loss, accuracy,
                        loss + 1, accuracy + 1),
                 5, "%s", log);
    cr_assert(loss[0] == loss[1] && accuracy[0] == accuracy[1]);
    free(log);
    free(run_fine(line, "train --data line.csv --epochs 3 --log log.csv"));
    log = scratch_read("log.csv", &size);
    cr_assert_eq(strncmp(log, "epoch,train_loss\n1,", 19), 0, "%s", log);
    free(log);
    expect_failure(line, "train --data line.csv --log /dev/full", 3,
                   "/dev/full: error: cannot write: No space left on device\n");
    expect_failure(line, "train --data line.csv --log none/log", 3,
                   "none/log: error: cannot write: No such file or directory\n");
}

/* The outputs as the net itself gives them, read back from the CSV. */
static void expect_outputs(const char *csv) {
    hand_classes net;
    nn_error error;
    float p[30 * 3], *outputs[] = {p};
    nn_data *data = nn_data_load(classes, "data.csv", NULL, &error);
    cr_assert(data, "%s", error.text);
    cr_assert(nn_weights_load(classes, &net, NULL, "w", &error), "%s", error.text);
    classes->predict(&net, NULL, 30, (const void *const *)data->values, outputs);
    cr_assert_eq(strncmp(csv, "p.0,p.1,p.2\n", 12), 0, "%s", csv);
    csv += 12;
    for (int i = 0; i < 90; i++) {
        char *end;
        cr_assert_eq(strtof(csv, &end), p[i]);
        cr_assert_eq(*end, i % 3 == 2 ? '\n' : ',');
        csv = end + 1;
    }
    cr_assert_eq(*csv, '\0');
    nn_data_free(data);
}

Test(driver, predict) {
    size_t size;
    free(run_fine(classes, "train --data data.csv --epochs 12 --save w"));
    Run result = run(classes, "predict --weights w --data data.csv");
    cr_assert_eq(result.code, 0);
    expect_outputs(result.out);
    double loss;
    cr_assert_eq(sscanf(result.err, "loss %lf\n", &loss), 1, "%s", result.err);
    cr_assert(strstr(result.err, "\naccuracy 1.0000\n"), "%s", result.err);
    char *out = run_fine(classes, "predict --weights w --data data.csv --out p.csv");
    cr_assert_str_eq(out, result.err); /* they go where the outputs do not */
    char *file = scratch_read("p.csv", &size);
    cr_assert_str_eq(file, result.out);
    free(out);
    free(file);
    run_free(result);
}

Test(driver, predict_without_targets) {
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    scratch_text("x.csv", "x.1,x.0\n1,2\n3,4\n");
    char *out = run_fine(classes, "predict --weights w --data x.csv");
    cr_assert_eq(lines_of(out), 3);
    free(out);
}

/* More rows than are predicted at once, and the exact digits of a double. */
Test(driver, predict_many) {
    char *text = malloc(1000 * 32), *end = text;
    for (int i = 0; i < 1000; i++)
        end += sprintf(end, "%d,0,%d\n", i, -i);
    scratch_text("many.csv", text);
    hand_line net = {{1.0 / 3, 0, 1e-17}, 0, {0}, 0};
    nn_error error;
    cr_assert(nn_weights_save(line, &net, NULL, "w", &error));
    char *out = run_fine(line, "predict --weights w --data many.csv"), *at = out;
    cr_assert_eq(strncmp(at, "guess\n", 6), 0);
    at += 6;
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(strtod(at, &at), 1.0 / 3 * i + 0.0 * net.weight[1] + 1e-17 * -i + 0.0,
                     "row %d", i);
    free(out);
    free(text);
}

Test(driver, test) {
    free(run_fine(classes, "train --data data.csv --epochs 12 --save w"));
    char *out = run_fine(classes, "test --weights w --data data.csv");
    double loss, accuracy;
    cr_assert_eq(sscanf(out, "loss %lf\naccuracy %lf\n", &loss, &accuracy), 2, "%s", out);
    cr_assert_eq(accuracy, 1);
    free(out);
}

Test(driver, test_needs_targets) {
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    scratch_text("x.csv", "x.0,x.1\n1,2\n");
    expect_failure(classes, "test --weights w --data x.csv", 1,
                   "x.csv:1: error: no column 'kind'\n");
    expect_failure(classes, "train --data data.csv --test x.csv", 1,
                   "x.csv:1: error: no column 'kind'\n");
}

Test(driver, info) {
    char *out = run_fine(classes, "info");
    char expected[1024];
    snprintf(
        expected, sizeof expected,
        "network  hand (model 00c0ffee)\ninput    x[2] scaled\ntarget   kind[3] onehot\n"
        "output   p[3]\nmetric   accuracy\nmetric   confusion_matrix[3, 3]\nmetric   predicted[3]\n"
        "batch    4, float\nparam    weight[3, 2]\n"
        "param    bias[3]\nscaling  x.low[2]\nscaling  x.scale[2]\nupdate   weight.velocity[3, 2]\n"
        "9 parameters; net %zu bytes, work 0, prediction work 0\n",
        sizeof(hand_classes));
    cr_assert_str_eq(out, expected);
    free(out);
    free(run_fine(classes, "train --data data.csv --epochs 3 --seed 9 --save w"));
    out = run_fine(classes, "info --weights w");
    cr_assert(strstr(out, "\nweights after step 24, epoch 3 of 3, seed 9\n"), "%s", out);
    free(out);
    out = run_fine(line, "info");
    cr_assert(
        strstr(out, "input    a\ninput    b[2]\ntarget   y\noutput   guess\nbatch    3, double\n"),
        "%s", out);
    free(out);
}

Test(driver, help) {
    char *out = run_fine(classes, "--help");
    cr_assert_eq(strncmp(out, "usage: hand COMMAND [OPTIONS]\n", 30), 0);
    free(out);
    out = run_fine(classes, "train --help");
    cr_assert_eq(strncmp(out, "usage: hand ", 12), 0);
    free(out);
}

Test(driver, exit_codes) {
    scratch_text("bad.csv", "x.0,x.1,kind\n1,2,7\n");
    scratch_text("w", "nonsense");
    expect_failure(
        classes, "", 2,
        "hand: error: a command is needed: train, predict, test, check, sweep, split or info\n");
    expect_failure(classes, "train", 2, "hand: error: train needs --data FILE\n");
    expect_failure(
        classes, "train --data bad.csv", 1,
        "bad.csv:2: error: column 'kind': '7' is not a class of 'kind', which are 0 to 2\n");
    expect_failure(
        classes, "train --data data.csv --test bad.csv", 1,
        "bad.csv:2: error: column 'kind': '7' is not a class of 'kind', which are 0 to 2\n");
    expect_failure(classes, "test --data data.csv --weights w", 1,
                   "w: error: no weights file: a header of 7310308002159816558 bytes\n");
    expect_failure(classes, "train --data none.csv", 3,
                   "none.csv: error: cannot open: No such file or directory\n");
    expect_failure(classes, "predict --weights none --data data.csv", 3,
                   "none: error: cannot open: No such file or directory\n");
    expect_failure(classes, "train --data data.csv --load none", 3,
                   "none: error: cannot open: No such file or directory\n");
}

/* What cannot be saved is said before the training, not after. */
Test(driver, a_place_that_cannot_be_written) {
    Run result = run(classes, "train --data data.csv --save none/w");
    cr_assert_eq(result.code, 3);
    cr_assert_str_eq(result.out, "");
    cr_assert_str_eq(result.err, "none/w: error: cannot write: No such file or directory\n");
    run_free(result);
    expect_failure(classes, "train --data data.csv --save /dev/full", 3,
                   "/dev/full: error: cannot write: No space left on device\n");
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    expect_failure(classes, "predict --weights w --data data.csv --out none/p", 3,
                   "none/p: error: cannot write: No such file or directory\n");
    expect_failure(classes, "predict --weights w --data data.csv --out /dev/full", 3,
                   "/dev/full: error: cannot write: No space left on device\n");
}

Test(driver, a_full_stdout) {
    int full = open("/dev/full", O_WRONLY),
        err = open("stderr", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    static const char *const lines[] = {"info", "--help", "train --data data.csv --epochs 2",
                                        "predict --weights w --data x.csv",
                                        "test --weights w --data data.csv"};
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    scratch_text("x.csv", "1,2\n");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        size_t size;
        cr_assert_eq(ftruncate(err, 0), 0);
        cr_assert_eq(lseek(err, 0, SEEK_SET), 0);
        cr_assert_eq(wait_for(start(classes, lines[i], full, err)), 3, "%s", lines[i]);
        char *text = scratch_read("stderr", &size);
        const char *last = strstr(text, "<stdout>");
        cr_assert_str_eq(last ? last : text,
                         "<stdout>: error: cannot write: No space left on device\n", "%s",
                         lines[i]);
        free(text);
    }
}

/* Where the loss cannot be printed, there is no file either. */
Test(driver, predictions_are_there_when_all_went_well) {
    int full = open("/dev/full", O_WRONLY),
        err = open("stderr", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    cr_assert_eq(
        wait_for(start(classes, "predict --weights w --data data.csv --out p", full, err)), 3);
    cr_assert_not(scratch_exists("p"));
    cr_assert_not(scratch_exists("p.nngen-new"));
}

#define OLD_WEIGHTS "(8 byte){}" /* begins as a weights file does */

static void expect_old_weights(void) {
    size_t size;
    char *text = scratch_read("w", &size);
    cr_assert_str_eq(text, OLD_WEIGHTS);
    free(text);
}

Test(driver, a_loss_that_is_not_finite) {
    scratch_text("w", OLD_WEIGHTS);
    scratch_text("inf.csv", "1,0,0,1e200\n");
    expect_failure(line, "train --data inf.csv --save w", 1,
                   "error: loss is inf in epoch 1, batch 1\n");
    expect_old_weights();
    scratch_text("late.csv", "1e200,0,0,1e150\n"); /* the step itself leaves the numbers */
    expect_failure(line, "train --data late.csv --save w", 1,
                   "error: loss is inf after epoch 1, in batch 1\n");
    expect_old_weights();
    scratch_text("grow.csv",
                 "9,9,9,1\n8,9,7,2\n9,8,9,3\n7,7,9,4\n"); /* a rate too high: it grows by steps */
    Run result = run(line, "train --data grow.csv --epochs 1000 --save w");
    unsigned epoch = 0, batch;
    cr_assert_eq(result.code, 1);
    cr_assert(sscanf(result.err, "error: loss is inf in epoch %u, batch %u\n", &epoch, &batch) ==
                      2 ||
                  sscanf(result.err, "error: loss is inf after epoch %u, in batch %u\n", &epoch,
                         &batch) == 2,
              "%s", result.err);
    cr_assert_eq(lines_of(result.out), epoch - 1);
    run_free(result);
}

static uint64_t nan_at; /* the step that gives nan, from 1 */

static void nan_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)in;
    *(double *)out = ++((hand_line *)net)->counters[1] == nan_at ? NAN : 1;
}

/* Two batches an epoch: the sixth step is the second of the third. It is incomplete, and what fills
   it up makes nan of an infinite loss too. */
Test(driver, the_epoch_and_batch_of_a_nan) {
    nn_network broken = *line;
    broken.train_step = nan_step;
    nan_at = 5;
    expect_failure(&broken, "train --data line.csv --epochs 5", 1,
                   "error: loss is nan in epoch 3, batch 1\n");
    nan_at = 6;
    expect_failure(&broken, "train --data line.csv --epochs 5", 1,
                   "error: loss is inf or nan in epoch 3, batch 2\n");
}

Test(driver, a_net_that_only_predicts) {
    nn_network only = *line;
    only.train_step = NULL;
    only.evaluate = NULL;
    expect_failure(&only, "train --data line.csv", 2,
                   "error: network 'line' has no loss, so it only predicts\n");
    expect_failure(&only, "test --data line.csv --weights w", 2,
                   "error: network 'line' has no loss, so it only predicts\n");
    free(run_fine(line, "train --data line.csv --epochs 1 --save w"));
    free(run_fine(&only, "predict --data line.csv --weights w"));
    free(run_fine(&only, "info"));
}

Test(driver, notes_go_to_stderr) {
    nn_network other = *classes;
    other.model_hash = "77";
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    scratch_text("named.csv", "x.0,x.1,kind,more\n1,2,0,7\n");
    Run result = run(&other, "test --weights w --data named.csv");
    cr_assert_eq(result.code, 0);
    cr_assert_str_eq(
        result.err, "w: note: the model was changed since: the weights come from 00c0ffee, this is "
                    "77\n");
    cr_assert_str_eq(result.said,
                     "named.csv: note: read as comma-separated, header in line 1; x from 'x.0' to "
                     "'x.1', kind from 'kind'; 'more' feeds nothing\n");
    run_free(result);
}

/* A run killed in its middle leaves the old weights, and beside them what the next run takes away. */
Test(driver, killed) {
    scratch_text("w", OLD_WEIGHTS);
    int null = open("/dev/null", O_WRONLY);
    size_t count = scratch_count();
    pid_t child = start(classes, "train --data data.csv --epochs 4000000000 --save w", null, null);
    usleep(200000);
    kill(child, SIGKILL);
    cr_assert_eq(wait_for(child), 128 + SIGKILL);
    expect_old_weights();
    cr_assert_eq(scratch_count(), count + 1);
    cr_assert(scratch_exists("w.nngen-new"));
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    cr_assert_not(scratch_exists("w.nngen-new"));
}

/* Everything that comes out of a pseudo terminal until the child ends. */
static char *terminal_run(const nn_network *network, const char *words) {
    static char text[1 << 16];
    size_t size = 0;
    ssize_t part;
    int other = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert_geq(other, 0);
    cr_assert(grantpt(other) == 0 && unlockpt(other) == 0);
    int terminal = open(ptsname(other), O_RDWR | O_NOCTTY);
    cr_assert_geq(terminal, 0);
    pid_t child = start(network, words, terminal, terminal);
    close(terminal);
    while (size < sizeof text - 1 && (part = read(other, text + size, sizeof text - 1 - size)) > 0)
        size += (size_t)part;
    text[size] = '\0';
    cr_assert_eq(wait_for(child), 0, "%s", text);
    close(other);
    return text;
}

/* What a terminal shows: CR goes back, ESC [ K clears to the right. */
static void screen_draw(const char *bytes, char *screen) {
    size_t start_of_line = 0, at = 0, end = 0;
    for (; *bytes; bytes++) {
        if (*bytes == '\r') {
            at = start_of_line;
        } else if (*bytes == '\n') {
            screen[end++] = '\n';
            start_of_line = at = end;
        } else if (strncmp(bytes, "\033[K", 3) == 0) {
            end = at;
            bytes += 2;
        } else {
            screen[at++] = *bytes;
            end = at > end ? at : end;
        }
    }
    screen[end] = '\0';
}

Test(driver, on_a_terminal) {
    static char screen[1 << 16];
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    char *plain = run_fine(classes, "train --data data.csv --epochs 4");
    char *bytes = terminal_run(classes, "train --data data.csv --epochs 4");
    cr_assert(strstr(bytes, "\repoch 1/4 ["), "%s", bytes);
    cr_assert(strstr(bytes, " left  loss "), "%s", bytes);
    cr_assert(strstr(bytes, " examples/s\033[K"), "%s", bytes);
    screen_draw(bytes, screen);
    cr_assert_str_eq(strchr(screen, '\n') + 1, plain);
    bytes = terminal_run(classes, "train --data data.csv --epochs 12 --quiet");
    cr_assert_str_eq(strchr(bytes, '\n') + 1, "train accuracy 1.0000\r\n");
    free(plain);
}

static void slow_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    usleep(60000);
    classes->train_step(net, work, n, in, out);
}

/* 16 steps of 60 ms: the bar moves forward, and never more than ten times a second. */
Test(driver, the_bar_moves) {
    nn_network slow = *classes;
    unsigned shares = 0, share = 0, last = 0;
    slow.train_step = slow_step;
    setenv("TERM", "xterm", 1);
    const char *at = terminal_run(&slow, "train --data data.csv --epochs 2");
    for (; (at = strstr(at, "] ")); at++, shares++, last = share) {
        cr_assert_eq(sscanf(at, "] %u %%", &share), 1, "%s", at);
        cr_assert(share > last || shares == 0, "%u after %u", share, last);
    }
    cr_assert(shares >= 4 && shares <= 9 + 2, "%u times", shares);
    cr_assert_geq(last, 80);
}

/* In this process, where a sanitizer sees what is not given back. */
Test(driver, gives_back_all_memory) {
    static const char *const lines[] = {
        "train --data data.csv --test data.csv --epochs 2 --save w --log log --load w",
        "predict --weights w --data data.csv --out p", "test --weights w --data data.csv",
        "info --weights w", "split --data data.csv --parts 0.5,0.5 --into a,b",
        "train --data none"};
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    cr_assert(freopen("/dev/null", "w", stdout));
    cr_assert(freopen("/dev/null", "w", stderr));
    for (int i = 0; i < 6; i++) {
        char *argv[WORDS], copy[1024];
        snprintf(copy, sizeof copy, "%s", lines[i]);
        int argc = words_cut(copy, argv);
        cr_assert_eq(nn_main(classes, argc, argv), i < 5 ? 0 : 3);
    }
    cr_assert(scratch_memory_is_back());
}

Test(driver, shown_numbers) {
    nn_shown shown;
    cr_assert_str_eq(nn_show(&shown, 0.975), "0.9750");
    cr_assert_str_eq(nn_show(&shown, 0), "0.0000");
    cr_assert_str_eq(nn_show(&shown, 1.25e-5), "1.2500e-05");
    cr_assert_str_eq(nn_show(&shown, 123456.5), "123456.5000");
    cr_assert_str_eq(nn_show(&shown, 1e9), "1.0000e+09");
    cr_assert_str_eq(nn_show(&shown, -0.5), "-0.5000");
}
