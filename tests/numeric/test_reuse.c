/* Random networks in which values go into sums of products and are combined with their results:
   generated code against the generic library, function by function. jobs.h has the environment's
   variables. */

#include "coverage.h"
#include "draw_reuse.h"
#include "jobs.h"
#include "long.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    NETWORKS = 330, /* about 300 that are not rejected */
    SLICE = 70,     /* of which these are compared in the short run */
    ALL = 2000,
    NARROWEST = 8,
    WIDEST = 40
};

static void expect_share(unsigned share) {
    char *failures =
        compare_share(draw_reuse_model, seeds_or((uint64_t)slice_of(SLICE, ALL)), share);
    cr_expect(!failures, "%s", failures);
    free(failures);
}

Test(reuse, networks_a) {
    expect_share(0);
}

Test(reuse, networks_b) {
    expect_share(1);
}

Test(reuse, networks_c) {
    expect_share(2);
}

Test(reuse, networks_d) {
    expect_share(3);
}

/* How many models: by row of the lists of draw_reuse.h, by target and by way to unroll, ... */
typedef struct {
    int kinds[64], maps[64], modes[TARGETS][4], precisions[2];
    int widths[WIDEST + 1]; /* by numbers of a result of a product */
    int named, unnamed, reusing;
} Tally;

static void meet_widths(Tally *met, const Graph *graph) {
    for (int i = 0; i < graph->node_count; i++) {
        const Node *node = graph->nodes[i];
        int64_t width = node->kind == KIND_CONTRACT ? shape_count(node->shape) : 0;
        if (width >= NARROWEST && width <= WIDEST) {
            met->widths[width]++;
        }
    }
}

static void meet(void *tally, const Job *job) {
    Tally *met = tally;
    for (int i = 0; i < 64; i++) {
        met->kinds[i] += (int)(job->draw.reuses >> i & 1);
        met->maps[i] += (int)(job->draw.maps >> i & 1);
    }
    met->modes[job->options.target][job->options.unroll]++;
    met->precisions[job->options.is_double]++;
    met->named += job->draw.named;
    met->unnamed += job->draw.unnamed;
    met->reusing += graph_reuses(job->oracle->graph);
    meet_widths(met, job->oracle->graph);
}

static void expect_all_kinds(const Tally *met) {
    for (int i = 0; i < reuse_kinds(); i++) {
        cr_expect_gt(met->kinds[i], 0, "no draw has %s", reuse_kind(i));
        fprintf(stderr, "%5d with %s\n", met->kinds[i], reuse_kind(i));
    }
    for (int i = 0; i < reuse_maps(); i++) {
        cr_expect_gt(met->maps[i], 0, "no draw has %s", reuse_map(i));
    }
}

static void expect_all_modes(const Tally *met) {
    for (int t = 0; t < TARGETS; t++) {
        for (int unroll = 0; target_runs_here((Target)t) && unroll < 4; unroll++) {
            cr_expect_gt(met->modes[t][unroll], 0, "no draw of target %s unrolled in way %d",
                         target_name((Target)t), unroll);
        }
    }
    cr_expect_gt(met->precisions[0], 0, "no draw in float");
    cr_expect_gt(met->precisions[1], 0, "no draw in double");
}

static void expect_all_forms(const Tally *met, uint64_t models) {
    for (int width = NARROWEST; width <= WIDEST; width++) {
        cr_expect_gt(met->widths[width], 0, "no product of %d numbers", width);
    }
    cr_expect_gt(met->named, 100);
    cr_expect_gt(met->unnamed, 100);
    fprintf(stderr, "%5d take a value before and behind a product\n", met->reusing);
    cr_expect_gt(2 * (uint64_t)met->reusing, models, "few models reuse a value");
}

/* The draws of the test above together contain everything that it is to compare. */
Test(reuse, draws_meet_every_kind_map_and_mode) {
    static Tally met;
    Seeds seeds = seeds_or(NETWORKS);
    char *message = NULL;
    uint64_t rejected = meet_jobs(draw_reuse_model, seeds, meet, &met, &message);
    cr_assert(!message, "%s", message);
    if (seeds.count >= NETWORKS) {
        cr_expect_leq(rejected * 5, seeds.count);
        expect_all_kinds(&met);
        expect_all_modes(&met);
        expect_all_forms(&met, seeds.count - rejected);
    }
}
