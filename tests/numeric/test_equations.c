/* The equations of random networks compute, by plain loops, what their graphs say. */

#include "draw.h"
#include "draw_reuse.h"
#include "long.h"
#include "unit/equations_values.h"
#include "unit/graph_values.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 50, LONG_NETWORKS = 5000 };

/* The model with a batch of as many examples as the graph is evaluated for. */
static void set_batch(char *text) {
    char *line = strstr(text, "\nbatch ");
    if (!line)
        return;
    char *end = strchr(line + 1, '\n'), *digit = line + strlen("\nbatch ");
    *digit = '0' + TEST_ROWS;
    memmove(digit + 1, end, strlen(end) + 1);
}

static void expect_drawn(void (*draw_one)(Draw *draw, uint64_t seed), const char *what) {
    static Draw draw;
    int kernels = 0, compared = 0, without = 0;
    for (int seed = 1; seed <= (is_long() ? LONG_NETWORKS : NETWORKS); seed++) {
        draw_one(&draw, (uint64_t)seed);
        set_batch(draw.text);
        Options options = draw_options((uint64_t)seed);
        options.unroll = UNROLL_NONE;
        EquationsTally tally = equations_expect(draw.text, &options);
        kernels += tally.kernels;
        compared += tally.compared;
        without += tally.without;
        equations_tally_free(&tally);
    }
    printf("%s: %d kernels, %d without equations, %d compared\n", what, kernels, without, compared);
    cr_expect_lt(without * 20, kernels, "%d of %d kernels have no equations", without, kernels);
    cr_expect_gt(compared, 2000);
}

Test(equations, of_random_networks) {
    expect_drawn(draw_model, "random networks");
}

Test(equations, of_networks_that_reuse) {
    expect_drawn(draw_reuse_model, "networks that reuse");
}
