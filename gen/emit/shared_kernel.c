/* Kernels and outlined epilogues shared by functions of the net. In: bodies. Out: the name of the
   one function with this body and these parameters, its comment, and in the end the text of all. */

#include "emit/kernel.h"

#include <string.h>

// Headings

typedef struct {
    const char *formula;
    int line; /* of the model, 0 where it is none of it */
} HeadingLine;

typedef struct {
    Kernel *kernel;
    int count;
    HeadingLine *equations;
    int line_count;
    int *lines; /* sorted */
} Heading;

static void add_line(Heading *heading, int line) {
    int at = heading->line_count;
    for (int i = 0; i < heading->line_count; i++)
        if (heading->lines[i] == line)
            return;
    if (line == 0)
        return;
    PUSH(heading->kernel->compiler, heading->lines, heading->line_count, line);
    for (; at > 0 && heading->lines[at - 1] > line; at--)
        heading->lines[at] = heading->lines[at - 1];
    heading->lines[at] = line;
}

static void add_definition(Heading *heading, const Node *node, const char *title, Span span) {
    Compiler *compiler = heading->kernel->compiler;
    HeadingLine equation = {formula_text(heading->kernel->emitter, node, title), span_line(span)};
    PUSH(compiler, heading->equations, heading->count, equation);
    add_line(heading, equation.line);
}

/* Formulas of what a cluster computes and of the values these refer to, a line each; of initial
   values, the variables. */
static void add_definitions(Heading *heading, const Node *node) {
    const Function *function = heading->kernel->function;
    if (function->kind != FUNCTION_INIT) {
        if (heading->kernel->emitter->labels.has_line[node->id])
            add_definition(heading, node, NULL, node->span);
        return;
    }
    int store = store_first(function, node);
    if (store < 0 && heading->kernel->emitter->labels.has_line[node->id])
        add_definition(heading, node, NULL, node->span);
    for (; store >= 0; store = store_next(function, store)) {
        const Variable *variable = function->stores[store].variable;
        add_definition(heading, node, variable->name, variable->span);
    }
}

/* ", " and " and " between the items of a list */
static const char *separator(int i, int count) {
    return i == 0 ? "" : i + 1 < count ? ", " : " and ";
}

/* "Lines 1, 2 and 3 of the model; u" */
static char *lines_text(const Heading *heading) {
    Text *out = text_new(heading->kernel->compiler);
    if (heading->line_count == 0)
        return format_text(heading->kernel->compiler, "U");
    text_add(out, heading->line_count > 1 ? "Lines " : "Line ");
    for (int i = 0; i < heading->line_count; i++)
        text_add(out, "%s%d", separator(i, heading->line_count), heading->lines[i]);
    text_add(out, " of the model; u");
    return out->bytes;
}

static void bind_heading(Kernel *kernel, Bindings *bindings) {
    Heading heading = {.kernel = kernel};
    const Cluster *cluster = kernel->cluster;
    for (int n = 0; n < cluster->nest_count; n++)
        for (int i = 0; cluster->nests[n]->operand == 0 && i < cluster->nests[n]->node_count; i++)
            add_definitions(&heading, cluster->nests[n]->nodes[i]);
    Text *formulas = text_new(kernel->compiler);
    for (int i = 0; i < heading.count; i++) {
        const HeadingLine *equation = &heading.equations[i];
        text_add(formulas, "%s", equation->formula);
        if (heading.line_count > 1 && equation->line > 0)
            text_add(formulas, "   (line %d)", equation->line);
        text_add(formulas, "\n   ");
    }
    bind_slot(bindings, "formulas", "%s", formulas->bytes);
    bind_slot(bindings, "lines", "%s", lines_text(&heading));
}

// Names

/* How well a value suits as the name of its kernel: stored ones first, then named ones. */
static int title_rank(const Kernel *kernel, const Node *node) {
    const Function *function = kernel->function;
    int rank = node->name ? 2 : kernel->emitter->labels.has_line[node->id];
    for (int s = store_first(function, node); s >= 0; s = store_next(function, s)) {
        const Store *store = &function->stores[s];
        bool is_weight = store->kind == STORE_VARIABLE && store->variable->kind == VARIABLE_PARAM;
        int here = is_weight ? 4 : 3;
        rank = here > rank ? here : rank;
    }
    return rank;
}

/* "h", "d_p.bias", "h.weight" of a kernel that moves it. A layer's kernel has the layer's name
   even if it contains a sum over the batch. */
static const char *cluster_title(const Kernel *kernel) {
    const Node *best = NULL;
    int most = 0, stored = 0;
    for (int n = 0; n < kernel->cluster->nest_count; n++) {
        const Nest *nest = kernel->cluster->nests[n];
        bool is_after_examples = false;
        for (int i = 0; i < nest->node_count; i++) {
            is_after_examples |= nest->contract && nest->nodes[i]->kind == KIND_REDUCE;
            int rank = is_after_examples ? 0 : title_rank(kernel, nest->nodes[i]);
            stored += rank == 4;
            if (rank >= most)
                most = rank, best = nest->nodes[i];
        }
    }
    if (most == 0 || stored > 1)
        return "values";
    if (most == 1 && kernel->cluster->kind == CLUSTER_PLAIN)
        return "scalars";
    const char *title = kernel->emitter->labels.base[best->id];
    return strncmp(title, "new_", 4) == 0 ? title + 4 : title;
}

/* "predict, loss and evaluate" */
static char *users_text(Compiler *compiler, int count, const char *const *users) {
    Text *out = text_new(compiler);
    for (int i = 0; i < count; i++)
        text_add(out, "%s%s", separator(i, count), users[i]);
    return out->bytes;
}

// Functions

static char *parameters_text(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    const char *real = kernel->compiler->options.is_double ? "double" : "float";
    for (int i = 0; i < kernel->pointer_count; i++) {
        const Pointer *pointer = &kernel->pointers[i];
        if (pointer->storage->kind == STORAGE_EXAMPLE)
            continue;
        const char *type = pointer->storage->kind == STORAGE_CLASSES ? "int32_t" : real;
        text_add(out, "%s%s%s *restrict %s", out->size ? ", " : "",
                 pointer->is_written ? "" : "const ", type, pointer->name);
    }
    if (kernel->uses_random)
        text_add(out, "%suint64_t seed, uint32_t stream", out->size ? ", " : "");
    if (kernel->uses_first)
        text_add(out, ", uint32_t first");
    if (out->size == 0)
        text_add(out, "void");
    return out->bytes;
}

/* The entry of a shared body, which outlives the kernel being written. */
static Name *shared_entry(Emitter *emitter, const char *key) {
    bool is_new = !name_is_used(&emitter->shared_keys, key);
    arena_keep(emitter->compiler);
    Name *entry =
        name_entry(&emitter->shared_keys, is_new ? format_text(emitter->compiler, "%s", key) : key);
    arena_return(emitter->compiler);
    return entry;
}

const char *share_epilogue(Kernel *kernel, const char *type, const char *parameters,
                           const char *body) {
    Emitter *emitter = kernel->emitter;
    Compiler *compiler = emitter->compiler;
    Name *entry = shared_entry(
        emitter, format_text(compiler, "tail%s\n%s\n%s", emitter->suffix, parameters, body));
    arena_keep(compiler);
    if (entry->next == 0) {
        const char *title = cluster_title(kernel);
        const char *wanted =
            format_text(compiler, "%s_finish_%s%s", emitter->net, title, emitter->suffix);
        SharedKernel new = {.name = name_new(&emitter->kernel_names, wanted),
                            .bindings = bindings_new(compiler, NULL),
                            .block = "tail"};
        bind_slot(&new.bindings, "type", "%s", type);
        bind_slot(&new.bindings, "function", "%s", new.name);
        bind_slot(&new.bindings, "parameters", "%s", parameters);
        bind_slot(&new.bindings, "title", "%s", title);
        bind_slot(&new.bindings, "body", "%s", body);
        PUSH(compiler, emitter->shared, emitter->shared_count, new);
        entry->next = emitter->shared_count;
    }
    arena_return(compiler);
    return emitter->shared[entry->next - 1].name;
}

const char *share_kernel(Kernel *kernel, const char *body) {
    Emitter *emitter = kernel->emitter;
    Compiler *compiler = emitter->compiler;
    char *parameters = parameters_text(kernel);
    bool is_first = !*emitter->suffix || emitter->program == emitter->versions[0].program;
    Name *entry =
        shared_entry(emitter, format_text(compiler, "%s%s\n%s", emitter->suffix, parameters, body));
    arena_keep(compiler);
    if (entry->next == 0) {
        const char *wanted =
            format_text(compiler, "%s_%s_%s%s", emitter->net, kernel->function->name,
                        cluster_title(kernel), emitter->suffix);
        SharedKernel new = {.name = name_new(&emitter->kernel_names, wanted),
                            .bindings = bindings_new(compiler, NULL),
                            .block = is_first ? "kernel" : "kernel_again"};
        bind_slot(&new.bindings, "kernel", "%s", new.name);
        bind_slot(&new.bindings, "parameters", "%s", parameters);
        new.plan = cluster_plan_text(compiler, kernel->cluster);
        bind_slot(&new.bindings, "plan", "%s", new.plan ? new.plan : "");
        bind_heading(kernel, &new.bindings);
        bind_slot(&new.bindings, "body", "%s", body);
        PUSH(compiler, emitter->shared, emitter->shared_count, new);
        entry->next = emitter->shared_count;
    }
    SharedKernel *shared = &emitter->shared[entry->next - 1];
    if (shared->last_user != kernel->function)
        PUSH(compiler, shared->users, shared->user_count, kernel->function->name);
    shared->last_user = kernel->function;
    arena_return(compiler);
    return shared->name;
}

char *emit_kernels(Emitter *emitter, int first) {
    Text *out = text_new(emitter->compiler);
    for (int i = first; i < emitter->shared_count; i++) {
        SharedKernel *shared = &emitter->shared[i];
        bind_slot(&shared->bindings, "users", "%s",
                  users_text(emitter->compiler, shared->user_count, shared->users));
        template_add(out, shared->block, &shared->bindings, 0);
    }
    return out->bytes;
}
