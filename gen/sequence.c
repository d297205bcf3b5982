/* Part of fuse: the order of clusters. In: clusters in an order that data allows. Out: one in which
   who writes a variable in place comes after all who read it, and the stores for which there is
   none. */

#include "plan.h"

static bool same_place(const Node *leaf, const Store *store) {
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
        if (!same_place(leaf, store))
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

typedef struct {
    int count;
    int *next; /* numbers of the clusters that must come later */
} Later;

typedef struct {
    Compiler *compiler;
    int count;
    Later *later; /* by cluster */
} Order;

static bool order_has(const Order *order, int from, int to) {
    for (int i = 0; i < order->later[from].count; i++)
        if (order->later[from].next[i] == to)
            return true;
    return false;
}

static void order_add(Order *order, int from, int to) {
    if (!order_has(order, from, to))
        PUSH(order->compiler, order->later[from].next, order->later[from].count, to);
}

static void order_data(const Function *function, Order *order) {
    for (int id = 0; id < function->graph->node_count; id++) {
        Node *node = function->graph->nodes[id];
        for (int i = 0; node->cluster && i < node->input_count; i++) {
            Cluster *from = node_base(node->inputs[i])->cluster;
            if (from && from != node->cluster)
                order_add(order, from->number, node->cluster->number);
        }
    }
}

/* Can `to` be reached from `from`? */
static bool order_reaches(const Order *order, int from, int to) {
    bool *seen = NEW_ARRAY(order->compiler, bool, order->count);
    int *stack = NEW_ARRAY(order->compiler, int, order->count), depth = 0;
    stack[depth++] = from;
    seen[from] = true;
    while (depth > 0) {
        const Later *later = &order->later[stack[--depth]];
        for (int i = 0; i < later->count; i++) {
            if (later->next[i] == to)
                return true;
            if (!seen[later->next[i]])
                seen[later->next[i]] = true, stack[depth++] = later->next[i];
        }
    }
    return from == to;
}

/* False where the store must wait for the end of the function. */
static bool order_store(Function *function, Order *order, const Store *store) {
    int writer = store->value->cluster->number;
    for (int id = 0; id < function->graph->node_count; id++) {
        Node *reader = function->graph->nodes[id];
        int state = reader->cluster ? conflict(reader, store) : 0;
        if (state < 0)
            return false;
        if (state == 0 || order_has(order, reader->cluster->number, writer))
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
            waits_for[order->later[i].next[k]]++;
    for (int count = 0; count < order->count; count++) {
        int ready = 0;
        while (waits_for[ready] != 0)
            ready++;
        sorted[count] = schedule->clusters[ready];
        waits_for[ready] = -1;
        for (int k = 0; k < order->later[ready].count; k++)
            waits_for[order->later[ready].next[k]]--;
    }
    schedule->clusters = sorted;
    for (int i = 0; i < order->count; i++)
        sorted[i]->number = i;
}

void sequence_clusters(Function *function, bool *is_late) {
    Order order = {.compiler = function->graph->compiler,
                   .count = function->schedule->cluster_count};
    order.later = NEW_ARRAY(order.compiler, Later, order.count + 1);
    order_data(function, &order);
    for (int i = 0; i < function->store_count; i++) {
        StoreKind kind = function->stores[i].kind;
        is_late[i] = (kind == STORE_VARIABLE || kind == STORE_GRADIENT) &&
                     !order_store(function, &order, &function->stores[i]);
    }
    sort_clusters(function, &order);
}
