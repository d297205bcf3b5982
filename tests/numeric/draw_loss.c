/* The loss of a random model, with its target and prediction, regularizers and metrics: one row per
   loss. Everything that nothing else uses goes into it, too. */

#include "draw.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The value as k numbers, by a reshape; its name. */
static const char *flatten(Draw *draw, const Drawn *value) {
    if (value->rank == 1) {
        return value->name;
    }
    Drawn flat = *value;
    flat.rank = 1;
    flat.size[0] = draw_elements(value);
    Drawn *to = draw_value(draw, &flat, value->bound);
    if (!to) {
        return value->name;
    }
    draw_add(draw, "%s = reshape(%s, [%d])\n", to->name, value->name, flat.size[0]);
    return to->name;
}

/* A per-example value that training reaches, of any shape: the newest such. */
static Drawn *newest(Draw *draw) {
    for (int i = draw->count - 1; i >= 0; i--) {
        if (draw->values[i].batched && draw->values[i].trained) {
            return &draw->values[i];
        }
    }
    return NULL;
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Whether a name is used after the statement that makes it; that a `derivative` names it does not
   count. */
static bool is_mentioned(const Draw *draw, const char *name) {
    size_t length = strlen(name);
    int count = 0;
    for (const char *at = draw->text; (at = strstr(at, name)); at += length) {
        bool derives = strncmp(at - 11, "derivative ", 11) == 0 || strncmp(at - 4, " by ", 4) == 0;
        count += !derives && !is_word(at[length]) && !is_word(at[-1]);
    }
    return count > (strstr(name, "_by_") ? 0 : 1);
}

typedef enum { NUMBERS, CLASSES, EITHER } Targets;

typedef struct {
    const char *loss, *end; /* p = end(z) */
    Targets targets;
} Loss;

/* Numbers that are targets lie between 0 and 1. */
static const Loss losses[] = {
    {"mean_squared_error(p, y)", "", NUMBERS},
    {"half_squared_error(p, y)", "", EITHER},
    {"binary_cross_entropy(p, y)", "sigmoid", EITHER},
    {"cross_entropy(p, y)", "softmax", EITHER},
    {"cross_entropy(p, y)", "softmax", CLASSES},
    {"summed_squared_error(p, y)", "tanh", EITHER},
    {"absolute_error(p, y) + mean_squared_error(p, y)", "tanh", EITHER},
    {"huber(p, y, delta = 0.6)", "", EITHER},
    {"log_cosh(p, y)", "", EITHER},
    {"quantile(p, y, q = 0.3)", "", NUMBERS},
    {"poisson(p, y)", "tanh", EITHER},
    {"poisson_of_rate(p, y)", "sigmoid", EITHER},
    {"binary_cross_entropy_of_logits(z, y)", "sigmoid", EITHER},
    {"summed_binary_cross_entropy(p, y)", "sigmoid", EITHER},
    {"summed_binary_cross_entropy_of_logits(z, y)", "sigmoid", EITHER},
    {"cross_entropy_of_logits(z, y)", "softmax", CLASSES},
    {"cross_entropy(p, y, weights = 0.5 + y, smoothing = 0.1)", "softmax", EITHER},
    {"negative_log_likelihood(log(p), y)", "softmax", CLASSES},
    {"kl_divergence(p, y)", "softmax", EITHER},
    {"focal(p, y)", "sigmoid", EITHER},
    {"hinge(p, 2 * y - 1)", "", EITHER},
    {"squared_hinge(p, 2 * y - 1)", "", EITHER},
    {"perceptron(p, 2 * y - 1)", "", EITHER},
    {"contrastive(p, y, 0.3)", "tanh", NUMBERS},
    {"pairwise(p, y, margin = 0.8)", "sigmoid", EITHER},
    {"margin_ranking(p, 0.3 * y, 2 * y - 1, margin = 0.2)", "", EITHER},
    {"triplet(p, y, 0.5 - y)", "", NUMBERS},
    {"cosine_embedding(p, y, 1)", "tanh", EITHER},
    {"weighted(mean_squared_error(p, y), 0.2 + y[0])", "", EITHER},
    {"weighted(cross_entropy(p, y), sum(y)) + 0.5 * mean(p^2)", "softmax", CLASSES},
};
enum { LOSSES = sizeof losses / sizeof *losses, SMOOTH = 6 /* the first of them */ };

static void draw_terms(Draw *draw) {
    static const char *const regularizers[] = {"",
                                               "",
                                               " + l2(1e-2)",
                                               " + l1(1e-2)",
                                               " + l2(0.01) + l1(0.003)",
                                               " + elastic_net(0.003, 0.01)",
                                               " + l2_course(0.5, 20)",
                                               " + l1_course(0.2, 20)"};
    for (int i = 0; i < draw->count; i++) {
        const Drawn *value = &draw->values[i];
        if (!is_mentioned(draw, value->name)) {
            draw_add(draw, " + 0.3 * mean(sin(%s))", value->name);
        }
    }
    draw_add(draw, "%s\n", regularizers[dice_below(&draw->dice, draw->is_smooth ? 3 : 8)]);
}

/* Losses of two arguments; those that need probabilities or other arguments have a row of their
   own. */
static bool takes_two(const Entry *entry) {
    return entry->needed == 2 && strcmp(entry->name, "negative_log_likelihood") != 0 &&
           strcmp(entry->name, "weighted") != 0;
}

static void draw_metrics(Draw *draw, const Loss *loss) {
    static const char *const metrics[] = {"",
                                          "metric accuracy(p, y)\n",
                                          "metric mean_absolute_error(p, y)\n",
                                          "metric accuracy(p, y), root_mean_squared_error(p, y)\n",
                                          "metric pair_accuracy(p, y, y[0], threshold = 0.7)\n",
                                          "metric pair_distances(p, y, y[0])\n",
                                          "metric mean_absolute_error(p, y, weights = y[0])\n",
                                          "metric accuracy(p, y, weights = 0.2 + y[0])\n"};
    enum { ROWS = sizeof metrics / sizeof *metrics };
    int row = dice_below(&draw->dice, ROWS + 2);
    if (row >= ROWS) {
        const char *name = draw_entry(draw, "metrics", takes_two);
        bool is_rough = strcmp(name, "r2") == 0 && draw->batch < 12; /* little spread */
        bool has_rank = strcmp(name, "top_k") == 0; /* at most the classes that there are */
        draw_add(draw, "metric %s(p, y%s)\n", is_rough ? "accuracy" : name,
                 has_rank ? ", k = 1" : "");
        return;
    }
    bool has_classes = row == 0 && strcmp(loss->end, "softmax") == 0;
    draw_add(draw, "%s",
             has_classes ? "metric confusion_matrix(p, y), f1(p, y), top_k(p, y, k = 2)\n"
                         : metrics[row]);
}

/* Any loss of two that the prelude has, or a row. */
static const Loss *pick_loss(Draw *draw) {
    static const Loss named = {NULL, "sigmoid", EITHER};
    bool has_name = !draw->is_smooth && dice_chance(&draw->dice, 0.4);
    return has_name ? &named : &losses[dice_below(&draw->dice, draw->is_smooth ? SMOOTH : LOSSES)];
}

/* A numeric target is scaled in some models: to 0 .. 1, which all losses take, or to mean 0, where
   the loss takes all numbers. `output p as y` must say so where the loss does not compare p with y,
   or compares z. Draws of other models do not change by this. */
static const char *draw_scaling(Draw *draw, const Loss *loss) {
    Dice dice = dice_new(draw->dice.state ^ 0x5ca1ed);
    const char *text = loss->loss ? loss->loss : "(p, y";
    if (!dice_chance(&dice, 0.25)) {
        return "";
    }
    draw->is_said = !strstr(text, "(p, y") || dice_chance(&dice, 0.5);
    return loss->loss && !*loss->end && dice_chance(&dice, 0.5) ? " standard" : " minmax";
}

void draw_loss(Draw *draw) {
    const Loss *loss = pick_loss(draw);
    bool onehot =
        loss->targets == CLASSES || (loss->targets == EITHER && dice_chance(&draw->dice, 0.3));
    bool is_share = onehot || strcmp(loss->end, "softmax") == 0; /* of one value it is 1 */
    int size = dice_between(&draw->dice, is_share ? 2 : 1, 12);
    Drawn *last = newest(draw);
    char from[16];
    snprintf(from, sizeof from, "%s", flatten(draw, last ? last : &draw->values[0]));
    draw_add(draw, "target y[%d]%s\nz = dense(%s, %d)\np = %s(z)\nloss ", size,
             onehot ? " onehot" : draw_scaling(draw, loss), from, size, loss->end);
    if (loss->loss) {
        draw->splits = draw->splits && strncmp(loss->loss, "weighted(", 9) != 0;
        draw_add(draw, "%s", loss->loss);
    } else {
        const char *name = draw_entry(draw, "losses", takes_two);
        bool needs_classes = size == 1 && strncmp(name, "cross_entropy", 13) == 0;
        draw_add(draw, "%s%s(p, y)", needs_classes ? "binary_" : "", name);
    }
    draw_terms(draw);
    draw_metrics(draw, loss);
}
