/* What must hold of every net, whatever its numbers: the order of the examples in a batch changes
   nothing but the order of the outputs, and dropout leaves the mean as it is. */

#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 5, IN = 3, OUT = 2, STEPS = 4000 };

typedef struct {
    Oracle *oracle;
    Net net;
    Nets nets;
    Running *running;
} Trial;

static Trial trial;

static void open_trial(const char *text, Options options) {
    trial.oracle = oracle_of(text);
    trial.net = (Net){.text = text, .graph = trial.oracle->graph};
    trial.net.options = options;
    trial.net.options.is_double = true;
    trial.nets = (Nets){.count = 1, .nets = &trial.net, .level = "-O1"};
    cr_assert(nets_build(&trial.nets), "%s", trial.nets.message);
    trial.running = running_new(&trial.net, 9);
}

static void close_trial(void) {
    running_free(trial.running);
    nets_free(&trial.nets);
    oracle_free(trial.oracle);
}

static const char mixed[] =
    "network m\ninput x[3]\ntarget y[2]\nh = tanh(batch_norm(dense(x, 4)))\n"
    "p = layer_norm(dense(h, 2, init = normal(0.7)))\nloss mean_squared_error(p, y) + l2(0.01)\n"
    "update adam()\noutput p\nbatch 5\n";
static const struct {
    const char *name;
    size_t count;
} parameters[] = {{"h.2.weight", 12}, {"h.gamma", 4}, {"h.beta", 4}, {"p.gamma", 2}, {"p.beta", 2}};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };
static const int order[N] = {3, 0, 4, 2, 1};

typedef struct {
    double cost, p[N * OUT], gradients[PARAMETERS][12];
} Results;

static Results results_of(double *x, double *y) {
    Results results = {0};
    Data data = {.n = N, .field_count = 2, .input_count = 1, .counts = {IN, OUT}};
    data.in[0] = data.values[0] = x;
    data.in[1] = data.values[1] = y;
    running_predict(trial.running, N, &data, (double *[]){results.p});
    results.cost = running_gradient(trial.running, N, &data);
    for (int i = 0; i < PARAMETERS; i++) {
        cr_assert(running_get_gradient(trial.running, parameters[i].name, parameters[i].count,
                                       results.gradients[i]));
    }
    return results;
}

static void permute(const double *from, double *to, size_t count) {
    for (int i = 0; i < N; i++) {
        memcpy(to + (size_t)i * count, from + (size_t)order[i] * count, count * sizeof *to);
    }
}

static void check_permutation(Options options) {
    double x[N * IN], y[N * OUT], moved_x[N * IN], moved_y[N * OUT], moved_p[N * OUT];
    open_trial(mixed, options);
    for (int i = 0; i < N * IN; i++) {
        x[i] = sin(1.7 * i + 0.3);
    }
    for (int i = 0; i < N * OUT; i++) {
        y[i] = cos(2.9 * i);
    }
    permute(x, moved_x, IN);
    permute(y, moved_y, OUT);
    Results plain = results_of(x, y), moved = results_of(moved_x, moved_y);
    permute(plain.p, moved_p, OUT);
    cr_expect(memcmp(moved_p, moved.p, sizeof moved_p) == 0, "outputs are not those, permuted");
    cr_expect(memcmp(plain.p, moved.p, sizeof moved_p) != 0);
    cr_expect(fabs(plain.cost - moved.cost) <= 1e-14 * plain.cost);
    for (int i = 0; i < PARAMETERS; i++) {
        for (size_t k = 0; k < parameters[i].count; k++) {
            double a = plain.gradients[i][k], b = moved.gradients[i][k];
            cr_expect(fabs(a - b) <= 1e-13 && fabs(a) > 1e-8, "%s[%zu]: %.17g and %.17g",
                      parameters[i].name, k, a, b);
        }
    }
    close_trial();
}

Test(properties, permuting_a_batch_permutes_outputs_and_leaves_gradients) {
    check_permutation((Options){.target = TARGET_GENERIC, .unroll = UNROLL_FULL});
    check_permutation((Options){.target = TARGET_GENERIC, .unroll = UNROLL_TILE});
    check_permutation((Options){.target = widest_target(), .unroll = UNROLL_TILE});
}

/* The gradient of sum(w * v) by w in a batch of one is v as training sees it. */
Test(properties, dropout_leaves_the_mean) {
    double x[IN] = {1, -2, 3}, w[IN] = {1, 1, 1}, seen[IN], sums[IN] = {0};
    int zeros = 0;
    open_trial("network d\ninput x[3]\nw = param([3], 1)\nv = w * dropout(x, 0.25)\nloss sum(v)\n"
               "update sgd(0)\noutput v\nbatch 1\n",
               (Options){.target = widest_target()});
    Data data = {.n = 1, .field_count = 1, .input_count = 1, .counts = {IN}};
    data.in[0] = data.values[0] = x;
    running_set(trial.running, "w", IN, w);
    for (int step = 0; step < STEPS; step++) {
        running_gradient(trial.running, 1, &data);
        running_get_gradient(trial.running, "w", IN, seen);
        running_train_step(trial.running, 1, &data);
        for (int i = 0; i < IN; i++) {
            zeros += seen[i] == 0;
            sums[i] += seen[i];
            cr_assert(seen[i] == 0 || fabs(seen[i] - x[i] / 0.75) < 1e-14);
        }
    }
    /* Within 5 standard deviations: sqrt(p / (1 - p)) |x| of a value, sqrt(n p q) of the count. */
    for (int i = 0; i < IN; i++) {
        cr_expect_lt(fabs(sums[i] / STEPS - x[i]), 5 * fabs(x[i]) * sqrt(0.25 / 0.75 / STEPS));
    }
    cr_expect_lt(fabs(zeros - 0.25 * IN * STEPS), 5 * sqrt(0.25 * 0.75 * IN * STEPS));
    running_predict(trial.running, 1, &data, (double *[]){seen});
    for (int i = 0; i < IN; i++) {
        cr_expect_eq(seen[i], x[i]);
    }
    close_trial();
}
