/* `hessian`: the emitted product of the Hessian with a direction. In double against central
   differences of `gradient` over every element of every parameter, and u.Hv = v.Hu; in float
   against double; for full and incomplete batches, targets and unroll modes by turns. */

#include "compare.h"
#include "long.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MODES = 8, BATCH = 4, MOST = 128 };

static const struct {
    const char *name, *text;
} rows[] = {
    {"softmax and cross-entropy",
     "input x[3]\ntarget y[3] onehot\np = softmax(dense(tanh(dense(x, 4)), 3))\n"
     "loss cross_entropy(p, y)\nupdate sgd(0.1)\noutput p"},
    {"sigmoid and binary cross-entropy",
     "input x[3]\ntarget y\np = sigmoid(dense(tanh(dense(x, 3)), 1))\n"
     "loss binary_cross_entropy(p, y) + l2(0.05)\nupdate adam()\noutput p"},
    {"a convolution",
     "input x[2, 6]\ntarget y[2]\nf = param([2, 2, 3], normal(0.4))\n"
     "h = tanh(contract(f[o, c, k] * x[c, 2*t + k - 1], o = 2, t = 3))\n"
     "p = sigmoid(dense(reshape(h, [6]), 2))\nloss mean_squared_error(p, y)\nupdate sgd(0.1)\n"
     "output p"},
    {"windows", "input x[2, 6]\ntarget y[2]\nf = param([2, 6], normal(0.8))\n"
                "h = window_max(tanh(x * f)[c, 2*t + k - 1], over(k = 3), c = 2, t = 3)\n"
                "g = window_mean(h[c, t + k - 1], over(k = 2), c = 2, t = 3)\n"
                "p = sigmoid(dense(reshape(g * g, [6]), 2))\nloss mean_squared_error(p, y)\n"
                "update sgd(0.1)\noutput p"},
    {"dropout", "input x[3]\ntarget y[2]\nh = dropout(tanh(dense(x, 6)), 0.4)\np = dense(h, 2)\n"
                "loss half_squared_error(p, y)\nupdate sgd(0.1)\noutput p"},
    {"a state of a layer", "input x[3]\ntarget y[2]\np = dense(tanh(batch_norm(dense(x, 3))), 2)\n"
                           "loss half_squared_error(p, y)\nupdate sgd(0.1)\noutput p"},
    {"a slope in the loss",
     "input x[2]\ntarget y\nu = sum(dense(tanh(dense(x, 4)), 1))\nderivative u by x\n"
     "loss half_squared_error(u + sum(u_by_x), y)\nupdate sgd(0.1)\noutput u"},
    {"a point and a frozen parameter",
     "input x[3]\ntarget y[2]\nh = tanh(dense(x, 3))\np = sigmoid(dense(h, 2))\n"
     "loss mean_squared_error(p, y) + l1(0.1)\nfreeze h.bias\nupdate nesterov(0.1)\noutput p"},
    {"one set of weights, twice", "input x[3]\ntarget y[3]\nw = param([3, 3], normal(0.5))\n"
                                  "p = tanh(matmul(w, tanh(matmul(w, x)))) * w[0, 1]\n"
                                  "loss mean_squared_error(p, y)\nupdate sgd(0.1)\noutput p"},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

typedef struct {
    const char *name;
    Oracle *oracle;
    const Data *data;
    Running *running;
    size_t count, n;
} Subject;

static char *model_of(int row) {
    char *model = malloc(strlen(rows[row].text) + 64);
    sprintf(model, "network row%d\nbatch %d\nhessian\n%s\n", row, BATCH, rows[row].text);
    return model;
}

static bool is_trained(const Variable *variable) {
    return variable->kind == VARIABLE_PARAM && variable->trained && variable->next;
}

/* The parameter and its element that a number of a direction belongs to. */
static const Variable *element_at(const Subject *subject, size_t place, size_t *element) {
    const Graph *graph = subject->oracle->graph;
    *element = place;
    for (int v = 0; v < graph->variable_count; v++) {
        size_t count = (size_t)shape_count(graph->variables[v]->shape);
        if (!is_trained(graph->variables[v]))
            continue;
        if (*element < count)
            return graph->variables[v];
        *element -= count;
    }
    cr_assert_fail("%s: nothing lies at %zu", subject->name, place);
    return NULL;
}

/* The gradient in the order of a direction. */
static void read_gradient(const Subject *subject, const Running *running, double *gradient) {
    const Graph *graph = subject->oracle->graph;
    for (int v = 0; v < graph->variable_count; v++) {
        size_t count = (size_t)shape_count(graph->variables[v]->shape);
        if (!is_trained(graph->variables[v]))
            continue;
        running_get_gradient(running, graph->variables[v]->name, count, gradient);
        gradient += count;
    }
}

static void gradient_at(const Subject *subject, const Variable *variable, size_t element,
                        double move, double *gradient) {
    double *values = generic_variable(subject->oracle->generic, variable), at = values[element];
    size_t count = (size_t)shape_count(variable->shape);
    values[element] = at + move;
    running_set(subject->running, variable->name, count, values);
    running_gradient(subject->running, subject->n, subject->data);
    read_gradient(subject, subject->running, gradient);
    values[element] = at;
    running_set(subject->running, variable->name, count, values);
}

/* Of fourth order. */
static void difference(const Subject *subject, size_t place, double *column) {
    double at[4][MOST], step = 1e-3;
    size_t element = 0;
    const Variable *variable = element_at(subject, place, &element);
    for (int k = 0; k < 4; k++)
        gradient_at(subject, variable, element, (k < 2 ? k - 2 : k - 1) * step, at[k]);
    for (size_t i = 0; i < subject->count; i++)
        column[i] = (at[0][i] - at[3][i] + 8 * (at[2][i] - at[1][i])) / (12 * step);
}

static double rms(size_t count, const double *values) {
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += values[i] * values[i];
    return sqrt(squares / (double)count);
}

/* Column by column; the rms is the whole Hessian's. */
static void check_columns(const Subject *subject) {
    double one[MOST], wanted[MOST], *hessian = calloc(subject->count * subject->count, sizeof *one);
    for (size_t place = 0; place < subject->count; place++) {
        memset(one, 0, sizeof one);
        one[place] = 1;
        running_hessian_times(subject->running, subject->n, subject->data, one,
                              hessian + place * subject->count);
    }
    double typical = rms(subject->count * subject->count, hessian);
    for (size_t place = 0; place < subject->count; place++) {
        difference(subject, place, wanted);
        for (size_t i = 0; i < subject->count; i++) {
            double got = hessian[place * subject->count + i];
            double right = wanted[i];
            double limit = 1e-6 * fmax(fmax(fabs(got), fabs(right)), typical);
            cr_expect(fabs(got - right) <= limit,
                      "%s of %zu: [%zu, %zu] is %.12g, by differences %.12g", subject->name,
                      subject->n, i, place, got, right);
        }
    }
    free(hessian);
}

enum { MOMENTS = 4 };

static double dot(size_t count, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static void check_symmetry(const Subject *subject, Dice *dice) {
    double u[MOST], v[MOST], hu[MOST], hv[MOST];
    for (size_t i = 0; i < subject->count; i++) {
        u[i] = dice_real(dice, -1, 1);
        v[i] = dice_real(dice, -1, 1);
    }
    running_hessian_times(subject->running, subject->n, subject->data, u, hu);
    running_hessian_times(subject->running, subject->n, subject->data, v, hv);
    double one = dot(subject->count, u, hv), other = dot(subject->count, v, hu);
    cr_expect(fabs(one - other) <= 1e-12 * fmax(fabs(one), 1), "%s: u.Hv %.15g, v.Hu %.15g",
              subject->name, one, other);
    cr_expect(fabs(one) > 1e-6, "%s: u.Hv is %g", subject->name, one);
}

/* hessian_times writes the product alone: gradients stay as they were. */
static void check_gradients_stay(const Subject *subject) {
    double before[MOST], after[MOST], product[MOST];
    size_t count = subject->running->glue->gradient_count;
    cr_assert_leq(count, MOST);
    running_gradient(subject->running, subject->n, subject->data);
    running_gradients(subject->running, before);
    running_hessian_times(subject->running, subject->n, subject->data, before, product);
    running_gradients(subject->running, after);
    cr_expect(memcmp(before, after, count * sizeof *before) == 0, "%s", subject->name);
    product[0] = 7;
    running_hessian_times(subject->running, BATCH + 1, subject->data, before, product);
    cr_expect_eq(product[0], 0, "%s: a batch too large", subject->name);
}

typedef struct {
    double value, size; /* size: what it could be at most */
} Moment;

/* g.Hg, Hg.Hg, Hg.HHg .. of the gradient g. */
static void moments_of(const Subject *subject, Running *running, Moment moments[MOMENTS]) {
    double now[MOST], next[MOST];
    running_gradient(running, subject->n, subject->data);
    read_gradient(subject, running, now);
    for (int i = 0; i < MOMENTS; i += 2) {
        running_hessian_times(running, subject->n, subject->data, now, next);
        double before = dot(subject->count, now, now), after = dot(subject->count, next, next);
        moments[i] = (Moment){dot(subject->count, now, next), sqrt(before * after)};
        moments[i + 1] = (Moment){after, after};
        memcpy(now, next, sizeof now);
    }
}

static void compare_float(const Subject *subject, const Net *as_float, const Net *as_double) {
    Moment got[MOMENTS], wanted[MOMENTS];
    Running *exact = running_new(as_double, 3), *rounded = running_new(as_float, 3);
    copy_variables(subject->oracle, exact);
    copy_variables(subject->oracle, rounded);
    moments_of(subject, exact, wanted);
    moments_of(subject, rounded, got);
    for (int i = 0; i < MOMENTS; i++)
        cr_expect(fabs(got[i].value - wanted[i].value) <= 1e-4 * wanted[i].size,
                  "%s: moment %d is %.9g in float, %.9g in double", subject->name, i, got[i].value,
                  wanted[i].value);
    running_free(exact);
    running_free(rounded);
}

static void check_row(int row, Oracle *oracle, const Net *as_float, const Net *as_double) {
    Dice dice = dice_new((uint64_t)row + 1);
    Data *data = data_new(oracle->graph, BATCH + 1, &dice);
    generic_init(oracle->generic, 3);
    move_variables(oracle, &dice);
    Subject subject = {
        rows[row].name, oracle, data, running_new(as_double, 3), as_double->glue->direction_count,
        BATCH};
    cr_assert_leq(subject.count, MOST);
    copy_variables(oracle, subject.running);
    for (subject.n = BATCH; subject.n >= BATCH - 1; subject.n--) {
        check_columns(&subject);
        check_symmetry(&subject, &dice);
        compare_float(&subject, as_float, as_double);
    }
    subject.n = BATCH;
    check_gradients_stay(&subject);
    running_free(subject.running);
    data_free(data);
}

static Net net_of(const char *text, const Oracle *oracle, int mode, bool is_double) {
    Net net = {.text = text, .graph = oracle->graph};
    net.options = mode_in_turn((unsigned)mode);
    net.options.is_double = is_double;
    return net;
}

static void check_mode(int mode) {
    Net nets[2][ROW_COUNT] = {{{0}}};
    Nets all[2] = {{.count = ROW_COUNT, .nets = nets[0]}, {.count = ROW_COUNT, .nets = nets[1]}};
    Oracle *oracles[ROW_COUNT];
    char *texts[ROW_COUNT];
    for (int i = 0; i < ROW_COUNT; i++) {
        texts[i] = model_of(i);
        oracles[i] = oracle_of(texts[i]);
        for (int is_double = 0; is_double < 2; is_double++)
            nets[is_double][i] = net_of(texts[i], oracles[i], (mode + i) % MODES, is_double);
    }
    for (int is_double = 0; is_double < 2; is_double++)
        cr_assert(nets_build(&all[is_double]), "%s", all[is_double].message);
    for (int i = 0; i < ROW_COUNT; i++)
        check_row(i, oracles[i], &nets[0][i], &nets[1][i]);
    nets_free(&all[0]);
    nets_free(&all[1]);
    for (int i = 0; i < ROW_COUNT; i++) {
        oracle_free(oracles[i]);
        free(texts[i]);
    }
}

/* In the short run two of the eight variants for every row. */
Test(hessian, of_every_row_straight_or_as_it_comes) {
    for (int mode = 0; mode < slice_of(1, MODES / 2); mode++)
        check_mode(mode);
}

Test(hessian, of_every_row_in_tiles_or_loops) {
    for (int mode = slice_of(5, MODES / 2); mode < slice_of(6, MODES); mode++)
        check_mode(mode);
}
