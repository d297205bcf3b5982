/* Vectorisation: lanes are outputs or examples. In: fused functions. Out: clusters with examples
   in lanes, whose values have the examples innermost, and transposed copies between them and the
   others.

   A layer of few outputs would leave most of a vector empty, or waste lanes of the last vector
   of each example; with examples in lanes it wastes none, and what follows it, such as softmax
   and the loss, needs no sum across lanes. */

#include "layout/layouts.h"

static bool lies_by_examples(const Layouts *layouts, const Function *function, Node *node) {
    const Layout *layout = layout_of(layouts, function, node_base(node));
    return layout && layout_has_examples_innermost(layout);
}

/* A scalar per example, broadcast or not, is contiguous over examples either way. */
static bool has_examples_innermost(const Layouts *layouts, const Function *function, Node *node) {
    return lies_by_examples(layouts, function, node) || shape_count(node_base(node)->shape) == 1;
}

static bool prefers_example_lanes(const Layouts *layouts, const Options *options,
                                  const Function *function, const Node *node, int weights) {
    bool is_transposed = has_examples_innermost(layouts, function, node->inputs[1 - weights]);
    return pays_examples_in_lanes(options, function->examples, shape_count(node->shape),
                                  is_transposed,
                                  is_transposed && layer_sums_along_rows(node, weights));
}

/* Whether every nest of the cluster can have examples in lanes. */
static bool can_use_example_lanes(const Cluster *cluster) {
    for (int n = 0; n < cluster->nest_count; n++) {
        const Nest *nest = cluster->nests[n];
        bool is_long = nest->domain.rank < 2 && shape_count(nest->domain) > EXAMPLE_LANE_VALUES;
        if (nest->is_copy || nest->sums_examples || is_long)
            return false;
        for (int i = 0; i < nest->node_count; i++)
            if (!nest->nodes[i]->batched)
                return false;
    }
    return true;
}

static void use_example_lanes(Layouts *layouts, const Function *function, Cluster *cluster) {
    cluster->examples_in_lanes = true;
    for (int n = 0; n < cluster->nest_count; n++)
        for (int i = 0; i < cluster->nests[n]->node_count; i++)
            layouts_set_examples_innermost(layouts, function, cluster->nests[n]->nodes[i]);
}

/* Whether the cluster reads values with examples innermost. Scalars per example may be stored in
   either order, so they do not count. */
static bool reads_examples_innermost(const Layouts *layouts, const Function *function,
                                     const Cluster *cluster) {
    for (int n = 0; n < cluster->nest_count; n++)
        for (int i = 0; i < cluster->nests[n]->node_count; i++) {
            const Node *node = cluster->nests[n]->nodes[i];
            for (int k = 0; k < node->input_count; k++)
                if (lies_by_examples(layouts, function, node->inputs[k]) &&
                    shape_count(node_base(node->inputs[k])->shape) > 1)
                    return true;
        }
    return false;
}

/* Whether all values are scalars per example, so only examples can be in lanes. */
static bool is_of_scalars(const Cluster *cluster) {
    for (int n = 0; n < cluster->nest_count; n++)
        if (shape_count(cluster->nests[n]->domain) > 1)
            return false;
    return true;
}

/* Whether so many examples fill a vector, or can be a masked one. */
static bool fill_lanes(const Options *options, int64_t examples) {
    return examples >= (machine_of(options)->has_masks ? 2 : lanes_for(options, examples));
}

/* Whether weights are row-major: sums run along rows, and the weight gradient can have rows in
   lanes. */
static bool wants_row_major(const Options *options, const Node *node, int weights) {
    bool is_long = node->inputs[weights]->shape.size[1] >= lanes_for(options, 1);
    return layer_sums_along_rows(node, weights) && (is_long || machine_of(options)->has_masks);
}

/* The same for all versions that share the layout. Where outputs fill the widest vectors, none of
   these may prefer outputs in lanes: it loses more than another one gains. */
static bool all_want_row_major(const Layouts *layouts, const Function *function, const Node *node,
                               int weights) {
    const Options *options = &function->graph->compiler->options;
    int64_t outputs = shape_count(node->shape);
    bool is_wide = outputs > widest_lanes_for(options, outputs);
    bool all = wants_row_major(options, node, weights);
    for (int target = 0; target < TARGET_NATIVE; target++) {
        Options version = *options;
        version.target = (Target)target;
        if (!(options->versions & 1u << target) || target_lanes(&version) == 1)
            continue;
        all &= wants_row_major(&version, node, weights);
        all &= !is_wide || prefers_example_lanes(layouts, &version, function, node, weights);
    }
    return all;
}

/* The operand of a weight gradient that must be transposed, or NULL. d_w[n, k] = sum over b of
   d[b, n] * x[b, k] has the innermost axis of w in lanes: the operand that runs along it must
   not have examples innermost, unless both have and the sum over b runs in lanes. */
static Node **wants_transpose(const Layouts *layouts, const Function *function,
                              const Cluster *cluster) {
    Node *root = cluster->root;
    bool is_by_weights = root && root->kind == KIND_CONTRACT && !root->batched &&
                         root->inputs[0]->batched && root->inputs[1]->batched &&
                         root->shape.rank == 2 && root->contract->loop_count == 2;
    const Variable *weights = is_by_weights ? cluster->weights : NULL;
    /* Of what is not decided by now the outputs will be innermost. */
    const Layout *decided = weights ? layout_of_variable(layouts, weights) : NULL;
    int innermost = decided ? layout_innermost_axis(decided) : 0;
    for (int i = 0; weights && i < 2; i++) {
        bool is_along = root->inputs[i]->shape.rank == 1 && contract_runs_along(root, i, 0) &&
                        root->contract->index[i + 1].factor[0][innermost] != 0;
        if (is_along && lies_by_examples(layouts, function, root->inputs[i]) &&
            !has_examples_innermost(layouts, function, root->inputs[1 - i]))
            return &root->inputs[i];
    }
    return NULL;
}

/* Outputs with examples in lanes would be scattered to the caller's row-major array element by
   element: they are transposed in squares of vectors instead. */
static void transpose_outputs(Layouts *layouts, Function *function) {
    int last = function->schedule->cluster_count;
    for (int i = 0; i < function->store_count; i++) {
        Store *store = &function->stores[i];
        Node *node = store->value;
        bool is_square = node->shape.rank == 1 &&
                         node->shape.size[0] >= lanes_for(&function->graph->compiler->options, 1);
        if (store->kind != STORE_OUTPUT || !lies_by_examples(layouts, function, node) || !is_square)
            continue;
        store->value = transposed_copy(layouts, function, node, &last);
        store->value->in_memory = store->value->leaves_cluster = false;
    }
}

/* What has been copied, so that others read the same copy. */
typedef struct {
    int count;     /* of the nodes that were there before */
    Node **copies; /* by id, NULL: none yet */
} Turned;

/* A copy with the examples innermost, which reads as the node does: of a value of several axes by way
   of one, since squares of examples by elements are transposed; of a view whose elements are not one
   behind the other, a copy of what it views. *c is its cluster's number, and then the next one. */
static Node *turned(Layouts *layouts, Function *function, Node *node, int *c) {
    Graph *graph = function->graph;
    Shape shape = node->shape;
    int64_t count = shape_count(shape);
    if (node_is_alias(node) && !node_is_contiguous(node)) {
        Node *viewed = turned(layouts, function, node->inputs[0], c);
        Node *view = graph_copy_node(graph, node, &viewed);
        layouts_grow(layouts, function);
        return view;
    }
    if (shape.rank == 1)
        return transposed_copy(layouts, function, node, c);
    graph->at = node->span;
    Node *flat = graph_reshape(graph, node, shape_of(1, &count));
    layouts_grow(layouts, function);
    Node *copy = transposed_copy(layouts, function, flat, c);
    Node *back = graph_reshape(graph, copy, shape);
    layouts_grow(layouts, function);
    return back;
}

static Node *turned_once(Layouts *layouts, Function *function, Turned *known, Node *node, int *c) {
    if (node->id >= known->count)
        return turned(layouts, function, node, c);
    Node **copy = &known->copies[node->id];
    if (!*copy)
        *copy = turned(layouts, function, node, c);
    return *copy;
}

/* Per-example operands of the node get copies where their examples are not innermost. */
static void turn_operands(Layouts *layouts, Function *function, Turned *known, Node *node, int *c) {
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        bool is_data = node_base(input)->batched && input->kind != KIND_RANDOM &&
                       !(input->kind == KIND_INPUT && input->variable->onehot);
        if (is_data && shape_count(input->shape) > 1 &&
            !has_examples_innermost(layouts, function, input))
            node->inputs[i] = turned_once(layouts, function, known, input, c);
    }
}

static bool is_of_images(const Cluster *cluster) {
    for (int n = 0; n < cluster->nest_count; n++)
        if (cluster->nests[n]->domain.rank > 1)
            return true;
    return false;
}

/* For cluster number *c; *c is incremented when a copy is inserted before it. */
static void choose_for_examples(Layouts *layouts, Function *function, Turned *known, int *c,
                                bool has_layers) {
    Cluster *cluster = function->schedule->clusters[*c];
    bool is_wanted = is_of_scalars(cluster)
                         ? fill_lanes(&function->graph->compiler->options, function->examples)
                         : has_layers && reads_examples_innermost(layouts, function, cluster);
    if (!is_wanted || !can_use_example_lanes(cluster))
        return;
    use_example_lanes(layouts, function, cluster);
    for (int n = 0; is_of_images(cluster) && n < cluster->nest_count; n++)
        for (int i = 0; i < cluster->nests[n]->node_count; i++)
            turn_operands(layouts, function, known, cluster->nests[n]->nodes[i], c);
}

/* Sums over windows have examples in lanes where these fill vectors at least as well as the last axis
   does: then no lane is at a border. */
static bool prefers_examples(const Options *options, const Function *function, const Node *node) {
    int lanes = target_lanes(options);
    int64_t last = node->shape.rank > 0 ? node->shape.size[node->shape.rank - 1] : 1;
    double by_examples =
        (double)function->examples / (double)((function->examples + lanes - 1) / lanes * lanes);
    double by_last = (double)last / (double)((last + lanes - 1) / lanes * lanes);
    return by_examples >= 0.8 * by_last &&
           (machine_of(options)->has_masks || function->examples % lanes == 0);
}

static bool is_window(const Cluster *cluster) {
    return cluster->root && node_has_terms(cluster->root) && !contract_is_product(cluster->root);
}

/* For cluster number *c, as above. */
static void choose_for_window(Layouts *layouts, Function *function, Turned *known, int *c) {
    Cluster *cluster = function->schedule->clusters[*c];
    Node *root = cluster->root;
    bool has_second = root->input_count > 1 && root->inputs[1]->batched;
    const Node *image = root->batched ? root : root->inputs[has_second];
    bool has_examples = root->batched || (root->inputs[0]->batched && has_second);
    if (!has_examples || !prefers_examples(&function->graph->compiler->options, function, image))
        return;
    if (root->batched)
        use_example_lanes(layouts, function, cluster);
    for (int i = 0; i < cluster->nests[0]->node_count; i++)
        turn_operands(layouts, function, known, cluster->nests[0]->nodes[i], c);
}

/* For cluster number *c; *c is incremented when a copy is inserted before it. */
static void choose_for_product(Layouts *layouts, Function *function, int *c) {
    Cluster *cluster = function->schedule->clusters[*c];
    const Options *options = &function->graph->compiler->options;
    int weights = cluster->root ? layer_weights(cluster->root) : -1;
    Node **x = weights >= 0 ? &cluster->root->inputs[1 - weights] : NULL;
    if (x && prefers_example_lanes(layouts, options, function, cluster->root, weights)) {
        use_example_lanes(layouts, function, cluster);
        Node *leaf = cluster->root->inputs[weights];
        bool is_free = leaf->variable && !layout_of_variable(layouts, leaf->variable);
        if (is_free && all_want_row_major(layouts, function, cluster->root, weights))
            keep_row_major(layouts, leaf->variable);
        if (!has_examples_innermost(layouts, function, *x))
            *x = transposed_copy(layouts, function, *x, c);
    } else if ((x = wants_transpose(layouts, function, cluster)) != NULL)
        *x = transposed_copy(layouts, function, *x, c);
}

/* In order of execution: the choice for a cluster depends on the layout of its inputs. */
void choose_lanes(Layouts *layouts, Function *function, int64_t batch) {
    Schedule *schedule = function->schedule;
    int lanes = target_lanes(&function->graph->compiler->options);
    bool has_layers = function->examples >= lanes && batch >= lanes; /* with examples in lanes */
    int count = function->graph->node_count;
    Turned known = {count, NEW_ARRAY(function->graph->compiler, Node *, count + 1)};
    find_weights(function);
    for (int c = 0; lanes > 1 && c < schedule->cluster_count; c++)
        if (schedule->clusters[c]->kind == CLUSTER_EXAMPLES)
            choose_for_examples(layouts, function, &known, &c, has_layers);
        else if (has_layers && is_window(schedule->clusters[c]))
            choose_for_window(layouts, function, &known, &c);
        else if (has_layers)
            choose_for_product(layouts, function, &c);
    transpose_outputs(layouts, function);
}
