/* Random networks: generated code against the generic library, function by function.

   NNGEN_NETWORKS: how many draws, 330 if not set: 300 and what is rejected.
   NNGEN_SEED: the first seed, 1 if not set: a failure's seed with NNGEN_NETWORKS=1 repeats it.
   NNGEN_TARGET: the number of the one target to draw; all that run here in turn if not set. */

#include "targets.h"
#include "catalogue.h"
#include "compare.h"
#include "coverage.h"
#include "draw.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 6, SHARES = 4, NUMBERS = 4, LEAST_FOR_COVERAGE = 330, MOST_FOR_FULL = 500 };

typedef struct {
    uint64_t seed;    /* of the model */
    uint64_t numbers; /* of data and parameters */
    Draw draw;
    Oracle *oracle;
    Data *data;
} Job;

/* A group of nets in one library. */
typedef struct {
    int count;
    Job *jobs[AT_ONCE];
    Net nets[AT_ONCE];
    Nets all;
} Group;

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

/* Operations of one example, about: a full unrolling has as many statements a few times over. */
static int64_t operations(const Graph *graph) {
    int64_t count = 0;
    for (int i = 0; i < graph->node_count; i++) {
        const Node *node = graph->nodes[i];
        int64_t terms = node->kind == KIND_REDUCE ? shape_count(node->inputs[0]->shape)
                                                  : shape_count(node->shape);
        for (int l = 0; node->kind == KIND_CONTRACT && l < node->contract->loop_count; l++) {
            terms = l == 0 ? node->contract->extent[0] : terms * node->contract->extent[l];
        }
        count += terms;
    }
    return count;
}

/* Of the seeds that become a group, so that it is one translation unit. */
static Options options_of(uint64_t seed, const Graph *graph) {
    uint64_t group = (seed - 1) / (AT_ONCE * SHARES) * SHARES + (seed - 1) % SHARES;
    Dice common = dice_new(group ^ 0x5eed), own = dice_new(seed ^ 0x5eed);
    Target drawn = target_in_turn((unsigned)dice_below(&common, 12 * TARGETS));
    Options options = {.target = (Target)setting("NNGEN_TARGET", drawn)};
    options.is_double = dice_chance(&common, 0.35);
    options.is_exact = dice_chance(&common, 0.2);
    options.unroll = (Unroll)dice_below(&own, 4);
    if (options.unroll == UNROLL_FULL && operations(graph) > MOST_FOR_FULL) {
        options.unroll = UNROLL_TILE;
    }
    return options;
}

static void job_free(Job *job) {
    data_free(job->data);
    oracle_free(job->oracle);
    free(job);
}

/* Data and parameters anew. */
static void draw_numbers(Job *job, uint64_t numbers) {
    Dice dice = dice_new(numbers), mover = dice_new(numbers);
    job->numbers = numbers;
    data_free(job->data);
    job->data = data_new(job->oracle->graph, (size_t)job->draw.batch + 3, &dice);
    generic_init(job->oracle->generic, numbers);
    generic_fit(job->oracle->generic, job->data->n, job->data->in);
    move_variables(job->oracle, &mover); /* as compare_net does */
}

/* NULL where the draw is rejected: whatever its numbers, it is ill-conditioned or at a kink. */
static Job *job_new(uint64_t seed) {
    Job *job = calloc(1, sizeof *job);
    char *message = NULL;
    job->seed = seed;
    draw_model(&job->draw, seed);
    job->oracle = oracle_new(job->draw.text, &message);
    cr_assert(job->oracle, "seed %llu: %s\n%s", (unsigned long long)seed, message, job->draw.text);
    for (int i = 0; i < NUMBERS; i++) {
        Dice dice = dice_new(seed);
        draw_numbers(job, seed + ((uint64_t)i << 32));
        if (is_well_conditioned(job->oracle, job->data, &dice)) {
            return job;
        }
    }
    job_free(job);
    return NULL;
}

static void group_add(Group *group, Job *job) {
    Net *net = &group->nets[group->count];
    group->jobs[group->count++] = job;
    *net = (Net){.text = job->draw.text, .graph = job->oracle->graph};
    net->options = options_of(job->seed, job->oracle->graph);
}

static void group_start(Group *group) {
    group->all = (Nets){.count = group->count, .nets = group->nets};
    /* an eighth or so with optimisation, which takes longer to compile */
    group->all.level = group->count > 0 && group->jobs[0]->seed % 8 ? "-O0" : "-O1";
    if (group->count > 0) {
        cr_assert(nets_start(&group->all), "seeds from %llu: %s",
                  (unsigned long long)group->jobs[0]->seed, group->all.message);
    }
}

static void group_finish(Group *group) {
    if (group->count == 0) {
        return;
    }
    cr_assert(nets_finish(&group->all), "seeds from %llu: %s",
              (unsigned long long)group->jobs[0]->seed, group->all.message);
    for (int i = 0; i < group->count; i++) {
        const Job *job = group->jobs[i];
        const Options *options = &group->nets[i].options;
        Comparison comparison = {.limit = limit_of(options), .splits = job->draw.splits};
        bool same = compare_net(&group->nets[i], job->oracle, job->data, job->numbers, &comparison);
        group->all.failed |= !same;
        cr_expect(same, "seed %llu, target %d, unroll %d, %s: %s\n%s",
                  (unsigned long long)job->seed, (int)options->target, (int)options->unroll,
                  options->is_double ? "double" : "float", comparison.failure, job->draw.text);
    }
    nets_free(&group->all);
    for (int i = 0; i < group->count; i++) {
        job_free(group->jobs[i]);
    }
    group->count = 0;
}

/* Every SHARES-th seed; while the C compiler is at one group, the one before is compared. */
static void compare_share(uint64_t share) {
    static Group groups[2];
    uint64_t first = setting("NNGEN_SEED", 1), count = setting("NNGEN_NETWORKS", 330);
    int filling = 0;
    for (uint64_t i = share; i < count; i += SHARES) {
        Job *job = job_new(first + i);
        if (job) {
            group_add(&groups[filling], job);
        }
        if (groups[filling].count == AT_ONCE) {
            group_start(&groups[filling]);
            group_finish(&groups[!filling]);
            filling = !filling;
        }
    }
    group_start(&groups[filling]);
    group_finish(&groups[!filling]);
    group_finish(&groups[filling]);
}

Test(random, networks_a) {
    compare_share(0);
}

Test(random, networks_b) {
    compare_share(1);
}

Test(random, networks_c) {
    compare_share(2);
}

Test(random, networks_d) {
    compare_share(3);
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
static const char *const constructs[] = {
    "\nderivative ", "\nhessian\n", "\nblock ", "\nfreeze ", "\nsetting ", "\noutput ", "] minmax",
    "] standard",    "] noise(",    "] shift(", " flip\n",   " onehot\n",  ") for "};
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

/* The same draws as above, so that they are known to say something. */
Test(random, draws_meet_every_definition_operator_axis_broadcast_and_reuse) {
    static Coverage coverage;
    static Named named;
    uint64_t first = setting("NNGEN_SEED", 1), count = setting("NNGEN_NETWORKS", 330);
    uint64_t rejected = 0;
    for (uint64_t i = 0; i < count; i++) {
        Job *job = job_new(first + i);
        if (!job) {
            rejected++;
            continue;
        }
        coverage_add(&coverage, job->oracle->graph);
        meet_names(&named, job->draw.text);
        job_free(job);
    }
    fprintf(stderr, "%llu networks drawn, %llu rejected\n", (unsigned long long)count,
            (unsigned long long)rejected);
    if (count >= LEAST_FOR_COVERAGE) {
        cr_expect_leq(rejected * 12, count); /* 8 % */
        expect_all_met(&coverage);
        expect_all_named(&named);
    }
}
