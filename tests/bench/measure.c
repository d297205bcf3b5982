/* Contenders against the clock, in turns, so that what disturbs the machine disturbs all. The clock
   counts the time this thread had a core. */

#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <time.h>

enum { RESTART = 500, LONG_RESTART = 100000, LEAST_ROUNDS = 3 };
static const double long_call = 0.05;   /* seconds: such a call needs no other before it */
static const double most_seconds = 1.5; /* of a call that streams, which is more than rounds are
                                           worth */

const char *const operation_names[OPERATION_COUNT] = {
    "train step", "train step, streaming", "predict 1", "predict 1, latency", "predict batch"};

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

/* How one contender is measured. */
typedef struct {
    long calls;   /* that fill one measurement */
    int rounds;   /* fewer than the others' where they would take too long */
    double first; /* seconds of one call, the last that was tried */
} Trial;

static Trial try_calls(const Job *job, const Contender *contender, const Pace *pace) {
    long calls = 1;
    double took;
    while ((took = time_calls(job, contender, calls)) < pace->least_seconds / 4) {
        calls *= 2;
    }
    double one = took / (double)calls;
    calls = took > pace->least_seconds ? calls : (long)(pace->least_seconds / one) + 1;
    double affordable = pace->budget / (one * (double)calls);
    int rounds = affordable < pace->rounds ? (int)affordable : pace->rounds;
    int least = pace->rounds < LEAST_ROUNDS ? pace->rounds : LEAST_ROUNDS;
    return (Trial){calls, rounds < least ? least : rounds, one};
}

/* All get the calls of the one that makes most, and the rounds of the one that can afford fewest. */
static void make_even(Trial *trials, int count) {
    Trial even = trials[0];
    for (int c = 1; c < count; c++) {
        even.calls = trials[c].calls > even.calls ? trials[c].calls : even.calls;
        even.rounds = trials[c].rounds < even.rounds ? trials[c].rounds : even.rounds;
    }
    for (int c = 0; c < count; c++) {
        trials[c].calls = even.calls;
        trials[c].rounds = even.rounds;
    }
}

/* Whether what is long known to be slow need not be shown to be slow once more. */
static bool is_hopeless(const Job *job, const Trial *trial) {
    return job->operation == TRAIN_STREAM && trial->first > most_seconds;
}

/* How each contender is measured. A call that takes all of the budget has been a round. */
static void plan(const Job *job, const Pace *pace, Trial *trials, Series *series) {
    for (int c = 0; c < job->count; c++) {
        trials[c] = try_calls(job, &job->contenders[c], pace);
        series[c].count = 0;
        if (trials[c].first > pace->budget && !pace->is_even) {
            series[c].seconds[series[c].count++] = trials[c].first;
        }
        if (is_hopeless(job, &trials[c])) {
            trials[c].rounds = series[c].count;
        }
    }
    if (pace->is_even) {
        make_even(trials, job->count);
    }
}

static void take_turn(const Job *job, const Contender *contender, const Trial *trial,
                      Series *series) {
    if (series->count < trial->rounds) {
        if (trial->first < long_call) {
            time_calls(job, contender, 1);
        }
        series->seconds[series->count++] =
            time_calls(job, contender, trial->calls) / (double)trial->calls;
    }
}

void measure(const Job *job, const Pace *pace, Series *series) {
    Trial trials[MAX_CONTENDERS];
    plan(job, pace, trials, series);
    for (int round = 0; round < pace->rounds; round++) {
        for (int turn = 0; turn < job->count; turn++) {
            int c = round % 2 == 0 ? turn : job->count - 1 - turn;
            take_turn(job, &job->contenders[c], &trials[c], &series[c]);
            if (pace->sees_peak) {
                peak_rate();
            }
        }
    }
}
