/* FANN's training of one batch, by its own batch gradient descent: the last layer is a sigmoid and the
   loss the squared error of one-hot targets, for it has no other; hidden layers are symmetric
   sigmoids or, in place of relu, its piecewise linear function. So it is timed, and not compared. */

#define INPUT_FIELDS 1
#define FIELDS 2

#include "bench.h"

#include <floatfann.h>

#include <stdlib.h>
#include <string.h>

typedef struct {
    struct fann *ann;
    struct fann_train_data *data; /* its rows point into `inputs` and `targets` */
    int batch, in, out;
    bool is_onehot;
    float *targets;
} Self;

/* FANN wants a pointer to every row, and targets as numbers. */
static void point_at(Self *self, const void *const *in) {
    const float *x = in[0];
    for (int b = 0; b < self->batch; b++) {
        self->data->input[b] = (float *)(uintptr_t)(x + b * self->in);
        float *target = self->targets + b * self->out;
        if (self->is_onehot) {
            memset(target, 0, (size_t)self->out * sizeof *target);
            target[((const int32_t *)in[1])[b]] = 1;
        } else {
            memcpy(target, (const float *)in[1] + b * self->out,
                   (size_t)self->out * sizeof *target);
        }
        self->data->output[b] = target;
    }
}

static __attribute__((noinline)) float step(Self *self, const void *const *in) {
    point_at(self, in);
    return fann_train_epoch(self->ann, self->data);
}

static __attribute__((noinline)) void predict_one(Self *self, const void *const *in, float *out) {
    memcpy(out, fann_run(self->ann, (float *)(uintptr_t)in[0]), (size_t)self->out * sizeof *out);
}

static __attribute__((noinline)) void predict_many(Self *self, const void *const *in, float *out) {
    for (int b = 0; b < self->batch; b++) {
        const void *row = (const float *)in[0] + b * self->in;
        predict_one(self, &row, out + b * self->out);
    }
}

#include "loops.h"

/* It begins with weights of its own, and goes on from where it is. */
static void start(void *self) {
    (void)self;
}

static void set(void *self, const char *tensor, const float *values) {
    (void)self, (void)tensor, (void)values;
}

static struct fann *network_of(const Net *net) {
    unsigned sizes[MAX_LAYERS + 1];
    for (int l = 0; l <= net->depth; l++) {
        sizes[l] = (unsigned)net->sizes[l];
    }
    struct fann *ann = fann_create_standard_array((unsigned)net->depth + 1, sizes);
    if (ann) {
        fann_set_activation_function_hidden(ann, net->is_tanh ? FANN_SIGMOID_SYMMETRIC
                                                              : FANN_LINEAR_PIECE);
        fann_set_activation_function_output(ann, net->is_tanh ? FANN_LINEAR : FANN_SIGMOID);
        fann_set_training_algorithm(ann, FANN_TRAIN_BATCH);
        fann_set_learning_rate(ann, 0.001f);
    }
    return ann;
}

static Self *self_new(const Net *net) {
    Self *self = calloc(1, sizeof *self);
    if (!self) {
        return NULL;
    }
    int batch = (int)net->network->batch;
    *self = (Self){.ann = network_of(net),
                   .batch = batch,
                   .in = net->sizes[0],
                   .out = net->sizes[net->depth],
                   .is_onehot = net->network->targets[0].is_onehot};
    self->data = fann_create_train((unsigned)batch, (unsigned)self->in, (unsigned)self->out);
    self->targets = calloc((size_t)(batch * self->out), sizeof *self->targets);
    return self->ann && self->data && self->targets ? self : NULL;
}

__attribute__((visibility("default"))) ModuleOpen module_open;
int module_open(const Net *net, Contender *contenders) {
    if (net->depth == 0) {
        return 0;
    }
    contenders[0] = (Contender){
        .name = "FANN", .self = self_new(net), .is_alone = true, .start = start, .set = set, LOOPS};
    return 1;
}
