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

int maker_local_buffer(EquationMaker *maker, const Node *node, const char *what) {
    const char *name = format_text(maker->compiler, "%s.%s", maker->names[node->id], what);
    Buffer buffer = buffer_like(maker, node, name);
    buffer.is_local = buffer.is_written = true;
    return add_buffer(maker, buffer, (BufferOrigin){.node = NULL, .store = -1});
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
    bool result = contract ? contract->batched : nest->batched;
    for (int i = 0; contract && i < contract->input_count; i++)
        result |= contract->inputs[i]->batched;
    return result;
}

static void add_test(EquationMaker *maker, AffineTest test, Tests *tests) {
    PUSH(maker->compiler, tests->tests, tests->count, test);
}

/* value >= 0, unless that is said already or cannot be otherwise. */
static void add_bound(EquationMaker *maker, Affine value, Tests *tests) {
    if (affine_bounds(value, maker->ranges).first >= 0)
        return;
    for (int i = 0; i < tests->count; i++)
        if (tests->tests[i].divisor == 0 && affine_equal(tests->tests[i].value, value))
            return;
    add_test(maker, affine_not_negative(value), tests);
}

void maker_add_tests(EquationMaker *maker, Affine index, int64_t size, Tests *tests) {
    Compiler *compiler = maker->compiler;
    int64_t divisor = index.divisor; /* that it divides is a test of its own */
    Affine whole = affine_scale(compiler, index, divisor);
    Affine rest = affine_add(compiler, affine_number((size - 1) * divisor),
                             affine_scale(compiler, whole, -1));
    add_bound(maker, whole, tests);
    add_bound(maker, rest, tests);
}

// Sums of windows that are scattered: which element a term belongs to, solved for a loop

enum { MOST_COPIES = 16 }; /* of a kernel's loops, one for each remainder by its strides */

static int64_t factor_of(const Node *node, int axis, int loop) {
    return node->contract->index[0].factor[axis][loop];
}

/* Whether a loop moves along this axis of the result and along no other. */
static bool is_of_axis_alone(const Node *node, int axis, int loop) {
    bool is_alone = factor_of(node, axis, loop) != 0;
    for (int other = 0; other < node->shape.rank; other++)
        is_alone &= other == axis || factor_of(node, other, loop) == 0;
    return is_alone;
}

/* 2*i + k, k < 2, over a whole axis: each element has one term, without a solution. */
static bool is_tiled(const Node *node, int axis) {
    const Contract *contract = node->contract;
    int64_t stride = 0, inner = 1, outer = 1;
    for (int loop = 0; loop < contract->loop_count; loop++) {
        int64_t factor = factor_of(node, axis, loop);
        if (factor == 0)
            continue;
        if (!is_of_axis_alone(node, axis, loop) || factor < 1 || (factor == 1 && inner > 1) ||
            (factor > 1 && stride > 0))
            return false;
        if (factor == 1)
            inner = contract->extent[loop];
        else
            stride = factor, outer = contract->extent[loop];
    }
    return contract->index[0].offset[axis] == 0 && (stride == inner || stride == 0) &&
           inner * outer == node->shape.size[axis];
}

/* How good it is to solve for a loop, 0: not possible. The longest loop leaves the fewest terms, and a
   stride above 1 fewer still, but takes copies of the loops, one for each remainder. */
static int64_t worth_of_loop(const EquationMaker *maker, const Node *node, int axis, int loop) {
    int64_t factor = factor_of(node, axis, loop), stride = factor < 0 ? -factor : factor;
    bool has_room = stride * maker->copies <= MOST_COPIES && stride <= node->shape.size[axis];
    bool is_loop = node->contract->extent[loop] > 1;
    return is_loop && is_of_axis_alone(node, axis, loop) && (stride == 1 || has_room)
               ? node->contract->extent[loop] * stride
               : 0;
}

static int loop_to_solve(EquationMaker *maker, const Node *node, int axis) {
    int found = -1;
    int64_t most = 0;
    for (int loop = 0; loop < node->contract->loop_count; loop++) {
        int64_t worth = worth_of_loop(maker, node, axis, loop);
        if (worth > most)
            found = loop, most = worth;
    }
    int64_t stride = found >= 0 ? factor_of(node, axis, found) : 1;
    maker->copies *= stride < 0 ? -stride : stride;
    return found;
}

/* The sum of the offset and of what loops that have axes add, but for one. */
static Affine sum_of_axis(EquationMaker *maker, const Node *node, int axis, int without) {
    Compiler *compiler = maker->compiler;
    Affine sum = affine_number(node->contract->index[0].offset[axis]);
    for (int loop = 0; loop < node->contract->loop_count; loop++)
        if (loop != without && factor_of(node, axis, loop) != 0)
            sum =
                affine_add(compiler, sum,
                           affine_scale(compiler, maker->along[loop], factor_of(node, axis, loop)));
    return sum;
}

static void solve_axis(EquationMaker *maker, const Node *node, int axis, int loop) {
    Compiler *compiler = maker->compiler;
    Affine others = sum_of_axis(maker, node, axis, loop);
    Affine rest = affine_add(compiler, maker->made[axis], affine_scale(compiler, others, -1));
    if (loop < 0) {
        maker_add_tests(maker, rest, 1, &maker->solved); /* it is 0 */
        return;
    }
    int64_t factor = factor_of(node, axis, loop), divisor = factor < 0 ? -factor : factor;
    if (factor < 0)
        rest = affine_scale(compiler, rest, -1);
    if (divisor > 1)
        add_test(maker, affine_multiple(rest, divisor), &maker->solved);
    maker->along[loop] = affine_quotient(compiler, rest, divisor);
    maker_add_tests(maker, maker->along[loop], node->contract->extent[loop], &maker->solved);
}

/* Whether each element of the axis has a term: the loop goes over the whole axis. */
static bool is_whole(const Node *node, int axis, int loop) {
    int count = 0;
    for (int other = 0; other < node->contract->loop_count; other++)
        count += factor_of(node, axis, other) != 0;
    return count == 1 && factor_of(node, axis, loop) == 1 &&
           node->contract->index[0].offset[axis] == 0 &&
           node->contract->extent[loop] == node->shape.size[axis];
}

/* Where an element has one term or none, that is a sum as well, of which a test can leave the term out:
   the shortest loop that would ask for tests is not solved for. */
static void leave_sum(const Node *node, int *loop_of, bool *is_solved) {
    const Contract *contract = node->contract;
    int shortest = -1;
    for (int loop = 0; loop < contract->loop_count; loop++) {
        bool is_kept = false;
        for (int axis = 0; axis < node->shape.rank; axis++)
            is_kept |= factor_of(node, axis, loop) != 0 && is_tiled(node, axis);
        if (!is_solved[loop] && !is_kept && contract->extent[loop] > 1)
            return;
    }
    for (int axis = 0; axis < node->shape.rank; axis++) {
        int loop = loop_of[axis];
        if (loop < 0 || contract->extent[loop] == 1 || is_whole(node, axis, loop))
            continue;
        if (shortest < 0 || contract->extent[loop] < contract->extent[loop_of[shortest]])
            shortest = axis;
    }
    if (shortest >= 0) {
        is_solved[loop_of[shortest]] = false;
        loop_of[shortest] = -1;
    }
}

static void solve_loops(EquationMaker *maker, const Node *node) {
    const Contract *contract = node->contract;
    int loop_of[MAX_RANK], rank = node->shape.rank;
    bool is_solved[MAX_LOOPS] = {false};
    maker->copies = 1;
    for (int axis = 0; axis < rank; axis++) {
        bool has_axis = !is_tiled(node, axis);
        loop_of[axis] = has_axis ? loop_to_solve(maker, node, axis) : -1;
        if (loop_of[axis] >= 0)
            is_solved[loop_of[axis]] = true;
        if (has_axis)
            maker->made[axis] = use_axis(maker, node->shape.size[axis], false);
    }
    leave_sum(node, loop_of, is_solved);
    for (int loop = 0; loop < contract->loop_count; loop++)
        if (!is_solved[loop])
            maker->along[loop] = use_axis(maker, contract->extent[loop], false);
    for (int axis = 0; axis < rank; axis++)
        if (is_tiled(node, axis))
            maker->made[axis] = sum_of_axis(maker, node, axis, -1);
        else
            solve_axis(maker, node, axis, loop_of[axis]);
}

// Sums over all positions that are sums over few taps

/* The operand and its axis that a kept loop and this one move, with this one in steps of several; the
   axis has fewer elements than the loop has rounds. */
static bool find_taps(const Node *node, int loop, int *operand, int *axis) {
    const Contract *contract = node->contract;
    for (*operand = 0; *operand < 2; ++*operand) {
        const Index *index = &contract->index[*operand + 1];
        const Shape *shape = &node->inputs[*operand]->shape;
        for (*axis = 0; *axis < shape->rank; ++*axis) {
            int64_t factor = index->factor[*axis][loop];
            bool has_kept = false;
            for (int other = 0; other < contract->loop_count; other++)
                has_kept |= other != loop && index->factor[*axis][other] != 0 &&
                            contract_keeps_loop(node, other);
            if (has_kept && (factor > 1 || factor < -1) &&
                shape->size[*axis] < contract->extent[loop])
                return true;
        }
    }
    return false;
}

/* The gradient of a strided convolution, which fuse has made d_x[u] = sum over all t of
   d_y[t] * w[u - 2*t + 1] (contract_gather): over the few k it is, d_y[(u - k + 1) / 2] * w[k]. */
static void solve_taps(EquationMaker *maker, const Node *node, int loop) {
    Compiler *compiler = maker->compiler;
    int operand, axis;
    if (contract_keeps_loop(node, loop) || maker->along[loop].term_count != 1 ||
        !find_taps(node, loop, &operand, &axis))
        return;
    const Index *index = &node->contract->index[operand + 1];
    int64_t factor = index->factor[axis][loop], divisor = factor < 0 ? -factor : factor;
    Affine tap = use_axis(maker, node->inputs[operand]->shape.size[axis], false);
    Affine others = affine_number(index->offset[axis]);
    maker->used &= ~(1u << maker->along[loop].terms[0].variable); /* no axis any more */
    for (int other = 0; other < node->contract->loop_count; other++)
        if (other != loop)
            others =
                affine_add(compiler, others,
                           affine_scale(compiler, maker->along[other], index->factor[axis][other]));
    Affine rest = affine_add(compiler, tap, affine_scale(compiler, others, -1));
    rest = affine_scale(compiler, rest, factor < 0 ? -1 : 1);
    add_test(maker, affine_multiple(rest, divisor), &maker->solved);
    maker->along[loop] = affine_quotient(compiler, rest, divisor);
    maker_add_tests(maker, maker->along[loop], node->contract->extent[loop], &maker->solved);
}

/* The axes of a contraction, or of windows. */
static void use_loops(EquationMaker *maker, const Node *node) {
    const Contract *contract = node->contract;
    if (!contract_gathers(contract, node->shape)) {
        solve_loops(maker, node);
        return;
    }
    for (int loop = 0; loop < contract->loop_count; loop++)
        maker->along[loop] = use_axis(maker, contract->extent[loop], false);
    for (int loop = 0; loop < contract->loop_count && node->kind == KIND_CONTRACT; loop++)
        solve_taps(maker, node, loop);
    for (int axis = 0; axis < node->shape.rank; axis++) {
        int loop = contract_loop_of_axis(node, axis);
        maker->made[axis] = loop >= 0 ? maker->along[loop] : affine_number(0);
    }
}

void maker_open_nest(EquationMaker *maker, const Nest *nest) {
    const Contract *contract = nest->contract ? nest->contract->contract : NULL;
    maker->nest = nest;
    maker->used = 0;
    maker->domain = nest->domain;
    if (nest->is_copy && nest->nodes[0]->op != OP_CONCAT) /* each element of the view itself */
        maker->domain = nest->nodes[0]->shape;
    int count = contract ? contract->loop_count : maker->domain.rank;
    maker->solved = (Tests){0};
    maker->example =
        has_examples(nest) ? use_axis(maker, maker->function->examples, true) : affine_number(0);
    maker->along = NEW_ARRAY(maker->compiler, Affine, count + 1);
    if (contract)
        use_loops(maker, nest->contract);
    for (int i = 0; !contract && i < count; i++)
        maker->along[i] = use_axis(maker, maker->domain.size[i], false);
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
    for (int axis = 0; nest->contract && axis < nest->contract->shape.rank; axis++)
        at.index[axis] = maker->made[axis];
    for (int axis = 0, kept = 0; !nest->contract && axis < nest->domain.rank; axis++)
        if (!(nest->summed_axes >> axis & 1))
            at.index[kept++] = maker->along[axis];
    return at;
}
