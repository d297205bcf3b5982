/* limits: whether indices of the emitted C fit an `int`. In: placed functions. Out: nothing; an
   array with too many elements is an error of the model. `check` refuses values that are too
   large in the model; here are arrays that exist only now: blocks of all parameters, a batch
   padded to whole vectors, scratch, and intermediate results of index expressions. */

#include "place/place.h"

/* Leaves room of half as much again for what unrolling adds to an index. */
enum { MAX_INDEX = (3 << 29) - 1 };

// Blocks of the net and of work

typedef struct {
    Compiler *compiler;
    const char *what;
    int64_t count;
} Block;

static void block_add(Block *block, const char *name, Span span, int64_t count) {
    block->count += count;
    if (block->count > MAX_ELEMENTS)
        limit_at(block->compiler, span, "with '%s' the %s are %lld numbers, the limit is %lld",
                 name, block->what, (long long)block->count, (long long)MAX_ELEMENTS);
}

static void check_blocks(const Graph *graph) {
    Compiler *compiler = graph->compiler;
    Block parameters = {compiler, "parameters", 0}, gradients = {compiler, "gradients", 0},
          sums = {compiler, "metrics' sums", 0}, figures = {compiler, "metrics", 0};
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        int64_t count = shape_count(variable->shape);
        if (variable->kind == VARIABLE_PARAM)
            block_add(&parameters, variable->name, variable->span, count);
        if (variable->gradient || (variable->kind == VARIABLE_STATE && variable->next))
            block_add(&gradients, variable->name, variable->span, count);
    }
    for (int i = 0; i < graph->metric_count; i++) {
        const Metric *metric = &graph->metrics[i];
        block_add(&figures, metric->name, metric->finish->span, shape_count(metric->finish->shape));
        for (int s = 0; s < metric->sum_count; s++) {
            const Node *sum = graph->sums[metric->first_sum + s];
            block_add(&sums, metric->name, sum->span, shape_count(sum->shape));
        }
    }
}

// Arrays of one function

/* An incomplete batch is copied to work and padded. */
static void check_examples(const Graph *graph, const Function *function) {
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        bool is_data = variable->kind == VARIABLE_INPUT || variable->kind == VARIABLE_TARGET;
        int64_t count = variable->onehot ? 1 : shape_count(variable->shape);
        if (is_data && count > MAX_ELEMENTS / function->examples)
            limit_at(
                graph->compiler, variable->span,
                "'%s' takes %lld elements in %s, whose vectors hold %lld examples, the limit is "
                "%lld",
                variable->name, (long long)(count * function->examples), function->name,
                (long long)function->examples, (long long)MAX_ELEMENTS);
    }
}

static void check_scratch(const Function *function) {
    const Schedule *schedule = function->schedule;
    Compiler *compiler = function->graph->compiler;
    const Storage *largest = NULL;
    for (int i = 0; i < schedule->storage_count; i++) {
        const Storage *storage = schedule->storages[i];
        if (storage->count > MAX_ELEMENTS)
            stop_at(compiler, storage->span, "internal: %s needs an array of %lld elements",
                    function->name, (long long)storage->count);
        bool is_larger = !largest || storage->count > largest->count;
        if (storage->kind == STORAGE_ARENA && is_larger)
            largest = storage;
    }
    if (schedule->arena_size > MAX_ELEMENTS)
        limit_at(compiler, largest->span,
                 "%s keeps %lld elements at a time, most of them of this value, the limit is %lld",
                 function->name, (long long)schedule->arena_size, (long long)MAX_ELEMENTS);
}

// Indices

/* The largest intermediate result of an index expression, in any order of evaluation. */
static int64_t index_reach(const Nest *nest, const int64_t *factor, int64_t offset) {
    int64_t reach = offset < 0 ? -offset : offset;
    for (int loop = 0; loop < nest->loop_count && reach <= MAX_INDEX; loop++) {
        int64_t size = factor[loop] < 0 ? -factor[loop] : factor[loop];
        reach += size * (nest->loops[loop].extent - 1);
    }
    return reach;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t nest_reach(const Nest *nest) {
    int64_t reach = 0;
    for (int i = 0; i < nest->guard_count; i++)
        reach = larger(reach, index_reach(nest, nest->guards[i].factor, nest->guards[i].offset));
    for (int i = 0; i < nest->instruction_count; i++) {
        const Instruction *instruction = nest->instructions[i];
        if (instruction->access || instruction->kind == INSTRUCTION_RANDOM)
            reach = larger(reach, index_reach(nest, instruction->factor, instruction->offset));
    }
    return reach;
}

static void check_nest(Compiler *compiler, const Cluster *cluster, const Nest *nest) {
    const Node *node = nest->contract ? nest->contract : nest->node_count ? nest->nodes[0] : NULL;
    Span span = node ? node->span : cluster->root ? cluster->root->span : (Span){0};
    int64_t reach = nest_reach(nest);
    if (reach > MAX_INDEX)
        limit_at(compiler, span,
                 "the terms of an index of this value reach %lld elements, the limit is %lld",
                 (long long)reach, (long long)MAX_INDEX);
}

static void check_indices(const Function *function) {
    const Schedule *schedule = function->schedule;
    for (int c = 0; c < schedule->cluster_count; c++)
        for (int n = 0; n < schedule->clusters[c]->nest_count; n++)
            check_nest(function->graph->compiler, schedule->clusters[c],
                       schedule->clusters[c]->nests[n]);
}

// An int of fewer bits

static int64_t function_int(const Function *function) {
    const Schedule *schedule = function->schedule;
    int64_t most = schedule->arena_size, reach = 0;
    for (int i = 0; i < schedule->storage_count; i++)
        most = larger(most, schedule->storages[i]->count);
    for (int c = 0; c < schedule->cluster_count && !schedule->is_straight; c++)
        for (int n = 0; n < schedule->clusters[c]->nest_count; n++)
            reach = larger(reach, nest_reach(schedule->clusters[c]->nests[n]));
    return larger(2 * most - 1, reach + reach / 3 + 1); /* a loop ends at most one stride behind */
}

int64_t least_int(const Program *program) {
    int64_t least = 0;
    for (int i = 0; i < program->function_count; i++)
        least = larger(least, function_int(program->functions[i]));
    return least;
}

void check_limits(const Program *program) {
    check_blocks(program->graph);
    for (int i = 0; i < program->function_count; i++) {
        const Function *function = program->functions[i];
        check_examples(program->graph, function);
        check_scratch(function);
        if (!function->schedule->is_straight)
            check_indices(function);
    }
}
