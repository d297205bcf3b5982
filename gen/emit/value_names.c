/* Names of values in emitted C. In: a placed function. Out: emitter->labels. Named values keep
   the user's names; others are named after the statement that they belong to and after their
   operation, as p_sum or d_h_product. */

#include "emit/emitter.h"

#include <ctype.h>
#include <string.h>

enum { FORMULA_OPERATIONS = 9 }; /* that fit on one line of a comment */

static const struct {
    Op op;
    const char *word;
} words[] = {
    {OP_ADD, "sum"},     {OP_SUB, "difference"}, {OP_MUL, "product"},  {OP_DIV, "quotient"},
    {OP_POW, "power"},   {OP_NEG, "minus"},      {OP_LESS, "mask"},    {OP_LESS_EQUAL, "mask"},
    {OP_EQUAL, "mask"},  {OP_NOT_EQUAL, "mask"}, {OP_WHERE, "choice"}, {OP_SUM, "total"},
    {OP_DETACH, "copy"},
};

typedef struct {
    Emitter *emitter;
    Compiler *compiler;
    const Function *function;
    Graph *graph;
    Labels *labels;
    bool *is_forward;    /* by id: the cost, an output, a metric or a state depends on it */
    const char **wanted; /* by id: the common owner of its users; "" if they differ */
    int *uses, *weight;  /* by id: how often comments would repeat it; operations they would show */
    Names names;
} Labeller;

static bool is_computed(const Node *node) {
    return !node_is_leaf(node) && !node_is_alias(node);
}

static void find_forward(Labeller *labeller) {
    int count = 0;
    const Function *function = labeller->function;
    Node **roots = NEW_ARRAY(labeller->compiler, Node *, function->store_count + 1);
    for (int i = 0; i < function->store_count; i++) {
        const Store *store = &function->stores[i];
        bool moves_weights =
            store->kind == STORE_GRADIENT || store->kind == STORE_PRODUCT ||
            (store->kind == STORE_VARIABLE && store->variable->kind != VARIABLE_STATE);
        if (!moves_weights || function->kind == FUNCTION_INIT || function->kind == FUNCTION_UPDATE)
            roots[count++] = store->value;
    }
    labeller->is_forward = graph_reach(labeller->graph, count, roots);
}

/* ---- owners ---- */

/* The first word of the line of the model that a value comes from: what it assigns, or a keyword.
 * `loss` assigns the cost. */
static const char *first_word(Compiler *compiler, Span span, bool *is_assigned) {
    *is_assigned = false;
    if (span_line(span) == 0 || span.first > span.source->size)
        return "value";
    const char *text = span.source->text, *at = text + span.first;
    while (at > text && at[-1] != '\n')
        at--;
    while (*at == ' ' || *at == '\t')
        at++;
    int size = 0;
    while (isalnum((unsigned char)at[size]) || at[size] == '_')
        size++;
    const char *after = at + size;
    while (*after == ' ' || *after == '\t')
        after++;
    bool is_loss = size == 4 && strncmp(at, "loss", 4) == 0 && *after != '=';
    *is_assigned = is_loss || (size > 0 && after[0] == '=' && after[1] != '=');
    if (is_loss)
        return "cost";
    return size > 0 ? format_text(compiler, "%.*s", size, at) : "value";
}

static const char *store_title(const Labeller *labeller, const Store *store) {
    Compiler *compiler = labeller->compiler;
    const Graph *graph = labeller->emitter->program->graph;
    FunctionKind kind = labeller->function->kind;
    switch (store->kind) {
    case STORE_VARIABLE:
        return kind == FUNCTION_INIT ? store->variable->name
                                     : format_text(compiler, "new_%s", store->variable->name);
    case STORE_GRADIENT:
        return format_text(compiler, "%s%s", labeller->labels->gradient, store->variable->name);
    case STORE_PRODUCT:
        return format_text(compiler, "product_%s", store->variable->name);
    case STORE_OUTPUT:
        return graph_output_name(graph, store->number);
    case STORE_COST:
        return "cost";
    case STORE_METRIC:
        return graph->metrics[store->number].name;
    default:
        return "metric_sum";
    }
}

static const char *op_word(const Node *node) {
    if (node->kind == KIND_CONTRACT)
        return "product";
    if (node->kind == KIND_WINDOW)
        return node->op == OP_WINDOW_MAX ? "max" : node->op == OP_WINDOW_FIRST ? "first" : "sum";
    if (node_is_table(node))
        return "numbers";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].op == node->op)
            return words[i].word;
    return op_rows[node->op].name;
}

/* The user's name, if any; the scaled form of an input is another value than the input. */
static const char *own_name(const Labeller *labeller, const Node *node) {
    bool is_scaled =
        node->name && is_computed(node) && name_is_used(&labeller->emitter->scaled, node->name);
    return is_scaled ? format_text(labeller->compiler, "scaled_%s", node->name) : node->name;
}

/* Passes the owner on from users to operands. */
static void pass_owner(Labeller *labeller, const Node *node, const char *owner) {
    for (int i = 0; i < node->input_count; i++) {
        const char **wanted = &labeller->wanted[node->inputs[i]->id];
        if (!*wanted)
            *wanted = owner;
        else if (strcmp(*wanted, owner) != 0)
            *wanted = "";
    }
}

/* The user's name; else that of its store; else a part of what its statement assigns or of its
   only user. */
static const char *base_of(Labeller *labeller, const Node *node) {
    const char *own = own_name(labeller, node), *wanted = labeller->wanted[node->id];
    int store = store_first(labeller->function, node);
    bool is_assigned, is_init = labeller->function->kind == FUNCTION_INIT;
    if (store >= 0 && (!own || is_init))
        own = store_title(labeller, &labeller->function->stores[store]);
    if (own) {
        pass_owner(labeller, node, own);
        return own;
    }
    const char *word = first_word(labeller->compiler, node->span, &is_assigned);
    const char *owner = is_assigned || !wanted || !*wanted ? word : wanted;
    bool is_backward = is_assigned && !labeller->is_forward[node->id];
    pass_owner(labeller, node, owner);
    return format_text(labeller->compiler, "%s%s_%s", is_backward ? "d_" : "", owner,
                       op_word(node));
}

/* ---- parts ---- */

static void count_uses(Labeller *labeller) {
    for (int id = 0; id < labeller->graph->node_count; id++) {
        const Node *node = labeller->graph->nodes[id];
        for (int i = 0; is_computed(node) && i < node->input_count; i++)
            labeller->uses[node_base(node->inputs[i])->id]++;
    }
}

static int shown_weight(const Labeller *labeller, const Node *node) {
    bool is_shown = is_computed(node) && !labeller->labels->has_line[node->id];
    return is_shown ? labeller->weight[node->id] : 0;
}

/* Gives the largest operands lines of their own until the rest fits a line or two. */
static void weigh(Labeller *labeller, const Node *node) {
    for (;;) {
        int weight = 1, most = 0;
        const Node *heaviest = NULL;
        for (int i = 0; i < node->input_count; i++) {
            const Node *base = node_base(node->inputs[i]);
            int part = shown_weight(labeller, base);
            weight += part;
            if (part > most)
                most = part, heaviest = base;
        }
        labeller->weight[node->id] = weight;
        if (weight <= FORMULA_OPERATIONS || !heaviest)
            return;
        labeller->labels->has_line[heaviest->id] = true;
    }
}

static void find_parts(Labeller *labeller) {
    count_uses(labeller);
    for (int id = 0; id < labeller->graph->node_count; id++) {
        const Node *node = labeller->graph->nodes[id];
        if (!is_computed(node))
            continue;
        weigh(labeller, node);
        labeller->labels->has_line[id] = node->name || node->in_memory || labeller->uses[id] > 1 ||
                                         store_first(labeller->function, node) >= 0;
    }
}

/* ---- the whole ---- */

static const char *numbered(Labeller *labeller, const char *base) {
    const char *name = base;
    Name *entry = name_entry(&labeller->names, base);
    while (entry->next > 0) {
        name = format_text(labeller->compiler, "%s%d", base, entry->next++);
        if (!name_is_used(&labeller->names, name))
            break;
    }
    name_reserve(&labeller->names, name);
    return name;
}

static void reserve_leaves(Labeller *labeller) {
    for (int id = 0; id < labeller->graph->node_count; id++) {
        const Node *node = labeller->graph->nodes[id];
        bool is_named = node_is_leaf(node) && node->name && !node_is_table(node);
        if (is_named && labeller->function->kind != FUNCTION_INIT)
            name_reserve(&labeller->names, node->name);
    }
}

/* The letters of indices: no value's name, unless too many values have names of one letter. */
static void choose_letters(const Labeller *labeller) {
    static const char letters[] = "ijklmnopqrstuvwxyzabcdefgh";
    char *chosen = labeller->labels->letters;
    int count = 0;
    for (int i = 0; letters[i]; i++)
        if (!name_is_used(&labeller->names, (const char[]){letters[i], '\0'}))
            chosen[count++] = letters[i];
    if (count < MAX_LOOPS)
        memcpy(chosen, letters, sizeof letters);
}

/* Scratch is named after its content. */
static void name_storage(const Labeller *labeller, const Node *node) {
    const Access *access = access_of(labeller->emitter->layouts, labeller->function, node);
    Storage *storage = access ? access->storage : NULL;
    bool is_own = storage && (storage->kind == STORAGE_ARENA || storage->kind == STORAGE_EXAMPLE ||
                              storage->kind == STORAGE_TABLE);
    if (!is_own)
        return;
    storage->name = labeller->labels->base[node->id];
    storage->label = labeller->labels->name[node->id];
}

void label_function(Emitter *emitter, const Function *function) {
    Compiler *compiler = emitter->compiler;
    int count = function->graph->node_count + 1;
    Labeller labeller = {.emitter = emitter,
                         .compiler = compiler,
                         .function = function,
                         .graph = function->graph,
                         .labels = &emitter->labels};
    labeller.names.compiler = compiler;
    emitter->labels =
        (Labels){.base = NEW_ARRAY(compiler, const char *, count),
                 .name = NEW_ARRAY(compiler, const char *, count),
                 .has_line = NEW_ARRAY(compiler, bool, count),
                 .gradient = function->kind == FUNCTION_GRADIENT_ADD ? "mean_d_" : "d_"};
    labeller.wanted = NEW_ARRAY(compiler, const char *, count);
    labeller.uses = NEW_ARRAY(compiler, int, count);
    labeller.weight = NEW_ARRAY(compiler, int, count);
    find_forward(&labeller);
    find_parts(&labeller);
    for (int id = function->graph->node_count - 1; id >= 0; id--) {
        const Node *node = function->graph->nodes[id];
        if (!node_is_leaf(node) || node_is_table(node))
            emitter->labels.base[id] = base_of(&labeller, node);
    }
    reserve_leaves(&labeller);
    for (int id = 0; id < function->graph->node_count; id++) {
        const Node *node = function->graph->nodes[id];
        bool is_named = emitter->labels.has_line[id] || (node_is_alias(node) && node->name) ||
                        node_has_terms(node) || node->kind == KIND_REDUCE || node_is_table(node);
        if ((node_is_leaf(node) && !node_is_table(node)) || !is_named)
            emitter->labels.base[id] = NULL;
        else
            emitter->labels.name[id] = numbered(&labeller, emitter->labels.base[id]);
        if (emitter->labels.base[id])
            name_storage(&labeller, node);
    }
    choose_letters(&labeller);
}
