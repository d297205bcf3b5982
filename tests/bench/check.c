/* Whether contenders compute the same, so that they are timed doing the same. Each begins with the same
   net, predicts, makes a step and two more; the first contender is what the others are held against.

   The step is judged by how each tensor moved: the norm of the difference to the first contender's
   movement, beside the norm of that. A wrong sign gives 2, a bias that is left out 1, one example of
   256 that is left out 0.06. Optimizer state shows the gradient as it is, within 1e-6, unless the sum
   before a relu is zero but for rounding: one unit of one example that is on here and off there gives
   1e-3 at 1024 units. Adam's step shows less: it moves a weight by the whole rate in the direction of
   a gradient that is nothing but rounding, and one of 1024 that goes the other way gives 0.06. */

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MORE_STEPS = 2 };

static const double limits[AGREEMENT_COUNT] = {
    [AGREE_VALUES] = 1e-5, [AGREE_GRADIENTS] = 3e-3, [AGREE_WEIGHTS] = 0.2};

void give_net(const Contender *contender, const nn_network *network, const float *start) {
    contender->start(contender->self);
    for (size_t t = 0; t < network->tensor_count; t++) {
        contender->set(contender->self, network->tensors[t].name, start);
        start += network->tensors[t].count;
    }
}

/* What one contender came to. tensors: all, one after the other, NAN where it does not tell. */
typedef struct {
    float *before, *after, *last;  /* predictions of one example and of a batch */
    float *first_step, *last_step; /* tensors */
    float costs[1 + MORE_STEPS];
} Outcome;

static size_t output_count(const nn_network *network) {
    return (network->batch + 1) * network->outputs[0].count;
}

static size_t tensors_size(const nn_network *network) {
    size_t total = 0;
    for (size_t t = 0; t < network->tensor_count; t++) {
        total += network->tensors[t].count;
    }
    return total;
}

static float *new_floats(size_t count) {
    float *floats = calloc(count + 1, sizeof *floats);
    if (!floats) {
        fprintf(stderr, "error: out of memory\n");
        exit(1);
    }
    return floats;
}

static Outcome outcome_new(const nn_network *network) {
    size_t outputs = output_count(network), tensors = tensors_size(network);
    return (Outcome){new_floats(outputs), new_floats(outputs), new_floats(outputs),
                     new_floats(tensors), new_floats(tensors), {0}};
}

static void outcome_free(Outcome *outcome) {
    free(outcome->before);
    free(outcome->after);
    free(outcome->last);
    free(outcome->first_step);
    free(outcome->last_step);
}

static void predict(const Job *job, const Contender *contender, float *out) {
    const void *const *in = (const void *const *)job->data->one.in;
    contender->predict(contender->self, 1, in, out);
    contender->predict_batch(contender->self, 1, in, out + job->net->network->outputs[0].count);
}

static void get_tensors(const Job *job, const Contender *contender, float *out) {
    const nn_network *network = job->net->network;
    for (size_t t = 0; t < network->tensor_count; t++) {
        if (contender->get(contender->self, network->tensors[t].name, out) == 0) {
            out[0] = NAN;
        }
        out += network->tensors[t].count;
    }
}

static void find_outcome(const Job *job, const Contender *contender, Outcome *outcome) {
    give_net(contender, job->net->network, job->start);
    predict(job, contender, outcome->before);
    outcome->costs[0] = contender->train(contender->self, &job->data->one, 1);
    predict(job, contender, outcome->after);
    get_tensors(job, contender, outcome->first_step);
    for (int s = 1; s <= MORE_STEPS; s++) {
        outcome->costs[s] = contender->train(contender->self, &job->data->one, 1);
    }
    predict(job, contender, outcome->last);
    get_tensors(job, contender, outcome->last_step);
}

/* One thing that two contenders are held against each other by. */
typedef struct {
    const Contender *contender, *first;
    const char *what;
    int step; /* after which one; 0: before any */
    Agreement agreement;
} Case;

/* Keeps the largest; says where it is too large. */
static bool judge(Job *job, const Case *of, double difference) {
    double *most = &job->agreement[of->agreement];
    *most = difference > *most ? difference : *most;
    bool is_near = difference <= limits[of->agreement];
    if (!is_near) {
        fprintf(stderr,
                "error: %s: %s and %s differ by %.2g in %s after %d steps; %.2g is allowed\n",
                job->net->name, of->contender->name, of->first->name, difference, of->what,
                of->step, limits[of->agreement]);
    }
    return is_near;
}

/* The largest difference, relative where values are larger than 1. NaN, where there is one. */
static double value_difference(const float *found, const float *expected, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count && most <= 1; i++) {
        double off =
            fabs((double)found[i] - (double)expected[i]) / fmax(1, fabs((double)expected[i]));
        most = off <= most ? most : off;
    }
    return most;
}

/* |found - expected| / |expected - from|, norms. */
static double movement_difference(const float *found, const float *expected, const float *from,
                                  size_t count) {
    double off = 0, moved = 0;
    for (size_t i = 0; i < count; i++) {
        double d = (double)found[i] - (double)expected[i];
        double m = (double)expected[i] - (double)from[i];
        off += d * d;
        moved += m * m;
    }
    return off == 0 ? 0 : sqrt(off / moved);
}

/* Weights and state against the first contender's, where both tell. Steps after the first begin with
   weights that Adam has made differ. */
static bool same_tensors(Job *job, Case of, const float *found, const float *expected) {
    const nn_network *network = job->net->network;
    const float *from = job->start;
    bool same = true, has_sgd = job->net->depth > 0 && !job->net->is_adam;
    for (size_t t = 0; t < network->tensor_count; t++) {
        const nn_tensor *tensor = &network->tensors[t];
        bool is_linear = of.step == 1 && (tensor->role != NN_PARAMETER || has_sgd);
        of.what = tensor->name;
        of.agreement = is_linear ? AGREE_GRADIENTS : AGREE_WEIGHTS;
        if (!isnan(found[0]) && !isnan(expected[0])) {
            same &= judge(job, &of, movement_difference(found, expected, from, tensor->count));
        }
        found += tensor->count;
        expected += tensor->count;
        from += tensor->count;
    }
    return same;
}

static bool same_outcome(Job *job, Case of, const Outcome *found, const Outcome *expected) {
    size_t outputs = output_count(job->net->network);
    of.agreement = AGREE_VALUES;
    of.what = "predictions";
    bool same = judge(job, &of, value_difference(found->before, expected->before, outputs));
    of.what = "the cost";
    same &= judge(job, &of, value_difference(found->costs, expected->costs, 1));
    of.step = 1;
    same &= same_tensors(job, of, found->first_step, expected->first_step);
    of.agreement = AGREE_WEIGHTS;
    of.what = "how far predictions move";
    same &= judge(job, &of,
                  movement_difference(found->after, expected->after, expected->before, outputs));
    of.step = 1 + MORE_STEPS;
    same &= same_tensors(job, of, found->last_step, expected->last_step);
    of.agreement = AGREE_WEIGHTS;
    of.what = "how far predictions move";
    same &= judge(job, &of,
                  movement_difference(found->last, expected->last, expected->before, outputs));
    of.what = "how far the cost moves";
    return same & judge(job, &of,
                        movement_difference(&found->costs[MORE_STEPS], &expected->costs[MORE_STEPS],
                                            expected->costs, 1));
}

bool same_results(Job *job) {
    const nn_network *network = job->net->network;
    Outcome expected = outcome_new(network), found = outcome_new(network);
    const Contender *first = NULL;
    bool same = true;
    for (int c = 0; c < job->count; c++) {
        const Contender *contender = &job->contenders[c];
        if (!contender->is_alone) {
            find_outcome(job, contender, first ? &found : &expected);
            same &= !first || same_outcome(job, (Case){.contender = contender, .first = first},
                                           &found, &expected);
            first = first ? first : contender;
        }
    }
    outcome_free(&expected);
    outcome_free(&found);
    return same;
}
