/* Copies with another axis innermost. In: fused functions, variables whose order is known. Out:
   where a product wants weights in another order than they are kept in, as the gradient by a
   layer's input does, it reads a copy that is made in the same call. The copy costs a move per
   weight, the product a multiply-add per weight and example. A copy beside the weights that the
   update kept in step would be turned as often, once a step, took as long in measurements, and
   could be put at odds with its weights by whoever sets them. Likewise values per example whose
   examples are to lie side by side. */

#include "layout/layout.h"

/* The axis of an operand that the last axis of the result runs along, -1 where none does alone. */
static int wanted_innermost(const Node *node, int operand) {
    const Contract *contract = node->contract;
    const Index *index = &contract->index[operand + 1];
    int loop = contract_last_loop(node), found = -1;
    for (int axis = 0; loop >= 0 && axis < node->inputs[operand]->shape.rank; axis++) {
        if (index->factor[axis][loop] == 0)
            continue;
        if (found >= 0 || index->factor[axis][loop] != 1)
            return -1;
        found = axis;
    }
    return found;
}

static bool wants_copy(const Function *function, const Node *node, int operand) {
    const Node *leaf = node->inputs[operand];
    if (leaf->kind != KIND_PARAM || leaf->shape.rank != 2 || !node->batched)
        return false;
    int axis = wanted_innermost(node, operand);
    int lanes = natural_lanes(&function->graph->compiler->options);
    return !node->examples_innermost && pays_transposing(function->examples) && axis >= 0 &&
           axis != innermost_axis(leaf->variable) && leaf->shape.size[axis] >= lanes;
}

static void insert_cluster(Function *function, Cluster *cluster, int at) {
    Schedule *schedule = function->schedule;
    PUSH(function->graph->compiler, schedule->clusters, schedule->cluster_count, cluster);
    for (int i = schedule->cluster_count - 1; i > at; i--)
        schedule->clusters[i] = schedule->clusters[i - 1];
    schedule->clusters[at] = cluster;
    for (int i = 0; i < schedule->cluster_count; i++)
        schedule->clusters[i]->number = i;
}

static void remove_cluster(Function *function, const Cluster *cluster) {
    Schedule *schedule = function->schedule;
    schedule->cluster_count--;
    for (int i = cluster->number; i < schedule->cluster_count; i++) {
        schedule->clusters[i] = schedule->clusters[i + 1];
        schedule->clusters[i]->number = i;
    }
}

static Node *make_copy(Function *function, Node *node, int before) {
    Compiler *compiler = function->graph->compiler;
    function->graph->at = node->place;
    Node *copy = graph_map(function->graph, OP_DETACH, node, NULL, NULL);
    Cluster *cluster = NEW(compiler, Cluster);
    Nest *nest = NEW(compiler, Nest);
    const char *name = node->variable ? node->variable->name : node->name;
    copy->name = name ? format_text(compiler, "%s.turned", name) : "turned";
    cluster->kind = CLUSTER_PLAIN;
    nest->domain = node->shape;
    nest->batched = node->batched;
    nest->is_transpose = true;
    PUSH(compiler, nest->nodes, nest->node_count, copy);
    PUSH(compiler, cluster->nests, cluster->nest_count, nest);
    copy->cluster = cluster;
    copy->nest = nest;
    copy->in_memory = copy->leaves_cluster = true;
    insert_cluster(function, cluster, before);
    return copy;
}

static Node *make_weights(Function *function, Node *leaf, int innermost, int before) {
    Node *copy = make_copy(function, leaf, before);
    copy->order[0] = (int8_t)(2 - innermost);
    copy->order[1] = (int8_t)(1 + innermost);
    copy->panel = panel_width(&function->graph->compiler->options, leaf->shape.size[innermost]);
    return copy;
}

Node *transposed_copy(Function *function, Node *node, int *before) {
    Node *copy = make_copy(function, node, (*before)++);
    Node *base = node_base(node);
    copy->examples_innermost = !base->examples_innermost;
    if (node_is_computed(base))
        base->in_memory = base->leaves_cluster = true;
    return copy;
}

Node *panelled_copy(Function *function, Node *node) {
    Node *copy = make_copy(function, node, 0);
    copy->name = format_text(function->graph->compiler, "%s.panels", node->variable->name);
    copy->nest->is_transpose = false;
    copy->cluster->kind = CLUSTER_EXAMPLES;
    return copy;
}

/* A copy that one product alone wants, which goes through all examples for one panel of it before the
   next, is made panel by panel, each where the one before was: it never leaves the caches. */
static void interleave_transpose(Function *function, Node *product, Node *copy) {
    Compiler *compiler = function->graph->compiler;
    Cluster *cluster = product->cluster;
    Nest *nest = cluster->nests[0];
    if (product->shape.rank != 1 || !examples_come_last(product))
        return;
    remove_cluster(function, copy->cluster);
    copy->cluster = cluster;
    copy->nest->interleaved = copy->order[1];
    PUSH(compiler, cluster->nests, cluster->nest_count, nest);
    cluster->nests[0] = copy->nest;
}

/* Of every leaf, by id, how many products want a copy. */
static int *count_copies(const Function *function) {
    int *wanted = NEW_ARRAY(function->graph->compiler, int, function->graph->node_count + 1);
    for (int c = 0; c < function->schedule->cluster_count; c++) {
        const Node *node = function->schedule->clusters[c]->root;
        for (int i = 0; node && node->kind == KIND_CONTRACT && i < 2; i++)
            wanted[node->inputs[i]->id] += wants_copy(function, node, i);
    }
    return wanted;
}

void transpose_operands(Function *function) {
    Graph *graph = function->graph;
    int *wanted = count_copies(function);
    Node **copies =
        NEW_ARRAY(graph->compiler, Node *, graph->node_count + 1); /* by the leaf's id */
    for (int c = 0; c < function->schedule->cluster_count; c++) {
        Node *node = function->schedule->clusters[c]->root;
        for (int i = 0; node && node->kind == KIND_CONTRACT && i < 2; i++) {
            Node *leaf = node->inputs[i];
            if (!wants_copy(function, node, i))
                continue;
            if (!copies[leaf->id])
                copies[leaf->id] = make_weights(function, leaf, wanted_innermost(node, i), c++);
            node->inputs[i] = copies[leaf->id];
            if (wanted[leaf->id] == 1)
                interleave_transpose(function, node, copies[leaf->id]);
            c = node->cluster->number;
        }
    }
}

static void settle(Graph *graph, Node **sorted, int *count, Node *node) {
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i]->id >= 0)
            settle(graph, sorted, count, node->inputs[i]);
    node->id = -1;
    sorted[(*count)++] = node;
}

void settle_copies(Function *function) {
    Graph *graph = function->graph;
    int count = 0, all = graph->node_count;
    Node **sorted = NEW_ARRAY(graph->compiler, Node *, all + 1);
    for (int id = 0; id < all; id++)
        if (graph->nodes[id]->id >= 0)
            settle(graph, sorted, &count, graph->nodes[id]);
    for (int id = 0; id < all; id++) {
        sorted[id]->id = id;
        graph->nodes[id] = sorted[id];
    }
}
