/* Part of the checker of plans: whether values that live at the same time lie apart. In: storages
   of the scratch. Out: two that do not.

   A sweep over time: each storage enters with its first kernel, is compared with those that are
   alive, and leaves after its last. Those alive are the leaves of a tree, in order of offsets,
   whose nodes know how far the memory below them reaches. */

#include "fuse/fuse.h"

#include <stdlib.h>

typedef struct {
    const FlowStorage *storage;
    int rank; /* in order of offsets */
} Tenant;

typedef struct {
    int count, leaves; /* leaves: a power of two, and more */
    Tenant **by_offset, **by_first, **by_last;
    int64_t *reaches; /* a heap: the children of i are 2 * i and 2 * i + 1 */
} Sweep;

static int compare(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

static const FlowStorage *storage_at(const void *tenant) {
    return (*(Tenant *const *)tenant)->storage;
}

static int by_offset(const void *a, const void *b) {
    return compare(storage_at(a)->offset, storage_at(b)->offset);
}

static int by_first(const void *a, const void *b) {
    return compare(storage_at(a)->first, storage_at(b)->first);
}

static int by_last(const void *a, const void *b) {
    return compare(storage_at(a)->last, storage_at(b)->last);
}

static Tenant **sorted(Compiler *compiler, Tenant *tenants, int count,
                       int (*order)(const void *, const void *)) {
    Tenant **all = NEW_ARRAY(compiler, Tenant *, count + 1);
    for (int i = 0; i < count; i++)
        all[i] = &tenants[i];
    qsort(all, (size_t)count, sizeof *all, order);
    return all;
}

static Sweep sweep_new(const Dataflow *flow) {
    Sweep sweep = {.leaves = 1};
    Tenant *tenants = NEW_ARRAY(flow->compiler, Tenant, flow->storage_count + 1);
    for (int i = 0; i < flow->storage_count; i++)
        if (flow->storages[i].offset != FLOW_NONE)
            tenants[sweep.count++].storage = &flow->storages[i];
    while (sweep.leaves <= sweep.count)
        sweep.leaves *= 2;
    sweep.by_offset = sorted(flow->compiler, tenants, sweep.count, by_offset);
    sweep.by_first = sorted(flow->compiler, tenants, sweep.count, by_first);
    sweep.by_last = sorted(flow->compiler, tenants, sweep.count, by_last);
    sweep.reaches = NEW_ARRAY(flow->compiler, int64_t, 2 * sweep.leaves);
    for (int i = 0; i < sweep.count; i++)
        sweep.by_offset[i]->rank = i;
    return sweep;
}

static void set_reach(Sweep *sweep, int rank, int64_t reach) {
    int at = sweep->leaves + rank;
    sweep->reaches[at] = reach;
    for (at /= 2; at > 0; at /= 2) {
        const int64_t *children = &sweep->reaches[2 * at];
        sweep->reaches[at] = children[0] > children[1] ? children[0] : children[1];
    }
}

/* How far the memory of those reaches that are alive and among the first `count` by offset. */
static int64_t reach_of_first(const Sweep *sweep, int count) {
    int64_t reach = 0;
    for (int to = sweep->leaves + count; to > 1; to /= 2)
        if (to & 1 && sweep->reaches[to - 1] > reach)
            reach = sweep->reaches[to - 1];
    return reach;
}

/* How many storages begin before an offset. */
static int count_before(const Sweep *sweep, int64_t offset) {
    int from = 0, to = sweep->count;
    while (from < to) {
        int middle = from + (to - from) / 2;
        if (sweep->by_offset[middle]->storage->offset < offset)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool share_memory(const FlowStorage *a, const FlowStorage *b) {
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->size &&
           b->offset < a->offset + a->size;
}

static bool any_share(Sweep *sweep) {
    for (int i = 0, gone = 0; i < sweep->count; i++) {
        const Tenant *tenant = sweep->by_first[i];
        const FlowStorage *storage = tenant->storage;
        int64_t end = storage->offset + storage->size;
        for (; gone < i && sweep->by_last[gone]->storage->last < storage->first; gone++)
            set_reach(sweep, sweep->by_last[gone]->rank, 0);
        if (reach_of_first(sweep, count_before(sweep, end)) > storage->offset)
            return true;
        set_reach(sweep, tenant->rank, end);
    }
    return false;
}

bool find_sharing(const Dataflow *flow, int *one, int *other) {
    Sweep sweep = sweep_new(flow);
    bool is_shared = any_share(&sweep);
    for (*one = 0; is_shared && *one < flow->storage_count; ++*one)
        for (*other = 0; *other < *one; ++*other)
            if (flow->storages[*one].offset != FLOW_NONE &&
                flow->storages[*other].offset != FLOW_NONE &&
                share_memory(&flow->storages[*one], &flow->storages[*other]))
                return true;
    return false;
}
