/* Walks over broadcast operands: shapes in, strides and positions out. Knows no operator. */

#include "tensor.h"

void row_strides(Shape shape, ptrdiff_t *stride) {
    ptrdiff_t step = 1;
    for (int axis = shape.rank - 1; axis >= 0; axis--) {
        stride[axis] = step;
        step *= (ptrdiff_t)shape.size[axis];
    }
}

Walk walk_new(size_t examples, Shape shape, int operand_count, const Tensor *const *operands) {
    Walk walk = {.rank = shape.rank + 1, .operand_count = operand_count};
    walk.size[0] = examples;
    for (int axis = 0; axis < shape.rank; axis++) {
        walk.size[axis + 1] = (size_t)shape.size[axis];
    }
    for (int k = 0; k < operand_count; k++) {
        const Tensor *operand = operands[k];
        ptrdiff_t stride[MAX_RANK] = {0};
        row_strides(operand->shape, stride);
        int lead = shape.rank - operand->shape.rank;
        walk.stride[k][0] = operand->examples > 1 ? (ptrdiff_t)operand->count : 0;
        for (int axis = 0; axis < operand->shape.rank; axis++) {
            walk.stride[k][axis + 1 + lead] = operand->shape.size[axis] > 1 ? stride[axis] : 0;
        }
    }
    return walk;
}

static bool can_join(const Walk *walk, int outer, int inner) {
    for (int k = 0; k < walk->operand_count; k++) {
        if (walk->stride[k][outer] != walk->stride[k][inner] * (ptrdiff_t)walk->size[inner]) {
            return false;
        }
    }
    return true;
}

static void move_axis(Walk *walk, int to, int from) {
    walk->size[to] = walk->size[from];
    for (int k = 0; k < walk->operand_count; k++) {
        walk->stride[k][to] = walk->stride[k][from];
    }
}

void walk_join(Walk *walk) {
    int last = -1;
    for (int axis = 0; axis < walk->rank; axis++) {
        if (walk->size[axis] == 1) {
            continue;
        }
        if (last >= 0 && can_join(walk, last, axis)) {
            size_t size = walk->size[last] * walk->size[axis];
            move_axis(walk, last, axis);
            walk->size[last] = size;
        } else {
            move_axis(walk, ++last, axis);
        }
    }
    if (last < 0) {
        last = 0;
        walk->size[0] = 1;
    }
    walk->rank = last + 1;
}

WalkPlace walk_first(void) {
    return (WalkPlace){{0}, {0}};
}

bool walk_next(const Walk *walk, WalkPlace *place) {
    for (int axis = walk->rank - 2; axis >= 0; axis--) {
        place->index[axis]++;
        for (int k = 0; k < walk->operand_count; k++) {
            place->offset[k] += walk->stride[k][axis];
        }
        if (place->index[axis] < walk->size[axis]) {
            return true;
        }
        for (int k = 0; k < walk->operand_count; k++) {
            place->offset[k] -= walk->stride[k][axis] * (ptrdiff_t)walk->size[axis];
        }
        place->index[axis] = 0;
    }
    return false;
}
