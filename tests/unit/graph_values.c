/* See graph_values.h. */

#include "graph_values.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    const Graph *graph;
    const TestValues *variables;
    double **values;
} Run;

int64_t node_elements(const Node *node) {
    return shape_count(node->shape) * (node->batched ? TEST_ROWS : 1);
}

static double some_number(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (double)(state >> 8) / (1 << 24) * 3 - 1.5;
}

static int rows_of(const Variable *variable) {
    bool is_data = variable->kind == VARIABLE_INPUT || variable->kind == VARIABLE_TARGET;
    return is_data ? TEST_ROWS : 1;
}

TestValues test_values(const Graph *graph) {
    TestValues values = {.of = NEW_ARRAY(graph->compiler, double *, graph->variable_count)};
    for (int i = 0; i < graph->variable_count; i++) {
        const Variable *variable = graph->variables[i];
        int64_t count = shape_count(variable->shape);
        double *all = values.of[i] = NEW_ARRAY(graph->compiler, double, count *rows_of(variable));
        for (int64_t k = 0; k < count * rows_of(variable); k++)
            all[k] = variable->onehot ? k % count == (k / count + 1) % count : some_number();
    }
    return values;
}

/* Element of an axis-by-axis index that may lack leading axes or have them with size 1. */
static int64_t broadcast_index(Shape shape, Shape to, int64_t element) {
    int64_t index = 0, stride = 1;
    for (int back = 0; back < to.rank; back++) {
        int64_t size = to.size[to.rank - 1 - back], at = element % size;
        element /= size;
        if (back >= shape.rank)
            continue;
        int64_t own = shape.size[shape.rank - 1 - back];
        index += own == 1 ? 0 : at * stride;
        stride *= own;
    }
    return index;
}

static void index_of(Shape shape, int64_t element, int64_t *index) {
    for (int i = shape.rank - 1; i >= 0; i--) {
        index[i] = element % shape.size[i];
        element /= shape.size[i];
    }
}

/* -1 where the index leaves the shape. */
static int64_t element_of(Shape shape, const int64_t *index) {
    int64_t element = 0;
    for (int i = 0; i < shape.rank; i++) {
        if (index[i] < 0 || index[i] >= shape.size[i])
            return -1;
        element = element * shape.size[i] + index[i];
    }
    return element;
}

static double *row_of(const Run *run, const Node *node, int row) {
    return run->values[node->id] + (node->batched ? row * shape_count(node->shape) : 0);
}

static void run_map(Run *run, const Node *node, int row) {
    double *out = row_of(run, node, row);
    for (int64_t k = 0; k < shape_count(node->shape); k++) {
        double operands[3] = {0, 0, 0};
        for (int i = 0; i < node->input_count; i++) {
            const Node *input = node->inputs[i];
            operands[i] = row_of(run, input, row)[broadcast_index(input->shape, node->shape, k)];
        }
        out[k] = op_rows[node->op].value(operands[0], operands[1], operands[2]);
    }
}

static void run_reduce(Run *run, const Node *node, int row) {
    const Node *input = node->inputs[0];
    double *out = row_of(run, node, row);
    for (int64_t k = 0; k < shape_count(input->shape); k++) {
        int64_t index[MAX_RANK], kept[MAX_RANK] = {0}, rank = 0;
        index_of(input->shape, k, index);
        for (int i = 0; i < input->shape.rank; i++)
            if (!(node->axes >> i & 1))
                kept[rank++] = index[i];
        double value = row_of(run, input, row)[k], *to = &out[element_of(node->shape, kept)];
        *to = node->op == OP_SUM ? *to + value : (value > *to || isnan(value) ? value : *to);
    }
}

static void index_by_loops(const Index *by, const Node *node, const int64_t *loops,
                           int64_t *index) {
    for (int i = 0; i < node->shape.rank; i++) {
        index[i] = by->offset[i];
        for (int loop = 0; loop < MAX_LOOPS; loop++)
            index[i] += by->factor[i][loop] * loops[loop];
    }
}

static void run_contract(Run *run, const Node *node, int row) {
    const Contract *contract = node->contract;
    int64_t at[MAX_LOOPS] = {0}, count = 1;
    for (int i = 0; i < contract->loop_count; i++)
        count *= contract->extent[i];
    for (int64_t k = 0; k < count; k++) {
        int64_t rest = k, element[3];
        for (int i = contract->loop_count - 1; i >= 0; i--)
            at[i] = rest % contract->extent[i], rest /= contract->extent[i];
        const Node *nodes[3] = {node, node->inputs[0], node->inputs[1]};
        for (int i = 0; i < 3; i++) {
            int64_t index[MAX_RANK];
            index_by_loops(&contract->index[i], nodes[i], at, index);
            element[i] = element_of(nodes[i]->shape, index);
        }
        if (element[0] < 0 || element[1] < 0 || element[2] < 0)
            continue;
        row_of(run, node, row)[element[0]] +=
            row_of(run, nodes[1], row)[element[1]] * row_of(run, nodes[2], row)[element[2]];
    }
}

static int64_t number_in_window(const Node *node, const int64_t *at) {
    int64_t number = 0;
    for (int i = 0; i < node->contract->loop_count; i++)
        if (window_has_loop(node, i))
            number = number * node->contract->extent[i] + at[i];
    return number;
}

/* One term of windows; first_top: the largest of the terms before, where their number is wanted. */
static void run_term(Run *run, const Node *node, int row, const int64_t *at, double *first_top) {
    const Contract *contract = node->contract;
    const Node *nodes[3] = {node, node->inputs[0], node->inputs[node->input_count - 1]};
    int64_t element[3];
    for (int i = 0; i < 3; i++) {
        int64_t index[MAX_RANK];
        index_by_loops(&contract->index[i], nodes[i], at, index);
        element[i] = element_of(nodes[i]->shape, index);
    }
    if (element[0] < 0 || element[1] < 0)
        return;
    double term = row_of(run, nodes[1], row)[element[1]];
    double *out = &row_of(run, node, row)[element[0]];
    int64_t number = number_in_window(node, at);
    bool is_left_out =
        node->input_count > 1 && row_of(run, nodes[2], row)[element[2]] != (double)number;
    if (node->op == OP_WINDOW_SUM)
        *out += is_left_out ? 0 : term;
    else if (node->op == OP_WINDOW_MAX)
        *out = term > *out || isnan(term) ? term : *out;
    else if (term > first_top[element[0]]) {
        first_top[element[0]] = term;
        *out = (double)number;
    }
}

static void run_window(Run *run, const Node *node, int row) {
    const Contract *contract = node->contract;
    int64_t at[MAX_LOOPS] = {0}, count = 1, size = shape_count(node->shape);
    double *first_top = NEW_ARRAY(run->graph->compiler, double, size);
    for (int64_t k = 0; k < size; k++)
        first_top[k] = -HUGE_VAL;
    for (int i = 0; i < contract->loop_count; i++)
        count *= contract->extent[i];
    for (int64_t k = 0; k < count; k++) {
        int64_t rest = k;
        for (int i = contract->loop_count - 1; i >= 0; i--)
            at[i] = rest % contract->extent[i], rest /= contract->extent[i];
        run_term(run, node, row, at, first_top);
    }
}

static void run_moved(Run *run, const Node *node, int row) {
    const Node *input = node->inputs[0];
    bool is_pad = node->op == OP_PAD;
    const Node *walked = is_pad ? input : node, *other = is_pad ? node : input;
    for (int64_t k = 0; k < shape_count(walked->shape); k++) {
        int64_t index[MAX_RANK], moved[MAX_RANK] = {0};
        index_of(walked->shape, k, index);
        for (int i = 0; i < walked->shape.rank; i++)
            if (node->op == OP_TRANSPOSE)
                moved[node->start[i]] = index[i];
            else
                moved[i] = index[i] + node->start[i];
        int64_t element = element_of(other->shape, moved);
        row_of(run, node, row)[is_pad ? element : k] =
            row_of(run, input, row)[is_pad ? k : element];
    }
}

static void run_concat(Run *run, const Node *node, int row) {
    int64_t before = 0;
    for (int part = 0; part < node->input_count; part++) {
        const Node *input = node->inputs[part];
        for (int64_t k = 0; k < shape_count(input->shape); k++) {
            int64_t index[MAX_RANK];
            index_of(input->shape, k, index);
            index[node->axes] += before;
            row_of(run, node, row)[element_of(node->shape, index)] = row_of(run, input, row)[k];
        }
        before += input->shape.size[node->axes];
    }
}

static void run_view(Run *run, const Node *node, int row) {
    const Node *input = node->inputs[0];
    if (node->op == OP_CONCAT)
        run_concat(run, node, row);
    else if (node->op != OP_RESHAPE && node->op != OP_EXPAND)
        run_moved(run, node, row);
    else
        for (int64_t k = 0; k < shape_count(node->shape); k++)
            row_of(run, node, row)[k] = row_of(
                run, input,
                row)[node->op == OP_RESHAPE ? k : broadcast_index(input->shape, node->shape, k)];
}

static void run_leaf(Run *run, const Node *node, int row) {
    static const double given[] = {
        [GIVEN_STEP] = 3,     [GIVEN_EPOCH] = 2, [GIVEN_EPOCHS] = 10, [GIVEN_TRAINING] = 1,
        [GIVEN_SUM] = 5,      [GIVEN_COUNT] = 7, [GIVEN_KEEP] = 0.25, [GIVEN_ADD] = 0.75,
        [GIVEN_GRADIENT] = 2, [GIVEN_SHARE] = 0};
    double *out = row_of(run, node, row);
    for (int64_t k = 0; k < shape_count(node->shape); k++) {
        if (node->variable && node->kind != KIND_GIVEN)
            out[k] = run->variables->of[node->variable->number]
                                       [k + (node->batched ? row * shape_count(node->shape) : 0)];
        else if (node->variable && run->variables->gradients)
            out[k] = run->variables->gradients[node->variable->number][k];
        else if (node->kind == KIND_CONST)
            out[k] = element_number((Element){(Node *)node, k});
        else if (node->kind == KIND_RANDOM && run->variables->draw)
            out[k] = run->variables->draw(node->op, node->number, node->batched ? row : 0, k);
        else if (node->kind == KIND_RANDOM)
            out[k] = 0.1 * node->number + 0.01 * (double)k;
        else if (node->given == GIVEN_SHARE)
            out[k] = row < TEST_PRESENT ? 1.0 / TEST_PRESENT : 0;
        else
            out[k] = given[node->given];
    }
}

static void run_row(Run *run, const Node *node, int row) {
    switch (node->kind) {
    case KIND_MAP:
        run_map(run, node, row);
        return;
    case KIND_REDUCE:
        run_reduce(run, node, row);
        return;
    case KIND_CONTRACT:
        run_contract(run, node, row);
        return;
    case KIND_WINDOW:
        run_window(run, node, row);
        return;
    case KIND_VIEW:
        run_view(run, node, row);
        return;
    default:
        run_leaf(run, node, row);
        return;
    }
}

double **graph_values(const Graph *graph, const TestValues *variables) {
    Run run = {graph, variables, NEW_ARRAY(graph->compiler, double *, graph->node_count)};
    for (int id = 0; id < graph->node_count; id++) {
        const Node *node = graph->nodes[id];
        int rows = node->batched ? TEST_ROWS : 1;
        run.values[id] = NEW_ARRAY(graph->compiler, double, node_elements(node));
        for (int64_t k = 0; k < node_elements(node); k++)
            run.values[id][k] = node->op == OP_MAX || node->op == OP_WINDOW_MAX ? -HUGE_VAL : 0;
        for (int i = 0; i < node->input_count; i++)
            if (node->inputs[i]->batched)
                rows = TEST_ROWS;
        for (int row = 0; row < rows; row++)
            run_row(&run, node, row);
    }
    return run.values;
}
