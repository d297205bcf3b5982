/* The driver's training: what the seed decides, and where counting ends. */

#include "driver_run.h"
#include "hand_net.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const nn_network *const classes = &hand_classes_network, *const line = &hand_line_network;

TestSuite(train, .init = driver_open, .fini = scratch_close);

/* The nets begin alike and draw nothing themselves. */
Test(train, the_order_of_examples_is_the_seeds) {
    free(run_fine(classes, "train --data data.csv --epochs 1 --save w"));
    char *first = run_fine(classes, "train --data data.csv --epochs 1 --load w --seed 8");
    char *second = run_fine(classes, "train --data data.csv --epochs 1 --load w --seed 9");
    cr_assert_str_neq(first, second);
    free(first);
    free(second);
}

/* Epochs are counted in 32 bits. */
Test(train, the_last_epoch_there_can_be) {
    hand_line net = {.counters = {1, 1, UINT32_MAX - 2, 5}};
    nn_error error;
    cr_assert(nn_weights_save(line, &net, NULL, "w", &error));
    free(run_fine(line, "train --data line.csv --load w --epochs 1"));
    expect_failure(line, "train --data line.csv --load w --epochs 2", 1,
                   "error: 4294967296 epochs are more than there can be\n");
}
