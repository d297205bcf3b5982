/* See draw.h. This file draws what a model begins and ends with; draw_step.c what lies between. */

#define _GNU_SOURCE
#include "draw.h"

#include "targets.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void draw_add(Draw *draw, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(draw->text + draw->length, DRAW_TEXT - draw->length, format, arguments);
    va_end(arguments);
    draw->length += size > 0 ? (size_t)size : 0;
    draw->length = draw->length < DRAW_TEXT ? draw->length : DRAW_TEXT - 1;
}

int draw_elements(const Drawn *value) {
    int count = 1;
    for (int i = 0; i < value->rank; i++) {
        count *= value->size[i];
    }
    return count;
}

const char *draw_shape(const Drawn *value) {
    static char texts[8][64];
    static int next;
    char *text = texts[next++ % 8];
    size_t at = 0;
    text[at++] = '[';
    for (int i = 0; i < value->rank; i++) {
        at += (size_t)snprintf(text + at, 64 - at, "%s%d", i ? ", " : "", value->size[i]);
    }
    snprintf(text + at, 64 - at, "]");
    return text;
}

Drawn *draw_value(Draw *draw, const Drawn *like, double bound) {
    if (draw->count == DRAW_VALUES) {
        return NULL;
    }
    Drawn *value = &draw->values[draw->count++];
    *value = *like;
    value->bound = bound;
    value->is_data = false;
    snprintf(value->name, sizeof value->name, "v%d", draw->names++);
    return value;
}

/* Mostly small, now and then up to 40. */
static int draw_size(Draw *draw, int most) {
    int size = dice_chance(&draw->dice, 0.15) ? dice_between(&draw->dice, 1, 40)
                                              : dice_between(&draw->dice, 1, 7);
    return size < most ? size : most;
}

static Drawn random_shape(Draw *draw) {
    Drawn value = {.rank = dice_below(&draw->dice, 4)};
    for (int i = 0; i < value.rank; i++) {
        value.size[i] = draw_size(draw, i == 0 ? 40 : i == 1 ? 12 : 4);
    }
    return value;
}

static void draw_inputs(Draw *draw) {
    static const struct {
        const char *text;
        int rank, elements;
    } words[] = {{"", 0, 2000},
                 {"", 0, 2000},
                 {"", 0, 2000},
                 {"", 0, 2000},
                 {" minmax", 0, 2000},
                 {" standard", 0, 2000},
                 {" noise(0.2)", 0, 2000},
                 {" minmax flip", 1, 2000},
                 {" shift(1) flip", 2, 60}};
    int count = dice_between(&draw->dice, 1, 3);
    for (int i = 0; i < count; i++) {
        Drawn shape = random_shape(draw);
        shape.batched = true;
        int row = dice_below(&draw->dice, 9);
        bool fits = shape.rank >= words[row].rank && draw_elements(&shape) <= words[row].elements;
        Drawn *value = draw_value(draw, &shape, 2);
        if (!value) {
            return;
        }
        draw_add(draw, "input %s%s%s\n", value->name, draw_shape(value),
                 fits ? words[row].text : "");
        value->is_data = true;
    }
}

static bool needs_none(const Entry *entry) {
    return entry->needed == 0;
}

static void draw_param(Draw *draw) {
    static const char *const makers[] = {"normal(0.5)", "uniform(0.6)", "constant(0.3)", "0.4"};
    Drawn shape = random_shape(draw);
    shape.trained = true;
    Drawn *value = draw_value(draw, &shape, 1);
    draw_add(draw, "%s = param(%s, %s)\n", value->name, draw_shape(value),
             dice_chance(&draw->dice, 0.5) ? makers[dice_below(&draw->dice, 4)]
                                           : draw_entry(draw, "initializers", needs_none));
}

static const char header[] =
    "def swish(z) = z * sigmoid(z)\n"
    "def own(z) = z * sigmoid(z) deriv sigmoid(z) + result * (1 - sigmoid(z))\n"
    "def tilted(z, by) = z * detach(by) deriv detach(by)\n"
    "def bell(z, width = 1) = exp(-(z / width)^2)\n"
    "def centred(x) {\n"
    "    state middle = 0.1\n"
    "    now = batch_mean(mean(x))\n"
    "    middle = 0.9 * middle + 0.1 * now\n"
    "    return x - where(training, now, middle)\n"
    "}\n"
    "def normed(x) {\n"
    "    gain = param(shape(x), 1)\n"
    "    shift = param(shape(x), zeros)\n"
    "    state average = expand(0, shape(x))\n"
    "    state variance = expand(1, shape(x))\n"
    "    now = batch_mean(x)\n"
    "    spread = batch_mean((x - now)^2)\n"
    "    average = 0.9 * average + 0.1 * now\n"
    "    variance = 0.9 * variance + 0.1 * spread\n"
    "    is_alone = batch_size == 1\n"
    "    m = where(training, where(is_alone, average, now), average)\n"
    "    s = where(training, where(is_alone, variance, spread), variance)\n"
    "    return gain * (x - m) / sqrt(s + 0.3) + shift\n"
    "}\n"
    "optimizer centred_sign(lr, beta = 0.5) {\n"
    "    state old = 0.01\n"
    "    state slow = weight\n"
    "    old = beta * old + grad\n"
    "    slow = slow + 0.3 * (weight - slow)\n"
    "    weight = weight - lr * old / (1 + abs(old)) + 0.01 * (slow - weight)\n"
    "}\n"
    "optimizer bounded(lr) {\n"
    "    weight = weight - lr * grad / sqrt(1 + sum(grad^2))\n"
    "}\n";

/* p, and sometimes a value from the middle that prediction can have. */
static void draw_output(Draw *draw) {
    if (dice_chance(&draw->dice, 0.5)) {
        draw_add(draw, draw->is_said ? "output p as y\n" : "");
        return;
    }
    draw_add(draw, "output p%s", draw->is_said ? " as y" : "");
    for (int i = 0, more = 2; i < draw->count && more > 0; i++) {
        const Drawn *value = &draw->values[i];
        if (!value->is_data && value->batched && !value->in_batch &&
            dice_chance(&draw->dice, 0.2)) {
            draw_add(draw, ", %s", value->name);
            more--;
        }
    }
    draw_add(draw, "\n");
}

Options draw_options(uint64_t seed) {
    static const Unroll ways[] = {UNROLL_AUTO, UNROLL_TILE, UNROLL_NONE}; /* often */
    Dice dice = dice_new(seed ^ 0x5eed);
    const char *only = getenv("NNGEN_TARGET");
    Target drawn = target_in_turn((unsigned)dice_below(&dice, 12 * TARGETS));
    Dice versions = dice_new(seed ^ 0xa11);
    if (only ? atoi(only) == TARGET_ANY : dice_chance(&versions, 0.1))
        drawn = TARGET_ANY;
    return (Options){.target = only ? (Target)atoi(only) : drawn,
                     .versions = drawn == TARGET_ANY ? (1u << TARGETS) - 1 : 0,
                     .is_double = dice_chance(&dice, 0.35),
                     .is_exact = dice_chance(&dice, 0.2),
                     .unroll = dice_chance(&dice, 0.12) ? UNROLL_FULL : ways[dice_below(&dice, 3)]};
}

void draw_model(Draw *draw, uint64_t seed) {
    *draw = (Draw){.dice = dice_new(seed), .splits = true, .trains = true};
    draw->is_smooth = dice_chance(&draw->dice, 0.06);
    draw->batch = dice_chance(&draw->dice, 0.1) ? 1 : dice_between(&draw->dice, 2, 20);
    draw_add(draw, "network r%llu\n%s", (unsigned long long)seed, header);
    draw_inputs(draw);
    int params = dice_between(&draw->dice, 0, 2), steps = dice_between(&draw->dice, 2, 14);
    for (int i = 0; i < params; i++) {
        draw_param(draw);
    }
    for (int i = 0; i < steps; i++) {
        draw_step(draw);
    }
    draw_loss(draw);
    draw_update(draw);
    draw_output(draw);
    draw_add(draw, "batch %d\n", draw->batch);
}
