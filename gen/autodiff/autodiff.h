/* Derivatives: the backward pass and the optimizer's step, graph to graph.

   In: a checked graph. Out: gradients of its variables, and what a step makes of them, as nodes of
   the same graph. May be relied on: what a second differentiation finds are ordinary nodes. */

#ifndef NNGEN_AUTODIFF_H
#define NNGEN_AUTODIFF_H

#include "rewrite/rewrite.h"

// grad.c -- reverse-mode differentiation, graph to graph

/* Needs: a checked graph with a cost. Leaves: variable->gradient for every trained parameter that
   the cost reaches, and variable->product where the model asks for it. */
void grad(Graph *graph);
/* d cost / d node of each of `wanted`, NULL where none, in training; for second derivatives
   too. */
void differentiate(Graph *graph, Node *cost, int count, Node **wanted, Node **gradients);
/* By variable number: the Hessian of the cost times the directions, which come likewise, NULL for
   0. Needs: gradients. */
Node **hessian_products(Graph *graph, Node *const *directions);
/* d y / d x of one number y, in a graph without `training`. */
Node *derivative_of(Graph *graph, Node *y, Node *x);

// optimizer_step.c -- optimizers meet gradients

/* Needs: graph after grad. Leaves: variable->stepped, which is next with gradients, each behind a
   detach, for GIVEN_GRADIENT; no other detach. Variables that no gradient moves have no next. */
void update(Graph *graph);
#endif
