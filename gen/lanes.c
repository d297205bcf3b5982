/* Part of tile: whether lanes are outputs or examples. In: fused functions. Out: clusters whose
   values lie with the examples innermost, and copies of what they take from others.

   A layer of few outputs would leave most of a vector empty, or waste a vector per example on the
   last of them; with examples in the lanes it wastes none, and what follows it, softmax and the
   loss of each example among them, runs down the lanes without a sum across. */

#include "plan.h"

enum { ROWS_VALUES = 64 }; /* elements of one example up to which values run down the lanes */

static int64_t vectors_for(int64_t count, int lanes) {
    return (count + lanes - 1) / lanes;
}

/* Vectors of accumulators, the one way and the other. The copy of the input that examples in lanes
   need is a move per input, as much as an output. */
static bool prefers_rows(const Function *function, const Node *node) {
    int lanes = target_lanes(&function->graph->compiler->options);
    int64_t outputs = shape_count(node->shape), rows = function->rows;
    int64_t by_outputs = rows * vectors_for(outputs, lanes);
    int64_t by_rows = (outputs + 1) * vectors_for(rows, lanes);
    return rows >= lanes && outputs <= ROWS_VALUES && by_rows < by_outputs;
}

/* A layer: out[b, n] = sum over k of w[n, k] * x[b, k]. Which operand is the weights, else -1. */
static int weights_of(const Node *node) {
    if (node->kind != KIND_CONTRACT || !node->batched || node->shape.rank != 1 ||
        node->contract->loop_count != 2 || !contract_gathers(node->contract, node->shape))
        return -1;
    for (int i = 0; i < 2; i++) {
        const Node *w = node->inputs[i], *x = node->inputs[1 - i];
        if (!w->batched && x->batched && w->shape.rank == 2 && x->shape.rank == 1 &&
            contract_runs_along(node, 1 - i, 0) && contract_runs_along(node, i, 0) &&
            contract_runs_along(node, i, 1))
            return i;
    }
    return -1;
}

/* Whether lanes can be examples in all that the cluster does. */
static bool can_run_in_rows(const Cluster *cluster) {
    for (int n = 0; n < cluster->nest_count; n++) {
        const Nest *nest = cluster->nests[n];
        if (nest->is_copy || nest->sums_rows || shape_count(nest->domain) > ROWS_VALUES)
            return false;
        for (int i = 0; i < nest->node_count; i++)
            if (!nest->nodes[i]->batched)
                return false;
    }
    return true;
}

static void run_in_rows(Cluster *cluster) {
    cluster->rows_in_lanes = true;
    for (int n = 0; n < cluster->nest_count; n++)
        for (int i = 0; i < cluster->nests[n]->node_count; i++)
            cluster->nests[n]->nodes[i]->rows_innermost = true;
}

/* One number per example, however far it is spread, is as good as a row of them. */
static bool has_rows_innermost(Node *node) {
    const Node *base = node_base(node);
    return base->rows_innermost || shape_count(base->shape) == 1;
}

static bool takes_rows(const Cluster *cluster) {
    for (int n = 0; n < cluster->nest_count; n++)
        for (int i = 0; i < cluster->nests[n]->node_count; i++) {
            const Node *node = cluster->nests[n]->nodes[i];
            for (int k = 0; k < node->input_count; k++)
                if (node_base(node->inputs[k])->rows_innermost)
                    return true;
        }
    return false;
}

/* In order of execution, so that what takes values with the examples innermost comes after them. */
void choose_lanes(Function *function) {
    Schedule *schedule = function->schedule;
    if (target_lanes(&function->graph->compiler->options) == 1)
        return;
    for (int c = 0; c < schedule->cluster_count; c++) {
        Cluster *cluster = schedule->clusters[c];
        bool is_layer = cluster->root && weights_of(cluster->root) >= 0 &&
                        prefers_rows(function, cluster->root);
        if (is_layer) {
            run_in_rows(cluster);
            Node *weights = cluster->root->inputs[weights_of(cluster->root)];
            if (weights->variable)
                weights->variable->is_row_major = true;
            Node **x = &cluster->root->inputs[1 - weights_of(cluster->root)];
            if (!has_rows_innermost(*x))
                *x = turned_copy(function, *x, &c);
        } else if (cluster->kind == CLUSTER_ROWS && takes_rows(cluster) && can_run_in_rows(cluster))
            run_in_rows(cluster);
    }
}
