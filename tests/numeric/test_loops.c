/* Loops over examples: what straight-line code leaves in one for the next, and what follows a sum
   that rides along in a layer's tile, against the generic library. */

#include "compare.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { TEXT = 1000 };

static void compare_with(const char *text, const Options *options) {
    char *message = NULL;
    Oracle *oracle = oracle_new(text, &message);
    cr_assert(oracle, "%s\n%s", message, text);
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

/* Without vectors and with the widest; in_double: in double alone, else the latter in float. */
static void compare_text(const char *text, bool in_double) {
    const Options plain = {.target = TARGET_C99, .is_double = true},
                  wide = {.target = widest_target(), .is_double = in_double};
    compare_with(text, &plain);
    compare_with(text, &wide);
}

/* An activation that chooses by a comparison, between sums over the batch, in which bits cancel. */
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
Test(loops, updates_follow_sums_that_ride_along) {
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
