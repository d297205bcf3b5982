/* Derivatives of s^2 + 2: 2 s and 2. Each column of a softmax's Jacobian has the sum 0, and a small
   step along x changes the outputs as the Jacobian says. */

#include "net.h"

static void check_square(const Net *net, PredictWork *work) {
    static const REAL numbers[] = {0, 1, -3, (REAL)0.5, 1024};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const REAL x[2] = {numbers[i], 7};
        REAL first = -1, second = -1;
        CALL(_q_by_s)(net, work, x, &first);
        CALL(_q_by_s_by_s)(net, work, x, &second);
        CHECK(first == 2 * x[0], "the first derivative at %g is %.9g", (double)x[0], (double)first);
        CHECK(second == 2, "the second derivative at %g is %.9g", (double)x[0], (double)second);
    }
}

static void check_jacobian(const Net *net, PredictWork *work) {
    const REAL x[2] = {(REAL)0.3, (REAL)-0.8}, step = (REAL)0.0078125;
    REAL jacobian[6], low[3], high[3];
    CALL(_p_by_x)(net, work, x, jacobian);
    for (int j = 0; j < 2; j++) {
        REAL before[2] = {x[0], x[1]}, after[2] = {x[0], x[1]};
        before[j] -= step;
        after[j] += step;
        CALL(_predict)(net, work, before, low);
        CALL(_predict)(net, work, after, high);
        REAL sum = jacobian[j] + jacobian[2 + j] + jacobian[4 + j];
        CHECK(fabs((double)sum) < 1e-6, "column %d has the sum %g", j, (double)sum);
        for (int i = 0; i < 3; i++) {
            double got = (double)jacobian[2 * i + j];
            double wanted = (double)(high[i] - low[i]) / (2 * (double)step);
            CHECK(fabs(got - wanted) < 1e-4, "[%d, %d] is %g, not %g", i, j, got, wanted);
        }
    }
}

int main(void) {
    Net *net = net_new(5);
    PredictWork *work = predict_work_new();
    check_square(net, work);
    check_jacobian(net, work);
    free(net), free(work);
    return 0;
}
