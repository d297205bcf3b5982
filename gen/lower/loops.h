/* The loop program: kernels as loops and statements over typed expressions, before they are C.

   In: nothing of its own; lower builds it. Out: LoopKernel, its text form, its checker, and what
   passes need to walk and rebuild it. May be relied on: a kernel that loops_check passes can be
   printed as C line by line; text that loops_parse reads is what loops_text prints.

   A kernel has buffers (its arguments, and local arrays), loop variables, and registers. Before the
   pass `address` an element of a buffer has one index per axis, `h[b, n]`; after it a single one,
   in elements, `h[64*n0 + 32*b]`; after `vectorise` elements may be whole vectors, `h[64*n0 +
   32*b]:16`. Loop variables run in elements, not in rounds: `for n0 = 0..128 by 32`. */

#ifndef NNGEN_LOOPS_H
#define NNGEN_LOOPS_H

#include "graph/graph.h"

typedef struct Stmt Stmt;
typedef struct Body Body;

typedef enum {
    STMT_FOR,        /* variable over range; body */
    STMT_IF,         /* where all tests hold: body, else otherwise (which may be NULL) */
    STMT_LET,        /* target = expression, once */
    STMT_VAR,        /* targets, which SET may change; their first value, or none yet */
    STMT_SET,        /* target = expression */
    STMT_LOCAL,      /* buffer begins to exist, with whatever it holds */
    STMT_STORE,      /* reference = expression */
    STMT_ACCUMULATE, /* reference = op(reference, expression): ADD, or MAXIMUM; of ADD with a product of
                        two as the expression, one multiply-add where is_fused */
    STMT_DRAW, /* four targets: four neighbouring elements of a random stream, from one block */
    STMT_TRANSPOSE, /* as many targets as they have lanes: a square turned in reference */
    STMT_FETCH,     /* reference is wanted in cache soon; its address may lie outside the buffer */
    STMT_FENCE,     /* nothing moves across: a compiler's loads stay where they are */
} StmtKind;

/* What a plan wants of a loop. */
typedef enum {
    LOOP_PLAIN,
    LOOP_UNROLL, /* to be written out */
    LOOP_EACH, /* written out, and each round is simplified apart: the variable is a number there */
    LOOP_TURN, /* with a loop in lanes inside: what lies along this one is loaded as vectors along it, and
                  the square of them turned in registers */
    LOOP_LANES, /* its rounds are the first of `lanes` lanes of vectors; those beyond are masked. No
                   round reads what another one writes */
} LoopMark;

struct Stmt {
    StmtKind kind;
    int variable;
    Range range;
    LoopMark mark;
    int lanes; /* of LOOP_LANES */
    bool
        is_split; /* for: may be cut where tests inside depend on it, so that the middle has none */
    bool is_kept; /* for: is not to be unrolled, by compilers either */
    int test_count;
    AffineTest *tests;
    Body *body, *otherwise;
    int buffer;
    int target_count;
    int *targets; /* registers */
    Op op;
    bool is_fused;
    Expr *expression;
    Reference *reference;
};

struct Body {
    int count;
    Stmt **statements;
};

typedef struct {
    const char *name;
    const char *formula, *plan; /* for comments; may be NULL */
    Symbols *symbols;
    Body *body;
} LoopKernel;

// loops.c -- building

LoopKernel *loops_new(Compiler *compiler, const char *name);
/* An equal kernel, which shares no memory with this one. */
LoopKernel *loops_copy(const LoopKernel *kernel);
/* A kernel of the same names, whose symbols may change, and with an empty body. */
LoopKernel *loops_like(const LoopKernel *kernel);
Body *body_new(Symbols *symbols);
void body_add(Symbols *symbols, Body *body, Stmt *stmt);
Stmt *stmt_new(Symbols *symbols, StmtKind kind);
/* Like `stmt`, with empty bodies where that has bodies. */
Stmt *stmt_like(Symbols *symbols, const Stmt *stmt);
Stmt *stmt_for(Symbols *symbols, int variable, Range range);              /* with an empty body */
Stmt *stmt_if(Symbols *symbols, int test_count, const AffineTest *tests); /* likewise */
Stmt *stmt_let(Symbols *symbols, int reg, Expr *expression);
Stmt *stmt_set(Symbols *symbols, int reg, Expr *expression);
Stmt *stmt_store(Symbols *symbols, Reference *reference, Expr *expression);

/* Whether a kernel draws random numbers, and whether such that are of one example. */
typedef struct {
    bool any, by_example;
} LoopDraws;
LoopDraws loops_draws(const LoopKernel *kernel);

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
