/* Weights files of other programs: types of numbers, numbers that cannot be, and files of other
   forms. */

#include "bag_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

TestSuite(weights_numbers, .init = scratch_open, .fini = scratch_close);

/* Outputs would be infinite, or NaN. A scale of 0 turns an input off, which is no harm. */
Test(weights_numbers, numbers_out_of_range) {
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
        nn_network network = bag_network(PREDICT_ONLY);
        Bag net = bag_make();
        nn_error error;
        const char *path = tensor_file("w", NULL, file);
        if (rows[i].error)
            expect_refusal(PREDICT_ONLY, path, &(nn_weights_from){0}, NN_WRONG, rows[i].error);
        else
            cr_assert(nn_weights_load(&network, &net, NULL, path, &error), "%s", error.text);
    }
}

/* Python's struct gives these numbers for 'e', and for 'f' with two bytes of zeros below. */
Test(weights_numbers, types_of_less_digits) {
    Bag net = bag_make();
    nn_error error;
    nn_network network = bag_network(PREDICT_ONLY);
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
    cr_assert_eq(memcmp(bag_numbers(&net, "h.weight"), wanted, sizeof wanted), 0);
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

Test(weights_numbers, types_that_are_refused) {
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

Test(weights_numbers, of_other_forms) {
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
