/* A model as far as `check`, for the tests of check*.c, expand*.c and builtin*.c. */

#ifndef CHECKED_H
#define CHECKED_H

#include "graph/graph.h"

typedef struct {
    Compiler compiler;
    Graph *graph;     /* NULL after errors */
    const char *text; /* of the graph */
    const char *said;
} Checked;

/* Checks a model against the prelude, in a compilation of its own. */
void check_open(Checked *checked, const char *model);
void check_close(Checked *checked);

/* Fails the test unless the model says nothing and its graph's text is `expected`. */
void expect_graph(const char *model, const char *expected);
/* As expect_graph, of a model `network t`, `input x[4]`, the given lines and `output h`: and of
   its text only the nodes. */
void expect_nodes(const char *lines, const char *expected);
/* Fails the test unless the model's diagnostics have this line. */
void expect_said(const char *model, const char *line);

#endif
