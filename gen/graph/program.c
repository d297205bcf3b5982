/* Cuts the graph into the functions to be emitted. In: the whole graph after update. Out: per
   function a graph of its own with no more than it needs, in which `training` is a number, and what
   it stores where. */

#include "graph/graph.h"

enum { LEAST_GROUP = 16, MOST_GROUP = 256 }; /* examples that predict_batch takes at once */

const char *const function_names[FUNCTION_COUNT] = {
    [FUNCTION_INIT] = "init",
    [FUNCTION_PREDICT] = "predict",
    [FUNCTION_PREDICT_BATCH] = "predict_batch",
    [FUNCTION_LOSS] = "loss",
    [FUNCTION_EVALUATE] = "evaluate",
    [FUNCTION_GRADIENT] = "gradient",
    [FUNCTION_GRADIENT_ADD] = "gradient_add",
    [FUNCTION_UPDATE] = "update",
    [FUNCTION_TRAIN_STEP] = "train_step",
    [FUNCTION_HESSIAN] = "hessian_times",
    [FUNCTION_FINISH] = "finish",
    [FUNCTION_DERIVATIVE] = "derivative",
};

bool function_predicts(FunctionKind kind) {
    return kind == FUNCTION_PREDICT || kind == FUNCTION_PREDICT_BATCH ||
           kind == FUNCTION_DERIVATIVE;
}

static bool is_training(FunctionKind kind) {
    return kind == FUNCTION_GRADIENT || kind == FUNCTION_GRADIENT_ADD ||
           kind == FUNCTION_TRAIN_STEP || kind == FUNCTION_UPDATE || kind == FUNCTION_HESSIAN;
}

/* Examples that are predicted at once, fewer where their values would not fit into an array. */
static int64_t group_of(const Graph *graph) {
    int64_t group = graph->batch < LEAST_GROUP  ? LEAST_GROUP
                    : graph->batch > MOST_GROUP ? MOST_GROUP
                                                : graph->batch;
    int64_t most = 1;
    for (int id = 0; id < graph->node_count; id++)
        if (graph->nodes[id]->batched && shape_count(graph->nodes[id]->shape) > most)
            most = shape_count(graph->nodes[id]->shape);
    while (group > 1 && most > MAX_ELEMENTS / group)
        group = group & (group - 1) ? group & (group - 1) : group / 2; /* whole vectors */
    return group;
}

static int64_t examples_of(FunctionKind kind, const Graph *graph) {
    if (kind == FUNCTION_PREDICT_BATCH)
        return group_of(graph);
    bool has_batch = kind == FUNCTION_LOSS || kind == FUNCTION_EVALUATE ||
                     kind == FUNCTION_GRADIENT || kind == FUNCTION_GRADIENT_ADD ||
                     kind == FUNCTION_TRAIN_STEP || kind == FUNCTION_HESSIAN;
    return has_batch ? graph->batch : 1;
}

// What a function stores, as nodes of the whole graph; they move to the function's own afterwards

static void store(Function *function, StoreKind kind, Variable *variable, Node *value) {
    Store new_store = {.kind = kind, .variable = variable, .value = value};
    PUSH(function->graph->compiler, function->stores, function->store_count, new_store);
}

static void store_number(Function *function, StoreKind kind, int number, Node *value) {
    Store new_store = {.kind = kind, .number = number, .value = value};
    PUSH(function->graph->compiler, function->stores, function->store_count, new_store);
}

static bool is_kept(const Variable *variable) {
    return variable->kind != VARIABLE_INPUT && variable->kind != VARIABLE_TARGET;
}

static void store_initial(Function *function, const Graph *graph) {
    for (int i = 0; i < graph->variable_count; i++)
        if (is_kept(graph->variables[i]))
            store(function, STORE_VARIABLE, graph->variables[i], graph->variables[i]->initial);
}

static void store_outputs(Function *function, const Graph *graph) {
    for (int i = 0; i < graph->output_count; i++)
        store_number(function, STORE_OUTPUT, i, graph->outputs[i]);
}

static void store_sums(Function *function, const Graph *graph) {
    for (int i = 0; i < graph->sum_count; i++)
        store_number(function, STORE_SUM, i, graph->sums[i]);
}

static void store_metrics(Function *function, const Graph *graph) {
    for (int i = 0; i < graph->metric_count; i++)
        store_number(function, STORE_METRIC, i, graph->metrics[i].finish);
}

/* What lies in the block of gradients: those of parameters, and the next values of layers' states.
 */
static Node *block_value(const Variable *variable) {
    return variable->kind == VARIABLE_STATE ? variable->next : variable->gradient;
}

static void store_block(Function *function, const Graph *graph) {
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (block_value(variable))
            store(function, STORE_GRADIENT, variable, block_value(variable));
    }
}

static void store_updates(Function *function, const Graph *graph) {
    bool is_step = function->kind == FUNCTION_TRAIN_STEP;
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        bool is_layer_state = variable->kind == VARIABLE_STATE;
        if (variable->next)
            store(function, STORE_VARIABLE, variable,
                  is_step && !is_layer_state ? variable->stepped : variable->next);
    }
}

static void store_products(Function *function, const Graph *graph) {
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (variable->gradient)
            store(function, STORE_PRODUCT, variable, variable->product);
    }
}

static void store_wanted(Function *function, const Graph *graph) {
    switch (function->kind) {
    case FUNCTION_INIT:
        store_initial(function, graph);
        return;
    case FUNCTION_PREDICT:
    case FUNCTION_PREDICT_BATCH:
        store_outputs(function, graph);
        return;
    case FUNCTION_UPDATE:
        store_updates(function, graph);
        return;
    case FUNCTION_HESSIAN:
        store_products(function, graph);
        return;
    case FUNCTION_FINISH:
        store_metrics(function, graph);
        return;
    case FUNCTION_DERIVATIVE:
        store_number(function, STORE_OUTPUT, graph->output_count + function->number,
                     graph->jacobians[function->number].value);
        return;
    default:
        store_number(function, STORE_COST, 0, graph->cost);
        break;
    }
    if (function->kind == FUNCTION_EVALUATE)
        store_sums(function, graph);
    if (function->kind == FUNCTION_GRADIENT || function->kind == FUNCTION_GRADIENT_ADD)
        store_block(function, graph);
    if (function->kind == FUNCTION_TRAIN_STEP)
        store_updates(function, graph);
}

// The function's own graph

static Node *gradient_of(Graph *graph, Variable *variable) {
    Node *node = graph_given(graph, GIVEN_GRADIENT);
    node->variable = variable;
    node->shape = variable->shape;
    return node;
}

static bool is_training_flag(const Node *node) {
    return node->kind == KIND_GIVEN && node->given == GIVEN_TRAINING;
}

static Node *copy_node(Function *function, const Node *node, Node **copies) {
    Graph *graph = function->graph;
    graph->at = node->span;
    if (is_training_flag(node))
        return graph_const(graph, is_training(function->kind));
    Node **inputs = NEW_ARRAY(graph->compiler, Node *, node->input_count);
    for (int i = 0; i < node->input_count; i++)
        inputs[i] = copies[node->inputs[i]->id];
    return graph_copy_node(graph, node, inputs);
}

/* A layer's state that `update` commits lies in the block already. */
static bool comes_from_block(const Function *function, const Store *item) {
    return function->kind == FUNCTION_UPDATE && item->variable->kind == VARIABLE_STATE;
}

static void copy_values(Function *function, Graph *whole) {
    Compiler *compiler = whole->compiler;
    Node **roots = NEW_ARRAY(compiler, Node *, function->store_count);
    Node **copies = NEW_ARRAY(compiler, Node *, whole->node_count + 1);
    for (int i = 0; i < function->store_count; i++)
        if (!comes_from_block(function, &function->stores[i]))
            roots[i] = function->stores[i].value;
    bool *reached = graph_reach(whole, function->store_count, roots);
    for (int id = 0; id < whole->node_count; id++)
        if (reached[id] || node_is_name_at_hand(whole->nodes[id], copies))
            copies[id] = copy_node(function, whole->nodes[id], copies);
    for (int i = 0; i < function->store_count; i++) {
        Store *item = &function->stores[i];
        if (roots[i])
            item->value = copies[roots[i]->id];
        else if (item->value)
            item->value = gradient_of(function->graph, item->variable);
    }
}

/* The sum over axes and over the examples of a batch, without its padding, whatever that holds. */
static Node *sum_of_present(Graph *graph, Node *value, unsigned axes) {
    Node *share = graph_given(graph, GIVEN_SHARE), *zero = graph_const(graph, 0);
    Node *is_present = graph_map(graph, OP_NOT_EQUAL, share, zero, NULL);
    Node *present = graph_map(graph, OP_WHERE, is_present, value, zero);
    return graph_reduce(graph, OP_SUM, present, axes, true);
}

static bool sums_examples(const Node *node) {
    return node->kind == KIND_REDUCE && node->op == OP_SUM && node->over_batch;
}

/* Marks, by id, what the cost is made of down to sums over the examples. */
static bool *parts_of_cost(const Graph *graph, const Node *cost) {
    bool *is_part = NEW_ARRAY(graph->compiler, bool, graph->node_count);
    is_part[cost->id] = true;
    for (int id = cost->id; id >= 0; id--) {
        const Node *node = graph->nodes[id];
        for (int i = 0; is_part[id] && !sums_examples(node) && i < node->input_count; i++)
            is_part[node->inputs[i]->id] |= !node->inputs[i]->batched;
    }
    return is_part;
}

/* The cost with padding left out of its sums: an infinite loss there, times a share of 0, would be
   NaN. */
static Node *cost_of_present(Graph *graph, Node *cost) {
    const bool *is_part = parts_of_cost(graph, cost);
    Node **present = NEW_ARRAY(graph->compiler, Node *, cost->id + 1);
    for (int id = 0; id <= cost->id; id++) {
        Node *node = graph->nodes[id], **inputs = NULL;
        bool is_sum = sums_examples(node), differs = false;
        int count = 0;
        present[id] = node;
        if (!is_part[id])
            continue;
        if (is_sum)
            present[id] = sum_of_present(graph, node->inputs[0], node->axes);
        for (int i = 0; !is_sum && i < node->input_count; i++) {
            PUSH(graph->compiler, inputs, count, present[node->inputs[i]->id]);
            differs |= inputs[i] != node->inputs[i];
        }
        if (differs)
            present[id] = graph_copy_node(graph, node, inputs);
    }
    return present[cost->id];
}

static Node *add_to_block(Graph *graph, Variable *variable, Node *value) {
    Node *before = gradient_of(graph, variable), *keep = graph_given(graph, GIVEN_KEEP);
    Node *kept = graph_map(graph, OP_MUL, keep, before, NULL);
    Node *added = graph_map(graph, OP_MUL, graph_given(graph, GIVEN_ADD), value, NULL);
    return graph_map(graph, OP_ADD, kept, added, NULL);
}

/* What is stored in the end, in the shape of what it is stored to. */
static Node *finished_value(Function *function, const Store *item) {
    Graph *graph = function->graph;
    Node *value = item->value ? item->value : graph_const(graph, 0);
    switch (item->kind) {
    case STORE_VARIABLE:
    case STORE_PRODUCT:
        return graph_expand_to(graph, value, item->variable->shape, false);
    case STORE_GRADIENT:
        if (function->kind == FUNCTION_GRADIENT_ADD)
            value = add_to_block(graph, item->variable, value);
        return graph_expand_to(graph, value, item->variable->shape, false);
    case STORE_OUTPUT:
        return graph_expand_to(graph, value, value->shape, true);
    case STORE_SUM:
        return sum_of_present(graph, value, 0);
    case STORE_COST:
        return cost_of_present(graph, value);
    default:
        return value;
    }
}

/* Names for readers of the emitted code. */
static void name_stored(const Function *function, const Store *item) {
    Node *value = item->value;
    if (value->name || value->input_count == 0 || item->kind != STORE_VARIABLE ||
        function->kind == FUNCTION_INIT)
        return;
    value->name = format_text(function->graph->compiler, "new_%s", item->variable->name);
}

static Function *function_new(Graph *whole, FunctionKind kind, int number) {
    Compiler *compiler = whole->compiler;
    Function *function = NEW(compiler, Function);
    function->kind = kind;
    function->number = number;
    function->name =
        kind == FUNCTION_DERIVATIVE ? whole->jacobians[number].name : function_names[kind];
    function->examples = examples_of(kind, whole);
    function->graph = graph_new(compiler);
    function->graph->batch = function->examples;
    store_wanted(function, whole);
    copy_values(function, whole);
    for (int i = 0; i < function->store_count; i++) {
        Store *item = &function->stores[i];
        function->graph->at = item->value ? item->value->span : item->variable->span;
        item->value = finished_value(function, item);
        name_stored(function, item);
    }
    return function;
}

/* Whether the model has what the function is about. */
static bool makes_sense(const Graph *graph, FunctionKind kind) {
    switch (kind) {
    case FUNCTION_INIT:
        return true;
    case FUNCTION_PREDICT:
    case FUNCTION_PREDICT_BATCH:
        return graph->output_count > 0;
    case FUNCTION_UPDATE:
        return graph->cost && graph->has_update && graph->direction_count == 0;
    case FUNCTION_GRADIENT_ADD:
        return graph->cost && graph->direction_count == 0;
    case FUNCTION_TRAIN_STEP:
        return graph->cost && graph->has_update;
    case FUNCTION_HESSIAN:
        return graph->cost && graph->has_hessian;
    case FUNCTION_FINISH:
        return graph->cost && graph->metric_count > 0;
    default:
        return graph->cost;
    }
}

Program *program_new(Graph *graph) {
    Compiler *compiler = graph->compiler;
    Program *program = NEW(compiler, Program);
    program->compiler = compiler;
    program->graph = graph;
    for (int kind = 0; kind < FUNCTION_COUNT; kind++) {
        int count = kind == FUNCTION_DERIVATIVE ? graph->jacobian_count
                                                : makes_sense(graph, (FunctionKind)kind);
        for (int i = 0; i < count; i++) {
            Function *function = function_new(graph, (FunctionKind)kind, i);
            function->index = program->function_count;
            PUSH(compiler, program->functions, program->function_count, function);
        }
    }
    return program;
}

// Text form

static void print_store(Text *out, const Program *program, const Store *item) {
    const Graph *graph = program->graph;
    switch (item->kind) {
    case STORE_VARIABLE:
        text_add(out, "store %s", item->variable->name);
        break;
    case STORE_GRADIENT:
        text_add(out, "store gradient of %s", item->variable->name);
        break;
    case STORE_PRODUCT:
        text_add(out, "store product of %s", item->variable->name);
        break;
    case STORE_OUTPUT:
        text_add(out, "output %s", graph_output_name(graph, item->number));
        break;
    case STORE_COST:
        text_add(out, "return cost");
        break;
    case STORE_SUM:
        text_add(out, "store sum %d", item->number);
        break;
    case STORE_METRIC:
        text_add(out, "store metric %s", graph->metrics[item->number].name);
        break;
    }
    text_add(out, " = %%%d\n", item->value->id);
}

void program_print(Text *out, const Program *program) {
    for (int i = 0; i < program->function_count; i++) {
        const Function *function = program->functions[i];
        text_add(out, "%sfunction %s", i ? "\n" : "", function->name);
        if (function->examples > 1)
            text_add(out, ", %lld examples", (long long)function->examples);
        text_add(out, "\n");
        graph_print(out, function->graph);
        for (int k = 0; k < function->store_count; k++)
            print_store(out, program, &function->stores[k]);
    }
}

void index_stores(Function *function) {
    Compiler *compiler = function->graph->compiler;
    function->first_store = NEW_ARRAY(compiler, int, function->graph->node_count + 1);
    function->next_store = NEW_ARRAY(compiler, int, function->store_count + 1);
    for (int i = function->store_count - 1; i >= 0; i--) {
        int id = function->stores[i].value->id;
        function->next_store[i] = function->first_store[id];
        function->first_store[id] = i + 1;
    }
}

int store_first(const Function *function, const Node *node) {
    return function->first_store[node->id] - 1;
}

int store_next(const Function *function, int store) {
    return function->next_store[store] - 1;
}

Function *program_function(const Program *program, FunctionKind kind) {
    for (int i = 0; i < program->function_count; i++)
        if (program->functions[i]->kind == kind)
            return program->functions[i];
    return NULL;
}
