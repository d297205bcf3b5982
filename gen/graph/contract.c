/* Contractions: the form that kernels want. In: any affine contraction. Out: the same sum where
   every element of the result is written once. A convolution's gradient by its input adds up into
   elements that two loops move, dx[t + k - 1] += dy[t] * w[k]; with u = t + k - 1 instead of t it
   becomes dx[u] = sum over k of dy[u - k + 1] * w[k]. */

#include "graph/graph.h"

#include <string.h>

/* The only loop that an axis follows, with factor 1 and no offset; -1 where it is not so. */
static int plain_loop(const Index *index, int axis, int loop_count) {
    int found = -1;
    if (index->offset[axis] != 0)
        return -1;
    for (int loop = 0; loop < loop_count; loop++) {
        if (index->factor[axis][loop] == 0)
            continue;
        if (index->factor[axis][loop] != 1 || found >= 0)
            return -1;
        found = loop;
    }
    return found;
}

bool contract_equal(const Contract *a, const Contract *b) {
    return a->loop_count == b->loop_count && memcmp(a->extent, b->extent, sizeof a->extent) == 0 &&
           memcmp(a->index, b->index, sizeof a->index) == 0;
}

bool node_has_terms(const Node *node) {
    return node->kind == KIND_CONTRACT || node->kind == KIND_WINDOW;
}

static bool axis_uses(const Index *index, int axis, int loop) {
    return index->factor[axis][loop] != 0;
}

bool window_has_loop(const Node *node, int loop) {
    for (int axis = 0; axis < MAX_RANK; axis++)
        if (axis_uses(&node->contract->index[2], axis, loop))
            return false;
    return true;
}

static bool used_by_other_axis(const Index *index, int rank, int axis, int loop) {
    for (int other = 0; other < rank; other++)
        if (other != axis && axis_uses(index, other, loop))
            return true;
    return false;
}

bool contract_gathers(const Contract *contract, Shape shape) {
    for (int axis = 0; axis < shape.rank; axis++) {
        int loop = plain_loop(&contract->index[0], axis, contract->loop_count);
        if (loop < 0 || used_by_other_axis(&contract->index[0], shape.rank, axis, loop))
            return false;
        if (contract->extent[loop] != shape.size[axis])
            return false; /* elements beyond would not be written */
    }
    return true;
}

int contract_loop_of_axis(const Node *node, int axis) {
    return plain_loop(&node->contract->index[0], axis, node->contract->loop_count);
}

/* Some operand's axis is the loop itself, so that leaving the operand is leaving the loop. */
static bool loop_is_guarded(const Node *node, int loop) {
    const Contract *contract = node->contract;
    for (int i = 0; i < 2; i++)
        for (int axis = 0; axis < node->inputs[i]->shape.rank; axis++)
            if (plain_loop(&contract->index[i + 1], axis, contract->loop_count) == loop &&
                node->inputs[i]->shape.size[axis] == contract->extent[loop])
                return true;
    return false;
}

static int loop_to_replace(const Node *node, int axis) {
    const Contract *contract = node->contract;
    for (int loop = 0; loop < contract->loop_count; loop++) {
        int64_t factor = contract->index[0].factor[axis][loop];
        bool is_unit = factor == 1 || factor == -1;
        if (is_unit && !used_by_other_axis(&contract->index[0], node->shape.rank, axis, loop) &&
            loop_is_guarded(node, loop))
            return loop;
    }
    return -1;
}

/* The axis is e = offset + f*l + rest; from now on loop l counts e itself: l = f*(e - offset -
 * rest). */
static void replace_loop(Contract *contract, int axis, int loop, int64_t size) {
    Index out = contract->index[0];
    int64_t sign = out.factor[axis][loop];
    for (int i = 1; i < 3; i++)
        for (int other = 0; other < MAX_RANK; other++) {
            int64_t factor = contract->index[i].factor[other][loop] * sign;
            if (factor == 0)
                continue;
            contract->index[i].offset[other] -= factor * out.offset[axis];
            for (int rest = 0; rest < contract->loop_count; rest++)
                if (rest != loop)
                    contract->index[i].factor[other][rest] -= factor * out.factor[axis][rest];
            contract->index[i].factor[other][loop] = factor;
        }
    for (int rest = 0; rest < contract->loop_count; rest++)
        contract->index[0].factor[axis][rest] = rest == loop;
    contract->index[0].offset[axis] = 0;
    contract->extent[loop] = size;
}

/* Whether indices stay within what C's int holds, however they are computed. */
static bool indices_fit(const Node *node, const Contract *contract) {
    for (int i = 0; i < 3; i++)
        for (int axis = 0; axis < MAX_RANK; axis++) {
            int64_t offset = contract->index[i].offset[axis], reach = offset < 0 ? -offset : offset;
            for (int loop = 0; loop < contract->loop_count; loop++) {
                int64_t factor = contract->index[i].factor[axis][loop];
                reach += (factor < 0 ? -factor : factor) * (contract->extent[loop] - 1);
                if (reach > MAX_ELEMENTS)
                    return false;
            }
        }
    return contract_gathers(contract, node->shape);
}

void contract_gather(Node *node) {
    Contract trial = *node->contract, *original = node->contract;
    node->contract = &trial;
    for (int axis = 0; axis < node->shape.rank; axis++) {
        if (plain_loop(&trial.index[0], axis, trial.loop_count) >= 0)
            continue;
        int loop = loop_to_replace(node, axis);
        if (loop >= 0)
            replace_loop(&trial, axis, loop, node->shape.size[axis]);
    }
    node->contract = original;
    if (indices_fit(node, &trial))
        *original = trial;
}

int contract_last_loop(const Node *node) {
    for (int loop = 0; node->shape.rank > 0 && loop < node->contract->loop_count; loop++)
        if (node->contract->index[0].factor[node->shape.rank - 1][loop] == 1)
            return loop;
    return -1;
}

bool contract_runs_along(const Node *node, int operand, int axis) {
    const Contract *contract = node->contract;
    const Index *index = &contract->index[operand + 1];
    int found = -1;
    for (int loop = 0; loop < contract->loop_count; loop++) {
        if (index->factor[axis][loop] == 0)
            continue;
        if (index->factor[axis][loop] != 1 || found >= 0)
            return false;
        found = loop;
    }
    for (int other = 0; found >= 0 && other < node->inputs[operand]->shape.rank; other++)
        if (other != axis && index->factor[other][found] != 0)
            return false;
    return found >= 0 && index->offset[axis] == 0 &&
           contract->extent[found] == node->inputs[operand]->shape.size[axis];
}

int layer_weights(const Node *node) {
    if (node->kind != KIND_CONTRACT || !node->batched || node->shape.rank != 1 ||
        node->contract->loop_count != 2 || !contract_gathers(node->contract, node->shape))
        return -1;
    int last = contract_last_loop(node);
    for (int i = 0; i < 2; i++) {
        const Node *w = node->inputs[i], *x = node->inputs[1 - i];
        bool sums_x = node->contract->index[2 - i].factor[0][last] == 0;
        if (!w->batched && x->batched && w->shape.rank == 2 && x->shape.rank == 1 && sums_x &&
            contract_runs_along(node, 1 - i, 0) && contract_runs_along(node, i, 0) &&
            contract_runs_along(node, i, 1))
            return i;
    }
    return -1;
}

bool layer_sums_along_rows(const Node *node, int weights) {
    return node->contract->index[weights + 1].factor[1][contract_last_loop(node)] == 0;
}

/* Whether each axis is one loop. */
static bool is_plain(const Contract *contract, const Index *index, int rank) {
    for (int axis = 0; axis < rank; axis++)
        if (plain_loop(index, axis, contract->loop_count) < 0)
            return false;
    return true;
}

bool contract_is_product(const Node *node) {
    const Contract *contract = node->contract;
    const Node *a = node->inputs[0], *b = node->inputs[1];
    if (node->kind != KIND_CONTRACT)
        return false;
    bool has_examples = node->batched || a->batched || b->batched;
    return contract->loop_count + has_examples <= 3 && contract_gathers(contract, node->shape) &&
           is_plain(contract, &contract->index[1], a->shape.rank) &&
           is_plain(contract, &contract->index[2], b->shape.rank);
}

bool contract_keeps_loop(const Node *contract, int loop) {
    for (int axis = 0; axis < contract->shape.rank; axis++)
        if (contract->contract->index[0].factor[axis][loop] != 0)
            return true;
    return false;
}

bool examples_come_last(const Node *contract) {
    int kept = 0;
    for (int loop = 0; loop < contract->contract->loop_count; loop++)
        kept += contract_keeps_loop(contract, loop);
    return kept == 1 && contract_gathers(contract->contract, contract->shape);
}
