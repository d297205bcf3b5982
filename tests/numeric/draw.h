/* Random models: from a seed, the text of a network that is a DAG of operators and layers, with a
   loss, optimizers and options. Values are of moderate size by construction; the caller rejects
   models that are ill-conditioned all the same. */

#ifndef DRAW_H
#define DRAW_H

#include "catalogue.h"
#include "dice.h"
#include "graph/graph.h"
#include "nngen.h"

#include <stddef.h>

enum { DRAW_VALUES = 64, DRAW_TEXT = 16000 };

typedef struct {
    char name[16];
    int rank, size[3];
    bool batched;
    bool is_data;  /* an input or target: not an output */
    bool trained;  /* depends on a parameter */
    bool in_batch; /* depends on a mean over the batch in training */
    double bound;  /* about how large its numbers are */
} Drawn;

typedef struct {
    Dice dice;
    char text[DRAW_TEXT];
    size_t length;
    int count, names;
    Drawn values[DRAW_VALUES];
    int batch;
    bool splits; /* no statistics of the batch: a gradient is the mean over the parts of a batch */
    int derivatives;       /* `derivative y by x` */
    bool is_smooth;        /* no kinks: differences of gradients are exact enough */
    bool trains;           /* has a loss */
    bool is_said;          /* `output p as y`: y is scaled */
    uint64_t reuses, maps; /* by row of the lists of draw_reuse.h: whether the model has it */
    int named, unnamed;    /* expressions that stand in a product or beside one */
} Draw;

/* Target, precision, how to unroll and to divide: drawn with the model of the seed. */
Options draw_options(uint64_t seed);
/* Writes the model of a seed into draw->text. */
void draw_model(Draw *draw, uint64_t seed);

/* For draw_step.c, draw_loss.c and draw_update.c. */
void draw_add(Draw *draw, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A value of this shape, of a statement `NAME = ...` that follows at once; NULL where there is no
   more room. */
Drawn *draw_value(Draw *draw, const Drawn *like, double bound);
/* "[2, 3]" */
const char *draw_shape(const Drawn *value);
int draw_elements(const Drawn *value);
/* The name of a definition of the prelude's family that fits, each as likely as the others. */
const char *draw_entry(Draw *draw, const char *family, bool (*fits)(const Entry *entry));
/* One more value from those there are, by a row of draw_step.c. */
void draw_step(Draw *draw);
/* Target y, z = dense(..), prediction p, the loss, by a row of draw_loss.c, and metrics. */
void draw_loss(Draw *draw);
/* How the parameters move, by the rows of draw_update.c; one of them is z.weight, one z.bias. */
void draw_update(Draw *draw);

#endif
