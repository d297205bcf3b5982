/* Steps of a random model that move what there is: other shapes, orders, parts. See draw_step.h. */

#include "draw_step.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A view may be its operand itself; inputs and targets cannot be outputs. */
static void mark_view(Drawn *value, const Drawn *from) {
    if (value) {
        value->is_data = from->is_data;
    }
}

void step_transpose(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 2);
    if (!from) {
        return;
    }
    Drawn a = *from, shape = a;
    int order[3] = {0, 1, 2};
    for (int i = a.rank - 1; i > 0; i--) {
        int other = dice_below(&draw->dice, i + 1), swap = order[i];
        order[i] = order[other];
        order[other] = swap;
    }
    for (int i = 0; i < a.rank; i++) {
        shape.size[i] = a.size[order[i]];
    }
    Drawn *value = draw_value(draw, &shape, a.bound);
    mark_view(value, &a);
    if (value && a.rank == 2 && order[0] == 1) {
        draw_add(draw, "%s = transpose(%s)\n", value->name, a.name);
    } else if (value && a.rank == 2) {
        draw_add(draw, "%s = transpose(%s, [0, 1])\n", value->name, a.name);
    } else if (value) {
        draw_add(draw, "%s = transpose(%s, [%d, %d, %d])\n", value->name, a.name, order[0],
                 order[1], order[2]);
    }
}

void step_reshape(Draw *draw) {
    Drawn a = *draw_pick(draw), shape = a;
    int count = draw_elements(&a);
    shape.rank = count == 1 ? dice_below(&draw->dice, 2) : dice_between(&draw->dice, 1, 3);
    for (int i = 0; i < shape.rank; i++) {
        int size = i == shape.rank - 1 ? count : dice_between(&draw->dice, 1, 4);
        while (count % size != 0) {
            size--;
        }
        shape.size[i] = size;
        count /= size;
    }
    Drawn *value = draw_value(draw, &shape, a.bound);
    mark_view(value, &a);
    if (value) {
        draw_add(draw, "%s = reshape(%s, %s)\n", value->name, a.name, draw_shape(value));
    }
}

void step_slice(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from) {
        return;
    }
    Drawn a = *from, shape = a;
    char text[100];
    size_t at = 0;
    shape.rank = 0;
    for (int i = 0; i < a.rank; i++) {
        int first = dice_below(&draw->dice, a.size[i]),
            end = dice_between(&draw->dice, first + 1, a.size[i]);
        const char *comma = i ? ", " : "";
        switch (dice_below(&draw->dice, 5)) {
        case 0:
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%d", comma,
                                   dice_chance(&draw->dice, 0.5) ? first : first - a.size[i]);
            break;
        case 1:
            at += (size_t)snprintf(text + at, sizeof text - at, "%s:", comma);
            shape.size[shape.rank++] = a.size[i];
            break;
        case 2:
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%d:", comma, first);
            shape.size[shape.rank++] = a.size[i] - first;
            break;
        default:
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%d:%d", comma, first, end);
            shape.size[shape.rank++] = end - first;
        }
    }
    Drawn *value = draw_value(draw, &shape, a.bound);
    mark_view(value, &a);
    if (value) {
        draw_add(draw, "%s = %s[%s]\n", value->name, a.name, text);
    }
}

/* A value with itself or with another one that fits, along any axis. */
void step_concat(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from) {
        return;
    }
    Drawn a = *from, b = a;
    int axis = dice_below(&draw->dice, a.rank);
    for (int tries = 0; tries < 20; tries++) {
        Drawn *other = &draw->values[dice_below(&draw->dice, draw->count)];
        bool fits = other->rank == a.rank;
        for (int i = 0; fits && i < a.rank; i++) {
            fits = i == axis || other->size[i] == a.size[i];
        }
        if (fits) {
            b = *other;
            break;
        }
    }
    Drawn shape = draw_joined(&a, &b);
    bool thrice = dice_chance(&draw->dice, 0.3);
    shape.size[axis] = a.size[axis] * (thrice ? 2 : 1) + b.size[axis];
    Drawn *value =
        draw_elements(&shape) <= 1000 ? draw_value(draw, &shape, fmax(a.bound, b.bound)) : NULL;
    if (value) {
        draw_add(draw, "%s = concat(%s, %s%s%s, axis = %d)\n", value->name, a.name, b.name,
                 thrice ? ", " : "", thrice ? a.name : "", axis);
    }
}

void step_expand(Draw *draw) {
    Drawn a = *draw_pick(draw), shape = a;
    for (int i = 0; i < a.rank; i++) {
        shape.size[i] = a.size[i] == 1 ? dice_between(&draw->dice, 1, 5) : a.size[i];
    }
    if (shape.rank < 3) {
        memmove(shape.size + 1, shape.size, sizeof(int) * 2);
        shape.size[0] = dice_between(&draw->dice, 1, 4);
        shape.rank++;
    }
    Drawn *value = draw_elements(&shape) <= 1000 ? draw_value(draw, &shape, a.bound) : NULL;
    mark_view(value, &a);
    if (value) {
        draw_add(draw, "%s = expand(%s, %s)\n", value->name, a.name, draw_shape(value));
    }
}
