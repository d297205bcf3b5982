/* Steps of a random model that compute with elements, and the table of all steps. See
   draw_step.h. */

#include "draw_step.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

Drawn *draw_pick(Draw *draw) {
    int from = dice_chance(&draw->dice, 0.5) && draw->count > 4 ? draw->count - 4 : 0;
    Drawn *value = &draw->values[dice_between(&draw->dice, from, draw->count - 1)];
    return value;
}

Drawn *draw_pick_rank(Draw *draw, int least) {
    for (int tries = 0; tries < 12; tries++) {
        Drawn *value = &draw->values[dice_below(&draw->dice, draw->count)];
        if (value->rank >= least) {
            return value;
        }
    }
    return NULL;
}

Drawn draw_joined(const Drawn *a, const Drawn *b) {
    Drawn result = *a;
    result.batched = a->batched || b->batched;
    result.trained = a->trained || b->trained;
    result.in_batch = a->in_batch || b->in_batch;
    return result;
}

/* The shape that a and b broadcast to; false where they do not. */
static bool broadcast(const Drawn *a, const Drawn *b, Drawn *result) {
    *result = draw_joined(a, b);
    result->rank = a->rank > b->rank ? a->rank : b->rank;
    for (int i = 1; i <= result->rank; i++) {
        int x = i <= a->rank ? a->size[a->rank - i] : 1,
            y = i <= b->rank ? b->size[b->rank - i] : 1;
        if (x != y && x != 1 && y != 1) {
            return false;
        }
        result->size[result->rank - i] = x > y ? x : y;
    }
    return draw_elements(result) <= 1500;
}

/* A parameter that broadcasts with `like`: axes dropped from the left, set to 1, added. */
static Drawn *new_partner(Draw *draw, const Drawn *like) {
    Drawn shape = {.rank = like->rank, .trained = true};
    memcpy(shape.size, like->size, sizeof shape.size);
    int drop = dice_chance(&draw->dice, 0.3) ? dice_between(&draw->dice, 0, shape.rank) : 0;
    memmove(shape.size, shape.size + drop, sizeof(int) * (size_t)(shape.rank - drop));
    shape.rank -= drop;
    for (int i = 0; i < shape.rank; i++) {
        shape.size[i] = dice_chance(&draw->dice, 0.3) ? 1 : shape.size[i];
    }
    if (shape.rank < 3 && drop == 0 && draw_elements(&shape) <= 100 &&
        dice_chance(&draw->dice, 0.2)) {
        memmove(shape.size + 1, shape.size, sizeof(int) * (size_t)shape.rank);
        shape.size[0] = dice_between(&draw->dice, 1, 4);
        shape.rank++;
    }
    Drawn *value = draw_value(draw, &shape, 1);
    if (value) {
        draw_add(draw, "%s = param(%s, normal(0.4))\n", value->name, draw_shape(value));
    }
    return value;
}

/* Another value that broadcasts with `like`: one there is, the same, or a new parameter. */
static Drawn *pick_partner(Draw *draw, Drawn *like) {
    if (dice_chance(&draw->dice, 0.15)) {
        return like;
    }
    for (int tries = 0; tries < 10 && dice_chance(&draw->dice, 0.9); tries++) {
        Drawn *value = &draw->values[dice_below(&draw->dice, draw->count)];
        Drawn result;
        if (value != like && broadcast(like, value, &result)) {
            return value;
        }
    }
    return new_partner(draw, like);
}

static void step_unary(Draw *draw) {
    /* %s may come twice; the bound of the result for an operand up to 2 in size */
    static const struct {
        const char *text;
        double bound;
    } rows[] = {
        {"exp(0.4 * %s)", 2.2},
        {"exp(-abs(%s))", 1},
        {"log(%s^2 + 0.5)", 1.5},
        {"sqrt(abs(%s) + 0.3)", 1.5},
        {"sqrt(%s^2 + 1)", 2.2},
        {"abs(%s)", 2},
        {"sin(%s)", 1},
        {"cos(%s)", 1},
        {"atan(2 * %s)", 1.5},
        {"-%s", 2},
        {"%s^2", 2.5},
        {"0.3 * %s^3", 2.4},
        {"(%s^2 + 0.5)^0.7", 2.5},
        {"sigmoid(%s)", 1},
        {"tanh(%s)", 1},
        {"relu(%s)", 2},
        {"identity(%s) + 0.2", 2.2},
        {"swish(%s)", 2},
        {"own(%s)", 2},
        {"bell(%s, width = 2)", 1},
        {"log(sigmoid(%s))", 2},
        {"log(1 - sigmoid(%s))", 2},
        {"log(1 + exp(%s))", 2},
        {"1 / (1 + %s^2)", 1},
        {"2^(0.5 * %s)", 2},
        {"where(%s > 0.1, 1, 0.5)", 1},
        {"detach(%s)", 2},
        {"(%s^2 + 1)^-1", 1},
        {"max(%s, 0.2)", 2},
        {"min(0.3, %s)", 2},
        {"2 / (1 + exp(-2 * %s)) - 1", 1},
        {"(%s^2 + 0.4)^-0.5", 1.6},
        {"0.1 * %s^4", 2},
        {"erf(%s)", 1},
        {"0.3 * floor(1.9 * %s)", 1.2},
        {"exp(0.4 * %s) - 1", 1.3},
        {"log(1 + %s^2)", 1.7},
    };
    int row = dice_below(&draw->dice, (int)(sizeof rows / sizeof *rows));
    Drawn a = *draw_pick(draw);
    Drawn *value = draw_value(draw, &a, rows[row].bound);
    if (!value) {
        return;
    }
    value->trained = a.trained && !strstr(rows[row].text, "detach") &&
                     !strstr(rows[row].text, "where") && !strstr(rows[row].text, "floor");
    char operand[40];
    snprintf(operand, sizeof operand, a.bound > 2 ? "(0.4 * %s)" : "%s", a.name);
    draw_add(draw, "%s = ", value->name);
    const char *at = strstr(rows[row].text, "%s");
    draw_add(draw, "%.*s%s%s\n", (int)(at - rows[row].text), rows[row].text, operand, at + 2);
}

/* A function with a `deriv` of its own, which may be one number for many elements. */
static void step_tilted(Draw *draw) {
    Drawn *first = draw_pick(draw);
    Drawn a = *first, *second = pick_partner(draw, first);
    Drawn b = second ? *second : a, shape;
    bool fits = second && broadcast(&a, &b, &shape) && draw_elements(&shape) == draw_elements(&a) &&
                shape.rank == a.rank && (a.batched || !b.batched);
    Drawn *value = fits ? draw_value(draw, &shape, fmin(a.bound * b.bound, 5)) : NULL;
    if (value) {
        value->trained = a.trained;
        draw_add(draw, "%s = tilted(%s, %s)\n", value->name, a.name, b.name);
    }
}

/* A block that is called twice; sometimes with a state that depends on the whole batch. */
static void step_shared(Draw *draw) {
    Drawn *from = draw_pick(draw);
    Drawn a = *from, shape = {.rank = 1, .batched = a.batched, .trained = true};
    bool has_state = a.batched && dice_chance(&draw->dice, 0.2);
    shape.in_batch = a.in_batch || has_state;
    shape.size[0] = dice_between(&draw->dice, 1, 5);
    Drawn *value = draw_elements(&a) <= 60 ? draw_value(draw, &shape, 1.5) : NULL;
    if (!value) {
        return;
    }
    draw->splits = draw->splits && !has_state;
    draw_add(draw, "block shared%s(x) = tanh(dense(reshape(%s, [size(x)]), %d))\n", value->name,
             has_state ? "centred(x)" : "x", shape.size[0]);
    draw_add(draw, "%s = shared%s(%s) - 0.4 * shared%s(0.5 * %s)\n", value->name, value->name,
             a.name, value->name, a.name);
}

/* The prelude's activations, by rank of the operand: those of `axis` need one. */
static void step_activation(Draw *draw) {
    static const struct {
        const char *text;
        bool axis, trains; /* trains: has a parameter */
        double bound;
    } rows[] = {
        {"arctan(%s)", false, false, 1.2},
        {"leaky_relu(%s, 0.1)", false, false, 2},
        {"elu(%s, 0.8)", false, false, 2},
        {"selu(%s)", false, false, 2.2},
        {"celu(%s, 0.7)", false, false, 2},
        {"softplus(%s)", false, false, 2.2},
        {"softsign(%s)", false, false, 1},
        {"gelu(%s)", false, false, 2},
        {"gelu_tanh(%s)", false, false, 2},
        {"mish(%s)", false, false, 2},
        {"relu6(%s)", false, false, 2},
        {"hard_sigmoid(%s)", false, false, 1},
        {"hard_tanh(%s)", false, false, 1},
        {"hard_swish(%s)", false, false, 2},
        {"log_sigmoid(%s)", false, false, 2.2},
        {"prelu(%s)", false, true, 2},
        {"prelu(%s, shape(%s))", false, true, 2},
        {"0.3 * log_softmax(%s)", true, false, 2.2},
        {"%s + 0.5 * hardmax(%s)", true, false, 2.5},
        {"%s - 0.5 * step(%s)", false, false, 2.5},
    };
    Drawn a = *draw_pick(draw);
    int row = dice_below(&draw->dice, (int)(sizeof rows / sizeof *rows));
    Drawn *value = a.rank > 0 || !rows[row].axis ? draw_value(draw, &a, rows[row].bound) : NULL;
    if (!value) {
        return;
    }
    value->trained = a.trained || rows[row].trains;
    char operand[40];
    snprintf(operand, sizeof operand, a.bound > 2 ? "(0.4 * %s)" : "%s", a.name);
    draw_add(draw, "%s = ", value->name);
    const char *text = rows[row].text, *at = strstr(text, "%s"), *then = strstr(at + 2, "%s");
    draw_add(draw, "%.*s%s", (int)(at - text), text, operand);
    if (then) {
        draw_add(draw, "%.*s%s", (int)(then - at - 2), at + 2, operand);
    }
    draw_add(draw, "%s\n", (then ? then : at) + 2);
}

static void step_binary(Draw *draw) {
    static const char *const rows[] = {
        "%s + %s",
        "%s - %s",
        "0.7 * %s * %s",
        "%s / (1 + abs(%s))",
        "max(%s, %s)",
        "min(%s, %s)",
        "(1 + %s^2)^(0.3 * %s)",
        "where(%s < %s, 1.5, 0.5)",
        "%s * %s",
        "%s / (0.7 + %s^2)",
        "max(%s, 0.6 * %s)",
        "min(%s, %s + 0.1)",
        "where(%s >= %s, 0.2, 1)",
        "where(%s != %s, 0.2, 1)",
        "(0.5 + abs(%s))^(0.3 * %s)",
        "xlogy(%s, 0.5 + abs(%s))",
        "xlogy(0.5 * %s, %s^2 + 0.4)",
    };
    int row = dice_below(&draw->dice, (int)(sizeof rows / sizeof *rows));
    Drawn *first = draw_pick(draw);
    Drawn a = *first, *second = pick_partner(draw, first);
    if (!second) {
        return;
    }
    Drawn b = *second, shape;
    if (dice_chance(&draw->dice, 0.5)) {
        Drawn swap = a;
        a = b;
        b = swap;
    }
    Drawn *value = broadcast(&a, &b, &shape) ? draw_value(draw, &shape, 2.2) : NULL;
    if (!value) {
        return;
    }
    value->trained = value->trained && !strstr(rows[row], "where");
    const char *at = strstr(rows[row], "%s"), *then = strstr(at + 2, "%s");
    draw_add(draw, "%s = %.*s%s%.*s%s%s\n", value->name, (int)(at - rows[row]), rows[row], a.name,
             (int)(then - at - 2), at + 2, b.name, then + 2);
    value->bound = fmin(fmax(a.bound * b.bound, a.bound + b.bound), 5);
}

/* where(a < b, c, d) and its like. */
static void step_choose(Draw *draw) {
    static const char *const tests[] = {"<", "<=", ">", ">=", "==", "!="};
    Drawn *a = draw_pick(draw), *b = pick_partner(draw, a);
    Drawn ab, result;
    if (!b || !broadcast(a, b, &ab)) {
        return;
    }
    char left[16], right[16];
    strcpy(left, a->name);
    strcpy(right, b->name);
    Drawn *c = pick_partner(draw, &ab);
    bool own = c == &ab;
    if (!c || !broadcast(&ab, c, &result)) {
        return;
    }
    char taken[16];
    strcpy(taken, own ? left : c->name);
    Drawn *value = draw_value(draw, &result, 2);
    if (value && dice_chance(&draw->dice, 0.4)) {
        draw_add(draw, "m%s = %s %s %s\n%s = where(m%s, %s, 0.5 * %s) + 0.1 * m%s\n", value->name,
                 left, tests[dice_below(&draw->dice, 6)], right, value->name, value->name, taken,
                 left, value->name);
    } else if (value) {
        draw_add(draw, "%s = where(%s %s %s, %s, 0.5 * %s)\n", value->name, left,
                 tests[dice_below(&draw->dice, 6)], right, taken, left);
    }
}

static void step_reduce(Draw *draw) {
    static const char *const rows[] = {"sum", "mean", "max", "min", "mean"};
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from) {
        return;
    }
    Drawn a = *from, shape = a;
    int row = dice_below(&draw->dice, 5), axis = dice_below(&draw->dice, a.rank + 1);
    bool keep = dice_chance(&draw->dice, 0.4);
    double scale = axis == a.rank ? draw_elements(&a) : a.size[axis];
    char arguments[64] = "";
    if (axis == a.rank) {
        shape.rank = 0;
    } else {
        int shown = dice_chance(&draw->dice, 0.3) ? axis - a.rank : axis;
        snprintf(arguments, sizeof arguments, ", axis = %d%s", shown, keep ? ", keep = 1" : "");
        if (keep) {
            shape.size[axis] = 1;
        } else {
            memmove(shape.size + axis, shape.size + axis + 1,
                    sizeof(int) * (size_t)(a.rank - axis - 1));
            shape.rank--;
        }
    }
    Drawn *value = draw_value(draw, &shape, a.bound);
    if (value) {
        draw_add(draw, row == 0 ? "%s = %.3g * %s(%s%s)\n" : "%s = %.0f * %s(%s%s)\n", value->name,
                 row == 0 ? 1 / sqrt(scale) : 1.0, rows[row], a.name, arguments);
    }
}

static void step_softmax(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    Drawn a = from ? *from : (Drawn){0};
    Drawn *value = from ? draw_value(draw, &a, 1) : NULL;
    if (value) {
        draw_add(draw, "%s = %ssoftmax(%s)%s\n", value->name, "log(0.1 + ", a.name, ")");
    }
}

/* A named value that the next statement uses twice, also as both operands of one operator. */
static void step_twice(Draw *draw) {
    static const char *const makers[] = {"sin(%s)",         "cos(%s)",       "atan(%s)",
                                         "exp(0.3 * %s)",   "detach(%s)",    "max(%s)",
                                         "min(%s)",         "abs(%s) + 0.5", "sqrt(abs(%s) + 0.4)",
                                         "log(%s^2 + 0.5)", "abs(%s)",       "max(%s, 0.4)",
                                         "erf(%s)",         "floor(%s)"};
    static const char *const users[] = {"%s / %s",    "%s * %s",           "%s - 0.5 * %s^2",
                                        "%s + %s",    "max(%s, 0.4 * %s)", "max(%s, %s)",
                                        "min(%s, %s)"};
    Drawn a = *draw_pick(draw), shape = a;
    int maker = dice_below(&draw->dice, 14), user = dice_below(&draw->dice, 7);
    bool positive = maker == 7 || maker == 8;
    bool is_extreme = maker == 5 || maker == 6;
    bool is_same = is_extreme && a.rank == 0; /* the extreme of one number is that */
    if (is_extreme) {
        shape.rank = 0;
    }
    Drawn *named = draw_value(draw, &shape, 2);
    Drawn *value = named ? draw_value(draw, &shape, 2) : NULL;
    if (!value) {
        return;
    }
    named->is_data = is_same && a.is_data;
    named->trained = value->trained = a.trained && maker != 4 && maker != 13;
    const char *made = strstr(makers[maker], "%s");
    draw_add(draw, "%s = %.*s%s%s\n%s = ", named->name, (int)(made - makers[maker]), makers[maker],
             a.name, made + 2, value->name);
    const char *text = positive ? dice_chance(&draw->dice, 0.5) ? "0.3 * %s^%s" : users[0]
                                : users[user ? user : 1];
    const char *at = strstr(text, "%s"), *then = strstr(at + 2, "%s");
    draw_add(draw, "%.*s%s%.*s%s%s\n", (int)(at - text), text, named->name, (int)(then - at - 2),
             at + 2, named->name, then + 2);
}

static void step_random(Draw *draw) {
    Drawn a = *draw_pick(draw), shape = a;
    shape.batched = true;
    Drawn *value = draw_value(draw, &shape, a.bound * 1.3);
    if (value) {
        int row = dice_below(&draw->dice, 4);
        if (row < 2) {
            draw_add(draw, row ? "%s = dropout(%s, rate = 0.5)\n" : "%s = dropout(%s, 0.3)\n",
                     value->name, a.name);
        } else {
            draw_add(draw, "%s = where(training, %s %s(shape(%s)), %s)\n", value->name, a.name,
                     row == 2 ? "+ 0.1 * random_normal" : "* random_uniform", a.name, a.name);
        }
    }
}

/* Layers with state: in training they depend on the whole batch. */
static void step_statistics(Draw *draw) {
    Drawn *from = draw_pick(draw);
    if (!from->batched) {
        return;
    }
    Drawn a = *from;
    a.trained = true;
    Drawn *value = draw_value(draw, &a, 2);
    if (value) {
        bool normed = draw_elements(&a) <= 100 && dice_chance(&draw->dice, 0.5);
        value->trained = normed || from->trained;
        draw_add(draw, "%s = %s(%s)\n", value->name, normed ? "normed" : "centred", a.name);
        draw->splits = false;
    }
}

typedef struct {
    void (*step)(Draw *draw);
    int weight;
} StepRow;

static const StepRow all_steps[] = {
    {step_unary, 10},     {step_binary, 10},      {step_choose, 5},     {step_reduce, 4},
    {step_softmax, 1},    {step_dense, 4},        {step_matmul, 4},     {step_outer, 2},
    {step_twice, 2},      {step_convolution, 3},  {step_transpose, 2},  {step_reshape, 2},
    {step_slice, 3},      {step_concat, 2},       {step_expand, 1},     {step_constant, 3},
    {step_random, 2},     {step_statistics, 1},   {step_tilted, 2},     {step_shared, 1},
    {step_activation, 3}, {step_named, 3},        {step_units, 2},      {step_norm, 2},
    {step_batch_norm, 2}, {step_augmentation, 2}, {step_derivative, 4}, {step_elementary, 3},
    {step_window, 5},
};

static const StepRow smooth_steps[] = {
    {step_dense, 4},   {step_smooth, 5}, {step_matmul, 2}, {step_softmax, 1},
    {step_reshape, 1}, {step_slice, 1},  {step_concat, 1}, {step_transpose, 1},
};

static void draw_one_of(Draw *draw, int count, const StepRow *rows) {
    int total = 0, row = 0;
    for (int i = 0; i < count; i++) {
        total += rows[i].weight;
    }
    for (int at = dice_below(&draw->dice, total); at >= rows[row].weight; row++) {
        at -= rows[row].weight;
    }
    rows[row].step(draw);
}

void draw_step(Draw *draw) {
    if (draw->is_smooth) {
        draw_one_of(draw, sizeof smooth_steps / sizeof *smooth_steps, smooth_steps);
    } else {
        draw_one_of(draw, sizeof all_steps / sizeof *all_steps, all_steps);
    }
}
