/* A loop program as C. In: a kernel whose references have one index, in elements, and in which no
   loop is marked any more. Out: a C function, a statement a line, through templates. It looks at
   nothing but the program, and decides nothing.

   Parameters are the kernel's buffers; then, where it draws random numbers, `seed` and `stream`,
   and where those are of examples `first`, the number of the first one. */

#include "emit/loop_printer.h"

#include <inttypes.h>
#include <string.h>

// Statements

static Bindings bindings_of(LoopPrinter *printer, Type type, int lanes) {
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    bind_slot(&bindings, "type", "%s", loop_type(printer, type, lanes));
    bind_slot(&bindings, "lanes", "%d", lanes);
    return bindings;
}

static void add_body(LoopPrinter *printer, Text *out, const Body *body);

static char *body_text(LoopPrinter *printer, const Body *body) {
    Text *text = text_new(printer->compiler);
    add_body(printer, text, body);
    return text->bytes;
}

/* Its own name, or another one where a loop around has that. */
static const char *name_in_loops(LoopPrinter *printer, int variable) {
    const char *wanted = printer->variables[variable];
    for (int i = 0; i < printer->open_count; i++)
        if (strcmp(printer->variables[printer->open[i]], wanted) == 0)
            return name_new(&printer->names, wanted);
    return wanted;
}

static void add_for(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    Range range = stmt->range;
    const char *own = printer->variables[stmt->variable];
    printer->variables[stmt->variable] = name_in_loops(printer, stmt->variable);
    PUSH(printer->compiler, printer->open, printer->open_count, stmt->variable);
    bind_slot(&bindings, "i", "%s", printer->variables[stmt->variable]);
    bind_slot(&bindings, "first", "%" PRId64, range.first);
    bind_slot(&bindings, "end", "%" PRId64, range.last + range.step);
    bind_slot(&bindings, "advance", range.step == 1 ? "++" : " += %" PRId64, range.step);
    bind_slot(&bindings, "body", "%s", body_text(printer, stmt->body));
    printer->open_count--;
    printer->variables[stmt->variable] = own;
    if (stmt->is_kept)
        template_add(out, "rolled", &bindings, 0);
    template_add(out, "loop", &bindings, 0);
}

static void add_if(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    Text *guard = text_new(printer->compiler);
    for (int i = 0; i < stmt->test_count; i++)
        text_add(guard, "%s%s", i ? " && " : "",
                 affine_test_text(printer->compiler, stmt->tests[i], printer->variables));
    bind_slot(&bindings, "guard", "%s", guard->bytes);
    bind_slot(&bindings, "body", "%s", body_text(printer, stmt->body));
    if (stmt->otherwise)
        bind_slot(&bindings, "otherwise", "%s", body_text(printer, stmt->otherwise));
    template_add(out, stmt->otherwise ? "guard_else" : "guard", &bindings, 0);
}

/* LET, VAR and SET of each target. */
static void add_values(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    for (int i = 0; i < stmt->target_count; i++) {
        const Register *made = &printer->symbols->registers[stmt->targets[i]];
        Bindings bindings = bindings_of(printer, made->type, made->lanes);
        bind_slot(&bindings, "value", "%s", loop_register(printer, stmt->targets[i]));
        const char *text = stmt->expression ? loop_expr(printer, stmt->expression) : "";
        bind_slot(&bindings, stmt->kind == STMT_VAR ? "first" : "expression", "%s", text);
        template_add(out,
                     stmt->kind == STMT_LET   ? "apply"
                     : stmt->kind == STMT_SET ? "set"
                     : stmt->expression       ? "accumulator"
                                              : "accumulator_later",
                     &bindings, 0);
    }
}

static const char *store_block(const LoopPrinter *printer, const Reference *reference) {
    bool is_near = reference->stride == 1;
    if (reference->lanes == 1)
        return "store_number";
    switch (loop_form(printer, reference)) {
    case FORM_WHOLE:
        return is_near ? "store" : "scatter";
    case FORM_PART:
        return is_near ? "store_part" : "scatter_part";
    default:
        return is_near && *loop_kind(printer, reference) == '\0' ? "store_lanes" : "scatter_lanes";
    }
}

static void add_store_of(LoopPrinter *printer, Text *out, const Reference *reference,
                         const char *expression) {
    Bindings bindings = bindings_of(printer, TYPE_FLOAT, reference->lanes);
    const char *kind = loop_kind(printer, reference);
    bind_slot(&bindings, "pointer", "%s", loop_buffer(printer, reference->buffer));
    bind_slot(&bindings, "address", "%s", loop_affine(printer, reference->index[0]));
    bind_slot(&bindings, "element", "%s", loop_element(printer, reference));
    bind_slot(&bindings, "stride", "%" PRId64, reference->stride);
    bind_slot(&bindings, "part", "%d", loop_part(reference));
    bind_slot(&bindings, "bits", "%s", loop_bits(printer->compiler, reference->mask));
    bind_slot(&bindings, "kind", "%s", kind);
    bind_slot(&bindings, "chosen", "%s", *kind ? kind : "_lanes");
    bind_slot(&bindings, "expression", "%s", expression);
    const char *block = store_block(printer, reference);
    template_add(out, *kind && strcmp(block, "store") == 0 ? "store_whole" : block, &bindings, 0);
}

static void add_accumulate(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    Compiler *compiler = printer->compiler;
    int lanes = stmt->reference->lanes;
    const char *before = loop_load(printer, stmt->reference), *text;
    if (stmt->is_fused)
        text = format_text(compiler, "nn_fma_%d(%s, %s, %s)", lanes,
                           loop_expr(printer, stmt->expression->arguments[0]),
                           loop_expr(printer, stmt->expression->arguments[1]), before);
    else if (stmt->op == OP_ADD)
        text = format_text(compiler, "%s + %s", before, loop_operand(printer, stmt->expression));
    else
        text = format_text(compiler, "nn_max_%d(%s, %s)", lanes, before,
                           loop_expr(printer, stmt->expression));
    add_store_of(printer, out, stmt->reference, text);
}

static void add_local(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    const Buffer *buffer = &printer->symbols->buffers[stmt->buffer];
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    bind_slot(&bindings, "name", "%s", loop_buffer(printer, stmt->buffer));
    bind_slot(&bindings, "count", "%" PRId64, buffer->extent[0]);
    bind_slot(&bindings, "type", "%s", loop_type(printer, buffer->type, 1));
    template_add(out, "local_array", &bindings, 0);
}

static void add_fetch(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    bind_slot(&bindings, "element", "%s", loop_buffer(printer, stmt->reference->buffer));
    bind_slot(&bindings, "ahead", "%s", loop_affine(printer, stmt->reference->index[0]));
    template_add(out, "fetch", &bindings, 0);
}

static void add_transpose(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    Compiler *compiler = printer->compiler;
    Text *vectors = text_new(compiler);
    const char *square = loop_name(printer, "square");
    const Register *first = &printer->symbols->registers[stmt->targets[0]];
    Bindings bindings = bindings_of(printer, first->type, first->lanes);
    for (int i = 0; i < stmt->target_count; i++) {
        Bindings *row = bind_row(&bindings, "rows");
        bind_slot(row, "row", "%s", loop_register(printer, stmt->targets[i]));
        bind_slot(row, "number", "%d", i);
        text_add(vectors, "%s%s", i ? ", " : "", loop_register(printer, stmt->targets[i]));
    }
    bind_slot(&bindings, "name", "%s", square);
    bind_slot(&bindings, "vectors", "%s", vectors->bytes);
    template_add(out, "transpose", &bindings, 0);
    loop_forget(printer, "square", square);
}

/* The four numbers of a block are elements of one array. */
static void add_draw(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    const Expr *random = stmt->expression;
    Bindings bindings = bindings_of(printer, random->type, random->lanes);
    const char *wanted = printer->symbols->registers[stmt->targets[0]].name;
    const char *name = loop_name(printer, wanted);
    for (int i = 0; i < stmt->target_count; i++)
        printer->registers[stmt->targets[i]] = format_text(printer->compiler, "%s[%d]", name, i);
    Affine block = expr_element(random);
    block.divisor *= stmt->target_count;
    block = affine_scale(printer->compiler, block, 1);
    bind_slot(&bindings, "name", "%s", name);
    bind_slot(&bindings, "distribution", "%s", op_rows[random->op].name);
    bind_slot(&bindings, "number", "%d", random->number);
    bind_slot(&bindings, "example", "%s", loop_example(printer, random, 0));
    bind_slot(&bindings, "block", "(uint32_t)(%s)", loop_affine(printer, block));
    template_add(out, "draw", &bindings, 0);
}

static void add_statement(LoopPrinter *printer, Text *out, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR:
        add_for(printer, out, stmt);
        return;
    case STMT_IF:
        add_if(printer, out, stmt);
        return;
    case STMT_LET:
    case STMT_VAR:
    case STMT_SET:
        add_values(printer, out, stmt);
        return;
    case STMT_STORE:
        add_store_of(printer, out, stmt->reference, loop_expr(printer, stmt->expression));
        return;
    case STMT_ACCUMULATE:
        add_accumulate(printer, out, stmt);
        return;
    case STMT_LOCAL:
        add_local(printer, out, stmt);
        return;
    case STMT_DRAW:
        add_draw(printer, out, stmt);
        return;
    case STMT_TRANSPOSE:
        add_transpose(printer, out, stmt);
        return;
    case STMT_FETCH:
        if (printer->has_vectors)
            add_fetch(printer, out, stmt);
        return;
    case STMT_FENCE:
        if (printer->has_vectors)
            template_add(out, "fence", &printer->plain, 0);
        return;
    }
}

static void forget(LoopPrinter *printer, const char *wanted, const char **name) {
    if (*name)
        loop_forget(printer, wanted, *name);
    *name = NULL;
}

/* Of four numbers, which are one array. */
static void forget_draw(LoopPrinter *printer, const Stmt *stmt) {
    const char **names = printer->registers, *first = names[stmt->targets[0]];
    const char *array = format_text(printer->compiler, "%.*s", (int)strcspn(first, "["), first);
    loop_forget(printer, printer->symbols->registers[stmt->targets[0]].name, array);
    for (int i = 0; i < stmt->target_count; i++)
        names[stmt->targets[i]] = NULL;
}

/* What a body makes is gone behind it, and so are its names; the first one is free first. */
static void forget_names(LoopPrinter *printer, const Body *body) {
    const Symbols *symbols = printer->symbols;
    for (int i = body->count - 1; i >= 0; i--) {
        const Stmt *stmt = body->statements[i];
        bool makes = stmt->kind == STMT_LET || stmt->kind == STMT_VAR;
        for (int k = stmt->target_count - 1; makes && k >= 0; k--)
            forget(printer, symbols->registers[stmt->targets[k]].name,
                   &printer->registers[stmt->targets[k]]);
        if (stmt->kind == STMT_DRAW)
            forget_draw(printer, stmt);
        if (stmt->kind == STMT_LOCAL)
            forget(printer, symbols->buffers[stmt->buffer].name, &printer->buffers[stmt->buffer]);
    }
}

static void add_body(LoopPrinter *printer, Text *out, const Body *body) {
    for (int i = 0; i < body->count; i++)
        add_statement(printer, out, body->statements[i]);
    forget_names(printer, body);
}

static char *parameters_text(LoopPrinter *printer) {
    Text *out = text_new(printer->compiler);
    for (int i = 0; i < printer->symbols->buffer_count; i++) {
        const Buffer *buffer = &printer->symbols->buffers[i];
        if (!buffer->is_local)
            text_add(out, "%s%s%s *restrict %s", out->size ? ", " : "",
                     buffer->is_written ? "" : "const ", loop_type(printer, buffer->type, 1),
                     loop_buffer(printer, i));
    }
    LoopDraws draws = loops_draws(printer->kernel);
    if (draws.any)
        text_add(out, "%suint64_t seed, uint32_t stream", out->size ? ", " : "");
    if (draws.by_example)
        text_add(out, ", uint32_t first");
    return out->bytes;
}

static LoopPrinter printer_new(Compiler *compiler, const Bindings *base, const LoopKernel *kernel) {
    const Symbols *symbols = kernel->symbols;
    LoopPrinter printer = {
        .compiler = compiler, .base = base, .kernel = kernel, .symbols = symbols};
    static const char *const arguments[] = {"seed", "stream", "first"};
    printer.names.compiler = printer.ended.compiler = compiler;
    printer.buffers = NEW_ARRAY(compiler, const char *, symbols->buffer_count + 1);
    printer.registers = NEW_ARRAY(compiler, const char *, symbols->register_count + 1);
    printer.variables = NEW_ARRAY(compiler, const char *, symbols->variable_count + 1);
    printer.has_vectors = target_lanes(&compiler->options) > 1;
    printer.plain = bindings_new(compiler, base);
    for (int i = 0; i < 3; i++)
        name_reserve(&printer.names, arguments[i]);
    return printer;
}

/* Variables that are called alike share a name, since loops one behind the other may. */
static void name_variables(LoopPrinter *printer) {
    Names numbers = {.compiler = printer->compiler}; /* by text: the first variable, from 1 */
    for (int i = 0; i < printer->symbols->variable_count; i++) {
        const char *name = printer->symbols->variables[i];
        Name *first = name_entry(&numbers, name);
        if (first->next > 0) {
            printer->variables[i] = printer->variables[first->next - 1];
            continue;
        }
        first->next = i + 1;
        bool is_new = !name_is_used(&printer->names, name);
        if (is_new)
            name_reserve(&printer->names, name);
        printer->variables[i] = is_new ? name : name_new(&printer->names, name);
    }
}

char *loops_body_in_c(const Emitter *emitter, const LoopKernel *kernel,
                      const char *const *arguments) {
    LoopPrinter printer = printer_new(emitter->compiler, emitter->base, kernel);
    printer.names.hides = emitter;
    for (int i = 0; i < kernel->symbols->buffer_count; i++)
        if (!kernel->symbols->buffers[i].is_local) {
            printer.buffers[i] = arguments[i];
            name_reserve(&printer.names, arguments[i]);
        }
    name_variables(&printer);
    return body_text(&printer, kernel->body);
}

char *loops_in_c(Compiler *compiler, const Bindings *base, const LoopKernel *kernel) {
    LoopPrinter printer = printer_new(compiler, base, kernel);
    name_variables(&printer);
    Text *out = text_new(compiler);
    Bindings bindings = bindings_new(compiler, base);
    bind_slot(&bindings, "kernel", "%s", kernel->name);
    bind_slot(&bindings, "parameters", "%s", parameters_text(&printer));
    bind_slot(&bindings, "body", "%s", body_text(&printer, kernel->body));
    template_add(out, "loop_kernel", &bindings, 0);
    return out->bytes;
}
