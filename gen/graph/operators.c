/* Operators: what each one is called and computes, and how the language writes those between two
   operands. In: rows of ops.h. Out: tables, which every stage reads. */

#include "graph/graph.h"

#include <math.h>
#include <string.h>

#define MAP(id, name, arity, c, value, ...)                                                        \
    static double value_##id(double a, double b, double c_) {                                      \
        (void)a, (void)b, (void)c_;                                                                \
        return value;                                                                              \
    }
#define c c_
#define OTHER(id, name)
#include "graph/ops.h"
#undef c
#undef MAP
#undef OTHER

const OpRow op_rows[OP_COUNT] = {
#define MAP(id, name, arity, text, value, ...)                                                     \
    [OP_##id] = {name, arity, text, {__VA_ARGS__}, value_##id},
#define OTHER(id, name) [OP_##id] = {name, 0, NULL, {NULL, NULL, NULL}, NULL},
#include "graph/ops.h"
#undef MAP
#undef OTHER
};

bool op_compares(Op op) {
    return op == OP_LESS || op == OP_LESS_EQUAL || op == OP_EQUAL || op == OP_NOT_EQUAL;
}

Op op_by_name(const char *name) {
    for (int op = OP_NONE + 1; op < OP_COUNT; op++)
        if (op_rows[op].arity > 0 && strcmp(op_rows[op].name, name) == 0)
            return (Op)op;
    return OP_NONE;
}

static const Infix infixes[] = {
    {"+", OP_ADD, false, 2},    {"-", OP_SUB, false, 2},         {"*", OP_MUL, false, 3},
    {"/", OP_DIV, false, 3},    {"^", OP_POW, false, 5},         {"<", OP_LESS, false, 1},
    {">", OP_LESS, true, 1},    {"<=", OP_LESS_EQUAL, false, 1}, {">=", OP_LESS_EQUAL, true, 1},
    {"==", OP_EQUAL, false, 1}, {"!=", OP_NOT_EQUAL, false, 1},
};
enum { INFIX_COUNT = sizeof infixes / sizeof *infixes };

const Infix *infix_by_text(const char *text) {
    for (int i = 0; i < INFIX_COUNT; i++)
        if (strcmp(infixes[i].text, text) == 0)
            return &infixes[i];
    return NULL;
}

const Infix *infix_by_op(Op op) {
    for (int i = 0; i < INFIX_COUNT; i++)
        if (infixes[i].op == op && !infixes[i].is_exchanged)
            return &infixes[i];
    return NULL;
}
