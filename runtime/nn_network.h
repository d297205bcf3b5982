/* The description of a generated net: names, shapes, sizes and all functions under one signature.
   Emitted code fills one constant of type nn_network per net, and the training driver works on that
   alone. In: nothing. Out: the types; no functions, and no other headers but the standard ones. */

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
    NN_STATE,     /* state of a layer, such as running statistics */
    NN_OPTIMIZER, /* state of an optimizer, such as moments */
    NN_SCALING,   /* low and scale of an input or a target */
    NN_SETTING    /* one number that only the caller changes */
} nn_role;

/* A tensor of the net, in the row-major form that get and set use. */
typedef struct nn_tensor {
    const char *name;
    nn_role role;
    size_t count; /* elements */
    size_t rank;
    size_t shape[NN_MAX_RANK];
} nn_tensor;

/* An input, a target or an output of one example; or a metric. */
typedef struct nn_field {
    const char *name;
    size_t count;   /* values per example; for a onehot target, the number of classes */
    size_t rank;
    size_t shape[NN_MAX_RANK];
    int is_onehot;  /* the caller passes one int32_t class index, not `count` reals */
    int is_scaled;  /* fit sets its scaling; the loss is computed on scaled targets */
} nn_field;

/* One of the versions of a net of --target=any. */
typedef struct nn_version {
    const char *name; /* as --target has it */
    int target;       /* its NN_TARGET */
} nn_version;

/* The one signature of all functions of a net. `in` points to an array of pointers, `out` to the
   result; each member below says to what. */
typedef void nn_thunk(void *net, void *work, size_t n, const void *const *in, void *out);

typedef struct nn_network {
    const char *name;
    const char *model_hash;   /* hexadecimal, of the model's text */
    size_t real_size;         /* sizeof(float) or sizeof(double), the type of all reals */
    size_t batch;             /* n of loss, evaluate, gradient and train_step is 1 .. batch */
    size_t net_size, net_align;
    /* 0 where there is nothing to train or to predict. Works must be zeroed before first use. */
    size_t work_size, work_align;
    size_t predict_work_size, predict_work_align;
    size_t input_count, target_count, output_count, tensor_count, metric_count;
    /* sum_count: the sums over examples that all metrics need; figure_count: the numbers that are
       computed from them. Where there is one more figure than `metrics` have, it is the loss over
       all examples, for a loss that is not the mean over batches. */
    size_t sum_count, figure_count;
    /* The inputs are two items of equal shapes; the only target is 1 where their labels are equal,
       else 0. */
    int is_pairs;
    const nn_field *inputs, *targets, *outputs;
    /* The fields in the order of declaration, which data files follow: i is input i, or from
       input_count on target i - input_count. NULL: inputs, then targets. */
    const size_t *order;
    const nn_tensor *tensors;
    const nn_field *metrics;
    /* output_targets: per output, the onehot target (from 1) whose classes its values belong to,
       which is the one next to it in the loss or a metric. metric_targets: per metric, the target
       that it uses. 0: none, or more than one. NULL: 0 for all. */
    const int *output_targets, *metric_targets;

    nn_thunk *init;         /* in[0]: const uint64_t seed */
    nn_thunk *set_epoch;    /* in[0]: const uint32_t {epoch, epochs} */
    /* n examples. in: inputs, then targets; those that are not scaled may be NULL. out: int, 1; or 0
       where a number is not finite or n is 0, and then nothing has changed. The function is NULL
       where no field is scaled. */
    nn_thunk *fit;
    /* work: predict_work; any n. in: the inputs; out: void *const *, one array of reals per
       output. */
    nn_thunk *predict;
    /* in: inputs, then targets; out: real. Without a loss in the model, this and all down to
       train_step are NULL. */
    nn_thunk *loss;
    /* As loss, but out: double[1 + sum_count], the mean loss, then the sums for the metrics. */
    nn_thunk *evaluate;
    /* n: the number of all examples; in[0]: const double sums[sum_count] over them;
       out: double[figure_count]. NULL where there are no figures. */
    nn_thunk *finish;
    nn_thunk *gradient;     /* as loss, with the net in training */
    nn_thunk *update;       /* NULL where the update needs the data: use train_step */
    nn_thunk *train_step;   /* gradient and update */
    nn_thunk *get;          /* in[0]: name; out: reals */
    nn_thunk *set;          /* in[0]: name; in[1]: reals */
    nn_thunk *get_gradient; /* in[0]: name; out: reals; work: as gradient left it */
    nn_thunk *get_counters; /* out: uint64_t {seed, step, epoch, epochs} */
    nn_thunk *set_counters; /* in[0]: const uint64_t {seed, step, epoch, epochs} */

    /* Those that this program holds, the best first, then one without a name; NULL, with the
       functions, where the net has one target. */
    const nn_version *versions;
    int (*use)(const char *version); /* 0: there is none of this name, or the CPU lacks what it needs */
    const char *(*version)(void);    /* the one in use */
} nn_network;

#ifdef __cplusplus
}
#endif

#endif
