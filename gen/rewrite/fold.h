/* Private to rewrite: folding. In: an old graph. Out: a new one, built node by node, each
   simplified as it is added. */

#ifndef NNGEN_FOLD_H
#define NNGEN_FOLD_H

#include "rewrite/rules.h"

typedef struct {
    Builder builder;
    Graph
        *graph; /* the new one; nodes that turn out to be something else stay in it until the end */
    RuleTime time;
    int becomes_count;
    Node **becomes; /* by id in the new graph: what the node is simplified to */
    int table_size;
    Node **table;   /* of the new graph's nodes, by content */
    int depth;      /* simplifications within each other */
    int64_t budget; /* simplifications left */
} Fold;

// fold_build.c -- every node once, and in its simplest form

void fold_start(Fold *fold, Graph *graph, RuleTime time);
/* The node that `key` (not yet in the graph) is simplified to. */
Node *fold_node(Fold *fold, const Node *key);
/* The constant that a node of constants is, or NULL. */
Node *fold_constants(Fold *fold, Node *node);
Node *fold_map(Fold *fold, Op op, Node **inputs);
Node *fold_reshape(Fold *fold, Node *node, Shape shape);
Node *fold_expand(Fold *fold, Node *node, Shape shape, bool batched);
Node *fold_view(Fold *fold, Op op, Node *input, Shape shape, const int64_t *start);

// fold_constant.c -- what is made of constants

typedef struct {
    Shape shape;     /* the node's, or one that broadcasts to it */
    double *numbers; /* row-major; NULL: none */
} Numbers;
Numbers constant_numbers(Compiler *compiler, Node *node);

// fold_view.c -- views of views, logarithms of views

/* What a view is simplified to, or NULL. */
Node *simplify_view(Fold *fold, Node *node);
/* What a logarithm is simplified to whose stable form is hidden behind views, or NULL:
   log(sigmoid(z)[0]) is log(sigmoid(z[0])). */
Node *simplify_log(Fold *fold, Node *node);

#endif
