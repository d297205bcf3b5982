/* Promises of the header about what callers may do. Part of promises.c. */

/* Without a gradient update changes nothing, not even the count of steps; what the caller leaves in
   the block is a gradient. */
static void update_waits_for_gradients(void) {
    Net *net = trained_net(2), *same = trained_net(2);
    Work *work = work_new();
    CALL(_update)(net, work);
    expect_same_bits(net, same, "update without a gradient");
    memset(CALL(_gradients)(work), 0, NETWORK_GRADIENTS * sizeof(REAL));
    CALL(_update)(net, work);
    CHECK(net->step == same->step + 1, "update with the caller's gradients: step %d",
          (int)net->step);
    CALL(_update)(net, work);
    CHECK(net->step == same->step + 2, "update again: step %d", (int)net->step);
    free(net), free(same), free(work);
}

/* How many of a tensor's numbers are NaN; `was` says which were, and these have to be still. */
static size_t count_nan(const Net *net, const nn_tensor *tensor, unsigned char *was) {
    REAL *values = (REAL *)calloc(tensor->count, sizeof *values);
    size_t count = 0;
    CALL(_get)(net, tensor->name, values);
    for (size_t i = 0; i < tensor->count; i++) {
        CHECK(!was[i] || isnan(values[i]), "%s[%zu] was NaN, and is %g", tensor->name, i,
              (double)values[i]);
        was[i] = isnan(values[i]) != 0;
        count += was[i];
    }
    free(values);
    return count;
}

/* A step on numbers that are not finite, one more, and back to a copy, with the same work. */
static void step_on(REAL value) {
    Net *net = trained_net(2), *twin = trained_net(2), kept = *net;
    Work *work = work_new(), *other = work_new();
    Data bad = data_new(BATCH, 1), good = data_new(BATCH, 2);
    for (size_t f = 0; f < INPUTS; f++)
        for (size_t i = 0; i < BATCH * field_of(f)->count; i++)
            ((REAL *)bad.in[f])[i] = value;
    CALL(_train_step)(net, work, BATCH, FIELDS_OF(bad.in));
    CHECK(net->step == kept.step + 1, "step %d", (int)net->step);
    for (size_t i = 0; i < NETWORK->tensor_count; i++) {
        const nn_tensor *tensor = &NETWORK->tensors[i];
        Net after = *net;
        unsigned char *was = (unsigned char *)calloc(tensor->count, 1);
        size_t count = count_nan(net, tensor, was);
        CALL(_train_step)(&after, work, BATCH, FIELDS_OF(good.in));
        CHECK(tensor->role != NN_PARAMETER || count_nan(&after, tensor, was) >= count, "NaN");
        free(was);
    }
    *net = kept;
    CALL(_gradient)(net, work, BATCH, FIELDS_OF(good.in));
    CALL(_update)(net, work);
    CALL(_train_step)(net, work, BATCH / 2, FIELDS_OF(good.in));
    CALL(_train_step)(twin, other, BATCH, FIELDS_OF(good.in));
    CALL(_train_step)(twin, other, BATCH / 2, FIELDS_OF(good.in));
    expect_same_bits(net, twin, "back to a copy");
    data_free(&bad), data_free(&good);
    free(net), free(twin), free(work), free(other);
}

static void values_that_are_not_finite_are_no_error(void) {
    step_on((REAL)NAN);
    step_on((REAL)INFINITY);
    step_on(-(REAL)INFINITY);
    step_on(sizeof(REAL) == sizeof(float) ? (REAL)3e38 : (REAL)1e308);
}

static int fits(Net *net, size_t n, const Data *data) {
    int result = 7;
    NETWORK->fit(net, NULL, n, (const void *const *)data->in, &result);
    return result;
}

static void fit_takes_finite_values_alone(void) {
    const REAL values[] = {(REAL)NAN, (REAL)INFINITY, -(REAL)INFINITY};
    Net *net = trained_net(2), *same = trained_net(2);
    Data data = data_new(5, 4);
    for (size_t f = 0; NETWORK->fit && f < FIELDS; f++) {
        if (field_of(f)->is_onehot)
            continue;
        REAL *last = (REAL *)data.in[f] + 5 * field_of(f)->count - 1, was = *last;
        for (size_t i = 0; field_of(f)->is_scaled && i < 3; i++) {
            *last = values[i];
            CHECK(fits(net, 5, &data) == 0, "%g is taken", (double)values[i]);
            expect_same_bits(net, same, "fit with what is not finite");
        }
        *last = was;
        CHECK(fits(net, 0, &data) == 0, "no example is taken");
        expect_same_bits(net, same, "fit with nothing");
        CHECK(fits(net, 5, &data) == 1, "finite numbers are not taken");
        *same = *net;
    }
    data_free(&data);
    free(net), free(same);
}

/* Outputs one number off from what allocators give; data_new does the same with inputs. */
static void arrays_need_no_alignment(void) {
    Net *net = trained_net(2);
    PredictWork *work = predict_work_new();
    for (size_t n = 1; n < 40; n += 13) {
        REAL *out[OUTPUTS], *off[OUTPUTS], *blocks[OUTPUTS];
        Data data = data_new(n, (uint32_t)n);
        outputs_new(out, n);
        for (size_t k = 0; k < OUTPUTS; k++) {
            blocks[k] = (REAL *)malloc((n * NETWORK->outputs[k].count + 1) * sizeof(REAL));
            off[k] = blocks[k] + 1;
        }
        CALL(_predict_batch)(net, work, n, INPUTS_OF(data.in), OUTPUTS_OF(out));
        CALL(_predict_batch)(net, work, n, INPUTS_OF(data.in), OUTPUTS_OF(off));
        for (size_t k = 0; k < OUTPUTS; k++)
            CHECK(memcmp(out[k], off[k], n * NETWORK->outputs[k].count * sizeof(REAL)) == 0,
                  "outputs at another address");
        outputs_free(out), outputs_free(blocks);
        data_free(&data);
    }
    CHECK(_Alignof(Net) == NETWORK->net_align && sizeof(Net) % NETWORK->net_align == 0, "net");
    CHECK(_Alignof(Work) == NETWORK->work_align && sizeof(Work) % NETWORK->work_align == 0, "work");
    CHECK(_Alignof(PredictWork) == NETWORK->predict_work_align, "predict_work");
    free(net), free(work);
}
