/* Kernels from nests. In: placed functions. Out: one C function per cluster, and the calls of a core. A step becomes one statement for
   every instance of the unrolled loops that it varies on, as far out as its value allows; the plan decides everything else. */

#include "emit.h"

#include <string.h>

typedef struct {
    const char *variable; /* NULL: the index is the literal `first` */
    int64_t first;
    int instances, width; /* width: lanes of one instance */
} Position;

typedef struct {
    Storage *storage;
    const char *name;
    bool is_written;
} Pointer;

typedef struct {
    Emitter *emitter;
    Compiler *compiler;
    Function *function;
    Cluster *cluster;
    Nest *nest;
    Names pointer_names, value_names; /* apart: values end in the number of an instance, pointers never do */
    Position at[MAX_NEST_LOOPS];
    int pointer_count;
    Pointer *pointers;
    bool uses_random, uses_first;
} Kernel;

/* Which instance, per loop. */
typedef struct {
    int number[MAX_NEST_LOOPS];
} Instance;

static int lanes_of(const Compiler *compiler) {
    if (compiler->options.target == TARGET_C99) return 1;
    return compiler->options.is_double ? 2 : 4;
}

/* ---- names and addresses ---- */

static const char *storage_name(Kernel *kernel, const Storage *storage) {
    switch (storage->kind) {
    case STORAGE_GIVEN: return given_names[storage->given];
    case STORAGE_SHARE: return "share_of";
    case STORAGE_OUTPUT: return kernel->emitter->program->graph->output_names[storage->number];
    case STORAGE_GRADIENT: return format_text(kernel->compiler, "d_%s", storage->variable->name);
    case STORAGE_ARENA:
    case STORAGE_ROW: return storage->name ? storage->name : "t";
    default: return storage->variable->name;
    }
}

static Pointer *pointer_of(Kernel *kernel, Storage *storage) {
    for (int i = 0; i < kernel->pointer_count; i++)
        if (kernel->pointers[i].storage == storage) return &kernel->pointers[i];
    Pointer pointer = {.storage = storage, .name = name_new(&kernel->pointer_names, storage_name(kernel, storage))};
    PUSH(kernel->compiler, kernel->pointers, kernel->pointer_count, pointer);
    return &kernel->pointers[kernel->pointer_count - 1];
}

static char *linear_text(const Kernel *kernel, int64_t offset, const int64_t *factor, const Instance *instance) {
    Text *out = text_new(kernel->compiler);
    for (int loop = 0; loop < kernel->nest->loop_count; loop++) {
        const Position *at = &kernel->at[loop];
        if (factor[loop] == 0) continue;
        if (instance) offset += factor[loop] * instance->number[loop] * at->width;
        if (!at->variable) offset += factor[loop] * at->first;
        else if (factor[loop] == 1) text_add(out, "%s%s", out->size ? " + " : "", at->variable);
        else text_add(out, "%s%lld * %s", out->size ? " + " : "", (long long)factor[loop], at->variable);
    }
    if (out->size == 0) text_add(out, "%lld", (long long)offset);
    else if (offset != 0) text_add(out, " %c %lld", offset < 0 ? '-' : '+', (long long)(offset < 0 ? -offset : offset));
    return out->bytes;
}

static bool lane_is_wide(const Kernel *kernel) {
    for (int loop = 0; loop < kernel->nest->loop_count; loop++)
        if (kernel->nest->loops[loop].is_lane && kernel->at[loop].width > 1) return true;
    return false;
}

static bool is_wide(const Kernel *kernel, const Step *step) {
    return step->is_vector && lane_is_wide(kernel);
}

static int lane_loop(const Nest *nest) {
    for (int loop = 0; loop < nest->loop_count; loop++)
        if (nest->loops[loop].is_lane) return loop;
    return -1;
}

/* An accumulator whose lanes are still to be added up. */
static bool is_partial(const Kernel *kernel, const Step *step) {
    int lane = lane_loop(kernel->nest);
    return step->kind == STEP_ACCUMULATE && lane >= 0 && kernel->nest->loops[lane].is_summed;
}

static char *instance_name(const Kernel *kernel, const Step *step, const Instance *instance, const char *suffix) {
    Text *out = text_new(kernel->compiler);
    text_add(out, "%s%s", step->name, suffix);
    bool any = false;
    for (int loop = 0; loop < kernel->nest->loop_count; loop++)
        if ((step->varies >> loop & 1) && kernel->at[loop].instances > 1) {
            text_add(out, "_%d", instance->number[loop]);
            any = true;
        }
    if (!any) text_add(out, "_0");
    return out->bytes;
}

static char *step_expression(Kernel *kernel, const Step *step, const Instance *instance);

/* The product inside a contraction has no name of its own. */
static bool is_inline(const Step *step) {
    return step->kind == STEP_CONST || (step->kind == STEP_APPLY && !step->node);
}

static Operand operand_of(Kernel *kernel, const Step *step, const Instance *instance) {
    if (step->kind == STEP_CONST) {
        return (Operand){real_text(kernel->compiler, step->node ? step->node->value : 0), false};
    }
    bool is_vector = is_wide(kernel, step) && !is_partial(kernel, step);
    if (is_inline(step)) return (Operand){step_expression(kernel, step, instance), is_vector};
    return (Operand){instance_name(kernel, step, instance, ""), is_vector};
}

static char *step_expression(Kernel *kernel, const Step *step, const Instance *instance) {
    Operand operands[3];
    for (int i = 0; i < op_rows[step->op].arity; i++) operands[i] = operand_of(kernel, step->steps[i], instance);
    return op_text(kernel->compiler, step->op, operands, is_wide(kernel, step));
}

static const char *splat_text(Kernel *kernel, Operand operand, bool is_vector) {
    return operand.is_vector || !is_vector ? operand.text : format_text(kernel->compiler, "nn_splat_v(%s)", operand.text);
}

/* ---- one statement ---- */

static Bindings statement(const Kernel *kernel, bool is_vector) {
    Bindings bindings = bindings_new(kernel->compiler, kernel->emitter->base);
    bind_slot(&bindings, "type", "%s", is_vector ? "nn_v" : kernel->compiler->options.is_double ? "double" : "float");
    bind_slot(&bindings, "suffix", "%s", is_vector ? "v" : "1");
    return bindings;
}

static char *row_text(const Kernel *kernel, const Instance *instance) {
    int64_t one[MAX_NEST_LOOPS] = {0};
    if (kernel->nest->row_loop < 0) return format_text(kernel->compiler, "0");
    one[kernel->nest->row_loop] = 1;
    return linear_text(kernel, 0, one, instance);
}

static void bind_address(Kernel *kernel, Bindings *bindings, const Step *step, const Instance *instance) {
    bind_slot(bindings, "address", "%s", linear_text(kernel, step->offset, step->factor, instance));
    if (!step->access) return;
    Pointer *pointer = pointer_of(kernel, step->access->storage);
    bind_slot(bindings, "pointer", "%s", pointer->name);
    if (step->kind == STEP_STORE) pointer->is_written = true;
}

static void add_load(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    bool is_vector = is_wide(kernel, step);
    Bindings bindings = statement(kernel, is_vector);
    bind_address(kernel, &bindings, step, instance);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, ""));
    bind_slot(&bindings, "row", "%s", row_text(kernel, instance));
    const char *block = step->kind == STEP_CLASS ? (is_vector ? "class_v" : "class_1") : is_vector ? "load" : "load_1";
    template_add(out, block, &bindings, 0);
}

static void add_random(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    Bindings bindings = statement(kernel, is_wide(kernel, step));
    bind_address(kernel, &bindings, step, instance);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, ""));
    bind_slot(&bindings, "distribution", "%s", op_rows[step->node->op].name);
    bind_slot(&bindings, "number", "%d", step->node->number);
    bool per_example = step->node->batched;
    bind_slot(&bindings, "example", per_example ? "first + (uint32_t)(%s)" : "0", row_text(kernel, instance));
    kernel->uses_random = true;
    kernel->uses_first |= per_example;
    template_add(out, "random", &bindings, 0);
}

static void add_apply(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    Bindings bindings = statement(kernel, is_wide(kernel, step));
    bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, ""));
    bind_slot(&bindings, "expression", "%s", step_expression(kernel, step, instance));
    template_add(out, "apply", &bindings, 0);
}

static void add_accumulate(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    bool is_vector = is_wide(kernel, step), partial = is_partial(kernel, step);
    Bindings bindings = statement(kernel, is_vector);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, !partial ? "" : is_vector ? "_part" : "_rest"));
    Operand value = operand_of(kernel, step->steps[0], instance);
    bind_slot(&bindings, "expression", "%s", splat_text(kernel, value, is_vector));
    template_add(out, step->op == OP_SUM ? "accumulate_sum" : "accumulate_maximum", &bindings, 0);
}

static void add_store(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    bool is_vector = is_wide(kernel, step);
    Bindings bindings = statement(kernel, is_vector);
    bind_address(kernel, &bindings, step, instance);
    bind_slot(&bindings, "expression", "%s", splat_text(kernel, operand_of(kernel, step->steps[0], instance), is_vector));
    template_add(out, is_vector ? "store_v" : "store_1", &bindings, 0);
}

typedef void AddStatement(Kernel *kernel, Text *out, const Step *step, const Instance *instance);
static AddStatement *const add_statement[] = {
    [STEP_LOAD] = add_load,   [STEP_CLASS] = add_load,           [STEP_RANDOM] = add_random,
    [STEP_APPLY] = add_apply, [STEP_ACCUMULATE] = add_accumulate, [STEP_STORE] = add_store,
};

/* Once for every instance of the loops in `loops`. */
static void for_instances(Kernel *kernel, Text *out, const Step *step, unsigned loops, AddStatement *add) {
    Instance instance = {{0}};
    for (;;) {
        add(kernel, out, step, &instance);
        int loop = kernel->nest->loop_count - 1;
        for (; loop >= 0; loop--) {
            if (!(loops >> loop & 1)) continue;
            if (++instance.number[loop] < kernel->at[loop].instances) break;
            instance.number[loop] = 0;
        }
        if (loop < 0) return;
    }
}

static unsigned summed_loops(const Nest *nest) {
    unsigned loops = 0;
    for (int i = 0; i < nest->loop_count; i++)
        if (nest->loops[i].is_summed) loops |= 1u << i;
    return loops;
}

static void add_step(Kernel *kernel, Text *out, const Step *step) {
    unsigned loops = step->varies;
    if (is_inline(step)) return;
    if (step->kind == STEP_ACCUMULATE) loops |= summed_loops(kernel->nest);
    if (step->kind == STEP_STORE) loops |= step->steps[0]->varies;
    for_instances(kernel, out, step, loops, add_statement[step->kind]);
}

/* ---- loops ---- */

static int kept_count(const Nest *nest) {
    int count = 0;
    while (count < nest->loop_count && !(nest->has_sums && nest->loops[count].is_summed)) count++;
    return count;
}

/* The loop inside which a body step stands: the innermost one that its value varies on; under guards the innermost of all. */
static int step_depth(const Nest *nest, const Step *step) {
    unsigned varies = step->kind == STEP_STORE ? step->varies | step->steps[0]->varies : step->varies;
    if (nest->guard_count > 0 || step->kind == STEP_ACCUMULATE) return nest->loop_count - 1;
    int depth = nest->loop_count - 1;
    while (depth >= 0 && !(varies >> depth & 1)) depth--;
    return depth;
}

static void add_body_steps(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    for (int i = 0; i < nest->step_count; i++)
        if (!nest->steps[i]->is_tail && step_depth(nest, nest->steps[i]) == depth) add_step(kernel, out, nest->steps[i]);
}

static void add_inner(Kernel *kernel, Text *out, int depth);

static char *guard_text(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    for (int i = 0; i < kernel->nest->guard_count; i++) {
        const Guard *guard = &kernel->nest->guards[i];
        char *index = linear_text(kernel, guard->offset, guard->factor, NULL);
        text_add(out, "%s%s >= 0 && %s < %lld", i ? " && " : "", index, index, (long long)guard->bound);
    }
    return out->bytes;
}

static void add_guarded(Kernel *kernel, Text *out, int depth) {
    bool is_innermost = depth == kernel->nest->loop_count - 1;
    if (!is_innermost || kernel->nest->guard_count == 0) {
        add_body_steps(kernel, out, depth);
        return;
    }
    Text *body = text_new(kernel->compiler);
    add_body_steps(kernel, body, depth);
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "guard", "%s", guard_text(kernel));
    bind_slot(&bindings, "body", "%s", body->bytes);
    template_add(out, "guard", &bindings, 0);
}

static const char *const loop_letters[MAX_NEST_LOOPS] = {"i", "j", "k", "l", "m", "n", "o", "p", "q"};

static const char *loop_variable(const Kernel *kernel, int loop) {
    int letter = 0;
    if (loop == kernel->nest->row_loop) return "b";
    for (int i = 0; i < loop; i++) letter += i != kernel->nest->row_loop;
    return loop_letters[letter];
}

/* One stretch of a loop: `count` rounds of `instances` instances of `width` lanes, from `first` on. */
static void add_range(Kernel *kernel, Text *out, int depth, Position range, int64_t count) {
    bool is_whole = range.first == 0 && count * range.instances * range.width == kernel->nest->loops[depth].extent;
    Text *body = text_new(kernel->compiler);
    int64_t step = (int64_t)range.instances * range.width;
    range.variable = count > 1 ? loop_variable(kernel, depth) : NULL;
    kernel->at[depth] = range;
    add_guarded(kernel, body, depth);
    add_inner(kernel, body, depth + 1);
    if (is_whole && count == 1) {
        text_add(out, "%s", body->bytes);
        return;
    }
    Bindings bindings = bindings_new(kernel->compiler, NULL);
    bind_slot(&bindings, "body", "%s", body->bytes);
    bind_slot(&bindings, "first", "%lld", (long long)range.first);
    bind_slot(&bindings, "end", "%lld", (long long)(range.first + count * step));
    bind_slot(&bindings, "step", "%lld", (long long)step);
    bind_slot(&bindings, "i", "%s", range.variable ? range.variable : "");
    template_add(out, count > 1 ? "loop" : "scope", &bindings, 0);
}

/* Full tiles, then what is left in one go; of a lane loop full vectors before single numbers. */
static void add_loop(Kernel *kernel, Text *out, int depth) {
    const Loop *loop = &kernel->nest->loops[depth];
    int64_t first = 0;
    for (int width = loop->is_lane ? lanes_of(kernel->compiler) : 1;; width = 1) {
        int64_t left = (loop->extent - first) / width, count = left / loop->unroll, rest = left % loop->unroll;
        if (width == 1 && loop->is_lane) count = 0, rest = left;
        Position full = {.first = first, .instances = loop->unroll, .width = width};
        if (count > 0) add_range(kernel, out, depth, full, count);
        first += count * loop->unroll * width;
        Position partial = {.first = first, .instances = (int)rest, .width = width};
        if (rest > 0) add_range(kernel, out, depth, partial, 1);
        first += rest * width;
        if (width == 1) return;
    }
}

static void declare_accumulator(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    int lane = lane_loop(kernel->nest);
    bool partial = is_partial(kernel, step);
    bool is_vector = partial || is_wide(kernel, step);
    const char *zero = step->op == OP_SUM ? real_text(kernel->compiler, 0) : "-NN_INFINITY";
    for (int rest = 0; rest < 2; rest++) {
        if (rest && (!partial || kernel->nest->loops[lane].extent % lanes_of(kernel->compiler) == 0)) return;
        Bindings bindings = statement(kernel, is_vector && !rest);
        bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, !partial ? "" : rest ? "_rest" : "_part"));
        bind_slot(&bindings, "zero", is_vector && !rest ? "nn_splat_v(%s)" : "%s", zero);
        template_add(out, "accumulator", &bindings, 0);
    }
}

static void finish_accumulator(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    int lane = lane_loop(kernel->nest);
    bool has_rest = kernel->nest->loops[lane].extent % lanes_of(kernel->compiler) != 0;
    Bindings bindings = statement(kernel, false);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, ""));
    bind_slot(&bindings, "partial", "%s", instance_name(kernel, step, instance, "_part"));
    bind_slot(&bindings, "rest", "%s", instance_name(kernel, step, instance, "_rest"));
    const char *block = step->op == OP_SUM ? (has_rest ? "finish_sum_rest" : "finish_sum")
                                           : (has_rest ? "finish_maximum_rest" : "finish_maximum");
    template_add(out, block, &bindings, 0);
}

/* Sums begin at zero here, run over the summed loops, and are finished; then the tail. */
static void add_sums(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    for (int i = 0; i < nest->step_count; i++)
        if (nest->steps[i]->kind == STEP_ACCUMULATE)
            for_instances(kernel, out, nest->steps[i], nest->steps[i]->varies, declare_accumulator);
    if (depth < nest->loop_count) add_loop(kernel, out, depth);
    else if (depth > 0)
        for (int i = 0; i < nest->step_count; i++)
            if (nest->steps[i]->kind == STEP_ACCUMULATE) add_step(kernel, out, nest->steps[i]);
    for (int i = 0; i < nest->step_count; i++)
        if (is_partial(kernel, nest->steps[i]))
            for_instances(kernel, out, nest->steps[i], nest->steps[i]->varies, finish_accumulator);
    for (int i = 0; i < nest->step_count; i++)
        if (nest->steps[i]->is_tail) add_step(kernel, out, nest->steps[i]);
}

static void add_inner(Kernel *kernel, Text *out, int depth) {
    const Nest *nest = kernel->nest;
    if (nest->has_sums && depth == kept_count(nest)) add_sums(kernel, out, depth);
    else if (depth < nest->loop_count) add_loop(kernel, out, depth);
}

static void name_steps(Kernel *kernel) {
    for (int i = 0; i < kernel->nest->step_count; i++) {
        Step *step = kernel->nest->steps[i];
        if (is_inline(step) || step->kind == STEP_STORE) continue;
        const char *name = step->node->name ? step->node->name : step->node->kind == KIND_GIVEN ? given_names[step->node->given] : "t";
        step->name = name_new(&kernel->value_names, name);
    }
}

static void add_nest(Kernel *kernel, Text *out, Nest *nest, bool in_rows) {
    kernel->nest = nest;
    memset(&kernel->at[in_rows], 0, sizeof kernel->at - (size_t)in_rows * sizeof *kernel->at);
    name_steps(kernel);
    int first = in_rows ? 1 : 0;
    Text *body = text_new(kernel->compiler);
    for (int depth = -1; depth < first; depth++) add_guarded(kernel, body, depth);
    add_inner(kernel, body, first);
    text_add(out, "%s", body->bytes);
}

/* ---- the kernel ---- */

static void declare_row_arrays(Kernel *kernel, Text *out) {
    for (int i = 0; i < kernel->pointer_count; i++) {
        Pointer *pointer = &kernel->pointers[i];
        if (pointer->storage->kind != STORAGE_ROW) continue;
        Bindings bindings = bindings_new(kernel->compiler, kernel->emitter->base);
        bind_slot(&bindings, "name", "%s", pointer->name);
        bind_slot(&bindings, "count", "%lld", (long long)pointer->storage->count);
        template_add(out, "row_array", &bindings, 0);
    }
}

static char *kernel_body(Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    bool in_rows = kernel->cluster->kind == CLUSTER_ROWS;
    kernel->at[0] = (Position){.variable = in_rows && kernel->function->rows > 1 ? "b" : NULL, .instances = 1, .width = 1};
    for (int i = 0; i < kernel->cluster->nest_count; i++) add_nest(kernel, out, kernel->cluster->nests[i], in_rows);
    if (!in_rows) return out->bytes;
    Text *rows = text_new(kernel->compiler), *body = text_new(kernel->compiler);
    declare_row_arrays(kernel, body);
    text_add(body, "%s", out->bytes);
    if (kernel->function->rows == 1) return body->bytes;
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
        if (pointer->storage->kind == STORAGE_ROW) continue;
        const char *type = pointer->storage->kind == STORAGE_CLASSES ? "int32_t" : real;
        text_add(out, "%s%s%s *restrict %s", out->size ? ", " : "", pointer->is_written ? "" : "const ", type, pointer->name);
    }
    if (kernel->uses_random) text_add(out, "%suint64_t seed, uint32_t step", out->size ? ", " : "");
    if (kernel->uses_first) text_add(out, ", uint32_t first");
    if (out->size == 0) text_add(out, "void");
    return out->bytes;
}

static char *arguments_text(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    for (int i = 0; i < kernel->pointer_count; i++)
        if (kernel->pointers[i].storage->kind != STORAGE_ROW)
            text_add(out, "%s%s", out->size ? ", " : "", storage_text(kernel->emitter, kernel->pointers[i].storage));
    if (kernel->uses_random) text_add(out, "%snet->seed, stream", out->size ? ", " : "");
    if (kernel->uses_first) text_add(out, ", work->first");
    return out->bytes;
}

static bool is_shown(const Kernel *kernel, const Node *node) {
    for (int i = 0; i < kernel->function->store_count; i++)
        if (kernel->function->stores[i].value == node) return true;
    return node->in_memory || node->name;
}

/* The formulas of all that the cluster leaves, with the line of the model that the first comes from. */
static char *kernel_formula(const Kernel *kernel) {
    Text *out = text_new(kernel->compiler);
    const char *place = "";
    for (int n = 0; n < kernel->cluster->nest_count; n++)
        for (int i = 0; i < kernel->cluster->nests[n]->node_count; i++) {
            const Node *node = kernel->cluster->nests[n]->nodes[i];
            if (!*place) place = place_text(kernel->compiler, node->place);
            if (is_shown(kernel, node)) text_add(out, "%s%s", out->size ? "\n   " : "", formula_text(kernel->compiler, node));
        }
    if (*place) text_add(out, "   (%s)", place);
    return out->bytes;
}

/* "update_h_weight", "gradient_h_weight", or the last value that has a name. */
static const char *node_title(const Kernel *kernel, const Node *node) {
    for (int s = 0; s < kernel->function->store_count; s++) {
        const Store *store = &kernel->function->stores[s];
        if (store->value != node) continue;
        if (store->kind == STORE_VARIABLE && store->variable->kind == VARIABLE_PARAM)
            return format_text(kernel->compiler, "update_%s", store->variable->name);
        if (store->kind == STORE_GRADIENT) return format_text(kernel->compiler, "gradient_%s", store->variable->name);
        if (store->kind == STORE_COST) return "cost";
    }
    return node->name;
}

static const char *cluster_name(const Kernel *kernel) {
    const char *name = NULL;
    if (kernel->function->kind == FUNCTION_INIT) return "initial";
    for (int n = 0; n < kernel->cluster->nest_count; n++)
        for (int i = 0; i < kernel->cluster->nests[n]->node_count; i++) {
            const char *title = node_title(kernel, kernel->cluster->nests[n]->nodes[i]);
            if (title && !(name && strncmp(name, "update_", 7) == 0)) name = title;
        }
    if (name) return name;
    return kernel->cluster->kind == CLUSTER_CONTRACT ? "product" : kernel->cluster->kind == CLUSTER_PLAIN ? "scalars" : "values";
}

/* Equal kernels of different functions are one: what differs is passed to them. */
static const char *share_kernel(Kernel *kernel, const char *body) {
    Emitter *emitter = kernel->emitter;
    char *parameters = parameters_text(kernel);
    char *key = format_text(emitter->compiler, "%s\n%s", parameters, body);
    for (int i = 0; i < emitter->shared_count; i++)
        if (strcmp(emitter->shared_bodies[i], key) == 0) return emitter->shared_names[i];
    const char *wanted = format_text(emitter->compiler, "%s_%s", emitter->net, cluster_name(kernel));
    const char *name = name_new(&emitter->kernel_names, wanted);
    int count = emitter->shared_count;
    PUSH(emitter->compiler, emitter->shared_bodies, count, key);
    PUSH(emitter->compiler, emitter->shared_names, emitter->shared_count, name);
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
    PUSH(kernel->compiler, kernel->pointer_names.used, kernel->pointer_names.count, "b");
    for (size_t i = 0; i < sizeof loop_letters / sizeof *loop_letters; i++)
        PUSH(kernel->compiler, kernel->pointer_names.used, kernel->pointer_names.count, loop_letters[i]);
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
