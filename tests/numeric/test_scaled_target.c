/* Scaled targets against scaled_target.txt, which scaled_target.py made with scikit-learn: what
   `fit` takes from the data, cost and gradients of the scaled target, predictions, derivatives and
   metrics in the caller's units; gradients by differences, too. */

#include "gradient.h"
#include "numbers.h"
#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096, EXAMPLES = 7, FIELDS = 2, NETS = 6 };

typedef struct {
    const Net *net;
    const char *scaling; /* minmax or standard */
    bool is_read;        /* the current line is about it */
    Running *running;
    Data data;
    double values[FIELDS][NUMBERS];
    int figures; /* that were compared */
} Trial;

/* Relative to the largest of the numbers, or each to itself where they are of different columns. */
static void expect_close(const Trial *trial, const char *what, int count, const double *got,
                         const double *wanted) {
    double limit = trial->net->options.is_double ? 1e-12 : 2e-5, largest = 0;
    bool has_columns = strcmp(what, "predict") == 0 || strcmp(what, "p_by_x") == 0;
    for (int i = 0; i < count; i++)
        largest = fmax(largest, fabs(wanted[i]));
    for (int i = 0; i < count; i++)
        cr_expect_leq(
            fabs(got[i] - wanted[i]), limit * (has_columns ? fmax(fabs(wanted[i]), 1e-3) : largest),
            "%s, %s: %s[%d] is %.17g, not %.17g\n%s", target_name(trial->net->options.target),
            trial->scaling, what, i, got[i], wanted[i], trial->net->text);
}

/* fit with a target that is not finite changes nothing: later comparisons would notice. */
static void fit(Trial *trial) {
    double *bad = &trial->values[1][4], good = *bad;
    running_fit(trial->running, &trial->data);
    *bad = INFINITY;
    trial->values[0][0] += 1;
    running_fit(trial->running, &trial->data);
    trial->values[0][0] -= 1;
    *bad = good;
}

static void compare_predictions(Trial *trial, int count, const double *wanted) {
    double all[NUMBERS], one[NUMBERS], *outputs[] = {all};
    running_predict(trial->running, EXAMPLES, &trial->data, outputs);
    expect_close(trial, "predict", count, all, wanted);
    outputs[0] = one;
    for (size_t i = 0; i < EXAMPLES; i++) {
        running_predict_one(trial->running, i, &trial->data, outputs);
        expect_close(trial, "predict", 3, one, wanted + 3 * i);
    }
}

static void compare_figure(Trial *trial, const double *wanted) {
    const nn_network *network = trial->net->network;
    double results[1 + NUMBERS], figures[3];
    cr_assert_leq(network->sum_count, NUMBERS);
    running_evaluate(trial->running, EXAMPLES, &trial->data, results);
    running_finish(trial->running, EXAMPLES, results + 1, figures);
    expect_close(trial, network->metrics[trial->figures].name, 1, figures + trial->figures, wanted);
    trial->figures++;
}

static void compare(Trial *trial, const char *word, const char *name, const double *wanted,
                    int count) {
    double got[NUMBERS];
    if (strcmp(word, "get") == 0) {
        cr_assert(running_get(trial->running, name, (size_t)count, got), "%s", name);
        expect_close(trial, name, count, got, wanted);
    } else if (strcmp(word, "cost") == 0) {
        got[0] = running_gradient(trial->running, EXAMPLES, &trial->data);
        got[1] = running_loss(trial->running, EXAMPLES, &trial->data);
        expect_close(trial, "cost", 1, got, wanted);
        expect_close(trial, "loss", 1, got + 1, wanted);
    } else if (strcmp(word, "gradient") == 0) {
        cr_assert(running_get_gradient(trial->running, name, (size_t)count, got), "%s", name);
        expect_close(trial, name, count, got, wanted);
    } else if (strcmp(word, "predict") == 0) {
        compare_predictions(trial, count, wanted);
    } else if (strcmp(word, "figure") == 0) {
        compare_figure(trial, wanted);
    } else {
        running_derivative(trial->running, strcmp(word, "c_by_p") == 0, 0, &trial->data,
                           (size_t)count, got);
        expect_close(trial, word, count, got, wanted);
    }
}

static void take_line(Trial *trial, const char *line) {
    char word[32], name[32] = "";
    int after = 0;
    sscanf(line, "%31s%n", word, &after);
    if (strcmp(word, "scaling") == 0) {
        trial->is_read = strstr(line, trial->scaling);
        if (trial->is_read)
            fit(trial);
        return;
    }
    if (strcmp(word, "set") == 0 || strcmp(word, "get") == 0 || strcmp(word, "gradient") == 0) {
        sscanf(line + after, "%31s", name);
        after += 1 + (int)strlen(name);
    }
    Numbers numbers = numbers_of(line + after);
    if (strcmp(word, "x") == 0 || strcmp(word, "y") == 0)
        memcpy(trial->values[word[0] == 'y'], numbers.values, sizeof numbers.values);
    else if (strcmp(word, "set") == 0)
        cr_assert(running_set(trial->running, name, (size_t)numbers.count, numbers.values), "%s",
                  name);
    else if (trial->is_read)
        compare(trial, word, name, numbers.values, numbers.count);
}

static void check_net(const Net *net, const char *scaling) {
    static char line[LINE];
    Trial trial = {.net = net, .scaling = scaling, .running = running_new(net, 3)};
    trial.data = (Data){.n = EXAMPLES, .field_count = FIELDS, .input_count = 1, .counts = {3, 3}};
    for (int i = 0; i < FIELDS; i++)
        trial.data.values[i] = trial.values[i];
    FILE *file = fopen(NNGEN_SOURCE "/tests/numeric/scaled_target.txt", "r");
    cr_assert(file);
    while (fgets(line, LINE, file))
        take_line(&trial, line);
    fclose(file);
    cr_expect_eq(trial.figures, 3);
    GradientCheck check = {0};
    cr_expect(!net->options.is_double ||
                  check_gradients(trial.running, net->graph, &trial.data, EXAMPLES, &check),
              "%s\n%s", check.failure, net->text);
    running_free(trial.running);
}

Test(scaled_target, is_as_scikit_learn_scales_it) {
    static char texts[NETS][400];
    static const char *const scalings[] = {"minmax", "standard"};
    Net nets[NETS] = {0};
    Oracle *oracles[NETS];
    for (int i = 0; i < NETS; i++) {
        snprintf(texts[i], sizeof texts[i],
                 "network s%d\ninput x[3] standard\ntarget y[3] %s\nh = tanh(dense(x, 4))\n"
                 "p = dense(h, 3)\nc = half_squared_error(p, y)\nderivative p by x\n"
                 "derivative c by p\nloss c\nupdate sgd(0.1)\nbatch 8\n"
                 "metric r2(p, y), mean_absolute_error(p, y), root_mean_squared_error(p, y)\n",
                 i, scalings[i % 2]);
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options = mode_in_turn((unsigned)(i + i / 4));
    }
    Nets all = {.count = NETS, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < NETS; i++)
        check_net(&nets[i], scalings[i % 2]);
    nets_free(&all);
    for (int i = 0; i < NETS; i++)
        oracle_free(oracles[i]);
}

/* A net without a loss, whose target gives units alone: three values in those of one. */
Test(scaled_target, gives_units_to_a_net_that_only_predicts) {
    const char *text = "network only\ninput x[3]\ntarget y standard\np = 2 * x\n"
                       "derivative p by x\noutput p as y\n";
    Oracle *oracle = oracle_of(text);
    Net net = {.text = text, .graph = oracle->graph, .options = {.is_double = true}};
    Nets all = {.count = 1, .nets = &net};
    cr_assert(nets_build(&all), "%s", all.message);
    double x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, y[] = {1, 3, 5}, got[9], *outputs[] = {got};
    Data data = {.n = 3, .field_count = 2, .input_count = 1, .counts = {3, 1}, .values = {x, y}};
    Running *running = running_new(&net, 1);
    running_fit(running, &data);
    running_predict(running, 3, &data, outputs);
    for (int i = 0; i < 9; i++)
        cr_expect_float_eq(got[i], 2 * x[i] * sqrt(8.0 / 3) + 3, 1e-12);
    running_derivative(running, 0, 1, &data, 9, got);
    for (int i = 0; i < 9; i++)
        cr_expect_float_eq(got[i], i % 4 == 0 ? 2 * sqrt(8.0 / 3) : 0, 1e-12);
    running_free(running);
    nets_free(&all);
    oracle_free(oracle);
}
