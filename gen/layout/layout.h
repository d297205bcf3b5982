/* How values lie in memory: the order of their axes, panels, copies in another order, storages.

   In: fused functions; whose examples are to be innermost. Out: order and panel of every variable
   and value, copies as nodes with kernels of their own, and storages with strides at the first
   question for them. May be relied on: variables lie alike in all functions, and every node is
   behind its inputs again after settle_copies. */

#ifndef NNGEN_LAYOUT_H
#define NNGEN_LAYOUT_H

#include "fuse/fuse.h"

// order.c, transpose.c

/* A copy of a value per example with the examples innermost, made before cluster number *before,
   which this moves on. */
Node *transposed_copy(Function *function, Node *node, int *before);
/* A copy of an input in panels, made in the beginning. */
Node *panelled_copy(Function *function, Node *node);
void order_variables(Program *program, bool is_plain);
void order_straight(Program *program); /* the same, of straight code */
void order_nodes(Function *function);
/* Weights that a product wants in another order than they are kept in get copies. */
void transpose_operands(Function *function);
/* Values per example that are long enough lie in panels; inputs that products go through again and
   again get copies that do. */
void panel_values(Function *function);
/* Copies were added behind who uses them: gives every node a place behind its inputs again. */
void settle_copies(Function *function);
// storage.c

/* Where the elements of a leaf, an alias or a value in memory lie; NULL for constants and random
 * numbers. */
Access *access_of(Function *function, Node *node);
/* Where a store goes. */
Access *access_of_store(Function *function, const Store *store);
/* Scratch for the kernel of one cluster. */
Storage *storage_of_kernel(Function *function, const char *name, int64_t count);

#endif
