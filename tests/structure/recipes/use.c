/* A net of this folder at work. In: the values of its parameter w. Out, a line each: its output v,
   the cost, the gradient by w, and w after an update. */

#include "recipe.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 8 };

static recipe net;
static recipe_work work;
static recipe_predict_work scratch;

static void print(int count, const float *values) {
    for (int i = 0; i < count; i++)
        printf(i > 0 ? " %.6g" : "%.6g", (double)values[i]);
    printf("\n");
}

int main(int argc, char **argv) {
    static const float x[MOST]; /* all inputs are 0 */
    float w[MOST] = {0}, v[MOST], slope[MOST], cost;
    int count = argc - 1 < MOST ? argc - 1 : MOST;
    for (int i = 0; i < count; i++)
        w[i] = strtof(argv[i + 1], NULL);
    recipe_init(&net, 1);
    recipe_set(&net, "w", w);
    recipe_predict(&net, &scratch, x, v);
    cost = recipe_gradient(&net, &work, 1, x);
    recipe_get_gradient(&work, "w", slope);
    recipe_update(&net, &work);
    recipe_get(&net, "w", w);
    print(count, v);
    print(1, &cost);
    print(count, slope);
    print(count, w);
    return 0;
}
