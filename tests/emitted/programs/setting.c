/* Settings: what init gives them, what get and set say of them, and what a step and a prediction make
   of them. Every number is exact. */

#include "net.h"

static const REAL x[3] = {1, 2, -1}, y[2] = {1, -1};
static const REAL weight[6] = {1, 0, -1, 2, -1, 0}; /* products 2 and 0, errors 1 and 1 */

static void set_number(Net *net, const char *name, REAL value) {
    REAL got = 0;
    CHECK(CALL(_set)(net, name, &value) == 1, "set %s", name);
    CHECK(CALL(_get)(net, name, &got) == 1 && got == value, "%s is %g", name, (double)got);
}

static void expect_setting(const Net *net, const char *name, REAL wanted) {
    REAL got = -1;
    CHECK(CALL(_get)(net, name, &got) == 1 && got == wanted, "%s is %g", name, (double)got);
}

/* One step from the same weights moves weight[0], whose gradient is 1 + 2 decay, to `wanted`. */
static void expect_step(Net *net, Work *work, REAL wanted) {
    REAL got[6];
    CALL(_set)(net, "a.weight", weight);
    CALL(_set)(net, "a.bias", (const REAL[2]){0, 0});
    CALL(_train_step)(net, work, 1, x, y);
    CALL(_get)(net, "a.weight", got);
    CHECK(got[0] == wanted, "a.weight[0] is %g, not %g", (double)got[0], (double)wanted);
}

static void expect_role(const char *name) {
    for (size_t i = 0; i < NETWORK->tensor_count; i++)
        if (strcmp(NETWORK->tensors[i].name, name) == 0) {
            CHECK(NETWORK->tensors[i].role == NN_SETTING, "role of %s", name);
            CHECK(NETWORK->tensors[i].count == 1 && NETWORK->tensors[i].rank == 0, "%s", name);
            return;
        }
    CHECK(0, "no tensor %s", name);
}

int main(void) {
    Net *net = net_new(1);
    Work *work = work_new();
    PredictWork *predict_work = predict_work_new();
    REAL out[2], gradient;
    expect_role("rate"), expect_role("decay"), expect_role("gain");
    expect_setting(net, "rate", (REAL)0.25);
    expect_setting(net, "decay", 0);
    expect_setting(net, "gain", 1);
    expect_step(net, work, (REAL)0.75);
    set_number(net, "rate", (REAL)0.5);
    expect_step(net, work, (REAL)0.5);
    set_number(net, "decay", 1);
    expect_step(net, work, (REAL)-0.5);
    expect_setting(net, "rate", (REAL)0.5); /* no step moves it */
    CHECK(CALL(_get_gradient)(work, "rate", &gradient) == 0, "a setting has no gradient");
    CALL(_set)(net, "a.weight", weight);
    CALL(_set)(net, "a.bias", (const REAL[2]){0, 0});
    set_number(net, "gain", 3);
    CALL(_predict)(net, predict_work, x, out);
    CHECK(out[0] == 6 && out[1] == 0, "outputs %g and %g", (double)out[0], (double)out[1]);
    out[0] = CALL(_loss)(net, work, 1, x, y); /* errors 5 and 1, weights 1 + 1 + 4 + 1 */
    CHECK(out[0] == 13 + 7, "loss is %g", (double)out[0]);
    free(net), free(work), free(predict_work);
    return 0;
}
