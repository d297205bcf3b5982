/* Nets keep tensors transposed and packed in panels; what callers pass and get is row-major all the
   same. Every function of nets with panels, and weights files, against the generic library, which
   has no layouts, on every target that runs here. */

#include "compare.h"
#include "long.h"
#include "nn_host.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No dimension is a multiple of all vectors' widths. */
#define LAYERS                                                                                     \
    "network layouts\ninput x[4, 11] minmax\ntarget y[5] onehot\nbatch 6\n"                        \
    "v = param([3, 4], normal(0.3))\nh = tanh(dense(reshape(x, [44]), 40))\n"                      \
    "g = tanh(dense(h, 33))\np = softmax(dense(g, 5))\ns = transpose(matmul(v, x))\n"              \
    "loss cross_entropy(p, y) + 0.01 * mean(s^2)\nfreeze h.bias\nupdate momentum(0.1)\n"

static const char plain_model[] = LAYERS "output p\n";

/* Outputs, sums of metrics and metrics are views. */
static const char model[] =
    LAYERS "hessian\nmetric table(r, y) {\n    sum whole = transpose(r)\n    sum other = r\n"
           "    return concat(transpose(whole)[:, 2:9], other[:, 4:], axis = 1) / count\n}\n"
           "metric row(r, y) {\n    sum whole = r[1:, 3:8]\n    return transpose(whole)\n}\n"
           "r = reshape(g, [3, 11])\nq = transpose(r)\ncut = transpose(r)[1:9, 1:]\n"
           "derivative p by x\nderivative s by v\noutput p, s, q, cut\n"
           "metric confusion_matrix(p, y)\nmetric table(r, y)\nmetric row(r, y)\n";

enum { FIRST = 3, BATCH = 6 };

/* hessian_times may write over its direction. Of a net in double, which takes the data as it is. */
static void check_one_array(const Net *net, const Data *data) {
    size_t count = net->glue->direction_count;
    double *both = calloc(2 * count, sizeof *both), *product = both + count;
    Running *running = running_new(net, FIRST);
    for (size_t i = 0; i < count; i++)
        both[i] = 1.0 / (double)(i + 1);
    running_hessian_times(running, BATCH, data, both, product);
    net->glue->hessian_times(running->net, running->work, BATCH, data->in, both, both);
    cr_expect_arr_eq(both, product, count * sizeof *product);
    running_free(running);
    free(both);
}

static void compare_with_generic(Target target, bool is_double, Oracle *oracle) {
    Net net = {.text = model, .graph = oracle->graph};
    net.options = (Options){.target = target, .is_double = is_double};
    Nets all = {.count = 1, .nets = &net};
    cr_assert(nets_build(&all), "%s", all.message);
    Dice dice = dice_new(FIRST);
    Data *data = data_new(oracle->graph, BATCH + 3, &dice);
    Comparison comparison = {.limit = limit_of(&net.options), .splits = true};
    cr_expect(compare_net(&net, oracle, data, FIRST, &comparison), "%s, %s: %s",
              target_name(target), is_double ? "double" : "float", comparison.failure);
    cr_expect(target == TARGET_C99 || strstr(net.result.header, ", kept as "),
              "%s keeps all in order: what for?", target_name(target));
    if (is_double)
        check_one_array(&net, data);
    data_free(data);
    nets_free(&all);
}

/* Each target with one precision, all with both in a long run. */
Test(layouts, are_not_seen_by_callers) {
    Target here[TARGETS];
    Oracle *oracle = oracle_of(model);
    for (unsigned i = 0; i < targets_here(here); i++)
        for (int is_double = 0; is_double < 2; is_double++)
            if (is_long() || (here[i] != TARGET_C99 && is_double == (int)i % 2))
                compare_with_generic(here[i], is_double, oracle);
    oracle_free(oracle);
}

static char *file_text(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);
    cr_assert(file, "%s", path);
    *size = fread(text, 1, 1 << 20, file);
    fclose(file);
    return text;
}

/* Saves the oracle's numbers from a net of the target, and reads the file. */
static char *saved_text(Target target, Oracle *oracle, size_t *size) {
    char path[1024];
    nn_error error;
    Net net = {.text = plain_model, .graph = oracle->graph, .options = {.target = target}};
    Nets all = {.count = 1, .nets = &net};
    cr_assert(nets_build(&all), "%s", all.message);
    Running *running = running_new(&net, FIRST);
    copy_variables(oracle, running);
    snprintf(path, sizeof path, "%s/layouts.weights", all.folder);
    cr_assert(nn_weights_save(net.network, running->net, NULL, path, &error), "%s", error.text);
    char *text = file_text(path, size);
    remove(path);
    running_free(running);
    nets_free(&all);
    return text;
}

/* A weights file has the same bytes as one of a c99 net, whose tensors are row-major. */
Test(layouts, are_not_seen_in_weights_files) {
    Target here[TARGETS];
    size_t size, plain_size;
    Oracle *oracle = oracle_of(plain_model);
    generic_init(oracle->generic, FIRST);
    char *plain = saved_text(TARGET_C99, oracle, &plain_size);
    for (unsigned i = 0; i < targets_here(here); i++) {
        char *text = saved_text(here[i], oracle, &size);
        cr_expect(size == plain_size && memcmp(text, plain, size) == 0, "%s", target_name(here[i]));
        free(text);
    }
    free(plain);
    oracle_free(oracle);
}
