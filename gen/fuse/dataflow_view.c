/* Part of the checker of plans: what both files that fill a view need. In: nodes, accesses. Out:
   entries of the view. */

#include "fuse/fuse.h"

static const char *node_name(Compiler *compiler, const Node *node) {
    return node->name ? node->name : format_text(compiler, "%%%d", node->id);
}

View view_new(Function *function) {
    Compiler *compiler = function->graph->compiler;
    View view = {function, compiler, NEW(compiler, Dataflow), NULL};
    view.flow->compiler = compiler;
    view.flow->name = function->name;
    for (int id = 0; id < function->graph->node_count; id++)
        view_add_value(&view, node_name(compiler, function->graph->nodes[id]));
    return view;
}

int view_add_value(View *view, const char *name) {
    FlowValue value = {.name = name};
    PUSH(view->compiler, view->flow->values, view->flow->value_count, value);
    return view->flow->value_count - 1;
}

int view_add_storage(View *view, const char *name, int64_t count, bool is_given) {
    FlowStorage storage = {.name = name,
                           .count = count,
                           .given = is_given ? view_add_value(view, name) : FLOW_NONE,
                           .wanted = FLOW_NONE,
                           .kernel = FLOW_NONE,
                           .offset = FLOW_NONE};
    PUSH(view->compiler, view->flow->storages, view->flow->storage_count, storage);
    return view->flow->storage_count - 1;
}

/* A kernel is named by its last named value, else by its root. */
static const char *cluster_name(Compiler *compiler, const Cluster *cluster) {
    const Node *best = cluster->root;
    for (int n = 0; n < cluster->nest_count; n++)
        for (int i = 0; i < cluster->nests[n]->node_count; i++) {
            const Node *node = cluster->nests[n]->nodes[i];
            if (!best || (node->name && !(cluster->root && cluster->root->name)))
                best = node;
        }
    return best ? node_name(compiler, best) : "without a value";
}

void view_add_kernel(View *view, const Cluster *cluster) {
    FlowKernel kernel = {.name = cluster ? cluster_name(view->compiler, cluster) : "of statements",
                         .goes_by_example = cluster && cluster->kind == CLUSTER_EXAMPLES};
    PUSH(view->compiler, view->flow->kernels, view->flow->kernel_count, kernel);
}

void view_add_nest(View *view) {
    FlowKernel *kernel = &view->flow->kernels[view->flow->kernel_count - 1];
    FlowNest nest = {0};
    PUSH(view->compiler, kernel->nests, kernel->nest_count, nest);
    view->nest = &kernel->nests[kernel->nest_count - 1];
}

/* A sum over loops without rounds has its initial value. That it is finished is said by an addition
   to one element of it, the first that the initialisation writes. False where nothing initialises
   it. */
static bool find_begun(const View *view, FlowAccess *access) {
    const Dataflow *flow = view->flow;
    for (int k = 0; access->kind == FLOW_ADD && k < flow->kernel_count; k++)
        for (int n = 0; n < flow->kernels[k].nest_count; n++)
            for (int i = 0; i < flow->kernels[k].nests[n].access_count; i++) {
                const FlowAccess *begun = &flow->kernels[k].nests[n].accesses[i];
                if (begun->kind != FLOW_BEGIN || begun->value != access->value ||
                    begun->storage != access->storage)
                    continue;
                access->range = (FlowRange){.first = begun->range.first};
                return true;
            }
    return false;
}

void view_add(View *view, FlowAccess access) {
    for (int i = 0; i < access.range.loop_count; i++)
        if (access.range.loops[i].count == 0 && !find_begun(view, &access))
            return;
    PUSH(view->compiler, view->nest->accesses, view->nest->access_count, access);
}

void range_add_loop(FlowRange *range, int64_t count, int64_t stride) {
    range->loops[range->loop_count].count = count;
    range->loops[range->loop_count++].stride = stride;
}

void view_add_register(View *view, FlowKind kind, const Node *node, FlowMoment moment) {
    FlowAccess access = {
        .kind = kind, .value = node->id, .storage = FLOW_REGISTER, .moment = moment};
    if (node->shape.rank > 0)
        range_add_loop(&access.range, shape_count(node->shape), 1);
    view_add(view, access);
}

void range_add_axis(FlowRange *range, const Node *contract, int side, int axis, int64_t stride) {
    const Contract *terms = contract->contract;
    const Index *index = &terms->index[side];
    int64_t low = index->offset[axis], high = low;
    int64_t size =
        side > 0 ? contract->inputs[side - 1]->shape.size[axis] : contract->shape.size[axis];
    for (int loop = 0; loop < terms->loop_count; loop++) {
        int64_t reach = index->factor[axis][loop] * (terms->extent[loop] - 1);
        low += reach < 0 ? reach : 0;
        high += reach > 0 ? reach : 0;
    }
    low = low < 0 ? 0 : low;
    high = high < size ? high : size - 1;
    range->first += low * stride;
    range_add_loop(range, high >= low ? high - low + 1 : 0, stride);
}

FlowExamples node_examples(const Node *node, const Node *operand) {
    bool is_sum = !node->batched && (node->kind == KIND_CONTRACT || node->over_batch);
    return !operand->batched ? FLOW_ONE : is_sum ? FLOW_ALL : FLOW_OWN;
}
