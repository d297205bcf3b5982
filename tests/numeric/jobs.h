/* Random models against the generic library, for the tests that draw them: from a seed a model, its
   mode, data and parameters; models of a kind in one library.

   NNGEN_SEED: the first seed, 1 if not set. NNGEN_NETWORKS: how many; with 1, a failure's seed
   alone. NNGEN_TARGET: the number of the one target to draw; all that run here if not set. */

#ifndef JOBS_H
#define JOBS_H

#include "data.h"
#include "draw.h"
#include "oracle.h"

typedef void DrawModel(Draw *draw, uint64_t seed);

typedef struct {
    uint64_t seed;    /* of the model */
    uint64_t numbers; /* of data and parameters */
    Draw draw;
    Options options;
    Oracle *oracle;
    Data *data;
} Job;

typedef struct {
    uint64_t first, count;
} Seeds;
/* As the environment has them. */
Seeds seeds_or(uint64_t count);

/* NULL where the draw is rejected, since with all numbers tried it is ill-conditioned or near a
   kink; or where the model is wrong: then *message says why, to be freed. */
Job *job_new(DrawModel *drawer, uint64_t seed, char **message);
void job_free(Job *job);

/* Calls `meet` with the model of each seed, to count what the draws contain; returns how many are
   rejected, and says so on standard error. Ends at a wrong model: then *message says which and why,
   to be freed. */
uint64_t meet_jobs(DrawModel *drawer, Seeds seeds, void (*meet)(void *tally, const Job *job),
                   void *tally, char **message);

/* A share has all models of some of the targets, so that models of one library are in one share. */
enum { SHARES = 4 };
/* Compares the models of a share; NULL if all are as the generic library has them, else the
   sentences about those that are not, to be freed. */
char *compare_share(DrawModel *drawer, Seeds seeds, unsigned share);

#endif
