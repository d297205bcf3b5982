/* Transposed and packed copies. In: fused functions, variables with their axis order. Out:
   copies, each with a kernel or of constants, and products that read them.

   A product that reads weights against their order, as the gradient by a layer's input does,
   reads a transposed copy made in the same call: a move per weight against a multiply-add per
   weight and example. A second copy kept in the net by the update would be transposed as often,
   took as long in measurements, and could disagree with weights that a user sets. Per-example
   values are transposed likewise where lanes are examples. A constant operand is a table that lies
   as its product wants it: nngen turns it, not the net. */

#include "layout/layouts.h"

/* The operand's axis along which the last axis of the result runs with stride 1, or -1. */
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

static bool has_examples_in_lanes(const Layouts *layouts, const Function *function,
                                  const Node *node) {
    const Layout *own = layout_of(layouts, function, node);
    return own && layout_has_examples_innermost(own);
}

/* Whether the lanes of a product run along another axis of a constant operand than its last one. */
static bool wants_turned(const Layouts *layouts, const Function *function, const Node *node,
                         int operand) {
    const Options *options = &layouts->compiler->options;
    const Node *leaf = node->inputs[operand];
    int axis = wanted_innermost(node, operand);
    if (!node_is_table(leaf) || !node->batched || axis < 0 || axis == leaf->shape.rank - 1 ||
        has_examples_in_lanes(layouts, function, node))
        return false;
    bool is_short = leaf->shape.size[axis] < lanes_for(options, 1);
    return !is_short || machine_of(options)->has_masks; /* else sums run in lanes */
}

static void turn_constant(Layouts *layouts, Function *function, Node *node, int operand) {
    Node *leaf = node->inputs[operand];
    int axis = wanted_innermost(node, operand);
    LayoutOf of = layout_subject(function, leaf);
    bool is_packed = !layouts->is_plain && contract_runs_along(node, operand, axis);
    int width = is_packed ? panel_width(&layouts->compiler->options, leaf->shape.size[axis]) : 0;
    Layout layout = layout_in_panels(layout_with_innermost(&of, axis), &of, width);
    layouts_set(layouts, function, leaf, layouts_keep(layouts, layout));
}

void turn_constants(Layouts *layouts, Function *function) {
    Graph *graph = function->graph;
    int count = graph->node_count, *uses = NEW_ARRAY(graph->compiler, int, count + 1);
    for (int id = 0; id < count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++)
            uses[graph->nodes[id]->inputs[i]->id]++;
    for (int id = 0; id < count; id++)
        for (int i = 0; graph->nodes[id]->kind == KIND_CONTRACT && i < 2; i++) {
            Node *node = graph->nodes[id], **leaf = &node->inputs[i];
            if (!wants_turned(layouts, function, node, i))
                continue;
            if (uses[(*leaf)->id]-- > 1) { /* others read it as it is */
                *leaf = graph_copy_node(graph, *leaf, NULL);
                layouts_grow(layouts, function);
            }
            turn_constant(layouts, function, node, i);
        }
}

static bool wants_copy(const Layouts *layouts, const Function *function, const Node *node,
                       int operand) {
    const Node *leaf = node->inputs[operand];
    if (leaf->kind != KIND_PARAM || leaf->shape.rank != 2 || !node->batched)
        return false;
    int axis = wanted_innermost(node, operand);
    int lanes = natural_lanes(&function->graph->compiler->options);
    return !has_examples_in_lanes(layouts, function, node) &&
           pays_transposing(function->examples) && axis >= 0 &&
           axis != layout_innermost_axis(layout_of_variable(layouts, leaf->variable)) &&
           leaf->shape.size[axis] >= lanes;
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

static Node *make_copy(Layouts *layouts, Function *function, Node *node, int before) {
    Compiler *compiler = function->graph->compiler;
    function->graph->at = node->span;
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
    layouts_grow(layouts, function);
    return copy;
}

static Node *make_weights(Layouts *layouts, Function *function, Node *leaf, int innermost,
                          int before) {
    Node *copy = make_copy(layouts, function, leaf, before);
    LayoutOf of = layout_subject(function, copy);
    int width = panel_width(&layouts->compiler->options, leaf->shape.size[innermost]);
    Layout layout = layout_in_panels(layout_with_innermost(&of, innermost), &of, width);
    layouts_set(layouts, function, copy, layouts_keep(layouts, layout));
    return copy;
}

Node *transposed_copy(Layouts *layouts, Function *function, Node *node, int *before) {
    Node *copy = make_copy(layouts, function, node, (*before)++);
    Node *base = node_base(node);
    const Layout *from = layout_of(layouts, function, base);
    if (!from || !layout_has_examples_innermost(from))
        layouts_set_examples_innermost(layouts, function, copy);
    if (node_is_computed(base))
        base->in_memory = base->leaves_cluster = true;
    return copy;
}

Node *panelled_copy(Layouts *layouts, Function *function, Node *node) {
    Node *copy = make_copy(layouts, function, node, 0);
    copy->name = format_text(function->graph->compiler, "%s.panels", node->variable->name);
    copy->nest->is_transpose = false;
    copy->cluster->kind = CLUSTER_EXAMPLES;
    return copy;
}

/* A copy with one reader that finishes one panel for all examples before the next is transposed
   panel by panel inside that reader, always into the same memory, so it stays in cache. */
static void interleave_transpose(const Layouts *layouts, Function *function, Node *product,
                                 Node *copy) {
    Compiler *compiler = function->graph->compiler;
    Cluster *cluster = product->cluster;
    Nest *nest = cluster->nests[0];
    if (product->shape.rank != 1 || !examples_come_last(product))
        return;
    remove_cluster(function, copy->cluster);
    copy->cluster = cluster;
    copy->nest->interleaved = layout_innermost_axis(layout_of(layouts, function, copy)) + 1;
    PUSH(compiler, cluster->nests, cluster->nest_count, nest);
    cluster->nests[0] = copy->nest;
}

/* Number of products that want a copy of each leaf, by id. */
static int *count_copies(const Layouts *layouts, const Function *function) {
    int *wanted = NEW_ARRAY(function->graph->compiler, int, function->graph->node_count + 1);
    for (int c = 0; c < function->schedule->cluster_count; c++) {
        const Node *node = function->schedule->clusters[c]->root;
        for (int i = 0; node && node->kind == KIND_CONTRACT && i < 2; i++)
            wanted[node->inputs[i]->id] += wants_copy(layouts, function, node, i);
    }
    return wanted;
}

void transpose_operands(Layouts *layouts, Function *function) {
    Graph *graph = function->graph;
    int *wanted = count_copies(layouts, function);
    Node **copies =
        /* the copy of each leaf, by id */
        NEW_ARRAY(graph->compiler, Node *, graph->node_count + 1);
    for (int c = 0; c < function->schedule->cluster_count; c++) {
        Node *node = function->schedule->clusters[c]->root;
        for (int i = 0; node && node->kind == KIND_CONTRACT && i < 2; i++) {
            Node *leaf = node->inputs[i];
            if (!wants_copy(layouts, function, node, i))
                continue;
            if (!copies[leaf->id])
                copies[leaf->id] =
                    make_weights(layouts, function, leaf, wanted_innermost(node, i), c++);
            node->inputs[i] = copies[leaf->id];
            if (wanted[leaf->id] == 1)
                interleave_transpose(layouts, function, node, copies[leaf->id]);
            c = node->cluster->number;
        }
    }
}

/* Sorts what a node needs and then the node; its id is -1 from then on. */
static void settle(int *sorted, int *count, Node *node) {
    int id = node->id;
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i]->id >= 0)
            settle(sorted, count, node->inputs[i]);
    node->id = -1;
    sorted[(*count)++] = id;
}

void settle_copies(Layouts *layouts, Function *function) {
    Graph *graph = function->graph;
    FunctionLayouts *own = layouts_in(layouts, function);
    int count = 0, all = graph->node_count;
    int *sorted = NEW_ARRAY(graph->compiler, int, all + 1);
    Node **nodes = NEW_ARRAY(graph->compiler, Node *, all + 1);
    const Layout **of_nodes = NEW_ARRAY(graph->compiler, const Layout *, all + 1);
    for (int id = 0; id < all; id++)
        if (graph->nodes[id]->id >= 0)
            settle(sorted, &count, graph->nodes[id]);
    for (int id = 0; id < all; id++) {
        nodes[id] = graph->nodes[sorted[id]];
        of_nodes[id] = own->nodes[sorted[id]];
    }
    for (int id = 0; id < all; id++) {
        nodes[id]->id = id;
        graph->nodes[id] = nodes[id];
        own->nodes[id] = of_nodes[id];
    }
}
