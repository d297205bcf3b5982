/* A loop program as C. In: a kernel whose references have one index, in elements, and in which no
   loop is marked any more, and nothing is drawn at random. Out: a C function, a statement a line,
   through templates. It looks at nothing but the program, and decides nothing. */

#include "emit/emitter.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Compiler *compiler;
    const Bindings *base;
    const LoopKernel *kernel;
    const Symbols *symbols;
    Names names;
    const char **buffers, **variables, **registers; /* in C, by number; NULL: not named yet */
} Printer;

// Names and numbers

static const char *buffer_text(Printer *printer, int buffer) {
    if (!printer->buffers[buffer])
        printer->buffers[buffer] =
            name_new(&printer->names, printer->symbols->buffers[buffer].name);
    return printer->buffers[buffer];
}

/* Names of registers are made by nngen: "s_0_1" keeps its numbers where nothing else is called so. */
static const char *register_text(Printer *printer, int reg) {
    if (printer->registers[reg])
        return printer->registers[reg];
    char *name = format_text(printer->compiler, "%s", printer->symbols->registers[reg].name);
    for (char *at = name; *at; at++)
        *at = *at == '.' ? '_' : *at;
    bool is_new = !name_is_used(&printer->names, name) && name[strcspn(name, "0123456789")];
    if (is_new)
        name_reserve(&printer->names, name);
    printer->registers[reg] = is_new ? name : name_new(&printer->names, name);
    return printer->registers[reg];
}

static const char *type_of(Printer *printer, Type type, int lanes) {
    if (type == TYPE_INT32)
        return "int32_t";
    return type == TYPE_UINT8 ? "uint8_t" : lanes_type(printer->compiler, lanes);
}

static char *affine_in_c(Printer *printer, Affine a) {
    return affine_text(printer->compiler, a, printer->variables);
}

static const char *element_text(Printer *printer, const Reference *reference) {
    const char *name = buffer_text(printer, reference->buffer);
    const char *address = affine_in_c(printer, reference->index[0]);
    return strcmp(address, "0") == 0 ? name
                                     : format_text(printer->compiler, "%s + %s", name, address);
}

/* How many lanes of a reference take part, the first ones; 0: all. */
static int part_of(Compiler *compiler, const Reference *reference) {
    int part = 0;
    while (part < reference->lanes && reference->mask >> part & 1)
        part++;
    if (reference->mask != whole_mask(part))
        stop_at(compiler, (Span){0}, "internal: the mask 0x%llx has no C",
                (unsigned long long)reference->mask);
    return part == reference->lanes ? 0 : part;
}

// Expressions

static char *expr_in_c(Printer *printer, const Expr *expr);

/* In parentheses where an operator might tear it apart. */
static char *operand_in_c(Printer *printer, const Expr *expr) {
    char *text = expr_in_c(printer, expr);
    bool is_infix = (expr->kind == EXPR_INDEX && strchr(text, ' ')) ||
                    (expr->kind == EXPR_APPLY && strchr(op_rows[expr->op].c, '(') == NULL);
    return is_infix ? format_text(printer->compiler, "(%s)", text) : text;
}

static char *load_in_c(Printer *printer, const Reference *reference) {
    const char *element = element_text(printer, reference);
    int lanes = reference->lanes, part = part_of(printer->compiler, reference);
    if (lanes == 1)
        return format_text(printer->compiler, "%s[%s]", buffer_text(printer, reference->buffer),
                           affine_in_c(printer, reference->index[0]));
    if (reference->stride == 1 && part == 0)
        return format_text(printer->compiler, "nn_load_%d(%s)", lanes, element);
    if (reference->stride == 1)
        return format_text(printer->compiler, "nn_load_part_%d(%s, %d)", lanes, element, part);
    if (part == 0)
        return format_text(printer->compiler, "nn_gather_%d(%s, %" PRId64 ")", lanes, element,
                           reference->stride);
    return format_text(printer->compiler, "nn_gather_part_%d(%s, %" PRId64 ", %d)", lanes, element,
                       reference->stride, part);
}

/* A comparison, as a condition. */
static char *condition_in_c(Printer *printer, const Expr *expr) {
    Compiler *compiler = printer->compiler;
    if (expr->kind == EXPR_AND)
        return format_text(compiler, "(%s & %s)", condition_in_c(printer, expr->arguments[0]),
                           condition_in_c(printer, expr->arguments[1]));
    if (expr->kind == EXPR_TEST)
        return format_text(compiler, "(%s)",
                           affine_test_text(compiler, expr_asked(expr), printer->variables));
    const char *left = operand_in_c(printer, expr->arguments[0]);
    const char *right = operand_in_c(printer, expr->arguments[1]);
    if (expr->arguments[0]->type == TYPE_INT32 || expr->arguments[0]->type == TYPE_UINT8)
        return format_text(compiler, "(%s %s %s)", left, infix_by_op(expr->op)->text, right);
    return format_text(compiler, "nn_is_%s_%d(%s, %s)", op_rows[expr->op].name, expr->lanes, left,
                       right);
}

static char *apply_in_c(Printer *printer, const Expr *expr) {
    Operand operands[3];
    for (int i = 0; i < expr->argument_count; i++)
        operands[i] =
            (Operand){operand_in_c(printer, expr->arguments[i]), expr->arguments[i]->lanes > 1};
    return op_text(printer->compiler, expr->op, operands, expr->lanes);
}

static char *select_in_c(Printer *printer, const Expr *expr) {
    const char *test = condition_in_c(printer, expr->arguments[0]);
    const char *yes = expr_in_c(printer, expr->arguments[1]);
    const char *no = expr_in_c(printer, expr->arguments[2]);
    bool is_one = expr->arguments[0]->lanes == 1; /* only what is chosen is evaluated */
    return is_one ? format_text(printer->compiler, "(%s ? %s : %s)", test, yes, no)
                  : format_text(printer->compiler, "nn_choose_%d(%s, %s, %s)", expr->lanes, test,
                                yes, no);
}

static char *sums_in_c(Printer *printer, const Expr *expr) {
    Text *vectors = text_new(printer->compiler);
    const char *type = type_of(printer, expr->type, expr->lanes);
    for (int i = 0; i < expr->argument_count; i++)
        text_add(vectors, "%s%s", i ? ", " : "", expr_in_c(printer, expr->arguments[i]));
    return format_text(printer->compiler, "nn_sums_%d((const %s[%d]){%s})", expr->lanes, type,
                       expr->argument_count, vectors->bytes);
}

/* A bool as 0 or 1, a whole number as a real. */
static char *convert_in_c(Printer *printer, const Expr *expr) {
    const Expr *from = expr->arguments[0];
    if (from->type != TYPE_BOOL)
        return format_text(printer->compiler, "(%s)%s", type_of(printer, expr->type, 1),
                           operand_in_c(printer, from));
    const char *test = condition_in_c(printer, from);
    if (expr->lanes == 1)
        return format_text(printer->compiler, "(%s ? %s : %s)", test,
                           real_text(printer->compiler, 1), real_text(printer->compiler, 0));
    return format_text(printer->compiler, "nn_choose_%d(%s, nn_splat_%d(%s), nn_splat_%d(%s))",
                       expr->lanes, test, expr->lanes, real_text(printer->compiler, 1), expr->lanes,
                       real_text(printer->compiler, 0));
}

static char *expr_in_c(Printer *printer, const Expr *expr) {
    Compiler *compiler = printer->compiler;
    switch (expr->kind) {
    case EXPR_CONST:
        if (isinf(expr->value))
            return format_text(compiler, expr->value < 0 ? "-NN_INFINITY" : "NN_INFINITY");
        return expr->type == TYPE_INT32
                   ? format_text(compiler, "%d", (int)expr->value)
                   : format_text(compiler, "%s", real_text(compiler, expr->value));
    case EXPR_INDEX:
        if (expr->lanes > 1)
            break;
        return affine_in_c(printer, expr->index[0]);
    case EXPR_REGISTER:
        return format_text(compiler, "%s", register_text(printer, expr->reg));
    case EXPR_READ:
        return load_in_c(printer, expr->reference);
    case EXPR_APPLY:
        return op_compares(expr->op) ? condition_in_c(printer, expr) : apply_in_c(printer, expr);
    case EXPR_AND:
    case EXPR_TEST:
        return condition_in_c(printer, expr);
    case EXPR_SELECT:
        return select_in_c(printer, expr);
    case EXPR_SPLAT:
        return format_text(compiler, "nn_splat_%d(%s)", expr->lanes,
                           expr_in_c(printer, expr->arguments[0]));
    case EXPR_CONVERT:
        return convert_in_c(printer, expr);
    case EXPR_RANDOM: /* the seed is not an argument of kernels yet */
    case EXPR_MASK:
        break;
    case EXPR_ACROSS:
        return format_text(compiler, "nn_%s_%d(%s)", expr->op == OP_ADD ? "sum" : "maximum",
                           expr->arguments[0]->lanes, expr_in_c(printer, expr->arguments[0]));
    case EXPR_SUMS:
        return sums_in_c(printer, expr);
    }
    stop_at(compiler, (Span){0}, "internal: an expression of kind %d has no C", expr->kind);
}

// Statements

static Bindings bindings_of(Printer *printer, Type type, int lanes) {
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    bind_slot(&bindings, "type", "%s", type_of(printer, type, lanes));
    bind_slot(&bindings, "lanes", "%d", lanes);
    return bindings;
}

static void add_body(Printer *printer, Text *out, const Body *body);

static char *body_text(Printer *printer, const Body *body) {
    Text *text = text_new(printer->compiler);
    add_body(printer, text, body);
    return text->bytes;
}

static void add_for(Printer *printer, Text *out, const Stmt *stmt) {
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    Range range = stmt->range;
    bind_slot(&bindings, "i", "%s", printer->variables[stmt->variable]);
    bind_slot(&bindings, "first", "%" PRId64, range.first);
    bind_slot(&bindings, "end", "%" PRId64, range.last + range.step);
    bind_slot(&bindings, "advance", range.step == 1 ? "++" : " += %" PRId64, range.step);
    bind_slot(&bindings, "body", "%s", body_text(printer, stmt->body));
    if (stmt->is_kept)
        template_add(out, "rolled", &bindings, 0);
    template_add(out, "loop", &bindings, 0);
}

static void add_if(Printer *printer, Text *out, const Stmt *stmt) {
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
static void add_values(Printer *printer, Text *out, const Stmt *stmt) {
    for (int i = 0; i < stmt->target_count; i++) {
        const Register *made = &printer->symbols->registers[stmt->targets[i]];
        Bindings bindings = bindings_of(printer, made->type, made->lanes);
        bind_slot(&bindings, "value", "%s", register_text(printer, stmt->targets[i]));
        const char *text = stmt->expression ? expr_in_c(printer, stmt->expression) : "";
        bind_slot(&bindings, stmt->kind == STMT_VAR ? "first" : "expression", "%s", text);
        template_add(out,
                     stmt->kind == STMT_LET   ? "apply"
                     : stmt->kind == STMT_SET ? "set"
                     : stmt->expression       ? "accumulator"
                                              : "accumulator_later",
                     &bindings, 0);
    }
}

static void add_store_of(Printer *printer, Text *out, const Reference *reference,
                         const char *expression) {
    int lanes = reference->lanes, part = part_of(printer->compiler, reference);
    Bindings bindings = bindings_of(printer, TYPE_FLOAT, lanes);
    bind_slot(&bindings, "pointer", "%s", buffer_text(printer, reference->buffer));
    bind_slot(&bindings, "address", "%s", affine_in_c(printer, reference->index[0]));
    bind_slot(&bindings, "element", "%s", element_text(printer, reference));
    bind_slot(&bindings, "stride", "%" PRId64, reference->stride);
    bind_slot(&bindings, "part", "%d", part);
    bind_slot(&bindings, "expression", "%s", expression);
    template_add(out,
                 lanes == 1               ? "store_number"
                 : reference->stride != 1 ? (part ? "scatter_part" : "scatter")
                                          : (part ? "store_part" : "store"),
                 &bindings, 0);
}

static void add_accumulate(Printer *printer, Text *out, const Stmt *stmt) {
    Compiler *compiler = printer->compiler;
    int lanes = stmt->reference->lanes;
    const char *before = load_in_c(printer, stmt->reference), *text;
    if (stmt->is_fused)
        text = format_text(compiler, "nn_fma_%d(%s, %s, %s)", lanes,
                           expr_in_c(printer, stmt->expression->arguments[0]),
                           expr_in_c(printer, stmt->expression->arguments[1]), before);
    else if (stmt->op == OP_ADD)
        text = format_text(compiler, "%s + %s", before, operand_in_c(printer, stmt->expression));
    else
        text = format_text(compiler, "nn_max_%d(%s, %s)", lanes, before,
                           expr_in_c(printer, stmt->expression));
    add_store_of(printer, out, stmt->reference, text);
}

static void add_local(Printer *printer, Text *out, const Stmt *stmt) {
    const Buffer *buffer = &printer->symbols->buffers[stmt->buffer];
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    bind_slot(&bindings, "name", "%s", buffer_text(printer, stmt->buffer));
    bind_slot(&bindings, "count", "%" PRId64, buffer->extent[0]);
    template_add(out, "example_array", &bindings, 0);
}

static void add_fetch(Printer *printer, Text *out, const Stmt *stmt) {
    Bindings bindings = bindings_new(printer->compiler, printer->base);
    bind_slot(&bindings, "element", "%s", buffer_text(printer, stmt->reference->buffer));
    bind_slot(&bindings, "ahead", "%s", affine_in_c(printer, stmt->reference->index[0]));
    template_add(out, "fetch", &bindings, 0);
}

static void add_statement(Printer *printer, Text *out, const Stmt *stmt) {
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
        add_store_of(printer, out, stmt->reference, expr_in_c(printer, stmt->expression));
        return;
    case STMT_ACCUMULATE:
        add_accumulate(printer, out, stmt);
        return;
    case STMT_LOCAL:
        add_local(printer, out, stmt);
        return;
    case STMT_FETCH:
        add_fetch(printer, out, stmt);
        return;
    default:
        stop_at(printer->compiler, (Span){0}, "internal: a statement of kind %d has no C",
                stmt->kind);
    }
}

static void add_body(Printer *printer, Text *out, const Body *body) {
    for (int i = 0; i < body->count; i++)
        add_statement(printer, out, body->statements[i]);
}

static char *parameters_text(Printer *printer) {
    Text *out = text_new(printer->compiler);
    for (int i = 0; i < printer->symbols->buffer_count; i++) {
        const Buffer *buffer = &printer->symbols->buffers[i];
        if (!buffer->is_local)
            text_add(out, "%s%s%s *restrict %s", out->size ? ", " : "",
                     buffer->is_written ? "" : "const ", type_of(printer, buffer->type, 1),
                     buffer_text(printer, i));
    }
    return out->bytes;
}

char *loops_in_c(Compiler *compiler, const Bindings *base, const LoopKernel *kernel) {
    const Symbols *symbols = kernel->symbols;
    Printer printer = {.compiler = compiler, .base = base, .kernel = kernel, .symbols = symbols};
    printer.names.compiler = compiler;
    printer.buffers = NEW_ARRAY(compiler, const char *, symbols->buffer_count + 1);
    printer.registers = NEW_ARRAY(compiler, const char *, symbols->register_count + 1);
    printer.variables = symbols->variables;
    for (int i = 0; i < symbols->variable_count; i++)
        name_reserve(&printer.names, symbols->variables[i]);
    Text *out = text_new(compiler);
    Bindings bindings = bindings_new(compiler, base);
    bind_slot(&bindings, "kernel", "%s", kernel->name);
    bind_slot(&bindings, "parameters", "%s", parameters_text(&printer));
    bind_slot(&bindings, "body", "%s", body_text(&printer, kernel->body));
    template_add(out, "loop_kernel", &bindings, 0);
    return out->bytes;
}
