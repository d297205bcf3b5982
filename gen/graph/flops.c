/* Floating-point operations. In: folded functions. Out: how many a value costs, for one example and
   for a whole call, as the graph asks for them: 2 for a multiply-add, 1 for any other operation on
   one element, be it exp, a comparison or a random number, 0 for moving values. Terms of a
   contraction that fall outside its operands count, and what kernels make anew counts once. In
   double, which a product of extents cannot overflow. */

#include "graph/graph.h"

static double elements(const Node *node) {
    return (double)shape_count(node->shape);
}

static double map_flops(Op op) {
    return op == OP_DETACH ? 0 : op == OP_FMA || op == OP_FNMA ? 2 : 1;
}

static double term_count(const Contract *contract) {
    double terms = 1;
    for (int i = 0; i < contract->loop_count; i++)
        terms *= (double)contract->extent[i];
    return terms;
}

double node_flops(const Node *node) {
    switch (node->kind) {
    case KIND_RANDOM:
        return elements(node);
    case KIND_MAP:
        return map_flops(node->op) * elements(node);
    case KIND_REDUCE:
        return elements(node->inputs[0]);
    case KIND_CONTRACT:
        return 2 * term_count(node->contract);
    case KIND_WINDOW:
        return term_count(node->contract);
    default:
        return 0;
    }
}

/* A sum over examples is work for each of them, too. */
static bool is_per_example(const Node *node) {
    bool result = node->batched;
    for (int i = 0; i < node->input_count; i++)
        result |= node->inputs[i]->batched;
    return result;
}

Flops flops_of(const Function *function, const Node *node) {
    double flops = node_flops(node);
    if (!is_per_example(node))
        return (Flops){.call = flops};
    return (Flops){.example = flops, .call = flops * (double)function->examples};
}

Flops flops_add(Flops a, Flops b) {
    return (Flops){.example = a.example + b.example, .call = a.call + b.call};
}

Flops flops_of_function(const Function *function) {
    Flops sum = {0};
    for (int i = 0; i < function->graph->node_count; i++)
        sum = flops_add(sum, flops_of(function, function->graph->nodes[i]));
    return sum;
}
