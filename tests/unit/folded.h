/* For tests of folding: a formula before and after it. */

#ifndef FOLDED_H
#define FOLDED_H

#include "formula_graph.h"
#include "rewrite/rewrite.h"

typedef struct {
    RuleTime time; /* ALWAYS: before differentiation, too */
    const char *formula, *wanted;
} Form;

typedef struct {
    Compiler *compiler;
    Graph *graph;
    Node *node;
    Store store;
} Folded;

/* The formula's node in a graph of its own, not folded yet. */
Folded folded_start(const char *formula);
/* STABLE: as before differentiation; FINITE: where numbers are finite; FUSED: for a target with
   multiply-adds; else ALGEBRA: as in a function. */
void fold_formula(Folded *folded, RuleTime time);
/* Fails the test unless the formula becomes what is wanted. */
void expect_form(const Form *form, RuleTime time);
/* Fails the test unless its numbers stay. */
void expect_values(const char *formula, RuleTime time);

#endif
