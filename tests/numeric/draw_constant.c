/* Steps of a random model with a constant of several numbers: lists, lists of lists, what is made of
   them alone, and each beside a value of the net. See draw_step.h. */

#include "draw_step.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 60 }; /* numbers */

/* 0, 1, 2, ..; one number again and again; or any from -1 to 1. */
typedef enum { COUNTING, REPEATED, ANY, ANY_TOO } Numbers;

static void add_number(Draw *draw, Numbers numbers, int at, double scale) {
    double any = numbers == REPEATED ? 0.6 : dice_real(&draw->dice, -1, 1);
    draw_add(draw, "%.3g", scale * (numbers == COUNTING ? at / 8.0 : any));
}

/* "[[0.1, 2], [3, 4]]" */
static void add_list(Draw *draw, const Drawn *shape, double scale) {
    Numbers numbers = (Numbers)dice_below(&draw->dice, 4);
    int count = draw_elements(shape);
    for (int i = 0; i < count; i++) {
        draw_add(draw, "%s", i ? ", " : "");
        for (int axis = shape->rank - 1, row = 1; axis >= 0; axis--) {
            row *= shape->size[axis];
            draw_add(draw, "%s", i % row == 0 ? "[" : "");
        }
        add_number(draw, numbers, i, scale);
        for (int axis = shape->rank - 1, row = 1; axis >= 0; axis--) {
            row *= shape->size[axis];
            draw_add(draw, "%s", (i + 1) % row == 0 ? "]" : "");
        }
    }
}

/* The last axes of `a`, some of size 1. */
static Drawn list_shape(Draw *draw, const Drawn *a) {
    int drop = dice_below(&draw->dice, a->rank);
    Drawn shape = {.rank = a->rank - drop};
    for (int axis = 0; axis < shape.rank; axis++) {
        shape.size[axis] = dice_chance(&draw->dice, 0.2) ? 1 : a->size[axis + drop];
    }
    return shape;
}

static void add_elementwise(Draw *draw, const Drawn *a) {
    static const char *const rows[] = {
        "%s * l%s",
        "%s + l%s",
        "max(%s, l%s)",
        "where(l%s < 0.1, %s, 0.5 * %s)",
        "%s - 0.5 * transpose(transpose(l%s))",
        "%s / (1 + l%s^2)",
        "%s * reshape(sin(reshape(l%s, [size(l%s)])), shape(l%s))",
        "%s + 0.2 * mean(l%s) * max(l%s) * l%s",
        "0.3 * %s * (concat(l%s, l%s)[size(l%s, 0):] + 0.3)",
        "(%s + matmul(reshape(l%s, [1, size(l%s)]), reshape(l%s, [size(l%s), 1]))[0, 0]) * 0.3",
    };
    int row = dice_below(&draw->dice, (int)(sizeof rows / sizeof *rows));
    Drawn list = list_shape(draw, a);
    Drawn *value = draw_elements(&list) <= LONGEST ? draw_value(draw, a, 2.2) : NULL;
    if (!value) {
        return;
    }
    value->trained = a->trained;
    draw_add(draw, "l%s = ", value->name);
    add_list(draw, &list, 1);
    draw_add(draw, "\n%s = ", value->name);
    for (const char *at = rows[row]; *at; at++) {
        bool is_list = strncmp(at, "l%s", 3) == 0;
        if (is_list) {
            draw_add(draw, "l%s", value->name);
            at += 2;
        } else if (strncmp(at, "%s", 2) == 0) {
            draw_add(draw, "%s", a->name);
            at++;
        } else {
            draw_add(draw, "%c", *at);
        }
    }
    draw_add(draw, "\n");
}

/* A product with a matrix, or a vector made longer. */
static void add_vector(Draw *draw, const Drawn *a) {
    bool is_product = dice_chance(&draw->dice, 0.6);
    int size = dice_between(&draw->dice, 2, 6), inner = a->size[0];
    Drawn matrix = {.rank = 2, .size = {size, inner}}, vector = {.rank = 1, .size = {size}};
    Drawn shape = *a;
    shape.size[0] = is_product ? size : inner + size;
    Drawn *value = inner * size <= LONGEST ? draw_value(draw, &shape, a->bound + 0.5) : NULL;
    if (!value) {
        return;
    }
    value->trained = a->trained;
    draw_add(draw, "%s = %s", value->name, is_product ? "matmul(" : "concat(");
    if (!is_product) {
        draw_add(draw, "%s, ", a->name);
    }
    add_list(draw, is_product ? &matrix : &vector, is_product ? 1 / sqrt(inner) : 1);
    if (is_product) {
        draw_add(draw, ", %s", a->name);
    }
    draw_add(draw, ")\n");
}

void step_constant(Draw *draw) {
    Drawn *from = draw_pick_rank(draw, 1);
    if (!from) {
        return;
    }
    Drawn a = *from;
    if (a.rank == 1 && dice_chance(&draw->dice, 0.4)) {
        add_vector(draw, &a);
    } else {
        add_elementwise(draw, &a);
    }
}
