/* What the files share that fill the view of a plan. */

#ifndef NNGEN_DATAFLOW_VIEW_H
#define NNGEN_DATAFLOW_VIEW_H

#include "fuse/dataflow.h"
#include "fuse/plan.h"

/* A view that is being filled: values are the nodes by id, and what storages hold to begin with. */
typedef struct {
    Function *function;
    Compiler *compiler;
    Dataflow *flow;
    FlowNest *nest; /* the one that is being filled */
} View;

View view_new(Function *function);
int view_add_value(View *view, const char *name);
/* A storage elsewhere than in the scratch; `given`: its content has a value of its own. */
int view_add_storage(View *view, const char *name, int64_t count, bool is_given);
void view_add_kernel(View *view, const Cluster *cluster);
void view_add_nest(View *view);
/* None where it comes to no element. */
void view_add(View *view, FlowAccess access);
/* A value in a register, which an array of some shape would be in memory. */
void view_add_register(View *view, FlowKind kind, const Node *node, FlowMoment moment);
void range_add_loop(FlowRange *range, int64_t count, int64_t stride);
/* The elements of an axis of a contraction's operand, of its result for side 0, that its loops
   come to. */
void range_add_axis(FlowRange *range, const Node *contract, int side, int axis, int64_t stride);
/* Examples that a node's kernel takes of an operand, where it has loops over examples. */
FlowExamples node_examples(const Node *node, const Node *operand);

#endif
