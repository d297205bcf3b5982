/* The order of axes in memory. In: fused functions. Out: the order of every variable, the same
   in all functions, and of the values computed elementwise from or into one, so that a product
   loads its lanes contiguously. The net's get and set convert to row-major. */

#include "layout/layout.h"

#include <string.h>

static void order_innermost(int8_t *order, int rank, int innermost) {
    int at = 0;
    for (int axis = 0; axis < rank; axis++)
        if (axis != innermost)
            order[at++] = (int8_t)(axis + 1);
    order[at] = (int8_t)(innermost + 1);
}

/* Weights of a per-example product have the axis of outputs innermost, unless there are fewer
   outputs than lanes and no masked vectors: then sums run in lanes, along rows of the weights. */
static void order_operand(const Options *options, const Node *node, int operand) {
    Node *leaf = node->inputs[operand];
    int loop = contract_last_loop(node), rank = leaf->shape.rank;
    if (leaf->kind != KIND_PARAM || !node->batched || rank < 2 || loop < 0 ||
        leaf->variable->order[0] || leaf->variable->is_row_major)
        return;
    for (int axis = 0; axis < rank - 1; axis++)
        if (node->contract->index[operand + 1].factor[axis][loop] == 1) {
            bool is_short = leaf->shape.size[axis] < lanes_for(options, 1);
            leaf->variable->is_row_major = is_short && !machine_of(options)->has_masks;
            if (leaf->variable->is_row_major)
                return;
            order_innermost(leaf->variable->order, rank, axis);
            return;
        }
}

static bool wants_panels(const Variable *variable) {
    const Variable *of = variable->owner ? variable->owner : variable;
    return shape_equal(of->shape, variable->shape) && (of->order[0] || of->is_row_major);
}

/* Only whole axes are packed: a node that reads part of an axis, or with another stride, needs
   it contiguous. */
static void forbid_panels(const Node *node, bool *is_forbidden) {
    for (int i = 0; i < node->input_count; i++) {
        const Node *leaf = node->inputs[i];
        while (leaf->kind == KIND_VIEW && leaf->op == OP_TRANSPOSE)
            leaf = leaf->inputs[0];
        const Variable *variable = leaf->variable;
        if (!variable || !wants_panels(variable))
            continue;
        bool is_same = leaf == node->inputs[i];
        int axis = innermost_axis(variable);
        bool is_view = node->kind == KIND_VIEW && node->op != OP_TRANSPOSE;
        bool is_askew =
            node->kind == KIND_CONTRACT && (!is_same || !contract_runs_along(node, i, axis));
        is_forbidden[variable->number] |= is_view || is_askew;
    }
}

static void set_panels(Program *program) {
    const Graph *whole = program->graph;
    const Options *options = &program->compiler->options;
    bool *is_forbidden = NEW_ARRAY(program->compiler, bool, whole->variable_count + 1);
    for (int f = 0; f < program->function_count; f++)
        for (int id = 0; id < program->functions[f]->graph->node_count; id++)
            forbid_panels(program->functions[f]->graph->nodes[id], is_forbidden);
    for (int i = 0; i < whole->variable_count; i++) {
        Variable *variable = whole->variables[i];
        if (wants_panels(variable) && !is_forbidden[i])
            variable->panel = panel_width(options, variable->shape.size[innermost_axis(variable)]);
    }
}

/* Final orders: reshaped variables are row-major, and an optimizer's state lies as its parameter
   does. */
static void settle_orders(Program *program) {
    for (int f = 0; f < program->function_count; f++) {
        Graph *graph = program->functions[f]->graph;
        for (int id = 0; id < graph->node_count; id++) {
            Node *node = graph->nodes[id];
            if (node->kind != KIND_VIEW || node->op != OP_RESHAPE)
                continue;
            for (node = node->inputs[0]; node->kind == KIND_VIEW; node = node->inputs[0]) {
            }
            if (node->variable) {
                memset(node->variable->order, 0, sizeof node->variable->order);
                node->variable->is_row_major = false;
            }
        }
    }
    for (int i = 0; i < program->graph->variable_count; i++) {
        Variable *variable = program->graph->variables[i];
        if (variable->owner && shape_equal(variable->owner->shape, variable->shape))
            memcpy(variable->order, variable->owner->order, sizeof variable->order);
    }
}

void order_variables(Program *program, bool is_plain) {
    for (int f = 0; f < program->function_count; f++) {
        Graph *graph = program->functions[f]->graph;
        for (int id = 0; id < graph->node_count; id++)
            for (int i = 0; graph->nodes[id]->kind == KIND_CONTRACT && i < 2; i++)
                order_operand(&program->compiler->options, graph->nodes[id], i);
    }
    settle_orders(program);
    if (!is_plain)
        set_panels(program);
}

/* Straight-line code of one example: outputs innermost where they fill a vector. */
static void order_layer(const Options *options, const Node *node) {
    int weights = layer_weights(node);
    Variable *variable = weights >= 0 ? node->inputs[weights]->variable : NULL;
    if (variable && node->inputs[weights]->kind == KIND_PARAM &&
        layer_sums_along_rows(node, weights) && shape_count(node->shape) >= example_lanes(options))
        order_innermost(variable->order, 2, 0);
}

void order_straight(Program *program) {
    const Options *options = &program->compiler->options;
    if (example_lanes(options) == 1)
        return;
    for (int f = 0; f < program->function_count; f++) {
        const Graph *graph = program->functions[f]->graph;
        bool is_single =
            program->functions[f]->schedule->is_straight && program->functions[f]->examples == 1;
        for (int id = 0; is_single && id < graph->node_count; id++)
            order_layer(options, graph->nodes[id]);
    }
    settle_orders(program);
}

static void take_order(Node *node, const int8_t *order, int panel) {
    bool is_free = !node_is_leaf(node) && !node_is_alias(node) && node->kind != KIND_VIEW;
    if (!is_free || node->order[0] || node->panel)
        return;
    memcpy(node->order, order, sizeof node->order);
    node->panel = panel;
}

/* Forward: a map takes the order of its input. */
static void order_forward(Graph *graph) {
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        for (int i = 0; node->kind == KIND_MAP && !node->batched && i < node->input_count; i++)
            if (shape_equal(node->shape, node->inputs[i]->shape))
                take_order(node, node->inputs[i]->order, node->inputs[i]->panel);
    }
}

/* Backward: the input of a map takes the order of the map. */
static void order_backward(Graph *graph) {
    for (int id = graph->node_count - 1; id >= 0; id--) {
        Node *node = graph->nodes[id];
        for (int i = 0; node->kind == KIND_MAP && !node->batched && i < node->input_count; i++)
            if (shape_equal(node->shape, node->inputs[i]->shape))
                take_order(node->inputs[i], node->order, node->panel);
    }
}

static void make_row_major(Node *node) {
    memset(node->order, 0, sizeof node->order);
    node->panel = 0;
}

/* Computed values that views and products read are not packed; reshapes read row-major. */
static void keep_in_one_piece(const Node *user, Node *node) {
    bool is_reshape = user->kind == KIND_VIEW && user->op == OP_RESHAPE;
    if (user->kind != KIND_VIEW && user->kind != KIND_CONTRACT)
        return;
    while (node->kind == KIND_VIEW)
        node = node->inputs[0];
    bool is_transposed = node->nest && node->nest->is_transpose; /* for products */
    if (node->variable || node->batched || is_transposed)
        return;
    node->panel = 0;
    if (is_reshape)
        make_row_major(node);
}

/* Computed values take the order of the variable that they are computed elementwise from or
   into, and so do others in that chain, so that sums over them run in one order in all
   functions. */
void order_nodes(Function *function) {
    Graph *graph = function->graph;
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        if (!node->variable)
            continue;
        memcpy(node->order, node->variable->order, sizeof node->order);
        node->panel = node->variable->panel;
    }
    order_forward(graph);
    for (int i = 0; i < function->store_count; i++) {
        Store *store = &function->stores[i];
        if (store->kind == STORE_VARIABLE || store->kind == STORE_GRADIENT ||
            store->kind == STORE_PRODUCT)
            take_order(store->value, store->variable->order, store->variable->panel);
    }
    order_backward(graph);
    order_forward(graph);
    for (int id = 0; id < graph->node_count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++)
            keep_in_one_piece(graph->nodes[id], graph->nodes[id]->inputs[i]);
    for (int i = 0; i < function->store_count; i++) /* outputs are row-major */
        if (function->stores[i].kind == STORE_SUM || function->stores[i].kind == STORE_METRIC)
            make_row_major(function->stores[i].value);
}

/* ---- values per example ---- */

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

static void copy_inputs(Function *function) {
    Graph *graph = function->graph;
    int count = graph->node_count;
    Node **copies = NEW_ARRAY(graph->compiler, Node *, count + 1);
    for (int id = 0; id < count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++) {
            Node *input = graph->nodes[id]->inputs[i];
            if (is_large_input(function, graph->nodes[id], i) && !copies[input->id])
                copies[input->id] = panelled_copy(function, input);
        }
    for (int id = 0; id < count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++) {
            Node **input = &graph->nodes[id]->inputs[i];
            if (graph->nodes[id]->kind == KIND_CONTRACT && copies[(*input)->id])
                *input = copies[(*input)->id];
        }
}

/* Scattered sums are not packed. */
void panel_values(Function *function) {
    Graph *graph = function->graph;
    if (function->examples == 1)
        return;
    copy_inputs(function);
    bool *is_forbidden = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    forbid_row_panels(graph, is_forbidden);
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        bool is_vector = node->batched && node->shape.rank == 1 && node_is_computed(node) &&
                         node->kind != KIND_VIEW && !node->examples_innermost;
        bool is_scattered =
            node->kind == KIND_CONTRACT && !contract_gathers(node->contract, node->shape);
        if (is_vector && !is_scattered && !is_forbidden[id] && node->leaves_cluster)
            node->panel = panel_width(&graph->compiler->options, node->shape.size[0]);
    }
}
