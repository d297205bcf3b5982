/* Reads expressions: what expr_text prints, and no more lenient than that. */

#include "expr_parse.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void read_fail(Reader *reader, const char *reason) {
    fprintf(stderr, "line %d: %s: %.30s\n", reader->line, reason, reader->at);
    longjmp(reader->failed, 1);
}

void skip_blanks(Reader *reader) {
    while (*reader->at == ' ')
        reader->at++;
}

bool read_if(Reader *reader, const char *word) {
    skip_blanks(reader);
    size_t size = strlen(word);
    if (strncmp(reader->at, word, size) != 0)
        return false;
    char last = word[size - 1], next = reader->at[size];
    if (isalnum((unsigned char)last) && (isalnum((unsigned char)next) || next == '_'))
        return false;
    reader->at += size;
    return true;
}

void read_expected(Reader *reader, const char *word) {
    if (!read_if(reader, word))
        read_fail(reader, word);
}

static bool is_word_character(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

char *read_word(Reader *reader) {
    skip_blanks(reader);
    const char *first = reader->at;
    if (!isalpha((unsigned char)*first) && *first != '_')
        read_fail(reader, "a name");
    while (is_word_character(*reader->at))
        reader->at++;
    return format_text(reader->symbols->compiler, "%.*s", (int)(reader->at - first), first);
}

int64_t read_integer(Reader *reader) {
    skip_blanks(reader);
    char *end;
    int64_t value = strtoll(reader->at, &end, 0);
    if (end == reader->at)
        read_fail(reader, "a whole number");
    reader->at = end;
    return value;
}

int find_variable(const Reader *reader, const char *name) {
    for (int i = reader->symbols->variable_count - 1; i >= 0; i--)
        if (strcmp(reader->symbols->variables[i], name) == 0)
            return i;
    return -1;
}

int find_register(const Reader *reader, const char *name) {
    for (int i = reader->symbols->register_count - 1; i >= 0; i--)
        if (strcmp(reader->symbols->registers[i].name, name) == 0)
            return i;
    return -1;
}

int find_buffer(const Reader *reader, const char *name) {
    for (int i = reader->symbols->buffer_count - 1; i >= 0; i--)
        if (strcmp(reader->symbols->buffers[i].name, name) == 0)
            return i;
    return -1;
}

// Affine expressions: 64*n0 + 32*b - 3, 14 - y, (64*n0 + 32)/5

static Affine read_term(Reader *reader) {
    Compiler *compiler = reader->symbols->compiler;
    skip_blanks(reader);
    int64_t factor = 1;
    if (isdigit((unsigned char)*reader->at)) {
        factor = read_integer(reader);
        if (!read_if(reader, "*"))
            return affine_number(factor);
    }
    int variable = find_variable(reader, read_word(reader));
    if (variable < 0)
        read_fail(reader, "a loop variable");
    return affine_scale(compiler, affine_variable(compiler, variable), factor);
}

static Affine read_sum(Reader *reader) {
    Compiler *compiler = reader->symbols->compiler;
    bool is_negative = read_if(reader, "-");
    Affine sum = affine_scale(compiler, read_term(reader), is_negative ? -1 : 1);
    for (;;) {
        if (read_if(reader, "+"))
            sum = affine_add(compiler, sum, read_term(reader));
        else if (read_if(reader, "-"))
            sum = affine_add(compiler, sum, affine_scale(compiler, read_term(reader), -1));
        else
            return sum;
    }
}

Affine read_affine(Reader *reader) {
    bool is_quotient = read_if(reader, "(");
    Affine sum = read_sum(reader);
    if (is_quotient)
        read_expected(reader, ")");
    if (read_if(reader, "/"))
        sum.divisor = read_integer(reader);
    else if (is_quotient)
        read_fail(reader, "a divisor");
    return sum;
}

/* "14 - y >= 0", "(y - k + 1) % 2 == 0" */
AffineTest read_affine_test(Reader *reader) {
    const char *at = reader->at;
    skip_blanks(reader);
    bool is_multiple = read_if(reader, "(");
    Affine value = read_sum(reader);
    if (is_multiple)
        read_expected(reader, ")");
    if (read_if(reader, "%")) {
        int64_t divisor = read_integer(reader);
        read_expected(reader, "==");
        read_expected(reader, "0");
        return affine_multiple(value, divisor);
    }
    reader->at = at;
    value = read_affine(reader);
    read_expected(reader, ">=");
    read_expected(reader, "0");
    return affine_not_negative(value);
}

int read_indices(Reader *reader, Affine *index, const char *end) {
    int count = 0;
    if (read_if(reader, end)) /* of a single number */
        return 0;
    do {
        if (count > MAX_RANK)
            read_fail(reader, "fewer indices");
        index[count++] = read_affine(reader);
    } while (read_if(reader, ","));
    read_expected(reader, end);
    return count;
}

/* Behind a buffer's name. */
Reference *read_reference(Reader *reader, int buffer) {
    Affine index[MAX_RANK + 1];
    read_expected(reader, "[");
    int count = read_indices(reader, index, "]");
    Reference *reference = reference_new(reader->symbols, buffer, count, index);
    if (!read_if(reader, ":"))
        return reference;
    int lanes = (int)read_integer(reader);
    int64_t stride = read_if(reader, "by") ? read_integer(reader) : 1;
    reference = reference_lanes(reader->symbols, reference, lanes, stride);
    if (read_if(reader, "mask"))
        reference->mask = (uint64_t)read_integer(reader);
    return reference;
}

// Expressions

Type read_type(Reader *reader) {
    for (Type type = TYPE_FLOAT; type <= TYPE_BOOL; type++)
        if (read_if(reader, type_text(type)))
            return type;
    read_fail(reader, "a type");
}

static int read_arguments(Reader *reader, Expr **arguments, int room) {
    int count = 0;
    do {
        if (count == room)
            read_fail(reader, "fewer arguments");
        arguments[count++] = read_expr(reader);
    } while (read_if(reader, ","));
    read_expected(reader, ")");
    return count;
}

static Expr *read_number(Reader *reader) {
    double value = INFINITY;
    if (!read_if(reader, "infinity")) {
        char *end;
        value = strtod(reader->at, &end);
        reader->at = end;
    }
    Type type = TYPE_FLOAT;
    if (*reader->at == ':' && isalpha((unsigned char)reader->at[1])) {
        read_expected(reader, ":");
        type = read_type(reader);
    }
    return expr_const(reader->symbols, type, value);
}

static Expr *read_random(Reader *reader, Op op) {
    Symbols *symbols = reader->symbols;
    int stream = (int)read_integer(reader);
    read_expected(reader, ",");
    Affine index[MAX_RANK + 1];
    int count = read_indices(reader, index, ")");
    if (count != 1 && count != 2)
        read_fail(reader, "one or two indices");
    Expr *random = expr_random(symbols, TYPE_FLOAT, op, stream, count > 1 ? &index[0] : NULL,
                               &index[count - 1]);
    if (read_if(reader, ":")) {
        random->lanes = (int)read_integer(reader);
        random->stride = read_if(reader, "by") ? read_integer(reader) : 1;
        random->examples_in_lanes = read_if(reader, "examples");
    }
    if (read_if(reader, "f64"))
        random->type = TYPE_DOUBLE;
    return random;
}

/* Behind "name(". */
static Expr *read_function(Reader *reader, const char *name) {
    Symbols *symbols = reader->symbols;
    if (strcmp(name, "uniform") == 0 || strcmp(name, "normal") == 0)
        return read_random(reader, *name == 'u' ? OP_UNIFORM : OP_NORMAL);
    if (strcmp(name, "index") == 0 || strcmp(name, "inside") == 0 || strcmp(name, "divides") == 0) {
        int64_t divisor = *name == 'd' ? read_integer(reader) : 0;
        if (*name == 'd')
            read_expected(reader, ",");
        Affine index = read_affine(reader);
        read_expected(reader, ")");
        if (strcmp(name, "index") != 0)
            return expr_test(symbols, (AffineTest){index, divisor});
        int lanes = read_if(reader, ":") ? (int)read_integer(reader) : 1;
        int64_t stride = read_if(reader, "by") ? read_integer(reader) : 1;
        return expr_numbers(symbols, &index, lanes, stride);
    }
    if (strcmp(name, "lanes") == 0) {
        uint64_t mask = (uint64_t)read_integer(reader);
        read_expected(reader, "):");
        return expr_mask(symbols, mask, (int)read_integer(reader));
    }
    enum { MOST_ARGUMENTS = 64 };
    Expr *arguments[MOST_ARGUMENTS] = {0};
    int count = read_arguments(reader, arguments, MOST_ARGUMENTS);
    for (Type type = TYPE_FLOAT; type <= TYPE_BOOL; type++)
        if (strcmp(name, type_text(type)) == 0)
            return expr_convert(symbols, type, arguments[0]);
    if (strcmp(name, "select") == 0 && count == 3)
        return expr_select(symbols, arguments[0], arguments[1], arguments[2]);
    if (strcmp(name, "sums") == 0)
        return expr_sums(symbols, count, arguments);
    if (strcmp(name, "across") == 0 || strcmp(name, "max_across") == 0)
        return expr_across(symbols, *name == 'a' ? OP_ADD : OP_MAXIMUM, arguments[0]);
    if (strcmp(name, "splat") == 0) {
        read_expected(reader, ":");
        return expr_splat(symbols, arguments[0], (int)read_integer(reader));
    }
    Op op = op_by_name(name);
    if (op == OP_NONE || op_rows[op].arity != count)
        read_fail(reader, "a function of so many arguments");
    return expr_apply(symbols, op, arguments[0], arguments[1], arguments[2]);
}

static Expr *read_atom(Reader *reader) {
    skip_blanks(reader);
    if (read_if(reader, "(")) {
        Expr *inner = read_expr(reader);
        read_expected(reader, ")");
        return inner;
    }
    if (isdigit((unsigned char)*reader->at) || strncmp(reader->at, "infinity", 8) == 0)
        return read_number(reader);
    char *word = read_word(reader);
    if (*reader->at == '(') {
        reader->at++;
        return read_function(reader, word);
    }
    int number = *reader->at == '[' ? find_buffer(reader, word) : find_register(reader, word);
    if (number < 0)
        read_fail(reader, "a name that was made before");
    if (*reader->at == '[')
        return expr_read(reader->symbols, read_reference(reader, number));
    return expr_register(reader->symbols, number);
}

static Expr *read_minus(Reader *reader) {
    if (!read_if(reader, "-"))
        return read_atom(reader);
    Expr *operand = read_atom(reader);
    if (operand->kind != EXPR_CONST)
        return expr_apply(reader->symbols, OP_NEG, operand, NULL, NULL);
    operand->value = -operand->value;
    return operand;
}

/* The infix operator that comes next, if it binds at least so tightly; not yet passed. */
static const Infix *next_infix(Reader *reader, int level) {
    static const char *const signs[] = {"<=", ">=", "==", "!=", "+", "-", "*", "/", "^", "<", ">"};
    skip_blanks(reader);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strncmp(reader->at, signs[i], strlen(signs[i])) == 0) {
            const Infix *infix = infix_by_text(signs[i]);
            return infix->level >= level ? infix : NULL;
        }
    return NULL;
}

static Expr *read_infix(Reader *reader, int level) {
    Expr *left = read_minus(reader);
    const Infix *infix;
    while ((infix = next_infix(reader, level)) != NULL) {
        read_expected(reader, infix->text);
        Expr *right = read_infix(reader, infix->level + 1);
        left = expr_apply(reader->symbols, infix->op, infix->is_exchanged ? right : left,
                          infix->is_exchanged ? left : right, NULL);
    }
    return left;
}

Expr *read_expr(Reader *reader) {
    Expr *left = read_infix(reader, 1);
    while (read_if(reader, "and"))
        left = expr_and(reader->symbols, left, read_infix(reader, 1));
    return left;
}

int level_ahead(const Reader *reader) {
    const char *at = reader->at;
    while (*at == ' ')
        at++;
    return *at ? (int)(at - reader->at) / 2 : -1;
}

void end_line(Reader *reader) {
    skip_blanks(reader);
    if (*reader->at != '\n')
        read_fail(reader, "the end of the line");
    reader->at++;
    reader->line++;
}

void read_extents(Reader *reader, Buffer *buffer) {
    buffer->type = read_type(reader);
    read_expected(reader, "[");
    bool is_number = read_if(reader, "]");
    while (!is_number) {
        if (buffer->rank > MAX_RANK)
            read_fail(reader, "fewer axes");
        buffer->extent[buffer->rank++] = read_integer(reader);
        if (!read_if(reader, ","))
            break;
    }
    if (!is_number)
        read_expected(reader, "]");
    if (read_if(reader, "align"))
        buffer->alignment = (int)read_integer(reader);
}
