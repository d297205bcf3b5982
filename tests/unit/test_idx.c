/* IDX files through nn_data_load. */

#include "host.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(idx, .init = scratch_open, .fini = scratch_close);

/* A file from its parts; every byte given. */
#define BYTES(...)                                                                                 \
    (const unsigned char[]){__VA_ARGS__}, sizeof(const unsigned char[]) {                          \
        __VA_ARGS__                                                                                \
    }
#define X_HEADER 0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2
#define KIND_HEADER 0, 0, 8, 1, 0, 0, 0, 2

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

static const char *pair(const char *x, const char *kind) {
    static char path[2048];
    snprintf(path, sizeof path, "%s,%s", x, kind);
    return path;
}

static void expect_two(const char *path) {
    nn_error error;
    nn_data *data = nn_data_load(classes, path, NULL, &error);
    cr_assert(data, "%s", error.text);
    const float *x = data->values[0];
    const int32_t *kind = data->values[1];
    cr_assert_eq(data->count, 2);
    cr_assert(x[0] == 0 && x[1] == 255 && x[2] == 7 && x[3] == 128);
    cr_assert(kind[0] == 2 && kind[1] == 1);
    nn_data_free(data);
}

Test(idx, bytes_become_numbers) {
    expect_two(pair(scratch_write("x.idx", BYTES(X_HEADER, 0, 255, 7, 128)),
                    scratch_write("k.idx", BYTES(KIND_HEADER, 2, 1))));
}

static const char *gzip(const char *name, const void *bytes, size_t size) {
    const char *path = scratch_path(name);
    gzFile file = gzopen(path, "wb");
    cr_assert_eq(gzwrite(file, bytes, (unsigned)size), (int)size);
    cr_assert_eq(gzclose(file), Z_OK);
    return path;
}

Test(idx, gzipped) {
    expect_two(pair(gzip("x.idx.gz", BYTES(X_HEADER, 0, 255, 7, 128)),
                    gzip("k.idx.gz", BYTES(KIND_HEADER, 2, 1))));
}

Test(idx, other_shapes_of_the_same_count) {
    expect_two(pair(scratch_write("x.idx", BYTES(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0,
                                                 255, 7, 128)),
                    scratch_write("k.idx", BYTES(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 2, 1))));
}

Test(idx, inputs_alone_to_predict) {
    nn_error error;
    const char *path = scratch_write("x.idx", BYTES(X_HEADER, 0, 255, 7, 128));
    nn_data *data = nn_data_load(classes, path, &(nn_reading){.may_lack_targets = true}, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_not(data->has_targets);
    cr_assert_eq(data->count, 2);
    nn_data_free(data);
}

/* One value of each type for the target of the other net, whose inputs come as bytes. */
static double target_of(const unsigned char *bytes, size_t size) {
    nn_error error;
    char path[4096];
    const char *a = scratch_write("a", BYTES(0, 0, 8, 1, 0, 0, 0, 1, 5));
    const char *b = scratch_write("b", BYTES(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 6, 7));
    snprintf(path, sizeof path, "%s,%s,%s", a, b, scratch_write("y", bytes, size));
    nn_data *data = nn_data_load(line, path, NULL, &error);
    cr_assert(data, "%s", error.text);
    cr_assert_eq(((double *)data->values[1])[1], 7);
    double value = ((double *)data->values[2])[0];
    nn_data_free(data);
    return value;
}

Test(idx, all_types) {
    cr_assert_eq(target_of(BYTES(0, 0, 8, 1, 0, 0, 0, 1, 200)), 200);
    cr_assert_eq(target_of(BYTES(0, 0, 9, 1, 0, 0, 0, 1, 200)), -56);
    cr_assert_eq(target_of(BYTES(0, 0, 9, 1, 0, 0, 0, 1, 100)), 100);
    cr_assert_eq(target_of(BYTES(0, 0, 0x0B, 1, 0, 0, 0, 1, 0xFF, 0xFE)), -2);
    cr_assert_eq(target_of(BYTES(0, 0, 0x0B, 1, 0, 0, 0, 1, 1, 2)), 258);
    cr_assert_eq(target_of(BYTES(0, 0, 0x0C, 1, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFD)), -3);
    cr_assert_eq(target_of(BYTES(0, 0, 0x0C, 1, 0, 0, 0, 1, 0, 1, 0, 2)), 65538);
    cr_assert_eq(target_of(BYTES(0, 0, 0x0D, 1, 0, 0, 0, 1, 0xC0, 0x20, 0, 0)), -2.5);
    cr_assert_eq(target_of(BYTES(0, 0, 0x0E, 1, 0, 0, 0, 1, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0)), 1.5);
}

typedef struct {
    const char *name;
    const unsigned char *x;
    size_t x_size;
    const unsigned char *kind;
    size_t kind_size;
    const char *error;
} Wrong;
#define GOOD_X BYTES(X_HEADER, 0, 255, 7, 128)
#define GOOD_KIND BYTES(KIND_HEADER, 2, 1)

Test(idx, errors) {
    const Wrong rows[] = {
        {"first is no IDX", BYTES('1', ',', '2'), GOOD_KIND,
         "x: error: not an IDX file, and only IDX files can be given several at once"},
        {"second is no IDX", GOOD_X, BYTES('1', ',', '2', '\n'), "k: error: not an IDX file"},
        {"empty second", GOOD_X, (const unsigned char *)"", 0, "k: error: not an IDX file"},
        {"type", BYTES(0, 0, 7, 2, 0, 0, 0, 2, 0, 0, 0, 2), GOOD_KIND,
         "x: error: no IDX file has type 0x07 and 2 axes"},
        {"type beyond the known", BYTES(0, 0, 200, 1, 0, 0, 0, 2), GOOD_KIND,
         "x: error: no IDX file has type 0xc8 and 1 axes"},
        {"second byte", GOOD_X, BYTES(0, 1, 8, 1, 0, 0, 0, 2, 1, 1), "k: error: not an IDX file"},
        {"first byte", GOOD_X, BYTES(1, 0, 8, 1, 0, 0, 0, 2, 1, 1), "k: error: not an IDX file"},
        {"no axes", BYTES(0, 0, 8, 0), GOOD_KIND, "x: error: no IDX file has type 0x08 and 0 axes"},
        {"short header", BYTES(0, 0, 8, 2, 0, 0, 0, 2, 0, 0), GOOD_KIND,
         "x: error: the file is cut short"},
        {"short data", BYTES(X_HEADER, 0, 255, 7), GOOD_KIND,
         "x: error: the file is cut short: 1 examples of 2"},
        {"long data", BYTES(X_HEADER, 0, 255, 7, 128, 1), GOOD_KIND,
         "x: error: bytes follow the last example"},
        {"shape", BYTES(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 255, 7, 128, 0, 0), GOOD_KIND,
         "x: error: one example has shape [3], 'x' takes 2 values"},
        {"huge shape",
         BYTES(0, 0, 8, 4, 0, 0, 0, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255),
         GOOD_KIND,
         "x: error: one example has shape [4294967295, 4294967295, 4294967295], 'x' takes 2 "
         "values"},
        {"empty axis", BYTES(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 0), GOOD_KIND,
         "x: error: one example has shape [0], 'x' takes 2 values"},
        {"label shape", GOOD_X, BYTES(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 0, 0, 1, 0, 0),
         "k: error: one example has shape [3], 'kind' takes 1 value"},
        {"no examples", BYTES(0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 2), GOOD_KIND,
         "x: error: there are no examples"},
        {"class", GOOD_X, BYTES(KIND_HEADER, 2, 3),
         "k: error: example 2: 3 is not a class of 'kind', which are 0 to 2\nhint: --classes "
         "kind=1,2,3 reads numbers from 1 on"},
        {"class beyond the next", GOOD_X, BYTES(KIND_HEADER, 2, 7),
         "k: error: example 2: 7 is not a class of 'kind', which are 0 to 2"},
        {"class below 0", GOOD_X, BYTES(0, 0, 9, 1, 0, 0, 0, 2, 2, 255),
         "k: error: example 2: -1 is not a class of 'kind', which are 0 to 2"},
        {"half a class", GOOD_X,
         BYTES(0, 0, 0x0D, 1, 0, 0, 0, 2, 0x3F, 0x80, 0, 0, 0x3F, 0xC0, 0, 0),
         "k: error: example 2: 1.5 is not a class of 'kind', which are 0 to 2"},
        {"as many values in another shape",
         BYTES(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3), GOOD_KIND,
         "x: error: one example has shape [1, 3], 'x' takes 2 values"},
        {"NaN", BYTES(0, 0, 0x0D, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0x7F, 0xC0, 0, 0),
         BYTES(0, 0, 8, 1, 0, 0, 0, 1, 0), "x: error: example 1: nan is not a finite number"},
        {"float overflow",
         BYTES(0, 0, 0x0E, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x7F, 0xE0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
               0, 0, 0),
         BYTES(0, 0, 8, 1, 0, 0, 0, 1, 0), "x: error: example 1: inf is not a finite number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        nn_error error;
        const char *x = scratch_write("x", rows[i].x, rows[i].x_size);
        const char *kind = scratch_write("k", rows[i].kind, rows[i].kind_size);
        cr_assert_null(nn_data_load(classes, pair(x, kind), NULL, &error), "%s", rows[i].name);
        cr_assert_eq(error.code, NN_WRONG, "%s: %s", rows[i].name, error.text);
        const char *slash = strrchr(error.text, '/');
        cr_assert_str_eq(slash ? slash + 1 : error.text, rows[i].error, "%s gave %s", rows[i].name,
                         error.text);
    }
}

Test(idx, counts_must_agree) {
    nn_error error;
    char expected[4096];
    const char *x = scratch_write("x", GOOD_X);
    const char *kind = scratch_write("k", BYTES(0, 0, 8, 1, 0, 0, 0, 3, 2, 1, 0));
    cr_assert_null(nn_data_load(classes, pair(x, kind), NULL, &error));
    snprintf(expected, sizeof expected, "%s: error: 3 examples, %s has 2", kind, x);
    cr_assert_str_eq(error.text, expected);
}

Test(idx, as_many_files_as_fields) {
    nn_error error;
    char expected[4096];
    const char *x = scratch_write("x", GOOD_X);
    cr_assert_null(nn_data_load(classes, x, NULL, &error));
    snprintf(
        expected, sizeof expected,
        "%s: error: 1 IDX file, the net has 1 input and 1 target, each a file, with commas between",
        x);
    cr_assert_str_eq(error.text, expected);
    cr_assert_null(nn_data_load(line, pair(x, x), NULL, &error));
    snprintf(expected, sizeof expected,
             "%s: error: 2 IDX files, the net has 2 inputs and 1 target, each a file, with commas "
             "between",
             x);
    cr_assert_str_eq(error.text, expected);
}

/* A gzip file cut anywhere or with a byte changed is refused, never read as less data. */
Test(idx, damaged_gzip) {
    size_t size;
    nn_error error;
    const char *kind = scratch_write("k", GOOD_KIND);
    char *bytes = scratch_read(gzip("x.gz", GOOD_X), &size);
    for (size_t cut = 0; cut < size; cut++) {
        nn_data *data =
            nn_data_load(classes, pair(scratch_write("cut", bytes, cut), kind), NULL, &error);
        cr_assert_null(data, "cut at %zu", cut);
        cr_assert_neq(error.code, NN_FINE);
    }
    nn_data_load(classes, pair(scratch_write("cut", bytes, size - 4), kind), NULL, &error);
    cr_assert(strstr(error.text, "cut: error: the gzip file is cut short"), "%s", error.text);
    bytes[size - 6] ^= 1; /* in the checksum */
    nn_data_load(classes, pair(scratch_write("flip", bytes, size), kind), NULL, &error);
    cr_assert(strstr(error.text, "flip: error: the gzip file is damaged"), "%s", error.text);
    cr_assert_eq(error.code, NN_WRONG);
    free(bytes);
}
