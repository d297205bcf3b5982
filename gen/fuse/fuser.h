/* Private to fuse: one function whose nodes are being put into clusters and nests. In: its
   folded graph. Out: its Schedule. */

#ifndef NNGEN_FUSER_H
#define NNGEN_FUSER_H

#include "fuse/fuse.h"

typedef struct {
    Function *function;
    Graph *graph;
    Schedule *schedule;
    bool *is_movable;    /* by id: depends on leaves only, so it can be computed where it is used */
    bool *is_summed;     /* by id: a map used only by sums of one example or of the batch */
    bool *is_delayed;    /* by id: a cheap map that is computed in the nest of its first user */
    Node **windows_over; /* by id: the last windows over this value so far, */
    Node **windows_beside; /* and by id of these the ones before, over the same */
    Cluster *first_plain, *first_examples;
} Fuser;

// nest.c

/* Contractions and sums over examples begin a cluster each; elementwise users join as its
   epilogue. */
bool opens_cluster(const Node *node);
Nest *nest_new(Fuser *fuser, Cluster *cluster, const Node *node);
void nest_add(Fuser *fuser, Nest *nest, Node *node, bool in_epilogue);
/* Needs: a cluster for every computed node. Leaves: a nest for every one. */
void assign_nests(Fuser *fuser);
/* Needs: a nest for every computed node. Leaves: clusters of per-batch values split into kernels
   of moderate length. */
void cut_clusters(Fuser *fuser);

// sequence.c

/* Orders the clusters. Sets is_late of each store that must wait for the end of the function. */
void sequence_clusters(Function *function, bool *is_late);

#endif
