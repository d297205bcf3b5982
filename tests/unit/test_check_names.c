/* Names of parameters and state, and what names mean where. */

#include "checked.h"

#include <criterion/criterion.h>
#include <string.h>

/* The variables that are no data, joined by blanks. */
static void expect_variables(const char *lines, const char *expected) {
    char model[2000], names[500] = "";
    Checked checked;
    snprintf(model, sizeof model, "network t\ninput x[3]\n%s\noutput h\n", lines);
    check_open(&checked, model);
    cr_assert(checked.graph, "%s", checked.said);
    for (int i = 0; i < checked.graph->variable_count; i++) {
        const Variable *variable = checked.graph->variables[i];
        if (variable->kind == VARIABLE_INPUT)
            continue;
        strcat(names, *names ? " " : "");
        strcat(names, variable->name);
        cr_expect_str_eq(variable->name, variable->node->name);
    }
    cr_expect_str_eq(names, expected, "%s: %s, expected %s", lines, names, expected);
    check_close(&checked);
}

Test(check_names, after_the_assigned_value) {
    expect_variables("h = relu(dense(x, 3))", "h.weight h.bias");
    expect_variables("w = param([3], 0)\nh = w * x", "w");
}

Test(check_names, a_second_maker_has_a_number) {
    expect_variables("h = dense(x, 3) + dense(x, 3)", "h.weight h.bias h.2.weight h.2.bias");
    expect_variables("h = dense(x, 3)\nh = dense(h, 3)", "h.weight h.bias h.2.weight h.2.bias");
    expect_variables("h = x * param([3], 0) + param([3], 0)", "h h.2");
    expect_variables("h = x * param([3], 0) + dense(x, 3)", "h h.2.weight h.2.bias");
}

/* Numbers follow the text: of a call and the one in its argument, the outer comes first. */
Test(check_names, numbers_follow_the_source) {
    expect_variables("h = dense(dense(x, 4), 3)", "h.2.weight h.2.bias h.weight h.bias");
    expect_variables("def two(x) {\n a = dense(x, 2)\n gain = param([2], 1)\n return a * gain\n}\n"
                     "h = two(x) + dense(x, 2)",
                     "h.2.weight h.2.bias h.gain h.3.weight h.3.bias");
}

Test(check_names, inside_definitions) {
    expect_variables("def f(x) = x * param([3], 1)\nh = f(x)", "h.param");
    expect_variables(
        "def f(x) {\n w = param([3], 1)\n w = param([3], 2) * w\n return w * x\n}\nh = f(x)",
        "h.w h.w.2");
    expect_variables(
        "def f(x) {\n state w = 1\n v = param([3], 2)\n w = w + 1\n return w * x * v\n}\nh = f(x)",
        "h.w h.v");
}

Test(check_names, optimizer_state_is_the_parameters) {
    Checked checked;
    check_open(&checked, "network t\ninput x[3]\ntarget y[2]\nh = dense(x, 2)\n"
                         "loss half_squared_error(h, y)\nupdate momentum(0.1)\n");
    cr_assert(checked.graph, "%s", checked.said);
    cr_assert_eq(checked.graph->variable_count, 6);
    cr_expect_str_eq(checked.graph->variables[4]->name, "h.weight.v");
    cr_expect_eq(checked.graph->variables[4]->owner, checked.graph->variables[2]);
    cr_expect_str_eq(checked.graph->variables[5]->name, "h.bias.v");
    check_close(&checked);
}

Test(check_names, makers_without_a_name) {
    Checked checked;
    check_open(&checked, "network t\ninput x[3]\ntarget y\nh = dense(x, 1)\n"
                         "loss (sum(h) * param([], 1) - y)^2\nupdate sgd(0.1)\n");
    cr_assert(checked.graph, "%s", checked.said);
    cr_expect_str_eq(checked.graph->variables[4]->name, "loss");
    check_close(&checked);
}

Test(check_names, a_value_may_shadow) {
    expect_nodes("h = x + 1\nh = h * 2\nsum = h\nh = sum(sum)",
                 "%0: B[4] = input x\n"
                 "%1: [] = 1\n"
                 "%2: B[4] = add %0, %1    # h\n"
                 "%3: [] = 2\n"
                 "%4: B[4] = mul %2, %3    # h\n"
                 "%5: B[] = sum %4 over all    # h\n");
}

/* A body sees its own names first, then the model's as they are at the call. */
Test(check_names, a_body_sees_the_model) {
    expect_nodes("k = 2\ndef f(x) = x * k\nk = 3\nh = f(x)", "%0: B[4] = input x\n"
                                                             "%1: [] = 3\n"
                                                             "%2: B[4] = mul %0, %1    # h\n");
    expect_nodes("k = 2\ndef f(x, k = 5) = x * k\nh = f(x)", "%0: B[4] = input x\n"
                                                             "%1: [] = 5\n"
                                                             "%2: B[4] = mul %0, %1    # h\n");
}

Test(check_names, functions_are_values) {
    expect_nodes("def twice(f, x) = f(f(x))\ndef inc(x) = x + 1\nh = twice(inc, twice(exp, x))",
                 "%0: B[4] = input x\n"
                 "%1: B[4] = exp %0\n"
                 "%2: B[4] = exp %1\n"
                 "%3: [] = 1\n"
                 "%4: B[4] = add %2, %3\n"
                 "%5: [] = 1\n"
                 "%6: B[4] = add %4, %5    # h\n");
}

/* A user's definition takes the place of the prelude's and of a built-in function, but not
   inside the prelude. */
Test(check_names, users_definitions_win) {
    expect_nodes("def relu(z) = z + 7\nh = relu(x)", "%0: B[4] = input x\n"
                                                     "%1: [] = 7\n"
                                                     "%2: B[4] = add %0, %1    # h\n");
    expect_nodes("def exp(z) = z + 7\nh = exp(x)", "%0: B[4] = input x\n"
                                                   "%1: [] = 7\n"
                                                   "%2: B[4] = add %0, %1    # h\n");
    Checked plain, changed;
    check_open(&plain, "network t\ninput x[4]\nh = dropout(sigmoid(dense(x, 3)))\noutput h\n");
    check_open(&changed,
               "network t\ninput x[4]\ndef exp(z) = z\ndef matmul(a, b) = a\n"
               "initializer zeros() = 1\ninitializer xavier() = 1\nexp = 3\ntraining = 1\n"
               "h = dropout(sigmoid(dense(x, 3)))\noutput h\n");
    cr_expect_str_eq(plain.text, changed.text, "%s", changed.said);
    check_close(&plain);
    check_close(&changed);
}

/* A name can be a number of the net and a definition: what is called is the definition. */
Test(check_names, a_number_and_a_definition_share_a_name) {
    expect_nodes("h = step(x) * step", "%0: B[4] = input x\n%1: [] = 0\n%2: B[4] = less_equal %1, %0\n"
                                       "%3: [] = given step\n%4: B[4] = mul %2, %3    # h\n");
    expect_nodes("def epoch(z) = z * epoch\ndef twice(f, z) = f(f(z)) + f\nh = twice(epoch, x)",
                 "%0: B[4] = input x\n%1: [] = given epoch\n%2: B[4] = mul %0, %1\n"
                 "%3: B[4] = mul %2, %1\n%4: B[4] = add %3, %1    # h\n");
    expect_said("network t\ninput x[4]\nh = training(x)\noutput h\n",
                "m.def:3:5: error: unknown function 'training'\n");
    expect_said("network t\ninput x[4]\ndef f(g) = g(x)\nh = f(epoch)\noutput h\n",
                "m.def:3:12: error: 'g' is a value of shape [], not a function\n");
}

Test(check_names, shape_patterns_bind_sizes) {
    expect_nodes("def f(a[r, c], b[c]) = a[r - 1] * b * c\nh = f(reshape(x, [2, 2]), x[:2])",
                 "%0: B[4] = input x\n"
                 "%1: B[2, 2] = reshape %0\n"
                 "%2: B[2] = slice %0 at 0\n"
                 "%3: B[1, 2] = slice %1 at 1, 0\n"
                 "%4: B[2] = reshape %3\n"
                 "%5: B[2] = mul %4, %2\n"
                 "%6: [] = 2\n"
                 "%7: B[2] = mul %5, %6    # h\n");
    expect_said("network t\ninput x[4]\ndef f(a[3]) = a\nh = f(x)\noutput h\n",
                "m.def:4:7: error: f: 'a' must have size 3 at axis 0, this has shape [4]\n");
    expect_said("network t\ninput x[4]\ndef f(n, a[2 * n]) = a\nh = f(3, x)\noutput h\n",
                "m.def:4:10: error: f: 'a' must have size 6 at axis 0, this has shape [4]\n");
}

/* One value fits every shape of one value. */
Test(check_names, one_value_fits_any_shape_of_one) {
    expect_nodes("def f(a[k]) = a\ndef g(a[r, c]) = a\ndef p(a, b[shape(a)]) = a + b\n"
                 "h = p(f(x[0]), sum(x)) + g(x[1])",
                 "%0: B[4] = input x\n"
                 "%1: B[1] = slice %0 at 0\n"
                 "%2: B[] = reshape %1\n"
                 "%3: B[1] = reshape %2\n"
                 "%4: B[] = sum %0 over all\n"
                 "%5: B[1] = reshape %4\n"
                 "%6: B[1] = add %3, %5\n"
                 "%7: B[1] = slice %0 at 1\n"
                 "%8: B[] = reshape %7\n"
                 "%9: B[1, 1] = reshape %8\n"
                 "%10: B[1, 1] = add %6, %9    # h\n");
}

Test(check_names, layer_state_is_read_as_where_training) {
    expect_graph("network t\ninput x[2]\n"
                 "def centre(x, rate = 0.25) {\n state m[size(x, 0)] = 1\n"
                 " old = m\n m = (1 - rate) * m + rate * batch_mean(x)\n return x - m + old\n}\n"
                 "h = centre(x)\noutput h\n",
                 "network t, batch 32\n"
                 "%0: B[2] = input x\n"
                 "%1: [] = 1\n"
                 "%2: [2] = expand %1\n"
                 "%3: [2] = state h.m\n"
                 "%4: [] = 0.75\n"
                 "%5: [2] = mul %4, %3\n"
                 "%6: B[] = given share\n"
                 "%7: B[2] = mul %0, %6\n"
                 "%8: [2] = sum %7 over examples\n"
                 "%9: [] = 0.25\n"
                 "%10: [2] = mul %9, %8\n"
                 "%11: [2] = add %5, %10\n"
                 "%12: [] = given training\n"
                 "%13: [2] = where %12, %11, %3\n"
                 "%14: B[2] = sub %0, %13\n"
                 "%15: B[2] = add %14, %3    # h\n"
                 "initial h.m = %2\n"
                 "next h.m = %11\n"
                 "output h = %15\n");
}

Test(check_names, initializers_know_shape_and_fans) {
    expect_graph(
        "network t\ninput x\n"
        "initializer odd(s = 2) = s * fan_in + fan_out / 1024 + 1000 * size(expand(0, shape))\n"
        "h = x + sum(param([2, 3, 4, 5], odd(1))) + sum(param([7], odd)) + param([], "
        "odd())\noutput h\n",
        "network t, batch 32\n"
        "%0: B[] = input x\n"
        "%1: [] = 0\n"
        "%2: [2, 3, 4, 5] = expand %1\n"
        "%3: [] = 120060.0390625\n"
        "%4: [2, 3, 4, 5] = expand %3\n"
        "%5: [2, 3, 4, 5] = param h\n"
        "%6: [] = sum %5 over all\n"
        "%7: B[] = add %0, %6\n"
        "%8: [] = 0\n"
        "%9: [7] = expand %8\n"
        "%10: [] = 7014.0068359375\n"
        "%11: [7] = expand %10\n"
        "%12: [7] = param h.2\n"
        "%13: [] = sum %12 over all\n"
        "%14: B[] = add %7, %13\n"
        "%15: [] = 0\n"
        "%16: [] = 1002.0009765625\n"
        "%17: [] = param h.3\n"
        "%18: B[] = add %14, %17    # h\n"
        "initial h = %4\n"
        "initial h.2 = %11\n"
        "initial h.3 = %16\n"
        "output h = %18\n");
}
