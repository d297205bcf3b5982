/* Straight-line functions. In: folded functions of small programs. Out: the statements of a
   core, one constant per element of every value. Per-example values stand in a loop over groups
   of examples, one example per lane; a sum over examples ends that loop, and what depends on it
   starts the next one. */

#include "lower/straight.h"

#include <ctype.h>

/* ---- nodes ---- */

bool straight_sums_examples(const Node *node) {
    if (node->kind == KIND_REDUCE)
        return node->over_batch;
    return node->kind == KIND_CONTRACT && !node->batched &&
           (node->inputs[0]->batched || node->inputs[1]->batched);
}

static bool is_made(const Node *node) {
    return node->input_count > 0 && node->kind != KIND_VIEW &&
           !(node->kind == KIND_MAP && node->op == OP_DETACH);
}

static void add_comment(Straight *straight, const Node *node) {
    if (!straight->emitter->labels.has_line[node->id])
        return;
    Bindings bindings = bindings_new(straight->compiler, NULL);
    const char *line = span_text(straight->compiler, node->span);
    bind_slot(&bindings, "formula", "%s", formula_text(straight->emitter, node, NULL));
    bind_slot(&bindings, "line", *line ? "   (%s)" : "%s", line);
    template_add(straight->out, "straight_comment", &bindings, 0);
}

char *straight_kept_address(const Straight *straight, const Node *node, int64_t element) {
    const Access *access = access_of(straight->emitter->layouts, straight->function, node);
    return straight_address(straight, access->layout, node->shape, element,
                            access->storage->offset);
}

static void keep_in_arena(Straight *straight, Node *node, Element at) {
    Bindings bindings = bindings_new(straight->compiler, NULL);
    char *to = straight_kept_address(straight, node, at.element);
    bool wide = straight->lanes > 1;
    bind_slot(&bindings, "lanes", "%d", straight->lanes);
    bind_slot(&bindings, "to", wide ? "%s" : "work->arena[%s]",
              wide ? straight_moved(straight, "work->arena", to) : to);
    bind_slot(&bindings, "expression", "%s", straight_element_name(straight, at));
    template_add(straight->out, wide ? "straight_store" : "straight_put", &bindings, 0);
}

static void add_node(Straight *straight, Node *node) {
    int64_t packed = straight_packed_count(straight, node);
    add_comment(straight, node);
    straight_add_packs(straight, node);
    if (packed == shape_count(node->shape))
        return;
    Operand *expressions = straight_expressions(straight, node, packed);
    for (int64_t position = packed; position < shape_count(node->shape); position++) {
        Element at = straight_element_at(straight, node, position);
        if (!straight->live[node->id][at.element])
            continue;
        straight_mark_declared(straight, at);
        straight_add_value(
            straight, straight->out, at,
            straight_splat(straight, expressions[at.element], straight_is_wide(straight, node)));
        if (straight->kept_at[node->id])
            keep_in_arena(straight, node, at);
    }
}

const char *straight_sum_name(Straight *straight, Node *node, int64_t element) {
    const char **known = straight->sums[node->id];
    return known ? known[element]
                 : format_text(straight->compiler, "%s_sum",
                               straight_element_name(straight, (Element){node, element}));
}

static bool is_identifier(const char *text) {
    size_t size = 0;
    while (isalnum((unsigned char)text[size]) || text[size] == '_')
        size++;
    return text[size] == '\0' && !isdigit((unsigned char)text[0]);
}

/* Without a loop over examples a sum is its only term; elements are renamed to it. False where
   some term has no name. */
static bool name_sums(Straight *straight, Node *node, const Operand *expressions) {
    bool is_wide = straight->lanes > 1, all = !straight_has_loop(straight);
    int64_t count = shape_count(node->shape);
    const char **names = NEW_ARRAY(straight->compiler, const char *, count);
    for (int64_t i = 0; i < count && all; i++) {
        names[i] = straight->live[node->id][i] ? expressions[i].text : "unused";
        all = is_identifier(names[i]) &&
              (!straight->live[node->id][i] || expressions[i].is_vector == is_wide);
    }
    if (all)
        straight->sums[node->id] = names;
    return all;
}

/* Inside the loop: accumulates this group's examples. */
static void add_to_sum(Straight *straight, Node *node) {
    Operand *expressions = straight_expressions(straight, node, 0);
    if (name_sums(straight, node, expressions))
        return;
    add_comment(straight, node);
    for (int64_t i = 0; i < shape_count(node->shape); i++) {
        if (!straight->live[node->id][i])
            continue;
        Bindings bindings = bindings_new(straight->compiler, NULL);
        bind_slot(&bindings, "type", "%s", straight_type_text(straight, straight->lanes > 1));
        bind_slot(&bindings, "value", "%s", straight_sum_name(straight, node, i));
        bind_slot(&bindings, "expression", "%s",
                  straight_splat(straight, expressions[i], straight->lanes > 1));
        template_add(straight->out, straight_has_loop(straight) ? "straight_add" : "straight_value",
                     &bindings, 0);
    }
}

static void open_sum(Straight *straight, Node *node, Text *out) {
    for (int64_t i = 0; i < shape_count(node->shape); i++) {
        if (!straight->live[node->id][i])
            continue;
        Bindings bindings = bindings_new(straight->compiler, NULL);
        const char *zero = real_text(straight->compiler, 0);
        bind_slot(&bindings, "type", "%s", straight_type_text(straight, straight->lanes > 1));
        bind_slot(&bindings, "value", "%s", straight_sum_name(straight, node, i));
        bind_slot(&bindings, "zero", "%s",
                  broadcast_text(straight->compiler, (Operand){zero, false}, straight->lanes));
        template_add(out, "straight_sum", &bindings, 0);
    }
}

static void close_sum(Straight *straight, Node *node) {
    if (straight->sums[node->id])
        add_comment(straight, node);
    straight_close_packs(straight, node);
    for (int64_t position = straight_packed_count(straight, node);
         position < shape_count(node->shape); position++) {
        Element at = straight_element_at(straight, node, position);
        if (!straight->live[node->id][at.element])
            continue;
        straight_mark_declared(straight, at);
        straight_add_value(straight, straight->out, at,
                           format_text(straight->compiler, "nn_sum_%d(%s)", straight->lanes,
                                       straight_sum_name(straight, node, at.element)));
    }
}

/* ---- stores ---- */

static int level_of(const Straight *straight, const Node *node) {
    return straight->level[node->id];
}

static void put(Straight *straight, const char *to, const char *expression) {
    Bindings bindings = bindings_new(straight->compiler, NULL);
    bind_slot(&bindings, "to", "%s", to);
    bind_slot(&bindings, "expression", "%s", expression);
    template_add(straight->out, "straight_put", &bindings, 0);
}

static void store_output(Straight *straight, const Store *store) {
    int64_t count = shape_count(store->value->shape);
    const char *name = output_name(straight->emitter, store->number);
    const LayoutOf of = {.shape = store->value->shape, .examples = straight->function->examples};
    const Layout layout = layout_row_major(&of); /* as the caller has it */
    straight_store_packs(straight, store);
    int64_t packs = straight_packed_count(straight, store->value) / straight->pack;
    for (int64_t i = packs * straight->pack; i < count; i++) {
        Operand value = straight_operand_of(straight, element_resolve(store->value, i));
        char *address = straight_address(straight, &layout, of.shape, i, 0);
        if (straight->lanes == 1) {
            put(straight, format_text(straight->compiler, "%s[%s]", name, address), value.text);
            continue;
        }
        Bindings bindings = bindings_new(straight->compiler, NULL);
        bind_slot(&bindings, "lanes", "%d", straight->lanes);
        bind_slot(&bindings, "to", "%s", straight_moved(straight, name, address));
        bind_slot(&bindings, "stride", "%lld", (long long)count);
        bind_slot(&bindings, "expression", "%s", straight_splat(straight, value, true));
        template_add(straight->out, count == 1 ? "straight_store" : "straight_scatter", &bindings,
                     0);
    }
}

char *straight_store_address(Straight *straight, const Store *store, int64_t position) {
    if (store->kind == STORE_OUTPUT)
        return straight_offset(straight, output_name(straight->emitter, store->number), position);
    int number = store->variable->number;
    if (store->kind == STORE_VARIABLE)
        return straight_offset(
            straight, format_text(straight->compiler, "net->%s", straight->emitter->member[number]),
            position);
    return straight_offset(straight, "work->gradients",
                           straight->emitter->gradient_at[number] + position);
}

static char *stored_text(Straight *straight, const Store *store, int64_t position) {
    Emitter *emitter = straight->emitter;
    long long at = (long long)position;
    switch (store->kind) {
    case STORE_VARIABLE:
        return format_text(straight->compiler, "net->%s[%lld]",
                           emitter->member[store->variable->number], at);
    case STORE_GRADIENT:
        at += emitter->gradient_at[store->variable->number];
        return format_text(straight->compiler, "work->gradients[%lld]", at);
    case STORE_PRODUCT:
        at += emitter->gradient_at[store->variable->number];
        return format_text(straight->compiler, "work->product[%lld]", at);
    case STORE_SUM:
        at += graph_sum_at(emitter->program->graph, store->number);
        return format_text(straight->compiler, "sums[%lld]", at);
    case STORE_METRIC:
        at += graph_figure_at(emitter->program->graph, store->number);
        return format_text(straight->compiler, "values[%lld]", at);
    default:
        return format_text(straight->compiler, "const %s cost",
                           straight_type_text(straight, false));
    }
}

/* The element of the stored value at a row-major position. */
static Element stored_element(const Straight *straight, const Store *store, int64_t position) {
    if (store->variable)
        position =
            layout_element_at(layout_of_variable(straight->emitter->layouts, store->variable),
                              store->value->shape, position);
    return element_resolve(store->value, position);
}

static void store_batch(Straight *straight, const Store *store) {
    straight_store_packs(straight, store);
    for (int64_t position = straight_packed_count(straight, store->value);
         position < shape_count(store->value->shape); position++) {
        Operand value = straight_operand_of(straight, stored_element(straight, store, position));
        bool is_double = store->kind == STORE_SUM || store->kind == STORE_METRIC;
        put(straight, stored_text(straight, store, position),
            is_double ? format_text(straight->compiler, "(double)%s", value.text) : value.text);
    }
}

/* ---- sections ---- */

static int find_levels(Straight *straight) {
    int most = 0;
    for (int id = 0; id < straight->graph->node_count; id++) {
        Node *node = straight->graph->nodes[id];
        int level = 0;
        for (int i = 0; i < node->input_count; i++)
            if (level_of(straight, node->inputs[i]) > level)
                level = level_of(straight, node->inputs[i]);
        if (straight_sums_examples(node))
            level++;
        straight->level[id] = level;
        if (level > most)
            most = level;
    }
    return most;
}

static void keep(Straight *straight, Node *node) {
    straight->kept_at[node->id] = straight->arena_size + 1;
    Storage *storage = NEW(straight->compiler, Storage);
    storage->kind = STORAGE_ARENA;
    storage->offset = straight->arena_size;
    storage->count = shape_count(node->shape) * straight->function->examples;
    access_set(straight->emitter->layouts, straight->function, node, storage);
    straight->arena_size += storage->count;
}

/* Marks computed nodes that an operand reads, through views, as needed after their loop.
   chooses: the operand is the condition of a `where`, so the operands of the comparison are
   needed instead. */
static void keep_operand(Straight *straight, Node *operand, int level, bool chooses) {
    bool is_compared = chooses && operand->kind == KIND_MAP && op_compares(operand->op);
    bool crosses = operand->batched && level_of(straight, operand) < level;
    if (!is_made(operand) || is_compared)
        for (int i = 0; i < operand->input_count; i++)
            keep_operand(straight, operand->inputs[i], level, chooses && !is_compared);
    else if (crosses && !straight->kept_at[operand->id])
        keep(straight, operand);
}

/* The loop in which a node is computed: the one before, for the level of a sum over examples. */
static int loop_of(const Straight *straight, const Node *node) {
    return level_of(straight, node) - straight_sums_examples(node);
}

/* Assigns memory to values that later loops read. */
static void find_kept(Straight *straight) {
    if (!straight_has_loop(straight))
        return;
    for (int id = 0; id < straight->graph->node_count; id++) {
        Node *node = straight->graph->nodes[id];
        for (int i = 0; is_made(node) && i < node->input_count; i++)
            keep_operand(straight, node->inputs[i], loop_of(straight, node),
                         i == 0 && node->op == OP_WHERE && node->batched);
    }
}

static void add_loop_body(Straight *straight, int level) {
    Graph *graph = straight->graph;
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        if (!is_made(node) || loop_of(straight, node) != level)
            continue;
        if (straight_sums_examples(node))
            add_to_sum(straight, node);
        else if (node->batched && !straight->is_merged[id])
            add_node(straight, node);
    }
    for (int i = 0; i < straight->function->store_count; i++) {
        Store *store = &straight->function->stores[i];
        if (store->kind == STORE_OUTPUT && level_of(straight, store->value) == level)
            store_output(straight, store);
    }
}

static void add_loop(Straight *straight, int level) {
    Text *whole = straight->out, *body = straight->out = text_new(straight->compiler);
    straight->section = straight_has_loop(straight) ? level + 1 : 1;
    add_loop_body(straight, level);
    straight->section = -1;
    straight->out = whole;
    if (body->size == 0)
        return;
    if (!straight_has_loop(straight)) {
        text_add(whole, "%s", body->bytes);
        return;
    }
    for (int id = 0; id < straight->graph->node_count; id++) {
        Node *node = straight->graph->nodes[id];
        if (straight_sums_examples(node) && loop_of(straight, node) == level)
            open_sum(straight, node, whole);
    }
    Bindings bindings = bindings_new(straight->compiler, NULL);
    bind_slot(&bindings, "examples", "%lld", (long long)straight->function->examples);
    bind_slot(&bindings, "advance", straight->lanes == 1 ? "++" : " += %d", straight->lanes);
    bind_slot(&bindings, "body", "%s", body->bytes);
    template_add(whole, "straight_loop", &bindings, 0);
}

static void add_batch_nodes(Straight *straight, int level) {
    for (int id = 0; id < straight->graph->node_count; id++) {
        Node *node = straight->graph->nodes[id];
        if (!is_made(node) || node->batched || level_of(straight, node) != level)
            continue;
        if (straight_sums_examples(node))
            close_sum(straight, node);
        else
            add_node(straight, node);
    }
}

char *emit_straight(Emitter *emitter, Function *function) {
    Compiler *compiler = emitter->compiler;
    int count = function->graph->node_count + 1, lanes = straight_lanes(function);
    Straight straight = {.emitter = emitter,
                         .compiler = compiler,
                         .function = function,
                         .graph = function->graph,
                         .section = -1};
    straight.lanes = function->examples % lanes == 0 ? lanes : 1;
    straight.names.compiler = compiler;
    straight.names.hides = emitter;
    straight.base = NEW_ARRAY(compiler, const char *, count);
    straight.level = NEW_ARRAY(compiler, int, count);
    straight.declared = NEW_ARRAY(compiler, int *, count);
    straight.live = NEW_ARRAY(compiler, bool *, count);
    straight.kept_at = NEW_ARRAY(compiler, int64_t, count);
    straight.sums = NEW_ARRAY(compiler, const char **, count);
    straight.merged_sum = NEW_ARRAY(compiler, Node *, count);
    straight.is_merged = NEW_ARRAY(compiler, bool, count);
    straight.loads = text_new(compiler);
    straight.out = text_new(compiler);
    straight.levels = find_levels(&straight);
    straight_find_live(&straight);
    find_kept(&straight);
    straight_find_merged(&straight);
    straight_find_packed(&straight);
    straight.packs.compiler = compiler;
    for (int level = 0; level <= straight.levels; level++) {
        add_batch_nodes(&straight, level);
        if (function->examples > 0)
            add_loop(&straight, level);
    }
    for (int i = 0; i < function->store_count; i++)
        if (function->stores[i].kind != STORE_OUTPUT)
            store_batch(&straight, &function->stores[i]);
    function->schedule->arena_size = straight.arena_size;
    return format_text(compiler, "%s%s", straight.loads->bytes, straight.out->bytes);
}
