/* Part of tile: sums over the examples that ride along. In: clusters with their lanes chosen. Out:
   the gradient of a layer's bias, and whatever else is the sum over all examples of what a layer
   makes, is added up in the layer's own tile, where its terms are in registers; what takes the sum
   is a kernel of its own, the one that update has.

   A layer goes through all examples for one stretch of outputs before the next, so that such sums
   are as many vectors as the tile has, whatever the batch. */

#include "plan.h"

/* A layer with outputs in lanes: out[b, n] = sum over k .. */
static bool can_carry(const Cluster *cluster) {
    const Node *root = cluster->root;
    return cluster->kind == CLUSTER_CONTRACT && !cluster->rows_in_lanes && root->batched &&
           root->shape.rank == 1 && root->shape.size[0] > 1 && rows_come_last(root);
}

/* The cluster that can add up the sum that this one is about, or NULL. */
static Cluster *carrier_of(const Function *function, const Cluster *cluster) {
    const Node *sum = cluster->root;
    if (cluster->kind != CLUSTER_ROW_SUM || sum->op != OP_SUM || function->rows == 1)
        return NULL;
    const Node *term = sum->inputs[0];
    bool is_made = node_is_computed(term) && term->cluster && term->cluster != cluster &&
                   shape_equal(sum->shape, term->shape);
    return is_made && can_carry(term->cluster) &&
                   shape_equal(term->shape, term->cluster->root->shape)
               ? term->cluster
               : NULL;
}

/* The sum's nest keeps what follows the sum, one number after the other. */
static void leave_tail(Cluster *cluster) {
    Nest *nest = cluster->nests[0];
    for (int i = 1; i < nest->node_count; i++) {
        nest->nodes[i - 1] = nest->nodes[i];
        nest->nodes[i - 1]->in_tail = false;
    }
    nest->node_count--;
    nest->domain = cluster->root->shape;
    nest->summed_axes = 0;
    nest->batched = nest->sums_rows = nest->has_sums = false;
    cluster->root = NULL;
    cluster->kind = CLUSTER_PLAIN;
}

static void ride(Compiler *compiler, Cluster *cluster, Cluster *carrier) {
    Node *sum = cluster->root;
    Nest *nest = carrier->root->nest;
    leave_tail(cluster);
    PUSH(compiler, nest->nodes, nest->node_count, sum);
    sum->cluster = carrier;
    sum->nest = nest;
    sum->in_memory |= cluster->nests[0]->node_count > 0;
    sum->leaves_cluster |= sum->in_memory;
}

void ride_along(Function *function) {
    Schedule *schedule = function->schedule;
    int count = 0;
    for (int c = 0; c < schedule->cluster_count; c++) {
        Cluster *cluster = schedule->clusters[c];
        Cluster *carrier = carrier_of(function, cluster);
        if (carrier)
            ride(function->graph->compiler, cluster, carrier);
        if (cluster->nests[0]->node_count > 0)
            schedule->clusters[count++] = cluster;
    }
    schedule->cluster_count = count;
    for (int c = 0; c < count; c++)
        schedule->clusters[c]->number = c;
}
