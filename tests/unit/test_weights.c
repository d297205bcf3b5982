/* Weights files, whole and damaged. The net must be untouched wherever a file is refused. */

#include "host.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(weights, .init = scratch_open, .fini = scratch_close);

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

static hand_classes net_make(void) {
    hand_classes net;
    memset(&net, 0, sizeof net);
    float *const numbers[] = {net.low,         net.scale,       net.weight[0],
                              net.weight[1],   net.weight[2],   net.velocity[0],
                              net.velocity[1], net.velocity[2], net.bias};
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < (i == 8 ? 3 : 2); j++)
            numbers[i][j] = (float)(i + 1) / 3 - (float)j * 1e-7f;
    net.counters[0] = UINT64_MAX;
    net.counters[1] = (uint64_t)1 << 53 | 1;
    net.counters[2] = 6;
    net.counters[3] = UINT32_MAX;
    return net;
}

static const char *saved(void) {
    nn_error error;
    hand_classes net = net_make();
    const char *path = scratch_path("w");
    cr_assert(nn_weights_save(classes, &net, NULL, path, &error), "%s", error.text);
    return path;
}

Test(weights, come_back_as_they_were) {
    nn_error error;
    hand_classes net = net_make(), other;
    memset(&other, 0, sizeof other);
    cr_assert(nn_weights_load(classes, &other, NULL, saved(), &error), "%s", error.text);
    cr_assert_str_eq(error.text, "");
    cr_assert_eq(memcmp(&net, &other, sizeof net), 0);
    cr_assert_eq(scratch_count(), 1);
}

Test(weights, in_double) {
    nn_error error;
    hand_line net = {{1.0 / 3, -0.0, 1e300}, 5e-324, {1, 2, 3, 4}, 0.25}, other;
    memset(&other, 0, sizeof other);
    cr_assert(nn_weights_save(line, &net, NULL, scratch_path("w"), &error), "%s", error.text);
    cr_assert(nn_weights_load(line, &other, NULL, scratch_path("w"), &error), "%s", error.text);
    cr_assert_eq(memcmp(&net, &other, sizeof net), 0);
}

Test(weights, the_same_net_gives_the_same_bytes) {
    size_t first_size, second_size;
    char *first = scratch_read(saved(), &first_size), *second = scratch_read(saved(), &second_size);
    cr_assert_eq(first_size, second_size);
    cr_assert_eq(memcmp(first, second, first_size), 0);
    free(first);
    free(second);
}

/* The form that other readers of safetensors rely on. */
Test(weights, are_safetensors) {
    size_t size, length = 0;
    unsigned char *bytes = (unsigned char *)scratch_read(saved(), &size);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    cr_assert_eq(length % 8, 0);
    cr_assert_eq(bytes[8], '{');
    json_error_t reason;
    json_t *header = json_loadb((char *)bytes + 8, length, JSON_REJECT_DUPLICATES, &reason);
    cr_assert(header, "%s", reason.text);
    const char *dtype, *format, *network, *hash, *seed, *step;
    json_int_t rows, columns, begin, end;
    cr_assert_eq(json_unpack(header, "{s:{s:s, s:[I, I], s:[I, I]}}", "weight", "dtype", &dtype,
                             "shape", &rows, &columns, "data_offsets", &begin, &end),
                 0);
    cr_assert_str_eq(dtype, "F32");
    cr_assert(rows == 3 && columns == 2 && begin == 0 && end == 24);
    cr_assert_eq(json_unpack(header, "{s:{s:s, s:s, s:s, s:s, s:s}}", "__metadata__", "format",
                             &format, "network", &network, "model_hash", &hash, "seed", &seed,
                             "step", &step),
                 0);
    cr_assert_str_eq(format, "nngen");
    cr_assert_str_eq(network, "hand");
    cr_assert_str_eq(hash, "00c0ffee");
    cr_assert_str_eq(seed, "18446744073709551615");
    cr_assert_str_eq(step, "9007199254740993");
    cr_assert_eq(json_object_size(header), 6);
    cr_assert_eq(size, 8 + length + (6 + 6 + 3 + 2 + 2) * sizeof(float));
    float weight;
    hand_classes net = net_make();
    memcpy(&weight, bytes + 8 + length, sizeof weight);
    cr_assert_eq(weight, net.weight[0][0]);
    json_decref(header);
    free(bytes);
}

/* Refused with this text after the path, and the net as it was. */
static void expect_refusal(const nn_network *network, const char *path, const char *text) {
    nn_error error;
    union {
        hand_classes classes;
        hand_line line;
    } net, before;
    memset(&net, 0x5A, sizeof net);
    before = net;
    cr_assert_not(nn_weights_load(network, &net, NULL, path, &error), "accepted: %s", text);
    cr_assert_eq(error.code, NN_WRONG, "%s", error.text);
    cr_assert_eq(memcmp(&net, &before, sizeof net), 0, "the net was touched: %s", error.text);
    if (text) {
        const char *found = strstr(error.text, ": error: ");
        cr_assert_str_eq(found ? found + 9 : error.text, text);
    }
}

Test(weights, cut_short_anywhere) {
    size_t size;
    char *bytes = scratch_read(saved(), &size);
    for (size_t cut = 0; cut < size; cut++)
        expect_refusal(classes, scratch_write("cut", bytes, cut), "the weights are cut short");
    free(bytes);
}

/* Each bit of the file changed, one at a time. What is not refused must not matter: the word
   "format" and its value say only that the file is nngen's, a checksum of another name is one less,
   and what is no more the optimizer's state of that name is not used. */
static const char may_change[] = "formatnngen    header_crc32crc32 weightcrc32 bias"
                                 "crc32 x.lowcrc32 x.scalecrc32 weight.velocity"
                                 "x.lowx.scalevelocity";
Test(weights, damaged_anywhere) {
    size_t size, accepted = 0;
    hand_classes net = net_make();
    char *bytes = scratch_read(saved(), &size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        nn_error error;
        hand_classes other = net_make();
        other.counters[1] = 0;
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        const char *path = scratch_write("flip", bytes, size);
        if (nn_weights_load(classes, &other, NULL, path, &error)) {
            other.counters[1] = net.counters[1]; /* a file of unknown origin brings no counters */
            cr_assert_eq(memcmp(&net, &other, sizeof net), 0, "bit %zu of byte %zu", bit % 8,
                         bit / 8);
            accepted++;
        } else {
            net.counters[1] = 0;
            cr_assert_eq(memcmp(&net, &other, sizeof net), 0, "touched: byte %zu", bit / 8);
            net = net_make();
        }
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    }
    cr_assert_lt(accepted, 8 * strlen(may_change));
    free(bytes);
}

Test(weights, bytes_after_the_end) {
    size_t size;
    char *bytes = scratch_read(saved(), &size); /* one NUL more than it has */
    expect_refusal(classes, scratch_write("long", bytes, size + 1), "bytes follow the weights");
    free(bytes);
}

/* A net of another name takes what fits it, and says so. */
Test(weights, of_another_net) {
    static const char said[] =
        ": note: the weights are of network 'hand' (model 00c0ffee), this is "
        "'digits' (model 77)";
    nn_error error;
    nn_network other = *classes;
    hand_classes net = net_make(), loaded;
    memset(&loaded, 0, sizeof loaded);
    other.name = "digits";
    other.model_hash = "77";
    cr_assert(nn_weights_load(&other, &loaded, NULL, saved(), &error), "%s", error.text);
    cr_assert_eq(memcmp(&net, &loaded, sizeof net), 0);
    cr_assert_str_eq(strstr(error.text, ": note: "), said);
    nn_tensor tensors[8];
    cr_assert_leq(other.tensor_count, 8);
    memcpy(tensors, other.tensors, other.tensor_count * sizeof *tensors);
    other.tensors = tensors;
    for (size_t i = 0; i < other.tensor_count; i++)
        if (tensors[i].role == NN_PARAMETER)
            tensors[i].name = "k.weight";
    cr_assert_not(nn_weights_load(&other, &loaded, NULL, saved(), &error));
    cr_assert(strstr(error.text, ": error: 'k.weight' is missing\n"), "%s", error.text);
    cr_assert_str_eq(strstr(error.text, ": note: "), said); /* and is the likely cause */
}

Test(weights, of_a_model_changed_since) {
    nn_error error;
    nn_network other = *classes;
    hand_classes net = net_make(), loaded;
    memset(&loaded, 0, sizeof loaded);
    other.model_hash = "77";
    cr_assert(nn_weights_load(&other, &loaded, NULL, saved(), &error), "%s", error.text);
    cr_assert_eq(memcmp(&net, &loaded, sizeof net), 0);
    cr_assert_str_eq(
        strstr(error.text, ": note: "),
        ": note: the model was changed since: the weights come from 00c0ffee, this is 77");
}

static const char *with_tensors(const nn_tensor *tensors, size_t count, nn_network *network) {
    const char *path = saved();
    *network = *classes;
    network->tensors = tensors;
    network->tensor_count = count;
    return path;
}

Test(weights, other_tensors) {
    nn_network other;
    nn_tensor tensors[6];
    memcpy(tensors, classes->tensors, 5 * sizeof tensors[0]);
    tensors[5] = (nn_tensor){"h.bias", NN_PARAMETER, 3, 1, {3}};
    const char *path = with_tensors(tensors, 6, &other);
    expect_refusal(&other, path, "'h.bias' is missing");
    tensors[0].shape[0] = 2;
    tensors[0].shape[1] = 3;
    path = with_tensors(tensors, 5, &other);
    expect_refusal(&other, path,
                   "'weight' has shape [3, 2] there, [2, 3] here\n"
                   "hint: as Keras writes kernels, [in, out]: --transpose weight turns it");
    tensors[0].rank = 1;
    tensors[0].shape[0] = 6;
    expect_refusal(&other, path, "'weight' has shape [3, 2] there, [6] here");
    tensors[0].rank = 0;
    expect_refusal(&other, path, "'weight' has shape [3, 2] there, [] here");
}

/* A file from a header and `size` bytes of data. */
static const char *file_make(const char *header, const void *data, size_t size) {
    size_t length = strlen(header);
    unsigned char *bytes = malloc(8 + length + size);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(length >> 8 * i);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, data, size);
    const char *path = scratch_write("made", bytes, 8 + length + size);
    free(bytes);
    return path;
}

#define WEIGHT(dtype, shape, first, last)                                                          \
    "\"weight\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #first "," #last  \
    "]}"
#define BIAS(dtype, shape, first, last)                                                            \
    "\"bias\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #first "," #last "]}"
static const double line_data[4] = {1, 2, 3, 4};

Test(weights, written_by_others) {
    nn_error error;
    hand_line net = {{0}, 0, {1, 2, 3, 4}, 0.25};
    const char *path = file_make("{" BIAS("F64", "[]", 24, 32) "," WEIGHT("F64", "[3]", 0, 24) "}",
                                 line_data, sizeof line_data);
    cr_assert(nn_weights_load(line, &net, NULL, path, &error), "%s", error.text);
    cr_assert(net.weight[0] == 1 && net.weight[2] == 3 && net.bias == 4);
    cr_assert(net.counters[0] == 1 && net.counters[1] == 2 && net.counters[3] == 4);
    cr_assert_eq(net.rate, 0.25);
    cr_assert_str_eq(strstr(error.text, ": note: "),
                     ": note: the file has no setting 'rate': it stays as it was");
}

/* Two parts begin at byte 24, one of them without bytes. */
Test(weights, with_a_tensor_of_no_numbers) {
    nn_error error;
    hand_line net = {{0}, 0, {1, 2, 3, 4}, 0.25};
    const char *path =
        file_make("{" BIAS("F64", "[]", 24, 32) "," WEIGHT(
                      "F64", "[3]", 0, 24) ",\"weight.m\":{\"dtype\":\"F64\","
                                           "\"shape\":[0],\"data_offsets\":[24,24]}}",
                  line_data, sizeof line_data);
    cr_assert(nn_weights_load(line, &net, NULL, path, &error), "%s", error.text);
    cr_assert(net.weight[2] == 3 && net.bias == 4);
}

Test(weights, floats_into_a_double_net) {
    nn_error error;
    hand_line net = {{0}, 0, {0}, 0};
    static const float data[4] = {0.1f, 2, 3, -4};
    const char *path = file_make("{\"__metadata__\":{\"format\":\"pt\"}," WEIGHT(
                                     "F32", "[3]", 0, 12) "," BIAS("F32", "[]", 12, 16) "}  ",
                                 data, sizeof data);
    cr_assert(nn_weights_load(line, &net, NULL, path, &error), "%s", error.text);
    cr_assert(net.weight[0] == (double)0.1f && net.bias == -4);
}

Test(weights, written_before_a_setting_was_there) {
    nn_error error;
    nn_network other;
    nn_tensor tensors[6];
    hand_classes net = net_make(), loaded;
    memset(&loaded, 0, sizeof loaded);
    memcpy(tensors, classes->tensors, 5 * sizeof tensors[0]);
    tensors[5] = (nn_tensor){"rate", NN_SETTING, 1, 0, {0}};
    const char *path = with_tensors(tensors, 6, &other);
    cr_assert(nn_weights_load(&other, &loaded, NULL, path, &error), "%s", error.text);
    cr_assert_eq(memcmp(&net, &loaded, sizeof net), 0);
    cr_assert_str_eq(strstr(error.text, ": note: "),
                     ": note: the file has no setting 'rate': it stays as it was");
}

/* Optimizer and scaling may be missing, and keep what they had. */
Test(weights, parameters_alone) {
    nn_error error;
    hand_classes net = net_make(), before = net;
    static const float data[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const char *path = file_make(
        "{" WEIGHT("F32", "[3,2]", 0, 24) "," BIAS("F32", "[3]", 24, 36) "}", data, sizeof data);
    cr_assert(nn_weights_load(classes, &net, NULL, path, &error), "%s", error.text);
    cr_assert(net.weight[2][1] == 6 && net.bias[2] == 9);
    cr_assert(strstr(error.text,
                     ": note: the file has no scaling 'x.low', 'x.scale': it stays as it was\n"));
    cr_assert(strstr(error.text, ": note: the file has no optimizer state 'weight.velocity': it "
                                 "begins anew, and so do steps and epochs"));
    memcpy(before.weight, net.weight, sizeof net.weight);
    memcpy(before.bias, net.bias, sizeof net.bias);
    cr_assert_eq(memcmp(&net, &before, sizeof net), 0);
    expect_refusal(classes, file_make("{" WEIGHT("F32", "[3,2]", 0, 24) "}", data, 24),
                   "'bias' is missing");
}

Test(weights, wrong_headers) {
    static const struct {
        const char *header, *error;
    } rows[] = {
        {"", "the header is damaged: '[' or '{' expected near end of file"},
        {"[]", "the header is damaged: no JSON object"},
        {"{} x", "the header is damaged: end of file expected near 'x'"},
        {"{\"weight\":1}", "the header is damaged: 'weight' has no shape"},
        {"{" WEIGHT("F64", "[3]", 0, 24) "," WEIGHT("F64", "[3]", 0, 24) "}",
         "the header is damaged: duplicate object key near '\"weight\"'"},
        {"{" WEIGHT("F64", "[3]", 0, 24) "}", "'bias' is missing"},
        {"{" WEIGHT("F64", "[3]", 0, 24) "," BIAS("F64", "[]", 24, 32) ",\"z\":{}}",
         "'z' is not a tensor of this net\n"
         "hint: --map z= leaves it out, --map z=NAME gives it the net's name"},
        {"{" WEIGHT("F64", "[3]", 0, 24) "," BIAS("F64", "[1]", 24, 32) "}",
         "'bias' has shape [1] there, [] here"},
        {"{" WEIGHT("F64", "[3.5]", 0, 24) "," BIAS("F64", "[]", 24, 32) "}",
         "'weight' has shape [0] there, [3] here"},
        {"{" WEIGHT("BF16", "[3]", 0, 24) "," BIAS("F64", "[]", 24, 32) "}",
         "the header is damaged: 'weight' takes 6 bytes, its offsets are 0 and 24"},
        {"{\"weight\":{\"shape\":[3]}}", "'weight' is of no dtype there, F64 here"},
        {"{" WEIGHT("F64", "[3]", 0, 32) "," BIAS("F64", "[]", 24, 32) "}",
         "the header is damaged: 'weight' takes 24 bytes, its offsets are 0 and 32"},
        {"{" WEIGHT("F64", "[3]", 24, 0) "," BIAS("F64", "[]", 24, 32) "}",
         "the header is damaged: 'weight' takes 24 bytes, its offsets are 24 and 0"},
        {"{" WEIGHT("F64", "[3]", -24, 0) "," BIAS("F64", "[]", 0, 8) "}",
         "the header is damaged: 'weight' has no offsets"},
        {"{\"weight\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[0]}}",
         "the header is damaged: 'weight' has no offsets"},
        {"{\"weight\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[0,24.0]}}",
         "the header is damaged: 'weight' has no offsets"},
        {"{\"weight\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[\"0\",24]}}",
         "the header is damaged: 'weight' has no offsets"},
        {"{\"weight\":{\"dtype\":\"F64\",\"shape\":[3],\"data_offsets\":[-8,16]}}",
         "the header is damaged: 'weight' has no offsets"},
        {"{\"weight\":{\"dtype\":\"F64\",\"shape\":[\"3\"],\"data_offsets\":[0,24]}}",
         "'weight' has shape [0] there, [3] here"},
        {"{\"weight\":{\"dtype\":\"F64\",\"shape\":3,\"data_offsets\":[0,24]}}",
         "the header is damaged: 'weight' has no shape"},
        {"{\"weight\":{\"dtype\":\"F64\",\"shape\":[3]}}",
         "the header is damaged: 'weight' has no offsets"},
        {"{" WEIGHT("F64", "[3]", 0, 24) "," BIAS("F64", "[]", 32, 40) "}",
         "the header is damaged: 'bias' begins at byte 32, what is before it ends at 24"},
        {"{" WEIGHT("F64", "[3]", 0, 24) "," BIAS("F64", "[]", 16, 24) "}",
         "the header is damaged: 'bias' begins at byte 16, what is before it ends at 24"},
        {"{" WEIGHT("F64", "[3]", 8, 32) "," BIAS("F64", "[]", 32, 40) "}",
         "the header is damaged: 'weight' begins at byte 8, what is before it ends at 0"},
        {"{" WEIGHT("F64", "[3]", 9223372036854775783, 9223372036854775807) "," BIAS("F64", "[]", 0,
                                                                                     8) "}",
         "the header is damaged: 'weight' begins at byte 9223372036854775783, what is before it "
         "ends "
         "at 8"},
        {"{" WEIGHT("F64", "[3]", 0, 24) "," BIAS("F64", "[]", 24,
                                                  32) ",\"weight.m\":{\"data_"
                                                      "offsets\":[32,9223372036854775807]}}",
         "the weights are cut short"},
        {"{" WEIGHT("F64", "[3]", 0, 24) "," BIAS("F64", "[]", 24, 32) ",\"weight.m\":{\"data_"
                                                                       "offsets\":[32,24]}}",
         "the header is damaged: 'weight.m' takes 0 bytes, its offsets are 32 and 24"},
        {"{\"__metadata__\":{\"format\":\"nngen\"}}",
         "the header is damaged: 'network' is missing"},
        {"{\"__metadata__\":{\"format\":\"nngen\",\"network\":\"line\"}}",
         "the header is damaged: 'model_hash' is missing"},
        {"{\"__metadata__\":{\"format\":\"nngen\",\"network\":\"line\",\"model_hash\":\"0ddba11\"}"
         "," WEIGHT("F64", "[3]", 0, 24) "," BIAS("F64", "[]", 24, 32) "}",
         "the header is damaged: no number for 'seed'"},
        {"{\"__metadata__\":{\"format\":\"nngen\",\"network\":\"line\",\"model_hash\":\"0ddba11\","
         "\"seed\":\"1\",\"step\":\"2\",\"epoch\":\"4294967296\",\"epochs\":\"5\"}," WEIGHT(
             "F64", "[3]", 0, 24) "," BIAS("F64", "[]", 24, 32) "}",
         "the header is damaged: no number for 'epoch'"},
        {"{\"__metadata__\":{\"header_crc32\":\"00000000\"}," WEIGHT("F64", "[3]", 0, 24) "," BIAS(
             "F64", "[]", 24, 32) "}",
         "the weights are damaged: '__metadata__' has checksum c942e8a4, the metadata says "
         "00000000\nhint: a program that changes weights must leave the metadata out"},
        {"{\"__metadata__\":{\"crc32 bias\":\"\\u001b0000000\"}," WEIGHT(
             "F64", "[3]", 0, 24) "," BIAS("F64", "[]", 24, 32) "}",
         "the weights are damaged: 'bias' has checksum 593c8ca8, the metadata says "
         "\\x1b0000000\nhint: a program that changes weights must leave the metadata out"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_refusal(line, file_make(rows[i].header, line_data, sizeof line_data), rows[i].error);
}

Test(weights, a_header_longer_than_any) {
    static const unsigned char bytes[16] = {1, 0xE1, 0xF5, 5, 0, 0, 0, 0, '{', '}'};
    static const unsigned char huge[16] = {255, 255, 255, 255, 255, 255, 255, 255, '{', '}'};
    expect_refusal(line, scratch_write("long", bytes, 16),
                   "no weights file: a header of 100000001 bytes");
    expect_refusal(line, scratch_write("long", huge, 16),
                   "no weights file: a header of 18446744073709551615 bytes");
    expect_refusal(line, scratch_text("csv", "x.0,x.1,kind\n1,2,0\n"),
                   "no weights file: a header of 3184377505199959672 bytes");
    expect_refusal(line, scratch_text("empty", ""), "the weights are cut short");
}

Test(weights, doubles_into_a_float_net) {
    static const double data[9] = {0};
    expect_refusal(classes,
                   file_make("{" WEIGHT("F64", "[3,2]", 0, 48) "," BIAS("F64", "[3]", 48, 72) "}",
                             data, sizeof data),
                   "'weight' is F64 there, F32 here\n"
                   "hint: save it as float32, or make the net with nngen --precision=double");
}

Test(weights, with_a_nan) {
    double data[4] = {1, 2, 3, NAN};
    nn_error error;
    hand_line net = {{1, 2, 3}, NAN, {0}, 0};
    expect_refusal(line,
                   file_make("{" WEIGHT("F64", "[3]", 0, 24) "," BIAS("F64", "[]", 24, 32) "}",
                             data, sizeof data),
                   "the weights are damaged: 'bias' has a NaN");
    const char *path = scratch_text("w", "old");
    cr_assert_not(nn_weights_save(line, &net, NULL, path, &error));
    cr_assert_str_eq(strstr(error.text, ": error"), ": error: not saved: 'bias' has a NaN");
    cr_assert_eq(error.code, NN_WRONG);
    size_t size;
    char *old = scratch_read(path, &size);
    cr_assert_str_eq(old, "old");
    free(old);
}

Test(weights, that_cannot_be_read_or_written) {
    nn_error error;
    hand_classes net = net_make();
    cr_assert_not(nn_weights_load(classes, &net, NULL, scratch_path("none"), &error));
    cr_assert_str_eq(strstr(error.text, ": error"),
                     ": error: cannot open: No such file or directory");
    cr_assert_eq(error.code, NN_FAILED);
    cr_assert_not(nn_weights_load(classes, &net, NULL, scratch_folder(), &error));
    cr_assert_str_eq(strstr(error.text, ": error"), ": error: cannot read: Is a directory");
    cr_assert_eq(error.code, NN_FAILED);
    cr_assert_not(nn_weights_save(classes, &net, NULL, "/dev/full", &error));
    cr_assert_str_eq(error.text, "/dev/full: error: cannot write: No space left on device");
    cr_assert_eq(error.code, NN_FAILED);
    cr_assert_not(nn_weights_save(classes, &net, NULL, scratch_path("none/w"), &error));
    cr_assert_str_eq(strstr(error.text, ": error"),
                     ": error: cannot write: No such file or directory");
}

/* The net's order of tensors is not the file's, and the largest need not come first. */
Test(weights, in_another_order) {
    nn_error error;
    nn_network other = *line;
    nn_tensor tensors[3] = {line->tensors[1], line->tensors[2], line->tensors[0]};
    hand_line net = {{1, 2, 3}, 4, {1, 2, 3, 4}, 0.25}, loaded;
    memset(&loaded, 0, sizeof loaded);
    other.tensors = tensors;
    loaded.rate = 0.25;
    const char *path = file_make("{" BIAS("F64", "[]", 24, 32) "," WEIGHT("F64", "[3]", 0, 24) "}",
                                 line_data, sizeof line_data);
    loaded.counters[0] = 1, loaded.counters[1] = 2, loaded.counters[2] = 3, loaded.counters[3] = 4;
    cr_assert(nn_weights_load(&other, &loaded, NULL, path, &error), "%s", error.text);
    cr_assert_eq(memcmp(&net, &loaded, sizeof net), 0);
    cr_assert(nn_weights_save(&other, &net, NULL, path, &error), "%s", error.text);
    cr_assert(nn_weights_load(&other, &loaded, NULL, path, &error), "%s", error.text);
    cr_assert_eq(memcmp(&net, &loaded, sizeof net), 0);
}

/* A net too large for any buffer between it and the file. */
enum { MANY = 100000 };

static void many_get(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net, (void)work, (void)n, (void)in;
    for (size_t i = 0; i < MANY; i++)
        ((float *)out)[i] = (float)i;
}

static void many_set(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net, (void)work, (void)n, (void)out;
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(((const float *)in[1])[i], (float)i);
}

static nn_network many_network(void) {
    static const nn_tensor tensor = {"many", NN_PARAMETER, MANY, 1, {MANY}};
    nn_network network = *classes;
    network.tensors = &tensor;
    network.tensor_count = 1;
    network.get = many_get;
    network.set = many_set;
    return network;
}

Test(weights, of_a_larger_net) {
    nn_error error;
    hand_classes net = net_make();
    nn_network many = many_network();
    cr_assert(nn_weights_save(&many, &net, NULL, scratch_path("w"), &error), "%s", error.text);
    cr_assert(nn_weights_load(&many, &net, NULL, scratch_path("w"), &error), "%s", error.text);
    cr_assert_not(nn_weights_save(&many, &net, NULL, "/dev/full", &error));
    cr_assert_str_eq(error.text, "/dev/full: error: cannot write: No space left on device");
    cr_assert_eq(error.code, NN_FAILED);
}

Test(weights, of_a_net_with_a_strange_name) {
    nn_error error;
    hand_classes net = net_make(), other;
    nn_network strange = *classes;
    memset(&other, 0, sizeof other);
    strange.name = "say \"hi\" \\ \t\x1f \xC3\xA4";
    cr_assert(nn_weights_save(&strange, &net, NULL, scratch_path("w"), &error), "%s", error.text);
    cr_assert(nn_weights_load(&strange, &other, NULL, scratch_path("w"), &error), "%s", error.text);
    cr_assert_eq(memcmp(&net, &other, sizeof net), 0);
}
