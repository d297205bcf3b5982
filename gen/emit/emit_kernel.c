/* Kernels. In: placed functions. Out: one C function per cluster, and the calls of a core. */

#include "emit/kernel.h"

/* Size of a local array, padded to whole vectors where masked ones are stored. */
static int64_t with_room(const Kernel *kernel, const Storage *storage) {
    const Options *options = &kernel->compiler->options;
    int lanes = machine_of(options)->has_masks ? lanes_for(options, storage->count) : 1;
    return (storage->count + lanes - 1) / lanes * lanes;
}

static void declare_example_arrays(Kernel *kernel, Text *out) {
    for (int i = 0; i < kernel->pointer_count; i++) {
        Pointer *pointer = &kernel->pointers[i];
        if (pointer->storage->kind != STORAGE_EXAMPLE)
            continue;
        Bindings bindings = bindings_new(kernel->compiler, kernel->emitter->base);
        bind_slot(&bindings, "name", "%s", pointer->name);
        bind_slot(&bindings, "count", "%lld", (long long)with_room(kernel, pointer->storage));
        template_add(out, "example_array", &bindings, 0);
    }
}

/* A loop over examples around all nests: `count` rounds of one example, or of a vector of
   examples. */
static void add_examples(Kernel *kernel, Text *out, Position at, int64_t count) {
    Text *nests = text_new(kernel->compiler), *body = text_new(kernel->compiler);
    at.instances = 1;
    at.variable = count > 1 ? "b" : NULL;
    kernel->at[0] = at;
    for (int i = 0; i < kernel->cluster->nest_count; i++)
        kernel_add_nest(kernel, nests, kernel->cluster->nests[i], true);
    declare_example_arrays(kernel, body);
    text_add(body, "%s", nests->bytes);
    if (count == kernel->function->examples && count == 1) {
        text_add(out, "%s", body->bytes);
        return;
    }
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "body", "%s", body->bytes);
    bind_slot(&bindings, "i", "b");
    bind_slot(&bindings, "first", "%lld", (long long)at.first);
    bind_slot(&bindings, "end", "%lld", (long long)(at.first + count * at.width));
    bind_slot(&bindings, "advance", at.width == 1 ? "++" : " += %d", at.width);
    template_add(out, count > 1 ? "loop" : "scope", &bindings, 0);
}

/* Whole vectors of examples, then a masked one or narrower ones. */
static void add_examples_in_lanes(Kernel *kernel, Text *out) {
    const Options *options = &kernel->compiler->options;
    Position at = {.width = lanes_for(options, kernel->function->examples)};
    bool has_masks = machine_of(options)->has_masks;
    while (at.first < kernel->function->examples) {
        int64_t left = kernel->function->examples - at.first;
        if (has_masks && left < at.width) {
            at.width = lanes_for(options, left);
            at.part = (int)(left % at.width);
        }
        int64_t count = left < at.width ? at.part > 0 : left / at.width;
        if (count > 0)
            add_examples(kernel, out, at, count);
        at.first += count * at.width;
        at.width = at.width > lanes_for(options, 1) ? at.width / 2 : 1;
    }
}

/* As lower has left it. */
static void add_loops(Kernel *kernel, Text *out) {
    const LoweredKernel *lowered = kernel->cluster->lowered;
    const Symbols *symbols = lowered->loops->symbols;
    const char **names = NEW_ARRAY(kernel->compiler, const char *, symbols->buffer_count + 1);
    for (int i = 0; i < symbols->buffer_count; i++) {
        if (symbols->buffers[i].is_local)
            continue;
        Pointer *pointer = kernel_pointer(kernel, lowered->accesses[i]->storage);
        pointer->is_written |= symbols->buffers[i].is_written;
        names[i] = pointer->name;
    }
    LoopDraws draws = loops_draws(lowered->loops);
    kernel->uses_random |= draws.any;
    kernel->uses_first |= draws.by_example;
    declare_example_arrays(kernel, out);
    text_add(out, "%s", loops_body_in_c(kernel->emitter, lowered->loops, names));
}

static char *kernel_body(Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    const Cluster *cluster = kernel->cluster;
    if (cluster->lowered)
        add_loops(kernel, out);
    else if (cluster->kind == CLUSTER_EXAMPLES && cluster->examples_in_lanes)
        add_examples_in_lanes(kernel, out);
    else if (cluster->kind == CLUSTER_EXAMPLES)
        add_examples(kernel, out, (Position){.width = 1}, kernel->function->examples);
    else
        for (int i = 0; i < cluster->nest_count; i++)
            if (!cluster->nests[i]->interleaved)
                kernel_add_nest(kernel, out, cluster->nests[i], false);
    return out->bytes;
}

static char *arguments_text(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    for (int i = 0; i < kernel->pointer_count; i++)
        if (kernel->pointers[i].storage->kind != STORAGE_EXAMPLE)
            text_add(out, "%s%s", out->size ? ", " : "",
                     storage_text(kernel->emitter, kernel->pointers[i].storage));
    if (kernel->uses_random)
        text_add(out, "%snet->seed, stream", out->size ? ", " : "");
    if (kernel->uses_first)
        text_add(out, ", work->first");
    return out->bytes;
}

static void reserve_loop(Kernel *kernel, const char *letter) {
    name_reserve(&kernel->pointer_names, letter);
    name_reserve(&kernel->pointer_names, format_text(kernel->compiler, "%s_panel", letter));
    name_reserve(&kernel->pointer_names, format_text(kernel->compiler, "%s_block", letter));
}

/* Names of pointers must differ from loop variables. */
static void open_names(Kernel *kernel) {
    kernel->pointer_names.compiler = kernel->value_names.compiler = kernel->compiler;
    kernel->pointer_names.hides = kernel->value_names.hides = kernel->emitter;
    reserve_loop(kernel, "b");
    int loops = 0;
    for (int n = 0; n < kernel->cluster->nest_count; n++) {
        const Nest *nest = kernel->cluster->nests[n];
        if (nest->loop_count > loops)
            loops = nest->loop_count;
        if (nest->interleaved)
            reserve_loop(kernel, "k");
    }
    for (int i = 0; i < loops; i++)
        reserve_loop(kernel, loop_letters[i]);
}

/* Labels partial sums after their sum: "h.unfinished". */
static void label_partial_sums(Emitter *emitter, const Cluster *cluster) {
    for (int n = 0; n < cluster->nest_count; n++) {
        const Nest *nest = cluster->nests[n];
        if (!nest->partial_sums)
            continue;
        const char *sum = emitter->labels.name[nest->contract->id];
        nest->partial_sums->label =
            format_text(emitter->compiler, "%s.unfinished", sum ? sum : "sum");
    }
}

char *emit_nests(Emitter *emitter, Function *function) {
    Text *calls = text_new(emitter->compiler);
    for (int i = 0; i < function->schedule->cluster_count; i++) {
        Kernel kernel = {.emitter = emitter, .compiler = emitter->compiler, .function = function};
        kernel.cluster = function->schedule->clusters[i];
        label_partial_sums(emitter, kernel.cluster);
        arena_open(emitter->compiler);
        open_names(&kernel);
        const char *body = kernel_body(&kernel), *name = share_kernel(&kernel, body);
        arena_keep(emitter->compiler);
        text_add(calls, "%s(%s);\n", name, arguments_text(&kernel));
        arena_return(emitter->compiler);
        arena_close(emitter->compiler);
    }
    return calls->bytes;
}
