/* maxout and prelu with results computed by hand, which show which parameter belongs to which unit.
   */

#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>

enum { MOST = 12 };

typedef struct {
    Oracle *oracle;
    Net net;
    Nets all;
    Running *running;
    double gradient[MOST];
} Layer;

static void open_layer(Layer *layer, const char *text, Target target) {
    *layer = (Layer){.oracle = oracle_of(text)};
    layer->net = (Net){.text = text, .graph = layer->oracle->graph};
    layer->net.options = (Options){.target = target, .is_double = true};
    layer->all = (Nets){.count = 1, .nets = &layer->net};
    cr_assert(nets_build(&layer->all), "%s", layer->all.message);
    layer->running = running_new(&layer->net, 1);
}

static void close_layer(Layer *layer) {
    running_free(layer->running);
    nets_free(&layer->all);
    oracle_free(layer->oracle);
}

static Data inputs(double *x, size_t count) {
    return (Data){.n = 1, .field_count = 1, .input_count = 1, .counts = {count}, .values = {x}};
}

static void expect_gradient(Layer *layer, const char *name, size_t count, const double *wanted) {
    cr_assert(running_get_gradient(layer->running, name, count, layer->gradient), "no %s", name);
    for (size_t i = 0; i < count; i++)
        cr_expect(fabs(layer->gradient[i] - wanted[i]) <= 1e-12, "%s[%zu]: %g, not %g", name, i,
                  layer->gradient[i], wanted[i]);
}

static void expect_output(Layer *layer, const Data *data, size_t count, const double *wanted) {
    double got[MOST];
    running_predict(layer->running, 1, data, (double *[]){got});
    for (size_t i = 0; i < count; i++)
        cr_expect(fabs(got[i] - wanted[i]) <= 1e-12, "output %zu: %g, not %g", i, got[i],
                  wanted[i]);
}

/* Rows 0 and 1 are the first unit's pieces, 2 and 3 the second's, which are tied. */
Test(activation_layers, maxout_takes_the_largest_of_a_units_pieces) {
    static const double weight[] = {1, 0, 0, 1, 1, 1, 2, 0};
    static const double bias[] = {0, 0.5, -1, -1.5};
    for (unsigned number = 0; number < 2; number++) {
        Layer layer;
        double x[] = {2, 1.5};
        open_layer(&layer,
                   "network m\ninput x[2]\nh = maxout(x, 2)\nloss h[0] + 10 * h[1]\nupdate sgd(1)\n"
                   "output h\nbatch 1\n",
                   number ? widest_target() : TARGET_C99);
        cr_assert(running_set(layer.running, "h.weight", 8, weight));
        cr_assert(running_set(layer.running, "h.bias", 4, bias));
        Data data = inputs(x, 2);
        expect_output(&layer, &data, 2, (double[]){2, 2.5});
        running_gradient(layer.running, 1, &data);
        expect_gradient(&layer, "h.bias", 4, (double[]){0.5, 0.5, 5, 5});
        expect_gradient(&layer, "h.weight", 8, (double[]){1, 0.75, 1, 0.75, 10, 7.5, 10, 7.5});
        x[0] = 3; /* 3 against 2; 3.5 against 4.5 */
        expect_output(&layer, &data, 2, (double[]){3, 4.5});
        running_gradient(layer.running, 1, &data);
        expect_gradient(&layer, "h.bias", 4, (double[]){1, 0, 0, 10});
        close_layer(&layer);
    }
}

Test(activation_layers, prelu_learns_one_slope_or_one_per_unit) {
    for (unsigned number = 0; number < 2; number++) {
        Layer layer;
        double x[] = {-2, 3, -0.5, 0, -1, 4};
        open_layer(&layer,
                   "network p\ninput x[2, 3]\na = prelu(x)\nb = prelu(x, shape(x))\n"
                   "c = prelu(x, [2, 1], 0.5)\nd = a + b + c\nloss sum(d)\nupdate sgd(0.1)\n"
                   "output d\nbatch 1\n",
                   number ? widest_target() : TARGET_C99);
        Data data = inputs(x, 6);
        expect_output(&layer, &data, 6, (double[]){-2, 9, -0.5, 0, -1, 12});
        running_gradient(layer.running, 1, &data);
        expect_gradient(&layer, "a.slope", 1, (double[]){-3.5});
        expect_gradient(&layer, "b.slope", 6, (double[]){-2, 0, -0.5, 0, -1, 0});
        expect_gradient(&layer, "c.slope", 2, (double[]){-2.5, -1});
        running_train_step(layer.running, 1, &data); /* slopes 0.6, 0.45.., 0.75, 0.6 */
        expect_output(&layer, &data, 6, (double[]){-3.6, 9, -0.825, 0, -1.55, 12});
        close_layer(&layer);
    }
}
