/* The text form of a loop program, which golden files hold and which passes are tested in: a
   statement a line, two spaces a level.

       kernel h(x: f32[400], h.weight: f32[1280] align 64, h: f32[1000] out)
         for b0 = 0..20 by 4, k = 0..20
           let x_0 = splat(x[20*b0 + k]):16
           h[50*b0 + 48]:16 mask 0x3 = fma(x_0, h.weight[32*k]:16, s_0)

   Loops with nothing but one loop in them share a line. A register whose name another one has that
   is still visible is called after both: "x_l.2".

   In: a kernel. Out: text. */

#include "lower/loops.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void print_type(Text *out, Type type, int lanes) {
    text_add(out, "%s", type_text(type));
    if (lanes > 1)
        text_add(out, "x%d", lanes);
}

static void print_level(Text *out, int level) {
    text_add(out, "%*s", 2 * level, "");
}

static void print_targets(Text *out, const Symbols *symbols, const Stmt *stmt) {
    for (int i = 0; i < stmt->target_count; i++)
        text_add(out, "%s%s", i ? ", " : "", symbols->registers[stmt->targets[i]].name);
}

static void print_body(Text *out, const Symbols *symbols, const Body *body, int level);

static void print_range(Text *out, const Symbols *symbols, const Stmt *stmt) {
    Range range = stmt->range;
    text_add(out, "%s = %" PRId64 "..%" PRId64, symbols->variables[stmt->variable], range.first,
             range.last + range.step);
    if (range.step != 1)
        text_add(out, " by %" PRId64, range.step);
    static const char *const marks[] = {"", " unroll", " each", " turn", " lanes"};
    text_add(out, "%s", marks[stmt->mark]);
    if (stmt->mark == LOOP_LANES)
        text_add(out, " %d", stmt->lanes);
    text_add(out, "%s%s", stmt->is_split ? " split" : "", stmt->is_kept ? " kept" : "");
}

static bool is_loop_alone(const Body *body) {
    return body->count == 1 && body->statements[0]->kind == STMT_FOR;
}

static void print_for(Text *out, const Symbols *symbols, const Stmt *stmt, int level) {
    text_add(out, "for ");
    print_range(out, symbols, stmt);
    for (; is_loop_alone(stmt->body); print_range(out, symbols, stmt)) {
        text_add(out, ", ");
        stmt = stmt->body->statements[0];
    }
    text_add(out, "\n");
    print_body(out, symbols, stmt->body, level + 1);
}

static void print_if(Text *out, const Symbols *symbols, const Stmt *stmt, int level) {
    text_add(out, "if ");
    for (int i = 0; i < stmt->test_count; i++) {
        text_add(out, "%s", i ? " and " : "");
        text_add(out, "%s",
                 affine_test_text(symbols->compiler, stmt->tests[i], symbols->variables));
    }
    text_add(out, "\n");
    print_body(out, symbols, stmt->body, level + 1);
    if (!stmt->otherwise)
        return;
    print_level(out, level);
    text_add(out, "else\n");
    print_body(out, symbols, stmt->otherwise, level + 1);
}

static void print_extents(Text *out, const Buffer *buffer) {
    text_add(out, "%s[", type_text(buffer->type));
    for (int axis = 0; axis < buffer->rank; axis++)
        text_add(out, "%s%" PRId64, axis ? ", " : "", buffer->extent[axis]);
    text_add(out, "]");
    if (buffer->alignment > 0)
        text_add(out, " align %d", buffer->alignment);
}

static void print_var(Text *out, const Symbols *symbols, const Stmt *stmt) {
    const Register *first = &symbols->registers[stmt->targets[0]];
    text_add(out, "var ");
    print_targets(out, symbols, stmt);
    text_add(out, ": ");
    print_type(out, first->type, first->lanes);
    if (stmt->expression) {
        text_add(out, " = ");
        expr_text(out, symbols, stmt->expression);
    }
}

static void print_assignment(Text *out, const Symbols *symbols, const Stmt *stmt,
                             const char *sign) {
    if (stmt->reference)
        reference_text(out, symbols, stmt->reference);
    else
        print_targets(out, symbols, stmt);
    text_add(out, " %s ", sign);
    expr_text(out, symbols, stmt->expression);
}

static const char *accumulate_sign(const Stmt *stmt) {
    return stmt->is_fused ? "fma=" : stmt->op == OP_ADD ? "+=" : "max=";
}

static void print_simple(Text *out, const Symbols *symbols, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_LET:
        text_add(out, "let ");
        print_assignment(out, symbols, stmt, "=");
        break;
    case STMT_VAR:
        print_var(out, symbols, stmt);
        break;
    case STMT_LOCAL:
        text_add(out, "local %s: ", symbols->buffers[stmt->buffer].name);
        print_extents(out, &symbols->buffers[stmt->buffer]);
        break;
    case STMT_ACCUMULATE:
        print_assignment(out, symbols, stmt, accumulate_sign(stmt));
        break;
    case STMT_DRAW:
        text_add(out, "draw ");
        print_assignment(out, symbols, stmt, "=");
        break;
    case STMT_TRANSPOSE:
        text_add(out, "transpose ");
        print_targets(out, symbols, stmt);
        break;
    case STMT_FETCH:
        text_add(out, "fetch ");
        reference_text(out, symbols, stmt->reference);
        break;
    case STMT_FENCE:
        text_add(out, "fence");
        break;
    default: /* SET, STORE */
        print_assignment(out, symbols, stmt, "=");
        break;
    }
    text_add(out, "\n");
}

static void print_body(Text *out, const Symbols *symbols, const Body *body, int level) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        print_level(out, level);
        if (stmt->kind == STMT_FOR)
            print_for(out, symbols, stmt, level);
        else if (stmt->kind == STMT_IF)
            print_if(out, symbols, stmt, level);
        else
            print_simple(out, symbols, stmt);
    }
}

// Names of registers

typedef struct {
    const char *name;
    int reg;
} Named;

static int by_name(const void *a, const void *b) {
    return strcmp(((const Named *)a)->name, ((const Named *)b)->name);
}

typedef struct {
    Symbols *symbols;
    int *group;   /* by register: which registers have its name */
    int *visible; /* by group: how many of them are, so far */
} Namer;

static bool makes_targets(const Stmt *stmt) {
    return stmt->kind == STMT_LET || stmt->kind == STMT_VAR || stmt->kind == STMT_DRAW;
}

/* The registers of one body are visible up to its end. */
static void name_body(const Namer *namer, const Body *body) {
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        for (int t = 0; t < stmt->target_count && makes_targets(stmt); t++) {
            Register *made = &namer->symbols->registers[stmt->targets[t]];
            int number = ++namer->visible[namer->group[stmt->targets[t]]];
            if (number > 1)
                made->name = format_text(namer->symbols->compiler, "%s.%d", made->name, number);
        }
        if (stmt->body)
            name_body(namer, stmt->body);
        if (stmt->otherwise)
            name_body(namer, stmt->otherwise);
    }
    for (int i = 0; i < body->count; i++) {
        const Stmt *stmt = body->statements[i];
        for (int t = 0; t < stmt->target_count && makes_targets(stmt); t++)
            namer->visible[namer->group[stmt->targets[t]]]--;
    }
}

/* Symbols with a name of its own for each register that is visible. */
static const Symbols *named_apart(const LoopKernel *kernel) {
    Compiler *compiler = kernel->symbols->compiler;
    int count = kernel->symbols->register_count, groups = 0;
    Symbols *symbols = NEW(compiler, Symbols);
    *symbols = *kernel->symbols;
    symbols->registers = array_copy(compiler, symbols->registers, count, sizeof(Register));
    Namer namer = {.symbols = symbols, .group = NEW_ARRAY(compiler, int, count + 1)};
    Named *named = NEW_ARRAY(compiler, Named, count + 1);
    for (int i = 0; i < count; i++)
        named[i] = (Named){symbols->registers[i].name, i};
    qsort(named, (size_t)count, sizeof *named, by_name);
    for (int i = 0; i < count; i++) {
        groups += i > 0 && by_name(&named[i], &named[i - 1]) != 0;
        namer.group[named[i].reg] = groups;
    }
    namer.visible = NEW_ARRAY(compiler, int, groups + 1);
    name_body(&namer, kernel->body);
    return symbols;
}

void loops_text(Text *out, const LoopKernel *kernel) {
    const Symbols *symbols = named_apart(kernel);
    text_add(out, "kernel %s(", kernel->name);
    int shown = 0;
    for (int i = 0; i < symbols->buffer_count; i++) {
        const Buffer *buffer = &symbols->buffers[i];
        if (buffer->is_local)
            continue;
        text_add(out, "%s%s: ", shown++ ? ", " : "", buffer->name);
        print_extents(out, buffer);
        text_add(out, "%s", buffer->is_written ? " out" : "");
    }
    text_add(out, ")\n");
    print_body(out, symbols, kernel->body, 1);
}
