/* Each regularizer against its formula: what it adds to the cost and to the gradient, zeros among
   the weights; biases are left out. */

#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

enum { COUNT = 6 };

/* The cost is the sum of by_size |w| + by_square w^2. examples: the size of the training set as the
   caller says it, or 0. */
typedef struct {
    const char *call;
    double by_size, by_square, examples;
} Regularizer;

static const Regularizer rows[] = {
    {"l1(0.3)", 0.3, 0, 0},
    {"l2(0.2)", 0, 0.2, 0},
    {"elastic_net(0.3, 0.2)", 0.3, 0.2, 0},
    {"elastic_net(l2 = 0.2, l1 = 0)", 0, 0.2, 0},
    {"l2_course(0.7, 50)", 0, 0.7 / 100, 0},
    {"l2_course(0.7, m = 50) + l1(0.1)", 0.1, 0.7 / 100, 0},
    {"l2_course(0.7)", 0, 0.7 / 2, 0}, /* a batch of one */
    {"l2_course(0.7)", 0, 0.7 / 100, 50},
    {"l1_course(0.7, 50)", 0.7 / 100, 0, 0},
    {"l1_course(0.7) + l2_course(0.3)", 0.7 / 100, 0.3 / 100, 50},
    {"l2(3 / examples)", 0, 3.0 / 200, 200},
};
enum { ROWS = sizeof rows / sizeof *rows };

static const double weights[COUNT] = {0, -2, 1e-3, 300, -0.5, 0};

static void check_regularizer(const Regularizer *one, const Net *net) {
    Running *running = running_new(net, 1);
    double input[] = {0}, slopes[COUNT], bias[3], cost = 0;
    Data data = {.n = 1, .field_count = 1, .input_count = 1, .counts = {1}, .values = {input}};
    running_set(running, "h.weight", COUNT, weights);
    if (one->examples > 0)
        cr_assert(running_set(running, "examples", 1, &one->examples));
    running_set(running, "h.bias", 3, (double[]){5, 6, 7});
    double loss = running_loss(running, 1, &data), trained = running_gradient(running, 1, &data);
    cr_assert(running_get_gradient(running, "h.weight", COUNT, slopes));
    cr_assert(running_get_gradient(running, "h.bias", 3, bias));
    for (int i = 0; i < COUNT; i++) {
        double w = weights[i], slope = one->by_size * ((w > 0) - (w < 0)) + 2 * one->by_square * w;
        cost += one->by_size * fabs(w) + one->by_square * w * w;
        cr_expect(fabs(slopes[i] - slope) <= 1e-14 * fabs(slope), "%s: slope %g at %g", one->call,
                  slopes[i], w);
    }
    cr_expect(fabs(loss - cost) <= 1e-14 * cost, "%s: %.17g, not %.17g", one->call, loss, cost);
    cr_expect(fabs(trained - cost) <= 1e-14 * cost, "%s: %.17g", one->call, trained);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(bias[i], 0, "%s: bias %g", one->call, bias[i]);
    running_free(running);
}

Test(regularizers, are_their_formulas) {
    static char texts[ROWS][300];
    Net nets[ROWS] = {0};
    Oracle *oracles[ROWS];
    for (int i = 0; i < ROWS; i++) {
        snprintf(texts[i], sizeof texts[i],
                 "network r%d\ninput u\nh = dense(u * expand(1, [2]), 3) * u\nloss sum(h) + %s\n"
                 "update sgd(1)\noutput h\nbatch 1\n",
                 i, rows[i].call);
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options = (Options){.target = target_in_turn((unsigned)i), .is_double = true};
    }
    Nets all = {.count = ROWS, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < ROWS; i++)
        check_regularizer(&rows[i], &nets[i]);
    nets_free(&all);
    for (int i = 0; i < ROWS; i++)
        oracle_free(oracles[i]);
}
