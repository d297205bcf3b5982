/* Steps of a random model that are layers of the prelude: activations by name, normalization,
   augmentation, layers with parameters. See draw_step.h. */

#include "draw_step.h"

const char *draw_entry(Draw *draw, const char *family, bool (*fits)(const Entry *entry)) {
    int count = 0, fitting = 0;
    const Entry *entries = catalogue(&count), *chosen = NULL;
    for (int i = 0; i < count; i++) {
        bool fit = entry_is_of(&entries[i], family) && fits(&entries[i]);
        fitting += fit;
        chosen = fit && dice_below(&draw->dice, fitting) == 0 ? &entries[i] : chosen;
    }
    return chosen ? chosen->name : NULL;
}

static bool takes_one(const Entry *entry) {
    return entry->needed == 1;
}

/* Any activation that the prelude has, so that a new one is drawn without a row here. Some have
   slope 0 nearly everywhere: the operand is added, so that gradients do not end there. */
void step_named(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from) {
        return;
    }
    Drawn a = *from, *value = draw_value(draw, &a, 3);
    if (value) {
        const char *scale = a.bound > 2 ? "0.4 * " : "";
        draw_add(draw, "%s = %s(%s%s) - 0.3 * %s\n", value->name,
                 draw_entry(draw, "activations", takes_one), scale, a.name, a.name);
    }
}

/* The prelude's elementary functions, well within their domains. */
void step_elementary(Draw *draw) {
    static const char *const rows[] = {
        "tan(0.6 * tanh(%s))",  "cot(0.8 + sigmoid(%s))",
        "0.6 * sec(tanh(%s))",  "csc(0.7 + sigmoid(%s))",
        "asin(0.9 * tanh(%s))", "acos(0.9 * tanh(%s)) - 1.5",
        "sinh(0.5 * %s)",       "cosh(0.5 * %s)",
        "coth(0.6 + %s^2)",     "sech(%s)",
        "csch(0.6 + abs(%s))",  "asinh(2 * %s)",
        "acosh(1.2 + %s^2)",    "atanh(0.8 * tanh(%s))",
        "acoth(1.3 + %s^2)",
    };
    Drawn a = *draw_pick(draw), *value = draw_value(draw, &a, 2);
    if (value) {
        draw_add(draw, "%s = ", value->name);
        draw_add(draw, rows[dice_below(&draw->dice, sizeof rows / sizeof *rows)], a.name);
        draw_add(draw, "\n");
    }
}

void step_smooth(Draw *draw) {
    static const char *const rows[] = {"tanh(%s)", "sigmoid(%s)",  "sin(%s)",
                                       "gelu(%s)", "softplus(%s)", "log(%s^2 + 0.5)"};
    Drawn a = *draw_pick(draw), *value = draw_value(draw, &a, 1.5);
    if (value) {
        draw_add(draw, "%s = ", value->name);
        draw_add(draw, rows[dice_below(&draw->dice, 6)], a.name);
        draw_add(draw, "\n");
    }
}

/* n units of a vector. */
void step_units(Draw *draw) {
    static const char *const rows[] = {"linear(%s, %d)", "maxout(%s, %d)",
                                       "maxout(%s, %d, pieces = 3, init = he)"};
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from || from->rank != 1) {
        return;
    }
    Drawn a = *from, shape = a;
    int row = dice_below(&draw->dice, 3);
    shape.size[0] = dice_between(&draw->dice, 1, 7);
    shape.trained = true;
    Drawn *value = draw_value(draw, &shape, a.bound + 0.5);
    if (value) {
        draw_add(draw, "%s = ", value->name);
        draw_add(draw, rows[row], a.name, shape.size[0]);
        draw_add(draw, "\n");
    }
}

/* Along the last axis, of more than two values: layer_norm of two gives nearly their signs. */
void step_norm(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from) {
        return;
    }
    Drawn a = *from;
    int width = a.size[a.rank - 1];
    bool is_layer = width > 3 && dice_chance(&draw->dice, 0.5);
    a.trained = true;
    Drawn *value = width > 1 ? draw_value(draw, &a, 2) : NULL;
    if (value) {
        draw_add(draw, "%s = %s(%s%s)\n", value->name, is_layer ? "layer_norm" : "rms_norm", a.name,
                 dice_chance(&draw->dice, 0.5) ? ", eps = 0.1" : "");
    }
}

/* With batches of several examples: batch_norm of two values gives nearly their signs. */
void step_batch_norm(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from || !from->batched || draw->batch < 6 || draw_elements(from) > 150) {
        return;
    }
    Drawn a = *from;
    a.trained = true;
    Drawn *value = draw_value(draw, &a, 2);
    if (value) {
        draw_add(draw, "%s = batch_norm(%s%s)\n", value->name, a.name,
                 dice_chance(&draw->dice, 0.7) ? ", momentum = 0.3, eps = 0.1" : "");
        draw->splits = false;
    }
}

/* Augmentations as functions of any value; as words after an input draw.c has them. */
void step_augmentation(Draw *draw) {
    static const struct {
        const char *text;
        int rank, elements;
    } rows[] = {{"noise(%s, 0.2)", 0, 200},
                {"flip(%s)", 1, 200},
                {"shift(%s)", 2, 60},
                {"shift(%s, k = 2)", 2, 40}};
    int row = dice_below(&draw->dice, 4);
    Drawn *from = draw_pick_rank(draw, rows[row].rank);
    if (!from || draw_elements(from) > rows[row].elements) {
        return;
    }
    Drawn a = *from;
    a.batched = true;
    Drawn *value = draw_value(draw, &a, a.bound * 1.2);
    if (value) {
        draw_add(draw, "%s = ", value->name);
        draw_add(draw, rows[row].text, a.name);
        draw_add(draw, "\n");
    }
}
