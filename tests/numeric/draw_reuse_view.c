/* Ways of reuse with reshapes, views and other products in between. See flow.h. */

#include "flow.h"

#include <math.h>
#include <string.h>

/* The vector as a matrix of so many rows, by name; the number of columns. */
typedef struct {
    const char *name;
    int rows, columns;
} Matrix;

/* The rows with the largest number below 6 that divides the width. */
static Matrix as_matrix(Flow *flow, const char *of) {
    int width = flow->z.size[0], rows = dice_between(&flow->draw->dice, 2, 5);
    while (width % rows != 0) {
        rows--;
    }
    Matrix matrix = {.rows = rows, .columns = width / rows};
    Drawn shape = {.rank = 2, .size = {rows, matrix.columns}, .batched = true, .trained = true};
    Drawn *value = draw_value(flow->draw, &shape, 1);
    draw_add(flow->draw, "%s = reshape(%s, [%d, %d])\n", value->name, of, rows, matrix.columns);
    matrix.name = say("%s", value->name);
    return matrix;
}

static const char *weight(Flow *flow, Drawn shape, int terms) {
    shape.trained = true;
    Drawn *value = draw_value(flow->draw, &shape, 1);
    draw_add(flow->draw, "%s = param(%s, normal(%.2g))\n", value->name, draw_shape(value),
             1 / sqrt(terms));
    return say("%s", value->name);
}

/* One slice goes into the product, another is added to the result. */
static void between_slices(Flow *flow) {
    Dice *dice = &flow->draw->dice;
    int width = flow->z.size[0], n = dice_between(dice, 3, width - 1);
    int first = dice_between(dice, 0, 3), behind = dice_between(dice, 0, width - n);
    const char *part = flow_perhaps_named(flow, width - first, say("%s[%d:]", flow->z.name, first));
    const char *product = flow_product(flow, flow_map(flow, part), width - first, n);
    flow_on(flow, n, flow_both(flow, say("%s[%d:%d]", flow->z.name, behind, behind + n), product));
}

/* A matrix, transposed before a product and transposed back after it. */
static void between_turns(Flow *flow) {
    Matrix g = as_matrix(flow, flow_map(flow, flow->z.name));
    const char *w = weight(flow, (Drawn){.rank = 2, .size = {g.rows, g.rows}}, g.rows);
    bool is_turned = dice_chance(&flow->draw->dice, 0.5);
    const char *product = is_turned ? say("transpose(matmul(transpose(%s), %s))", g.name, w)
                                    : say("matmul(%s, %s)", w, g.name);
    const char *flat = say("reshape(%s, [%d])", product, flow->z.size[0]);
    flow_on(flow, flow->z.size[0],
            flow_both(flow, flow->z.name, flow_perhaps_named(flow, flow->z.size[0], flat)));
}

static void between_joined(Flow *flow) {
    int width = flow->z.size[0];
    const char *h = flow_named(flow, width, flow_map(flow, flow->z.name));
    const char *both = say("concat(%s, %s, axis = 0)", h, flow->z.name);
    const char *product =
        flow_product(flow, flow_perhaps_named(flow, 2 * width, both), 2 * width, width);
    flow_on(flow, width, flow_both(flow, h, product));
}

/* Backwards. */
static void between_reversed(Flow *flow) {
    int width = flow->z.size[0];
    const char *h = flow_named(flow, width, flow_map(flow, flow->z.name));
    const char *back = say("contract(%s[%d - i], i = %d)", h, width - 1, width);
    const char *product = flow_product(flow, flow_perhaps_named(flow, width, back), width, width);
    flow_on(flow, width,
            flow_both(flow, dice_chance(&flow->draw->dice, 0.5) ? h : flow->z.name, product));
}

void reuse_view_between(Flow *flow) {
    static void (*const rows[])(Flow *) = {between_slices, between_turns, between_joined,
                                           between_reversed};
    rows[dice_below(&flow->draw->dice, 4)](flow);
}

/* The rows of the value times one matrix, and the value added to the result. */
void reuse_rows(Flow *flow) {
    Matrix g = as_matrix(flow, flow->z.name);
    const char *w = weight(flow, (Drawn){.rank = 2, .size = {g.columns, g.columns}}, g.columns);
    const char *map = flow_map(flow, g.name);
    const char *sum = flow_both(flow, g.name, say("matmul(%s, %s)", map, w));
    flow_on(flow, flow->z.size[0], say("reshape(%s, [%d])", sum, flow->z.size[0]));
}

/* A convolution with the rows as channels; the result has the same shape. */
void reuse_convolution(Flow *flow) {
    Matrix g = as_matrix(flow, flow_map(flow, flow->z.name));
    int taps = 2 * dice_between(&flow->draw->dice, 0, 2) + 1;
    Drawn shape = {.rank = 3, .size = {g.rows, g.rows, taps}};
    const char *w = weight(flow, shape, g.rows * taps);
    const char *sums = say("contract(%s[f, c, k] * %s[c, t + k - %d], f = %d, t = %d)", w, g.name,
                           taps / 2, g.rows, g.columns);
    const char *flat = say("reshape(%s, [%d])", flow_both(flow, g.name, sums), flow->z.size[0]);
    flow_on(flow, flow->z.size[0], flow_both(flow, flow->z.name, flat));
}

/* Each value over the squares of its neighbours, as in local response normalization. */
void reuse_response_norm(Flow *flow) {
    int width = flow->z.size[0], reach = dice_between(&flow->draw->dice, 1, 3);
    const char *x = flow->z.name;
    const char *h =
        dice_chance(&flow->draw->dice, 0.5) ? x : flow_named(flow, width, flow_map(flow, x));
    const char *square = flow_named(flow, width, say("%s^2", h));
    int window = 2 * reach + 1;
    const char *ones = dice_chance(&flow->draw->dice, 0.5)
                           ? weight(flow, (Drawn){.rank = 1, .size = {window}}, window)
                           : flow_named(flow, window, say("expand(1, [%d])", window));
    const char *sums = flow_perhaps_named(
        flow, width, say("contract(%s[i + j - %d] * %s[j], i = %d)", square, reach, ones, width));
    flow_on(flow, width, say("%s / (1 + 0.1 * %s^2)^0.75", h, sums));
}

/* Both factors are values of the example: attention among the rows. */
void reuse_of_values(Flow *flow) {
    Matrix g = as_matrix(flow, flow->z.name);
    const char *scores =
        say("0.4 * contract(%s[t, i] * %s[s, i], t = %d, s = %d)", g.name, g.name, g.rows, g.rows);
    const char *seen = say("matmul(softmax(%s), %s)", scores, g.name);
    const char *flat = say("reshape(%s, [%d])", seen, flow->z.size[0]);
    flow_on(flow, flow->z.size[0], flow_both(flow, flow->z.name, flat));
}

/* Concatenated with what is computed from it, as in densely connected nets. */
void reuse_concat(Flow *flow) {
    int width = flow->z.size[0], n = dice_between(&flow->draw->dice, 1, 12);
    const char *product =
        flow_product(flow, flow_perhaps_named(flow, width, flow_map(flow, flow->z.name)), width, n);
    const char *both =
        say("concat(%s, %s, axis = 0)", flow->z.name, flow_perhaps_named(flow, n, product));
    const char *name = flow_named(flow, width + n, both);
    int next = flow_width(flow);
    flow_on(flow, next, flow_product(flow, name, width + n, next));
}

/* A product with a matrix, and one with its transpose. */
void reuse_tied(Flow *flow) {
    int width = flow->z.size[0], n = flow_width(flow);
    const char *w = weight(flow, (Drawn){.rank = 2, .size = {n, width}}, width);
    const char *there =
        say("matmul(%s, %s)", w, flow_perhaps_named(flow, width, flow_map(flow, flow->z.name)));
    const char *h = flow_perhaps_named(flow, n, flow_map(flow, flow_perhaps_named(flow, n, there)));
    const char *back = dice_chance(&flow->draw->dice, 0.5) ? say("matmul(transpose(%s), %s)", w, h)
                                                           : say("matmul(%s, %s)", h, w);
    flow_on(flow, width, flow_both(flow, flow->z.name, back));
}

/* A map of a parameter as factor of a product and added to its result, and so the parameter itself.
   */
void reuse_mapped_parameter(Flow *flow) {
    int width = flow->z.size[0], n = flow_width(flow);
    const char *w = weight(flow, (Drawn){.rank = 2, .size = {n, width}}, width);
    const char *map = flow_map(flow, w);
    Drawn shape = {.rank = 2, .size = {n, width}, .trained = true};
    Drawn *mapped = draw_value(flow->draw, &shape, 1);
    draw_add(flow->draw, "%s = %s\n", mapped->name, map);
    const char *product = say("matmul(%s, %s)", mapped->name, flow->z.name);
    const char *rest = dice_chance(&flow->draw->dice, 0.5) ? mapped->name : w;
    flow_on(flow, n, say("%s + 0.3 * mean(%s, axis = 1)", product, rest));
}
