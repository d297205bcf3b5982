/* Statements of kernels. In: steps of a nest and where its loops stand. Out: one statement for
   every instance of a step, by a template of its kind. */

#include "kernel.h"

#include <string.h>

static const char *storage_name(Kernel *kernel, const Storage *storage) {
    switch (storage->kind) {
    case STORAGE_GIVEN:
        return format_text(kernel->compiler, "given_%s", given_names[storage->given]);
    case STORAGE_SHARE:
        return "shares";
    case STORAGE_OUTPUT:
        return graph_output_name(kernel->emitter->program->graph, storage->number);
    case STORAGE_GRADIENT:
        return format_text(kernel->compiler, "d_%s", storage->variable->name);
    case STORAGE_DIRECTION:
        return format_text(kernel->compiler, "direction_%s", storage->variable->name);
    case STORAGE_PRODUCT:
        return format_text(kernel->compiler, "product_%s", storage->variable->name);
    case STORAGE_ARENA:
    case STORAGE_ROW:
        return storage->name;
    default:
        return storage->variable->name;
    }
}

Pointer *kernel_pointer(Kernel *kernel, Storage *storage) {
    if (storage->named_in == kernel->cluster)
        return &kernel->pointers[storage->pointer];
    Pointer pointer = {.storage = storage,
                       .name = name_new(&kernel->pointer_names, storage_name(kernel, storage))};
    storage->named_in = kernel->cluster;
    storage->pointer = kernel->pointer_count;
    PUSH(kernel->compiler, kernel->pointers, kernel->pointer_count, pointer);
    return &kernel->pointers[kernel->pointer_count - 1];
}

/* " + 64 * b", " - j" */
static void add_term(Text *out, int64_t factor, const char *variable) {
    long long size = factor < 0 ? -factor : factor;
    text_add(out, "%s", out->size == 0 ? (factor < 0 ? "-" : "") : factor < 0 ? " - " : " + ");
    if (size != 1)
        text_add(out, "%lld * ", size);
    text_add(out, "%s", variable);
}

char *kernel_address(const Kernel *kernel, int64_t offset, const int64_t *factor,
                     const Instance *instance) {
    Text *out = text_new(kernel->compiler);
    for (int loop = 0; loop < kernel->nest->loop_count; loop++) {
        const Position *at = &kernel->at[loop];
        if (factor[loop] == 0)
            continue;
        if (instance)
            offset += factor[loop] * instance->number[loop] * at->width;
        if (!at->variable)
            offset += factor[loop] * at->first;
        else
            add_term(out, factor[loop], at->variable);
    }
    if (out->size == 0)
        text_add(out, "%lld", (long long)offset);
    else if (offset != 0)
        text_add(out, " %c %lld", offset < 0 ? '-' : '+',
                 (long long)(offset < 0 ? -offset : offset));
    return out->bytes;
}

static bool lane_is_wide(const Kernel *kernel) {
    for (int loop = 0; loop < kernel->nest->loop_count; loop++)
        if (kernel->nest->loops[loop].is_lane && kernel->at[loop].width > 1)
            return true;
    return false;
}

/* How far apart the lanes of an address are. */
static int64_t lane_stride(const Kernel *kernel, const Step *step) {
    for (int loop = 0; loop < kernel->nest->loop_count; loop++)
        if (kernel->nest->loops[loop].is_lane)
            return step->factor[loop];
    return 1;
}

/* A step of an earlier nest is a scalar that it has finished. */
static bool is_wide(const Kernel *kernel, const Step *step) {
    return step->nest == kernel->nest && step->is_vector && lane_is_wide(kernel);
}

static int lane_loop(const Nest *nest) {
    for (int loop = 0; loop < nest->loop_count; loop++)
        if (nest->loops[loop].is_lane)
            return loop;
    return -1;
}

/* An accumulator whose lanes are still to be added up. */
bool step_is_partial(const Kernel *kernel, const Step *step) {
    int lane = lane_loop(kernel->nest);
    return step->kind == STEP_ACCUMULATE && lane >= 0 && kernel->nest->loops[lane].is_summed;
}

static char *instance_name(const Kernel *kernel, const Step *step, const Instance *instance,
                           const char *suffix) {
    Text *out = text_new(kernel->compiler);
    text_add(out, "%s%s", step->name, suffix);
    bool any = false;
    for (int loop = 0; loop < kernel->nest->loop_count; loop++)
        if ((step->varies >> loop & 1) && kernel->at[loop].instances > 1) {
            text_add(out, "_%d", instance->number[loop]);
            any = true;
        }
    if (!any)
        text_add(out, "_0");
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
    bool is_vector = is_wide(kernel, step) && !step_is_partial(kernel, step);
    if (is_inline(step))
        return (Operand){step_expression(kernel, step, instance), is_vector};
    return (Operand){instance_name(kernel, step, instance, ""), is_vector};
}

static char *step_expression(Kernel *kernel, const Step *step, const Instance *instance) {
    Operand operands[3];
    for (int i = 0; i < op_rows[step->op].arity; i++)
        operands[i] = operand_of(kernel, step->steps[i], instance);
    return op_text(kernel->compiler, step->op, operands, is_wide(kernel, step));
}

static const char *splat_text(Kernel *kernel, Operand operand, bool is_vector) {
    return operand.is_vector || !is_vector
               ? operand.text
               : format_text(kernel->compiler, "nn_splat_v(%s)", operand.text);
}

static Bindings statement(const Kernel *kernel, bool is_vector) {
    Bindings bindings = bindings_new(kernel->compiler, kernel->emitter->base);
    bind_slot(&bindings, "type", "%s",
              is_vector                             ? "nn_v"
              : kernel->compiler->options.is_double ? "double"
                                                    : "float");
    bind_slot(&bindings, "suffix", "%s", is_vector ? "v" : "1");
    return bindings;
}

static char *row_text(const Kernel *kernel, const Instance *instance) {
    int64_t one[MAX_NEST_LOOPS] = {0};
    if (kernel->nest->row_loop < 0)
        return format_text(kernel->compiler, "0");
    one[kernel->nest->row_loop] = 1;
    return kernel_address(kernel, 0, one, instance);
}

static void bind_address(Kernel *kernel, Bindings *bindings, const Step *step,
                         const Instance *instance) {
    char *address = kernel_address(kernel, step->offset, step->factor, instance);
    bind_slot(bindings, "address", "%s", address);
    if (!step->access)
        return;
    Pointer *pointer = kernel_pointer(kernel, step->access->storage);
    bind_slot(bindings, "pointer", "%s", pointer->name);
    bool is_first = strcmp(address, "0") == 0;
    bind_slot(bindings, "place", is_first ? "%s" : "%s + %s", pointer->name, address);
    if (step->kind == STEP_STORE)
        pointer->is_written = true;
}

static void add_load(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    bool is_vector = is_wide(kernel, step);
    Bindings bindings = statement(kernel, is_vector);
    bind_address(kernel, &bindings, step, instance);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, ""));
    bind_slot(&bindings, "row", "%s", row_text(kernel, instance));
    int64_t stride = lane_stride(kernel, step);
    bind_slot(&bindings, "stride", "%lld", (long long)stride);
    const char *block = step->kind == STEP_CLASS ? (is_vector ? "class_v" : "class_1")
                        : !is_vector             ? "load_1"
                        : stride == 1            ? "load"
                                                 : "gather";
    template_add(out, block, &bindings, 0);
}

static void add_random(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    Bindings bindings = statement(kernel, is_wide(kernel, step));
    bind_address(kernel, &bindings, step, instance);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, ""));
    bind_slot(&bindings, "distribution", "%s", op_rows[step->node->op].name);
    bind_slot(&bindings, "number", "%d", step->node->number);
    bool per_example = step->node->batched;
    bind_slot(&bindings, "example", per_example ? "first + (uint32_t)(%s)" : "0",
              row_text(kernel, instance));
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
    bool is_vector = is_wide(kernel, step), partial = step_is_partial(kernel, step);
    Bindings bindings = statement(kernel, is_vector);
    bind_slot(&bindings, "value", "%s",
              instance_name(kernel, step, instance,
                            !partial    ? ""
                            : is_vector ? "_part"
                                        : "_rest"));
    Operand value = operand_of(kernel, step->steps[0], instance);
    bind_slot(&bindings, "expression", "%s", splat_text(kernel, value, is_vector));
    template_add(out, step->op == OP_SUM ? "accumulate_sum" : "accumulate_maximum", &bindings, 0);
}

static void add_store(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    bool is_vector = is_wide(kernel, step);
    Bindings bindings = statement(kernel, is_vector);
    bind_address(kernel, &bindings, step, instance);
    bind_slot(&bindings, "expression", "%s",
              splat_text(kernel, operand_of(kernel, step->steps[0], instance), is_vector));
    int64_t stride = lane_stride(kernel, step);
    bind_slot(&bindings, "stride", "%lld", (long long)stride);
    const char *block = !is_vector ? "store_1" : stride == 1 ? "store_v" : "scatter_v";
    template_add(out, block, &bindings, 0);
}

static AddStatement *const add_statement[] = {
    [STEP_LOAD] = add_load,
    [STEP_CLASS] = add_load,
    [STEP_RANDOM] = add_random,
    [STEP_APPLY] = add_apply,
    [STEP_ACCUMULATE] = add_accumulate,
    [STEP_STORE] = add_store,
};

/* Once for every instance of the loops in `loops`. */
void step_instances(Kernel *kernel, Text *out, const Step *step, unsigned loops,
                    AddStatement *add) {
    Instance instance = {{0}};
    for (;;) {
        add(kernel, out, step, &instance);
        int loop = kernel->nest->loop_count - 1;
        for (; loop >= 0; loop--) {
            if (!(loops >> loop & 1))
                continue;
            if (++instance.number[loop] < kernel->at[loop].instances)
                break;
            instance.number[loop] = 0;
        }
        if (loop < 0)
            return;
    }
}

void step_add_statements(Kernel *kernel, Text *out, const Step *step) {
    unsigned loops = step->varies;
    if (is_inline(step))
        return;
    if (step->kind == STEP_ACCUMULATE)
        loops |= nest_summed_loops(kernel->nest);
    if (step->kind == STEP_STORE)
        loops |= step->steps[0]->varies;
    step_instances(kernel, out, step, loops, add_statement[step->kind]);
}

void step_declare(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    int lane = lane_loop(kernel->nest);
    bool partial = step_is_partial(kernel, step);
    bool is_vector = partial || is_wide(kernel, step);
    const char *zero = step->op == OP_SUM ? real_text(kernel->compiler, 0) : "-NN_INFINITY";
    for (int rest = 0; rest < 2; rest++) {
        if (rest &&
            (!partial ||
             kernel->nest->loops[lane].extent % target_lanes(&kernel->compiler->options) == 0))
            return;
        Bindings bindings = statement(kernel, is_vector && !rest);
        bind_slot(&bindings, "value", "%s",
                  instance_name(kernel, step, instance,
                                !partial ? ""
                                : rest   ? "_rest"
                                         : "_part"));
        bind_slot(&bindings, "zero", is_vector && !rest ? "nn_splat_v(%s)" : "%s", zero);
        template_add(out, "accumulator", &bindings, 0);
    }
}

void step_finish(Kernel *kernel, Text *out, const Step *step, const Instance *instance) {
    int lane = lane_loop(kernel->nest);
    bool has_rest =
        kernel->nest->loops[lane].extent % target_lanes(&kernel->compiler->options) != 0;
    Bindings bindings = statement(kernel, false);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, step, instance, ""));
    bind_slot(&bindings, "partial", "%s", instance_name(kernel, step, instance, "_part"));
    bind_slot(&bindings, "rest", "%s", instance_name(kernel, step, instance, "_rest"));
    const char *block = step->op == OP_SUM ? (has_rest ? "finish_sum_rest" : "finish_sum")
                                           : (has_rest ? "finish_maximum_rest" : "finish_maximum");
    template_add(out, block, &bindings, 0);
}

static const char *value_name(const Kernel *kernel, const Node *node) {
    if (node->kind == KIND_GIVEN && given_has_variable(node->given))
        return format_text(kernel->compiler, "%s%s",
                           given_prefix(&kernel->emitter->labels, node->given),
                           node->variable->name);
    if (node->kind == KIND_GIVEN)
        return given_names[node->given];
    if (node->input_count == 0)
        return node->name ? node->name : node->kind == KIND_RANDOM ? "random" : "t";
    const char *label = kernel->emitter->labels.base[node->id];
    return label ? label : "t";
}

void kernel_name_steps(Kernel *kernel) {
    for (int i = 0; i < kernel->nest->step_count; i++) {
        Step *step = kernel->nest->steps[i];
        if (is_inline(step) || step->kind == STEP_STORE)
            continue;
        step->name = name_stem(&kernel->value_names, value_name(kernel, step->node));
    }
}
