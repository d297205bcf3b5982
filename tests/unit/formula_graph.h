/* For tests of the passes: formulas in, graphs; graphs out, formulas. */

#ifndef FORMULA_GRAPH_H
#define FORMULA_GRAPH_H

#include "graph/graph.h"
#include "syntax/syntax.h"

/* A compilation of nothing, which ends with the test when it stops. */
Compiler *test_compiler(void);
void test_compiler_free(Compiler *compiler);

typedef struct {
    const char *name;
    VariableKind kind;
    Shape shape;
} TestVariable;

/* An empty graph with variables: x, z inputs [4]; m an input [3, 4]; s an input []; y a onehot
   target [4]; w a parameter [4], v a parameter [3, 4]. */
Graph *test_graph(Compiler *compiler);
/* The formula's value. Names are variables, given scalars (share, training, ...), infinity and
   random (normal, [4], per example); functions are operators and sum(a), rows(a) (a sum over axis
   1), examples(a) (a sum over the examples), max(a), matmul(v, x), reshape(a, [..]), expand(a,
   [..]), transpose(a), slice(a, first, end), pad(a, before, after), concat(a, b), detach(a); [1,
   infinity] and [[1, 2], [3, 4]] are constants. */
Node *formula_node(Graph *graph, const char *formula);
/* The node as nested calls: "mul(share, sub(x, y))". */
char *node_formula(Compiler *compiler, const Node *node);

#endif
