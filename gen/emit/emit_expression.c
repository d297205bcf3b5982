/* Expressions of a loop program as C. In: expressions over addresses. Out: text, which calls the
   runtime's functions of one number or of as many lanes. */

#include "emit/loop_printer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

// Names and numbers

static FreeNames *free_names(LoopPrinter *printer, const char *wanted) {
    Name *entry = name_entry(&printer->ended, wanted);
    if (entry->next == 0) {
        PUSH(printer->compiler, printer->free_names, printer->free_count, (FreeNames){0});
        entry->next = printer->free_count;
    }
    return &printer->free_names[entry->next - 1];
}

void loop_forget(LoopPrinter *printer, const char *wanted, const char *name) {
    FreeNames *names = free_names(printer, wanted);
    PUSH(printer->compiler, names->names, names->count, name);
}

/* Names of registers are made by nngen: "s_0_1" keeps its numbers where nothing else is called so. */
const char *loop_name(LoopPrinter *printer, const char *wanted) {
    FreeNames *names = free_names(printer, wanted);
    if (names->count > 0)
        return names->names[--names->count];
    char *name = format_text(printer->compiler, "%s", wanted);
    for (char *at = name; *at; at++)
        *at = *at == '.' ? '_' : *at;
    bool has_numbers = name[strcspn(name, "0123456789")];
    if (!has_numbers || name_is_used(&printer->names, name))
        return name_new(&printer->names, name);
    name_reserve(&printer->names, name);
    return name;
}

const char *loop_buffer(LoopPrinter *printer, int buffer) {
    const Buffer *named = &printer->symbols->buffers[buffer];
    if (!printer->buffers[buffer])
        printer->buffers[buffer] = named->is_local ? loop_name(printer, named->name)
                                                   : name_new(&printer->names, named->name);
    return printer->buffers[buffer];
}

const char *loop_register(LoopPrinter *printer, int reg) {
    if (!printer->registers[reg])
        printer->registers[reg] = loop_name(printer, printer->symbols->registers[reg].name);
    return printer->registers[reg];
}

static bool is_whole(Type type) {
    return type == TYPE_INT32 || type == TYPE_UINT8;
}

/* Whole numbers in lanes are as wide as reals, whatever their type. */
const char *loop_type(LoopPrinter *printer, Type type, int lanes) {
    if (is_whole(type) && lanes > 1)
        return format_text(printer->compiler, "nn_i%d", lanes);
    if (type == TYPE_INT32)
        return "int32_t";
    return type == TYPE_UINT8 ? "uint8_t" : lanes_type(printer->compiler, lanes);
}

/* Of a quotient, what is a multiple of the divisor stands beside it: 49*o + (y - k + 1)/2, so that only
   the rest is divided, and that where its loops are. */
char *loop_affine(LoopPrinter *printer, Affine a) {
    Compiler *compiler = printer->compiler;
    Affine beside = affine_number(0);
    for (int i = 0; i < a.term_count && a.divisor > 1; i++)
        if (a.terms[i].factor % a.divisor == 0)
            beside =
                affine_add(compiler, beside,
                           affine_scale(compiler, affine_variable(compiler, a.terms[i].variable),
                                        a.terms[i].factor / a.divisor));
    if (beside.term_count == 0)
        return affine_text(compiler, a, printer->variables);
    Affine rest = affine_add(compiler, a, affine_scale(compiler, beside, -1));
    return format_text(compiler, "%s + %s", affine_text(compiler, beside, printer->variables),
                       affine_text(compiler, rest, printer->variables));
}

const char *loop_element(LoopPrinter *printer, const Reference *reference) {
    const char *name = loop_buffer(printer, reference->buffer);
    const char *address = loop_affine(printer, reference->index[0]);
    return strcmp(address, "0") == 0 ? name
                                     : format_text(printer->compiler, "%s + %s", name, address);
}

int loop_part(const Reference *reference) {
    int part = 0;
    while (part < reference->lanes && reference->mask >> part & 1)
        part++;
    return part;
}

/* Strides are counted forwards, but in the last form; whole numbers have no part. */
Form loop_form(const LoopPrinter *printer, const Reference *reference) {
    bool is_all = reference->mask == whole_mask(reference->lanes);
    bool is_first = reference->mask == whole_mask(loop_part(reference));
    if (is_whole(printer->symbols->buffers[reference->buffer].type))
        return is_all && reference->stride == 1 ? FORM_WHOLE : FORM_LANES;
    if (reference->stride < 0 || !is_first)
        return FORM_LANES;
    return is_all ? FORM_WHOLE : FORM_PART;
}

/* "0x5u" */
char *loop_bits(Compiler *compiler, uint64_t mask) {
    return format_text(compiler, "0x%" PRIx64 "u", mask);
}

/* What stands between nn_load or nn_store and the lanes. */
const char *loop_kind(const LoopPrinter *printer, const Reference *reference) {
    Type type = printer->symbols->buffers[reference->buffer].type;
    return type == TYPE_INT32 ? "_classes" : type == TYPE_UINT8 ? "_bytes" : "";
}

// Expressions

/* In parentheses where an operator might tear it apart. */
char *loop_operand(LoopPrinter *printer, const Expr *expr) {
    char *text = loop_expr(printer, expr);
    bool is_infix = (expr->kind == EXPR_INDEX && strpbrk(text, " *-/")) ||
                    (expr->kind == EXPR_APPLY && strchr(op_rows[expr->op].c, '(') == NULL);
    return is_infix ? format_text(printer->compiler, "(%s)", text) : text;
}

char *loop_load(LoopPrinter *printer, const Reference *reference) {
    Compiler *compiler = printer->compiler;
    const char *element = loop_element(printer, reference);
    const char *kind = loop_kind(printer, reference);
    int lanes = reference->lanes, part = loop_part(reference);
    int64_t stride = reference->stride;
    if (lanes == 1)
        return format_text(compiler, "%s[%s]", loop_buffer(printer, reference->buffer),
                           loop_affine(printer, reference->index[0]));
    switch (loop_form(printer, reference)) {
    case FORM_WHOLE:
        return stride == 1
                   ? format_text(compiler, "nn_load%s_%d(%s)", kind, lanes, element)
                   : format_text(compiler, "nn_gather_%d(%s, %" PRId64 ")", lanes, element, stride);
    case FORM_PART:
        return stride == 1 ? format_text(compiler, "nn_load_part_%d(%s, %d)", lanes, element, part)
                           : format_text(compiler, "nn_gather_part_%d(%s, %" PRId64 ", %d)", lanes,
                                         element, stride, part);
    default:
        break;
    }
    const char *bits = loop_bits(compiler, reference->mask);
    if (stride == 1 && *kind == '\0')
        return format_text(compiler, "nn_load_lanes_%d(%s, %s)", lanes, element, bits);
    return format_text(compiler, "nn_gather%s_%d(%s, %" PRId64 ", %s)", *kind ? kind : "_lanes",
                       lanes, element, stride, bits);
}

/* Of one number, or of a vector. */
static char *comparison_in_c(LoopPrinter *printer, const Expr *expr) {
    const char *left = loop_operand(printer, expr->arguments[0]);
    const char *right = loop_operand(printer, expr->arguments[1]);
    bool of_whole = is_whole(expr->arguments[0]->type);
    if (of_whole && expr->lanes == 1)
        return format_text(printer->compiler, "(%s %s %s)", left, infix_by_op(expr->op)->text,
                           right);
    return format_text(printer->compiler, "nn_%s_%s_%d(%s, %s)", of_whole ? "are" : "is",
                       op_rows[expr->op].name, expr->lanes, left, right);
}

static char *condition_in_c(LoopPrinter *printer, const Expr *expr) {
    Compiler *compiler = printer->compiler;
    if (expr->kind == EXPR_AND) {
        const char *left = condition_in_c(printer, expr->arguments[0]);
        const char *right = condition_in_c(printer, expr->arguments[1]);
        return expr->lanes == 1
                   ? format_text(compiler, "(%s && %s)", left, right)
                   : format_text(compiler, "(nn_mask%d)(%s & %s)", expr->lanes, left, right);
    }
    if (expr->kind == EXPR_TEST)
        return format_text(compiler, "(%s)",
                           affine_test_text(compiler, expr_asked(expr), printer->variables));
    if (expr->kind == EXPR_MASK)
        return format_text(compiler, "nn_lanes_%d(%s)", expr->lanes,
                           loop_bits(compiler, expr->mask));
    return comparison_in_c(printer, expr);
}

static char *apply_in_c(LoopPrinter *printer, const Expr *expr) {
    Operand operands[3];
    for (int i = 0; i < expr->argument_count; i++)
        operands[i] =
            (Operand){loop_operand(printer, expr->arguments[i]), expr->arguments[i]->lanes > 1};
    return op_text(printer->compiler, expr->op, operands, expr->lanes);
}

static char *select_in_c(LoopPrinter *printer, const Expr *expr) {
    const char *test = condition_in_c(printer, expr->arguments[0]);
    const char *yes = loop_expr(printer, expr->arguments[1]);
    const char *no = loop_expr(printer, expr->arguments[2]);
    bool is_one = expr->arguments[0]->lanes == 1; /* only what is chosen is evaluated */
    if (is_one)
        return format_text(printer->compiler, "(%s ? %s : %s)", test, yes, no);
    const char *whole =
        is_whole(expr->type) ? format_text(printer->compiler, "(nn_i%d)", expr->lanes) : "";
    const char *real =
        is_whole(expr->type) ? format_text(printer->compiler, "(nn_v%d)", expr->lanes) : "";
    return format_text(printer->compiler, "%snn_choose_%d(%s, %s%s, %s%s)", whole, expr->lanes,
                       test, real, yes, real, no);
}

/* Of as many vectors as each has lanes; of others one by one, in the same order. */
static char *sums_in_c(LoopPrinter *printer, const Expr *expr) {
    Text *vectors = text_new(printer->compiler);
    const char *type = loop_type(printer, expr->type, expr->lanes);
    int lanes = expr->arguments[0]->lanes;
    for (int i = 0; i < expr->argument_count; i++) {
        const char *vector = loop_expr(printer, expr->arguments[i]);
        text_add(vectors, "%s", i ? ", " : "");
        if (lanes == expr->lanes)
            text_add(vectors, "%s", vector);
        else
            text_add(vectors, "nn_sum_%d(%s)", lanes, vector);
    }
    return lanes == expr->lanes ? format_text(printer->compiler, "nn_sums_%d((const %s[%d]){%s})",
                                              lanes, type, expr->argument_count, vectors->bytes)
                                : format_text(printer->compiler, "(%s){%s}", type, vectors->bytes);
}

/* A bool as 0 or 1, a whole number as a real, a real as a whole number. */
static char *convert_in_c(LoopPrinter *printer, const Expr *expr) {
    Compiler *compiler = printer->compiler;
    const Expr *from = expr->arguments[0];
    int lanes = expr->lanes;
    if (from->type != TYPE_BOOL && lanes == 1)
        return format_text(compiler, "(%s)%s", loop_type(printer, expr->type, 1),
                           loop_operand(printer, from));
    if (from->type != TYPE_BOOL && is_whole(from->type) == is_whole(expr->type))
        return loop_expr(printer, from);
    if (from->type != TYPE_BOOL)
        return format_text(compiler, "nn_%s_%d(%s)", is_whole(expr->type) ? "whole" : "reals",
                           lanes, loop_expr(printer, from));
    const char *test = condition_in_c(printer, from);
    if (lanes == 1)
        return format_text(compiler, "(%s ? %s : %s)", test, real_text(compiler, 1),
                           real_text(compiler, 0));
    return format_text(compiler, "nn_only_%d(%s, nn_splat_%d(%s))", lanes, test, lanes,
                       real_text(compiler, 1));
}

// Random numbers

char *loop_example(LoopPrinter *printer, const Expr *random, int further) {
    Affine example = affine_add(printer->compiler, expr_example(random), affine_number(further));
    if (random->index_count == 1)
        return format_text(printer->compiler, "0");
    return format_text(printer->compiler, "first + (uint32_t)(%s)", loop_affine(printer, example));
}

static char *random_of_one(LoopPrinter *printer, const Expr *random, int64_t example,
                           int64_t element) {
    Affine at = affine_add(printer->compiler, expr_element(random), affine_number(element));
    return format_text(printer->compiler, "nn_%s_1(seed, stream, %d, %s, (uint32_t)(%s))",
                       op_rows[random->op].name, random->number,
                       loop_example(printer, random, (int)example), loop_affine(printer, at));
}

/* Lanes that are no neighbours are drawn one by one. */
static char *random_in_c(LoopPrinter *printer, const Expr *random) {
    Compiler *compiler = printer->compiler;
    if (random->lanes == 1)
        return random_of_one(printer, random, 0, 0);
    if (random->stride == 1)
        return format_text(compiler, "nn_%s%s_%d(seed, stream, %d, %s, (uint32_t)(%s))",
                           op_rows[random->op].name, random->examples_in_lanes ? "_examples" : "",
                           random->lanes, random->number, loop_example(printer, random, 0),
                           loop_affine(printer, expr_element(random)));
    Text *out = text_new(compiler);
    text_add(out, "(%s)", loop_type(printer, random->type, random->lanes));
    for (int i = 0; i < random->lanes; i++) {
        int64_t further = i * random->stride;
        bool by_example = random->examples_in_lanes;
        text_add(
            out, "%s%s", i ? ", " : "{",
            random_of_one(printer, random, by_example ? further : 0, by_example ? 0 : further));
    }
    text_add(out, "}");
    return out->bytes;
}

char *loop_expr(LoopPrinter *printer, const Expr *expr) {
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
            return format_text(compiler, "nn_index_%d(%s, %" PRId64 ")", expr->lanes,
                               loop_affine(printer, expr->index[0]), expr->stride);
        return loop_affine(printer, expr->index[0]);
    case EXPR_REGISTER:
        return format_text(compiler, "%s", loop_register(printer, expr->reg));
    case EXPR_READ:
        return loop_load(printer, expr->reference);
    case EXPR_APPLY:
        return op_compares(expr->op) ? condition_in_c(printer, expr) : apply_in_c(printer, expr);
    case EXPR_AND:
    case EXPR_TEST:
    case EXPR_MASK:
        return condition_in_c(printer, expr);
    case EXPR_SELECT:
        return select_in_c(printer, expr);
    case EXPR_SPLAT:
        return format_text(compiler,
                           is_whole(expr->type) ? "nn_index_%d(%s, 0)" : "nn_splat_%d(%s)",
                           expr->lanes, loop_expr(printer, expr->arguments[0]));
    case EXPR_CONVERT:
        return convert_in_c(printer, expr);
    case EXPR_RANDOM:
        return random_in_c(printer, expr);
    case EXPR_ACROSS:
        return format_text(compiler, "nn_%s_%d(%s)", expr->op == OP_ADD ? "sum" : "maximum",
                           expr->arguments[0]->lanes, loop_expr(printer, expr->arguments[0]));
    case EXPR_SUMS:
        return sums_in_c(printer, expr);
    }
    stop_at(compiler, (Span){0}, "internal: an expression of kind %d has no C", expr->kind);
}
