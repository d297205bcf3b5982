/* How values lie in memory: the order of their axes, panels, copies in another order, storages.

   In: fused functions, with the values that have examples innermost marked. Out: the axis order
   and panels of every variable and value; transposed and packed copies, as nodes with kernels of
   their own; storages with strides, when first asked for. May be relied on: variables lie alike
   in all functions, and after settle_copies every node comes after its inputs. */

#ifndef NNGEN_LAYOUT_H
#define NNGEN_LAYOUT_H

#include "fuse/fuse.h"

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
