/* `derivative y by x`: the emitted functions against central differences over every element, and
   against the generic library's own backward pass; both targets, precisions and all unroll modes,
   by turns. */

#include "compare.h"
#include "gradient.h"
#include "long.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODES = 8, EXAMPLES = 3 };

/* Derivative number k of a model is that of output k by the knob: an input, or a parameter that is
   added to x. */
typedef struct {
    const char *name, *text;
    const char *knobs[4];
} Row;

static const Row rows[] = {
    {"a square and its second derivative",
     "input x\ny = x^2 + 2\nderivative y by x\nderivative y_by_x by x\noutput y, y_by_x",
     {"x", "x"}},
    {"a softmax and its logarithm",
     "input x[4]\nh = 1 / (1 + exp(-dense(x, 5)))\np = softmax(dense(h, 3))\nlp = log(p)\n"
     "q = sum(p * p)\nderivative p by x\nderivative lp by x\nderivative q by x\n"
     "derivative q_by_x by x\noutput p, lp, q, q_by_x",
     {"x", "x", "x", "x"}},
    {"by a value between",
     "input x[3] minmax\ns = param([4], 0.1)\nh = dense(x, 4) + s\np = softmax(tanh(h))\n"
     "lp = log(p)\nderivative p by h\nderivative lp by h\noutput p, lp",
     {"s", "s"}},
    {"by the logarithm's own argument",
     "input x[3]\ns = param([3], 0)\np = softmax(x) + s\nlp = log(p) * x\nderivative lp by p\n"
     "output lp",
     {"s"}},
    {"by a parameter, per example",
     "input x[3]\nw = param([2, 3], 0.3)\ny = tanh(matmul(w, x))\nderivative y by w\n"
     "z = sum(y)\nderivative z by w\nderivative z_by_w by x\noutput y, z, z_by_w",
     {"w", "w", "x"}},
    {"a convolution",
     "input x[2, 6]\nf = param([2, 2, 3], 0.2)\n"
     "y = tanh(contract(f[o, c, k] * x[c, t + k - 1], o = 2, t = 6) * 0.5)\nderivative y by x\n"
     "derivative y by f\noutput y, also\nalso = y * 1",
     {"x", "f"}},
    {"windows",
     "input x[2, 6]\nf = param([2, 6], 0.7)\n"
     "y = window_max(tanh(x * f)[c, 2*t + k - 1], over(k = 3), c = 2, t = 3)\n"
     "z = sum(window_mean((y * y)[c, t + k], over(k = 2), c = 2, t = 3))\nderivative y by x\n"
     "derivative z by f\nderivative z_by_f by x\noutput y, z, z_by_f",
     {"x", "f", "x"}},
    {"many values by few",
     "input x[2]\nh = dense(x, 70)\ny = h * h * x[0]\nderivative y by x\noutput y",
     {"x"}},
    {"few values by many",
     "input x[70]\nh = dense(x, 3)\ny = h * h * sum(x * x)\nderivative y by x\noutput y",
     {"x"}},
    {"views, sums and a maximum",
     "input x[2, 3]\ny = concat(transpose(x)[1], max(x, axis = 1) * sum(x), reshape(x, [6])[2:4] ^ "
     "3)\n"
     "derivative y by x\noutput y",
     {"x"}},
    {"layers that differ in training",
     "input x[3]\nh = dropout(dense(x, 4), 0.3)\nc = where(training, batch_mean(h), 0.5)\n"
     "y = sum((h - c)^2)\nderivative y by x\noutput y",
     {"x"}},
    {"batch normalization",
     "input x[3]\ns = param([4], 0.1)\nh = dense(x, 4) + s\nn = tanh(batch_norm(h))\n"
     "y = dense(n, 2)\nderivative y by h\nderivative n by x\noutput y, n",
     {"s", "x"}},
    {"scaled inputs",
     "input x[3] standard\ninput z[2] minmax\nh = tanh(dense(x, 4))\n"
     "y = sum(h) * z + sum(x * x) * 0.1\nderivative y by x\nderivative y by z\n"
     "derivative y_by_x by z\noutput y, also, y_by_x\nalso = y * 1",
     {"x", "z", "z"}},
    {"the table of derivatives, twice",
     "input x[1]\nu = 0.5 * x\nt = concat(tan(u), cot(x), sec(u), csc(x), asin(u), acos(u))\n"
     "h = concat(sinh(x), cosh(x), coth(x), sech(x), csch(x))\n"
     "i = concat(asinh(x), acosh(1 + x), atanh(u), acoth(1 + x))\ny = concat(t, h, i)\n"
     "derivative y by x\nderivative y_by_x by x\noutput y, y_by_x",
     {"x", "x"}},
    {"what does not depend on the example",
     "input x[2]\nw = param([3], 0.4)\nq = sum(w^3)\nderivative q by w\noutput q, y\ny = q * x",
     {"w"}},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* `output` may name what the text defines later: it comes last. */
static char *model_of(int row) {
    const char *text = rows[row].text, *output = strstr(text, "output "),
               *end = strchr(output, '\n');
    char *model = malloc(strlen(text) + 64);
    size_t rest = end ? strlen(end) : 0;
    sprintf(model, "network row%d\n%.*s%s\n%.*s\n", row, (int)(output - text), text,
            rest ? end + 1 : "", (int)(strlen(output) - rest), output);
    return model;
}

static size_t count_of(const Node *node) {
    return (size_t)shape_count(node->shape);
}

static void fill_inputs(Data *data, Dice *dice) {
    for (int i = 0; i < data->input_count; i++)
        for (size_t k = 0; k < data->n * data->counts[i]; k++)
            data->values[i][k] = (float)dice_real(dice, 0.3, 1.7);
}

/* The numbers of the knob for that example. */
static double *knob_values(const Oracle *oracle, const Data *data, const char *knob,
                           size_t example) {
    for (int i = 0; i < data->field_count; i++)
        if (strcmp(data->variables[i]->name, knob) == 0)
            return data->values[i] + example * data->counts[i];
    for (int v = 0; v < oracle->graph->variable_count; v++)
        if (strcmp(oracle->graph->variables[v]->name, knob) == 0)
            return generic_variable(oracle->generic, oracle->graph->variables[v]);
    cr_assert_fail("no knob %s", knob);
    return NULL;
}

static void predict(Running *running, const Oracle *oracle, const Data *data, size_t example,
                    double **out) {
    copy_variables(oracle, running);
    running_predict_one(running, example, data, out);
}

/* Of fourth order, over every element of the knob. */
static void check_differences(const Row *row, int number, Running *running, const Oracle *oracle,
                              const Data *data, size_t example, const double *got) {
    const Graph *graph = oracle->graph;
    size_t count = count_of(graph->outputs[number]);
    size_t columns = count_of(graph->jacobians[number].x);
    double *knob = knob_values(oracle, data, row->knobs[number], example), typical = 0;
    double *all = calloc(4 * 1000, sizeof *all), *out[4][4], step = 1e-3;
    for (size_t i = 0; i < count * columns; i++)
        typical += got[i] * got[i] / (double)(count * columns);
    for (size_t column = 0; column < columns; column++) {
        double at = knob[column];
        for (int k = 0; k < 4; k++) {
            double *outputs[4];
            size_t used = 0;
            for (int o = 0; o < graph->output_count; o++) {
                outputs[o] = all + 1000 * k + used;
                used += count_of(graph->outputs[o]);
                out[k][o] = outputs[o];
            }
            cr_assert_leq(used, 1000);
            knob[column] = at + (k < 2 ? k - 2 : k - 1) * step;
            predict(running, oracle, data, example, outputs);
        }
        knob[column] = at;
        for (size_t i = 0; i < count; i++) {
            double far = out[0][number][i] - out[3][number][i];
            double near = out[2][number][i] - out[1][number][i];
            double wanted = (far + 8 * near) / (12 * step), is = got[i * columns + column];
            double limit = 1e-6 * fmax(fmax(fabs(wanted), fabs(is)), sqrt(typical));
            cr_expect(fabs(is - wanted) <= limit, "%s: %s[%zu, %zu] is %.12g, by differences %.12g",
                      row->name, graph->jacobians[number].name, i, column, is, wanted);
        }
    }
    predict(running, oracle, data, example, out[0]);
    free(all);
}

static void check_generic(const Row *row, int number, const Oracle *oracle, const Data *data,
                          size_t example, const double *got, double limit) {
    const Jacobian *jacobian = &oracle->graph->jacobians[number];
    size_t count = count_of(jacobian->y) * count_of(jacobian->x);
    double *wanted = calloc(count, sizeof *wanted), largest = 0;
    Data rest = data_from(data, example);
    generic_jacobian(oracle->generic, rest.in, jacobian->y, jacobian->x, wanted);
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(wanted[i]));
    cr_assert_gt(largest, 0);
    for (size_t i = 0; i < count; i++)
        cr_expect(fabs(got[i] - wanted[i]) <= limit * largest,
                  "%s: %s[%zu] is %.12g, generic %.12g", row->name, jacobian->name, i, got[i],
                  wanted[i]);
    free(wanted);
}

static void check_row(const Row *row, const Net *net, Oracle *oracle, const Data *data) {
    const Graph *graph = oracle->graph;
    Running *running = running_new(net, 3);
    copy_variables(oracle, running);
    for (size_t example = 0; example < EXAMPLES; example++)
        for (int number = 0; number < graph->jacobian_count; number++) {
            size_t count = count_of(graph->jacobians[number].value);
            double *got = calloc(count, sizeof *got);
            running_derivative(running, number, example, data, count, got);
            check_generic(row, number, oracle, data, example, got, limit_of(&net->options));
            if (net->options.is_double)
                check_differences(row, number, running, oracle, data, example, got);
            free(got);
        }
    running_free(running);
}

/* Scaled inputs, away from 0 and 1. */
static void fit_inputs(Oracle *oracle, const Data *data) {
    const Graph *graph = oracle->graph;
    generic_fit(oracle->generic, data->n, data->in);
    for (int v = 0; v < graph->variable_count; v++)
        for (size_t i = 0; graph->variables[v]->kind == VARIABLE_SCALING &&
                           i < (size_t)shape_count(graph->variables[v]->shape);
             i++) {
            double *value = generic_variable(oracle->generic, graph->variables[v]);
            value[i] = (float)value[i];
        }
}

/* Every row in one library, in the mode. */
static void check_mode(int mode) {
    Net nets[ROW_COUNT] = {0};
    Nets all = {.count = ROW_COUNT, .nets = nets};
    Oracle *oracles[ROW_COUNT];
    char *texts[ROW_COUNT];
    Dice dice = dice_new(7);
    for (int i = 0; i < ROW_COUNT; i++) {
        texts[i] = model_of(i);
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options = mode_in_turn((unsigned)mode);
    }
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < ROW_COUNT; i++) {
        Data *data = data_new(oracles[i]->graph, EXAMPLES, &dice);
        fill_inputs(data, &dice);
        generic_init(oracles[i]->generic, 3);
        move_variables(oracles[i], &dice);
        fit_inputs(oracles[i], data);
        check_row(&rows[i], &nets[i], oracles[i], data);
        data_free(data);
    }
    nets_free(&all);
    for (int i = 0; i < ROW_COUNT; i++) {
        oracle_free(oracles[i]);
        free(texts[i]);
    }
}

Test(derivative, of_every_row_in_every_mode) {
    for (int mode = 0; mode < slice_of(MODES / 2, MODES); mode++)
        check_mode(mode);
}

/* A slope in the loss is one of training there: dropout's numbers are those of the step. */
Test(derivative, in_a_loss) {
    const char *text =
        "network pull\ninput x[2]\ntarget y\nh = dropout(tanh(dense(x, 5)), 0.3)\n"
        "u = sum(dense(h, 1))\nderivative u by x\nderivative u_by_x by x\n"
        "loss half_squared_error(u + sum(u_by_x^2) + sum(u_by_x_by_x), y)\nupdate sgd(0.1)\n"
        "output u\nbatch 4";
    Oracle *oracle = oracle_of(text);
    for (int mode = 0; mode < slice_of(MODES / 2, MODES); mode++) {
        Dice dice = dice_new(9);
        Net net = {.text = text, .graph = oracle->graph};
        net.options = mode_in_turn((unsigned)mode);
        net.options.is_double = true;
        Nets all = {.count = 1, .nets = &net};
        cr_assert(nets_build(&all), "%s", all.message);
        Running *running = running_new(&net, 3);
        Data *data = data_new(oracle->graph, 4, &dice);
        GradientCheck check = {0};
        cr_expect(check_gradients(running, oracle->graph, data, mode % 2 ? 3 : 4, &check),
                  "mode %d: %s", mode, check.failure);
        cr_expect_gt(check.elements, 15);
        data_free(data);
        running_free(running);
        nets_free(&all);
    }
    oracle_free(oracle);
}

/* Of a mean over an incomplete batch, in which the rows of the padding do not count. */
Test(derivative, of_a_mean_over_an_incomplete_batch) {
    const char *text = "network padded\ninput x[3]\ntarget y\n"
                       "c = where(training, batch_mean(x), 0.5 * [1, 1, 1])\n"
                       "u = tanh(dense(x, 3)) * c + contract(c[i] * x[j], i = 3, j = 3)[0]\n"
                       "derivative u by x\nloss half_squared_error(sum(u) + sum(u_by_x^2), y)\n"
                       "update sgd(0.1)\noutput u\nbatch 4";
    Oracle *oracle = oracle_of(text);
    for (int mode = 0; mode < MODES; mode++) {
        Dice dice = dice_new(9);
        Net net = {.text = text, .graph = oracle->graph, .options = mode_in_turn((unsigned)mode)};
        Nets all = {.count = 1, .nets = &net};
        cr_assert(nets_build(&all), "%s", all.message);
        Data *data = data_new(oracle->graph, 7, &dice);
        Comparison comparison = {.limit = limit_of(&net.options)};
        cr_expect(compare_net(&net, oracle, data, 3, &comparison), "mode %d: %s", mode,
                  comparison.failure);
        data_free(data);
        nets_free(&all);
    }
    oracle_free(oracle);
}

/* By the input as the caller passes it: y = (s0^2 s1, s0 s2) of s = (x - low) scale, in closed
   form. The second column of the training set is constant, so that its scale is 1. */
enum { ROWS = 4, COLUMNS = 3, SCALED = 2 * MODES };
static const double fitted[ROWS][COLUMNS] = {{1, 3, -20}, {2, 3, 10}, {4, 3, 0}, {9, 3, 30}};
static const double asked[COLUMNS] = {5, 7.5, 12};

static void find_scaling(bool is_minmax, double *low, double *scale) {
    for (int c = 0; c < COLUMNS; c++) {
        double least = fitted[0][c], most = least, mean = 0, square = 0;
        for (int r = 0; r < ROWS; r++) {
            least = fmin(least, fitted[r][c]);
            most = fmax(most, fitted[r][c]);
            mean += fitted[r][c] / ROWS;
        }
        for (int r = 0; r < ROWS; r++)
            square += (fitted[r][c] - mean) * (fitted[r][c] - mean) / ROWS;
        double range = is_minmax ? most - least : sqrt(square);
        low[c] = is_minmax ? least : mean;
        scale[c] = range > 0 ? 1 / range : 1;
    }
}

static void expect_numbers(const Net *net, const char *what, int count, const double *got,
                           const double *wanted) {
    for (int i = 0; i < count; i++)
        cr_expect(fabs(got[i] - wanted[i]) <=
                      (net->options.is_double ? 1e-12 : 1e-5) * fmax(fabs(wanted[i]), 1e-3),
                  "%s: %s[%d] is %.9g, not %.9g\n%s", target_name(net->options.target), what, i,
                  got[i], wanted[i], net->text);
}

static void check_scaled(const Net *net, bool is_minmax) {
    double low[COLUMNS], k[COLUMNS], s[COLUMNS], numbers[ROWS * COLUMNS];
    double got[4][18], *out[] = {got[0], got[1]};
    Data data = {.n = ROWS, .field_count = 1, .input_count = 1, .counts = {COLUMNS}};
    data.values[0] = numbers;
    memcpy(numbers, fitted, sizeof numbers);
    find_scaling(is_minmax, low, k);
    Running *running = running_new(net, 3);
    running_fit(running, &data);
    memcpy(numbers, asked, sizeof asked);
    for (int i = 0; i < COLUMNS; i++)
        s[i] = (asked[i] - low[i]) * k[i];
    const double first[2 * COLUMNS] = {
        2 * s[0] * s[1] * k[0], s[0] * s[0] * k[1], 0, s[2] * k[0], 0, s[0] * k[2]};
    const double second[2 * COLUMNS * COLUMNS] = {
        2 * s[1] * k[0] * k[0], 2 * s[0] * k[0] * k[1], 0,
        2 * s[0] * k[0] * k[1], [11] = k[0] * k[2],     [15] = k[0] * k[2]};
    running_derivative(running, 0, 0, &data, 6, got[2]);
    running_derivative(running, 1, 0, &data, 18, got[3]);
    running_predict_one(running, 0, &data, out);
    expect_numbers(net, "y_by_x", 6, got[2], first);
    expect_numbers(net, "y_by_x_by_x", 18, got[3], second);
    expect_numbers(net, "y_by_x as a value", 6, got[0], first);
    expect_numbers(net, "y_by_x_by_x as a value", 18, got[1], second);
    running_free(running);
}

Test(derivative, by_a_scaled_input_is_by_what_the_caller_passes) {
    static char texts[SCALED][400];
    Net nets[SCALED] = {0};
    Oracle *oracles[SCALED];
    bool is_minmax[SCALED];
    int count = is_long() ? SCALED : MODES;
    for (int i = 0; i < count; i++) {
        is_minmax[i] = (i + i / 4 + i / MODES) % 2 == 0;
        snprintf(texts[i], sizeof texts[i],
                 "network scaled%d\ninput x[3] %s\ny = concat(x[0:1]^2 * x[1], x[0:1] * x[2])\n"
                 "derivative y by x\nderivative y_by_x by x\noutput y_by_x, y_by_x_by_x\n",
                 i, is_minmax[i] ? "minmax" : "standard");
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options = mode_in_turn((unsigned)i % MODES);
    }
    Nets all = {.count = count, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < count; i++)
        check_scaled(&nets[i], is_minmax[i]);
    nets_free(&all);
    for (int i = 0; i < count; i++)
        oracle_free(oracles[i]);
}

/* Of a loss, whose targets are arguments: derivative number 0, against differences of the loss of
   one example. `knob` is what it is by. */
static const char *const lossy[][2] = {
    {"input x[3] standard\ntarget a\ntarget y[4] onehot\ntarget b[4]\nh = tanh(dense(x, 5))\n"
     "p = softmax(dense(h, 4))\nc = cross_entropy(p, y)\nderivative c by x\nloss c\n"
     "update sgd(0.1)\noutput p\nbatch 4\nmetric accuracy(p, y), mean_absolute_error(sum(h), a), "
     "root_mean_squared_error(p, b)",
     "x"},
    {"input x[3] minmax\ntarget y[2]\np = sigmoid(dense(x, 2))\nc = binary_cross_entropy(p, y)\n"
     "derivative c by x\nderivative c_by_x by x\nloss c\nupdate sgd(0.1)\noutput p\nbatch 4",
     "x"},
    {"input x[3]\ntarget y\nw = param([3], 0.4)\np = sum(w * x)\nc = (p - y)^2 * p\n"
     "derivative c by w\nloss c\nupdate sgd(0.1)\noutput p\nbatch 4",
     "w"},
};
enum { LOSSES = sizeof lossy / sizeof *lossy };

static double loss_of(Running *running, const Oracle *oracle, const Data *data, size_t example) {
    Data rest = data_from(data, example);
    copy_variables(oracle, running);
    return running_loss(running, 1, &rest);
}

static void check_loss(const Net *net, const Oracle *oracle, const Data *data, const char *knob) {
    const double step = 1e-3;
    Running *running = running_new(net, 3);
    const Row row = {.name = "a loss"};
    for (size_t example = 0; example < EXAMPLES; example++) {
        size_t count = count_of(oracle->graph->jacobians[0].x);
        double got[16], *values = knob_values(oracle, data, knob, example);
        copy_variables(oracle, running);
        for (int number = 0; number < oracle->graph->jacobian_count; number++) {
            running_derivative(running, number, example, data,
                               count_of(oracle->graph->jacobians[number].value), got);
            check_generic(&row, number, oracle, data, example, got, limit_of(&net->options));
        }
        running_derivative(running, 0, example, data, count, got);
        for (size_t i = 0; i < count && net->options.is_double; i++) {
            double at = values[i], sides[4];
            for (int k = 0; k < 4; k++) {
                values[i] = at + (k < 2 ? k - 2 : k - 1) * step;
                sides[k] = loss_of(running, oracle, data, example);
            }
            values[i] = at;
            double wanted = (sides[0] - sides[3] + 8 * (sides[2] - sides[1])) / (12 * step);
            cr_expect(fabs(got[i] - wanted) <= 1e-7 * fmax(fabs(wanted), 0.1),
                      "[%zu] is %.12g, by differences %.12g\n%s", i, got[i], wanted, net->text);
        }
    }
    running_free(running);
}

Test(derivative, of_a_loss_takes_its_targets) {
    static char texts[MODES * LOSSES][600];
    Net nets[MODES * LOSSES] = {0};
    Oracle *oracles[MODES * LOSSES];
    Dice dice = dice_new(11);
    int count = is_long() ? MODES * LOSSES : MODES, loss[MODES * LOSSES];
    for (int i = 0; i < count; i++) {
        loss[i] = (i + i / MODES) % LOSSES;
        snprintf(texts[i], sizeof texts[i], "network loss%d\n%s\n", i, lossy[loss[i]][0]);
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options = mode_in_turn((unsigned)(i % MODES));
    }
    Nets all = {.count = count, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < count; i++) {
        Data *data = data_new(oracles[i]->graph, EXAMPLES, &dice);
        fill_inputs(data, &dice);
        generic_init(oracles[i]->generic, 3);
        move_variables(oracles[i], &dice);
        fit_inputs(oracles[i], data);
        check_loss(&nets[i], oracles[i], data, lossy[loss[i]][1]);
        data_free(data);
    }
    nets_free(&all);
    for (int i = 0; i < count; i++)
        oracle_free(oracles[i]);
}
