/* Private to emit: what the two files that print loop programs share.

   In: a loop program. Out: its names and expressions as C (emit_expression.c), for the statements of
   emit_loops.c. */

#ifndef NNGEN_LOOP_PRINTER_H
#define NNGEN_LOOP_PRINTER_H

#include "emit/emitter.h"

/* Names that a block may take again. */
typedef struct {
    int count;
    const char **names;
} FreeNames;

typedef struct {
    Compiler *compiler;
    const Bindings *base;
    const LoopKernel *kernel;
    const Symbols *symbols;
    Names names; /* of the kernel */
    Names
        ended; /* by what was wanted, `next`: the list of its names whose blocks have ended, from 1 */
    int free_count;
    FreeNames *free_names;
    bool has_vectors; /* of the target, which then has prefetches and fences */
    Bindings plain;
    const char **buffers, **variables, **registers; /* in C, by number; NULL: not named yet */
    int open_count;
    int *open; /* variables of the loops around */
} LoopPrinter;

/* How vectors of a buffer are loaded and stored: all lanes, the first of them, or those whose bits are
   set. */
typedef enum { FORM_WHOLE, FORM_PART, FORM_LANES } Form;

// emit_expression.c

const char *loop_buffer(LoopPrinter *printer, int buffer);
/* A name like this one that no block around has. */
const char *loop_name(LoopPrinter *printer, const char *wanted);
/* The block that got the name for it has ended. */
void loop_forget(LoopPrinter *printer, const char *wanted, const char *name);
const char *loop_register(LoopPrinter *printer, int reg);
const char *loop_type(LoopPrinter *printer, Type type, int lanes);
char *loop_affine(LoopPrinter *printer, Affine a);
/* "h + 4*b" */
const char *loop_element(LoopPrinter *printer, const Reference *reference);
Form loop_form(const LoopPrinter *printer, const Reference *reference);
/* How many lanes take part, if those are the first ones. */
int loop_part(const Reference *reference);
char *loop_bits(Compiler *compiler, uint64_t mask); /* "0x5u" */
/* What stands in names of functions before the lanes: "_bytes", "" for reals. */
const char *loop_kind(const LoopPrinter *printer, const Reference *reference);
char *loop_load(LoopPrinter *printer, const Reference *reference);
char *loop_expr(LoopPrinter *printer, const Expr *expr);
/* In parentheses where an operator might tear it apart. */
char *loop_operand(LoopPrinter *printer, const Expr *expr);
/* The example of a random number, or of one that many further. */
char *loop_example(LoopPrinter *printer, const Expr *random, int further);

#endif
