/* Questions about single nodes. In: a node of any graph. Out: whether it is computed, or only
   another way to look at its input's memory, and whose memory that is. */

#include "graph/graph.h"

bool node_is_leaf(const Node *node) {
    return node->input_count == 0;
}

bool node_is_number(const Node *node) {
    return node->kind == KIND_CONST && !node->numbers;
}

bool node_is_table(const Node *node) {
    return node->kind == KIND_CONST && node->numbers;
}

bool node_is_like(const Node *node, const Node *other) {
    return node->batched == other->batched && shape_equal(node->shape, other->shape);
}

bool node_is_name_at_hand(const Node *node, Node *const *made) {
    bool is_ready = node->name && node->input_count > 0;
    for (int i = 0; i < node->input_count; i++)
        is_ready &= made[node->inputs[i]->id] != NULL;
    return is_ready;
}

bool node_is_contiguous(const Node *node) {
    for (; node->kind == KIND_VIEW; node = node->inputs[0]) {
        if (node->op == OP_TRANSPOSE || node->op == OP_EXPAND)
            return false;
        if (node->op == OP_CONCAT || node->op == OP_PAD || node->op == OP_RESHAPE)
            return true; /* in memory of their own, or of what is contiguous */
        if (node->op == OP_SLICE)
            for (int i = 1; i < node->shape.rank; i++)
                if (node->shape.size[i] != node->inputs[0]->shape.size[i])
                    return false;
    }
    return true;
}

bool node_is_alias(const Node *node) {
    if (node->kind != KIND_VIEW || node->op == OP_CONCAT || node->op == OP_PAD)
        return false;
    Node *input = node->inputs[0];
    if (input->kind == KIND_RANDOM)
        return false;
    return node->op != OP_RESHAPE || node_is_contiguous(input);
}

Node *node_base(Node *node) {
    while (node_is_alias(node))
        node = node->inputs[0];
    return node;
}

bool node_is_computed(const Node *node) {
    return !node_is_leaf(node) && !node_is_alias(node);
}
