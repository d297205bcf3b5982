/* Private to layout: its passes over a program, and the layouts that they fill. In: fused
   functions. Out: as each says. */

#ifndef NNGEN_LAYOUTS_H
#define NNGEN_LAYOUTS_H

#include "layout/layout.h"

/* Of one function. */
typedef struct {
    int count;             /* nodes that there are layouts for */
    const Layout **nodes;  /* by id; NULL: not decided, and row-major in the end */
    Access **accesses;     /* by id; NULL: not in memory */
    const Access **stores; /* by number: of where it goes */
} FunctionLayouts;

struct Layouts {
    Compiler *compiler;
    Program *program;
    bool is_plain;            /* no register tiles, so nothing is packed or copied for them */
    const Layout **variables; /* by number; NULL: not decided */
    FunctionLayouts *functions;
    int known_count, slot_count; /* each layout once: a hash table, open addresses */
    const Layout **slots;
};

// layouts.c

Layouts *layouts_new(Program *program);
void layouts_set(Layouts *layouts, const Function *function, const Node *node,
                 const Layout *layout);
void layouts_set_examples_innermost(Layouts *layouts, const Function *function, const Node *node);
/* The same layout in memory that stays. */
const Layout *layouts_keep(Layouts *layouts, Layout layout);
/* Makes room for the nodes that the function's graph has by now. */
void layouts_grow(Layouts *layouts, const Function *function);
FunctionLayouts *layouts_in(const Layouts *layouts, const Function *function);

// vectorize.c

/* Decides which clusters have examples in lanes. `batch`: examples of a training step; functions
   of more examples make the same choice about weights. */
void choose_lanes(Layouts *layouts, Function *function, int64_t batch);

// transpose.c

/* Adds a transposed copy of a per-example value, examples innermost or back, in front of cluster
   number *before, and increments *before. */
Node *transposed_copy(Layouts *layouts, Function *function, Node *node, int *before);
/* Adds a packed copy of an input at the beginning of the function. */
Node *panelled_copy(Layouts *layouts, Function *function, Node *node);
/* Gives each product with a constant operand a table of its own that lies as its lanes want it:
   nothing is copied when the net runs. */
void turn_constants(Layouts *layouts, Function *function);
/* Gives products that read weights against the order of their axes transposed copies. */
void transpose_operands(Layouts *layouts, Function *function);
/* Restores topological order after copies were appended behind their users. */
void settle_copies(Layouts *layouts, Function *function);

// order.c

/* Decides that a variable is row-major, whatever products read it. */
void keep_row_major(Layouts *layouts, const Variable *variable);
void order_variables(Layouts *layouts);
void order_straight(Layouts *layouts); /* the same for straight-line code */
void order_nodes(Layouts *layouts, Function *function);
/* Packs long per-example values in panels, and inputs that products read many times. */
void panel_values(Layouts *layouts, Function *function);

// batch_sums.c

/* Fuses sums over the batch of a layer's result into the layer's kernel. */
void fuse_batch_sums(Function *function);

// storage.c

/* Makes a storage for each variable, given scalar and value in memory that a function's kernels
   use, in order of the kernels and of the values in each; and the accesses to them. */
void make_storages(Layouts *layouts, Function *function);

#endif
