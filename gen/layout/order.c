/* The order of axes in memory. In: fused functions. Out: the order of every variable, the same
   in all functions, and of the values computed elementwise from or into one, so that a product
   loads its lanes contiguously. The net's get and set convert to row-major. */

#include "layout/layouts.h"

static void decide(Layouts *layouts, const Variable *variable, Layout layout) {
    layouts->variables[variable->number] = layouts_keep(layouts, layout);
}

static LayoutOf subject(const Layouts *layouts, const Variable *variable) {
    return layout_subject_of_variable(&layouts->compiler->options, variable);
}

static void decide_innermost(Layouts *layouts, const Variable *variable, int axis) {
    LayoutOf of = subject(layouts, variable);
    decide(layouts, variable, layout_with_innermost(&of, axis));
}

void keep_row_major(Layouts *layouts, const Variable *variable) {
    LayoutOf of = subject(layouts, variable);
    decide(layouts, variable, layout_row_major(&of));
}

/* Weights of a per-example product have the axis of outputs innermost, unless there are fewer
   outputs than lanes and, in one version at least, no masked vectors: then sums run in lanes, along
   rows of the weights. */
static void order_operand(Layouts *layouts, const Node *node, int operand) {
    const Options *options = &layouts->compiler->options;
    Node *leaf = node->inputs[operand];
    int loop = contract_last_loop(node), rank = leaf->shape.rank;
    if (leaf->kind != KIND_PARAM || !node->batched || rank < 2 || loop < 0 ||
        layout_of_variable(layouts, leaf->variable))
        return;
    for (int axis = 0; axis < rank - 1; axis++)
        if (node->contract->index[operand + 1].factor[axis][loop] == 1) {
            bool is_short = leaf->shape.size[axis] < lanes_for(options, 1);
            if (is_short && !all_have_masks(options))
                keep_row_major(layouts, leaf->variable);
            else
                decide_innermost(layouts, leaf->variable, axis);
            return;
        }
}

static bool wants_panels(const Layouts *layouts, const Variable *variable) {
    const Variable *of = variable->owner ? variable->owner : variable;
    return shape_equal(of->shape, variable->shape) && layout_of_variable(layouts, of);
}

/* Only whole axes are packed: a node that reads part of an axis, or with another stride, needs
   it contiguous. */
static void forbid_panels(const Layouts *layouts, const Node *node, bool *is_forbidden) {
    for (int i = 0; i < node->input_count; i++) {
        const Node *leaf = node->inputs[i];
        while (leaf->kind == KIND_VIEW && leaf->op == OP_TRANSPOSE)
            leaf = leaf->inputs[0];
        const Variable *variable = leaf->variable;
        if (!variable || !wants_panels(layouts, variable))
            continue;
        bool is_same = leaf == node->inputs[i];
        int axis = layout_innermost_axis(layout_of_variable(layouts, variable));
        bool is_view = node->kind == KIND_VIEW && node->op != OP_TRANSPOSE;
        bool is_askew =
            node->kind == KIND_WINDOW ||
            (node->kind == KIND_CONTRACT && (!is_same || !contract_runs_along(node, i, axis)));
        is_forbidden[variable->number] |= is_view || is_askew;
    }
}

static void set_panels(Layouts *layouts) {
    const Program *program = layouts->program;
    const Graph *whole = program->graph;
    bool *is_forbidden = NEW_ARRAY(program->compiler, bool, whole->variable_count + 1);
    for (int f = 0; f < program->function_count; f++)
        for (int id = 0; id < program->functions[f]->graph->node_count; id++)
            forbid_panels(layouts, program->functions[f]->graph->nodes[id], is_forbidden);
    for (int i = 0; i < whole->variable_count; i++) {
        const Variable *variable = whole->variables[i];
        if (!wants_panels(layouts, variable) || is_forbidden[i])
            continue;
        LayoutOf of = subject(layouts, variable);
        const Layout *whole_axes = layout_of_variable(layouts, variable);
        int64_t extent = variable->shape.size[layout_innermost_axis(whole_axes)];
        int width = panel_width(&program->compiler->options, extent);
        decide(layouts, variable, layout_in_panels(*whole_axes, &of, width));
    }
}

/* Final orders: reshaped variables are row-major, and an optimizer's state lies as its parameter
   does. */
static void settle_orders(Layouts *layouts) {
    const Program *program = layouts->program;
    for (int f = 0; f < program->function_count; f++) {
        Graph *graph = program->functions[f]->graph;
        for (int id = 0; id < graph->node_count; id++) {
            Node *node = graph->nodes[id];
            if (node->kind != KIND_VIEW || node->op != OP_RESHAPE)
                continue;
            for (node = node->inputs[0]; node->kind == KIND_VIEW; node = node->inputs[0]) {
            }
            if (node->variable)
                layouts->variables[node->variable->number] = NULL;
        }
    }
    for (int i = 0; i < program->graph->variable_count; i++) {
        const Variable *variable = program->graph->variables[i];
        if (variable->owner && shape_equal(variable->owner->shape, variable->shape))
            layouts->variables[i] = layout_of_variable(layouts, variable->owner);
    }
}

void order_variables(Layouts *layouts) {
    const Program *program = layouts->program;
    for (int f = 0; f < program->function_count; f++) {
        Graph *graph = program->functions[f]->graph;
        for (int id = 0; id < graph->node_count; id++)
            for (int i = 0; graph->nodes[id]->kind == KIND_CONTRACT && i < 2; i++)
                order_operand(layouts, graph->nodes[id], i);
    }
    settle_orders(layouts);
    if (!layouts->is_plain)
        set_panels(layouts);
}

/* Straight-line code of one example: outputs innermost where they fill a vector. */
static void order_layer(Layouts *layouts, const Node *node) {
    int weights = layer_weights(node);
    const Variable *variable = weights >= 0 ? node->inputs[weights]->variable : NULL;
    if (variable && node->inputs[weights]->kind == KIND_PARAM &&
        layer_sums_along_rows(node, weights) &&
        shape_count(node->shape) >= example_lanes(&layouts->compiler->options))
        decide_innermost(layouts, variable, 0);
}

void order_straight(Layouts *layouts) {
    const Program *program = layouts->program;
    if (example_lanes(&program->compiler->options) == 1)
        return;
    for (int f = 0; f < program->function_count; f++) {
        const Graph *graph = program->functions[f]->graph;
        bool is_single =
            program->functions[f]->schedule->is_straight && program->functions[f]->examples == 1;
        for (int id = 0; is_single && id < graph->node_count; id++)
            order_layer(layouts, graph->nodes[id]);
    }
    settle_orders(layouts);
}

/* A value that is not decided yet lies as another one of its shape, unless that is row-major. */
static void take_layout(Layouts *layouts, const Function *function, const Node *node,
                        const Layout *layout) {
    bool is_free = !node_is_leaf(node) && !node_is_alias(node) && node->kind != KIND_VIEW;
    if (is_free && layout && !layout_is_row_major(layout) && !layout_of(layouts, function, node))
        layouts_set(layouts, function, node, layout);
}

/* Forward: a map takes the layout of its input. */
static void order_forward(Layouts *layouts, const Function *function) {
    for (int id = 0; id < function->graph->node_count; id++) {
        const Node *node = function->graph->nodes[id];
        for (int i = 0; node->kind == KIND_MAP && !node->batched && i < node->input_count; i++)
            if (shape_equal(node->shape, node->inputs[i]->shape))
                take_layout(layouts, function, node, layout_of(layouts, function, node->inputs[i]));
    }
}

/* Backward: the input of a map takes the layout of the map. */
static void order_backward(Layouts *layouts, const Function *function) {
    for (int id = function->graph->node_count - 1; id >= 0; id--) {
        const Node *node = function->graph->nodes[id];
        for (int i = 0; node->kind == KIND_MAP && !node->batched && i < node->input_count; i++)
            if (shape_equal(node->shape, node->inputs[i]->shape))
                take_layout(layouts, function, node->inputs[i], layout_of(layouts, function, node));
    }
}

/* Computed values that views, products and windows read are not packed, nor what windows are;
   reshapes read row-major. */
static void keep_in_one_piece(Layouts *layouts, const Function *function, const Node *user,
                              const Node *node) {
    bool is_reshape = user->kind == KIND_VIEW && user->op == OP_RESHAPE;
    if (user->kind != KIND_VIEW && !node_has_terms(user))
        return;
    while (node->kind == KIND_VIEW)
        node = node->inputs[0];
    const Layout *layout = layout_of(layouts, function, node);
    bool is_transposed = node->nest && node->nest->is_transpose; /* for products */
    if (node_is_leaf(node) || node->batched || is_transposed || !layout)
        return;
    LayoutOf of = layout_subject(function, node);
    Layout whole = layout_with_innermost(&of, layout_innermost_axis(layout));
    layouts_set(layouts, function, node, is_reshape ? NULL : layouts_keep(layouts, whole));
}

/* Variables that the function reads lie as they do everywhere; what is per example, row-major. */
static void take_variables(Layouts *layouts, const Function *function) {
    for (int id = 0; id < function->graph->node_count; id++) {
        const Node *node = function->graph->nodes[id];
        if (node->variable && !node->batched)
            layouts_set(layouts, function, node, layout_of_variable(layouts, node->variable));
    }
}

/* Computed values take the layout of the variable that they are computed elementwise from or
   into, and so do others in that chain, so that sums over them run in one order in all
   functions. */
void order_nodes(Layouts *layouts, Function *function) {
    const Graph *graph = function->graph;
    take_variables(layouts, function);
    order_forward(layouts, function);
    for (int i = 0; i < function->store_count; i++) {
        const Store *store = &function->stores[i];
        if (store->kind == STORE_VARIABLE || store->kind == STORE_GRADIENT ||
            store->kind == STORE_PRODUCT)
            take_layout(layouts, function, store->value,
                        layout_of_variable(layouts, store->variable));
    }
    order_backward(layouts, function);
    order_forward(layouts, function);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        if (node->kind == KIND_WINDOW)
            keep_in_one_piece(layouts, function, node, node);
        for (int i = 0; i < node->input_count; i++)
            keep_in_one_piece(layouts, function, node, node->inputs[i]);
    }
    for (int i = 0; i < function->store_count; i++) /* outputs are row-major */
        if (function->stores[i].kind == STORE_SUM || function->stores[i].kind == STORE_METRIC)
            layouts_set(layouts, function, function->stores[i].value, NULL);
}

// Values per example

static void forbid_row_panels(const Graph *graph, bool *is_forbidden) {
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        for (int i = 0; i < node->input_count; i++) {
            const Node *input = node->inputs[i];
            bool is_whole = node->kind == KIND_MAP || node->kind == KIND_REDUCE ||
                            (node->kind == KIND_CONTRACT && input->shape.rank == 1 &&
                             contract_runs_along(node, i, 0));
            is_forbidden[input->id] |= !is_whole;
        }
    }
}

/* Whether packing pays for an input that a weight gradient reads column by column, once per
   panel of these: it is large and has many panels. */
static bool is_large_input(const Function *function, const Node *node, int operand) {
    const Options *options = &function->graph->compiler->options;
    const Node *input = node->inputs[operand];
    if (node->kind != KIND_CONTRACT || node->batched || input->kind != KIND_INPUT ||
        input->shape.rank != 1 || !contract_runs_along(node, operand, 0))
        return false;
    int64_t bytes = shape_count(input->shape) * function->examples * real_bytes(options);
    int width = panel_width(options, shape_count(input->shape));
    return width > 0 && pays_panels(options, bytes,
                                    shape_count(node->shape) / shape_count(input->shape) / width);
}

static void copy_inputs(Layouts *layouts, Function *function) {
    Graph *graph = function->graph;
    int count = graph->node_count;
    Node **copies = NEW_ARRAY(graph->compiler, Node *, count + 1);
    for (int id = 0; id < count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++) {
            Node *input = graph->nodes[id]->inputs[i];
            if (is_large_input(function, graph->nodes[id], i) && !copies[input->id])
                copies[input->id] = panelled_copy(layouts, function, input);
        }
    for (int id = 0; id < count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++) {
            Node **input = &graph->nodes[id]->inputs[i];
            if (graph->nodes[id]->kind == KIND_CONTRACT && copies[(*input)->id])
                *input = copies[(*input)->id];
        }
}

/* A vector per example in panels: each holds that part of every example. */
static void set_example_panels(Layouts *layouts, const Function *function, const Node *node) {
    LayoutOf of = layout_subject(function, node);
    int width = panel_width(&layouts->compiler->options, node->shape.size[0]);
    Layout layout = layout_in_panels(layout_row_major(&of), &of, width);
    if (width > 0)
        layouts_set(layouts, function, node, layouts_keep(layouts, layout));
}

/* Scattered sums are not packed, nor what is made of windows. */
void panel_values(Layouts *layouts, Function *function) {
    Graph *graph = function->graph;
    if (function->examples == 1)
        return;
    copy_inputs(layouts, function);
    bool *is_forbidden = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    forbid_row_panels(graph, is_forbidden);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        bool is_vector = node->batched && node->shape.rank == 1 && node_is_computed(node) &&
                         node->kind != KIND_VIEW && !layout_of(layouts, function, node);
        bool is_scattered =
            node->kind == KIND_CONTRACT && !contract_gathers(node->contract, node->shape);
        const Node *root = node->cluster ? node->cluster->root : NULL;
        if (is_vector && !is_scattered && !(root && root->kind == KIND_WINDOW) &&
            !is_forbidden[id] && node->leaves_cluster)
            set_example_panels(layouts, function, node);
    }
}
