/* Typed expressions over elements of arrays: what the equations of a kernel are made of, and the
   statements of a loop program.

   In: numbers, buffers, loop variables, registers. Out: trees, in the compiler's arena. May be
   relied on: an expression does not change once it is made, so that trees may share parts.

   What an expression names stands in Symbols: arrays, loop variables and registers, by number. An
   element of a buffer has one index per axis, `h[b, n]`, or, once layouts are applied, a single
   one, in elements, `h[64*n0 + 32*b]`; it may be a whole vector, `h[64*n0 + 32*b]:16`. */

#ifndef NNGEN_EXPRESSION_H
#define NNGEN_EXPRESSION_H

#include "graph/graph.h"

enum { MAX_LANES = 64 }; /* bits of a mask */

typedef struct Expr Expr;

/* An array: an argument of the kernel, or, from a STMT_LOCAL on, its own. */
typedef struct {
    const char *name;
    Type type;
    int rank;
    int64_t extent[MAX_RANK + 1]; /* elements along each axis */
    int alignment;                /* bytes; 0: of one element, as callers' arrays have it */
    bool is_local;
    bool is_written;
} Buffer;

/* A named value that is not in memory. LET makes one once, so do VAR, which SET may change, and
   DRAW. */
typedef struct {
    const char *name;
    Type type;
    int lanes;
} Register;

/* One element of a buffer; or `lanes` of them, `stride` elements apart, of which the mask's take
   part: the others are 0 when loaded and are not stored. */
typedef struct {
    int buffer;
    int index_count;
    Affine *index; /* in loop variables */
    int lanes;     /* 1: one element */
    int64_t stride;
    uint64_t mask; /* bit i: lane i; all ones, as far as there are lanes, where nothing is masked */
} Reference;

typedef enum {
    EXPR_CONST, /* value */
    EXPR_INDEX, /* an affine expression of loop variables, as a number; lane i: + i * stride */
    EXPR_REGISTER,
    EXPR_READ,   /* reference */
    EXPR_APPLY,  /* op, a row of graph/ops.h, of arguments; comparisons are of type bool */
    EXPR_AND,    /* of bools */
    EXPR_TEST,   /* bool: index >= 0, or a multiple of the divisor, which an EXPR_SELECT asks before
                     it evaluates its choice */
    EXPR_SELECT, /* arguments: a bool, and what is the value where it holds and where not */
    EXPR_SPLAT,  /* all lanes are the argument, one number */
    EXPR_CONVERT, /* to `type`; a bool becomes 0 or 1 */
    EXPR_RANDOM, /* op UNIFORM or NORMAL: stream `number`, of example index[0], element index[1], or
                     of the element index[0] that all examples share; lane i has element or, where
                     examples are in lanes, example + i * stride */
    EXPR_MASK,   /* bool: true in the lanes of `mask` */
    EXPR_ACROSS, /* op ADD or MAXIMUM of the argument's lanes, in the fixed tree: halves first */
    EXPR_SUMS,   /* lane i: the sum across argument i, in the same tree */
} ExprKind;

struct Expr {
    ExprKind kind;
    Op op;
    Type type;
    int lanes;
    double value;
    int reg;
    int number;
    bool examples_in_lanes; /* random */
    int64_t stride;         /* index, random: from one lane to the next */
    int64_t divisor;        /* test: as in AffineTest */
    uint64_t mask;
    int index_count;
    Affine *index;
    Reference *reference;
    int argument_count;
    Expr **arguments;
};

/* What expressions name, by number. */
typedef struct {
    Compiler *compiler;
    int buffer_count;
    Buffer *buffers; /* a kernel's arguments first */
    int variable_count;
    const char **variables;
    int register_count;
    Register *registers;
} Symbols;

// expression.c

Symbols *symbols_new(Compiler *compiler);
int symbols_buffer(Symbols *symbols, Buffer buffer);
int symbols_variable(Symbols *symbols, const char *name);
int symbols_register(Symbols *symbols, const char *name, Type type, int lanes);

Reference *reference_new(Symbols *symbols, int buffer, int index_count, const Affine *index);
/* The same elements of another shape: `lanes` of them, `stride` apart, none masked. */
Reference *reference_lanes(Symbols *symbols, const Reference *reference, int lanes, int64_t stride);
uint64_t whole_mask(int lanes); /* the mask of as many lanes */

Expr *expr_const(Symbols *symbols, Type type, double value);
/* From `index` on, a number for each lane. */
Expr *expr_numbers(Symbols *symbols, const Affine *index, int lanes, int64_t stride);
Expr *expr_mask(Symbols *symbols, uint64_t mask, int lanes);
Expr *expr_register(Symbols *symbols, int reg);
Expr *expr_read(Symbols *symbols, Reference *reference);
/* Of as many arguments as the operator has; the others are NULL. Its type and lanes are those of
   the first argument; a comparison's type is bool. */
Expr *expr_apply(Symbols *symbols, Op op, Expr *a, Expr *b, Expr *c);
Expr *expr_and(Symbols *symbols, Expr *a, Expr *b);
Expr *expr_test(Symbols *symbols, AffineTest test);
AffineTest expr_asked(const Expr *expr); /* of an EXPR_TEST */
Expr *expr_select(Symbols *symbols, Expr *test, Expr *a, Expr *b);
Expr *expr_splat(Symbols *symbols, Expr *a, int lanes);
Expr *expr_convert(Symbols *symbols, Type type, Expr *a);
/* example: NULL where all share the number. */
Expr *expr_random(Symbols *symbols, Type type, Op distribution, int stream, const Affine *example,
                  const Affine *element);
/* Of an EXPR_RANDOM; 0 where all examples share it. */
Affine expr_example(const Expr *random);
Affine expr_element(const Expr *random);
Expr *expr_across(Symbols *symbols, Op op, Expr *a);
Expr *expr_sums(Symbols *symbols, int count, Expr **arguments);
/* Like `expr`, of other arguments. */
Expr *expr_with(Symbols *symbols, const Expr *expr, Expr **arguments);

// expression_text.c

/* As in C, with functions for what C has not. A constant has its type behind it where that is not
   f32. */
void expr_text(Text *out, const Symbols *symbols, const Expr *expr);
void reference_text(Text *out, const Symbols *symbols, const Reference *reference);

#endif
