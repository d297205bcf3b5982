/* `freeze` of layers with state: what is frozen keeps its bits, training computes it as prediction
   does, derivatives pass through it, and all else is trained. References are differences, the
   generic library, and the same net with the formula of prediction instead of the layer. */

#define _GNU_SOURCE
#include "compare.h"
#include "gradient.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { BATCH = 6, MOST = 32, STEPS = 4 };

#define HEAD "network frozen%d\nbatch 6\ninput x[5]\ntarget y[3]\n"
#define TAIL "p = dense(tanh(b), 3)\nloss mean_squared_error(p, y) + l2(0.01)\noutput p, b\n"
#define BODY "a = tanh(dense(x, 4))\nb = batch_norm(a)\n"
#define KEPT                                                                                       \
    "def kept_norm(x[n]) {\ngamma = param([n], 1)\nbeta = param([n], 0)\n"                         \
    "running_mean = param([n], 0)\nrunning_variance = param([n], 1)\n"                             \
    "return gamma / sqrt(running_variance + 1e-5) * (x - running_mean) + beta\n}\n"                \
    "a = tanh(dense(x, 4))\nb = kept_norm(a)\n"
/* A layer with state around another one, and a dropout inside. */
#define NESTED                                                                                     \
    "def slow(x[n]) {\nstate mean[n] = 0\nmean = mean + 0.1 * (batch_mean(x) - mean)\n"            \
    "h = batch_norm(dropout(x, 0.5))\nreturn h - where(training, batch_mean(x), mean)\n}\n"        \
    "a = tanh(dense(x, 4))\nb = slow(a)\n"
#define BLOCKS                                                                                     \
    "block norm(v) {\nreturn batch_norm(v)\n}\nuse norm as other\na = tanh(dense(x, 4))\n"         \
    "b = norm(a) + other(2 * a) + norm(a * a)\n"

typedef enum { WHOLE, KEPT_BY_HAND, STATE, PARAMETERS, LAYER, OUTER, INNER, BLOCK, ROWS } Row;

/* Names of tensors, separated by blanks; each has 4 numbers, `p.weight` 12. */
static const struct {
    const char *text, *still, *moving;
} rows[ROWS] = {
    [WHOLE] = {"freeze b.*\nfreeze a.*\n" HEAD BODY TAIL "update adam(0.1)\n",
               "b.gamma b.beta b.running_mean b.running_variance a.bias", "p.weight"},
    [KEPT_BY_HAND] = {HEAD KEPT TAIL "update adam(0.1)\nfreeze b.*\nfreeze a.*\n",
                      "b.gamma b.beta b.running_mean b.running_variance a.bias", "p.weight"},
    [STATE] = {HEAD BODY TAIL "update adam(0.1)\nfreeze b.running_*\n",
               "b.running_mean b.running_variance", "b.gamma b.beta a.bias p.weight"},
    [PARAMETERS] = {HEAD BODY TAIL "update adam(0.1)\nfreeze b.gamma\nfreeze b.beta\n",
                    "b.gamma b.beta", "b.running_mean b.running_variance a.bias p.weight"},
    [LAYER] = {HEAD BODY TAIL "update momentum(0.1)\nfreeze b.*\n",
               "b.gamma b.beta b.running_mean b.running_variance", "a.bias p.weight"},
    [OUTER] = {HEAD NESTED TAIL "update sgd(0.1)\nfreeze b.mean\n", "b.mean",
               "b.2.running_mean b.2.gamma a.bias p.weight"},
    [INNER] = {HEAD NESTED TAIL "update sgd(0.1)\nfreeze b.2.*\n",
               "b.2.running_mean b.2.running_variance b.2.gamma", "b.mean a.bias p.weight"},
    [BLOCK] = {HEAD BLOCKS TAIL "freeze norm.*\nupdate sgd(0.1)\n",
               "norm.running_mean norm.running_variance norm.gamma",
               "other.running_mean other.gamma a.bias p.weight"},
};

typedef struct {
    char texts[ROWS][1000];
    Oracle *oracles[ROWS];
    Data *data[ROWS];
    Net nets[ROWS];
    Nets all;
} Built;

/* Straight-line code with scalars, and tiles with vectors. */
static const Options variants[] = {
    {.is_double = true, .target = TARGET_C99, .unroll = UNROLL_FULL},
    {.is_double = true, .target = TARGET_GENERIC, .unroll = UNROLL_TILE},
};

static void write_model(char *out, int row) {
    const char *mark = strstr(rows[row].text, "%d");
    sprintf(out, "%.*s%d%s", (int)(mark - rows[row].text), rows[row].text, row, mark + 2);
}

static void build(Built *built, const Options *options) {
    memset(built, 0, sizeof *built);
    for (int row = 0; row < ROWS; row++) {
        Dice dice = dice_new(11);
        write_model(built->texts[row], row);
        built->oracles[row] = oracle_of(built->texts[row]);
        const Graph *graph = built->oracles[row]->graph;
        built->data[row] = data_new(graph, BATCH + 3, &dice);
        built->nets[row] = (Net){.text = built->texts[row], .graph = graph, .options = *options};
    }
    built->all = (Nets){.count = ROWS, .nets = built->nets};
    cr_assert(nets_build(&built->all), "%s", built->all.message);
}

static void clear(Built *built) {
    nets_free(&built->all);
    for (int row = 0; row < ROWS; row++) {
        data_free(built->data[row]);
        oracle_free(built->oracles[row]);
    }
}

static size_t count_of(const char *name) {
    return strcmp(name, "p.weight") == 0 ? 12 : 4;
}

/* Draws every number of the net, statistics included, by the index of its tensor, so that two nets
   with equal tensors get equal numbers. */
static Running *start(const Built *built, int row) {
    Running *running = running_new(&built->nets[row], 3);
    const Graph *graph = built->nets[row].graph;
    for (int v = 0; v < graph->variable_count; v++) {
        const Variable *variable = graph->variables[v];
        bool is_set = variable->kind == VARIABLE_PARAM || variable->kind == VARIABLE_STATE;
        size_t count = (size_t)shape_count(variable->shape);
        double values[MOST];
        Dice dice = dice_new(strlen(variable->name));
        for (size_t i = 0; i < count; i++) {
            values[i] = (float)dice_real(&dice, 0.4, 1.2);
        }
        if (is_set) {
            cr_assert(running_set(running, variable->name, count, values), "%s", variable->name);
        }
    }
    return running;
}

static void train(Running *running, const Data *data, bool is_split) {
    for (int i = 0; i < STEPS; i++) {
        size_t n = i == 2 ? 1 : (size_t)(BATCH - i % 2);
        if (is_split) {
            running_gradient(running, n, data);
            running_update(running);
        } else {
            running_train_step(running, n, data);
        }
    }
}

/* Reads the tensors that `names` lists, one after the other; returns how many numbers. */
static size_t read_tensors(const Running *running, const char *names, double *out) {
    char list[200], *rest = NULL;
    size_t count = 0;
    strcpy(list, names);
    for (char *name = strtok_r(list, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        cr_assert(running_get(running, name, count_of(name), out + count), "%s", name);
        count += count_of(name);
    }
    return count;
}

static void expect_kept(const Built *built, int row, bool is_split) {
    Running *running = start(built, row);
    double still[MOST], moving[MOST], now[MOST] = {0};
    size_t still_count = read_tensors(running, rows[row].still, still);
    size_t moving_count = read_tensors(running, rows[row].moving, moving);
    train(running, built->data[row], is_split);
    read_tensors(running, rows[row].still, now);
    cr_expect_arr_eq(now, still, still_count * sizeof *now, "%s", built->texts[row]);
    read_tensors(running, rows[row].moving, now);
    for (size_t i = 0; i < moving_count; i++) {
        cr_expect_neq(now[i], moving[i], "number %zu of %s: %s", i, rows[row].moving,
                      built->texts[row]);
    }
    running_free(running);
}

/* Dropout is drawn anew in training, so those rows have no such loss. */
static void expect_prediction(const Built *built, int row) {
    for (size_t n = 1; n <= BATCH; n += BATCH - 1) {
        Running *running = start(built, row);
        double trained = running_gradient(running, n, built->data[row]);
        double predicted = running_loss(running, n, built->data[row]);
        cr_expect(fabs(trained - predicted) <= 1e-14 * fabs(predicted), "%.17g for %.17g: %s",
                  trained, predicted, built->texts[row]);
        running_free(running);
    }
}

static void expect_differences(const Built *built, int row) {
    for (size_t n = 1; n <= BATCH; n += BATCH - 1) {
        Running *running = start(built, row);
        GradientCheck check = {0};
        cr_expect(check_gradients(running, built->nets[row].graph, built->data[row], n, &check),
                  "%s\n%s", check.failure, built->texts[row]);
        cr_expect_gt(check.elements, 12);
        running_free(running);
    }
}

static void expect_oracle(const Built *built, int row) {
    Comparison comparison = {.limit = limit_of(&variants[0])};
    cr_expect(compare_net(&built->nets[row], built->oracles[row], built->data[row], 5, &comparison),
              "%s\n%s", comparison.failure, built->texts[row]);
}

/* The frozen layer and the formula of prediction: the same head after training. */
static void expect_same_head(const Built *built) {
    double head[2][MOST];
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        Running *running = start(built, i == 0 ? WHOLE : KEPT_BY_HAND);
        train(running, built->data[WHOLE], false);
        count = read_tensors(running, "p.weight", head[i]);
        running_free(running);
    }
    for (size_t i = 0; i < count; i++) {
        cr_expect(fabs(head[0][i] - head[1][i]) <= 1e-12, "%.17g for %.17g", head[0][i],
                  head[1][i]);
    }
}

/* No statistics of the batch are computed: the C counts as many operations as that formula's. */
static void expect_same_work(const Built *built) {
    static const char *const functions[] = {"\n   gradient  ", "\n   train_step  "};
    for (int i = 0; i < 2; i++) {
        const char *frozen = strstr(built->nets[WHOLE].result.source, functions[i]);
        const char *by_hand = strstr(built->nets[KEPT_BY_HAND].result.source, functions[i]);
        cr_assert(frozen && by_hand);
        size_t length = strcspn(frozen + 1, "\n");
        cr_expect(strncmp(frozen, by_hand, length + 2) == 0, "%.*s\n%.*s", (int)length, frozen + 1,
                  (int)length, by_hand + 1);
    }
}

static void check_variant(int variant) {
    Built built;
    build(&built, &variants[variant]);
    for (int row = 0; row < ROWS; row++) {
        expect_kept(&built, row, false);
        expect_kept(&built, row, true);
        expect_differences(&built, row);
        expect_oracle(&built, row);
    }
    expect_prediction(&built, WHOLE);
    expect_prediction(&built, STATE);
    expect_prediction(&built, LAYER);
    expect_same_head(&built);
    expect_same_work(&built);
    clear(&built);
}

Test(frozen, layers_in_scalars) {
    check_variant(0);
}

Test(frozen, layers_in_vectors) {
    check_variant(1);
}
