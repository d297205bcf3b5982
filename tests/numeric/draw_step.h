/* Steps of a random model: each picks values, writes `NAME = expression` and records the shape of
   the result; or it does nothing where no value fits. draw_step.c has the table of all steps. */

#ifndef DRAW_STEP_H
#define DRAW_STEP_H

#include "draw.h"

/* Any value, newer ones more often; not the targets. */
Drawn *draw_pick(Draw *draw);
/* One of at least this rank, or NULL. */
Drawn *draw_pick_rank(Draw *draw, int least);
/* `a`, batched, trained or in_batch also where `b` is. */
Drawn draw_joined(const Drawn *a, const Drawn *b);

// draw_product.c

void step_dense(Draw *draw);
void step_matmul(Draw *draw);
void step_outer(Draw *draw);
void step_convolution(Draw *draw);

// draw_window.c

void step_window(Draw *draw);

// draw_layer.c

void step_named(Draw *draw);
void step_elementary(Draw *draw);
void step_smooth(Draw *draw);
void step_units(Draw *draw);
void step_norm(Draw *draw);
void step_batch_norm(Draw *draw);
void step_augmentation(Draw *draw);

// draw_derivative.c

void step_derivative(Draw *draw);

// draw_constant.c

void step_constant(Draw *draw);

// draw_view.c

void step_transpose(Draw *draw);
void step_reshape(Draw *draw);
void step_slice(Draw *draw);
void step_concat(Draw *draw);
void step_expand(Draw *draw);

#endif
