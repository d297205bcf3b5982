/* What a generated net says of itself: names, shapes, sizes and thunks of one signature. The
   training driver works on this alone; emitted code fills one constant of this type per net. No
   allocation, no dependency but the standard headers. */

#ifndef NN_NETWORK_H
#define NN_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NN_MAX_RANK = 6 };

typedef enum {
    NN_PARAMETER, /* learned */
    NN_STATE,     /* a layer's, such as running statistics */
    NN_OPTIMIZER, /* an optimizer's, such as moments */
    NN_SCALING,   /* an input's or a target's low and scale */
    NN_SETTING    /* one number that only the caller changes */
} nn_role;

/* A tensor of the net, as get and set speak of it: row-major. */
typedef struct nn_tensor {
    const char *name;
    nn_role role;
    size_t count; /* elements */
    size_t rank;
    size_t shape[NN_MAX_RANK];
} nn_tensor;

/* An input, a target or an output, per example; or a metric. */
typedef struct nn_field {
    const char *name;
    size_t count;   /* values of one example; of a onehot target: the number of classes */
    size_t rank;
    size_t shape[NN_MAX_RANK];
    int is_onehot;  /* the caller passes one int32_t class index instead of count reals */
    int is_scaled;  /* fit sets its range; of a target, the loss is of the scaled value */
} nn_field;

/* Every function of a net in one form. `in` holds pointers, `out` one; what they mean stands at
   each member below. */
typedef void nn_thunk(void *net, void *work, size_t n, const void *const *in, void *out);

typedef struct nn_network {
    const char *name;
    const char *model_hash;   /* hexadecimal, of the model's text */
    size_t real_size;         /* sizeof(float) or sizeof(double): the type of all reals below */
    size_t batch;             /* n of loss, evaluate, gradient and train_step is 1 .. batch */
    size_t net_size, net_align;
    /* 0 where there is nothing to train or to predict; works must be zeroed once. */
    size_t work_size, work_align;
    size_t predict_work_size, predict_work_align;
    size_t input_count, target_count, output_count, tensor_count, metric_count;
    /* Numbers of all metrics: that they sum, that they come to. Where figures are one more than
       those of `metrics`, the last is the loss over all examples, which then is no mean over their
       batches: its sums are among the others. */
    size_t sum_count, figure_count;
    /* The inputs are two items of equal shapes, the one target is 1 where their labels are equal,
       else 0. */
    int is_pairs;
    const nn_field *inputs, *targets, *outputs;
    /* As data files have them: fields in the order of declaration, inputs by number, then
       targets from input_count on. NULL: in just that order. */
    const size_t *order;
    const nn_tensor *tensors;
    const nn_field *metrics;
    /* Per output the onehot target, numbered from 1, whose classes its values are for: beside
       which it stands in the loss or a metric; per metric the target that it is about. 0: none,
       or more than one. NULL: 0 for all. */
    const int *output_targets, *metric_targets;

    nn_thunk *init;         /* in[0]: const uint64_t seed */
    nn_thunk *set_epoch;    /* in[0]: const uint32_t {epoch, epochs} */
    /* n examples; in: inputs, then targets, NULL allowed where one is not scaled; out: int, 1, or 0
       with nothing changed where a number is not finite or n is 0. NULL if none is scaled. */
    nn_thunk *fit;
    /* work: predict_work; any n; in: the inputs; out: void *const *, one array of reals per
       output. */
    nn_thunk *predict;
    nn_thunk *loss; /* in: inputs, then targets; out: real. NULL without a loss, as those below */
    /* As loss; out: double[1 + sum_count]: the mean loss, then the metrics' sums over the n
       examples. */
    nn_thunk *evaluate;
    /* n: examples seen; in[0]: const double sums[sum_count] over all; out: double[figure_count].
       NULL without figures. */
    nn_thunk *finish;
    nn_thunk *gradient;     /* as loss, in training */
    nn_thunk *update;       /* NULL where only train_step can: the update needs the data */
    nn_thunk *train_step;   /* as gradient, and updates */
    nn_thunk *get;          /* in[0]: name; out: reals */
    nn_thunk *set;          /* in[0]: name; in[1]: reals */
    nn_thunk *get_gradient; /* in[0]: name; out: reals; work as gradient left it */
    nn_thunk *get_counters; /* out: uint64_t {seed, step, epoch, epochs} */
    nn_thunk *set_counters; /* in[0]: const uint64_t {seed, step, epoch, epochs} */
} nn_network;

#ifdef __cplusplus
}
#endif

#endif
