/* `derivative y by x` in a random model. See draw_step.h. */

#include "draw_step.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SLOPES = 40 };

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

/* Through which no slope, or not every one, passes. */
static bool is_barrier(const char *from, const char *end) {
    static const char *const words[] = {"detach", "where", "floor", "step", "hardmax", "tilted"};
    bool found = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = strstr(from, words[i]);
        found |= at && at < end;
    }
    return found;
}

/* By value: whether its statement leads to x by statements that have slopes. */
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

/* Of a small value by a small one. */
void step_derivative(Draw *draw) {
    bool depends[DRAW_VALUES] = {false};
    int at = dice_below(&draw->dice, draw->count);
    Drawn x = draw->values[at];
    if (x.rank > 1 || strlen(x.name) > 4) {
        return;
    }
    mark_dependent(draw, at, depends);
    for (int i = draw->count - 1; i > at; i--) {
        Drawn y = draw->values[i], shape = draw_joined(&y, &x);
        if (!depends[i] || y.rank + x.rank > 3 || strlen(y.name) > 4 ||
            draw_elements(&y) * draw_elements(&x) > MOST_SLOPES) {
            continue;
        }
        memcpy(shape.size + y.rank, x.size, sizeof(int) * (size_t)x.rank);
        shape.rank = y.rank + x.rank;
        char statement[64];
        snprintf(statement, sizeof statement, "derivative %.4s by %.4s\n", y.name, x.name);
        bool is_new = !strstr(draw->text, statement);
        Drawn *value = is_new ? draw_value(draw, &shape, 4) : NULL;
        if (value) {
            draw_add(draw, "%s", statement);
            snprintf(value->name, sizeof value->name, "%.4s_by_%.4s", y.name, x.name);
            draw->derivatives++;
        }
        return;
    }
}
