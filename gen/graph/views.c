/* Views that are only another way to look at their input. In: nodes. Out: which are computed, and
   whose memory the others look at. */

#include "graph/graph.h"

bool node_is_leaf(const Node *node) {
    return node->input_count == 0;
}

static bool is_contiguous(const Node *node) {
    for (; node->kind == KIND_VIEW; node = node->inputs[0]) {
        if (node->op == OP_TRANSPOSE || node->op == OP_EXPAND)
            return false;
        if (node->op == OP_CONCAT || node->op == OP_PAD)
            return true;
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
    return node->op != OP_RESHAPE || is_contiguous(input);
}

Node *node_base(Node *node) {
    while (node_is_alias(node))
        node = node->inputs[0];
    return node;
}

bool node_is_computed(const Node *node) {
    return !node_is_leaf(node) && !node_is_alias(node);
}
