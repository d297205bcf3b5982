/* Layouts of a program as text, for --dump=layout. In: a program that is laid out. Out: a line for
   each variable that the net keeps, and for each function one for what it reads of the caller, what
   it keeps in memory, constants among it, and the copies that it makes. */

#include "layout/layouts.h"

static void print_line(Text *out, const char *what, const char *name, const Layout *layout,
                       const LayoutOf *of) {
    text_add(out, "%s%s = %s    # ", what, name, layout_text(out->compiler, layout, of));
    text_add(out, "%s%s\n", of->examples ? "B" : "", shape_text(out->compiler, of->shape));
}

static void print_variable(Text *out, const Layouts *layouts, const Variable *variable) {
    LayoutOf of = layout_subject_of_variable(&out->compiler->options, variable);
    print_line(out, "layout ", variable->name, layout_of_variable(layouts, variable), &of);
}

/* What the caller passes: classes are numbers, one for each example. */
static void print_data(Text *out, const Function *function, const Variable *variable) {
    const Options *options = &out->compiler->options;
    LayoutOf of = layout_subject_of_variable(options, variable);
    of.examples = function->examples;
    if (variable->onehot)
        of.shape = (Shape){0};
    Layout layout = layout_row_major(&of);
    layout.type = type_of_variable(options, variable);
    print_line(out, "  layout ", variable->name, &layout, &of);
}

static const char *name_of(Text *out, const Node *node) {
    return node->name ? node->name : format_text(out->compiler, "%%%d", node->id);
}

static void print_node(Text *out, const Layouts *layouts, const Function *function,
                       const Node *node) {
    if (node->kind == KIND_INPUT)
        print_data(out, function, node->variable);
    bool is_own = node_is_computed(node) || node_is_table(node);
    if (!is_own || !access_of(layouts, function, node))
        return;
    const Nest *nest = node->nest;
    const Node *from = node->input_count > 0 ? node->inputs[0] : NULL;
    LayoutOf of = layout_subject(function, node);
    bool is_copy = nest && node->kind == KIND_MAP && node->op == OP_DETACH && nest->is_transpose;
    const char *name = name_of(out, node);
    if (is_copy)
        name = format_text(out->compiler, "%s of %s", name,
                           from->variable ? from->variable->name : name_of(out, from));
    print_line(out, is_copy ? "  copy " : "  layout ", name, layout_of(layouts, function, node),
               &of);
}

void layouts_print(Text *out, const Program *program, const Layouts *layouts) {
    for (int i = 0; i < program->graph->variable_count; i++)
        if (!variable_is_data(program->graph->variables[i]))
            print_variable(out, layouts, program->graph->variables[i]);
    for (int f = 0; f < program->function_count; f++) {
        const Function *function = program->functions[f];
        text_add(out, "function %s, %lld example%s\n", function->name,
                 (long long)function->examples, function->examples == 1 ? "" : "s");
        for (int id = 0; id < function->graph->node_count; id++)
            print_node(out, layouts, function, function->graph->nodes[id]);
    }
}
