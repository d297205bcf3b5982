/* Storages and accesses. In: fused functions, with the layouts of their values. Out: a storage for
   each variable and each value in memory, and how kernels address it; place assigns offsets in the
   scratch. */

#include "layout/layouts.h"

enum { SLOTS_MORE = 64 };

// Storages

static Storage *storage_new(const Function *function, StorageKind kind, int64_t count) {
    Storage *storage = NEW(function->graph->compiler, Storage);
    storage->kind = kind;
    storage->count = count;
    storage->first_use = -1;
    storage->index = function->schedule->storage_count;
    PUSH(function->graph->compiler, function->schedule->storages, function->schedule->storage_count,
         storage);
    return storage;
}

/* The storages of one function in the making. Those of variables, outputs and given scalars stand
   in a hash table, chained: there is one for each kind and number. */
typedef struct {
    Storage *storage;
    int next; /* 1 + the next entry, 0: none */
} Entry;

typedef struct {
    Layouts *layouts;
    const Function *function;
    int slot_count, entry_count;
    int *slots; /* 1 + the first entry, 0: none */
    Entry *entries;
} Making;

static Storage *storage_for(Making *making, Storage wanted) {
    int number = wanted.variable ? wanted.variable->number : wanted.number + (int)wanted.given;
    int *slot = &making->slots[number % making->slot_count];
    for (int i = *slot; i > 0; i = making->entries[i - 1].next) {
        Storage *found = making->entries[i - 1].storage;
        if (found->kind == wanted.kind && found->variable == wanted.variable &&
            found->given == wanted.given && found->number == wanted.number)
            return found;
    }
    Storage *storage = storage_new(making->function, wanted.kind, wanted.count);
    storage->variable = wanted.variable;
    storage->given = wanted.given;
    storage->number = wanted.number;
    Entry entry = {storage, *slot};
    PUSH(making->layouts->compiler, making->entries, making->entry_count, entry);
    *slot = making->entry_count;
    return storage;
}

// Accesses

Access access_to_numbers(const Layout *row_major, int rank) {
    Access access = {.layout = row_major, .rank = rank};
    for (int axis = 0; axis < rank; axis++)
        access.from[axis] = (int8_t)axis;
    return access;
}

static Access *access_new(const Layouts *layouts, Storage *storage, const Layout *layout,
                          int rank) {
    Access *access = NEW(layouts->compiler, Access);
    *access = access_to_numbers(layout, rank);
    access->storage = storage;
    return access;
}

int64_t access_begin(const Access *access) {
    int64_t begin = access->offset;
    for (int axis = 0; axis < access->rank; axis++)
        begin += access->start[axis] * layout_stride(access->layout, axis);
    return begin;
}

/* The caller's array, one value behind the other. */
static const Layout *of_caller(Layouts *layouts, Shape shape, int64_t examples) {
    LayoutOf of = {.shape = shape, .examples = examples};
    of.type = type_of_reals(&layouts->compiler->options);
    return layouts_keep(layouts, layout_row_major(&of));
}

static Access *access_data(Making *making, Variable *variable) {
    bool has_reals = !variable->onehot; /* classes: the address is the number of a class */
    Storage wanted = {.kind = has_reals ? STORAGE_INPUT : STORAGE_CLASSES, .variable = variable};
    wanted.count = shape_count(variable->shape);
    const Layout *layout =
        of_caller(making->layouts, variable->shape, has_reals ? making->function->examples : 0);
    Access *access =
        access_new(making->layouts, storage_for(making, wanted), layout, variable->shape.rank);
    access->has_examples = has_reals;
    return access;
}

static Access *access_variable(Making *making, StorageKind kind, Variable *variable) {
    int64_t count = shape_count(variable->shape);
    Storage wanted = {.kind = kind, .variable = variable, .count = count};
    return access_new(making->layouts, storage_for(making, wanted),
                      layout_of_variable(making->layouts, variable), variable->shape.rank);
}

/* Sums of metrics are passed as doubles; the core first converts them to reals in the arena. */
static Access *access_sum(Making *making, const Node *node) {
    Storage wanted = {.kind = STORAGE_ARENA,
                      .given = GIVEN_SUM,
                      .number = node->number,
                      .count = shape_count(node->shape)};
    Storage *storage = storage_for(making, wanted);
    storage->name = storage->label = given_names[GIVEN_SUM];
    return access_new(making->layouts, storage, of_caller(making->layouts, node->shape, 0),
                      node->shape.rank);
}

static Access *access_given(Making *making, const Node *node) {
    if (node->given == GIVEN_DIRECTION)
        return access_variable(making, STORAGE_DIRECTION, node->variable);
    if (node->given == GIVEN_GRADIENT)
        return access_variable(making, STORAGE_GRADIENT, node->variable);
    if (node->given == GIVEN_SUM)
        return access_sum(making, node);
    bool is_share = node->given == GIVEN_SHARE;
    Storage wanted = {.kind = is_share ? STORAGE_SHARE : STORAGE_GIVEN,
                      .given = node->given,
                      .number = node->number,
                      .count = 1};
    Access *access = access_new(
        making->layouts, storage_for(making, wanted),
        of_caller(making->layouts, node->shape, is_share ? making->function->examples : 0),
        node->shape.rank);
    access->has_examples = is_share;
    return access;
}

/* The numbers as they lie; what no element has is 0. */
static Access *access_table(Making *making, const Node *node) {
    Compiler *compiler = making->layouts->compiler;
    const Layout *layout = layout_of(making->layouts, making->function, node);
    int64_t count = layout_size(layout);
    double *numbers = NEW_ARRAY(compiler, double, count);
    for (int64_t k = 0; k < shape_count(node->shape); k++)
        numbers[layout_position_of(layout, node->shape, k)] = node->numbers[k];
    Storage *storage = storage_new(making->function, STORAGE_TABLE, count);
    storage->constant = node;
    storage->numbers = numbers;
    storage->row = layout->digits[layout->digit_count - 1].count;
    LayoutOf of = layout_subject(making->function, node);
    storage->kept = layout_kept_text(compiler, layout, &of);
    storage->name = storage->label = node->name ? node->name : "numbers";
    storage->span = node->span;
    return access_new(making->layouts, storage, layout, node->shape.rank);
}

static Access *access_leaf(Making *making, const Node *node) {
    switch (node->kind) {
    case KIND_INPUT:
        return access_data(making, node->variable);
    case KIND_PARAM:
    case KIND_STATE:
        return access_variable(making, STORAGE_NET, node->variable);
    case KIND_GIVEN:
        return access_given(making, node);
    case KIND_CONST:
        return access_table(making, node);
    default:
        return NULL;
    }
}

/* The same memory as that of a value of another shape, row-major within each example: the digit of
   examples stays as it is, and what it steps over. */
static Layout reshaped_layout(const Layout *from, Shape shape) {
    Layout layout = {.type = from->type, .alignment = from->alignment, .gap = from->gap};
    bool is_inner = layout_has_examples_innermost(from);
    const Digit *examples = NULL;
    for (int i = 0; i < from->digit_count; i++)
        if (from->digits[i].axis == AXIS_EXAMPLES)
            examples = &from->digits[i];
    if (examples && !is_inner)
        layout.digits[layout.digit_count++] = *examples;
    for (int axis = 0; axis < shape.rank; axis++)
        layout_add(&layout, axis, 1, shape.size[axis]);
    if (examples && is_inner)
        layout.digits[layout.digit_count++] = *examples;
    if (examples && !is_inner)
        layout.gap = layout_stride(from, AXIS_EXAMPLES) - shape_count(shape);
    return layout;
}

Access *access_reshaped(Layouts *layouts, const Access *from, Shape shape) {
    Access *access =
        access_new(layouts, from->storage,
                   layouts_keep(layouts, reshaped_layout(from->layout, shape)), shape.rank);
    access->has_examples = from->has_examples;
    access->offset = access_begin(from);
    return access;
}

/* Which axis of a view runs along an axis of its input, and from which index on. */
static void follow_axis(const Node *view, int8_t *from, int64_t *start) {
    const Node *input = view->inputs[0];
    int axis = *from;
    if (view->op == OP_SLICE)
        *start += view->start[axis];
    if (view->op == OP_EXPAND)
        *from =
            (int8_t)(input->shape.size[axis] == 1 ? -1
                                                  : axis + view->shape.rank - input->shape.rank);
    for (int i = 0; view->op == OP_TRANSPOSE && i < view->shape.rank; i++)
        if (view->start[i] == axis)
            *from = (int8_t)i;
}

static Access *access_alias(Making *making, const Node *node, const Access *from) {
    if (node->op == OP_RESHAPE)
        return access_reshaped(making->layouts, from, node->shape);
    Access *access = access_new(making->layouts, from->storage, from->layout, from->rank);
    *access = *from;
    access->has_examples &= node->op != OP_EXPAND || node->inputs[0]->batched;
    for (int axis = 0; axis < from->rank; axis++)
        if (access->from[axis] >= 0)
            follow_axis(node, &access->from[axis], &access->start[axis]);
    return access;
}

/* A value read only inside its cluster's loop over examples has a buffer of one example. */
static bool is_local(const Node *node) {
    return node->cluster->kind == CLUSTER_EXAMPLES && !node->leaves_cluster &&
           !node->cluster->examples_in_lanes && shape_count(node->shape) <= LOCAL_VALUES;
}

/* How a computed value lies in the end. Values of one example each are padded where rows that are a
   power of two apart would share a few cache sets; a buffer of one example, and a copy that is made
   panel by panel, use the same memory in turn. */
static Layout final_layout(const Function *function, const Node *node, const Layout *decided) {
    Layout layout = *decided;
    int64_t count = shape_count(node->shape);
    if (layout.digit_count == 0)
        return layout;
    Digit *outer = &layout.digits[0];
    if (node->batched && is_local(node))
        outer->room = 1;
    else if (node->batched && layout_is_row_major(&layout))
        layout.gap =
            example_distance(&function->graph->compiler->options, function->examples, count) -
            count;
    else if (outer->step > 1 && node->nest->interleaved)
        outer->room = 1;
    return layout;
}

static Access *access_computed(Making *making, const Node *node) {
    const Layout *layout = layouts_keep(
        making->layouts,
        final_layout(making->function, node, layout_of(making->layouts, making->function, node)));
    layouts_set(making->layouts, making->function, node, layout);
    StorageKind kind = is_local(node) ? STORAGE_EXAMPLE : STORAGE_ARENA;
    Storage *storage = storage_new(making->function, kind, layout_size(layout));
    storage->name = node->name;
    storage->span = node->span;
    storage->owner = node->cluster;
    Access *access = access_new(making->layouts, storage, layout, node->shape.rank);
    access->has_examples = node->batched && kind != STORAGE_EXAMPLE;
    return access;
}

Storage *storage_of_kernel(Function *function, const char *name, int64_t count) {
    Storage *storage = storage_new(function, STORAGE_ARENA, count);
    storage->name = storage->label = name;
    return storage;
}

const Access *access_of(const Layouts *layouts, const Function *function, const Node *node) {
    return layouts_in(layouts, function)->accesses[node->id];
}

const Access *access_of_store(const Layouts *layouts, const Function *function, int store) {
    return layouts_in(layouts, function)->stores[store];
}

void access_set(Layouts *layouts, const Function *function, const Node *node, Storage *storage) {
    LayoutOf of = layout_subject(function, node);
    const Layout *layout = layouts_keep(layouts, layout_with_innermost(&of, AXIS_EXAMPLES));
    Access *access = access_new(layouts, storage, layout, node->shape.rank);
    access->has_examples = true;
    layouts_in(layouts, function)->accesses[node->id] = access;
}

// What kernels need

/* The access to a node, made where it is the first. */
static const Access *need(Making *making, const Node *node) {
    Access **access = &layouts_in(making->layouts, making->function)->accesses[node->id];
    if (*access)
        return *access;
    if (node_is_alias(node)) {
        const Access *from = need(making, node->inputs[0]);
        *access = from ? access_alias(making, node, from) : NULL;
    } else if (node_is_leaf(node))
        *access = access_leaf(making, node);
    else
        *access = access_computed(making, node);
    return *access;
}

static void need_store(Making *making, int number) {
    const Store *store = &making->function->stores[number];
    const Access **access = &layouts_in(making->layouts, making->function)->stores[number];
    int64_t count = shape_count(store->value->shape);
    Storage output = {.kind = STORAGE_OUTPUT, .number = store->number, .count = count};
    if (*access)
        return;
    if (store->kind == STORE_VARIABLE)
        *access = access_variable(making, STORAGE_NET, store->variable);
    else if (store->kind == STORE_GRADIENT)
        *access = access_variable(making, STORAGE_GRADIENT, store->variable);
    else if (store->kind == STORE_PRODUCT)
        *access = access_variable(making, STORAGE_PRODUCT, store->variable);
    else if (store->kind == STORE_OUTPUT) {
        Access *made =
            access_new(making->layouts, storage_for(making, output),
                       of_caller(making->layouts, store->value->shape, making->function->examples),
                       store->value->shape.rank);
        made->has_examples = true;
        *access = made;
    } else
        *access = need(making, store->value);
}

static void need_read(Making *making, const Node *operand) {
    const Node *base = node_base((Node *)operand);
    if (!node_is_number(base) && base->kind != KIND_RANDOM)
        need(making, operand);
}

/* What the kernel does not have in a register. */
static void need_operand(Making *making, const Nest *nest, const Node *operand) {
    bool is_seen = operand->nest == nest || node_is_constant_in(operand, nest->nodes[0]->cluster);
    if (is_seen && operand->kind == KIND_MAP && operand->op == OP_DETACH)
        need_operand(making, nest, operand->inputs[0]);
    else if (!is_seen || !operand->nest)
        need_read(making, operand);
}

static void need_operands(Making *making, const Nest *nest, const Node *node) {
    bool is_border = node->kind == KIND_VIEW && node->op == OP_PAD && nest->operand == 0;
    if (node->kind == KIND_VIEW && !is_border)
        need_read(making, node->inputs[node->op == OP_CONCAT ? nest->operand : 0]);
    for (int i = 0; i < node->input_count && node->kind != KIND_VIEW; i++)
        if (node_has_terms(node))
            need_read(making, node->inputs[i]);
        else
            need_operand(making, nest, node->inputs[i]);
}

static void need_node(Making *making, const Nest *nest, const Node *node) {
    bool is_scattered = node_has_terms(node) && !contract_gathers(node->contract, node->shape);
    if (is_scattered)
        need(making, node);
    need_operands(making, nest, node);
    for (int s = store_first(making->function, node); s >= 0; s = store_next(making->function, s))
        need_store(making, s);
    if (node->in_memory || node->kind == KIND_VIEW)
        need(making, node);
}

void make_storages(Layouts *layouts, Function *function) {
    const Schedule *schedule = function->schedule;
    Making making = {.layouts = layouts, .function = function};
    making.slot_count = function->graph->node_count / 4 + SLOTS_MORE;
    making.slots = NEW_ARRAY(layouts->compiler, int, making.slot_count);
    for (int c = 0; c < schedule->cluster_count; c++)
        for (int n = 0; n < schedule->clusters[c]->nest_count; n++) {
            const Nest *nest = schedule->clusters[c]->nests[n];
            for (int i = 0; i < nest->node_count; i++)
                need_node(&making, nest, nest->nodes[i]);
        }
    for (int i = 0; i < function->store_count; i++)
        need_store(&making, i);
}
