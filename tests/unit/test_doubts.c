/* doubts: whether the label of a table without names is the last column or the first. */

#include "host.h"

#include "scratch.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

TestSuite(doubts, .init = scratch_open, .fini = scratch_close);

static const nn_field inputs[] = {{.name = "a", .count = 1}, {.name = "b", .count = 1}};
static const nn_field targets[] = {{"kind", 3, 1, {3}, 1, 0}, {.name = "w", .count = 1}};

/* In this order, the label is the last column, or the one before a weight, or between the inputs. */
static const size_t last[] = {0, 1, 2}, before_w[] = {0, 1, 2, 3}, middle[] = {0, 2, 1, 3};

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

/* Other numbers than labels have no other end to be mistaken for, nor has a label in the middle. */
Test(doubts, only_of_labels_at_an_end) {
    const nn_network weighted = net_of(before_w, 2), inside = net_of(middle, 2);
    expect_said(&weighted, "0,7,1,0.5\n0,5,1,0.25\n0,9,0,0.5\n", NULL);
    expect_said(&inside, "7,1,0,0.5\n5,1,1,0.25\n9,0,2,0.5\n", NULL);
}
