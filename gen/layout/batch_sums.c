/* Fuses sums over the batch into the kernel that computes their terms. In: clusters with lanes
   chosen. Out: a sum over all examples of a layer's result, such as a bias gradient, is
   accumulated in the layer's own register tile; what follows the sum (the optimizer's step) runs
   there after the loop over examples if it can, else in a kernel of its own, as in update.

   The layer runs over all examples for one tile of outputs before the next, so the accumulators
   take as many vectors as the tile has, whatever the batch. */

#include "layout/layouts.h"

/* A layer with outputs in lanes and examples in the inner loop: out[b, n] = sum over k .. . */
static bool can_accumulate(const Cluster *cluster) {
    const Node *root = cluster->root;
    return root && root->kind == KIND_CONTRACT && !cluster->examples_in_lanes && root->batched &&
           root->shape.rank == 1 && root->shape.size[0] > 1 && examples_come_last(root);
}

/* The cluster whose kernel can accumulate this cluster's sum, or NULL. */
static Cluster *layer_of(const Function *function, const Cluster *cluster) {
    const Node *sum = cluster->root;
    if (cluster->kind != CLUSTER_BATCH_SUM || sum->op != OP_SUM || function->examples == 1)
        return NULL;
    const Node *term = sum->inputs[0];
    bool is_made = node_is_computed(term) && term->cluster && term->cluster != cluster &&
                   shape_equal(sum->shape, term->shape);
    return is_made && can_accumulate(term->cluster) &&
                   shape_equal(term->shape, term->cluster->root->shape)
               ? term->cluster
               : NULL;
}

/* The nodes of the epilogue that do not move become a plain elementwise nest. */
static void leave_epilogue(Cluster *cluster, int moved) {
    Nest *nest = cluster->nests[0];
    for (int i = moved; i < nest->node_count; i++) {
        nest->nodes[i - moved] = nest->nodes[i];
        nest->nodes[i - moved]->in_epilogue = false;
    }
    nest->node_count -= moved;
    nest->domain = cluster->root->shape;
    nest->summed_axes = 0;
    nest->batched = nest->sums_examples = nest->has_sums = false;
    cluster->root = NULL;
    cluster->kind = CLUSTER_PLAIN;
}

static bool reads(const Node *node, const Store *store) {
    for (int i = 0; i < node->input_count; i++)
        if (store_overwrites(store, node_base(node->inputs[i])))
            return true;
    return false;
}

/* Whether a store may move up to the layer's cluster: no cluster from there to the store's, and no
   node from number `moved` on, which do not move, reads what it overwrites. */
static bool can_store(const Function *function, const Cluster *cluster, const Cluster *layer,
                      const Store *store, int moved) {
    for (int id = 0; id < function->graph->node_count; id++) {
        const Node *node = function->graph->nodes[id];
        if (node->cluster && node->cluster->number >= layer->number &&
            node->cluster->number < cluster->number && reads(node, store))
            return false;
    }
    const Nest *nest = cluster->nests[0];
    for (int i = moved; i < nest->node_count; i++)
        if (reads(nest->nodes[i], store))
            return false;
    return true;
}

/* Whether all stores of the first `moved` nodes may move. */
static bool can_move(const Function *function, const Cluster *cluster, const Cluster *layer,
                     int moved) {
    for (int i = 0; i < moved; i++) {
        const Node *node = cluster->nests[0]->nodes[i];
        for (int s = store_first(function, node); s >= 0; s = store_next(function, s))
            if (!can_store(function, cluster, layer, &function->stores[s], moved))
                return false;
    }
    return true;
}

/* Whether the sum's epilogue can move as well: its inputs exist by then, and what it overwrites is
   not read later. Stored gradients do not move: their kernels are shared among functions. */
static bool can_follow(const Function *function, const Cluster *cluster, const Cluster *layer) {
    const Nest *nest = cluster->nests[0];
    for (int i = 1; i < nest->node_count; i++) {
        const Node *node = nest->nodes[i];
        for (int k = 0; k < node->input_count; k++) {
            const Node *base = node_base(node->inputs[k]);
            bool is_there =
                !base->cluster || base->cluster == cluster || base->cluster->number < layer->number;
            if (!is_there || base->kind == KIND_RANDOM)
                return false;
        }
        for (int s = store_first(function, node); s >= 0; s = store_next(function, s))
            if (function->stores[s].kind != STORE_VARIABLE)
                return false;
    }
    return cluster->nest_count == 1 && can_move(function, cluster, layer, nest->node_count);
}

static void fuse_batch_sum(const Function *function, Cluster *cluster, Cluster *layer) {
    Compiler *compiler = function->graph->compiler;
    Nest *from = cluster->nests[0], *nest = layer->root->nest;
    int count = can_follow(function, cluster, layer) ? from->node_count : 1;
    if (!can_move(function, cluster, layer, count))
        return;
    for (int i = 0; i < count; i++) {
        Node *node = from->nodes[i];
        PUSH(compiler, nest->nodes, nest->node_count, node);
        node->cluster = layer;
        node->nest = nest;
    }
    Node *sum = cluster->root;
    bool is_left = from->node_count > count;
    leave_epilogue(cluster, count);
    sum->in_memory |= is_left;
    sum->leaves_cluster |= sum->in_memory;
}

void fuse_batch_sums(Function *function) {
    Schedule *schedule = function->schedule;
    int count = 0;
    for (int c = 0; c < schedule->cluster_count; c++) {
        Cluster *cluster = schedule->clusters[c];
        Cluster *layer = layer_of(function, cluster);
        if (layer)
            fuse_batch_sum(function, cluster, layer);
        if (cluster->nests[0]->node_count > 0)
            schedule->clusters[count++] = cluster;
    }
    schedule->cluster_count = count;
    for (int c = 0; c < count; c++)
        schedule->clusters[c]->number = c;
}
