/* Blocks: a net with a shared block against its unrolled copy, whose two sets of parameters hold
   the same numbers, and against the generic library. */

#include "compare.h"
#include "long.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 5, MOST = 64, TEXT = 2000 };

static const char *const names[] = {"embed.h.weight", "embed.h.bias", "embed.weight", "embed.bias"};
enum { NAMES = sizeof names / sizeof *names };

static const char block[] = "input a[4], b[4]\n"
                            "target same\n"
                            "block embed(x, n = 3) {\n"
                            "    h = tanh(dense(x, n))\n"
                            "    return dense(h, 2)\n"
                            "}\n"
                            "ra = embed(a)\n";
static const char rest[] = "d = sqrt(1 + sum((ra - rb)^2))\n"
                           "update momentum(0.1)\n"
                           "batch 5\n"
                           "output ra, rb\n";

/* With one set of parameters, or two. */
static void write_text(char *text, bool is_shared, const char *loss) {
    snprintf(text, TEXT, "network %s\n%s%s%sloss %s\n", is_shared ? "shared" : "unrolled", block,
             is_shared ? "rb = embed(b)\n" : "use embed as other\nrb = other(b)\n", rest, loss);
}

static size_t count_of(const Oracle *oracle, const char *name) {
    for (int v = 0; v < oracle->graph->variable_count; v++)
        if (strcmp(oracle->graph->variables[v]->name, name) == 0)
            return (size_t)shape_count(oracle->graph->variables[v]->shape);
    cr_assert(false, "no %s", name);
    return 0;
}

/* embed.h.weight -> other.h.weight */
static const char *twin_of(const char *name) {
    static char twin[64];
    snprintf(twin, sizeof twin, "other%s", strchr(name, '.'));
    return twin;
}

static void set_parameters(Running *shared, Running *unrolled, const Oracle *oracle, Dice *dice) {
    double values[MOST];
    for (int i = 0; i < NAMES; i++) {
        size_t count = count_of(oracle, names[i]);
        for (size_t k = 0; k < count; k++)
            values[k] = dice_real(dice, -1, 1);
        cr_assert(running_set(shared, names[i], count, values));
        cr_assert(running_set(unrolled, names[i], count, values));
        cr_assert(running_set(unrolled, twin_of(names[i]), count, values));
    }
}

static void expect_near(double got, double wanted, const char *what) {
    cr_expect(fabs(got - wanted) <= 1e-12 * fmax(1, fabs(wanted)), "%s: %.17g, not %.17g", what,
              got, wanted);
}

static void expect_summed_gradients(Running *shared, Running *unrolled, const Oracle *oracle) {
    double sum[MOST], first[MOST], second[MOST], squares = 0;
    for (int i = 0; i < NAMES; i++) {
        size_t count = count_of(oracle, names[i]);
        cr_assert(running_get_gradient(shared, names[i], count, sum));
        cr_assert(running_get_gradient(unrolled, names[i], count, first));
        cr_assert(running_get_gradient(unrolled, twin_of(names[i]), count, second));
        for (size_t k = 0; k < count; k++) {
            expect_near(sum[k], first[k] + second[k], names[i]);
            squares += first[k] * first[k] * second[k] * second[k];
        }
    }
    cr_assert_gt(squares, 0, "both calls have gradients");
}

static void compare_with_unrolled(Running *shared, Running *unrolled, const Data *data) {
    double left[2][2 * BATCH], right[2][2 * BATCH];
    running_predict(shared, BATCH, data, (double *[]){left[0], left[1]});
    running_predict(unrolled, BATCH, data, (double *[]){right[0], right[1]});
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2 * BATCH; k++)
            expect_near(left[i][k], right[i][k], "output");
    for (size_t n = 1; n <= BATCH; n += BATCH - 1)
        expect_near(running_gradient(shared, n, data), running_gradient(unrolled, n, data), "cost");
}

static void compare_modes(int mode) {
    char texts[2][TEXT];
    Oracle *oracles[2];
    Net nets[2] = {0};
    for (int i = 0; i < 2; i++) {
        write_text(texts[i], i == 0, "half_squared_error(d, same)");
        oracles[i] = oracle_of(texts[i]);
        nets[i] = (Net){.text = texts[i], .graph = oracles[i]->graph};
        nets[i].options = mode_in_turn((unsigned)mode);
        nets[i].options.is_double = true;
    }
    Nets all = {.count = 2, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    Dice dice = dice_new(3);
    Data *data = data_new(oracles[0]->graph, BATCH, &dice);
    Running *shared = running_new(&nets[0], 1), *unrolled = running_new(&nets[1], 1);
    set_parameters(shared, unrolled, oracles[0], &dice);
    compare_with_unrolled(shared, unrolled, data);
    expect_summed_gradients(shared, unrolled, oracles[0]);
    running_free(shared);
    running_free(unrolled);
    data_free(data);
    nets_free(&all);
    oracle_free(oracles[0]);
    oracle_free(oracles[1]);
}

Test(block, is_its_unrolled_copy_with_tied_weights) {
    for (int mode = 0; mode < slice_of(4, 16); mode++)
        compare_modes(mode);
}

static double cost_of(const char *loss, const Data *data, double *squares) {
    char text[TEXT];
    write_text(text, true, loss);
    Oracle *oracle = oracle_of(text);
    generic_init(oracle->generic, 1);
    double cost = generic_cost(oracle->generic, BATCH, data->in);
    *squares = 0;
    for (int v = 0; v < oracle->graph->variable_count; v++) {
        const Variable *variable = oracle->graph->variables[v];
        const double *values = generic_variable(oracle->generic, variable);
        for (int64_t k = 0; variable->shape.rank == 2 && k < shape_count(variable->shape); k++)
            *squares += values[k] * values[k];
    }
    oracle_free(oracle);
    return cost;
}

/* l2 adds the squares of each weight once. */
Test(block, is_regularised_once) {
    char text[TEXT];
    write_text(text, true, "half_squared_error(d, same)");
    Oracle *oracle = oracle_of(text);
    Dice dice = dice_new(4);
    Data *data = data_new(oracle->graph, BATCH, &dice);
    double squares, plain = cost_of("half_squared_error(d, same)", data, &squares);
    cr_assert_gt(squares, 0.1);
    expect_near(cost_of("half_squared_error(d, same) + l2(0.5)", data, &squares),
                plain + 0.5 * squares, "cost");
    data_free(data);
    oracle_free(oracle);
}

/* Blocks in blocks and in functions, with states and random numbers, called three times. */
static const char many[] = "network many\n"
                           "input a[4], b[4], c[4]\n"
                           "target y[3]\n"
                           "block centre(x) {\n"
                           "    state shift = 0.5 * random_normal(shape(x))\n"
                           "    shift = 0.9 * shift + 0.1 * batch_mean(x)\n"
                           "    return x - shift\n"
                           "}\n"
                           "block embed(x, n = 3) {\n"
                           "    h = dropout(tanh(dense(centre(x), 4)), 0.3)\n"
                           "    return dense(h, n) * param([n], normal(0.5))\n"
                           "}\n"
                           "use embed as other\n"
                           "def pair(x, z) = embed(x) - embed(z)\n"
                           "h = pair(a, b)\n"
                           "p = h * embed(c) + tanh(other(centre(b)))\n"
                           "loss mean_squared_error(p, y) + l2(0.01)\n"
                           "update adam(0.01)\n"
                           "batch 6\n"
                           "output p, h\n";

static void compare_many(int mode) {
    Oracle *oracle = oracle_of(many);
    Options options = mode_in_turn((unsigned)mode);
    Net net = {.text = many, .graph = oracle->graph, .options = options};
    Nets all = {.count = 1, .nets = &net};
    cr_assert(nets_build(&all), "%s", all.message);
    Dice dice = dice_new(9);
    Data *data = data_new(oracle->graph, (size_t)oracle->graph->batch + 3, &dice);
    Comparison comparison = {.limit = limit_of(&options)};
    cr_expect(compare_net(&net, oracle, data, 7, &comparison), "mode %d: %s", mode,
              comparison.failure);
    data_free(data);
    nets_free(&all);
    oracle_free(oracle);
}

Test(block, runs_as_the_generic_library_does) {
    for (int mode = 0; mode < slice_of(4, 16); mode++)
        compare_many(mode + slice_of(4, 0)); /* the second round: with --exact */
}
