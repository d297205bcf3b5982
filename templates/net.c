/* The source of an emitted net: head, cores, public functions, and what the network says of itself. */

//: block banner
/* $banner
   $made_of

//: if scaled_targets
   Scaled targets, whose range fit takes: $scaled_targets.
//: end
//: if unscaled_outputs
   Outputs in the units of these: $unscaled_outputs.
//: end
//: if scaled_targets

//: end
   FLOPs: 2 for a multiply-add, 1 for any other operation on one element, be it a quotient, exp, a
   comparison or a random number, 0 for moving values. What has no line of its own counts with the
   first named value that needs it, or else with the first line that does.

//: for functions
   $line
//: end

   Offsets and sizes are in bytes, as where 8-byte numbers are aligned to 8. "kept as" is a type, or
   how elements lie in memory where that is not as in the shape with examples outermost: b goes over
   examples, i, j and so on over the axes, the last of them from place to place. i/32 and i:32 are
   blocks of 32 and what is within a block; of i/32+18 the last block has 18.

//: for net_members
   $line
//: end
//: if work_members

//: for work_members
   $line
//: end
//: end
//: if gradient_members

//: for gradient_members
   $line
//: end
//: end
//: if predict_work_members

//: for predict_work_members
   $line
//: end
//: end

   Values, B[..] for each example, FLOPs/ex of one example. In the scratch, values whose lives do
   not meet share memory; a view is part of another value's memory or registers.
//: if values_of_predict

//: for values_of_predict
   $line
//: end
//: end
//: if values_of_train_step

//: for values_of_train_step
   $line
//: end
//: end
//: if plans

   Plans: what runs in vector lanes, and what beside each other in registers; kernels that serve
   several functions stand once.

//: for plans
   $line
//: end
//: end

   What this file is and the runtime parts that it includes are yours to use without conditions. */

//: end
//: block head
//: if least_int
#include <limits.h>
#if INT_MAX < $least_int
#error "the arrays of this net are too large for the int of this compiler: it needs 32 bits"
#endif

//: end
#define NN_DOUBLE $is_double
//: if estimates
#define NN_ESTIMATES 1
//: end
//: if random
#define NN_USES_RANDOM 1
//: end
//: if is_any
#define NN_CHOOSES 1
//: end
#define NN_TARGET $runtime
#include "nn.h"
#if NN_VERSION != $version_number
#error "nn.h is not that of nngen $version, which wrote this: nngen --emit=runtime -o nn.h writes it"
#endif

//: if header_name
#include "$header_name"

//: end
//: end
//: block pair
#if !defined ${NET}_PAIR || ${NET}_PAIR != $pair
#error "$net: C and header come from different runs of nngen: make both again"
#endif

//: end
//: block one_version
static const nn_version ${net}_versions[] = {
//: for versions
    {"$name", $target},
//: end
    {NULL, 0},
};

int ${net}_use(const char *version) {
    return nn_version_target(${net}_versions, version) != 0;
}

const char *${net}_version(void) {
    return ${net}_versions[0].name;
}

//: end
//: block plain_begin
/* ---- version $name: the first of the others says what each kernel computes ---- */

#if $condition

//: end
//: block plain_end
#endif

//: end
//: block common_end
#define NN_END
#include "nn.h"

//: end
//: block version_begin
//: if is_first
/* ---- version $name ---- */
//: else
/* ---- version $name: the first version says what each kernel computes ---- */
//: end

#if $condition
#define NN_DOUBLE $is_double
//: if has_estimates
#define NN_ESTIMATES 1
//: end
//: if is_random
#define NN_USES_RANDOM 1
//: end
#define NN_TARGET $target
#define NN_SUFFIX $end
#include "nn.h"

//: end
//: block version_end
#define NN_END
#include "nn.h"
#endif

//: end
//: block choices
/* ---- all versions ---- */

#define NN_DOUBLE $is_double
#define NN_TARGET $runtime
#include "nn.h"

static const nn_version ${net}_versions[] = {
//: for versions
#if $condition
    {"$name", $target},
#endif
//: end
    {NULL, 0},
};

/* The version for processors that have no better one. */
//: for bases
$test
#define ${NET}_BASE(core) core##$end
//: end
#endif

/* The target of the version in use; 0: it has not been chosen yet. */
static int ${net}_choice;

NN_MAYBE_UNUSED static int ${net}_chosen(void) {
    int target = NN_WORD_GET(${net}_choice);
    if (target == 0) {
        target = nn_version_target(${net}_versions, NULL);
        NN_WORD_SET(${net}_choice, target);
    }
    return target;
}

int ${net}_use(const char *version) {
    const int target = nn_version_target(${net}_versions, version);
    if (target == 0) { return 0; }
    NN_WORD_SET(${net}_choice, target);
    return 1;
}

const char *${net}_version(void) {
    return nn_version_name(${net}_versions, ${net}_chosen());
}

//: end
//: block choice
/* $summary */
static $result ${net}_${core}_rows($parameters) {
//: if chosen
#if NN_CAN_X86_64
    switch (${net}_chosen()) {
//: for chosen
    case $target: $return${net}_${core}_rows$end($arguments);$stop
//: end
    default: break;
    }
#endif
//: end
    $return${NET}_BASE(${net}_${core}_rows)($arguments);
}

//: end
//: block foot

#ifdef NN_MAIN
int main(int argc, char **argv) {
    return nn_main(&${net}_network, argc, argv);
}
#endif

#define NN_END
#include "nn.h"
//: end
//: block table
/* $comment */
//: if chooses
NN_MAYBE_UNUSED
//: end
${NET}_ALIGNED static const $real $name[$count] = {
    //: insert numbers
};

//: end
//: block core
//: if summary
/* $summary */
//: end
static $result ${net}_${core}_rows$suffix($parameters) {
//: for unused
    (void)$name;
//: end
//: if local_arena
    struct {
        $real arena[$local_arena];
    } scratch, *const work = &scratch;
//: end
//: for givens
    const $real given_$name = $value;
//: end
//: for taken
    nn_from_doubles(work->arena + $offset, $array + $first, $count);
//: end
//: if stream
    const uint32_t stream = $stream;
//: end
    //: insert body
//: for results
    $to = $from;
//: end
//: for given_back
    nn_to_doubles($array + $first, work->arena + $offset, $count);
//: end
//: if returned
    return $returned;
//: end
}

//: end
//: block init
void ${net}_init($self *net, uint64_t seed) {
    net->seed = seed;
    net->step = 0;
    net->epoch = 0;
    net->epochs = 1;
    ${net}_init_rows(net);
}

//: end
//: block set_epoch
void ${net}_set_epoch($self *net, uint32_t epoch, uint32_t epochs) {
    net->epoch = epoch;
    net->epochs = epochs;
}

//: end
//: block fit
int ${net}_fit($self *net, size_t n$fit_parameters) {
    if (n == 0u) { return 0; }
//: for scaled
    if (!nn_are_finite($name, ${count}u * n)) { return 0; }
//: end
//: for scaled
    nn_fit_$form(n, $count, $name, net->$low, net->$scale);
//: end
    return 1;
}

//: end
//: block predict
void ${net}_predict(const $self *net, ${net}_predict_work *work$input_parameters$output_parameters) {
    ${net}_predict_rows(net, work$input_apart$output_names);
}

void ${net}_predict_batch(const $self *net, ${net}_predict_work *work, size_t n$input_parameters$output_parameters) {
//: if has_rest
//: if backward
    size_t done = n - n % ${group}u; /* from the end on: outputs may lie over inputs, and are longer */
    if (done < n) {
//: for inputs
        nn_fill_rows(work->rows_$name, $name + ${count}u * done, n - done, $group, $count);
//: end
        ${net}_predict_batch_rows(net, work$input_rows$output_rows);
//: for outputs
        nn_copy($name + ${count}u * done, work->rows_$name, (n - done) * ${count}u);
//: end
    }
    while (done > 0u) {
        done -= ${group}u;
        ${net}_predict_batch_rows(net, work$input_apart_at_done$output_at_done);
    }
//: else
    size_t done = 0;
    for (; n - done >= ${group}u; done += ${group}u) {
        ${net}_predict_batch_rows(net, work$input_apart_at_done$output_at_done);
    }
    if (done == n) { return; }
//: for inputs
    nn_fill_rows(work->rows_$name, $name + ${count}u * done, n - done, $group, $count);
//: end
    ${net}_predict_batch_rows(net, work$input_rows$output_rows);
//: for outputs
    nn_copy($name + ${count}u * done, work->rows_$name, (n - done) * ${count}u);
//: end
//: end
//: else
//: if backward
    for (size_t done = n; done-- > 0u;) { /* outputs may lie over inputs, and are longer */
//: else
    for (size_t done = 0; done < n; done++) {
//: end
        ${net}_${one_core}_rows(net, work$input_apart_at_done$output_at_done);
    }
//: end
}

//: end
//: block derivatives
//: for jacobians
void ${net}_$function(const $self *net, ${net}_predict_work *work$input_parameters$target_parameters, $real *$name) {
    ${net}_${core}_rows(net, work$inputs_apart$target_names, $name);
}

//: end
//: end
//: block training
//: if moments
/* What an optimizer keeps decays to denormal numbers where gradients have long been 0; they slow
   processors down, so that they become 0 now and then. */
static void ${net}_end_step($self *net) {
    net->step++;
    if (net->step % NN_SETTLING != 0u) { return; }
//: for moments
    nn_settle(net->$member, $count);
//: end
}

//: end
/* Shares of a batch of n, and whole rows where it is incomplete. */
static void ${net}_begin(${net}_work *work, size_t n$data_pointers) {
    nn_shares(work->share, n, $rows);
    if (n == ${rows}u) { return; }
//: for data
//: if is_class
    nn_fill_classes(work->rows_$name, *$name, n, $rows);
//: else
    nn_fill_rows(work->rows_$name, *$name, n, $rows, $count);
//: end
    *$name = work->rows_$name;
//: end
}

$real ${net}_loss(const $self *net, ${net}_work *work, size_t n$data_parameters) {
    if (n == 0u || n > ${batch}u) { return 0; }
    ${net}_begin(work, n$data_addresses);
    return ${net}_loss_rows(net, work$data_names);
}

$real ${net}_train_step($self *net, ${net}_work *work, size_t n$data_parameters) {
    if (n == 0u || n > ${batch}u) { return 0; }
    ${net}_begin(work, n$data_addresses);
    const $real cost = ${net}_train_step_rows(net, work$data_names);
//: if moments
    ${net}_end_step(net);
//: else
    net->step++;
//: end
    return cost;
}

$real ${net}_gradient(const $self *net, ${net}_work *work, size_t n$data_parameters) {
    if (n == 0u || n > ${batch}u) { return 0; }
    ${net}_begin(work, n$data_addresses);
    work->count = n;
//: if splits
    work->ready = 1;
//: end
    return ${net}_gradient_rows(net, work$data_names);
}

//: if splits
$real ${net}_gradient_add(const $self *net, ${net}_work *work, size_t n$data_parameters) {
    if (n == 0u || n > ${batch}u) { return 0; }
    if (work->count == 0u) { return ${net}_gradient(net, work, n$data_names); }
    ${net}_begin(work, n$data_addresses);
    const $real total = ($real)(work->count + n);
    const $real keep = ($real)work->count / total;
    const $real add = ($real)n / total;
    work->count += n;
    return ${net}_gradient_add_rows(net, work, keep, add$data_names);
}

//: end
$real *${net}_gradients(${net}_work *work) {
//: if splits
    work->ready = 1;
//: end
    return work->gradients;
}

//: if splits
void ${net}_update($self *net, ${net}_work *work) {
    if (!work->ready) { return; }
    ${net}_update_rows(net, work);
//: if moments
    ${net}_end_step(net);
//: else
    net->step++;
//: end
}

//: end
void ${net}_set_first(${net}_work *work, uint32_t first) {
    work->first = first;
}

//: end
//: block places
//: if tensors
static const nn_tensor ${net}_tensors[] = {
//: for tensors
    {"$name", $role, $count, $rank, {$shape}},
//: end
};

static const nn_place ${net}_places[] = {
//: for tensors
    {offsetof($self, $member), {$stride}, $gradient, $inner, $panel},
//: end
};

//: end
size_t ${net}_get(const $self *net, const char *name, $real *out) {
//: if tensors
    const size_t i = nn_find(${net}_tensors, $tensor_count, name);
    if (i < ${tensor_count}u) {
        const nn_place *place = &${net}_places[i];
        const void *at = (const char *)net + place->offset;
        return nn_copy_out(&${net}_tensors[i], place, (const $real *)at, out);
    }
//: end
    const uint64_t counters[NN_COUNTERS] = {net->seed, net->step, net->epoch, net->epochs};
    const size_t counter = nn_find_counter(name);
    if (counter == NN_COUNTERS) { return 0; }
    out[0] = ($real)counters[counter];
    return 1;
}

size_t ${net}_set($self *net, const char *name, const $real *in) {
//: if tensors
    const size_t i = nn_find(${net}_tensors, $tensor_count, name);
    if (i < ${tensor_count}u) {
        const nn_place *place = &${net}_places[i];
        void *at = (char *)net + place->offset;
        return nn_copy_in(&${net}_tensors[i], place, ($real *)at, in);
    }
//: end
    const size_t counter = nn_find_counter(name);
    const int bits = counter == NN_SEED || counter == NN_STEP ? 64 : 32;
    if (counter == NN_COUNTERS || !nn_is_counter(in[0], bits)) { return 0; }
    if (counter == NN_SEED) { net->seed = (uint64_t)in[0]; }
    if (counter == NN_STEP) { net->step = (uint64_t)in[0]; }
    if (counter == NN_EPOCH) { net->epoch = (uint32_t)in[0]; }
    if (counter == NN_EPOCHS) { net->epochs = (uint32_t)in[0]; }
    return 1;
}

//: if trains
size_t ${net}_get_gradient(const ${net}_work *work, const char *name, $real *out) {
//: if tensors
    const size_t i = nn_find(${net}_tensors, $tensor_count, name);
    if (i < ${tensor_count}u && ${net}_places[i].gradient >= 0) {
        return nn_copy_out(&${net}_tensors[i], &${net}_places[i], work->gradients + ${net}_places[i].gradient, out);
    }
//: else
    (void)work; (void)name; (void)out;
//: end
    return 0;
}

//: end
//: end
//: block hessian
/* Kernels take directions and give products in the order of the block of gradients. */
void ${net}_hessian_times(const $self *net, ${net}_work *work, size_t n$data_parameters, const $real *direction, $real *product) {
    if (n == 0u || n > ${batch}u) { return; }
    ${net}_begin(work, n$data_addresses);
    nn_directions_in(${net}_tensors, ${net}_places, $tensor_count, direction, work->direction);
    ${net}_hessian_times_rows(net, work$data_names);
    nn_directions_out(${net}_tensors, ${net}_places, $tensor_count, work->product, product);
}

//: end
//: block network
//: if inputs
static const nn_field ${net}_inputs[] = {
//: for inputs
    {"$label", $count, $rank, {$shape}, 0, $is_scaled},
//: end
};
//: end
//: if targets
static const nn_field ${net}_targets[] = {
//: for targets
    {"$label", $count, $rank, {$shape}, $is_onehot, $is_scaled},
//: end
};
//: end
//: if is_mixed
static const size_t ${net}_order[] = {$order};
//: end
//: if outputs
static const nn_field ${net}_outputs[] = {
//: for outputs
    {"$label", $count, $rank, {$shape}, 0, 0},
//: end
};
//: end
//: if metrics
static const nn_field ${net}_metrics[] = {
//: for metrics
    {"$label", $count, $rank, {$shape}, 0, 0},
//: end
};
//: end
//: if output_targets
static const int ${net}_output_targets[] = {$output_targets};
//: end
//: if metric_targets
static const int ${net}_metric_targets[] = {$metric_targets};
//: end

/* The net's functions as the driver calls them, which knows a net by its nn_network alone. */

static void ${net}_thunk_init(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work; (void)n; (void)out;
    ${net}_init(($self *)net, *(const uint64_t *)in[0]);
}

static void ${net}_thunk_set_epoch(void *net, void *work, size_t n, const void *const *in, void *out) {
    const uint32_t *epochs = (const uint32_t *)in[0];
    (void)work; (void)n; (void)out;
    ${net}_set_epoch(($self *)net, epochs[0], epochs[1]);
}
//: if scaled

static void ${net}_thunk_fit(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work;
    *(int *)out = ${net}_fit(($self *)net, n$fit_thunk_inputs);
}
//: end
//: if predicts

static void ${net}_thunk_predict(void *net, void *work, size_t n, const void *const *in, void *out) {
    void *const *outputs = (void *const *)out;
//: if inputs
//: else
    (void)in;
//: end
    ${net}_predict_batch((const $self *)net, (${net}_predict_work *)work, n$thunk_inputs$thunk_outputs);
}
//: end
//: if trains

static void ${net}_thunk_loss(void *net, void *work, size_t n, const void *const *in, void *out) {
//: if data
//: else
    (void)in;
//: end
    *($real *)out = ${net}_loss((const $self *)net, (${net}_work *)work, n$thunk_data);
}

static void ${net}_thunk_evaluate(void *net, void *work, size_t n, const void *const *in, void *out) {
    double *sums = (double *)out;
//: for data
    const $type *$name = (const $type *)in[$number];
//: end
//: if data
//: else
    (void)in;
//: end
    if (n == 0u || n > ${batch}u) { return; }
    ${net}_begin((${net}_work *)work, n$data_addresses);
//: if evaluates_loss
    sums[0] = (double)${net}_loss_rows((const $self *)net, (${net}_work *)work$data_names);
//: else
    sums[0] = (double)${net}_evaluate_rows((const $self *)net, (${net}_work *)work$data_names, sums + 1);
//: end
}

static void ${net}_thunk_gradient(void *net, void *work, size_t n, const void *const *in, void *out) {
//: if data
//: else
    (void)in;
//: end
    *($real *)out = ${net}_gradient((const $self *)net, (${net}_work *)work, n$thunk_data);
}

//: if splits
static void ${net}_thunk_update(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)n; (void)in; (void)out;
    ${net}_update(($self *)net, (${net}_work *)work);
}

//: end
static void ${net}_thunk_train_step(void *net, void *work, size_t n, const void *const *in, void *out) {
//: if data
//: else
    (void)in;
//: end
    *($real *)out = ${net}_train_step(($self *)net, (${net}_work *)work, n$thunk_data);
}

static void ${net}_thunk_get_gradient(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)net; (void)n;
    (void)${net}_get_gradient((const ${net}_work *)work, (const char *)in[0], ($real *)out);
}
//: end
//: if finishes

static void ${net}_thunk_finish(void *net, void *work, size_t n, const void *const *in, void *out) {
//: if finish_work
    (void)net;
//: else
    (void)net; (void)work;
//: end
    ${net}_finish_rows($finish_work(const double *)in[0], (double)n, (double *)out);
}
//: end

static void ${net}_thunk_get(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work; (void)n;
    (void)${net}_get((const $self *)net, (const char *)in[0], ($real *)out);
}

static void ${net}_thunk_set(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work; (void)n; (void)out;
    (void)${net}_set(($self *)net, (const char *)in[0], (const $real *)in[1]);
}

static void ${net}_thunk_get_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    const $self *self = (const $self *)net;
    uint64_t *counters = (uint64_t *)out;
    (void)work; (void)n; (void)in;
    counters[0] = self->seed;
    counters[1] = self->step;
    counters[2] = self->epoch;
    counters[3] = self->epochs;
}

static void ${net}_thunk_set_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    $self *self = ($self *)net;
    const uint64_t *counters = (const uint64_t *)in[0];
    (void)work; (void)n; (void)out;
    self->seed = counters[0];
    self->step = counters[1];
    self->epoch = (uint32_t)counters[2];
    self->epochs = (uint32_t)counters[3];
}

const nn_network ${net}_network = {
    "$net",
    "$hash",
    sizeof($real),
    ${NET}_BATCH,
    sizeof($self), ${NET}_ALIGN,
    $work_size, ${NET}_ALIGN,
    $predict_work_size, ${NET}_ALIGN,
    $input_count, /* inputs */
    $target_count, /* targets */
    $output_count, /* outputs */
    $tensor_count, /* tensors */
    $metric_count, /* metrics */
    $sum_count, /* numbers in the sums of all metrics */
    $figure_count, /* numbers that the metrics are */
    $is_pairs, /* 1: pairs of examples are drawn from labelled items */
    $inputs_or_null, $targets_or_null, $outputs_or_null,
    $order_or_null,
    $tensors_or_null,
    $metrics_or_null,
    $output_targets_or_null, $metric_targets_or_null,
    ${net}_thunk_init,
    ${net}_thunk_set_epoch,
    $fit_or_null,
    $predict_or_null,
//: if trains
    ${net}_thunk_loss,
    ${net}_thunk_evaluate,
    $finish_or_null,
    ${net}_thunk_gradient,
    $update_or_null,
    ${net}_thunk_train_step,
//: else
    NULL, NULL, NULL, NULL, NULL, NULL,
//: end
    ${net}_thunk_get,
    ${net}_thunk_set,
    $get_gradient_or_null,
    ${net}_thunk_get_counters,
    ${net}_thunk_set_counters,
//: if is_any
    ${net}_versions, ${net}_use, ${net}_version,
//: else
    NULL, NULL, NULL,
//: end
};
//: end
