/* See coverage.h. */

#include "coverage.h"

#include <stdlib.h>

const char *const met_names[MET_COUNT] = {
    [MET_RANK_0] = "rank 0",
    [MET_RANK_1] = "rank 1",
    [MET_RANK_2] = "rank 2",
    [MET_RANK_3] = "rank 3",
    [MET_PER_EXAMPLE] = "a value per example",
    [MET_PER_BATCH] = "a value per batch",
    [MET_REUSED] = "reuse of its result",
    [MET_SCALAR] = "an operand of one number",
    [MET_FEWER_AXES] = "an operand of fewer axes",
    [MET_UNIT_AXIS] = "an axis of size 1 repeated",
    [MET_MIXED] = "per-example and per-batch operands",
    [MET_SAME] = "the same operand twice",
    [MET_AXIS_0] = "axis 0",
    [MET_AXIS_1] = "axis 1",
    [MET_AXIS_2] = "axis 2",
    [MET_ALL_AXES] = "all axes at once",
    [MET_OVER_BATCH] = "the examples",
    [MET_PADDING] = "padding",
    [MET_STRIDE] = "a stride",
    [MET_SUMMED] = "a summed loop",
};

enum { CONTRACT_ROW = OP_COUNT };

static const Met ranks[] = {MET_RANK_0, MET_RANK_1, MET_RANK_2, MET_RANK_3};
static const Met axes[] = {MET_AXIS_0, MET_AXIS_1, MET_AXIS_2};

const char *met_operator(int op) {
    return op == CONTRACT_ROW ? "contract" : op_rows[op].name;
}

static void meet_broadcast(long *met, const Node *node, const Node *operand) {
    Shape from = operand->shape, to = node->shape;
    int lead = to.rank - from.rank;
    met[MET_SCALAR] += shape_count(from) == 1 && shape_count(to) > 1;
    met[MET_FEWER_AXES] += from.rank > 0 && lead > 0;
    for (int i = 0; i < from.rank; i++) {
        met[MET_UNIT_AXIS] += from.size[i] == 1 && to.size[i + lead] > 1;
    }
    met[MET_MIXED] += node->batched && !operand->batched;
}

static void meet_axes(long *met, const Node *node) {
    Shape from = node->inputs[0]->shape;
    for (int i = 0; i < from.rank && i < 3; i++) {
        bool touched = (node->kind == KIND_REDUCE && (node->axes >> i & 1)) ||
                       (node->op == OP_CONCAT && node->axes == (unsigned)i) ||
                       (node->op == OP_TRANSPOSE && node->start[i] != i) ||
                       (node->op == OP_SLICE && node->shape.size[i] < from.size[i]);
        met[axes[i]] += touched;
    }
    met[MET_ALL_AXES] += node->kind == KIND_REDUCE && from.rank > 1 && node->shape.rank == 0;
    met[MET_OVER_BATCH] += node->over_batch;
}

static bool leaves(const Contract *contract, const Node *operand, int which, int axis) {
    int64_t low = contract->index[which].offset[axis], high = low;
    for (int l = 0; l < contract->loop_count; l++) {
        int64_t reach = contract->index[which].factor[axis][l] * (contract->extent[l] - 1);
        low += reach < 0 ? reach : 0;
        high += reach > 0 ? reach : 0;
    }
    return low < 0 || high >= operand->shape.size[axis];
}

static void meet_contract(long *met, const Node *node) {
    const Contract *contract = node->contract;
    bool kept[MAX_LOOPS] = {false};
    for (int axis = 0; axis < node->shape.rank; axis++) {
        for (int l = 0; l < contract->loop_count; l++) {
            kept[l] |= contract->index[0].factor[axis][l] != 0;
        }
    }
    for (int l = 0; l < contract->loop_count; l++) {
        met[MET_SUMMED] += !kept[l] && contract->extent[l] > 1;
    }
    for (int which = 1; which <= node->input_count; which++) {
        const Node *operand = node->inputs[which - 1];
        for (int axis = 0; axis < operand->shape.rank; axis++) {
            met[MET_PADDING] += leaves(contract, operand, which, axis);
            for (int l = 0; l < contract->loop_count; l++) {
                met[MET_STRIDE] += contract->index[which].factor[axis][l] > 1;
            }
        }
        met[MET_MIXED] += node->batched && !operand->batched;
    }
}

static void meet(Coverage *coverage, const Node *node, int uses) {
    int row = node->kind == KIND_CONTRACT ? (int)CONTRACT_ROW : (int)node->op;
    long *met = coverage->counts[row];
    coverage->nodes[row]++;
    if (node->shape.rank < 4) {
        met[ranks[node->shape.rank]]++;
    }
    met[node->batched ? MET_PER_EXAMPLE : MET_PER_BATCH]++;
    met[MET_REUSED] += uses > 1;
    met[MET_SAME] += node->input_count > 1 && node->inputs[0] == node->inputs[1];
    if (node_has_terms(node)) {
        meet_contract(met, node);
    } else if (node->kind == KIND_MAP || node->op == OP_EXPAND) {
        for (int i = 0; i < node->input_count; i++) {
            meet_broadcast(met, node, node->inputs[i]);
        }
    } else if (node->input_count > 0) {
        meet_axes(met, node);
    }
}

void coverage_add(Coverage *coverage, const Graph *graph) {
    int *uses = calloc((size_t)graph->node_count + 1, sizeof *uses);
    for (int i = 0; uses && i < graph->node_count; i++) {
        for (int k = 0; k < graph->nodes[i]->input_count; k++) {
            uses[graph->nodes[i]->inputs[k]->id]++;
        }
    }
    for (int i = 0; uses && i < graph->node_count; i++) {
        if (graph->nodes[i]->op != OP_NONE || graph->nodes[i]->kind == KIND_CONTRACT) {
            meet(coverage, graph->nodes[i], uses[i]);
        }
    }
    free(uses);
}

static bool passes(const Node *node) {
    return node->kind == KIND_MAP || node->kind == KIND_VIEW || node->kind == KIND_REDUCE;
}

/* Marks the nodes that the operands of `product` depend on, except leaves and other products. */
static void mark_before(const Graph *graph, const Node *product, bool *before) {
    for (int i = product->id; i >= 0; i--) {
        const Node *node = graph->nodes[i];
        for (int k = 0; (node == product || (before[i] && passes(node))) && k < node->input_count;
             k++) {
            before[node->inputs[k]->id] |= node->inputs[k]->batched;
        }
    }
}

static bool is_met_behind(const Graph *graph, const Node *product, const bool *before,
                          bool *behind) {
    behind[product->id] = true;
    for (int i = product->id + 1; i < graph->node_count; i++) {
        const Node *node = graph->nodes[i];
        bool meets = false;
        for (int k = 0; passes(node) && k < node->input_count; k++) {
            behind[i] |= behind[node->inputs[k]->id];
            meets |= before[node->inputs[k]->id] && !behind[node->inputs[k]->id];
        }
        if (behind[i] && meets) {
            return true;
        }
    }
    return false;
}

bool graph_reuses(const Graph *graph) {
    bool reuses = false;
    for (int i = 0; i < graph->node_count && !reuses; i++) {
        bool *marks = calloc(2 * (size_t)graph->node_count, sizeof *marks);
        if (marks && graph->nodes[i]->kind == KIND_CONTRACT) {
            mark_before(graph, graph->nodes[i], marks);
            reuses = is_met_behind(graph, graph->nodes[i], marks, marks + graph->node_count);
        }
        free(marks);
    }
    return reuses;
}

static bool view_allows(Op op, Met met) {
    switch (met) {
    case MET_RANK_0:
        return op == OP_RESHAPE;
    case MET_AXIS_0:
    case MET_AXIS_1:
    case MET_AXIS_2:
        return op == OP_TRANSPOSE || op == OP_SLICE || op == OP_CONCAT;
    case MET_SCALAR:
    case MET_FEWER_AXES:
    case MET_UNIT_AXIS:
        return op == OP_EXPAND;
    case MET_SAME:
        return op == OP_CONCAT;
    case MET_RANK_1:
        return op != OP_TRANSPOSE;
    default:
        return met <= MET_REUSED;
    }
}

static bool map_allows(Op op, Met met) {
    bool pairs = op_rows[op].arity > 1;
    switch (met) {
    case MET_SCALAR:
    case MET_FEWER_AXES:
    case MET_UNIT_AXIS:
    case MET_MIXED:
        return pairs;
    case MET_SAME:
        return pairs && op != OP_WHERE;
    default:
        return met <= MET_REUSED;
    }
}

bool met_is_allowed(int op, Met met) {
    if (op == CONTRACT_ROW) {
        return met <= MET_REUSED || met == MET_MIXED || met == MET_PADDING || met == MET_STRIDE ||
               met == MET_SUMMED;
    }
    if (op == OP_WINDOW_SUM || op == OP_WINDOW_MAX) {
        return (met >= MET_RANK_1 && met < MET_REUSED) || met == MET_PADDING || met == MET_STRIDE ||
               (met == MET_REUSED && op == OP_WINDOW_MAX); /* a mean is a product of its sum */
    }
    switch (op) {
    case OP_NONE:
    case OP_PAD: /* gradients only, as those below are of rewriting */
    case OP_WINDOW_FIRST:
    case OP_LOGISTIC:
    case OP_HYPERBOLIC:
    case OP_LOG1P_EXP:
    case OP_ASINH:
    case OP_EXPM1:
    case OP_LOG1P:
    case OP_FMA:
    case OP_FNMA:
        return false;
    case OP_SUM: /* of three axes at most */
        return (met <= MET_REUSED && met != MET_RANK_3) ||
               (met >= MET_AXIS_0 && met <= MET_OVER_BATCH);
    case OP_MAX:
        return (met <= MET_REUSED && met != MET_RANK_3) ||
               (met >= MET_AXIS_0 && met <= MET_ALL_AXES);
    case OP_UNIFORM:
    case OP_NORMAL:
        return met <= MET_PER_BATCH && (op == OP_NORMAL || met != MET_PER_BATCH);
    default:
        return op_rows[op].arity > 0 ? map_allows((Op)op, met) : view_allows((Op)op, met);
    }
}
