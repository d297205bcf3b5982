/* Addresses in kernels. In: instructions with affine addresses, and the positions of loops. Out:
   the kernel's pointers, and text such as "h_weight + 64 * b + i + 3". */

#include "emit/kernel.h"

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
    case STORAGE_EXAMPLE:
    case STORAGE_TABLE:
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

/* The base that a loop variable is added to, or NULL. */
static const char *base_text(const Kernel *kernel, const Position *at) {
    if (at->block && at->base)
        return format_text(kernel->compiler, "(%s + %s)", at->block, at->base);
    return at->block ? at->block : at->base;
}

static char *end_of_address(Text *out, int64_t offset) {
    if (out->size == 0)
        text_add(out, "%lld", (long long)offset);
    else if (offset != 0)
        text_add(out, " %c %lld", offset < 0 ? '-' : '+',
                 (long long)(offset < 0 ? -offset : offset));
    return out->bytes;
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
        offset += factor[loop] * at->from;
        if (at->block || at->base)
            add_term(out, factor[loop], base_text(kernel, at));
        if (!at->variable)
            offset += factor[loop] * at->first;
        else
            add_term(out, factor[loop], at->variable);
    }
    return end_of_address(out, offset);
}

// Packed memory: the index is put into the layout where every loop stands

enum { POSITION_VARIABLES = 2 * MAX_NEST_LOOPS };

/* Where loops stand, as affine expressions: block + base of a loop is one variable, its own the
   next. */
typedef struct {
    const Kernel *kernel;
    int first; /* the loop that stands first in addresses */
    Range ranges[POSITION_VARIABLES];
    const char *names[POSITION_VARIABLES];
} Positions;

static Affine position_of(Positions *positions, int loop, const Instance *instance) {
    const Kernel *kernel = positions->kernel;
    const Position *at = &kernel->at[loop];
    int64_t ahead = (instance ? instance->number[loop] : 0) * (int64_t)at->width;
    int variable = 2 * (loop == positions->first ? 0 : loop + (loop < positions->first));
    Affine position = affine_number(ahead + at->from + (at->variable ? 0 : at->first));
    if (at->block || at->base) {
        positions->names[variable] = base_text(kernel, at);
        positions->ranges[variable] = at->begin;
        position =
            affine_add(kernel->compiler, position, affine_variable(kernel->compiler, variable));
    }
    if (at->variable) {
        positions->names[variable + 1] = at->variable;
        positions->ranges[variable + 1] = at->range;
        position =
            affine_add(kernel->compiler, position, affine_variable(kernel->compiler, variable + 1));
    }
    return position;
}

/* The address with the loop `moved`, if it is one, a round further on. */
static Affine address_at(Positions *positions, const Instruction *instruction,
                         const Instance *instance, int moved) {
    Compiler *compiler = positions->kernel->compiler;
    Affine index[MAX_RANK + 1], address;
    for (int i = 0; i <= instruction->access->rank; i++) {
        Affine by_loops = instruction->index[i];
        index[i] = affine_number(by_loops.offset);
        for (int t = 0; t < by_loops.term_count; t++) {
            int loop = by_loops.terms[t].variable;
            Affine position = position_of(positions, loop, instance);
            position = affine_add(compiler, position, affine_number(loop == moved));
            position = affine_scale(compiler, position, by_loops.terms[t].factor);
            index[i] = affine_add(compiler, index[i], position);
        }
    }
    if (!layout_address(compiler, instruction->access->layout, index, positions->ranges, &address))
        stop_at(compiler, instruction->node->span, "internal: an address is in two panels");
    address.offset += address.divisor * instruction->access->offset;
    return address;
}

int64_t instruction_distance(const Kernel *kernel, const Instruction *instruction, int loop,
                             const Instance *instance) {
    Positions positions = {.kernel = kernel, .first = instruction->panel_loop};
    if (!instruction->index || instruction->panel_loop == loop)
        return instruction_stride(instruction, loop);
    return address_at(&positions, instruction, instance, loop).offset -
           address_at(&positions, instruction, instance, -1).offset;
}

char *instruction_address_text(const Kernel *kernel, const Instruction *instruction,
                               const Instance *instance) {
    if (!instruction->index)
        return kernel_address(kernel, instruction->offset, instruction->factor, instance);
    Positions positions = {.kernel = kernel, .first = instruction->panel_loop};
    Affine address = address_at(&positions, instruction, instance, -1);
    Text *out = text_new(kernel->compiler);
    for (int i = 0; i < address.term_count; i++)
        add_term(out, address.terms[i].factor, positions.names[address.terms[i].variable]);
    return end_of_address(out, address.offset);
}

const char *pointer_text(const Kernel *kernel, const Pointer *pointer, const char *address) {
    return strcmp(address, "0") == 0
               ? pointer->name
               : format_text(kernel->compiler, "%s + %s", pointer->name, address);
}
