/* doubts: whether the label of a table without names is the last column or the first. */

#include "host.h"

#include "scratch.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

TestSuite(doubts, .init = scratch_open, .fini = scratch_close);

static const nn_field inputs[] = {{.name = "a", .count = 1}, {.name = "b", .count = 1}};
static const nn_field targets[] = {{"kind", 3, 1, {3}, 1, 0}, {.name = "w", .count = 1}};

/* In this order, the target behind two inputs, or behind one, or before another target. */
static const size_t last[] = {0, 1, 2}, middle[] = {0, 2, 1}, before_w[] = {0, 1, 2, 3};

static nn_network net_of(const size_t *order, size_t target_count) {
    return (nn_network){.name = "doubt",
                        .real_size = sizeof(double),
                        .input_count = 2,
                        .target_count = target_count,
                        .inputs = inputs,
                        .targets = targets,
                        .order = order};
}

/* What is said of a first table, behind its path; NULL: it is read. */
static void expect_said(const nn_network *network, const char *text, const char *said) {
    nn_error error;
    nn_sources *sources = nn_sources_new(network);
    const nn_reading reading = {.sources = sources};
    cr_assert_eq(chdir(scratch_folder()), 0);
    scratch_text("t.csv", text);
    nn_data *data = nn_data_load(network, "t.csv", &reading, &error);
    cr_expect_eq(data != NULL, said == NULL, "%s: %s", text, error.text);
    cr_expect(!said || strstr(error.text, said), "%s: %s", text, error.text);
    nn_data_free(data);
    nn_sources_free(sources);
}

/* More classes at the other end are a reason to ask, if its numbers can be classes. */
Test(doubts, what_may_be_a_class) {
    const nn_network network = net_of(last, 1);
    expect_said(&network, "0,7,1\n1,5,1\n2,9,0\n",
                "is 'kind' the last column or the first? The last has 2 of its 3 classes, the "
                "other has 3");
    expect_said(&network, "0,7,1\n1,5,1\n1,9,0\n", NULL);
    expect_said(&network, "0,7,1\n1,5,1\n2.5,9,0\n", NULL);
    expect_said(&network, "0,7,1\n1,5,1\n1.5,9,0\n2,9,0\n", NULL);
    expect_said(&network, "0,7,1\n1,5,1\n3,9,0\n2,9,0\n", NULL);
    expect_said(&network, "0,7,1\n1,5,1\n-1,9,0\n2,9,0\n", NULL);
}

/* A label in the middle has no other end, nor has a number of its own classes to be mistaken for. */
Test(doubts, only_of_labels_at_an_end) {
    const nn_network inside = net_of(middle, 1), weighted = net_of(before_w, 2);
    expect_said(&inside, "0,1,7\n1,1,5\n2,0,9\n", NULL);
    expect_said(&weighted, "0,7,1,2\n1,5,1,1\n2,9,0,1\n", NULL);
}
