/* Trains a net for a few steps and prints all numbers that come out, a line each value: its name and
   its elements, for who compares them with those of another target. Compiled with any net, see
   net.h. */

#include "net.h"

enum { STEPS = 4 };

static void print(const char *what, const REAL *values, size_t count) {
    printf("%s", what);
    for (size_t i = 0; i < count; i++)
        printf(" %.17g", (double)values[i]);
    printf("\n");
}

static void print_tensors(const Net *net, const Work *work) {
    for (size_t i = 0; i < NETWORK->tensor_count; i++) {
        const nn_tensor *tensor = &NETWORK->tensors[i];
        REAL *values = (REAL *)calloc(tensor->count, sizeof *values);
        CHECK(values, "no memory");
        CALL(_get)(net, tensor->name, values);
        print(tensor->name, values, tensor->count);
        if (CALL(_get_gradient)(work, tensor->name, values))
            print("its gradient", values, tensor->count);
        free(values);
    }
}

static void print_predictions(const Net *net, PredictWork *work, const Data *data) {
    REAL *out[OUTPUTS];
    for (size_t k = 0; k < OUTPUTS; k++) {
        out[k] = (REAL *)calloc(data->n * NETWORK->outputs[k].count, sizeof *out[k]);
        CHECK(out[k], "no memory");
    }
    CALL(_predict_batch)(net, work, data->n, INPUTS_OF(data->in), OUTPUTS_OF(out));
    for (size_t k = 0; k < OUTPUTS; k++)
        print("predict_batch", out[k], data->n * NETWORK->outputs[k].count);
    CALL(_predict)(net, work, INPUTS_OF(data->in), OUTPUTS_OF(out));
    for (size_t k = 0; k < OUTPUTS; k++) {
        print("predict", out[k], NETWORK->outputs[k].count);
        free(out[k]);
    }
}

int main(void) {
    Net *net = net_new(5);
    Work *work = work_new();
    PredictWork *predict_work = predict_work_new();
    Data all = data_new(2 * NETWORK->batch + 3, 17);
    fit(net, &all);
    for (size_t i = 0; i < STEPS; i++) {
        size_t n = i == 1 ? 1 + NETWORK->batch / 2 : NETWORK->batch;
        Data data = data_new(n, (uint32_t)i);
        REAL cost = CALL(_loss)(net, work, n, FIELDS_OF(data.in));
        print("loss", &cost, 1);
        cost = CALL(_gradient)(net, work, n, FIELDS_OF(data.in));
        print("cost", &cost, 1);
        print_tensors(net, work);
        CALL(_train_step)(net, work, n, FIELDS_OF(data.in));
        data_free(&data);
    }
    print_tensors(net, work);
    print_predictions(net, predict_work, &all);
    data_free(&all);
    free(net), free(work), free(predict_work);
    return 0;
}
