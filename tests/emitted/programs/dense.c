/* A dense layer worked out by hand: weights as [out, in], products, the gradient of half the
   squared error, one step of sgd. Every number is exact. */

#include "net.h"

static void expect_numbers(const char *what, size_t count, const REAL *got, const REAL *wanted) {
    for (size_t i = 0; i < count; i++)
        CHECK(got[i] == wanted[i], "%s[%zu] is %.9g, not %.9g", what, i, (double)got[i],
              (double)wanted[i]);
}

int main(void) {
    const REAL weight[6] = {1, 2, 3, 4, 5, 6}, bias[2] = {10, 20}; /* rows are outputs */
    const REAL x[6] = {1, 0, -1, 2, 1, 0};                         /* two examples */
    const REAL y[4] = {8, 19, 16, 29};
    const REAL outputs[4] = {8, 18, 14, 33}; /* 1 - 3 + 10, 4 - 6 + 20; 2 + 2 + 10, 8 + 5 + 20 */
    /* errors (0, -1) and (-2, 4); mean over two of error times x */
    const REAL d_weight[6] = {-2, -1, 0, (REAL)3.5, 2, (REAL)0.5}, d_bias[2] = {-1, (REAL)1.5};
    const REAL stepped[6] = {2, (REAL)2.5, 3, (REAL)2.25, 4, (REAL)5.75}; /* lr is 0.5 */
    REAL got[6];
    Net *net = net_new(1);
    Work *work = work_new();
    PredictWork *predict_work = predict_work_new();
    CHECK(CALL(_set)(net, "a.weight", weight) == 6 && CALL(_set)(net, "a.bias", bias) == 2, "set");
    CHECK(CALL(_get)(net, "a.weight", got) == 6, "get");
    expect_numbers("a.weight", 6, got, weight);
    for (size_t i = 0; i < 2; i++) {
        CALL(_predict)(net, predict_work, x + 3 * i, got);
        expect_numbers("output", 2, got, outputs + 2 * i);
    }
    CALL(_predict_batch)(net, predict_work, 2, x, got);
    expect_numbers("outputs", 4, got, outputs);
    CHECK(CALL(_loss)(net, work, 2, x, y) == (REAL)5.25, "loss"); /* (1/2 + 4/2 + 16/2) / 2 */
    CHECK(CALL(_gradient)(net, work, 2, x, y) == (REAL)5.25, "cost");
    CHECK(CALL(_get_gradient)(work, "a.weight", got) == 6, "get_gradient");
    expect_numbers("gradient of a.weight", 6, got, d_weight);
    CHECK(CALL(_get_gradient)(work, "a.bias", got) == 2, "get_gradient");
    expect_numbers("gradient of a.bias", 2, got, d_bias);
    CHECK(CALL(_train_step)(net, work, 2, x, y) == (REAL)5.25, "cost");
    CALL(_get)(net, "a.weight", got);
    expect_numbers("a.weight after a step", 6, got, stepped);
    free(net), free(work), free(predict_work);
    return 0;
}
