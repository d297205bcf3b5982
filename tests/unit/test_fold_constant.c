/* fold_constant: what is made of constants alone is one, unless it would be a table much larger
   than they are. */

#include "folded.h"
#include "formula_graph.h"
#include "rewrite/fold.h"

#include <criterion/criterion.h>

#define COUNT "[1, 2, 3, 4]"
#define TABLE "[[1, 2, 3], [4, 5, 6]]"

static const Form forms[] = {
    /* operators, whose operands broadcast */
    {ALWAYS, "-" COUNT, "[-1, -2, -3, -4]"},
    {ALWAYS, COUNT " + [0, 0.5, 0, 1]", "[1, 2.5, 3, 5]"},
    {ALWAYS, "2 * " COUNT, "[2, 4, 6, 8]"},
    {ALWAYS, COUNT " < 3", "[1, 1, 0, 0]"},
    {ALWAYS, "where(" COUNT " < 3, 0, " COUNT ")", "[0, 0, 3, 4]"},
    {ALWAYS, "[[1], [2]] * [3, 4]", "[[3, 4], [6, 8]]"},
    {ALWAYS, COUNT " + expand(1, [4])", "[2, 3, 4, 5]"},
    {ALWAYS, "expand(" COUNT ", [3, 4]) * 2", "expand([2, 4, 6, 8], [3, 4])"},

    /* equal numbers are one, broadcast */
    {ALWAYS, COUNT " - " COUNT, "expand(0, [4])"},
    {ALWAYS, COUNT " * 0 + x", "x"},
    {ALWAYS, "concat(expand(2, [2]), expand(2, [2]))", "expand(2, [4])"},
    {ALWAYS, "slice([1, 3, 3], 1, 3)", "expand(3, [2])"},
    {ALWAYS, "slice([1, 3], 1, 2)", "reshape(3, [1])"},

    /* views */
    {ALWAYS, "reshape(" TABLE ", [6])", "[1, 2, 3, 4, 5, 6]"},
    {ALWAYS, "transpose(" TABLE ")", "[[1, 4], [2, 5], [3, 6]]"},
    {ALWAYS, "slice(" TABLE ", 1, 2)", "[[4, 5, 6]]"},
    {ALWAYS, "pad([1, 2], 1, 2)", "[0, 1, 2, 0, 0]"},
    {ALWAYS, "concat([1, 2], expand(0, [2]), [3])", "[1, 2, 0, 0, 3]"},
    {ALWAYS, "reshape(expand([1, 2], [2, 2]), [4])", "[1, 2, 1, 2]"},
    {ALWAYS, "expand([1, 2], [3, 2])", "expand([1, 2], [3, 2])"},
    {ALWAYS, "slice(each([1, 2, 3]), 0, 2)", "expand([1, 2], [2])"},
    {ALWAYS, "concat(x, [1, 2])", "concat(x, [1, 2])"},
    {ALWAYS, "pad(expand(1, [2]), 0, 1)", "pad(expand(1, [2]), 0, [3])"}, /* no table of zeros */

    /* sums */
    {ALWAYS, "sum(" COUNT ")", "10"},
    {ALWAYS, "max([1, 4, -2])", "4"},
    {ALWAYS, "rows(" TABLE ")", "[6, 15]"},
    {ALWAYS, "sum(expand([1, 2], [3, 2]))", "9"},
    {ALWAYS, "matmul(" TABLE ", [1, 0, -1])", "expand(-2, [2])"},
    {ALWAYS, "matmul(" TABLE ", [1, 1, 0])", "[3, 9]"},
    {ALWAYS, "max_of_pairs([3, 1, 2])", "[3, 2]"},
    {ALWAYS, "sum_of_pairs([3, 1, 2])", "[4, 2]"},
    {ALWAYS, "max_of_pairs(expand(2, [4]))", "expand(2, [2])"},
    {ALWAYS, "sum_of_pairs(expand(0, [4]))", "expand(0, [2])"},
    {ALWAYS, "matmul(v, " COUNT ")", "contract(v, [1, 2, 3, 4])"},

    /* beside what the net computes */
    {ALWAYS, "2 * (" COUNT " * x)", "mul([2, 4, 6, 8], x)"},
    {ALWAYS, COUNT " * (reshape(2, [1]) * x)", "mul([2, 4, 6, 8], x)"},
    {ALWAYS, "(" COUNT " + 1) * x", "mul([2, 3, 4, 5], x)"},
    {ALWAYS, "where([0, 1, 1, 0], x, z)", "where([0, 1, 1, 0], x, z)"},
    {ALWAYS, "0 * " COUNT, "expand(0, [4])"},
    {ALWAYS, "detach(" COUNT ")", "detach([1, 2, 3, 4])"},
};
enum { FORMS = sizeof forms / sizeof *forms };

Test(fold_constant, forms) {
    for (int i = 0; i < FORMS; i++)
        expect_form(&forms[i], ALGEBRA);
}

Test(fold_constant, forms_before_differentiation) {
    for (int i = 0; i < FORMS; i++)
        expect_form(&forms[i], STABLE);
}

Test(fold_constant, values_stay) {
    for (int i = 0; i < FORMS; i++) {
        expect_values(forms[i].formula, ALGEBRA);
        expect_values(forms[i].formula, FINITE);
    }
}

/* A constant 0, 1, 2, .. of `shape`. */
static Node *counting(Graph *graph, Shape shape) {
    int64_t count = shape_count(shape);
    double *numbers = NEW_ARRAY(graph->compiler, double, count);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (double)i;
    return graph_numbers(graph, shape, numbers);
}

/* Of column and row: as large as both together, up to a bound much larger. */
static bool is_folded(int64_t rows, int64_t columns) {
    Compiler *compiler = test_compiler();
    Graph *graph = graph_new(compiler);
    Node *product = graph_map(graph, OP_MUL, counting(graph, (Shape){2, {rows, 1}}),
                              counting(graph, (Shape){1, {columns}}), NULL);
    bool is_made = constant_numbers(compiler, product).numbers;
    test_compiler_free(compiler);
    return is_made;
}

Test(fold_constant, a_table_much_larger_than_its_operands_is_not_made) {
    cr_expect(is_folded(256, 256));
    cr_expect_not(is_folded(257, 256));
    cr_expect(is_folded(1, 70000));
}
