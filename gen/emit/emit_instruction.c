/* Statements of kernels. In: instructions of a nest, and the positions of its loops. Out: a
   statement for every instance of an instruction, by the template of its kind. */

#include "emit/kernel.h"

#include <string.h>

/* The loop in lanes at this point. */
static int lane_loop(const Kernel *kernel) {
    const Nest *nest = kernel->nest;
    if (kernel->in_epilogue && nest->epilogue_lane > 0)
        return nest->epilogue_lane - 1;
    for (int loop = 0; loop < nest->loop_count; loop++)
        if (nest->loops[loop].is_lane)
            return loop;
    return -1;
}

int instruction_lanes(const Kernel *kernel) {
    int lane = lane_loop(kernel);
    return lane < 0 ? 1 : kernel->at[lane].width;
}

/* The stride between lanes of an address. */
static int64_t lane_stride(const Kernel *kernel, const Instruction *instruction,
                           const Instance *instance) {
    int lane = lane_loop(kernel);
    if (lane < 0)
        return 1;
    return instruction_distance(kernel, instruction, lane, instance);
}

/* Lanes of an instruction's value here. A value of an earlier nest is a scalar, or has examples in
   lanes. */
static int lanes_of(const Kernel *kernel, const Instruction *instruction) {
    bool is_here = instruction->nest == kernel->nest || kernel->cluster->examples_in_lanes;
    return is_here && instruction->is_vector ? instruction_lanes(kernel) : 1;
}

static bool lanes_are_examples(const Kernel *kernel) {
    int lane = lane_loop(kernel);
    return lane >= 0 && lane == kernel->nest->example_loop;
}

bool instance_is_masked(const Kernel *kernel, const Instance *instance) {
    int lane = lane_loop(kernel);
    return lane >= 0 && kernel->at[lane].part > 0 &&
           instance->number[lane] == kernel->at[lane].instances - 1;
}

/* How many lanes of a masked instance are used; 0: all. */
static int part_of(const Kernel *kernel, const Instruction *instruction, const Instance *instance) {
    bool is_part = lanes_of(kernel, instruction) > 1 && instance_is_masked(kernel, instance);
    return is_part ? kernel->at[lane_loop(kernel)].part : 0;
}

/* Whether an accumulator holds partial sums in its lanes, which are not reduced yet. */
bool instruction_is_unreduced(const Kernel *kernel, const Instruction *instruction) {
    int lane = lane_loop(kernel);
    return instruction->kind == INSTRUCTION_ACCUMULATE && lane >= 0 &&
           kernel->nest->loops[lane].is_summed;
}

static char *instance_name(const Kernel *kernel, const Instruction *instruction,
                           const Instance *instance, const char *suffix) {
    Text *out = text_new(kernel->compiler);
    text_add(out, "%s%s", instruction->name, suffix);
    bool any = false;
    for (int loop = 0; !kernel->in_function && loop < kernel->nest->loop_count; loop++)
        if ((instruction->varies >> loop & 1) && kernel->at[loop].instances > 1) {
            text_add(out, "_%d", instance->number[loop]);
            any = true;
        }
    if (!any)
        text_add(out, "_0");
    return out->bytes;
}

/* The name of partial sum number `number`. */
static char *accumulator_name(const Kernel *kernel, const Instruction *instruction,
                              const Instance *instance, int number) {
    return format_text(kernel->compiler, "%s_%d",
                       instance_name(kernel, instruction, instance, "_part"), number);
}

bool instruction_has_accumulators(const Kernel *kernel, const Instruction *instruction) {
    return instruction->kind == INSTRUCTION_ACCUMULATE && kernel->nest->accumulators > 1;
}

static char *instruction_expression(Kernel *kernel, const Instruction *instruction,
                                    const Instance *instance);

/* Whether an instruction is the product of a multiply-accumulate, which has no name. */
static bool is_product(const Instruction *instruction) {
    return instruction->kind == INSTRUCTION_APPLY && !instruction->node;
}

bool instruction_is_inline(const Instruction *instruction) {
    return instruction->kind == INSTRUCTION_CONST || is_product(instruction) ||
           instruction->is_condition || instruction->same;
}

bool instruction_is_in_epilogue(const Instruction *instruction) {
    return instruction->is_epilogue && !instruction->is_after_examples && !instruction->is_start;
}

Operand instruction_operand(Kernel *kernel, const Instruction *instruction,
                            const Instance *instance) {
    if (instruction->same)
        return instruction_operand(kernel, instruction->same, instance);
    if (instruction->kind == INSTRUCTION_CONST)
        return (Operand){
            real_text(kernel->compiler, instruction->node ? instruction->node->value : 0), false};
    bool is_vector = instruction->is_broadcast ? instruction_lanes(kernel) > 1
                                               : lanes_of(kernel, instruction) > 1;
    is_vector &= !instruction_is_unreduced(kernel, instruction);
    if (is_product(instruction))
        return (Operand){instruction_expression(kernel, instruction, instance), is_vector};
    return (Operand){instance_name(kernel, instruction, instance, ""), is_vector};
}

static char *choice_expression(Kernel *kernel, const Instruction *instruction,
                               const Instance *instance) {
    const Instruction *condition = instruction->operands[0];
    Operand compared[2], chosen[2];
    for (int i = 0; i < 2; i++) {
        compared[i] = instruction_operand(kernel, condition->operands[i], instance);
        chosen[i] = instruction_operand(kernel, instruction->operands[i + 1], instance);
    }
    return choice_text(kernel->compiler, condition->op, compared, chosen,
                       lanes_of(kernel, instruction));
}

static char *instruction_expression(Kernel *kernel, const Instruction *instruction,
                                    const Instance *instance) {
    Operand operands[3];
    if (instruction->op == OP_WHERE && instruction->operands[0]->is_condition)
        return choice_expression(kernel, instruction, instance);
    for (int i = 0; i < op_rows[instruction->op].arity; i++)
        operands[i] = instruction_operand(kernel, instruction->operands[i], instance);
    return op_text(kernel->compiler, instruction->op, operands, lanes_of(kernel, instruction));
}

static const char *instruction_text(Kernel *kernel, const Instruction *instruction,
                                    const Instance *instance, int lanes) {
    return broadcast_text(kernel->compiler, instruction_operand(kernel, instruction, instance),
                          lanes);
}

Bindings instruction_statement(const Kernel *kernel, int lanes) {
    Bindings bindings = bindings_new(kernel->compiler, kernel->emitter->base);
    bind_slot(&bindings, "type", "%s", lanes_type(kernel->compiler, lanes));
    bind_slot(&bindings, "lanes", "%d", lanes);
    return bindings;
}

static char *example_text(const Kernel *kernel, const Instance *instance) {
    int64_t one[MAX_NEST_LOOPS] = {0};
    if (kernel->nest->example_loop < 0)
        return format_text(kernel->compiler, "0");
    one[kernel->nest->example_loop] = 1;
    return kernel_address(kernel, 0, one, instance);
}

static void bind_address(Kernel *kernel, Bindings *bindings, const Instruction *instruction,
                         const Instance *instance) {
    const char *address =
        kernel->in_function ? "0" : instruction_address_text(kernel, instruction, instance);
    bind_slot(bindings, "address", "%s", address);
    bind_slot(bindings, "stride", "%lld", (long long)lane_stride(kernel, instruction, instance));
    bind_slot(bindings, "part", "%d", part_of(kernel, instruction, instance));
    if (!instruction->access)
        return;
    Pointer *pointer = kernel_pointer(kernel, instruction->access->storage);
    bind_slot(bindings, "pointer", "%s", pointer->name);
    bind_slot(bindings, "element", "%s", pointer_text(kernel, pointer, address));
    if (instruction->kind == INSTRUCTION_STORE)
        pointer->is_written = true;
}

/* Whether a value in scratch is one padded row of lanes, so that whole vectors can be loaded: a
   masked load would stall on a masked store that is still in flight. Sums of products are
   excluded: they need zeros in unused lanes. */
static bool is_whole_row(const Kernel *kernel, const Instruction *instruction) {
    int lane = lane_loop(kernel);
    const Access *access = instruction->access;
    if (!access || lane < 0 || access_begin(access) != 0)
        return false;
    const Loop *over = &kernel->nest->loops[lane];
    return (access->storage->kind == STORAGE_EXAMPLE || access->storage->kind == STORAGE_ARENA) &&
           access->storage->count == over->extent && !(over->is_summed && kernel->nest->contract);
}

static const char *load_block(const Kernel *kernel, const Instruction *instruction,
                              const Instance *instance) {
    bool is_wide = lanes_of(kernel, instruction) > 1,
         is_part = part_of(kernel, instruction, instance) > 0;
    if (instruction->kind == INSTRUCTION_CLASS)
        return !is_wide                      ? "class_number"
               : !lanes_are_examples(kernel) ? "class_lanes"
               : is_part                     ? "class_examples_part"
                                             : "class_examples";
    if (!is_wide)
        return instruction->is_broadcast && instruction_lanes(kernel) > 1 ? "load_splat"
                                                                          : "load_number";
    if (lane_stride(kernel, instruction, instance) != 1)
        return is_part ? "gather_part" : "gather";
    return is_part && !is_whole_row(kernel, instruction) ? "load_part" : "load";
}

static const char *store_block(const Kernel *kernel, const Instruction *instruction,
                               const Instance *instance) {
    bool is_part = part_of(kernel, instruction, instance) > 0;
    if (lanes_of(kernel, instruction) == 1)
        return "store_number";
    if (lane_stride(kernel, instruction, instance) != 1)
        return is_part ? "scatter_part" : "scatter";
    return is_part && !is_whole_row(kernel, instruction) ? "store_part" : "store";
}

static void add_load(Kernel *kernel, Text *out, const Instruction *instruction,
                     const Instance *instance) {
    int lanes =
        instruction->is_broadcast ? instruction_lanes(kernel) : lanes_of(kernel, instruction);
    Bindings bindings = instruction_statement(kernel, lanes);
    bind_address(kernel, &bindings, instruction, instance);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, instruction, instance, ""));
    bind_slot(&bindings, "example", "%s", example_text(kernel, instance));
    template_add(out, load_block(kernel, instruction, instance), &bindings, 0);
}

static void add_random(Kernel *kernel, Text *out, const Instruction *instruction,
                       const Instance *instance) {
    Bindings bindings = instruction_statement(kernel, lanes_of(kernel, instruction));
    bind_address(kernel, &bindings, instruction, instance);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, instruction, instance, ""));
    bool is_examples = lanes_of(kernel, instruction) > 1 && lanes_are_examples(kernel);
    bind_slot(&bindings, "distribution", is_examples ? "%s_examples" : "%s",
              op_rows[instruction->node->op].name);
    bind_slot(&bindings, "number", "%d", instruction->node->number);
    bool per_example = instruction->node->batched;
    bind_slot(&bindings, "example", per_example ? "first + (uint32_t)(%s)" : "0",
              example_text(kernel, instance));
    kernel->uses_random = true;
    kernel->uses_first |= per_example;
    template_add(out, "random", &bindings, 0);
}

static void add_apply(Kernel *kernel, Text *out, const Instruction *instruction,
                      const Instance *instance) {
    Bindings bindings = instruction_statement(kernel, lanes_of(kernel, instruction));
    bind_slot(&bindings, "value", "%s", instance_name(kernel, instruction, instance, ""));
    bind_slot(&bindings, "expression", "%s", instruction_expression(kernel, instruction, instance));
    template_add(out, "apply", &bindings, 0);
}

/* A vector with unused lanes set to the neutral element, for a reduction across lanes. */
static const char *counted_text(Kernel *kernel, const Instruction *instruction,
                                const Instance *instance, const char *value) {
    int part =
        instruction_is_unreduced(kernel, instruction) ? part_of(kernel, instruction, instance) : 0;
    if (part == 0)
        return value;
    int lanes = instruction_lanes(kernel);
    return instruction->op == OP_SUM
               ? format_text(kernel->compiler, "nn_part_%d(%s, %d)", lanes, value, part)
               : format_text(kernel->compiler, "nn_part_or_%d(%s, %d, -NN_INFINITY)", lanes, value,
                             part);
}

static const char *partial_suffix(const Kernel *kernel, const Instruction *instruction) {
    return !instruction_is_unreduced(kernel, instruction) ? ""
           : instruction_lanes(kernel) > 1                ? "_part"
                                                          : "_rest";
}

static void add_accumulate(Kernel *kernel, Text *out, const Instruction *instruction,
                           const Instance *instance) {
    int lanes = lanes_of(kernel, instruction);
    Bindings bindings = instruction_statement(kernel, lanes);
    bind_slot(
        &bindings, "value", "%s",
        instruction_has_accumulators(kernel, instruction)
            ? accumulator_name(kernel, instruction, instance,
                               instance->number[kernel->nest->accumulator_loop])
            : instance_name(kernel, instruction, instance, partial_suffix(kernel, instruction)));
    const Instruction *term = instruction->operands[0];
    bool is_fused = is_product(term) && instruction->op == OP_SUM &&
                    machine_of(&kernel->compiler->options)->has_fma;
    for (int i = 0; is_fused && i < 2; i++)
        bind_slot(&bindings, i ? "right" : "left", "%s",
                  instruction_text(kernel, term->operands[i], instance, lanes));
    if (!is_fused)
        bind_slot(&bindings, "expression", "%s",
                  counted_text(kernel, instruction, instance,
                               instruction_text(kernel, term, instance, lanes)));
    template_add(out,
                 is_fused                    ? "accumulate_product"
                 : instruction->op == OP_SUM ? "accumulate_sum"
                                             : "accumulate_maximum",
                 &bindings, 0);
}

static void add_batch_sum(Kernel *kernel, Text *out, const Instruction *instruction,
                          const Instance *instance) {
    int lanes = lanes_of(kernel, instruction);
    Bindings bindings = instruction_statement(kernel, lanes);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, instruction, instance, ""));
    bind_slot(&bindings, "expression", "%s",
              instruction_text(kernel, instruction->operands[0], instance, lanes));
    template_add(out, "accumulate_sum", &bindings, 0);
}

static void add_store(Kernel *kernel, Text *out, const Instruction *instruction,
                      const Instance *instance) {
    int lanes = lanes_of(kernel, instruction);
    Bindings bindings = instruction_statement(kernel, lanes);
    bind_address(kernel, &bindings, instruction, instance);
    bind_slot(&bindings, "expression", "%s",
              instruction_text(kernel, instruction->operands[0], instance, lanes));
    template_add(out, store_block(kernel, instruction, instance), &bindings, 0);
}

static AddStatement *const add_statement[] = {
    [INSTRUCTION_LOAD] = add_load,
    [INSTRUCTION_CLASS] = add_load,
    [INSTRUCTION_RANDOM] = add_random,
    [INSTRUCTION_APPLY] = add_apply,
    [INSTRUCTION_ACCUMULATE] = add_accumulate,
    [INSTRUCTION_STORE] = add_store,
    [INSTRUCTION_BATCH_SUM] = add_batch_sum,
};

static bool instance_advance(const Kernel *kernel, unsigned loops, Instance *instance, int loop) {
    if (!(loops >> loop & 1))
        return false;
    if (++instance->number[loop] < kernel->at[loop].instances)
        return true;
    instance->number[loop] = 0;
    return false;
}

/* The next instance: the loop in lanes turns fastest, then the other loops, the innermost first. */
bool instance_next(const Kernel *kernel, unsigned loops, Instance *instance) {
    int lane = lane_loop(kernel);
    if (lane >= 0 && instance_advance(kernel, loops, instance, lane))
        return true;
    for (int loop = kernel->nest->loop_count - 1; loop >= 0; loop--)
        if (loop != lane && instance_advance(kernel, loops, instance, loop))
            return true;
    return false;
}

void instruction_instances(Kernel *kernel, Text *out, const Instruction *instruction,
                           unsigned loops, AddStatement *add) {
    Instance instance = {{0}};
    do {
        add(kernel, out, instruction, &instance);
    } while (instance_next(kernel, loops, &instance));
}

/* The loops for whose unrolled rounds an instruction has an instance each, as a set. */
unsigned instruction_loops(const Kernel *kernel, const Instruction *instruction) {
    if (instruction->kind == INSTRUCTION_ACCUMULATE)
        return instruction->varies | nest_summed_loops(kernel->nest);
    if (instruction->kind == INSTRUCTION_BATCH_SUM)
        return instruction->varies | 1u << kernel->nest->example_loop;
    return instruction_varies(instruction);
}

void instruction_add_statements(Kernel *kernel, Text *out, const Instruction *instruction) {
    if (!instruction_is_inline(instruction))
        instruction_instances(kernel, out, instruction, instruction_loops(kernel, instruction),
                              add_statement[instruction->kind]);
}

void instruction_add_at(Kernel *kernel, Text *out, const Instruction *instruction,
                        const Instance *instance) {
    for (int loop = 0; loop < kernel->nest->loop_count; loop++)
        if (!(instruction_loops(kernel, instruction) >> loop & 1) && instance->number[loop] != 0)
            return;
    if (!instruction_is_inline(instruction))
        add_statement[instruction->kind](kernel, out, instruction, instance);
}

/* Whether a summed lane loop has a scalar remainder. */
static bool has_rest(const Kernel *kernel, const Instruction *instruction) {
    int lane = lane_loop(kernel);
    if (!instruction_is_unreduced(kernel, instruction) || kernel->nest->loops[lane].masks_rest)
        return false;
    return kernel->nest->loops[lane].extent % kernel->nest->loops[lane].lanes != 0;
}

static void declare(Kernel *kernel, Text *out, Operand first, const char *name, int lanes) {
    Bindings bindings = instruction_statement(kernel, lanes);
    bind_slot(&bindings, "value", "%s", name);
    bind_slot(&bindings, "first", "%s", broadcast_text(kernel->compiler, first, lanes));
    template_add(out, "accumulator", &bindings, 0);
}

/* The initial value of an accumulator. */
static Operand first_of(Kernel *kernel, const Instruction *instruction, const Instance *instance) {
    if (instruction->start)
        return instruction_operand(kernel, instruction->start, instance);
    return (Operand){instruction->op == OP_SUM ? real_text(kernel->compiler, 0) : "-NN_INFINITY",
                     false};
}

void instruction_declare(Kernel *kernel, Text *out, const Instruction *instruction,
                         const Instance *instance) {
    Operand first = first_of(kernel, instruction, instance);
    if (instruction_has_accumulators(kernel, instruction)) {
        for (int i = 0; i < kernel->nest->accumulators; i++)
            declare(kernel, out, first, accumulator_name(kernel, instruction, instance, i),
                    lanes_of(kernel, instruction));
        return;
    }
    if (!instruction_is_unreduced(kernel, instruction)) {
        declare(kernel, out, first, instance_name(kernel, instruction, instance, ""),
                lanes_of(kernel, instruction));
        return;
    }
    declare(kernel, out, first, instance_name(kernel, instruction, instance, "_part"),
            kernel->nest->loops[lane_loop(kernel)].lanes);
    if (has_rest(kernel, instruction))
        declare(kernel, out, first, instance_name(kernel, instruction, instance, "_rest"), 1);
}

void instruction_declare_batch_sum(Kernel *kernel, Text *out, const Instruction *instruction,
                                   const Instance *instance) {
    declare(kernel, out, first_of(kernel, instruction, instance),
            instance_name(kernel, instruction, instance, ""), lanes_of(kernel, instruction));
}

/* Joins `count` partial sums pairwise. */
static const char *accumulators_text(const Kernel *kernel, const Instruction *instruction,
                                     const Instance *instance, int first, int count) {
    if (count == 1)
        return accumulator_name(kernel, instruction, instance, first);
    const char *left = accumulators_text(kernel, instruction, instance, first, count / 2);
    const char *right =
        accumulators_text(kernel, instruction, instance, first + count / 2, count / 2);
    return format_text(kernel->compiler,
                       count == kernel->nest->accumulators ? "%s + %s" : "(%s + %s)", left, right);
}

void instruction_join_accumulators(Kernel *kernel, Text *out, const Instruction *instruction,
                                   const Instance *instance) {
    Bindings bindings = instruction_statement(kernel, lanes_of(kernel, instruction));
    bind_slot(&bindings, "value", "%s", instance_name(kernel, instruction, instance, ""));
    bind_slot(&bindings, "expression", "%s",
              accumulators_text(kernel, instruction, instance, 0, kernel->nest->accumulators));
    template_add(out, "apply", &bindings, 0);
}

void instruction_sum_across(Kernel *kernel, Text *out, const Instruction *instruction) {
    const Nest *nest = kernel->nest;
    int loop = nest->epilogue_lane - 1, lanes = nest->loops[lane_loop(kernel)].lanes;
    Text *vectors = text_new(kernel->compiler);
    for (int i = 0; i < lanes; i++) {
        Instance instance = {{0}};
        instance.number[loop] = i;
        bool is_there = i < kernel->at[loop].instances;
        text_add(vectors, "%s%s", i ? ", " : "",
                 is_there ? instance_name(kernel, instruction, &instance, "_part")
                          : broadcast_text(kernel->compiler, (Operand){"0", false}, lanes));
    }
    Bindings bindings = instruction_statement(kernel, lanes);
    bind_slot(&bindings, "value", "%s_0", instruction->name);
    bind_slot(&bindings, "vectors", "%s", vectors->bytes);
    template_add(out, "sum_across", &bindings, 0);
}

void instruction_finish(Kernel *kernel, Text *out, const Instruction *instruction,
                        const Instance *instance) {
    bool rest = has_rest(kernel, instruction);
    Bindings bindings = instruction_statement(kernel, kernel->nest->loops[lane_loop(kernel)].lanes);
    bind_slot(&bindings, "value", "%s", instance_name(kernel, instruction, instance, ""));
    bind_slot(&bindings, "partial", "%s", instance_name(kernel, instruction, instance, "_part"));
    bind_slot(&bindings, "rest", "%s", instance_name(kernel, instruction, instance, "_rest"));
    const char *block = instruction->op == OP_SUM
                            ? (rest ? "finish_sum_rest" : "finish_sum")
                            : (rest ? "finish_maximum_rest" : "finish_maximum");
    template_add(out, block, &bindings, 0);
}

/* The address of a partial sum between blocks: by example, and by vectors of the tile. */
static void bind_partial_sum(Kernel *kernel, Bindings *bindings, const Instruction *instruction,
                             const Instance *instance) {
    const Nest *nest = kernel->nest;
    int lane = lane_loop(kernel), width = nest->loops[lane].unroll * nest->loops[lane].lanes;
    int64_t factor[MAX_NEST_LOOPS] = {0};
    factor[1] = width;
    char *address =
        kernel_address(kernel, instance->number[lane] * kernel->at[lane].width, factor, instance);
    Pointer *pointer = kernel_pointer(kernel, nest->partial_sums);
    pointer->is_written = true;
    bind_slot(bindings, "element", "%s", pointer_text(kernel, pointer, address));
    bind_slot(bindings, "value", "%s", instance_name(kernel, instruction, instance, ""));
    bind_slot(bindings, "expression", "%s", instance_name(kernel, instruction, instance, ""));
}

void instruction_store_partial(Kernel *kernel, Text *out, const Instruction *instruction,
                               const Instance *instance) {
    Bindings bindings = instruction_statement(kernel, lanes_of(kernel, instruction));
    bind_partial_sum(kernel, &bindings, instruction, instance);
    template_add(out, "store", &bindings, 0);
}

void instruction_load_partial(Kernel *kernel, Text *out, const Instruction *instruction,
                              const Instance *instance) {
    Bindings bindings = instruction_statement(kernel, lanes_of(kernel, instruction));
    bind_partial_sum(kernel, &bindings, instruction, instance);
    template_add(out, "accumulator_again", &bindings, 0);
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

void kernel_name_instructions(Kernel *kernel) {
    for (int i = 0; i < kernel->nest->instruction_count; i++) {
        Instruction *instruction = kernel->nest->instructions[i];
        if (instruction_is_inline(instruction) || instruction->kind == INSTRUCTION_STORE)
            continue;
        instruction->name = name_stem(&kernel->value_names, value_name(kernel, instruction->node));
    }
}
