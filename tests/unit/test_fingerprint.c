#include "host.h"

#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(fingerprint, .init = scratch_open, .fini = scratch_close);

static uint64_t fingerprint_of(const char *text) {
    nn_error error;
    nn_data *data = nn_data_load(&hand_classes_network, scratch_text("d.csv", text), NULL, &error);
    cr_assert(data, "%s", error.text);
    uint64_t fingerprint = nn_data_fingerprint(data);
    nn_data_free(data);
    return fingerprint;
}

/* The examples count, and how they stand, not how they are written. */
Test(fingerprint, tells_examples_apart) {
    static const char *const texts[] = {
        "x.0,x.1,kind\n1,2,0\n3,4,1\n5,6,2\n", "x.0,x.1,kind\n3,4,1\n1,2,0\n5,6,2\n",
        "x.0,x.1,kind\n1,2,0\n3,4,1\n5,6,1\n", "x.0,x.1,kind\n1,2,0\n3,4,1\n5,6.5,2\n",
        "x.0,x.1,kind\n2,1,0\n3,4,1\n5,6,2\n", "x.0,x.1,kind\n1,2,0\n3,4,1\n"};
    enum { TEXTS = sizeof texts / sizeof *texts };
    uint64_t found[TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        found[i] = fingerprint_of(texts[i]);
        for (size_t j = 0; j < i; j++)
            cr_assert_neq(found[i], found[j], "%zu and %zu", i, j);
    }
    cr_assert_eq(found[0], fingerprint_of("kind;x.1;x.0\n0;2.0;1\n1;4;3e0\n2;6;5\n"));
}

/* Of many examples in another order, as a shuffled file. */
Test(fingerprint, of_many) {
    enum { ROWS = 20000 };
    static char texts[2][ROWS * 16 + 40];
    static size_t order[ROWS];
    nn_shuffle(order, ROWS, 3, 0);
    for (int i = 0; i < 2; i++) {
        char *end = texts[i] + sprintf(texts[i], "x.0,x.1,kind\n");
        for (size_t row = 0; row < ROWS; row++) {
            size_t number = i == 0 ? row : order[row];
            end += sprintf(end, "%zu,%zu,%zu\n", number, number % 7, number % 3);
        }
    }
    cr_assert_neq(fingerprint_of(texts[0]), fingerprint_of(texts[1]));
    cr_assert_eq(fingerprint_of(texts[0]), fingerprint_of(texts[0]));
}
