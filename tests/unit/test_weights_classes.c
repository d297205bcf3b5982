/* Names of classes in weights files: kept to the byte, checked before anything changes. */

#include "classes.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(weights_classes, .init = scratch_open, .fini = scratch_close);

static const nn_network *const classes = &hand_classes_network;

static nn_classes *named(const char *given) {
    nn_error error = {NN_FINE, ""};
    nn_classes *made = nn_classes_new(classes);
    cr_assert(made);
    cr_assert(!given || nn_classes_give(made, given, &error), "%s", error.text);
    return made;
}

/* A file "w" with these names; its path. */
static const char *saved(const char *given) {
    nn_error error;
    hand_classes net = {.scale = {1, 1}, .bias = {1, 2, 3}, .counters = {1, 2, 0, 1}};
    nn_classes *names = named(given);
    const char *path = scratch_path("w");
    cr_assert(nn_weights_save(classes, &net, &(nn_kept){.classes = names}, path, &error), "%s",
              error.text);
    nn_classes_free(names);
    return path;
}

/* The file "w" with this text under a key of the metadata, and without a checksum of these; its
   path. */
static const char *with_metadata(const char *key, const char *text) {
    size_t size;
    char *bytes = scratch_read(scratch_path("w"), &size);
    size_t length = (unsigned char)bytes[0] | (size_t)(unsigned char)bytes[1] << 8;
    json_t *header = json_loadb(bytes + 8, length, 0, NULL);
    json_t *metadata = json_object_get(header, "__metadata__");
    cr_assert_eq(json_object_set_new(metadata, key, json_string(text)), 0);
    cr_assert_eq(json_object_del(metadata, "header_crc32"), 0);
    char *changed = json_dumps(header, JSON_COMPACT), *all = malloc(strlen(changed) + size);
    size_t count = strlen(changed);
    memset(all, 0, 8);
    all[0] = (char)(count & 0xFF);
    all[1] = (char)(count >> 8);
    memcpy(all + 8, changed, count);
    memcpy(all + 8 + count, bytes + 8 + length, size - 8 - length);
    const char *path = scratch_write("changed", all, count + size - length);
    json_decref(header);
    free(changed);
    free(bytes);
    free(all);
    return path;
}

static void expect_names(const nn_classes *names, const char *expected) {
    char found[200] = "";
    for (size_t i = 0; i < nn_classes_count(names, 0); i++) {
        strcat(found, i ? " " : "");
        strcat(found, nn_classes_name(names, 0, i));
    }
    cr_assert_str_eq(found, expected);
}

Test(weights_classes, come_back) {
    static const char *const given[] = {"kind=b,a,c",
                                        "kind=\"say \"\"a\"\"\",\"\\\\u0041\",\xC3\xA4"};
    static const char *const expected[] = {"b a c", "say \"a\" \\\\u0041 \xC3\xA4"};
    for (int i = 0; i < 2; i++) {
        nn_error error;
        hand_classes net;
        nn_classes *names = named(NULL);
        cr_assert(
            nn_weights_load(classes, &net, &(nn_kept){.classes = names}, saved(given[i]), &error),
            "%s", error.text);
        expect_names(names, expected[i]);
        cr_assert_eq(net.bias[2], 3);
        nn_classes_free(names);
    }
}

/* As the format demands, metadata are strings; without names a file is as it was. */
Test(weights_classes, are_a_string_of_metadata) {
    for (int i = 0; i < 2; i++) {
        size_t size;
        char *bytes = scratch_read(saved(i ? "kind=b,a,c" : NULL), &size);
        size_t length = (unsigned char)bytes[0] | (size_t)(unsigned char)bytes[1] << 8;
        json_t *header = json_loadb(bytes + 8, length, 0, NULL);
        const char *text =
            json_string_value(json_object_get(json_object_get(header, "__metadata__"), "classes"));
        if (i == 0)
            cr_assert_null(text);
        else
            cr_assert_str_eq(text, "{\"kind\":[\"b\",\"a\",\"c\"]}");
        json_decref(header);
        free(bytes);
    }
}

/* Whoever needs no names ignores them. */
Test(weights_classes, may_be_ignored) {
    nn_error error;
    hand_classes net;
    cr_assert(nn_weights_load(classes, &net, NULL, saved("kind=b,a,c"), &error), "%s", error.text);
    cr_assert_str_empty(error.text);
}

static void expect_refusal(nn_classes *names, const char *path, const char *said) {
    nn_error error;
    hand_classes net, before;
    memset(&net, 0x5A, sizeof net);
    before = net;
    cr_assert_not(nn_weights_load(classes, &net, &(nn_kept){.classes = names}, path, &error),
                  "accepted: %s", said);
    cr_assert_eq(error.code, NN_WRONG);
    cr_assert_eq(memcmp(&net, &before, sizeof net), 0);
    cr_assert(strstr(error.text, said), "%s", error.text);
}

Test(weights_classes, must_be_those_that_are_given) {
    nn_classes *names = named("kind=a,b,c");
    expect_refusal(names, saved("kind=b,a,c"),
                   "the classes of 'kind' are b=0, a=1, c=2 there, and by --classes a=0, b=1, c=2");
    expect_names(names, "a b c");
    nn_classes_free(names);
}

/* A target by another name has classes of its own. */
Test(weights_classes, of_no_target_are_left_out) {
    static const nn_field targets[] = {{"sort", 3, 1, {3}, 1, 0}};
    nn_error error;
    hand_classes net;
    nn_network renamed = *classes;
    renamed.targets = targets;
    nn_classes *names = nn_classes_new(&renamed);
    cr_assert(
        nn_weights_load(&renamed, &net, &(nn_kept){.classes = names}, saved("kind=b,a,c"), &error),
        "%s", error.text);
    cr_assert(strstr(error.text, "w: note: 'kind' is no target here, its classes are left out"),
              "%s", error.text);
    cr_assert_eq(nn_classes_count(names, 0), 0);
    nn_classes_free(names);
}

/* Two names swapped are another order, which no other check would notice. */
Test(weights_classes, are_part_of_the_checksum) {
    size_t size;
    char *bytes = scratch_read(saved("kind=b,a,c"), &size), *at = bytes + 8;
    nn_classes *names = named(NULL);
    for (; memcmp(at, "[\\\"b\\\",\\\"a\\\"", 12) != 0; at++)
        cr_assert_lt(at, bytes + size);
    at[3] = 'a';
    at[9] = 'b';
    expect_refusal(names, scratch_write("swapped", bytes, size), "damaged");
    expect_names(names, "");
    nn_classes_free(names);
    free(bytes);
}

Test(weights_classes, are_read_in_order_or_not_at_all) {
    static const char *const wrong[][2] = {
        {"[]", "the header is damaged: 'classes' is no JSON object"},
        {"{\"kind\":", "the header is damaged: 'classes' is no JSON object"},
        {"{\"kind\":[\"a\",\"b\",\"c\"],\"kind\":[]}", "'classes' is no JSON object"},
        {"{\"kind\":[\"a\",\"b\"]}", "classes of 'kind': not one name for each class"},
        {"{\"kind\":7}", "classes of 'kind': not one name for each class"},
        {"{\"kind\":[\"a\",\"b\",3]}", "classes of 'kind': a name is no string"},
        {"{\"kind\":[\"a\",\"b\",\"a\"]}", "classes of 'kind': a name stands twice"},
        {"{\"kind\":[\"a\",\"b\",\"\"]}", "classes of 'kind': a label is empty"},
        {"{\"kind\":[\"a\",\"b\",\" c\"]}", "a label begins or ends with a blank"},
        {"{\"kind\":[\"a\",\"b\",\"c \"]}", "a label begins or ends with a blank"},
        {"{\"kind\":[\"a\",\"b\",\"c\\u0007\"]}", "control characters or is not UTF-8"},
    };
    nn_classes *names = named(NULL);
    saved("kind=b,a,c");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect_refusal(names, with_metadata("classes", wrong[i][0]), wrong[i][1]);
        expect_names(names, "");
    }
    nn_classes_free(names);
}

/* Means of inputs, which are kept beside them. */
Test(weights_classes, means_are_numbers_or_none) {
    double values[3] = {1.5, NAN, 2.5};
    static const char *const wrong[][2] = {
        {"[1.5,\"2\"]", "the header is damaged: 'means' holds no numbers"},
        {"{}", "the header is damaged: 'means' is no JSON array"},
        {"[1.5", "the header is damaged: 'means' is no JSON array"},
    };
    nn_error error;
    hand_classes net;
    saved("kind=b,a,c");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        nn_means means = {.values = values, .count = 2};
        const char *path = with_metadata("means", wrong[i][0]);
        cr_assert_not(nn_weights_load(classes, &net, &(nn_kept){.means = &means}, path, &error));
        cr_assert_eq(error.code, NN_WRONG);
        cr_assert(strstr(error.text, wrong[i][1]), "%s", error.text);
        cr_assert_not(means.are_known);
    }
    nn_means means = {.values = values, .count = 2};
    const nn_kept kept = {.means = &means};
    cr_assert(nn_weights_load(classes, &net, &kept, with_metadata("means", "[1]"), &error));
    cr_assert(strstr(error.text, "means of 1 values are left out, the inputs have 2"), "%s",
              error.text);
    cr_assert_not(means.are_known);
    cr_assert(nn_weights_load(classes, &net, &kept, with_metadata("means", "[7.25,null]"), &error));
    cr_assert(means.are_known && values[0] == 7.25 && isnan(values[1]) && values[2] == 2.5);
    values[0] = -1; /* what is known stays */
    cr_assert(nn_weights_load(classes, &net, &kept, with_metadata("means", "[7.25,3]"), &error));
    cr_assert_eq(values[0], -1);

    cr_assert(nn_weights_save(classes, &net, &kept, scratch_path("w"), &error));
    nn_means again = {.values = values, .count = 2};
    cr_assert(
        nn_weights_load(classes, &net, &(nn_kept){.means = &again}, scratch_path("w"), &error));
    cr_assert(again.are_known && values[0] == -1 && isnan(values[1]));
}

/* Names of the columns of training, which are kept beside them. */
Test(weights_classes, columns_are_names) {
    static const char *const wrong[][2] = {
        {"[]", "the header is damaged: 'columns' is no JSON object"},
        {"{\"x\":", "the header is damaged: 'columns' is no JSON object"},
        {"{\"x\":[\"a\",1]}", "the header is damaged: 'columns' holds no names"},
    };
    static const char *const other[] = {"{\"x\":[\"a\"]}", "{\"z\":[\"a\"]}"};
    nn_error error;
    hand_classes net;
    saved("kind=b,a,c");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        nn_sources *sources = nn_sources_new(classes);
        const char *path = with_metadata("columns", wrong[i][0]);
        cr_assert_not(nn_weights_load(classes, &net, &(nn_kept){.sources = sources}, path, &error));
        cr_assert_eq(error.code, NN_WRONG);
        cr_assert(strstr(error.text, wrong[i][1]), "%s", error.text);
        nn_sources_free(sources);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        nn_sources *sources = nn_sources_new(classes);
        const char *path = with_metadata("columns", other[i]);
        cr_assert(nn_weights_load(classes, &net, &(nn_kept){.sources = sources}, path, &error));
        cr_assert(strstr(error.text, "names of 1 columns of "), "%s", error.text);
        nn_sources_free(sources);
    }
}
