/* Random networks: generated code against the generic library, function by function. jobs.h has the
   environment's variables. */

#include "catalogue.h"
#include "coverage.h"
#include "jobs.h"
#include "long.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NETWORKS = 330, /* about 300 that are not rejected */
    SLICE = 70,     /* of which these are compared in the short run */
    ALL = 2000
};

static void expect_share(unsigned share) {
    char *failures = compare_share(draw_model, seeds_or((uint64_t)slice_of(SLICE, ALL)), share);
    cr_expect(!failures, "%s", failures);
    free(failures);
}

Test(random, networks_a) {
    expect_share(0);
}

Test(random, networks_b) {
    expect_share(1);
}

Test(random, networks_c) {
    expect_share(2);
}

Test(random, networks_d) {
    expect_share(3);
}

static void expect_all_met(const Coverage *coverage) {
    for (int op = 0; op <= OP_COUNT; op++) {
        for (int met = 0; met < MET_COUNT; met++) {
            cr_expect(!met_is_allowed(op, (Met)met) || coverage->counts[op][met] > 0,
                      "no draw has %s with %s", met_operator(op), met_names[met]);
        }
    }
}

/* What the language has besides definitions, as it stands in a model. */
static const char *const constructs[] = {"\nderivative ", "\nhessian\n",   "\nblock ", "\nfreeze ",
                                         "\nsetting ",    "\noutput ",     "] minmax", "] standard",
                                         "] noise(",      "] shift(",      " flip\n",  " onehot\n",
                                         ") for ",        "output p as y", " = [[",    "matmul([["};
enum { CONSTRUCTS = sizeof constructs / sizeof *constructs };

/* By entry of the catalogue, and by construct: how many models have it. */
typedef struct {
    int entries[CATALOGUE], constructs[CONSTRUCTS];
} Named;

static void meet_names(Named *named, const char *model) {
    const char *text = strstr(model, "\ninput "); /* behind the definitions that all models have */
    int count = 0;
    const Entry *entries = catalogue(&count);
    for (int i = 0; i < count; i++) {
        named->entries[i] += entry_is_named(&entries[i], text);
    }
    for (int i = 0; i < CONSTRUCTS; i++) {
        named->constructs[i] += strstr(text, constructs[i]) != NULL;
    }
}

typedef struct {
    Coverage coverage;
    Named named;
} Tally;

static void meet(void *tally, const Job *job) {
    Tally *met = tally;
    coverage_add(&met->coverage, job->oracle->graph);
    meet_names(&met->named, job->draw.text);
}

static void expect_all_named(const Named *named) {
    int count = 0;
    const Entry *entries = catalogue(&count);
    cr_assert_gt(count, 100);
    for (int i = 0; i < count; i++) {
        cr_expect_gt(named->entries[i], 0, "no draw has %s of prelude/%s", entries[i].name,
                     entries[i].family);
    }
    for (int i = 0; i < CONSTRUCTS; i++) {
        cr_expect_gt(named->constructs[i], 0, "no draw has '%s'", constructs[i]);
    }
}

/* The draws of the test above together contain everything that it is to compare. */
Test(random, draws_meet_every_definition_operator_axis_broadcast_and_reuse) {
    static Tally met;
    Seeds seeds = seeds_or(NETWORKS);
    char *message = NULL;
    uint64_t rejected = meet_jobs(draw_model, seeds, meet, &met, &message);
    cr_assert(!message, "%s", message);
    if (seeds.count >= NETWORKS) {
        cr_expect_leq(rejected * 12, seeds.count); /* 8 % */
        expect_all_met(&met.coverage);
        expect_all_named(&met.named);
    }
}
