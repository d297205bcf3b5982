/* Activations where exponentials overflow, where every value and slope must be the finite limit,
   and near 0, where sums with 1 lose digits; in float and double, scalars and vectors. */

#include "oracle.h"
#include "long.h"
#include "running.h"
#include "targets.h"

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
    {"sigmoid(x)", 0, 0, 0, 1},      {"tanh(x)", -1, 0, 0, 1},
    {"relu(x)", 0, 0, 1, 0},         {"elu(x)", -1, 0, 1, 0},
    {"elu(x, 0.5)", -0.5, 0, 1, 0},  {"selu(x)", -1.7580993408473766, 0, 1.0507009873554805, 0},
    {"celu(x, 0.5)", -0.5, 0, 1, 0}, {"softplus(x)", 0, 0, 1, 0},
    {"softplus(x, 3)", 0, 0, 1, 0},  {"log(1 + exp(x))", 0, 0, 1, 0},
    {"gelu(x)", 0, 0, 1, 0},         {"gelu_tanh(x)", 0, 0, 1, 0},
    {"swish(x)", 0, 0, 1, 0},        {"mish(x)", 0, 0, 1, 0},
    {"relu6(x)", 0, 0, 0, 6},        {"hard_swish(x)", 0, 0, 1, 0},
    {"hard_tanh(x)", -1, 0, 0, 1},   {"log_sigmoid(-x)", 0, 0, -1, 0}, /* of a great -x: -x */
};

static void expect_limit(const Activation *one, const char *what, double got, double wanted) {
    cr_expect(fabs(got - wanted) <= 1e-5 * fmax(1, fabs(wanted)), "%s: %s %.9g, not %.9g",
              one->call, what, got, wanted);
}

/* The values and slopes of one activation at some points. */
typedef struct {
    double value[POINTS], slope[POINTS];
} Found;

static Found find(const Net *net, const double *at) {
    Running *running = running_new(net, 1);
    Found found;
    double weights[POINTS];
    for (int i = 0; i < POINTS; i++)
        weights[i] = 1;
    Data data = {
        .n = 1, .field_count = 1, .input_count = 1, .counts = {POINTS}, .values = {weights}};
    running_set(running, "x", POINTS, at);
    running_predict(running, 1, &data, (double *[]){found.value});
    running_gradient(running, 1, &data);
    cr_assert(running_get_gradient(running, "x", POINTS, found.slope));
    running_free(running);
    return found;
}

static void check_far(const Net *net, int row) {
    const Activation *one = &activations[row];
    Found found = find(net, points);
    for (int i = 0; i < POINTS; i++) {
        bool is_low = points[i] < 0;
        expect_limit(one, "value", found.value[i],
                     is_low ? one->low : one->high_factor * points[i] + one->high_number);
        expect_limit(one, "slope", found.slope[i], is_low ? one->low_slope : one->high_factor);
    }
}

/* Near 0, where a sum with 1 would lose digits: the value is the slope times z. */
typedef struct {
    const char *call;
    double below, above; /* the slope on either side of 0 */
} Tiny;

enum { TINY_ROWS = 12 };
static const Tiny tiny[TINY_ROWS] = {
    {"elu(x)", 1, 1},
    {"elu(x, 0.5)", 0.5, 1},
    {"selu(x)", 1.7580993408473766, 1.0507009873554805},
    {"celu(x, 0.5)", 1, 1},
    {"softsign(x)", 1, 1},
    {"tanh(x)", 1, 1},
    {"gelu(x)", 0.5, 0.5},
    {"mish(x)", 0.6, 0.6},
    {"swish(x)", 0.5, 0.5},
    {"leaky_relu(x)", 0.01, 1},
    {"1 - exp(-x)", 1, 1},
    {"log(1 + x)", 1, 1},
};
static const double tiny_points[POINTS] = {-1e-8, -1e-10, -1e-20, -1e-30,
                                           1e-30, 1e-20,  1e-10,  1e-8};

static void check_tiny(const Net *net, int row) {
    Found found = find(net, tiny_points);
    for (int i = 0; i < POINTS; i++) {
        double z = tiny_points[i], slope = z < 0 ? tiny[row].below : tiny[row].above;
        cr_expect(fabs(found.value[i] / z - slope) <= 1e-6 * slope, "%s: %.9g at %g",
                  tiny[row].call, found.value[i], z);
        cr_expect(fabs(found.slope[i] - slope) <= 1e-6 * slope, "%s: slope %.9g at %g",
                  tiny[row].call, found.slope[i], z);
    }
}

static const double soft_points[POINTS] = {-1e10, -1e6, -1e4, -100, 100, 1e4, 1e6, 1e10};

static void check_softsign(const Net *net, int row) {
    (void)row;
    Found found = find(net, soft_points);
    for (int i = 0; i < POINTS; i++) {
        double slope = pow(1 + fabs(soft_points[i]), -2);
        cr_expect(fabs(found.slope[i] - slope) <= 1e-6 * slope, "slope %.9g at %g", found.slope[i],
                  soft_points[i]);
    }
}

typedef struct {
    int count;
    const char *calls[ROWS];
    void (*check)(const Net *net, int row);
} Checks;

static void run_checks(const Checks *checks, Options options) {
    static char texts[ROWS][400];
    Net nets[ROWS] = {0};
    Oracle *oracles[ROWS];
    for (int i = 0; i < checks->count; i++) {
        snprintf(texts[i], sizeof texts[i],
                 "network a%d\ninput w[%d]\nx = param([%d], 1)\nv = %s\nloss sum(v * w)\n"
                 "update sgd(1)\noutput v\nbatch 1\n",
                 i, POINTS, POINTS, checks->calls[i]);
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph, .options = options};
    }
    Nets all = {.count = checks->count, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < checks->count; i++)
        checks->check(&nets[i], i);
    nets_free(&all);
    for (int i = 0; i < checks->count; i++)
        oracle_free(oracles[i]);
}

/* The short run has one type on each target, and both types on some. */
static void run_in_all_types(const Checks *checks) {
    const Target targets[] = {TARGET_C99, TARGET_GENERIC, widest_target()};
    for (int i = 0; i < (widest_target() == TARGET_GENERIC ? 2 : 3); i++)
        for (int is_double = 0; is_double < 2; is_double++)
            if (is_long() || is_double == (checks->count + i) % 2)
                run_checks(checks, (Options){.target = targets[i], .is_double = is_double});
}

Test(activations, far_from_0_are_what_they_tend_to) {
    Checks checks = {.count = ROWS, .check = check_far};
    for (int i = 0; i < ROWS; i++)
        checks.calls[i] = activations[i].call;
    run_in_all_types(&checks);
}

Test(activations, near_0_keep_their_digits) {
    Checks checks = {.count = TINY_ROWS, .check = check_tiny};
    for (int i = 0; i < TINY_ROWS; i++)
        checks.calls[i] = tiny[i].call;
    run_in_all_types(&checks);
}

Test(activations, softsign_has_its_slope_far_out) {
    const Checks checks = {.count = 1, .calls = {"softsign(x)"}, .check = check_softsign};
    run_in_all_types(&checks);
}
