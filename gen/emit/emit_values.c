/* The banner's tables of values. In: a placed function whose core is written. Out: lines for the
   template: values that have a name, are in memory or leave the function, in the order of the
   graph, with operations and memory; then scratch of kernels. Operations of unlisted nodes are
   added to a listed value that needs them, so that the column adds up to the function's total. */

#include "emit/emitter.h"

typedef struct {
    Emitter *emitter;
    const Function *function;
    const char *work; /* the scratch, as the table calls it */
    bool *is_listed;  /* by id */
    int *owner;       /* by id: the listed value that a node counts with, or -1 */
    Flops *flops;     /* by id */
} Values;

static const Store *store_of(const Function *function, const Node *node) {
    for (int i = 0; i < function->store_count; i++)
        if (function->stores[i].value == node)
            return &function->stores[i];
    return NULL;
}

static bool is_view(const Node *node, const Function *function) {
    return function->schedule->is_straight ? node->kind == KIND_VIEW : node_is_alias(node);
}

/* The storage of a node in scratch or a local array, or NULL. */
static const Storage *own_storage(const Values *values, const Node *node) {
    const Function *function = values->function;
    const Access *access = access_of(values->emitter->layouts, function, node);
    if (node_is_leaf(node) || is_view(node, function) || !access)
        return NULL;
    const Storage *storage = access->storage;
    bool is_used = storage->kind == STORAGE_EXAMPLE || storage->first_use >= 0;
    return is_used ? storage : NULL;
}

static bool is_listed(const Values *values, const Node *node) {
    switch (node->kind) {
    case KIND_INPUT:
        return true;
    case KIND_CONST: /* literals have no line */
        return node_is_table(node) && access_of(values->emitter->layouts, values->function, node);
    case KIND_PARAM:
    case KIND_STATE:
    case KIND_GIVEN:
        return false;
    default:
        return node->name || store_of(values->function, node) || own_storage(values, node);
    }
}

/* Whether `candidate` is the better owner of a node: the first named value that uses it, else the
   first of all its users. */
static bool owns_rather(const Graph *graph, int candidate, int owner) {
    if (owner < 0)
        return true;
    bool has_name = graph->nodes[candidate]->name, had_name = graph->nodes[owner]->name;
    return has_name == had_name ? candidate < owner : has_name;
}

static void count_values(Values *values) {
    const Graph *graph = values->function->graph;
    for (int id = 0; id < graph->node_count; id++) {
        values->is_listed[id] = is_listed(values, graph->nodes[id]);
        values->owner[id] = -1;
    }
    for (int id = graph->node_count - 1; id >= 0; id--) {
        const Node *node = graph->nodes[id];
        if (values->is_listed[id])
            values->owner[id] = id;
        int owner = values->owner[id];
        if (owner < 0)
            continue;
        values->flops[owner] = flops_add(values->flops[owner], flops_of(values->function, node));
        for (int i = 0; i < node->input_count; i++)
            if (owns_rather(graph, owner, values->owner[node->inputs[i]->id]))
                values->owner[node->inputs[i]->id] = owner;
    }
}

static const char *label_of(const Values *values, const Node *node) {
    const char *label = values->emitter->labels.name[node->id];
    if (node->kind == KIND_INPUT)
        return node->variable->name;
    return label ? label : formula_text(values->emitter, node, NULL);
}

/* The lasting destination of a store; "" for values that do not outlive the call. */
static const char *locate_stored(const Values *values, const Store *store, Entry *entry) {
    const Emitter *emitter = values->emitter;
    if (store && store->kind == STORE_OUTPUT)
        return "caller";
    bool is_net = store && store->kind == STORE_VARIABLE;
    if (!is_net && !(store && store->kind == STORE_GRADIENT))
        return "";
    int number = store->variable->number;
    entry->offset = is_net ? emitter->member_offset[number] : emitter->gradient_offset[number];
    entry->bytes = shape_count(store->variable->shape) * real_bytes(&emitter->compiler->options);
    return is_net ? "net" : values->work;
}

/* A value that is in scratch as well shows its offset there. */
static void locate_value(const Values *values, const Node *node, Entry *entry) {
    const Function *function = values->function;
    const Storage *storage = own_storage(values, node);
    int64_t size = real_bytes(&values->emitter->compiler->options);
    entry->where = locate_stored(values, store_of(function, node), entry);
    if (storage && storage->kind == STORAGE_ARENA) {
        entry->where = format_text(values->emitter->compiler, *entry->where ? "%s, %s" : "%s",
                                   values->work, entry->where);
        entry->offset = storage->offset * size;
        entry->bytes = storage->count * size;
    } else if (!*entry->where && storage) {
        entry->where = "local";
        entry->bytes = storage->count * size;
    } else if (node_is_table(node)) {
        entry->where = "const array";
        entry->bytes = shape_count(node->shape) * size;
    } else if (!*entry->where)
        entry->where = node->kind == KIND_INPUT  ? "caller"
                       : is_view(node, function) ? "view"
                                                 : "register";
}

/* Partial sums of blocked sums are in scratch between blocks. */
static void add_partial_sums(const Values *values, Table *table) {
    const Schedule *schedule = values->function->schedule;
    int64_t size = real_bytes(&values->emitter->compiler->options);
    for (int c = 0; c < schedule->cluster_count; c++)
        for (int n = 0; n < schedule->clusters[c]->nest_count; n++) {
            const Storage *storage = schedule->clusters[c]->nests[n]->partial_sums;
            if (!storage)
                continue;
            Entry entry = {.name = storage->label, .where = values->work};
            entry.offset = storage->offset * size;
            entry.bytes = storage->count * size;
            table_add(table, entry);
        }
}

/* How a value lies in scratch. */
static const char *kept_in_scratch(const Values *values, const Node *node) {
    LayoutOf of = layout_subject(values->function, node);
    return own_storage(values, node)
               ? layout_kept_text(values->emitter->compiler,
                                  layout_of(values->emitter->layouts, values->function, node), &of)
               : NULL;
}

void bind_values(Emitter *emitter, Bindings *base, const Function *function) {
    Compiler *compiler = emitter->compiler;
    label_function(emitter, function);
    const char *name = function_names[function->kind];
    bool predicts = function->kind == FUNCTION_PREDICT;
    bool is_kept = false;
    int count = function->graph->node_count + 1;
    Values values = {.emitter = emitter,
                     .function = function,
                     .work = predicts ? "predict_work" : "work",
                     .is_listed = NEW_ARRAY(compiler, bool, count),
                     .owner = NEW_ARRAY(compiler, int, count),
                     .flops = NEW_ARRAY(compiler, Flops, count)};
    Table table = {.compiler = compiler,
                   .headings = {format_text(compiler, "of %s", name), "shape", "kept as",
                                "FLOPs/ex", "FLOPs/call", "in", "offset", "bytes"}};
    count_values(&values);
    for (int id = 0; id < function->graph->node_count; id++) {
        const Node *node = function->graph->nodes[id];
        if (!values.is_listed[id])
            continue;
        Entry entry = {.name = label_of(&values, node), .flops = values.flops[id]};
        entry.shape = format_text(compiler, "%s%s", node->batched ? "B" : "",
                                  shape_text(compiler, node->shape));
        entry.kept = kept_in_scratch(&values, node);
        entry.offset = entry.bytes = -1;
        locate_value(&values, node, &entry);
        table_add(&table, entry);
        is_kept |= entry.kept != NULL;
    }
    if (!is_kept)
        table.headings[TABLE_KEPT] = NULL;
    if (!function->schedule->is_straight)
        add_partial_sums(&values, &table);
    bind_table(base, format_text(compiler, "values_of_%s", name), &table);
}
