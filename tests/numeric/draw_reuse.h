/* Random models that reuse: from a seed, the text of a network in which values are used before and
   behind sums of products, at widths where tiles, their remainders and panels all occur. */

#ifndef DRAW_REUSE_H
#define DRAW_REUSE_H

#include "draw.h"

/* Writes the model of a seed into draw->text, and which rows of the lists below it has. */
void draw_reuse_model(Draw *draw, uint64_t seed);

/* The ways to reuse a value, and the maps that stand between. */
int reuse_kinds(void);
const char *reuse_kind(int number);
int reuse_maps(void);
const char *reuse_map(int number);

#endif
