/* Part of the checker of plans: the view of a function after place. In: nests with loops and
   instructions, storages with offsets. Out: loads and stores of the instructions. Elements are
   counted as in memory, panels as if they were contiguous. */

#include "place/place.h"

/* What the view does not say of a storage. */
typedef struct {
    const Node *node;  /* whose value it holds */
    bool has_examples; /* examples are innermost */
} Owner;

typedef struct {
    View view;
    const Layouts *layouts;
    Owner *owners; /* by index of a storage */
    const Nest *nest;
} Filling;

/* ---- storages ---- */

static void find_owners(Filling *filling) {
    const Function *function = filling->view.function;
    for (int id = 0; id < function->graph->node_count; id++) {
        const Node *node = function->graph->nodes[id];
        const Access *access = access_of(filling->layouts, function, node);
        if (access && node_is_computed(node))
            filling->owners[access->storage->index] =
                (Owner){node, function->examples > 1 && shape_count(node->shape) > 1 &&
                                  layout_has_examples_innermost(access->layout)};
    }
}

/* The elements of one example. */
static int64_t element_count(const Storage *storage, const Owner *owner) {
    if (!owner->node)
        return storage->count;
    bool is_rolling = owner->node->nest->interleaved && !owner->node->batched;
    return is_rolling ? storage->count : shape_count(owner->node->shape);
}

static bool is_given(const Storage *storage) {
    return storage->kind != STORAGE_OUTPUT && storage->kind != STORAGE_PRODUCT &&
           storage->kind != STORAGE_EXAMPLE &&
           (storage->kind != STORAGE_ARENA || storage->given == GIVEN_SUM);
}

static void add_storage(Filling *filling, const Storage *storage) {
    View *view = &filling->view;
    const Owner *owner = &filling->owners[storage->index];
    const char *name = storage->variable ? storage->variable->name
                       : owner->node     ? view->flow->values[owner->node->id].name
                       : storage->label  ? storage->label
                                         : "a value";
    int number = view_add_storage(view, name, element_count(storage, owner), is_given(storage));
    FlowStorage *added = &view->flow->storages[number];
    if (storage->kind == STORAGE_EXAMPLE)
        added->kernel = storage->owner->number;
    if (storage->kind != STORAGE_ARENA || storage->first_use < 0)
        return;
    added->offset = storage->offset;
    added->size = storage->count;
    added->first = storage->first_use;
    added->last = storage->last_use;
}

static void add_wanted(Filling *filling) {
    Function *function = filling->view.function;
    for (int i = 0; i < function->store_count; i++) {
        const Store *store = &function->stores[i];
        const Storage *storage = access_of_store(filling->layouts, function, i)->storage;
        filling->view.flow->storages[storage->index].wanted = store->value->id;
    }
}

/* ---- elements ---- */

/* Panels that use the same memory, one after the other. */
static bool is_rolling(const Access *access) {
    return access->layout->digits[0].step > 1 && access->layout->digits[0].room == 1;
}

/* The elements of the packed axis. */
static int64_t packed_extent(const Access *access) {
    const Digit *panels = &access->layout->digits[0];
    return (panels->count - 1) * panels->step + (panels->left ? panels->left : panels->step);
}

/* The stride of an instruction along a loop. */
static int64_t stride_along(const Filling *filling, const Instruction *instruction, int loop) {
    const Access *access = instruction->access;
    int64_t factor = instruction->factor[loop];
    if (loop == instruction->panel_loop)
        return 1;
    if (instruction->panel_loop >= 0 && !is_rolling(access))
        return factor / access->layout->digits[0].step * packed_extent(access);
    return filling->owners[access->storage->index].has_examples
               ? factor / filling->view.function->examples
               : factor;
}

static int64_t rounds_along(const Filling *filling, const Instruction *instruction, int loop) {
    const Access *access = instruction->access;
    int64_t extent = filling->nest->loops[loop].extent;
    int64_t width = access->layout->digits[0].step;
    bool is_cut = loop == instruction->panel_loop && is_rolling(access) && width < extent;
    return is_cut ? width : extent;
}

/* Whether an instruction is inside a loop: instructions of the epilogue are outside the summed
   loops. */
static bool is_in_loop(const Filling *filling, const Instruction *instruction, int loop) {
    return !(instruction->is_epilogue && filling->nest->loops[loop].is_summed);
}

/* Whether each example overwrites the one before, in memory other than a buffer of one example. */
static bool is_stored_again(const Filling *filling, const Instruction *instruction) {
    int loop = filling->nest->example_loop;
    return instruction->kind == INSTRUCTION_STORE && loop >= 0 &&
           is_in_loop(filling, instruction, loop) && !instruction->is_after_examples &&
           instruction->factor[loop] == 0 && instruction->access->storage->kind != STORAGE_EXAMPLE;
}

static FlowRange range_of_loops(const Filling *filling, const Instruction *instruction) {
    FlowRange range = {.first = instruction->offset};
    if (filling->owners[instruction->access->storage->index].has_examples)
        range.first /= filling->view.function->examples;
    for (int loop = 0; loop < filling->nest->loop_count; loop++)
        if (loop != filling->nest->example_loop && is_in_loop(filling, instruction, loop))
            range_add_loop(&range, rounds_along(filling, instruction, loop),
                           stride_along(filling, instruction, loop));
    if (is_stored_again(filling, instruction))
        range_add_loop(&range, filling->view.function->examples, 0);
    return range;
}

/* The range of a contraction's operand, which guarded loops may exceed. */
static FlowRange range_of_axes(const Filling *filling, const Instruction *instruction, int side) {
    const Node *contract = filling->nest->contract;
    const Access *access = instruction->access;
    int64_t examples =
        filling->owners[access->storage->index].has_examples ? filling->view.function->examples : 1;
    int panelled = -1;
    bool has_panels = layout_panels(access->layout, &panelled) > 0;
    FlowRange range = {.first = access_begin(access) / examples};
    for (int axis = 0; axis < access->rank; axis++) {
        int64_t stride = layout_stride(access->layout, axis) / examples;
        if (axis == panelled)
            stride = 1;
        else if (has_panels)
            stride = stride / access->layout->digits[0].step * packed_extent(access);
        if (access->from[axis] >= 0)
            range_add_axis(&range, contract, side, access->from[axis], stride);
    }
    return range;
}

static FlowRange range_of(const Filling *filling, const Instruction *instruction) {
    const Node *contract = filling->nest->contract;
    if (contract && !instruction->is_epilogue &&
        (filling->nest->guard_count > 0 || instruction->kind == INSTRUCTION_STORE))
        for (int side = 0; side <= contract->input_count; side++) {
            const Node *node = side > 0 ? contract->inputs[side - 1] : contract;
            if (access_of(filling->layouts, filling->view.function, node) == instruction->access &&
                (side == 0) == (instruction->kind == INSTRUCTION_STORE))
                return range_of_axes(filling, instruction, side);
        }
    return range_of_loops(filling, instruction);
}

/* ---- instructions ---- */

/* Whether an instruction belongs to a sum accumulated in memory. */
static bool is_in_memory(const Nest *nest, const Instruction *instruction) {
    return nest->contract && !nest->has_sums && instruction->node == nest->contract;
}

static FlowMoment moment_of(const Instruction *instruction) {
    return instruction->is_after_examples ? FLOW_AFTER_EXAMPLES
           : instruction->is_epilogue     ? FLOW_EPILOGUE
                                          : FLOW_BODY;
}

static FlowExamples examples_of(const Filling *filling, const Instruction *instruction) {
    int loop = filling->nest->example_loop;
    if (loop < 0 || instruction->factor[loop] == 0)
        return FLOW_ONE;
    return filling->nest->loops[loop].is_summed ? FLOW_ALL : FLOW_OWN;
}

static FlowKind kind_of(const Filling *filling, const Instruction *instruction) {
    const Nest *nest = filling->nest;
    bool is_zeros = nest->is_copy && nest->nodes[0]->op == OP_PAD && nest->operand == 0;
    if (instruction->kind != INSTRUCTION_STORE)
        return FLOW_READ;
    if (nest->node_count == 0 || is_zeros)
        return FLOW_BEGIN;
    return is_in_memory(nest, instruction) ? FLOW_ADD : FLOW_WRITE;
}

static void add_access(Filling *filling, const Instruction *instruction) {
    int storage = instruction->access->storage->index;
    int given = filling->view.flow->storages[storage].given;
    FlowAccess access = {.kind = kind_of(filling, instruction),
                         .value = instruction->kind != INSTRUCTION_STORE &&
                                          node_is_leaf(instruction->node)
                                      ? given
                                      : instruction->node->id,
                         .storage = storage,
                         .moment = moment_of(instruction),
                         .examples = examples_of(filling, instruction),
                         .range = range_of(filling, instruction)};
    view_add(&filling->view, access);
}

/* The computed node whose value an instruction leaves in a register, or NULL. */
static const Node *node_of(const Instruction *instruction) {
    bool makes = instruction->kind == INSTRUCTION_APPLY ||
                 instruction->kind == INSTRUCTION_ACCUMULATE ||
                 instruction->kind == INSTRUCTION_BATCH_SUM;
    return makes && !is_in_memory(instruction->nest, instruction) ? instruction->node : NULL;
}

static void add_instruction(Filling *filling, const Instruction *instruction) {
    FlowMoment moment = moment_of(instruction);
    for (int i = 0; i < 3; i++)
        if (instruction->operands[i] && node_of(instruction->operands[i]))
            view_add_register(&filling->view, FLOW_READ, node_of(instruction->operands[i]), moment);
    if (instruction->kind == INSTRUCTION_ACCUMULATE)
        moment = FLOW_EPILOGUE;
    if (instruction->kind == INSTRUCTION_BATCH_SUM)
        moment = FLOW_AFTER_EXAMPLES;
    if (node_of(instruction) && !instruction->same)
        view_add_register(&filling->view, FLOW_WRITE, instruction->node, moment);
    bool is_sum_so_far =
        instruction->kind == INSTRUCTION_LOAD && is_in_memory(filling->nest, instruction);
    if (instruction->access && !is_sum_so_far)
        add_access(filling, instruction);
}

/* Partial sums between blocks, private to their nest. */
static void add_partial_sums(Filling *filling, const Storage *storage) {
    FlowAccess access = {.kind = FLOW_WRITE, .storage = storage->index};
    access.value = view_add_value(&filling->view, storage->label);
    range_add_loop(&access.range, storage->count, 1);
    view_add(&filling->view, access);
}

static void add_nest(Filling *filling, const Nest *nest) {
    filling->nest = nest;
    view_add_nest(&filling->view);
    if (nest->partial_sums)
        add_partial_sums(filling, nest->partial_sums);
    for (int i = 0; i < nest->instruction_count; i++)
        add_instruction(filling, nest->instructions[i]);
}

static void add_storages(Filling *filling) {
    Function *function = filling->view.function;
    filling->owners = NEW_ARRAY(filling->view.compiler, Owner, function->schedule->storage_count);
    find_owners(filling);
    for (int i = 0; i < function->schedule->storage_count; i++)
        add_storage(filling, function->schedule->storages[i]);
    add_wanted(filling);
}

/* Straight-line code has no memory that fuse's view lacks. */
Dataflow *dataflow_placed(Function *function, const Layouts *layouts) {
    const Schedule *schedule = function->schedule;
    if (schedule->is_straight)
        return dataflow_fused(function);
    Filling filling = {.view = view_new(function), .layouts = layouts};
    filling.view.flow->size = schedule->arena_size;
    add_storages(&filling);
    for (int c = 0; c < schedule->cluster_count; c++) {
        view_add_kernel(&filling.view, schedule->clusters[c]);
        for (int n = 0; n < schedule->clusters[c]->nest_count; n++)
            add_nest(&filling, schedule->clusters[c]->nests[n]);
    }
    return filling.view.flow;
}
