/* Loops over examples, against the generic library: values that straight-line code keeps for a
   later loop, sums over the batch in a layer's register tile with their epilogues, blocked sums. */

#include "compare.h"
#include "long.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 1000 };

static void compare_with(const char *text, const Options *options) {
    Oracle *oracle = oracle_of(text);
    Net net = {.text = text, .graph = oracle->graph, .options = *options};
    Nets all = {.count = 1, .nets = &net};
    cr_assert(nets_build(&all), "%s", all.message);
    Dice dice = dice_new(9);
    Data *data = data_new(oracle->graph, (size_t)oracle->graph->batch + 3, &dice);
    Comparison comparison = {.limit = limit_of(options)};
    cr_expect(compare_net(&net, oracle, data, 7, &comparison), "target %d, %s: %s\n%s",
              (int)options->target, options->is_double ? "double" : "float", comparison.failure,
              text);
    data_free(data);
    nets_free(&all);
    oracle_free(oracle);
}

/* For c99 and for the widest vectors; in_double: both in double, else the latter in float. */
static void compare_text(const char *text, bool in_double) {
    const Options plain = {.target = TARGET_C99, .is_double = true},
                  wide = {.target = widest_target(), .is_double = in_double};
    compare_with(text, &plain);
    compare_with(text, &wide);
}

/* A `where` between sums over the batch, whose comparison a later loop needs again. */
Test(loops, choices_are_kept_for_later_ones) {
    static const char *const activations[] = {"leaky_relu(z)", "hard_tanh(z)"};
    for (int i = 0; i < 2; i++) {
        char text[TEXT];
        snprintf(text, sizeof text,
                 "network m\ninput x[3]\ntarget t[2]\nz = dense(x, 4)\n"
                 "p = dense(batch_norm(%s), 2)\nloss mean_squared_error(p, t)\nbatch 32\n"
                 "update sgd(0.1)\noutput p\n",
                 activations[i]);
        compare_text(text, true);
    }
}

/* The update of a bias that the tile reads too, and one that takes a norm of it. */
Test(loops, updates_follow_batch_sums_in_a_layers_tile) {
    static const char *const updates[] = {"averaged(sgd(0.05))", "lamb(0.01)",
                                          "clip_norm(adam(0.01), 0.1)",
                                          "max_norm(adam(0.01), 0.5)"};
    for (int i = 0; i < 3; i++) {
        char text[TEXT];
        snprintf(text, sizeof text,
                 "network m\ninput x[20]\ntarget t[17]\nh = tanh(dense(x, 64))\n"
                 "p = tanh(dense(h, 17))\nloss mean_squared_error(p, t)\nbatch 17\nupdate %s\n"
                 "output p\n",
                 updates[i]);
        compare_text(text, false);
    }
}

/* The gradient by the input of a convolution whose stride and dilation have no common factor cannot
   be gathered element by element: it is accumulated in memory that is zeroed first. */
Test(loops, gradients_scatter) {
    static const char *const sums[] = {"contract(k[o, j] * h[2*i + 3*j], o = 4, i = 5)",
                                       "contract(k[o, j] * h[3*i + 2*j], o = 4, i = 5)",
                                       "contract(k[o, j] * h[3*i - 2*j + 3], o = 4, i = 5)"};
    for (unsigned number = 0; number < (unsigned)slice_of(4, 96); number++) {
        char text[TEXT];
        snprintf(text, sizeof text,
                 "network m\ninput x[5]\ntarget t[4]\nh = tanh(dense(x, 17))\n"
                 "k = param([4, 3], normal(0.5))\nc = %s\np = dense(reshape(tanh(c), [20]), 4)\n"
                 "loss mean_squared_error(p, t)\nbatch %d\nupdate sgd(0.1)\noutput p\n",
                 sums[number % 3], number % 2 ? 33 : 6);
        Options options = number ? mode_in_turn(number) : (Options){.target = widest_target()};
        options.unroll = number ? options.unroll : UNROLL_TILE;
        options.is_double = true;
        compare_with(text, &options);
    }
}

static bool plan_says(const char *text, const Options *options, const char *words) {
    Options dump = *options;
    dump.dump = "schedule";
    Result result = compile("m.def", text, strlen(text), "m.h", &dump);
    bool is_said = result.dump && strstr(result.dump, words);
    result_free(&result);
    return is_said;
}

/* Sums whose weights exceed the first cache, in two, three and more blocks; sums over many
   examples, for the gradient; an update whose operands exceed the caches and are prefetched. */
Test(loops, long_sums_are_blocked) {
    static const struct {
        int inputs, outputs, batch;
        const char *update;
        bool is_wide; /* blocked for wide vectors, too; with 128 bits a block is longer */
    } cases[] = {{300, 64, 32, "sgd(0.01)", true},
                 {600, 64, 32, "sgd(0.01)", true},
                 {2000, 64, 33, "sgd(0.01)", false},
                 {64, 64, 700, "sgd(0.01)", true},
                 {600, 512, 16, "adam(0.01)", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Options options = {.target = cases[i].is_wide ? widest_target() : TARGET_GENERIC};
        char text[TEXT];
        snprintf(text, sizeof text,
                 "network m\ninput x[%d]\ntarget t[4]\np = dense(tanh(dense(x, %d)), 4)\n"
                 "loss mean_squared_error(p, t)\nbatch %d\nupdate %s\noutput p\n",
                 cases[i].inputs, cases[i].outputs, cases[i].batch, cases[i].update);
        if (options.target == TARGET_GENERIC || options.target == TARGET_X86_64_V4)
            cr_expect(plan_says(text, &options, " terms of each sum at a time") ||
                          plan_says(text, &options, " examples of each sum at a time"),
                      "case %zu has no blocks", i);
        compare_with(text, &options);
    }
}
