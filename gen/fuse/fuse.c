/* fuse: which values are computed together. In: folded functions. Out: for each function either
   the decision to emit straight-line code, or a list of clusters in order of execution, with
   every computed node in one nest of one cluster. Loops are chosen by tile, memory by place.

   A map joins the contraction or sum before it if it has the same elements (bias, activation,
   mask, an optimizer's equations); all other per-example values share one loop over examples;
   per-batch values share plain loops. */

#include "fuse/fuser.h"

/* Accumulated in memory, so its result is never in a register. */
static bool is_scattered(const Node *node) {
    return node_has_terms(node) && !contract_gathers(node->contract, node->shape);
}

/* ---- straight or in nests ---- */

/* Operations of a value in straight-line code; a copying view counts a move per element. */
static double node_operations(const Node *node) {
    if (!node_is_computed(node))
        return 0;
    return node->kind == KIND_VIEW ? (double)shape_count(node->shape) : node_flops(node);
}

/* A stored leaf or alias counts a move per element. */
static double function_operations(const Function *function) {
    double count = 0;
    for (int i = 0; i < function->graph->node_count; i++)
        count += node_operations(function->graph->nodes[i]);
    for (int i = 0; i < function->store_count; i++) {
        const Node *value = function->stores[i].value;
        count += node_is_computed(value) ? 0 : (double)shape_count(value->shape);
    }
    return count;
}

/* Windows are loops, written out in part by their plans: straight-line code has none. */
static bool has_windows(const Function *function) {
    for (int i = 0; i < function->graph->node_count; i++)
        if (function->graph->nodes[i]->kind == KIND_WINDOW)
            return true;
    return false;
}

/* The function that finishes metrics is straight-line code if it is short, whatever form the
   others have. */
static bool finishes_straight(const Function *function) {
    double count = function_operations(function);
    if (has_windows(function))
        return false;
    for (int i = 0; i < function->store_count; i++)
        count += (double)shape_count(function->stores[i].value->shape);
    return count <= STRAIGHT_OPERATIONS;
}

static bool runs_straight(const Program *program) {
    double most = 0;
    bool is_looped = false;
    for (int i = 0; i < program->function_count; i++) {
        if (program->functions[i]->kind == FUNCTION_FINISH)
            continue;
        is_looped |= has_windows(program->functions[i]);
        double count = function_operations(program->functions[i]);
        if (count > most)
            most = count;
    }
    Compiler *compiler = program->compiler;
    if (compiler->options.unroll == UNROLL_FULL && most > STRAIGHT_LIMIT)
        stop_at(compiler, (Span){0},
                "--unroll=full would emit %.15g operations in one function, the limit is %d", most,
                STRAIGHT_LIMIT);
    if (is_looped)
        return false;
    if (compiler->options.unroll == UNROLL_AUTO)
        return most <= STRAIGHT_OPERATIONS;
    return compiler->options.unroll == UNROLL_FULL;
}

/* ---- clusters ---- */

static Cluster *cluster_new(Fuser *fuser, ClusterKind kind) {
    Compiler *compiler = fuser->graph->compiler;
    Cluster *cluster = NEW(compiler, Cluster);
    cluster->kind = kind;
    cluster->number = fuser->schedule->cluster_count;
    PUSH(compiler, fuser->schedule->clusters, fuser->schedule->cluster_count, cluster);
    return cluster;
}

/* The first cluster of a kind from number `from` on, a new one where there is none. */
static Cluster *cluster_from(Fuser *fuser, ClusterKind kind, int from) {
    for (int i = from; i < fuser->schedule->cluster_count; i++)
        if (fuser->schedule->clusters[i]->kind == kind)
            return fuser->schedule->clusters[i];
    return cluster_new(fuser, kind);
}

static bool node_is_movable(const Fuser *fuser, const Node *node) {
    if (opens_cluster(node))
        return false;
    for (int i = 0; i < node->input_count; i++)
        if (!node_is_leaf(node->inputs[i]) && !fuser->is_movable[node->inputs[i]->id])
            return false;
    return true;
}

static Cluster *last_input_cluster(Node *node) {
    Cluster *last = NULL;
    for (int i = 0; i < node->input_count; i++) {
        Cluster *cluster = node_base(node->inputs[i])->cluster;
        if (cluster && (!last || cluster->number > last->number))
            last = cluster;
    }
    return last;
}

static bool same_elements(const Node *a, const Node *b) {
    return a->batched == b->batched && shape_equal(a->shape, b->shape);
}

/* A map can join the cluster's epilogue, in registers, if it has the same elements and reads values
   of the cluster elementwise. What is made of windows and is not per example may lie in panels, which
   kernels of windows do not know. */
static bool joins_epilogue(const Node *node, const Cluster *cluster) {
    if (!cluster->root || node->kind != KIND_MAP || !same_elements(node, cluster->root))
        return false;
    if (is_scattered(cluster->root) || (cluster->root->kind == KIND_WINDOW && !node->batched))
        return false;
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        if (node_base(input)->cluster == cluster &&
            (node_base(input) != input || !same_elements(input, node)))
            return false;
    }
    return true;
}

static bool are_same_windows(const Node *a, const Node *b) {
    return a->kind == b->kind && a->inputs[0] == b->inputs[0] && shape_equal(a->shape, b->shape) &&
           contract_equal(a->contract, b->contract);
}

/* Where maxima of windows are is found beside the maxima themselves. */
static Cluster *cluster_of_maximum(const Fuser *fuser, const Node *node) {
    const Node *found = fuser->windows_over[node->inputs[0]->id];
    if (node->kind != KIND_WINDOW || node->op != OP_WINDOW_FIRST)
        return NULL;
    while (found && (found->op != OP_WINDOW_MAX || !are_same_windows(found, node)))
        found = fuser->windows_beside[found->id];
    return found ? found->cluster : NULL;
}

static void note_windows(Fuser *fuser, Node *node) {
    if (node->kind != KIND_WINDOW)
        return;
    Node **first = &fuser->windows_over[node->inputs[0]->id];
    fuser->windows_beside[node->id] = *first;
    *first = node;
}

static Cluster *choose_cluster(Fuser *fuser, Node *node) {
    Cluster *last = last_input_cluster(node);
    int from = last ? last->number : 0;
    if (opens_cluster(node) && cluster_of_maximum(fuser, node))
        return cluster_of_maximum(fuser, node);
    if (opens_cluster(node)) {
        Cluster *cluster =
            cluster_new(fuser, node_has_terms(node) ? CLUSTER_CONTRACT : CLUSTER_BATCH_SUM);
        cluster->root = node;
        return cluster;
    }
    if (last && !fuser->is_summed[node->id] && joins_epilogue(node, last))
        return last;
    return cluster_from(fuser, node->batched ? CLUSTER_EXAMPLES : CLUSTER_PLAIN, from);
}

/* Scalars that depend on leaves only come first; larger such values are assigned with their
   users. */
static void assign_clusters(Fuser *fuser) {
    Graph *graph = fuser->graph;
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        if (node_is_leaf(node))
            continue;
        fuser->is_movable[id] = node_is_movable(fuser, node);
        if (node_is_alias(node))
            continue;
        note_windows(fuser, node);
        if (!fuser->is_movable[id])
            node->cluster = choose_cluster(fuser, node);
        else if (!node->batched && node->shape.rank == 0)
            node->cluster = fuser->first_plain;
    }
}

/* ---- maps that are computed where they are used ---- */

/* Users of a node: epilogues of one cluster, or a use that an epilogue is too late for. */
typedef struct {
    Cluster *cluster;
    bool is_bound; /* stored, or used by several clusters, through an alias, or as an operand */
} Wanted;

static void note_wanted(Wanted *wanted, const Node *user) {
    bool is_in_epilogue = user->cluster && !opens_cluster(user);
    wanted->is_bound |= !is_in_epilogue || (wanted->cluster && wanted->cluster != user->cluster);
    wanted->cluster = user->cluster;
}

/* Nodes that are in memory anyway since another cluster reads them. */
static bool *find_kept(const Fuser *fuser) {
    const Graph *graph = fuser->graph;
    bool *is_kept = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int id = 0; id < graph->node_count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++) {
            const Node *input = node_base(graph->nodes[id]->inputs[i]);
            if (input->cluster && graph->nodes[id]->cluster &&
                input->cluster != graph->nodes[id]->cluster)
                is_kept[input->id] = true;
        }
    return is_kept;
}

static bool can_sink(const Node *node, const Wanted *wanted, const bool *is_kept) {
    if (!node->cluster || node->kind != KIND_MAP || !node->batched || !wanted->cluster ||
        wanted->is_bound || wanted->cluster == node->cluster ||
        !joins_epilogue(node, wanted->cluster))
        return false;
    for (int i = 0; i < node->input_count; i++)
        if (!node_is_leaf(node->inputs[i]) && !is_kept[node_base(node->inputs[i])->id])
            return false;
    return true;
}

/* Moves maps to their users: a derivative in terms of the output, such as 1 - y * y, is computed
   where it is used, since the output is kept for the next layer anyway.

   A per-example map moves from its cluster into the epilogue of a later one if
   - all its users are in that epilogue and read it elementwise: the contraction or sum reads its
     operands before its epilogue runs, and an alias needs memory;
   - it has the same elements as that contraction;
   - the function does not store it;
   - everything it reads is a leaf or in memory for another cluster. */
static void sink_maps(Fuser *fuser) {
    Graph *graph = fuser->graph;
    Wanted *wanted = NEW_ARRAY(graph->compiler, Wanted, graph->node_count + 1);
    bool *is_kept = find_kept(fuser);
    for (int i = 0; i < fuser->function->store_count; i++)
        wanted[fuser->function->stores[i].value->id].is_bound = true;
    for (int id = graph->node_count - 1; id >= 0; id--) {
        Node *node = graph->nodes[id];
        if (can_sink(node, &wanted[id], is_kept))
            node->cluster = wanted[id].cluster;
        for (int i = 0; i < node->input_count; i++)
            note_wanted(&wanted[node->inputs[i]->id], node);
    }
}

/* Users of a node, seen through aliases. */
typedef struct {
    Cluster *first; /* the first cluster that uses it */
    /* of a contraction or a sum over examples, or read through an alias: must be in memory */
    bool is_operand;
} Users;

static void note_users(const Node *node, Users *users) {
    Cluster *cluster = node_is_computed(node) ? node->cluster : users[node->id].first;
    bool wants_memory = !node_is_computed(node) || opens_cluster(node);
    for (int i = 0; cluster && i < node->input_count; i++) {
        Users *user = &users[node->inputs[i]->id];
        if (!user->first || cluster->number < user->first->number)
            user->first = cluster;
        user->is_operand |= wants_memory;
    }
}

static Cluster *choose_movable(const Fuser *fuser, const Node *node, const Users *users) {
    Cluster *user = users->first;
    if (user && user->kind == (node->batched ? CLUSTER_EXAMPLES : CLUSTER_PLAIN))
        return user;
    if (user && !users->is_operand && joins_epilogue(node, user))
        return user;
    return node->batched ? fuser->first_examples : fuser->first_plain;
}

static void assign_movable(Fuser *fuser) {
    Graph *graph = fuser->graph;
    Users *users = NEW_ARRAY(graph->compiler, Users, graph->node_count);
    for (int id = graph->node_count - 1; id >= 0; id--) {
        Node *node = graph->nodes[id];
        if (node_is_computed(node) && !node->cluster)
            node->cluster = choose_movable(fuser, node, &users[id]);
        note_users(node, users);
    }
}

/* A store that cannot be in place becomes a copy at the end of the function. */
static void copy_late(Fuser *fuser, Store *store) {
    static const Span nowhere = {0};
    fuser->graph->at = nowhere;
    Node *copy = graph_map(fuser->graph, OP_DETACH, store->value, NULL, NULL);
    copy->cluster = cluster_new(fuser, CLUSTER_PLAIN);
    nest_add(fuser, nest_new(fuser, copy->cluster, copy), copy, false);
    store->value = copy;
}

static void order_clusters(Fuser *fuser) {
    Function *function = fuser->function;
    bool *is_late = NEW_ARRAY(fuser->graph->compiler, bool, function->store_count + 1);
    sequence_clusters(function, is_late);
    for (int i = 0; i < function->store_count; i++)
        if (is_late[i])
            copy_late(fuser, &function->stores[i]);
}

/* ---- what must be in memory ---- */

static void mark_memory(Graph *graph) {
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        if (!node_is_computed(node))
            continue;
        for (int i = 0; i < node->input_count; i++) {
            Node *base = node_base(node->inputs[i]);
            if (!node_is_computed(base))
                continue;
            bool is_direct = base == node->inputs[i] && node->kind != KIND_VIEW;
            bool is_seen = base->nest == node->nest || node_is_constant_in(base, node->cluster);
            if (!is_direct || !is_seen)
                base->in_memory = true;
            if (base->cluster != node->cluster)
                base->leaves_cluster = true;
        }
    }
}

static void drop_empty_clusters(Schedule *schedule) {
    int count = 0;
    for (int i = 0; i < schedule->cluster_count; i++)
        if (schedule->clusters[i]->nest_count > 0)
            schedule->clusters[count++] = schedule->clusters[i];
    schedule->cluster_count = count;
    for (int i = 0; i < count; i++)
        schedule->clusters[i]->number = i;
}

/* Gives every store a computed node of its own. */
static void compute_stores(Function *function) {
    for (int i = 0; i < function->store_count; i++) {
        Store *store = &function->stores[i];
        if (store->kind == STORE_OUTPUT && !store->value->batched)
            store->value = graph_expand(function->graph, store->value, store->value->shape, true);
        bool may_be_packed = store->value->kind == KIND_WINDOW && store->variable;
        if (node_is_computed(store->value) && store->value->kind != KIND_VIEW &&
            !is_scattered(store->value) && !may_be_packed)
            continue;
        store->value = graph_map(function->graph, OP_DETACH, store->value, NULL, NULL);
    }
}

/* Finds maps such as squares that only a norm sums up: they are computed in the loops of the sum
   and not kept in memory. */
static void find_summed(Fuser *fuser) {
    Graph *graph = fuser->graph;
    bool *is_other = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    fuser->is_summed = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int i = 0; i < fuser->function->store_count; i++)
        is_other[fuser->function->stores[i].value->id] = true;
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        bool is_sum = node->kind == KIND_REDUCE && !node->over_batch;
        for (int i = 0; i < node->input_count; i++)
            (is_sum ? fuser->is_summed : is_other)[node->inputs[i]->id] = true;
    }
    for (int id = 0; id < graph->node_count; id++)
        fuser->is_summed[id] &= !is_other[id] && !graph->nodes[id]->batched;
}

static void fuse_function(Function *function) {
    Graph *graph = function->graph;
    Fuser fuser = {.function = function, .graph = graph, .schedule = function->schedule};
    compute_stores(function);
    find_summed(&fuser);
    fuser.is_movable = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    fuser.windows_over = NEW_ARRAY(graph->compiler, Node *, graph->node_count + 1);
    fuser.windows_beside = NEW_ARRAY(graph->compiler, Node *, graph->node_count + 1);
    fuser.first_plain = cluster_new(&fuser, CLUSTER_PLAIN);
    fuser.first_examples = cluster_new(&fuser, CLUSTER_EXAMPLES);
    assign_clusters(&fuser);
    sink_maps(&fuser);
    assign_movable(&fuser);
    assign_nests(&fuser);
    cut_clusters(&fuser);
    order_clusters(&fuser);
    drop_empty_clusters(function->schedule);
    mark_memory(graph);
}

/* Straight-line code works on a whole number of vectors of examples; groups of prediction are those
   of all versions. */
static int64_t straight_examples(const Program *program, const Function *function) {
    if (function->kind == FUNCTION_PREDICT_BATCH)
        return widest_lanes_for(&program->compiler->options, program->graph->batch);
    int64_t lanes = straight_lanes(function);
    return (function->examples + lanes - 1) / lanes * lanes;
}

/* In contracts of the function's own: the others belong to the whole graph. */
static void gather_contracts(Graph *graph) {
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        if (node->kind != KIND_CONTRACT)
            continue;
        node->contract = array_copy(graph->compiler, node->contract, 1, sizeof *node->contract);
        contract_gather(node);
    }
}

void fuse(Program *program) {
    bool is_straight = runs_straight(program);
    for (int i = 0; i < program->function_count; i++) {
        Function *function = program->functions[i];
        function->schedule = NEW(program->compiler, Schedule);
        bool is_finish = function->kind == FUNCTION_FINISH;
        function->schedule->is_straight = is_finish ? finishes_straight(function) : is_straight;
        gather_contracts(function->graph);
        if (is_straight)
            function->examples = straight_examples(program, function);
        if (!function->schedule->is_straight)
            fuse_function(function);
    }
}
