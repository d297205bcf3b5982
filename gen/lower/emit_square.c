/* Transposes in registers. In: a nest of a load and a store, and a square of its two loops. Out:
   the statements. */

#include "lower/nests.h"

/* The address of an instance of a load or store, relative to the square's first. */
static char *address_in(Kernel *kernel, const Instruction *instruction, const Square *square,
                        Instance at) {
    at.number[0] += square->first.number[0];
    at.number[1] += square->first.number[1];
    return instruction_address_text(kernel, instruction, &at);
}

static const Pointer *pointer_of(Kernel *kernel, const Instruction *instruction) {
    Pointer *pointer = kernel_pointer(kernel, instruction->access->storage);
    pointer->is_written |= instruction->kind == INSTRUCTION_STORE;
    return pointer;
}

static const char *element_of(Kernel *kernel, const Instruction *instruction,
                              const Square *square) {
    static const Instance first = {{0}};
    const Pointer *pointer = pointer_of(kernel, instruction);
    return pointer_text(kernel, pointer, address_in(kernel, instruction, square, first));
}

static void add_square_of_scalars(Kernel *kernel, Text *out, const Square *square) {
    const Nest *nest = kernel->nest;
    for (int i = 0; i < square->count[0]; i++)
        for (int j = 0; j < square->count[1]; j++) {
            Bindings bindings = bindings_new(kernel->compiler, kernel->emitter->base);
            for (int s = 0; s < nest->instruction_count; s++)
                bind_slot(&bindings,
                          nest->instructions[s]->kind == INSTRUCTION_STORE ? "to" : "from",
                          "%s[%s]", pointer_of(kernel, nest->instructions[s])->name,
                          address_in(kernel, nest->instructions[s], square, (Instance){{i, j}}));
            template_add(out, "move", &bindings, 0);
        }
}

void instruction_add_square(Kernel *kernel, Text *out, const Square *square) {
    const Nest *nest = kernel->nest;
    const Instruction *load = nest->instructions[0], *store = nest->instructions[1];
    int lanes = nest->loops[0].lanes, across = instruction_stride(load, 0) == 1 ? 0 : 1;
    bool is_whole = square->count[0] == lanes && square->count[1] == lanes;
    if (lanes == 1 || (!is_whole && !machine_of(&kernel->compiler->options)->has_masks)) {
        add_square_of_scalars(kernel, out, square);
        return;
    }
    Bindings bindings = instruction_statement(kernel, lanes);
    bind_slot(&bindings, "from", "%s", element_of(kernel, load, square));
    bind_slot(&bindings, "to", "%s", element_of(kernel, store, square));
    bind_slot(&bindings, "from_stride", "%lld",
              (long long)instruction_distance(kernel, load, 1 - across, &square->first));
    bind_slot(&bindings, "to_stride", "%lld",
              (long long)instruction_distance(kernel, store, across, &square->first));
    bind_slot(&bindings, "rows", "%d", square->count[1 - across]);
    bind_slot(&bindings, "columns", "%d", square->count[across]);
    bind_slot(&bindings, "ahead", "%lld", (long long)nest->prefetch_distance);
    template_add(out,
                 is_whole && nest->prefetch_distance > 0 ? "turn_ahead"
                 : is_whole                              ? "turn"
                                                         : "turn_part",
                 &bindings, 0);
}
