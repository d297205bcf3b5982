/* The command line with weights of other programs. */

#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"
#include "tensor_file.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const nn_network *const classes = &hand_classes_network;

TestSuite(driver_weights, .init = driver_open, .fini = scratch_close);

#define SCALING                                                                                    \
    {"x.low", "F32", "[2]", 2, {1, 2}}, {                                                          \
        "x.scale", "F32", "[2]", 2, {                                                              \
            0.5, 0.25                                                                              \
        }                                                                                          \
    }
#define WEIGHT(name)                                                                               \
    {                                                                                              \
        name, "F32", "[3, 2]", 6, {                                                                \
            0.1, 0.2, 0.3, 0.4, 0.5, 0.6                                                           \
        }                                                                                          \
    }
#define KERNEL(name)                                                                               \
    {                                                                                              \
        name, "F32", "[2, 3]", 6, {                                                                \
            0.1, 0.3, 0.5, 0.2, 0.4, 0.6                                                           \
        }                                                                                          \
    }
#define BIAS(name)                                                                                 \
    {                                                                                              \
        name, "F32", "[3]", 3, {                                                                   \
            0.1, 0, -0.1                                                                           \
        }                                                                                          \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL, 0, {                                                                     \
            0                                                                                      \
        }                                                                                          \
    }

static const TensorRow named[] = {WEIGHT("weight"), BIAS("bias"), END};

/* Runs well with these notes on stderr; what it printed. */
static char *run_noted(const char *words, const char *notes) {
    Run result = run(classes, words);
    cr_assert_eq(result.code, 0, "%s: %s", words, result.err);
    cr_assert_str_eq(result.err, notes, "%s", result.err);
    free(result.err);
    free(result.said);
    return result.out;
}

#define NO_OPTIMIZER                                                                               \
    "w: note: the file has no optimizer state 'weight.velocity': it begins anew, and so do steps " \
    "and epochs\n"

/* softmax(W (x - low) scale + b), from Python's math. */
static void expect_outputs(const char *csv) {
    static const double wanted[3][3] = {{0.2396945, 0.3235537, 0.4367518},
                                        {0.3671654, 0.3322250, 0.3006096},
                                        {0.3006096, 0.3322250, 0.3671654}};
    char *end = (char *)(csv + strlen("p.0,p.1,p.2"));
    for (int i = 0; i < 9; i++)
        cr_assert_lt(fabs(strtod(end + 1, &end) - wanted[i / 3][i % 3]), 1e-6, "%s", csv);
}

Test(driver_weights, predictions_of_others) {
    static const TensorRow direct[] = {SCALING, WEIGHT("weight"), BIAS("bias"), END};
    static const TensorRow sequential[] = {SCALING, WEIGHT("0.weight"), BIAS("0.bias"), END};
    static const TensorRow keras[] = {SCALING, KERNEL("d/kernel:0"), BIAS("d/bias:0"), END};
    scratch_text("x.csv", "x.0,x.1\n3,6\n1,2\n-1,10\n");
    tensor_file("w", NULL, direct);
    char *out = run_noted("predict --weights w --data x.csv", NO_OPTIMIZER);
    expect_outputs(out);
    free(out);
    tensor_file("w", NULL, sequential);
    out = run_noted("predict --weights w --data x.csv --map 0.weight=weight --map 0.bias=bias",
                    NO_OPTIMIZER);
    expect_outputs(out);
    free(out);
    tensor_file("w", NULL, keras);
    out = run_noted("predict --weights w --data x.csv --map d/kernel:0=weight,d/bias:0=bias "
                    "--transpose weight",
                    NO_OPTIMIZER);
    expect_outputs(out);
    free(out);
}

/* Outputs from unscaled inputs are wrong and look right: nothing is printed or written. */
Test(driver_weights, no_outputs_without_scaling) {
    tensor_file("w", NULL, named);
    scratch_text("p.csv", "old");
    static const char *const lines[] = {"predict --weights w --data data.csv",
                                        "predict --weights w --data data.csv --out p.csv",
                                        "test --weights w --data data.csv"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        Run result = run(classes, lines[i]);
        cr_assert_eq(result.code, 1, "%s", lines[i]);
        cr_assert_str_eq(result.out, "");
        cr_assert_eq(strncmp(result.err,
                             "w: error: the file has no scaling, without which every output would "
                             "be wrong: 'x.low', 'x.scale'\nhint: train --load fits it",
                             120),
                     0, "%s", result.err);
        run_free(result);
    }
    size_t size;
    char *old = scratch_read("p.csv", &size);
    cr_assert_str_eq(old, "old");
    free(old);
    char *out = run_noted("info --weights w",
                          "w: note: the file has no scaling 'x.low', 'x.scale': it stays as it "
                          "was\n" NO_OPTIMIZER);
    free(out);
}

/* As data.csv has it: x.0 from 0 to 129, x.1 from -28.5 to 79.5. */
Test(driver_weights, training_fits_scaling_that_is_absent) {
    hand_classes net;
    nn_error error;
    static const TensorRow half[] = {
        {"x.low", "F32", "[2]", 2, {7, 8}}, WEIGHT("weight"), BIAS("bias"), END};
    tensor_file("w", NULL, named);
    free(run_noted("train --load w --data data.csv --epochs 1 --save v --quiet",
                   "w: note: the file has no scaling 'x.low', 'x.scale': it is fitted to the "
                   "data\n" NO_OPTIMIZER));
    cr_assert(nn_weights_load(classes, &net, NULL, "v", &error), "%s", error.text);
    cr_assert(net.low[0] == 0 && net.low[1] == -28.5f, "%g %g", (double)net.low[0],
              (double)net.low[1]);
    cr_assert(net.scale[0] == 1 / 129.0f && net.scale[1] == 1 / 108.0f, "%g %g",
              1 / (double)net.scale[0], 1 / (double)net.scale[1]);
    free(run_noted("predict --weights v --data data.csv --out p.csv", ""));
    tensor_file("w", NULL, half);
    free(run_noted("train --load w --data data.csv --epochs 1 --save v --quiet",
                   "w: note: the file has no scaling 'x.scale': it is fitted to the "
                   "data\n" NO_OPTIMIZER));
    cr_assert(nn_weights_load(classes, &net, NULL, "v", &error), "%s", error.text);
    cr_assert(net.low[0] == 7 && net.low[1] == 8 && net.scale[1] == 1 / 108.0f);
}

Test(driver_weights, options_about_no_file) {
    expect_failure(classes, "train --data data.csv --map a=b", 2,
                   "hand: error: --map is about a weights file, and --load names none\n");
    expect_failure(classes, "info --transpose weight", 2,
                   "hand: error: --transpose is about a weights file, and --weights names none\n");
    tensor_file("w", NULL, named);
    expect_failure(classes, "info --weights w --map a=b", 2,
                   "w: error: --map 'a=b': the file has no tensor of the first name\n"
                   "hint: the file has 'weight', 'bias'\n");
}
