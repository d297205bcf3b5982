/* Kernels. In: placed functions. Out: one C function per cluster, and the calls of a core. */

#include "kernel.h"

#include <string.h>

static void declare_row_arrays(Kernel *kernel, Text *out) {
    for (int i = 0; i < kernel->pointer_count; i++) {
        Pointer *pointer = &kernel->pointers[i];
        if (pointer->storage->kind != STORAGE_ROW)
            continue;
        Bindings bindings = bindings_new(kernel->compiler, kernel->emitter->base);
        bind_slot(&bindings, "name", "%s", pointer->name);
        bind_slot(&bindings, "count", "%lld", (long long)pointer->storage->count);
        template_add(out, "row_array", &bindings, 0);
    }
}

static char *kernel_body(Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    bool in_rows = kernel->cluster->kind == CLUSTER_ROWS;
    kernel->at[0] = (Position){
        .variable = in_rows && kernel->function->rows > 1 ? "b" : NULL, .instances = 1, .width = 1};
    for (int i = 0; i < kernel->cluster->nest_count; i++)
        kernel_add_nest(kernel, out, kernel->cluster->nests[i], in_rows);
    if (!in_rows)
        return out->bytes;
    Text *rows = text_new(kernel->compiler), *body = text_new(kernel->compiler);
    declare_row_arrays(kernel, body);
    text_add(body, "%s", out->bytes);
    if (kernel->function->rows == 1)
        return body->bytes;
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "body", "%s", body->bytes);
    bind_slot(&bindings, "i", "b");
    bind_slot(&bindings, "first", "0");
    bind_slot(&bindings, "end", "%lld", (long long)kernel->function->rows);
    bind_slot(&bindings, "step", "1");
    template_add(rows, "loop", &bindings, 0);
    return rows->bytes;
}

static char *parameters_text(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    const char *real = kernel->compiler->options.is_double ? "double" : "float";
    for (int i = 0; i < kernel->pointer_count; i++) {
        const Pointer *pointer = &kernel->pointers[i];
        if (pointer->storage->kind == STORAGE_ROW)
            continue;
        const char *type = pointer->storage->kind == STORAGE_CLASSES ? "int32_t" : real;
        text_add(out, "%s%s%s *restrict %s", out->size ? ", " : "",
                 pointer->is_written ? "" : "const ", type, pointer->name);
    }
    if (kernel->uses_random)
        text_add(out, "%suint64_t seed, uint32_t step", out->size ? ", " : "");
    if (kernel->uses_first)
        text_add(out, ", uint32_t first");
    if (out->size == 0)
        text_add(out, "void");
    return out->bytes;
}

static char *arguments_text(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    for (int i = 0; i < kernel->pointer_count; i++)
        if (kernel->pointers[i].storage->kind != STORAGE_ROW)
            text_add(out, "%s%s", out->size ? ", " : "",
                     storage_text(kernel->emitter, kernel->pointers[i].storage));
    if (kernel->uses_random)
        text_add(out, "%snet->seed, stream", out->size ? ", " : "");
    if (kernel->uses_first)
        text_add(out, ", work->first");
    return out->bytes;
}

static bool is_shown(const Kernel *kernel, const Node *node) {
    return node->in_memory || node->name || store_first(kernel->function, node) >= 0;
}

/* The formulas of all that the cluster leaves, with the line of the model that the first comes
 * from. */
static char *kernel_formula(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    const char *place = "";
    for (int n = 0; n < kernel->cluster->nest_count; n++)
        for (int i = 0; i < kernel->cluster->nests[n]->node_count; i++) {
            const Node *node = kernel->cluster->nests[n]->nodes[i];
            if (!*place)
                place = place_text(kernel->compiler, node->place);
            if (is_shown(kernel, node))
                text_add(out, "%s%s", out->size ? "\n   " : "",
                         formula_text(kernel->compiler, node));
        }
    if (*place)
        text_add(out, "   (%s)", place);
    return out->bytes;
}

/* "update_h_weight", "gradient_h_weight", or the last value that has a name. */
static const char *node_title(const Kernel *kernel, const Node *node) {
    const Function *function = kernel->function;
    for (int s = store_first(function, node); s >= 0; s = store_next(function, s)) {
        const Store *store = &function->stores[s];
        if (store->kind == STORE_VARIABLE && store->variable->kind == VARIABLE_PARAM)
            return format_text(kernel->compiler, "update_%s", store->variable->name);
        if (store->kind == STORE_GRADIENT)
            return format_text(kernel->compiler, "gradient_%s", store->variable->name);
        if (store->kind == STORE_PRODUCT)
            return format_text(kernel->compiler, "product_%s", store->variable->name);
        if (store->kind == STORE_COST)
            return "cost";
    }
    return node->name;
}

static const char *cluster_name(const Kernel *kernel) {
    const char *name = NULL;
    if (kernel->function->kind == FUNCTION_INIT)
        return "initial";
    for (int n = 0; n < kernel->cluster->nest_count; n++)
        for (int i = 0; i < kernel->cluster->nests[n]->node_count; i++) {
            const char *title = node_title(kernel, kernel->cluster->nests[n]->nodes[i]);
            if (title && !(name && strncmp(name, "update_", 7) == 0))
                name = title;
        }
    if (name)
        return name;
    return kernel->cluster->kind == CLUSTER_CONTRACT ? "product"
           : kernel->cluster->kind == CLUSTER_PLAIN  ? "scalars"
                                                     : "values";
}

/* Equal kernels of different functions are one: what differs is passed to them. */
static const char *share_kernel(Kernel *kernel, const char *body) {
    Emitter *emitter = kernel->emitter;
    char *parameters = parameters_text(kernel);
    char *key = format_text(emitter->compiler, "%s\n%s", parameters, body);
    Name *entry = name_entry(&emitter->shared_keys, key);
    if (entry->next > 0)
        return emitter->shared_names[entry->next - 1];
    const char *wanted =
        format_text(emitter->compiler, "%s_%s", emitter->net, cluster_name(kernel));
    const char *name = name_new(&emitter->kernel_names, wanted);
    PUSH(emitter->compiler, emitter->shared_names, emitter->shared_count, name);
    entry->next = emitter->shared_count;
    Bindings bindings = bindings_new(emitter->compiler, emitter->base);
    bind_slot(&bindings, "kernel", "%s", name);
    bind_slot(&bindings, "parameters", "%s", parameters);
    bind_slot(&bindings, "formula", "%s", kernel_formula(kernel));
    bind_slot(&bindings, "body", "%s", body);
    template_add(emitter->kernels, "kernel", &bindings, 0);
    return name;
}

/* Pointers keep clear of the loops' variables. */
static void open_names(Kernel *kernel) {
    kernel->pointer_names.compiler = kernel->value_names.compiler = kernel->compiler;
    name_reserve(&kernel->pointer_names, "b");
    name_reserve(&kernel->pointer_names, kernel->emitter->self);
    for (size_t i = 0; i < sizeof loop_letters / sizeof *loop_letters; i++)
        name_reserve(&kernel->pointer_names, loop_letters[i]);
}

char *emit_nests(Emitter *emitter, Function *function) {
    Text *calls = text_new(emitter->compiler);
    for (int i = 0; i < function->schedule->cluster_count; i++) {
        Kernel kernel = {.emitter = emitter, .compiler = emitter->compiler, .function = function};
        kernel.cluster = function->schedule->clusters[i];
        open_names(&kernel);
        char *body = kernel_body(&kernel);
        const char *name = share_kernel(&kernel, body);
        text_add(calls, "%s(%s);\n", name, arguments_text(&kernel));
    }
    return calls->bytes;
}
