/* Private: filling the view of a plan. In: a function. Out: a Dataflow. */

#ifndef NNGEN_DATAFLOW_VIEW_H
#define NNGEN_DATAFLOW_VIEW_H

#include "fuse/dataflow.h"
#include "fuse/plan.h"

/* A view being filled. Values are nodes by id, then the initial contents of storages. */
typedef struct {
    Function *function;
    Compiler *compiler;
    Dataflow *flow;
    FlowNest *nest; /* the current one */
} View;

View view_new(Function *function);
int view_add_value(View *view, const char *name);
/* Adds a storage outside the scratch; is_given: its initial content is a value. */
int view_add_storage(View *view, const char *name, int64_t count, bool is_given);
void view_add_kernel(View *view, const Cluster *cluster);
void view_add_nest(View *view);
/* Adds an access, unless it touches no element. */
void view_add(View *view, FlowAccess access);
/* Adds an access to a value in a register, with the range that it would have in memory. */
void view_add_register(View *view, FlowKind kind, const Node *node, FlowMoment moment);
void range_add_loop(FlowRange *range, int64_t count, int64_t stride);
/* Adds to a range the loops by which a contraction touches an axis of its operand, or of its
   result for side 0. */
void range_add_axis(FlowRange *range, const Node *contract, int side, int axis, int64_t stride);
/* Which examples of an operand a node reads, in a kernel with a loop over examples. */
FlowExamples node_examples(const Node *node, const Node *operand);

#endif
