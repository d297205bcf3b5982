/* Activations where exponentials leave the range of numbers: every value and every slope is
   finite, in float and double, scalars and vectors, and is what it tends to. */

#include "oracle.h"
#include "running.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

enum { POINTS = 8, ROWS = 18 };

static const double points[POINTS] = {-1e4, -1e3, -200, -90, 90, 200, 1e3, 1e4};

typedef struct {
    const char *call;
    double low, low_slope;           /* where z is far below 0: the limit */
    double high_factor, high_number; /* far above: factor z + number */
} Activation;

static const Activation activations[ROWS] = {
    {"sigmoid(x)", 0, 0, 0, 1},
    {"tanh(x)", -1, 0, 0, 1},
    {"relu(x)", 0, 0, 1, 0},
    {"elu(x)", -1, 0, 1, 0},
    {"elu(x, 0.5)", -0.5, 0, 1, 0},
    {"selu(x)", -1.7580993408473766, 0, 1.0507009873554805, 0},
    {"celu(x, 0.5)", -0.5, 0, 1, 0},
    {"softplus(x)", 0, 0, 1, 0},
    {"softplus(x, 3)", 0, 0, 1, 0},
    {"log(1 + exp(x))", 0, 0, 1, 0},
    {"gelu(x)", 0, 0, 1, 0},
    {"gelu_tanh(x)", 0, 0, 1, 0},
    {"swish(x)", 0, 0, 1, 0},
    {"mish(x)", 0, 0, 1, 0},
    {"relu6(x)", 0, 0, 0, 6},
    {"hard_swish(x)", 0, 0, 1, 0},
    {"hard_tanh(x)", -1, 0, 0, 1},
    {"log_sigmoid(-x)", 0, 0, -1, 0}, /* of a great -x: -x */
};

static void expect_limit(const Activation *one, const char *what, double got, double wanted) {
    cr_expect(fabs(got - wanted) <= 1e-5 * fmax(1, fabs(wanted)), "%s: %s %.9g, not %.9g",
              one->call, what, got, wanted);
}

static void check_far(const Activation *one, const Net *net) {
    Running *running = running_new(net, 1);
    double weights[POINTS], value[POINTS], slope[POINTS];
    for (int i = 0; i < POINTS; i++)
        weights[i] = 1;
    Data data = {
        .n = 1, .field_count = 1, .input_count = 1, .counts = {POINTS}, .values = {weights}};
    running_set(running, "x", POINTS, points);
    running_predict(running, 1, &data, (double *[]){value});
    running_gradient(running, 1, &data);
    cr_assert(running_get_gradient(running, "x", POINTS, slope));
    for (int i = 0; i < POINTS; i++) {
        bool is_low = points[i] < 0;
        expect_limit(one, "value", value[i],
                     is_low ? one->low : one->high_factor * points[i] + one->high_number);
        expect_limit(one, "slope", slope[i], is_low ? one->low_slope : one->high_factor);
    }
    running_free(running);
}

static void check_all(Target target, bool is_double) {
    static char texts[ROWS][400];
    Net nets[ROWS] = {0};
    Oracle *oracles[ROWS];
    for (int i = 0; i < ROWS; i++) {
        char *message = NULL;
        snprintf(texts[i], sizeof texts[i],
                 "network a%d\ninput w[%d]\nx = param([%d], 1)\nv = %s\nloss sum(v * w)\n"
                 "update sgd(1)\noutput v\nbatch 1\n",
                 i, POINTS, POINTS, activations[i].call);
        oracles[i] = oracle_new(texts[i], &message);
        cr_assert(oracles[i], "%s\n%s", message, texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options = (Options){.target = target, .is_double = is_double};
    }
    Nets all = {.count = ROWS, .nets = nets, .level = "-O1"};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < ROWS; i++)
        check_far(&activations[i], &nets[i]);
    nets_free(&all);
    for (int i = 0; i < ROWS; i++)
        oracle_free(oracles[i]);
}

Test(activations, far_from_0_are_what_they_tend_to_in_double) {
    check_all(TARGET_C99, true);
}

Test(activations, far_from_0_are_what_they_tend_to_in_float) {
    check_all(TARGET_GENERIC, false);
    check_all(TARGET_C99, false);
}
