/* Whether the loops of a layer's products run over its outputs or its inputs, for plans as text.
   In: the loops of a nest. Out: their roles. */

#include "schedule/passes.h"

/* The weights that an operand is, or is a copy of, or NULL. */
static const Variable *weights_in(const Node *operand) {
    while (operand->kind == KIND_MAP && operand->op == OP_DETACH)
        operand = operand->inputs[0];
    return operand->kind == KIND_PARAM ? operand->variable : NULL;
}

/* The first product that takes the weights is the forward one. */
static const Node *forward_product(const Function *function, const Variable *weights, int *side) {
    for (int id = 0; id < function->graph->node_count; id++) {
        const Node *node = function->graph->nodes[id];
        for (int i = 0; node->kind == KIND_CONTRACT && node->batched && i < 2; i++)
            if (weights_in(node->inputs[i]) == weights) {
                *side = i + 1;
                return node;
            }
    }
    return NULL;
}

static bool moves(const Contract *contract, int side, int axis, int loop) {
    return contract->index[side].factor[axis][loop] != 0;
}

/* The role of a forward product's loop, by the operands that it indexes. */
static Role role_in_product(const Node *product, int weights, int loop) {
    int other = 3 - weights;
    for (int axis = 0; axis < product->shape.rank; axis++)
        if (moves(product->contract, 0, axis, loop))
            return ROLE_OUTPUTS;
    for (int axis = 0; axis < product->inputs[other - 1]->shape.rank; axis++)
        if (moves(product->contract, other, axis, loop) &&
            contract_runs_along(product, other - 1, axis))
            return ROLE_INPUTS;
    return ROLE_ELEMENTS;
}

static Role role_of_axis(const Function *function, const Variable *weights, int axis) {
    int side = 0;
    const Node *product = forward_product(function, weights, &side);
    for (int loop = 0; product && loop < product->contract->loop_count; loop++)
        if (moves(product->contract, side, axis, loop))
            return role_in_product(product, side, loop);
    return ROLE_ELEMENTS;
}

/* A loop's role is that of the axis of the weights, or of their gradient, that it runs along. */
void find_roles(const Function *function, const Cluster *cluster, Nest *nest,
                const int *contract_loop) {
    const Node *node = nest->contract;
    for (int side = 0; side < 3; side++) {
        const Variable *weights = side > 0         ? weights_in(node->inputs[side - 1])
                                  : !node->batched ? weights_by(function, cluster)
                                                   : NULL;
        for (int axis = 0; weights && axis < weights->shape.rank; axis++)
            for (int loop = 0; loop < node->contract->loop_count; loop++)
                if (moves(node->contract, side, axis, loop))
                    nest->loops[contract_loop[loop]].role = role_of_axis(function, weights, axis);
    }
}
