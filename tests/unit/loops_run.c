/* The interpreter: plain recursion over statements and expressions. Numbers are doubles; those of
   type f32 are rounded after each operation, multiply-adds once, so that they are the bits that
   emitted code has, but for functions such as exp, which are those of the C library. */

#include "loops_run.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define NN_DOUBLE 0
#define NN_TARGET NN_C99
#include "nn_random.h"

enum { MOST_LANES = 64 };

typedef struct {
    double lane[MOST_LANES];
} Vector;

typedef struct {
    const LoopKernel *kernel;
    double **memory;
    Vector *registers;
    int64_t *variables;
    const char *problem;
} Interpreter;

static double rounded(Type type, double value) {
    switch (type) {
    case TYPE_FLOAT:
        return (float)value;
    case TYPE_INT32:
        return (int32_t)value;
    case TYPE_UINT8:
        return (uint8_t)value;
    default:
        return value;
    }
}

int64_t buffer_count(const Buffer *buffer) {
    int64_t count = 1;
    for (int axis = 0; axis < buffer->rank; axis++)
        count *= buffer->extent[axis];
    return count;
}

/* Of lane `lane`; -1 where it lies outside, which is a problem. */
static int64_t element_of(Interpreter *machine, const Reference *reference, int lane) {
    const Buffer *buffer = &machine->kernel->symbols->buffers[reference->buffer];
    int64_t at = 0;
    for (int axis = 0; axis < reference->index_count; axis++) {
        int64_t index = affine_value(reference->index[axis], machine->variables);
        index += axis == reference->index_count - 1 ? lane * reference->stride : 0;
        if (index < 0 || index >= buffer->extent[axis]) {
            machine->problem = format_text(machine->kernel->symbols->compiler,
                                           "%s[%" PRId64 "], axis %d", buffer->name, index, axis);
            return -1;
        }
        at = at * buffer->extent[axis] + index;
    }
    return at;
}

static Vector load(Interpreter *machine, const Reference *reference) {
    Vector value = {{0}};
    for (int i = 0; i < reference->lanes; i++) {
        int64_t at = reference->mask >> i & 1 ? element_of(machine, reference, i) : -1;
        if (at >= 0)
            value.lane[i] = machine->memory[reference->buffer][at];
    }
    return value;
}

static void store(Interpreter *machine, const Reference *reference, const Vector *value) {
    for (int i = 0; i < reference->lanes; i++) {
        int64_t at = reference->mask >> i & 1 ? element_of(machine, reference, i) : -1;
        if (at >= 0)
            machine->memory[reference->buffer][at] = value->lane[i];
    }
}

static uint64_t mixed(uint64_t x) {
    x = (x ^ x >> 31) * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 29) * 0xBF58476D1CE4E5B9u;
    return x ^ x >> 32;
}

double loops_drawn(Op op, int stream, int64_t example, int64_t element) {
    return (op == OP_UNIFORM ? nn_uniform_1 : nn_normal_1)(LOOPS_SEED, LOOPS_STEP, (uint32_t)stream,
                                                           (uint32_t)example, (uint32_t)element);
}

static double joined(Op op, Type type, double a, double b) {
    return rounded(type, op == OP_ADD ? a + b : op_rows[OP_MAXIMUM].value(a, b, 0));
}

/* Halves first: lane i with lane i + count / 2. */
static double across(Op op, Type type, Vector value, int count) {
    for (; count > 1; count /= 2)
        for (int i = 0; i < count / 2; i++)
            value.lane[i] = joined(op, type, value.lane[i], value.lane[i + count / 2]);
    return value.lane[0];
}

static double fused(Type type, double a, double b, double c) {
    return type == TYPE_FLOAT ? (double)fmaf((float)a, (float)b, (float)c) : fma(a, b, c);
}

static double applied(Op op, Type type, double a, double b, double c) {
    if (op == OP_FMA)
        return fused(type, a, b, c);
    if (op == OP_FNMA)
        return fused(type, -a, b, c);
    return rounded(type, op_rows[op].value(a, b, c));
}

static Vector value_of(Interpreter *machine, const Expr *expr);

static Vector select_of(Interpreter *machine, const Expr *expr) {
    const Expr *test = expr->arguments[0];
    Vector choice = value_of(machine, test), result = {{0}};
    Vector values[2];
    if (test->lanes == 1) /* one test for all lanes: only what is chosen is evaluated */
        return value_of(machine, expr->arguments[choice.lane[0] != 0 ? 1 : 2]);
    for (int i = 0; i < 2; i++)
        values[i] = value_of(machine, expr->arguments[1 + i]);
    for (int i = 0; i < expr->lanes; i++)
        result.lane[i] = values[choice.lane[i] != 0 ? 0 : 1].lane[i];
    return result;
}

static Vector apply_of(Interpreter *machine, const Expr *expr) {
    Vector values[3] = {{{0}}}, result = {{0}};
    for (int i = 0; i < expr->argument_count; i++)
        values[i] = value_of(machine, expr->arguments[i]);
    for (int i = 0; i < expr->lanes; i++)
        result.lane[i] =
            applied(expr->op, expr->type, values[0].lane[i], values[1].lane[i], values[2].lane[i]);
    return result;
}

static Vector random_of(Interpreter *machine, const Expr *expr, int further) {
    int64_t example = affine_value(expr_example(expr), machine->variables);
    int64_t element = affine_value(expr_element(expr), machine->variables) + further;
    Vector result = {{0}};
    for (int i = 0; i < expr->lanes; i++)
        result.lane[i] =
            expr->examples_in_lanes
                ? loops_drawn(expr->op, expr->number, example + i * expr->stride, element)
                : loops_drawn(expr->op, expr->number, example, element + i * expr->stride);
    return result;
}

static Vector lanes_of(Interpreter *machine, const Expr *expr) {
    Vector a = value_of(machine, expr->arguments[0]), result = {{0}};
    for (int i = 0; i < expr->lanes; i++) {
        if (expr->kind == EXPR_SPLAT)
            result.lane[i] = a.lane[0];
        else if (expr->kind == EXPR_CONVERT)
            result.lane[i] = rounded(expr->type, a.lane[i]);
        else if (expr->kind == EXPR_AND)
            result.lane[i] = a.lane[i] != 0 && value_of(machine, expr->arguments[1]).lane[i] != 0;
        else if (expr->kind == EXPR_ACROSS)
            result.lane[i] = across(expr->op, expr->type, a, expr->arguments[0]->lanes);
        else
            result.lane[i] = across(OP_ADD, expr->type, value_of(machine, expr->arguments[i]),
                                    expr->arguments[i]->lanes);
    }
    return result;
}

static Vector value_of(Interpreter *machine, const Expr *expr) {
    Vector one = {{0}};
    if (machine->problem)
        return one;
    switch (expr->kind) {
    case EXPR_CONST:
        one.lane[0] = rounded(expr->type, expr->value);
        return one;
    case EXPR_INDEX:
        for (int i = 0; i < expr->lanes; i++)
            one.lane[i] =
                (double)(affine_value(expr->index[0], machine->variables) + i * expr->stride);
        return one;
    case EXPR_MASK:
        for (int i = 0; i < expr->lanes; i++)
            one.lane[i] = (expr->mask >> i & 1) != 0;
        return one;
    case EXPR_TEST:
        one.lane[0] = affine_test_holds(expr_asked(expr), machine->variables);
        return one;
    case EXPR_REGISTER:
        return machine->registers[expr->reg];
    case EXPR_READ:
        return load(machine, expr->reference);
    case EXPR_APPLY:
        return apply_of(machine, expr);
    case EXPR_SELECT:
        return select_of(machine, expr);
    case EXPR_RANDOM:
        return random_of(machine, expr, 0);
    default:
        return lanes_of(machine, expr);
    }
}

static void run_body(Interpreter *machine, const Body *body);

static void accumulate(Interpreter *machine, const Stmt *stmt) {
    Type type = machine->kernel->symbols->buffers[stmt->reference->buffer].type;
    Vector before = load(machine, stmt->reference), sum = before, a, b;
    if (stmt->is_fused) {
        a = value_of(machine, stmt->expression->arguments[0]);
        b = value_of(machine, stmt->expression->arguments[1]);
    } else
        a = value_of(machine, stmt->expression);
    for (int i = 0; i < stmt->reference->lanes; i++)
        sum.lane[i] = stmt->is_fused ? fused(type, a.lane[i], b.lane[i], before.lane[i])
                                     : joined(stmt->op, type, before.lane[i], a.lane[i]);
    store(machine, stmt->reference, &sum);
}

static void transpose(Interpreter *machine, const Stmt *stmt) {
    Vector before[MOST_LANES];
    for (int i = 0; i < stmt->target_count; i++)
        before[i] = machine->registers[stmt->targets[i]];
    for (int i = 0; i < stmt->target_count; i++)
        for (int k = 0; k < stmt->target_count; k++)
            machine->registers[stmt->targets[i]].lane[k] = before[k].lane[i];
}

static bool tests_hold(Interpreter *machine, const Stmt *stmt) {
    for (int i = 0; i < stmt->test_count; i++)
        if (!affine_test_holds(stmt->tests[i], machine->variables))
            return false;
    return true;
}

static void run_local(Interpreter *machine, int buffer) {
    int64_t count = buffer_count(&machine->kernel->symbols->buffers[buffer]);
    if (!machine->memory[buffer])
        machine->memory[buffer] = NEW_ARRAY(machine->kernel->symbols->compiler, double, count);
    for (int64_t i = 0; i < count; i++)
        machine->memory[buffer][i] = NAN;
}

static void run(Interpreter *machine, const Stmt *stmt) {
    Vector value = {{0}};
    switch (stmt->kind) {
    case STMT_FOR:
        for (int64_t i = stmt->range.first; i <= stmt->range.last; i += stmt->range.step) {
            machine->variables[stmt->variable] = i;
            run_body(machine, stmt->body);
        }
        break;
    case STMT_IF:
        if (tests_hold(machine, stmt))
            run_body(machine, stmt->body);
        else if (stmt->otherwise)
            run_body(machine, stmt->otherwise);
        break;
    case STMT_LET:
    case STMT_VAR:
    case STMT_SET:
        for (int i = 0; i < MOST_LANES; i++)
            value.lane[i] = NAN;
        if (stmt->expression)
            value = value_of(machine, stmt->expression);
        for (int i = 0; i < stmt->target_count; i++)
            machine->registers[stmt->targets[i]] = value;
        break;
    case STMT_DRAW:
        for (int i = 0; i < stmt->target_count; i++)
            machine->registers[stmt->targets[i]] = random_of(machine, stmt->expression, i);
        break;
    case STMT_TRANSPOSE:
        transpose(machine, stmt);
        break;
    case STMT_LOCAL:
        run_local(machine, stmt->buffer);
        break;
    case STMT_STORE:
        value = value_of(machine, stmt->expression);
        store(machine, stmt->reference, &value);
        break;
    case STMT_ACCUMULATE:
        accumulate(machine, stmt);
        break;
    case STMT_FETCH:
    case STMT_FENCE:
        break;
    }
}

static void run_body(Interpreter *machine, const Body *body) {
    for (int i = 0; i < body->count && !machine->problem; i++)
        run(machine, body->statements[i]);
}

const char *loops_run(const LoopKernel *kernel, double **memory) {
    Interpreter machine = {.kernel = kernel};
    machine.memory =
        NEW_ARRAY(kernel->symbols->compiler, double *, kernel->symbols->buffer_count + 1);
    for (int i = 0; i < kernel->symbols->buffer_count; i++)
        if (!kernel->symbols->buffers[i].is_local)
            machine.memory[i] = memory[i];
    machine.registers =
        NEW_ARRAY(kernel->symbols->compiler, Vector, kernel->symbols->register_count + 1);
    machine.variables =
        NEW_ARRAY(kernel->symbols->compiler, int64_t, kernel->symbols->variable_count + 1);
    run_body(&machine, kernel->body);
    return machine.problem;
}

static double number_of(Type type, uint64_t bits, bool is_whole) {
    if (type == TYPE_INT32 || type == TYPE_UINT8)
        return (double)(bits % 10);
    if (is_whole)
        return (double)(int)(bits % 9) - 4;
    return rounded(type, (double)(bits >> 11) / 4503599627370496.0 - 1);
}

double **loops_memory(const LoopKernel *kernel, uint64_t seed, bool is_whole) {
    double **memory =
        NEW_ARRAY(kernel->symbols->compiler, double *, kernel->symbols->buffer_count + 1);
    for (int i = 0; i < kernel->symbols->buffer_count; i++) {
        const Buffer *buffer = &kernel->symbols->buffers[i];
        if (buffer->is_local)
            continue;
        int64_t count = buffer_count(buffer);
        memory[i] = NEW_ARRAY(kernel->symbols->compiler, double, count);
        for (int64_t at = 0; at < count; at++)
            memory[i][at] =
                number_of(buffer->type, mixed(seed + mixed((uint64_t)(i + 1) << 40 | (uint64_t)at)),
                          is_whole);
    }
    return memory;
}
