/* Contenders against the clock, in turns, so that what disturbs the machine disturbs all; and against each other's results,
   so that they are timed doing the same. The clock counts the time this thread had a core. */

#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHECKED_STEPS = 5 };
static const double least_seconds = 0.008; /* of one measurement */
static const double tolerance = 1e-4;      /* of costs and outputs, all of them around 1 */

void give_net(const Contender *contender, const nn_network *network, const float *start) {
    contender->start(contender->self);
    for (size_t t = 0; t < network->tensor_count; t++) {
        contender->set(contender->self, network->tensors[t].name, start);
        start += network->tensors[t].count;
    }
}

static bool is_near(double a, double b) {
    return fabs(a - b) <= tolerance * fmax(1, fabs(b));
}

/* Costs of some steps, then the predictions of the net they lead to. */
static void run_results(const Contender *contender, const Data *data, const nn_network *network,
                        double *results) {
    for (int s = 0; s < CHECKED_STEPS; s++) {
        *results++ = (double)contender->train_step(contender->self, data->in[s % BATCHES]);
    }
    size_t width = network->outputs[0].count;
    for (int one = 0; one < 2; one++) {
        size_t n = one ? 1 : network->batch;
        memset(data->out, 0, network->batch * width * sizeof(float));
        contender->predict(contender->self, n, data->in[0], data->out);
        for (size_t i = 0; i < n * width; i++) {
            *results++ = (double)data->out[i];
        }
    }
}

bool same_results(const Contender *contenders, int count, const Net *net, const float *start,
                  const Data *data) {
    const nn_network *network = net->network;
    size_t result_count = CHECKED_STEPS + (network->batch + 1) * network->outputs[0].count;
    double *expected = calloc(result_count, sizeof(double)),
           *found = calloc(result_count, sizeof(double));
    bool same = expected && found;
    for (int c = 0; same && c < count; c++) {
        give_net(&contenders[c], network, start);
        run_results(&contenders[c], data, network, c == 0 ? expected : found);
        for (size_t i = 0; same && c > 0 && i < result_count; i++) {
            same = is_near(found[i], expected[i]);
            if (!same) {
                fprintf(stderr,
                        "error: %s: %s computes %.9g, %s %.9g, as result %zu of 5 costs, then "
                        "outputs\n",
                        network->name, contenders[c].name, found[i], contenders[0].name,
                        expected[i], i);
            }
        }
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

static double run_once(const Contender *contender, const Data *data, size_t n, long calls) {
    double begin = now();
    for (long i = 0; i < calls; i++) {
        if (n == 0) {
            contender->train_step(contender->self, data->in[i % BATCHES]);
        } else {
            contender->predict(contender->self, n, data->in[0], data->out);
        }
    }
    return now() - begin;
}

/* Calls that fill one measurement. */
static long calls_needed(const Contender *contender, const Data *data, size_t n) {
    long calls = 1;
    while (calls < 1000000000 && run_once(contender, data, n, calls) < least_seconds / 2) {
        calls *= 2;
    }
    return calls * 2;
}

void measure(const Contender *contenders, int count, const Net *net, const float *start,
             const Data *data, Operation operation, int rounds, double seconds[][MAX_ROUNDS]) {
    size_t n = operation == TRAIN_STEP ? 0 : operation == PREDICT_ONE ? 1 : net->network->batch;
    long calls[MAX_CONTENDERS];
    for (int c = 0; c < count; c++) {
        give_net(&contenders[c], net->network, start);
        calls[c] = calls_needed(&contenders[c], data, n);
    }
    for (int round = 0; round < rounds; round++) {
        for (int c = 0; c < count; c++) {
            give_net(&contenders[c], net->network, start);
            run_once(&contenders[c], data, n, 1);
            seconds[c][round] = run_once(&contenders[c], data, n, calls[c]) / (double)calls[c];
        }
    }
}
