/* A graph built anew: what is asked for a second time is there already, and what rules or
   arithmetic make simpler is simpler from the start. In: nodes as keys, their inputs in the new
   graph. Out: nodes of the new graph. */

#include "rewrite/fold.h"

#include <math.h>
#include <string.h>

enum { MAX_WITHIN = 60, FIRST_TABLE = 256 }; /* simplifications within each other; a power of two */

// Equal nodes

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static bool is_either_way(const Node *node) {
    return node->kind == KIND_MAP && (node->op == OP_ADD || node->op == OP_MUL);
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t mix_numbers(uint64_t hash, const int64_t *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        hash = mix(hash, (uint64_t)numbers[i]);
    return hash;
}

static uint64_t node_hash(const Node *node) {
    uint64_t hash = mix((uint64_t)node->kind, (uint64_t)node->op);
    hash = mix(hash, (uint64_t)node->axes << 2 | (uint64_t)node->batched << 1 | node->over_batch);
    hash = mix(hash, (uint64_t)node->given << 32 | (uint32_t)node->number);
    hash = mix(hash, bits_of(node->value));
    for (int64_t i = 0; node->numbers && i < shape_count(node->shape); i++)
        hash = mix(hash, bits_of(node->numbers[i]));
    hash = mix(hash, node->variable ? (uint64_t)node->variable->number + 1 : 0);
    hash = mix_numbers(hash, node->shape.size, (size_t)node->shape.rank);
    hash = mix_numbers(hash, node->start, MAX_RANK);
    if (node->contract)
        hash = mix_numbers(hash, node->contract->extent, MAX_LOOPS);
    uint64_t inputs = 0;
    for (int i = 0; i < node->input_count; i++) {
        uint64_t input = mix(0, (uint64_t)node->inputs[i]->id);
        inputs = is_either_way(node) ? inputs + input : mix(inputs, input);
    }
    return mix(hash, inputs);
}

static bool same_contract(const Contract *a, const Contract *b) {
    if (!a || !b)
        return a == b;
    return contract_equal(a, b);
}

/* Of constants of the same shape. */
static bool same_numbers(const Node *a, const Node *b) {
    if (!a->numbers || !b->numbers || a->numbers == b->numbers)
        return a->numbers == b->numbers;
    return memcmp(a->numbers, b->numbers, sizeof(double) * (size_t)shape_count(a->shape)) == 0;
}

static bool same_inputs(const Node *a, const Node *b) {
    if (a->input_count != b->input_count)
        return false;
    bool exchanged = is_either_way(a) && a->inputs[0] != b->inputs[0];
    for (int i = 0; i < a->input_count; i++)
        if (a->inputs[i] != b->inputs[exchanged ? 1 - i : i])
            return false;
    return true;
}

static bool same_node(const Node *a, const Node *b) {
    return a->kind == b->kind && a->op == b->op && a->batched == b->batched && a->axes == b->axes &&
           a->over_batch == b->over_batch && a->given == b->given && a->number == b->number &&
           a->variable == b->variable && bits_of(a->value) == bits_of(b->value) &&
           shape_equal(a->shape, b->shape) && memcmp(a->start, b->start, sizeof a->start) == 0 &&
           same_inputs(a, b) && same_contract(a->contract, b->contract) && same_numbers(a, b);
}

/* Where a node equal to `key` is in the table, or would be. */
static Node **table_slot(Fold *fold, const Node *key) {
    size_t mask = (size_t)fold->table_size - 1;
    size_t i = (size_t)node_hash(key) & mask;
    while (fold->table[i] && !same_node(fold->table[i], key))
        i = (i + 1) & mask;
    return &fold->table[i];
}

static void grow_table(Fold *fold) {
    int old_size = fold->table_size;
    Node **old = fold->table;
    fold->table_size = old_size ? 2 * old_size : FIRST_TABLE;
    fold->table = NEW_ARRAY(fold->graph->compiler, Node *, fold->table_size);
    for (int i = 0; i < old_size; i++)
        if (old[i])
            *table_slot(fold, old[i]) = old[i];
}

static Node key_of(Fold *fold, Kind kind, Op op, Shape shape) {
    return (Node){.kind = kind, .op = op, .shape = shape, .span = fold->graph->at};
}

// Simpler nodes

/* Numbers that are all alike are one, broadcast. */
Node *fold_constants(Fold *fold, Node *node) {
    Numbers made = constant_numbers(fold->graph->compiler, node);
    Node key = key_of(fold, KIND_CONST, OP_NONE, made.shape);
    key.numbers = made.numbers;
    if (!made.numbers)
        return NULL;
    if (!numbers_are_alike(made.shape, made.numbers))
        return fold_node(fold, &key);
    Node *number = fold->builder.constant(&fold->builder, made.numbers[0]);
    return made.shape.rank == 0 ? number : fold_expand(fold, number, made.shape, false);
}

/* Where the logarithm has another form: the product with that, and 0 where a is 0. */
static Node *simplify_xlogy(Fold *fold, Node *node) {
    Builder *builder = &fold->builder;
    Node *a = node->inputs[0], *log = fold_map(fold, OP_LOG, &node->inputs[1]);
    const Node *bare = node_bare(log);
    bool is_log = bare->kind == KIND_MAP && (bare->op == OP_LOG || bare->op == OP_LOG1P);
    if (is_log || (bare->kind == KIND_CONST && !constant_is_finite(bare)))
        return NULL;
    Node *zero = builder->constant(builder, 0);
    Node *is_zero = fold_map(fold, OP_EQUAL, (Node *[]){a, zero});
    Node *product = fold_map(fold, OP_MUL, (Node *[]){a, log});
    return fold_map(fold, OP_WHERE, (Node *[]){is_zero, zero, product});
}

/* A map of scalars, in whatever shape, as one of rank 0, so that equal ones are found. */
static Node *map_number(Fold *fold, const Node *node) {
    Node *numbers[3] = {NULL, NULL, NULL};
    for (int i = 0; i < node->input_count; i++)
        numbers[i] = fold_reshape(fold, node->inputs[i], (Shape){0});
    return fold_map(fold, node->op, numbers);
}

static Node *simplify_map(Fold *fold, Node *node) {
    Node *bare[3] = {NULL, NULL, NULL};
    bool is_bare = true;
    Node *constant = fold_constants(fold, node);
    if (node->op == OP_DETACH || constant)
        return constant;
    for (int i = 0; i < node->input_count; i++) {
        bare[i] = node_bare(node->inputs[i]);
        is_bare &= bare[i] == node->inputs[i];
    }
    if (!is_bare)
        return fold_map(fold, node->op, bare);
    if (fold->time & FINITE && node->shape.rank > 0 && shape_count(node->shape) == 1)
        return map_number(fold, node);
    if (node->op == OP_XLOGY)
        return simplify_xlogy(fold, node);
    return node->op == OP_LOG ? simplify_log(fold, node) : NULL;
}

/* Copies along axes that stay are made after the reduction; those along axes that go count in it.
 */
static Node *simplify_reduce(Fold *fold, Node *node) {
    Node *input = node->inputs[0], *bare = node_bare(input);
    bool is_same_size = shape_count(node->shape) == shape_count(input->shape);
    if (is_same_size && !node->over_batch)
        return fold_reshape(fold, input, node->shape);
    Node *constant = fold_constants(fold, node);
    if (constant)
        return constant;
    if (bare != input && node->op == OP_SUM)
        return fold->builder.sum(&fold->builder, bare, node);
    if (node->op == OP_MAX && !node->over_batch && is_invariant(bare, node))
        return fold->builder.drop(&fold->builder, bare, node);
    return NULL;
}

static bool is_zero(Node *node) {
    const Node *bare = node_bare(node);
    return node_is_number(bare) && bare->value == 0;
}

/* Products with 0 are 0 where the other factor is finite. */
static Node *simplify_contract(Fold *fold, Node *node) {
    bool is_known = fold->time & FINITE && (is_zero(node->inputs[0]) || is_zero(node->inputs[1]));
    return is_known ? fold->builder.constant(&fold->builder, 0) : fold_constants(fold, node);
}

/* A maximum of one number, broadcast, is that number: each window has a term. */
static Node *simplify_window(Fold *fold, Node *node) {
    Node *bare = node_bare(node->inputs[0]);
    if (node->op == OP_WINDOW_SUM && is_zero(bare))
        return fold->builder.constant(&fold->builder, 0);
    if (node->op == OP_WINDOW_MAX && node_is_number(bare))
        return bare;
    return fold_constants(fold, node);
}

static Node *simplify(Fold *fold, Node *node) {
    Node *simpler = NULL;
    if (node->kind == KIND_CONTRACT)
        return simplify_contract(fold, node);
    if (node->kind == KIND_WINDOW)
        return simplify_window(fold, node);
    if (node->kind == KIND_MAP)
        simpler = simplify_map(fold, node);
    if (node->kind == KIND_REDUCE)
        simpler = simplify_reduce(fold, node);
    if (node->kind == KIND_VIEW)
        return simplify_view(fold, node);
    if (simpler && simpler != node)
        return simpler;
    return rule_rewrite(fold->graph->compiler, &fold->builder, node, fold->time);
}

static Node *in_shape_of(Fold *fold, Node *node, const Node *like) {
    return node_is_like(node, like) ? node : fold_expand(fold, node, like->shape, like->batched);
}

Node *fold_node(Fold *fold, const Node *key) {
    Compiler *compiler = fold->graph->compiler;
    if (2 * fold->becomes_count >= fold->table_size)
        grow_table(fold);
    Node **slot = table_slot(fold, key);
    if (*slot)
        return fold->becomes[(*slot)->id];
    Node *node = *slot = graph_copy_node(fold->graph, key, key->inputs);
    PUSH(compiler, fold->becomes, fold->becomes_count, node);
    if (fold->depth >= MAX_WITHIN || fold->budget <= 0)
        return node;
    fold->depth++;
    fold->budget--;
    Node *simpler = simplify(fold, node);
    if (simpler && simpler != node)
        simpler = in_shape_of(fold, simpler, node);
    fold->depth--;
    return fold->becomes[node->id] = simpler ? simpler : node;
}

// Keys

static Node *fold_constant(Builder *builder, double value) {
    Fold *fold = (Fold *)builder;
    Node key = key_of(fold, KIND_CONST, OP_NONE, (Shape){0});
    key.value = value;
    return fold_node(fold, &key);
}

Node *fold_map(Fold *fold, Op op, Node **inputs) {
    Node key = key_of(fold, KIND_MAP, op, (Shape){0});
    key.inputs = inputs;
    key.input_count = op_rows[op].arity;
    for (int i = 0; i < key.input_count; i++) {
        key.batched |= inputs[i]->batched;
        if (!shape_broadcast(key.shape, inputs[i]->shape, &key.shape))
            stop_at(fold->graph->compiler, key.span,
                    "internal: a rule makes %s of shapes that do not broadcast", op_rows[op].name);
    }
    return fold_node(fold, &key);
}

static Node *builder_map(Builder *builder, Op op, Node **inputs) {
    return fold_map((Fold *)builder, op, inputs);
}

Node *fold_view(Fold *fold, Op op, Node *input, Shape shape, const int64_t *start) {
    Node key = key_of(fold, KIND_VIEW, op, shape);
    key.inputs = &input;
    key.input_count = 1;
    key.batched = input->batched;
    for (int i = 0; start && i < shape.rank; i++)
        key.start[i] = start[i];
    return fold_node(fold, &key);
}

Node *fold_reshape(Fold *fold, Node *node, Shape shape) {
    return fold_view(fold, OP_RESHAPE, node, shape, NULL);
}

Node *fold_expand(Fold *fold, Node *node, Shape shape, bool batched) {
    Node key = key_of(fold, KIND_VIEW, OP_EXPAND, shape);
    key.inputs = &node;
    key.input_count = 1;
    key.batched = batched;
    return fold_node(fold, &key);
}

/* The size of node along the axis of `like`'s input; 0 where node has no such axis. */
static int64_t size_along(const Node *node, const Node *like, int axis) {
    int own = axis - (like->inputs[0]->shape.rank - node->shape.rank);
    return own < 0 ? 0 : node->shape.size[own];
}

static Node *builder_drop(Builder *builder, Node *node, const Node *like) {
    Shape kept = {0};
    node = node_bare(node);
    for (int i = 0; i < like->inputs[0]->shape.rank; i++) {
        int64_t size = size_along(node, like, i);
        if (size > 0 && !(like->axes >> i & 1))
            kept.size[kept.rank++] = size;
    }
    return fold_reshape((Fold *)builder, node, kept);
}

static Node *builder_largest(Builder *builder, Node *node, const Node *like) {
    Fold *fold = (Fold *)builder;
    Shape in = like->inputs[0]->shape, kept = in;
    Node *input = fold_expand(fold, node, in, node->batched);
    Node key = key_of(fold, KIND_REDUCE, OP_MAX, like->shape);
    key.inputs = &input;
    key.input_count = 1;
    key.axes = like->axes;
    key.batched = input->batched;
    for (int i = 0; i < in.rank; i++)
        if (like->axes >> i & 1)
            kept.size[i] = 1;
    return fold_reshape(fold, fold_node(fold, &key), kept);
}

/* Node is broadcast along the axes that are summed, and along no other. */
static Node *builder_sum(Builder *builder, Node *node, const Node *like) {
    Fold *fold = (Fold *)builder;
    Shape in = like->inputs[0]->shape, wide = {0}, shape = {0};
    unsigned axes = 0;
    for (int i = 0; i < in.rank; i++) {
        bool is_summed = like->axes >> i & 1;
        int64_t size = is_summed ? in.size[i] : size_along(node, like, i);
        if (size == 0 && wide.rank > 0)
            size = 1;
        if (size == 0)
            continue;
        if (is_summed)
            axes |= 1u << wide.rank;
        else
            shape.size[shape.rank++] = size;
        wide.size[wide.rank++] = size;
    }
    Node *input = fold_expand(fold, node, wide, node->batched || like->over_batch);
    Node key = key_of(fold, KIND_REDUCE, OP_SUM, shape);
    key.inputs = &input;
    key.input_count = 1;
    key.axes = axes;
    key.over_batch = like->over_batch;
    key.batched = input->batched && !like->over_batch;
    return fold_node(fold, &key);
}

void fold_start(Fold *fold, Graph *graph, RuleTime time) {
    *fold = (Fold){.graph = graph, .time = time};
    fold->builder =
        (Builder){fold_constant, builder_map, builder_largest, builder_sum, builder_drop};
}
