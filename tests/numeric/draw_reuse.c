/* See draw_reuse.h. The list of the ways of reuse, those without a view, and what a model begins
   and ends with. */

#include "flow.h"

#include <stdio.h>
#include <string.h>

static const char *mapped(Flow *flow) {
    return flow_perhaps_named(flow, flow->z.size[0], flow_map(flow, flow->z.name));
}

/* z + dense(tanh(z)). */
static void reuse_behind(Flow *flow) {
    int width = flow->z.size[0];
    const char *product = flow_product(flow, mapped(flow), width, width);
    flow_on(flow, width, flow_both(flow, flow->z.name, flow_perhaps_named(flow, width, product)));
}

/* h + dense(h) of a map h. */
static void reuse_map_behind(Flow *flow) {
    int width = flow->z.size[0];
    const char *h = flow_named(flow, width, flow_map(flow, flow->z.name));
    flow_on(flow, width, flow_both(flow, h, flow_product(flow, h, width, width)));
}

/* tanh(z) + dense(tanh(z)), written so. */
static void reuse_written_twice(Flow *flow) {
    int width = flow->z.size[0];
    const char *map = flow_map(flow, flow->z.name);
    flow_on(flow, width, flow_both(flow, map, flow_product(flow, map, width, width)));
}

static void reuse_other_map(Flow *flow) {
    int width = flow->z.size[0];
    const char *product = flow_product(flow, mapped(flow), width, width);
    flow_on(flow, width, flow_both(flow, flow_map(flow, flow->z.name), product));
}

static void reuse_in_two_products(Flow *flow) {
    int width = flow->z.size[0], n = flow_width(flow);
    const char *h = flow_named(flow, width, flow_map(flow, flow->z.name));
    const char *a = flow_product(flow, h, width, n), *b = flow_product(flow, h, width, n);
    a = flow_perhaps_named(flow, n, a);
    b = flow_perhaps_named(flow, n, b);
    flow_on(flow, n, flow_both(flow, flow_map(flow, a), b));
}

static void reuse_residual(Flow *flow) {
    int width = flow->z.size[0], n = flow_width(flow);
    const char *first = flow_product(flow, mapped(flow), width, n);
    first = flow_perhaps_named(flow, n, first);
    const char *between = flow_perhaps_named(flow, n, flow_map(flow, first));
    const char *second = flow_product(flow, between, n, width);
    flow_on(flow, width, flow_both(flow, flow->z.name, flow_perhaps_named(flow, width, second)));
}

/* A product with more than one use of its result. */
static void reuse_of_product(Flow *flow) {
    int width = flow->z.size[0];
    const char *sum = flow_named(flow, width, flow_product(flow, mapped(flow), width, width));
    const char *two = flow_both(flow, flow_map(flow, sum), flow_map(flow, sum));
    flow_on(flow, width, flow_both(flow, flow->z.name, flow_perhaps_named(flow, width, two)));
}

/* As in highway networks. */
static void reuse_gate(Flow *flow) {
    int width = flow->z.size[0];
    const char *h = mapped(flow);
    const char *gate = say("sigmoid(%s)", flow_product(flow, h, width, width));
    gate = flow_named(flow, width, gate);
    const char *way =
        flow_map(flow, flow_perhaps_named(flow, width, flow_product(flow, h, width, width)));
    flow_on(flow, width,
            say("%s * %s + (1 - %s) * %s", gate, flow_perhaps_named(flow, width, way), gate,
                flow->z.name));
}

/* ---- frozen layers ---- */

static const char *frozen(Flow *flow, const char *of, int n) {
    const char *layer = flow_named(flow, n, say("dense(%s, %d)", of, n));
    if (flow->draw->trains) {
        draw_add(flow->draw, "freeze %s.*\n", layer);
    }
    return layer;
}

static void reuse_frozen_behind(Flow *flow) {
    int width = flow->z.size[0];
    flow_on(flow, width, flow_both(flow, flow->z.name, frozen(flow, mapped(flow), width)));
}

static void reuse_frozen_between(Flow *flow) {
    int width = flow->z.size[0], n = flow_width(flow);
    const char *first = flow_perhaps_named(flow, n, flow_product(flow, mapped(flow), width, n));
    const char *layer = frozen(flow, flow_map(flow, first), n);
    const char *last = flow_product(flow, flow_map(flow, layer), n, width);
    flow_on(flow, width, flow_both(flow, flow->z.name, last));
}

static void reuse_frozen_before(Flow *flow) {
    int width = flow->z.size[0];
    const char *layer = frozen(flow, mapped(flow), width);
    const char *product = flow_product(flow, flow_map(flow, layer), width, width);
    flow_on(flow, width, flow_both(flow, layer, product));
}

/* ---- with sums, states, random numbers ---- */

/* A normalization, with sums over all elements, between value and product. */
static void reuse_normalized(Flow *flow) {
    static const char *const rows[] = {"layer_norm(%s, eps = 0.1)", "rms_norm(%s, eps = 0.1)",
                                       "softmax(%s)", "%s - mean(%s)", "%s / (1 + sum(abs(%s)))"};
    int width = flow->z.size[0];
    const char *of = dice_chance(&flow->draw->dice, 0.5) ? flow->z.name : mapped(flow);
    const char *norm =
        flow_perhaps_named(flow, width, say(rows[dice_below(&flow->draw->dice, 5)], of, of));
    flow_on(flow, width, flow_both(flow, flow->z.name, flow_product(flow, norm, width, width)));
}

static void reuse_masked(Flow *flow) {
    int width = flow->z.size[0];
    const char *h = flow_named(flow, width, say("dropout(%s, 0.3)", flow_map(flow, flow->z.name)));
    flow_on(flow, width, flow_both(flow, h, flow_product(flow, h, width, width)));
}

static const char *batch_norm(Flow *flow) {
    return say("batch_norm(%s, momentum = 0.3, eps = 0.1)", flow->z.name);
}

static void go_around(Flow *flow, const char *norm) {
    int width = flow->z.size[0];
    const char *product = flow_product(flow, flow_map(flow, norm), width, width);
    flow_on(flow, width, flow_both(flow, flow->z.name, product));
}

static void reuse_batch_statistics(Flow *flow) {
    go_around(flow, flow_perhaps_named(flow, flow->z.size[0], batch_norm(flow)));
    flow->draw->splits = false;
}

/* Frozen, it has the statistics of prediction. */
static void reuse_frozen_statistics(Flow *flow) {
    const char *norm = flow_named(flow, flow->z.size[0], batch_norm(flow));
    draw_add(flow->draw, "freeze %s.*\n", norm);
    go_around(flow, norm);
}

static void reuse_block(Flow *flow) {
    int width = flow->z.size[0], number = flow->draw->names;
    draw_add(flow->draw, "block again%d(x) = %s\n", number,
             flow_map(flow, say("dense(x, %d)", width)));
    const char *once = flow_perhaps_named(flow, width, say("again%d(%s)", number, flow->z.name));
    flow_on(flow, width, say("again%d(%s)", number, flow_both(flow, flow->z.name, once)));
}

/* ---- over long ways ---- */

/* An earlier vector, through a product or, where the sizes are equal, directly. */
static void reuse_later(Flow *flow) {
    int width = flow->z.size[0], at;
    const Drawn *values = flow->draw->values;
    do {
        at = dice_below(&flow->draw->dice, flow->draw->count);
    } while (values[at].rank != 1 || !values[at].batched);
    const char *old = say("%s", values[at].name);
    bool fits = values[at].size[0] == width && dice_chance(&flow->draw->dice, 0.5);
    const char *product = flow_product(flow, mapped(flow), width, width);
    product = flow_perhaps_named(flow, width, product);
    const char *later =
        fits ? old : flow_product(flow, flow_map(flow, old), values[at].size[0], width);
    flow_on(flow, width, flow_both(flow, product, later));
}

static void append(char *text, const char *more) {
    size_t length = strlen(text);
    snprintf(text + length, FLOW_TEXT - length, "%s", more);
}

static void reuse_in_output(Flow *flow) {
    int width = flow->z.size[0], n = flow_width(flow);
    const char *h = flow_named(flow, width, flow_map(flow, flow->z.name));
    append(flow->outputs, say(", %s", h));
    flow_on(flow, n, flow_product(flow, h, width, n));
}

static void reuse_in_loss(Flow *flow) {
    int width = flow->z.size[0], n = flow_width(flow);
    const char *h = flow_named(flow, width, flow_map(flow, flow->z.name));
    append(flow->terms, say(" + 0.2 * mean(%s^2)", h));
    flow_on(flow, n, flow_product(flow, h, width, n));
}

/* ---- the list ---- */

typedef struct {
    const char *name;
    void (*draw)(Flow *flow);
} Way;

static const Way ways[] = {
    {"a value before and behind a product", reuse_behind},
    {"a map in a product and behind it", reuse_map_behind},
    {"a map in a product and behind it, written twice", reuse_written_twice},
    {"one map in a product, another behind it", reuse_other_map},
    {"an operand of two products", reuse_in_two_products},
    {"a residual over two layers", reuse_residual},
    {"a product with two maps of it", reuse_of_product},
    {"a gate", reuse_gate},
    {"a view between", reuse_view_between},
    {"a product of rows", reuse_rows},
    {"a convolution", reuse_convolution},
    {"a response normalization", reuse_response_norm},
    {"a product of two values", reuse_of_values},
    {"a value beside what is made of it", reuse_concat},
    {"a parameter of two products", reuse_tied},
    {"a map of a parameter", reuse_mapped_parameter},
    {"a frozen layer behind", reuse_frozen_behind},
    {"a frozen layer between", reuse_frozen_between},
    {"a frozen layer before", reuse_frozen_before},
    {"a normalization between", reuse_normalized},
    {"a random mask", reuse_masked},
    {"statistics of the batch between", reuse_batch_statistics},
    {"frozen statistics between", reuse_frozen_statistics},
    {"a block called twice", reuse_block},
    {"a value from further back", reuse_later},
    {"an operand that is an output", reuse_in_output},
    {"an operand that is in the loss", reuse_in_loss},
    {"a value of two heads", NULL},
    {"no loss", NULL},
};
enum { WAYS = sizeof ways / sizeof *ways, TWO_HEADS = WAYS - 2, NO_LOSS = WAYS - 1 };

int reuse_kinds(void) {
    return WAYS;
}

const char *reuse_kind(int number) {
    return ways[number].name;
}

static void meet(Flow *flow, int kind) {
    flow->draw->reuses |= (uint64_t)1 << kind;
}

/* Whether a way suits the model: some need training, and batch statistics need more than two
   examples. */
static bool is_possible(const Flow *flow, int way) {
    bool trains = flow->draw->trains;
    void (*draw)(Flow *) = ways[way].draw;
    return draw && (draw != reuse_batch_statistics || (trains && flow->draw->batch >= 6)) &&
           (draw != reuse_frozen_statistics || trains) && (draw != reuse_in_loss || trains);
}

static void draw_way(Flow *flow) {
    int kind;
    do {
        kind = dice_below(&flow->draw->dice, WAYS);
    } while (!is_possible(flow, kind));
    meet(flow, kind);
    ways[kind].draw(flow);
}

/* ---- begin and end ---- */

static const char header[] =
    "def own(z) = z * sigmoid(z) deriv sigmoid(z) + result * (1 - sigmoid(z))\n";

/* One input or two, a vector or a matrix. */
static void draw_input(Flow *flow) {
    static const char *const words[] = {"", "", " minmax", " standard"};
    Dice *dice = &flow->draw->dice;
    Drawn shape = {.rank = dice_between(dice, 1, 2), .batched = true};
    shape.size[0] = shape.rank == 1 ? flow_width(flow) : dice_between(dice, 2, 4);
    shape.size[1] = dice_between(dice, 3, flow->is_narrow ? 3 : 10);
    Drawn *x = draw_value(flow->draw, &shape, 2);
    draw_add(flow->draw, "input %s%s%s\n", x->name, draw_shape(x), words[dice_below(dice, 4)]);
    x->is_data = true;
    flow->z = *x;
    if (shape.rank == 2) {
        flow_on(flow, draw_elements(x), say("reshape(%s, [%d])", x->name, draw_elements(x)));
    }
}

static void draw_begin(Flow *flow) {
    draw_input(flow);
    if (dice_chance(&flow->draw->dice, 0.2)) {
        Drawn first = flow->z;
        int width = first.size[0], n = flow_width(flow);
        draw_input(flow);
        const char *a = flow_product(flow, first.name, width, n);
        flow_on(flow, n, say("%s + %s", a, flow_product(flow, flow->z.name, flow->z.size[0], n)));
    } else if (dice_chance(&flow->draw->dice, flow->is_narrow ? 0.4 : 0.8)) {
        int n = flow_width(flow);
        flow_on(flow, n, flow_product(flow, flow->z.name, flow->z.size[0], n));
    }
}

typedef struct {
    const char *loss, *end;
    bool onehot;
} Head;

static const Head heads[] = {
    {"mean_squared_error(%s, %s)", "%s", false},
    {"half_squared_error(%s, %s)", "tanh(%s)", false},
    {"binary_cross_entropy(%s, %s)", "sigmoid(%s)", false},
    {"cross_entropy(%s, %s)", "softmax(%s)", true},
    {"cross_entropy(%s, %s)", "softmax(%s)", true},
    {"log_cosh(%s, %s)", "%s", false},
};

/* p = end(dense(h)), and its loss with target y. */
static void draw_head(Flow *flow, const char *h, const char *p, const char *y) {
    Dice *dice = &flow->draw->dice;
    const Head *head = &heads[dice_below(dice, (int)(sizeof heads / sizeof *heads))];
    int n = dice_between(dice, 2, flow->is_narrow ? 4 : 11);
    const char *sum = flow_product(flow, h, flow->z.size[0], n);
    draw_add(flow->draw, "%s = %s\n", p, say(head->end, flow_perhaps_named(flow, n, sum)));
    if (flow->draw->trains) {
        draw_add(flow->draw, "target %s[%d]%s\n", y, n, head->onehot ? " onehot" : "");
        append(flow->terms, say(" + %s", say(head->loss, p, y)));
        if (dice_chance(dice, 0.4)) {
            draw_add(flow->draw, "metric %s(%s, %s)\n",
                     head->onehot ? "accuracy" : "mean_absolute_error", p, y);
        }
    }
}

static void draw_training(Flow *flow) {
    static const char *const updates[] = {"sgd(0.1)",
                                          "sgd(0.05)",
                                          "sgd(0.1 * 0.9^epoch)",
                                          "momentum(lr = 0.05, beta = 0.8)",
                                          "adam(lr = 0.01, eps = 0.001)",
                                          "nesterov(0.05, beta = 0.7)"};
    static const char *const regularizers[] = {"", "", "", " + l2(0.01)"};
    draw_add(flow->draw, "loss %s%s\nupdate %s\n", flow->terms + strlen(" + "),
             regularizers[dice_below(&flow->draw->dice, 4)],
             updates[dice_below(&flow->draw->dice, 6)]);
}

static void draw_end(Flow *flow) {
    bool has_two = dice_chance(&flow->draw->dice, 0.3);
    const char *h =
        has_two && dice_chance(&flow->draw->dice, 0.5) ? say("%s", flow->z.name) : mapped(flow);
    draw_head(flow, h, "p", "y");
    if (has_two) {
        meet(flow, TWO_HEADS);
        draw_head(flow, h, "q", "t");
    }
    if (flow->draw->trains) {
        draw_training(flow);
    } else {
        meet(flow, NO_LOSS);
    }
    if (!flow->draw->trains || *flow->outputs || dice_chance(&flow->draw->dice, 0.5)) {
        draw_add(flow->draw, "output p%s%s\n", has_two ? ", q" : "", flow->outputs);
    }
    draw_add(flow->draw, "batch %d\n", flow->draw->batch);
}

void draw_reuse_model(Draw *draw, uint64_t seed) {
    *draw = (Draw){.dice = dice_new(seed), .splits = true};
    Flow flow = {.draw = draw, .is_narrow = draw_options(seed).unroll == UNROLL_FULL};
    draw->trains = dice_chance(&draw->dice, 0.7);
    draw->batch = dice_between(&draw->dice, 3, flow.is_narrow ? 6 : 20);
    draw_add(draw, "network r%llu\n%s", (unsigned long long)seed, header);
    draw_begin(&flow);
    for (int more = dice_between(&draw->dice, 1, flow.is_narrow ? 1 : 3); more > 0; more--) {
        draw_way(&flow);
    }
    draw_end(&flow);
}
