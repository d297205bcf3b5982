/* What update steps promise, whatever the optimizer: all parameters move from gradients at one
   point, each by its own update; frozen ones keep their bits; an optimizer's points are seen by
   gradients alone. */

#define _GNU_SOURCE
#include "oracle.h"
#include "running.h"
#include "long.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIANTS = 2, MOST = 40, MOST_NETS = 18 };

/* Models in one shared object, in double: to start a compiler takes longer than a small net does. */
typedef struct {
    int count;
    char *texts[MOST_NETS];
    Oracle *oracles[MOST_NETS];
    Net nets[MOST_NETS];
    Nets all;
} Library;

/* Straight-line code with scalars, tiles with vectors. */
static Options options_of(int variant) {
    return (Options){.is_double = true,
                     .target = variant ? widest_target() : TARGET_C99,
                     .unroll = variant ? UNROLL_TILE : UNROLL_FULL};
}

/* Nets of one shared object need different names: the text's own is replaced. */
static Net *add(Library *library, const char *text, Options options) {
    int i = library->count++;
    cr_assert_lt(i, MOST_NETS);
    cr_assert(asprintf(&library->texts[i], "network n%d%s", i, strchr(text, '\n')) > 0);
    library->oracles[i] = oracle_of(library->texts[i]);
    library->nets[i] =
        (Net){.text = library->texts[i], .graph = library->oracles[i]->graph, .options = options};
    return &library->nets[i];
}

static void add_variants(Library *library, const char *text) {
    for (int variant = 0; variant < VARIANTS; variant++) {
        add(library, text, options_of(variant));
    }
}

static void add_variants_in_float(Library *library, const char *text) {
    for (int variant = 0; variant < VARIANTS; variant++) {
        Options options = options_of(variant);
        options.is_double = false;
        add(library, text, options);
    }
}

static void build(Library *library) {
    library->all =
        (Nets){.count = library->count, .nets = library->nets, .level = is_long() ? "-O1" : "-O0"};
    cr_assert(nets_build(&library->all), "%s", library->all.message);
}

static void finish(Library *library) {
    nets_free(&library->all);
    for (int i = 0; i < library->count; i++) {
        oracle_free(library->oracles[i]);
        free(library->texts[i]);
    }
}

static void step(Running *running, const Data *data, bool is_split) {
    if (is_split) {
        running_gradient(running, data->n, data);
        running_update(running);
    } else {
        running_train_step(running, data->n, data);
    }
}

/* The tensor after `steps` steps on data drawn from a seed. */
static void tensor_after(const Net *net, int steps, const char *name, size_t count, double *out) {
    Running *running = running_new(net, 7);
    Dice dice = dice_new(5);
    Data *data = data_new(net->graph, 4, &dice);
    for (int i = 0; i < steps; i++) {
        step(running, data, i % 2);
    }
    cr_assert(running_get(running, name, count, out), "no tensor %s", name);
    data_free(data);
    running_free(running);
}

Test(steps, both_weights_move_from_gradients_at_one_point) {
    static const char text[] =
        "network two\ninput x\ntarget y\na = param([], 3)\nb = param([], 2)\n"
        "p = a * b * x\nloss 0.5 * (p - y)^2\nupdate sgd(0.1)\nbatch 1\n";
    double x = 0.5, y = 1, a = 3, b = 2, got[2];
    double slope = (a * b * x - y) * x;
    double next_a = a - 0.1 * slope * b, next_b = b - 0.1 * slope * a;
    double sequential_b = b - 0.1 * (next_a * b * x - y) * x * next_a;
    cr_assert_gt(fabs(sequential_b - next_b), 0.04);
    Library library = {0};
    add_variants(&library, text);
    build(&library);
    for (int variant = 0; variant < VARIANTS; variant++) {
        for (int is_split = 0; is_split < 2; is_split++) {
            Running *running = running_new(&library.nets[variant], 7);
            Data data = {.n = 1, .field_count = 2, .input_count = 1, .counts = {1, 1}};
            data.values[0] = &x;
            data.values[1] = &y;
            step(running, &data, is_split);
            running_get(running, "a", 1, &got[0]);
            running_get(running, "b", 1, &got[1]);
            cr_expect_float_eq(got[0], next_a, 1e-14);
            cr_expect_float_eq(got[1], next_b, 1e-14);
            running_free(running);
        }
    }
    finish(&library);
}

#define LAYERS                                                                                     \
    "network layers\ninput x[5]\ntarget y[3]\nh = tanh(dense(x, 4))\np = dense(h, 3)\n"            \
    "loss mean_squared_error(p, y) + l2(0.1) + l1(0.1)\nbatch 4\n"

Test(steps, frozen_parameters_keep_their_bits) {
    static const struct {
        const char *text, *still, *moved;
        size_t still_count, moved_count;
    } rows[] = {
        {LAYERS "update adamw(0.1, decay = 0.5)\nfreeze h.*\n", "h.weight", "p.weight", 20, 12},
        {LAYERS "update averaged(nesterov(0.1))\nfreeze *.bias\n", "h.bias", "h.weight", 4, 20},
        {LAYERS "update max_norm(sgd(0.1), 0.01)\nfreeze p.weight\n", "p.weight", "p.bias", 12, 3},
    };
    Library library = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        add_variants(&library, rows[i].text);
    }
    build(&library);
    for (int i = 0; i < library.count; i++) {
        const Net *net = &library.nets[i];
        size_t row = (size_t)i / VARIANTS, still = rows[row].still_count,
               moved = rows[row].moved_count;
        double before[MOST], after[MOST];
        tensor_after(net, 0, rows[row].still, still, before);
        tensor_after(net, 3, rows[row].still, still, after);
        cr_expect_arr_eq(before, after, still * sizeof(double), "%s", rows[row].text);
        tensor_after(net, 0, rows[row].moved, moved, before);
        tensor_after(net, 3, rows[row].moved, moved, after);
        cr_expect_arr_neq(before, after, moved * sizeof(double), "%s", rows[row].text);
    }
    finish(&library);
}

/* A frozen weight is not in the cost of a regularizer either. */
Test(steps, regularizers_leave_frozen_weights_out) {
    static const char *const texts[] = {
        "network frozen\ninput x[2]\na = param([1, 2], 3)\nb = param([1, 2], 2)\n"
        "loss sum((a + b) * x) + l2(1)\nupdate sgd(1)\nfreeze a\noutput sum(x)\nbatch 1\n",
        "network frozen\ninput x[2]\na = param([1, 2], 3)\nb = param([1, 2], 2)\n"
        "loss sum((a + b) * x) + l2(1)\nupdate sgd(1)\noutput sum(x)\nbatch 1\n"};
    Library library = {0};
    for (int i = 0; i < 2; i++) {
        add(&library, texts[i], options_of(0));
    }
    build(&library);
    for (int i = 0; i < 2; i++) {
        Running *running = running_new(&library.nets[i], 7);
        double zeros[2] = {0, 0};
        Data data = {.n = 1, .field_count = 1, .input_count = 1, .counts = {2}};
        data.values[0] = zeros;
        cr_expect_eq(running_loss(running, 1, &data), i == 0 ? 8 : 26);
        running_free(running);
    }
    finish(&library);
}

/* The cost is linear in x and z, so that their gradients are the data's whatever they are. */
#define LINEAR                                                                                     \
    "network linear\ninput g[3], k[2]\nx = param([3], 0.5)\nz = param([2], 1)\nv = g * g\n"        \
    "loss sum(x * g) + 2 * sum(z * k)\noutput v\nbatch 4\n"

Test(steps, each_parameter_moves_as_its_update_alone_would) {
    static const struct {
        const char *first, *second, *both;
    } rows[] = {
        {"update adam(0.1)\n", "update clip_norm(momentum(0.1), 0.01)\n",
         "update clip_norm(momentum(0.1), 0.01) for z\nupdate adam(0.1)\n"},
        {"update nesterov(0.1)\n", "update rprop()\n",
         "update nesterov(0.1) for x*\nupdate rprop() for *z\n"},
        {"update averaged(lamb(0.1))\n", "update sgd(0.3)\n",
         "update averaged(lamb(0.1)) for x\nupdate sgd(0.3)\n"},
    };
    Library library = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int variant = 0; variant < VARIANTS; variant++) {
            char first[1000], second[1000], both[1000];
            snprintf(first, sizeof first, LINEAR "%s", rows[i].first);
            snprintf(second, sizeof second, LINEAR "%s%s", rows[i].second, "freeze x\n");
            snprintf(both, sizeof both, LINEAR "%s", rows[i].both);
            add(&library, first, options_of(variant));
            add(&library, second, options_of(variant));
            add(&library, both, options_of(variant));
        }
    }
    build(&library);
    for (int i = 0; i < library.count; i += 3) {
        const Net *first = &library.nets[i], *second = first + 1, *both = first + 2;
        double alone[3], together[3];
        tensor_after(first, 4, "x", 3, alone);
        tensor_after(both, 4, "x", 3, together);
        cr_expect_arr_eq(alone, together, 3 * sizeof(double), "%s", both->text);
        tensor_after(second, 4, "z", 2, alone);
        tensor_after(both, 4, "z", 2, together);
        cr_expect_arr_eq(alone, together, 2 * sizeof(double), "%s", both->text);
    }
    finish(&library);
}

/* Gradients come from weight - lr beta v; prediction, loss and get see weight. */
Test(steps, points_are_where_gradients_are_taken) {
    static const char ahead[] = LAYERS "update nesterov(0.2, beta = 0.5)\n";
    static const char plain[] = LAYERS "update sgd(1)\n";
    static const struct {
        const char *name;
        size_t count;
    } tensors[] = {{"h.weight", 20}, {"h.bias", 4}, {"p.weight", 12}, {"p.bias", 3}};
    Library library = {0};
    add_variants(&library, ahead);
    add_variants(&library, plain);
    build(&library);
    for (int variant = 0; variant < VARIANTS; variant++) {
        Running *running = running_new(&library.nets[variant], 7),
                *at_point = running_new(&library.nets[VARIANTS + variant], 7);
        Dice dice = dice_new(5);
        Data *data = data_new(library.nets[0].graph, 4, &dice);
        double got[MOST], weight[MOST], velocity[MOST], wanted[MOST], name_sum[MOST];
        char name[100];
        step(running, data, false);
        step(running, data, true);
        for (size_t i = 0; i < 4; i++) {
            running_get(running, tensors[i].name, tensors[i].count, weight);
            running_set(at_point, tensors[i].name, tensors[i].count, weight);
        }
        cr_expect_eq(running_loss(running, 4, data), running_loss(at_point, 4, data));
        running_predict(running, 4, data, (double *[]){got});
        running_predict(at_point, 4, data, (double *[]){wanted});
        cr_expect_arr_eq(got, wanted, 12 * sizeof(double));
        for (size_t i = 0; i < 4; i++) {
            snprintf(name, sizeof name, "%s.v", tensors[i].name);
            running_get(running, tensors[i].name, tensors[i].count, weight);
            cr_assert(running_get(running, name, tensors[i].count, velocity));
            for (size_t k = 0; k < tensors[i].count; k++) {
                weight[k] -= 0.2 * 0.5 * velocity[k];
            }
            running_set(at_point, tensors[i].name, tensors[i].count, weight);
        }
        running_gradient(running, 4, data);
        running_gradient(at_point, 4, data);
        for (size_t i = 0; i < 4; i++) {
            running_get_gradient(running, tensors[i].name, tensors[i].count, got);
            running_get_gradient(at_point, tensors[i].name, tensors[i].count, wanted);
            for (size_t k = 0; k < tensors[i].count; k++) {
                cr_expect_float_eq(got[k], wanted[k], 1e-12, "%s[%zu]", tensors[i].name, k);
            }
        }
        running_gradient(running, 2, data);
        running_gradient_add(running, 2, 2, data);
        running_get_gradient(running, "h.weight", 20, name_sum);
        running_get_gradient(at_point, "h.weight", 20, wanted);
        for (size_t k = 0; k < 20; k++) {
            cr_expect_float_eq(name_sum[k], wanted[k], 1e-12);
        }
        data_free(data);
        running_free(running);
        running_free(at_point);
    }
    finish(&library);
}

/* The norm of all gradients is over the parameters of one `update`. */
Test(steps, totals_are_over_the_parameters_of_one_update) {
    static const char text[] = "network parts\ninput g[2]\na = param([2], 0)\nb = param([2], 0)\n"
                               "c = param([2], 0)\nv = g * g\n"
                               "loss sum(a * g) + 2 * sum(b * g) + 3 * sum(c * g)\noutput v\n"
                               "update clip_norm(sgd(1), 1) for c\nupdate clip_norm(sgd(1), 1)\n"
                               "batch 1\n";
    static const double factors[] = {1, 2, 3};
    static const char *const names[] = {"a", "b", "c"};
    Library library = {0};
    add_variants(&library, text);
    build(&library);
    for (int variant = 0; variant < VARIANTS; variant++) {
        Running *running = running_new(&library.nets[variant], 7);
        double g[2] = {3, 4}, got[2];
        Data data = {.n = 1, .field_count = 1, .input_count = 1, .counts = {2}};
        data.values[0] = g;
        step(running, &data, false);
        for (int i = 0; i < 3; i++) {
            double norm = i < 2 ? 5 * sqrt(1 + 4) : 15;
            running_get(running, names[i], 2, got);
            cr_expect_float_eq(got[0], -3 * factors[i] / (norm + 1e-6), 1e-12, "%s", names[i]);
            cr_expect_float_eq(got[1], -4 * factors[i] / (norm + 1e-6), 1e-12, "%s", names[i]);
        }
        running_free(running);
    }
    finish(&library);
}

/* A product of parameters alone, whose kernel has the update, too: the sums have the bias as
   initial value, although the update reads the bias as well. */
Test(steps, a_step_costs_what_its_gradient_costs) {
    static const char text[] =
        "network begun\ninput x\nv = param([3], normal(1))\nh = dense(v, 9)\n"
        "loss (x - 1)^2 * mean(v) + 0.3 * mean(sin(h))\nupdate sgd(0.1)\nbatch 16\noutput 2 * x\n";
    Library library = {0};
    Dice dice = dice_new(3);
    const Net *net =
        add(&library, text, (Options){.target = TARGET_GENERIC, .unroll = UNROLL_TILE});
    build(&library);
    int differ = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        Running *running = running_new(net, seed);
        double x = dice_real(&dice, -1, 1), bias[9];
        Data data = {
            .n = 1, .field_count = 1, .input_count = 1, .counts = {1}, .values = {&x}, .in = {&x}};
        for (int i = 0; i < 9; i++)
            bias[i] = dice_real(&dice, -1, 1);
        cr_assert(running_set(running, "h.bias", 9, bias));
        Running *twin = running_copy(net, running);
        differ += running_gradient(running, 1, &data) != running_train_step(twin, 1, &data);
        running_free(running);
        running_free(twin);
    }
    cr_expect_eq(differ, 0, "%d of 100 costs differ", differ);
    finish(&library);
}

/* The variance of a constant gradient is 0, and may be rounded to a negative number, whose root is
   NaN. With one of these gradients step 1182 failed. */
Test(steps, centred_rmsprop_of_a_steady_gradient_stays_a_number) {
    static const char text[] =
        "network steady\ninput x[4]\nw = param([4], 0)\np = w * x\nloss sum(p)\n"
        "update rmsprop(centred = 1)\noutput p\nbatch 1\n";
    double x[] = {0.3, 0.7, 1.1, 3}, w[4];
    Library library = {0};
    Data data = {
        .n = 1, .field_count = 1, .input_count = 1, .counts = {4}, .values = {x}, .in = {x}};
    add_variants_in_float(&library, text);
    build(&library);
    for (int i = 0; i < VARIANTS; i++) {
        Running *running = running_new(&library.nets[i], 7);
        for (int k = 0; k < 3000; k++) {
            running_train_step(running, 1, &data);
        }
        cr_assert(running_get(running, "w", 4, w));
        for (int k = 0; k < 4; k++) {
            cr_expect(isfinite(w[k]) && w[k] < -30, "w[%d] is %g", k, w[k]);
        }
        running_free(running);
    }
    finish(&library);
}

/* Moments of parameters without gradient decay to denormal numbers, which would stay and be slow.
   */
Test(steps, moments_that_have_decayed_are_zero) {
    static const char text[] =
        "network faded\ninput x[4]\ntarget y\np = dense(x, 1)\nloss mean_squared_error(p, y)\n"
        "update adam(0.01)\nbatch 1\n";
    double x[] = {0.3, 0.7, 1.1, 3}, none[] = {0, 0, 0, 0}, y = 1, m[4], v[4];
    Library library = {0};
    Data data = {.n = 1, .field_count = 2, .input_count = 1, .counts = {4, 1}, .values = {x, &y}};
    data.in[0] = x;
    data.in[1] = &y;
    add_variants_in_float(&library, text);
    build(&library);
    for (int i = 0; i < VARIANTS; i++)
        for (int is_split = 0; is_split < 2; is_split++) {
            Running *running = running_new(&library.nets[i], 7);
            for (int k = 0; k < 1280; k++) {
                if (k == 3)
                    data.values[0] = none, data.in[0] = none;
                step(running, &data, is_split);
            }
            data.values[0] = x;
            data.in[0] = x;
            cr_assert(running_get(running, "p.weight.m", 4, m));
            cr_assert(running_get(running, "p.weight.v", 4, v));
            for (int k = 0; k < 4; k++) {
                cr_expect_eq(m[k], 0, "m[%d] is %g", k, m[k]);
                cr_expect_gt(v[k], 1e-12);
            }
            running_free(running);
        }
    finish(&library);
}

Test(steps, states_of_nested_optimizers_have_names_of_their_own) {
    static const char text[] =
        "network nested\ninput x[2]\ntarget y\n"
        "optimizer both(first, second) {\n    state m = 0\n    m = m + grad\n"
        "    weight = 0.5 * first() + 0.5 * second(grad = m)\n}\n"
        "p = dense(x, 1)\nloss mean_squared_error(p, y)\nupdate both(adam(0.1), momentum(0.1))\n";
    static const char *const names[] = {"p.weight.m", "p.weight.m.2", "p.weight.v", "p.weight.v.2"};
    Library library = {0};
    const Net *net = add(&library, text, options_of(0));
    build(&library);
    Running *running = running_new(net, 7);
    double got[2];
    for (int i = 0; i < 4; i++) {
        cr_expect(running_get(running, names[i], 2, got), "no tensor %s", names[i]);
    }
    running_free(running);
    finish(&library);
}
