/* Which kernels run by plans over equations, and their plans. In: functions that are laid out. Out:
   cluster->equations and cluster->plan of these. Not its business: other kernels, which are nests
   (tile.c). */

#include "schedule/passes.h"

static const Access *access_of_origin(const Layouts *layouts, const Function *function,
                                      const BufferOrigin *origin) {
    return origin->node ? access_of(layouts, function, origin->node)
                        : access_of_store(layouts, function, origin->store);
}

/* Which index of the buffer runs along memory, -1: none does. */
static int innermost_index(const Layouts *layouts, const Function *function,
                           const BufferOrigin *origin) {
    const Access *access = access_of_origin(layouts, function, origin);
    const Node *node = origin->node ? origin->node : function->stores[origin->store].value;
    if (!access || access->storage->kind == STORAGE_CLASSES || access->layout->digit_count == 0)
        return -1;
    int axis = layout_innermost_axis(access->layout);
    if (axis == AXIS_EXAMPLES)
        return access->has_examples && node->batched ? 0 : -1;
    int from = axis >= 0 && axis < access->rank ? access->from[axis] : -1;
    return from >= 0 ? from + node->batched : -1;
}

static int *innermost_indices(const Layouts *layouts, const Function *function,
                              const Equations *equations) {
    int *made = NEW_ARRAY(function->graph->compiler, int, equations->origin_count + 1);
    for (int i = 0; i < equations->origin_count; i++) {
        const Buffer *buffer = &equations->symbols->buffers[i];
        made[i] =
            buffer->is_local ? -1 : innermost_index(layouts, function, &equations->origins[i]);
    }
    return made;
}

/* Plans go through no panels yet. */
static bool has_panels(const Layouts *layouts, const Function *function,
                       const Equations *equations) {
    for (int i = 0; i < equations->origin_count; i++) {
        int panelled;
        const Access *access = equations->symbols->buffers[i].is_local
                                   ? NULL
                                   : access_of_origin(layouts, function, &equations->origins[i]);
        if (access && layout_panels(access->layout, &panelled) > 0)
            return true;
    }
    return false;
}

/* Windows, and sums of products that are none of matrices. */
static bool goes_by_plan(const Cluster *cluster) {
    return cluster->root && node_has_terms(cluster->root) && !contract_is_product(cluster->root);
}

static void plan_cluster(const Layouts *layouts, const Function *function, Cluster *cluster,
                         const Equations *equations) {
    const Options *options = &function->graph->compiler->options;
    Plan *plan = choose_plan(equations, options, innermost_indices(layouts, function, equations));
    if (!plan)
        return;
    const char *problem = plan_check(equations, plan, NULL);
    if (problem)
        stop_at(function->graph->compiler, (Span){0}, "internal: the plan of %s: %s",
                equations->name, problem);
    cluster->equations = equations;
    cluster->plan = plan;
}

static bool has_plans(const Function *function) {
    for (int c = 0; c < function->schedule->cluster_count; c++)
        if (goes_by_plan(function->schedule->clusters[c]))
            return true;
    return false;
}

void plan_kernels(const Layouts *layouts, Function *function) {
    const Schedule *schedule = function->schedule;
    const char **reasons;
    if (!has_plans(function))
        return;
    Equations **made = equations_of(function, &reasons);
    for (int c = 0; c < schedule->cluster_count; c++) {
        Cluster *cluster = schedule->clusters[c];
        if (made[c] && goes_by_plan(cluster) && !has_panels(layouts, function, made[c]))
            plan_cluster(layouts, function, cluster, made[c]);
        if (cluster->root && cluster->root->kind == KIND_WINDOW && !cluster->plan)
            stop_at(function->graph->compiler, cluster->root->span, "internal: no plan: %s",
                    reasons[c] ? reasons[c] : "its values lie in panels, or are several sums");
    }
}
