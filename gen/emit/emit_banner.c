/* The tables at the top of net.c. In: placed functions whose cores are written. Out: lines for
   the template: costs of the public functions, offsets in the structs, costs and memory of
   values of prediction and of a training step. templates/net.h declares the structs in the order
   used here. */

#include "emit/emitter.h"

#include <string.h>

static const char *list_text(Compiler *compiler, int64_t first, int64_t second) {
    return shape_text(compiler, shape_of(second ? 2 : 1, (int64_t[]){first, second}));
}

/* ---- functions ---- */

static bool is_public(const Function *function) {
    return function->kind != FUNCTION_INIT && function->kind != FUNCTION_EVALUATE &&
           function->kind != FUNCTION_FINISH;
}

static void bind_functions(Emitter *emitter, Bindings *base) {
    const Program *program = emitter->program;
    Compiler *compiler = emitter->compiler;
    Table table = {.compiler = compiler,
                   .headings = {[TABLE_NAME] = "function",
                                [TABLE_SHAPE] = "examples",
                                [TABLE_EXAMPLE] = "FLOPs/example",
                                [TABLE_CALL] = "FLOPs/call",
                                [TABLE_BYTES] = "arena bytes"}};
    for (int i = 0; i < program->function_count; i++) {
        const Function *function = program->functions[i];
        if (!is_public(function))
            continue;
        Entry entry = {.name = function->name, .offset = -1};
        if (function->kind != FUNCTION_UPDATE)
            entry.shape = format_text(compiler, "%lld", (long long)function->examples);
        entry.flops = flops_of_function(function);
        entry.bytes = function->schedule->arena_size * real_bytes(&compiler->options);
        table_add(&table, entry);
    }
    bind_table(base, "functions", &table);
}

/* ---- structs ---- */

/* A struct whose members are being laid out. */
typedef struct {
    Compiler *compiler;
    Table table;
    int64_t end;
} Members;

static int64_t aligned(int64_t offset, int64_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

static Members members_new(Compiler *compiler, const char *title) {
    return (Members){.compiler = compiler,
                     .table = {.compiler = compiler,
                               .headings = {[TABLE_NAME] = title,
                                            [TABLE_SHAPE] = "shape",
                                            [TABLE_KEPT] = "kept as",
                                            [TABLE_OFFSET] = "offset",
                                            [TABLE_BYTES] = "bytes"}}};
}

static void add_member(Members *members, Entry entry, int64_t alignment) {
    entry.offset = aligned(members->end, alignment);
    members->end = entry.offset + entry.bytes;
    table_add(&members->table, entry);
}

static void add_reals(Members *members, Entry entry, int64_t count) {
    int64_t size = real_bytes(&members->compiler->options);
    entry.bytes = count * size;
    add_member(members, entry, size);
}

static void add_integer(Members *members, const char *name, int64_t bytes) {
    const char *type = bytes == 8 ? "uint64_t" : "uint32_t";
    add_member(members, (Entry){.name = name, .kept = type, .bytes = bytes}, bytes);
}

static void bind_members(Members *members, Bindings *base, const char *list) {
    int64_t size = aligned(members->end, struct_alignment(&members->compiler->options));
    members->table.total = (Entry){.name = "in all", .offset = -1, .bytes = size};
    bind_table(base, list, &members->table);
}

char *kept_text_of_variable(Emitter *emitter, const Variable *variable) {
    LayoutOf of = layout_subject_of_variable(&emitter->compiler->options, variable);
    return layout_kept_text(emitter->compiler, layout_of_variable(emitter->layouts, variable), &of);
}

static Entry variable_entry(Emitter *emitter, const Variable *variable) {
    return (Entry){.name = variable->name,
                   .shape = shape_text(emitter->compiler, variable->shape),
                   .kept = kept_text_of_variable(emitter, variable),
                   .bytes = shape_count(variable->shape) * real_bytes(&emitter->compiler->options)};
}

static void bind_net(Emitter *emitter, Bindings *base) {
    const Graph *graph = emitter->program->graph;
    Members members = members_new(emitter->compiler, emitter->self);
    emitter->member_offset = NEW_ARRAY(emitter->compiler, int64_t, graph->variable_count + 1);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (variable_is_data(variable))
            continue;
        members.end = aligned(members.end, struct_alignment(&emitter->compiler->options));
        emitter->member_offset[i] = members.end;
        add_reals(&members, variable_entry(emitter, variable), shape_count(variable->shape));
    }
    add_integer(&members, "seed", 8);
    add_integer(&members, "step", 8);
    add_integer(&members, "epoch", 4);
    add_integer(&members, "epochs", 4);
    bind_members(&members, base, "net_members");
}

static void bind_gradients(Emitter *emitter, Bindings *base, int64_t offset) {
    const Graph *graph = emitter->program->graph;
    Members block = members_new(emitter->compiler, "in gradients");
    block.end = offset;
    emitter->gradient_offset = NEW_ARRAY(emitter->compiler, int64_t, graph->variable_count + 1);
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        if (emitter->gradient_at[i] < 0)
            continue;
        emitter->gradient_offset[i] = block.end;
        add_reals(&block, variable_entry(emitter, variable), shape_count(variable->shape));
    }
    if (block.table.count > 0)
        bind_table(base, "gradient_members", &block.table);
}

/* The padded copy of an incomplete batch or group of a field. */
static void add_examples(Emitter *emitter, Members *members, const Variable *variable,
                         int64_t examples) {
    int64_t count = shape_count(variable->shape);
    Entry entry = {.name = format_text(emitter->compiler, "rows_%s", field_name(emitter, variable)),
                   .shape = list_text(emitter->compiler, examples, variable->onehot ? 0 : count)};
    if (!variable->onehot) {
        add_reals(members, entry, examples * count);
        return;
    }
    entry.kept = "int32_t";
    entry.bytes = examples * 4;
    add_member(members, entry, 4);
}

static void add_fields(Emitter *emitter, Members *members, VariableKind kind, int64_t examples) {
    const Graph *graph = emitter->program->graph;
    for (int i = 0; i < graph->variable_count; i++)
        if (graph->variables[i]->kind == kind)
            add_examples(emitter, members, graph->variables[i], examples);
}

static void bind_work(Emitter *emitter, Bindings *base, const Function *train_step) {
    Compiler *compiler = emitter->compiler;
    Members members = members_new(compiler, format_text(compiler, "%s_work", emitter->net));
    int64_t arena = arena_of(emitter, ARENA_X86_64, false),
            gradients = emitter->gradient_count ? emitter->gradient_count : 1;
    add_reals(&members, (Entry){.name = "arena", .shape = list_text(compiler, arena, 0)}, arena);
    int64_t block = members.end;
    add_reals(&members, (Entry){.name = "gradients", .shape = list_text(compiler, gradients, 0)},
              gradients);
    static const char *const of_hessian[] = {"direction", "product"};
    for (int i = 0; i < 2 && program_function(emitter->program, FUNCTION_HESSIAN); i++)
        add_reals(&members,
                  (Entry){.name = of_hessian[i], .shape = list_text(compiler, gradients, 0)},
                  gradients);
    add_reals(&members,
              (Entry){.name = "share", .shape = list_text(compiler, train_step->examples, 0)},
              train_step->examples);
    add_fields(emitter, &members, VARIABLE_INPUT, train_step->examples);
    add_fields(emitter, &members, VARIABLE_TARGET, train_step->examples);
    add_integer(&members, "count", 8);
    add_integer(&members, "first", 4);
    if (program_function(emitter->program, FUNCTION_UPDATE))
        add_integer(&members, "ready", 4);
    bind_members(&members, base, "work_members");
    bind_gradients(emitter, base, block);
}

static void bind_predict_work(Emitter *emitter, Bindings *base, const Function *group) {
    Compiler *compiler = emitter->compiler;
    const Graph *graph = emitter->program->graph;
    Members members = members_new(compiler, format_text(compiler, "%s_predict_work", emitter->net));
    int64_t arena = arena_of(emitter, ARENA_X86_64, true);
    add_reals(&members, (Entry){.name = "arena", .shape = list_text(compiler, arena, 0)}, arena);
    add_fields(emitter, &members, VARIABLE_INPUT, group->examples);
    for (int i = 0; i < graph->output_count; i++) {
        int64_t count = shape_count(graph->outputs[i]->shape);
        Entry entry = {.name = format_text(compiler, "rows_%s", output_name(emitter, i)),
                       .shape = list_text(compiler, group->examples, count)};
        add_reals(&members, entry, group->examples * count);
    }
    add_integer(&members, "first", 4);
    bind_members(&members, base, "predict_work_members");
}

/* ---- plans ---- */

static void bind_plans(Emitter *emitter, Bindings *base) {
    const Program *program = emitter->program;
    Table table = {.compiler = emitter->compiler,
                   .headings = {[TABLE_NAME] = "C function", [TABLE_WHERE] = "plan"},
                   .wraps = true};
    size_t prefix = strlen(emitter->net) + 1;
    for (int i = 0; i < program->function_count; i++) {
        const Function *function = program->functions[i];
        if (is_public(function) && function->schedule->is_straight)
            table_add(&table, (Entry){.name = function->name,
                                      .where = straight_plan_text(function),
                                      .offset = -1,
                                      .bytes = -1});
    }
    for (int i = 0; i < emitter->shared_count; i++) {
        const SharedKernel *kernel = &emitter->shared[i];
        if (kernel->plan)
            table_add(&table, (Entry){.name = kernel->name + prefix,
                                      .where = kernel->plan,
                                      .offset = -1,
                                      .bytes = -1});
    }
    if (table.count > 0)
        bind_table(base, "plans", &table);
}

void bind_banner(Emitter *emitter, Bindings *base) {
    const Program *program = emitter->program;
    const Function *predict = program_function(program, FUNCTION_PREDICT),
                   *group = program_function(program, FUNCTION_PREDICT_BATCH),
                   *train_step = program_function(program, FUNCTION_TRAIN_STEP);
    bind_functions(emitter, base);
    bind_net(emitter, base);
    if (train_step)
        bind_work(emitter, base, train_step);
    if (group)
        bind_predict_work(emitter, base, group);
    if (predict)
        bind_values(emitter, base, predict);
    if (train_step)
        bind_values(emitter, base, train_step);
    bind_plans(emitter, base);
}
