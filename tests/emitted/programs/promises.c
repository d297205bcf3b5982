/* What emitted functions promise, one function per promise; the words of the command line say which,
   and each is named when it begins. Exit code 0 where all hold. Compiled with any net, see net.h;
   meant to run under sanitizers. */

#include "net.h"

enum { BATCH_SEED = 3, NET_SEED = 7 };

#define BATCH NETWORK->batch

/* Relative to the largest magnitude of the tensor. */
static double limit(void) {
    return sizeof(REAL) == sizeof(float) ? 1e-4 : 1e-10;
}

static void expect_same_bits(const Net *a, const Net *b, const char *what) {
    for (size_t i = 0; i < NETWORK->tensor_count; i++) {
        const nn_tensor *tensor = &NETWORK->tensors[i];
        REAL *x = (REAL *)calloc(2 * tensor->count, sizeof *x), *y = x + tensor->count;
        CALL(_get)(a, tensor->name, x);
        CALL(_get)(b, tensor->name, y);
        CHECK(memcmp(x, y, tensor->count * sizeof *x) == 0, "%s: %s differs", what, tensor->name);
        free(x);
    }
    CHECK(memcmp(a, b, sizeof *a) == 0, "%s: the nets differ", what);
}

static void expect_close(const char *what, size_t count, const REAL *got, const REAL *wanted) {
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)wanted[i]));
    for (size_t i = 0; i < count; i++)
        CHECK(fabs((double)got[i] - (double)wanted[i]) <= limit() * largest,
              "%s[%zu] is %.9g, not %.9g", what, i, (double)got[i], (double)wanted[i]);
}

/* Batch sizes that programs meet: full, all but one, one, one that fills no group. */
static size_t batch_size(size_t number) {
    const size_t sizes[] = {BATCH, BATCH - 1, 1, BATCH / 2 + 1, BATCH};
    return sizes[number % 5] ? sizes[number % 5] : 1;
}

static Net *trained_net(size_t steps) {
    Net *net = net_new(NET_SEED);
    Work *work = work_new();
    Data all = data_new(3 * BATCH, 11);
    fit(net, &all);
    for (size_t i = 0; i < steps; i++) {
        Data data = data_new(BATCH, (uint32_t)i);
        CALL(_train_step)(net, work, BATCH, FIELDS_OF(data.in));
        data_free(&data);
    }
    data_free(&all);
    free(work);
    return net;
}

static void step_is_gradient_and_update(void) {
    Net *one = trained_net(2), *two = trained_net(2);
    Work *work = work_new(), *other = work_new();
    for (size_t i = 0; i < 10; i++) {
        size_t n = batch_size(i);
        Data data = data_new(n, (uint32_t)(100 + i));
        REAL cost = CALL(_train_step)(one, work, n, FIELDS_OF(data.in));
        REAL same = CALL(_gradient)(two, other, n, FIELDS_OF(data.in));
        CALL(_update)(two, other);
        CHECK(memcmp(&cost, &same, sizeof cost) == 0, "costs differ: %.9g and %.9g", (double)cost,
              (double)same);
        expect_same_bits(one, two, "train_step and gradient + update");
        data_free(&data);
    }
    free(one), free(two), free(work), free(other);
}

/* The gradient of the whole batch in work; its cost. */
static REAL whole_gradient(const Net *net, Work *work, const Data *data) {
    CALL(_set_first)(work, 0);
    return CALL(_gradient)(net, work, data->n, FIELDS_OF(data->in));
}

static void expect_same_gradients(const Work *got, const Work *wanted) {
    for (size_t i = 0; i < NETWORK->tensor_count; i++) {
        const nn_tensor *tensor = &NETWORK->tensors[i];
        REAL *x = (REAL *)calloc(2 * tensor->count, sizeof *x), *y = x + tensor->count;
        size_t count = CALL(_get_gradient)(got, tensor->name, x);
        CHECK(CALL(_get_gradient)(wanted, tensor->name, y) == count, "%s: counts", tensor->name);
        CHECK(count == (tensor->role == NN_PARAMETER ? tensor->count : 0) ||
                  tensor->role == NN_STATE,
              "%s has %zu gradients", tensor->name, count);
        expect_close(tensor->name, count, x, y);
        free(x);
    }
}

/* Parts of unlike sizes: weights are by n. */
static void gradients_add_up(void) {
    Net *net = trained_net(3);
    Work *work = work_new(), *parts = work_new();
    Data data = data_new(BATCH, BATCH_SEED);
    const size_t cuts[] = {0, 1, BATCH / 2 + 1, BATCH};
    double cost = 0;
    REAL whole = whole_gradient(net, work, &data);
    for (size_t i = 0; i < 3; i++) {
        size_t n = cuts[i + 1] - cuts[i];
        Data part = data_part(&data, cuts[i], n);
        CALL(_set_first)(parts, (uint32_t)cuts[i]);
        cost += (double)n / (double)BATCH *
                (double)(i ? CALL(_gradient_add)(net, parts, n, FIELDS_OF(part.in))
                           : CALL(_gradient)(net, parts, n, FIELDS_OF(part.in)));
        data_free(&part);
    }
    CHECK(fabs(cost - (double)whole) <= limit() * fabs((double)whole), "cost %.9g, not %.9g", cost,
          (double)whole);
    expect_same_gradients(parts, work);
    data_free(&data);
    free(net), free(work), free(parts);
}

static void gradient_add_begins_anew(void) {
    Net *net = trained_net(1);
    Work *work = work_new(), *other = work_new();
    Data data = data_new(BATCH, BATCH_SEED);
    REAL first = CALL(_gradient_add)(net, other, BATCH, FIELDS_OF(data.in));
    REAL whole = whole_gradient(net, work, &data);
    CHECK(memcmp(&first, &whole, sizeof first) == 0, "gradient_add into new work is no gradient");
    CALL(_gradient_add)(net, other, BATCH, FIELDS_OF(data.in));
    CALL(_gradient)(net, other, BATCH, FIELDS_OF(data.in));
    CHECK(memcmp(CALL(_gradients)(work), CALL(_gradients)(other),
                 NETWORK_GRADIENTS * sizeof(REAL)) == 0,
          "gradient does not overwrite");
    data_free(&data);
    free(net), free(work), free(other);
}

/* An incomplete batch is the mean over its own examples. */
static void incomplete_is_mean(void) {
    Net *net = trained_net(3);
    const size_t sizes[] = {1, 2, BATCH - 1};
    for (size_t k = 0; k < 3; k++) {
        size_t n = sizes[k];
        Work *work = work_new(), *ones = work_new();
        Data data = data_new(n, (uint32_t)k);
        double cost = 0;
        REAL whole = whole_gradient(net, work, &data);
        for (size_t i = 0; i < n; i++) {
            Data one = data_part(&data, i, 1);
            CALL(_set_first)(ones, (uint32_t)i);
            cost += (double)CALL(_gradient_add)(net, ones, 1, FIELDS_OF(one.in)) / (double)n;
            data_free(&one);
        }
        CHECK(fabs(cost - (double)whole) <= limit() * fabs((double)whole), "cost %.9g, not %.9g",
              cost, (double)whole);
        expect_same_gradients(ones, work);
        data_free(&data);
        free(work), free(ones);
    }
    free(net);
}

static void loss_of_incomplete_is_mean(void) {
    Net *net = trained_net(3);
    Work *work = work_new();
    Data data = data_new(BATCH - 1, BATCH_SEED);
    double mean = 0;
    for (size_t i = 0; i < data.n; i++) {
        Data one = data_part(&data, i, 1);
        mean += (double)CALL(_loss)(net, work, 1, FIELDS_OF(one.in)) / (double)data.n;
        data_free(&one);
    }
    double whole = (double)CALL(_loss)(net, work, data.n, FIELDS_OF(data.in));
    CHECK(fabs(mean - whole) <= limit() * fabs(whole), "loss %.9g, mean over its examples %.9g",
          whole, mean);
    data_free(&data);
    free(net), free(work);
}

static void copies_are_nets(void) {
    Net *net = trained_net(3), *kept = trained_net(3);
    Net *copy = (Net *)storage_new(sizeof *copy, NETWORK->net_align);
    Work *work = work_new(), *other = work_new();
    memcpy(copy, net, sizeof *copy);
    for (size_t i = 0; i < 5; i++) {
        Data data = data_new(batch_size(i), (uint32_t)i);
        CALL(_train_step)(copy, work, data.n, FIELDS_OF(data.in));
        data_free(&data);
    }
    expect_same_bits(net, kept, "training a copy");
    for (size_t i = 0; i < 5; i++) {
        Data data = data_new(batch_size(i), (uint32_t)i);
        CALL(_train_step)(net, other, data.n, FIELDS_OF(data.in));
        data_free(&data);
    }
    expect_same_bits(net, copy, "net and copy");
    free(net), free(kept), free(copy), free(work), free(other);
}

/* n = 0 and n > batch: 0 comes back, nothing is read or written. */
static void wrong_sizes_do_nothing(void) {
    const size_t sizes[] = {0, BATCH + 1, SIZE_MAX};
    Net *net = trained_net(2), *kept = trained_net(2);
    Work *work = work_new(), *kept_work = work_new();
    Data data = data_new(BATCH, BATCH_SEED), none = data_new(0, 1);
    CALL(_gradient)(net, work, BATCH, FIELDS_OF(data.in));
    memcpy(kept_work, work, sizeof *work);
    for (size_t i = 0; i < 3; i++) {
        CHECK(CALL(_loss)(net, work, sizes[i], FIELDS_OF(none.in)) == 0, "loss of %zu examples",
              sizes[i]);
        CHECK(CALL(_gradient)(net, work, sizes[i], FIELDS_OF(none.in)) == 0,
              "gradient of %zu examples", sizes[i]);
        CHECK(CALL(_gradient_add)(net, work, sizes[i], FIELDS_OF(none.in)) == 0,
              "gradient_add of %zu", sizes[i]);
        CHECK(CALL(_train_step)(net, work, sizes[i], FIELDS_OF(none.in)) == 0, "train_step of %zu",
              sizes[i]);
        CHECK(memcmp(work, kept_work, sizeof *work) == 0, "work after %zu examples", sizes[i]);
        expect_same_bits(net, kept, "wrong sizes");
    }
    CALL(_predict_batch)(net, NULL, 0, INPUTS_OF(none.in), OUTPUTS_OF((REAL *[2]){NULL}));
    data_free(&data), data_free(&none);
    free(net), free(kept), free(work), free(kept_work);
}

/* Rows after the n-th hold numbers that would be seen anywhere. */
static void poison_rows(const Data *data, size_t first) {
    for (size_t f = 0; f < FIELDS; f++)
        memset((char *)data->in[f] + first * field_size(f), 0xff,
               (data->n - first) * field_size(f));
}

static void rows_beyond_n_are_not_seen(void) {
    Net *net = trained_net(2), *other = trained_net(2);
    Work *work = work_new();
    for (size_t n = 1; n < BATCH; n += (BATCH + 3) / 4) {
        Data clean = data_new(BATCH, (uint32_t)n), poisoned = data_new(BATCH, (uint32_t)n);
        poison_rows(&poisoned, n);
        REAL a = CALL(_loss)(net, work, n, FIELDS_OF(clean.in));
        REAL b = CALL(_loss)(net, work, n, FIELDS_OF(poisoned.in));
        CHECK(memcmp(&a, &b, sizeof a) == 0, "losses %.9g and %.9g", (double)a, (double)b);
        a = CALL(_train_step)(net, work, n, FIELDS_OF(clean.in));
        b = CALL(_train_step)(other, work, n, FIELDS_OF(poisoned.in));
        CHECK(memcmp(&a, &b, sizeof a) == 0, "costs %.9g and %.9g", (double)a, (double)b);
        expect_same_bits(net, other, "rows beyond n");
        data_free(&clean), data_free(&poisoned);
    }
    free(net), free(other), free(work);
}

/* Scratch is scratch: NaN everywhere in it changes nothing. */
static void work_is_forgotten(void) {
    Net *net = trained_net(2), *other = trained_net(2);
    Work *clean = work_new(), *used = work_new();
    for (size_t i = 0; i < 5; i++) {
        Data data = data_new(batch_size(i), (uint32_t)i);
        memset(used, 0xff, sizeof *used);
        CALL(_set_first)(used, 0);
        REAL a = CALL(_loss)(net, clean, data.n, FIELDS_OF(data.in));
        REAL b = CALL(_loss)(other, used, data.n, FIELDS_OF(data.in));
        CHECK(memcmp(&a, &b, sizeof a) == 0, "losses %.9g and %.9g", (double)a, (double)b);
        memset(used, 0xff, sizeof *used);
        CALL(_set_first)(used, 0);
        CALL(_gradient)(net, clean, data.n, FIELDS_OF(data.in));
        CALL(_gradient)(other, used, data.n, FIELDS_OF(data.in));
        CHECK(memcmp(CALL(_gradients)(clean), CALL(_gradients)(used),
                     NETWORK_GRADIENTS * sizeof(REAL)) == 0,
              "gradients over used work");
        memset(used, 0xff, sizeof *used);
        CALL(_set_first)(used, 0);
        CALL(_train_step)(net, clean, data.n, FIELDS_OF(data.in));
        CALL(_train_step)(other, used, data.n, FIELDS_OF(data.in));
        expect_same_bits(net, other, "used work");
        data_free(&data);
    }
    free(net), free(other), free(clean), free(used);
}

static void outputs_new(REAL **out, size_t n) {
    for (size_t k = 0; k < OUTPUTS; k++)
        out[k] = (REAL *)malloc(n * NETWORK->outputs[k].count * sizeof(REAL) + 1);
}

static void outputs_free(REAL **out) {
    for (size_t k = 0; k < OUTPUTS; k++)
        free(out[k]);
}

/* Any n, in blocks that end with the last example, from scratch full of NaN: the same as one by
   one. */
static void batches_predict_as_examples(void) {
    Net *net = trained_net(3);
    PredictWork *work = predict_work_new(), *other = predict_work_new();
    for (size_t n = 1; n < 20; n++) {
        REAL *all[OUTPUTS], *one[OUTPUTS];
        Data data = data_new(n, (uint32_t)n);
        outputs_new(all, n);
        outputs_new(one, 1);
        memset(work, 0xff, sizeof *work);
        memset(other, 0xff, sizeof *other);
        CALL(_predict_batch)(net, work, n, INPUTS_OF(data.in), OUTPUTS_OF(all));
        for (size_t i = 0; i < n; i++) {
            Data example = data_part(&data, i, 1);
            CALL(_predict)(net, other, INPUTS_OF(example.in), OUTPUTS_OF(one));
            for (size_t k = 0; k < OUTPUTS; k++)
                expect_close(NETWORK->outputs[k].name, NETWORK->outputs[k].count,
                             all[k] + i * NETWORK->outputs[k].count, one[k]);
            data_free(&example);
        }
        outputs_free(all), outputs_free(one);
        data_free(&data);
    }
    free(net), free(work), free(other);
}

/* A class out of range is an all-zero target, whichever it is. */
static void classes_out_of_range_are_no_class(void) {
    const nn_field *target = field_of(FIELDS - 1);
    const int32_t classes[] = {-1, (int32_t)target->count, INT32_MAX, INT32_MIN};
    Net *first = trained_net(2);
    Work *work = work_new();
    Data data = data_new(BATCH, BATCH_SEED);
    for (size_t i = 0; target->is_onehot && i < 4; i++) {
        Net *net = trained_net(2);
        for (size_t row = 0; row < BATCH; row += 2)
            ((int32_t *)data.in[FIELDS - 1])[row] = classes[i];
        for (size_t k = 0; k < 5; k++) {
            REAL cost = CALL(_train_step)(net, work, batch_size(k), FIELDS_OF(data.in));
            CHECK(isfinite(cost), "class %d costs %.9g", (int)classes[i], (double)cost);
            if (i == 0)
                CALL(_train_step)(first, work, batch_size(k), FIELDS_OF(data.in));
        }
        expect_same_bits(net, first, "classes out of range");
        free(net);
    }
    data_free(&data);
    free(first), free(work);
}

static void get_and_set_agree(void) {
    Net *net = trained_net(2), *kept = trained_net(2);
    REAL nothing = 42;
    for (size_t i = 0; i < NETWORK->tensor_count; i++) {
        const nn_tensor *tensor = &NETWORK->tensors[i];
        REAL *in = (REAL *)calloc(3 * tensor->count, sizeof *in), *out = in + tensor->count,
             *old = out + tensor->count;
        for (size_t k = 0; k < tensor->count; k++)
            in[k] = (REAL)k + (REAL)0.5;
        CHECK(CALL(_get)(net, tensor->name, old) == tensor->count, "get %s", tensor->name);
        CHECK(CALL(_set)(net, tensor->name, in) == tensor->count, "set %s", tensor->name);
        CHECK(CALL(_get)(net, tensor->name, out) == tensor->count, "get %s", tensor->name);
        CHECK(memcmp(in, out, tensor->count * sizeof *in) == 0, "%s is not what was set",
              tensor->name);
        CALL(_set)(net, tensor->name, old);
        expect_same_bits(net, kept, tensor->name);
        free(in);
    }
    CHECK(CALL(_get)(net, "no such tensor", &nothing) == 0 && nothing == 42, "get of nothing");
    CHECK(CALL(_set)(net, "no such tensor", &nothing) == 0, "set of nothing");
    CHECK(CALL(_get)(net, "", &nothing) == 0 && nothing == 42, "get of no name");
    expect_same_bits(net, kept, "set of nothing");
    free(net), free(kept);
}

static void counters_are_in_reach(void) {
    Net *net = trained_net(3);
    const char *const names[] = {"seed", "step", "epoch", "epochs"};
    const REAL wanted[] = {NET_SEED, 3, 5, 9};
    CALL(_set_epoch)(net, 5, 9);
    for (size_t i = 0; i < 4; i++) {
        REAL value = -1, other = 4;
        CHECK(CALL(_get)(net, names[i], &value) == 1 && value == wanted[i], "%s is %.9g", names[i],
              (double)value);
        CHECK(CALL(_set)(net, names[i], &other) == 1, "set %s", names[i]);
        CHECK(CALL(_get)(net, names[i], &value) == 1 && value == 4, "%s is %.9g after set",
              names[i], (double)value);
    }
    CHECK(net->seed == 4 && net->step == 4 && net->epoch == 4 && net->epochs == 4,
          "counters as set");
    const uint64_t large[4] = {UINT64_MAX, UINT64_MAX - 1, UINT32_MAX, UINT32_MAX - 1};
    uint64_t got[4];
    NETWORK->set_counters(net, NULL, 0, (const void *[]){large}, NULL);
    NETWORK->get_counters(net, NULL, 0, NULL, got);
    CHECK(memcmp(large, got, sizeof got) == 0, "counters of 64 bits");
    free(net);
}

/* init sets all there is to set: what was there before does not matter. */
static void init_begins_anew(void) {
    Net *net = trained_net(4), *fresh = net_new(NET_SEED);
    CALL(_init)(net, NET_SEED);
    expect_same_bits(net, fresh, "init");
    CHECK(net->step == 0 && net->epoch == 0 && net->epochs == 1 && net->seed == NET_SEED,
          "counters after init");
    free(net), free(fresh);
}

static void gradients_are_one_block(void) {
    Net *net = trained_net(1);
    Work *work = work_new();
    Data data = data_new(BATCH, BATCH_SEED);
    size_t count = 0;
    CALL(_gradient)(net, work, BATCH, FIELDS_OF(data.in));
    for (size_t i = 0; i < NETWORK_GRADIENTS; i++)
        CALL(_gradients)(work)[i] = (REAL)i;
    REAL *seen = (REAL *)calloc(NETWORK_GRADIENTS, sizeof *seen);
    for (size_t i = 0; i < NETWORK->tensor_count; i++) {
        const nn_tensor *tensor = &NETWORK->tensors[i];
        REAL *out = (REAL *)calloc(tensor->count, sizeof *out);
        size_t got = CALL(_get_gradient)(work, tensor->name, out);
        for (size_t k = 0; k < got; k++)
            seen[(size_t)out[k]] += 1;
        count += got;
        free(out);
    }
    CHECK(count == NETWORK_GRADIENTS, "%zu gradients by name, %zu in the block", count,
          (size_t)NETWORK_GRADIENTS);
    for (size_t i = 0; i < NETWORK_GRADIENTS; i++)
        CHECK(seen[i] == 1, "gradient %zu of the block belongs to %.9g tensors", i,
              (double)seen[i]);
    CHECK(CALL(_get_gradient)(work, "no such tensor", seen) == 0, "gradient of nothing");
    data_free(&data);
    free(seen), free(net), free(work);
}

static void network_says_what_is(void) {
    CHECK(NETWORK->net_size == sizeof(Net) && NETWORK->net_size == NETWORK_SIZE, "size of the net");
    CHECK(NETWORK->work_size == sizeof(Work), "size of work");
    CHECK(NETWORK->predict_work_size == sizeof(PredictWork), "size of predict_work");
    CHECK(NETWORK->net_align % _Alignof(Net) == 0 && NETWORK->work_align % _Alignof(Work) == 0,
          "alignment");
    CHECK(NETWORK->real_size == sizeof(REAL), "real_size");
    CHECK(NETWORK->input_count == INPUTS && NETWORK->input_count + NETWORK->target_count == FIELDS,
          "fields");
    CHECK(NETWORK->output_count == OUTPUTS, "outputs");
    size_t parameters = 0;
    for (size_t i = 0; i < NETWORK->tensor_count; i++) {
        const nn_tensor *tensor = &NETWORK->tensors[i];
        size_t count = 1;
        for (size_t axis = 0; axis < tensor->rank; axis++)
            count *= tensor->shape[axis];
        CHECK(count == tensor->count, "%s: count", tensor->name);
        parameters += tensor->role == NN_PARAMETER ? count : 0;
    }
    CHECK(parameters == NETWORK_PARAMETERS, "%zu parameters", parameters);
}

/* Evaluate's loss is loss, its sums add over parts, and finish gives finite metrics. */
static void evaluation_adds_up(void) {
    Net *net = trained_net(3);
    Work *work = work_new();
    Data data = data_new(BATCH, BATCH_SEED);
    enum { MOST = 256 };
    double whole[MOST] = {0}, part[MOST] = {0}, sums[MOST] = {0}, metrics[MOST] = {0};
    CHECK(NETWORK->sum_count < MOST && NETWORK->figure_count < MOST, "sums and figures");
    NETWORK->evaluate(net, work, BATCH, (const void *const *)data.in, whole);
    CHECK((REAL)whole[0] == CALL(_loss)(net, work, BATCH, FIELDS_OF(data.in)), "evaluate's loss");
    for (size_t i = 0; i < BATCH; i++) {
        Data one = data_part(&data, i, 1);
        NETWORK->evaluate(net, work, 1, (const void *const *)one.in, part);
        for (size_t k = 0; k <= NETWORK->sum_count; k++)
            sums[k] += part[k];
        data_free(&one);
    }
    for (size_t k = 1; k <= NETWORK->sum_count; k++)
        CHECK(fabs(sums[k] - whole[k]) <= limit() * fabs(whole[k]), "sum %zu is %.9g, not %.9g", k,
              whole[k], sums[k]);
    CHECK(!NETWORK->finish == (NETWORK->figure_count == 0),
          "finish without figures, or figures without finish");
    if (NETWORK->finish)
        NETWORK->finish(net, work, BATCH, (const void *[]){whole + 1}, metrics);
    for (size_t k = 0; k < NETWORK->figure_count; k++)
        CHECK(isfinite(metrics[k]), "figure %zu", k);
    data_free(&data);
    free(net), free(work);
}

#include "callers.h"

typedef struct {
    const char *name;
    void (*check)(void);
} Promise;

#define PROMISE(name)                                                                              \
    { #name, name }
static const Promise promises[] = {
    PROMISE(step_is_gradient_and_update),
    PROMISE(gradients_add_up),
    PROMISE(gradient_add_begins_anew),
    PROMISE(incomplete_is_mean),
    PROMISE(loss_of_incomplete_is_mean),
    PROMISE(copies_are_nets),
    PROMISE(wrong_sizes_do_nothing),
    PROMISE(rows_beyond_n_are_not_seen),
    PROMISE(work_is_forgotten),
    PROMISE(batches_predict_as_examples),
    PROMISE(classes_out_of_range_are_no_class),
    PROMISE(get_and_set_agree),
    PROMISE(counters_are_in_reach),
    PROMISE(init_begins_anew),
    PROMISE(gradients_are_one_block),
    PROMISE(network_says_what_is),
    PROMISE(evaluation_adds_up),
    PROMISE(update_waits_for_gradients),
    PROMISE(values_that_are_not_finite_are_no_error),
    PROMISE(fit_takes_finite_values_alone),
    PROMISE(arrays_need_no_alignment),
};

static void check(const char *name) {
    for (size_t i = 0; i < sizeof promises / sizeof *promises; i++)
        if (strcmp(name, promises[i].name) == 0) {
            fprintf(stderr, "%s\n", name);
            promises[i].check();
            return;
        }
    CHECK(0, "no promise %s", name);
}

int main(int count, char **words) {
    CHECK(count > 1, "no promise is named");
    for (int i = 1; i < count; i++)
        check(words[i]);
    return 0;
}
