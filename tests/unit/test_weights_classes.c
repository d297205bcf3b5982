/* Names of classes in weights files: kept to the byte, checked before anything changes. */

#include "classes.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <jansson.h>
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
