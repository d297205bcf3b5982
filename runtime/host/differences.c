/* The command check. Comes in: a data file and, optionally, weights. Goes out: a line per
   parameter: how far the net's gradient is from central differences of the cost on the first batch,
   and whether that is close enough. A parameter whose gradients and differences are all 0 is named,
   since that proves little; if all parameters are so, the check fails.

   A difference depends on its step: with a long step, curvature and kinks show; with a short
   one, the rounding of the cost does. So an element that does not agree is tried with other
   steps, and the best one counts: a wrong gradient agrees with none. */

#include "host.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ELEMENTS = 100, UNTOUCHED = 0x5a };

static const double steps[] = {1, 0.125, 8, 0.35, 2.8, 1.0 / 64}; /* relative to the first step */

/* Step and tolerance for the type of numbers of the net. */
typedef struct {
    double step, limit, epsilon;
} Precision;
static const Precision single = {4e-3, 5e-2, FLT_EPSILON}, wide = {6e-6, 1e-5, DBL_EPSILON};

typedef struct {
    nn_session *session;
    Precision precision;
    const void **in; /* the first batch */
    size_t n;
    double cost;
    void *numbers, *gradient; /* space for the largest parameter */
    size_t compared;
    size_t parameters, zeros;     /* compared; those whose gradients are all 0 */
    const nn_tensor *zero_tensor; /* the first of the latter */
    const nn_tensor *worst_tensor;
    size_t worst_element;
    double worst, worst_gradient, worst_difference;
} Check;

double nn_real_get(const nn_network *network, const void *reals, size_t index) {
    return network->real_size == sizeof(float) ? (double)((const float *)reals)[index]
                                               : ((const double *)reals)[index];
}

void nn_real_put(const nn_network *network, void *reals, size_t index, double value) {
    if (network->real_size == sizeof(float))
        ((float *)reals)[index] = (float)value;
    else
        ((double *)reals)[index] = value;
}

static double cost_find(const Check *check) {
    const nn_session *session = check->session;
    double cost; /* space for a float or a double */
    session->network->gradient(session->net, session->work, check->n, check->in, &cost);
    return nn_real_get(session->network, &cost, 0);
}

/* The cost with one element set to *to, which becomes the rounded value that was stored. */
static double cost_at(const Check *check, const nn_tensor *tensor, size_t element, double *to) {
    const nn_network *network = check->session->network;
    const void *in[] = {tensor->name, check->numbers};
    double before = nn_real_get(network, check->numbers, element);
    nn_real_put(network, check->numbers, element, *to);
    *to = nn_real_get(network, check->numbers, element);
    network->set(check->session->net, NULL, 1, in, NULL);
    double cost = cost_find(check);
    nn_real_put(network, check->numbers, element, before);
    network->set(check->session->net, NULL, 1, in, NULL);
    return cost;
}

static double difference(const Check *check, const nn_tensor *tensor, size_t element, double step) {
    double value = nn_real_get(check->session->network, check->numbers, element);
    double high = value + step, low = value - step;
    double above = cost_at(check, tensor, element, &high);
    return (above - cost_at(check, tensor, element, &low)) / (high - low);
}

static void note_worst(Check *check, const nn_tensor *tensor, size_t element, double gradient,
                       double slope, double error) {
    if (check->worst_tensor && !(error > check->worst))
        return;
    check->worst = error;
    check->worst_tensor = tensor;
    check->worst_element = element;
    check->worst_gradient = gradient;
    check->worst_difference = slope;
}

/* Compares one element. size: the scale of this parameter's gradients. Returns the error
   relative to that or to the element itself, whichever is larger. */
static double element_check(Check *check, const nn_tensor *tensor, size_t element, double size) {
    const nn_network *network = check->session->network;
    double value = fabs(nn_real_get(network, check->numbers, element));
    double gradient = nn_real_get(network, check->gradient, element);
    double first = check->precision.step * (value > 1 ? value : 1);
    double error = INFINITY, slope = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !(error <= check->precision.limit / 4);
         i++) {
        double now = difference(check, tensor, element, first * steps[i]);
        double scale = fmax(size, fmax(fabs(gradient), fabs(now)));
        double off = scale > 0 ? fabs(gradient - now) / scale : gradient == now ? 0 : INFINITY;
        if (off < error || i == 0) {
            error = isnan(off) ? INFINITY : off;
            slope = now;
        }
    }
    note_worst(check, tensor, element, gradient, slope, error);
    return error;
}

/* Computes the gradient of a parameter. False where it has none. */
static bool gradient_take(const Check *check, const nn_tensor *tensor) {
    const nn_session *session = check->session;
    const void *in[] = {tensor->name};
    size_t size = tensor->count * session->network->real_size;
    unsigned char *bytes = check->gradient;
    memset(bytes, UNTOUCHED, size);
    cost_find(check);
    session->network->get_gradient(session->net, session->work, 1, in, bytes);
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != UNTOUCHED)
            return true;
    return false;
}

/* The root mean square of the gradient, but at least the error that rounding of the cost causes
   in a difference. */
static double gradient_size(const Check *check, const nn_tensor *tensor) {
    const Precision *precision = &check->precision;
    double squares = 0;
    for (size_t i = 0; i < tensor->count; i++)
        squares += pow(nn_real_get(check->session->network, check->gradient, i), 2);
    double rounding = 4 * precision->epsilon * fabs(check->cost) / (8 * precision->step);
    return fmax(sqrt(squares / (double)tensor->count), rounding / precision->limit);
}

/* Writes "h.weight[3, 12]". */
static const char *element_name(const nn_tensor *tensor, size_t element, char name[256]) {
    size_t index[NN_MAX_RANK];
    for (size_t axis = tensor->rank; axis-- > 0; element /= tensor->shape[axis])
        index[axis] = element % tensor->shape[axis];
    int at = snprintf(name, 200, "%s", tensor->name);
    at = at < 199 ? at : 199;
    for (size_t axis = 0; axis < tensor->rank; axis++)
        at += snprintf(name + at, 256 - (size_t)at, "%s%zu", axis ? ", " : "[", index[axis]);
    if (tensor->rank > 0)
        snprintf(name + at, 256 - (size_t)at, "]");
    return name;
}

static bool has_zeros_alone(const Check *check, const nn_tensor *tensor) {
    for (size_t i = 0; i < tensor->count; i++)
        if (nn_real_get(check->session->network, check->gradient, i) != 0)
            return false;
    return true;
}

static void tensor_report(Check *check, const nn_tensor *tensor, size_t count, double worst) {
    bool is_zero = worst <= check->precision.limit && has_zeros_alone(check, tensor);
    printf("  %-24s %zu of %zu compared, ", tensor->name, count, tensor->count);
    if (is_zero)
        printf("all gradients are 0\n");
    else
        printf("off by %.2e at most\n", worst);
    fflush(stdout);
    check->parameters++;
    check->zeros += is_zero;
    if (is_zero && !check->zero_tensor)
        check->zero_tensor = tensor;
}

/* Checks all elements, or a limited number spread evenly over the parameter. */
static void tensor_check(Check *check, const nn_tensor *tensor) {
    const nn_session *session = check->session;
    const void *in[] = {tensor->name};
    size_t count = tensor->count < MOST_ELEMENTS ? tensor->count : MOST_ELEMENTS;
    double worst = 0;
    if (!gradient_take(check, tensor)) {
        printf("  %-24s has no gradient\n", tensor->name);
        return;
    }
    session->network->get(session->net, NULL, 1, in, check->numbers);
    double size = gradient_size(check, tensor);
    for (size_t i = 0; i < count; i++) {
        size_t element = i * (tensor->count / count) + i * (tensor->count % count) / count;
        double error = element_check(check, tensor, element, size);
        worst = error > worst ? error : worst;
    }
    check->compared += count;
    tensor_report(check, tensor, count, worst);
}

static bool buffers_new(Check *check) {
    const nn_network *network = check->session->network;
    size_t most = 1;
    for (size_t i = 0; i < network->tensor_count; i++)
        if (network->tensors[i].role == NN_PARAMETER && network->tensors[i].count > most)
            most = network->tensors[i].count;
    check->numbers = calloc(most, network->real_size);
    check->gradient = calloc(most, network->real_size);
    check->in = calloc(network->input_count + network->target_count + 1, sizeof *check->in);
    return (check->numbers && check->gradient && check->in) ||
           nn_fail_memory(check->session->error);
}

static void zeros_hint(const Check *check) {
    nn_hint(
        check->session->error,
        "what lies between them and the loss may be constant (softmax of one value, a factor of "
        "0, relu that no example passes); other data, --seed or --weights tell more");
}

/* Reports parameters with gradients of 0. False, with an error, where all are 0. */
static bool zeros_tell(const Check *check) {
    nn_error *error = check->session->error;
    const char *ending = check->n == 1 ? "" : "s";
    if (check->zeros == 0)
        return true;
    if (check->zeros == check->parameters) {
        nn_fail(error, NN_WRONG, (nn_place){NULL, 0},
                "all gradients of all parameters are 0 on %zu example%s, so nothing is checked",
                check->n, ending);
        zeros_hint(check);
        return false;
    }
    nn_note(error, NULL, "all gradients of '%s'", check->zero_tensor->name);
    if (check->zeros > 1)
        nn_add(error, " and %zu more parameter%s", check->zeros - 1, check->zeros > 2 ? "s" : "");
    nn_add(error, " are 0 on %zu example%s, which proves little", check->n, ending);
    zeros_hint(check);
    nn_session_note(check->session);
    return true;
}

static bool verdict(const Check *check) {
    char name[256];
    nn_error *error = check->session->error;
    if (check->compared == 0) {
        printf("no parameter has a gradient\n");
        return true;
    }
    element_name(check->worst_tensor, check->worst_element, name);
    if (!(check->worst <= check->precision.limit))
        return nn_fail(
            error, NN_WRONG, (nn_place){NULL, 0},
            "the gradient of '%s' is %.6g, differences give %.6g: off by %.2e, the limit "
            "is %.0e",
            name, check->worst_gradient, check->worst_difference, check->worst,
            check->precision.limit);
    if (check->zeros < check->parameters)
        printf("worst: %s, %.6g, by differences %.6g; off by %.2e, the limit is %.0e\n", name,
               check->worst_gradient, check->worst_difference, check->worst,
               check->precision.limit);
    return zeros_tell(check);
}

static bool parameters_check(Check *check, const nn_data *data) {
    const nn_network *network = check->session->network;
    check->n = data->count < network->batch ? data->count : network->batch;
    if (!buffers_new(check))
        return false;
    nn_data_at(data, 0, check->in);
    check->cost = cost_find(check);
    if (!isfinite(check->cost))
        return nn_fail(check->session->error, NN_WRONG, (nn_place){NULL, 0}, "loss is %s",
                       isnan(check->cost) ? "nan" : "inf");
    printf("%zu examples, loss in training %.6g\n", check->n, check->cost);
    for (size_t i = 0; i < network->tensor_count; i++)
        if (network->tensors[i].role == NN_PARAMETER)
            tensor_check(check, &network->tensors[i]);
    return verdict(check);
}

/* Makes the net as at the start of training, or from a weights file. This comes before the data,
   because a weights file may have names of classes. */
static bool net_make(nn_session *session) {
    const void *in[] = {&session->options->seed};
    session->network->init(session->net, NULL, 1, in, NULL);
    return !session->options->weights ||
           nn_session_weights(session, session->options->weights, NN_SCALING_FITTED);
}

static bool net_start(nn_session *session, const nn_data *data) {
    if (!nn_session_fit(session, data))
        return false;
    if (session->options->weights)
        return true;
    nn_data_tell(data, session->net);
    return true;
}

bool nn_check(nn_session *session) {
    bool is_float = session->network->real_size == sizeof(float);
    Check check = {.session = session, .precision = is_float ? single : wide};
    nn_data *data = net_make(session) ? nn_session_data(session, session->options->data) : NULL;
    bool is_fine = data && net_start(session, data) && parameters_check(&check, data);
    nn_data_free(data);
    free(check.in);
    free(check.numbers);
    free(check.gradient);
    return is_fine;
}
