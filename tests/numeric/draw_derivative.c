/* `derivative y by x` in a random model. See draw_step.h. */

#include "draw_step.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SLOPES = 64 };

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static bool mentions(const char *from, const char *end, const char *name) {
    size_t length = strlen(name);
    for (const char *at = from; (at = strstr(at, name)) && at < end; at += length) {
        if (!is_word(at[-1]) && !is_word(at[length])) {
            return true;
        }
    }
    return false;
}

/* Whether an expression has functions through which derivatives do not pass, or not always. */
static bool is_barrier(const char *from, const char *end) {
    static const char *const words[] = {"detach", "where", "floor", "step", "hardmax", "tilted"};
    bool found = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = strstr(from, words[i]);
        found |= at && at < end;
    }
    return found;
}

/* Marks the values that depend on x by statements with derivatives. */
static void mark_dependent(const Draw *draw, int x, bool *depends) {
    depends[x] = true;
    for (int i = x + 1; i < draw->count; i++) {
        char head[32];
        snprintf(head, sizeof head, "\n%s = ", draw->values[i].name);
        const char *line = strstr(draw->text, head), *end = line ? strchr(line + 1, '\n') : NULL;
        depends[i] = false;
        for (int k = x; end && k < i && !depends[i]; k++) {
            depends[i] = depends[k] && !is_barrier(line, end) &&
                         mentions(line + strlen(head), end, draw->values[k].name);
        }
    }
}

static bool has_plain_name(const Drawn *value) {
    return !strchr(value->name, '_');
}

static bool write_derivative(Draw *draw, Drawn y, Drawn x) {
    Drawn shape = draw_joined(&y, &x);
    char statement[64];
    snprintf(statement, sizeof statement, "derivative %.4s by %.4s\n", y.name, x.name);
    memcpy(shape.size + y.rank, x.size, sizeof(int) * (size_t)x.rank);
    shape.rank = y.rank + x.rank;
    Drawn *value = strstr(draw->text, statement) ? NULL : draw_value(draw, &shape, 4);
    if (value) {
        draw_add(draw, "%s", statement);
        snprintf(value->name, sizeof value->name, "%.4s_by_%.4s", y.name, x.name);
        draw->derivatives++;
    }
    return value != NULL;
}

/* Adds a derivative of the newest value that depends on x, if both are small enough. */
static bool derive_by(Draw *draw, int at) {
    bool depends[DRAW_VALUES] = {false};
    Drawn x = draw->values[at];
    if (x.rank > 2 || !has_plain_name(&x)) {
        return false;
    }
    mark_dependent(draw, at, depends);
    for (int i = draw->count - 1; i > at; i--) {
        const Drawn *y = &draw->values[i];
        if (depends[i] && has_plain_name(y) && y->rank + x.rank <= 3 &&
            draw_elements(y) * draw_elements(&x) <= MOST_SLOPES) {
            return write_derivative(draw, *y, x);
        }
    }
    return false;
}

void step_derivative(Draw *draw) {
    for (int tries = 0; tries < 8; tries++) {
        if (derive_by(draw, dice_below(&draw->dice, draw->count))) {
            return;
        }
    }
}
