/* Algebra: rules written as expressions of the language, which say how operators are differentiated
   and which nodes become simpler ones; and folding, which applies the latter.

   In: a graph before differentiation, or the graphs of a program's functions. Out: the same values
   in simpler nodes; for a node, its derivative. May be relied on: bits of a function that another
   one repeats stay equal; afterwards nothing is in a graph twice or without use. */

#ifndef NNGEN_REWRITE_H
#define NNGEN_REWRITE_H

#include "target/target.h"

// rules.c -- rows of fold_rules.h, and the derivatives of graph/ops.h

/* The rows of both tables, parsed, for compiler->rules: all below needs them. */
struct Rules *rules_new(Compiler *compiler);

/* When a rewriting rule applies, as bits. */
typedef enum {
    STABLE = 1,  /* before differentiation */
    ALGEBRA = 2, /* in each function */
    ALWAYS = STABLE | ALGEBRA,
    FIRST = 4,   /* in each function, before the others */
    LAST = 8,    /* in each function, when the others are done */
    FUSED = 16,  /* after that, where the target has multiply-adds */
    QUICK = 32,  /* with LAST, unless quotients are to be those of IEEE 754 */
    FINITE = 64, /* with ALGEBRA, to know what a value does not change with; not in functions */
} RuleTime;

/* What the letters of a rule stand for. */
typedef struct {
    Node *bound['z' - 'a' + 1];
    const Node *whole; /* the node that matched */
    const Node *sum;   /* the sum in the pattern, or NULL */
} Match;

/* How nodes come to be: grad.c only adds them, fold.c simplifies each. */
typedef struct Builder Builder;
struct Builder {
    Node *(*constant)(Builder *builder, double value);
    Node *(*map)(Builder *builder, Op op, Node **inputs);
    Node *(*largest)(Builder *builder, Node *node,
                     const Node *like); /* along the same axes, which stay with size 1 */
    Node *(*sum)(Builder *builder, Node *node, const Node *like); /* over what `like` sums over */
    Node *(*drop)(Builder *builder, Node *node,
                  const Node *like); /* without the axes that `like` sums over */
};

/* Of what is differentiated by which of its arguments. */
typedef struct {
    Op op;
    int argument;
} Derivative;

/* `match` put into the text of a derivative; NULL where there is none. */
Node *rule_derivative(Compiler *compiler, Builder *builder, const Match *match, Derivative of);
/* Rows of both tables by number, from 1; Options.mutant is such a number. */
int rule_count(void);
const char *rule_name(int number);
/* When a row rewrites; 0 for one that differentiates. */
RuleTime rule_time(int number);

/* Where `input` would be broadcast to: the same value without expansions and leading axes of
   size 1. */
Node *node_bare(Node *node);
// fold.c, fold_build.c, fold_view.c -- algebra: constants, common and dead nodes, stable forms

/* Rules that must run before differentiation (log of softmax, of sigmoid). Leaves: the same values,
   in stable forms. */
void stabilise(Graph *graph);
/* Needs: a graph before its derivatives. What its nodes come to where the net trains and all
   numbers are finite, in a graph of their own: what a value does not change with is not in it. */
typedef struct {
    Graph *graph;
    Node **becomes; /* by id; NULL for what the roots do not need */
} Finite;
Finite fold_finite(Graph *graph, int root_count, Node **roots);
/* Needs: functions. Leaves: each function's graph with nothing that could be known now, nothing
   twice, nothing unused. */
void fold(Program *program);

#endif
