/* Networks of ten shapes, of any size: what nngen's own cost must grow with, and not with its
   square. The text of a shape depends on its size and a seed alone. */

#ifndef GROWING_H
#define GROWING_H

#include <stdint.h>
#include <stdio.h>

typedef struct {
    FILE *out;
    int size;
    uint32_t seed;
} Growing;

typedef struct {
    const char *name;
    void (*write)(Growing *growing);
} GrowingShape;

/* A number of 0 .. count - 1. */
static inline int growing_draw(Growing *growing, int count) {
    growing->seed = growing->seed * 1664525u + 1013904223u;
    return (int)((growing->seed >> 8) % (uint32_t)count);
}

static inline void growing_begin(Growing *growing) {
    fprintf(growing->out, "network growing\ninput x[8]\ntarget y\nh0 = x\ns0 = 0\n");
}

static inline void growing_end(Growing *growing, const char *value) {
    fprintf(growing->out, "p = reshape(dense(%s%d, 1), [])\n", value, growing->size);
    fprintf(growing->out, "loss mean_squared_error(p, y)\n"
                          "update sgd(0.1)\nbatch 32\noutput p\n");
}

/* Layers of many widths, one behind the other. */
static inline void growing_plain(Growing *growing) {
    growing_begin(growing);
    for (int i = 1; i <= growing->size; i++)
        fprintf(growing->out, "h%d = relu(dense(h%d, %d))\n", i, i - 1,
                4 + growing_draw(growing, 13));
    growing_end(growing, "h");
}

static inline void growing_normalised(Growing *growing) {
    growing_begin(growing);
    for (int i = 1; i <= growing->size; i++)
        fprintf(growing->out, "h%d = relu(batch_norm(dense(h%d, %d)))\n", i, i - 1,
                4 + growing_draw(growing, 13));
    growing_end(growing, "h");
}

static inline void growing_residual(Growing *growing) {
    growing_begin(growing);
    for (int i = 1; i <= growing->size; i++)
        fprintf(growing->out, "h%d = h%d + dense(relu(batch_norm(dense(h%d, %d))), 8)\n", i, i - 1,
                i - 1, 4 + growing_draw(growing, 13));
    growing_end(growing, "h");
}

/* A recurrent net, written out: the same weights in each step. */
static inline void growing_recurrent(Growing *growing) {
    growing_begin(growing);
    fprintf(growing->out, "block cell(z, x) {\n    return tanh(dense(concat(z, x), 8))\n}\n");
    for (int i = 1; i <= growing->size; i++)
        fprintf(growing->out, "h%d = cell(h%d, x)\n", i, i - 1);
    growing_end(growing, "h");
}

/* Layers side by side. */
static inline void growing_branches(Growing *growing) {
    growing_begin(growing);
    for (int i = 1; i <= growing->size; i++)
        fprintf(growing->out, "h%d = tanh(dense(x, 8))\ns%d = s%d + h%d * %.3f\n", i, i, i - 1, i,
                0.001 * growing_draw(growing, 1000));
    growing_end(growing, "s");
}

/* Predictions of one value, each with a loss of its own. */
static inline void growing_predictions(Growing *growing) {
    growing_begin(growing);
    for (int i = 1; i <= growing->size; i++)
        fprintf(growing->out, "h%d = dense(x, 1)\ns%d = s%d + mean((h%d - y)^2)\n", i, i, i - 1, i);
    fprintf(growing->out, "loss s%d\nupdate sgd(0.1)\nbatch 32\noutput h1\n", growing->size);
}

static inline void growing_concat(Growing *growing) {
    growing_begin(growing);
    fprintf(growing->out, "z = exp(x)\nh%d = concat(", growing->size);
    for (int i = 0; i < growing->size; i++)
        fprintf(growing->out, "%s%s", i == 0 ? "" : ", ", growing_draw(growing, 2) ? "x" : "z");
    fprintf(growing->out, ")\n");
    growing_end(growing, "h");
}

static inline void growing_list(Growing *growing) {
    growing_begin(growing);
    fprintf(growing->out, "h%d = sum(x) * [", growing->size);
    for (int i = 0; i < growing->size; i++)
        fprintf(growing->out, "%s%.3f", i == 0 ? "" : ", ", 0.001 * growing_draw(growing, 1000));
    fprintf(growing->out, "]\n");
    growing_end(growing, "h");
}

/* Elementwise operations, one behind the other. */
static inline void growing_chain(Growing *growing) {
    growing_begin(growing);
    for (int i = 1; i <= growing->size; i++) {
        double number = 0.001 * growing_draw(growing, 1000);
        fprintf(growing->out, "h%d = ", i);
        switch (growing_draw(growing, 3)) {
        case 0:
            fprintf(growing->out, "tanh(%.3f * h%d)\n", number, i - 1);
            break;
        case 1:
            fprintf(growing->out, "softplus(h%d + %.3f)\n", i - 1, number);
            break;
        default:
            fprintf(growing->out, "exp(-h%d^2) * x\n", i - 1);
        }
    }
    growing_end(growing, "h");
}

/* Parameters and definitions, one of each per line. */
static inline void growing_parameters(Growing *growing) {
    growing_begin(growing);
    for (int i = 1; i <= growing->size; i++)
        fprintf(growing->out, "def f%d(z) = sum(z * param([8], %.3f))\ns%d = s%d + f%d(x)\n", i,
                0.001 * growing_draw(growing, 1000), i, i - 1, i);
    growing_end(growing, "s");
}

static const GrowingShape growing_shapes[] = {
    {"plain", growing_plain},       {"normalised", growing_normalised},
    {"residual", growing_residual}, {"recurrent", growing_recurrent},
    {"branches", growing_branches}, {"predictions", growing_predictions},
    {"concat", growing_concat},     {"list", growing_list},
    {"chain", growing_chain},       {"parameters", growing_parameters},
};

enum { GROWING_SHAPES = sizeof growing_shapes / sizeof *growing_shapes };

/* The text of a shape, to be freed, or NULL. */
static inline char *growing_text(const GrowingShape *shape, int size, uint32_t seed,
                                 size_t *length) {
    char *text = NULL;
    Growing growing = {open_memstream(&text, length), size, seed};
    if (!growing.out)
        return NULL;
    shape->write(&growing);
    fclose(growing.out);
    return text;
}

#endif
