/* Outlines the epilogue of a register tile as a C function called once per vector. In: a
   nest whose sums are finished. Out: that function and its calls, or nothing where it would not
   shorten the text. */

#include "lower/nests.h"

#include <string.h>

enum { SAVED_LINES = 12 }; /* statements from which on outlining makes the text easier to read */

typedef struct {
    /* an argument: a value computed outside, or the memory of a load or store */
    const Instruction *instruction;
    bool is_written;
} Passed;

typedef struct {
    Kernel *kernel;
    unsigned loops; /* loops that the tile unrolls, as a set */
    int inside;     /* instructions in the function */
    int value_count, memory_count;
    Passed *values, *memory;
    const Instruction *batch_sum; /* a sum over the batch of a value of the function, or NULL */
    const char *functions[2];     /* for whole vectors, for masked ones */
} Epilogue;

static unsigned instanced(const Kernel *kernel, unsigned loops) {
    unsigned several = 0;
    for (int loop = 0; loop < kernel->nest->loop_count; loop++)
        if (kernel->at[loop].instances > 1)
            several |= loops & 1u << loop;
    return several;
}

/* Whether an instruction is executed once per vector of the tile; others stay in the kernel. */
static bool is_inside(const Epilogue *epilogue, const Instruction *instruction) {
    return instruction_is_in_epilogue(instruction) && !instruction_is_inline(instruction) &&
           instruction->kind != INSTRUCTION_BATCH_SUM &&
           instanced(epilogue->kernel, instruction_loops(epilogue->kernel, instruction)) ==
               epilogue->loops;
}

static void add_value(Epilogue *epilogue, const Instruction *instruction) {
    if (instruction->kind == INSTRUCTION_CONST || is_inside(epilogue, instruction))
        return;
    if (instruction->same) {
        add_value(epilogue, instruction->same);
        return;
    }
    if (instruction_is_inline(instruction)) {
        for (int i = 0; i < 3 && instruction->operands[i]; i++)
            add_value(epilogue, instruction->operands[i]);
        return;
    }
    for (int i = 0; i < epilogue->value_count; i++)
        if (epilogue->values[i].instruction == instruction)
            return;
    Passed new = {.instruction = instruction};
    PUSH(epilogue->kernel->compiler, epilogue->values, epilogue->value_count, new);
}

static bool same_address(const Instruction *a, const Instruction *b) {
    return a->offset == b->offset && memcmp(a->factor, b->factor, sizeof a->factor) == 0;
}

/* False where it cannot be passed: an address that is no pointer, or memory used at two
   addresses. */
static bool add_memory(Epilogue *epilogue, const Instruction *instruction) {
    if (!instruction->access)
        return instruction->kind == INSTRUCTION_APPLY;
    if (instruction->kind == INSTRUCTION_CLASS)
        return false;
    bool is_store = instruction->kind == INSTRUCTION_STORE;
    for (int i = 0; i < epilogue->memory_count; i++) {
        Passed *other = &epilogue->memory[i];
        if (other->instruction->access->storage != instruction->access->storage)
            continue;
        other->is_written |= is_store;
        return same_address(other->instruction, instruction);
    }
    Passed new = {.instruction = instruction, .is_written = is_store};
    PUSH(epilogue->kernel->compiler, epilogue->memory, epilogue->memory_count, new);
    return true;
}

static bool find_parameters(Epilogue *epilogue) {
    const Nest *nest = epilogue->kernel->nest;
    for (int s = 0; s < nest->instruction_count; s++) {
        const Instruction *instruction = nest->instructions[s];
        if (!is_inside(epilogue, instruction))
            continue;
        epilogue->inside++;
        if (!add_memory(epilogue, instruction))
            return false;
        for (int i = 0; i < 3 && instruction->operands[i]; i++)
            add_value(epilogue, instruction->operands[i]);
    }
    return true;
}

/* False where several sums over the batch use values of the function. */
static bool find_batch_sum(Epilogue *epilogue) {
    const Nest *nest = epilogue->kernel->nest;
    for (int s = 0; s < nest->instruction_count; s++) {
        const Instruction *instruction = nest->instructions[s];
        if (instruction->kind != INSTRUCTION_BATCH_SUM ||
            !is_inside(epilogue, instruction->operands[0]))
            continue;
        if (epilogue->batch_sum)
            return false;
        epilogue->batch_sum = instruction;
    }
    return true;
}

static int instance_count(const Kernel *kernel, unsigned loops) {
    int count = 1;
    for (int loop = 0; loop < kernel->nest->loop_count; loop++)
        if (loops >> loop & 1)
            count *= kernel->at[loop].instances;
    return count;
}

static const char *value_type(const Kernel *kernel, Operand value) {
    return lanes_type(kernel->compiler, value.is_vector ? instruction_lanes(kernel) : 1);
}

static const char *parameters_text(const Epilogue *epilogue) {
    Kernel *kernel = epilogue->kernel;
    static const Instance first = {{0}};
    const char *real = real_type(kernel->compiler);
    Text *out = text_new(kernel->compiler);
    for (int i = 0; i < epilogue->value_count; i++) {
        Operand value = instruction_operand(kernel, epilogue->values[i].instruction, &first);
        text_add(out, "%s%s %s", out->size ? ", " : "", value_type(kernel, value), value.text);
    }
    for (int i = 0; i < epilogue->memory_count; i++)
        text_add(out, "%s%s%s *%s", out->size ? ", " : "",
                 epilogue->memory[i].is_written ? "" : "const ", real,
                 kernel_pointer(kernel, epilogue->memory[i].instruction->access->storage)->name);
    return out->bytes;
}

static const char *arguments_text(const Epilogue *epilogue, const Instance *instance) {
    Kernel *kernel = epilogue->kernel;
    Text *out = text_new(kernel->compiler);
    for (int i = 0; i < epilogue->value_count; i++)
        text_add(out, "%s%s", out->size ? ", " : "",
                 instruction_operand(kernel, epilogue->values[i].instruction, instance).text);
    for (int i = 0; i < epilogue->memory_count; i++) {
        const Instruction *instruction = epilogue->memory[i].instruction;
        text_add(out, "%s%s", out->size ? ", " : "",
                 pointer_text(kernel, kernel_pointer(kernel, instruction->access->storage),
                              instruction_address_text(kernel, instruction, instance)));
    }
    return out->bytes;
}

/* The function for an instance: the masked variant for a last partial vector. */
static const char *function_name(Epilogue *epilogue, const Instance *instance) {
    Kernel *kernel = epilogue->kernel;
    const char **name = &epilogue->functions[instance_is_masked(kernel, instance)];
    if (*name)
        return *name;
    Text *body = text_new(kernel->compiler);
    kernel->in_function = true;
    for (int s = 0; s < kernel->nest->instruction_count; s++)
        if (is_inside(epilogue, kernel->nest->instructions[s]))
            instruction_add_at(kernel, body, kernel->nest->instructions[s], instance);
    const char *parameters = parameters_text(epilogue), *type = "void";
    if (epilogue->batch_sum) {
        Operand result = instruction_operand(kernel, epilogue->batch_sum->operands[0], instance);
        text_add(body, "return %s;\n", result.text);
        type = value_type(kernel, result);
    }
    kernel->in_function = false;
    return *name = share_epilogue(kernel, type, parameters, body->bytes);
}

/* Instructions that stay in the kernel. */
static void add_others(const Epilogue *epilogue, Text *out, const Instance *instance) {
    const Nest *nest = epilogue->kernel->nest;
    for (int s = 0; s < nest->instruction_count; s++) {
        const Instruction *instruction = nest->instructions[s];
        if (instruction_is_in_epilogue(instruction) && !is_inside(epilogue, instruction) &&
            instruction != epilogue->batch_sum)
            instruction_add_at(epilogue->kernel, out, instruction, instance);
    }
}

static void add_call(Epilogue *epilogue, Text *out, const Instance *instance) {
    Kernel *kernel = epilogue->kernel;
    Bindings bindings = instruction_statement(kernel, 1);
    bind_slot(&bindings, "function", "%s", function_name(epilogue, instance));
    bind_slot(&bindings, "arguments", "%s", arguments_text(epilogue, instance));
    if (epilogue->batch_sum)
        bind_slot(&bindings, "value", "%s",
                  instruction_operand(kernel, epilogue->batch_sum, instance).text);
    template_add(out, epilogue->batch_sum ? "call_sum" : "call", &bindings, 0);
}

bool epilogue_add_calls(Kernel *kernel, Text *out, unsigned loops) {
    Epilogue epilogue = {.kernel = kernel, .loops = instanced(kernel, loops)};
    int count = instance_count(kernel, epilogue.loops);
    bool is_possible = find_parameters(&epilogue) && find_batch_sum(&epilogue);
    if (!is_possible || (count - 1) * (epilogue.inside - 1) < SAVED_LINES)
        return false;
    Instance instance = {{0}};
    do {
        add_others(&epilogue, out, &instance);
        add_call(&epilogue, out, &instance);
    } while (instance_next(kernel, loops, &instance));
    return true;
}
