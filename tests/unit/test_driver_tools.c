/* What the driver shows of training: report, watch, log, check, sweep. */

#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

TestSuite(driver_tools, .init = driver_open, .fini = scratch_close);

/* Class 0 wins always. Three are of class 0, one of class 1, none of class 2. */
static void always_zero(void) {
    hand_classes net = {.scale = {1, 1}, .bias = {20, 0, 0}};
    nn_error error;
    cr_assert(nn_weights_save(classes, &net, NULL, "w", &error), "%s", error.text);
    scratch_text("four.csv", "1,2,0\n1,2,0\n1,2,1\n1,2,0\n");
}

Test(driver_tools, report_of_a_test) {
    always_zero();
    char *out = run_fine(classes, "test --weights w --data four.csv --report");
    cr_assert_str_eq(out, "4 examples\n"
                          "loss                 5.0000\n"
                          "accuracy             0.7500\n"
                          "\n"
                          "confusion_matrix: a row per true class, a column per predicted one\n"
                          "                  0  1  2\n"
                          "               0  3  0  0\n"
                          "               1  1  0  0\n"
                          "               2  0  0  0\n"
                          "\n"
                          "           class  precision     recall         f1    support\n"
                          "               0     0.7500     1.0000     0.8571          3\n"
                          "               1     0.0000     0.0000     0.0000          1\n"
                          "               2     0.0000     0.0000     0.0000          0\n"
                          "     mean, total     0.2500     0.3333     0.2857          4\n"
                          "\n"
                          "predicted\n"
                          "                  0  1  2\n"
                          "                  1  0  0\n");
    free(out);
}

/* Rows of unlike predictions, and counts of several digits. */
Test(driver_tools, report_of_training) {
    char *out = run_fine(classes, "train --data data.csv --epochs 12 --quiet --report");
    cr_assert_eq(strncmp(out, "30 examples of the training data\nloss  ", 39), 0, "%s", out);
    cr_assert(strstr(out, "\naccuracy             1.0000\n"), "%s", out);
    cr_assert(strstr(out, "\n                   0   1   2\n"
                          "               0  10   0   0\n"
                          "               1   0  10   0\n"
                          "               2   0   0  10\n"),
              "%s", out);
    cr_assert(strstr(out, "\n     mean, total     1.0000     1.0000     1.0000         30\n"));
    cr_assert(strstr(out, "\npredicted\n"
                          "                          0          1          2\n"
                          "                     0.3333     0.3333     0.3333\n"),
              "%s", out);
    free(out);
    scratch_text("one.csv", "x.0,x.1,kind\n0,50.5,0\n");
    out = run_fine(classes, "train --data data.csv --test one.csv --epochs 12 --report");
    cr_assert(strstr(out, "\n1 example of the test data\n"), "%s", out);
    free(out);
    out = run_fine(line, "train --data line.csv --epochs 1 --report --quiet");
    cr_assert_eq(lines_of(out), 2, "%s", out);
    free(out);
}

/* One step from 0 on one example, a = 1, b = (2, 0), y = 3: the error is -3, the gradient of the
   weights -6 (1, 2, 0), of the bias -6; the rate is 0.1. */
Test(driver_tools, watch) {
    scratch_text("one.csv", "1,2,0,3\n");
    char *out = run_fine(line, "train --data one.csv --epochs 2 --watch");
    static const char expected[] =
        "\n  norms of                    gradient     weights      update\n"
        "  weight                     1.342e+01   1.342e+00   1.342e+00\n"
        "  bias                       6.000e+00   6.000e-01   6.000e-01\n"
        "epoch 2/2  ";
    const char *first = strstr(out, "\n  norms of ");
    cr_assert(first && strncmp(first, expected, sizeof expected - 1) == 0, "%s", out);
    /* then the guess is 3.6 */
    cr_assert(strstr(first + 1, "\n  weight                     2.683e+00   1.073e+00   2.683e-01\n"
                                "  bias                       1.200e+00   4.800e-01   1.200e-01\n"),
              "%s", out);
    free(out);
    out = run_fine(line, "train --data one.csv --epochs 2 --watch --quiet");
    cr_assert_eq(lines_of(out), 1, "%s", out);
    free(out);
}

static void no_gradient(void *net, void *work, size_t n, const void *const *in, void *out) {
    if (strcmp(in[0], "bias") != 0)
        line->get_gradient(net, work, n, in, out);
}

static void huge_gradient(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net, (void)work, (void)n;
    for (int i = 0; i < (strcmp(in[0], "bias") == 0 ? 1 : 3); i++)
        ((double *)out)[i] = i == 1 ? 3e200 : 4e200;
}

/* The mean over the steps of an epoch; norms whose squares leave the numbers; no gradient at all. */
Test(driver_tools, watch_of_several_steps) {
    double gradient, weights, update;
    nn_network other = *line;
    char *out = run_fine(line, "train --data line.csv --epochs 1 --watch");
    cr_assert_eq(
        sscanf(strstr(out, "  weight "), " weight %lf %lf %lf", &gradient, &weights, &update), 3);
    cr_assert_float_eq(update, 0.1 * gradient, 2e-3 * update); /* the rate is 0.1 */
    cr_assert_gt(update, weights / 2);
    free(out);
    other.get_gradient = no_gradient;
    out = run_fine(&other, "train --data line.csv --epochs 1 --watch");
    cr_assert(strstr(out, "\n  bias                            none   "), "%s", out);
    free(out);
    other.get_gradient = huge_gradient;
    out = run_fine(&other, "train --data line.csv --epochs 1 --watch");
    cr_assert(strstr(out, "\n  weight                    6.403e+200   "), "%s", out);
    free(out);
}

/* Watching changes nothing. */
Test(driver_tools, watched_training_is_the_same) {
    size_t first_size, second_size;
    free(run_fine(line, "train --data line.csv --epochs 3 --save v"));
    free(run_fine(line, "train --data line.csv --epochs 3 --save w --watch"));
    char *first = scratch_read("v", &first_size), *second = scratch_read("w", &second_size);
    cr_assert(first_size == second_size && memcmp(first, second, first_size) == 0);
    free(first);
    free(second);
}

Test(driver_tools, check_of_a_right_gradient) {
    char *out = run_fine(line, "check --data line.csv");
    cr_assert_eq(strncmp(out, "3 examples, loss in training 16.6667\n", 37), 0, "%s", out);
    cr_assert(strstr(out, "\n  weight                   3 of 3 compared, off by "), "%s", out);
    cr_assert(strstr(out, "\n  bias                     1 of 1 compared, off by "), "%s", out);
    cr_assert(strstr(out, "\nworst: "), "%s", out);
    cr_assert(strstr(out, ", the limit is 1e-05\n"), "%s", out);
    free(out);
    free(run_fine(line, "train --data line.csv --epochs 2 --save w"));
    out = run_fine(line, "check --data line.csv --weights w");
    cr_assert_neq(strncmp(out, "3 examples, loss in training 16.6667\n", 37), 0, "%s", out);
    free(out);
}

static double falsehood; /* by which the third weight's gradient is off */

static void wrong_gradient(void *net, void *work, size_t n, const void *const *in, void *out) {
    line->get_gradient(net, work, n, in, out);
    if (strcmp(in[0], "weight") == 0)
        ((double *)out)[2] *= 1 + falsehood;
}

static void zero_gradient(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net, (void)work, (void)n;
    memset(out, 0, strcmp(in[0], "bias") == 0 ? sizeof(double) : 3 * sizeof(double));
}

/* A slope of -10/3 by the third weight: the mean of 2 (0 - 5) b_1 over three examples. */
Test(driver_tools, check_of_a_wrong_gradient) {
    nn_network wrong = *line;
    wrong.get_gradient = wrong_gradient;
    falsehood = 0.1;
    Run result = run(&wrong, "check --data line.csv");
    cr_assert_eq(result.code, 1);
    cr_assert_str_eq(result.err, "error: the gradient of 'weight[2]' is -3.66667, differences give "
                                 "-3.33333: off by 9.09e-02, the limit is 1e-05\n");
    cr_assert(strstr(result.out, "\n  weight                   3 of 3 compared, off by 9.09e-02"),
              "%s", result.out);
    run_free(result);
    falsehood = 3e-5;
    result = run(&wrong, "check --data line.csv");
    cr_assert_eq(result.code, 1);
    run_free(result);
    falsehood = NAN;
    result = run(&wrong, "check --data line.csv");
    cr_assert_eq(result.code, 1);
    cr_assert_eq(strncmp(result.err, "error: the gradient of 'weight[2]' is ", 37), 0, "%s",
                 result.err);
    run_free(result);
    falsehood = 3e-6;
    free(run_fine(&wrong, "check --data line.csv"));
}

#define ZEROS_HINT                                                                                 \
    "hint: what lies between them and the loss may be constant (softmax of one value, a factor "   \
    "of "                                                                                          \
    "0, relu that no example passes); other data, --seed or --weights tell more\n"

/* Inputs of 0 move no weight: the check says that 0 equals 0 there, and goes by the bias. Where the
   bias stands still, too, nothing is checked. */
Test(driver_tools, check_of_gradients_that_are_0) {
    nn_network other = *line;
    scratch_text("still.csv", "0,0,0,1\n0,0,0,2\n");
    Run result = run(line, "check --data still.csv --header no");
    cr_assert_eq(result.code, 0, "%s", result.err);
    cr_assert(strstr(result.out, "\n  weight                   3 of 3 compared, all gradients are "
                                 "0\n  bias                     1 of 1 compared, off by "),
              "%s", result.out);
    cr_assert(strstr(result.out, "\nworst: bias, -3, "), "%s", result.out);
    cr_assert(strstr(result.err, "note: all gradients of 'weight' are 0 on 2 examples, which "
                                 "proves little\n" ZEROS_HINT),
              "%s", result.err);
    run_free(result);
    scratch_text("still.csv", "0,0,0,0\n0,0,0,0\n");
    result = run(line, "check --data still.csv --header no");
    cr_assert_eq(result.code, 1);
    cr_assert(strstr(result.out, "\n  bias                     1 of 1 compared, all gradients are "
                                 "0\n"),
              "%s", result.out);
    cr_assert_null(strstr(result.out, "worst"), "%s", result.out);
    cr_assert(strstr(result.err, "error: all gradients of all parameters are 0 on 2 examples, "
                                 "so nothing is checked\n" ZEROS_HINT),
              "%s", result.err);
    run_free(result);
    other.get_gradient = zero_gradient;
    result = run(&other, "check --data line.csv");
    cr_assert_eq(result.code, 1);
    cr_assert_null(strstr(result.out, "all gradients are 0"), "%s", result.out);
    cr_assert(strstr(result.err, "' is 0, differences give "), "%s", result.err);
    run_free(result);
}

/* The net comes out of it as it went in: no difference is left in the weights. */
Test(driver_tools, check_without_gradients) {
    nn_network other = *line;
    other.get_gradient = no_gradient;
    char *out = run_fine(&other, "check --data line.csv");
    cr_assert(strstr(out, "\n  bias                     has no gradient\n"), "%s", out);
    free(out);
    scratch_text("inf.csv", "1,0,0,1e200\n");
    expect_failure(line, "check --data inf.csv", 1, "error: loss is inf\n");
}

Test(driver_tools, sweep) {
    char *out = run_fine(line, "sweep rate 0.001,0.1,1e-1,0.01 --data line.csv --epochs 40");
    double loss[4];
    cr_assert_eq(sscanf(out,
                        "rate 0.001  loss %lf\nrate 0.1  loss %lf\nrate 1e-1  loss %lf\n"
                        "rate 0.01  loss %lf\n",
                        loss, loss + 1, loss + 2, loss + 3),
                 4, "%s", out);
    cr_assert(loss[0] > loss[3] && loss[3] > loss[1]);
    cr_assert_eq(loss[1], loss[2]); /* every value starts from the same net */
    cr_assert(strstr(out, "\nleast loss: rate 0.1\n"), "%s", out);
    cr_assert_eq(lines_of(out), 5);
    char *trained = run_fine(line, "train --data line.csv --epochs 40"); /* the setting is 0.1 */
    char shown[64];
    snprintf(shown, sizeof shown, "epoch 40/40  loss %.4f\n", loss[1]);
    cr_assert(strstr(trained, shown) || loss[1] < 1e-3, "%s%s", shown, trained);
    free(trained);
    free(out);
}

/* A value that makes the loss infinite is no reason to stop. */
Test(driver_tools, sweep_beyond_the_numbers) {
    char *out = run_fine(line, "sweep rate 1e200,0.1 --data line.csv --test line.csv --epochs 3");
    cr_assert_eq(strncmp(out, "rate 1e200  loss is ", 20), 0, "%s", out);
    cr_assert(strstr(out, " in epoch 1, batch 2\nrate 0.1  loss "), "%s", out);
    cr_assert(strstr(out, "\nleast test loss: rate 0.1\n"), "%s", out);
    free(out);
    out = run_fine(line, "sweep rate 1e200 --data line.csv");
    cr_assert_eq(lines_of(out), 1, "%s", out);
    free(out);
}

Test(driver_tools, sweep_from_weights_with_a_log) {
    size_t size;
    free(run_fine(line, "train --data line.csv --epochs 2 --save w"));
    free(run_fine(line, "sweep rate 0.01,0.02 --data line.csv --epochs 2 --load w --log log.csv"));
    char *log = scratch_read("log.csv", &size);
    cr_assert_eq(lines_of(log), 5, "%s", log);
    cr_assert_eq(strncmp(log, "rate,epoch,train_loss\n0.01,3,", 29), 0, "%s", log);
    cr_assert(strstr(log, "\n0.01,4,") && strstr(log, "\n0.02,3,") && strstr(log, "\n0.02,4,"));
    free(log);
}

Test(driver_tools, sweep_mistakes) {
    expect_failure(line, "sweep rat 0.1 --data line.csv", 2,
                   "error: network 'line' has no setting 'rat'\nhint: is 'rate' meant?\n");
    expect_failure(line, "sweep weight 0.1 --data line.csv", 2,
                   "error: network 'line' has no setting 'weight'\n");
    expect_failure(classes, "sweep rate 0.1 --data data.csv", 2,
                   "error: network 'hand' has no setting 'rate'\n"
                   "hint: a line such as 'setting rate = 0.01' in the model makes one\n");
    expect_failure(line, "sweep rate 0.1,,2 --data line.csv", 2,
                   "error: '' is not a number; values stand as in 0.001,0.003,0.01\n");
    expect_failure(line, "sweep rate 0.1,inf --data line.csv", 2,
                   "error: 'inf' is not a number; values stand as in 0.001,0.003,0.01\n");
    expect_failure(line, "sweep rate 0.1 --data none.csv", 3,
                   "none.csv: error: cannot open: No such file or directory\n");
    expect_failure(line, "sweep rate 0.1 --data line.csv --log none/log", 3,
                   "none/log: error: cannot write: No such file or directory\n");
}

/* What was reached stands in the log, whole, also where training ends early. */
Test(driver_tools, log_of_a_training_that_fails) {
    size_t size;
    scratch_text("grow.csv", "9,9,9,1\n8,9,7,2\n9,8,9,3\n7,7,9,4\n");
    Run result = run(line, "train --data grow.csv --epochs 1000 --log log.csv");
    cr_assert_eq(result.code, 1);
    char *log = scratch_read("log.csv", &size);
    cr_assert_eq(lines_of(log), lines_of(result.out) + 1);
    cr_assert_gt(lines_of(log), 10);
    cr_assert_eq(log[size - 1], '\n');
    free(log);
    run_free(result);
    cr_assert_eq(scratch_count(), 6); /* both data files, grow.csv, log.csv, stdout and stderr */
}

/* Metrics of several numbers have no column. */
Test(driver_tools, log_of_single_numbers) {
    size_t size;
    free(run_fine(classes, "train --data data.csv --test data.csv --epochs 2 --log log.csv"));
    char *log = scratch_read("log.csv", &size);
    cr_assert_eq(strncmp(log, "epoch,train_loss,train_accuracy,test_loss,test_accuracy\n1,", 58), 0,
                 "%s", log);
    free(log);
}

Test(driver_tools, only_nets_with_a_loss) {
    nn_network only = *line;
    only.train_step = NULL;
    only.evaluate = NULL;
    expect_failure(&only, "check --data line.csv", 2,
                   "error: network 'line' has no loss, so it only predicts\n");
    expect_failure(&only, "sweep rate 1 --data line.csv", 2,
                   "error: network 'line' has no loss, so it only predicts\n");
}

/* hand_classes has its gradients for itself. */
Test(driver_tools, nets_that_do_not_tell_gradients) {
    expect_failure(classes, "check --data data.csv", 2,
                   "error: network 'hand' does not tell its gradients\n");
    expect_failure(classes, "train --watch --data data.csv", 2,
                   "error: network 'hand' does not tell its gradients\n");
}

/* In this process, where a sanitizer sees what is not given back. */
Test(driver_tools, give_back_all_memory) {
    static const char *const lines[] = {
        "train --data line.csv --epochs 2 --watch --report --log log",
        "check --data line.csv",
        "sweep rate 0.1,0.2 --data line.csv --test line.csv --epochs 1 --log log",
        "sweep rate 0.1,x --data line.csv",
        "sweep rat 0.1 --data line.csv",
        "sweep rate 0.1 --data none",
    };
    static const int codes[] = {0, 0, 0, 2, 2, 3};
    cr_assert(freopen("/dev/null", "w", stdout));
    cr_assert(freopen("/dev/null", "w", stderr));
    for (int i = 0; i < 6; i++) {
        char *argv[WORDS], copy[1024];
        snprintf(copy, sizeof copy, "%s", lines[i]);
        int argc = words_cut(copy, argv);
        cr_assert_eq(nn_main(line, argc, argv), codes[i], "%s", lines[i]);
    }
    cr_assert(scratch_memory_is_back());
}
