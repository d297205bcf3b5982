/* Straight-line code, values per batch side by side. In: nodes. Out: which of them are made and
   stored a vector of elements at a time: what sums over examples leave, and what an optimizer makes
   of it element by element. What is left over after whole vectors is made number by number.

   A sum over examples has them in its lanes; as many such sums as there are lanes become one vector
   by additions across, which cost little more than those of one. */

#include "straight.h"

static bool has_packed_shape(const Straight *straight, const Node *node) {
    return !node->batched && shape_count(node->shape) >= straight->pack;
}

static bool is_alive(const Straight *straight, const Node *node) {
    for (int64_t i = 0; i < shape_count(node->shape); i++)
        if (!straight->live[node->id][i])
            return false;
    return true;
}

static bool is_vector_leaf(const Node *node) {
    bool is_gradient = node->kind == KIND_GIVEN && node->given == GIVEN_GRADIENT;
    return node->kind == KIND_PARAM || node->kind == KIND_STATE || is_gradient;
}

/* One number, however far it is spread. */
static bool is_one_number(const Node *node) {
    while (node->kind == KIND_VIEW && (node->op == OP_EXPAND || node->op == OP_RESHAPE))
        node = node->inputs[0];
    return shape_count(node->shape) == 1;
}

/* Whether a map can take this operand as a vector of its elements or as one number. */
static bool is_packed_operand(const Straight *straight, const Node *node, const Node *operand) {
    if (is_one_number(operand))
        return !operand->batched;
    return shape_equal(operand->shape, node->shape) &&
           (is_vector_leaf(operand) || straight->is_packed[operand->id]);
}

static bool can_be_packed(const Straight *straight, const Node *node) {
    if (!has_packed_shape(straight, node) || !is_alive(straight, node))
        return false;
    if (straight_sums_examples(node))
        return straight->lanes == straight->pack;
    bool is_map = node->kind == KIND_MAP && node->op != OP_DETACH;
    for (int i = 0; is_map && i < node->input_count; i++)
        is_map = is_packed_operand(straight, node, node->inputs[i]);
    return is_map;
}

/* A packed value has no numbers for who wants single elements. */
static bool is_taken_whole(const Straight *straight, const Node *node) {
    for (int id = node->id + 1; id < straight->graph->node_count; id++) {
        const Node *user = straight->graph->nodes[id];
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == node && !straight->is_packed[id])
                return false;
    }
    for (int i = 0; i < straight->function->store_count; i++) {
        const Store *store = &straight->function->stores[i];
        if (store->value == node && store->kind != STORE_VARIABLE && store->kind != STORE_GRADIENT)
            return false;
    }
    return true;
}

void straight_find_packed(Straight *straight) {
    Graph *graph = straight->graph;
    const Options *options = &straight->compiler->options;
    straight->is_packed = NEW_ARRAY(straight->compiler, bool, graph->node_count + 1);
    straight->pack = straight->lanes > 1 ? straight->lanes : lanes_for(options, 1);
    if (straight->pack == 1)
        return;
    for (int id = 0; id < graph->node_count; id++)
        straight->is_packed[id] = can_be_packed(straight, graph->nodes[id]);
    for (bool changed = true; changed;) {
        changed = false;
        for (int id = graph->node_count - 1; id >= 0; id--) {
            Node *node = graph->nodes[id];
            bool stays = straight->is_packed[id] && is_taken_whole(straight, node) &&
                         can_be_packed(straight, node);
            changed |= straight->is_packed[id] != stays;
            straight->is_packed[id] = stays;
        }
    }
}

int64_t straight_packed_count(const Straight *straight, const Node *node) {
    int64_t count = shape_count(node->shape);
    return straight->is_packed[node->id] ? count / straight->pack * straight->pack : 0;
}

/* "h_weight_0to3" */
static char *pack_name(Straight *straight, const Node *node, int64_t first) {
    return format_text(straight->compiler, "%sto%lld",
                       straight_element_name(straight, (Element){(Node *)node, first}),
                       (long long)(first + straight->pack - 1));
}

static void add_pack(Straight *straight, Text *out, const char *name, const char *expression) {
    Bindings bindings = bindings_new(straight->compiler, NULL);
    bind_slot(&bindings, "type", "%s", lanes_type(straight->compiler, straight->pack));
    bind_slot(&bindings, "value", "%s", name);
    bind_slot(&bindings, "expression", "%s", expression);
    template_add(out, "straight_value", &bindings, 0);
}

static Operand pack_operand(Straight *straight, Node *operand, int64_t first) {
    if (is_one_number(operand))
        return straight_operand_of(straight, element_resolve(operand, 0));
    char *name = pack_name(straight, operand, first);
    if (is_vector_leaf(operand) && !name_is_used(&straight->packs, name)) {
        name_reserve(&straight->packs, name);
        add_pack(straight, straight->loads, name,
                 format_text(straight->compiler, "nn_load_%d(%s)", straight->pack,
                             straight_leaf_place(straight, operand, first)));
    }
    return (Operand){name, true};
}

void straight_add_packs(Straight *straight, Node *node) {
    for (int64_t first = 0; first < straight_packed_count(straight, node);
         first += straight->pack) {
        Operand operands[3];
        for (int i = 0; i < node->input_count; i++)
            operands[i] = pack_operand(straight, node->inputs[i], first);
        add_pack(straight, straight->out, pack_name(straight, node, first),
                 op_text(straight->compiler, node->op, operands, straight->pack));
    }
}

void straight_close_packs(Straight *straight, Node *node) {
    for (int64_t first = 0; first < straight_packed_count(straight, node);
         first += straight->pack) {
        Text *sums = text_new(straight->compiler);
        for (int i = 0; i < straight->pack; i++)
            text_add(sums, "%s%s", i ? ", " : "", straight_sum_name(straight, node, first + i));
        add_pack(straight, straight->out, pack_name(straight, node, first),
                 format_text(straight->compiler, "nn_sums_%d((const %s[%d]){%s})", straight->pack,
                             lanes_type(straight->compiler, straight->pack), straight->pack,
                             sums->bytes));
    }
}

void straight_store_packs(Straight *straight, const Store *store) {
    for (int64_t first = 0; first < straight_packed_count(straight, store->value);
         first += straight->pack) {
        Bindings bindings = bindings_new(straight->compiler, NULL);
        bind_slot(&bindings, "lanes", "%d", straight->pack);
        bind_slot(&bindings, "to", "%s", straight_store_address(straight, store, first));
        bind_slot(&bindings, "expression", "%s", pack_name(straight, store->value, first));
        template_add(straight->out, "straight_store", &bindings, 0);
    }
}
