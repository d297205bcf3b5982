/* The header of an emitted net. */

//: block header
//: if own_header
/* $banner
   $made_of

   What this file is and the runtime parts that net.c includes are yours to use without
   conditions. */

//: end
#ifndef NNGEN_${net}_H
#define NNGEN_${net}_H

#ifdef NNGEN_CAPITALS_${NET}
#error "the names of two networks differ in case alone: ${NET}_BATCH would mean both"
#endif
#define NNGEN_CAPITALS_${NET}
/* Of all that stands in this file and in the C, which belong together. */
#define ${NET}_PAIR $pair

#include <stddef.h>
#include <stdint.h>

#include "nn.h"

#if defined(__cplusplus)
#define ${NET}_ALIGNED alignas($align)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define ${NET}_ALIGNED _Alignas($align)
#elif defined(__GNUC__)
#define ${NET}_ALIGNED __attribute__((aligned($align)))
#else
#define ${NET}_ALIGNED
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ${NET}_BATCH = $batch,           /* examples of a training step, at most */
    ${NET}_PARAMETERS = $parameters, /* learned numbers */
    ${NET}_GRADIENTS = $gradients,   /* numbers in the block of gradients */
//: if has_hessian
    ${NET}_DIRECTION = $direction,   /* numbers of a direction of hessian_times, and of its product */
//: end
    ${NET}_ALIGN = $align
};
//: if chooses

/* Numbers in the scratch of a work: as many as any version needs that there is for the processor. */
enum {
#if defined(__x86_64__)
//: if trains
    ${NET}_ARENA = $arena,
//: end
    ${NET}_PREDICT_ARENA = $predict_arena
#elif defined(__aarch64__)
//: if trains
    ${NET}_ARENA = $arena_aarch64,
//: end
    ${NET}_PREDICT_ARENA = $predict_arena_aarch64
#else
//: if trains
    ${NET}_ARENA = $arena_other,
//: end
    ${NET}_PREDICT_ARENA = $predict_arena_other
#endif
};
//: end

/* What is worth saving: parameters, state, counters; no pointers inside, so that memcpy copies
   a net. */
typedef struct $self {
//: for members
    ${NET}_ALIGNED $real $member[$count]; /* $comment */
//: end
    ${counters_aligned}uint64_t seed, step; /* step: completed updates */
    uint32_t epoch, epochs;
} $self;

//: if trains
/* Scratch of training: activations and gradients. Zero it once (static, calloc or = {0}). */
typedef struct ${net}_work {
//: if chooses
    ${NET}_ALIGNED $real arena[${NET}_ARENA];
//: else
    ${NET}_ALIGNED $real arena[$arena];
//: end
    $real gradients[$gradients_or_one];
//: if has_hessian
    $real direction[$gradients_or_one]; /* of hessian_times, in the order of gradients */
    $real product[$gradients_or_one];
//: end
    $real share[$rows];
//: for data
//: if is_class
    int32_t rows_$name[$rows]; /* an incomplete batch, filled up */
//: else
    $real rows_$name[$rows * $count]; /* an incomplete batch, filled up */
//: end
//: end
    uint64_t count; /* examples in the gradients */
    uint32_t first; /* index of the batch's first example among all: dropout differs by it */
//: if splits
    uint32_t ready; /* 1: there are gradients that update may apply */
//: end
} ${net}_work;

//: end
//: if predicts
/* Scratch of prediction. Zero it once. */
typedef struct ${net}_predict_work {
//: if chooses
    ${NET}_ALIGNED $real arena[${NET}_PREDICT_ARENA];
//: else
    ${NET}_ALIGNED $real arena[$predict_arena];
//: end
//: for fields
    $real rows_$name[$group * $count]; /* an incomplete group, filled up */
//: end
    uint32_t first;
} ${net}_predict_work;

//: end
/* Constants of type size_t, which an enum could not hold. */
#define ${NET}_SIZE sizeof($self)
//: if trains
#define ${NET}_WORK_SIZE sizeof(${net}_work)
//: end
//: if predicts
#define ${NET}_PREDICT_WORK_SIZE sizeof(${net}_predict_work)
//: end

/* What holds for all functions. Arrays of the caller need the alignment of their numbers and no
   more, and nothing behind their end is read. The structs lie at multiples of ${NET}_ALIGN, as
   variables of their types do, and memory from aligned_alloc(${NET}_ALIGN, ${NET}_SIZE). An array
   that a function writes to overlaps nothing else that it is given, but where it says so. Numbers
   that are not finite are no error: a step on them may make the cost that it returns, parameters
   and what the optimizer keeps NaN or infinite, and these stay so. The way back is a copy of the
   net; work needs nothing. */

//: if is_any
/* This net has versions for several processors. The best one for the CPU is chosen when it is first
   used, once for all threads; results are those of that version. A build whose flags ask for more
   than the CPU has, such as -march=x86-64-v4, fails there as any program does. */

/* Uses this version: $version_names. 0, and nothing changes, where this
   program has none of that name, or the CPU lacks what it needs. NULL: the best one. */
int ${net}_use(const char *version);
/* The name of the version in use. */
const char *${net}_version(void);

//: end
/* Draws the initial parameters from `seed`; counters and state are as new. */
void ${net}_init($self *net, uint64_t seed);
/* For schedules: the number of this epoch, from 0, and how many there will be. */
void ${net}_set_epoch($self *net, uint32_t epoch, uint32_t epochs);
//: if scaled
//: if scaled_targets
/* Takes the range of scaled inputs and targets from n examples of training data: 1. Where one of
   their numbers is not finite, or n is 0, nothing changes: 0. */
//: else
/* Takes the range of scaled inputs from n examples of training data: 1. Where one of their numbers
   is not finite, or n is 0, nothing changes: 0. */
//: end
int ${net}_fit($self *net, size_t n$fit_parameters);
//: end
//: if predicts
//: if unscaled_outputs
/* Outputs in the units of scaled targets: $unscaled_outputs. */
//: end
/* One example. An output may take the place of an input: it may be the same array, where that is
   long enough for both. */
void ${net}_predict(const $self *net, ${net}_predict_work *work$input_parameters$output_parameters);
//: if is_mixed
/* Any number of examples. Here an output may take the place of an input that has as many numbers
   or more. */
//: else
/* Any number of examples. Here, too, an output may take the place of an input. */
//: end
void ${net}_predict_batch(const $self *net, ${net}_predict_work *work, size_t n$input_parameters$output_parameters);
//: end
//: for jacobians
/* Derivative of $meaning, for one example, as in prediction: $shape numbers, which may take the place
   of an input. */
void ${net}_$function(const $self *net, ${net}_predict_work *work$input_parameters$target_parameters, $real *$name);
//: end
//: if trains
/* n is 1 .. $batch here and below; otherwise nothing happens and 0 comes back. All give the mean
   cost over the n examples: loss as in prediction, the others as in training and before the
//: if scaled_targets
   update. The cost is of scaled targets, which are passed as the data have them: $scaled_targets. */
//: else
   update. */
//: end
$real ${net}_loss(const $self *net, ${net}_work *work, size_t n$data_parameters);
/* Forward, backward and update in one. */
$real ${net}_train_step($self *net, ${net}_work *work, size_t n$data_parameters);
//: if splits
/* Gradients stay in work. gradient_add adds n examples to those that are there: the mean over all
   of them. */
$real ${net}_gradient(const $self *net, ${net}_work *work, size_t n$data_parameters);
$real ${net}_gradient_add(const $self *net, ${net}_work *work, size_t n$data_parameters);
//: else
/* Gradients stay in work. There is no update by them: this net's needs the data as well, and
   train_step is the only one. */
$real ${net}_gradient(const $self *net, ${net}_work *work, size_t n$data_parameters);
//: end
/* The block of ${NET}_GRADIENTS gradients, with the new state of layers: for sums over ranks. It lies
   in an order of its own, which differs between targets and options; get_gradient gives one as
   users know it. */
$real *${net}_gradients(${net}_work *work);
//: if splits
/* Applies the gradients in work, as often as it is called, or what the caller has put into their
   block. Before the first call of gradient or gradients nothing happens. */
void ${net}_update($self *net, ${net}_work *work);
//: end
//: if has_hessian
/* The Hessian of the cost that gradient returns, by the trained parameters, times a direction. Both
   are ${NET}_DIRECTION numbers and may be one array. They hold the parameters one behind the other,
   each row-major, as get gives it:

//: for directions
       $line
//: end

   The gradients in work stay as they are. */
void ${net}_hessian_times(const $self *net, ${net}_work *work, size_t n$data_parameters, const $real *direction, $real *product);
//: end
/* The index of the next batch's first example in the whole batch, where that is split; 0 to
   begin with. */
void ${net}_set_first(${net}_work *work, uint32_t first);
/* The gradient of a parameter, row-major; its count, 0 if there is none of that name. */
size_t ${net}_get_gradient(const ${net}_work *work, const char *name, $real *out);
//: end
/* A tensor or a counter (seed, step, epoch, epochs: rounded to $real) by name, row-major, a dense
   weight as [out, in]; its count, 0 if there is none of that name, or if a counter is set to what
   is no whole number from 0 on that it can hold. */
size_t ${net}_get(const $self *net, const char *name, $real *out);
size_t ${net}_set($self *net, const char *name, const $real *in);

extern const nn_network ${net}_network;

#ifdef __cplusplus
}
#endif

#endif
//: end
