/* Names in weights files of other programs, and which way round their matrices are. */

#include "bag_net.h"
#include "scratch.h"

#include <criterion/criterion.h>

TestSuite(weights_names, .init = scratch_open, .fini = scratch_close);

static const TensorRow sequential[] = {
    SCALING,
    SETTING,
    NAMED("0.weight", "0.bias"),
    NORM("1.weight", "1.bias", "1.running_mean", "1.running_var"),
    {"1.num_batches_tracked", "I64", "[]", 1, {1000}},
    {"3.weight", "F32", "[3, 2]", 6, {15, 16, 17, 18, 19, 20}},
    END};
#define SEQUENTIAL_MAP                                                                             \
    "0.weight=h.weight,0.bias=h.bias,1.weight=n.gamma,1.bias=n.beta,"                              \
    "1.running_mean=n.running_mean,1.running_var=n.running_variance,3.weight=p.weight"

/* nn.Sequential's names, as PyTorch's state_dict has them. */
Test(weights_names, of_a_sequential_net) {
    Bag net;
    nn_weights_from from = {.map = SEQUENTIAL_MAP};
    const char *path = tensor_file("w", "\"format\":\"pt\"", sequential);
    cr_assert_str_eq(load_fine(PREDICT_ONLY, path, &from, &net),
                     "not used, as running statistics here count no batches: "
                     "'1.num_batches_tracked'");
    cr_assert(net.counters[0] == 5 && net.counters[1] == 600);
    cr_assert_eq(bag_numbers(&net, "y.scale")[0], -4);
}

/* What PyTorch calls the tensors of batch normalization is known, in a file and in a map. */
Test(weights_names, of_pytorch) {
    Bag net;
    static const TensorRow rows[] = {SCALING,
                                     SETTING,
                                     NAMED("h.weight", "h.bias"),
                                     NORM("n.weight", "n.bias", "n.running_mean", "n.running_var"),
                                     {"n.num_batches_tracked", "I64", "[]", 1, {1000}},
                                     OUTPUT,
                                     END};
    cr_assert_str_eq(
        load_fine(PREDICT_ONLY, tensor_file("w", NULL, rows), &(nn_weights_from){0}, &net),
        "taken from what PyTorch or Keras call so: 'n.gamma', 'n.beta', "
        "'n.running_variance'\n"
        "not used, as running statistics here count no batches: "
        "'n.num_batches_tracked'");
    nn_weights_from from = {.map =
                                "0.weight=h.weight,0.bias=h.bias,1.weight=n.weight,1.bias=n.bias,"
                                "1.running_mean=n.running_mean,1.running_var=n.running_var,"
                                "3.weight=p.weight"};
    load_fine(PREDICT_ONLY, tensor_file("w", NULL, sequential), &from, &net);
}

static const TensorRow keras[] = {
    SCALING,
    SETTING,
    {"dense/kernel:0", "F32", "[2, 2]", 4, {1, 3, 2, 4}},
    {"dense/bias:0", "F32", "[2]", 2, {5, 6}},
    NORM("bn/gamma:0", "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0"),
    KERNEL("out/kernel:0"),
    END};
#define KERAS_MAP                                                                                  \
    "dense/kernel:0=h.weight,dense/bias:0=h.bias,bn/gamma:0=n.gamma,bn/beta:0=n.beta,"             \
    "bn/moving_mean:0=n.running_mean,bn/moving_variance:0=n.running_variance,"                     \
    "out/kernel:0=p.weight"

Test(weights_names, of_keras_the_other_way_round) {
    Bag net;
    nn_weights_from from = {.map = KERAS_MAP, .transpose = "h.weight,p.weight"};
    cr_assert_str_eq(
        load_fine(PREDICT_ONLY, tensor_file("w", NULL, keras), &from, &net),
        "Keras normalizes with epsilon 1e-3 where it is not told otherwise, batch_norm "
        "with eps = 1e-5");
    from.transpose = NULL;
    expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, keras), &from, NN_WRONG,
                   "'p.weight' has shape [2, 3] there, [3, 2] here\n"
                   "hint: as Keras writes kernels, [in, out]: --transpose p.weight turns it");
}

/* Nothing tells of a square matrix which way round it is; that it was taken as it is is said where
   the file looks like Keras's, and not where it does not. */
Test(weights_names, of_square_kernels) {
    Bag net;
    nn_error error;
    nn_network network = bag_network(PREDICT_ONLY);
    nn_weights_from from = {.map = KERAS_MAP, .transpose = "p.weight"};
    const char *path = tensor_file("w", NULL, keras);
    cr_assert(nn_weights_import(&network, &net, path, &from, &error), "%s", error.text);
    cr_assert_eq(bag_numbers(&net, "h.weight")[1], 3);
    cr_assert(strstr(error.text,
                     ": note: taken as [out, in], as the shape cannot tell: 'h.weight'; the file "
                     "looks like one of Keras, which has [in, out]: --transpose NAME turns it\n"),
              "%s", error.text);
    static const TensorRow whole[] = {WHOLE, END};
    cr_assert_str_eq(
        load_fine(PREDICT_ONLY, tensor_file("w", NULL, whole), &(nn_weights_from){0}, &net), "");
    static const TensorRow turned[] = {
        SCALING, SETTING, NAMED("h.weight", "h.bias"), OUR_NORM, KERNEL("p.weight"), END};
    from.map = NULL;
    cr_assert(strstr(load_fine(PREDICT_ONLY, tensor_file("w", NULL, turned), &from, &net),
                     "as the shape cannot tell: 'h.weight';"));
    static const TensorRow half_turned[] = {SCALING,
                                            SETTING,
                                            {"h.weight", "F32", "[2, 2]", 4, {1, 3, 2, 4}},
                                            {"h.bias", "F32", "[2]", 2, {5, 6}},
                                            OUR_NORM,
                                            OUTPUT,
                                            END};
    from.transpose = "h.weight"; /* and nothing but its shape tells of p.weight, which is enough */
    cr_assert_str_eq(load_fine(PREDICT_ONLY, tensor_file("w", NULL, half_turned), &from, &net), "");
}

Test(weights_names, mistakes_of_transpose) {
    static const TensorRow absent[] = {SETTING, NAMED("h.weight", "h.bias"), OUR_NORM, OUTPUT, END};
    static const struct {
        const char *transpose, *error;
    } rows[] = {
        {"h.wight",
         "--transpose 'h.wight': the net has no such tensor\nhint: is 'h.weight' meant?"},
        {"z", "--transpose 'z': the net has no such tensor\n"
              "hint: the net has 'x.low', 'x.scale', 'y.low', 'y.scale' and 8 more"},
        {"", "--transpose '': the net has no such tensor\n"
             "hint: the net has 'x.low', 'x.scale', 'y.low', 'y.scale' and 8 more"},
        {"h.bias", "--transpose 'h.bias': is no matrix"},
        {"p.weight,p.weight", "--transpose 'p.weight': is named twice"},
        {"out/kernel:0", "--transpose 'out/kernel:0': the net has no such tensor\n"
                         "hint: the net calls it 'p.weight'"},
    };
    const char *path = tensor_file("k", NULL, keras);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nn_weights_from from = {.map = KERAS_MAP, .transpose = rows[i].transpose};
        expect_refusal(PREDICT_ONLY, path, &from, NN_USAGE, rows[i].error);
    }
    nn_weights_from from = {.transpose = "p.weight"};
    expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, absent), &from, NN_WRONG,
                   "'p.weight' has shape [3, 2] there, [3, 2] here, and is to be transposed");
    from.transpose = "p.weight.m";
    expect_refusal(TRAINED, tensor_file("w", NULL, absent), &from, NN_USAGE,
                   "--transpose 'p.weight.m': the file has no tensor for it");
}

Test(weights_names, mistakes_of_map) {
    static const TensorRow both[] = {WHOLE, {"0.weight", "F32", "[2, 2]", 4, {0}}, END};
    static const struct {
        const char *map;
        nn_code code;
        const char *error;
    } rows[] = {
        {"0.weight", NN_USAGE,
         "--map '0.weight': is not of the form NAME=NAME, the file's and the net's"},
        {"", NN_USAGE, "--map '': is not of the form NAME=NAME, the file's and the net's"},
        {"=h.weight", NN_USAGE,
         "--map '=h.weight': is not of the form NAME=NAME, the file's and the net's"},
        {"0.weigth=h.weight", NN_USAGE,
         "--map '0.weigth=h.weight': the file has no tensor of the first name\n"
         "hint: is '0.weight' meant?"},
        {"layers.4=h.weight", NN_USAGE,
         "--map 'layers.4=h.weight': the file has no tensor of the first name\n"
         "hint: the file has 'x.low', 'x.scale', 'y.low', 'y.scale' and 9 more"},
        {"0.weight=h.wight", NN_USAGE,
         "--map '0.weight=h.wight': the net has no tensor of the second name\n"
         "hint: is 'h.weight' meant?"},
        {"0.weight=layers", NN_USAGE,
         "--map '0.weight=layers': the net has no tensor of the second name\n"
         "hint: the net has 'x.low', 'x.scale', 'y.low', 'y.scale' and 8 more"},
        {"0.weight=h.weight,0.weight=p.weight", NN_USAGE,
         "--map '0.weight=p.weight': the first name was mapped before"},
        {"0.weight=h.weight", NN_USAGE,
         "both '0.weight' and 'h.weight' would become 'h.weight'\n"
         "hint: --map h.weight= leaves that one out"},
        {"0.weight=h.bias,h.bias=h.bias", NN_USAGE,
         "both '0.weight' and 'h.bias' would become 'h.bias'\n"
         "hint: --map h.bias= leaves that one out"},
        {NULL, NN_WRONG,
         "'0.weight' is not a tensor of this net\n"
         "hint: --map 0.weight= leaves it out, --map 0.weight=NAME gives it the net's name"},
        {"h.weight=", NN_WRONG,
         "'h.weight' is missing\n"
         "hint: the file has '0.weight' of that shape: --map 0.weight=h.weight takes it"},
    };
    const char *path = tensor_file("w", NULL, both);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nn_weights_from from = {.map = rows[i].map};
        expect_refusal(PREDICT_ONLY, path, &from, rows[i].code, rows[i].error);
    }
    static const TensorRow doubled[] = {WHOLE, {"n.running_var", "F32", "[2]", 2, {0}}, END};
    expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, doubled), &(nn_weights_from){0}, NN_WRONG,
                   "both 'n.running_variance' and 'n.running_var' would become "
                   "'n.running_variance'\nhint: --map n.running_var= leaves that one out");
    expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, sequential), &(nn_weights_from){0},
                   NN_WRONG,
                   "'h.weight' is missing\n"
                   "hint: the file has '0.weight' of that shape: --map 0.weight=h.weight takes it");
    nn_weights_from from = {.map = "0.weight=h.weight"};
    expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, sequential), &from, NN_WRONG,
                   "'h.bias' is missing\nhint: of that shape the file has '0.bias', '1.weight', "
                   "'1.bias', '1.running_mean' and 1 more: --map NAME=h.bias takes one");
}

Test(weights_names, swapped_and_left_out) {
    Bag net;
    static const TensorRow rows[] = {
        SCALING,
        SETTING,
        NAMED("h.weight", "n.beta"),
        NORM("n.gamma", "h.bias", "n.running_mean", "n.running_variance"),
        OUTPUT,
        {"a=head", "U8", "[1]", 1, {0}},
        END};
    nn_weights_from from = {.map = "n.beta=h.bias,h.bias=n.beta,a=head="};
    cr_assert_str_eq(load_fine(PREDICT_ONLY, tensor_file("w", NULL, rows), &from, &net),
                     "not used, as --map says: 'a=head'");
}
