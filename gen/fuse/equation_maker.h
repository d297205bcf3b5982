/* Private to fuse: the equations of one kernel in the making.

   In: a fused function. Out: Equations; equation_maker.c makes buffers and axes, equation_element.c
   expressions, equations_of.c the equations in their order. */

#ifndef NNGEN_EQUATION_MAKER_H
#define NNGEN_EQUATION_MAKER_H

#include "fuse/fuse.h"

enum { MAX_AXES = 32 }; /* of a kernel: bits of a set */

/* An element of a value, in axes of the kernel. */
typedef struct {
    Affine example;
    Affine index[MAX_RANK];
} Point;

/* Terms, and elements of what is padded, are where all of these hold. */
typedef struct {
    int count;
    AffineTest *tests;
} Tests;

typedef struct {
    Compiler *compiler;
    Function *function;
    const char **names;   /* by id */
    bool *is_inline;      /* by id: stands in the expression of its only reader */
    int *value_buffer;    /* by id: 1 + where its own nest finds it, 0: nowhere yet */
    int *memory_buffer;   /* by id: 1 + where all others find it */
    const Nest *nest;     /* whose equations are made */
    Equations *equations; /* of the kernel at hand */
    Symbols *symbols;
    Equation *equation;    /* in the making */
    unsigned used;         /* axes of the nest, as a set */
    Shape domain;          /* of the nest: what its sums are of, or of the view that it copies */
    Affine *along;         /* by axis of the domain, or by loop of its contraction or windows */
    Affine made[MAX_RANK]; /* of these, by axis of the result */
    Tests solved;          /* where an element has a term, by what `along` is made of */
    int64_t copies;        /* of the nest's loops, for the remainders by strides */
    Affine example;        /* the nest's */
    Range *ranges;         /* by axis of the kernel */
    const char *problem;   /* why there are no equations */
} EquationMaker;

// equation_maker.c

/* The buffer from which the nest at hand reads a leaf or a computed value. */
int maker_buffer_of(EquationMaker *maker, Node *node);
/* The buffer in which the value stands when its nest has made it; is_local: in no memory. */
int maker_value_buffer(EquationMaker *maker, Node *node, bool is_local);
/* The memory of a value that has a local buffer as well. */
int maker_memory_buffer(EquationMaker *maker, Node *node);
/* Of another local buffer beside that of the value. */
int maker_local_buffer(EquationMaker *maker, const Node *node, const char *what);
/* Where a store of the function goes. */
int maker_store_buffer(EquationMaker *maker, int store);
/* Gives the nest axes: one for each axis of its domain, or loop of its contraction or windows, and one
   for examples. Where a sum of windows is scattered, dx[2*i + k] = sum of dy[i], its axes are those of
   the result, and of loops those that are left when i = (x - k) / 2 is solved. */
void maker_open_nest(EquationMaker *maker, const Nest *nest);
/* Tests that the index is one of an axis; none where it cannot be otherwise. */
void maker_add_tests(EquationMaker *maker, Affine index, int64_t size, Tests *tests);
/* Of the values before the nest's sums, and after them. */
Point maker_domain(const EquationMaker *maker);
Point maker_kept(const EquationMaker *maker);
/* The indices that a buffer of this value has. */
int maker_index(const Node *node, const Point *at, Affine *index);
void maker_fail(EquationMaker *maker, const Node *node, const char *why);

// equation_element.c

/* The element of a value, as the nest at hand reads or makes it: a real. */
Expr *maker_element(EquationMaker *maker, Node *node, const Point *at);
/* What a computed value is, in terms of its operands. */
Expr *maker_value(EquationMaker *maker, Node *node, const Point *at);

#endif
