/* The graph that all stages share: building nodes, reaching them, and the rules that they keep.
   In: operands whose shapes fit, since check says what is wrong with a model. Out: nodes behind
   their operands; from graph_check what a stage has done wrong, or NULL. */

#include "graph/graph.h"

#include <string.h>

const char *const given_names[] = {
    [GIVEN_STEP] = "step",           [GIVEN_EPOCH] = "epoch",     [GIVEN_EPOCHS] = "epochs",
    [GIVEN_TRAINING] = "training",   [GIVEN_SHARE] = "share",     [GIVEN_GRADIENT] = "gradient",
    [GIVEN_DIRECTION] = "direction", [GIVEN_PRODUCT] = "product", [GIVEN_SUM] = "sum",
    [GIVEN_COUNT] = "count",         [GIVEN_KEEP] = "keep",       [GIVEN_ADD] = "add",
};

bool given_has_variable(Given given) {
    return given == GIVEN_GRADIENT || given == GIVEN_DIRECTION || given == GIVEN_PRODUCT;
}

Graph *graph_new(Compiler *compiler) {
    Graph *graph = NEW(compiler, Graph);
    graph->compiler = compiler;
    return graph;
}

static Node *graph_add(Graph *graph, Kind kind, Shape shape, bool batched) {
    Compiler *compiler = graph->compiler;
    if (graph->node_count >= MAX_NODES)
        limit_at(compiler, graph->at, "the network has more than %d operations", MAX_NODES);
    Node *node = NEW(compiler, Node);
    node->id = graph->node_count;
    node->kind = kind;
    node->shape = shape;
    node->batched = batched;
    node->span = graph->at;
    PUSH(compiler, graph->nodes, graph->node_count, node);
    return node;
}

static void set_inputs(Graph *graph, Node *node, int count, Node **inputs) {
    node->input_count = count;
    node->inputs = NEW_ARRAY(graph->compiler, Node *, count);
    for (int i = 0; i < count; i++)
        node->inputs[i] = inputs[i];
}

Node *graph_const(Graph *graph, double value) {
    Node *node = graph_add(graph, KIND_CONST, (Shape){0}, false);
    node->value = value;
    return node;
}

bool numbers_are_alike(Shape shape, const double *numbers) {
    for (int64_t i = 1; i < shape_count(shape); i++)
        if (memcmp(&numbers[i], &numbers[0], sizeof *numbers) != 0)
            return false;
    return true;
}

Node *graph_numbers(Graph *graph, Shape shape, const double *numbers) {
    if (shape.rank == 0)
        return graph_const(graph, numbers[0]);
    if (numbers_are_alike(shape, numbers))
        return graph_expand(graph, graph_const(graph, numbers[0]), shape, false);
    Node *node = graph_add(graph, KIND_CONST, shape, false);
    node->numbers = numbers;
    return node;
}

Node *graph_given(Graph *graph, Given given) {
    Node *node = graph_add(graph, KIND_GIVEN, (Shape){0}, given == GIVEN_SHARE);
    node->given = given;
    return node;
}

Node *graph_variable(Graph *graph, Variable *variable) {
    bool is_data = variable->kind == VARIABLE_INPUT || variable->kind == VARIABLE_TARGET;
    Kind kind = is_data ? KIND_INPUT : variable->kind == VARIABLE_PARAM ? KIND_PARAM : KIND_STATE;
    Node *node = graph_add(graph, kind, variable->shape, is_data);
    node->variable = variable;
    node->name = variable->name;
    return node;
}

Node *graph_random(Graph *graph, Op distribution, Shape shape, bool batched, int number) {
    Node *node = graph_add(graph, KIND_RANDOM, shape, batched);
    node->op = distribution;
    node->number = number;
    return node;
}

Node *graph_map(Graph *graph, Op op, Node *a, Node *b, Node *c) {
    Node *inputs[] = {a, b, c};
    Shape shape = a->shape;
    bool batched = a->batched;
    int count = op_rows[op].arity;
    for (int i = 1; i < count; i++) {
        if (!shape_broadcast(shape, inputs[i]->shape, &shape))
            stop_at(graph->compiler, graph->at, "internal: %s of shapes that do not broadcast",
                    op_rows[op].name);
        batched |= inputs[i]->batched;
    }
    Node *node = graph_add(graph, KIND_MAP, shape, batched);
    node->op = op;
    set_inputs(graph, node, count, inputs);
    return node;
}

Node *graph_reduce(Graph *graph, Op op, Node *input, unsigned axes, bool over_batch) {
    Shape shape = {0};
    for (int i = 0; i < input->shape.rank; i++)
        if (!(axes >> i & 1))
            shape.size[shape.rank++] = input->shape.size[i];
    Node *node = graph_add(graph, KIND_REDUCE, shape, input->batched && !over_batch);
    node->op = op;
    node->axes = axes;
    node->over_batch = over_batch;
    set_inputs(graph, node, 1, &input);
    return node;
}

Node *graph_contract(Graph *graph, const Contract *contract, Shape shape, bool batched, Node *a,
                     Node *b) {
    Node *node = graph_add(graph, KIND_CONTRACT, shape, batched);
    node->contract = NEW(graph->compiler, Contract);
    *node->contract = *contract;
    set_inputs(graph, node, 2, (Node *[]){a, b});
    return node;
}

Node *graph_window(Graph *graph, Op op, const Contract *contract, Shape shape, Node *a,
                   Node *first) {
    bool batched = a->batched || (first && first->batched);
    Node *node = graph_add(graph, KIND_WINDOW, shape, batched);
    node->op = op;
    node->contract = NEW(graph->compiler, Contract);
    *node->contract = *contract;
    set_inputs(graph, node, first ? 2 : 1, (Node *[]){a, first});
    return node;
}

static Node *add_view(Graph *graph, Op op, Shape shape, Node *input, const int64_t *start) {
    Node *node = graph_add(graph, KIND_VIEW, shape, input->batched);
    node->op = op;
    for (int i = 0; start && i < MAX_RANK && i < (shape.rank); i++)
        node->start[i] = start[i];
    set_inputs(graph, node, 1, &input);
    return node;
}

Node *graph_reshape(Graph *graph, Node *input, Shape shape) {
    return add_view(graph, OP_RESHAPE, shape, input, NULL);
}

Node *graph_transpose(Graph *graph, Node *input, const int64_t *permutation) {
    Shape shape = input->shape;
    for (int i = 0; i < shape.rank; i++)
        shape.size[i] = input->shape.size[permutation[i]];
    return add_view(graph, OP_TRANSPOSE, shape, input, permutation);
}

Node *graph_slice(Graph *graph, Node *input, const int64_t *start, Shape shape) {
    return add_view(graph, OP_SLICE, shape, input, start);
}

Node *graph_pad(Graph *graph, Node *input, const int64_t *start, Shape shape) {
    return add_view(graph, OP_PAD, shape, input, start);
}

Node *graph_expand(Graph *graph, Node *input, Shape shape, bool batched) {
    Node *node = add_view(graph, OP_EXPAND, shape, input, NULL);
    node->batched = batched;
    return node;
}

Node *graph_expand_to(Graph *graph, Node *node, Shape shape, bool batched) {
    bool is_same = node->batched == batched && shape_equal(node->shape, shape);
    return is_same ? node : graph_expand(graph, node, shape, batched);
}

Node *graph_concat(Graph *graph, int axis, int count, Node **inputs) {
    Shape shape = inputs[0]->shape;
    bool batched = inputs[0]->batched;
    for (int i = 1; i < count; i++) {
        shape.size[axis] += inputs[i]->shape.size[axis];
        batched |= inputs[i]->batched;
    }
    Node *node = graph_add(graph, KIND_VIEW, shape, batched);
    node->op = OP_CONCAT;
    node->axes = (unsigned)axis;
    set_inputs(graph, node, count, inputs);
    return node;
}

Node *graph_copy_node(Graph *graph, const Node *node, Node **inputs) {
    Node *copy = graph_add(graph, node->kind, node->shape, node->batched);
    int id = copy->id;
    *copy = *node;
    copy->id = id;
    set_inputs(graph, copy, node->input_count, inputs);
    return copy;
}

Variable *graph_add_variable(Graph *graph, VariableKind kind, const char *name, Shape shape) {
    Variable *variable = NEW(graph->compiler, Variable);
    variable->kind = kind;
    variable->number = graph->variable_count;
    variable->name = name;
    variable->shape = shape;
    variable->span = graph->at;
    PUSH(graph->compiler, graph->variables, graph->variable_count, variable);
    return variable;
}

int64_t graph_sum_at(const Graph *graph, int number) {
    int64_t count = 0;
    for (int i = 0; i < number; i++)
        count += shape_count(graph->sums[i]->shape);
    return count;
}

int64_t graph_figure_at(const Graph *graph, int number) {
    int64_t count = 0;
    for (int i = 0; i < number; i++)
        count += shape_count(graph->metrics[i].finish->shape);
    return count;
}

bool graph_has_pairs(const Graph *graph) {
    for (int i = 0; i < graph->variable_count; i++)
        if (graph->variables[i]->is_same)
            return true;
    return false;
}

const char *graph_output_name(const Graph *graph, int number) {
    int count = graph->output_count;
    return number < count ? graph->output_names[number] : graph->jacobians[number - count].name;
}

bool *graph_reach(Graph *graph, int root_count, Node **roots) {
    bool *reached = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int i = 0; i < root_count; i++)
        if (roots[i])
            reached[roots[i]->id] = true;
    for (int id = graph->node_count - 1; id >= 0; id--)
        for (int i = 0; reached[id] && i < graph->nodes[id]->input_count; i++)
            reached[graph->nodes[id]->inputs[i]->id] = true;
    return reached;
}

static const char *check_view(const Node *node) {
    Shape in = node->inputs[0]->shape, out = node->shape;
    if (node->op == OP_RESHAPE && shape_count(in) != shape_count(out))
        return "reshape changes the number of elements";
    if (node->op == OP_EXPAND) {
        Shape both;
        return shape_broadcast(in, out, &both) && shape_equal(both, out)
                   ? NULL
                   : "expand to a shape that does not fit";
    }
    if (node->op == OP_RESHAPE || node->op == OP_CONCAT)
        return NULL;
    if (in.rank != out.rank)
        return "a slice, pad or transpose changes the rank";
    for (int i = 0; i < out.rank; i++) {
        if (node->op == OP_SLICE &&
            (node->start[i] < 0 || node->start[i] + out.size[i] > in.size[i]))
            return "a slice leaves its input";
        if (node->op == OP_PAD && (node->start[i] < 0 || node->start[i] + in.size[i] > out.size[i]))
            return "a pad cuts its input";
        if (node->op == OP_TRANSPOSE && out.size[i] != in.size[node->start[i]])
            return "a transpose has a wrong shape";
    }
    return NULL;
}

static const char *check_window(const Node *node, bool batched) {
    if (node->input_count < 1 || node->input_count > (node->op == OP_WINDOW_SUM ? 2 : 1))
        return "windows have the wrong number of operands";
    if (node->batched != batched)
        return "windows have lost their examples";
    if (node->op != OP_WINDOW_SUM && !contract_gathers(node->contract, node->shape))
        return "a maximum of windows is scattered";
    return NULL;
}

static const char *check_leaf(const Node *node) {
    if (node->input_count > 0)
        return "a leaf with inputs";
    if (node->kind != KIND_CONST)
        return NULL;
    if ((node->shape.rank > 0) != (node->numbers != NULL))
        return "a constant's numbers do not go with its shape";
    return node->batched ? "a constant per example" : NULL;
}

static const char *check_node(const Node *node) {
    bool batched = false;
    Shape shape = {0};
    for (int i = 0; i < node->input_count; i++) {
        batched |= node->inputs[i]->batched;
        if (!shape_broadcast(shape, node->inputs[i]->shape, &shape) && node->kind == KIND_MAP)
            return "operands of a map do not broadcast";
    }
    for (int i = 0; i < node->shape.rank; i++)
        if (node->shape.size[i] < 1)
            return "an axis without elements";
    switch (node->kind) {
    case KIND_MAP:
        if (node->input_count != op_rows[node->op].arity)
            return "a map has the wrong number of operands";
        if (!shape_equal(shape, node->shape) || batched != node->batched)
            return "a map has a wrong shape";
        return NULL;
    case KIND_REDUCE:
        if (node->over_batch && !batched)
            return "a sum over examples of what is not per example";
        return node->batched == (batched && !node->over_batch)
                   ? NULL
                   : "a reduction has lost its examples";
    case KIND_CONTRACT:
        return node->input_count == 2 ? NULL : "a contraction needs two operands";
    case KIND_WINDOW:
        return check_window(node, batched);
    case KIND_VIEW:
        return check_view(node);
    default:
        return check_leaf(node);
    }
}

const char *graph_check(const Graph *graph) {
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        if (node->id != id)
            return "a node does not know its place";
        for (int i = 0; i < node->input_count; i++)
            if (node->inputs[i]->id >= id || graph->nodes[node->inputs[i]->id] != node->inputs[i])
                return "a node comes before its input";
        const char *problem = check_node(node);
        if (problem)
            return problem;
    }
    return NULL;
}

bool variable_is_data(const Variable *variable) {
    return variable->kind == VARIABLE_INPUT || variable->kind == VARIABLE_TARGET;
}
