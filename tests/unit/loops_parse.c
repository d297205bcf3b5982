/* Reads the text form of a loop program: what loops_text prints, and no more lenient than that. */

#include "loops_parse.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    LoopKernel *kernel;
    const char *at; /* the next character of the text */
    int line;
    jmp_buf failed;
} Reader;

_Noreturn static void fail(Reader *reader, const char *reason) {
    fprintf(stderr, "loops_parse: line %d: %s: %.30s\n", reader->line, reason, reader->at);
    longjmp(reader->failed, 1);
}

static void skip_blanks(Reader *reader) {
    while (*reader->at == ' ')
        reader->at++;
}

static bool accept(Reader *reader, const char *word) {
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

static void expect(Reader *reader, const char *word) {
    if (!accept(reader, word))
        fail(reader, word);
}

static bool is_word_character(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static char *read_word(Reader *reader) {
    skip_blanks(reader);
    const char *first = reader->at;
    if (!isalpha((unsigned char)*first) && *first != '_')
        fail(reader, "a name");
    while (is_word_character(*reader->at))
        reader->at++;
    return format_text(reader->kernel->symbols->compiler, "%.*s", (int)(reader->at - first), first);
}

static int64_t read_integer(Reader *reader) {
    skip_blanks(reader);
    char *end;
    int64_t value = strtoll(reader->at, &end, 0);
    if (end == reader->at)
        fail(reader, "a whole number");
    reader->at = end;
    return value;
}

static int find_variable(const Reader *reader, const char *name) {
    for (int i = reader->kernel->symbols->variable_count - 1; i >= 0; i--)
        if (strcmp(reader->kernel->symbols->variables[i], name) == 0)
            return i;
    return -1;
}

static int find_register(const Reader *reader, const char *name) {
    for (int i = reader->kernel->symbols->register_count - 1; i >= 0; i--)
        if (strcmp(reader->kernel->symbols->registers[i].name, name) == 0)
            return i;
    return -1;
}

static int find_buffer(const Reader *reader, const char *name) {
    for (int i = reader->kernel->symbols->buffer_count - 1; i >= 0; i--)
        if (strcmp(reader->kernel->symbols->buffers[i].name, name) == 0)
            return i;
    return -1;
}

// Affine expressions: 64*n0 + 32*b - 3, 14 - y, (64*n0 + 32)/5

static Affine read_term(Reader *reader) {
    Compiler *compiler = reader->kernel->symbols->compiler;
    skip_blanks(reader);
    int64_t factor = 1;
    if (isdigit((unsigned char)*reader->at)) {
        factor = read_integer(reader);
        if (!accept(reader, "*"))
            return affine_number(factor);
    }
    int variable = find_variable(reader, read_word(reader));
    if (variable < 0)
        fail(reader, "a loop variable");
    return affine_scale(compiler, affine_variable(compiler, variable), factor);
}

static Affine read_sum(Reader *reader) {
    Compiler *compiler = reader->kernel->symbols->compiler;
    bool is_negative = accept(reader, "-");
    Affine sum = affine_scale(compiler, read_term(reader), is_negative ? -1 : 1);
    for (;;) {
        if (accept(reader, "+"))
            sum = affine_add(compiler, sum, read_term(reader));
        else if (accept(reader, "-"))
            sum = affine_add(compiler, sum, affine_scale(compiler, read_term(reader), -1));
        else
            return sum;
    }
}

static Affine read_affine(Reader *reader) {
    bool is_quotient = accept(reader, "(");
    Affine sum = read_sum(reader);
    if (is_quotient)
        expect(reader, ")");
    if (accept(reader, "/"))
        sum.divisor = read_integer(reader);
    else if (is_quotient)
        fail(reader, "a divisor");
    return sum;
}

static int read_indices(Reader *reader, Affine *index, const char *end) {
    int count = 0;
    do {
        if (count > MAX_RANK)
            fail(reader, "fewer indices");
        index[count++] = read_affine(reader);
    } while (accept(reader, ","));
    expect(reader, end);
    return count;
}

/* Behind a buffer's name. */
static Reference *read_reference(Reader *reader, int buffer) {
    Affine index[MAX_RANK + 1];
    expect(reader, "[");
    int count = read_indices(reader, index, "]");
    Reference *reference = reference_new(reader->kernel->symbols, buffer, count, index);
    if (!accept(reader, ":"))
        return reference;
    int lanes = (int)read_integer(reader);
    int64_t stride = accept(reader, "by") ? read_integer(reader) : 1;
    reference = reference_lanes(reader->kernel->symbols, reference, lanes, stride);
    if (accept(reader, "mask"))
        reference->mask = (uint64_t)read_integer(reader);
    return reference;
}

// Expressions

static Type read_type(Reader *reader) {
    for (Type type = TYPE_FLOAT; type <= TYPE_BOOL; type++)
        if (accept(reader, type_text(type)))
            return type;
    fail(reader, "a type");
}

static Expr *read_expr(Reader *reader);

static int read_arguments(Reader *reader, Expr **arguments, int room) {
    int count = 0;
    do {
        if (count == room)
            fail(reader, "fewer arguments");
        arguments[count++] = read_expr(reader);
    } while (accept(reader, ","));
    expect(reader, ")");
    return count;
}

static Expr *read_number(Reader *reader) {
    double value = INFINITY;
    if (!accept(reader, "infinity")) {
        char *end;
        value = strtod(reader->at, &end);
        reader->at = end;
    }
    Type type = TYPE_FLOAT;
    if (*reader->at == ':' && isalpha((unsigned char)reader->at[1])) {
        expect(reader, ":");
        type = read_type(reader);
    }
    return expr_const(reader->kernel->symbols, type, value);
}

static Expr *read_random(Reader *reader, Op op) {
    Symbols *symbols = reader->kernel->symbols;
    int stream = (int)read_integer(reader);
    expect(reader, ",");
    Affine index[MAX_RANK + 1];
    if (read_indices(reader, index, ")") != 2)
        fail(reader, "two indices");
    Expr *random = expr_random(symbols, TYPE_FLOAT, op, stream, &index[0], &index[1]);
    if (accept(reader, ":")) {
        random->lanes = (int)read_integer(reader);
        random->examples_in_lanes = accept(reader, "examples");
    }
    if (accept(reader, "f64"))
        random->type = TYPE_DOUBLE;
    return random;
}

/* Behind "name(". */
static Expr *read_function(Reader *reader, const char *name) {
    Symbols *symbols = reader->kernel->symbols;
    if (strcmp(name, "uniform") == 0 || strcmp(name, "normal") == 0)
        return read_random(reader, *name == 'u' ? OP_UNIFORM : OP_NORMAL);
    if (strcmp(name, "index") == 0 || strcmp(name, "inside") == 0) {
        Affine index = read_affine(reader);
        expect(reader, ")");
        return *name == 'i' && name[2] == 'd' ? expr_index(symbols, &index)
                                              : expr_test(symbols, &index);
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
        expect(reader, ":");
        return expr_splat(symbols, arguments[0], (int)read_integer(reader));
    }
    Op op = op_by_name(name);
    if (op == OP_NONE || op_rows[op].arity != count)
        fail(reader, "a function of so many arguments");
    return expr_apply(symbols, op, arguments[0], arguments[1], arguments[2]);
}

static Expr *read_atom(Reader *reader) {
    skip_blanks(reader);
    if (accept(reader, "(")) {
        Expr *inner = read_expr(reader);
        expect(reader, ")");
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
        fail(reader, "a name that was made before");
    if (*reader->at == '[')
        return expr_read(reader->kernel->symbols, read_reference(reader, number));
    return expr_register(reader->kernel->symbols, number);
}

static Expr *read_minus(Reader *reader) {
    if (!accept(reader, "-"))
        return read_atom(reader);
    Expr *operand = read_atom(reader);
    if (operand->kind != EXPR_CONST)
        return expr_apply(reader->kernel->symbols, OP_NEG, operand, NULL, NULL);
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
        expect(reader, infix->text);
        Expr *right = read_infix(reader, infix->level + 1);
        left = expr_apply(reader->kernel->symbols, infix->op, infix->is_exchanged ? right : left,
                          infix->is_exchanged ? left : right, NULL);
    }
    return left;
}

static Expr *read_expr(Reader *reader) {
    Expr *left = read_infix(reader, 1);
    while (accept(reader, "and"))
        left = expr_and(reader->kernel->symbols, left, read_infix(reader, 1));
    return left;
}

// Statements

static void read_extents(Reader *reader, Buffer *buffer) {
    buffer->type = read_type(reader);
    expect(reader, "[");
    do {
        if (buffer->rank > MAX_RANK)
            fail(reader, "fewer axes");
        buffer->extent[buffer->rank++] = read_integer(reader);
    } while (accept(reader, ","));
    expect(reader, "]");
    if (accept(reader, "align"))
        buffer->alignment = (int)read_integer(reader);
}

static int read_names(Reader *reader, char **names, int room) {
    int count = 0;
    do {
        if (count == room)
            fail(reader, "fewer names");
        names[count++] = read_word(reader);
    } while (accept(reader, ","));
    return count;
}

static void add_names(Reader *reader, Stmt *stmt, int count, char **names, Type type, int lanes) {
    stmt->target_count = count;
    stmt->targets = NEW_ARRAY(reader->kernel->symbols->compiler, int, count);
    for (int i = 0; i < count; i++)
        stmt->targets[i] = symbols_register(reader->kernel->symbols, names[i], type, lanes);
}

enum { MOST_NAMES = 64 };

static Stmt *read_let(Reader *reader) {
    char *name = read_word(reader);
    expect(reader, "=");
    Expr *value = read_expr(reader);
    return stmt_let(reader->kernel->symbols,
                    symbols_register(reader->kernel->symbols, name, value->type, value->lanes),
                    value);
}

static Stmt *read_var(Reader *reader) {
    char *names[MOST_NAMES];
    Stmt *stmt = stmt_new(reader->kernel->symbols, STMT_VAR);
    int count = read_names(reader, names, MOST_NAMES);
    expect(reader, ":");
    Type type = TYPE_FLOAT;
    int lanes = 1;
    char *word = read_word(reader), *cross = strchr(word, 'x');
    if (cross) {
        *cross = '\0';
        lanes = atoi(cross + 1);
    }
    while (strcmp(word, type_text(type)) != 0)
        if (type++ == TYPE_BOOL)
            fail(reader, "a type");
    if (accept(reader, "="))
        stmt->expression = read_expr(reader);
    add_names(reader, stmt, count, names, type, lanes);
    return stmt;
}

static Stmt *read_draw(Reader *reader) {
    char *names[MOST_NAMES];
    Stmt *stmt = stmt_new(reader->kernel->symbols, STMT_DRAW);
    int count = read_names(reader, names, MOST_NAMES);
    expect(reader, "=");
    stmt->expression = read_expr(reader);
    add_names(reader, stmt, count, names, stmt->expression->type, stmt->expression->lanes);
    return stmt;
}

static Stmt *read_transpose(Reader *reader) {
    char *names[MOST_NAMES];
    Stmt *stmt = stmt_new(reader->kernel->symbols, STMT_TRANSPOSE);
    stmt->target_count = read_names(reader, names, MOST_NAMES);
    stmt->targets = NEW_ARRAY(reader->kernel->symbols->compiler, int, stmt->target_count);
    for (int i = 0; i < stmt->target_count; i++)
        if ((stmt->targets[i] = find_register(reader, names[i])) < 0)
            fail(reader, "names that were made before");
    return stmt;
}

static Stmt *read_local(Reader *reader) {
    Stmt *stmt = stmt_new(reader->kernel->symbols, STMT_LOCAL);
    Buffer buffer = {.name = read_word(reader), .is_local = true, .is_written = true};
    expect(reader, ":");
    read_extents(reader, &buffer);
    stmt->buffer = symbols_buffer(reader->kernel->symbols, buffer);
    return stmt;
}

static Stmt *read_assignment(Reader *reader) {
    Symbols *symbols = reader->kernel->symbols;
    char *word = read_word(reader);
    if (*reader->at != '[') {
        int name = find_register(reader, word);
        if (name < 0)
            fail(reader, "a name that was made before");
        expect(reader, "=");
        return stmt_set(symbols, name, read_expr(reader));
    }
    int buffer = find_buffer(reader, word);
    if (buffer < 0)
        fail(reader, "a buffer");
    Reference *reference = read_reference(reader, buffer);
    if (accept(reader, "="))
        return stmt_store(symbols, reference, read_expr(reader));
    Stmt *stmt = stmt_new(symbols, STMT_ACCUMULATE);
    stmt->reference = reference;
    stmt->is_fused = accept(reader, "fma=");
    stmt->op = stmt->is_fused || accept(reader, "+=") ? OP_ADD : OP_MAXIMUM;
    if (stmt->op == OP_MAXIMUM)
        expect(reader, "max=");
    stmt->expression = read_expr(reader);
    return stmt;
}

static Stmt *read_simple(Reader *reader) {
    if (accept(reader, "let"))
        return read_let(reader);
    if (accept(reader, "var"))
        return read_var(reader);
    if (accept(reader, "local"))
        return read_local(reader);
    if (accept(reader, "draw"))
        return read_draw(reader);
    if (accept(reader, "transpose"))
        return read_transpose(reader);
    if (accept(reader, "fence"))
        return stmt_new(reader->kernel->symbols, STMT_FENCE);
    if (!accept(reader, "fetch"))
        return read_assignment(reader);
    Stmt *stmt = stmt_new(reader->kernel->symbols, STMT_FETCH);
    int buffer = find_buffer(reader, read_word(reader));
    if (buffer < 0)
        fail(reader, "a buffer");
    stmt->reference = read_reference(reader, buffer);
    return stmt;
}

/* Two blanks a level; -1 at the end of the text. */
static int level_ahead(const Reader *reader) {
    const char *at = reader->at;
    while (*at == ' ')
        at++;
    return *at ? (int)(at - reader->at) / 2 : -1;
}

static void end_line(Reader *reader) {
    skip_blanks(reader);
    if (*reader->at != '\n')
        fail(reader, "the end of the line");
    reader->at++;
    reader->line++;
}

static Body *read_body(Reader *reader, int level);

static Stmt *read_for(Reader *reader, int level) {
    Symbols *symbols = reader->kernel->symbols;
    char *name = read_word(reader);
    expect(reader, "=");
    Range range = {.first = read_integer(reader), .step = 1};
    expect(reader, "..");
    int64_t end = read_integer(reader);
    if (accept(reader, "by"))
        range.step = read_integer(reader);
    if (end <= range.first || range.step < 1)
        fail(reader, "a range that is not empty");
    range.last = range.first + (end - 1 - range.first) / range.step * range.step;
    Stmt *stmt = stmt_for(symbols, symbols_variable(symbols, name), range);
    stmt->mark = accept(reader, "unroll")  ? LOOP_UNROLL
                 : accept(reader, "each")  ? LOOP_EACH
                 : accept(reader, "lanes") ? LOOP_LANES
                                           : LOOP_PLAIN;
    if (stmt->mark == LOOP_LANES)
        stmt->lanes = (int)read_integer(reader);
    stmt->is_split = accept(reader, "split");
    stmt->is_kept = accept(reader, "kept");
    if (accept(reader, ",")) {
        body_add(symbols, stmt->body, read_for(reader, level));
        return stmt;
    }
    end_line(reader);
    stmt->body = read_body(reader, level + 1);
    return stmt;
}

static Stmt *read_if(Reader *reader, int level) {
    Affine tests[2 * MAX_RANK];
    int count = 0;
    do {
        if (count == 2 * MAX_RANK)
            fail(reader, "fewer tests");
        tests[count++] = read_affine(reader);
        expect(reader, ">=");
        if (read_integer(reader) != 0)
            fail(reader, "0");
    } while (accept(reader, "and"));
    end_line(reader);
    Stmt *stmt = stmt_if(reader->kernel->symbols, count, tests);
    stmt->body = read_body(reader, level + 1);
    const char *before = reader->at;
    if (level_ahead(reader) == level && accept(reader, "else")) {
        end_line(reader);
        stmt->otherwise = read_body(reader, level + 1);
    } else
        reader->at = before;
    return stmt;
}

static Body *read_body(Reader *reader, int level) {
    Body *body = body_new(reader->kernel->symbols);
    while (level_ahead(reader) == level) {
        bool is_for = accept(reader, "for"), is_if = !is_for && accept(reader, "if");
        Stmt *stmt = is_for  ? read_for(reader, level)
                     : is_if ? read_if(reader, level)
                             : read_simple(reader);
        body_add(reader->kernel->symbols, body, stmt);
        if (!is_for && !is_if)
            end_line(reader);
    }
    if (level_ahead(reader) > level)
        fail(reader, "a line of a lower level");
    return body;
}

static void read_kernel(Reader *reader) {
    LoopKernel *kernel = reader->kernel;
    expect(reader, "kernel");
    kernel->name = read_word(reader);
    expect(reader, "(");
    do {
        Buffer buffer = {.name = read_word(reader)};
        expect(reader, ":");
        read_extents(reader, &buffer);
        buffer.is_written = accept(reader, "out");
        symbols_buffer(kernel->symbols, buffer);
    } while (accept(reader, ","));
    expect(reader, ")");
    end_line(reader);
    kernel->body = read_body(reader, 1);
    if (*reader->at)
        fail(reader, "the end of the text");
}

LoopKernel *loops_parse(Compiler *compiler, const char *text) {
    Reader reader = {.kernel = loops_new(compiler, ""), .at = text, .line = 1};
    if (setjmp(reader.failed) != 0)
        return NULL;
    read_kernel(&reader);
    return reader.kernel;
}
