/* Loads that a kernel needs once. In: a load as it is about to be added to a nest. Out: an equal
   one whose value is in a register, or the load itself. A hash table over all loads of a function. */

#include "lower/lower.h"

#include <string.h>

enum { FIRST_SIZE = 64 }; /* a power of two */

/* A load and who may use it: the body or the epilogue of its nest, or all later nests of its
   cluster. */
typedef struct LoadEntry {
    const void *owner; /* the nest, or the cluster */
    bool in_epilogue;  /* of the nest */
    uint64_t hash;
    Instruction *instruction;
} Entry;

static bool is_equal(const Instruction *a, const Instruction *b) {
    bool is_same_memory = a->access && b->access ? a->access->storage == b->access->storage
                                                 : !a->access && !b->access && a->node == b->node;
    return a->kind == b->kind && a->is_after_examples == b->is_after_examples && is_same_memory &&
           a->offset == b->offset && a->panel_loop == b->panel_loop &&
           memcmp(a->factor, b->factor, sizeof a->factor) == 0;
}

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

/* number: of the owner, as far as there is one. */
static Entry entry_of(const void *owner, int number, bool in_epilogue, Instruction *instruction) {
    uint64_t hash = mix((uint64_t)instruction->kind, (uint64_t)number << 1 | in_epilogue);
    hash = mix(hash, (uint64_t)(instruction->access ? instruction->access->storage->index
                                                    : instruction->node->id));
    hash = mix(hash, (uint64_t)instruction->offset);
    for (int loop = 0; loop < MAX_NEST_LOOPS; loop++)
        hash = mix(hash, (uint64_t)instruction->factor[loop]);
    return (Entry){owner, in_epilogue, hash, instruction};
}

/* The entry of an equal load, or the free one for it. */
static Entry *find_entry(const LoadTable *table, const Entry *wanted) {
    for (uint64_t at = wanted->hash;; at++) {
        Entry *entry = &table->entries[at & (uint64_t)(table->size - 1)];
        if (!entry->instruction ||
            (entry->owner == wanted->owner && entry->in_epilogue == wanted->in_epilogue &&
             is_equal(entry->instruction, wanted->instruction)))
            return entry;
    }
}

static void grow(Compiler *compiler, LoadTable *table) {
    LoadTable old = *table;
    table->size = old.size ? 2 * old.size : FIRST_SIZE;
    table->entries = NEW_ARRAY(compiler, Entry, table->size);
    for (int i = 0; i < old.size; i++)
        if (old.entries[i].instruction)
            *find_entry(table, &old.entries[i]) = old.entries[i];
}

static void add_entry(LoadTable *table, const Entry *entry) {
    *find_entry(table, entry) = *entry;
    table->count++;
}

/* Whether a load stands outside the loops of its nest, inside the cluster's loop over examples
   only, so that later nests can use its register. */
static bool stands_outside(const Cluster *cluster, const Instruction *instruction) {
    const Nest *nest = instruction->nest;
    unsigned around = cluster->kind == CLUSTER_EXAMPLES ? 1u << nest->example_loop : 0;
    unsigned kept = ((1u << nest->loop_count) - 1) & ~nest_summed_loops(nest);
    bool is_simple =
        instruction->kind == INSTRUCTION_LOAD && !nest->contract && nest->guard_count == 0;
    return is_simple && (instruction->varies & ~around) == 0 &&
           (!instruction->is_epilogue || kept == around);
}

Instruction *equal_load(NestBuilder *builder, Instruction *instruction) {
    LoadTable *table = builder->loads;
    const Cluster *cluster = builder->cluster;
    if (2 * (table->count + 2) > table->size)
        grow(builder->compiler, table);
    Entry of_nest =
        entry_of(builder->nest, cluster->nest_count, instruction->is_epilogue, instruction);
    Entry of_cluster = entry_of(cluster, cluster->number, false, instruction);
    Instruction *same = find_entry(table, &of_nest)->instruction;
    if (!same && !builder->nest->contract)
        same = find_entry(table, &of_cluster)->instruction;
    if (same && (same->nest != builder->nest || same->is_epilogue == instruction->is_epilogue))
        return same;
    add_entry(table, &of_nest);
    if (!same && stands_outside(cluster, instruction))
        add_entry(table, &of_cluster);
    return instruction;
}
