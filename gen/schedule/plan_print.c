/* Plans as text, which `--plans` reads back. In: plans. Out: a line for each node of the tree. */

#include "schedule/schedule.h"

#include <inttypes.h>

static const char *const kind_names[] = {"for", "unroll", "each", "turn", "lanes"};
static const char *const rest_names[] = {"", " mask", " narrow", " scalar"};

static void add_loop(Text *out, const Equations *equations, const PlanLoop *loop) {
    text_add(out, "%s", equations->axes[loop->axis].name);
    if (loop->step != 1)
        text_add(out, "/%" PRId64, loop->step);
    if (loop->count != 0)
        text_add(out, ":%" PRId64, loop->count);
    if (loop->left != 0)
        text_add(out, "+%" PRId64, loop->left);
    text_add(out, "%s%s%s%s", loop->has_parts ? " parts" : "", loop->is_split ? " split" : "",
             loop->has_fence ? " fence" : "", rest_names[loop->rest]);
}

static void add_nest(Text *out, const Equations *equations, const PlanNode *node) {
    const Equation *equation = &equations->equations[node->equation];
    const Buffer *buffers = equations->symbols->buffers;
    text_add(out, "%s %s", node->kind == NODE_SUM ? "sum" : "make", buffers[equation->value].name);
    if (equation->reduce == REDUCE_FIRST_MAX)
        text_add(out, ", %s", buffers[equation->winner].name);
    for (int i = 0; i < node->loop_count; i++) {
        text_add(out, "%s%s ", i ? ", " : ": ", kind_names[node->loops[i].kind]);
        add_loop(out, equations, &node->loops[i]);
    }
    if (node->starts >= 0)
        text_add(out, "; starts %s", buffers[node->starts].name);
    if (node->waits >= 0)
        text_add(out, "; waits %s", buffers[node->waits].name);
    text_add(out, "\n");
}

static void add_node(Text *out, const Equations *equations, const PlanNode *node, int level) {
    text_add(out, "%*s", 2 * level, "");
    if (node->kind != NODE_FOR) {
        add_nest(out, equations, node);
        return;
    }
    for (int i = 0; i < node->loop_count; i++) {
        const char *kind = kind_names[node->loops[i].kind];
        text_add(out, "%s", i ? ", " : "for ");
        if (node->loops[i].kind != PLAN_FOR)
            text_add(out, "%s ", kind);
        add_loop(out, equations, &node->loops[i]);
    }
    text_add(out, "\n");
    for (int i = 0; i < node->child_count; i++)
        add_node(out, equations, node->children[i], level + 1);
}

void plan_text(Text *out, const Equations *equations, const Plan *plan) {
    text_add(out, "plan %s\n", plan->name);
    for (int i = 0; i < plan->root->child_count; i++)
        add_node(out, equations, plan->root->children[i], 1);
}
