/* fold_view: views of views, and logarithms of views of what has a stable one. */

#include "folded.h"

#include <criterion/criterion.h>

#define SIGMOID_X "1 / (1 + exp(-x))"
#define SIGMOID_Z "1 / (1 + exp(-z))"
#define SOFTMAX_M "(exp(m) / reshape(rows(exp(m)), [3, 1]))"

static const Form forms[] = {
    /* views */
    {ALWAYS, "reshape(x, [4])", "x"},
    {ALWAYS, "reshape(reshape(x, [2, 2]), [4])", "x"},
    {ALWAYS, "reshape(expand(s, [4]), [2, 2])", "expand(s, [2, 2])"},
    {ALWAYS, "transpose(transpose(m))", "m"},
    {ALWAYS, "transpose(slice(m, 1, 2))", "reshape(slice(m, 1, [1, 4]), [4, 1])"},
    {ALWAYS, "transpose(slice(m, 1, 3))", "transpose(slice(m, 1, [2, 4]))"},
    {ALWAYS, "transpose(reshape(x, [1, 4]))", "reshape(x, [4, 1])"},
    {ALWAYS, "transpose(expand(s, [3, 4]))", "expand(s, [4, 3])"},
    {ALWAYS, "slice(x, 0, 4)", "x"},
    {ALWAYS, "slice(slice(x, 1, 4), 1, 3)", "slice(x, 2, [2])"},
    {ALWAYS, "slice(expand(s, [4]), 1, 3)", "expand(s, [2])"},
    {ALWAYS, "slice(pad(x, 2, 1), 2, 6)", "x"},
    {ALWAYS, "slice(pad(x, 2, 1), 3, 5)", "slice(x, 1, [2])"},
    {ALWAYS, "slice(pad(x, 2, 1), 1, 5)", "slice(pad(x, 2, [7]), 1, [4])"},
    {ALWAYS, "slice(pad(x, 2, 1), 3, 7)", "slice(pad(x, 2, [7]), 3, [4])"},
    {ALWAYS, "slice(concat(x, z), 4, 8)", "z"},
    {ALWAYS, "slice(concat(x, z), 5, 7)", "slice(z, 1, [2])"},
    {ALWAYS, "slice(concat(x, z), 3, 7)", "slice(concat(x, z), 3, [4])"},
    {ALWAYS, "pad(pad(x, 1, 2), 3, 0)", "pad(x, 4, [10])"},
    {ALWAYS, "pad(x, 0, 0)", "x"},
    {ALWAYS, "pad(expand(0, [4]), 1, 1)", "expand(0, [6])"},
    {ALWAYS, "concat(x)", "x"},
    {ALWAYS, "concat(slice(x, 0, 1), slice(x, 1, 4))", "x"},
    {ALWAYS, "concat(slice(x, 1, 2), slice(x, 2, 4))", "slice(x, 1, [3])"},
    {ALWAYS, "concat(slice(x, 0, 1), slice(z, 1, 4))",
     "concat(slice(x, 0, [1]), slice(z, 1, [3]))"},
    {ALWAYS, "concat(slice(x, 0, 1), z)", "concat(slice(x, 0, [1]), z)"},
    {ALWAYS, "concat(slice(x, 1, 4), slice(x, 0, 1))",
     "concat(slice(x, 1, [3]), slice(x, 0, [1]))"},
    {ALWAYS, "expand(expand(s, [4]), [3, 4])", "expand(s, [3, 4])"},
    {ALWAYS, "expand(x, [1, 4])", "reshape(x, [1, 4])"},
    {ALWAYS, "expand(s, [4]) * x", "mul(s, x)"},
    {ALWAYS, "expand(s, [4]) * expand(s, [4])", "expand(mul(s, s), [4])"},
    {ALWAYS, "expand(x, [3, 4]) + reshape(w, [1, 4])", "expand(add(x, w), [3, 4])"},
    {ALWAYS, "max(expand(s, [4]))", "s"},
    {ALWAYS, "max(expand(s, [4]) * x)", "max(mul(s, x))"},
    {ALWAYS, "examples(each(w))", "examples(expand(w, [4]))"},
    {ALWAYS, "sum(reshape(s, [1]))", "s"},
    {ALWAYS, "detach(x) - x", "sub(detach(x), x)"},

    /* logarithms of views */
    {ALWAYS, "log(reshape(exp(x), [2, 2]))", "reshape(x, [2, 2])"},
    {ALWAYS, "log(transpose(exp(m)))", "transpose(m)"},
    {ALWAYS, "log(slice(" SIGMOID_X ", 1, 3))", "neg(log1p_exp(neg(slice(x, 1, [2]))))"},
    {ALWAYS, "log(1 - slice(" SIGMOID_X ", 1, 3))", "neg(log1p_exp(slice(x, 1, [2])))"},
    {ALWAYS, "log(reshape(slice(" SIGMOID_X ", 1, 3), [2, 1]))",
     "neg(log1p_exp(neg(reshape(slice(x, 1, [2]), [2, 1]))))"},
    {ALWAYS, "log(slice(exp(x) / s, 1, 3))", "sub(slice(x, 1, [2]), log(s))"},
    {ALGEBRA, "log(slice(exp(x) / sum(exp(x)), 1, 3))", "sub(slice(x, 1, [2]), log(sum(exp(x))))"},
    {ALGEBRA, "log(slice(" SOFTMAX_M ", 1, 2))",
     "sub(slice(m, 1, [1, 4]), log(slice(expand(reshape(rows(exp(m)), [3, 1]), [3, 4]), 1, [1, "
     "4])))"},
    {ALWAYS, "log(expand(" SIGMOID_X ", [3, 4]))", "expand(neg(log1p_exp(neg(x))), [3, 4])"},
    {ALWAYS, "log(slice(expand(exp(x), [3, 4]), 0, 2))", "slice(expand(x, [3, 4]), 0, [2, 4])"},

    /* parts that are put together: where each has a stable logarithm */
    {ALWAYS, "log(concat(" SIGMOID_X ", exp(z)))", "concat(neg(log1p_exp(neg(x))), z)"},
    {ALWAYS, "log(concat(exp(x), 1 - " SIGMOID_Z ", expand(1, [4])))",
     "concat(x, neg(log1p_exp(z)), expand(0, [4]))"},
    {ALWAYS, "log(concat(" SIGMOID_X ", z))", "log(concat(logistic(x), z))"},
    {ALWAYS, "log(concat(x, z))", "log(concat(x, z))"},

    /* which have no other form */
    {ALWAYS, "log(slice(x, 1, 3))", "log(slice(x, 1, [2]))"},
    {ALWAYS, "log(slice(x / z, 1, 3))", "log(slice(div(x, z), 1, [2]))"},
    {ALWAYS, "log(pad(exp(x), 1, 0))", "log(pad(exp(x), 1, [5]))"},
    {ALWAYS, "log(z - slice(" SIGMOID_X ", 0, 4))", "log(sub(z, logistic(x)))"},
};
enum { FORMS = sizeof forms / sizeof *forms };

Test(fold_view, forms) {
    for (int i = 0; i < FORMS; i++)
        if (forms[i].time & ALGEBRA)
            expect_form(&forms[i], ALGEBRA);
}

Test(fold_view, forms_before_differentiation) {
    for (int i = 0; i < FORMS; i++)
        if (forms[i].time & STABLE)
            expect_form(&forms[i], STABLE);
}

Test(fold_view, values_stay) {
    for (int i = 0; i < FORMS; i++) {
        expect_values(forms[i].formula, ALGEBRA);
        expect_values(forms[i].formula, STABLE);
        expect_values(forms[i].formula, FINITE);
    }
}
