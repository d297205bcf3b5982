/* Which parameters training moves. In: the graph with its cost. Out: variable->trained, and a
   warning of each parameter by which the cost has no slope: because no derivative leads there, or
   because what leads there is 0 by algebra, as behind softmax of one value. */

#include "check/statements.h"

#include <string.h>

enum { MOST_CAUSES = 4 }; /* that are named for one parameter */

// Why a parameter stands still

typedef struct {
    const Node *at;        /* where its slope by the parameter ends */
    bool lacks_derivative; /* for want of a derivative */
} Cause;

/* The paths from one parameter to the cost. Algebra has made each node of `graph` what stands in
   `becomes`, a node of `folded`. */
typedef struct {
    const Variable *variable;
    Graph *graph, *folded;
    Node *const *becomes;
    bool *reached; /* by id: the cost needs it */
    bool *changes; /* by id in `folded`: has a slope by the parameter */
    bool *beside;  /* by id: what takes it takes a slope, too */
    int cause_count;
    Cause causes[MOST_CAUSES];
} Paths;

static bool has_slope(const Paths *paths, const Node *node) {
    const Node *folded = paths->becomes[node->id];
    return folded && paths->changes[folded->id];
}

static void mark_changes(const Paths *paths) {
    const Graph *folded = paths->folded;
    memset(paths->changes, 0, (size_t)folded->node_count * sizeof *paths->changes);
    paths->changes[paths->becomes[paths->variable->node->id]->id] = true;
    for (int id = 0; id < folded->node_count; id++) {
        const Node *node = folded->nodes[id];
        for (int i = 0; i < node->input_count; i++)
            paths->changes[id] |= paths->changes[node->inputs[i]->id] && passes_derivative(node, i);
    }
}

/* Whether a derivative comes from an input. */
static bool takes_slope(const Paths *paths, const Node *node) {
    for (int i = 0; i < node->input_count; i++)
        if (has_slope(paths, node->inputs[i]) && passes_derivative(node, i))
            return true;
    return false;
}

static void mark_beside(const Paths *paths) {
    const Graph *graph = paths->graph;
    memset(paths->beside, 0, (size_t)graph->node_count * sizeof *paths->beside);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        bool is_taking = paths->reached[id] && takes_slope(paths, node);
        for (int i = 0; is_taking && i < node->input_count; i++)
            paths->beside[node->inputs[i]->id] = true;
    }
}

static bool is_same_span(Span a, Span b) {
    return a.source == b.source && a.first == b.first && a.end == b.end;
}

/* Whether a cause at this span is left out: it is named already, or MOST_CAUSES are. */
static bool is_enough(const Paths *paths, Span span) {
    for (int i = 0; i < paths->cause_count; i++)
        if (is_same_span(paths->causes[i].at->span, span))
            return true;
    return paths->cause_count == MOST_CAUSES;
}

/* The last value of the call that the node is made in: what a user sees of it. */
static const Node *call_result(const Paths *paths, const Node *node) {
    for (int id = node->id + 1; id < paths->graph->node_count; id++) {
        const Node *user = paths->graph->nodes[id];
        bool is_seen =
            paths->reached[id] && is_same_span(user->span, node->span) && !has_slope(paths, user);
        for (int i = 0; is_seen && i < user->input_count; i++)
            if (user->inputs[i] == node)
                node = user;
    }
    return node;
}

/* Whether a slope ends here for want of a derivative, and nothing else of the parameter goes on:
   the condition of relu stops nothing. A detach is meant to. */
static bool lacks_derivative(const Paths *paths, const Node *node) {
    if (node->op == OP_DETACH || paths->beside[node->id])
        return false;
    for (int i = 0; i < node->input_count; i++)
        if (has_slope(paths, node->inputs[i]) && !is_unread(node, i))
            return true;
    return false;
}

static void find_cause_at(Paths *paths, const Node *node) {
    if (has_slope(paths, node) || is_enough(paths, node->span))
        return;
    if (takes_slope(paths, node))
        paths->causes[paths->cause_count++] = (Cause){call_result(paths, node), false};
    else if (lacks_derivative(paths, node))
        paths->causes[paths->cause_count++] = (Cause){node, true};
}

static void find_causes(Paths *paths, const Variable *variable) {
    paths->variable = variable;
    paths->cause_count = 0;
    mark_changes(paths);
    mark_beside(paths);
    for (int id = 0; id < paths->graph->node_count; id++)
        if (paths->reached[id])
            find_cause_at(paths, paths->graph->nodes[id]);
}

static bool depends_on_training(Graph *graph, Node *node) {
    bool *reached = graph_reach(graph, 1, &node);
    for (int id = 0; id <= node->id; id++)
        if (reached[id] && graph->nodes[id]->kind == KIND_GIVEN &&
            graph->nodes[id]->given == GIVEN_TRAINING)
            return true;
    return false;
}

static void note_cause(const Paths *paths, const Cause *cause) {
    Compiler *compiler = paths->graph->compiler;
    Node *node = paths->graph->nodes[cause->at->id];
    const Node *value = node_bare(paths->becomes[node->id]);
    const char *when = depends_on_training(paths->graph, node) ? "in training " : "";
    const char *name = node->name ? format_text(compiler, "'%s'", node->name) : "this";
    const char *parameter = paths->variable->name;
    if (cause->lacks_derivative)
        note_at(compiler, node->span, "the slope of this is 0 everywhere");
    else if (node_is_number(value))
        note_at(compiler, node->span, "%s%s is %g whatever '%s' is", when, name, value->value + 0,
                parameter);
    else
        note_at(compiler, node->span, "%s%s does not change with '%s'", when, name, parameter);
}

static void note_causes(const Paths *paths) {
    for (int i = 0; i < paths->cause_count; i++)
        note_cause(paths, &paths->causes[i]);
}

// Warnings

static Paths paths_of(Graph *graph, Finite finite) {
    Compiler *compiler = graph->compiler;
    return (Paths){.graph = graph,
                   .folded = finite.graph,
                   .becomes = finite.becomes,
                   .reached = graph_reach(graph, 1, &graph->cost),
                   .changes = NEW_ARRAY(compiler, bool, finite.graph->node_count),
                   .beside = NEW_ARRAY(compiler, bool, graph->node_count)};
}

/* Warns of a parameter to which no derivative leads. */
static void warn_of_untrained(Paths *paths, const Variable *variable) {
    find_causes(paths, variable);
    warning_at(
        paths->graph->compiler, variable->span,
        paths->cause_count > 0
            ? "the loss depends on '%s' only through what has no derivative, it is not trained"
            : "the loss does not depend on '%s', it is not trained",
        variable->name);
    note_causes(paths);
}

/* Warns of a parameter whose derivative is 0 by algebra. */
static void warn_of_still(Paths *paths, const Variable *variable, bool is_regularized) {
    find_causes(paths, variable);
    warning_at(paths->graph->compiler, variable->span,
               is_regularized ? "the gradient of '%s' is always 0 but for regularizers"
                              : "the gradient of '%s' is always 0, it is not trained",
               variable->name);
    note_causes(paths);
}

/* Marks, by id in the folded graph, what a derivative of the roots depends on there. */
static bool *folded_reach(Graph *graph, Finite finite, int count, Node **roots) {
    Node **folded = NEW_ARRAY(graph->compiler, Node *, count);
    for (int i = 0; i < count; i++)
        folded[i] = finite.becomes[roots[i]->id];
    return derivative_reach(finite.graph, count, folded);
}

/* The terms of the loss that are no regularizers, and last the cost. */
static Node **terms_and_cost(const Checker *checker) {
    int count = checker->loss_values.count;
    Node **roots = NEW_ARRAY(checker->compiler, Node *, count + 1);
    for (int i = 0; i < count; i++)
        roots[i] = checker->loss_values.items[i];
    roots[count] = checker->graph->cost;
    return roots;
}

static void check_slopes(const Checker *checker) {
    Graph *graph = checker->graph;
    int terms = checker->loss_values.count;
    Node **roots = terms_and_cost(checker);
    Finite finite = fold_finite(graph, terms + 1, roots);
    bool *moved = folded_reach(graph, finite, 1, &graph->cost);
    bool *taught = folded_reach(graph, finite, terms, roots);
    Paths paths = paths_of(graph, finite);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (!variable->trained)
            continue;
        int id = finite.becomes[variable->node->id]->id;
        if (!moved[id])
            warn_of_still(&paths, variable, false);
        else if (!taught[id] && terms > 0)
            warn_of_still(&paths, variable, true);
    }
}

void check_trained(Checker *checker) {
    Graph *graph = checker->graph;
    if (!graph->cost)
        return;
    bool *reached = derivative_reach(graph, 1, &graph->cost);
    Paths paths = paths_of(graph, (Finite){graph, graph->nodes});
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        if (variable->kind != VARIABLE_PARAM || variable->frozen)
            continue;
        variable->trained = reached[variable->node->id];
        if (!variable->trained)
            warn_of_untrained(&paths, variable);
    }
    check_slopes(checker);
}
