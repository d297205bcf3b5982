/* What one round of a nest does. In: a nest's nodes. Out: its loops, and its instructions, with the
   address of each load and store as an affine expression of the loops. */

#include "lower/lower.h"

#include <string.h>

/* An element index: per axis an affine expression of the nest's loops. */
typedef struct {
    int64_t offset[MAX_RANK];
    int64_t factor[MAX_RANK][MAX_NEST_LOOPS];
} NestIndex;

/* A store deferred until the nest has read what it overwrites. */
typedef struct LateStore {
    Node *node;
    Instruction *value;
    const Access *access;
    NestIndex index;
    bool is_after_examples;
} LateStore;

static int loop_add(Nest *nest, int64_t extent, bool is_summed) {
    nest->loops[nest->loop_count] = (Loop){.extent = extent, .is_summed = is_summed, .unroll = 1};
    return nest->loop_count++;
}

static void loop_add_examples(NestBuilder *builder, bool is_summed) {
    builder->nest->example_loop = loop_add(builder->nest, builder->function->examples, is_summed);
    builder->nest->loops[builder->nest->example_loop].over_examples = true;
}

static void add_domain_loops(NestBuilder *builder, bool is_summed) {
    Nest *nest = builder->nest;
    for (int axis = 0; axis < nest->domain.rank; axis++)
        if ((nest->summed_axes >> axis & 1) == is_summed)
            builder->domain_loop[axis] = loop_add(nest, nest->domain.size[axis], is_summed);
}

static void add_contract_loops(NestBuilder *builder, bool is_summed) {
    Node *node = builder->nest->contract;
    bool gathers = contract_gathers(node->contract, node->shape);
    for (int loop = 0; loop < node->contract->loop_count; loop++)
        if ((gathers && !contract_keeps_loop(node, loop)) == is_summed)
            builder->contract_loop[loop] =
                loop_add(builder->nest, node->contract->extent[loop], is_summed);
}

/* First come the loops that are not summed, then the summed ones. The loop over examples is the
   first of its kind; where examples_come_last, it is the last that is not summed. */
static void add_loops(NestBuilder *builder) {
    Nest *nest = builder->nest;
    nest->example_loop = -1;
    bool has_examples = nest->batched || builder->cluster->kind == CLUSTER_EXAMPLES;
    bool sums_examples = nest->sums_examples;
    if (nest->contract) {
        for (int i = 0; i < nest->contract->input_count; i++)
            sums_examples |= nest->contract->inputs[i]->batched && !nest->contract->batched;
        has_examples = nest->contract->batched;
    }
    bool is_last = nest->contract && examples_come_last(nest->contract);
    if (has_examples && !sums_examples && !is_last)
        loop_add_examples(builder, false);
    if (nest->contract)
        add_contract_loops(builder, false);
    if (has_examples && !sums_examples && is_last)
        loop_add_examples(builder, false);
    if (!nest->contract)
        add_domain_loops(builder, false);
    if (sums_examples)
        loop_add_examples(builder, true);
    if (nest->contract)
        add_contract_loops(builder, true);
    else
        add_domain_loops(builder, true);
}

static Instruction *instruction_add(NestBuilder *builder, InstructionKind kind, Node *node,
                                    bool is_epilogue) {
    Instruction *instruction = NEW(builder->compiler, Instruction);
    instruction->kind = kind;
    instruction->nest = builder->nest;
    instruction->node = node;
    instruction->is_epilogue = is_epilogue;
    instruction->is_after_examples = builder->is_after_examples;
    instruction->panel_loop = -1;
    PUSH(builder->compiler, builder->nest->instructions, builder->nest->instruction_count,
         instruction);
    return instruction;
}

/* The index of a value as one of the layout that it is accessed in. */
static NestIndex index_in(const Access *access, const NestIndex *index) {
    NestIndex within = {0};
    for (int axis = 0; axis < access->rank; axis++) {
        int from = access->from[axis];
        within.offset[axis] = access->start[axis] + (from >= 0 ? index->offset[from] : 0);
        if (from >= 0)
            memcpy(within.factor[axis], index->factor[from], sizeof within.factor[axis]);
    }
    return within;
}

/* The same as affine expressions of the loops, that of the examples first; `terms` has room. */
static void affine_index(const Nest *nest, const Access *access, const NestIndex *within,
                         Affine *index, Term (*terms)[MAX_NEST_LOOPS]) {
    for (int i = 0; i <= access->rank; i++) {
        index[i] = affine_number(i > 0 ? within->offset[i - 1] : 0);
        index[i].terms = terms[i];
        for (int loop = 0; loop < nest->loop_count; loop++) {
            bool is_example = access->has_examples && loop == nest->example_loop;
            int64_t factor = i > 0 ? within->factor[i - 1][loop] : is_example;
            if (factor != 0)
                terms[i][index[i].term_count++] = (Term){loop, factor};
        }
    }
}

/* In packed memory the address is an affine expression within a panel only: the index is kept, and
   the loop along the packed axis. */
static void enter_panels(NestBuilder *builder, Instruction *instruction, const NestIndex *within,
                         const Affine *index) {
    Nest *nest = builder->nest;
    const Access *access = instruction->access;
    int panelled, width = (int)layout_panels(access->layout, &panelled);
    instruction->index = NEW_ARRAY(builder->compiler, Affine, access->rank + 1);
    for (int i = 0; i <= access->rank; i++) /* + 0: a copy whose terms outlive the caller's */
        instruction->index[i] = affine_add(builder->compiler, index[i], affine_number(0));
    for (int axis = 0; axis < access->rank; axis++) {
        int64_t stride = layout_stride(access->layout, axis);
        instruction->offset += stride * within->offset[axis];
        for (int loop = 0; loop < nest->loop_count; loop++) {
            instruction->factor[loop] += stride * within->factor[axis][loop];
            if (axis == panelled && within->factor[axis][loop] != 0)
                instruction->panel_loop = loop;
        }
    }
    if (nest->example_loop >= 0 && access->has_examples)
        instruction->factor[nest->example_loop] += layout_stride(access->layout, AXIS_EXAMPLES);
    if (instruction->panel_loop < 0)
        stop_at(builder->compiler, instruction->node->span, "internal: no address is affine");
    instruction->varies |= 1u << instruction->panel_loop;
    nest->loops[instruction->panel_loop].panel = width;
}

/* Composes an index with an access. */
static void instruction_address(NestBuilder *builder, Instruction *instruction,
                                const Access *access, const NestIndex *index) {
    Nest *nest = builder->nest;
    NestIndex within = index_in(access, index);
    Affine by_loops[MAX_RANK + 1], address;
    Term terms[MAX_RANK + 1][MAX_NEST_LOOPS];
    Range ranges[MAX_NEST_LOOPS];
    for (int loop = 0; loop < nest->loop_count; loop++)
        ranges[loop] = (Range){0, nest->loops[loop].extent - 1, 1};
    affine_index(nest, access, &within, by_loops, terms);
    instruction->access = access->storage ? access : NULL;
    instruction->offset = access->offset;
    if (layout_address(builder->compiler, access->layout, by_loops, ranges, &address)) {
        instruction->offset += address.offset;
        for (int i = 0; i < address.term_count; i++)
            instruction->factor[address.terms[i].variable] = address.terms[i].factor;
    } else
        enter_panels(builder, instruction, &within, by_loops);
    for (int loop = 0; loop < nest->loop_count; loop++)
        if (instruction->factor[loop] != 0)
            instruction->varies |= 1u << loop;
}

/* Reads a value: a load, a constant or a random number. */
static Instruction *instruction_read(NestBuilder *builder, Node *node, const NestIndex *index,
                                     bool is_epilogue) {
    Node *leaf = node_base(node);
    if (node_is_number(leaf))
        return instruction_add(builder, INSTRUCTION_CONST, leaf, is_epilogue);
    bool is_random = leaf->kind == KIND_RANDOM;
    LayoutOf of = {.shape = leaf->shape};
    Layout row_major = layout_row_major(&of);
    Access numbers = access_to_numbers(&row_major, leaf->shape.rank);
    const Access *access =
        is_random ? &numbers : access_of(builder->layouts, builder->function, node);
    bool is_class = !is_random && access->storage->kind == STORAGE_CLASSES;
    Instruction *instruction = instruction_add(builder,
                                               is_random  ? INSTRUCTION_RANDOM
                                               : is_class ? INSTRUCTION_CLASS
                                                          : INSTRUCTION_LOAD,
                                               leaf, is_epilogue);
    instruction_address(builder, instruction, access, index);
    if ((is_random || is_class) && leaf->batched && builder->nest->example_loop >= 0)
        instruction->varies |= 1u << builder->nest->example_loop;
    if (is_random)
        builder->function->schedule->uses_random = true;
    Instruction *same = equal_load(builder, instruction);
    if (same != instruction)
        builder->nest->instruction_count--;
    return same;
}

/* The loop along an axis of what is left of the nest's values when sums are done. */
static int kept_loop(const NestBuilder *builder, int kept_axis) {
    const Nest *nest = builder->nest;
    const Contract *contract = nest->contract ? nest->contract->contract : NULL;
    for (int loop = 0; contract && loop < contract->loop_count; loop++)
        if (contract->index[0].factor[kept_axis][loop] == 1)
            return builder->contract_loop[loop];
    for (int axis = 0; !contract && axis < nest->domain.rank; axis++)
        if (!(nest->summed_axes >> axis & 1) && kept_axis-- == 0)
            return builder->domain_loop[axis];
    stop_at(builder->compiler, nest->nodes[0]->span, "internal: an axis has no loop");
}

/* The index of an elementwise operand, broadcast: axes are aligned at the last one. */
static NestIndex index_aligned(const NestBuilder *builder, Shape shape, bool is_epilogue) {
    NestIndex index = {0};
    Shape whole = is_epilogue ? nest_kept_shape(builder->nest) : builder->nest->domain;
    for (int axis = 0; axis < shape.rank; axis++) {
        int same = axis + whole.rank - shape.rank;
        if (shape.size[axis] == 1)
            continue;
        int loop = is_epilogue ? kept_loop(builder, same) : builder->domain_loop[same];
        index.factor[axis][loop] = 1;
    }
    return index;
}

static bool is_late(const Nest *nest, const Node *node) {
    return nest->has_sums &&
           (node->in_epilogue || node->kind == KIND_REDUCE || node_has_terms(node));
}

static Instruction *instruction_of_node(const Nest *nest, const Node *node) {
    for (int i = nest->instruction_count - 1; i >= 0; i--) {
        Instruction *instruction = nest->instructions[i];
        if (instruction->node == node && (instruction->kind == INSTRUCTION_APPLY ||
                                          instruction->kind == INSTRUCTION_ACCUMULATE ||
                                          instruction->kind == INSTRUCTION_BATCH_SUM))
            return instruction;
    }
    return NULL;
}

static Instruction *instruction_operand(NestBuilder *builder, Node *operand, bool is_epilogue) {
    bool is_seen = operand->nest == builder->nest || node_is_constant_in(operand, builder->cluster);
    if (is_seen && operand->kind == KIND_MAP && operand->op == OP_DETACH)
        return instruction_operand(builder, operand->inputs[0], is_epilogue);
    Instruction *made =
        is_seen && operand->nest ? instruction_of_node(operand->nest, operand) : NULL;
    if (made)
        return made;
    NestIndex index = index_aligned(builder, operand->shape, is_epilogue);
    return instruction_read(builder, operand, &index, is_epilogue);
}

static Instruction *instruction_apply(NestBuilder *builder, Op op, Node *node, bool is_epilogue,
                                      Instruction **operands) {
    Instruction *instruction = instruction_add(builder, INSTRUCTION_APPLY, node, is_epilogue);
    instruction->op = op;
    for (int i = 0; i < op_rows[op].arity; i++) {
        instruction->operands[i] = operands[i];
        instruction->varies |= operands[i]->varies;
    }
    return instruction;
}

static Instruction *instruction_accumulate(NestBuilder *builder, Op op, Node *node,
                                           Instruction *value) {
    Instruction *instruction = instruction_add(builder, INSTRUCTION_ACCUMULATE, node, false);
    instruction->op = op;
    instruction->operands[0] = value;
    instruction->varies = value->varies & ~nest_summed_loops(builder->nest);
    return instruction;
}

/* Accumulates a sum over the batch of a nest with the examples in its inner loop. */
static Instruction *instruction_batch_sum(NestBuilder *builder, Node *node, Instruction *value) {
    Instruction *instruction = instruction_add(builder, INSTRUCTION_BATCH_SUM, node, true);
    instruction->op = OP_SUM;
    instruction->operands[0] = value;
    instruction->varies = value->varies & ~(1u << builder->nest->example_loop);
    return instruction;
}

static void instruction_store(NestBuilder *builder, Node *node, Instruction *value,
                              const Access *access, const NestIndex *index) {
    bool is_epilogue = value->is_epilogue || value->kind == INSTRUCTION_ACCUMULATE;
    Instruction *instruction = instruction_add(builder, INSTRUCTION_STORE, node, is_epilogue);
    instruction->operands[0] = value;
    instruction->is_after_examples |= value->kind == INSTRUCTION_BATCH_SUM;
    instruction_address(builder, instruction, access, index);
}

/* Whether a later node of the nest reads what this one's store overwrites. */
static bool is_read_later(const Nest *nest, const Node *node, const Store *store) {
    bool is_later = false;
    for (int i = 0; i < nest->node_count; i++) {
        for (int k = 0; is_later && k < nest->nodes[i]->input_count; k++)
            if (store->variable &&
                node_base(nest->nodes[i]->inputs[k])->variable == store->variable)
                return true;
        is_later |= nest->nodes[i] == node;
    }
    return false;
}

/* Stores a node's value to its own memory if it has any, and to the destinations of its stores. */
static void add_stores(NestBuilder *builder, Node *node, Instruction *value) {
    bool late = is_late(builder->nest, node);
    NestIndex index = index_aligned(builder, node->shape, late);
    Function *function = builder->function;
    bool is_kept = node->in_memory;
    for (int i = store_first(function, node); i >= 0; i = store_next(function, i)) {
        const Access *access = access_of_store(builder->layouts, function, i);
        LateStore store = {node, value, access, index, builder->is_after_examples};
        if (access == access_of(builder->layouts, function, node))
            is_kept = true;
        else if (is_read_later(builder->nest, node, &function->stores[i]))
            PUSH(builder->compiler, builder->late, builder->late_count, store);
        else
            instruction_store(builder, node, value, access, &index);
    }
    if (is_kept)
        instruction_store(builder, node, value, access_of(builder->layouts, function, node),
                          &index);
}

static void add_late_stores(NestBuilder *builder) {
    for (int i = 0; i < builder->late_count; i++) {
        const LateStore *store = &builder->late[i];
        builder->is_after_examples = store->is_after_examples;
        instruction_store(builder, store->node, store->value, store->access, &store->index);
    }
    builder->late_count = 0;
    builder->late = NULL;
}

static void add_map(NestBuilder *builder, Node *node) {
    bool late = is_late(builder->nest, node);
    Instruction *operands[3] = {NULL, NULL, NULL};
    for (int i = 0; i < node->input_count; i++)
        operands[i] = instruction_operand(builder, node->inputs[i], late);
    if (node->op == OP_DETACH)
        add_stores(builder, node, operands[0]);
    else
        add_stores(builder, node, instruction_apply(builder, node->op, node, late, operands));
}

static void add_reduce(NestBuilder *builder, Node *node) {
    bool is_in_layer = builder->nest->contract != NULL;
    Instruction *value = instruction_operand(builder, node->inputs[0], is_in_layer);
    add_stores(builder, node,
               is_in_layer ? instruction_batch_sum(builder, node, value)
                           : instruction_accumulate(builder, node->op, node, value));
}

static NestIndex index_of_contract(const NestBuilder *builder, int side) {
    const Contract *contract = builder->nest->contract->contract;
    NestIndex index = {0};
    for (int axis = 0; axis < MAX_RANK; axis++) {
        index.offset[axis] = contract->index[side].offset[axis];
        for (int loop = 0; loop < contract->loop_count; loop++)
            index.factor[axis][builder->contract_loop[loop]] +=
                contract->index[side].factor[axis][loop];
    }
    return index;
}

/* Guards the body where an index can run outside its operand. */
static void add_guards(NestBuilder *builder, const NestIndex *index, Shape shape) {
    Nest *nest = builder->nest;
    for (int axis = 0; axis < shape.rank; axis++) {
        int64_t low = index->offset[axis], high = low;
        Guard guard = {.offset = low, .bound = shape.size[axis]};
        for (int loop = 0; loop < nest->loop_count; loop++) {
            int64_t reach = index->factor[axis][loop] * (nest->loops[loop].extent - 1);
            guard.factor[loop] = index->factor[axis][loop];
            if (reach < 0)
                low += reach;
            else
                high += reach;
        }
        if (low < 0 || high >= shape.size[axis])
            nest->guards[nest->guard_count++] = guard;
    }
}

/* A scattered contraction accumulates in memory; a nest before this one has set that to zero. */
static void add_scattered(NestBuilder *builder, Node *node, Instruction *product) {
    NestIndex index = index_of_contract(builder, 0);
    add_guards(builder, &index, node->shape);
    const Access *access = access_of(builder->layouts, builder->function, node);
    Instruction *old = instruction_add(builder, INSTRUCTION_LOAD, node, false);
    instruction_address(builder, old, access, &index);
    Instruction *sum =
        instruction_apply(builder, OP_ADD, node, false, (Instruction *[]){old, product});
    instruction_store(builder, node, sum, access, &index);
}

static Instruction *read_operand(NestBuilder *builder, Node *node, int operand) {
    NestIndex index = index_of_contract(builder, operand + 1);
    add_guards(builder, &index, node->inputs[operand]->shape);
    return instruction_read(builder, node->inputs[operand], &index, false);
}

/* Windows are made by a plan; their instructions only say what is read and written. */
static void add_contract(NestBuilder *builder, Node *node) {
    Instruction *term = read_operand(builder, node, 0);
    if (node->input_count > 1) {
        Instruction *factors[] = {term, read_operand(builder, node, 1)};
        term = instruction_apply(builder, OP_MUL, NULL, false, factors);
    }
    if (builder->nest->has_sums)
        add_stores(builder, node, instruction_accumulate(builder, OP_SUM, node, term));
    else
        add_scattered(builder, node, term);
}

/* Copies to memory what a view makes of one operand: a concatenation has a nest for each, and
   nest->operand is its number; a pad has one for its zeros, 0, and one for its operand, 1. */
static void add_copy(NestBuilder *builder, Node *node) {
    Nest *nest = builder->nest;
    bool is_fill = node->op == OP_PAD && nest->operand == 0;
    Node *input = node->inputs[node->op == OP_CONCAT ? nest->operand : 0];
    NestIndex index = index_aligned(builder, nest->domain, false), to = index;
    Instruction *value = is_fill ? instruction_add(builder, INSTRUCTION_CONST, NULL, false)
                                 : instruction_read(builder, input, &index, false);
    const Access *access = access_of(builder->layouts, builder->function, node);
    if (node->op == OP_RESHAPE)
        access = access_reshaped(builder->layouts, access, nest->domain);
    if (node->op == OP_PAD && !is_fill)
        for (int axis = 0; axis < nest->domain.rank; axis++)
            to.offset[axis] = node->start[axis];
    if (node->op == OP_CONCAT)
        to.offset[node->axes] = nest->first;
    instruction_store(builder, node, value, access, &to);
}

/* A comparison used only as the condition of `where`. */
static bool is_only_condition(const Nest *nest, const Instruction *comparison) {
    int uses = 0;
    for (int i = 0; i < nest->instruction_count; i++) {
        const Instruction *instruction = nest->instructions[i];
        for (int k = 0; k < 3; k++) {
            if (instruction->operands[k] != comparison)
                continue;
            if (k > 0 || instruction->kind != INSTRUCTION_APPLY || instruction->op != OP_WHERE ||
                instruction->is_epilogue != comparison->is_epilogue)
                return false;
            uses++;
        }
    }
    return uses > 0;
}

static void mark_conditions(const NestBuilder *builder) {
    const Nest *nest = builder->nest;
    for (int i = 0; i < nest->instruction_count; i++) {
        Instruction *instruction = nest->instructions[i];
        if (instruction->kind == INSTRUCTION_APPLY && instruction->node &&
            instruction->node->kind == KIND_MAP && op_compares(instruction->op) &&
            !node_is_constant_in(instruction->node, builder->cluster))
            instruction->is_condition = is_only_condition(nest, instruction);
    }
}

void build_nest(NestBuilder *builder) {
    Nest *nest = builder->nest;
    if (nest->contract && !contract_gathers(nest->contract->contract, nest->contract->shape))
        nest->has_sums = false;
    add_loops(builder);
    bool has_batch_sums = false;
    if (nest->contract)
        find_roles(builder->function, builder->cluster, nest, builder->contract_loop);
    for (int i = 0; i < nest->node_count; i++) {
        Node *node = nest->nodes[i];
        builder->is_after_examples = has_batch_sums && node->kind != KIND_REDUCE;
        if (node_has_terms(node))
            add_contract(builder, node);
        else if (node->kind == KIND_REDUCE) {
            add_reduce(builder, node);
            has_batch_sums = nest->contract != NULL;
        } else if (node->kind == KIND_VIEW)
            add_copy(builder, node);
        else
            add_map(builder, node);
    }
    add_late_stores(builder);
    builder->is_after_examples = false;
    mark_conditions(builder);
}

/* The zeroing nest of a scattered contraction. */
void build_fill(NestBuilder *builder, Node *node) {
    Nest *fill = NEW(builder->compiler, Nest);
    fill->domain = node->shape;
    fill->batched = node->batched;
    builder->nest = fill;
    add_loops(builder);
    NestIndex index = index_aligned(builder, node->shape, false);
    Instruction *zero = instruction_add(builder, INSTRUCTION_CONST, NULL, false);
    instruction_store(builder, node, zero, access_of(builder->layouts, builder->function, node),
                      &index);
}
