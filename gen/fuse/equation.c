/* Questions about equations. In: equations. Out: answers, in their own numbers. */

#include "fuse/equation.h"

#include <stdlib.h>
#include <string.h>

bool equation_makes(const Equation *equation, int buffer) {
    return equation->value == buffer ||
           (equation->reduce == REDUCE_FIRST_MAX && equation->winner == buffer);
}

Affine equation_element(const Equations *equations, const Equation *equation) {
    Compiler *compiler = equations->symbols->compiler;
    Affine number = affine_number(0);
    for (int axis = 0; axis < equations->axis_count; axis++)
        if (equation->reduced >> axis & 1)
            number =
                affine_add(compiler, affine_scale(compiler, number, equations->axes[axis].extent),
                           affine_variable(compiler, axis));
    return number;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

typedef struct {
    const char *name;
    int buffer;
} Named;

static int by_name(const void *a, const void *b) {
    const Named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : x->buffer - y->buffer;
}

void equations_name_apart(Equations *equations) {
    Compiler *compiler = equations->symbols->compiler;
    Buffer *buffers = equations->symbols->buffers;
    int count = equations->symbols->buffer_count, number = 1;
    const char **names = NEW_ARRAY(compiler, const char *, count + 1);
    Named *named = NEW_ARRAY(compiler, Named, count + 1);
    for (int i = 0; i < count; i++) {
        names[i] = buffers[i].name;
        named[i] = (Named){buffers[i].name, i};
    }
    qsort(names, (size_t)count, sizeof *names, by_text);
    qsort(named, (size_t)count, sizeof *named, by_name);
    for (int i = 1; i < count; i++) {
        if (strcmp(named[i].name, named[i - 1].name) != 0) {
            number = 1;
            continue;
        }
        const char *apart = NULL;
        while (!apart || bsearch(&apart, names, (size_t)count, sizeof *names, by_text))
            apart = format_text(compiler, "%s.%d", named[i].name, ++number);
        buffers[named[i].buffer].name = apart;
    }
}
