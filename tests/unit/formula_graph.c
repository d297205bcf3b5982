/* See formula_graph.h. */

#include "formula_graph.h"

#include "rewrite/rewrite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static Node *node_of(Graph *graph, const Tree *tree);

Compiler *test_compiler(void) {
    Compiler *compiler = calloc(1, sizeof *compiler);
    compiler->arena = arena_new();
    if (setjmp(compiler->stop)) {
        fprintf(stderr, "stopped: %s\n", compiler->diagnostics ? compiler->diagnostics->bytes : "");
        abort();
    }
    compiler->diagnostics = text_new(compiler);
    compiler->rules = rules_new(compiler);
    return compiler;
}

void test_compiler_free(Compiler *compiler) {
    arena_free(compiler->arena);
    free(compiler);
}

Graph *test_graph(Compiler *compiler) {
    static const TestVariable variables[] = {
        {"x", VARIABLE_INPUT, {1, {4}}},    {"z", VARIABLE_INPUT, {1, {4}}},
        {"m", VARIABLE_INPUT, {2, {3, 4}}}, {"s", VARIABLE_INPUT, {0}},
        {"y", VARIABLE_TARGET, {1, {4}}},   {"w", VARIABLE_PARAM, {1, {4}}},
        {"v", VARIABLE_PARAM, {2, {3, 4}}},
    };
    Graph *graph = graph_new(compiler);
    graph->name = "test";
    graph->batch = 8;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const TestVariable *row = &variables[i];
        Variable *variable = graph_add_variable(graph, row->kind, row->name, row->shape);
        variable->onehot = row->kind == VARIABLE_TARGET;
        variable->trained = row->kind == VARIABLE_PARAM;
        variable->node = graph_variable(graph, variable);
    }
    return graph;
}

static Node *name_node(Graph *graph, const Tree *tree) {
    for (int i = 0; i < graph->variable_count; i++)
        if (strcmp(graph->variables[i]->name, tree->name) == 0)
            return graph->variables[i]->node;
    for (int given = GIVEN_STEP; given <= GIVEN_ADD; given++)
        if (strcmp(given_names[given], tree->name) == 0)
            return graph_given(graph, (Given)given);
    if (strcmp(tree->name, "infinity") == 0)
        return graph_const(graph, HUGE_VAL);
    if (strcmp(tree->name, "random") == 0)
        return graph_random(graph, OP_NORMAL, (Shape){1, {4}}, true, 0);
    fprintf(stderr, "no variable '%s'\n", tree->name);
    abort();
}

static Node *binary_node(Graph *graph, const Tree *tree) {
    static const struct {
        const char *name;
        Op op;
    } rows[] = {{"+", OP_ADD},    {"-", OP_SUB},       {"*", OP_MUL},  {"/", OP_DIV},
                {"^", OP_POW},    {"<", OP_LESS},      {">", OP_LESS}, {"<=", OP_LESS_EQUAL},
                {"==", OP_EQUAL}, {"!=", OP_NOT_EQUAL}};
    Node *a = node_of(graph, tree->children[0]), *b = node_of(graph, tree->children[1]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, tree->name) == 0)
            return *tree->name == '>' ? graph_map(graph, rows[i].op, b, a, NULL)
                                      : graph_map(graph, rows[i].op, a, b, NULL);
    abort();
}

static int64_t number_of(const Tree *tree) {
    return (int64_t)tree->number;
}

static Shape shape_of_list(const Tree *list) {
    Shape shape = {.rank = list->child_count};
    for (int i = 0; i < shape.rank; i++)
        shape.size[i] = number_of(list->children[i]);
    return shape;
}

static Node *matmul_node(Graph *graph, Node *matrix, Node *vector) {
    Contract contract = {.loop_count = 2, .extent = {matrix->shape.size[0], matrix->shape.size[1]}};
    contract.index[0].factor[0][0] = 1;
    contract.index[1].factor[0][0] = 1;
    contract.index[1].factor[1][1] = 1;
    contract.index[2].factor[0][1] = 1;
    Shape shape = {1, {matrix->shape.size[0]}};
    return graph_contract(graph, &contract, shape, matrix->batched || vector->batched, matrix,
                          vector);
}

/* The larger, or op SUM the sum, of elements 2*i and 2*i + 1 of a vector. */
static Node *pairs_node(Graph *graph, Op op, Node *vector) {
    Contract contract = {.loop_count = 2, .extent = {(vector->shape.size[0] + 1) / 2, 2}};
    contract.index[0].factor[0][0] = contract.index[2].factor[0][0] = 1;
    contract.index[1].factor[0][0] = 2;
    contract.index[1].factor[0][1] = 1;
    return graph_window(graph, op, &contract, shape_of(1, contract.extent), vector, NULL);
}

/* Views along the first axis. */
static Node *view_node(Graph *graph, const Tree *tree, Node *input) {
    int64_t start[MAX_RANK] = {0}, exchanged[MAX_RANK] = {1, 0};
    Shape shape = input->shape;
    if (strcmp(tree->name, "transpose") == 0)
        return graph_transpose(graph, input, exchanged);
    if (strcmp(tree->name, "reshape") == 0)
        return graph_reshape(graph, input, shape_of_list(tree->children[1]));
    if (strcmp(tree->name, "expand") == 0)
        return graph_expand(graph, input, shape_of_list(tree->children[1]), input->batched);
    if (strcmp(tree->name, "each") == 0)
        return graph_expand(graph, input, shape, true);
    start[0] = tree->child_count > 1 ? number_of(tree->children[1]) : 0;
    if (strcmp(tree->name, "slice") == 0) {
        shape.size[0] = number_of(tree->children[2]) - start[0];
        return graph_slice(graph, input, start, shape);
    }
    if (strcmp(tree->name, "pad") == 0) {
        shape.size[0] += start[0] + number_of(tree->children[2]);
        return graph_pad(graph, input, start, shape);
    }
    return NULL;
}

static Node *call_node(Graph *graph, const Tree *tree) {
    Node *inputs[3] = {NULL, NULL, NULL};
    Node *first = inputs[0] = node_of(graph, tree->children[0]);
    Node *view = view_node(graph, tree, first);
    if (view)
        return view;
    unsigned all = (1u << first->shape.rank) - 1;
    if (strcmp(tree->name, "sum") == 0)
        return graph_reduce(graph, OP_SUM, first, all, false);
    if (strcmp(tree->name, "rows") == 0)
        return graph_reduce(graph, OP_SUM, first, 2, false);
    if (strcmp(tree->name, "examples") == 0)
        return graph_reduce(graph, OP_SUM, first, 0, true);
    if (strcmp(tree->name, "max") == 0 && tree->child_count == 1)
        return graph_reduce(graph, OP_MAX, first, all, false);
    if (strcmp(tree->name, "max_of_pairs") == 0)
        return pairs_node(graph, OP_WINDOW_MAX, first);
    if (strcmp(tree->name, "sum_of_pairs") == 0)
        return pairs_node(graph, OP_WINDOW_SUM, first);
    for (int i = 1; i < tree->child_count && i < 3; i++)
        inputs[i] = node_of(graph, tree->children[i]);
    if (strcmp(tree->name, "matmul") == 0)
        return matmul_node(graph, first, inputs[1]);
    if (strcmp(tree->name, "concat") == 0)
        return graph_concat(graph, 0, tree->child_count, inputs);
    Op op = op_by_name(tree->name);
    if (op == OP_NONE)
        fprintf(stderr, "no operator '%s'\n", tree->name), abort();
    return graph_map(graph, op, inputs[0], inputs[1], inputs[2]);
}

static double list_number(const Tree *tree) {
    if (tree->kind == TREE_NAME)
        return INFINITY;
    return tree->kind == TREE_UNARY ? -list_number(tree->children[0]) : tree->number;
}

/* Adds what stands in a list, of lists or of numbers, to `numbers`. */
static void list_numbers(const Tree *tree, double *numbers, int *count) {
    if (tree->kind != TREE_LIST)
        numbers[(*count)++] = list_number(tree);
    for (int i = 0; tree->kind == TREE_LIST && i < tree->child_count; i++)
        list_numbers(tree->children[i], numbers, count);
}

static Node *list_node(Graph *graph, const Tree *tree) {
    Shape shape = {0};
    int count = 0;
    for (const Tree *list = tree; list->kind == TREE_LIST; list = list->children[0])
        shape.size[shape.rank++] = list->child_count;
    double *numbers = NEW_ARRAY(graph->compiler, double, shape_count(shape));
    list_numbers(tree, numbers, &count);
    return graph_numbers(graph, shape, numbers);
}

static Node *node_of(Graph *graph, const Tree *tree) {
    switch (tree->kind) {
    case TREE_NUMBER:
        return graph_const(graph, tree->number);
    case TREE_NAME:
        return name_node(graph, tree);
    case TREE_UNARY:
        if (tree->children[0]->kind == TREE_NUMBER)
            return graph_const(graph, -tree->children[0]->number);
        return graph_map(graph, OP_NEG, node_of(graph, tree->children[0]), NULL, NULL);
    case TREE_BINARY:
        return binary_node(graph, tree);
    case TREE_CALL:
        return call_node(graph, tree);
    case TREE_LIST:
        return list_node(graph, tree);
    default:
        abort();
    }
}

Node *formula_node(Graph *graph, const char *formula) {
    Source *source = source_new(graph->compiler, "formula", formula, strlen(formula));
    Tree *tree = parse_expression(graph->compiler, source);
    if (!tree)
        fprintf(stderr, "%s\n", graph->compiler->diagnostics->bytes), abort();
    return node_of(graph, tree);
}

static const char *word_of(const Node *node) {
    if (node->kind == KIND_REDUCE && node->over_batch)
        return "examples";
    if (node->kind == KIND_REDUCE && node->op == OP_SUM)
        return node->shape.rank ? "rows" : "sum";
    if (node->kind == KIND_REDUCE)
        return "max";
    return node->kind == KIND_CONTRACT ? "contract" : op_rows[node->op].name;
}

static void print_list(Text *out, const Node *node, int axis, int64_t first) {
    int64_t row = 1;
    for (int i = axis + 1; i < node->shape.rank; i++)
        row *= node->shape.size[i];
    text_add(out, "[");
    for (int64_t i = 0; i < node->shape.size[axis]; i++) {
        text_add(out, "%s", i ? ", " : "");
        if (axis + 1 < node->shape.rank)
            print_list(out, node, axis + 1, first + i * row);
        else
            text_add(out, "%.6g", node->numbers[first + i]);
    }
    text_add(out, "]");
}

static void print_formula(Text *out, const Node *node) {
    switch (node->kind) {
    case KIND_CONST:
        if (node->numbers)
            print_list(out, node, 0, 0);
        else
            text_add(out, "%.6g", node->value);
        return;
    case KIND_INPUT:
    case KIND_PARAM:
    case KIND_STATE:
        text_add(out, "%s", node->variable->name);
        return;
    case KIND_GIVEN:
        text_add(out, "%s", given_names[node->given]);
        return;
    case KIND_RANDOM:
        text_add(out, "random%d", node->number);
        return;
    default:
        break;
    }
    text_add(out, "%s(", word_of(node));
    for (int i = 0; i < node->input_count; i++) {
        text_add(out, "%s", i ? ", " : "");
        print_formula(out, node->inputs[i]);
    }
    bool has_start = node->kind == KIND_VIEW && (node->op == OP_SLICE || node->op == OP_PAD);
    if (has_start)
        text_add(out, ", %lld", (long long)node->start[0]);
    if (node->kind == KIND_VIEW && node->op != OP_TRANSPOSE && node->op != OP_CONCAT)
        text_add(out, ", %s", shape_text(out->compiler, node->shape));
    text_add(out, ")");
}

char *node_formula(Compiler *compiler, const Node *node) {
    Text *text = text_new(compiler);
    print_formula(text, node);
    return text->bytes;
}
