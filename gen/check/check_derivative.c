/* `derivative y by x`. In: two values of the model. Out: the value y_by_x, of shape [shape of y..,
   shape of x..], in graph->jacobians and for the statements to come.

   Derivatives are in the caller's units: by the raw input, before scaling, and of an output in the
   units of its scaled target. The nodes between x and y are copied into a graph of their own, in
   which x is an input and `training` a number; there they get their stable form and are
   differentiated, and the result is copied back. So x may be any value: in that graph no rule sees
   what x is made of. */

#include "check/statements.h"

#include <string.h>

enum { MAX_SWEEPS = 64 };

/* The derivative that is being made. */
typedef struct {
    Checker *checker;
    Graph *graph; /* of its own */
    Node *y;      /* in it */
    Variable *x;  /* its input */
} Way;

static bool *reach_from(const Graph *graph, const Node *x) {
    bool *reached = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    reached[x->id] = true;
    for (int id = x->id + 1; id < graph->node_count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++)
            reached[id] |= reached[graph->nodes[id]->inputs[i]->id];
    return reached;
}

static bool any_batched(int count, Node *const *nodes) {
    for (int i = 0; i < count; i++)
        if (nodes[i]->batched)
            return true;
    return false;
}

/* A copy of the node with other inputs, per example where one of these has become so. */
static Node *copy_with(Graph *graph, const Node *node, Node **becomes) {
    Node **inputs = NEW_ARRAY(graph->compiler, Node *, node->input_count);
    for (int i = 0; i < node->input_count; i++)
        inputs[i] = becomes[node->inputs[i]->id];
    graph->at = node->span;
    Node *copy = graph_copy_node(graph, node, inputs);
    copy->batched |=
        any_batched(node->input_count, inputs) && !any_batched(node->input_count, node->inputs);
    return copy;
}

static bool is_flag(const Node *node) {
    return node->kind == KIND_GIVEN && node->given == GIVEN_TRAINING;
}

/* Makes x per example where y is, so that the derivative by a parameter is per example, too. */
static Way way_new(Checker *checker, Node *y, Node *x, bool training) {
    Graph *whole = checker->graph, *graph = graph_new(checker->compiler);
    Way way = {checker, graph, NULL, graph_add_variable(graph, VARIABLE_INPUT, "x", x->shape)};
    Node **copies = NEW_ARRAY(checker->compiler, Node *, whole->node_count);
    bool *reached = graph_reach(whole, 1, &y);
    way.x->node = copies[x->id] = graph_variable(graph, way.x);
    way.x->node->batched = y->batched;
    way.x->node->name = x->name;
    for (int id = 0; id < whole->node_count; id++) {
        const Node *node = whole->nodes[id];
        if (reached[id] && !copies[id])
            copies[id] =
                is_flag(node) ? graph_const(graph, training) : copy_with(graph, node, copies);
    }
    PUSH(checker->compiler, graph->outputs, graph->output_count, copies[y->id]);
    stabilise(graph);
    way.y = graph->outputs[0];
    return way;
}

/* Element i of a value, as one number. */
static Node *element_of(Graph *graph, Node *node, int64_t i) {
    Shape one = {.rank = node->shape.rank};
    int64_t start[MAX_RANK] = {0};
    for (int axis = one.rank - 1; axis >= 0; axis--) {
        one.size[axis] = 1;
        start[axis] = i % node->shape.size[axis];
        i /= node->shape.size[axis];
    }
    return graph_reshape(graph, graph_slice(graph, node, start, one), (Shape){0});
}

/* One reverse sweep per element of `from`: its derivative by `by`, as rows of one matrix. */
static Node *sweep(Graph *graph, Node *from, Node *by) {
    int count = (int)shape_count(from->shape);
    int64_t columns = shape_count(by->shape);
    Shape row = shape_of(2, (int64_t[]){1, columns});
    Node **rows = NEW_ARRAY(graph->compiler, Node *, count);
    for (int i = 0; i < count; i++) {
        Node *slope = derivative_of(graph, element_of(graph, from, i), by);
        if (slope->batched != from->batched)
            slope = graph_expand(graph, slope, slope->shape, from->batched);
        rows[i] = graph_reshape(graph, slope, row);
    }
    return count == 1 ? rows[0] : graph_concat(graph, 0, count, rows);
}

/* Where x has fewer elements than y, forward mode by two reverse sweeps: the gradient by x of
   sum(u * y) is linear in u, and its derivatives by u are the columns of the Jacobian. */
static Node *sweep_columns(Way *way) {
    Graph *graph = way->graph;
    Variable *direction = graph_add_variable(graph, VARIABLE_INPUT, "u", way->y->shape);
    Node *u = graph_variable(graph, direction);
    u->batched = way->y->batched;
    Node *weighted = graph_map(graph, OP_MUL, u, way->y, NULL);
    unsigned all = (1u << way->y->shape.rank) - 1;
    Node *slope =
        derivative_of(graph, graph_reduce(graph, OP_SUM, weighted, all, false), way->x->node);
    int64_t exchanged[] = {1, 0};
    return graph_transpose(graph, sweep(graph, slope, u), exchanged);
}

static Shape jacobian_shape(const Node *y, const Node *x) {
    Shape shape = y->shape;
    for (int i = 0; i < x->shape.rank; i++)
        shape.size[shape.rank++] = x->shape.size[i];
    return shape;
}

/* Copies a node back; leaves are those of the whole graph. */
static Node *copy_back(Way *way, const Node *node, Node **becomes) {
    Graph *whole = way->checker->graph;
    if (node->variable)
        return node->variable->node;
    if (node->kind == KIND_GIVEN)
        return given_node(way->checker, node->given);
    return copy_with(whole, node, becomes);
}

static Node *spliced(Way *way, Node *jacobian, Node *x) {
    Graph *graph = way->graph, *whole = way->checker->graph;
    Node **becomes = NEW_ARRAY(graph->compiler, Node *, graph->node_count);
    bool *reached = graph_reach(graph, 1, &jacobian);
    bool is_batched = way->x->node->batched;
    becomes[way->x->node->id] =
        x->batched == is_batched ? x : graph_expand(whole, x, x->shape, is_batched);
    for (int id = 0; id < graph->node_count; id++)
        if (reached[id] && !becomes[id])
            becomes[id] = copy_back(way, graph->nodes[id], becomes);
    return becomes[jacobian->id];
}

/* The derivative in the whole graph, in training or in prediction. */
static Node *derive_in(Checker *checker, Node *y, Node *x, bool training) {
    Span at = checker->graph->at;
    Way way = way_new(checker, y, x, training);
    way.graph->at = at;
    bool has_rows = shape_count(y->shape) <= shape_count(x->shape);
    Node *jacobian = has_rows ? sweep(way.graph, way.y, way.x->node) : sweep_columns(&way);
    jacobian = graph_reshape(way.graph, jacobian, jacobian_shape(y, x));
    PUSH(checker->compiler, way.graph->outputs, way.graph->output_count, jacobian);
    stabilise(way.graph);
    jacobian = way.graph->outputs[1];
    Node *result = spliced(&way, jacobian, x);
    checker->graph->at = at;
    return result->batched == y->batched
               ? result
               : graph_expand(checker->graph, result, result->shape, y->batched);
}

static bool differs_in_training(Graph *graph, Node *y) {
    bool *reached = graph_reach(graph, 1, &y);
    for (int id = 0; id <= y->id; id++)
        if (reached[id] && is_flag(graph->nodes[id]))
            return true;
    return false;
}

static Node *derive(Checker *checker, Node *y, Node *x, Node *predicted) {
    if (!differs_in_training(checker->graph, y))
        return predicted;
    Node *trained = derive_in(checker, y, x, true), *flag = given_node(checker, GIVEN_TRAINING);
    return graph_map(checker->graph, OP_WHERE, flag, trained, predicted);
}

// What cannot be

static bool is_zero(const Node *node) {
    bool is_all = node->kind == KIND_VIEW;
    for (int i = 0; i < node->input_count && is_all; i++)
        is_all = is_zero(node->inputs[i]);
    return is_all || (node_is_number(node) && node->value == 0);
}

static bool check_size(Checker *checker, const Statement *statement, const Node *y, const Node *x) {
    int64_t rows = shape_count(y->shape), columns = shape_count(x->shape);
    Compiler *compiler = checker->compiler;
    const char *given = shape_text(compiler, y->shape), *by = shape_text(compiler, x->shape);
    if (rows > MAX_SWEEPS && columns > MAX_SWEEPS)
        error_at(compiler, statement->span,
                 "a derivative of %lld values by %lld is too big: one of the two may have %d at "
                 "most",
                 (long long)rows, (long long)columns, MAX_SWEEPS);
    else if (y->shape.rank + x->shape.rank > MAX_RANK)
        error_at(compiler, statement->span,
                 "a derivative of shape %s by shape %s has %d axes, the limit is %d", given, by,
                 y->shape.rank + x->shape.rank, MAX_RANK);
    else
        return shape_fits(checker, jacobian_shape(y, x), statement->span);
    return false;
}

/* The derivative is emitted as a function of one example. */
static bool check_dependence(Checker *checker, const Statement *statement, const Node *y,
                             const Node *x) {
    learn_nodes(checker);
    unsigned dependence = fact_of(checker, y).prediction;
    Compiler *compiler = checker->compiler;
    if (x->kind == KIND_INPUT && x->variable->kind == VARIABLE_TARGET) {
        error_at(compiler, statement->second_span,
                 "'%s' is a target: derivatives are by inputs, parameters and what is made of them",
                 x->variable->name);
    } else if (!reach_from(checker->graph, x)[y->id]) {
        error_at(compiler, statement->span, "'%s' does not depend on '%s'", statement->name,
                 statement->second_name);
    } else if (dependence & ON_BATCH) {
        error_at(compiler, statement->name_span,
                 "'%s' depends on a mean over the batch outside training", statement->name);
        note_at(compiler, find_cause(checker, y, ON_BATCH)->span, "the mean is taken here");
    } else {
        return true;
    }
    return false;
}

static Node *named_value(Checker *checker, const char *name, Span at) {
    Tree tree = {.kind = TREE_NAME, .span = at, .name_span = at, .name = name};
    return to_node(checker, evaluate(checker, &tree), at);
}

static Variable *data_called(const Graph *graph, const char *name) {
    for (int i = 0; i < graph->variable_count; i++)
        if ((graph->variables[i]->kind == VARIABLE_INPUT ||
             graph->variables[i]->kind == VARIABLE_TARGET) &&
            strcmp(graph->variables[i]->name, name) == 0)
            return graph->variables[i];
    return NULL;
}

/* The node to differentiate by: for the name of an input, the raw value that the caller passes. */
static Node *value_passed(Checker *checker, const char *name, Span at) {
    Node *node = named_value(checker, name, at);
    Variable *data = data_called(checker->graph, name);
    return node && data ? data->node : node;
}

/* The value in the units that the caller gets it in; NULL after a message. */
static Node *value_given(Checker *checker, const char *name, Span at) {
    Node *node = named_value(checker, name, at);
    return node && check_declared(checker, node, at) ? in_units(checker, node) : NULL;
}

/* The targets that y is made of, where prediction needs any. */
static void find_targets(Checker *checker, Jacobian *jacobian) {
    Graph *graph = checker->graph;
    learn_nodes(checker);
    if (!(fact_of(checker, jacobian->y).prediction & ON_TARGET))
        return;
    bool *reached = graph_reach(graph, 1, &jacobian->y);
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (variable->kind == VARIABLE_TARGET && reached[variable->node->id])
            PUSH(checker->compiler, jacobian->targets, jacobian->target_count, variable);
    }
}

/* "p in the units of price" */
static const char *text_in_units(Checker *checker, const char *name, const Node *node) {
    const Variable *target = units_of(checker, node);
    return target ? format_text(checker->compiler, "%s in the units of %s", name, target->name)
                  : name;
}

static void add_jacobian(Checker *checker, const Statement *statement, Jacobian jacobian) {
    Compiler *compiler = checker->compiler;
    const Variable *input = data_called(checker->graph, statement->second_name);
    bool is_scaled = input && input->scaling != SCALING_NONE;
    const Node *named = named_value(checker, statement->name, statement->name_span);
    jacobian.meaning =
        format_text(compiler, "%s by %s%s", text_in_units(checker, statement->name, named),
                    text_in_units(checker, statement->second_name, jacobian.x),
                    is_scaled ? " as the caller passes it, before scaling" : "");
    find_targets(checker, &jacobian);
    PUSH(compiler, checker->graph->jacobians, checker->graph->jacobian_count, jacobian);
}

void make_derivative(Checker *checker, const Statement *statement) {
    Compiler *compiler = checker->compiler;
    Node *y = value_given(checker, statement->name, statement->name_span);
    Node *x = value_passed(checker, statement->second_name, statement->second_span);
    Statement made = *statement;
    made.name = format_text(compiler, "%s_by_%s", statement->name, statement->second_name);
    if (!y || !x || !is_free(checker, &made) || !check_dependence(checker, statement, y, x) ||
        !check_size(checker, statement, y, x) ||
        !check_declared(checker, x, statement->second_span))
        return;
    check_count(checker, checker->graph->jacobian_count, "derivatives", statement->span);
    checker->graph->at = statement->span;
    int before = checker->graph->node_count;
    Node *predicted = derive_in(checker, y, x, false), *unit = unit_of(checker, x);
    Node *value = derive(checker, y, x, predicted);
    if (unit)
        value = graph_map(checker->graph, OP_MUL, value, unit, NULL);
    if (is_zero(predicted))
        warning_at(compiler, statement->span,
                   "the derivative of '%s' by '%s' is 0 everywhere: between them are steps or "
                   "'detach'",
                   statement->name, statement->second_name);
    if (value->id >= before)
        value->name = made.name;
    add_jacobian(checker, statement, (Jacobian){.name = made.name, .y = y, .x = x, .value = value});
    Binding *binding = scope_bind(checker, &checker->model->scope, made.name, value_node(value));
    binding->span = statement->span;
    binding->is_fixed = true;
}
