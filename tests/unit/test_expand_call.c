/* evaluate and expand_call: what expressions and calls come to, in numbers. */

#define _GNU_SOURCE
#include "run_model.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct {
    const char *expression;
    double value;
} Row;

/* The values of expressions in which x is 2, after these definitions. Each row is an output of one
   model. */
static void expect_values(const char *definitions, const Row *rows, int count) {
    char lines[3000];
    FILE *out = fmemopen(lines, sizeof lines, "w");
    fprintf(out, "input x\n%s\n", definitions);
    for (int i = 0; i < count; i++)
        fprintf(out, "h%d = 0 * x + (%s)\n", i, rows[i].expression);
    for (int i = 0; i < count; i++)
        fprintf(out, "%s h%d", i ? "," : "output", i);
    fprintf(out, "\n");
    fclose(out);
    Model *model = model_open(lines);
    model_set(model, "x", 2);
    for (int i = 0; i < count; i++)
        expect_number(model_output(model, format_text(&model->checked.compiler, "h%d", i)),
                      rows[i].value, rows[i].expression);
    model_close(model);
}

#define EXPECT(definitions, ...)                                                                   \
    expect_values(definitions, (const Row[]){__VA_ARGS__},                                         \
                  sizeof((const Row[]){__VA_ARGS__}) / sizeof(Row))

static void expect_value(const char *definitions, const char *expression, double wanted) {
    expect_values(definitions, &(Row){expression, wanted}, 1);
}

Test(expand_call, operators_of_numbers_and_values_agree) {
    EXPECT("", {"2 + 3 * 2", 8}, {"x + 3 * x", 8}, {"2 - 3 - 4", -5}, {"x - 3 - 4", -5},
           {"12 / 2 / 3", 2}, {"12 / x / 3", 2}, {"-2^2", -4}, {"-x^2", -4}, {"2^3^2", 512},
           {"x^3^2", 512}, {"(2 < 3) + (2 > 3)", 1}, {"(x < 3) + (x > 3)", 1},
           {"(2 <= 2) - (2 >= 3)", 1}, {"(x <= 2) - (x >= 3)", 1}, {"(2 == 2) + (2 != 2)", 1},
           {"(x == 2) + (x != 2)", 1}, {"where(2 > 1, 5, 7)", 5}, {"where(x > 1, 5, 7)", 5},
           {"max(2, 1) - min(2, 1)", 1}, {"max(x, 1) - min(x, 1)", 1},
           {"exp(0) + log(1) + sqrt(4)", 3}, {"exp(x - 2) + log(x - 1) + sqrt(x + 2)", 3},
           {"xlogy(0, 0) + xlogy(2, 1)", 0}, {"xlogy(x - 2, x - 2) + xlogy(x, x - 1)", 0});
}

/* A list is what a shape is; of several it is item by item, a number or one item goes with each. */
Test(expand_call, lists_are_worked_on_item_by_item) {
    EXPECT("s = [4, 5, 6]", {"([1, 2, 3] + [10, 20, 30])[1]", 22}, {"sum([1, 2, 3] * 2 - 1)", 9},
           {"(2^[1, 2, 3])[-1]", 8}, {"sum(-[1, 2])", -3}, {"sum([1, 2, 3] * [2])", 12},
           {"sum([2] * [1, 2, 3])", 12}, {"sum([1, 2, 3] == [1, 5, 3])", 2},
           {"sum([1, 2, 3] * x)", 12}, {"max([1, 5, 3])", 5},
           {"size(expand(x, [1, 2] + 1)) + rank(expand(x, concat([2], shape(x), [3])))", 6 + 2},
           {"s[0] + sum(s[1:])", 15});
}

// Calls

static const char three[] = "def f(a, b = 2 * a, c = a + b) = 100 * a + 10 * b + c";

Test(expand_call, defaults_see_the_parameters_before_them) {
    EXPECT(three, {"f(1)", 100 + 20 + 3}, {"f(1, 5)", 100 + 50 + 6}, {"f(1, c = 7)", 100 + 20 + 7},
           {"f(x)", 200 + 40 + 6});
}

Test(expand_call, arguments_by_name_stand_in_any_order) {
    EXPECT(three, {"f(c = 3, a = 1, b = 2)", 123}, {"f(1, c = 3, b = 2)", 123},
           {"f(b = x, a = 1, c = 3)", 123}, {"where(b = 7, a = 5, condition = 0)", 7},
           {"sum(concat(expand(x, [1]), expand(x, [2]), axis = 0))", 6});
}

/* Names in an argument are the caller's, and what a body makes of a name stays in it. */
Test(expand_call, a_body_has_names_of_its_own) {
    expect_value("k = 1\ndef f(a) {\n k = 10\n return a + k\n}", "f(k) + k", 12);
    expect_value("def f(a) {\n a = 2 * a\n a = a + 1\n return a\n}\na = 3", "f(a) + a", 10);
    expect_value("def f(a) = g(a) + 1\ndef g(b) = 10 * b", "f(x)", 21);
}

Test(expand_call, functions_are_handed_on) {
    expect_value("def twice(f, a) = f(f(a))\ndef inc(a, by = 3) = a + by", "twice(inc, x)", 8);
    expect_value("def twice(f, a) = f(f(a))", "twice(sqrt, 16)", 2);
    expect_value("def pick(f, g, a) = where(a > 1, f(a), g(a))\ndef half(a) = a / 2\nop = half",
                 "pick(op, exp, 4)", 2);
}

/* Where a condition is known, the branch that is not taken is not looked at: so recursions end. */
Test(expand_call, definitions_call_themselves_and_each_other) {
    expect_value("def power(a, n) = where(n == 0, 1, a * power(a, n - 1))", "power(x, 10)", 1024);
    expect_value("def fib(n) = where(n < 2, n, fib(n - 1) + fib(n - 2))", "fib(12)", 144);
    expect_value("def even(n) = where(n == 0, 1, odd(n - 1))\n"
                 "def odd(n) = where(n == 0, 0, even(n - 1))",
                 "10 * even(30) + odd(30)", 10);
}

Test(expand_call, shapes_of_arguments_bind_names) {
    expect_value("def f(a[n, m]) = 10 * n + m", "f(expand(x, [2, 3]))", 23);
    expect_value("def f(a[n], b[n + 1]) = n", "f(expand(x, [2]), expand(x, [3]))", 2);
    expect_value("def f(a[n], b[n, n]) = sum(b) + n", "f(x, x)",
                 3); /* one value has any shape of one */
}

Test(expand_call, a_derivative_by_hand_leaves_numbers_numbers) {
    expect_value("def f(z) = z^2 deriv 2 * z", "f(3) + f(x)", 13);
    expect_value("def f(z) = z^2 deriv 2 * z", "size(expand(x, [f(2), f(3)]))", 36);
}

// Parameters

/* Of makers within makers the outer call's own come first, and each has the whole way in its name. */
Test(expand_call, nested_layers_have_nested_names) {
    static const struct {
        const char *lines, *names;
    } rows[] = {
        {"h = dense(x, 2)", "h.weight h.bias"},
        {"h = dense(dense(x, 2), 2)", "h.2.weight h.2.bias h.weight h.bias"},
        {"def net(x) = dense(relu(dense(x, 2)), 2)\nh = net(x)",
         "h.2.weight h.2.bias h.weight h.bias"},
        {"block e(x) {\n a = dense(x, 2)\n return dense(a, 2)\n}\nh = e(x)",
         "e.a.weight e.a.bias e.weight e.bias"},
        {"block e(x) {\n a = dense(x, 2)\n a = dense(a, 2)\n return a\n}\nh = e(x)",
         "e.a.weight e.a.bias e.a.2.weight e.a.2.bias"},
        {"def half(x) {\n gain = param([2], 1)\n return gain * x\n}\n"
         "block e(x) {\n a = half(half(x))\n return a * param([2], 1)\n}\nh = e(x)",
         "e.a.2.gain e.a.gain e.param"},
        {"block i(x) = x * param([2], 1)\nblock o(x) {\n a = i(x)\n return a * param([2], 1)\n}\n"
         "use o as p\nh = o(x) + p(x)",
         "i.param o.param p.param"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char lines[1000];
        snprintf(lines, sizeof lines, "input x[2]\n%s\noutput h\n", rows[i].lines);
        Model *model = model_open(lines);
        cr_expect_str_eq(model_names(model), rows[i].names, "%s\n%s, wanted %s", rows[i].lines,
                         model_names(model), rows[i].names);
        model_close(model);
    }
}
