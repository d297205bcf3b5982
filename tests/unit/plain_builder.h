/* For tests of rules and derivatives: a builder that adds nodes to a graph as they are asked for. */

#ifndef PLAIN_BUILDER_H
#define PLAIN_BUILDER_H

#include "graph/graph.h"
#include "rewrite/rewrite.h"

typedef struct {
    Builder builder;
    Graph *graph;
} Plain;

Plain plain_builder(Graph *graph);

#endif
