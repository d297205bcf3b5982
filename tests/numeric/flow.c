/* See flow.h. */

#define _GNU_SOURCE
#include "flow.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *say(const char *format, ...) {
    static char texts[32][FLOW_TEXT];
    static int next;
    char *text = texts[next++ % 32], made[FLOW_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(made, sizeof made, format, arguments);
    va_end(arguments);
    return strcpy(text, made);
}

Drawn vector_of(const Flow *flow, int size) {
    Drawn value = flow->z;
    value.rank = 1;
    value.size[0] = size;
    return value;
}

/* 8 to 40: multiples of the vectors and tiles of every target, and a little more or less. */
int flow_width(Flow *flow) {
    Dice *dice = &flow->draw->dice;
    int whole = 8 * dice_between(dice, 1, 5);
    return flow->is_narrow          ? dice_between(dice, 8, 9)
           : dice_chance(dice, 0.4) ? whole
                                    : dice_between(dice, 8, 40);
}

const char *flow_named(Flow *flow, int size, const char *expression) {
    Drawn like = vector_of(flow, size), *value = draw_value(flow->draw, &like, 1);
    if (!value) {
        return say("(%s)", expression);
    }
    draw_add(flow->draw, "%s = %s\n", value->name, expression);
    return say("%s", value->name);
}

const char *flow_perhaps_named(Flow *flow, int size, const char *expression) {
    bool has_name = dice_chance(&flow->draw->dice, 0.5);
    flow->draw->named += has_name;
    flow->draw->unnamed += !has_name;
    return has_name ? flow_named(flow, size, expression) : say("(%s)", expression);
}

void flow_on(Flow *flow, int size, const char *expression) {
    flow_named(flow, size, expression);
    flow->z = flow->draw->values[flow->draw->count - 1];
}

/* %s may come twice. */
static const char *const maps[] = {
    "tanh(%s)",
    "sigmoid(%s)",
    "softplus(%s)",
    "arctan(%s)",
    "0.4 * %s^2",
    "abs(%s)",
    "relu(%s)",
    "gelu(%s)",
    "swish(%s)",
    "own(%s)",
    "exp(-%s^2)",
    "sin(%s)",
    "log(1 + %s^2)",
    "sqrt(%s^2 + 1)",
    "elu(%s)",
    "mish(%s)",
    "softsign(%s)",
    "hard_tanh(%s)",
    "leaky_relu(%s, 0.1)",
    "max(%s, 0.1)",
    "erf(%s)",
    "1 / (1 + %s^2)",
    "where(%s > 0.1, 1.2, 0.5) * %s",
    "0.2 * %s^3",
    "%s * sigmoid(2 * %s)",
    "exp(0.3 * %s) - 1",
    "prelu(%s)",
    "-%s",
};
enum { MAPS = sizeof maps / sizeof *maps };

int reuse_maps(void) {
    return MAPS;
}

const char *reuse_map(int number) {
    return maps[number];
}

const char *flow_map(Flow *flow, const char *of) {
    int row = dice_below(&flow->draw->dice, MAPS);
    flow->draw->maps |= (uint64_t)1 << row;
    return say(maps[row], of, of);
}

/* A product in index notation, whose factors must have names. */
static const char *contracted(Flow *flow, const char *weight, const char *of, int k, int n) {
    const char *name = flow_named(flow, k, of);
    return say("contract(%s[i, j] * %s[j], i = %d)", weight, name, n);
}

static const char *matrix(Flow *flow, int rows, int columns, int k) {
    Drawn shape = {.rank = 2, .size = {rows, columns}, .trained = true};
    Drawn *value = draw_value(flow->draw, &shape, 1);
    if (!value) {
        return NULL;
    }
    draw_add(flow->draw, "%s = param([%d, %d], normal(%.2g))\n", value->name, rows, columns,
             1 / sqrt(k));
    return say("%s", value->name);
}

const char *flow_product(Flow *flow, const char *of, int k, int n) {
    int row = dice_below(&flow->draw->dice, 8);
    bool is_turned = row == 1;
    const char *weight = row < 3 ? matrix(flow, is_turned ? k : n, is_turned ? n : k, k) : NULL;
    if (!weight) {
        return say(row == 3   ? "linear(%s, %d)"
                   : row == 4 ? "dense(%s, %d, init = he)"
                              : "dense(%s, %d)",
                   of, n);
    }
    return row == 0   ? say("matmul(%s, %s)", weight, of)
           : row == 1 ? say("matmul(%s, %s)", of, weight)
                      : contracted(flow, weight, of, k, n);
}

const char *flow_both(Flow *flow, const char *a, const char *b) {
    static const char *const rows[] = {
        "%s + %s",
        "%s + %s",
        "%s + %s",
        "%s - 0.7 * %s",
        "0.8 * %s * %s",
        "max(%s, %s)",
        "%s / (1 + abs(%s))",
        "%s * sigmoid(%s)",
        "0.5 * (%s + %s)",
        "tanh(%s + %s)",
        "min(%s, 0.5 + %s)",
        "%s / sqrt(1 + %s^2)",
    };
    Dice *dice = &flow->draw->dice;
    const char *row = rows[dice_below(dice, (int)(sizeof rows / sizeof *rows))];
    return dice_chance(dice, 0.5) ? say(row, a, b) : say(row, b, a);
}
