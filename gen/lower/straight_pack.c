/* Packs: vectors of elements of one value in straight-line code. In: nodes. Out: the nodes
   computed and stored a vector of elements at a time: of per-batch values, finished sums over
   examples and what an optimizer computes from them elementwise; of one example's values, layers
   and what is computed from them elementwise. The remainder after whole vectors is scalar.

   A sum over examples has these in lanes; as many sums as there are lanes are reduced across
   into one vector, which costs little more than reducing one. */

#include "lower/straight.h"

#include <string.h>

/* Whether a value fills a vector. Values of one example may fill it partly, as sums across lanes
   do. */
static bool has_packed_shape(const Straight *straight, const Node *node) {
    int64_t count = shape_count(node->shape);
    return node->batched ? straight->packs_example && count > 1 : count >= straight->pack;
}

static bool is_alive(const Straight *straight, const Node *node) {
    for (int64_t i = 0; i < shape_count(node->shape); i++)
        if (!straight->live[node->id][i])
            return false;
    return true;
}

static bool is_vector_leaf(const Node *node) {
    bool is_gradient = node->kind == KIND_GIVEN && node->given == GIVEN_GRADIENT;
    bool is_input = node->kind == KIND_INPUT && !node->variable->onehot;
    return node->kind == KIND_PARAM || node->kind == KIND_STATE || is_gradient || is_input ||
           node_is_table(node);
}

/* A scalar, broadcast or not. */
static bool is_scalar(const Node *node) {
    while (node->kind == KIND_VIEW && (node->op == OP_EXPAND || node->op == OP_RESHAPE))
        node = node->inputs[0];
    return shape_count(node->shape) == 1;
}

/* Whether the axes of two values follow each other in the same order. */
static bool has_order(const Straight *straight, const Node *node, const Layout *other) {
    const Layout *own = layout_of(straight->emitter->layouts, straight->function, node);
    int i = 0, k = 0;
    while (i < own->digit_count && k < other->digit_count) {
        if (own->digits[i].axis == AXIS_EXAMPLES)
            i++;
        else if (other->digits[k].axis == AXIS_EXAMPLES)
            k++;
        else if (own->digits[i++].axis != other->digits[k++].axis)
            return false;
    }
    return true;
}

/* The value that a node is, element by element: reshaping and detaching change no element. */
static Node *value_of(Node *node) {
    while (node->batched && ((node->kind == KIND_VIEW && node->op == OP_RESHAPE) ||
                             (node->kind == KIND_MAP && node->op == OP_DETACH)))
        node = node->inputs[0];
    return node;
}

bool straight_has_packs(const Straight *straight, Node *node) {
    const Node *value = value_of(node);
    bool is_leaf = is_vector_leaf(value) && shape_count(value->shape) >= straight->pack;
    return is_leaf || straight->is_packed[value->id];
}

/* The operands of a map, with those of a comparison instead of it; returns how many. */
static int find_operands(const Node *node, Node **operands) {
    const Node *comparison = straight_condition(node, 0).node;
    int count = 0;
    for (int i = 0; comparison && i < 2; i++)
        operands[count++] = comparison->inputs[i];
    for (int i = comparison != NULL; i < node->input_count; i++)
        operands[count++] = node->inputs[i];
    return count;
}

/* Whether an operand is available as vectors of its elements or as a scalar. */
static bool is_packed_operand(const Straight *straight, const Node *node, Node *operand) {
    if (is_scalar(operand))
        return !operand->batched || node->batched;
    return shape_equal(operand->shape, node->shape) &&
           has_order(straight, operand,
                     layout_of(straight->emitter->layouts, straight->function, node)) &&
           straight_has_packs(straight, operand);
}

static bool is_packed_map(const Straight *straight, const Node *node) {
    Node *operands[4];
    const Node *comparison = straight_condition(node, 0).node;
    bool is_seen = !comparison || comparison == node->inputs[0]; /* not through a view */
    if (node->kind != KIND_MAP || node->op == OP_DETACH || !is_seen)
        return false;
    for (int i = find_operands(node, operands) - 1; i >= 0; i--)
        if (!is_packed_operand(straight, node, operands[i]))
            return false;
    return true;
}

/* A layer, or an addition whose other operand is the initial value of its sums. */
static bool is_packed_layer(const Straight *straight, const Node *node) {
    const Node *merged = straight->merged_sum[node->id], *layer = merged ? merged : node;
    if (straight_has_inputs_in_lanes(straight, layer))
        return true;
    return straight_has_outputs_in_lanes(straight, layer) &&
           (!merged || is_packed_operand(straight, node, node->inputs[node->inputs[0] == merged]));
}

static bool can_be_packed(const Straight *straight, const Node *node) {
    if (!has_packed_shape(straight, node) || !is_alive(straight, node))
        return false;
    if (straight_sums_examples(node))
        return straight->lanes == straight->pack;
    bool is_layer = straight->merged_sum[node->id] || node->kind == KIND_CONTRACT;
    return is_layer ? is_packed_layer(straight, node) : is_packed_map(straight, node);
}

/* Whether all users read a per-batch value in vectors: its elements have no scalars of their own.
   */
static bool is_read_in_vectors(const Straight *straight, const Node *node) {
    if (node->batched)
        return true;
    for (int id = node->id + 1; id < straight->graph->node_count; id++) {
        const Node *user = straight->graph->nodes[id];
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == node && !straight->is_packed[id])
                return false;
    }
    for (int i = 0; i < straight->function->store_count; i++) {
        const Store *store = &straight->function->stores[i];
        bool is_stored = store->kind == STORE_VARIABLE || store->kind == STORE_GRADIENT;
        if (store->value == node &&
            !(is_stored &&
              has_order(straight, node,
                        layout_of_variable(straight->emitter->layouts, store->variable))))
            return false;
    }
    return true;
}

void straight_find_packed(Straight *straight) {
    Graph *graph = straight->graph;
    const Options *options = &straight->compiler->options;
    straight->is_packed = NEW_ARRAY(straight->compiler, bool, graph->node_count + 1);
    straight->packs_example = straight->function->examples == 1 && straight->lanes == 1 &&
                              straight->levels == 0 && example_lanes(options) > 1;
    straight->pack = straight->packs_example ? example_lanes(options)
                     : straight->lanes > 1   ? straight->lanes
                                             : lanes_for(options, 1);
    if (straight->pack == 1)
        return;
    for (int id = 0; id < graph->node_count; id++)
        straight->is_packed[id] = can_be_packed(straight, graph->nodes[id]);
    for (bool changed = true; changed;) {
        changed = false;
        for (int id = graph->node_count - 1; id >= 0; id--) {
            Node *node = graph->nodes[id];
            bool stays = straight->is_packed[id] && is_read_in_vectors(straight, node) &&
                         can_be_packed(straight, node);
            changed |= straight->is_packed[id] != stays;
            straight->is_packed[id] = stays;
        }
    }
}

int64_t straight_packed_count(const Straight *straight, const Node *node) {
    int64_t count = shape_count(node->shape), whole = count / straight->pack * straight->pack;
    return !straight->is_packed[node->id] ? 0 : whole > 0 ? whole : count;
}

/* "h_weight_0to3" */
static char *pack_name(Straight *straight, Node *node, int64_t first) {
    int64_t end = first + straight->pack, count = shape_count(node->shape);
    return format_text(straight->compiler, "%sto%lld",
                       straight_element_name(straight, straight_element_at(straight, node, first)),
                       (long long)(end < count ? end : count) - 1);
}

void straight_add_vector(Straight *straight, Text *out, const char *name, const char *expression) {
    Bindings bindings = bindings_new(straight->compiler, NULL);
    if (straight->packs_example)
        straight->function->schedule->element_lanes = straight->pack;
    bind_slot(&bindings, "type", "%s", lanes_type(straight->compiler, straight->pack));
    bind_slot(&bindings, "value", "%s", name);
    bind_slot(&bindings, "expression", "%s", expression);
    template_add(out, "straight_value", &bindings, 0);
}

/* Loads a vector of a leaf, or writes the numbers of a constant out. */
static const char *leaf_vector(Straight *straight, Node *leaf, int64_t first) {
    Text *numbers = text_new(straight->compiler);
    if (!node_is_table(leaf))
        return format_text(straight->compiler, "nn_load_%d(%s)", straight->pack,
                           straight_leaf_address(straight, leaf, first));
    for (int i = 0; i < straight->pack; i++)
        text_add(numbers, "%s%s", i ? ", " : "{",
                 straight_operand_of(straight, (Element){leaf, first + i}).text);
    text_add(numbers, "}");
    return numbers->bytes;
}

Operand straight_pack(Straight *straight, Node *operand, int64_t first) {
    if (is_scalar(operand))
        return straight_operand_of(straight, element_resolve(operand, 0));
    Node *value = value_of(operand);
    char *name = pack_name(straight, value, first);
    if (is_vector_leaf(value) && !name_is_used(&straight->packs, name)) {
        name_reserve(&straight->packs, name);
        straight_add_vector(straight, value->batched ? straight->out : straight->loads, name,
                            leaf_vector(straight, value, first));
    }
    return (Operand){name, true};
}

char *straight_packed_element(Straight *straight, Element at) {
    int64_t lane = straight_position(straight, at.node, at.element) % straight->pack;
    int64_t first = straight_position(straight, at.node, at.element) - lane;
    return format_text(straight->compiler, "%s[%lld]", pack_name(straight, at.node, first),
                       (long long)lane);
}

static const char *pack_text(Straight *straight, Node *node, int64_t first) {
    const Node *comparison = straight_condition(node, 0).node,
               *merged = straight->merged_sum[node->id];
    Operand packs[4];
    Node *operands[4];
    if (merged || node->kind == KIND_CONTRACT)
        return straight_outputs(straight, node, first);
    for (int i = 0, count = find_operands(node, operands); i < count; i++)
        packs[i] = straight_pack(straight, operands[i], first);
    return comparison
               ? choice_text(straight->compiler, comparison->op, packs, packs + 2, straight->pack)
               : op_text(straight->compiler, node->op, packs, straight->pack);
}

void straight_add_packs(Straight *straight, Node *node) {
    for (int64_t first = 0; first < straight_packed_count(straight, node);
         first += straight->pack) {
        const char *text = pack_text(straight, node, first);
        straight_add_vector(straight, straight->out, pack_name(straight, node, first), text);
    }
}

static const char *sum_name_at(Straight *straight, Node *node, int64_t position) {
    return straight_sum_name(straight, node, straight_element_at(straight, node, position).element);
}

void straight_close_packs(Straight *straight, Node *node) {
    for (int64_t first = 0; first < straight_packed_count(straight, node);
         first += straight->pack) {
        Text *sums = text_new(straight->compiler);
        for (int i = 0; i < straight->pack; i++)
            text_add(sums, "%s%s", i ? ", " : "", sum_name_at(straight, node, first + i));
        straight_add_vector(straight, straight->out, pack_name(straight, node, first),
                            format_text(straight->compiler, "nn_sums_%d((const %s[%d]){%s})",
                                        straight->pack,
                                        lanes_type(straight->compiler, straight->pack),
                                        straight->pack, sums->bytes));
    }
}

void straight_store_packs(Straight *straight, const Store *store) {
    for (int64_t first = 0; first + straight->pack <= straight_packed_count(straight, store->value);
         first += straight->pack) {
        Bindings bindings = bindings_new(straight->compiler, NULL);
        bind_slot(&bindings, "lanes", "%d", straight->pack);
        bind_slot(&bindings, "to", "%s", straight_store_address(straight, store, first));
        bind_slot(&bindings, "expression", "%s", pack_name(straight, store->value, first));
        template_add(straight->out, "straight_store", &bindings, 0);
    }
}
