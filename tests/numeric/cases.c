/* See cases.h. */

#include "cases.h"

#include "long.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    const char *name, *expression, *shapes[3];
    bool positive;
} Row;

static const Row map_rows[] = {
#define MAP_ROW(name, expression, positive) {name, expression, {NULL, NULL, NULL}, positive},
#define ROW(...)
#include "rows.h"
#undef MAP_ROW
#undef ROW
};

static const Row rows[] = {
#define MAP_ROW(...)
#define ROW(name, expression, x, y, z, positive) {name, expression, {x, y, z}, positive},
#include "rows.h"
#undef MAP_ROW
#undef ROW
};

static const char *const broadcasts[][3] = {
    {"[2, 3]", "[2, 3]", "[2, 3]"}, {"[2, 3]", "[3]", "[]"},    {"[3]", "[2, 1]", "[2, 3]"},
    {"[]", "[2, 3]", "[3]"},        {"[2, 1]", "[1, 3]", "[]"}, {"[]", "[]", "[]"},
    {"[2, 1, 3]", "[4, 1]", "[3]"},
};

/* Which operands are per example: none or x alone; all or all but x. */
static const unsigned map_batched[2][2] = {{0, 1}, {7, 6}};
static const unsigned row_batched[4] = {0, 1, 2, 7};

enum {
    MAP_ROWS = sizeof map_rows / sizeof *map_rows,
    ROWS = sizeof rows / sizeof *rows,
    BROADCASTS = sizeof broadcasts / sizeof *broadcasts,
    MAP_CASES = MAP_ROWS * BROADCASTS * 2,
};

int case_count(void) {
    return MAP_CASES + ROWS * 4;
}

bool case_uses(const Case *one, int which) {
    const char *expression = one->expression;
    char operand = (char)('x' + which);
    for (const char *at = expression; (at = strchr(at, operand)); at++) {
        bool alone = (at == expression || !strchr("abcdefghijklmnopqrstuvwxyz_", at[-1])) &&
                     !strchr("abcdefghijklmnopqrstuvwxyz_", at[1] ? at[1] : ' ');
        if (alone) {
            return true;
        }
    }
    return false;
}

const char case_definitions[] =
    "def own_swish(z) = z * sigmoid(z) deriv sigmoid(z) + result * (1 - sigmoid(z))\n"
    "def own_sine(z, speed) = sin(speed * z) deriv speed * cos(speed * z)\n";

/* Operand x is a parameter x_0, plus a little of an input where it is per example. */
static void write_model(Case *one, int number) {
    char *at = one->text, *end = one->text + sizeof one->text;
    at += snprintf(at, (size_t)(end - at), "network g%d\n%sinput u\nv = u * u\n", number,
                   case_definitions);
    for (int i = 0; i < 3; i++) {
        char name = (char)('x' + i);
        if (!one->shapes[i] || !case_uses(one, i)) {
            continue;
        }
        if (one->batched >> i & 1) {
            at += snprintf(at, (size_t)(end - at), "input %c_in%s\n", name, one->shapes[i]);
        }
        at += snprintf(at, (size_t)(end - at), "%c_0 = param(%s, 1)\n", name, one->shapes[i]);
        at += snprintf(at, (size_t)(end - at),
                       one->batched >> i & 1 ? "%c = %c_0 + 0.01 * %c_in\n" : "%c = %c_0\n", name,
                       name, name);
    }
    snprintf(at, (size_t)(end - at),
             "result = %s\nloss sum(sin(1.3 * result + 0.4)) + 0.1 * v\nupdate sgd(0.1)\noutput v\n"
             "batch %d\n",
             one->expression, CASE_BATCH);
}

bool case_has_turn(int number) {
    int other = number - MAP_CASES, of_map = BROADCASTS * 2;
    return is_long() ||
           (other < 0 ? (number % of_map - number / of_map) % 7 == 0 : other % 4 == other / 4 % 4);
}

Case case_at(int number) {
    Case one = {0};
    int other = number - MAP_CASES;
    const Row *row = other < 0 ? &map_rows[number / (BROADCASTS * 2)] : &rows[other / 4];
    int broadcast = number / 2 % BROADCASTS;
    one.name = row->name;
    one.expression = row->expression;
    one.positive = row->positive;
    one.shapes = other < 0 ? broadcasts[broadcast] : row->shapes;
    one.batched = other < 0 ? map_batched[broadcast % 2][number % 2] : row_batched[other % 4];
    write_model(&one, number);
    return one;
}

void case_values(const Case *one, int *taken, size_t count, double *values) {
    for (size_t i = 0; i < count; i++, ++*taken) {
        double size = 0.3 + 0.04 * (*taken * 5 % 67);
        values[i] = one->positive || *taken * 7 % 11 < 5 ? size : -size;
    }
}
