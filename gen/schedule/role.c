/* Whether the loops of a layer's products run over its outputs or its inputs, for plans as text.
   In: the loops of a nest. Out: their roles. */

#include "schedule/passes.h"

/* The weights that an operand is, or is a copy of, or NULL. */
static const Variable *weights_in(const Node *operand) {
    while (operand->kind == KIND_MAP && operand->op == OP_DETACH)
        operand = operand->inputs[0];
    return operand->kind == KIND_PARAM ? operand->variable : NULL;
}

void find_forward_products(Function *function, int variable_count) {
    const Graph *graph = function->graph;
    Forward *forward = NEW_ARRAY(graph->compiler, Forward, variable_count + 1);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        for (int i = 0; node->kind == KIND_CONTRACT && node->batched && i < 2; i++) {
            const Variable *weights = weights_in(node->inputs[i]);
            if (weights && !forward[weights->number].product)
                forward[weights->number] = (Forward){node, i + 1};
        }
    }
    function->schedule->forward = forward;
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
    const Forward *forward = &function->schedule->forward[weights->number];
    const Node *product = forward->product;
    for (int loop = 0; product && loop < product->contract->loop_count; loop++)
        if (moves(product->contract, forward->side, axis, loop))
            return role_in_product(product, forward->side, loop);
    return ROLE_ELEMENTS;
}

/* A loop's role is that of the axis of the weights, or of their gradient, that it runs along. */
void find_roles(const Function *function, const Cluster *cluster, Nest *nest,
                const int *contract_loop) {
    const Node *node = nest->contract;
    for (int side = 0; side < 3; side++) {
        if (side > node->input_count)
            break;
        const Variable *weights = side > 0         ? weights_in(node->inputs[side - 1])
                                  : !node->batched ? cluster->weights
                                                   : NULL;
        for (int axis = 0; weights && axis < weights->shape.rank; axis++)
            for (int loop = 0; loop < node->contract->loop_count; loop++)
                if (moves(node->contract, side, axis, loop))
                    nest->loops[contract_loop[loop]].role = role_of_axis(function, weights, axis);
    }
}
