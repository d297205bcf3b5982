/* place: scratch memory. In: functions with complete nests. Out: offsets of storages in one
   arena per function; storages with disjoint lifetimes share memory. */

#include "place/place.h"

enum { ALIGNMENT = 16 }; /* elements that offsets are multiples of */

static void note_use(const Function *function, Storage *storage, int cluster) {
    Schedule *schedule = function->schedule;
    if (storage->kind != STORAGE_ARENA)
        return;
    if (storage->first_use < 0) {
        storage->first_use = cluster;
        PUSH(function->graph->compiler, schedule->scratch, schedule->scratch_count, storage);
    }
    storage->last_use = cluster;
}

static void note_uses(const Function *function, const Layouts *layouts) {
    const Schedule *schedule = function->schedule;
    for (int c = 0; c < schedule->cluster_count; c++)
        for (int n = 0; n < schedule->clusters[c]->nest_count; n++) {
            const Nest *nest = schedule->clusters[c]->nests[n];
            for (int s = 0; s < nest->instruction_count; s++)
                if (nest->instructions[s]->access)
                    note_use(function, nest->instructions[s]->access->storage, c);
            if (nest->partial_sums)
                note_use(function, nest->partial_sums, c);
        }
    for (int i = 0; i < function->store_count; i++) {
        const Store *store = &function->stores[i];
        bool is_returned =
            store->kind == STORE_COST || store->kind == STORE_SUM || store->kind == STORE_METRIC;
        if (is_returned)
            note_use(function, access_of_store(layouts, function, i)->storage,
                     schedule->cluster_count);
    }
    for (int i = 0; i < schedule->scratch_count; i++)
        if (schedule->scratch[i]->given == GIVEN_SUM)
            schedule->scratch[i]->first_use = 0;
}

static int64_t rounded(int64_t count) {
    return (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Whether a cluster reads the input, or writes an output. */
static bool cluster_touches(const Cluster *cluster, StorageKind kind, const Variable *variable) {
    for (int n = 0; n < cluster->nest_count; n++)
        for (int s = 0; s < cluster->nests[n]->instruction_count; s++) {
            const Access *access = cluster->nests[n]->instructions[s]->access;
            if (access && access->storage->kind == kind && access->storage->variable == variable)
                return true;
        }
    return false;
}

/* Straight-line code may store the first element before it loads the last one. */
bool function_reads_late(const Function *function, const Variable *input) {
    const Schedule *schedule = function->schedule;
    bool is_written = schedule->is_straight;
    for (int c = 0; c < schedule->cluster_count; c++) {
        is_written |= cluster_touches(schedule->clusters[c], STORAGE_OUTPUT, NULL);
        if (is_written && cluster_touches(schedule->clusters[c], STORAGE_INPUT, input))
            return true;
    }
    return schedule->is_straight;
}

static void place_function(Function *function, const Layouts *layouts) {
    Schedule *schedule = function->schedule;
    struct FirstFit *fit = first_fit_new(function->graph->compiler, schedule->cluster_count + 1);
    note_uses(function, layouts);
    for (int i = 0; i < schedule->scratch_count; i++) {
        Storage *storage = schedule->scratch[i];
        int64_t size = rounded(storage->count);
        storage->offset = first_fit(fit, storage->first_use, storage->last_use, size);
        if (storage->offset + size > schedule->arena_size)
            schedule->arena_size = storage->offset + size;
    }
}

void place(Program *program, const Layouts *layouts) {
    for (int i = 0; i < program->function_count; i++)
        if (!program->functions[i]->schedule->is_straight)
            place_function(program->functions[i], layouts);
}

int64_t program_arena(const Program *program, bool of_prediction) {
    int64_t most = 1;
    for (int i = 0; i < program->function_count; i++) {
        const Function *function = program->functions[i];
        if (function_predicts(function->kind) == of_prediction &&
            function->schedule->arena_size > most)
            most = function->schedule->arena_size;
    }
    return most;
}
