/* Metrics against metrics.txt, which metrics.py made in numpy, and with weights of examples, the
   loss among them, against weighted.txt, which weighted.py made in scikit-learn: generated code in
   double to 1e-6 relative, over batches of which the last is incomplete. */

#include "compare.h"
#include "numbers.h"
#include "oracle.h"
#include "running.h"
#include "targets.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 8192, SETS = 40, BATCH = 5 };

/* A data set and what every metric makes of it, one after the other. */
typedef struct {
    int width; /* values of an example; 0: a number */
    bool is_weighted;
    Numbers p, y, w, figures;
    Numbers loss; /* of a set with weights: its last figure */
    int metric_count;
    char text[2000];
    Oracle *oracle;
} Set;

static Set sets[SETS];
static Net nets[SETS];
static int set_count;

static void add_text(Set *set, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_text(Set *set, const char *format, ...) {
    va_list arguments;
    size_t size = strlen(set->text);
    va_start(arguments, format);
    int added = vsnprintf(set->text + size, sizeof set->text - size, format, arguments);
    va_end(arguments);
    cr_assert_lt((size_t)added, sizeof set->text - size);
}

/* Metrics of the input itself; the trained parameters do not matter. */
static Set *open_set(int width, bool is_weighted) {
    char shape[16] = "";
    cr_assert_lt(set_count, SETS);
    Set *set = &sets[set_count++];
    *set = (Set){.width = width, .is_weighted = is_weighted};
    if (set->width > 0)
        snprintf(shape, sizeof shape, "[%d]", set->width);
    add_text(set,
             "network s%d\ninput p%s\ntarget y%s%s\nq = p * param([], 1)\nupdate sgd(1)\n"
             "batch %d\n%s",
             set_count, shape, shape, is_weighted ? "\ntarget w" : "", (int)BATCH,
             is_weighted ? "" : "loss sum((q - y)^2)\n");
    return set;
}

static void read_sets(const char *path) {
    static char line[LINE];
    char call[200];
    int width;
    FILE *file = fopen(path, "r");
    cr_assert(file);
    for (Set *set = NULL; fgets(line, LINE, file);) {
        bool is_weighted = sscanf(line, "weighted %d", &width) == 1;
        if (is_weighted || sscanf(line, "values %d", &width) == 1) {
            set = open_set(width, is_weighted);
            set->p = numbers_read(file);
            set->y = numbers_read(file);
            if (is_weighted)
                set->w = numbers_read(file);
        } else if (set && sscanf(line, "loss %199[^\n]", call) == 1) {
            add_text(set, "loss %s\n", call);
            set->loss = numbers_read(file);
        } else {
            cr_assert(set && sscanf(line, "metric %199[^\n]", call) == 1, "%s", line);
            add_text(set, "metric %s\n", call);
            Numbers figures = numbers_read(file);
            numbers_append(&set->figures, &figures);
            set->metric_count++;
        }
    }
    fclose(file);
    for (Set *set = sets; set < sets + set_count; set++)
        if (set->is_weighted)
            numbers_append(&set->figures, &set->loss);
}

static Data rows_of(Set *set, size_t first, size_t n) {
    size_t count = set->width > 0 ? (size_t)set->width : 1;
    Data data = {.n = n, .field_count = 2, .input_count = 1, .counts = {count, count, 1}};
    data.values[0] = set->p.values + first * count;
    data.values[1] = set->y.values + first * count;
    data.values[2] = set->w.values + first;
    data.field_count += set->is_weighted;
    for (int i = 0; i < data.field_count; i++)
        data.in[i] = data.values[i];
    return data;
}

static void expect_figures(Set *set, const Net *net) {
    double sums[NUMBERS] = {0}, part[NUMBERS + 1], figures[NUMBERS];
    size_t examples = (size_t)set->p.count / (set->width > 0 ? (size_t)set->width : 1);
    Running *running = running_new(net, 1);
    cr_assert_eq(net->network->figure_count, (size_t)set->figures.count);
    cr_assert_eq(net->network->metric_count, (size_t)set->metric_count);
    cr_assert_leq(net->network->sum_count, NUMBERS);
    for (size_t first = 0; first < examples; first += BATCH) {
        Data data = rows_of(set, first, examples - first < BATCH ? examples - first : BATCH);
        running_evaluate(running, data.n, &data, part);
        for (size_t i = 0; i < net->network->sum_count; i++)
            sums[i] += part[1 + i];
    }
    running_finish(running, examples, sums, figures);
    for (int i = 0; i < set->figures.count; i++) {
        double wanted = set->figures.values[i];
        cr_expect(fabs(figures[i] - wanted) <= 1e-6 * fabs(wanted),
                  "%s, figure %d: %.12g, not %.12g", set->text, i, figures[i], wanted);
    }
    running_free(running);
}

/* gradient_add weights the parts of a batch by their examples, whether the loss is weighted or not.
   */
static void expect_parts(Set *set, const Net *net) {
    double parts[2], both;
    Data first = rows_of(set, 0, 2), second = rows_of(set, 20, 3);
    Running *running = running_new(net, 1);
    running_set(running, "q", 1, (double[]){0.7});
    running_gradient(running, second.n, &second);
    running_get_gradient(running, "q", 1, &parts[1]);
    running_gradient(running, first.n, &first);
    running_get_gradient(running, "q", 1, &parts[0]);
    running_gradient_add(running, 0, second.n, &second);
    running_get_gradient(running, "q", 1, &both);
    double wanted = (2 * parts[0] + 3 * parts[1]) / 5;
    cr_expect(fabs(both - wanted) <= 1e-12 * (fabs(parts[0]) + fabs(parts[1])),
              "%s: gradient_add %.17g, not %.17g", set->text, both, wanted);
    running_free(running);
}

/* Names and shapes in nn_network. */
static void expect_told(const Set *set, const nn_network *network) {
    size_t total = 0;
    for (size_t i = 0; i < network->metric_count; i++) {
        const nn_field *metric = &network->metrics[i];
        const Node *finish = set->oracle->graph->metrics[i].finish;
        cr_expect_str_eq(metric->name, set->oracle->graph->metrics[i].name);
        cr_expect_eq(metric->rank, (size_t)finish->shape.rank);
        size_t count = 1;
        for (size_t axis = 0; axis < metric->rank; axis++) {
            cr_expect_eq(metric->shape[axis], (size_t)finish->shape.size[axis]);
            count *= metric->shape[axis];
        }
        cr_expect_eq(metric->count, count);
        total += count;
    }
    cr_expect_eq(network->figure_count, total + set->is_weighted);
}

static void check_sets(Unroll unroll) {
    set_count = 0;
    read_sets(NNGEN_SOURCE "/tests/numeric/metrics.txt");
    cr_assert_gt(set_count, 8);
    read_sets(NNGEN_SOURCE "/tests/numeric/weighted.txt");
    cr_assert_gt(set_count, 20);
    for (int i = 0; i < set_count; i++) {
        sets[i].oracle = oracle_of(sets[i].text);
        nets[i] = (Net){.text = sets[i].text, .graph = sets[i].oracle->graph};
        nets[i].options =
            (Options){.is_double = true, .unroll = unroll, .target = target_in_turn((unsigned)i)};
    }
    Nets all = {.count = set_count, .nets = nets};
    cr_assert(nets_build(&all), "%s", all.message);
    for (int i = 0; i < set_count; i++) {
        expect_figures(&sets[i], &nets[i]);
        expect_parts(&sets[i], &nets[i]);
        expect_told(&sets[i], nets[i].network);
    }
    nets_free(&all);
    for (int i = 0; i < set_count; i++)
        oracle_free(sets[i].oracle);
}

Test(metrics, straight) {
    check_sets(UNROLL_FULL);
}

Test(metrics, in_loops) {
    check_sets(UNROLL_NONE);
}

/* So many figures that `finish` is not straight-line code. */
static const char many_classes[] =
    "network many\ninput x[3]\ntarget y[60] onehot\np = softmax(dense(x, 60))\n"
    "loss cross_entropy(p, y)\nupdate sgd(0.1)\nbatch 7\n"
    "metric spread(p, y) {\n sum a = reshape(p, [60, 1]) * y\n sum b = p\n"
    " return transpose(a) / count + b\n}\n"
    "metric confusion_matrix(p, y), f1(p, y), accuracy(p, y), spread(p, y), "
    "label_accuracies(p, y)\n";

Test(metrics, of_many_classes) {
    const uint64_t seed = 5;
    for (int mode = 0; mode < 8; mode++) {
        Oracle *oracle = oracle_of(many_classes);
        Net net = {.text = many_classes, .graph = oracle->graph};
        net.options = (Options){.target = target_in_turn((unsigned)mode),
                                .is_double = (mode ^ mode >> 2) & 1,
                                .unroll = mode & 2 ? UNROLL_NONE : UNROLL_TILE};
        Nets all = {.count = 1, .nets = &net};
        cr_assert(nets_build(&all), "%s", all.message);
        cr_assert(strstr(net.result.source, "nn_from_doubles("));
        Dice dice = dice_new(seed);
        Data *data = data_new(oracle->graph, (size_t)oracle->graph->batch + 3, &dice);
        Comparison comparison = {.limit = limit_of(&net.options), .splits = true};
        cr_expect(compare_net(&net, oracle, data, seed, &comparison), "mode %d: %s", mode,
                  comparison.failure);
        cr_expect_gt(comparison.comparisons, 2 * (3600 + 3600));
        data_free(data);
        nets_free(&all);
        oracle_free(oracle);
    }
}
