/* What a kernel makes, as equations over named axes: views, broadcasts, contractions and windows
   are affine indices here, and nobody behind fuse asks a view again.

       kernel h: b 64 examples, n 128, k 784
         h_sum[b, n] = sum(k: h.weight[n, k] * x[b, k]) + h.bias[n]
         h[b, n] = select(h_sum[b, n] <= 0, 0, h_sum[b, n])    stored

   A maximum may say where it is, so that its gradient goes there and nowhere else:

         top[b, c], winner[b, c] = first_max(i, j: h[b, c, i, j])    stored

   In: nodes of a kernel. Out: Equations, and their text. May be relied on: an equation reads what
   equations before it made, or buffers that none of them makes; each element of a value is made
   once by one equation. */

#ifndef NNGEN_EQUATION_H
#define NNGEN_EQUATION_H

#include "graph/graph.h"

typedef struct {
    const char *name;
    int64_t extent;
    bool is_examples;
} Axis;

typedef enum {
    REDUCE_NONE,
    REDUCE_SUM,
    REDUCE_MAX,
    REDUCE_FIRST_MAX, /* a maximum, and where it is first found: two values */
} Reduce;

/* value[index] = around(reduction over the reduced axes of inside); without a reduction, `around`
   of the kept axes alone. */
typedef struct {
    int value; /* buffer */
    int over;   /* 1 plus the buffer in whose memory the value lies, which is read before; 0: none */
    int winner; /* of REDUCE_FIRST_MAX: the buffer of the numbers of the elements that are the maxima,
                   row-major among the reduced axes; 0 where no term is above -infinity */
    int index_count;
    Affine *index;          /* of the element that is made, in kept axes */
    unsigned kept, reduced; /* axes, as sets */
    Reduce reduce;
    Expr *inside; /* NULL without a reduction */
    int test_count;
    AffineTest *tests; /* of kept and reduced axes: where one does not hold, there is no term */
    Expr *around;
    int result; /* the register that `around` calls the reduction, -1 without one */
    int nest;   /* equations of one nest, from 0 up, go over the same elements: a reduction, what is
                   reduced, and what is made of the result; not in the text */
} Equation;

/* What a buffer is in the function that the kernel is of. */
typedef struct {
    Node *node; /* whose value it holds, or NULL */
    int store;  /* which store of the function goes there, where there is no node */
} BufferOrigin;

typedef struct Equations {
    const char *name;
    Symbols *symbols; /* variables are the axes; local buffers are values that stay inside */
    int axis_count;
    Axis *axes;
    int equation_count;
    Equation *equations;
    int origin_count;      /* 0 where they were read from text */
    BufferOrigin *origins; /* by buffer */
} Equations;

// equation.c

/* As its value, or as the winner. */
bool equation_makes(const Equation *equation, int buffer);
/* The number of a term, row-major among the reduced axes, in these. */
Affine equation_element(const Equations *equations, const Equation *equation);
/* Of buffers of one name all but the first get a number: "gradient.w.2" is what is written where
   gradient.w is read. */
void equations_name_apart(Equations *equations);

// equations_of.c

/* Needs: fused functions. The equations of each kernel, by the number of its cluster. Where a kernel
   has none yet, NULL, and in *reasons why: an index that is not affine, a sum that is scattered, sums
   over the batch that ride along, more than 32 axes. */
Equations **equations_of(Function *function, const char ***reasons);

// equation_text.c

void equations_text(Text *out, const Equations *equations);

#endif
