/* See random_graph.h. */

#include "random_graph.h"

int pick(Draw *draw, int count) {
    draw->state = draw->state * 1664525u + 1013904223u;
    return (int)((uint64_t)(draw->state >> 4) % (uint32_t)count);
}

static Node *pick_node(Draw *draw) {
    Graph *graph = draw->graph;
    int recent = graph->node_count < 12 ? graph->node_count : 12;
    int id =
        pick(draw, 3) ? graph->node_count - 1 - pick(draw, recent) : pick(draw, graph->node_count);
    return graph->nodes[id];
}

static void add_leaf(Draw *draw) {
    static const double values[] = {0, 1, -1, 2, 0.5, -2, 3, 1.5};
    if (pick(draw, 4))
        graph_const(draw->graph, values[pick(draw, 8)]);
    else
        graph_given(draw->graph, GIVEN_SHARE);
}

static void add_map(Draw *draw) {
    static const Op ops[] = {OP_ADD,   OP_SUB,   OP_MUL,      OP_DIV,        OP_ADD,       OP_SUB,
                             OP_MUL,   OP_MUL,   OP_NEG,      OP_EXP,        OP_LOG,       OP_POW,
                             OP_NEG,   OP_ABS,   OP_MAXIMUM,  OP_MINIMUM,    OP_LESS,      OP_EQUAL,
                             OP_WHERE, OP_SQRT,  OP_LOGISTIC, OP_HYPERBOLIC, OP_LOG1P_EXP, OP_WHERE,
                             OP_ERF,   OP_FLOOR, OP_XLOGY,    OP_ASINH};
    Op op = ops[pick(draw, sizeof ops / sizeof *ops)];
    Node *inputs[3] = {pick_node(draw), pick_node(draw), pick_node(draw)};
    Shape shape = {0};
    for (int i = 0; i < op_rows[op].arity; i++)
        if (!shape_broadcast(shape, inputs[i]->shape, &shape))
            return;
    graph_map(draw->graph, op, inputs[0], inputs[1], inputs[2]);
}

static void add_reduce(Draw *draw) {
    Node *input = pick_node(draw);
    bool over_batch = input->batched && pick(draw, 3) == 0;
    unsigned axes = (unsigned)pick(draw, 1 << input->shape.rank);
    graph_reduce(draw->graph, pick(draw, 3) ? OP_SUM : OP_MAX, input, axes, over_batch);
}

static Node *axes_of_one(Graph *graph, Node *node) {
    Shape shape = {.rank = node->shape.rank + 1, .size = {1}};
    for (int i = 0; i < node->shape.rank; i++)
        shape.size[i + 1] = node->shape.size[i];
    return graph_reshape(graph, node, shape);
}

static void add_moved(Draw *draw, Node *input) {
    Graph *graph = draw->graph;
    int64_t start[MAX_RANK] = {0}, exchanged[MAX_RANK] = {1, 0};
    Shape shape = input->shape;
    switch (pick(draw, 5)) {
    case 0:
        start[0] = pick(draw, (int)shape.size[0]);
        shape.size[0] = 1 + pick(draw, (int)(shape.size[0] - start[0]));
        graph_slice(graph, input, start, shape);
        return;
    case 1:
        start[0] = pick(draw, 2);
        shape.size[0] += start[0] + pick(draw, 2);
        graph_pad(graph, input, start, shape);
        return;
    case 2:
        if (shape.rank == 2)
            graph_transpose(graph, input, exchanged);
        return;
    case 3:
        graph_concat(graph, 0, 2, (Node *[]){input, input});
        return;
    default:
        if (shape.rank < 3)
            axes_of_one(graph, input);
    }
}

static void add_expand(Draw *draw) {
    Node *input = pick_node(draw), *like = pick_node(draw);
    Shape shape;
    bool fits = shape_broadcast(input->shape, like->shape, &shape);
    if (fits)
        graph_expand(draw->graph, input, shape, input->batched || pick(draw, 2));
}

Node *random_convolution(Draw *draw, Node *a, Node *b) {
    Contract contract = {.loop_count = 2};
    int is_scattered = pick(draw, 2);
    Index *moving = &contract.index[is_scattered ? 0 : 1], *plain = &contract.index[!is_scattered];
    int64_t outer = 1 + pick(draw, 5), size = a->shape.size[0], kernel = b->shape.size[0];
    contract.extent[0] = is_scattered ? size : outer;
    contract.extent[1] = kernel;
    moving->factor[0][0] = 1 + pick(draw, 3);
    moving->factor[0][1] = pick(draw, 4) ? 1 + pick(draw, 2) : -1;
    moving->offset[0] = -pick(draw, 3);
    plain->factor[0][0] = 1;
    contract.index[2].factor[0][1] = 1;
    bool batched = a->batched || b->batched;
    return graph_contract(draw->graph, &contract, (Shape){1, {outer}}, batched, a, b);
}

static void add_contract(Draw *draw) {
    Node *a = pick_node(draw), *b = pick_node(draw);
    if (a->shape.rank == 1 && b->shape.rank == 1)
        random_convolution(draw, a, b);
}

static void add_node(Draw *draw) {
    int what = pick(draw, 11);
    Node *input = pick_node(draw);
    if (what == 0)
        add_leaf(draw);
    else if (what == 1)
        add_reduce(draw);
    else if (what == 2)
        add_expand(draw);
    else if (what == 3 && input->shape.rank > 0 && shape_count(input->shape) < 100)
        add_moved(draw, input);
    else if (what == 4)
        add_contract(draw);
    else
        add_map(draw);
}

Draw random_graph(Compiler *compiler, uint32_t seed, int size) {
    Draw draw = {test_graph(compiler), seed * 2654435761u + 17};
    for (int i = 0; i < size; i++)
        add_node(&draw);
    return draw;
}
