/* Straight-line functions. In: folded functions of programs small enough. Out: the statements of a core, one constant per element
   of every value. Values per example stand inside a loop over groups of examples, one example per lane; a sum over examples ends a
   loop, and what depends on it begins the next. */

#include "emit.h"

#include <string.h>

typedef struct {
    Emitter *emitter;
    Compiler *compiler;
    Function *function;
    Graph *graph;
    Names names;
    int lanes;          /* of a value per example: 1 where the function takes one example */
    const char **base;  /* by id: the name that elements are numbered under */
    int *level;         /* by id: the loop that a value per example is made in; a value per batch is made before it */
    int **declared;     /* by id and element: the section that last declared it, plus 1 */
    bool **live;        /* by id and element: somebody reads it */
    int64_t *kept_at;   /* by id: offset in the arena where a later loop needs it, plus 1 */
    int64_t arena_size;
    int levels;         /* sums over examples, one after the other */
    int section;        /* the loop being written, or -1 outside */
    Text *loads, *out;  /* values per batch that come from memory; the statements so far */
} Straight;

/* ---- names and loads ---- */

static const char *base_name(Straight *straight, const Node *node) {
    if (!straight->base[node->id]) {
        bool is_gradient = node->kind == KIND_GIVEN && node->given == GIVEN_GRADIENT;
        const char *name = node->name ? node->name : node->kind == KIND_GIVEN ? given_names[node->given] : "t";
        if (is_gradient) name = format_text(straight->compiler, "d_%s", node->variable->name);
        straight->base[node->id] = name_new(&straight->names, name);
    }
    return straight->base[node->id];
}

static char *element_name(Straight *straight, Element at) {
    return format_text(straight->compiler, "%s_%lld", base_name(straight, at.node), (long long)at.element);
}

static const char *type_text(const Straight *straight, bool is_vector) {
    return is_vector ? "nn_v" : straight->compiler->options.is_double ? "double" : "float";
}

static bool is_wide(const Straight *straight, const Node *node) {
    return node->batched && straight->lanes > 1;
}

static void add_value(Straight *straight, Text *out, Element at, const char *expression) {
    Bindings bindings = bindings_new(straight->compiler, NULL);
    bind_slot(&bindings, "type", "%s", type_text(straight, is_wide(straight, at.node)));
    bind_slot(&bindings, "value", "%s", element_name(straight, at));
    bind_slot(&bindings, "expression", "%s", expression);
    template_add(out, "straight_value", &bindings, 0);
}

static bool has_loop(const Straight *straight) {
    return straight->function->rows > straight->lanes;
}

/* "4 * row + 3" */
static char *row_address(const Straight *straight, int64_t stride, int64_t element) {
    if (!has_loop(straight)) return format_text(straight->compiler, "%lld", (long long)element);
    char *row = stride == 1 ? format_text(straight->compiler, "row") : format_text(straight->compiler, "%lld * row", (long long)stride);
    return element ? format_text(straight->compiler, "%s + %lld", row, (long long)element) : row;
}

static char *input_text(Straight *straight, Element at) {
    Compiler *compiler = straight->compiler;
    const Variable *variable = at.node->variable;
    const char *name = field_name(straight->emitter, variable);
    long long count = (long long)shape_count(variable->shape), element = (long long)at.element;
    bool wide = straight->lanes > 1;
    if (variable->onehot) {
        char *row = row_address(straight, 1, 0);
        return wide ? format_text(compiler, "nn_examples_v(%s + %s, %lld)", name, row, element)
                    : format_text(compiler, "nn_class_1(%s[%s], %lld)", name, row, element);
    }
    char *address = row_address(straight, count, element);
    if (!wide) return format_text(compiler, "%s[%s]", name, address);
    if (count == 1) return format_text(compiler, "nn_load_v(%s + %s)", name, address);
    return format_text(compiler, "nn_gather_v(%s + %s, %lld)", name, address, count);
}

static char *random_text(Straight *straight, Element at) {
    const char *name = op_rows[at.node->op].name;
    straight->function->schedule->uses_random = true;
    const char *form = is_wide(straight, at.node) ? "examples_v" : "1";
    const char *example = at.node->batched ? format_text(straight->compiler, "work->first + (uint32_t)(%s)", row_address(straight, 1, 0)) : "0";
    return format_text(straight->compiler, "nn_%s_%s(net->seed, stream, %d, %s, %lld)", name, form, at.node->number, example,
                       (long long)at.element);
}

/* A leaf, or a value that an earlier loop left in the arena. */
static char *memory_text(Straight *straight, Element at) {
    Compiler *compiler = straight->compiler;
    const Node *node = at.node;
    long long element = (long long)at.element;
    switch (node->kind) {
    case KIND_INPUT: return input_text(straight, at);
    case KIND_RANDOM: return random_text(straight, at);
    case KIND_PARAM:
    case KIND_STATE:
        return format_text(compiler, "net->%s[%lld]", straight->emitter->member[node->variable->number], element);
    case KIND_GIVEN:
        if (node->given == GIVEN_GRADIENT)
            return format_text(compiler, "work->gradients[%s + %lld]",
                               straight->emitter->gradient_at[node->variable->number], element);
        if (node->given == GIVEN_SHARE)
            return format_text(compiler, straight->lanes > 1 ? "nn_load_v(work->share + %s)" : "work->share[%s]",
                               row_address(straight, 1, 0));
        if (node->given == GIVEN_SUM) return format_text(compiler, "given_sum_%d", node->number);
        return format_text(compiler, "given_%s", given_names[node->given]);
    default: {
        char *at_text = row_address(straight, 1, straight->kept_at[node->id] - 1 + element * straight->function->rows);
        return format_text(compiler, straight->lanes > 1 ? "nn_load_v(work->arena + %s)" : "work->arena[%s]", at_text);
    }
    }
}

/* Makes sure that an element has a name where it is used now. */
static void declare(Straight *straight, Element at) {
    const Node *node = at.node;
    int **declared = &straight->declared[node->id];
    if (!*declared) *declared = NEW_ARRAY(straight->compiler, int, shape_count(node->shape));
    bool is_kept = node->batched ? (*declared)[at.element] == straight->section + 1 : (*declared)[at.element] != 0;
    if (is_kept) return;
    (*declared)[at.element] = node->batched ? straight->section + 1 : 1;
    add_value(straight, node->batched ? straight->out : straight->loads, at, memory_text(straight, at));
}

static void mark_declared(Straight *straight, Element at) {
    int **declared = &straight->declared[at.node->id];
    if (!*declared) *declared = NEW_ARRAY(straight->compiler, int, shape_count(at.node->shape));
    (*declared)[at.element] = at.node->batched ? straight->section + 1 : 1;
}

static Operand operand_of(Straight *straight, Element at) {
    if (!at.node) return (Operand){real_text(straight->compiler, 0), false};
    if (at.node->kind == KIND_CONST) return (Operand){real_text(straight->compiler, at.node->value), false};
    declare(straight, at);
    return (Operand){element_name(straight, at), is_wide(straight, at.node)};
}

static const char *splat(Straight *straight, Operand operand, bool is_vector) {
    return operand.is_vector || !is_vector ? operand.text : format_text(straight->compiler, "nn_splat_v(%s)", operand.text);
}

/* ---- expressions ---- */

static Operand map_expression(Straight *straight, Node *node, int64_t element) {
    Operand operands[3];
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        operands[i] = operand_of(straight, element_resolve(input, element_broadcast(node->shape, element, input->shape)));
    }
    bool is_vector = is_wide(straight, node);
    return (Operand){op_text(straight->compiler, node->op, operands, is_vector), is_vector};
}

/* Adds a term to a sum that is written over several lines where it is long. */
static void add_term(Text *sum, int *terms, const char *term) {
    text_add(sum, "%s%s", *terms == 0 ? "" : *terms % 6 == 0 ? "\n        + " : " + ", term);
    (*terms)++;
}

static Operand reduce_expression(Straight *straight, Node *node, int64_t element) {
    Node *input = node->inputs[0];
    Text *sum = text_new(straight->compiler);
    bool is_vector = is_wide(straight, input);
    int terms = 0;
    for (int64_t from = 0; from < shape_count(input->shape); from++) {
        if (element_reduced(node, from) != element) continue;
        const char *term = splat(straight, operand_of(straight, element_resolve(input, from)), is_vector);
        if (node->op == OP_SUM) add_term(sum, &terms, term);
        else if (terms++ == 0) text_add(sum, "%s", term);
        else {
            char *so_far = format_text(straight->compiler, "%s", sum->bytes);
            sum = text_new(straight->compiler);
            text_add(sum, "nn_max_%s(%s, %s)", is_vector ? "v" : "1", so_far, term);
        }
    }
    return (Operand){sum->bytes, is_vector};
}

/* Calls `take` for every term of a contraction with the elements of its result and operands. */
typedef void TakeTerm(Straight *straight, Node *node, int64_t to, const Element *factors, void *context);

static void each_term(Straight *straight, Node *node, TakeTerm *take, void *context) {
    const Contract *contract = node->contract;
    int64_t total = 1, loops[MAX_LOOPS] = {0};
    for (int i = 0; i < contract->loop_count; i++) total *= contract->extent[i];
    for (int64_t round = 0; round < total; round++) {
        int64_t rest = round;
        for (int loop = contract->loop_count - 1; loop >= 0; loop--) {
            loops[loop] = rest % contract->extent[loop];
            rest /= contract->extent[loop];
        }
        int64_t to = element_contracted(&contract->index[0], node->shape, loops, contract->loop_count);
        int64_t a = element_contracted(&contract->index[1], node->inputs[0]->shape, loops, contract->loop_count);
        int64_t b = element_contracted(&contract->index[2], node->inputs[1]->shape, loops, contract->loop_count);
        if (to < 0 || a < 0 || b < 0 || !straight->live[node->id][to]) continue;
        Element factors[] = {element_resolve(node->inputs[0], a), element_resolve(node->inputs[1], b)};
        if (!element_is_zero(factors[0]) && !element_is_zero(factors[1])) take(straight, node, to, factors, context);
    }
}

typedef struct {
    Text *text;
    int terms;
    bool is_vector;
} Sum;

static void add_product(Straight *straight, Node *node, int64_t to, const Element *factors, void *context) {
    Sum *sum = (Sum *)context + to;
    Operand left = operand_of(straight, factors[0]), right = operand_of(straight, factors[1]);
    (void)node;
    sum->is_vector |= left.is_vector || right.is_vector;
    add_term(sum->text, &sum->terms, format_text(straight->compiler, "%s * %s", left.text, right.text));
}

/* All elements of a contraction at once: each term is put where it belongs. */
static Sum *contract_sums(Straight *straight, Node *node) {
    int64_t count = shape_count(node->shape);
    Sum *sums = NEW_ARRAY(straight->compiler, Sum, count);
    for (int64_t i = 0; i < count; i++) sums[i].text = text_new(straight->compiler);
    each_term(straight, node, add_product, sums);
    return sums;
}

/* ---- which elements are read ---- */

static void mark_live(Straight *straight, Element at) {
    if (at.node) straight->live[at.node->id][at.element] = true;
}

static void mark_factors(Straight *straight, Node *node, int64_t to, const Element *factors, void *context) {
    (void)node, (void)to, (void)context;
    mark_live(straight, factors[0]);
    mark_live(straight, factors[1]);
}

static void mark_operands(Straight *straight, Node *node) {
    if (node->kind == KIND_CONTRACT) each_term(straight, node, mark_factors, NULL);
    for (int64_t i = 0; node->kind == KIND_MAP && i < shape_count(node->shape); i++)
        for (int k = 0; k < node->input_count && straight->live[node->id][i]; k++) {
            Node *input = node->inputs[k];
            mark_live(straight, element_resolve(input, element_broadcast(node->shape, i, input->shape)));
        }
    if (node->kind != KIND_REDUCE) return;
    for (int64_t from = 0; from < shape_count(node->inputs[0]->shape); from++)
        if (straight->live[node->id][element_reduced(node, from)]) mark_live(straight, element_resolve(node->inputs[0], from));
}

static void find_live(Straight *straight) {
    Graph *graph = straight->graph;
    for (int id = 0; id < graph->node_count; id++)
        straight->live[id] = NEW_ARRAY(straight->compiler, bool, shape_count(graph->nodes[id]->shape));
    for (int i = 0; i < straight->function->store_count; i++) {
        Node *value = straight->function->stores[i].value;
        for (int64_t k = 0; k < shape_count(value->shape); k++) mark_live(straight, element_resolve(value, k));
    }
    for (int id = graph->node_count - 1; id >= 0; id--) {
        Node *node = graph->nodes[id];
        if (node->input_count > 0 && node->kind != KIND_VIEW) mark_operands(straight, node);
    }
}

/* ---- nodes ---- */

static bool sums_examples(const Node *node) {
    if (node->kind == KIND_REDUCE) return node->over_batch;
    return node->kind == KIND_CONTRACT && !node->batched && (node->inputs[0]->batched || node->inputs[1]->batched);
}

static bool is_made(const Node *node) {
    return node->input_count > 0 && node->kind != KIND_VIEW && !(node->kind == KIND_MAP && node->op == OP_DETACH);
}

static void add_comment(Straight *straight, const Node *node) {
    if (!node->name && node->kind != KIND_CONTRACT) return;
    Bindings bindings = bindings_new(straight->compiler, NULL);
    const char *place = place_text(straight->compiler, node->place);
    bind_slot(&bindings, "formula", "%s", formula_text(straight->compiler, node));
    bind_slot(&bindings, "place", *place ? "   (%s)" : "%s", place);
    template_add(straight->out, "straight_comment", &bindings, 0);
}

/* What one element of a node is, or adds to its sum over examples. */
static Operand *node_expressions(Straight *straight, Node *node) {
    int64_t count = shape_count(node->shape);
    Operand *expressions = NEW_ARRAY(straight->compiler, Operand, count);
    Sum *sums = node->kind == KIND_CONTRACT ? contract_sums(straight, node) : NULL;
    for (int64_t i = 0; i < count; i++) {
        if (!straight->live[node->id][i]) continue;
        if (node->kind == KIND_MAP) expressions[i] = map_expression(straight, node, i);
        else if (node->kind == KIND_REDUCE) expressions[i] = reduce_expression(straight, node, i);
        else if (sums[i].terms == 0) expressions[i] = (Operand){real_text(straight->compiler, 0), false};
        else expressions[i] = (Operand){sums[i].text->bytes, sums[i].is_vector};
    }
    return expressions;
}

static void keep_in_arena(Straight *straight, Node *node, Element at) {
    Bindings bindings = bindings_new(straight->compiler, NULL);
    char *to = row_address(straight, 1, straight->kept_at[node->id] - 1 + at.element * straight->function->rows);
    bool wide = straight->lanes > 1;
    bind_slot(&bindings, "to", wide ? "work->arena + %s" : "work->arena[%s]", to);
    bind_slot(&bindings, "expression", "%s", element_name(straight, at));
    template_add(straight->out, wide ? "straight_store_v" : "straight_put", &bindings, 0);
}

static void add_node(Straight *straight, Node *node) {
    Operand *expressions = node_expressions(straight, node);
    add_comment(straight, node);
    for (int64_t i = 0; i < shape_count(node->shape); i++) {
        Element at = {node, i};
        if (!straight->live[node->id][i]) continue;
        mark_declared(straight, at);
        add_value(straight, straight->out, at, splat(straight, expressions[i], is_wide(straight, node)));
        if (straight->kept_at[node->id]) keep_in_arena(straight, node, at);
    }
}

/* Inside the loop: adds this group's examples. */
static void add_to_sum(Straight *straight, Node *node) {
    Operand *expressions = node_expressions(straight, node);
    add_comment(straight, node);
    for (int64_t i = 0; i < shape_count(node->shape); i++) {
        if (!straight->live[node->id][i]) continue;
        Bindings bindings = bindings_new(straight->compiler, NULL);
        bind_slot(&bindings, "value", "%s_sum", element_name(straight, (Element){node, i}));
        bind_slot(&bindings, "expression", "%s", splat(straight, expressions[i], straight->lanes > 1));
        template_add(straight->out, "straight_add", &bindings, 0);
    }
}

static void open_sum(Straight *straight, Node *node, Text *out) {
    for (int64_t i = 0; i < shape_count(node->shape); i++) {
        if (!straight->live[node->id][i]) continue;
        Bindings bindings = bindings_new(straight->compiler, NULL);
        const char *zero = real_text(straight->compiler, 0);
        bind_slot(&bindings, "type", "%s", type_text(straight, straight->lanes > 1));
        bind_slot(&bindings, "value", "%s_sum", element_name(straight, (Element){node, i}));
        bind_slot(&bindings, "zero", straight->lanes > 1 ? "nn_splat_v(%s)" : "%s", zero);
        template_add(out, "straight_sum", &bindings, 0);
    }
}

static void close_sum(Straight *straight, Node *node) {
    for (int64_t i = 0; i < shape_count(node->shape); i++) {
        Element at = {node, i};
        const char *form = straight->lanes > 1 ? "nn_sum_v(%s_sum)" : "%s_sum";
        if (!straight->live[node->id][i]) continue;
        mark_declared(straight, at);
        add_value(straight, straight->out, at, format_text(straight->compiler, form, element_name(straight, at)));
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
    for (int64_t i = 0; i < count; i++) {
        Operand value = operand_of(straight, element_resolve(store->value, i));
        char *address = row_address(straight, count, i);
        if (straight->lanes == 1) {
            put(straight, format_text(straight->compiler, "%s[%s]", name, address), value.text);
            continue;
        }
        Bindings bindings = bindings_new(straight->compiler, NULL);
        bind_slot(&bindings, "to", "%s + %s", name, address);
        bind_slot(&bindings, "stride", "%lld", (long long)count);
        bind_slot(&bindings, "expression", "%s", splat(straight, value, true));
        template_add(straight->out, count == 1 ? "straight_store_v" : "straight_scatter_v", &bindings, 0);
    }
}

static char *store_place(Straight *straight, const Store *store, int64_t element) {
    Emitter *emitter = straight->emitter;
    long long at = (long long)element;
    switch (store->kind) {
    case STORE_VARIABLE: return format_text(straight->compiler, "net->%s[%lld]", emitter->member[store->variable->number], at);
    case STORE_GRADIENT:
        return format_text(straight->compiler, "work->gradients[%s + %lld]", emitter->gradient_at[store->variable->number], at);
    case STORE_SUM: return format_text(straight->compiler, "sums[%d]", store->number);
    case STORE_METRIC: return format_text(straight->compiler, "values[%d]", store->number);
    default: return format_text(straight->compiler, "const %s cost", type_text(straight, false));
    }
}

static void store_batch(Straight *straight, const Store *store) {
    for (int64_t i = 0; i < shape_count(store->value->shape); i++) {
        Operand value = operand_of(straight, element_resolve(store->value, i));
        put(straight, store_place(straight, store, i), value.text);
    }
}

/* ---- sections ---- */

static int find_levels(Straight *straight) {
    int most = 0;
    for (int id = 0; id < straight->graph->node_count; id++) {
        Node *node = straight->graph->nodes[id];
        int level = 0;
        for (int i = 0; i < node->input_count; i++)
            if (level_of(straight, node->inputs[i]) > level) level = level_of(straight, node->inputs[i]);
        if (sums_examples(node)) level++;
        straight->level[id] = level;
        if (level > most) most = level;
    }
    return most;
}

/* The computed nodes that a node's operands come from, through views. */
static void keep_operands(Straight *straight, Node *node, int level) {
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        if (!is_made(input)) {
            keep_operands(straight, input, level);
            continue;
        }
        bool crosses = input->batched && level_of(straight, input) < level && !straight->kept_at[input->id];
        if (!crosses) continue;
        straight->kept_at[input->id] = straight->arena_size + 1;
        straight->arena_size += shape_count(input->shape) * straight->function->rows;
    }
}

/* The loop that a node's statements stand in: one before the level of a sum over examples. */
static int loop_of(const Straight *straight, const Node *node) {
    return level_of(straight, node) - sums_examples(node);
}

static void find_kept(Straight *straight) {
    for (int id = 0; id < straight->graph->node_count; id++) {
        Node *node = straight->graph->nodes[id];
        if (is_made(node)) keep_operands(straight, node, loop_of(straight, node));
    }
}

static void add_loop_body(Straight *straight, int level) {
    Graph *graph = straight->graph;
    for (int id = 0; id < graph->node_count; id++) {
        Node *node = graph->nodes[id];
        if (!is_made(node) || loop_of(straight, node) != level) continue;
        if (sums_examples(node)) add_to_sum(straight, node);
        else if (node->batched) add_node(straight, node);
    }
    for (int i = 0; i < straight->function->store_count; i++) {
        Store *store = &straight->function->stores[i];
        if (store->kind == STORE_OUTPUT && level_of(straight, store->value) == level) store_output(straight, store);
    }
}

static void add_loop(Straight *straight, int level) {
    Text *whole = straight->out, *body = straight->out = text_new(straight->compiler);
    straight->section = level + 1;
    add_loop_body(straight, level);
    straight->section = -1;
    straight->out = whole;
    if (body->size == 0) return;
    for (int id = 0; id < straight->graph->node_count; id++) {
        Node *node = straight->graph->nodes[id];
        if (sums_examples(node) && loop_of(straight, node) == level) open_sum(straight, node, whole);
    }
    if (!has_loop(straight) && straight->levels == 0) {
        text_add(whole, "%s", body->bytes);
        return;
    }
    Bindings bindings = bindings_new(straight->compiler, NULL);
    bind_slot(&bindings, "rows", "%lld", (long long)straight->function->rows);
    bind_slot(&bindings, "lanes", "%d", straight->lanes);
    bind_slot(&bindings, "body", "%s", body->bytes);
    template_add(whole, has_loop(straight) ? "straight_loop" : "scope", &bindings, 0);
}

static void add_batch_nodes(Straight *straight, int level) {
    for (int id = 0; id < straight->graph->node_count; id++) {
        Node *node = straight->graph->nodes[id];
        if (!is_made(node) || node->batched || level_of(straight, node) != level) continue;
        if (sums_examples(node)) close_sum(straight, node);
        else add_node(straight, node);
    }
}

char *emit_straight(Emitter *emitter, Function *function) {
    Compiler *compiler = emitter->compiler;
    int count = function->graph->node_count + 1, lanes = target_lanes(&compiler->options);
    Straight straight = {.emitter = emitter, .compiler = compiler, .function = function, .graph = function->graph, .section = -1};
    straight.lanes = function->rows % lanes == 0 ? lanes : 1;
    straight.names.compiler = compiler;
    straight.base = NEW_ARRAY(compiler, const char *, count);
    straight.level = NEW_ARRAY(compiler, int, count);
    straight.declared = NEW_ARRAY(compiler, int *, count);
    straight.live = NEW_ARRAY(compiler, bool *, count);
    straight.kept_at = NEW_ARRAY(compiler, int64_t, count);
    straight.loads = text_new(compiler);
    straight.out = text_new(compiler);
    straight.levels = find_levels(&straight);
    find_live(&straight);
    find_kept(&straight);
    for (int level = 0; level <= straight.levels; level++) {
        add_batch_nodes(&straight, level);
        if (function->rows > 0) add_loop(&straight, level);
    }
    for (int i = 0; i < function->store_count; i++)
        if (function->stores[i].kind != STORE_OUTPUT) store_batch(&straight, &function->stores[i]);
    function->schedule->arena_size = straight.arena_size;
    return format_text(compiler, "%s%s", straight.loads->bytes, straight.out->bytes);
}
