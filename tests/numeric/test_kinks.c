/* The convention at each kink, exactly: relu and abs have slope 0 there, max and min share equally
   among ties, powers are as PyTorch's; and a - y for saturated logits. */

#include "oracle.h"
#include "long.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

enum { MOST = 6 };

/* The slopes of sum(expression) by x and y. */
typedef struct {
    const char *expression;
    int count;
    double x[MOST], y[MOST], by_x[MOST], by_y[MOST];
} Kink;

#define INF INFINITY
#define LOG_2 0.69314718055994531
static const Kink kinks[] = {
    {"relu(x)", 4, {-1, -0.0, 0, 2}, {0}, {0, 0, 0, 1}, {0}},
    {"abs(x)", 4, {-1, -0.0, 0, 2}, {0}, {-1, 0, 0, 1}, {0}},
    {"max(x, y)", 4, {1, 2, 3, -0.0}, {2, 2, 2, 0}, {0, 0.5, 1, 0.5}, {1, 0.5, 0, 0.5}},
    {"min(x, y)", 4, {1, 2, 3, -0.0}, {2, 2, 2, 0}, {1, 0.5, 0, 0.5}, {0, 0.5, 1, 0.5}},
    {"max(x, 2, y)", 4, {2, 2, 1, 3}, {2, 1, 2, 3}, {1. / 3, 0.5, 0, 0.5}, {1. / 3, 0, 0.5, 0.5}},
    {"min(y, x, y + x)", 3, {0, 0, 1}, {0, -1, 1}, {2. / 3, 0.5, 0.5}, {2. / 3, 1, 0.5}},
    {"max(x, x)", 3, {1, 2, 3}, {0}, {1, 1, 1}, {0}},
    {"max(x, 0)", 3, {-1, 0, 1}, {0}, {0, 0.5, 1}, {0}},
    {"max(x)", 4, {3, 1, 3, 3}, {0}, {1. / 3, 0, 1. / 3, 1. / 3}, {0}},
    {"max(x)", 2, {-5, -5}, {0}, {0.5, 0.5}, {0}},
    {"min(x)", 4, {3, 1, 1, 3}, {0}, {0, 0.5, 0.5, 0}, {0}},
    {"max(x, axis = 0) * 2", 3, {2, 2, 1}, {0}, {1, 1, 0}, {0}},
    {"x^y",
     6,
     {0, 0, 0, 2, -2, 1},
     {0, 2, 1, 0, 3, 5},
     {0, 0, 1, 0, 12, 5},
     {0, 0, 0, LOG_2, NAN, 0}},
    {"x^0", 3, {-2, 0, 2}, {0}, {0, 0, 0}, {0}},
    {"x^1", 3, {-2, 0, 2}, {0}, {1, 1, 1}, {0}},
    {"x^2", 3, {-2, 0, 2}, {0}, {-4, 0, 4}, {0}},
    {"x^3", 3, {-2, 0, 2}, {0}, {12, 0, 12}, {0}},
    {"x^0.5", 2, {0, 4}, {0}, {INF, 0.25}, {0}},
    {"x^1.5", 2, {0, 4}, {0}, {0, 3}, {0}},
    {"x^-1", 2, {0, 2}, {0}, {-INF, -0.25}, {0}},
    {"sqrt(x)", 2, {0, 4}, {0}, {INF, 0.25}, {0}},
    {"log(x)", 2, {0, 4}, {0}, {INF, 0.25}, {0}},
    {"leaky_relu(x)", 4, {-1, -0.0, 0, 2}, {0}, {0.01, 0.01, 0.01, 1}, {0}},
    {"prelu(x, [4])", 4, {-1, -0.0, 0, 2}, {0}, {0.25, 0.25, 0.25, 1}, {0}},
    {"elu(x, 2)", 3, {-0.0, 0, 2}, {0}, {2, 2, 1}, {0}},
    {"selu(x)", 2, {0, 2}, {0}, {1.7580993408473766, 1.0507009873554805}, {0}},
    {"celu(x, 2)", 3, {-0.0, 0, 2}, {0}, {1, 1, 1}, {0}},
    {"softsign(x)", 3, {-1, 0, 1}, {0}, {0.25, 1, 0.25}, {0}},
    {"relu6(x)", 5, {-1, 0, 3, 6, 7}, {0}, {0, 0, 1, 0, 0}, {0}},
    {"hard_sigmoid(x)", 4, {-3, -1, 1, 3}, {0}, {0, 1. / 6, 1. / 6, 0}, {0}},
    {"hard_tanh(x)", 4, {-1, -0.5, 0.5, 1}, {0}, {0, 1, 1, 0}, {0}},
    {"hard_swish(x)", 4, {-3, -1, 1, 3}, {0}, {0, 1. / 6, 5. / 6, 1}, {0}},
    {"step(x) * y", 5, {-1, -1e-30, -0.0, 0, 1}, {2, 3, 4, 5, 6}, {0}, {0, 0, 1, 1, 1}},
    {"hardmax(x) * y", 4, {1, 2, 2, -3}, {2, 3, 4, 5}, {0, 0, 0, 0}, {0, 1, 0, 0}},
    {"floor(x) * y", 4, {-0.5, 0, 1, 1.5}, {1, 2, 3, 4}, {0, 0, 0, 0}, {-1, 0, 1, 1}},
    {"where(x > 0, x, 0)", 3, {-1, 0, 1}, {0}, {0, 0, 1}, {0}},
    {"where(x >= 0, x, 0)", 3, {-1, 0, 1}, {0}, {0, 1, 1}, {0}},
    {"where(x, x, y)", 3, {-1, 0, 1}, {5, 5, 5}, {1, 0, 1}, {0, 1, 0}},
    {"(x < y) + (x <= y) + (x == y) + (x != y)", 2, {1, 2}, {2, 2}, {0, 0}, {0, 0}},
    {"detach(x) * y", 2, {1, 2}, {3, 4}, {0, 0}, {1, 2}},
};

enum { KINKS = sizeof kinks / sizeof *kinks };

static void write_model(const Kink *kink, int number, char *text, size_t size) {
    bool has_y = false;
    for (const char *at = kink->expression; *at; at++) {
        has_y |= *at == 'y';
    }
    int length = snprintf(text, size, "network k%d\ninput u\nv = u * u\nx = param([%d], 1)\n",
                          number, kink->count);
    if (has_y) {
        length +=
            snprintf(text + length, size - (size_t)length, "y = param([%d], 1)\n", kink->count);
    }
    snprintf(text + length, size - (size_t)length,
             "loss sum(%s) + v\nupdate sgd(1)\noutput v\nbatch 1\n", kink->expression);
}

static void expect_slopes(const Kink *kink, const Running *running, const char *name,
                          const double *wanted) {
    double got[MOST];
    if (!running_get_gradient(running, name, (size_t)kink->count, got)) {
        cr_expect(name[0] == 'y');
        return;
    }
    for (int i = 0; i < kink->count; i++) {
        double exact = wanted[i];
        double limit = exact == rint(4 * exact) / 4 ? 0 : 1e-6;
        cr_expect(fabs(got[i] - exact) <= limit || got[i] == exact ||
                      (isnan(got[i]) && isnan(exact)),
                  "%s at x = %g, y = %g: slope %.9g by %s, not %.9g", kink->expression, kink->x[i],
                  kink->y[i], got[i], name, exact);
    }
}

static void check_kink(const Kink *kink, const Net *net) {
    Running *running = running_new(net, 1);
    double values[1] = {0.5};
    Data data = {.n = 1, .field_count = 1, .input_count = 1, .counts = {1}, .values = {values}};
    running_set(running, "x", (size_t)kink->count, kink->x);
    running_set(running, "y", (size_t)kink->count, kink->y);
    running_gradient(running, 1, &data);
    expect_slopes(kink, running, "x", kink->by_x);
    expect_slopes(kink, running, "y", kink->by_y);
    running_free(running);
}

static void check_kinks(Target target, bool is_double) {
    static char texts[KINKS][600];
    Net nets[KINKS] = {0};
    Oracle *oracles[KINKS];
    for (int i = 0; i < KINKS; i++) {
        write_model(&kinks[i], i, texts[i], sizeof texts[i]);
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options =
            (Options){.target = target, .is_double = is_double, .unroll = (Unroll)(i % 4)};
    }
    Nets all = {.count = KINKS, .nets = nets, .level = is_long() ? "-O1" : "-O0"};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < KINKS; i++) {
        check_kink(&kinks[i], &nets[i]);
    }
    nets_free(&all);
    for (int i = 0; i < KINKS; i++) {
        oracle_free(oracles[i]);
    }
}

Test(kinks, have_their_convention_in_c99_and_double) {
    check_kinks(TARGET_C99, true);
}

Test(kinks, have_their_convention_in_vectors_of_float) {
    check_kinks(TARGET_GENERIC, false);
    if (widest_target() != TARGET_GENERIC) {
        check_kinks(widest_target(), false);
    }
}

/* Two examples of logits that differ; the cost is the mean, each gradient half of a - y. */
typedef struct {
    const char *loss;
    double logits[2][4], targets[2][4], cost, gradient[4];
} Saturated;

#define CLASSES                                                                                    \
    {{1e4, -1e4, 0, 5}, {-1e4, 1e4, 1e4, 0}}, {{0, 1, 0, 0}, {0, 0, 1, 0}}, 10000.34657359028, {   \
        0.5, -0.25, -0.25, 0                                                                       \
    }
#define LABELS                                                                                     \
    {{1e4, -1e4, 1e4, -1e4}, {1e4, 1e4, -1e4, -1e4}}, {{1, 0, 0, 1}, {0, 1, 1, 0}}, 5000, {        \
        0.125, 0, 0, -0.125                                                                        \
    }
static const Saturated saturated[] = {
    {"cross_entropy(softmax(z), y)", CLASSES},
    {"binary_cross_entropy(sigmoid(z), y)", LABELS},
    /* behind views */
    {"cross_entropy(reshape(softmax(z), [2, 2]), reshape(y, [2, 2]))", CLASSES},
    {"cross_entropy(transpose(reshape(softmax(z), [1, 4]))[:, 0], y)", CLASSES},
    {"-sum(concat(log(softmax(z)[0:1]), log(softmax(z)[1:4])) * y)", CLASSES},
    {"-(log(softmax(z)[1]) * y[1] + log(sum(softmax(z)[2:3])) * y[2])", CLASSES},
    {"0.25 * cross_entropy(concat(sigmoid(z), 1 - sigmoid(z)), concat(y, 1 - y))", LABELS},
    {"binary_cross_entropy(reshape(sigmoid(z), [1, 4])[0], y)", LABELS},
    {"0.25 * (binary_cross_entropy(sigmoid(z)[0], y[0]) + binary_cross_entropy(sigmoid(z)[3], y[3])"
     " + 2 * binary_cross_entropy(sigmoid(z)[1:3], y[1:3]))",
     LABELS},
};

enum { SATURATED = sizeof saturated / sizeof *saturated };

static void check_saturated(const Saturated *one, const Net *net) {
    Running *running = running_new(net, 1);
    double logits[8], targets[8], got[4];
    for (int i = 0; i < 8; i++) {
        logits[i] = one->logits[i / 4][i % 4];
        targets[i] = one->targets[i / 4][i % 4];
    }
    Data data = {
        .n = 2, .field_count = 2, .input_count = 1, .counts = {4, 4}, .values = {logits, targets}};
    double cost = running_gradient(running, 2, &data), loss = running_loss(running, 2, &data);
    cr_expect(fabs(cost - one->cost) <= 1e-6 * one->cost, "%s: cost %.9g", one->loss, cost);
    cr_expect(fabs(loss - one->cost) <= 1e-6 * one->cost, "%s: loss %.9g", one->loss, loss);
    running_get_gradient(running, "b", 4, got);
    for (int i = 0; i < 4; i++) {
        cr_expect(got[i] == one->gradient[i], "%s: gradient[%d] is %.9g, not %.9g", one->loss, i,
                  got[i], one->gradient[i]);
    }
    running_free(running);
}

Test(kinks, saturated_outputs_have_the_gradient_a_minus_y) {
    static char texts[4 * SATURATED][400];
    Net nets[4 * SATURATED] = {0};
    Oracle *oracles[4 * SATURATED];
    for (int i = 0; i < 4 * SATURATED; i++) {
        snprintf(texts[i], sizeof texts[i],
                 "network s%d\ninput x[4]\ntarget y[4]\nb = param([4], 0)\nz = x + b\nloss %s\n"
                 "update sgd(1)\noutput z\nbatch 2\n",
                 i, saturated[i / 4].loss);
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options =
            (Options){.target = target_in_turn((unsigned)i), .is_double = i / 2 % 2 != 0};
    }
    Nets all = {.count = 4 * SATURATED, .nets = nets, .level = is_long() ? "-O1" : "-O0"};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < 4 * SATURATED; i++) {
        check_saturated(&saturated[i / 4], &nets[i]);
    }
    nets_free(&all);
    for (int i = 0; i < 4 * SATURATED; i++) {
        oracle_free(oracles[i]);
    }
}
