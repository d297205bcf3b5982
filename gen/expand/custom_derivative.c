/* Functions whose derivative the definition gives: `def f(z, ..) = e deriv d`. In: a frame with
   its arguments. Out: a node OP_SLOPE of e (the value), z (the argument) and d (the derivative).
   Inside e, z is wrapped in a SLOPE node of derivative 1, so that this use of z can be told from
   others. */

#include "expand/calls.h"

#include <string.h>

typedef struct {
    const Definition *definition;
    Frame *arguments; /* with what the call has bound, for d */
    Layer *layer;     /* of the call */
    Span call;
    Node *argument, *value;
} Sloped;

static bool mentions(const Tree *tree, const char *name) {
    if (!tree)
        return false;
    if (tree->kind == TREE_NAME && strcmp(tree->name, name) == 0)
        return true;
    for (int i = 0; i < tree->child_count; i++)
        if (mentions(tree->children[i], name))
            return true;
    return false;
}

/* Marks, by id, the nodes that a derivative of the value passes through, down to the argument. */
static bool *find_causes(const Checker *checker, const Sloped *sloped) {
    Graph *graph = checker->graph;
    bool *causes = NEW_ARRAY(graph->compiler, bool, graph->node_count);
    causes[sloped->value->id] = true;
    for (int id = sloped->value->id; id >= 0; id--) {
        const Node *node = graph->nodes[id];
        for (int i = 0; causes[id] && node != sloped->argument && i < node->input_count; i++)
            causes[node->inputs[i]->id] |= has_derivative(node, i);
    }
    return causes;
}

/* Reports a parameter or an input on which the value depends other than through the argument: the
   given derivative would not cover it. */
static bool check_causes(Checker *checker, const Sloped *sloped, const bool *causes) {
    for (int id = 0; id <= sloped->value->id; id++) {
        const Node *node = checker->graph->nodes[id];
        bool is_cause = node->kind == KIND_PARAM ||
                        (node->kind == KIND_INPUT && node->variable->kind == VARIABLE_INPUT);
        if (!causes[id] || !is_cause)
            continue;
        fail(checker, sloped->definition->derivative->span,
             "'deriv' is the slope by '%s' alone, but the value of '%s' depends on '%s', too",
             sloped->definition->parameters[0].name, sloped->definition->name,
             node->variable->name);
        return false;
    }
    return true;
}

/* Reports a function that is not elementwise: each element of the value may depend on one element
   of the argument only. */
static bool check_elementwise(Checker *checker, const Sloped *sloped, const bool *causes) {
    const Graph *graph = checker->graph;
    bool *leads = NEW_ARRAY(graph->compiler, bool, graph->node_count);
    bool is_elementwise = shape_equal(sloped->value->shape, sloped->argument->shape);
    leads[sloped->argument->id] = true;
    for (int id = sloped->argument->id + 1; id <= sloped->value->id; id++) {
        const Node *node = graph->nodes[id];
        for (int i = 0; causes[id] && i < node->input_count; i++)
            leads[id] |= leads[node->inputs[i]->id] && has_derivative(node, i);
        is_elementwise &= !leads[id] || node->kind == KIND_MAP;
    }
    if (!is_elementwise)
        fail(checker, sloped->definition->derivative->span,
             "'deriv' belongs to an elementwise function, but '%s' makes more of '%s'",
             sloped->definition->name, sloped->definition->parameters[0].name);
    return is_elementwise;
}

/* The node with its slope, in which `result` is the given one; NULL after a message. */
static Node *with_slope(Checker *checker, const Sloped *sloped, Node *result) {
    const Tree *tree = sloped->definition->derivative;
    Shape both, shape = sloped->value->shape;
    Context before = checker->context;
    Value partial = {.definition = sloped->definition, .arguments = sloped->arguments};
    Frame *frame = frame_apply(checker, partial, sloped->call);
    frame->layer = sloped->layer;
    scope_bind(checker, &frame->scope, "result", value_node(result));
    Frame *outside = enter_frame(checker, frame);
    checker->context.forbids_variables = "derivative";
    Node *slope = to_node(checker, evaluate(checker, tree), tree->span);
    checker->context = before;
    bool is_fit = slope && shape_broadcast(slope->shape, shape, &both) && shape_equal(both, shape);
    if (slope && !is_fit)
        fail(checker, tree->span, "'deriv' must have shape %s, this has %s",
             shape_text(checker->compiler, shape), shape_text(checker->compiler, slope->shape));
    else if (slope && slope->batched && !sloped->value->batched)
        is_fit = fail(checker, tree->span, "'deriv' has one value per example, '%s' per batch",
                      sloped->definition->name)
                     .kind != VALUE_NONE;
    leave_frame(checker, outside);
    if (!is_fit)
        return NULL;
    set_span(checker, sloped->call);
    return graph_map(checker->graph, OP_SLOPE, sloped->value, sloped->argument, slope);
}

/* Second derivatives are those of d; where d speaks of the result, its own slope is d, too. */
static Value attach_slope(Checker *checker, const Sloped *sloped) {
    const bool *causes = find_causes(checker, sloped);
    if (!check_causes(checker, sloped, causes) || !check_elementwise(checker, sloped, causes))
        return (Value){.kind = VALUE_NONE};
    Node *node = with_slope(checker, sloped, sloped->value);
    if (node && mentions(sloped->definition->derivative, "result"))
        node = with_slope(checker, sloped, node);
    return value_node(node);
}

Value run_with_slope(Checker *checker, Frame *frame) {
    Graph *graph = checker->graph;
    const Definition *definition = frame->definition;
    Binding *binding = definition->parameter_count > 0
                           ? scope_find(&frame->scope, definition->parameters[0].name)
                           : NULL;
    if (!binding || binding->value.kind != VALUE_NODE)
        return run_body(checker, frame);
    Frame *outside = enter_frame(checker, frame);
    set_span(checker, frame->call);
    leave_frame(checker, outside);
    Sloped sloped = {.definition = definition, .call = frame->call};
    Node *argument = binding->value.node, *one = graph_const(graph, 1);
    sloped.argument = graph_map(graph, OP_SLOPE, argument, argument, one);
    binding->value = value_node(sloped.argument);
    Value partial = {.definition = definition, .arguments = frame};
    sloped.arguments = frame_apply(checker, partial, frame->call);
    Value value = run_body(checker, frame);
    sloped.layer = frame->layer;
    sloped.value = to_node(checker, value, frame->call);
    return sloped.value ? attach_slope(checker, &sloped) : (Value){.kind = VALUE_NONE};
}

void check_derivative(Checker *checker, const Definition *definition) {
    const Parameter *parameters = definition->parameters;
    if (definition->parameter_count == 0)
        error_at(checker->compiler, definition->derivative->span,
                 "'deriv' is the slope by the first parameter, '%s' has none", definition->name);
    for (int i = 0; i < definition->parameter_count; i++)
        if (strcmp(parameters[i].name, "result") == 0)
            error_at(checker->compiler, parameters[i].span,
                     "'result' is what '%s' returns, a parameter cannot be called so",
                     definition->name);
}
