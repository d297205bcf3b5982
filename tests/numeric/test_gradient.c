/* Gradients of generated code, in double, against central differences over every element: every row
   of rows.h, elementwise ones with every broadcast, operands per example and per batch. In the
   short run each row has a part of these, the next row the next part. */

#include "cases.h"
#include "catalogue.h"
#include "gradient.h"
#include "oracle.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { NETS_AT_ONCE = 32 };

typedef struct {
    Case model;
    Oracle *oracle;
} Job;

static void set_values(Running *running, const Job *job, Dice *dice) {
    int taken = dice_below(dice, 67);
    for (int v = 0; v < job->oracle->graph->variable_count; v++) {
        const Variable *variable = job->oracle->graph->variables[v];
        size_t count = (size_t)shape_count(variable->shape);
        double values[64];
        cr_assert_leq(count, 64);
        case_values(&job->model, &taken, count, values);
        if (variable->kind == VARIABLE_PARAM) {
            running_set(running, variable->name, count, values);
        }
    }
}

static size_t check_job(const Job *job, const Net *net) {
    Dice dice = dice_new(strlen(job->model.expression));
    Data *data = data_new(job->oracle->graph, CASE_BATCH, &dice);
    Running *running = running_new(net, 5);
    GradientCheck check = {0};
    set_values(running, job, &dice);
    for (size_t n = 1; n <= CASE_BATCH; n += CASE_BATCH - 1) {
        cr_expect(check_gradients(running, job->oracle->graph, data, n, &check),
                  "%s: n %zu, target %d, unroll %d: %s\n%s", job->model.name, n,
                  (int)net->options.target, (int)net->options.unroll, check.failure,
                  job->model.text);
    }
    running_free(running);
    data_free(data);
    return check.elements;
}

static void prepare(Job *job, Net *net, int number, int group) {
    job->model = case_at(number);
    job->oracle = oracle_of(job->model.text);
    net->text = job->model.text;
    net->graph = job->oracle->graph;
    net->options = mode_in_turn((unsigned)group);
    net->options.is_double = true;
    net->options.unroll = (Unroll)(number / 4 % 4);
}

static int taken_count(void) {
    int count = 0;
    for (int number = 0; number < case_count(); number++) {
        count += case_has_turn(number);
    }
    return count;
}

static int group_count(void) {
    return (taken_count() + NETS_AT_ONCE - 1) / NETS_AT_ONCE;
}

/* Every group_count()-th case from number `group` on, in one library and for one target; targets
   take turns from group to group, so that the cases of a row have all of them. */
static size_t check_group(int group, int *cases) {
    static Job jobs[NETS_AT_ONCE];
    Net nets[NETS_AT_ONCE] = {0};
    int count = 0;
    size_t elements = 0;
    for (int number = 0, place = 0; number < case_count(); number++) {
        if (case_has_turn(number) && place++ % group_count() == group) {
            prepare(&jobs[count], &nets[count], number, group);
            count++;
        }
    }
    Nets all = {.count = count, .nets = nets};
    cr_assert(nets_build(&all), "group %d: %s", group, all.message);
    for (int i = 0; i < count; i++) {
        elements += check_job(&jobs[i], &nets[i]);
    }
    nets_free(&all);
    for (int i = 0; i < count; i++) {
        oracle_free(jobs[i].oracle);
    }
    *cases += count;
    return elements;
}

/* Every `step`th group from `first` on, so that tests share them out. */
static void check_share(int first, int step) {
    size_t elements = 0;
    int cases = 0;
    for (int group = first; group < group_count(); group += step) {
        elements += check_group(group, &cases);
    }
    cr_assert_geq(elements, 2 * (size_t)cases);
}

Test(gradient, of_every_row_a) {
    check_share(0, 4);
}

Test(gradient, of_every_row_b) {
    check_share(1, 4);
}

Test(gradient, of_every_row_c) {
    check_share(2, 4);
}

Test(gradient, of_every_row_d) {
    check_share(3, 4);
}

/* Whether a net with this function agrees with differences. */
static bool agrees(const char *function) {
    char text[500];
    snprintf(text, sizeof text,
             "network own\ninput x[3]\ntarget y[3]\n%s\np = f(dense(x, 3))\n"
             "loss half_squared_error(p, y)\nupdate sgd(0.1)\noutput p\nbatch 3\n",
             function);
    Oracle *oracle = oracle_of(text);
    Net net = {.text = text, .graph = oracle->graph, .options = {.is_double = true}};
    Nets all = {.count = 1, .nets = &net};
    cr_assert(nets_build(&all), "%s", all.message);
    Dice dice = dice_new(7);
    Data *data = data_new(oracle->graph, CASE_BATCH, &dice);
    Running *running = running_new(&net, 5);
    GradientCheck check = {0};
    bool result = check_gradients(running, oracle->graph, data, CASE_BATCH, &check);
    running_free(running);
    data_free(data);
    nets_free(&all);
    oracle_free(oracle);
    return result;
}

Test(gradient, shows_a_wrong_derivative_by_hand) {
    cr_expect(agrees("def f(z) = z^3 deriv 3 * z^2"));
    cr_expect(!agrees("def f(z) = z^3 deriv 3.001 * z^2"));
    cr_expect(!agrees("def f(z) = sin(z) deriv -cos(z)"));
}

static const char *const expressions[] = {
#define MAP_ROW(name, expression, positive) expression,
#define ROW(name, expression, x, y, z, positive) expression,
#include "rows.h"
#undef MAP_ROW
#undef ROW
};

/* Every definition that computes values from values; optimizers and so on have tests of their own.
   */
Test(gradient, every_definition_has_a_row) {
    static const char *const families[] = {"activations", "augmentation",  "elementary", "layers",
                                           "losses",      "normalization", "schedules"};
    int count = 0, checked = 0;
    const Entry *entries = catalogue(&count);
    for (int i = 0; i < count; i++) {
        bool is_of_values = false, has_row = false;
        for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
            is_of_values |= entry_is_of(&entries[i], families[f]);
        }
        for (size_t row = 0; row < sizeof expressions / sizeof *expressions; row++) {
            has_row |= entry_is_named(&entries[i], expressions[row]);
        }
        checked += is_of_values;
        cr_expect(!is_of_values || has_row, "rows.h has no row of %s", entries[i].name);
    }
    cr_expect_gt(checked, 60);
}
