/* Contenders against the clock, in turns, so that what disturbs the machine disturbs all; and
   against each other's results, so that they are timed doing the same. The clock counts the time
   this thread had a core. */

#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHECKED_STEPS = 3, RESTART = 500, LONG_RESTART = 100000 };
static const double least_seconds = 0.006; /* of one measurement */
static const double long_call = 0.05;      /* seconds: such a call needs no other before it */
/* Of costs and outputs, all of them around 1; and of those after a step: Adam makes whole steps of
   gradients that are rounding errors. */
static const double tolerance = 1e-4, tolerance_after = 1e-3;

void give_net(const Contender *contender, const nn_network *network, const float *start) {
    contender->start(contender->self);
    for (size_t t = 0; t < network->tensor_count; t++) {
        contender->set(contender->self, network->tensors[t].name, start);
        start += network->tensors[t].count;
    }
}

/* Predictions of the starting net, for one example and for a batch. */
static double *run_predictions(const Contender *contender, const Data *data,
                               const nn_network *network, double *results) {
    size_t width = network->outputs[0].count;
    for (int one = 0; one < 2; one++) {
        size_t n = one ? 1 : network->batch;
        const void *const *in = (const void *const *)data->one.in;
        memset(data->out, 0, network->batch * width * sizeof(float));
        (one ? contender->predict : contender->predict_batch)(contender->self, 1, in, data->out);
        for (size_t i = 0; i < n * width; i++) {
            *results++ = (double)data->out[i];
        }
    }
    return results;
}

/* Predictions, the cost of a step, the predictions that it leads to, costs of further steps: few, for
   each step of Adam makes more of the rounding before it. */
static void run_results(const Contender *contender, const Data *data, const nn_network *network,
                        double *results) {
    results = run_predictions(contender, data, network, results);
    *results++ = (double)contender->train(contender->self, &data->one, 1);
    results = run_predictions(contender, data, network, results);
    for (int s = 1; s < CHECKED_STEPS; s++) {
        *results++ = (double)contender->train(contender->self, &data->one, 1);
    }
}

/* The first result that is off; count: there is none. */
static size_t first_difference(const double *found, const double *expected, size_t count,
                               size_t exact_count) {
    for (size_t i = 0; i < count; i++) {
        double near = (i < exact_count ? tolerance : tolerance_after) * fmax(1, fabs(expected[i]));
        if (!(fabs(found[i] - expected[i]) <= near)) {
            return i;
        }
    }
    return count;
}

bool same_results(const Job *job) {
    const nn_network *network = job->net->network;
    size_t outputs = (network->batch + 1) * network->outputs[0].count;
    size_t count = 2 * outputs + CHECKED_STEPS;
    double *expected = calloc(count, sizeof(double)), *found = calloc(count, sizeof(double));
    const Contender *first = NULL;
    bool same = expected && found;
    for (int c = 0; same && c < job->count; c++) {
        const Contender *contender = &job->contenders[c];
        if (contender->is_alone) {
            continue;
        }
        give_net(contender, network, job->start);
        run_results(contender, job->data, network, first ? found : expected);
        size_t at = first ? first_difference(found, expected, count, outputs + 1) : count;
        if (at < count) {
            fprintf(
                stderr,
                "error: %s: %s computes %.9g, %s %.9g, as result %zu of %zu outputs, a cost, the "
                "outputs again, costs\n",
                network->name, contender->name, found[at], first->name, expected[at], at, outputs);
            same = false;
        }
        first = first ? first : contender;
    }
    free(expected);
    free(found);
    return same;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Seconds of steps, each run of which begins with the same net: a short training again and again,
   for after a very long one some of Adam's numbers would have become too small for a float, which
   is slow on most CPUs. Without Adam the runs are longer. */
static double time_steps(const Job *job, const Contender *contender, long calls) {
    const Batches *batches = job->operation == TRAIN_STREAM ? &job->data->stream : &job->data->one;
    long restart = job->net->depth > 0 && !job->net->is_adam ? LONG_RESTART : RESTART;
    double spent = 0;
    for (long done = 0; done < calls; done += restart) {
        give_net(contender, job->net->network, job->start);
        long steps = calls - done < restart ? calls - done : restart;
        double begin = now();
        contender->train(contender->self, batches, steps);
        spent += now() - begin;
    }
    return spent;
}

static double time_predictions(const Job *job, const Contender *contender, long calls) {
    const void *const *in = (const void *const *)job->data->one.in;
    give_net(contender, job->net->network, job->start);
    double begin = now();
    switch (job->operation) {
    case PREDICT_ONE:
        contender->predict(contender->self, calls, in, job->data->out);
        break;
    case PREDICT_CHAIN:
        contender->predict_chain(contender->self, calls, in, job->data->out);
        break;
    default:
        contender->predict_batch(contender->self, calls, in, job->data->out);
    }
    return now() - begin;
}

static double time_calls(const Job *job, const Contender *contender, long calls) {
    return job->operation <= TRAIN_STREAM ? time_steps(job, contender, calls)
                                          : time_predictions(job, contender, calls);
}

/* Calls that fill one measurement. */
static long calls_needed(const Job *job, const Contender *contender) {
    long calls = 1;
    double took;
    while ((took = time_calls(job, contender, calls)) < least_seconds / 4) {
        calls *= 2;
    }
    return took > least_seconds ? calls : (long)(least_seconds / took * (double)calls) + 1;
}

void measure(const Job *job, int rounds, double seconds[][MAX_ROUNDS]) {
    long calls[MAX_CONTENDERS];
    for (int c = 0; c < job->count; c++) {
        calls[c] = calls_needed(job, &job->contenders[c]);
    }
    for (int round = 0; round < rounds; round++) {
        for (int c = 0; c < job->count; c++) {
            const Contender *contender = &job->contenders[c];
            if (round == 0 || seconds[c][0] < long_call) {
                time_calls(job, contender, 1);
            }
            seconds[c][round] = time_calls(job, contender, calls[c]) / (double)calls[c];
            peak_rate();
        }
    }
}
