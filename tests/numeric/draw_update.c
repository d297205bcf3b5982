/* Optimizers of a random model: one row per optimizer, around one, or of a rate; several at once,
   by name, and frozen parameters. */

#include "draw.h"

#include <stdio.h>
#include <string.h>

enum { UPDATE = 400 };

static const char *const rates[] = {
    "0.05",
    "0.1 * 0.97^epoch",
    "0.2 / (1 + 0.1 * step)",
    "0.05 * (1 - epoch / (epochs + 1))",
    "rate / 2",
    "constant(0.05)",
    "step_decay(0.1, every = 2, factor = 0.7)",
    "exponential_decay(0.1, 0.9)",
    "inverse_time_decay(0.1, rate = 0.3)",
    "cosine(0.1, low = 0.01)",
    "warm_up(0.1, over = 5)",
    "one_cycle(0.1, over = 9, rise = 0.4)",
    "warm_up(cosine(0.1), over = 3)",
};

/* Optimizers whose one required argument is a rate. */
static const char *const optimizers[] = {
    "sgd(%s)",
    "perceptron_rule(%s)",
    "momentum(lr = %s, beta = 0.8)",
    "heavy_ball(%s, beta = 0.5)",
    "heavy_ball(%s, dampening = 0.3)",
    "nesterov(%s, beta = 0.7)",
    "nesterov_pytorch(%s)",
    "adagrad(%s, decay = 0.1, first = 0.05)",
    "adadelta(%s, eps = 0.001)",
    "rmsprop(%s, alpha = 0.9, eps = 0.001)",
    "rmsprop(%s, alpha = 0.9, eps = 0.1, beta = 0.5, centred = 1)",
    "adam(lr = %s)",
    "adam(lr = %s, eps = 0.001)",
    "amsgrad(%s, eps = 0.001)",
    "adamax(%s, eps = 0.001)",
    "nadam(%s, eps = 0.001)",
    "radam(%s, beta2 = 0.6, eps = 0.001)",
    "adamw(%s, eps = 0.001, decay = 0.1)",
    "lion(%s, decay = 0.1)",
    "rprop(%s, shortest = 0.001, longest = 0.2)",
    "lamb(%s, eps = 0.001, decay = 0.01)",
    "course_adagrad(%s, eps = 0.001)",
    "course_rmsprop(%s, eps = 0.001)",
    "course_adam(%s, eps = 0.001)",
    "course_nesterov(%s, beta = 0.7)",
    "course_adadelta(eps = 0.001)",
    "centred_sign(%s)",
    "bounded(%s)",
};

/* Optimizers that wrap another one. */
static const char *const wrappers[] = {
    "weight_decay(%s, rate = 0.02)",
    "clip_value(%s, limit = 0.01)",
    "clip_norm(%s, limit = 0.3)",
    "clip_norm(%s, limit = 20)",
    "max_norm(%s, limit = 0.7)",
    "averaged(%s, decay = 0.7)",
    "averaged(%s, decay = step / (step + 1))",
};

static const char *const patterns[] = {"z.*", "z.weight", "*.bias", "z.b*"};

#define PICK(draw, rows) (rows)[dice_below(&(draw)->dice, (int)(sizeof(rows) / sizeof *(rows)))]

/* `row` with `inner` in the place of its %s, if it has one. */
static void put(char *out, const char *row, const char *inner) {
    char whole[UPDATE];
    const char *at = strstr(row, "%s");
    if (!at) {
        strcpy(out, row);
        return;
    }
    snprintf(whole, sizeof whole, "%.*s%s%s", (int)(at - row), row, inner, at + 2);
    strcpy(out, whole);
}

/* Whether both have `at`, the point at which gradients are taken: only one optimizer may. */
static bool are_two_points(const char *wrapper, const char *optimizer) {
    bool has_point = strstr(optimizer, "averaged(") || strstr(optimizer, "nesterov(");
    return has_point && strncmp(wrapper, "averaged(", 9) == 0;
}

/* newton uses the Hessian: draw_newton has it. */
static bool moves_alone(const Entry *entry) {
    return entry->needed <= 1 && !entry->takes_another && strcmp(entry->name, "newton") != 0;
}

static bool moves_another(const Entry *entry) {
    return entry->takes_another;
}

static void draw_optimizer(Draw *draw, const char *rate, char *out) {
    char named[UPDATE];
    if (dice_chance(&draw->dice, 0.3)) {
        snprintf(out, UPDATE, "%s(0.05)", draw_entry(draw, "optimizers", moves_alone));
    } else {
        put(out, PICK(draw, optimizers), rate);
    }
    while (dice_chance(&draw->dice, 0.35) && strlen(out) < UPDATE / 2) {
        snprintf(named, sizeof named, "%s(%%s, 0.6)",
                 draw_entry(draw, "optimizers", moves_another));
        const char *wrapper = dice_chance(&draw->dice, 0.3) ? named : PICK(draw, wrappers);
        if (!are_two_points(wrapper, out)) {
            put(out, wrapper, out);
        }
    }
}

/* Gradients are taken at another point than the weights, which differences would move. */
static bool takes_gradient_elsewhere(const char *optimizer) {
    return strstr(optimizer, "averaged(") || strstr(optimizer, "nesterov(");
}

/* Differences would see what gradients take as constant. */
static bool has_detached(const Draw *draw) {
    const char *text = strstr(draw->text, "\ninput ");
    return strstr(text, "detach(") || strstr(text, "tilted(");
}

/* Second derivatives have many kernels: small models alone have them. */
static bool draw_hessian(Draw *draw) {
    bool has = draw->count <= 10 && draw->derivatives == 0 && !has_detached(draw) &&
               dice_chance(&draw->dice, draw->is_smooth ? 0.5 : 0.3);
    if (has) {
        draw_add(draw, "hessian\n");
    }
    return has;
}

void draw_update(Draw *draw) {
    char optimizer[UPDATE];
    bool has_hessian = draw_hessian(draw);
    if (draw->is_smooth && dice_chance(&draw->dice, 0.6)) {
        draw_add(draw, "update newton(0.3, damping = 2, iterations = %d)\n",
                 dice_between(&draw->dice, 1, 2));
        return;
    }
    const char *rate = PICK(draw, rates);
    if (strstr(rate, "rate / 2")) {
        draw_add(draw, "setting rate = 0.1\n");
    }
    do {
        draw_optimizer(draw, rate, optimizer);
    } while (has_hessian && takes_gradient_elsewhere(optimizer));
    draw_add(draw, "update %s\n", optimizer);
    if (!has_hessian && dice_chance(&draw->dice, 0.3)) {
        draw_optimizer(draw, rate, optimizer);
        draw_add(draw, "update %s for %s\n", optimizer, PICK(draw, patterns));
    } else if (dice_chance(&draw->dice, 0.15)) {
        draw_add(draw, "freeze %s\n", PICK(draw, patterns));
    }
}
