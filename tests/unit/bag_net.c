/* See bag_net.h. */

#include "bag_net.h"

#include <criterion/criterion.h>
#include <string.h>

const nn_tensor bag_tensors[TENSORS] = {
    {"x.low", NN_SCALING, 1, 1, {1}},
    {"x.scale", NN_SCALING, 1, 1, {1}},
    {"y.low", NN_SCALING, 1, 0, {0}},
    {"y.scale", NN_SCALING, 1, 0, {0}},
    {"rate", NN_SETTING, 1, 0, {0}},
    {"h.weight", NN_PARAMETER, 4, 2, {2, 2}},
    {"h.bias", NN_PARAMETER, 2, 1, {2}},
    {"n.gamma", NN_PARAMETER, 2, 1, {2}},
    {"n.beta", NN_PARAMETER, 2, 1, {2}},
    {"n.running_mean", NN_STATE, 2, 1, {2}},
    {"n.running_variance", NN_STATE, 2, 1, {2}},
    {"p.weight", NN_PARAMETER, 6, 2, {3, 2}},
    {"h.weight.m", NN_OPTIMIZER, 4, 2, {2, 2}},
    {"h.bias.m", NN_OPTIMIZER, 2, 1, {2}},
    {"n.gamma.m", NN_OPTIMIZER, 2, 1, {2}},
    {"n.beta.m", NN_OPTIMIZER, 2, 1, {2}},
    {"p.weight.m", NN_OPTIMIZER, 6, 2, {3, 2}},
};

float *bag_numbers(Bag *net, const char *name) {
    float *at = net->reals;
    for (size_t i = 0; i < TENSORS; at += bag_tensors[i].count, i++)
        if (strcmp(bag_tensors[i].name, name) == 0)
            return at;
    cr_assert_fail("no tensor '%s'", name);
    return NULL;
}

static size_t count_of(const char *name) {
    for (size_t i = 0; i < TENSORS; i++)
        if (strcmp(bag_tensors[i].name, name) == 0)
            return bag_tensors[i].count;
    return 0;
}

static void get(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n;
    memcpy(out, bag_numbers(net, in[0]), count_of(in[0]) * sizeof(float));
}

static void set(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    memcpy(bag_numbers(net, in[0]), in[1], count_of(in[0]) * sizeof(float));
}

static void get_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)in;
    memcpy(out, ((Bag *)net)->counters, sizeof((Bag *)net)->counters);
}

static void set_counters(void *net, void *work, size_t n, const void *const *in, void *out) {
    (void)work, (void)n, (void)out;
    memcpy(((Bag *)net)->counters, in[0], sizeof((Bag *)net)->counters);
}

static const nn_field input = {.name = "u", .count = 1};
static const nn_field targets[] = {{.name = "v", .count = 1}, {.name = "y", .count = 1}};

nn_network bag_network(size_t tensor_count) {
    return (nn_network){.name = "bag",
                        .input_count = 1,
                        .inputs = &input,
                        .target_count = 2,
                        .targets = targets,
                        .model_hash = "0",
                        .real_size = sizeof(float),
                        .net_size = sizeof(Bag),
                        .tensor_count = tensor_count,
                        .tensors = bag_tensors,
                        .get = get,
                        .set = set,
                        .get_counters = get_counters,
                        .set_counters = set_counters};
}

Bag bag_make(void) {
    Bag net = {.counters = {5, 600, 7, 8}};
    for (size_t i = 0; i < sizeof net.reals / sizeof *net.reals; i++)
        net.reals[i] = 100 + (float)i;
    return net;
}

char *load_fine(size_t tensor_count, const char *path, const nn_weights_from *from, Bag *net) {
    static char notes[4096];
    nn_error error;
    nn_network network = bag_network(tensor_count);
    *net = bag_make();
    cr_assert(nn_weights_import(&network, net, path, from, &error), "%s", error.text);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(bag_numbers(net, "h.weight")[i], (float)(i + 1), "number %d is %g", i,
                     (double)bag_numbers(net, "h.weight")[i]);
    notes[0] = '\0';
    for (const char *line = error.text; line && *line;) {
        const char *end = strchr(line, '\n');
        const char *text = strstr(line, ": note: ") + strlen(": note: ");
        size_t size = end ? (size_t)(end - text) + 1 : strlen(text);
        snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "%.*s", (int)size, text);
        line = end ? end + 1 : NULL;
    }
    return notes;
}

void expect_refusal(size_t tensor_count, const char *path, const nn_weights_from *from,
                    nn_code code, const char *text) {
    nn_error error;
    nn_network network = bag_network(tensor_count);
    Bag net = bag_make(), before = net;
    cr_assert_not(nn_weights_import(&network, &net, path, from, &error), "accepted: %s", text);
    cr_assert_eq(memcmp(&net, &before, sizeof net), 0, "touched: %s", text);
    const char *found = strstr(error.text, ": error: ");
    cr_assert_str_eq(found ? found + 9 : error.text, text);
    cr_assert_eq(error.code, code, "%s", text);
}
