/* Elements of values as expressions. In: nodes, and where they are read. Out: reads of buffers with
   affine indices, through all views; operators of what stands in the same expression. */

#include "fuse/equation_maker.h"

// Views

/* Aligned at the last axis; where the input has one element, that. */
static Point broadcast_point(Shape to, const Node *input, const Point *at) {
    Point within = *at;
    for (int axis = 0; axis < input->shape.rank; axis++)
        within.index[axis] = input->shape.size[axis] == 1
                                 ? affine_number(0)
                                 : at->index[axis + to.rank - input->shape.rank];
    return within;
}

/* A group of axes of the view is the same row of elements as a group of axes of the input. False
   where an index is no affine expression. */
static bool follow_group(EquationMaker *maker, const Node *view, const Point *at, int first,
                         int last, int to_first, int to_last, Point *within) {
    Compiler *compiler = maker->compiler;
    const Shape *to = &view->inputs[0]->shape;
    Affine row = affine_number(0);
    int64_t stride = 1;
    for (int axis = last - 1; axis >= first; axis--) {
        row = affine_add(compiler, row, affine_scale(compiler, at->index[axis], stride));
        stride *= view->shape.size[axis];
    }
    for (int axis = to_last - 1; axis >= to_first; axis--) {
        Affine quotient = affine_number(0), rest = row;
        bool is_last = axis == to_first;
        if (!is_last &&
            !affine_split(compiler, row, to->size[axis], maker->ranges, &quotient, &rest))
            return false;
        within->index[axis] = rest;
        row = quotient;
    }
    return true;
}

/* By the smallest groups of axes that have equally many elements. */
static bool reshaped_point(EquationMaker *maker, const Node *view, const Point *at, Point *within) {
    const Shape *from = &view->shape, *to = &view->inputs[0]->shape;
    bool is_affine = true;
    within->example = at->example;
    for (int axis = 0; axis < to->rank; axis++)
        within->index[axis] = affine_number(0);
    for (int last = from->rank, to_last = to->rank; last > 0 && to_last > 0;) {
        int64_t size = from->size[last - 1], to_size = to->size[to_last - 1];
        int first = last - 1, to_first = to_last - 1;
        while (size != to_size && (size < to_size ? first : to_first) > 0)
            if (size < to_size)
                size *= from->size[--first];
            else
                to_size *= to->size[--to_first];
        is_affine &= follow_group(maker, view, at, first, last, to_first, to_last, within);
        last = first;
        to_last = to_first;
    }
    return is_affine;
}

/* Where an element of a view is in what it views, no view of several. False where that is no affine
   expression. */
static bool viewed_point(EquationMaker *maker, const Node *view, const Point *at, Point *within) {
    const Node *input = view->inputs[0];
    *within = *at;
    if (view->op == OP_RESHAPE)
        return reshaped_point(maker, view, at, within);
    if (view->op == OP_EXPAND)
        *within = broadcast_point(view->shape, input, at);
    for (int axis = 0; axis < view->shape.rank && view->op != OP_EXPAND; axis++)
        if (view->op == OP_TRANSPOSE)
            within->index[view->start[axis]] = at->index[axis];
        else
            within->index[axis] = affine_add(
                maker->compiler, at->index[axis],
                affine_number(view->op == OP_SLICE ? view->start[axis] : -view->start[axis]));
    return true;
}

// Padding

static Expr *real(EquationMaker *maker, double value) {
    return expr_const(maker->symbols, type_of_reals(&maker->compiler->options), value);
}

static Expr *condition_of_tests(EquationMaker *maker, const Tests *tests) {
    Expr *condition = NULL;
    for (int i = 0; i < tests->count; i++) {
        Expr *test = expr_test(maker->symbols, tests->tests[i]);
        condition = condition ? expr_and(maker->symbols, condition, test) : test;
    }
    return condition;
}

/* Zero outside of what is padded. */
static Expr *padded_element(EquationMaker *maker, const Node *view, const Point *at) {
    Point within;
    const Node *input = view->inputs[0];
    Tests tests = {0};
    viewed_point(maker, view, at, &within);
    for (int axis = 0; axis < input->shape.rank; axis++)
        maker_add_tests(maker, within.index[axis], input->shape.size[axis], &tests);
    Expr *condition = condition_of_tests(maker, &tests);
    Expr *inside = maker_element(maker, view->inputs[0], &within);
    return condition ? expr_select(maker->symbols, condition, inside, real(maker, 0)) : inside;
}

// Leaves

static Expr *read(EquationMaker *maker, Node *node, const Point *at) {
    Affine index[MAX_RANK + 1];
    int buffer = maker_buffer_of(maker, node), count = maker_index(node, at, index);
    return expr_read(maker->symbols, reference_new(maker->symbols, buffer, count, index));
}

/* 1 at the class of the example, else 0. */
static Expr *onehot_element(EquationMaker *maker, Node *node, const Point *at) {
    Expr *is_class = expr_apply(maker->symbols, OP_EQUAL, read(maker, node, at),
                                expr_numbers(maker->symbols, &at->index[0], 1, 1), NULL);
    return expr_convert(maker->symbols, type_of_reals(&maker->compiler->options), is_class);
}

static Expr *random_element(EquationMaker *maker, const Node *node, const Point *at) {
    Affine element = affine_number(0);
    for (int axis = 0; axis < node->shape.rank; axis++)
        element = affine_add(maker->compiler,
                             affine_scale(maker->compiler, element, node->shape.size[axis]),
                             at->index[axis]);
    return expr_random(maker->symbols, type_of_reals(&maker->compiler->options), node->op,
                       node->number, node->batched ? &at->example : NULL, &element);
}

/* Through the view, or in the memory of what it views, as of the view's shape. */
static Expr *viewed_element(EquationMaker *maker, Node *view, const Point *at) {
    Point within;
    if (viewed_point(maker, view, at, &within))
        return maker_element(maker, view->inputs[0], &within);
    const Node *base = node_base(view);
    if (base == view || base->cluster == maker->nest->nodes[0]->cluster)
        maker_fail(maker, view, "its index in what it reshapes is not affine");
    return read(maker, view, at);
}

Expr *maker_element(EquationMaker *maker, Node *node, const Point *at) {
    if (node_is_alias(node))
        return viewed_element(maker, node, at);
    if (maker->is_inline[node->id])
        return maker_value(maker, node, at);
    if (node_is_number(node))
        return real(maker, node->value);
    if (node->kind == KIND_RANDOM)
        return random_element(maker, node, at);
    if (node->kind == KIND_INPUT && node->variable->onehot)
        return onehot_element(maker, node, at);
    return read(maker, node, at);
}

// Reductions

static bool has_one_term(const EquationMaker *maker) {
    return (maker->used & ~maker->equation->kept) == 0;
}

/* The equation in the making has this reduction, and its register stands for it; of one term, that. */
static Expr *reduced(EquationMaker *maker, Reduce reduce, Expr *inside, const Tests *tests) {
    Equation *equation = maker->equation;
    if (has_one_term(maker)) {
        Expr *condition = condition_of_tests(maker, tests);
        return condition ? expr_select(maker->symbols, condition, inside, real(maker, 0)) : inside;
    }
    equation->reduce = reduce;
    equation->reduced = maker->used & ~equation->kept;
    equation->inside = inside;
    equation->tests = tests->tests;
    equation->test_count = tests->count;
    equation->result =
        symbols_register(maker->symbols, reduce == REDUCE_SUM ? "s" : "m", inside->type, 1);
    return expr_register(maker->symbols, equation->result);
}

/* Where an operand is read for these values of the loops; leaving it leaves the term out. */
static Point contracted_point(EquationMaker *maker, const Node *node, int operand, Tests *tests) {
    Compiler *compiler = maker->compiler;
    const Index *index = &node->contract->index[operand + 1];
    const Shape *shape = &node->inputs[operand]->shape;
    Point at = {.example = maker->example};
    for (int axis = 0; axis < shape->rank; axis++) {
        Affine sum = affine_number(index->offset[axis]);
        for (int loop = 0; loop < node->contract->loop_count; loop++)
            sum = affine_add(compiler, sum,
                             affine_scale(compiler, maker->along[loop], index->factor[axis][loop]));
        at.index[axis] = sum;
        maker_add_tests(maker, sum, shape->size[axis], tests);
    }
    return at;
}

static Expr *contract_value(EquationMaker *maker, Node *node) {
    Tests tests = maker->solved;
    Expr *factors[2];
    for (int i = 0; i < 2; i++) {
        Point at = contracted_point(maker, node, i, &tests);
        factors[i] = maker_element(maker, node->inputs[i], &at);
    }
    Expr *product = expr_apply(maker->symbols, OP_MUL, factors[0], factors[1], NULL);
    return reduced(maker, REDUCE_SUM, product, &tests);
}

/* The number of the term in its window: row-major, of the loops that run through it. */
static Expr *number_in_window(EquationMaker *maker, const Node *node) {
    Compiler *compiler = maker->compiler;
    const Contract *contract = node->contract;
    Affine number = affine_number(0);
    for (int loop = 0; loop < contract->loop_count; loop++)
        if (window_has_loop(node, loop))
            number = affine_add(compiler, affine_scale(compiler, number, contract->extent[loop]),
                                maker->along[loop]);
    return expr_convert(maker->symbols, type_of_reals(&compiler->options),
                        expr_numbers(maker->symbols, &number, 1, 1));
}

static Expr *window_value(EquationMaker *maker, Node *node) {
    Tests tests = maker->solved;
    Point at = contracted_point(maker, node, 0, &tests);
    Expr *term = maker_element(maker, node->inputs[0], &at);
    if (node->op == OP_WINDOW_FIRST)
        return has_one_term(maker) ? real(maker, 0)
                                   : reduced(maker, REDUCE_FIRST_MAX, term, &tests);
    if (node->op == OP_WINDOW_MAX && has_one_term(maker))
        return term; /* each window has one inside */
    if (node->input_count > 1) {
        Point window = contracted_point(maker, node, 1, &tests);
        Expr *is_first =
            expr_apply(maker->symbols, OP_EQUAL, maker_element(maker, node->inputs[1], &window),
                       number_in_window(maker, node), NULL);
        term = expr_select(maker->symbols, is_first, term, real(maker, 0));
    }
    return reduced(maker, node->op == OP_WINDOW_SUM ? REDUCE_SUM : REDUCE_MAX, term, &tests);
}

static Expr *reduce_value(EquationMaker *maker, Node *node) {
    Point at = maker_domain(maker);
    Expr *inside = maker_element(maker, node->inputs[0], &at);
    return reduced(maker, node->op == OP_SUM ? REDUCE_SUM : REDUCE_MAX, inside, &(Tests){0});
}

// Operators

/* A comparison as a condition, where the choice is all that reads it. */
static Expr *condition_of(EquationMaker *maker, Node *node, const Point *at) {
    if (maker->is_inline[node->id] && node->kind == KIND_MAP && op_compares(node->op)) {
        Expr *sides[2];
        for (int i = 0; i < 2; i++) {
            Point within = broadcast_point(node->shape, node->inputs[i], at);
            sides[i] = maker_element(maker, node->inputs[i], &within);
        }
        return expr_apply(maker->symbols, node->op, sides[0], sides[1], NULL);
    }
    return expr_apply(maker->symbols, OP_NOT_EQUAL, maker_element(maker, node, at), real(maker, 0),
                      NULL);
}

static Expr *map_value(EquationMaker *maker, Node *node, const Point *at) {
    Expr *operands[3] = {NULL};
    for (int i = 0; i < node->input_count; i++) {
        Point within = broadcast_point(node->shape, node->inputs[i], at);
        operands[i] = node->op == OP_WHERE && i == 0
                          ? condition_of(maker, node->inputs[0], &within)
                          : maker_element(maker, node->inputs[i], &within);
    }
    if (node->op == OP_DETACH || node->op == OP_SLOPE)
        return operands[0];
    if (node->op == OP_WHERE)
        return expr_select(maker->symbols, operands[0], operands[1], operands[2]);
    Expr *made = expr_apply(maker->symbols, node->op, operands[0], operands[1], operands[2]);
    return op_compares(node->op)
               ? expr_convert(maker->symbols, type_of_reals(&maker->compiler->options), made)
               : made;
}

Expr *maker_value(EquationMaker *maker, Node *node, const Point *at) {
    if (node->kind == KIND_CONTRACT)
        return contract_value(maker, node);
    if (node->kind == KIND_WINDOW)
        return window_value(maker, node);
    if (node->kind == KIND_REDUCE)
        return reduce_value(maker, node);
    if (node->kind == KIND_MAP)
        return map_value(maker, node, at);
    if (node->op == OP_PAD)
        return padded_element(maker, node, at);
    return viewed_element(maker, node, at);
}
