/* Reverse-mode differentiation, graph to graph. In: a graph and a cost in it. Out: more nodes in
   the same graph, among them the cost's derivative by each wanted node. What comes out is plain;
   fold.c makes it short. Derivatives of elementwise operators are the texts in ops.h; the other
   kinds of node have theirs here. Works on its own results, for second derivatives. */

#include "autodiff/autodiff.h"

#include <string.h>

typedef struct {
    Builder builder;
    Graph *graph;
    Node **gradients; /* by id: what has been added up so far, or NULL */
    bool *leads;      /* by id: to something wanted */
    bool of_padding;  /* what is derived is there for the examples that pad a batch, too */
} Reverse;

// Building

static Node *constant(Builder *builder, double value) {
    return graph_const(((Reverse *)builder)->graph, value);
}

static Node *map(Builder *builder, Op op, Node **inputs) {
    return graph_map(((Reverse *)builder)->graph, op, inputs[0], inputs[1], inputs[2]);
}

static bool is_zero(const Node *node) {
    return node_is_number(node) && node->value == 0;
}

static Node *expand_like(Graph *graph, Node *node, const Node *like) {
    return graph_expand_to(graph, node, like->shape, like->batched);
}

/* The node with 0 in the padding of a batch. A cost needs no mask: its share is 0 there. */
static Node *of_examples(Reverse *reverse, Node *node) {
    Graph *graph = reverse->graph;
    if (!reverse->of_padding)
        return node;
    return graph_map(graph, OP_WHERE, graph_given(graph, GIVEN_SHARE), node, graph_const(graph, 0));
}

/* The reverse of broadcasting `to` to the shape of node: sums over the axes that were added or
   repeated, and over the examples. */
static Node *sum_to(Reverse *reverse, Node *node, const Node *to) {
    Graph *graph = reverse->graph;
    unsigned axes = 0;
    for (int i = 0; i < node->shape.rank; i++) {
        int axis = i - (node->shape.rank - to->shape.rank);
        if (axis < 0 || to->shape.size[axis] != node->shape.size[i])
            axes |= 1u << i;
    }
    bool over_batch = node->batched && !to->batched;
    if (over_batch)
        node = of_examples(reverse, node);
    if (axes || over_batch)
        node = graph_reduce(graph, OP_SUM, node, axes, over_batch);
    return shape_equal(node->shape, to->shape) ? node : graph_reshape(graph, node, to->shape);
}

/* Broadcasts a value of a reduction's shape back to the shape of the reduction's input. */
static Node *undo_drop(Graph *graph, Node *node, const Node *reduce) {
    const Node *input = reduce->inputs[0];
    Shape kept = input->shape;
    for (int i = 0; i < kept.rank; i++)
        if (reduce->axes >> i & 1)
            kept.size[i] = 1;
    if (!shape_equal(kept, node->shape))
        node = graph_reshape(graph, node, kept);
    return expand_like(graph, node, input);
}

static void add_gradient(Reverse *reverse, const Node *node, Node *gradient) {
    Node **sum = &reverse->gradients[node->id];
    if (is_zero(gradient) || !reverse->leads[node->id])
        return;
    *sum = *sum ? graph_map(reverse->graph, OP_ADD, *sum, gradient, NULL) : gradient;
}

// One kind of node each; d is the cost's derivative by the node

/* Gradients exist only where `training` is 1. */
static Node *operand_in_training(Graph *graph, Node *operand) {
    return operand->kind == KIND_GIVEN && operand->given == GIVEN_TRAINING ? graph_const(graph, 1)
                                                                           : operand;
}

static Match match_of(Graph *graph, Node *node, Node *d) {
    Match match = {.whole = node};
    for (int i = 0; i < node->input_count; i++)
        match.bound[i] = operand_in_training(graph, node->inputs[i]);
    match.bound['y' - 'a'] = node;
    match.bound['d' - 'a'] = d;
    return match;
}

/* Which branch of `where(.., 0, x)` or `where(.., x, 0)` is not 0; 0 for what is no such node. */
static int live_branch(const Node *d) {
    if (d->kind != KIND_MAP || d->op != OP_WHERE || is_zero(d->inputs[1]) == is_zero(d->inputs[2]))
        return 0;
    return is_zero(d->inputs[1]) ? 2 : 1;
}

/* Derivatives are linear in d, so the choice between d and 0 can come after them: a branch not
   taken then has the derivative 0 even where the operator's own is infinite. */
static Node *derivative(Reverse *reverse, Match match, Derivative of) {
    Node **d = &match.bound['d' - 'a'], *choice = *d;
    int live = live_branch(choice);
    if (live)
        *d = choice->inputs[live];
    Node *part = rule_derivative(reverse->graph->compiler, &reverse->builder, &match, of);
    if (!live || is_zero(part))
        return part;
    Node *branches[3] = {choice->inputs[0], choice->inputs[1], choice->inputs[2]};
    branches[live] = part;
    return graph_map(reverse->graph, OP_WHERE, branches[0], branches[1], branches[2]);
}

static void reverse_map(Reverse *reverse, Node *node, Node *d) {
    Graph *graph = reverse->graph;
    Match match = match_of(graph, node, d);
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        Derivative of = {node->op, i};
        if (!reverse->leads[input->id] || !op_rows[node->op].derivative[i])
            continue;
        Node *part = derivative(reverse, match, of);
        if (!is_zero(part))
            add_gradient(reverse, input, sum_to(reverse, part, input));
    }
}

/* The gradient of a maximum: equal parts to all elements that are largest. */
static Node *reverse_max(Graph *graph, Node *node, Node *d) {
    Node *input = node->inputs[0];
    Node *is_largest = graph_map(graph, OP_EQUAL, input, undo_drop(graph, node, node), NULL);
    Node *count = graph_reduce(graph, OP_SUM, is_largest, node->axes, node->over_batch);
    Node *share = graph_map(graph, OP_DIV, d, count, NULL);
    return graph_map(graph, OP_MUL, undo_drop(graph, share, node), is_largest, NULL);
}

static void reverse_reduce(Reverse *reverse, Node *node, Node *d) {
    Graph *graph = reverse->graph;
    bool is_max = node->op == OP_MAX;
    Node *part = is_max ? reverse_max(graph, node, d) : undo_drop(graph, d, node);
    add_gradient(reverse, node->inputs[0], part);
}

/* The same sum of products, with the operand and the result exchanged. */
static Node *exchanged_contract(Graph *graph, Node *node, Node *d, int operand) {
    Node *wanted = node->inputs[operand], *other = node->inputs[1 - operand];
    Contract contract = *node->contract;
    contract.index[0] = node->contract->index[1 + operand];
    contract.index[1 + operand] = node->contract->index[0];
    Node *inputs[2] = {operand == 0 ? d : other, operand == 0 ? other : d};
    bool batched = wanted->batched && (d->batched || other->batched);
    Node *part = graph_contract(graph, &contract, wanted->shape, batched, inputs[0], inputs[1]);
    return expand_like(graph, part, wanted);
}

static void reverse_contract(Reverse *reverse, Node *node, Node *d) {
    for (int i = 0; i < 2; i++) {
        Node *input = node->inputs[i];
        if (!reverse->leads[input->id])
            continue;
        Node *summed = d->batched && !input->batched ? of_examples(reverse, d) : d;
        add_gradient(reverse, input, exchanged_contract(reverse->graph, node, summed, i));
    }
}

/* To a sum's operand goes the sum with that and the result exchanged; a maximum's gradient goes to the
   first of its largest terms. */
static void reverse_window(Reverse *reverse, Node *node, Node *d) {
    Graph *graph = reverse->graph;
    Node *input = node->inputs[0], *first = node->input_count > 1 ? node->inputs[1] : NULL;
    Contract contract = *node->contract;
    contract.index[0] = node->contract->index[1];
    contract.index[1] = node->contract->index[0];
    if (node->op == OP_WINDOW_MAX)
        first = graph_window(graph, OP_WINDOW_FIRST, node->contract, node->shape, input, NULL);
    Node *part = graph_window(graph, OP_WINDOW_SUM, &contract, input->shape, d, first);
    add_gradient(reverse, input, sum_to(reverse, part, input));
}

static void reverse_concat(Reverse *reverse, Node *node, Node *d) {
    int64_t start[MAX_RANK] = {0};
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        if (reverse->leads[input->id]) {
            Node *part = graph_slice(reverse->graph, d, start, input->shape);
            add_gradient(reverse, input, sum_to(reverse, part, input));
        }
        start[node->axes] += input->shape.size[node->axes];
    }
}

static Node *reverse_transpose(Graph *graph, const Node *node, Node *d) {
    int64_t inverse[MAX_RANK] = {0};
    for (int i = 0; i < node->shape.rank; i++)
        inverse[node->start[i]] = i;
    return graph_transpose(graph, d, inverse);
}

static void reverse_view(Reverse *reverse, Node *node, Node *d) {
    Graph *graph = reverse->graph;
    Node *input = node->inputs[0], *part = NULL;
    switch (node->op) {
    case OP_CONCAT:
        reverse_concat(reverse, node, d);
        return;
    case OP_RESHAPE:
        part = graph_reshape(graph, d, input->shape);
        break;
    case OP_TRANSPOSE:
        part = reverse_transpose(graph, node, d);
        break;
    case OP_SLICE:
        part = graph_pad(graph, d, node->start, input->shape);
        break;
    case OP_PAD:
        part = graph_slice(graph, d, node->start, input->shape);
        break;
    default:
        part = sum_to(reverse, d, input);
        break; /* expand */
    }
    add_gradient(reverse, input, part);
}

/* Calls the gradient of `h` d_h, for readers of the emitted code. */
static void name_gradient(Reverse *reverse, const Node *node, Node *d) {
    if (node->name && !d->name && d->input_count > 0)
        d->name = format_text(reverse->graph->compiler, "d_%s", node->name);
}

static void reverse_node(Reverse *reverse, Node *node) {
    Node *d = reverse->gradients[node->id];
    reverse->graph->at = node->span;
    name_gradient(reverse, node, d);
    switch (node->kind) {
    case KIND_MAP:
        reverse_map(reverse, node, d);
        break;
    case KIND_REDUCE:
        reverse_reduce(reverse, node, d);
        break;
    case KIND_CONTRACT:
        reverse_contract(reverse, node, d);
        break;
    case KIND_WINDOW:
        reverse_window(reverse, node, d);
        break;
    case KIND_VIEW:
        reverse_view(reverse, node, d);
        break;
    default:
        break;
    }
}

// The walk

static bool passes_gradient(const Node *node, int input) {
    if (node->kind == KIND_WINDOW)
        return node->op != OP_WINDOW_FIRST && input == 0;
    return node->kind != KIND_MAP || op_rows[node->op].derivative[input];
}

static bool *leads_to(Graph *graph, int count, Node **wanted) {
    bool *leads = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int i = 0; i < count; i++)
        leads[wanted[i]->id] = true;
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        for (int i = 0; i < node->input_count; i++)
            leads[id] |= leads[node->inputs[i]->id] && passes_gradient(node, i);
    }
    return leads;
}

static Reverse reverse_new(Graph *graph, int count, Node **wanted) {
    Reverse reverse = {.builder = {.constant = constant, .map = map}, .graph = graph};
    reverse.gradients = NEW_ARRAY(graph->compiler, Node *, graph->node_count);
    reverse.leads = leads_to(graph, count, wanted);
    return reverse;
}

static void walk_back(Reverse *reverse, Node *cost) {
    Graph *graph = reverse->graph;
    Span at = graph->at;
    graph->at = cost->span;
    if (reverse->leads[cost->id])
        reverse->gradients[cost->id] = expand_like(graph, graph_const(graph, 1), cost);
    for (int id = cost->id; id >= 0; id--)
        if (reverse->gradients[id])
            reverse_node(reverse, graph->nodes[id]);
    graph->at = at;
}

void differentiate(Graph *graph, Node *cost, int count, Node **wanted, Node **gradients) {
    Reverse reverse = reverse_new(graph, count, wanted);
    walk_back(&reverse, cost);
    for (int i = 0; i < count; i++)
        gradients[i] = reverse.gradients[wanted[i]->id];
}

Node *derivative_of(Graph *graph, Node *y, Node *x) {
    Reverse reverse = reverse_new(graph, 1, &x);
    reverse.of_padding = true;
    walk_back(&reverse, y);
    Node *slope = reverse.gradients[x->id];
    return expand_like(graph, slope ? slope : graph_const(graph, 0), x);
}

static bool is_trained(const Variable *variable) {
    return variable->kind == VARIABLE_PARAM && variable->trained && variable->node;
}

/* What the cost reads of the parameters to train; `variables` gets their owners. */
static int trained_nodes(Graph *graph, Node **nodes, Variable **variables) {
    bool *reached = graph_reach(graph, 1, &graph->cost);
    int count = 0;
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        Node *node = variable->point ? variable->point : variable->node;
        if (!is_trained(variable) || !reached[node->id])
            continue;
        variables[count] = variable;
        nodes[count++] = node;
    }
    return count;
}

/* The sum over the trained parameters of gradient times direction: its gradient is the Hessian's
   product with the direction. */
static Node *slope_along(Graph *graph, Node *const *directions) {
    Node *slope = graph_const(graph, 0);
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (!directions[i] || !variable->gradient)
            continue;
        graph->at = variable->span;
        Node *direction = graph_map(graph, OP_DETACH, directions[i], NULL, NULL);
        Node *product = graph_map(graph, OP_MUL, variable->gradient, direction, NULL);
        unsigned all = (1u << product->shape.rank) - 1;
        Node *sum = graph_reduce(graph, OP_SUM, product, all, false);
        slope = graph_map(graph, OP_ADD, slope, sum, NULL);
    }
    return slope;
}

Node **hessian_products(Graph *graph, Node *const *directions) {
    Compiler *compiler = graph->compiler;
    Node **products = NEW_ARRAY(compiler, Node *, graph->variable_count);
    Variable **variables = NEW_ARRAY(compiler, Variable *, graph->variable_count);
    Node **nodes = NEW_ARRAY(compiler, Node *, graph->variable_count);
    Node **found = NEW_ARRAY(compiler, Node *, graph->variable_count);
    int count = trained_nodes(graph, nodes, variables);
    differentiate(graph, slope_along(graph, directions), count, nodes, found);
    for (int i = 0; i < count; i++) {
        graph->at = variables[i]->span;
        Node *product = found[i] ? found[i] : graph_const(graph, 0);
        products[variables[i]->number] = expand_like(graph, product, nodes[i]);
    }
    return products;
}

static void add_products(Graph *graph) {
    Node **directions = NEW_ARRAY(graph->compiler, Node *, graph->variable_count);
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (!variable->gradient)
            continue;
        directions[i] = graph_given(graph, GIVEN_DIRECTION);
        directions[i]->variable = variable;
        directions[i]->shape = variable->shape;
    }
    Node **products = hessian_products(graph, directions);
    for (int i = 0; i < graph->variable_count; i++)
        graph->variables[i]->product = products[i];
}

void grad(Graph *graph) {
    if (!graph->cost)
        return;
    Compiler *compiler = graph->compiler;
    Variable **variables = NEW_ARRAY(compiler, Variable *, graph->variable_count);
    Node **nodes = NEW_ARRAY(compiler, Node *, graph->variable_count);
    Node **gradients = NEW_ARRAY(compiler, Node *, graph->variable_count);
    int count = trained_nodes(graph, nodes, variables);
    differentiate(graph, graph->cost, count, nodes, gradients);
    for (int i = 0; i < count; i++) {
        graph->at = variables[i]->span;
        Node *gradient = gradients[i] ? gradients[i] : graph_const(graph, 0);
        variables[i]->gradient = expand_like(graph, gradient, nodes[i]);
    }
    if (graph->has_hessian)
        add_products(graph);
}
