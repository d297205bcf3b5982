/* How values lie in memory: the order of their axes, panels, copies in another order, storages.

   In: fused functions, with the values that have examples innermost marked. Out: the axis order
   and panels of every variable and value; transposed and packed copies, as nodes with kernels of
   their own; storages with strides, when first asked for. May be relied on: variables lie alike
   in all functions, and after settle_copies every node comes after its inputs. */

#ifndef NNGEN_LAYOUT_H
#define NNGEN_LAYOUT_H

#include "fuse/fuse.h"

// layout.c -- where each element of a value is

enum { MAX_DIGITS = 2 * MAX_RANK + 2, AXIS_EXAMPLES = -1 };

/* (i / step) % count of an index i along an axis, and how many places there are for it. One place
   for all: they use the same memory in turn, as blocks of a copy that is made and read block by
   block do, or examples within the loop over them. */
typedef struct {
    int axis; /* of the shape, or AXIS_EXAMPLES */
    int64_t step, count, room;
    int64_t left; /* of the outermost digit: its last block has so many elements and takes no more
                     room than these, its digit within a block being shorter; 0: all are equal */
} Digit;

/* Digits of all axes, examples among them, outermost first: "i/32 j i:32" are blocks of 32 rows
   with the rows innermost in each. */
typedef struct {
    Type type;
    int alignment; /* in bytes; 0: the caller's, which is unknown */
    int64_t gap;   /* elements left free behind each place of the outermost digit */
    int digit_count;
    Digit digits[MAX_DIGITS];
} Layout;

/* What a layout is of. */
typedef struct {
    Shape shape;
    int64_t examples;         /* 0: one value per batch */
    Type type;                /* of its elements, where the text of a layout names none */
    int alignment;            /* as in Layout */
    const char *const *names; /* of the axes; NULL: "i", "j", ..; examples are "b" */
} LayoutOf;

int64_t layout_extent(const LayoutOf *of, int axis);
const char *layout_axis_name(const LayoutOf *of, int axis);
Layout layout_row_major(const LayoutOf *of); /* examples outermost */
/* Adds the next digit inwards, with a place for each value. */
void layout_add(Layout *layout, int axis, int64_t step, int64_t count);
/* NULL, or in one sentence why this is no layout of that. */
const char *layout_check(Compiler *compiler, const Layout *layout, const LayoutOf *of);
bool layout_equal(const Layout *a, const Layout *b);
int64_t layout_size(const Layout *layout); /* elements, unused places counted */
bool layout_has_examples_innermost(const Layout *layout);
/* index: of the examples, then per axis. False where some digit is no affine expression for these
   ranges of variables, or a block may be the shorter last one or not. */
bool layout_address(Compiler *compiler, const Layout *layout, const Affine *index,
                    const Range *ranges, Affine *address);
/* The same for numbers; the index is as above. */
int64_t layout_position(const Layout *layout, const int64_t *index);
/* And back; false where the place is unused. */
bool layout_index(const Layout *layout, const LayoutOf *of, int64_t position, int64_t *index);

// layout_text.c

/* "i/32+18 j i:32", "b i gap 16", "b i32", "1" of a single number. */
char *layout_text(Compiler *compiler, const Layout *layout, const LayoutOf *of);
/* NULL, or in one sentence what is wrong with the text. */
const char *layout_parse(Compiler *compiler, const char *text, const LayoutOf *of, Layout *layout);

// order.c, transpose.c

/* Adds a transposed copy of a per-example value, examples innermost or back, in front of cluster
   number *before, and increments *before. */
Node *transposed_copy(Function *function, Node *node, int *before);
/* Adds a packed copy of an input at the beginning of the function. */
Node *panelled_copy(Function *function, Node *node);
void order_variables(Program *program, bool is_plain);
void order_straight(Program *program); /* the same for straight-line code */
void order_nodes(Function *function);
/* Gives products that read weights against the order of their axes transposed copies. */
void transpose_operands(Function *function);
/* Packs long per-example values in panels, and inputs that products read many times. */
void panel_values(Function *function);
/* Restores topological order after copies were appended behind their users. */
void settle_copies(Function *function);
// storage.c

/* The address pattern of a leaf, an alias or a value in memory; NULL for constants and random
   numbers. */
Access *access_of(Function *function, Node *node);
/* The address pattern of a store's destination. */
Access *access_of_store(Function *function, const Store *store);
/* Scratch that one kernel uses for itself. */
Storage *storage_of_kernel(Function *function, const char *name, int64_t count);

#endif
