/* Questions about equations. In: equations. Out: answers, in their own numbers. */

#include "fuse/equation.h"

bool equation_makes(const Equation *equation, int buffer) {
    return equation->value == buffer ||
           (equation->reduce == REDUCE_FIRST_MAX && equation->winner == buffer);
}

Affine equation_element(const Equations *equations, const Equation *equation) {
    Compiler *compiler = equations->symbols->compiler;
    Affine number = affine_number(0);
    for (int axis = 0; axis < equations->axis_count; axis++)
        if (equation->reduced >> axis & 1)
            number =
                affine_add(compiler, affine_scale(compiler, number, equations->axes[axis].extent),
                           affine_variable(compiler, axis));
    return number;
}
