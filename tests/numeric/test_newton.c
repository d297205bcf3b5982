/* The Hessian in updates: Newton's steps as worked out by hand, in double and to 1e-10; conjugate
   gradients on a quadratic; what there is and what there is not of an evaluating update. */

#include "compare.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 32 };

typedef struct {
    Net net;
    Nets all;
    Oracle *oracle;
    Running *running;
    Data *data;
} Model;

static void model_open(Model *model, const char *text, size_t n, Options options) {
    Dice dice = dice_new(4);
    model->oracle = oracle_of(text);
    model->net = (Net){.text = text, .graph = model->oracle->graph, .options = options};
    model->all = (Nets){.count = 1, .nets = &model->net};
    cr_assert(nets_build(&model->all), "%s", model->all.message);
    model->running = running_new(&model->net, 3);
    model->data = data_new(model->oracle->graph, n, &dice);
}

static void model_close(Model *model) {
    running_free(model->running);
    data_free(model->data);
    nets_free(&model->all);
    oracle_free(model->oracle);
}

static void set(Model *model, const char *name, size_t count, const double *values) {
    cr_assert(running_set(model->running, name, count, values), "%s", name);
}

static void expect(Model *model, const char *name, size_t count, const double *wanted) {
    double got[MOST];
    cr_assert(running_get(model->running, name, count, got), "%s", name);
    for (size_t i = 0; i < count; i++)
        cr_expect(fabs(got[i] - wanted[i]) <= 1e-10 * fmax(1, fabs(wanted[i])),
                  "%s[%zu] is %.15g, not %.15g", name, i, got[i], wanted[i]);
}

#define LIST(...) ((const double[]){__VA_ARGS__})

static Options doubles(int number) {
    Options options = mode_in_turn((unsigned)number);
    options.is_double = true;
    return options;
}

/* One example x = 1: the cost is e^w - 2 w. */
Test(newton, of_one_number) {
    Model model;
    for (int mode = 0; mode < 8; mode++) {
        model_open(&model,
                   "network one\ninput x\nw = param([1], 0)\nl = sum(exp(w * x) - 2 * w)\nloss l\n"
                   "update newton()\noutput l\nbatch 4",
                   1, doubles(mode));
        model.data->values[0][0] = 1;
        running_train_step(model.running, 1, model.data);
        expect(&model, "w", 1, LIST(1));
        running_train_step(model.running, 1, model.data);
        expect(&model, "w", 1, LIST(2 / exp(1)));
        model_close(&model);
    }
}

/* Rosenbrock's valley from (0, 0): (1, 0), where the Hessian is [1202, -400; -400, 200], then its
   minimum (1, 1). As two parameters and as one of two numbers. */
Test(newton, of_two_numbers) {
    static const char *const texts[] = {
        "network two\ninput x\na = param([], 0)\nb = param([1], 0)\n"
        "l = x * ((1 - a)^2 + 100 * (sum(b) - a^2)^2)\nloss l\nupdate newton()\noutput l\nbatch 4",
        "network two\ninput x\nv = param([2], 0)\na = v[0]\nb = v[1]\n"
        "l = x * ((1 - a)^2 + 100 * (b - a^2)^2)\nloss l\nupdate newton()\noutput l\nbatch 4"};
    Model model;
    for (int mode = 0; mode < 8; mode++) {
        bool is_one = mode % 3 == 0;
        model_open(&model, texts[is_one], 1, doubles(mode));
        model.data->values[0][0] = 1;
        running_train_step(model.running, 1, model.data);
        if (is_one)
            expect(&model, "v", 2, LIST(1, 0));
        else
            expect(&model, "a", 1, LIST(1)), expect(&model, "b", 1, LIST(0));
        running_train_step(model.running, 1, model.data);
        if (is_one)
            expect(&model, "v", 2, LIST(1, 1));
        else
            expect(&model, "a", 1, LIST(1)), expect(&model, "b", 1, LIST(1));
        model_close(&model);
    }
}

/* A saddle's stationary point; then a singular Hessian, where the step is the gradient's. */
Test(newton, of_a_saddle_and_of_a_valley_floor) {
    Model model;
    model_open(&model,
               "network saddle\ninput x\nv = param([2], 1)\nl = x * (v[0]^2 - v[1]^2 + v[0])\n"
               "loss l\nupdate newton()\noutput l\nbatch 2",
               1, doubles(0));
    model.data->values[0][0] = 1;
    running_train_step(model.running, 1, model.data);
    expect(&model, "v", 2, LIST(-0.5, 0));
    model_close(&model);
    model_open(&model,
               "network floor\ninput x\nv = param([2], 1)\nl = x * (v[0] + v[1] - 3)^2\nloss l\n"
               "update newton(lr = 0.5)\noutput l\nbatch 2",
               1, doubles(0));
    model.data->values[0][0] = 1;
    running_train_step(model.running, 1, model.data);
    expect(&model, "v", 2, LIST(2, 2));
    model_close(&model);
}

/* The maximum of -sum(w^2): down the gradient instead, -(-2 w). With damping 3 it is a minimum. */
Test(newton, of_negative_curvature) {
    static const char *const updates[] = {"newton()", "newton(damping = 3)"};
    for (int i = 0; i < 2; i++) {
        char text[256];
        Model model;
        sprintf(text,
                "network hill\ninput x\nw = param([3], 1)\nl = -x * sum(w^2)\nloss l\nupdate %s\n"
                "output l\nbatch 2",
                updates[i]);
        model_open(&model, text, 1, doubles(2 * i));
        model.data->values[0][0] = 1;
        set(&model, "w", 3, LIST(1, -2, 0.5));
        running_train_step(model.running, 1, model.data);
        double factor = i == 0 ? 3 : 1 + 2; /* w + 2 w; w + 2 w / (3 - 2) */
        expect(&model, "w", 3, LIST(factor, -2 * factor, 0.5 * factor));
        model_close(&model);
    }
}

/* Sums of squares are quadratic: one step and the gradient is 0, from anywhere. */
Test(newton, reaches_the_minimum_of_a_quadratic_in_one_step) {
    for (int mode = 0; mode < 8; mode++) {
        Model model;
        model_open(&model,
                   "network quadratic\ninput x[4]\ntarget y[2]\np = dense(x, 2)\n"
                   "loss half_squared_error(p, y) + l2(0.1)\n"
                   "update newton(iterations = 12, tolerance = 1e-14)\noutput p\nbatch 16",
                   16, doubles(mode));
        double gradient[MOST];
        running_train_step(model.running, 16, model.data);
        running_gradient(model.running, 16, model.data);
        running_gradients(model.running, gradient);
        for (size_t i = 0; i < model.net.glue->gradient_count; i++)
            cr_expect(fabs(gradient[i]) <= 1e-10, "mode %d: gradient[%zu] is %g", mode, i,
                      gradient[i]);
        model_close(&model);
    }
}

/* A user's own: hessian(weight) of a quadratic is what the gradient has besides its constant. */
Test(newton, hessian_of_a_users_optimizer) {
    Model model;
    model_open(&model,
               "network own\ninput x\na = param([2], 1)\nb = param([3], 2)\n"
               "l = x * (sum(a^2) * 3 + sum(a) * sum(b) + sum(b^4))\nloss l\n"
               "optimizer plain() {\n    state last = 0\n    last = hessian(weight)\n"
               "    weight = weight - 0.01 * last\n}\n"
               "update plain() for a\nupdate sgd(0.5)\noutput l\nbatch 2",
               1, doubles(1));
    model.data->values[0][0] = 1;
    running_train_step(model.running, 1, model.data);
    expect(&model, "a.last", 2, LIST(6, 6)); /* b stays where it is in this product */
    expect(&model, "a", 2, LIST(0.94, 0.94));
    expect(&model, "b", 3, LIST(2 - 17, 2 - 17, 2 - 17)); /* 2 + 4 * 8 = 34 */
    model_close(&model);
}

/* Momentum's point: the Hessian is taken where the gradient is. */
Test(newton, hessian_at_a_point) {
    Model model;
    model_open(&model,
               "network ahead\ninput x\nw = param([3], 1)\nl = x * sum(w^3)\nloss l\n"
               "optimizer ahead() {\n    at weight + 1\n    weight = hessian(weight)\n}\n"
               "update ahead()\noutput l\nbatch 2",
               1, doubles(0));
    model.data->values[0][0] = 1;
    running_train_step(model.running, 1, model.data);
    expect(&model, "w", 3, LIST(12, 12, 12)); /* 6 * (1 + 1) * 1 */
    model_close(&model);
}

/* One row of newton.txt: a word, then numbers. */
static size_t read_row(FILE *file, const char *word, size_t most, double *numbers) {
    char got[16];
    size_t count = 0;
    cr_assert_eq(fscanf(file, "%15s", got), 1);
    cr_assert_str_eq(got, word);
    while (count < most && fscanf(file, "%lf", &numbers[count]) == 1)
        count++;
    int end = fgetc(file);
    cr_assert_eq(end, '\n', "%s", word);
    return count;
}

/* Ten steps of one setting of newton.txt. */
static void follow(Model *model, const double *start, const double *path) {
    double got[5];
    set(model, "p.weight", 4, start);
    set(model, "p.bias", 1, start + 4);
    for (int step = 0; step < 10; step++) {
        running_train_step(model->running, 12, model->data);
        running_get(model->running, "p.weight", 4, got);
        running_get(model->running, "p.bias", 1, got + 4);
        for (int i = 0; i < 5; i++) {
            double wanted = path[5 * step + i];
            cr_expect(fabs(got[i] - wanted) <= 1e-6 * fabs(wanted),
                      "%s: step %d, [%d] is %.12g, not %.12g", model->net.text, step, i, got[i],
                      wanted);
        }
    }
}

Test(newton, ten_steps_as_computed_in_python) {
    char call[128], text[512];
    double x[48], y[12], start[5], path[50];
    int settings = 0;
    FILE *file = fopen(NNGEN_SOURCE "/tests/numeric/newton.txt", "r");
    cr_assert(file);
    cr_assert_eq(read_row(file, "x", 48, x), 48);
    cr_assert_eq(read_row(file, "y", 12, y), 12);
    cr_assert_eq(read_row(file, "start", 5, start), 5);
    for (; fscanf(file, " %127[^\n]", call) == 1; settings++) {
        Model model;
        cr_assert_eq(read_row(file, "steps", 50, path), 50);
        sprintf(text,
                "network ten\ninput x[4]\ntarget y[1]\np = sigmoid(dense(x, 1))\n"
                "loss binary_cross_entropy(p, y) + l2(0.01)\nupdate %s\noutput p\nbatch 12",
                call);
        model_open(&model, text, 12, doubles(settings * 3));
        memcpy(model.data->values[0], x, sizeof x);
        memcpy(model.data->values[1], y, sizeof y);
        follow(&model, start, path);
        model_close(&model);
    }
    fclose(file);
    cr_assert_eq(settings, 4);
}

Test(newton, has_train_step_alone) {
    Model model;
    model_open(&model,
               "network alone\ninput x[2]\ntarget y\np = sum(dense(x, 1))\n"
               "loss half_squared_error(p, y)\nupdate newton()\noutput p\nbatch 2",
               2, doubles(0));
    cr_expect_null(model.net.network->update);
    cr_expect_not_null(model.net.network->train_step);
    cr_expect_not_null(model.net.network->gradient);
    cr_expect_null(strstr(model.net.result.header, "alone_update("));
    cr_expect_null(strstr(model.net.result.header, "alone_gradient_add("));
    cr_expect_not_null(strstr(model.net.result.header, "train_step is the only one"));
    model_close(&model);
}
