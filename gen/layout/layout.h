/* How values lie in memory: a layout for each, copies in another layout, storages.

   In: fused functions. Out: Layouts, which clusters have examples in lanes, transposed and packed
   copies as nodes with kernels of their own, storages. May be relied on: variables lie alike in all
   functions, every node comes after its inputs, and what a kernel reads or stores in memory has an
   access. */

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
Layout layout_row_major(const LayoutOf *of);                     /* examples outermost */
Layout layout_with_innermost(const LayoutOf *of, int innermost); /* the others row-major */
/* The innermost axis in panels of so many elements, the last one shorter where they do not divide
   it; 0: in one piece. */
Layout layout_in_panels(Layout layout, const LayoutOf *of, int width);
/* Adds the next digit inwards, with a place for each value. */
void layout_add(Layout *layout, int axis, int64_t step, int64_t count);
/* NULL, or in one sentence why this is no layout of that. */
const char *layout_check(Compiler *compiler, const Layout *layout, const LayoutOf *of);
bool layout_equal(const Layout *a, const Layout *b);
int64_t layout_size(const Layout *layout); /* elements, unused places counted */
int layout_innermost_axis(const Layout *layout); /* of a layout with digits */
bool layout_has_examples_innermost(const Layout *layout);
bool layout_is_row_major(const Layout *layout); /* examples outermost */
/* The width of the panels that an axis is cut into, and which one that is; 0: none is. */
int64_t layout_panels(const Layout *layout, int *axis);
/* Elements from one index to the next of an axis; where it is cut into panels, from one panel to
   the next by their width. */
int64_t layout_stride(const Layout *layout, int axis);
/* index: of the examples, then per axis. False where some digit is no affine expression for these
   ranges of variables, or a block may be the shorter last one or not. */
bool layout_address(Compiler *compiler, const Layout *layout, const Affine *index,
                    const Range *ranges, Affine *address);
/* The same for numbers; the index is as above. */
int64_t layout_position(const Layout *layout, const int64_t *index);
/* Of an element of the first example, by its row-major number, and back. */
int64_t layout_position_of(const Layout *layout, Shape shape, int64_t element);
int64_t layout_element_at(const Layout *layout, Shape shape, int64_t position);
/* The index at a position; false where the place is unused. */
bool layout_index(const Layout *layout, const LayoutOf *of, int64_t position, int64_t *index);

// layout_text.c

/* "i/32+18 j i:32", "b i gap 16", "b i32", "1" of a single number. */
char *layout_text(Compiler *compiler, const Layout *layout, const LayoutOf *of);
/* NULL, or in one sentence what is wrong with the text. */
const char *layout_parse(Compiler *compiler, const char *text, const LayoutOf *of, Layout *layout);
/* The same; NULL where elements lie in the order of the shape, with examples outermost. */
char *layout_kept_text(Compiler *compiler, const Layout *layout, const LayoutOf *of);

// layouts.c -- the layouts of a program

typedef struct Layouts Layouts;

/* Needs: fused functions. Leaves: a layout for each variable and each value, copies of operands in
   another layout, with kernels of their own, a storage for all that is in memory, and the sums over
   the batch of a layer in its kernel. `shared`: of another version of the program, whose variables
   lie alike; or NULL. */
Layouts *layout(Program *program, const Layouts *shared);
const Layout *layout_of(const Layouts *layouts, const Function *function, const Node *node);
const Layout *layout_of_variable(const Layouts *layouts, const Variable *variable);
LayoutOf layout_subject(const Function *function, const Node *node);
LayoutOf layout_subject_of_variable(const Options *options, const Variable *variable);

// layouts_print.c

void layouts_print(Text *out, const Program *program, const Layouts *layouts);

// storage.c

/* Where the elements of a value are. Along axis k of the layout runs axis from[k] of the value, or
   none where that is -1, and start[k] is added to its index. */
struct Access {
    Storage *storage;
    const Layout *layout; /* of the storage; of a reshaped view, as if that were stored */
    int64_t offset;       /* where that begins */
    bool has_examples;    /* the examples of the layout are those of the value */
    int rank;             /* of the layout */
    int8_t from[MAX_RANK];
    int64_t start[MAX_RANK];
};

/* To a leaf, an alias or a value in memory; NULL where nothing is read or stored in memory. */
const Access *access_of(const Layouts *layouts, const Function *function, const Node *node);
/* To where a store goes. */
const Access *access_of_store(const Layouts *layouts, const Function *function, int store);
/* The numbers of a row-major value's elements, as if they were addresses. */
Access access_to_numbers(const Layout *row_major, int rank);
/* The address of the value's first element. */
int64_t access_begin(const Access *access);
/* To the memory of a row-major value as one of another shape. */
Access *access_reshaped(Layouts *layouts, const Access *from, Shape shape);
/* Says where straight-line code keeps a value from one loop to the next, examples innermost. */
void access_set(Layouts *layouts, const Function *function, const Node *node, Storage *storage);
/* Scratch that one kernel uses for itself. */
Storage *storage_of_kernel(Function *function, const char *name, int64_t count);

#endif
