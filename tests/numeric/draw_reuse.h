/* Random models that reuse values: from a seed, the text of a network in which values go into sums
   of products and are combined with their results, at widths with tiles, remainders and panels. */

#ifndef DRAW_REUSE_H
#define DRAW_REUSE_H

#include "draw.h"

/* Writes the model of a seed into draw->text, and which rows of the lists below it has. */
void draw_reuse_model(Draw *draw, uint64_t seed);

/* How many ways to reuse a value there are, and how many maps. */
int reuse_kinds(void);
const char *reuse_kind(int number);
int reuse_maps(void);
const char *reuse_map(int number);

#endif
