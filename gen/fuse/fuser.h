/* What the files of fuse share: one function whose nodes are being put into clusters and nests. */

#ifndef NNGEN_FUSER_H
#define NNGEN_FUSER_H

#include "fuse/fuse.h"

typedef struct {
    Function *function;
    Graph *graph;
    Schedule *schedule;
    bool *floats; /* by id: depends on leaves alone, so that it can be made wherever it is wanted */
    bool *summed; /* by id: a map that is wanted by sums of one example or batch and nobody else */
    bool *waits;  /* by id: a light map that is made beside the first who wants it */
    Cluster *first_plain, *first_examples;
} Fuser;

// nest.c

/* Contractions and sums over examples have a cluster each, with a tail. */
bool opens_cluster(const Node *node);
Nest *nest_new(Fuser *fuser, Cluster *cluster, const Node *node);
void nest_add(Fuser *fuser, Nest *nest, Node *node, bool in_tail);
/* Needs: a cluster for every computed node. Leaves: a nest for every one. */
void assign_nests(Fuser *fuser);
/* Needs: a nest for every computed node. Leaves: no cluster per batch that is long without need. */
void cut_clusters(Fuser *fuser);

// sequence.c

/* is_late, by store: it must wait for the end of the function. */
void sequence_clusters(Function *function, bool *is_late);

#endif
