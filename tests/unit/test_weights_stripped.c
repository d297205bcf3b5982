/* Weights files of nngen that another program has worked on. */

#include "bag_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

TestSuite(weights_stripped, .init = scratch_open, .fini = scratch_close);

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
    Bag net;
    nn_error error;
    nn_network network = bag_network(TRAINED);
    static const TensorRow rows[] = {WHOLE, MOMENTS, LAST_MOMENT, END};
    load_fine(TRAINED, tensor_file("rows", NULL, rows), &(nn_weights_from){0}, &net);
    cr_assert(nn_weights_save(&network, &net, NULL, scratch_path("saved"), &error), "%s",
              error.text);
    return scratch_path("saved");
}

Test(weights_stripped, moments_stripped_by_a_library) {
    Bag net;
    nn_network network = bag_network(TRAINED);
    nn_error error;
    cr_assert_str_eq(load_fine(TRAINED, strip(saved(), ""), &(nn_weights_from){0}, &net), "");
    cr_assert(net.counters[0] == 5 && net.counters[1] == 600);
    const char *path = strip(saved(), ".m");
    cr_assert_str_eq(load_fine(PREDICT_ONLY, path, &(nn_weights_from){0}, &net), "");
    cr_assert_str_eq(load_fine(TRAINED, path, &(nn_weights_from){0}, &net),
                     "the file has no optimizer state 'h.weight.m', 'h.bias.m', 'n.gamma.m', "
                     "'n.beta.m' and 1 more: it begins anew, and so do steps and epochs");
    net = (Bag){.counters = {1, 0, 0, 1}};
    cr_assert(nn_weights_load(&network, &net, NULL, path, &error));
    cr_assert(net.counters[0] == 5 && net.counters[1] == 0 && net.counters[3] == 1);
}

/* What is left has its checksums still. */
Test(weights_stripped, stripped_and_damaged) {
    size_t size;
    const char *path = strip(saved(), ".m");
    char *bytes = scratch_read(path, &size);
    bytes[size - 1] ^= 1;
    nn_network network = bag_network(PREDICT_ONLY);
    nn_error error;
    Bag net = bag_make();
    path = scratch_write("damaged", bytes, size);
    cr_assert_not(nn_weights_load(&network, &net, NULL, path, &error));
    cr_assert(strstr(error.text, ": error: the weights are damaged: 'y.scale' has checksum "), "%s",
              error.text);
    free(bytes);
}

Test(weights_stripped, a_net_that_only_predicts) {
    Bag net;
    cr_assert_str_eq(load_fine(PREDICT_ONLY, saved(), &(nn_weights_from){0}, &net),
                     "not used, as the net has no such optimizer state: 'h.weight.m', 'h.bias.m', "
                     "'n.gamma.m', 'n.beta.m' and 1 more");
    cr_assert_eq(net.counters[1], 600);
    nn_network network = bag_network(PREDICT_ONLY);
    nn_error error;
    network.name = "bag_predict"; /* and may have a name of its own */
    cr_assert(nn_weights_load(&network, &net, NULL, saved(), &error), "%s", error.text);
    cr_assert(strstr(error.text, ": note: the weights are of network 'bag' (model 0), this is "
                                 "'bag_predict' (model 0)\n"),
              "%s", error.text);
}

/* A tensor that was added has no checksum, nor has a file of an earlier nngen. */
Test(weights_stripped, without_a_checksum) {
    Bag net;
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
