/* Folding of whole graphs. In: a graph and the nodes that are wanted. Out: a graph of the same
   values without constants to compute, repeated or unused nodes. The rules are rows of
   fold_rules.h; fold_build.c applies them, fold_view.c handles views. */

#include "rewrite/fold.h"
#include "rewrite/rules.h"

enum { MAX_ROUNDS = 4, WORK_PER_NODE = 40, WORK_AT_LEAST = 4096 };

/* Pointers that hold nodes which must survive folding. */
typedef struct {
    int count;
    Node ***slots;
} Wanted;

static void want(Compiler *compiler, Wanted *wanted, Node **slot) {
    if (*slot)
        PUSH(compiler, wanted->slots, wanted->count, slot);
}

static bool *reach_wanted(const Graph *graph, const Wanted *wanted) {
    bool *reached = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int i = 0; i < wanted->count; i++)
        reached[(*wanted->slots[i])->id] = true;
    for (int id = graph->node_count - 1; id >= 0; id--)
        for (int i = 0; reached[id] && i < graph->nodes[id]->input_count; i++)
            reached[graph->nodes[id]->inputs[i]->id] = true;
    return reached;
}

static void drop_unused(Graph *graph, const Wanted *wanted) {
    bool *reached = reach_wanted(graph, wanted);
    int count = 0;
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        if (!reached[id])
            continue;
        node->id = count;
        graph->nodes[count++] = node;
    }
    graph->node_count = count;
}

/* The user's name goes with the value. */
static void keep_name(Node *node, const Node *old) {
    bool is_nameable = !node_is_number(node) && node->kind != KIND_GIVEN && !node->variable;
    if (is_nameable && !node->name)
        node->name = old->name;
}

static Node *rebuild(Fold *fold, const Node *old, Node **becomes) {
    Node *inputs[3], **all = inputs, key = *old;
    Compiler *compiler = fold->graph->compiler;
    if (old->input_count > 3)
        all = NEW_ARRAY(compiler, Node *, old->input_count);
    for (int i = 0; i < old->input_count; i++)
        all[i] = becomes[old->inputs[i]->id];
    key.inputs = all;
    if (!key.variable)
        key.name = NULL;
    fold->graph->at = old->span;
    Node *node = fold_node(fold, &key);
    keep_name(node, old);
    return node;
}

/* Builds the graph anew; true if that changed it. */
static bool fold_round(Graph *graph, const Wanted *wanted, RuleTime time) {
    Fold fold;
    Compiler *compiler = graph->compiler;
    int before = graph->node_count;
    bool *reached = reach_wanted(graph, wanted);
    Node **becomes = NEW_ARRAY(compiler, Node *, graph->node_count + 1);
    Graph *fresh = graph_new(compiler);
    fold_start(&fold, fresh, time);
    fold.budget = WORK_AT_LEAST + (int64_t)WORK_PER_NODE * before;
    for (int id = 0; id < before; id++)
        if (reached[id] || node_is_name_at_hand(graph->nodes[id], becomes))
            becomes[id] = rebuild(&fold, graph->nodes[id], becomes);
    for (int i = 0; i < wanted->count; i++)
        *wanted->slots[i] = becomes[(*wanted->slots[i])->id];
    graph->nodes = fresh->nodes;
    graph->node_count = fresh->node_count;
    drop_unused(graph, wanted);
    return graph->node_count != before;
}

static void fold_wanted(Graph *graph, const Wanted *wanted, RuleTime time) {
    for (int round = 0; round < MAX_ROUNDS; round++)
        if (!fold_round(graph, wanted, time))
            return;
}

static Wanted wanted_of_graph(Graph *graph) {
    Compiler *compiler = graph->compiler;
    Wanted wanted = {0};
    for (int i = 0; i < graph->variable_count; i++) {
        Variable *variable = graph->variables[i];
        want(compiler, &wanted, &variable->node);
        want(compiler, &wanted, &variable->initial);
        want(compiler, &wanted, &variable->point);
        want(compiler, &wanted, &variable->gradient);
        want(compiler, &wanted, &variable->next);
        want(compiler, &wanted, &variable->stepped);
    }
    for (int i = 0; i < graph->output_count; i++)
        want(compiler, &wanted, &graph->outputs[i]);
    for (int i = 0; i < graph->jacobian_count; i++)
        want(compiler, &wanted, &graph->jacobians[i].value);
    for (int i = 0; i < graph->sum_count; i++)
        want(compiler, &wanted, &graph->sums[i]);
    for (int i = 0; i < graph->metric_count; i++)
        want(compiler, &wanted, &graph->metrics[i].finish);
    for (int i = 0; i < graph->direction_count; i++)
        for (int k = 0; k < graph->directions[i].count; k++)
            want(compiler, &wanted, &graph->directions[i].nodes[k]);
    want(compiler, &wanted, &graph->cost);
    return wanted;
}

void stabilise(Graph *graph) {
    Wanted wanted = wanted_of_graph(graph);
    fold_wanted(graph, &wanted, STABLE);
}

static void skip_detach(Node **slot) {
    while ((*slot)->kind == KIND_MAP && (*slot)->op == OP_DETACH)
        *slot = (*slot)->inputs[0];
}

/* optimizer_step.c keeps gradients apart from what becomes of them, so that both fold as they do in
   functions of their own. */
static void join_steps(Graph *graph, const Wanted *wanted) {
    for (int id = 0; id < graph->node_count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++)
            skip_detach(&graph->nodes[id]->inputs[i]);
    for (int i = 0; i < wanted->count; i++)
        skip_detach(wanted->slots[i]);
    drop_unused(graph, wanted);
}

static bool is_training(const Node *node) {
    return node->kind == KIND_GIVEN && node->given == GIVEN_TRAINING;
}

Finite fold_finite(Graph *graph, int root_count, Node **roots) {
    Fold fold;
    Compiler *compiler = graph->compiler;
    int before = graph->node_count;
    Finite finite = {graph_new(compiler), NEW_ARRAY(compiler, Node *, before)};
    bool *reached = graph_reach(graph, root_count, roots);
    fold_start(&fold, finite.graph, ALGEBRA | FINITE);
    fold.budget = WORK_AT_LEAST + (int64_t)WORK_PER_NODE * before;
    for (int id = 0; id < before; id++) {
        const Node *node = graph->nodes[id];
        if (reached[id])
            finite.becomes[id] = is_training(node) ? fold.builder.constant(&fold.builder, 1)
                                                   : rebuild(&fold, node, finite.becomes);
    }
    return finite;
}

/* Rewrites forms that only differentiation needs. Named values are kept in this round. */
static void fold_first(Graph *graph, const Wanted *wanted) {
    Compiler *compiler = graph->compiler;
    Wanted all = {0};
    for (int i = 0; i < wanted->count; i++)
        want(compiler, &all, wanted->slots[i]);
    Node **named = NEW_ARRAY(compiler, Node *, graph->node_count);
    for (int id = 0; id < graph->node_count; id++) {
        named[id] = graph->nodes[id]->name ? graph->nodes[id] : NULL;
        want(compiler, &all, &named[id]);
    }
    fold_round(graph, &all, FIRST);
}

void fold(Program *program) {
    for (int i = 0; i < program->function_count; i++) {
        Function *function = program->functions[i];
        Wanted wanted = {0};
        for (int k = 0; k < function->store_count; k++)
            want(program->compiler, &wanted, &function->stores[k].value);
        fold_first(function->graph, &wanted);
        fold_wanted(function->graph, &wanted, ALGEBRA);
        bool is_exact = program->compiler->options.is_exact;
        fold_round(function->graph, &wanted, is_exact ? LAST : LAST | QUICK);
        if (machine_of(&program->compiler->options)->has_fma)
            fold_round(function->graph, &wanted, FUSED);
        join_steps(function->graph, &wanted);
    }
}
