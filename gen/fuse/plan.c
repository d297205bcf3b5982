/* Queries on a plan. In: what fuse and later stages have left on a function. Out: facts derived
   from it. */

#include "fuse/fuse.h"

Shape nest_kept_shape(const Nest *nest) {
    if (nest->contract)
        return nest->contract->shape;
    Shape shape = {0};
    for (int i = 0; i < nest->domain.rank; i++)
        if (!(nest->summed_axes >> i & 1))
            shape.size[shape.rank++] = nest->domain.size[i];
    return shape;
}

unsigned nest_summed_loops(const Nest *nest) {
    unsigned loops = 0;
    for (int i = 0; i < nest->loop_count; i++)
        if (nest->loops[i].is_summed)
            loops |= 1u << i;
    return loops;
}

unsigned instruction_varies(const Instruction *instruction) {
    return instruction->kind == INSTRUCTION_STORE
               ? instruction->varies | instruction->operands[0]->varies
               : instruction->varies;
}

int64_t instruction_stride(const Instruction *instruction, int loop) {
    return instruction->panel_loop == loop ? 1 : instruction->factor[loop];
}

/* `auto` bounds the size of the output: programs with very many products get plain loops. */
bool program_runs_plain(const Program *program) {
    int products = 0;
    for (int f = 0; f < program->function_count; f++)
        for (int c = 0; c < program->functions[f]->schedule->cluster_count; c++)
            products += program->functions[f]->schedule->clusters[c]->kind == CLUSTER_CONTRACT;
    Unroll unroll = program->compiler->options.unroll;
    return unroll == UNROLL_NONE || (unroll == UNROLL_AUTO && products > TILED_PRODUCTS);
}

void find_weights(Function *function) {
    for (int i = 0; i < function->schedule->cluster_count; i++)
        function->schedule->clusters[i]->weights = NULL;
    for (int i = 0; i < function->store_count; i++) {
        const Store *item = &function->stores[i];
        Cluster *cluster = item->value->cluster;
        if (item->variable && cluster && cluster->root && !cluster->weights &&
            shape_equal(item->variable->shape, cluster->root->shape))
            cluster->weights = item->variable->owner ? item->variable->owner : item->variable;
    }
}

bool node_is_constant_in(const Node *node, const Cluster *cluster) {
    bool has_loops = cluster->kind == CLUSTER_CONTRACT || cluster->kind == CLUSTER_BATCH_SUM;
    return node->cluster == cluster && node->shape.rank == 0 && node->kind != KIND_VIEW &&
           !has_loops;
}

int straight_lanes(const Function *function) {
    return function->examples > 1
               ? lanes_for(&function->graph->compiler->options, function->examples)
               : 1;
}
