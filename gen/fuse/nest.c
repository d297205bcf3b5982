/* Part of fuse: the nests of every cluster. In: nodes with their clusters. Out: each node in the
   first nest that can take it; nodes that depend on leaves only are put next to their first
   user. Long clusters of per-batch values are split. */

#include "fuse/fuser.h"

enum { NESTS_LOOKED_BACK = 64 };

static Shape domain_of(const Node *node) {
    return node->kind == KIND_REDUCE ? node->inputs[0]->shape : node->shape;
}

bool opens_cluster(const Node *node) {
    return node_has_terms(node) || (node->kind == KIND_REDUCE && node->over_batch);
}

Nest *nest_new(Fuser *fuser, Cluster *cluster, const Node *node) {
    Nest *nest = NEW(fuser->graph->compiler, Nest);
    nest->domain = domain_of(node);
    nest->batched = node->batched || node->over_batch;
    PUSH(fuser->graph->compiler, cluster->nests, cluster->nest_count, nest);
    return nest;
}

void nest_add(Fuser *fuser, Nest *nest, Node *node, bool in_epilogue) {
    node->nest = nest;
    node->in_epilogue = in_epilogue;
    if (node_has_terms(node)) {
        nest->has_sums = true;
        if (!nest->contract)
            nest->contract = node;
    }
    if (node->kind == KIND_REDUCE) {
        nest->summed_axes = node->axes;
        nest->sums_examples = node->over_batch;
        nest->has_sums = true;
    }
    PUSH(fuser->graph->compiler, nest->nodes, nest->node_count, node);
}

typedef enum { JOIN_NOT, JOIN_BODY, JOIN_EPILOGUE } Join;

/* How a node can join a nest: in the body, or in the epilogue after its sums. */
static Join join_nest(const Node *node, const Nest *nest) {
    bool takes_body = false, takes_epilogue = false;
    for (int i = 0; i < node->input_count; i++) {
        const Node *input = node->inputs[i];
        if (!node_is_computed(input)) {
            if (node_base((Node *)input)->nest == nest)
                return JOIN_NOT;
        } else if (input->nest == nest) {
            bool is_late = input->in_epilogue || input->kind == KIND_REDUCE;
            if (is_late)
                takes_epilogue = true;
            else
                takes_body = true;
            Shape here = is_late ? nest_kept_shape(nest) : nest->domain;
            Shape wanted = node->kind == KIND_MAP ? node->shape : input->shape;
            if (!shape_equal(here, wanted))
                return JOIN_NOT;
        }
    }
    if (takes_epilogue)
        return takes_body || node->kind != KIND_MAP ? JOIN_NOT : JOIN_EPILOGUE;
    if (!shape_equal(domain_of(node), nest->domain))
        return JOIN_NOT;
    if (node->kind != KIND_REDUCE || !nest->has_sums)
        return JOIN_BODY;
    /* Among per-batch values each sum chooses its own lanes, so sums do not share a nest. */
    return node->batched && nest->summed_axes == node->axes ? JOIN_BODY : JOIN_NOT;
}

static int last_input_nest(const Cluster *cluster, const Node *node) {
    int last =
        cluster->nest_count > NESTS_LOOKED_BACK ? cluster->nest_count - NESTS_LOOKED_BACK : 0;
    for (int i = 0; i < node->input_count; i++)
        for (int n = cluster->nest_count - 1; n > last; n--)
            if (node_base(node->inputs[i])->nest == cluster->nests[n])
                last = n;
    return last;
}

/* A copying view: one nest per operand of a concatenation; for a pad, zeros and then the operand.
 */
static void assign_copies(Fuser *fuser, Node *node) {
    int count = node->op == OP_CONCAT ? node->input_count : node->op == OP_PAD ? 2 : 1;
    int64_t first = 0;
    for (int operand = 0; operand < count; operand++) {
        Nest *nest = nest_new(fuser, node->cluster, node);
        nest->is_copy = true;
        nest->operand = operand;
        bool is_fill = node->op == OP_PAD && operand == 0;
        if (!is_fill)
            nest->domain = node->inputs[node->op == OP_CONCAT ? operand : 0]->shape;
        nest->first = first;
        if (node->op == OP_CONCAT)
            first += nest->domain.size[node->axes];
        nest_add(fuser, nest, node, false);
    }
    node->in_memory = true;
}

/* A map of leaves and scalars: cheap enough to be computed in the loops of the value that uses it.
   */
static bool is_cheap(const Fuser *fuser, const Node *node) {
    ClusterKind kind = node->batched ? CLUSTER_EXAMPLES : CLUSTER_PLAIN;
    if (node->kind != KIND_MAP || !fuser->is_movable[node->id] || node->shape.rank == 0 ||
        node->cluster->kind != kind)
        return false;
    for (int i = 0; i < node->input_count; i++)
        if (!node_is_leaf(node->inputs[i]) && node->inputs[i]->shape.rank > 0)
            return false;
    return true;
}

/* Whether a cheap operand can be computed in the node's nest, element by element. */
static bool fits_in_nest(const Fuser *fuser, const Node *operand, const Node *node) {
    return node_is_computed(operand) && is_cheap(fuser, operand) &&
           operand->cluster == node->cluster && node->kind != KIND_VIEW &&
           shape_equal(operand->shape, domain_of(node));
}

static void find_delayed(Fuser *fuser) {
    Graph *graph = fuser->graph;
    fuser->is_delayed = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        for (int i = 0; i < node->input_count; i++)
            fuser->is_delayed[node->inputs[i]->id] |= fits_in_nest(fuser, node->inputs[i], node);
    }
}

static bool is_delayed(const Fuser *fuser, const Node *node) {
    return fuser->is_delayed[node->id] && !node->nest;
}

static bool comes_with(const Fuser *fuser, const Node *operand, const Node *node) {
    return is_delayed(fuser, operand) && fits_in_nest(fuser, operand, node);
}

/* The first nest that can take the node and the cheap operands that come with it: after the
   nests of the scalars that these read. */
static int first_nest(const Fuser *fuser, const Node *node) {
    const Cluster *cluster = node->cluster;
    int first = last_input_nest(cluster, node);
    for (int i = 0; i < node->input_count; i++) {
        const Node *operand = node->inputs[i];
        for (int k = 0; comes_with(fuser, operand, node) && k < operand->input_count; k++)
            for (int n = cluster->nest_count - 1; n >= first; n--)
                if (node_base(operand->inputs[k])->nest == cluster->nests[n])
                    first = n + 1;
    }
    return first;
}

static void assign_nest(Fuser *fuser, Node *node);

/* A delayed operand that cannot share the node's nest gets its nest first. */
static void assign_delayed_operands(Fuser *fuser, const Node *node) {
    for (int i = 0; i < node->input_count; i++) {
        Node *base = node_base(node->inputs[i]);
        bool is_here = node_is_computed(base) && base->cluster == node->cluster;
        if (is_here && is_delayed(fuser, base) && !comes_with(fuser, node->inputs[i], node))
            assign_nest(fuser, base);
    }
}

static void add_with_operands(Fuser *fuser, Nest *nest, Node *node, bool in_epilogue) {
    for (int i = 0; i < node->input_count; i++)
        if (comes_with(fuser, node->inputs[i], node))
            nest_add(fuser, nest, node->inputs[i], in_epilogue);
    nest_add(fuser, nest, node, in_epilogue);
}

/* Unrelated per-batch values of one shape share a nest only while it is short. */
static bool has_room(const Nest *nest, const Node *node) {
    if (nest->batched || nest->node_count < KERNEL_NODES)
        return true;
    for (int i = 0; i < node->input_count; i++)
        if (node_base(node->inputs[i])->nest == nest)
            return true;
    return false;
}

static void assign_nest(Fuser *fuser, Node *node) {
    Cluster *cluster = node->cluster;
    if (cluster->kind == CLUSTER_CONTRACT || cluster->kind == CLUSTER_BATCH_SUM) {
        bool is_first = cluster->nest_count == 0;
        Nest *nest = is_first ? nest_new(fuser, cluster, node) : cluster->nests[0];
        nest_add(fuser, nest, node, !is_first);
        return;
    }
    assign_delayed_operands(fuser, node);
    if (node->kind == KIND_VIEW) {
        assign_copies(fuser, node);
        return;
    }
    for (int n = first_nest(fuser, node); n < cluster->nest_count; n++) {
        Join join = join_nest(node, cluster->nests[n]);
        if (join == JOIN_NOT || cluster->nests[n]->is_copy || !has_room(cluster->nests[n], node))
            continue;
        add_with_operands(fuser, cluster->nests[n], node, join == JOIN_EPILOGUE);
        return;
    }
    add_with_operands(fuser, nest_new(fuser, cluster, node), node, false);
}

/* Scalars computed from scalar leaves only, as 1 - 0.9^t. */
static bool *find_scalars(const Graph *graph) {
    bool *is_number = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        is_number[id] = node->kind == KIND_MAP && !node->batched && node->shape.rank == 0;
        for (int i = 0; i < node->input_count; i++) {
            const Node *input = node->inputs[i];
            is_number[id] &= node_is_leaf(input) ? input->shape.rank == 0 : is_number[input->id];
        }
    }
    return is_number;
}

/* Such scalars come first, before all their users. */
static void assign_scalars(Fuser *fuser) {
    Graph *graph = fuser->graph;
    bool *is_number = find_scalars(graph);
    for (int id = 0; id < graph->node_count; id++)
        if (is_number[id] && graph->nodes[id]->cluster == fuser->first_plain)
            assign_nest(fuser, graph->nodes[id]);
}

/* Contractions and sums first: maps of leaves in an epilogue precede these in the graph but run
   after them. Delayed nodes that no user has taken come last. */
void assign_nests(Fuser *fuser) {
    Graph *graph = fuser->graph;
    find_delayed(fuser);
    assign_scalars(fuser);
    for (int pass = 0; pass < 3; pass++)
        for (int id = 0; id < graph->node_count; id++) {
            Node *node = graph->nodes[id];
            if (!node_is_computed(node) || node->nest || (pass == 1 && is_delayed(fuser, node)))
                continue;
            if (opens_cluster(node) == (pass == 0))
                assign_nest(fuser, node);
        }
}

// Plain clusters in pieces: a kernel of an optimizer's equations for each tensor, not one for all

/* Whether a nest reads arrays, not only scalars, of nests `first` and later. */
static bool takes_arrays(const Cluster *cluster, int first, int number) {
    const Nest *nest = cluster->nests[number];
    for (int i = 0; i < nest->node_count; i++)
        for (int k = 0; k < nest->nodes[i]->input_count; k++) {
            const Node *base = node_base(nest->nodes[i]->inputs[k]);
            for (int n = first; n < number && base->shape.rank > 0; n++)
                if (base->nest == cluster->nests[n])
                    return true;
        }
    return false;
}

/* One past the last nest of the piece that begins with nest `first`. */
static int piece_end(const Cluster *cluster, int first) {
    int count = cluster->nests[first]->node_count, end = first + 1;
    for (; end < cluster->nest_count; end++) {
        count += cluster->nests[end]->node_count;
        /* a copying view has several nests, which stay together */
        bool is_copy = cluster->nests[end]->is_copy;
        bool is_long = count > KERNEL_NODES && !is_copy;
        if (is_long && (count > MOST_KERNEL_NODES || !takes_arrays(cluster, first, end)))
            return end;
    }
    return end;
}

static void add_piece(Fuser *fuser, Cluster ***clusters, int *count, Cluster *cluster) {
    cluster->number = *count;
    for (int n = 0; n < cluster->nest_count; n++)
        for (int i = 0; i < cluster->nests[n]->node_count; i++)
            cluster->nests[n]->nodes[i]->cluster = cluster;
    PUSH(fuser->graph->compiler, *clusters, *count, cluster);
}

void cut_clusters(Fuser *fuser) {
    Schedule *schedule = fuser->schedule;
    Cluster **clusters = NULL;
    int count = 0;
    for (int i = 0; i < schedule->cluster_count; i++) {
        Cluster *whole = schedule->clusters[i];
        if (whole->kind != CLUSTER_PLAIN || whole->nest_count == 0) {
            add_piece(fuser, &clusters, &count, whole);
            continue;
        }
        for (int first = 0, end; first < whole->nest_count; first = end) {
            Cluster *piece = NEW(fuser->graph->compiler, Cluster);
            end = piece_end(whole, first);
            piece->kind = whole->kind;
            for (int n = first; n < end; n++)
                PUSH(fuser->graph->compiler, piece->nests, piece->nest_count, whole->nests[n]);
            add_piece(fuser, &clusters, &count, piece);
        }
    }
    schedule->clusters = clusters;
    schedule->cluster_count = count;
}
