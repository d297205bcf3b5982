/* See jobs.h. While the C compiler compiles one group of models, the group before is compared. */

#define _GNU_SOURCE
#include "jobs.h"

#include "compare.h"
#include "targets.h"
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 4, MOST_FOR_FULL = 1200, AT_ONCE = 40, LEVELS = 4 };

static const char *const levels[LEVELS] = {"-O0", "-O1", "-O2", "-O3"};

/* Models of one library. */
typedef struct {
    int count;
    Job *jobs[AT_ONCE];
    Net nets[AT_ONCE];
    Nets all;
} Group;

typedef struct {
    Group *filling[TARGET_ANY + 1][LEVELS];
    Group *compiling;
    FILE *failures;
} Comparer;

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

Seeds seeds_or(uint64_t count) {
    return (Seeds){setting("NNGEN_SEED", 1), setting("NNGEN_NETWORKS", count)};
}

/* About the operations of one example; fully unrolled C has a few statements for each. */
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

void job_free(Job *job) {
    if (job) {
        data_free(job->data);
        oracle_free(job->oracle);
    }
    free(job);
}

/* Draws data and parameters. */
static void draw_numbers(Job *job, uint64_t numbers) {
    Dice dice = dice_new(numbers), mover = dice_new(numbers);
    job->numbers = numbers;
    data_free(job->data);
    job->data = data_new(job->oracle->graph, (size_t)job->draw.batch + 3, &dice);
    generic_init(job->oracle->generic, numbers);
    generic_fit(job->oracle->generic, job->data->n, job->data->in);
    move_variables(job->oracle, &mover); /* as compare_net does */
}

static bool find_numbers(Job *job) {
    for (int i = 0; i < NUMBERS; i++) {
        Dice dice = dice_new(job->seed);
        draw_numbers(job, job->seed + ((uint64_t)i << 32));
        if (is_well_conditioned(job->oracle, job->data, &dice)) {
            return true;
        }
    }
    return false;
}

Job *job_new(DrawModel *drawer, uint64_t seed, char **message) {
    Job *job = calloc(1, sizeof *job);
    job->seed = seed;
    job->options = draw_options(seed);
    drawer(&job->draw, seed);
    job->oracle = oracle_new(job->draw.text, message);
    if (!job->oracle || !find_numbers(job)) {
        job_free(job);
        return NULL;
    }
    if (job->options.unroll == UNROLL_FULL && operations(job->oracle->graph) > MOST_FOR_FULL) {
        job->options.unroll = UNROLL_TILE;
    }
    return job;
}

uint64_t meet_jobs(DrawModel *drawer, Seeds seeds, void (*meet)(void *tally, const Job *job),
                   void *tally, char **message) {
    uint64_t rejected = 0;
    *message = NULL;
    for (uint64_t i = 0; i < seeds.count; i++) {
        unsigned long long seed = seeds.first + i;
        char *why = NULL;
        Job *job = job_new(drawer, seed, &why);
        if (why) {
            if (asprintf(message, "seed %llu: %s", seed, why) < 0)
                abort();
            free(why);
            return rejected;
        }
        if (job)
            meet(tally, job);
        rejected += !job;
        job_free(job);
    }
    fprintf(stderr, "%llu networks drawn, %llu rejected\n", (unsigned long long)seeds.count,
            (unsigned long long)rejected);
    return rejected;
}

static void group_add(Group *group, Job *job) {
    Net *net = &group->nets[group->count];
    group->jobs[group->count++] = job;
    *net = (Net){.text = job->draw.text, .graph = job->oracle->graph, .options = job->options};
}

static void say_broken(Comparer *comparer, const Group *group) {
    fprintf(comparer->failures, "seeds");
    for (int i = 0; i < group->count; i++) {
        fprintf(comparer->failures, " %llu", (unsigned long long)group->jobs[i]->seed);
    }
    fprintf(comparer->failures, ": %s\n", group->all.message);
}

/* One of the versions, where the net has several. */
static void compare_version(Comparer *comparer, Group *group, int number, const char *version) {
    const Job *job = group->jobs[number];
    const nn_network *network = group->nets[number].network;
    Comparison comparison = {.limit = limit_of(&job->options), .splits = job->draw.splits};
    watch(job->oracle->graph->name);
    if (version && (!network->use(version) || strcmp(network->version(), version) != 0)) {
        snprintf(comparison.failure, sizeof comparison.failure, "version %s is not used", version);
    } else if (compare_net(&group->nets[number], job->oracle, job->data, job->numbers, &comparison)) {
        return;
    }
    group->all.failed = true;
    fprintf(comparer->failures, "seed %llu, target %d%s%s, unroll %d, %s, %s: %s\n%s\n",
            (unsigned long long)job->seed, (int)job->options.target, version ? " as " : "",
            version ? version : "", (int)job->options.unroll,
            job->options.is_double ? "double" : "float", group->all.level, comparison.failure,
            job->draw.text);
}

/* Each version that the CPU runs. */
static void compare_job(Comparer *comparer, Group *group, int number) {
    const nn_version *versions = group->nets[number].network->versions;
    if (!versions) {
        compare_version(comparer, group, number, NULL);
        return;
    }
    for (; versions->name; versions++) {
        if (target_runs_here((Target)(versions->target - 1))) {
            compare_version(comparer, group, number, versions->name);
        }
    }
}

static void group_free(Group *group) {
    nets_free(&group->all);
    for (int i = 0; i < group->count; i++) {
        job_free(group->jobs[i]);
    }
    free(group);
}

/* Waits for the C compiler, and compares the models that it has compiled. */
static void finish_group(Comparer *comparer) {
    Group *group = comparer->compiling;
    comparer->compiling = NULL;
    if (!group) {
        return;
    }
    if (nets_finish(&group->all)) {
        for (int i = 0; i < group->count; i++) {
            compare_job(comparer, group, i);
        }
    } else {
        say_broken(comparer, group);
    }
    group_free(group);
}

static void start_group(Comparer *comparer, Group **place) {
    Group *group = *place;
    *place = NULL;
    if (!group) {
        return;
    }
    group->all.nets = group->nets;
    group->all.count = group->count;
    if (nets_start(&group->all)) {
        finish_group(comparer);
        comparer->compiling = group;
    } else {
        say_broken(comparer, group);
        group_free(group);
    }
}

/* Compiling with optimization takes longer than all else: a few models have it. */
static int level_of(uint64_t seed) {
    return seed % 32 ? 0 : 1 + (int)(seed / 32 % 3);
}

static void add_job(Comparer *comparer, Job *job) {
    int level = level_of(job->seed);
    Group **place = &comparer->filling[job->options.target][level];
    if (!*place) {
        *place = calloc(1, sizeof **place);
        (*place)->all.level = levels[level];
    }
    group_add(*place, job);
    if ((*place)->count == AT_ONCE) {
        start_group(comparer, place);
    }
}

static void finish_all(Comparer *comparer) {
    for (int target = 0; target <= TARGET_ANY; target++) {
        for (int level = 0; level < LEVELS; level++) {
            start_group(comparer, &comparer->filling[target][level]);
        }
    }
    finish_group(comparer);
}

char *compare_share(DrawModel *drawer, Seeds seeds, unsigned share) {
    static Comparer comparer;
    char *text = NULL, *message = NULL;
    size_t size = 0;
    comparer = (Comparer){.failures = open_memstream(&text, &size)};
    for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; seed++) {
        bool is_mine = (unsigned)draw_options(seed).target % SHARES == share;
        Job *job = is_mine ? job_new(drawer, seed, &message) : NULL;
        if (job) {
            add_job(&comparer, job);
        } else if (message) {
            fprintf(comparer.failures, "seed %llu: %s\n", (unsigned long long)seed, message);
            free(message);
            message = NULL;
        }
    }
    finish_all(&comparer);
    fclose(comparer.failures);
    if (size > 0) {
        return text;
    }
    free(text);
    return NULL;
}
