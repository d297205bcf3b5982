/* Weights files of other programs: names, which way round, types, and what they leave out. The net
   must be untouched wherever a file is refused. */

#include "host.h"

#include "hand_net.h"
#include "scratch.h"
#include "tensor_file.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(weights_names, .init = scratch_open, .fini = scratch_close);

/* A net of every kind of tensor: its numbers lie one tensor behind the other. */
static const nn_tensor tensors[] = {
    {"x.low", NN_SCALING, 1, 1, {1}},
    {"x.scale", NN_SCALING, 1, 1, {1}},
    {"y.low", NN_SCALING, 1, 0, {0}},
    {"y.scale", NN_SCALING, 1, 0, {0}},
    {"rate", NN_SETTING, 1, 0, {0}},
    {"h.weight", NN_PARAMETER, 4, 2, {2, 2}},
    {"h.bias", NN_PARAMETER, 2, 1, {2}},
    {"n.gamma", NN_PARAMETER, 2, 1, {2}},
    {"n.beta", NN_PARAMETER, 2, 1, {2}},
    {"n.running_mean", NN_STATE, 2, 1, {2}},
    {"n.running_variance", NN_STATE, 2, 1, {2}},
    {"p.weight", NN_PARAMETER, 6, 2, {3, 2}},
    {"h.weight.m", NN_OPTIMIZER, 4, 2, {2, 2}},
    {"h.bias.m", NN_OPTIMIZER, 2, 1, {2}},
    {"n.gamma.m", NN_OPTIMIZER, 2, 1, {2}},
    {"n.beta.m", NN_OPTIMIZER, 2, 1, {2}},
    {"p.weight.m", NN_OPTIMIZER, 6, 2, {3, 2}},
};
enum { TENSORS = sizeof tensors / sizeof tensors[0], REALS = 64 };

typedef struct {
    float reals[REALS];
    uint64_t counters[4];
} Net;

static float *numbers_of(Net *net, const char *name) {
    float *at = net->reals;
    for (size_t i = 0; i < TENSORS; at += tensors[i].count, i++)
        if (strcmp(tensors[i].name, name) == 0)
            return at;
    cr_assert_fail("no tensor '%s'", name);
    return NULL;
}

static size_t count_of(const char *name) {
    for (size_t i = 0; i < TENSORS; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return tensors[i].count;
    return 0;
}

static void get(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n;
    memcpy(out, numbers_of(net, in[0]), count_of(in[0]) * sizeof(float));
}

static void set(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    memcpy(numbers_of(net, in[0]), in[1], count_of(in[0]) * sizeof(float));
}

static void get_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)in;
    memcpy(out, ((Net *)net)->counters, sizeof((Net *)net)->counters);
}

static void set_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    memcpy(((Net *)net)->counters, in[0], sizeof((Net *)net)->counters);
}

static const nn_field input = {.name = "u", .count = 1};
static const nn_field targets[] = {{.name = "v", .count = 1}, {.name = "y", .count = 1}};

static nn_network network_of(size_t tensor_count) {
    return (nn_network){.name = "bag",
                        .input_count = 1,
                        .inputs = &input,
                        .target_count = 2,
                        .targets = targets,
                        .model_hash = "0",
                        .real_size = sizeof(float),
                        .net_size = sizeof(Net),
                        .tensor_count = tensor_count,
                        .tensors = tensors,
                        .get = get,
                        .set = set,
                        .get_counters = get_counters,
                        .set_counters = set_counters};
}

enum { TRAINED = TENSORS, PREDICT_ONLY = 12 }; /* with optimizer state, without */

static Net net_make(void) {
    Net net = {.counters = {5, 600, 7, 8}};
    for (size_t i = 0; i < REALS; i++)
        net.reals[i] = 100 + (float)i;
    return net;
}

/* A whole net, by the net's own names but for those that a test gives. */
#define SCALING                                                                                    \
    {"x.low", "F32", "[1]", 1, {-1}}, {"x.scale", "F32", "[1]", 1, {-2}},                          \
        {"y.low", "F32", "[]", 1, {-3}}, {                                                         \
        "y.scale", "F32", "[]", 1, {                                                               \
            -4                                                                                     \
        }                                                                                          \
    }
#define SETTING                                                                                    \
    {                                                                                              \
        "rate", "F32", "[]", 1, {                                                                  \
            -5                                                                                     \
        }                                                                                          \
    }
#define NAMED(weight, bias)                                                                        \
    {weight, "F32", "[2, 2]", 4, {1, 2, 3, 4}}, {                                                  \
        bias, "F32", "[2]", 2, {                                                                   \
            5, 6                                                                                   \
        }                                                                                          \
    }
#define NORM(gamma, beta, mean, variance)                                                          \
    {gamma, "F32", "[2]", 2, {7, 8}}, {beta, "F32", "[2]", 2, {9, 10}},                            \
        {mean, "F32", "[2]", 2, {11, 12}}, {                                                       \
        variance, "F32", "[2]", 2, {                                                               \
            13, 14                                                                                 \
        }                                                                                          \
    }
#define OUR_NORM NORM("n.gamma", "n.beta", "n.running_mean", "n.running_variance")
#define OUTPUT                                                                                     \
    {                                                                                              \
        "p.weight", "F32", "[3, 2]", 6, {                                                          \
            15, 16, 17, 18, 19, 20                                                                 \
        }                                                                                          \
    }
#define KERNEL(name)                                                                               \
    {                                                                                              \
        name, "F32", "[2, 3]", 6, {                                                                \
            15, 17, 19, 16, 18, 20                                                                 \
        }                                                                                          \
    }
#define WHOLE SCALING, SETTING, NAMED("h.weight", "h.bias"), OUR_NORM, OUTPUT
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL, 0, {                                                                     \
            0                                                                                      \
        }                                                                                          \
    }

/* Loaded well; the parameters and state are 1, 2, 3 and so on. The notes, without the path. */
static char *load_fine(size_t tensor_count, const char *path, const nn_weights_from *from,
                       Net *net) {
    static char notes[4096];
    nn_error error;
    nn_network network = network_of(tensor_count);
    *net = net_make();
    cr_assert(nn_weights_import(&network, net, path, from, &error), "%s", error.text);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(numbers_of(net, "h.weight")[i], (float)(i + 1), "number %d is %g", i,
                     (double)numbers_of(net, "h.weight")[i]);
    notes[0] = '\0';
    for (const char *line = error.text; line && *line;) {
        const char *end = strchr(line, '\n');
        const char *text = strstr(line, ": note: ") + strlen(": note: ");
        size_t size = end ? (size_t)(end - text) + 1 : strlen(text);
        snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "%.*s", (int)size, text);
        line = end ? end + 1 : NULL;
    }
    return notes;
}

/* Refused with this code and text behind the path, and the net as it was. */
static void expect_refusal(size_t tensor_count, const char *path, const nn_weights_from *from,
                           nn_code code, const char *text) {
    nn_error error;
    nn_network network = network_of(tensor_count);
    Net net = net_make(), before = net;
    cr_assert_not(nn_weights_import(&network, &net, path, from, &error), "accepted: %s", text);
    cr_assert_eq(memcmp(&net, &before, sizeof net), 0, "touched: %s", text);
    const char *found = strstr(error.text, ": error: ");
    cr_assert_str_eq(found ? found + 9 : error.text, text);
    cr_assert_eq(error.code, code, "%s", text);
}

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
    Net net;
    nn_weights_from from = {.map = SEQUENTIAL_MAP};
    const char *path = tensor_file("w", "\"format\":\"pt\"", sequential);
    cr_assert_str_eq(load_fine(PREDICT_ONLY, path, &from, &net),
                     "not used, as running statistics here count no batches: "
                     "'1.num_batches_tracked'");
    cr_assert(net.counters[0] == 5 && net.counters[1] == 600);
    cr_assert_eq(numbers_of(&net, "y.scale")[0], -4);
}

/* What PyTorch calls the tensors of batch normalization is known, in a file and in a map. */
Test(weights_names, of_pytorch) {
    Net net;
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
    Net net;
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
    Net net;
    nn_error error;
    nn_network network = network_of(PREDICT_ONLY);
    nn_weights_from from = {.map = KERAS_MAP, .transpose = "p.weight"};
    const char *path = tensor_file("w", NULL, keras);
    cr_assert(nn_weights_import(&network, &net, path, &from, &error), "%s", error.text);
    cr_assert_eq(numbers_of(&net, "h.weight")[1], 3);
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
    Net net;
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

/* Everything is named that the file leaves out, by groups, scaling first; no line grows without
   bound. */
Test(weights_names, all_that_is_left_out_is_said) {
    Net net;
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
        cr_assert_eq(is_absent[i], i < 5 || i >= PREDICT_ONLY, "%s", tensors[i].name);
    cr_assert(net.reals[0] == 100 && net.reals[4] == 104 && net.reals[25] == 125);
    from.scaling = NN_SCALING_FITTED;
    cr_assert_eq(strncmp(load_fine(TRAINED, path, &from, &net),
                         "the file has no scaling 'x.low', 'x.scale', 'y.low', 'y.scale': it is "
                         "fitted to the data\n",
                         80),
                 0);
}

/* Where outputs are wanted, they are not made of unscaled inputs. */
Test(weights_names, scaling_that_is_needed) {
    Net net;
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

#define MOMENTS                                                                                    \
    {"h.weight.m", "F32", "[2, 2]", 4, {31}}, {"h.bias.m", "F32", "[2]", 2, {32}},                 \
        {"n.gamma.m", "F32", "[2]", 2, {33}}, {                                                    \
        "n.beta.m", "F32", "[2]", 2, {                                                             \
            34                                                                                     \
        }                                                                                          \
    }

/* A net that only predicts has no use for an optimizer's state; nothing else goes unasked. */
Test(weights_names, optimizer_state_that_the_net_has_not) {
    Net net;
    static const TensorRow rows[] = {WHOLE, MOMENTS, {"p.weight.m", "F32", "[3, 2]", 6, {35}}, END};
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
Test(weights_names, scaling_of_what_the_net_has_not) {
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

/* Outputs would be infinite, or NaN. A scale of 0 turns an input off, which is no harm. */
Test(weights_names, numbers_out_of_range) {
    static const struct {
        const char *name;
        float number;
        const char *error; /* NULL: it is taken */
    } rows[] = {
        {"n.running_variance", -0.5f,
         "'n.running_variance' has a negative number, and is a variance"},
        {"n.running_variance", 0, NULL},
        {"n.running_mean", -0.5f, NULL},
        {"y.scale", 0, "'y.scale' has a 0, by which outputs are divided"},
        {"y.scale", -2, NULL},
        {"y.low", 0, NULL},
        {"x.scale", 0, NULL},
        {"x.scale", INFINITY, "'x.scale' has an infinity"},
        {"y.low", -INFINITY, "'y.low' has an infinity"},
        {"h.weight", -INFINITY, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        TensorRow file[] = {WHOLE, END};
        for (TensorRow *row = file; row->name; row++)
            if (strcmp(row->name, rows[i].name) == 0)
                row->values[0] = (double)rows[i].number;
        nn_network network = network_of(PREDICT_ONLY);
        Net net = net_make();
        nn_error error;
        const char *path = tensor_file("w", NULL, file);
        if (rows[i].error)
            expect_refusal(PREDICT_ONLY, path, &(nn_weights_from){0}, NN_WRONG, rows[i].error);
        else
            cr_assert(nn_weights_load(&network, &net, NULL, path, &error), "%s", error.text);
    }
}

/* Moments of some parameters and none of others are of no one age. */
Test(weights_names, optimizer_state_in_part) {
    Net net;
    static const TensorRow rows[] = {WHOLE, MOMENTS, END};
    cr_assert_str_eq(load_fine(TRAINED, tensor_file("w", NULL, rows), &(nn_weights_from){0}, &net),
                     "the file has no optimizer state 'h.weight.m', 'h.bias.m', 'n.gamma.m', "
                     "'n.beta.m' and 1 more: it begins anew, and so do steps and epochs\n"
                     "not used, as other optimizer state is missing: 'h.weight.m', 'h.bias.m', "
                     "'n.gamma.m', 'n.beta.m'");
    cr_assert_eq(numbers_of(&net, "h.weight.m")[0], 125);
    static const TensorRow all[] = {WHOLE, MOMENTS, {"p.weight.m", "F32", "[3, 2]", 6, {35}}, END};
    cr_assert_str_eq(load_fine(TRAINED, tensor_file("w", NULL, all), &(nn_weights_from){0}, &net),
                     "the file has optimizer state, but no metadata that counts steps and epochs: "
                     "they stay as they were");
    cr_assert_eq(numbers_of(&net, "p.weight.m")[0], 35);
}

/* Python's struct gives these numbers for 'e', and for 'f' with two bytes of zeros below. */
Test(weights_names, types_of_less_digits) {
    Net net = net_make();
    nn_error error;
    nn_network network = network_of(PREDICT_ONLY);
    static const TensorRow rows[] = {
        SCALING,
        SETTING,
        {"h.weight", "F16", "[2, 2]", 4, {0x3555, 0x0001, 0x7bff, 0x8400}},
        {"h.bias", "F16", "[2]", 2, {0xfc00, 0x8000}},
        {"n.gamma", "BF16", "[2]", 2, {0x3eab, 0x7f7f}},
        {"n.beta", "BF16", "[2]", 2, {0xc000, 0xff80}},
        {"n.running_mean", "F32", "[2]", 2, {0}},
        {"n.running_variance", "F32", "[2]", 2, {0}},
        OUTPUT,
        END};
    static const float wanted[] = {
        0.333251953125f, 5.960464477539063e-08f,  65504, -6.103515625e-05f, -INFINITY, -0.0f,
        0.333984375f,    3.3895313892515355e+38f, -2,    -INFINITY};
    cr_assert(nn_weights_load(&network, &net, NULL, tensor_file("w", NULL, rows), &error), "%s",
              error.text);
    cr_assert_eq(memcmp(numbers_of(&net, "h.weight"), wanted, sizeof wanted), 0);
    cr_assert(strstr(error.text, ": note: made F32 from F16, without loss: 'h.weight', 'h.bias'\n"),
              "%s", error.text);
    cr_assert(strstr(error.text, ": note: made F32 from BF16, without loss: 'n.gamma', 'n.beta'"));
    static const TensorRow nan[] = {SCALING,
                                    SETTING,
                                    NAMED("h.weight", "h.bias"),
                                    OUR_NORM,
                                    {"p.weight", "F16", "[3, 2]", 6, {0x7c01}},
                                    END};
    expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, nan), &(nn_weights_from){0}, NN_WRONG,
                   "the weights are damaged: 'p.weight' has a NaN");
}

Test(weights_names, types_that_are_refused) {
    static const struct {
        const char *dtype, *error;
    } cases[] = {
        {"F64", "'p.weight' is F64 there, F32 here\nhint: save it as float32, or make the net with "
                "nngen --precision=double"},
        {"I64", "'p.weight' is I64 there, F32 here\nhint: save it as float32"},
        {"F8_E4M3", "'p.weight' is F8_E4M3 there, F32 here\nhint: save it as float32"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TensorRow rows[] = {SCALING, SETTING, NAMED("h.weight", "h.bias"), OUR_NORM, OUTPUT, END};
        rows[sizeof rows / sizeof rows[0] - 2].dtype = cases[i].dtype;
        expect_refusal(PREDICT_ONLY, tensor_file("w", NULL, rows), &(nn_weights_from){0}, NN_WRONG,
                       cases[i].error);
    }
}

Test(weights_names, of_other_forms) {
    static const struct {
        const char *bytes, *error;
    } files[] = {
        {"PK\3\4\0\0\x08\x08"
         "archive/data.pkl",
         "no safetensors file but a zip archive, as PyTorch, Keras and NumPy write them"},
        {"\x89HDF\r\n\x1a\n........", "no safetensors file but an HDF5 file, as Keras writes them"},
        {"\x93NUMPY\1\0v.......", "no safetensors file but a NumPy array"},
        {"\x80\2\x8a\nl\xfc\x9c\x46\xf9\x20........",
         "no safetensors file but a pickle, as Python and PyTorch write them"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "%s\nhint: safetensors.torch.save_file(model.state_dict(), FILE), or "
                 "safetensors.numpy.save_file, writes one in Python",
                 files[i].error);
        expect_refusal(PREDICT_ONLY, scratch_write("w", files[i].bytes, 16), &(nn_weights_from){0},
                       NN_WRONG, text);
    }
}

/* ---- files of nngen that another program has worked on ---- */

/* The file without the tensors whose names end in `without`, its metadata kept, as the safetensors
   library writes it: sorted by name, the data in that order. */
static const char *strip(const char *path, const char *without) {
    size_t size, length = 0, at = 0;
    unsigned char *bytes = (unsigned char *)scratch_read(path, &size);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    json_t *header = json_loadb((char *)bytes + 8, length, 0, NULL), *entry;
    unsigned char *data = malloc(size + 1), *file = malloc(2 * size + 8);
    const char *name;
    void *next;
    json_object_foreach_safe(header, next, name, entry) {
        size_t end = strlen(without), whole = strlen(name);
        if (end > 0 && whole >= end && strcmp(name + whole - end, without) == 0)
            json_object_del(header, name);
    }
    char *keys = json_dumps(header, JSON_SORT_KEYS);
    json_decref(header);
    header = json_loads(keys, 0, NULL);
    free(keys);
    json_object_foreach(header, name, entry) if (strcmp(name, "__metadata__") != 0) {
        json_int_t begin, end;
        cr_assert_eq(json_unpack(entry, "{s:[I, I]}", "data_offsets", &begin, &end), 0);
        memcpy(data + at, bytes + 8 + length + begin, (size_t)(end - begin));
        json_object_set_new(entry, "data_offsets",
                            json_pack("[I, I]", (json_int_t)at, (json_int_t)at + end - begin));
        at += (size_t)(end - begin);
    }
    char *text = json_dumps(header, JSON_SORT_KEYS);
    json_decref(header);
    for (size_t i = 0; i < 8; i++)
        file[i] = (unsigned char)(strlen(text) >> 8 * i);
    memcpy(file + 8, text, strlen(text));
    memcpy(file + 8 + strlen(text), data, at);
    path = scratch_write("stripped", file, 8 + strlen(text) + at);
    free(text);
    free(data);
    free(file);
    free(bytes);
    return path;
}

static const char *saved(void) {
    Net net;
    nn_error error;
    nn_network network = network_of(TRAINED);
    static const TensorRow rows[] = {WHOLE, MOMENTS, {"p.weight.m", "F32", "[3, 2]", 6, {35}}, END};
    load_fine(TRAINED, tensor_file("rows", NULL, rows), &(nn_weights_from){0}, &net);
    cr_assert(nn_weights_save(&network, &net, NULL, scratch_path("saved"), &error), "%s",
              error.text);
    return scratch_path("saved");
}

Test(weights_names, moments_stripped_by_a_library) {
    Net net;
    nn_network network = network_of(TRAINED);
    nn_error error;
    cr_assert_str_eq(load_fine(TRAINED, strip(saved(), ""), &(nn_weights_from){0}, &net), "");
    cr_assert(net.counters[0] == 5 && net.counters[1] == 600);
    const char *path = strip(saved(), ".m");
    cr_assert_str_eq(load_fine(PREDICT_ONLY, path, &(nn_weights_from){0}, &net), "");
    cr_assert_str_eq(load_fine(TRAINED, path, &(nn_weights_from){0}, &net),
                     "the file has no optimizer state 'h.weight.m', 'h.bias.m', 'n.gamma.m', "
                     "'n.beta.m' and 1 more: it begins anew, and so do steps and epochs");
    net = (Net){.counters = {1, 0, 0, 1}};
    cr_assert(nn_weights_load(&network, &net, NULL, path, &error));
    cr_assert(net.counters[0] == 5 && net.counters[1] == 0 && net.counters[3] == 1);
}

/* What is left has its checksums still. */
Test(weights_names, stripped_and_damaged) {
    size_t size;
    const char *path = strip(saved(), ".m");
    char *bytes = scratch_read(path, &size);
    bytes[size - 1] ^= 1;
    nn_network network = network_of(PREDICT_ONLY);
    nn_error error;
    Net net = net_make();
    path = scratch_write("damaged", bytes, size);
    cr_assert_not(nn_weights_load(&network, &net, NULL, path, &error));
    cr_assert(strstr(error.text, ": error: the weights are damaged: 'y.scale' has checksum "), "%s",
              error.text);
    free(bytes);
}

Test(weights_names, a_net_that_only_predicts) {
    Net net;
    cr_assert_str_eq(load_fine(PREDICT_ONLY, saved(), &(nn_weights_from){0}, &net),
                     "not used, as the net has no such optimizer state: 'h.weight.m', 'h.bias.m', "
                     "'n.gamma.m', 'n.beta.m' and 1 more");
    cr_assert_eq(net.counters[1], 600);
    nn_network network = network_of(PREDICT_ONLY);
    nn_error error;
    network.name = "bag_predict"; /* and may have a name of its own */
    cr_assert(nn_weights_load(&network, &net, NULL, saved(), &error), "%s", error.text);
    cr_assert(strstr(error.text, ": note: the weights are of network 'bag' (model 0), this is "
                                 "'bag_predict' (model 0)\n"),
              "%s", error.text);
}

/* A tensor that was added has no checksum, nor has a file of an earlier nngen. */
Test(weights_names, without_a_checksum) {
    Net net;
    static const TensorRow rows[] = {WHOLE, END};
    const char *path =
        tensor_file("w",
                    "\"format\":\"nngen\",\"network\":\"bag\",\"model_hash\":\"1\",\"seed\":\"5\","
                    "\"step\":\"9\",\"epoch\":\"1\",\"epochs\":\"2\",\"crc32\":\"00000000\"",
                    rows);
    cr_assert_str_eq(load_fine(PREDICT_ONLY, path, &(nn_weights_from){0}, &net),
                     "the model was changed since: the weights come from 1, this is 0\n"
                     "no checksum says whether these are as they were saved: '__metadata__', "
                     "'x.low', 'x.scale', 'y.low' and 9 more");
    cr_assert_eq(net.counters[1], 9);
}
