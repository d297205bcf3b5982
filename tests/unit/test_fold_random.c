/* fold, stabilise and fold_finite on random graphs: values stay, whatever meets whatever. */

#include "formula_graph.h"
#include "graph_values.h"
#include "rewrite/rules.h"

#include <criterion/criterion.h>
#include <math.h>

enum { DRAWS = 1500, SIZE = 30 };

typedef struct {
    Graph *graph;
    uint32_t state;
} Draw;

static int pick(Draw *draw, int count) {
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

static void add_node(Draw *draw) {
    int what = pick(draw, 10);
    Node *input = pick_node(draw);
    if (what == 0)
        add_leaf(draw);
    else if (what == 1)
        add_reduce(draw);
    else if (what == 2)
        add_expand(draw);
    else if (what == 3 && input->shape.rank > 0 && shape_count(input->shape) < 100)
        add_moved(draw, input);
    else
        add_map(draw);
}

static bool is_close(double a, double b) {
    if (!isfinite(a) || !isfinite(b) || fabs(a) > 1e30)
        return true;
    return fabs(a - b) <= 1e-6 * (1 + fabs(a));
}

static int compared[2]; /* numbers; [1] where all are taken for finite */

static bool is_all_finite(const Graph *graph, double *const *values) {
    for (int id = 0; id < graph->node_count; id++)
        for (int64_t i = 0; i < node_elements(graph->nodes[id]); i++)
            if (!isfinite(values[id][i]))
                return false;
    return true;
}

static void try_one(uint32_t seed, RuleTime time) {
    Compiler *compiler = test_compiler();
    Draw draw = {test_graph(compiler), seed * 2654435761u + 17};
    Graph *graph = draw.graph;
    for (int i = 0; i < SIZE; i++)
        add_node(&draw);
    Node *root = graph->nodes[graph->node_count - 1];
    TestValues values = test_values(graph);
    double **all = graph_values(graph, &values), *before = all[root->id];
    int64_t count = node_elements(root);
    if (time == FINITE && !is_all_finite(graph, all)) {
        test_compiler_free(compiler);
        return;
    }
    Store store = {.kind = STORE_COST, .value = root};
    Function function = {.kind = FUNCTION_LOSS, .graph = graph, .store_count = 1, .stores = &store};
    Program program = {compiler, NULL, 1, (Function *[]){&function}};
    const char *text = node_formula(compiler, root);
    if (time == FINITE) {
        Finite finite = fold_finite(graph, 1, &root);
        store.value = finite.becomes[root->id];
        graph = finite.graph;
    } else if (time == STABLE) {
        graph->cost = root;
        stabilise(graph);
        store.value = graph->cost;
    } else
        fold(&program);
    cr_assert_null(graph_check(graph), "%u: %s", seed, graph_check(graph));
    cr_assert_eq(node_elements(store.value), count);
    double *after = graph_values(graph, &values)[store.value->id];
    for (int64_t i = 0; i < count; i++) {
        compared[time == FINITE] += isfinite(before[i]);
        cr_expect(is_close(before[i], after[i]), "draw %u: %.17g becomes %.17g\n%s\n%s", seed,
                  before[i], after[i], text, node_formula(compiler, store.value));
    }
    test_compiler_free(compiler);
}

Test(fold_random, values_stay, .timeout = 120) {
    for (uint32_t seed = 0; seed < DRAWS; seed++) {
        try_one(seed, ALGEBRA);
        try_one(seed, STABLE);
        try_one(seed, FINITE);
    }
    cr_expect_gt(compared[0], 4 * DRAWS, "most draws are finite: %d", compared[0]);
    cr_expect_gt(compared[1], DRAWS / 2, "of all numbers finite: %d", compared[1]);
}
