/* Part of the checker of plans: the view of a function after fuse. In: clusters of nests of
   nodes, or a straight-line function. Out: reads and writes, with every value in a row-major
   storage of its own. */

#include "fuse/fuse.h"

/* Strides of a view within the value that it is a view of. */
typedef struct {
    int64_t first, stride[MAX_RANK];
} Strides;

typedef struct {
    View view;
    bool is_straight;
    int *node_storage;                   /* by id, FLOW_NONE: none yet */
    int *net_storage, *gradient_storage; /* by number of a variable */
    int *first_store, *next_store;       /* by id and by store: number of a store, or FLOW_NONE */
} Filling;

/* ---- storages ---- */

static int storage_in(Filling *filling, int *number, const char *name, int64_t count,
                      bool is_given) {
    if (*number == FLOW_NONE)
        *number = view_add_storage(&filling->view, name, count, is_given);
    return *number;
}

/* Memory that a function may overwrite while others read it: its own values, the net, the block
   of gradients. */
static int storage_of(Filling *filling, const Node *base) {
    int64_t count = shape_count(base->shape);
    if (!node_is_leaf(base))
        return storage_in(filling, &filling->node_storage[base->id],
                          filling->view.flow->values[base->id].name, count, false);
    if (base->kind == KIND_PARAM || base->kind == KIND_STATE)
        return storage_in(filling, &filling->net_storage[base->variable->number],
                          base->variable->name, count, true);
    if (base->kind == KIND_GIVEN && base->given == GIVEN_GRADIENT)
        return storage_in(filling, &filling->gradient_storage[base->variable->number],
                          base->variable->name, count, true);
    return FLOW_NONE;
}

static int storage_of_store(Filling *filling, const Store *store) {
    int64_t count = shape_count(store->value->shape);
    switch (store->kind) {
    case STORE_VARIABLE:
        return storage_in(filling, &filling->net_storage[store->variable->number],
                          store->variable->name, count, true);
    case STORE_GRADIENT:
        return storage_in(filling, &filling->gradient_storage[store->variable->number],
                          store->variable->name, count, true);
    case STORE_PRODUCT:
    case STORE_OUTPUT:
        return view_add_storage(&filling->view, filling->view.flow->values[store->value->id].name,
                                count, false);
    default:
        return storage_in(filling, &filling->node_storage[store->value->id],
                          filling->view.flow->values[store->value->id].name, count, false);
    }
}

static int value_of(const Filling *filling, const Node *base, int storage) {
    return node_is_leaf(base) ? filling->view.flow->storages[storage].given : base->id;
}

/* ---- elements ---- */

static Strides row_major(Shape shape, int64_t first) {
    Strides strides = {.first = first};
    int64_t stride = 1;
    for (int axis = shape.rank - 1; axis >= 0; axis--) {
        strides.stride[axis] = stride;
        stride *= shape.size[axis];
    }
    return strides;
}

static Strides strides_of(const Node *node) {
    if (!node_is_alias(node))
        return row_major(node->shape, 0);
    const Node *input = node->inputs[0];
    Strides from = strides_of(input);
    if (node->op == OP_RESHAPE)
        return row_major(node->shape, from.first);
    Strides strides = {.first = from.first};
    for (int axis = 0; axis < node->shape.rank; axis++) {
        int same = axis + input->shape.rank - node->shape.rank;
        if (node->op == OP_TRANSPOSE)
            strides.stride[axis] = from.stride[node->start[axis]];
        else if (node->op == OP_SLICE) {
            strides.stride[axis] = from.stride[axis];
            strides.first += node->start[axis] * from.stride[axis];
        } else if (same >= 0 && input->shape.size[same] != 1)
            strides.stride[axis] = from.stride[same];
    }
    return strides;
}

/* The elements of a node, broadcast to the shape of the loops. */
static FlowRange range_over(const Node *node, Shape shape) {
    Strides strides = strides_of(node);
    FlowRange range = {.first = strides.first};
    for (int axis = 0; axis < shape.rank; axis++) {
        int same = axis + node->shape.rank - shape.rank;
        bool moves = same >= 0 && node->shape.size[same] != 1;
        range_add_loop(&range, shape.size[axis], moves ? strides.stride[same] : 0);
    }
    return range;
}

static FlowRange range_of_operand(const Node *contract, int side) {
    const Node *operand = contract->inputs[side - 1];
    Strides strides = strides_of(operand);
    FlowRange range = {.first = strides.first};
    for (int axis = 0; axis < operand->shape.rank; axis++)
        range_add_axis(&range, contract, side, axis, strides.stride[axis]);
    return range;
}

/* ---- accesses ---- */

static FlowMoment moment_of(const Node *node) {
    bool is_sum = node->kind == KIND_REDUCE || node_has_terms(node);
    return node->nest && node->nest->has_sums && (node->in_epilogue || is_sum) ? FLOW_EPILOGUE
                                                                               : FLOW_BODY;
}

static void add_memory(Filling *filling, const Node *node, Node *operand, FlowRange range,
                       FlowMoment moment) {
    const Node *base = node_base(operand);
    int storage = storage_of(filling, base);
    FlowAccess access = {.kind = FLOW_READ,
                         .storage = storage,
                         .moment = moment,
                         .examples = node_examples(node, base),
                         .range = range};
    if (storage == FLOW_NONE)
        return;
    access.value = value_of(filling, base, storage);
    view_add(&filling->view, access);
}

static bool is_at_hand(const Filling *filling, const Node *node, const Node *operand) {
    bool takes_registers = node->kind == KIND_MAP || node->kind == KIND_REDUCE;
    return !filling->is_straight && node_is_computed(operand) && takes_registers &&
           (operand->nest == node->nest || node_is_constant_in(operand, node->cluster));
}

static void add_reads(Filling *filling, Node *node) {
    FlowMoment moment = node->kind == KIND_MAP ? moment_of(node) : FLOW_BODY;
    for (int i = 0; i < node->input_count; i++) {
        Node *operand = node->inputs[i];
        if (is_at_hand(filling, node, operand))
            view_add_register(&filling->view, FLOW_READ, operand, moment);
        else if (node_has_terms(node))
            add_memory(filling, node, operand, range_of_operand(node, i + 1), moment);
        else
            add_memory(filling, node, operand,
                       range_over(operand, node->kind == KIND_MAP ? node->shape : operand->shape),
                       moment);
    }
}

static void add_write(Filling *filling, const Node *node, int storage) {
    FlowAccess access = {.kind = FLOW_WRITE,
                         .value = node->id,
                         .storage = storage,
                         .moment = moment_of(node),
                         .examples = node->batched ? FLOW_OWN : FLOW_ONE};
    Strides strides = row_major(node->shape, 0);
    for (int axis = 0; axis < node->shape.rank; axis++)
        range_add_loop(&access.range, node->shape.size[axis], strides.stride[axis]);
    view_add(&filling->view, access);
}

/* Writes a node to its own storage, if it must be in memory. */
static void keep_node(Filling *filling, const Node *node) {
    bool is_kept = node->in_memory || filling->is_straight;
    for (int i = filling->first_store[node->id]; i >= 0; i = filling->next_store[i])
        is_kept |= filling->view.function->stores[i].kind >= STORE_COST;
    if (is_kept)
        add_write(filling, node, storage_of(filling, node));
}

static void add_store(Filling *filling, const Store *store) {
    int storage = storage_of_store(filling, store);
    filling->view.flow->storages[storage].wanted = store->value->id;
    if (store->kind < STORE_COST || !node_is_computed(store->value))
        add_write(filling, store->value, storage);
}

/* Nest number `operand` of a copying view. */
static void add_copy(Filling *filling, const Nest *nest) {
    Node *node = nest->nodes[0];
    Strides strides = row_major(node->shape, 0);
    bool is_fill = node->op == OP_PAD && nest->operand == 0;
    Node *input = node->inputs[node->op == OP_CONCAT ? nest->operand : 0];
    Shape shape = is_fill ? node->shape : input->shape;
    FlowAccess access = {.kind = is_fill ? FLOW_BEGIN : FLOW_WRITE,
                         .value = node->id,
                         .storage = storage_of(filling, node),
                         .examples = node->batched ? FLOW_OWN : FLOW_ONE};
    if (!is_fill)
        add_memory(filling, node, input, range_over(input, shape), FLOW_BODY);
    if (node->op == OP_RESHAPE)
        strides = row_major(shape, 0);
    for (int axis = 0; axis < shape.rank; axis++) {
        if (node->op == OP_PAD && !is_fill)
            access.range.first += node->start[axis] * strides.stride[axis];
        range_add_loop(&access.range, shape.size[axis], strides.stride[axis]);
    }
    if (node->op == OP_CONCAT)
        access.range.first += nest->first * strides.stride[node->axes];
    view_add(&filling->view, access);
}

static void add_node(Filling *filling, Node *node) {
    add_reads(filling, node);
    if (!filling->is_straight)
        view_add_register(&filling->view, FLOW_WRITE, node, moment_of(node));
    keep_node(filling, node);
}

/* Stores that overwrite come after the nest's reads. */
static void add_nest(Filling *filling, const Nest *nest) {
    view_add_nest(&filling->view);
    if (nest->is_copy)
        add_copy(filling, nest);
    for (int i = 0; !nest->is_copy && i < nest->node_count; i++)
        add_node(filling, nest->nodes[i]);
    for (int i = 0; i < nest->node_count; i++)
        for (int s = filling->first_store[nest->nodes[i]->id]; s >= 0; s = filling->next_store[s])
            add_store(filling, &filling->view.function->stores[s]);
}

/* Straight-line code: each node is a nest; stores come at the end, after all reads. */
static void add_statements(Filling *filling) {
    Function *function = filling->view.function;
    view_add_kernel(&filling->view, NULL);
    for (int id = 0; id < function->graph->node_count; id++)
        if (node_is_computed(function->graph->nodes[id])) {
            view_add_nest(&filling->view);
            add_node(filling, function->graph->nodes[id]);
        }
    view_add_nest(&filling->view);
    for (int i = 0; i < function->store_count; i++) {
        Node *value = function->stores[i].value;
        add_memory(filling, value, value, range_over(value, value->shape), FLOW_BODY);
    }
    for (int i = 0; i < function->store_count; i++) {
        view_add_nest(&filling->view);
        add_store(filling, &function->stores[i]);
    }
}

static int *no_numbers(Compiler *compiler, int count) {
    int *numbers = NEW_ARRAY(compiler, int, count + 1);
    for (int i = 0; i < count; i++)
        numbers[i] = FLOW_NONE;
    return numbers;
}

static void find_stores(Filling *filling) {
    const Function *function = filling->view.function;
    for (int i = function->store_count - 1; i >= 0; i--) {
        int id = function->stores[i].value->id;
        filling->next_store[i] = filling->first_store[id];
        filling->first_store[id] = i;
    }
}

static int variable_bound(const Function *function) {
    int bound = 0;
    for (int id = 0; id < function->graph->node_count; id++) {
        const Variable *variable = function->graph->nodes[id]->variable;
        bound = variable && variable->number >= bound ? variable->number + 1 : bound;
    }
    for (int i = 0; i < function->store_count; i++) {
        const Variable *variable = function->stores[i].variable;
        bound = variable && variable->number >= bound ? variable->number + 1 : bound;
    }
    return bound;
}

Dataflow *dataflow_fused(Function *function) {
    const Schedule *schedule = function->schedule;
    Filling filling = {.view = view_new(function), .is_straight = schedule->is_straight};
    Compiler *compiler = filling.view.compiler;
    int nodes = function->graph->node_count, variables = variable_bound(function);
    filling.node_storage = no_numbers(compiler, nodes);
    filling.first_store = no_numbers(compiler, nodes);
    filling.next_store = no_numbers(compiler, function->store_count);
    filling.net_storage = no_numbers(compiler, variables);
    filling.gradient_storage = no_numbers(compiler, variables);
    find_stores(&filling);
    if (schedule->is_straight)
        add_statements(&filling);
    for (int c = 0; c < schedule->cluster_count; c++) {
        view_add_kernel(&filling.view, schedule->clusters[c]);
        for (int n = 0; n < schedule->clusters[c]->nest_count; n++)
            add_nest(&filling, schedule->clusters[c]->nests[n]);
    }
    return filling.view.flow;
}
