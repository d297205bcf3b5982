/* See compare.h. Each step first brings the oracle to the net's state, so that errors do not add up
   from step to step. */

#include "compare.h"

#include "slopes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3, EPOCHS = 10 };

/* The second of the steps has an incomplete batch. */
static size_t step_size(size_t batch, int step) {
    return step == 1 ? batch / 2 + 1 : batch;
}

static uint32_t step_epoch(int step) {
    return (uint32_t)(3 * step + 1);
}

static bool is_kept(const Variable *variable) {
    return variable->kind != VARIABLE_INPUT && variable->kind != VARIABLE_TARGET;
}

static size_t count_of(const Variable *variable) {
    return (size_t)shape_count(variable->shape);
}

typedef bool GetTensor(const Running *running, const char *name, size_t count, double *out);

static bool same_variable(Comparison *comparison, Compared subject, GetTensor *get_tensor,
                          const Running *running, size_t count, const double *wanted) {
    double *got = calloc(count, sizeof *got);
    bool same = get_tensor(running, subject.name, count, got)
                    ? same_tensor(comparison, subject, count, got, wanted)
                    : differ(comparison, "%s: no tensor %s of %zu numbers", subject.function,
                             subject.name, count);
    free(got);
    return same;
}

static bool same_variables(Comparison *comparison, const char *function, const Oracle *oracle,
                           const Running *running) {
    const Graph *graph = oracle->graph;
    for (int v = 0; v < graph->variable_count; v++) {
        const Variable *variable = graph->variables[v];
        Compared subject = {function, variable->name, 0};
        if (is_kept(variable) &&
            !same_variable(comparison, subject, running_get, running, count_of(variable),
                           generic_variable(oracle->generic, variable))) {
            return false;
        }
    }
    return true;
}

void copy_variables(const Oracle *oracle, Running *running) {
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        if (is_kept(variable)) {
            running_set(running, variable->name, count_of(variable),
                        generic_variable(oracle->generic, variable));
        }
    }
}

/* The other way: the oracle follows the net, counters included. */
static void follow(Oracle *oracle, const Running *running) {
    uint64_t counters[4];
    running_counters(running, counters);
    generic_set_step(oracle->generic, counters[1]);
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        if (is_kept(variable)) {
            running_get(running, variable->name, count_of(variable),
                        generic_variable(oracle->generic, variable));
        }
    }
}

void move_variables(Oracle *oracle, Dice *dice) {
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        double *value = generic_variable(oracle->generic, variable);
        for (size_t i = 0; variable->kind == VARIABLE_PARAM && i < count_of(variable); i++) {
            value[i] = (float)(value[i] + dice_real(dice, -0.3, 0.3));
        }
        for (size_t i = 0; variable->kind == VARIABLE_STATE && i < count_of(variable); i++) {
            value[i] = (float)(value[i] + dice_real(dice, 0, 0.3));
        }
        if (variable->kind == VARIABLE_SETTING) {
            value[0] = (float)(value[0] * dice_real(dice, 1, 1.3));
        }
    }
}

static bool compare_gradient(Oracle *oracle, Running *running, size_t n, const Data *data,
                             Comparison *comparison) {
    double got = running_gradient(running, n, data);
    double wanted = generic_gradient(oracle->generic, n, data->in);
    if (!same_number(comparison, (Compared){"gradient", "cost", n}, got, wanted)) {
        return false;
    }
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        if (variable->kind != VARIABLE_PARAM || !variable->trained || !variable->next) {
            continue;
        }
        if (!same_variable(comparison, (Compared){"gradient", variable->name, n},
                           running_get_gradient, running, count_of(variable),
                           generic_gradient_of(oracle->generic, variable))) {
            return false;
        }
    }
    return true;
}

static bool compare_gradient_add(Oracle *oracle, Running *running, size_t n, const Data *data,
                                 Comparison *comparison) {
    size_t first = n / 2;
    running_gradient(running, first, data);
    running_gradient_add(running, first, n - first, data);
    generic_gradient(oracle->generic, n, data->in);
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        if (variable->kind == VARIABLE_PARAM && variable->trained && variable->next &&
            !same_variable(comparison, (Compared){"gradient_add", variable->name, n},
                           running_get_gradient, running, count_of(variable),
                           generic_gradient_of(oracle->generic, variable))) {
            return false;
        }
    }
    return true;
}

static bool compare_sums(const Oracle *oracle, const double *got, const double *wanted,
                         Comparison *comparison) {
    for (int s = 0; s < oracle->graph->sum_count; s++) {
        size_t first = (size_t)graph_sum_at(oracle->graph, s);
        size_t count = (size_t)shape_count(oracle->graph->sums[s]->shape);
        if (!same_tensor(comparison, (Compared){"evaluate", "sum", (size_t)s}, count, got + first,
                         wanted + first)) {
            return false;
        }
    }
    return true;
}

static bool compare_figures(const Oracle *oracle, const double *got, const double *wanted,
                            Comparison *comparison) {
    for (int m = 0; m < oracle->graph->metric_count; m++) {
        const Metric *metric = &oracle->graph->metrics[m];
        size_t first = (size_t)graph_figure_at(oracle->graph, m);
        size_t count = (size_t)shape_count(metric->finish->shape);
        if (!same_tensor(comparison, (Compared){"finish", metric->name, 0}, count, got + first,
                         wanted + first)) {
            return false;
        }
    }
    return true;
}

static bool compare_evaluate(Oracle *oracle, Running *running, size_t n, const Data *data,
                             Comparison *comparison) {
    size_t sums = (size_t)graph_sum_at(oracle->graph, oracle->graph->sum_count);
    size_t figures = (size_t)graph_figure_at(oracle->graph, oracle->graph->metric_count);
    double *got = calloc(2 * (1 + sums + figures), sizeof *got);
    double *wanted = got + 1 + sums + figures;
    running_evaluate(running, n, data, got);
    wanted[0] = generic_evaluate(oracle->generic, n, data->in, wanted + 1);
    bool same = same_number(comparison, (Compared){"evaluate", "loss", n}, got[0], wanted[0]) &&
                compare_sums(oracle, got + 1, wanted + 1, comparison);
    if (same && figures) {
        running_finish(running, n, wanted + 1, got + 1 + sums);
        generic_finish(oracle->generic, n, wanted + 1, wanted + 1 + sums);
        same = compare_figures(oracle, got + 1 + sums, wanted + 1 + sums, comparison);
    }
    same = same && same_number(comparison, (Compared){"loss", "loss", n},
                               running_loss(running, n, data), wanted[0]);
    free(got);
    return same;
}

/* Compares a tensor after a step. Where the step nearly cancels the value, the error is relative to
   the larger magnitude, before or after the step. */
static bool same_step(Comparison *comparison, const Oracle *oracle, const Running *running,
                      double *const *before) {
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        size_t count = count_of(variable);
        if (!is_kept(variable)) {
            continue;
        }
        double *both = calloc(4 * count, sizeof *both), *got = both + 2 * count;
        memcpy(both, generic_variable(oracle->generic, variable), count * sizeof *both);
        memcpy(both + count, before[v], count * sizeof *both);
        running_get(running, variable->name, count, got);
        memcpy(got + count, before[v], count * sizeof *both);
        bool same =
            same_tensor(comparison, (Compared){"update", variable->name, 0}, 2 * count, got, both);
        free(both);
        if (!same) {
            return false;
        }
    }
    return true;
}

static double **copy_before(const Oracle *oracle) {
    int variables = oracle->graph->variable_count;
    double **before = calloc((size_t)variables + 1, sizeof *before);
    for (int v = 0; v < variables; v++) {
        size_t count = count_of(oracle->graph->variables[v]);
        before[v] = calloc(count, sizeof **before);
        memcpy(before[v], generic_variable(oracle->generic, oracle->graph->variables[v]),
               count * sizeof **before);
    }
    return before;
}

static void free_before(const Oracle *oracle, double **before) {
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        free(before[v]);
    }
    free(before);
}

/* From equal gradients: the oracle takes over those of the net. */
static bool compare_update(Oracle *oracle, Running *running, Comparison *comparison) {
    double **before = copy_before(oracle);
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        if (variable->kind == VARIABLE_PARAM && variable->trained && variable->next) {
            running_get_gradient(running, variable->name, count_of(variable),
                                 generic_gradient_of(oracle->generic, variable));
        }
    }
    running_update(running);
    generic_update(oracle->generic);
    bool same = same_step(comparison, oracle, running, before);
    free_before(oracle, before);
    return same;
}

/* Bit for bit, unless sums are in other orders, as get and get_counters show it. */
static bool same_bits(Comparison *comparison, const Running *a, const Running *b) {
    uint64_t counters[2][4];
    running_counters(a, counters[0]);
    running_counters(b, counters[1]);
    if (memcmp(counters[0], counters[1], sizeof counters[0]) != 0) {
        return differ(comparison, "train_step: counters differ from those of gradient and update");
    }
    for (size_t t = 0; t < a->network->tensor_count; t++) {
        const nn_tensor *tensor = &a->network->tensors[t];
        double *values = calloc(2 * tensor->count + 1, sizeof *values);
        running_get(a, tensor->name, tensor->count, values);
        running_get(b, tensor->name, tensor->count, values + tensor->count);
        bool same = memcmp(values, values + tensor->count, tensor->count * sizeof *values) == 0 ||
                    (comparison->reorders &&
                     are_close(tensor->count, values, values + tensor->count, comparison->limit));
        free(values);
        comparison->comparisons += tensor->count;
        if (!same) {
            return differ(comparison, "train_step: %s is not what gradient and update make of it",
                          tensor->name);
        }
    }
    return true;
}

/* An update that uses the Hessian, for which there is train_step alone. The oracle's Hessian comes
   from differences, with errors of 1e-7 in well-conditioned networks; steps may enlarge that a
   hundredfold. */
static bool compare_evaluating_step(Oracle *oracle, Running *running, size_t n, const Data *data,
                                    Comparison *comparison) {
    double **before = copy_before(oracle);
    double got = running_train_step(running, n, data);
    double wanted = generic_train_step(oracle->generic, n, data->in), limit = comparison->limit;
    bool same = same_number(comparison, (Compared){"train_step", "cost", n}, got, wanted);
    comparison->limit = fmax(limit, 10 * DIFFERENCES_LIMIT);
    same = same && same_step(comparison, oracle, running, before);
    comparison->limit = limit;
    free_before(oracle, before);
    return same;
}

/* One step by gradient and update, and the same step of another net by train_step. */
static bool compare_step(const Net *net, Oracle *oracle, Running *running, size_t n,
                         const Data *data, Comparison *comparison) {
    bool same = compare_gradient(oracle, running, n, data, comparison);
    if (oracle->graph->direction_count > 0) {
        return same && compare_evaluating_step(oracle, running, n, data, comparison);
    }
    Running *twin = running_copy(net, running);
    double cost = running_gradient(running, n, data);
    same = same && compare_update(oracle, running, comparison);
    double stepped = same ? running_train_step(twin, n, data) : cost;
    if (comparison->reorders) {
        same = same && same_number(comparison, (Compared){"train_step", "cost", n}, stepped, cost);
    } else if (stepped != cost) {
        same =
            differ(comparison, "train_step returns the cost %.17g, gradient %.17g", stepped, cost);
    }
    same = same && same_bits(comparison, running, twin);
    running_free(twin);
    return same;
}

static bool compare_predict(Oracle *oracle, Running *running, size_t n, const Data *data,
                            Comparison *comparison) {
    const Graph *graph = oracle->graph;
    double *got[MAX_FIELDS], *wanted[MAX_FIELDS];
    bool same = true;
    for (int k = 0; k < graph->output_count; k++) {
        size_t count = (n + 1) * (size_t)shape_count(graph->outputs[k]->shape);
        got[k] = calloc(count, sizeof **got);
        wanted[k] = calloc(count, sizeof **wanted);
    }
    generic_predict(oracle->generic, n, data->in, wanted);
    running_predict(running, n, data, got);
    for (int k = 0; k < graph->output_count; k++) {
        size_t count = (size_t)shape_count(graph->outputs[k]->shape);
        same =
            same && same_tensor(comparison, (Compared){"predict_batch", graph->output_names[k], n},
                                n * count, got[k], wanted[k]);
    }
    running_predict_one(running, n - 1, data, got);
    for (int k = 0; k < graph->output_count; k++) {
        size_t count = (size_t)shape_count(graph->outputs[k]->shape);
        same = same && same_tensor(comparison, (Compared){"predict", graph->output_names[k], n - 1},
                                   count, got[k], wanted[k] + (n - 1) * count);
    }
    for (int k = 0; k < graph->output_count; k++) {
        free(got[k]);
        free(wanted[k]);
    }
    return same;
}

bool splits_batches(const char *text) {
    return !strstr(text, "batch_") && !strstr(text, "weighted(");
}

static bool compare_training(const Net *net, Oracle *oracle, Running *running, const Data *data,
                             Comparison *comparison) {
    size_t batch = (size_t)oracle->graph->batch, sizes[3] = {1, batch / 2 + 1, batch};
    for (int i = 0; i < 3; i++) {
        if (!compare_evaluate(oracle, running, sizes[i], data, comparison) ||
            !compare_gradient(oracle, running, sizes[i], data, comparison)) {
            return false;
        }
    }
    if (comparison->splits && batch > 1 && oracle->graph->direction_count == 0 &&
        !compare_gradient_add(oracle, running, batch, data, comparison)) {
        return false;
    }
    for (int step = 0; step < STEPS; step++) {
        Data some = data_from(data, (size_t)step);
        running_set_epoch(running, step_epoch(step), EPOCHS);
        generic_set_epoch(oracle->generic, step_epoch(step), EPOCHS);
        follow(oracle, running);
        if (!compare_step(net, oracle, running, step_size(batch, step), &some, comparison)) {
            return false;
        }
    }
    follow(oracle, running);
    return true;
}

bool compare_net(const Net *net, Oracle *oracle, const Data *data, uint64_t seed,
                 Comparison *comparison) {
    Running *running = running_new(net, seed);
    Dice dice = dice_new(seed);
    generic_init(oracle->generic, seed);
    bool same = same_variables(comparison, "init", oracle, running);
    running_fit(running, data);
    generic_fit(oracle->generic, data->n, data->in);
    same = same && same_variables(comparison, "fit", oracle, running);
    move_variables(oracle, &dice);
    copy_variables(oracle, running);
    same = same && same_variables(comparison, "set", oracle, running);
    size_t batch = (size_t)oracle->graph->batch;
    same = same && compare_predict(oracle, running, batch + 2, data, comparison);
    same = same && compare_derivatives(oracle, running, batch / 2, data, comparison) &&
           compare_hessian(oracle, running, batch / 2 + 1, data, comparison) &&
           compare_hessian(oracle, running, batch, data, comparison);
    if (oracle->graph->has_update) {
        same = same && compare_training(net, oracle, running, data, comparison);
        same = same && compare_predict(oracle, running, 1, data, comparison);
    }
    running_free(running);
    return same;
}

/* All that compare_net looks at in one run of the gradient: cost, then gradients, then predictions
   and new states. The caller frees. */
static double *results_of(Oracle *oracle, size_t n, const Data *data) {
    const Graph *graph = oracle->graph;
    size_t total = 1, at = 1;
    for (int v = 0; v < graph->variable_count; v++) {
        total += count_of(graph->variables[v]);
    }
    double *results = calloc(total, sizeof *results);
    results[0] = generic_gradient(oracle->generic, n, data->in);
    for (int v = 0; v < graph->variable_count; v++) {
        size_t size = count_of(graph->variables[v]);
        memcpy(results + at, generic_gradient_of(oracle->generic, graph->variables[v]),
               size * sizeof *results);
        at += size;
    }
    return results;
}

static bool is_close(const Graph *graph, const double *a, const double *b, double limit) {
    size_t at = 1;
    if (!(fabs(a[0] - b[0]) <= limit * fabs(a[0]))) {
        return false;
    }
    for (int v = 0; v < graph->variable_count; v++) {
        size_t size = count_of(graph->variables[v]);
        double largest = 0, worst = 0;
        for (size_t i = at; i < at + size; i++) {
            largest = fmax(largest, fabs(a[i]));
            worst = fmax(worst, fabs(a[i] - b[i]));
            if (!isfinite(a[i]) || !isfinite(b[i])) {
                return false;
            }
        }
        if (worst > limit * largest) {
            return false;
        }
        at += size;
    }
    return true;
}

static bool is_steady(Oracle *oracle, size_t n, const Data *data, Dice *dice) {
    generic_perturb(oracle->generic, 0, 0);
    double *plain = results_of(oracle, n, data);
    bool good = fabs(plain[0]) < 1e6 && generic_kink_distance(oracle->generic) > 1e-5;
    for (int i = 0; good && i < 2; i++) {
        generic_perturb(oracle->generic, 0x1p-23, dice_bits(dice));
        double *moved = results_of(oracle, n, data);
        good = is_close(oracle->graph, plain, moved, 1e-5);
        free(moved);
    }
    generic_perturb(oracle->generic, 0, 0);
    free(plain);
    return good;
}

/* All outputs of n examples, one array each. */
static void predictions_of(Oracle *oracle, size_t n, const Data *data, double **out) {
    for (int k = 0; k < oracle->graph->output_count; k++) {
        size_t count = n * (size_t)shape_count(oracle->graph->outputs[k]->shape);
        out[k] = calloc(count + 1, sizeof **out);
    }
    generic_predict(oracle->generic, n, data->in, out);
}

/* Outputs that training does not look at, and examples that it does not see. */
static bool is_prediction_steady(Oracle *oracle, size_t n, const Data *data, Dice *dice) {
    double *plain[MAX_FIELDS], *moved[MAX_FIELDS];
    generic_kink_distance(oracle->generic);
    predictions_of(oracle, n, data, plain);
    bool good = generic_kink_distance(oracle->generic) > 1e-5;
    generic_perturb(oracle->generic, 0x1p-23, dice_bits(dice));
    predictions_of(oracle, n, data, moved);
    generic_perturb(oracle->generic, 0, 0);
    for (int k = 0; k < oracle->graph->output_count; k++) {
        size_t count = n * (size_t)shape_count(oracle->graph->outputs[k]->shape);
        good = good && are_close(count, plain[k], moved[k], 1e-5);
        free(plain[k]);
        free(moved[k]);
    }
    return good;
}

static bool is_training_steady(Oracle *oracle, const Data *data, Dice *dice) {
    size_t batch = (size_t)oracle->graph->batch;
    bool good = is_steady(oracle, 1, data, dice) && is_steady(oracle, batch / 2 + 1, data, dice) &&
                is_hessian_steady(oracle, batch / 2 + 1, data) &&
                is_hessian_steady(oracle, batch, data);
    for (int step = 0; good && step < STEPS; step++) {
        Data some = data_from(data, (size_t)step);
        size_t n = step_size(batch, step);
        generic_set_epoch(oracle->generic, step_epoch(step), EPOCHS);
        good = is_steady(oracle, n, &some, dice);
        generic_train_step(oracle->generic, n, some.in);
    }
    return good && is_steady(oracle, batch, data, dice);
}

bool is_well_conditioned(Oracle *oracle, const Data *data, Dice *dice) {
    size_t batch = (size_t)oracle->graph->batch;
    return is_prediction_steady(oracle, batch + 2, data, dice) &&
           are_derivatives_steady(oracle, batch / 2, data, dice) &&
           (!oracle->graph->has_update || is_training_steady(oracle, data, dice));
}
