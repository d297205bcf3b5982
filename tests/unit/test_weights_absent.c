/* Weights files of other programs that lack tensors of the net, or have others. */

#include "bag_net.h"
#include "scratch.h"

#include <criterion/criterion.h>

TestSuite(weights_absent, .init = scratch_open, .fini = scratch_close);

/* Everything is named that the file leaves out, by groups, scaling first; no line grows without
   bound. */
Test(weights_absent, all_that_is_left_out_is_said) {
    Bag net;
    bool is_absent[TENSORS];
    static const TensorRow rows[] = {NAMED("h.weight", "h.bias"), OUR_NORM, OUTPUT, END};
    nn_weights_from from = {.is_absent = is_absent};
    const char *path = tensor_file("w", NULL, rows);
    cr_assert_str_eq(load_fine(TRAINED, path, &from, &net),
                     "the file has no scaling 'x.low', 'x.scale', 'y.low', 'y.scale': it stays as "
                     "it was\n"
                     "the file has no optimizer state 'h.weight.m', 'h.bias.m', 'n.gamma.m', "
                     "'n.beta.m' and 1 more: it begins anew, and so do steps and epochs\n"
                     "the file has no setting 'rate': it stays as it was");
    for (size_t i = 0; i < TENSORS; i++)
        cr_assert_eq(is_absent[i], i < 5 || i >= PREDICT_ONLY, "%s", bag_tensors[i].name);
    cr_assert(net.reals[0] == 100 && net.reals[4] == 104 && net.reals[25] == 125);
    from.scaling = NN_SCALING_FITTED;
    cr_assert_eq(strncmp(load_fine(TRAINED, path, &from, &net),
                         "the file has no scaling 'x.low', 'x.scale', 'y.low', 'y.scale': it is "
                         "fitted to the data\n",
                         80),
                 0);
}

/* Where outputs are wanted, they are not made of unscaled inputs. */
Test(weights_absent, scaling_that_is_needed) {
    Bag net;
    static const TensorRow half[] = {{"x.low", "F32", "[1]", 1, {0}},
                                     SETTING,
                                     NAMED("h.weight", "h.bias"),
                                     OUR_NORM,
                                     OUTPUT,
                                     END};
    static const TensorRow whole[] = {WHOLE, END};
    nn_weights_from from = {.scaling = NN_SCALING_NEEDED};
    expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, half), &from, NN_WRONG,
                   "the file has no scaling, without which every output would be wrong: 'x.scale', "
                   "'y.low', 'y.scale'\n"
                   "hint: train --load fits it to training data and --save keeps it; or add to the "
                   "file what the training used, (x - low) * scale; or, where data is scaled "
                   "already, take 'standard' or 'minmax' out of the model");
    load_fine(PREDICT_ONLY, tensor_file("w", NULL, whole), &from, &net);
}

/* A net that only predicts has no use for an optimizer's state; nothing else goes unasked. */
Test(weights_absent, optimizer_state_that_the_net_has_not) {
    Bag net;
    static const TensorRow rows[] = {WHOLE, MOMENTS, LAST_MOMENT, END};
    static const TensorRow more[] = {WHOLE, {"h.kernel", "F32", "[2]", 2, {0}}, END};
    cr_assert_str_eq(
        load_fine(PREDICT_ONLY, tensor_file("w", NULL, rows), &(nn_weights_from){0}, &net),
        "not used, as the net has no such optimizer state: 'h.weight.m', 'h.bias.m', "
        "'n.gamma.m', 'n.beta.m' and 1 more");
    expect_refusal(
        PREDICT_ONLY, tensor_file("w", NULL, more), &(nn_weights_from){0}, NN_WRONG,
        "'h.kernel' is not a tensor of this net\n"
        "hint: --map h.kernel= leaves it out, --map h.kernel=NAME gives it the net's name");
}

/* Without the target's scaling outputs would be in other units than in training. */
Test(weights_absent, scaling_of_what_the_net_has_not) {
    static const TensorRow rows[] = {WHOLE, {"z.scale", "F32", "[1]", 1, {0}}, END};
    expect_refusal(
        PREDICT_ONLY, tensor_file("w", NULL, rows), &(nn_weights_from){0}, NN_WRONG,
        "'z.scale' is not a tensor of this net\n"
        "hint: an output whose target was scaled needs that target in the model, "
        "'standard' or 'minmax', or it stays scaled\n"
        "hint: --map z.scale= leaves it out, --map z.scale=NAME gives it the net's name");
    static const char *const fields[] = {"u.low", "v.scale"}; /* of an input and of a target */
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        TensorRow more[] = {WHOLE, {fields[i], "F32", "[1]", 1, {0}}, END};
        char error[300];
        snprintf(error, sizeof error,
                 "'%s' is not a tensor of this net\n"
                 "hint: the file scales '%c', the model does not: 'standard' or 'minmax' after it "
                 "in the model takes this scaling\n"
                 "hint: --map %c.low=,%c.scale= leaves it out, for data that are scaled already",
                 fields[i], fields[i][0], fields[i][0], fields[i][0]);
        expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, more), &(nn_weights_from){0}, NN_WRONG,
                       error);
    }
}

/* Moments of some parameters and none of others are of no one age. */
Test(weights_absent, optimizer_state_in_part) {
    Bag net;
    static const TensorRow rows[] = {WHOLE, MOMENTS, END};
    cr_assert_str_eq(load_fine(TRAINED, tensor_file("w", NULL, rows), &(nn_weights_from){0}, &net),
                     "the file has no optimizer state 'h.weight.m', 'h.bias.m', 'n.gamma.m', "
                     "'n.beta.m' and 1 more: it begins anew, and so do steps and epochs\n"
                     "not used, as other optimizer state is missing: 'h.weight.m', 'h.bias.m', "
                     "'n.gamma.m', 'n.beta.m'");
    cr_assert_eq(bag_numbers(&net, "h.weight.m")[0], 125);
    static const TensorRow all[] = {WHOLE, MOMENTS, LAST_MOMENT, END};
    cr_assert_str_eq(load_fine(TRAINED, tensor_file("w", NULL, all), &(nn_weights_from){0}, &net),
                     "the file has optimizer state, but no metadata that counts steps and epochs: "
                     "they stay as they were");
    cr_assert_eq(bag_numbers(&net, "p.weight.m")[0], 35);
}
