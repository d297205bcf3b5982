/* The nets of hand_net.h: plain loops, no thought of speed. */

#include "hand_net.h"

#include <math.h>
#include <string.h>

static const nn_field classes_inputs[] = {{"x", FEATURES, 1, {FEATURES}, 0, 1}};
static const nn_field classes_targets[] = {{"kind", CLASSES, 1, {CLASSES}, 1, 0}};
static const nn_field classes_outputs[] = {{"p", CLASSES, 1, {CLASSES}, 0, 0}};
static const nn_tensor classes_tensors[] = {
    {"weight", NN_PARAMETER, CLASSES *FEATURES, 2, {CLASSES, FEATURES}},
    {"bias", NN_PARAMETER, CLASSES, 1, {CLASSES}},
    {"x.low", NN_SCALING, FEATURES, 1, {FEATURES}},
    {"x.scale", NN_SCALING, FEATURES, 1, {FEATURES}},
    {"weight.velocity", NN_OPTIMIZER, CLASSES *FEATURES, 2, {CLASSES, FEATURES}},
};
static const nn_field classes_metrics[] = {
    {"accuracy", 1, 0, {0}, 0, 0},
    {"confusion_matrix", CLASSES *CLASSES, 2, {CLASSES, CLASSES}, 0, 0},
    {"predicted", CLASSES, 1, {CLASSES}, 0, 0},
};

static const int classes_of_outputs[] = {1}, classes_of_metrics[] = {1, 1, 1};

static float *classes_tensor(hand_classes *net, const char *name) {
    float *const tensors[] = {net->weight[0], net->bias, net->low, net->scale, net->velocity[0]};
    for (size_t i = 0; i < 5; i++)
        if (strcmp(name, classes_tensors[i].name) == 0)
            return tensors[i];
    return NULL;
}

static size_t classes_count(const char *name) {
    for (size_t i = 0; i < 5; i++)
        if (strcmp(name, classes_tensors[i].name) == 0)
            return classes_tensors[i].count;
    return 0;
}

static void classes_get(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n;
    if (classes_count(in[0]))
        memcpy(out, classes_tensor(net, in[0]), classes_count(in[0]) * sizeof(float));
}

static void classes_set(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    if (classes_count(in[0]))
        memcpy(classes_tensor(net, in[0]), in[1], classes_count(in[0]) * sizeof(float));
}

static void classes_init(void *net, void *work, size_t n, const void *const *in, void *out) {
    hand_classes *hand = net;
    (void)work, (void)n, (void)out;
    *hand = (hand_classes){.scale = {1, 1}};
    hand->counters[0] = *(const uint64_t *)in[0];
    hand->counters[3] = 1;
    for (size_t i = 0; i < CLASSES * FEATURES; i++)
        hand->weight[i / FEATURES][i % FEATURES] =
            0.01f * (float)((hand->counters[0] * 31 + i * 17) % 13) - 0.06f;
}

static void classes_set_epoch(void *net, void *work, size_t n, const void *const *in, void *out) {
    const uint32_t *given = in[0];
    (void)work, (void)n, (void)out;
    ((hand_classes *)net)->counters[2] = given[0];
    ((hand_classes *)net)->counters[3] = given[1];
}

static void classes_get_counters(void *net, void *work, size_t n, const void *const *in,
                                 void *out) {
    (void)work, (void)n, (void)in;
    memcpy(out, ((hand_classes *)net)->counters, sizeof((hand_classes *)net)->counters);
}

static void classes_set_counters(void *net, void *work, size_t n, const void *const *in,
                                 void *out) {
    (void)work, (void)n, (void)out;
    memcpy(((hand_classes *)net)->counters, in[0], sizeof((hand_classes *)net)->counters);
}

static void classes_fit(void *net, void *work, size_t n, const void *const *in, void *out) {
    hand_classes *hand = net;
    const float *x = in[0];
    (void)work;
    *(int *)out = 1;
    for (size_t i = 0; i < FEATURES; i++) {
        float low = x[i], high = x[i];
        for (size_t row = 0; row < n; row++) {
            low = fminf(low, x[row * FEATURES + i]);
            high = fmaxf(high, x[row * FEATURES + i]);
        }
        hand->low[i] = low;
        hand->scale[i] = high > low ? 1 / (high - low) : 1;
    }
}

static void classes_forward(const hand_classes *net, const float *x, float *scaled, float *p) {
    float total = 0;
    for (size_t i = 0; i < FEATURES; i++)
        scaled[i] = (x[i] - net->low[i]) * net->scale[i];
    for (size_t k = 0; k < CLASSES; k++) {
        p[k] = expf(net->bias[k] + net->weight[k][0] * scaled[0] + net->weight[k][1] * scaled[1]);
        total += p[k];
    }
    for (size_t k = 0; k < CLASSES; k++)
        p[k] /= total;
}

static void classes_predict(void *net, void *work, size_t n, const void *const *in, void *out) {
    float scaled[FEATURES];
    (void)work;
    for (size_t row = 0; row < n; row++)
        classes_forward(net, (const float *)in[0] + row * FEATURES, scaled,
                        ((float *)((void *const *)out)[0]) + row * CLASSES);
}

static void classes_evaluate(void *net, void *work, size_t n, const void *const *in, void *out) {
    double *sums = out, *matrix = sums + 2, loss = 0, right = 0;
    float scaled[FEATURES], p[CLASSES];
    (void)work;
    memset(matrix, 0, CLASSES * CLASSES * sizeof *matrix);
    for (size_t row = 0; row < n; row++) {
        int32_t kind = ((const int32_t *)in[1])[row];
        classes_forward(net, (const float *)in[0] + row * FEATURES, scaled, p);
        loss -= log((double)p[kind]);
        right += p[kind] >= p[0] && p[kind] >= p[1] && p[kind] >= p[2];
        int guess = p[0] >= p[1] && p[0] >= p[2] ? 0 : p[1] >= p[2] ? 1 : 2;
        matrix[kind * CLASSES + guess]++;
    }
    sums[0] = loss / (double)n;
    sums[1] = right;
}

static void classes_finish(void *net, void *work, size_t n, const void *const *in, void *out) {
    const double *sums = in[0];
    double *figures = out;
    (void)net, (void)work;
    figures[0] = sums[0] / (double)n;
    for (size_t i = 0; i < CLASSES * CLASSES; i++)
        figures[1 + i] = sums[1 + i];
    for (size_t k = 0; k < CLASSES; k++)
        figures[1 + CLASSES * CLASSES + k] =
            (sums[1 + k] + sums[1 + CLASSES + k] + sums[1 + 2 * CLASSES + k]) / (double)n;
}

static void classes_train_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    hand_classes *hand = net;
    float gradient[CLASSES][FEATURES + 1] = {{0}}, scaled[FEATURES], p[CLASSES];
    double sums[2 + CLASSES * CLASSES];
    classes_evaluate(net, work, n, in, sums);
    for (size_t row = 0; row < n; row++) {
        classes_forward(hand, (const float *)in[0] + row * FEATURES, scaled, p);
        for (size_t k = 0; k < CLASSES; k++) {
            float delta =
                (p[k] - (((const int32_t *)in[1])[row] == (int32_t)k ? 1.0f : 0.0f)) / (float)n;
            gradient[k][0] += delta * scaled[0];
            gradient[k][1] += delta * scaled[1];
            gradient[k][2] += delta;
        }
    }
    for (size_t k = 0; k < CLASSES; k++) {
        for (size_t i = 0; i < FEATURES; i++) {
            hand->velocity[k][i] = 0.5f * hand->velocity[k][i] + gradient[k][i];
            hand->weight[k][i] -= 2 * hand->velocity[k][i];
        }
        hand->bias[k] -= 2 * gradient[k][FEATURES];
    }
    hand->counters[1]++;
    *(float *)out = (float)sums[0];
}

const nn_network hand_classes_network = {
    .name = "hand",
    .model_hash = "00c0ffee",
    .real_size = sizeof(float),
    .batch = 4,
    .net_size = sizeof(hand_classes),
    .net_align = 64,
    .input_count = 1,
    .target_count = 1,
    .output_count = 1,
    .tensor_count = 5,
    .metric_count = 3,
    .sum_count = 1 + CLASSES * CLASSES,
    .figure_count = 1 + CLASSES * CLASSES + CLASSES,
    .inputs = classes_inputs,
    .targets = classes_targets,
    .outputs = classes_outputs,
    .tensors = classes_tensors,
    .metrics = classes_metrics,
    .output_targets = classes_of_outputs,
    .metric_targets = classes_of_metrics,
    .init = classes_init,
    .set_epoch = classes_set_epoch,
    .fit = classes_fit,
    .predict = classes_predict,
    .evaluate = classes_evaluate,
    .finish = classes_finish,
    .train_step = classes_train_step,
    .get = classes_get,
    .set = classes_set,
    .get_counters = classes_get_counters,
    .set_counters = classes_set_counters,
};

static const nn_field line_inputs[] = {{"a", 1, 0, {0}, 0, 0}, {"b", 2, 1, {2}, 0, 0}};
static const nn_field line_targets[] = {{"y", 1, 0, {0}, 0, 0}};
static const nn_field line_outputs[] = {{"guess", 1, 0, {0}, 0, 0}};
static const nn_tensor line_tensors[] = {
    {"weight", NN_PARAMETER, 3, 1, {3}},
    {"bias", NN_PARAMETER, 1, 0, {0}},
    {"rate", NN_SETTING, 1, 0, {0}},
};

static double *line_tensor(hand_line *net, const char *name) {
    return strcmp(name, "weight") == 0 ? net->weight
           : strcmp(name, "bias") == 0 ? &net->bias
                                       : &net->rate;
}

static size_t line_count(const char *name) {
    return strcmp(name, "weight") == 0 ? 3 : 1;
}

static void line_get(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n;
    memcpy(out, line_tensor(net, in[0]), line_count(in[0]) * sizeof(double));
}

static void line_set(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    memcpy(line_tensor(net, in[0]), in[1], line_count(in[0]) * sizeof(double));
}

static void line_init(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    *(hand_line *)net = (hand_line){.counters = {*(const uint64_t *)in[0], 0, 0, 1}, .rate = 0.1};
}

static void line_set_epoch(void *net, void *work, size_t n, const void *const *in, void *out) {
    const uint32_t *given = in[0];
    (void)work, (void)n, (void)out;
    ((hand_line *)net)->counters[2] = given[0];
    ((hand_line *)net)->counters[3] = given[1];
}

static void line_get_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)in;
    memcpy(out, ((hand_line *)net)->counters, sizeof((hand_line *)net)->counters);
}

static void line_set_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    memcpy(((hand_line *)net)->counters, in[0], sizeof((hand_line *)net)->counters);
}

static double line_guess(const hand_line *net, size_t row, const void *const *in) {
    const double *a = in[0], *b = in[1];
    return net->weight[0] * a[row] + net->weight[1] * b[2 * row] + net->weight[2] * b[2 * row + 1] +
           net->bias;
}

static void line_predict(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work;
    for (size_t row = 0; row < n; row++)
        ((double *)((void *const *)out)[0])[row] = line_guess(net, row, in);
}

static void line_evaluate(void *net, void *work, size_t n, const void *const *in, void *out) {
    double loss = 0;
    (void)work;
    for (size_t row = 0; row < n; row++)
        loss += pow(line_guess(net, row, in) - ((const double *)in[2])[row], 2);
    *(double *)out = loss / (double)n;
}

static void line_gradient(void *net, void *work, size_t n, const void *const *in, void *out) {
    double *gradient = work;
    line_evaluate(net, work, n, in, out);
    memset(gradient, 0, 4 * sizeof *gradient);
    for (size_t row = 0; row < n; row++) {
        double delta = 2 * (line_guess(net, row, in) - ((const double *)in[2])[row]) / (double)n;
        gradient[0] += delta * ((const double *)in[0])[row];
        gradient[1] += delta * ((const double *)in[1])[2 * row];
        gradient[2] += delta * ((const double *)in[1])[2 * row + 1];
        gradient[3] += delta;
    }
}

static void line_get_gradient(void *net, void *work, size_t n, const void *const *in, void *out) {
    const double *gradient = work;
    (void)net, (void)n;
    if (strcmp(in[0], "weight") == 0)
        memcpy(out, gradient, 3 * sizeof *gradient);
    else if (strcmp(in[0], "bias") == 0)
        memcpy(out, gradient + 3, sizeof *gradient);
}

static void line_train_step(void *net, void *work, size_t n, const void *const *in, void *out) {
    hand_line *hand = net;
    const double *gradient = work;
    line_gradient(net, work, n, in, out);
    for (size_t i = 0; i < 3; i++)
        hand->weight[i] -= hand->rate * gradient[i];
    hand->bias -= hand->rate * gradient[3];
    hand->counters[1]++;
}

const nn_network hand_line_network = {
    .name = "line",
    .model_hash = "0ddba11",
    .real_size = sizeof(double),
    .batch = 3,
    .net_size = sizeof(hand_line),
    .net_align = 8,
    .work_size = 4 * sizeof(double),
    .work_align = 8,
    .input_count = 2,
    .target_count = 1,
    .output_count = 1,
    .tensor_count = 3,
    .inputs = line_inputs,
    .targets = line_targets,
    .outputs = line_outputs,
    .tensors = line_tensors,
    .init = line_init,
    .set_epoch = line_set_epoch,
    .predict = line_predict,
    .evaluate = line_evaluate,
    .gradient = line_gradient,
    .train_step = line_train_step,
    .get_gradient = line_get_gradient,
    .get = line_get,
    .set = line_set,
    .get_counters = line_get_counters,
    .set_counters = line_set_counters,
};
