/* Part of fuse: the order of execution of clusters. In: clusters in an order that respects data
   dependences. Out: an order in which all readers of a variable come before the cluster that
   overwrites it, and the stores for which there is none. */

#include "fuse/fuser.h"

bool store_overwrites(const Store *store, const Node *leaf) {
    if (leaf->variable != store->variable || !leaf->variable)
        return false;
    if (store->kind == STORE_GRADIENT)
        return leaf->kind == KIND_GIVEN && leaf->given == GIVEN_GRADIENT;
    return store->kind == STORE_VARIABLE && (leaf->kind == KIND_PARAM || leaf->kind == KIND_STATE);
}

/* A nest may overwrite a variable that it reads elementwise itself. */
static bool reads_elementwise(const Node *reader, const Node *leaf, const Store *store) {
    const Nest *nest = reader->nest;
    if (nest != store->value->nest || reader->kind != KIND_MAP ||
        !shape_equal(leaf->shape, store->value->shape))
        return false;
    bool stores_late = store->value->in_epilogue || store->value->kind == KIND_REDUCE ||
                       node_has_terms(store->value);
    return shape_equal(reader->shape, leaf->shape) &&
           reader->in_epilogue == (stores_late && nest->has_sums);
}

/* 1 if `reader` must run in an earlier cluster than the store, -1 if no order helps, 0 if there
   is no conflict. */
static int conflict(const Node *reader, const Store *store) {
    for (int i = 0; i < reader->input_count; i++) {
        Node *leaf = node_base(reader->inputs[i]);
        if (!store_overwrites(store, leaf))
            continue;
        if (reader->cluster != store->value->cluster)
            return 1;
        bool is_direct = leaf == reader->inputs[i] && reads_elementwise(reader, leaf, store);
        if (is_direct)
            continue;
        for (int n = 0; n < reader->cluster->nest_count; n++) {
            if (reader->cluster->nests[n] == store->value->nest)
                return -1;
            if (reader->cluster->nests[n] == reader->nest)
                break;
        }
    }
    return 0;
}

/* A list of numbers of clusters or nodes. */
typedef struct {
    int count;
    int *numbers;
} Later;

typedef struct {
    Compiler *compiler;
    int count;
    Later *later;    /* by cluster: those that must come after it */
    Later *readers;  /* by variable: the nodes that read it, by number */
    bool is_forward; /* no cluster must come before one of a lower number */
    int *seen;       /* by cluster: the search that last came by */
    int *stack;
    int searches;
} Precedence;

static void precedence_add(Precedence *precedence, int from, int to) {
    Later *later = &precedence->later[from];
    precedence->is_forward &= from < to;
    if (later->count == 0 || later->numbers[later->count - 1] != to)
        PUSH(precedence->compiler, later->numbers, later->count, to);
}

static void precedence_data(const Function *function, Precedence *precedence) {
    for (int id = 0; id < function->graph->node_count; id++) {
        Node *node = function->graph->nodes[id];
        for (int i = 0; node->cluster && i < node->input_count; i++) {
            Node *base = node_base(node->inputs[i]);
            if (base->cluster && base->cluster != node->cluster)
                precedence_add(precedence, base->cluster->number, node->cluster->number);
            if (!base->variable)
                continue;
            Later *readers = &precedence->readers[base->variable->number];
            if (readers->count == 0 || readers->numbers[readers->count - 1] != id)
                PUSH(precedence->compiler, readers->numbers, readers->count, id);
        }
    }
}

/* Can `to` be reached from `from`? */
static bool precedence_reaches(Precedence *precedence, int from, int to) {
    int depth = 0, search = ++precedence->searches;
    if (precedence->is_forward && from > to)
        return false;
    precedence->stack[depth++] = from;
    precedence->seen[from] = search;
    while (depth > 0) {
        const Later *later = &precedence->later[precedence->stack[--depth]];
        for (int i = 0; i < later->count; i++) {
            int next = later->numbers[i];
            if (next == to)
                return true;
            if (precedence->seen[next] != search)
                precedence->seen[next] = search, precedence->stack[depth++] = next;
        }
    }
    return from == to;
}

/* False where the store must wait for the end of the function. */
static bool precedence_store(Function *function, Precedence *precedence, const Store *store) {
    int writer = store->value->cluster->number;
    const Later *readers = &precedence->readers[store->variable->number];
    for (int i = 0; i < readers->count; i++) {
        Node *reader = function->graph->nodes[readers->numbers[i]];
        int state = conflict(reader, store);
        if (state < 0)
            return false;
        if (state == 0)
            continue;
        if (precedence_reaches(precedence, writer, reader->cluster->number))
            return false;
        precedence_add(precedence, reader->cluster->number, writer);
    }
    return true;
}

/* A stable topological sort. */
static void sort_clusters(Function *function, const Precedence *precedence) {
    Schedule *schedule = function->schedule;
    Cluster **sorted = NEW_ARRAY(precedence->compiler, Cluster *, precedence->count + 1);
    int *waits_for = NEW_ARRAY(precedence->compiler, int, precedence->count + 1);
    for (int i = 0; i < precedence->count; i++)
        for (int k = 0; k < precedence->later[i].count; k++)
            waits_for[precedence->later[i].numbers[k]]++;
    for (int count = 0, first = 0; count < precedence->count; count++) {
        int ready = first;
        while (waits_for[ready] != 0)
            ready++;
        sorted[count] = schedule->clusters[ready];
        waits_for[ready] = -1;
        first = ready + 1; /* none before it was ready, but those that are now */
        for (int k = 0; k < precedence->later[ready].count; k++) {
            int next = precedence->later[ready].numbers[k];
            if (--waits_for[next] == 0 && next < first)
                first = next;
        }
    }
    for (int i = 0; i < precedence->count; i++) {
        sorted[i]->number = i;
        schedule->clusters[i] = sorted[i]; /* an array that PUSH made, and may add to */
    }
}

/* One more than the highest number of a variable that the function reads or writes. */
static int variable_bound(const Function *function) {
    int bound = 0;
    for (int id = 0; id < function->graph->node_count; id++) {
        const Variable *variable = function->graph->nodes[id]->variable;
        if (variable && variable->number >= bound)
            bound = variable->number + 1;
    }
    for (int i = 0; i < function->store_count; i++) {
        const Variable *variable = function->stores[i].variable;
        if (variable && variable->number >= bound)
            bound = variable->number + 1;
    }
    return bound;
}

void sequence_clusters(Function *function, bool *is_late) {
    Precedence precedence = {.compiler = function->graph->compiler,
                             .count = function->schedule->cluster_count};
    precedence.later = NEW_ARRAY(precedence.compiler, Later, precedence.count + 1);
    precedence.readers = NEW_ARRAY(precedence.compiler, Later, variable_bound(function) + 1);
    precedence.seen = NEW_ARRAY(precedence.compiler, int, precedence.count + 1);
    precedence.stack = NEW_ARRAY(precedence.compiler, int, precedence.count + 1);
    precedence.is_forward = true;
    precedence_data(function, &precedence);
    for (int i = 0; i < function->store_count; i++) {
        StoreKind kind = function->stores[i].kind;
        is_late[i] = (kind == STORE_VARIABLE || kind == STORE_GRADIENT) &&
                     !precedence_store(function, &precedence, &function->stores[i]);
    }
    sort_clusters(function, &precedence);
}
