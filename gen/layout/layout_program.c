/* The stage: one pass after the other. In: fused functions. Out: a layout for each variable and
   each value, copies of operands in another layout, and a storage for all that is in memory. */

#include "layout/layouts.h"

/* What nobody has decided is row-major, with the examples outermost. */
static void settle_rest(Layouts *layouts) {
    const Options *options = &layouts->compiler->options;
    for (int i = 0; i < layouts->program->graph->variable_count; i++) {
        LayoutOf of = layout_subject_of_variable(options, layouts->program->graph->variables[i]);
        if (!layouts->variables[i])
            layouts->variables[i] = layouts_keep(layouts, layout_row_major(&of));
    }
}

static void settle_nodes(Layouts *layouts, const Function *function) {
    FunctionLayouts *own = layouts_in(layouts, function);
    own->accesses = NEW_ARRAY(layouts->compiler, Access *, own->count + 1);
    own->stores = NEW_ARRAY(layouts->compiler, const Access *, function->store_count + 1);
    for (int id = 0; id < own->count; id++) {
        const Node *node = function->graph->nodes[id];
        LayoutOf of = layout_subject(function, node);
        if (!layout_of(layouts, function, node))
            layouts_set(layouts, function, node, layouts_keep(layouts, layout_row_major(&of)));
    }
}

/* Of a function of kernels; those of straight-line code keep their values in registers. */
static void lay_out_kernels(Layouts *layouts, Function *function) {
    turn_constants(layouts, function);
    if (!layouts->is_plain) {
        transpose_operands(layouts, function);
        panel_values(layouts, function);
    }
    settle_copies(layouts, function);
    order_nodes(layouts, function);
    index_stores(function);
    if (!layouts->is_plain)
        fuse_batch_sums(function);
    settle_nodes(layouts, function);
    make_storages(layouts, function);
}

/* Variables lie as in the version that was laid out first. */
static void share_variables(Layouts *layouts, const Layouts *shared) {
    for (int i = 0; i < layouts->program->graph->variable_count; i++)
        layouts->variables[i] = layouts_keep(layouts, *shared->variables[i]);
}

Layouts *layout(Program *program, const Layouts *shared) {
    Layouts *layouts = layouts_new(program);
    bool has_kernels = false;
    if (shared) /* for the choice of lanes, which depends on them */
        share_variables(layouts, shared);
    for (int f = 0; f < program->function_count; f++) {
        Function *function = program->functions[f];
        if (function->schedule->is_straight)
            continue;
        has_kernels |= function->kind != FUNCTION_FINISH;
        if (!layouts->is_plain)
            choose_lanes(layouts, function, program->graph->batch);
    }
    if (!shared && has_kernels)
        order_variables(layouts);
    else if (!shared)
        order_straight(layouts);
    settle_rest(layouts);
    for (int f = 0; f < program->function_count; f++) {
        Function *function = program->functions[f];
        if (!function->schedule->is_straight) {
            lay_out_kernels(layouts, function);
            continue;
        }
        order_nodes(layouts, function);
        index_stores(function);
        settle_nodes(layouts, function);
    }
    return layouts;
}
