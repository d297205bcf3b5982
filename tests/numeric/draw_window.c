/* Steps of a random model that are windows over a value: maxima and means, of any stride, dilation and
   padding, forwards and backwards. See draw_step.h. */

#include "draw_step.h"

#include <stdio.h>

/* One axis of the value: read by the result's index, by one of the window, or by both. */
typedef struct {
    int count, taps, stride, dilation,
        padding; /* taps 0: no window, count 0: no index of the result */
    bool is_backwards;
} WindowAxis;

static bool has_element(const WindowAxis *axis, int size, int i) {
    for (int k = 0; k < axis->taps; k++) {
        int at = axis->stride * i + axis->dilation * k - axis->padding;
        if (at >= 0 && at < size) {
            return true;
        }
    }
    return false;
}

/* As many windows as there are with an element, or fewer. */
static WindowAxis draw_axis(Dice *dice, int size) {
    WindowAxis axis = {.count = size, .stride = 1};
    int kind = dice_below(dice, 6);
    if (kind == 0) {
        return axis;
    }
    axis.taps = kind == 1 ? size : dice_between(dice, 1, 3);
    axis.count = 0;
    axis.is_backwards = dice_chance(dice, 0.2);
    if (kind == 1) {
        axis.dilation = 1;
        return axis;
    }
    axis.stride = dice_between(dice, 1, dice_chance(dice, 0.2) ? 7 : 3);
    axis.dilation = dice_between(dice, 1, 2);
    axis.padding = dice_chance(dice, 0.5) ? 0 : dice_between(dice, 0, axis.taps);
    while (axis.count < 9 && has_element(&axis, size, axis.count)) {
        axis.count++;
    }
    if (axis.count == 0) { /* all of the padding */
        axis.padding = 0;
        axis.count = 1;
    }
    return axis;
}

static void add_axis(char *text, size_t room, const WindowAxis *axis, int size, int number) {
    char sum[60];
    int length = 0;
    if (axis->count > 0 && axis->taps == 0) {
        snprintf(text, room, "i%d", number);
        return;
    }
    if (axis->count > 0) {
        length = snprintf(sum, sizeof sum, "%d*i%d + ", axis->stride, number);
    }
    snprintf(sum + length, sizeof sum - (size_t)length, "%d*k%d - %d", axis->dilation, number,
             axis->padding);
    if (axis->is_backwards) {
        snprintf(text, room, "%d - (%s)", size - 1, sum);
    } else {
        snprintf(text, room, "%s", sum);
    }
}

void step_window(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from) {
        return;
    }
    Drawn a = *from, shape = a;
    char over[120] = "m = 1", axes[120] = "", index[300] = "";
    int over_length = 0, axes_length = 0, index_length = 0;
    shape.rank = 0;
    for (int i = 0; i < a.rank; i++) {
        WindowAxis axis = draw_axis(&draw->dice, a.size[i]);
        char text[80];
        add_axis(text, sizeof text, &axis, a.size[i], i);
        index_length += snprintf(index + index_length, sizeof index - (size_t)index_length, "%s%s",
                                 i ? ", " : "", text);
        if (axis.taps > 0) {
            over_length += snprintf(over + over_length, sizeof over - (size_t)over_length,
                                    "%sk%d = %d", over_length ? ", " : "", i, axis.taps);
        }
        if (axis.count > 0) {
            axes_length += snprintf(axes + axes_length, sizeof axes - (size_t)axes_length,
                                    ", i%d = %d", i, axis.count);
            shape.size[shape.rank++] = axis.count;
        }
    }
    Drawn *value = draw_elements(&shape) <= 1000 ? draw_value(draw, &shape, a.bound) : NULL;
    if (!value) {
        return;
    }
    bool is_mean = dice_chance(&draw->dice, 0.5);
    draw_add(draw, "%s = window_%s(%s[%s], over(%s)%s%s)\n", value->name, is_mean ? "mean" : "max",
             a.name, index, over, axes,
             is_mean && dice_chance(&draw->dice, 0.3) ? ", count_all = 1" : "");
}
