/* graph: shapes, how nodes come to be, and that graph_check tells a breach of each rule. */

#include "graph_values.h"
#include "random_graph.h"

#include <criterion/criterion.h>
#include <string.h>

// Operators

Test(graph, an_operator_between_two_operands_is_one_of_the_table) {
    static const struct {
        const char *text;
        Op op;
        bool is_exchanged;
    } rows[] = {{"+", OP_ADD, false},   {"<", OP_LESS, false},       {">", OP_LESS, true},
                {"^", OP_POW, false},   {">=", OP_LESS_EQUAL, true}, {"!=", OP_NOT_EQUAL, false},
                {"==", OP_EQUAL, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Infix *infix = infix_by_text(rows[i].text);
        cr_assert_not_null(infix, "%s", rows[i].text);
        cr_expect_eq(infix->op, rows[i].op, "%s", rows[i].text);
        cr_expect_eq(infix->is_exchanged, rows[i].is_exchanged, "%s", rows[i].text);
        cr_expect_not(infix_by_op(rows[i].op)->is_exchanged, "%s", rows[i].text);
    }
    cr_expect_null(infix_by_text("="));
    cr_expect_null(infix_by_op(OP_EXP));
    cr_expect_gt(infix_by_op(OP_POW)->level, infix_by_op(OP_MUL)->level);
    cr_expect_gt(infix_by_op(OP_MUL)->level, infix_by_op(OP_SUB)->level);
}

// Shapes

Test(graph, a_shape_of_any_rank_has_a_count_and_a_text) {
    static const int64_t sizes[MAX_RANK] = {2, 3, 1, 5, 4, 7};
    static const char *const texts[] = {"[]",
                                        "[2]",
                                        "[2, 3]",
                                        "[2, 3, 1]",
                                        "[2, 3, 1, 5]",
                                        "[2, 3, 1, 5, 4]",
                                        "[2, 3, 1, 5, 4, 7]"};
    static const int64_t counts[] = {1, 2, 6, 6, 30, 120, 840};
    Compiler *compiler = test_compiler();
    for (int rank = 0; rank <= MAX_RANK; rank++) {
        Shape shape = shape_of(rank, sizes);
        cr_expect_eq(shape.rank, rank);
        cr_expect_eq(shape_count(shape), counts[rank]);
        cr_expect_str_eq(shape_text(compiler, shape), texts[rank]);
    }
    test_compiler_free(compiler);
}

Test(graph, shapes_are_equal_in_rank_and_every_size) {
    cr_expect(shape_equal((Shape){0}, (Shape){0}));
    cr_expect(shape_equal((Shape){2, {3, 4}}, (Shape){2, {3, 4}}));
    cr_expect_not(shape_equal((Shape){2, {3, 4}}, (Shape){2, {4, 3}}));
    cr_expect_not(shape_equal((Shape){1, {3}}, (Shape){2, {3, 1}}));
    cr_expect(shape_equal((Shape){1, {3, 9}}, (Shape){1, {3, 8}}),
              "what is beyond the rank counts");
}

static void expect_broadcast(Shape a, Shape b, const char *wanted) {
    Compiler *compiler = test_compiler();
    Shape shapes[2] = {a, b}, both;
    for (int i = 0; i < 2; i++) {
        bool fits = shape_broadcast(shapes[i], shapes[!i], &both);
        const char *got = fits ? shape_text(compiler, both) : "none";
        cr_expect_str_eq(got, wanted, "%s with %s: %s, wanted %s", shape_text(compiler, shapes[i]),
                         shape_text(compiler, shapes[!i]), got, wanted);
    }
    test_compiler_free(compiler);
}

Test(graph, shapes_broadcast_as_in_numpy) {
    expect_broadcast((Shape){0}, (Shape){0}, "[]");
    expect_broadcast((Shape){0}, (Shape){1, {4}}, "[4]");
    expect_broadcast((Shape){1, {4}}, (Shape){1, {1}}, "[4]");
    expect_broadcast((Shape){1, {4}}, (Shape){1, {3}}, "none");
    expect_broadcast((Shape){1, {4}}, (Shape){2, {3, 4}}, "[3, 4]");
    expect_broadcast((Shape){1, {3}}, (Shape){2, {3, 4}}, "none");
    expect_broadcast((Shape){2, {3, 1}}, (Shape){1, {4}}, "[3, 4]");
    expect_broadcast((Shape){2, {3, 1}}, (Shape){2, {1, 4}}, "[3, 4]");
    expect_broadcast((Shape){3, {2, 1, 4}}, (Shape){2, {3, 1}}, "[2, 3, 4]");
    expect_broadcast((Shape){3, {2, 2, 4}}, (Shape){2, {3, 1}}, "none");
    expect_broadcast((Shape){4, {1, 1, 1, 1}}, (Shape){0}, "[1, 1, 1, 1]");
    expect_broadcast((Shape){5, {2, 1, 3, 1, 4}}, (Shape){4, {5, 1, 6, 1}}, "[2, 5, 3, 6, 4]");
    expect_broadcast((Shape){6, {1, 2, 1, 3, 1, 4}}, (Shape){6, {5, 1, 6, 1, 7, 1}},
                     "[5, 2, 6, 3, 7, 4]");
    expect_broadcast((Shape){6, {2, 2, 2, 2, 2, 2}}, (Shape){6, {3, 2, 2, 2, 2, 2}}, "none");
}

// Operators

Test(graph, an_operator_is_found_by_its_name) {
    int found = 0;
    for (int op = OP_NONE + 1; op < OP_COUNT; op++) {
        bool is_map = op_rows[op].arity > 0;
        cr_expect_not_null(op_rows[op].name);
        if (is_map)
            cr_expect_eq(op_by_name(op_rows[op].name), (Op)op, "%s", op_rows[op].name);
        found += is_map;
    }
    cr_expect_gt(found, 20);
    cr_expect_eq(op_by_name("sum"), OP_NONE, "reductions and views are no maps");
    cr_expect_eq(op_by_name("reshape"), OP_NONE);
    cr_expect_eq(op_by_name("nonsense"), OP_NONE);
    cr_expect_eq(op_by_name(""), OP_NONE);
}

Test(graph, comparisons_are_0_or_1) {
    static const double pairs[][2] = {{1, 2}, {2, 1}, {2, 2}};
    for (int op = OP_NONE + 1; op < OP_COUNT; op++) {
        bool is_bit = op_rows[op].arity == 2;
        for (int i = 0; i < 3 && is_bit; i++) {
            double value = op_rows[op].value(pairs[i][0], pairs[i][1], 0);
            is_bit = value == 0 || value == 1;
        }
        cr_expect_eq(op_compares((Op)op), is_bit, "%s", op_rows[op].name);
    }
}

// Nodes

Test(graph, a_variables_node_is_of_its_kind) {
    static const struct {
        VariableKind variable;
        Kind kind;
        bool batched;
    } rows[] = {{VARIABLE_INPUT, KIND_INPUT, true},      {VARIABLE_TARGET, KIND_INPUT, true},
                {VARIABLE_PARAM, KIND_PARAM, false},     {VARIABLE_STATE, KIND_STATE, false},
                {VARIABLE_OPTIMIZER, KIND_STATE, false}, {VARIABLE_SCALING, KIND_STATE, false},
                {VARIABLE_SETTING, KIND_STATE, false}};
    Compiler *compiler = test_compiler();
    Graph *graph = graph_new(compiler);
    for (int i = 0; i < 7; i++) {
        Variable *variable =
            graph_add_variable(graph, rows[i].variable, "v", (Shape){2, {3, i + 1}});
        const Node *node = graph_variable(graph, variable);
        cr_expect_eq(variable->number, i);
        cr_expect_eq(graph->variables[i], variable);
        cr_expect_eq(node->kind, rows[i].kind);
        cr_expect_eq(node->batched, rows[i].batched);
        cr_expect_eq(variable_is_data(variable), rows[i].batched);
        cr_expect(shape_equal(node->shape, variable->shape));
        cr_expect_str_eq(node->name, "v");
    }
    test_compiler_free(compiler);
}

/* Of the formula's node: "B[3, 4]", where it is per example. */
static void expect_kept(const char *formula, const char *wanted) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    const Node *node = formula_node(graph, formula);
    const char *got =
        format_text(compiler, "%s%s", node->batched ? "B" : "", shape_text(compiler, node->shape));
    cr_expect_str_eq(got, wanted, "%s is %s, wanted %s", formula, got, wanted);
    cr_expect_eq(graph->nodes[node->id], node);
    cr_expect_null(graph_check(graph), "%s: %s", formula, graph_check(graph));
    test_compiler_free(compiler);
}

Test(graph, a_node_has_the_shape_and_the_examples_of_its_inputs) {
    expect_kept("2", "[]");
    expect_kept("share", "B[]");
    expect_kept("epoch", "[]");
    expect_kept("w + v", "[3, 4]");
    expect_kept("w + x", "B[4]");
    expect_kept("where(s < 0, w, v)", "B[3, 4]");
    expect_kept("rows(v)", "[3]");
    expect_kept("rows(m)", "B[3]");
    expect_kept("sum(m)", "B[]");
    expect_kept("max(v)", "[]");
    expect_kept("examples(m)", "[3, 4]");
    expect_kept("matmul(v, w)", "[3]");
    expect_kept("matmul(v, x)", "B[3]");
    expect_kept("reshape(m, [2, 6])", "B[2, 6]");
    expect_kept("transpose(v)", "[4, 3]");
    expect_kept("slice(m, 1, 3)", "B[2, 4]");
    expect_kept("pad(w, 1, 2)", "[7]");
    expect_kept("expand(w, [2, 3, 4])", "[2, 3, 4]");
    expect_kept("each(w)", "B[4]");
    expect_kept("concat(w, x, z)", "B[12]");
    expect_kept("concat(v, m)", "B[6, 4]");
}

/* What has the shape and the examples already stays what it is. */
Test(graph, a_value_is_expanded_where_it_has_to_be) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *x = formula_node(graph, "x"), *w = formula_node(graph, "w");
    cr_expect_eq(graph_expand_to(graph, x, x->shape, true), x);
    cr_expect_eq(graph_expand_to(graph, w, w->shape, false), w);
    cr_expect(node_is_like(graph_expand_to(graph, w, x->shape, true), x));
    cr_expect(node_is_like(x, formula_node(graph, "z")));
    cr_expect_not(node_is_like(x, w), "w is one for all examples");
    cr_expect_not(node_is_like(x, formula_node(graph, "reshape(x, [2, 2])")));
    cr_expect_null(graph_check(graph));
    test_compiler_free(compiler);
}

/* It has a name, is no leaf, and all that it is made of is there. */
Test(graph, a_name_is_at_hand_where_its_inputs_are) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *sum = formula_node(graph, "x + w"),
         **made = NEW_ARRAY(compiler, Node *, graph->node_count);
    made[sum->inputs[0]->id] = made[sum->inputs[1]->id] = sum;
    cr_expect_not(node_is_name_at_hand(sum, made));
    sum->name = "h";
    cr_expect(node_is_name_at_hand(sum, made));
    cr_expect_not(node_is_name_at_hand(graph->nodes[0], made), "a leaf");
    made[sum->inputs[1]->id] = NULL;
    cr_expect_not(node_is_name_at_hand(sum, made));
    test_compiler_free(compiler);
}

Test(graph, gradients_directions_and_products_are_of_a_variable) {
    for (int given = GIVEN_STEP; given <= GIVEN_ADD; given++)
        cr_expect_eq(given_has_variable((Given)given),
                     given == GIVEN_GRADIENT || given == GIVEN_DIRECTION || given == GIVEN_PRODUCT);
}

/* Along axis 1 of three, the parts' sizes add up there alone. */
Test(graph, concat_adds_up_sizes_of_one_axis) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *parts[] = {formula_node(graph, "reshape(m, [2, 3, 2])"),
                     formula_node(graph, "expand(s, [2, 1, 2])"),
                     formula_node(graph, "expand(1, [2, 4, 2])")};
    const Node *node = graph_concat(graph, 1, 3, parts);
    cr_expect_str_eq(shape_text(compiler, node->shape), "[2, 8, 2]");
    cr_expect_eq(node->input_count, 3);
    test_compiler_free(compiler);
}

Test(graph, inputs_come_before_those_that_use_them) {
    for (uint32_t seed = 0; seed < 100; seed++) {
        Compiler *compiler = test_compiler();
        Graph *graph = random_graph(compiler, seed, 40).graph;
        cr_assert_null(graph_check(graph), "draw %u: %s", seed, graph_check(graph));
        for (int id = 0; id < graph->node_count; id++) {
            cr_expect_eq(graph->nodes[id]->id, id);
            for (int i = 0; i < graph->nodes[id]->input_count; i++)
                cr_expect_lt(graph->nodes[id]->inputs[i]->id, id);
        }
        test_compiler_free(compiler);
    }
}

Test(graph, a_copy_is_a_node_like_it_with_other_inputs) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *node = formula_node(graph, "slice(x, 1, 3)"), *other = formula_node(graph, "z * w");
    node->name = "part";
    Node *inputs[] = {other};
    const Node *copy = graph_copy_node(graph, node, inputs);
    inputs[0] = NULL; /* the copy has an array of its own */
    cr_expect_eq(copy->id, graph->node_count - 1);
    cr_expect_eq(copy->inputs[0], other);
    cr_expect_str_eq(copy->name, "part");
    cr_expect_str_eq(node_formula(compiler, copy), "slice(mul(z, w), 1, [2])");
    cr_expect_str_eq(node_formula(compiler, node), "slice(x, 1, [2])");
    test_compiler_free(compiler);
}

Test(graph, what_is_added_has_the_span_that_is_set) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    const Source *source = source_new(compiler, "m.def", "h = x\n", 6);
    graph->at = (Span){source, 4, 5};
    const Node *node = formula_node(graph, "x + 1");
    const Variable *variable = graph_add_variable(graph, VARIABLE_PARAM, "k", (Shape){0});
    graph->at = (Span){0};
    cr_expect_eq(node->span.source, source);
    cr_expect_eq(node->span.first, 4);
    cr_expect_eq(variable->span.end, 5);
    cr_expect_null(formula_node(graph, "x + 1")->span.source);
    test_compiler_free(compiler);
}

/* By evaluation: a value that is changed reaches a root if and only if it is marked. */
Test(graph, reached_is_what_a_root_needs) {
    for (uint32_t seed = 0; seed < 50; seed++) {
        Compiler *compiler = test_compiler();
        Graph *graph = random_graph(compiler, seed, 30).graph;
        Node *roots[] = {graph->nodes[graph->node_count - 1], NULL, graph->nodes[seed % 20]};
        bool *reached = graph_reach(graph, 3, roots);
        bool *needed = NEW_ARRAY(compiler, bool, graph->node_count);
        needed[roots[0]->id] = needed[roots[2]->id] = true;
        for (int again = 0; again < graph->node_count; again++) /* to a fixed point, in any order */
            for (int id = 0; id < graph->node_count; id++)
                for (int i = 0; needed[id] && i < graph->nodes[id]->input_count; i++)
                    needed[graph->nodes[id]->inputs[i]->id] = true;
        for (int id = 0; id < graph->node_count; id++)
            cr_expect_eq(reached[id], needed[id], "draw %u: node %d", seed, id);
        test_compiler_free(compiler);
    }
}

Test(graph, numbers_of_metrics_lie_one_behind_the_other) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    Node *sums[] = {formula_node(graph, "s"), formula_node(graph, "m"), formula_node(graph, "x")};
    Metric metrics[] = {{.finish = formula_node(graph, "rows(v)")},
                        {.finish = formula_node(graph, "count")}};
    graph->sums = sums;
    graph->sum_count = 3;
    graph->metrics = metrics;
    graph->metric_count = 2;
    static const int64_t sum_places[] = {0, 1, 13, 17}, figure_places[] = {0, 3, 4};
    for (int i = 0; i <= 3; i++)
        cr_expect_eq(graph_sum_at(graph, i), sum_places[i]);
    for (int i = 0; i <= 2; i++)
        cr_expect_eq(graph_figure_at(graph, i), figure_places[i]);
    test_compiler_free(compiler);
}

Test(graph, derivatives_are_called_after_the_outputs) {
    Compiler *compiler = test_compiler();
    Graph *graph = test_graph(compiler);
    graph->output_count = 2;
    graph->output_names = (const char *[]){"p", "q"};
    graph->jacobian_count = 1;
    graph->jacobians = &(Jacobian){.name = "p_by_x"};
    static const char *const names[] = {"p", "q", "p_by_x"};
    for (int i = 0; i < 3; i++)
        cr_expect_str_eq(graph_output_name(graph, i), names[i]);
    cr_expect_not(graph_has_pairs(graph));
    graph->variables[4]->is_same = true;
    cr_expect(graph_has_pairs(graph));
    test_compiler_free(compiler);
}

// What graph_check finds

typedef void Spoil(Graph *graph, Node *node);

static void spoil_size(Graph *graph, Node *node) {
    (void)graph;
    node->shape.size[0]++;
}

static void spoil_no_elements(Graph *graph, Node *node) {
    (void)graph;
    node->shape.size[0] = 0;
}

static void spoil_rank(Graph *graph, Node *node) {
    (void)graph;
    node->shape.size[node->shape.rank++] = 1;
}

static void spoil_start(Graph *graph, Node *node) {
    (void)graph;
    node->start[0] = -1;
}

static void spoil_end(Graph *graph, Node *node) {
    (void)graph;
    node->start[0] = 3;
}

static void spoil_examples(Graph *graph, Node *node) {
    (void)graph;
    node->batched = !node->batched;
}

static void spoil_over_batch(Graph *graph, Node *node) {
    (void)graph;
    node->over_batch = true;
}

static void spoil_operator(Graph *graph, Node *node) {
    (void)graph;
    node->op = OP_NEG;
}

static void spoil_input_count(Graph *graph, Node *node) {
    (void)graph;
    node->input_count = 1;
}

static void spoil_input_count_to_2(Graph *graph, Node *node) {
    Node *inputs[2] = {node->inputs[0], node->inputs[0]};
    node->inputs = array_copy(graph->compiler, inputs, 2, sizeof *inputs);
    node->input_count = 2;
}

static void spoil_scattered(Graph *graph, Node *node) {
    (void)graph;
    node->contract->index[0].factor[0][0] = 2;
}

static void spoil_input(Graph *graph, Node *node) {
    (void)graph;
    node->inputs[1]->shape.size[0] = 7;
}

static void spoil_span(Graph *graph, Node *node) {
    (void)graph;
    node->id++;
}

static void spoil_order(Graph *graph, Node *node) {
    node->inputs[0] = formula_node(graph, "-x");
}

static void spoil_foreign(Graph *graph, Node *node) {
    node->inputs[0] = test_graph(graph->compiler)->nodes[0];
}

static void spoil_numbers(Graph *graph, Node *node) {
    (void)graph;
    node->numbers = NULL;
}

static void spoil_constant(Graph *graph, Node *node) {
    (void)graph;
    node->batched = true;
}

static void spoil_leaf(Graph *graph, Node *node) {
    (void)graph;
    node->kind = KIND_CONST;
}

static const struct {
    const char *formula;
    Spoil *spoil;
    const char *sentence;
} breaches[] = {
    {"x * w", spoil_span, "a node does not know its place"},
    {"x * w", spoil_order, "a node comes before its input"},
    {"x * w", spoil_foreign, "a node comes before its input"},
    {"x * w", spoil_leaf, "a leaf with inputs"},
    {"[1, 2]", spoil_numbers, "a constant's numbers do not go with its shape"},
    {"[1, 2]", spoil_constant, "a constant per example"},
    {"x * w", spoil_no_elements, "an axis without elements"},
    {"x * w", spoil_operator, "a map has the wrong number of operands"},
    {"x * w", spoil_size, "a map has a wrong shape"},
    {"x * w", spoil_examples, "a map has a wrong shape"},
    {"x * w", spoil_input, "operands of a map do not broadcast"},
    {"rows(v)", spoil_over_batch, "a sum over examples of what is not per example"},
    {"rows(m)", spoil_examples, "a reduction has lost its examples"},
    {"matmul(v, x)", spoil_input_count, "a contraction needs two operands"},
    {"max_of_pairs(v)", spoil_input_count_to_2, "windows have the wrong number of operands"},
    {"max_of_pairs(v)", spoil_examples, "windows have lost their examples"},
    {"max_of_pairs(v)", spoil_scattered, "a maximum of windows is scattered"},
    {"reshape(m, [12])", spoil_size, "reshape changes the number of elements"},
    {"expand(x, [3, 4])", spoil_rank, "expand to a shape that does not fit"},
    {"slice(x, 1, 3)", spoil_rank, "a slice, pad or transpose changes the rank"},
    {"slice(x, 1, 3)", spoil_start, "a slice leaves its input"},
    {"slice(x, 1, 3)", spoil_end, "a slice leaves its input"},
    {"pad(x, 1, 2)", spoil_start, "a pad cuts its input"},
    {"pad(x, 1, 1)", spoil_end, "a pad cuts its input"},
    {"transpose(m)", spoil_size, "a transpose has a wrong shape"},
};

Test(graph, check_tells_every_breach) {
    for (size_t i = 0; i < sizeof breaches / sizeof *breaches; i++) {
        Compiler *compiler = test_compiler();
        Graph *graph = test_graph(compiler);
        Node *node = formula_node(graph, breaches[i].formula);
        cr_assert_null(graph_check(graph));
        breaches[i].spoil(graph, node);
        const char *got = graph_check(graph);
        cr_expect_str_eq(got ? got : "nothing", breaches[i].sentence, "%s", breaches[i].formula);
        test_compiler_free(compiler);
    }
}
