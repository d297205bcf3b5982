/* element_index: that an element stands for the number which the plain evaluation of the graph has
   in its place. */

#include "graph_values.h"
#include "random_graph.h"

#include <criterion/criterion.h>
#include <math.h>

enum { DRAWS = 150 };

static bool is_same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static void expect_resolved(double *const *values, const Node *node, uint32_t seed) {
    for (int64_t k = 0; k < shape_count(node->shape); k++) {
        Element at = element_resolve((Node *)node, k);
        double there = at.node ? values[at.node->id][at.element] : 0;
        cr_expect(is_same(there, values[node->id][k]), "draw %u: %%%d[%d]", seed, node->id, (int)k);
        cr_expect(!at.node || (at.node->kind != KIND_VIEW && at.node->op != OP_DETACH));
        cr_expect(!element_is_zero(at) || there == 0);
    }
}

Test(element_index, views_are_seen_through) {
    int views = 0;
    for (uint32_t seed = 0; seed < DRAWS; seed++) {
        Compiler *compiler = test_compiler();
        Graph *graph = random_graph(compiler, seed, 40).graph;
        TestValues variables = test_values(graph);
        double **values = graph_values(graph, &variables); /* of the first example */
        for (int id = 0; id < graph->node_count; id++) {
            views += graph->nodes[id]->kind == KIND_VIEW;
            expect_resolved(values, graph->nodes[id], seed);
        }
        test_compiler_free(compiler);
    }
    cr_expect_gt(views, 5 * DRAWS, "%d", views);
}

Test(element_index, views_of_views_of_three_axes_are_seen_through) {
    static const int64_t turned[] = {2, 0, 1}, start[] = {1, 0, 1};
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *cube = formula_node(graph, "reshape(m, [2, 3, 2])");
    Node *turn = graph_transpose(graph, cube, turned);
    Node *padded = graph_pad(graph, turn, start, (Shape){3, {4, 2, 5}});
    Node *joined = graph_concat(graph, 2, 2, (Node *[]){padded, padded});
    Node *part = graph_slice(graph, joined, start, (Shape){3, {2, 2, 7}});
    TestValues variables = test_values(graph);
    double **values = graph_values(graph, &variables);
    Node *all[] = {cube, turn, padded, joined, part};
    for (int i = 0; i < 5; i++)
        expect_resolved(values, all[i], (uint32_t)i);
    test_compiler_free(compiler);
}

Test(element_index, zeros_are_known) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *pad = formula_node(graph, "pad(x, 1, 2)"), *zeros = formula_node(graph, "expand(0, [4])");
    static const bool is_zero[] = {true, false, false, false, false, true, true};
    for (int i = 0; i < 7; i++)
        cr_expect_eq(element_is_zero(element_resolve(pad, i)), is_zero[i], "element %d", i);
    cr_expect(element_is_zero(element_resolve(zeros, 3)));
    cr_expect_not(element_is_zero(element_resolve(formula_node(graph, "expand(2, [4])"), 3)));
    test_compiler_free(compiler);
}

/* Sums and contractions, added up element by element to where they say. */
static void add_up(const Node *node, double *const *values, double *sums) {
    const Node *a = node->inputs[0];
    if (node->kind == KIND_REDUCE) {
        for (int64_t k = 0; k < shape_count(a->shape); k++)
            sums[element_reduced(node, k)] += values[a->id][k];
        return;
    }
    const Contract *contract = node->contract;
    const Node *sides[] = {node, a, node->inputs[1]};
    for (int64_t i = 0; i < contract->extent[0]; i++)
        for (int64_t k = 0; k < contract->extent[1]; k++) {
            int64_t at[3];
            for (int side = 0; side < 3; side++)
                at[side] = element_contracted(&contract->index[side], sides[side]->shape,
                                              (int64_t[]){i, k}, contract->loop_count);
            if (at[0] >= 0 && at[1] >= 0 && at[2] >= 0)
                sums[at[0]] += values[a->id][at[1]] * values[sides[2]->id][at[2]];
        }
}

Test(element_index, sums_go_where_they_belong) {
    int seen[2] = {0};
    for (uint32_t seed = 0; seed < DRAWS; seed++) {
        Compiler *compiler = test_compiler();
        Graph *graph = random_graph(compiler, seed, 40).graph;
        TestValues variables = test_values(graph);
        double **values = graph_values(graph, &variables);
        for (int id = 0; id < graph->node_count; id++) {
            const Node *node = graph->nodes[id];
            bool is_sum = node->kind == KIND_REDUCE && node->op == OP_SUM && !node->over_batch;
            if (!is_sum && (node->kind != KIND_CONTRACT || !node->batched))
                continue;
            seen[is_sum]++;
            double *sums = NEW_ARRAY(compiler, double, shape_count(node->shape));
            add_up(node, values, sums);
            for (int64_t k = 0; k < shape_count(node->shape); k++)
                cr_expect(is_same(sums[k], values[id][k]), "draw %u: %%%d[%d]", seed, id, (int)k);
        }
        test_compiler_free(compiler);
    }
    cr_expect_gt(seen[0], DRAWS / 10, "contractions: %d", seen[0]);
    cr_expect_gt(seen[1], DRAWS / 2, "sums: %d", seen[1]);
}

Test(element_index, a_broadcast_repeats_axes_of_size_1) {
    Shape whole = {3, {2, 3, 4}};
    for (int64_t i = 0, k = 0; i < 2; i++)
        for (int64_t j = 0; j < 3; j++)
            for (int64_t l = 0; l < 4; l++, k++) {
                cr_expect_eq(element_broadcast(whole, k, whole), k);
                cr_expect_eq(element_broadcast(whole, k, (Shape){0}), 0);
                cr_expect_eq(element_broadcast(whole, k, (Shape){1, {4}}), l);
                cr_expect_eq(element_broadcast(whole, k, (Shape){2, {3, 1}}), j);
                cr_expect_eq(element_broadcast(whole, k, (Shape){3, {2, 1, 4}}), i * 4 + l);
            }
}
