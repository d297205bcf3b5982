/* The kernels of fuse as equations. In: a fused function. Out: for each kernel an equation for each
   value, in the order of the nests. A map that is read once, by a value of the same nest, stands in
   the expression of that one; so does a sum to which something is added.

   What its own nest reads again stays in a local buffer, and is copied to where others read it. A
   store into what later equations of the nest still read comes at the end of the nest. */

#include "fuse/equation_maker.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NESTED = 24 }; /* maps in each other in one expression */

// Names

typedef struct {
    const char *name;
    int id;
} Named;

static int by_name(const void *a, const void *b) {
    const Named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : x->id - y->id;
}

static const char *name_of(Compiler *compiler, const Node *node) {
    if (node->kind == KIND_GIVEN && node->variable)
        return format_text(compiler, "%s.%s", given_names[node->given], node->variable->name);
    if (node->kind == KIND_GIVEN)
        return given_names[node->given];
    return node->variable ? node->variable->name
           : node->name   ? node->name
                          : format_text(compiler, "t.%d", node->id);
}

/* Of nodes of one name all but the first have their number behind it; no part of a user's name
   begins with a digit. */
static const char **names_of(const Graph *graph) {
    Compiler *compiler = graph->compiler;
    const char **names = NEW_ARRAY(compiler, const char *, graph->node_count + 1);
    Named *named = NEW_ARRAY(compiler, Named, graph->node_count + 1);
    for (int id = 0; id < graph->node_count; id++)
        named[id] = (Named){name_of(compiler, graph->nodes[id]), id};
    qsort(named, (size_t)graph->node_count, sizeof *named, by_name);
    for (int i = 0; i < graph->node_count; i++) {
        bool is_again = i > 0 && strcmp(named[i].name, named[i - 1].name) == 0;
        names[named[i].id] =
            is_again ? format_text(compiler, "%s.%d", named[i].name, named[i].id) : named[i].name;
    }
    return names;
}

// What has no equation of its own

typedef struct {
    int count;        /* nodes and stores that read it */
    const Node *only; /* one of the nodes */
} Reader;

static Reader *readers_of(const Function *function) {
    const Graph *graph = function->graph;
    Reader *readers = NEW_ARRAY(graph->compiler, Reader, graph->node_count + 1);
    for (int id = 0; id < graph->node_count; id++)
        for (int i = 0; i < graph->nodes[id]->input_count; i++) {
            Reader *reader = &readers[graph->nodes[id]->inputs[i]->id];
            reader->count++;
            reader->only = graph->nodes[id];
        }
    for (int i = 0; i < function->store_count; i++)
        readers[function->stores[i].value->id].count++;
    return readers;
}

static bool is_read_once(const Node *node, const Reader *reader) {
    return reader->count == 1 && reader->only && node->nest && reader->only->nest == node->nest &&
           !node->in_memory;
}

static bool is_sum(const Node *node) {
    return node->kind == KIND_REDUCE || node_has_terms(node);
}

/* Sums to which one thing is added, in one equation with that: sums may begin with it. */
static void nest_sums(const Graph *graph, const Reader *readers, bool *is_inline, bool *has_sum) {
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id], *reader = readers[id].only;
        bool is_maximum = node->kind == KIND_WINDOW && node->op != OP_WINDOW_SUM;
        if (!is_sum(node) || is_maximum || !is_read_once(node, &readers[id]) ||
            reader->op != OP_ADD || reader->kind != KIND_MAP || !node_is_like(reader, node) ||
            has_sum[reader->id])
            continue;
        is_inline[id] = has_sum[reader->id] = true;
    }
}

/* Maps of the same elements. A map's depth is that of its operands in its expression, plus 1. */
static void nest_maps(const Graph *graph, const Reader *readers, bool *is_inline,
                      const bool *has_sum) {
    int *depth = NEW_ARRAY(graph->compiler, int, graph->node_count + 1);
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id], *reader = readers[id].only;
        if (node->kind != KIND_MAP)
            continue;
        for (int i = 0; i < node->input_count; i++) {
            int input = node->inputs[i]->id;
            if (is_inline[input] && depth[input] >= depth[id])
                depth[id] = depth[input] + 1;
        }
        bool is_read = !has_sum[id] && depth[id] < MOST_NESTED && is_read_once(node, &readers[id]);
        is_inline[id] = is_read && (reader->kind == KIND_REDUCE || node_is_like(reader, node));
    }
}

static bool *find_inline(const Function *function, const Reader *readers) {
    const Graph *graph = function->graph;
    bool *is_inline = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    bool *has_sum = NEW_ARRAY(graph->compiler, bool, graph->node_count + 1);
    nest_sums(graph, readers, is_inline, has_sum);
    nest_maps(graph, readers, is_inline, has_sum);
    return is_inline;
}

// Equations

/* Of an element of a node's value. */
static void open_equation(EquationMaker *maker, Equation *equation, const Node *node,
                          const Point *at, int nest) {
    Affine index[MAX_RANK + 1];
    *equation = (Equation){.result = -1, .nest = nest};
    equation->index_count = maker_index(node, at, index);
    equation->index =
        array_copy(maker->compiler, index, equation->index_count, sizeof *equation->index);
    for (int i = 0; i < equation->index_count; i++)
        for (int k = 0; k < index[i].term_count; k++)
            equation->kept |= 1u << index[i].terms[k].variable;
    maker->equation = equation;
}

/* Of a maximum and where it is, the latter is the node's value. */
static void finish(EquationMaker *maker, Equation *equation, const Node *node, int buffer) {
    equation->value = buffer;
    if (node->op == OP_WINDOW_FIRST && equation->reduce == REDUCE_FIRST_MAX) {
        equation->winner = buffer;
        equation->value = maker_local_buffer(maker, node, "top");
    }
    PUSH(maker->compiler, maker->equations->equations, maker->equations->equation_count, *equation);
}

/* Of a value that its nest has made, in another buffer. */
static void add_copy(EquationMaker *maker, Node *node, int buffer, const Point *at, int nest) {
    Equation equation;
    open_equation(maker, &equation, node, at, nest);
    equation.around = maker_element(maker, node, at);
    finish(maker, &equation, node, buffer);
}

/* Stores that have memory of their own; others mean the memory of the value. */
static bool has_memory(const Store *store) {
    return store->kind == STORE_VARIABLE || store->kind == STORE_GRADIENT ||
           store->kind == STORE_PRODUCT || store->kind == STORE_OUTPUT;
}

/* Whether others than the nest itself find the value in memory. */
static bool is_in_memory(const EquationMaker *maker, const Node *node) {
    bool result = node->in_memory || node->kind == KIND_VIEW;
    for (int i = store_first(maker->function, node); i >= 0; i = store_next(maker->function, i))
        result |= !has_memory(&maker->function->stores[i]);
    return result;
}

/* Whether a node of the nest, from number `from` on, reads this value, or what the store overwrites. */
static bool is_read_from(const Nest *nest, int from, const Node *value, const Store *store) {
    for (int i = from; i < nest->node_count; i++)
        for (int k = 0; k < nest->nodes[i]->input_count; k++) {
            const Node *base = node_base(nest->nodes[i]->inputs[k]);
            if (store ? store->variable && base->variable == store->variable : base == value)
                return true;
        }
    return false;
}

/* A store that waits for the end of the nest. */
typedef struct {
    int store;
    Point at;
} Late;

typedef struct {
    int count;
    Late *stores;
} LateStores;

static Point point_of(const EquationMaker *maker, const Node *node) {
    const Nest *nest = maker->nest;
    bool is_late =
        node == nest->contract || (nest->has_sums && (node->in_epilogue || is_sum(node)));
    return is_late ? maker_kept(maker) : maker_domain(maker);
}

/* The store that takes the value as it is made; -1 where it has several places. */
static int only_store(const EquationMaker *maker, const Node *node, int number, bool is_kept) {
    const Function *function = maker->function;
    int store = store_first(function, node);
    bool is_only = store >= 0 && store_next(function, store) < 0 && !is_kept &&
                   has_memory(&function->stores[store]);
    return is_only && !is_read_from(maker->nest, number + 1, node, &function->stores[store]) ? store
                                                                                             : -1;
}

/* A maximum of windows also says where it is, where the nest has that. */
static void add_number_of_maximum(EquationMaker *maker, const Node *node, Equation *equation) {
    for (int i = 0; node->op == OP_WINDOW_MAX && i < maker->nest->node_count; i++) {
        Node *first = maker->nest->nodes[i];
        if (first->op != OP_WINDOW_FIRST || equation->reduce != REDUCE_MAX)
            continue;
        equation->reduce = REDUCE_FIRST_MAX;
        equation->winner = maker_value_buffer(maker, first, !is_in_memory(maker, first));
    }
}

static void add_node(EquationMaker *maker, int number, int nest, LateStores *late) {
    Node *node = maker->nest->nodes[number];
    const Function *function = maker->function;
    Point at = point_of(maker, node);
    if (node->op == OP_WINDOW_FIRST && maker->value_buffer[node->id])
        return; /* beside its maximum */
    Equation equation;
    open_equation(maker, &equation, node, &at, nest);
    equation.around = maker_value(maker, node, &at);
    bool is_read = is_read_from(maker->nest, number + 1, node, NULL);
    bool is_kept = is_in_memory(maker, node);
    int only = is_read ? -1 : only_store(maker, node, number, is_kept);
    int buffer = only >= 0 ? maker_store_buffer(maker, only)
                           : maker_value_buffer(maker, node, is_read || !is_kept);
    add_number_of_maximum(maker, node, &equation);
    finish(maker, &equation, node, buffer);
    if (is_kept && is_read)
        add_copy(maker, node, maker_memory_buffer(maker, node), &at, nest);
    for (int i = store_first(function, node); i >= 0; i = store_next(function, i)) {
        if (i == only || !has_memory(&function->stores[i]))
            continue;
        Late waiting = {i, at};
        if (is_read_from(maker->nest, number + 1, node, &function->stores[i]))
            PUSH(maker->compiler, late->stores, late->count, waiting);
        else
            add_copy(maker, node, maker_store_buffer(maker, i), &at, nest);
    }
}

/* One nest for each of the joined values; of a view with a border, two. */
static void add_view(EquationMaker *maker, int nest) {
    Node *node = maker->nest->nodes[0];
    Point from = maker_domain(maker), at = from;
    Equation equation;
    if (node->op == OP_PAD && maker->nest->operand == 0) {
        int buffer = maker_value_buffer(maker, node, false);
        open_equation(maker, &equation, node, &at, nest);
        equation.around = maker_value(maker, node, &at);
        finish(maker, &equation, node, buffer);
        return;
    }
    if (node->op == OP_PAD)
        return;
    int buffer = maker->memory_buffer[node->id] ? maker->memory_buffer[node->id] - 1
                                                : maker_value_buffer(maker, node, false);
    if (node->op == OP_CONCAT) {
        at.index[node->axes] =
            affine_add(maker->compiler, from.index[node->axes], affine_number(maker->nest->first));
        open_equation(maker, &equation, node, &at, nest);
        equation.around = maker_element(maker, node->inputs[maker->nest->operand], &from);
    } else {
        open_equation(maker, &equation, node, &at, nest);
        equation.around = maker_value(maker, node, &at);
    }
    finish(maker, &equation, node, buffer);
}

static void add_nest(EquationMaker *maker, const Nest *nest, int number) {
    LateStores late = {0};
    maker_open_nest(maker, nest);
    if (nest->is_copy) {
        add_view(maker, number);
        return;
    }
    for (int i = 0; i < nest->node_count && !maker->problem; i++)
        if (!maker->is_inline[nest->nodes[i]->id])
            add_node(maker, i, number, &late);
    for (int i = 0; i < late.count; i++) {
        Node *node = maker->function->stores[late.stores[i].store].value;
        add_copy(maker, node, maker_store_buffer(maker, late.stores[i].store), &late.stores[i].at,
                 number);
    }
}

// Kernels

/* What has no equations yet. */
static void refuse(EquationMaker *maker, const Nest *nest) {
    const Node *contract = nest->contract;
    for (int i = 0; contract && i < nest->node_count; i++)
        if (nest->nodes[i]->kind == KIND_REDUCE)
            maker_fail(maker, nest->nodes[i], "it is a sum over the batch in a layer's kernel");
}

static void forget_buffers(EquationMaker *maker) {
    for (int i = 0; i < maker->equations->origin_count; i++) {
        const Node *node = maker->equations->origins[i].node;
        if (node)
            maker->value_buffer[node->id] = maker->memory_buffer[node->id] = 0;
    }
}

typedef struct {
    const Node *leaf;
    int buffer;
} Leaf;

static int by_variable(const void *a, const void *b) {
    const Leaf *x = a, *y = b;
    int order = strcmp(x->leaf->variable->name, y->leaf->variable->name);
    return order ? order : x->buffer - y->buffer;
}

/* The buffers of variables, by the names of these. */
static Leaf *leaves_of(const EquationMaker *maker, int *count) {
    Leaf *leaves = NULL;
    *count = 0;
    for (int i = 0; i < maker->equations->origin_count; i++) {
        const Node *node = maker->equations->origins[i].node;
        if (node && node->variable)
            PUSH(maker->compiler, leaves, *count, ((Leaf){node, i}));
    }
    if (*count > 0)
        qsort(leaves, (size_t)*count, sizeof *leaves, by_variable);
    return leaves;
}

/* Which values lie over what the kernel reads, as a weight in its next state does. */
static void find_overwritten(const EquationMaker *maker) {
    int count;
    const Leaf *leaves = leaves_of(maker, &count);
    for (int i = 0; i < maker->equations->equation_count; i++) {
        Equation *equation = &maker->equations->equations[i];
        int number = maker->equations->origins[equation->value].store, first = 0, end = count;
        const Store *store = number >= 0 ? &maker->function->stores[number] : NULL;
        if (!store || !store->variable)
            continue;
        while (first < end) {
            int middle = (first + end) / 2;
            bool is_before = strcmp(leaves[middle].leaf->variable->name, store->variable->name) < 0;
            *(is_before ? &first : &end) = middle + is_before;
        }
        for (; first < count && leaves[first].leaf->variable == store->variable; first++)
            if (store_overwrites(store, leaves[first].leaf))
                equation->over = 1 + leaves[first].buffer;
    }
}

static Equations *kernel_of(EquationMaker *maker, const Cluster *cluster) {
    Equations *equations = NEW(maker->compiler, Equations);
    maker->equations = equations;
    maker->symbols = equations->symbols = symbols_new(maker->compiler);
    maker->problem = NULL;
    for (int n = 0; n < cluster->nest_count && !maker->problem; n++) {
        refuse(maker, cluster->nests[n]);
        if (!maker->problem && cluster->nests[n]->node_count > 0)
            add_nest(maker, cluster->nests[n], n);
    }
    forget_buffers(maker);
    if (maker->problem || equations->equation_count == 0)
        return NULL;
    find_overwritten(maker);
    equations_name_apart(equations);
    const Equation *last = &equations->equations[equations->equation_count - 1];
    equations->name = maker->symbols->buffers[last->value].name;
    return equations;
}

Equations **equations_of(Function *function, const char ***reasons) {
    const Graph *graph = function->graph;
    Compiler *compiler = graph->compiler;
    const Schedule *schedule = function->schedule;
    Reader *readers = readers_of(function);
    EquationMaker maker = {
        .compiler = compiler,
        .function = function,
        .names = names_of(graph),
        .is_inline = find_inline(function, readers),
        .value_buffer = NEW_ARRAY(compiler, int, graph->node_count + 1),
        .memory_buffer = NEW_ARRAY(compiler, int, graph->node_count + 1),
        .ranges = NEW_ARRAY(compiler, Range, MAX_AXES),
    };
    Equations **made = NEW_ARRAY(compiler, Equations *, schedule->cluster_count + 1);
    *reasons = NEW_ARRAY(compiler, const char *, schedule->cluster_count + 1);
    for (int c = 0; c < schedule->cluster_count; c++) {
        made[c] = kernel_of(&maker, schedule->clusters[c]);
        (*reasons)[c] = maker.problem;
    }
    return made;
}
