/* Reads the text form of a loop program: what loops_text prints, and no more lenient than that. */

#include "loops_parse.h"

#include "expr_parse.h"

#include <stdlib.h>
#include <string.h>

static int read_names(Reader *reader, char **names, int room) {
    int count = 0;
    do {
        if (count == room)
            read_fail(reader, "fewer names");
        names[count++] = read_word(reader);
    } while (read_if(reader, ","));
    return count;
}

static void add_names(Reader *reader, Stmt *stmt, int count, char **names, Type type, int lanes) {
    stmt->target_count = count;
    stmt->targets = NEW_ARRAY(reader->symbols->compiler, int, count);
    for (int i = 0; i < count; i++)
        stmt->targets[i] = symbols_register(reader->symbols, names[i], type, lanes);
}

enum { MOST_NAMES = 64 };

static Stmt *read_let(Reader *reader) {
    char *name = read_word(reader);
    read_expected(reader, "=");
    Expr *value = read_expr(reader);
    return stmt_let(reader->symbols,
                    symbols_register(reader->symbols, name, value->type, value->lanes), value);
}

static Stmt *read_var(Reader *reader) {
    char *names[MOST_NAMES];
    Stmt *stmt = stmt_new(reader->symbols, STMT_VAR);
    int count = read_names(reader, names, MOST_NAMES);
    read_expected(reader, ":");
    Type type = TYPE_FLOAT;
    int lanes = 1;
    char *word = read_word(reader), *cross = strchr(word, 'x');
    if (cross) {
        *cross = '\0';
        lanes = atoi(cross + 1);
    }
    while (strcmp(word, type_text(type)) != 0)
        if (type++ == TYPE_BOOL)
            read_fail(reader, "a type");
    if (read_if(reader, "="))
        stmt->expression = read_expr(reader);
    add_names(reader, stmt, count, names, type, lanes);
    return stmt;
}

static Stmt *read_draw(Reader *reader) {
    char *names[MOST_NAMES];
    Stmt *stmt = stmt_new(reader->symbols, STMT_DRAW);
    int count = read_names(reader, names, MOST_NAMES);
    read_expected(reader, "=");
    stmt->expression = read_expr(reader);
    add_names(reader, stmt, count, names, stmt->expression->type, stmt->expression->lanes);
    return stmt;
}

static Stmt *read_transpose(Reader *reader) {
    char *names[MOST_NAMES];
    Stmt *stmt = stmt_new(reader->symbols, STMT_TRANSPOSE);
    stmt->target_count = read_names(reader, names, MOST_NAMES);
    stmt->targets = NEW_ARRAY(reader->symbols->compiler, int, stmt->target_count);
    for (int i = 0; i < stmt->target_count; i++)
        if ((stmt->targets[i] = find_register(reader, names[i])) < 0)
            read_fail(reader, "names that were made before");
    return stmt;
}

static Stmt *read_local(Reader *reader) {
    Stmt *stmt = stmt_new(reader->symbols, STMT_LOCAL);
    Buffer buffer = {.name = read_word(reader), .is_local = true, .is_written = true};
    read_expected(reader, ":");
    read_extents(reader, &buffer);
    stmt->buffer = symbols_buffer(reader->symbols, buffer);
    return stmt;
}

static Stmt *read_assignment(Reader *reader) {
    Symbols *symbols = reader->symbols;
    char *word = read_word(reader);
    if (*reader->at != '[') {
        int name = find_register(reader, word);
        if (name < 0)
            read_fail(reader, "a name that was made before");
        read_expected(reader, "=");
        return stmt_set(symbols, name, read_expr(reader));
    }
    int buffer = find_buffer(reader, word);
    if (buffer < 0)
        read_fail(reader, "a buffer");
    Reference *reference = read_reference(reader, buffer);
    if (read_if(reader, "="))
        return stmt_store(symbols, reference, read_expr(reader));
    Stmt *stmt = stmt_new(symbols, STMT_ACCUMULATE);
    stmt->reference = reference;
    stmt->is_fused = read_if(reader, "fma=");
    stmt->op = stmt->is_fused || read_if(reader, "+=") ? OP_ADD : OP_MAXIMUM;
    if (stmt->op == OP_MAXIMUM)
        read_expected(reader, "max=");
    stmt->expression = read_expr(reader);
    return stmt;
}

static Stmt *read_simple(Reader *reader) {
    if (read_if(reader, "let"))
        return read_let(reader);
    if (read_if(reader, "var"))
        return read_var(reader);
    if (read_if(reader, "local"))
        return read_local(reader);
    if (read_if(reader, "draw"))
        return read_draw(reader);
    if (read_if(reader, "transpose"))
        return read_transpose(reader);
    if (read_if(reader, "fence"))
        return stmt_new(reader->symbols, STMT_FENCE);
    if (!read_if(reader, "fetch"))
        return read_assignment(reader);
    Stmt *stmt = stmt_new(reader->symbols, STMT_FETCH);
    int buffer = find_buffer(reader, read_word(reader));
    if (buffer < 0)
        read_fail(reader, "a buffer");
    stmt->reference = read_reference(reader, buffer);
    return stmt;
}

static Body *read_body(Reader *reader, int level);

static Stmt *read_for(Reader *reader, int level) {
    Symbols *symbols = reader->symbols;
    char *name = read_word(reader);
    read_expected(reader, "=");
    Range range = {.first = read_integer(reader), .step = 1};
    read_expected(reader, "..");
    int64_t end = read_integer(reader);
    if (read_if(reader, "by"))
        range.step = read_integer(reader);
    if (end <= range.first || range.step < 1)
        read_fail(reader, "a range that is not empty");
    range.last = range.first + (end - 1 - range.first) / range.step * range.step;
    Stmt *stmt = stmt_for(symbols, symbols_variable(symbols, name), range);
    stmt->mark = read_if(reader, "unroll")  ? LOOP_UNROLL
                 : read_if(reader, "each")  ? LOOP_EACH
                 : read_if(reader, "turn")  ? LOOP_TURN
                 : read_if(reader, "lanes") ? LOOP_LANES
                                            : LOOP_PLAIN;
    if (stmt->mark == LOOP_LANES)
        stmt->lanes = (int)read_integer(reader);
    stmt->is_split = read_if(reader, "split");
    stmt->is_kept = read_if(reader, "kept");
    if (read_if(reader, ",")) {
        body_add(symbols, stmt->body, read_for(reader, level));
        return stmt;
    }
    end_line(reader);
    stmt->body = read_body(reader, level + 1);
    return stmt;
}

static Stmt *read_test(Reader *reader, int level) {
    AffineTest tests[2 * MAX_RANK];
    int count = 0;
    do {
        if (count == 2 * MAX_RANK)
            read_fail(reader, "fewer tests");
        tests[count++] = read_affine_test(reader);
    } while (read_if(reader, "and"));
    end_line(reader);
    Stmt *stmt = stmt_if(reader->symbols, count, tests);
    stmt->body = read_body(reader, level + 1);
    const char *before = reader->at;
    if (level_ahead(reader) == level && read_if(reader, "else")) {
        end_line(reader);
        stmt->otherwise = read_body(reader, level + 1);
    } else
        reader->at = before;
    return stmt;
}

static Body *read_body(Reader *reader, int level) {
    Body *body = body_new(reader->symbols);
    while (level_ahead(reader) == level) {
        bool is_for = read_if(reader, "for"), is_if = !is_for && read_if(reader, "if");
        Stmt *stmt = is_for  ? read_for(reader, level)
                     : is_if ? read_test(reader, level)
                             : read_simple(reader);
        body_add(reader->symbols, body, stmt);
        if (!is_for && !is_if)
            end_line(reader);
    }
    if (level_ahead(reader) > level)
        read_fail(reader, "a line of a lower level");
    return body;
}

static void read_kernel(Reader *reader, LoopKernel *kernel) {
    read_expected(reader, "kernel");
    kernel->name = read_word(reader);
    read_expected(reader, "(");
    do {
        Buffer buffer = {.name = read_word(reader)};
        read_expected(reader, ":");
        read_extents(reader, &buffer);
        buffer.is_written = read_if(reader, "out");
        symbols_buffer(kernel->symbols, buffer);
    } while (read_if(reader, ","));
    read_expected(reader, ")");
    end_line(reader);
    kernel->body = read_body(reader, 1);
    if (*reader->at)
        read_fail(reader, "the end of the text");
}

LoopKernel *loops_parse(Compiler *compiler, const char *text) {
    LoopKernel *kernel = loops_new(compiler, "");
    Reader reader = {.symbols = kernel->symbols, .at = text, .line = 1};
    if (setjmp(reader.failed) != 0)
        return NULL;
    read_kernel(&reader, kernel);
    return kernel;
}
