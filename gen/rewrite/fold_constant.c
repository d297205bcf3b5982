/* Operators, views, sums and products of constants, done while nngen runs. In: a node. Out: its
   numbers, or none where an input is no constant, or where they would be a larger table than is
   worth its place. */

#include "rewrite/fold.h"

#include <math.h>

enum {
    LARGEST_TABLE = 1 << 16, /* elements of a result that has more than its operands */
    LARGEST_SUM = 1 << 22,   /* terms of all sums of a result */
};

static const Numbers none = {{0}, NULL};

static bool is_constant(Node *node) {
    return node_bare(node)->kind == KIND_CONST;
}

static bool are_constants(const Node *node) {
    for (int i = 0; i < node->input_count; i++)
        if (!is_constant(node->inputs[i]))
            return false;
    return node->input_count > 0;
}

/* Whether an operand has numbers that differ. Copies of one number need no table: a rule makes a
   product of their sum, and a view of them is copies again. A padded number stays a pad as well:
   to fill memory with it takes less time than to read a table, and a derivative may have a padded
   1 for each output. */
static bool has_table(const Node *node) {
    for (int i = 0; i < node->input_count; i++)
        if (!node_is_number(node_bare(node->inputs[i])))
            return true;
    return false;
}

/* Whether a table of the result takes no more than what it is made of, or little. */
static bool fits_table(Shape shape, const Node *node) {
    int64_t count = 0;
    for (int i = 0; i < node->input_count; i++)
        count += shape_count(node_bare(node->inputs[i])->shape);
    return shape_count(shape) <= LARGEST_TABLE || shape_count(shape) <= count;
}

/* Element of an operand, through broadcasting. */
static double number_at(Node *operand, int64_t element) {
    return element_number(element_resolve(operand, element));
}

static Numbers numbers_new(Compiler *compiler, Shape shape) {
    return (Numbers){shape, NEW_ARRAY(compiler, double, shape_count(shape))};
}

/* Operands that are expanded are taken as they were before. The result has the shape to which they
   broadcast then, and the caller expands it to the node's. */
static Numbers constant_map(Compiler *compiler, const Node *node) {
    Node *bare[3] = {NULL, NULL, NULL};
    Shape shape = {0};
    for (int i = 0; i < node->input_count; i++) {
        bare[i] = node_bare(node->inputs[i]);
        shape_broadcast(shape, bare[i]->shape, &shape);
    }
    if (!fits_table(shape, node))
        return none;
    Numbers result = numbers_new(compiler, shape);
    for (int64_t k = 0; k < shape_count(shape); k++) {
        double values[3] = {0, 0, 0};
        for (int i = 0; i < node->input_count; i++)
            values[i] = number_at(bare[i], element_broadcast(shape, k, bare[i]->shape));
        result.numbers[k] = op_rows[node->op].value(values[0], values[1], values[2]);
    }
    return result;
}

/* Of a view per example, the numbers of one, for all have the same. An expansion stays what it is:
   where it is read, the same number is read again, and a table would only take memory. */
static Numbers constant_view(Compiler *compiler, Node *node) {
    if (node->op == OP_EXPAND || !fits_table(node->shape, node))
        return none;
    Numbers result = numbers_new(compiler, node->shape);
    for (int64_t k = 0; k < shape_count(node->shape); k++) {
        Element at = element_resolve(node, k);
        result.numbers[k] = at.node ? element_number(at) : 0;
    }
    return result;
}

static Numbers constant_reduce(Compiler *compiler, const Node *node) {
    Node *input = node->inputs[0];
    int64_t terms = shape_count(input->shape);
    if (node->over_batch || terms > LARGEST_SUM || !fits_table(node->shape, node))
        return none;
    Numbers result = numbers_new(compiler, node->shape);
    bool *has_term = NEW_ARRAY(compiler, bool, shape_count(node->shape));
    for (int64_t k = 0; k < terms; k++) {
        int64_t to = element_reduced(node, k);
        double number = number_at(input, k), *sum = &result.numbers[to];
        if (!has_term[to])
            *sum = number;
        else if (node->op == OP_SUM)
            *sum += number;
        else
            *sum = op_rows[OP_MAXIMUM].value(*sum, number, 0);
        has_term[to] = true;
    }
    return result;
}

static int64_t term_count(const Contract *contract) {
    int64_t count = 1;
    for (int loop = 0; loop < contract->loop_count && count <= LARGEST_SUM; loop++)
        count *= contract->extent[loop];
    return count;
}

static void take_loops(const Contract *contract, int64_t term, int64_t *loops) {
    for (int loop = contract->loop_count - 1; loop >= 0; loop--) {
        loops[loop] = term % contract->extent[loop];
        term /= contract->extent[loop];
    }
}

static Numbers constant_contract(Compiler *compiler, const Node *node) {
    const Contract *contract = node->contract;
    int64_t terms = term_count(contract), loops[MAX_LOOPS] = {0};
    bool is_batched = node->inputs[0]->batched || node->inputs[1]->batched;
    if (is_batched != node->batched || terms > LARGEST_SUM || !fits_table(node->shape, node))
        return none;
    Numbers result = numbers_new(compiler, node->shape);
    for (int64_t term = 0; term < terms; term++) {
        int64_t at[3];
        take_loops(contract, term, loops);
        for (int side = 0; side < 3; side++)
            at[side] = element_contracted(&contract->index[side],
                                          side ? node->inputs[side - 1]->shape : node->shape, loops,
                                          contract->loop_count);
        if (at[0] >= 0 && at[1] >= 0 && at[2] >= 0)
            result.numbers[at[0]] +=
                number_at(node->inputs[0], at[1]) * number_at(node->inputs[1], at[2]);
    }
    return result;
}

/* Where maxima are is asked of what has a gradient, and no constant has. */
static Numbers constant_window(Compiler *compiler, const Node *node) {
    const Contract *contract = node->contract;
    int64_t terms = term_count(contract), loops[MAX_LOOPS] = {0};
    bool is_max = node->op == OP_WINDOW_MAX;
    if (terms > LARGEST_SUM || !fits_table(node->shape, node) || node->op == OP_WINDOW_FIRST ||
        node->input_count > 1)
        return none;
    Numbers result = numbers_new(compiler, node->shape);
    for (int64_t k = 0; is_max && k < shape_count(node->shape); k++)
        result.numbers[k] = -INFINITY;
    for (int64_t term = 0; term < terms; term++) {
        take_loops(contract, term, loops);
        int64_t to =
            element_contracted(&contract->index[0], node->shape, loops, contract->loop_count);
        int64_t from = element_contracted(&contract->index[1], node->inputs[0]->shape, loops,
                                          contract->loop_count);
        if (to < 0 || from < 0)
            continue;
        double number = number_at(node->inputs[0], from), *made = &result.numbers[to];
        *made = is_max ? op_rows[OP_MAXIMUM].value(*made, number, 0) : *made + number;
    }
    return result;
}

Numbers constant_numbers(Compiler *compiler, Node *node) {
    if (!are_constants(node))
        return none;
    switch (node->kind) {
    case KIND_MAP:
        return node->op == OP_DETACH ? none : constant_map(compiler, node);
    case KIND_VIEW:
        return has_table(node) || node->op == OP_CONCAT ? constant_view(compiler, node) : none;
    case KIND_REDUCE:
        return has_table(node) ? constant_reduce(compiler, node) : none;
    case KIND_CONTRACT:
        return has_table(node) ? constant_contract(compiler, node) : none;
    case KIND_WINDOW:
        return constant_window(compiler, node);
    default:
        return none;
    }
}
