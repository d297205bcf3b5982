/* Steps of a random model that are sums of products: layers, matrices, convolutions. See
   draw_step.h. */

#include "draw_step.h"

#include <math.h>

void step_dense(Draw *draw) {
    static const char *const makers[] = {"", "", ", init = he", ", init = normal(0.3)"};
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from || from->rank != 1) {
        return;
    }
    Drawn a = *from, shape = a;
    shape.size[0] = dice_chance(&draw->dice, 0.2) ? dice_between(&draw->dice, 1, 40)
                                                  : dice_between(&draw->dice, 1, 9);
    shape.trained = true;
    Drawn *value = draw_value(draw, &shape, a.bound + 0.5);
    if (value) {
        draw_add(draw, "%s = dense(%s, %d%s)\n", value->name, a.name, shape.size[0],
                 makers[dice_below(&draw->dice, 4)]);
    }
}

/* The other factor in a product with `a` over its last axis: a value that fits or a new parameter.
   */
static Drawn *product_partner(Draw *draw, const Drawn *a, bool as_vector) {
    int inner = a->size[a->rank - 1];
    for (int i = draw->count - 1; i >= 0 && dice_chance(&draw->dice, 0.95); i--) {
        Drawn *value = &draw->values[i];
        if (value->rank == (as_vector ? 1 : 2) && value->size[0] == inner) {
            return value;
        }
    }
    Drawn shape = {.rank = as_vector ? 1 : 2,
                   .size = {inner, dice_between(&draw->dice, 1, 6)},
                   .trained = true};
    Drawn *value = draw_value(draw, &shape, 1);
    if (value) {
        draw_add(draw, "%s = param(%s, normal(0.4))\n", value->name, draw_shape(value));
    }
    return value;
}

void step_matmul(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from || from->rank > 2) {
        return;
    }
    Drawn a = *from, *partner = product_partner(draw, &a, dice_chance(&draw->dice, 0.4));
    if (!partner) {
        return;
    }
    Drawn b = *partner, shape = draw_joined(&a, &b);
    shape.rank = 0;
    if (a.rank == 2) {
        shape.size[shape.rank++] = a.size[0];
    }
    if (b.rank == 2) {
        shape.size[shape.rank++] = b.size[1];
    }
    Drawn *value = draw_value(draw, &shape, 2.5);
    if (value) {
        draw_add(draw, "%s = %.3g * matmul(%s, %s)\n", value->name,
                 1 / sqrt((double)a.size[a.rank - 1]), a.name, b.name);
    }
}

/* a[i] b[j] or a[i, j] b[k]. */
void step_outer(Draw *draw) {
    Drawn *first = draw_pick_rank(draw, 1), *second = draw_pick_rank(draw, 1);
    if (!first || !second || first->rank > 2 || second->rank != 1) {
        return;
    }
    Drawn a = *first, b = *second, shape = draw_joined(&a, &b);
    shape.rank = a.rank + 1;
    shape.size[a.rank] = b.size[0];
    Drawn *value = draw_elements(&shape) <= 1000 ? draw_value(draw, &shape, 2.5) : NULL;
    if (value && a.rank == 1) {
        draw_add(draw, "%s = 0.5 * contract(%s[i] * %s[j], i = %d, j = %d)\n", value->name, a.name,
                 b.name, a.size[0], b.size[0]);
    } else if (value) {
        draw_add(draw, "%s = 0.5 * contract(%s[i, j] * %s[k], i = %d, j = %d, k = %d)\n",
                 value->name, a.name, b.name, a.size[0], a.size[1], b.size[0]);
    }
}

/* A convolution over the last axis of [channels, width], or of [width], with stride, dilation,
   padding. */
void step_convolution(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from || from->rank > 2) {
        return;
    }
    Drawn a = *from;
    int width = a.size[a.rank - 1], taps = dice_between(&draw->dice, 1, 3),
        filters = dice_between(&draw->dice, 1, 4);
    int stride = dice_between(&draw->dice, 1, 3), dilation = dice_between(&draw->dice, 1, 2);
    int padding = dice_between(&draw->dice, 0, 2), reach = (taps - 1) * dilation + 1;
    if (width + 2 * padding < reach) {
        return;
    }
    Drawn kernel = {.rank = a.rank + 1, .size = {filters, taps}, .trained = true};
    if (a.rank == 2) {
        kernel.size[1] = a.size[0];
        kernel.size[2] = taps;
    }
    Drawn *weight = draw_value(draw, &kernel, 1);
    Drawn shape = {.rank = 2,
                   .size = {filters, (width + 2 * padding - reach) / stride + 1},
                   .batched = a.batched,
                   .trained = true,
                   .in_batch = a.in_batch};
    Drawn *value = weight ? draw_value(draw, &shape, 2) : NULL;
    if (!value) {
        return;
    }
    draw_add(draw, "%s = param(%s, he)\n", weight->name, draw_shape(weight));
    draw_add(draw, "%s = contract(%s[f, %sk] * %s[%s%d*t + %d*k - %d], f = %d, t = %d)\n",
             value->name, weight->name, a.rank == 2 ? "c, " : "", a.name, a.rank == 2 ? "c, " : "",
             stride, dilation, padding, filters, shape.size[1]);
}
