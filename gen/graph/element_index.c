/* Single elements of values, for straight-line code. In: a node and the row-major number of an
   element. Out: the node and element that it really is, views and copies seen through, or where it
   goes in a sum. */

#include "graph/graph.h"

static void unravel(Shape shape, int64_t element, int64_t *index) {
    for (int axis = shape.rank - 1; axis >= 0; axis--) {
        index[axis] = element % shape.size[axis];
        element /= shape.size[axis];
    }
}

/* -1 where the index leaves the shape. */
static int64_t ravel(Shape shape, const int64_t *index) {
    int64_t element = 0;
    for (int axis = 0; axis < shape.rank; axis++) {
        if (index[axis] < 0 || index[axis] >= shape.size[axis])
            return -1;
        element = element * shape.size[axis] + index[axis];
    }
    return element;
}

int64_t element_broadcast(Shape whole, int64_t element, Shape shape) {
    int64_t index[MAX_RANK] = {0}, own[MAX_RANK] = {0};
    unravel(whole, element, index);
    for (int axis = 0; axis < shape.rank; axis++)
        own[axis] = shape.size[axis] == 1 ? 0 : index[axis + whole.rank - shape.rank];
    return ravel(shape, own);
}

static Element concat_element(const Node *view, int64_t *index) {
    for (int i = 0; i < view->input_count; i++) {
        int64_t size = view->inputs[i]->shape.size[view->axes];
        if (index[view->axes] < size)
            return (Element){view->inputs[i], ravel(view->inputs[i]->shape, index)};
        index[view->axes] -= size;
    }
    return (Element){NULL, 0};
}

/* One view back. */
static Element view_element(const Node *view, int64_t element) {
    Node *input = view->inputs[0];
    int64_t index[MAX_RANK] = {0}, from[MAX_RANK] = {0};
    if (view->op == OP_RESHAPE)
        return (Element){input, element};
    if (view->op == OP_EXPAND)
        return (Element){input, element_broadcast(view->shape, element, input->shape)};
    unravel(view->shape, element, index);
    if (view->op == OP_CONCAT)
        return concat_element(view, index);
    for (int axis = 0; axis < view->shape.rank; axis++) {
        if (view->op == OP_TRANSPOSE)
            from[view->start[axis]] = index[axis];
        if (view->op == OP_SLICE)
            from[axis] = index[axis] + view->start[axis];
        if (view->op == OP_PAD)
            from[axis] = index[axis] - view->start[axis];
    }
    int64_t at = ravel(input->shape, from);
    return (Element){at < 0 ? NULL : input, at};
}

Element element_resolve(Node *node, int64_t element) {
    Element at = {node, element};
    while (at.node &&
           (at.node->kind == KIND_VIEW || (at.node->kind == KIND_MAP && at.node->op == OP_DETACH)))
        at = at.node->kind == KIND_VIEW ? view_element(at.node, at.element)
                                        : (Element){at.node->inputs[0], at.element};
    return at;
}

double element_number(Element at) {
    return at.node->numbers ? at.node->numbers[at.element] : at.node->value;
}

bool element_is_zero(Element at) {
    return !at.node || (at.node->kind == KIND_CONST && element_number(at) == 0);
}

/* Where an element of a reduction's input goes. */
int64_t element_reduced(const Node *node, int64_t from) {
    Shape shape = node->inputs[0]->shape;
    int64_t index[MAX_RANK] = {0}, kept[MAX_RANK] = {0};
    unravel(shape, from, index);
    for (int axis = 0, at = 0; axis < shape.rank; axis++)
        if (!(node->axes >> axis & 1))
            kept[at++] = index[axis];
    return ravel(node->shape, kept);
}

int64_t element_contracted(const Index *index, Shape shape, const int64_t *loops, int loop_count) {
    int64_t at[MAX_RANK] = {0};
    for (int axis = 0; axis < shape.rank; axis++) {
        at[axis] = index->offset[axis];
        for (int loop = 0; loop < loop_count; loop++)
            at[axis] += index->factor[axis][loop] * loops[loop];
    }
    return ravel(shape, at);
}
