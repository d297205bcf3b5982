/* Storages and accesses. In: fused functions, with the order and panels of their values. Out: a
   storage for each variable and each value in memory, with strides; place assigns offsets in the
   scratch. */

#include "layout/layout.h"

#include <string.h>

enum { SLOTS_MORE = 64 };

// Storages

static Storage *storage_new(Function *function, StorageKind kind, int64_t count) {
    Storage *storage = NEW(function->graph->compiler, Storage);
    storage->kind = kind;
    storage->count = count;
    storage->first_use = -1;
    storage->index = function->schedule->storage_count;
    PUSH(function->graph->compiler, function->schedule->storages, function->schedule->storage_count,
         storage);
    return storage;
}

static Storage **storage_slot(Function *function, const Storage *wanted) {
    Schedule *schedule = function->schedule;
    if (!schedule->storage_slot) {
        schedule->storage_slots = function->graph->node_count / 4 + SLOTS_MORE;
        schedule->storage_slot =
            NEW_ARRAY(function->graph->compiler, Storage *, schedule->storage_slots);
    }
    int number = wanted->variable ? wanted->variable->number : wanted->number + (int)wanted->given;
    return &schedule->storage_slot[number % schedule->storage_slots];
}

/* The storage of a variable, a given scalar or an output: one per kind and number. */
static Storage *storage_for(Function *function, Storage wanted) {
    Storage **slot = storage_slot(function, &wanted);
    for (Storage *found = *slot; found; found = found->next_in_slot)
        if (found->kind == wanted.kind && found->variable == wanted.variable &&
            found->given == wanted.given && found->number == wanted.number)
            return found;
    Storage *storage = storage_new(function, wanted.kind, wanted.count);
    storage->next_in_slot = *slot;
    *slot = storage;
    storage->variable = wanted.variable;
    storage->given = wanted.given;
    storage->number = wanted.number;
    return storage;
}

// Accesses

/* Strides of a dense array whose axes lie in `order`; NULL: row-major. */
static void set_strides(Access *access, Shape shape, const int8_t *order) {
    int64_t stride = 1;
    for (int i = shape.rank - 1; i >= 0; i--) {
        int axis = order && order[0] ? order[i] - 1 : i;
        access->stride[axis] = stride;
        stride *= shape.size[axis];
    }
}

/* The same with the innermost axis packed in panels. */
static void set_panels(Access *access, Shape shape, const int8_t *order, int panel) {
    set_strides(access, shape, order);
    if (panel == 0)
        return;
    int inner = (order && order[0] ? order[shape.rank - 1] : shape.rank) - 1;
    access->panel = panel;
    access->panel_axis = inner;
    access->extent = shape.size[inner];
    for (int axis = 0; axis < shape.rank; axis++)
        access->stride[axis] = axis == inner ? shape_count(shape) / access->extent
                                             : access->stride[axis] / access->extent * panel;
}

static Access *access_new(Function *function, Storage *storage) {
    Access *access = NEW(function->graph->compiler, Access);
    access->storage = storage;
    return access;
}

static Access *access_variable(Function *function, StorageKind kind, Variable *variable) {
    int64_t count = shape_count(variable->shape);
    Storage wanted = {.kind = kind, .variable = variable, .count = count};
    Access *access = access_new(function, storage_for(function, wanted));
    set_panels(access, variable->shape, variable->order, variable->panel);
    if (kind == STORAGE_INPUT)
        access->example_stride = count;
    if (kind == STORAGE_CLASSES)
        access->example_stride = 0;
    return access;
}

/* Sums of metrics are passed as doubles; the core first converts them to reals in the arena. */
static Access *access_sum(Function *function, Node *node) {
    Storage wanted = {.kind = STORAGE_ARENA,
                      .given = GIVEN_SUM,
                      .number = node->number,
                      .count = shape_count(node->shape)};
    Access *access = access_new(function, storage_for(function, wanted));
    access->storage->name = access->storage->label = given_names[GIVEN_SUM];
    set_strides(access, node->shape, NULL);
    return access;
}

static Access *access_given(Function *function, Node *node) {
    if (node->given == GIVEN_DIRECTION)
        return access_variable(function, STORAGE_DIRECTION, node->variable);
    if (node->given == GIVEN_GRADIENT)
        return access_variable(function, STORAGE_GRADIENT, node->variable);
    if (node->given == GIVEN_SUM)
        return access_sum(function, node);
    bool is_share = node->given == GIVEN_SHARE;
    Storage wanted = {.kind = is_share ? STORAGE_SHARE : STORAGE_GIVEN,
                      .given = node->given,
                      .number = node->number,
                      .count = 1};
    Access *access = access_new(function, storage_for(function, wanted));
    access->example_stride = is_share;
    return access;
}

static Access *access_table(Function *function, const Node *node) {
    Storage *storage = storage_new(function, STORAGE_TABLE, shape_count(node->shape));
    storage->constant = node;
    storage->name = storage->label = node->name ? node->name : "numbers";
    storage->span = node->span;
    Access *access = access_new(function, storage);
    set_strides(access, node->shape, NULL);
    return access;
}

static Access *access_leaf(Function *function, Node *node) {
    switch (node->kind) {
    case KIND_INPUT:
        return access_variable(function, node->variable->onehot ? STORAGE_CLASSES : STORAGE_INPUT,
                               node->variable);
    case KIND_PARAM:
    case KIND_STATE:
        return access_variable(function, STORAGE_NET, node->variable);
    case KIND_GIVEN:
        return access_given(function, node);
    case KIND_CONST:
        return access_table(function, node);
    default:
        return NULL;
    }
}

/* Examples innermost: each element is a contiguous array over the examples. */
static void set_examples_innermost(Access *access, const Function *function, const Node *node) {
    set_strides(access, node->shape, node->order);
    for (int axis = 0; axis < node->shape.rank; axis++)
        access->stride[axis] *= function->examples;
    access->example_stride = 1;
}

static Access *access_alias(Function *function, Node *node) {
    Node *input = node->inputs[0];
    Access *from = access_of(function, input);
    if (!from)
        return NULL;
    Access *access = access_new(function, from->storage);
    *access = *from;
    memset(access->stride, 0, sizeof access->stride);
    if (node->op == OP_RESHAPE && node_base(node)->examples_innermost)
        set_examples_innermost(access, function, node);
    else if (node->op == OP_RESHAPE)
        set_strides(access, node->shape, NULL);
    if (node->op == OP_EXPAND && !input->batched)
        access->example_stride = 0;
    for (int axis = 0; axis < node->shape.rank; axis++) {
        int same = axis + input->shape.rank - node->shape.rank; /* aligned at the last axis */
        if (node->op == OP_TRANSPOSE) {
            access->stride[axis] = from->stride[node->start[axis]];
            if (from->panel_axis == node->start[axis])
                access->panel_axis = axis;
        }
        if (node->op == OP_SLICE)
            access->stride[axis] = from->stride[axis];
        if (node->op == OP_SLICE)
            access->offset += node->start[axis] * from->stride[axis];
        if (node->op == OP_EXPAND && same >= 0 && input->shape.size[same] != 1)
            access->stride[axis] = from->stride[same];
        if (node->op == OP_EXPAND && same == from->panel_axis)
            access->panel_axis = axis;
    }
    return access;
}

/* A value read only inside its cluster's loop over examples has a buffer of one example. */
static bool is_local(const Node *node) {
    return node->cluster->kind == CLUSTER_EXAMPLES && !node->leaves_cluster &&
           !node->examples_innermost && shape_count(node->shape) <= LOCAL_VALUES;
}

/* Elements from one example to the next, padded: columns with a power of two as stride would map
   to a few cache sets. */
static int64_t example_stride(const Function *function, const Node *node) {
    return example_distance(&function->graph->compiler->options, function->examples,
                            shape_count(node->shape));
}

/* A vector per example, packed: each panel holds that part of every example. */
static void set_example_panels(Access *access, const Function *function, const Node *node) {
    set_panels(access, node->shape, NULL, node->panel);
    access->stride[0] = function->examples;
    access->example_stride = node->panel;
}

/* Elements of a copy whose panels all use the same memory. */
static int64_t count_interleaved(const Node *node) {
    return shape_count(node->shape) / node->shape.size[node->order[1] - 1] * node->panel;
}

static Access *access_computed(Function *function, Node *node) {
    bool is_example = is_local(node), is_many = node->batched && !is_example;
    bool is_spread = is_many && !node->examples_innermost && !node->panel;
    bool is_interleaved = node->panel && node->nest->interleaved;
    int64_t count = is_spread        ? example_stride(function, node)
                    : is_interleaved ? count_interleaved(node)
                                     : shape_count(node->shape);
    Storage *storage = storage_new(function, is_example ? STORAGE_EXAMPLE : STORAGE_ARENA,
                                   is_many ? count * function->examples : count);
    storage->name = node->name;
    storage->span = node->span;
    storage->owner = node->cluster;
    Access *access = access_new(function, storage);
    if (node->examples_innermost)
        set_examples_innermost(access, function, node);
    else if (is_many && node->panel)
        set_example_panels(access, function, node);
    else
        set_panels(access, node->shape, node->order, node->panel);
    if (is_spread)
        access->example_stride = count;
    if (is_interleaved)
        access->stride[access->panel_axis] = 0;
    return access;
}

Storage *storage_of_kernel(Function *function, const char *name, int64_t count) {
    Storage *storage = storage_new(function, STORAGE_ARENA, count);
    storage->name = storage->label = name;
    return storage;
}

Access *access_of(Function *function, Node *node) {
    if (node->access)
        return node->access;
    if (node_is_leaf(node))
        node->access = access_leaf(function, node);
    else if (node_is_alias(node))
        node->access = access_alias(function, node);
    else
        node->access = access_computed(function, node);
    return node->access;
}

Access *access_of_store(Function *function, const Store *store) {
    if (store->kind == STORE_VARIABLE)
        return access_variable(function, STORAGE_NET, store->variable);
    if (store->kind == STORE_GRADIENT)
        return access_variable(function, STORAGE_GRADIENT, store->variable);
    if (store->kind == STORE_PRODUCT)
        return access_variable(function, STORAGE_PRODUCT, store->variable);
    if (store->kind != STORE_OUTPUT)
        return access_of(function, store->value);
    int64_t count = shape_count(store->value->shape);
    Storage wanted = {.kind = STORAGE_OUTPUT, .number = store->number, .count = count};
    Access *access = access_new(function, storage_for(function, wanted));
    set_strides(access, store->value->shape, NULL);
    access->example_stride = count;
    return access;
}
