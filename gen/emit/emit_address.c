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
    if (out->size == 0)
        text_add(out, "%lld", (long long)offset);
    else if (offset != 0)
        text_add(out, " %c %lld", offset < 0 ? '-' : '+',
                 (long long)(offset < 0 ? -offset : offset));
    return out->bytes;
}

/* Width times the number of panels before a position; where that is not a literal, 0, and
   *variable is the term to add. */
static int64_t panel_begin(const Kernel *kernel, const Position *at, int64_t ahead, int panel,
                           const char **variable) {
    *variable = at->in_panel ? base_text(kernel, at) : at->variable;
    if (at->in_panel)
        return at->from;
    return (at->variable ? ahead : at->first + ahead) / panel * panel;
}

/* Width of the panel that an instruction is in: only the last one may be narrower. */
int64_t panel_width_at(const Kernel *kernel, const Instruction *instruction,
                       const Instance *instance) {
    const Access *access = instruction->access;
    const Position *at = &kernel->at[instruction->panel_loop];
    const char *variable;
    int64_t ahead = (instance ? instance->number[instruction->panel_loop] : 0) * (int64_t)at->width;
    int64_t left = access->extent - panel_begin(kernel, at, ahead, access->panel, &variable);
    return !variable && left < access->panel ? left : access->panel;
}

int64_t instruction_distance(const Kernel *kernel, const Instruction *instruction, int loop,
                             const Instance *instance) {
    bool is_across =
        instruction->access && instruction->access->panel && instruction->panel_loop != loop;
    return is_across ? instruction->factor[loop] / instruction->access->panel *
                           panel_width_at(kernel, instruction, instance)
                     : instruction_stride(instruction, loop);
}

/* The address of an element of a packed axis: its panel begins at the multiple of the panel
   width below it; the other strides scale with the width of that panel, smaller for the last. */
static char *address_in_panels(const Kernel *kernel, const Instruction *instruction,
                               const Instance *instance) {
    const Access *access = instruction->access;
    int loop = instruction->panel_loop, panel = access->panel;
    const Position *at = &kernel->at[loop];
    const char *variable;
    int64_t ahead = (instance ? instance->number[loop] : 0) * (int64_t)at->width;
    int64_t begin = panel_begin(kernel, at, ahead, panel, &variable);
    int64_t width = panel_width_at(kernel, instruction, instance);
    int64_t offset = begin * instruction->factor[loop] + instruction->offset / panel * width;
    int64_t factor[MAX_NEST_LOOPS];
    for (int i = 0; i < MAX_NEST_LOOPS; i++)
        factor[i] = i == loop ? 0 : instruction->factor[i] / panel * width;
    bool is_within = at->in_panel && at->variable;
    offset += at->in_panel ? ahead + (is_within ? 0 : at->first)
                           : (at->variable ? ahead : at->first + ahead) % panel;
    Text *out = text_new(kernel->compiler);
    if (variable && instruction->factor[loop] != 0)
        add_term(out, instruction->factor[loop], variable);
    if (is_within)
        add_term(out, 1, at->variable);
    Instance others = instance ? *instance : (Instance){{0}};
    others.number[loop] = 0;
    char *rest = kernel_address(kernel, offset, factor, &others);
    if (out->size == 0)
        return rest;
    return strcmp(rest, "0") == 0 ? out->bytes
                                  : format_text(kernel->compiler, "%s + %s", out->bytes, rest);
}

char *instruction_address_text(const Kernel *kernel, const Instruction *instruction,
                               const Instance *instance) {
    if (instruction->access && instruction->access->panel)
        return address_in_panels(kernel, instruction, instance);
    return kernel_address(kernel, instruction->offset, instruction->factor, instance);
}

const char *pointer_text(const Kernel *kernel, const Pointer *pointer, const char *address) {
    return strcmp(address, "0") == 0
               ? pointer->name
               : format_text(kernel->compiler, "%s + %s", pointer->name, address);
}
