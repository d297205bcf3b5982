/* The loop program: kernels as loops and statements over typed expressions, before they are C.

   In: nothing of its own; lower builds it. Out: LoopKernel, its text form, its checker, and what
   passes need to walk and rebuild it. May be relied on: a kernel that loops_check passes can be
   printed as C line by line; text that loops_parse reads is what loops_text prints.

   A kernel has buffers (its arguments, and local arrays), loop variables, and registers. Before the pass `address` an element of a buffer has one index per axis, `h[b, n]`;
   after it a single one, in elements, `h[64*n0 + 32*b]`; after `vectorise` elements may be whole
   vectors, `h[64*n0 + 32*b]:16`. Loop variables run in elements, not in rounds: `for n0 = 0..128 by
   32`. */

#ifndef NNGEN_LOOPS_H
#define NNGEN_LOOPS_H

#include "graph/affine.h"
#include "graph/graph.h"

typedef struct Expr Expr;
typedef struct Stmt Stmt;
typedef struct Body Body;

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
} Place;

typedef enum {
    EXPR_CONST, /* value */
    EXPR_INDEX, /* an affine expression of loop variables, as a number */
    EXPR_REGISTER,
    EXPR_READ,    /* place */
    EXPR_APPLY,   /* op, a row of graph/ops.h, of arguments; comparisons are of type bool */
    EXPR_AND,     /* of bools */
    EXPR_TEST,    /* bool: index >= 0, which an EXPR_SELECT asks before it evaluates its choice */
    EXPR_SELECT,  /* arguments: a bool, and what is the value where it holds and where not */
    EXPR_SPLAT,   /* all lanes are the argument, one number */
    EXPR_CONVERT, /* to `type`; a bool becomes 0 or 1 */
    EXPR_RANDOM,  /* op UNIFORM or NORMAL: stream `number`, of example index[0], element index[1];
                     lane i has element or, where examples are in lanes, example + i */
    EXPR_ACROSS,  /* op ADD or MAXIMUM of the argument's lanes, in the fixed tree: halves first */
    EXPR_SUMS,    /* lane i: the sum across argument i, in the same tree */
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
    int index_count;
    Affine *index;
    Place *place;
    int argument_count;
    Expr **arguments;
};

typedef enum {
    STMT_FOR,        /* variable over range; body */
    STMT_IF,         /* where all tests are >= 0: body, else otherwise (which may be NULL) */
    STMT_LET,        /* target = expression, once */
    STMT_VAR,        /* targets, which SET may change; their first value, or none yet */
    STMT_SET,        /* target = expression */
    STMT_LOCAL,      /* buffer begins to exist, with whatever it holds */
    STMT_STORE,      /* place = expression */
    STMT_ACCUMULATE, /* place = op(place, expression): ADD, or MAXIMUM; of ADD with a product of
                        two as the expression, one multiply-add where is_fused */
    STMT_DRAW, /* four targets: four neighbouring elements of a random stream, from one block */
    STMT_TRANSPOSE, /* as many targets as they have lanes: a square turned in place */
    STMT_FETCH,     /* place is wanted in cache soon; its address may lie outside the buffer */
    STMT_FENCE,     /* nothing moves across: a compiler's loads stay where they are */
} StmtKind;

struct Stmt {
    StmtKind kind;
    int variable;
    Range range;
    int test_count;
    Affine *tests;
    Body *body, *otherwise;
    int buffer;
    int target_count;
    int *targets; /* registers */
    Op op;
    bool is_fused;
    bool is_kept; /* for: is not to be unrolled, by compilers either */
    Expr *expression;
    Place *place;
};

struct Body {
    int count;
    Stmt **statements;
};

typedef struct {
    Compiler *compiler;
    const char *name;
    const char *formula, *plan; /* for comments; may be NULL */
    int buffer_count;
    Buffer *buffers; /* arguments first */
    int variable_count;
    const char **variables;
    int register_count;
    Register *registers;
    Body *body;
} LoopKernel;

// loops.c -- building

extern const char *const type_names[]; /* "f32" */
LoopKernel *loops_new(Compiler *compiler, const char *name);
int loops_buffer(LoopKernel *kernel, Buffer buffer);
int loops_variable(LoopKernel *kernel, const char *name);
int loops_register(LoopKernel *kernel, const char *name, Type type, int lanes);

Place *place_new(LoopKernel *kernel, int buffer, int index_count, const Affine *index);
/* The same elements of another shape: `lanes` of them, `stride` apart, none masked. */
Place *place_lanes(LoopKernel *kernel, const Place *place, int lanes, int64_t stride);
uint64_t place_whole(int lanes); /* the mask of as many lanes */

Expr *expr_const(LoopKernel *kernel, Type type, double value);
Expr *expr_index(LoopKernel *kernel, const Affine *index);
Expr *expr_register(LoopKernel *kernel, int reg);
Expr *expr_read(LoopKernel *kernel, Place *place);
/* Of as many arguments as the operator has; the others are NULL. Its type and lanes are those of
   the first argument; a comparison's type is bool. */
Expr *expr_apply(LoopKernel *kernel, Op op, Expr *a, Expr *b, Expr *c);
Expr *expr_and(LoopKernel *kernel, Expr *a, Expr *b);
Expr *expr_test(LoopKernel *kernel, const Affine *index);
Expr *expr_select(LoopKernel *kernel, Expr *test, Expr *a, Expr *b);
Expr *expr_splat(LoopKernel *kernel, Expr *a, int lanes);
Expr *expr_convert(LoopKernel *kernel, Type type, Expr *a);
Expr *expr_random(LoopKernel *kernel, Type type, Op distribution, int stream, const Affine *example,
                  const Affine *element);
Expr *expr_across(LoopKernel *kernel, Op op, Expr *a);
Expr *expr_sums(LoopKernel *kernel, int count, Expr **arguments);
/* Like `expr`, of other arguments. */
Expr *expr_with(LoopKernel *kernel, const Expr *expr, Expr **arguments);

Body *body_new(LoopKernel *kernel);
void body_add(LoopKernel *kernel, Body *body, Stmt *stmt);
Stmt *stmt_new(LoopKernel *kernel, StmtKind kind);
Stmt *stmt_for(LoopKernel *kernel, int variable, Range range);          /* with an empty body */
Stmt *stmt_if(LoopKernel *kernel, int test_count, const Affine *tests); /* likewise */
Stmt *stmt_let(LoopKernel *kernel, int reg, Expr *expression);
Stmt *stmt_set(LoopKernel *kernel, int reg, Expr *expression);
Stmt *stmt_store(LoopKernel *kernel, Place *place, Expr *expression);

// loops_text.c

/* The text form: a statement a line, two spaces a level; lower's golden format. */
void loops_text(Text *out, const LoopKernel *kernel);

// loops_check.c

/* Every rule that a loop program keeps, as one sentence about the first breach, or NULL: types and
   lanes fit; a name is made before it is used and a buffer is only written where it may be; every
   address lies in its buffer for all rounds of the loops around it, as the tests around it narrow
   them; loop variables are those of enclosing loops. */
const char *loops_check(const LoopKernel *kernel);

#endif
