/* Reads equations: what equations_text prints, and no more lenient than that. */

#include "equations_parse.h"

#include "expr_parse.h"

#include <string.h>

static void read_axes(Reader *reader, Equations *equations) {
    Compiler *compiler = reader->symbols->compiler;
    do {
        Axis axis = {.name = read_word(reader)};
        axis.extent = read_integer(reader);
        axis.is_examples = read_if(reader, "examples");
        symbols_variable(reader->symbols, axis.name);
        PUSH(compiler, equations->axes, equations->axis_count, axis);
    } while (read_if(reader, ","));
    end_line(reader);
}

/* Of "name: type[..]"; values that equations make without `stored` become local later. */
static bool read_buffer(Reader *reader) {
    const char *before = reader->at;
    Buffer buffer = {.name = read_word(reader)};
    if (!read_if(reader, ":")) {
        reader->at = before;
        return false;
    }
    read_extents(reader, &buffer);
    end_line(reader);
    symbols_buffer(reader->symbols, buffer);
    return true;
}

static int read_value(Reader *reader, Affine *index, int *index_count) {
    int buffer = find_buffer(reader, read_word(reader));
    if (buffer < 0)
        read_fail(reader, "a value that was declared");
    read_expected(reader, "[");
    *index_count = read_indices(reader, index, "]");
    return buffer;
}

static Reduce read_reduce(Reader *reader) {
    static const char *const names[] = {"", "sum", "maximum", "first_max"};
    const char *before = reader->at;
    for (Reduce reduce = REDUCE_SUM; reduce <= REDUCE_FIRST_MAX; reduce++) {
        if (read_if(reader, names[reduce]) && read_if(reader, "("))
            return reduce;
        reader->at = before;
    }
    return REDUCE_NONE;
}

static void read_reduction(Reader *reader, Equation *equation) {
    Compiler *compiler = reader->symbols->compiler;
    do {
        int axis = find_variable(reader, read_word(reader));
        if (axis < 0)
            read_fail(reader, "an axis");
        equation->reduced |= 1u << axis;
    } while (read_if(reader, ","));
    for (bool more = read_if(reader, "where"); more; more = read_if(reader, "and")) {
        AffineTest test = read_affine_test(reader);
        PUSH(compiler, equation->tests, equation->test_count, test);
    }
    read_expected(reader, ":");
    equation->inside = read_expr(reader);
    read_expected(reader, ")");
    const char *name = read_if(reader, "as") ? read_word(reader) : NULL;
    equation->result =
        symbols_register(reader->symbols, name ? name : "result", equation->inside->type, 1);
    if (name)
        read_expected(reader, ":");
    else
        equation->around = expr_register(reader->symbols, equation->result);
}

static unsigned axes_of(const Equation *equation) {
    unsigned set = 0;
    for (int i = 0; i < equation->index_count; i++)
        for (int k = 0; k < equation->index[i].term_count; k++)
            set |= 1u << equation->index[i].terms[k].variable;
    return set;
}

static void read_equation(Reader *reader, Equations *equations) {
    Compiler *compiler = reader->symbols->compiler;
    Equation equation = {.result = -1};
    Affine index[MAX_RANK + 1];
    equation.value = read_value(reader, index, &equation.index_count);
    equation.index = array_copy(compiler, index, equation.index_count, sizeof *index);
    equation.kept = axes_of(&equation);
    if (read_if(reader, ","))
        equation.winner = read_value(reader, index, &equation.index_count);
    read_expected(reader, "=");
    equation.reduce = read_reduce(reader);
    if (equation.reduce)
        read_reduction(reader, &equation);
    if (!equation.around)
        equation.around = read_expr(reader);
    bool is_stored = read_if(reader, "stored");
    if (read_if(reader, "over"))
        equation.over = 1 + find_buffer(reader, read_word(reader));
    for (int i = 0; i < reader->symbols->buffer_count; i++)
        if (equation_makes(&equation, i)) {
            reader->symbols->buffers[i].is_written = true;
            reader->symbols->buffers[i].is_local = !is_stored;
        }
    end_line(reader);
    PUSH(compiler, equations->equations, equations->equation_count, equation);
}

Equations *equations_parse(Compiler *compiler, const char *text) {
    Equations *equations = NEW(compiler, Equations);
    equations->symbols = symbols_new(compiler);
    Reader reader = {.symbols = equations->symbols, .at = text, .line = 1};
    if (setjmp(reader.failed) != 0)
        return NULL;
    read_expected(&reader, "kernel");
    equations->name = read_word(&reader);
    read_expected(&reader, ":");
    read_axes(&reader, equations);
    while (read_buffer(&reader))
        continue;
    while (*reader.at)
        read_equation(&reader, equations);
    return equations;
}
