/* The layouts of a program's variables and values, as data. In: what the passes decide. Out: each
   layout once, by variable and by node. */

#include "layout/layouts.h"

enum { FIRST_SLOTS = 64 };

// Layouts, each once

static uint64_t hash_of(const Layout *layout) {
    uint64_t hash = HASH_START;
    int64_t head[] = {layout->type, layout->alignment, layout->gap};
    hash = hash_bytes(hash, (const char *)head, sizeof head);
    for (int i = 0; i < layout->digit_count; i++) {
        const Digit *digit = &layout->digits[i];
        int64_t fields[] = {digit->axis, digit->step, digit->count, digit->room, digit->left};
        hash = hash_bytes(hash, (const char *)fields, sizeof fields);
    }
    return hash;
}

/* The slot of the layout, or the empty one where it belongs. */
static const Layout **slot_of(const Layouts *layouts, const Layout *layout) {
    uint64_t at = hash_of(layout);
    while (layouts->slots[at % (uint64_t)layouts->slot_count] &&
           !layout_equal(layouts->slots[at % (uint64_t)layouts->slot_count], layout))
        at++;
    return &layouts->slots[at % (uint64_t)layouts->slot_count];
}

static void make_slots(Layouts *layouts, int count) {
    layouts->slot_count = count;
    layouts->slots = NEW_ARRAY(layouts->compiler, const Layout *, count);
}

static void add_slots(Layouts *layouts) {
    const Layout **before = layouts->slots;
    int count = layouts->slot_count;
    make_slots(layouts, 2 * count);
    for (int i = 0; i < count; i++)
        if (before[i])
            *slot_of(layouts, before[i]) = before[i];
}

const Layout *layouts_keep(Layouts *layouts, Layout layout) {
    if (2 * layouts->known_count >= layouts->slot_count)
        add_slots(layouts);
    const Layout **slot = slot_of(layouts, &layout);
    if (!*slot) {
        Layout *kept = NEW(layouts->compiler, Layout);
        *kept = layout;
        *slot = kept;
        layouts->known_count++;
    }
    return *slot;
}

// Of variables and nodes

FunctionLayouts *layouts_in(const Layouts *layouts, const Function *function) {
    return &layouts->functions[function->index];
}

void layouts_grow(Layouts *layouts, const Function *function) {
    FunctionLayouts *own = layouts_in(layouts, function);
    while (own->count < function->graph->node_count)
        PUSH(layouts->compiler, own->nodes, own->count, NULL);
}

void layouts_set(Layouts *layouts, const Function *function, const Node *node,
                 const Layout *layout) {
    layouts_in(layouts, function)->nodes[node->id] = layout;
}

const Layout *layout_of(const Layouts *layouts, const Function *function, const Node *node) {
    return layouts_in(layouts, function)->nodes[node->id];
}

const Layout *layout_of_variable(const Layouts *layouts, const Variable *variable) {
    return layouts->variables[variable->number];
}

void layouts_set_examples_innermost(Layouts *layouts, const Function *function, const Node *node) {
    LayoutOf of = layout_subject(function, node);
    layouts_set(layouts, function, node,
                layouts_keep(layouts, layout_with_innermost(&of, AXIS_EXAMPLES)));
}

LayoutOf layout_subject(const Function *function, const Node *node) {
    const Options *options = &function->graph->compiler->options;
    return (LayoutOf){.shape = node->shape,
                      .examples = node->batched ? function->examples : 0,
                      .type = type_of_reals(options),
                      .alignment = struct_alignment(options)};
}

LayoutOf layout_subject_of_variable(const Options *options, const Variable *variable) {
    return (LayoutOf){.shape = variable->shape,
                      .type = type_of_reals(options),
                      .alignment = struct_alignment(options)};
}

Layouts *layouts_new(Program *program) {
    Compiler *compiler = program->compiler;
    Layouts *layouts = NEW(compiler, Layouts);
    *layouts = (Layouts){.compiler = compiler, .program = program};
    layouts->is_plain = program_runs_plain(program);
    make_slots(layouts, FIRST_SLOTS);
    layouts->variables = NEW_ARRAY(compiler, const Layout *, program->graph->variable_count + 1);
    layouts->functions = NEW_ARRAY(compiler, FunctionLayouts, program->function_count);
    for (int f = 0; f < program->function_count; f++)
        layouts_grow(layouts, program->functions[f]);
    return layouts;
}
