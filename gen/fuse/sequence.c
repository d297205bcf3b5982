/* Part of fuse: the order of clusters. In: clusters in an order that data allows. Out: one in which
   who writes a variable in place comes after all who read it, and the stores for which there is
   none. */

#include "fuse/fuser.h"

bool store_overwrites(const Store *store, const Node *leaf) {
    if (leaf->variable != store->variable || !leaf->variable)
        return false;
    if (store->kind == STORE_GRADIENT)
        return leaf->kind == KIND_GIVEN && leaf->given == GIVEN_GRADIENT;
    return store->kind == STORE_VARIABLE && (leaf->kind == KIND_PARAM || leaf->kind == KIND_STATE);
}

/* Reading a variable element by element in the very nest that writes it is fine. */
static bool reads_in_step(const Node *reader, const Node *leaf, const Store *store) {
    const Nest *nest = reader->nest;
    if (nest != store->value->nest || reader->kind != KIND_MAP ||
        !shape_equal(leaf->shape, store->value->shape))
        return false;
    bool stores_late = store->value->in_tail || store->value->kind == KIND_REDUCE ||
                       store->value->kind == KIND_CONTRACT;
    return shape_equal(reader->shape, leaf->shape) &&
           reader->in_tail == (stores_late && nest->has_sums);
}

/* 1 where `reader` must be in an earlier cluster than the store, -1 where no order helps, 0 where
 * all is well. */
static int conflict(const Node *reader, const Store *store) {
    for (int i = 0; i < reader->input_count; i++) {
        Node *leaf = node_base(reader->inputs[i]);
        if (!store_overwrites(store, leaf))
            continue;
        if (reader->cluster != store->value->cluster)
            return 1;
        bool is_direct = leaf == reader->inputs[i] && reads_in_step(reader, leaf, store);
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

/* Numbers that come later, or read. */
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
} Order;

static void order_add(Order *order, int from, int to) {
    Later *later = &order->later[from];
    order->is_forward &= from < to;
    if (later->count == 0 || later->numbers[later->count - 1] != to)
        PUSH(order->compiler, later->numbers, later->count, to);
}

static void order_data(const Function *function, Order *order) {
    for (int id = 0; id < function->graph->node_count; id++) {
        Node *node = function->graph->nodes[id];
        for (int i = 0; node->cluster && i < node->input_count; i++) {
            Node *base = node_base(node->inputs[i]);
            if (base->cluster && base->cluster != node->cluster)
                order_add(order, base->cluster->number, node->cluster->number);
            if (!base->variable)
                continue;
            Later *readers = &order->readers[base->variable->number];
            if (readers->count == 0 || readers->numbers[readers->count - 1] != id)
                PUSH(order->compiler, readers->numbers, readers->count, id);
        }
    }
}

/* Can `to` be reached from `from`? */
static bool order_reaches(Order *order, int from, int to) {
    int depth = 0, search = ++order->searches;
    if (order->is_forward && from > to)
        return false;
    order->stack[depth++] = from;
    order->seen[from] = search;
    while (depth > 0) {
        const Later *later = &order->later[order->stack[--depth]];
        for (int i = 0; i < later->count; i++) {
            int next = later->numbers[i];
            if (next == to)
                return true;
            if (order->seen[next] != search)
                order->seen[next] = search, order->stack[depth++] = next;
        }
    }
    return from == to;
}

/* False where the store must wait for the end of the function. */
static bool order_store(Function *function, Order *order, const Store *store) {
    int writer = store->value->cluster->number;
    const Later *readers = &order->readers[store->variable->number];
    for (int i = 0; i < readers->count; i++) {
        Node *reader = function->graph->nodes[readers->numbers[i]];
        int state = conflict(reader, store);
        if (state < 0)
            return false;
        if (state == 0)
            continue;
        if (order_reaches(order, writer, reader->cluster->number))
            return false;
        order_add(order, reader->cluster->number, writer);
    }
    return true;
}

/* In the order that they have, but for those that must wait. */
static void sort_clusters(Function *function, const Order *order) {
    Schedule *schedule = function->schedule;
    Cluster **sorted = NEW_ARRAY(order->compiler, Cluster *, order->count + 1);
    int *waits_for = NEW_ARRAY(order->compiler, int, order->count + 1);
    for (int i = 0; i < order->count; i++)
        for (int k = 0; k < order->later[i].count; k++)
            waits_for[order->later[i].numbers[k]]++;
    for (int count = 0, first = 0; count < order->count; count++) {
        int ready = first;
        while (waits_for[ready] != 0)
            ready++;
        sorted[count] = schedule->clusters[ready];
        waits_for[ready] = -1;
        first = ready + 1; /* none before it was ready, but those that are now */
        for (int k = 0; k < order->later[ready].count; k++) {
            int next = order->later[ready].numbers[k];
            if (--waits_for[next] == 0 && next < first)
                first = next;
        }
    }
    for (int i = 0; i < order->count; i++) {
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
    Order order = {.compiler = function->graph->compiler,
                   .count = function->schedule->cluster_count};
    order.later = NEW_ARRAY(order.compiler, Later, order.count + 1);
    order.readers = NEW_ARRAY(order.compiler, Later, variable_bound(function) + 1);
    order.seen = NEW_ARRAY(order.compiler, int, order.count + 1);
    order.stack = NEW_ARRAY(order.compiler, int, order.count + 1);
    order.is_forward = true;
    order_data(function, &order);
    for (int i = 0; i < function->store_count; i++) {
        StoreKind kind = function->stores[i].kind;
        is_late[i] = (kind == STORE_VARIABLE || kind == STORE_GRADIENT) &&
                     !order_store(function, &order, &function->stores[i]);
    }
    sort_clusters(function, &order);
}
