/* Inside of the generic library: the tensors of one run and the nodes' forward and backward
   functions, one file per group of kinds. A tensor has `examples` rows (n, or 1 for a per-batch
   value) of `count` numbers, row-major. */

#ifndef GENERIC_TENSOR_H
#define GENERIC_TENSOR_H

#include "generic.h"

typedef struct {
    size_t examples, count;
    Shape shape;
    Real *value;
    Real *slope;   /* d cost / d value; NULL where it is not wanted */
    bool is_fresh; /* nothing has come to the slope yet: it counts as zero, whatever is there */
} Tensor;

/* A walk over the elements of a result, the examples outermost, and the strides of up to 4
   operands in it. */
enum { WALK_RANK = MAX_RANK + 1, WALK_OPERANDS = 4 };
typedef struct {
    int rank, operand_count;
    size_t size[WALK_RANK];
    ptrdiff_t stride[WALK_OPERANDS][WALK_RANK];
} Walk;

/* Sizes are those of `examples` rows of `shape`; each operand is broadcast to it. */
Walk walk_new(size_t examples, Shape shape, int operand_count, const Tensor *const *operands);
/* Joins neighbouring axes where every operand allows it, drops axes of size 1; at least one axis
   is left. */
void walk_join(Walk *walk);
/* Position over all axes but the innermost: offsets of the operands. Starts with walk_first, ends
   when walk_next is false. */
typedef struct {
    size_t index[WALK_RANK];
    ptrdiff_t offset[WALK_OPERANDS];
} WalkPlace;
WalkPlace walk_first(void);
bool walk_next(const Walk *walk, WalkPlace *place);
/* Row-major strides of a shape. */
void row_strides(Shape shape, ptrdiff_t *stride);

/* Makes a fresh slope the zeros that it counts as. */
void slope_clear(Tensor *tensor);

/* in: the tensors of node->inputs. Forward writes out->value; backward adds to in[i]->slope where
   there is one; slopes are not fresh, but for those that contract_backward adds to. */
void map_forward(const Node *node, Tensor *out, Tensor *const *in);
/* One loop of it: y[i] from p[k][i * step[k]] for three operands; those that the operator lacks
   repeat the first. */
void map_run(const Node *node, size_t count, Real *y, const Real *const *p, const ptrdiff_t *step);
void map_backward(const Node *node, const Tensor *out, Tensor *const *in);
void reduce_forward(const Node *node, Tensor *out, Tensor *const *in);
void reduce_backward(const Node *node, const Tensor *out, Tensor *const *in);
/* Takes the slope of a maximum away from the result as it hands it on. */
void window_forward(const Node *node, Tensor *out, Tensor *const *in);
void window_backward(const Node *node, Tensor *out, Tensor *const *in);
/* How near another element of a window comes to its maximum, relative to the largest of all. */
double window_distance(const Node *node, const Tensor *out, const Tensor *in);
void contract_forward(const Node *node, Tensor *out, Tensor *const *in);
void contract_backward(const Node *node, const Tensor *out, Tensor *const *in);
void view_forward(const Node *node, Tensor *out, Tensor *const *in);
void view_backward(const Node *node, const Tensor *out, Tensor *const *in);
/* The least relative distance of the node's operands to a kink; 1 where it has none. */
double kink_distance(const Node *node, const Tensor *out, Tensor *const *in);

#endif
