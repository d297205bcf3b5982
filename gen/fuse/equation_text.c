/* Equations as text. In: equations. Out: a line for the kernel and its axes, one for each equation. */

#include "fuse/equation.h"

#include <inttypes.h>

static const char *const reduce_names[] = {
    [REDUCE_SUM] = "sum", [REDUCE_MAX] = "maximum", [REDUCE_FIRST_MAX] = "first_max"};

static void add_affine(Text *out, const Symbols *symbols, Affine a) {
    text_add(out, "%s", affine_text(symbols->compiler, a, symbols->variables));
}

static void add_value(Text *out, const Symbols *symbols, const Equation *equation, int buffer) {
    text_add(out, "%s[", symbols->buffers[buffer].name);
    for (int i = 0; i < equation->index_count; i++) {
        text_add(out, "%s", i ? ", " : "");
        add_affine(out, symbols, equation->index[i]);
    }
    text_add(out, "]");
}

static void add_axes(Text *out, const Equations *equations, unsigned set) {
    for (int axis = 0, shown = 0; axis < equations->axis_count; axis++)
        if (set >> axis & 1)
            text_add(out, "%s%s", shown++ ? ", " : "", equations->axes[axis].name);
}

static void add_reduction(Text *out, const Equations *equations, const Equation *equation) {
    const Symbols *symbols = equations->symbols;
    text_add(out, "%s(", reduce_names[equation->reduce]);
    add_axes(out, equations, equation->reduced);
    for (int i = 0; i < equation->test_count; i++) {
        text_add(out, "%s%s", i ? " and " : " where ",
                 affine_test_text(symbols->compiler, equation->tests[i], symbols->variables));
    }
    text_add(out, ": ");
    expr_text(out, symbols, equation->inside);
    text_add(out, ")");
}

/* The reduction is a register of `around`; where that is no more than the register, it is left out,
   else its name stands before: "s = sum(k: ..); relu(s)". */
static void add_equation(Text *out, const Equations *equations, const Equation *equation) {
    const Symbols *symbols = equations->symbols;
    text_add(out, "  ");
    add_value(out, symbols, equation, equation->value);
    if (equation->reduce == REDUCE_FIRST_MAX) {
        text_add(out, ", ");
        add_value(out, symbols, equation, equation->winner);
    }
    text_add(out, " = ");
    bool is_plain = equation->reduce && equation->around->kind == EXPR_REGISTER;
    if (equation->reduce)
        add_reduction(out, equations, equation);
    if (!is_plain && equation->reduce)
        text_add(out, " as %s: ", symbols->registers[equation->result].name);
    if (!is_plain)
        expr_text(out, symbols, equation->around);
    text_add(out, "%s", symbols->buffers[equation->value].is_local ? "" : "    stored");
    if (equation->over > 0)
        text_add(out, " over %s", symbols->buffers[equation->over - 1].name);
    text_add(out, "\n");
}

static void add_buffer(Text *out, const Buffer *buffer) {
    text_add(out, "  %s: %s[", buffer->name, type_text(buffer->type));
    for (int axis = 0; axis < buffer->rank; axis++)
        text_add(out, "%s%" PRId64, axis ? ", " : "", buffer->extent[axis]);
    text_add(out, "]\n");
}

void equations_text(Text *out, const Equations *equations) {
    text_add(out, "kernel %s:", equations->name);
    for (int i = 0; i < equations->axis_count; i++)
        text_add(out, "%s %s %" PRId64 "%s", i ? "," : "", equations->axes[i].name,
                 equations->axes[i].extent, equations->axes[i].is_examples ? " examples" : "");
    text_add(out, "\n");
    for (int i = 0; i < equations->symbols->buffer_count; i++)
        add_buffer(out, &equations->symbols->buffers[i]);
    for (int i = 0; i < equations->equation_count; i++)
        add_equation(out, equations, &equations->equations[i]);
}
