/* fold_build: equal nodes are one and others are not, numbers are computed, sums move whatever
   their axes are, and folding ends. */

#include "rewrite/fold.h"
#include "folded.h"
#include "graph_values.h"
#include "long.h"
#include "random_graph.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

// Equal nodes

static Fold plain_fold(Graph *graph) {
    Fold fold;
    fold_start(&fold, graph, (RuleTime)0);
    fold.budget = 1000;
    return fold;
}

/* Adds the node of another graph with all below it. */
static Node *copied(Fold *fold, const Node *node) {
    Node key = *node;
    key.inputs = NEW_ARRAY(fold->graph->compiler, Node *, node->input_count);
    for (int i = 0; i < node->input_count; i++)
        key.inputs[i] = copied(fold, node->inputs[i]);
    return fold_node(fold, &key);
}

static void expect_one(Node *a, Node *b, bool wanted, const char *what) {
    Compiler *compiler = test_compiler();
    Fold fold = plain_fold(graph_new(compiler));
    cr_expect_eq(copied(&fold, a) == copied(&fold, b), wanted, "%s", what);
    test_compiler_free(compiler);
}

static const struct {
    const char *a, *b;
    bool is_one;
} pairs[] = {
    {"2", "2", true},
    {"0", "-0", false}, /* 1 / x tells */
    {"2", "3", false},
    {"x", "x", true},
    {"x", "z", false},
    {"share", "share", true},
    {"share", "epoch", false},
    {"x + z", "z + x", true},
    {"x * z", "z * x", true},
    {"x - z", "z - x", false},
    {"max(x, z)", "max(z, x)", false}, /* NaN tells */
    {"x + x", "x + z", false},
    {"x + z", "x * z", false},
    {"sin(x + z)", "sin(z + x)", true},
    {"where(x, z, w)", "where(x, w, z)", false},
    {"sum(m)", "rows(m)", false},
    {"sum(x)", "examples(x)", false},
    {"sum(x)", "max(x)", false},
    {"rows(m)", "rows(m)", true},
    {"reshape(m, [2, 6])", "reshape(m, [2, 6])", true},
    {"reshape(m, [2, 6])", "reshape(m, [6, 2])", false},
    {"expand(w, [3, 4])", "expand(w, [2, 4])", false},
    {"expand(w, [3, 4])", "expand(x, [3, 4])", false},
    {"slice(x, 0, 2)", "slice(x, 0, 2)", true},
    {"slice(x, 0, 2)", "slice(x, 1, 3)", false},
    {"pad(x, 0, 2)", "pad(x, 1, 1)", false},
    {"concat(x, z)", "concat(x, z)", true},
    {"concat(x, z)", "concat(z, x)", false},
    {"concat(x, z)", "concat(x, z, x)", false},
    {"matmul(v, x)", "matmul(v, x)", true},
    {"matmul(v, x)", "matmul(v, w)", false},
};

Test(fold_build, equal_nodes_are_one) {
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        Compiler *compiler = test_compiler();
        Graph *graph = test_graph(compiler);
        const char *what = format_text(compiler, "%s and %s", pairs[i].a, pairs[i].b);
        expect_one(formula_node(graph, pairs[i].a), formula_node(graph, pairs[i].b),
                   pairs[i].is_one, what);
        test_compiler_free(compiler);
    }
}

Test(fold_build, draws_are_one_by_stream_kind_and_examples) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Shape shape = {1, {4}};
    Node *draw = graph_random(graph, OP_UNIFORM, shape, true, 1);
    expect_one(draw, graph_random(graph, OP_UNIFORM, shape, true, 1), true, "the same stream");
    expect_one(draw, graph_random(graph, OP_UNIFORM, shape, true, 2), false, "another stream");
    expect_one(draw, graph_random(graph, OP_NORMAL, shape, true, 1), false, "another kind");
    expect_one(draw, graph_random(graph, OP_UNIFORM, shape, false, 1), false, "one for all");
    test_compiler_free(compiler);
}

Test(fold_build, concats_along_other_axes_are_others) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *square = formula_node(graph, "reshape(x, [2, 2])"), *both[] = {square, square};
    Node *rows = graph_concat(graph, 0, 2, both), *columns = graph_concat(graph, 1, 2, both);
    columns->shape = rows->shape; /* so that only the axis tells */
    expect_one(rows, columns, false, "axes 0 and 1");
    test_compiler_free(compiler);
}

Test(fold_build, contractions_are_one_by_all_of_their_indices) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *node = formula_node(graph, "matmul(v, x)");
    for (int change = 0; change < 5; change++) {
        Contract other = *node->contract;
        other.loop_count += change == 1;
        other.extent[1] -= change == 2;
        other.index[1].offset[0] -= change == 3;
        other.index[2].factor[0][1] -= change == 4;
        Node *second =
            graph_contract(graph, &other, node->shape, true, node->inputs[0], node->inputs[1]);
        expect_one(node, second, change == 0, format_text(compiler, "change %d", change));
    }
    test_compiler_free(compiler);
}

/* More nodes than the table begins with: it grows, and finds all of them again. */
Test(fold_build, the_table_grows) {
    Compiler *compiler = test_compiler();
    Graph *graph = graph_new(compiler);
    Fold fold = plain_fold(graph);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 2000; i++)
            fold.builder.constant(&fold.builder, i);
    cr_expect_eq(graph->node_count, 2000);
    test_compiler_free(compiler);
}

// Numbers

static bool same_bits(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

Test(fold_build, operators_of_numbers_are_computed) {
    static const double numbers[] = {-2, -0.0, 0, 0.5, 1, 3, INFINITY};
    for (int op = OP_NONE + 1; op < OP_COUNT; op++) {
        if (op_rows[op].arity == 0 || op == OP_DETACH)
            continue;
        Compiler *compiler = test_compiler();
        Fold fold = plain_fold(graph_new(compiler));
        for (int i = 0; i < 7 * 7; i++) {
            double a = numbers[i % 7], b = numbers[i / 7], c = 5;
            Node *inputs[3] = {fold.builder.constant(&fold.builder, a),
                               fold.builder.constant(&fold.builder, b),
                               fold.builder.constant(&fold.builder, c)};
            const Node *node = fold_map(&fold, (Op)op, inputs);
            cr_assert_eq(node->kind, KIND_CONST, "%s", op_rows[op].name);
            cr_expect(same_bits(node->value, op_rows[op].value(a, b, c)), "%s(%g, %g): %g",
                      op_rows[op].name, a, b, node->value);
        }
        test_compiler_free(compiler);
    }
}

/* A constant in any shape is one, and what comes out has the shape of what went in. */
Test(fold_build, copies_of_numbers_are_computed_once) {
    Compiler *compiler = test_compiler();
    Graph *graph = graph_new(compiler);
    Fold fold = plain_fold(graph);
    Shape shape = {2, {3, 4}};
    Node *inputs[3] = {
        fold_expand(&fold, fold.builder.constant(&fold.builder, 2), shape, true),
        fold_reshape(&fold, fold.builder.constant(&fold.builder, 3), (Shape){1, {1}})};
    const Node *node = fold_map(&fold, OP_ADD, inputs);
    cr_expect_str_eq(node_formula(compiler, node), "expand(5, [3, 4])");
    cr_expect(node->batched);
    test_compiler_free(compiler);
}

// Sums

/* Of rank 1 to 3; `like` with some axes of size 1. */
static Shape random_shape(Draw *draw) {
    Shape shape = {.rank = 1 + pick(draw, 3)};
    for (int i = 0; i < shape.rank; i++)
        shape.size[i] = 1 + pick(draw, 3);
    return shape;
}

static Node *random_input(Draw *draw, Shape shape) {
    VariableKind kind = pick(draw, 2) ? VARIABLE_INPUT : VARIABLE_PARAM;
    Variable *variable = graph_add_variable(draw->graph, kind, "i", shape);
    return variable->node = graph_variable(draw->graph, variable);
}

/* With axes of size 1 where the sum is over them, mostly, and perhaps without the first axes. */
static Node *random_factor(Draw *draw, Shape shape, unsigned axes) {
    Shape own = {0};
    int dropped = pick(draw, 3) ? 0 : pick(draw, shape.rank + 1);
    for (int i = dropped; i < shape.rank; i++) {
        bool is_one = (axes >> i & 1) ? pick(draw, 8) > 0 : pick(draw, 4) == 0;
        own.size[own.rank++] = is_one ? 1 : shape.size[i];
    }
    return random_input(draw, own);
}

/* What the rules about sums rewrite: products, quotients, copies and softmax, over any axes. */
static Node *random_sum(Draw *draw) {
    static const Op ops[] = {OP_MUL, OP_DIV, OP_MUL, OP_SUB};
    Graph *graph = draw->graph;
    Shape shape = random_shape(draw);
    unsigned axes = (unsigned)pick(draw, 1 << shape.rank);
    Node *a = random_input(draw, shape), *b = random_factor(draw, shape, axes);
    Node *term = graph_map(graph, ops[pick(draw, 4)], a, b, NULL);
    if (pick(draw, 4) == 0)
        term = graph_expand(graph, b, shape, b->batched);
    bool over_batch = term->batched && pick(draw, 3) == 0;
    if (pick(draw, 4) || over_batch)
        return graph_reduce(graph, OP_SUM, term, axes, over_batch);
    Node *power = graph_map(graph, OP_EXP, a, NULL, NULL);
    Node *sum = graph_reduce(graph, OP_SUM, power, axes, false);
    for (int i = 0; i < shape.rank; i++)
        shape.size[i] = axes >> i & 1 ? 1 : shape.size[i];
    return graph_map(graph, OP_DIV, power, graph_reshape(graph, sum, shape), NULL);
}

static bool rewrites_sum(uint32_t seed, RuleTime time) {
    Folded folded = folded_start("0");
    Draw draw = {folded.graph, seed * 2654435761u + 17};
    folded.node = random_sum(&draw);
    TestValues variables = test_values(folded.graph);
    const double *before = graph_values(folded.graph, &variables)[folded.node->id];
    int64_t count = node_elements(folded.node);
    const char *formula = node_formula(folded.compiler, folded.node);
    fold_formula(&folded, time);
    const double *after = graph_values(folded.graph, &variables)[folded.node->id];
    cr_assert_eq(node_elements(folded.node), count);
    for (int64_t i = 0; i < count; i++)
        cr_expect(fabs(before[i] - after[i]) <= 1e-9 * (1 + fabs(before[i])),
                  "draw %u: %s: %g becomes %g", seed, formula, before[i], after[i]);
    bool is_new = strcmp(formula, node_formula(folded.compiler, folded.node)) != 0;
    test_compiler_free(folded.compiler);
    return is_new;
}

Test(fold_build, sums_move_whatever_their_axes) {
    int rewritten = 0;
    uint32_t draws = (uint32_t)checked_of(40, 120);
    for (uint32_t seed = 0; seed < draws; seed++)
        rewritten += rewrites_sum(seed, ALGEBRA) + rewrites_sum(seed, STABLE);
    cr_expect_gt(rewritten, (int)draws / 2, "%d", rewritten);
}

// The end

/* Without work to spend nodes stay as they are, and equal ones are still one. */
Test(fold_build, a_budget_ends_simplifying) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler), *fresh = graph_new(compiler);
    Node *node = formula_node(graph, "x * 1 + x * 1");
    Fold fold = plain_fold(fresh);
    fold.time = ALGEBRA;
    fold.budget = 0;
    cr_expect_str_eq(node_formula(compiler, copied(&fold, node)), "add(mul(x, 1), mul(x, 1))");
    cr_expect_eq(fresh->node_count, 4);
    Fold full = plain_fold(graph_new(compiler));
    full.time = ALGEBRA;
    cr_expect_str_eq(node_formula(compiler, copied(&full, node)), "mul(2, x)");
    test_compiler_free(compiler);
}

/* What comes out before differentiation is a fixed point: the same once more. */
Test(fold_build, folding_twice_is_folding_once) {
    for (uint32_t seed = 0; seed < (uint32_t)checked_of(20, 80); seed++) {
        Compiler *compiler = test_compiler();
        Graph *graph = random_graph(compiler, seed, 30).graph;
        graph->cost = graph->nodes[graph->node_count - 1];
        stabilise(graph);
        const char *once = node_formula(compiler, graph->cost);
        stabilise(graph);
        cr_expect_str_eq(node_formula(compiler, graph->cost), once, "draw %u", seed);
        test_compiler_free(compiler);
    }
}
