/* Buffers and axes of a kernel's equations. In: nodes and nests. Out: what the equations name. */

#include "fuse/equation_maker.h"

void maker_fail(EquationMaker *maker, const Node *node, const char *why) {
    if (!maker->problem)
        maker->problem = format_text(maker->compiler, "%s: %s", maker->names[node->id], why);
}

// Buffers

static int add_buffer(EquationMaker *maker, Buffer buffer, BufferOrigin origin) {
    Equations *equations = maker->equations;
    PUSH(maker->compiler, equations->origins, equations->origin_count, origin);
    return symbols_buffer(maker->symbols, buffer);
}

static Buffer buffer_like(const EquationMaker *maker, const Node *node, const char *name) {
    Buffer buffer = {.name = name, .type = type_of_reals(&maker->compiler->options)};
    if (node->batched)
        buffer.extent[buffer.rank++] = maker->function->examples;
    for (int axis = 0; axis < node->shape.rank; axis++)
        buffer.extent[buffer.rank++] = node->shape.size[axis];
    return buffer;
}

static bool is_onehot(const Node *node) {
    return node->kind == KIND_INPUT && node->variable->onehot;
}

static int read_buffer(EquationMaker *maker, Node *node) {
    int *known = &maker->memory_buffer[node->id];
    if (*known)
        return *known - 1;
    Buffer buffer = buffer_like(maker, node, maker->names[node->id]);
    if (is_onehot(node)) {
        buffer.type = TYPE_INT32;
        buffer.rank = 1;
    }
    *known = 1 + add_buffer(maker, buffer, (BufferOrigin){.node = node, .store = -1});
    return *known - 1;
}

int maker_buffer_of(EquationMaker *maker, Node *node) {
    bool is_here = node_is_computed(node) && node->nest == maker->nest;
    int known = is_here ? maker->value_buffer[node->id] : 0;
    return known ? known - 1 : read_buffer(maker, node);
}

int maker_value_buffer(EquationMaker *maker, Node *node, bool is_local) {
    Buffer buffer = buffer_like(maker, node, maker->names[node->id]);
    buffer.is_local = is_local;
    buffer.is_written = true;
    int made = add_buffer(maker, buffer, (BufferOrigin){.node = node, .store = -1});
    maker->value_buffer[node->id] = 1 + made;
    if (!is_local)
        maker->memory_buffer[node->id] = 1 + made;
    return made;
}

int maker_memory_buffer(EquationMaker *maker, Node *node) {
    const char *name = format_text(maker->compiler, "%s.memory", maker->names[node->id]);
    Buffer buffer = buffer_like(maker, node, name);
    buffer.is_written = true;
    int made = add_buffer(maker, buffer, (BufferOrigin){.node = node, .store = -1});
    maker->memory_buffer[node->id] = 1 + made;
    return made;
}

static const char *stored_name(const EquationMaker *maker, int number) {
    static const char *const prefix[] = {
        [STORE_VARIABLE] = "next.", [STORE_GRADIENT] = "gradient.", [STORE_PRODUCT] = "product."};
    const Store *store = &maker->function->stores[number];
    return store->variable
               ? format_text(maker->compiler, "%s%s", prefix[store->kind], store->variable->name)
               : format_text(maker->compiler, "output.%d", store->number);
}

int maker_store_buffer(EquationMaker *maker, int store) {
    const Node *value = maker->function->stores[store].value;
    Buffer buffer = buffer_like(maker, value, stored_name(maker, store));
    buffer.is_written = true;
    return add_buffer(maker, buffer, (BufferOrigin){.node = NULL, .store = store});
}

int maker_index(const Node *node, const Point *at, Affine *index) {
    int count = 0;
    if (node->batched)
        index[count++] = at->example;
    for (int axis = 0; axis < node->shape.rank && !is_onehot(node); axis++)
        index[count++] = at->index[axis];
    return count;
}

// Axes

static const char *axis_name(Compiler *compiler, int number) {
    static const char letters[] = "ijklmnopqrstuvwxyz";
    int count = sizeof letters - 1, round = number / count;
    return format_text(compiler, round ? "%c%d" : "%c", letters[number % count], round);
}

static int add_axis(EquationMaker *maker, const char *name, int64_t extent, bool is_examples) {
    Equations *equations = maker->equations;
    int made = equations->axis_count;
    maker->ranges[made] = (Range){0, extent - 1, 1};
    symbols_variable(maker->symbols, name);
    Axis axis = {name, extent, is_examples};
    PUSH(maker->compiler, equations->axes, equations->axis_count, axis);
    return made;
}

/* An axis of this extent that the nest does not use yet. */
static Affine use_axis(EquationMaker *maker, int64_t extent, bool is_examples) {
    const Equations *equations = maker->equations;
    int found = -1, letters = 0;
    if (extent == 1)
        return affine_number(0);
    for (int i = 0; i < equations->axis_count && found < 0; i++) {
        const Axis *axis = &equations->axes[i];
        letters += !axis->is_examples;
        if (axis->is_examples == is_examples && axis->extent == extent && !(maker->used >> i & 1))
            found = i;
    }
    if (found < 0 && equations->axis_count == MAX_AXES) {
        maker_fail(maker, maker->nest->nodes[0], "its kernel has more than 32 axes");
        return affine_number(0);
    }
    if (found < 0)
        found = add_axis(maker, is_examples ? "b" : axis_name(maker->compiler, letters), extent,
                         is_examples);
    maker->used |= 1u << found;
    return affine_variable(maker->compiler, found);
}

static bool has_examples(const Nest *nest) {
    const Node *contract = nest->contract;
    return contract
               ? contract->batched || contract->inputs[0]->batched || contract->inputs[1]->batched
               : nest->batched;
}

void maker_open_nest(EquationMaker *maker, const Nest *nest) {
    const Contract *contract = nest->contract ? nest->contract->contract : NULL;
    maker->nest = nest;
    maker->used = 0;
    maker->domain = nest->domain;
    if (nest->is_copy && nest->nodes[0]->op != OP_CONCAT) /* each element of the view itself */
        maker->domain = nest->nodes[0]->shape;
    int count = contract ? contract->loop_count : maker->domain.rank;
    const int64_t *extent = contract ? contract->extent : maker->domain.size;
    maker->example =
        has_examples(nest) ? use_axis(maker, maker->function->examples, true) : affine_number(0);
    maker->along = NEW_ARRAY(maker->compiler, Affine, count + 1);
    for (int i = 0; i < count; i++)
        maker->along[i] = use_axis(maker, extent[i], false);
}

Point maker_domain(const EquationMaker *maker) {
    Point at = {.example = maker->example};
    for (int axis = 0; axis < maker->domain.rank; axis++)
        at.index[axis] = maker->along[axis];
    return at;
}

Point maker_kept(const EquationMaker *maker) {
    const Nest *nest = maker->nest;
    Point at = {.example = maker->example};
    for (int axis = 0; nest->contract && axis < nest->contract->shape.rank; axis++) {
        int loop = contract_loop_of_axis(nest->contract, axis);
        at.index[axis] = loop >= 0 ? maker->along[loop] : affine_number(0);
    }
    for (int axis = 0, kept = 0; !nest->contract && axis < nest->domain.rank; axis++)
        if (!(nest->summed_axes >> axis & 1))
            at.index[kept++] = maker->along[axis];
    return at;
}
