/* Norms of parameters, gradients and steps, which show vanishing and exploding gradients. Comes
   in: the net before and after each step. Goes out: Euclidean norms; for gradients and steps,
   the mean over the steps of an epoch. */

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UNTOUCHED = 0x5a }; /* stays where get_gradient writes nothing: there is no gradient */

typedef struct {
    const nn_tensor *tensor;
    void *before; /* the parameter before the step */
    bool has_gradient;
    double gradient, update; /* sums of norms */
} Row;

struct nn_watch {
    const nn_session *session;
    size_t row_count, steps;
    Row *rows;
    void *numbers; /* space for the largest parameter */
};

static bool rows_new(nn_watch *watch) {
    const nn_network *network = watch->session->network;
    size_t most = 1;
    watch->rows = calloc(network->tensor_count + 1, sizeof *watch->rows);
    for (size_t i = 0; watch->rows && i < network->tensor_count; i++) {
        const nn_tensor *tensor = &network->tensors[i];
        if (tensor->role != NN_PARAMETER)
            continue;
        Row *row = &watch->rows[watch->row_count++];
        *row = (Row){.tensor = tensor, .before = calloc(tensor->count, network->real_size)};
        if (!row->before)
            return false;
        most = tensor->count > most ? tensor->count : most;
    }
    watch->numbers = calloc(most, network->real_size);
    return watch->rows && watch->numbers;
}

nn_watch *nn_watch_new(const nn_session *session) {
    nn_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    watch->session = session;
    if (rows_new(watch))
        return watch;
    nn_watch_free(watch);
    return NULL;
}

void nn_watch_free(nn_watch *watch) {
    if (!watch)
        return;
    for (size_t i = 0; i < watch->row_count; i++)
        free(watch->rows[i].before);
    free(watch->rows);
    free(watch->numbers);
    free(watch);
}

/* The norm of numbers, or of their difference from `other` where that is not NULL. */
static double norm(const nn_network *network, size_t count, const void *numbers,
                   const void *other) {
    double largest = 0, squares = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            double x = nn_real_get(network, numbers, i);
            x -= other ? nn_real_get(network, other, i) : 0;
            if (pass == 0)
                largest = fabs(x) > largest || isnan(x) ? fabs(x) : largest;
            else
                squares += x / largest * (x / largest);
        }
        if (!(largest > 0 && largest < INFINITY))
            return largest;
    }
    return largest * sqrt(squares);
}

static void take_gradient(const nn_watch *watch, Row *row) {
    const nn_network *network = watch->session->network;
    const void *in[] = {row->tensor->name};
    size_t size = row->tensor->count * network->real_size;
    unsigned char *bytes = watch->numbers;
    memset(bytes, UNTOUCHED, size);
    network->get_gradient(NULL, watch->session->work, 1, in, bytes);
    row->has_gradient = false;
    for (size_t i = 0; i < size && !row->has_gradient; i++)
        row->has_gradient = bytes[i] != UNTOUCHED;
    if (row->has_gradient)
        row->gradient += norm(network, row->tensor->count, bytes, NULL);
}

void nn_watch_before(nn_watch *watch, size_t n, const void *const *in) {
    const nn_session *session = watch->session;
    double cost; /* space for a float or a double */
    session->network->gradient(session->net, session->work, n, in, &cost);
    for (size_t i = 0; i < watch->row_count; i++) {
        const void *name[] = {watch->rows[i].tensor->name};
        take_gradient(watch, &watch->rows[i]);
        session->network->get(session->net, NULL, 1, name, watch->rows[i].before);
    }
}

void nn_watch_after(nn_watch *watch) {
    const nn_session *session = watch->session;
    for (size_t i = 0; i < watch->row_count; i++) {
        Row *row = &watch->rows[i];
        const void *name[] = {row->tensor->name};
        session->network->get(session->net, NULL, 1, name, watch->numbers);
        row->update += norm(session->network, row->tensor->count, watch->numbers, row->before);
    }
    watch->steps++;
}

static void row_print(const nn_watch *watch, Row *row) {
    const nn_session *session = watch->session;
    const void *name[] = {row->tensor->name};
    double steps = (double)watch->steps;
    session->network->get(session->net, NULL, 1, name, watch->numbers);
    double weights = norm(session->network, row->tensor->count, watch->numbers, NULL);
    printf("  %-24s", row->tensor->name);
    if (row->has_gradient)
        printf(" %11.3e", row->gradient / steps);
    else
        printf(" %11s", "none");
    printf(" %11.3e %11.3e\n", weights, row->update / steps);
    row->gradient = row->update = 0;
}

void nn_watch_print(nn_watch *watch) {
    if (watch->steps == 0) /* an epoch that was stopped after its last step */
        return;
    printf("  %-24s %11s %11s %11s\n", "norms of", "gradient", "weights", "update");
    for (size_t i = 0; i < watch->row_count; i++)
        row_print(watch, &watch->rows[i]);
    watch->steps = 0;
}
