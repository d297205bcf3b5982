/* First values: mean and variance of a large parameter against each initializer's formula, and the
   symmetry that zeros never break. */

#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUT = 120, IN = 200, WINDOW = 3, COUNT = OUT * IN * WINDOW };
enum { FAN_IN = IN * WINDOW, FAN_OUT = OUT * WINDOW };

typedef struct {
    const char *call;
    double mean, variance, limit; /* of |value|: sqrt(3 variance) where uniform; 0: normal */
} Initializer;

static const double in = FAN_IN, out = FAN_OUT;

#define UNIFORM(variance) (variance), sqrt(3 * (variance))
enum { ROWS = 17 };

static void rows_of(Initializer rows[ROWS]) {
    const Initializer all[ROWS] = {
        {"zeros", 0, 0, 1e-300},
        {"ones", 1, 0, 1},
        {"constant(-2.5)", -2.5, 0, 2.5},
        {"normal", 0, 1, 0},
        {"normal(0.25)", 0, 0.0625, 0},
        {"uniform", 0, UNIFORM(1. / 3)},
        {"uniform(0.5)", 0, UNIFORM(0.25 / 3)},
        {"lecun", 0, 1 / in, 0},
        {"xavier_fan_in", 0, 1 / in, 0},
        {"lecun_uniform", 0, UNIFORM(1 / in)},
        {"he", 0, 2 / in, 0},
        {"he_uniform", 0, UNIFORM(2 / in)},
        {"xavier", 0, 2 / (in + out), 0},
        {"xavier_uniform", 0, UNIFORM(2 / (in + out))},
        {"glorot", 0, 2 / (in + out), 0},
        {"glorot_uniform", 0, UNIFORM(2 / (in + out))},
        {"bengio", 0, 2 / (in * out), 0},
    };
    memcpy(rows, all, sizeof all);
}
/* Sampled mean and variance lie within five of their own deviations; a normal's fourth moment, and
   that a uniform one comes near its ends and stays within, tell the two apart. */
static void check_sample(const Initializer *one, const double *values) {
    double mean = 0, variance = 0, fourth = 0, most = 0;
    for (int i = 0; i < COUNT; i++) {
        mean += values[i];
        most = fmax(most, fabs(values[i]));
    }
    mean /= COUNT;
    for (int i = 0; i < COUNT; i++) {
        double square = (values[i] - mean) * (values[i] - mean);
        variance += square / COUNT;
        fourth += square * square / COUNT;
    }
    double kurtosis = one->limit > 0 ? 1.8 : 3;
    double mean_error = 5 * sqrt(one->variance / COUNT) + 1e-12;
    double variance_error = 5 * one->variance * sqrt((kurtosis - 1) / COUNT) + 1e-12;
    cr_expect(fabs(mean - one->mean) <= mean_error, "%s: mean %g", one->call, mean);
    cr_expect(fabs(variance - one->variance) <= variance_error, "%s: variance %.9g, not %.9g",
              one->call, variance, one->variance);
    if (one->variance > 0)
        cr_expect(fabs(fourth / (variance * variance) - kurtosis) <= 0.1, "%s: kurtosis %g",
                  one->call, fourth / (variance * variance));
    if (one->limit > 0)
        cr_expect(most <= one->limit * (1 + 1e-12) && (most >= 0.999 * one->limit || most == 0),
                  "%s: as much as %g", one->call, most);
}

Test(initializers, have_the_mean_and_variance_of_their_formulas) {
    static char texts[ROWS][300];
    static double values[COUNT];
    Initializer rows[ROWS];
    Net nets[ROWS] = {0};
    Oracle *oracles[ROWS];
    rows_of(rows);
    for (int i = 0; i < ROWS; i++) {
        snprintf(texts[i], sizeof texts[i],
                 "network i%d\ninput u\nx = param([%d, %d, %d], %s)\nv = u * u\n"
                 "loss v + 0 * sum(x)\nupdate sgd(1)\noutput v\nbatch 1\n",
                 i, OUT, IN, WINDOW, rows[i].call);
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options = (Options){.target = target_in_turn((unsigned)i), .is_double = true};
    }
    Nets all = {.count = ROWS, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < ROWS; i++) {
        Running *running = running_new(&nets[i], 3);
        cr_assert(running_get(running, "x", COUNT, values));
        check_sample(&rows[i], values);
        running_free(running);
    }
    nets_free(&all);
    for (int i = 0; i < ROWS; i++)
        oracle_free(oracles[i]);
}

enum { UNITS = 5, INPUTS = 4, STEPS = 30, TEXT = 400 };

/* The greatest difference of two units' weights after training; *moved: how far they went. */
static double unit_difference(const char *initializer, double *moved) {
    static char text[TEXT];
    snprintf(text, sizeof text,
             "network s\ninput x[%d]\ntarget y[2]\n"
             "h = sigmoid(dense(x, %d, init = %s))\np = sigmoid(dense(h, 2, init = %s))\n"
             "loss half_squared_error(p, y)\nupdate sgd(2)\noutput p\nbatch 6\n",
             INPUTS, UNITS, initializer, initializer);
    Oracle *oracle = oracle_of(text);
    Net net = {.text = text, .graph = oracle->graph, .options = {.is_double = true}};
    Nets all = {.count = 1, .nets = &net};
    cr_assert(nets_build(&all), "%s", all.message);
    Dice dice = dice_new(4);
    Data *data = data_new(oracle->graph, 6, &dice);
    Running *running = running_new(&net, 1);
    for (int step = 0; step < STEPS; step++)
        running_train_step(running, 6, data);
    double weight[UNITS][INPUTS], most = 0;
    cr_assert(running_get(running, "h.weight", UNITS * INPUTS, weight[0]));
    *moved = 0;
    for (int unit = 0; unit < UNITS; unit++)
        for (int i = 0; i < INPUTS; i++) {
            most = fmax(most, fabs(weight[unit][i] - weight[0][i]));
            *moved = fmax(*moved, fabs(weight[unit][i]));
        }
    running_free(running);
    data_free(data);
    nets_free(&all);
    oracle_free(oracle);
    return most;
}

/* The last layer's weights leave 0 in the first step, the hidden ones in the second: all alike. */
Test(initializers, zeros_keep_hidden_units_equal) {
    double moved;
    cr_expect_eq(unit_difference("zeros", &moved), 0);
    cr_expect_gt(moved, 0.01);
    cr_expect_eq(unit_difference("constant(0.3)", &moved), 0);
    cr_expect_gt(unit_difference("xavier", &moved), 0.1);
}
