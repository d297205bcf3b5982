/* The built-in functions and operators: which nodes they become. */

#include "expand/calls.h"
#include "checked.h"

#include <criterion/criterion.h>
#include <string.h>

#define INPUT "%0: B[4] = input x\n"

Test(check_builtins, numbers_are_computed_at_once) {
    expect_nodes("h = x * (2^-1 + (3 < 4) - (3 >= 4) + max(1, 5, 2) + where(0, 7, 8) + abs(-2) + "
                 "sqrt(16) / 4)",
                 INPUT "%1: [] = 17.5\n%2: B[4] = mul %0, %1    # h\n");
    expect_nodes("h = x * (infinity > 1e308) * (pi > 3.14159265358979) * cos(0)",
                 INPUT "%1: [] = 1\n%2: B[4] = mul %0, %1\n%3: [] = 1\n%4: B[4] = mul %2, %3\n"
                       "%5: [] = 1\n%6: B[4] = mul %4, %5    # h\n");
}

Test(check_builtins, operators) {
    expect_nodes("a = x[0]\nb = x[1]\nh = ((a + b) - (a * b)) / (-a ^ b)",
                 INPUT "%1: B[1] = slice %0 at 0\n%2: B[] = reshape %1    # a\n"
                       "%3: B[1] = slice %0 at 1\n%4: B[] = reshape %3    # b\n"
                       "%5: B[] = add %2, %4\n%6: B[] = mul %2, %4\n%7: B[] = sub %5, %6\n"
                       "%8: B[] = pow %2, %4\n%9: B[] = neg %8\n%10: B[] = div %7, %9    # h\n");
    expect_nodes("b = x[1]\nh = (x < b) + (x <= b) + (x > b) + (x >= b) + (x == b) + (x != b)",
                 INPUT
                 "%1: B[1] = slice %0 at 1\n%2: B[] = reshape %1    # b\n"
                 "%3: B[4] = less %0, %2\n%4: B[4] = less_equal %0, %2\n%5: B[4] = add %3, %4\n"
                 "%6: B[4] = less %2, %0\n%7: B[4] = add %5, %6\n"
                 "%8: B[4] = less_equal %2, %0\n%9: B[4] = add %7, %8\n"
                 "%10: B[4] = equal %0, %2\n%11: B[4] = add %9, %10\n"
                 "%12: B[4] = not_equal %0, %2\n%13: B[4] = add %11, %12    # h\n");
}

Test(check_builtins, elementwise_functions) {
    expect_nodes(
        "h = exp(log(sqrt(abs(sin(cos(atan(detach(x))))))))", INPUT
        "%1: B[4] = detach %0\n%2: B[4] = atan %1\n%3: B[4] = cos %2\n%4: B[4] = sin %3\n"
        "%5: B[4] = abs %4\n%6: B[4] = sqrt %5\n%7: B[4] = log %6\n%8: B[4] = exp %7    # h\n");
}

Test(check_builtins, floor_erf_and_rank) {
    expect_nodes("h = floor(erf(x)) + floor(-2.5) + erf(0) + rank(x) + "
                 "rank(reshape(x, [2, 1, 2]))",
                 INPUT "%1: B[4] = erf %0\n%2: B[4] = floor %1\n%3: [] = -3\n"
                       "%4: B[4] = add %2, %3\n%5: [] = 0\n%6: B[4] = add %4, %5\n%7: [] = 1\n"
                       "%8: B[4] = add %6, %7\n%9: B[2, 1, 2] = reshape %0\n%10: [] = 3\n"
                       "%11: B[4] = add %8, %10    # h\n");
}

/* The branch that is not taken is not even looked at. */
Test(check_builtins, where) {
    expect_nodes("h = where(1, x, no_such_name) + where(0, matmul(1), x)",
                 INPUT "%1: B[4] = add %0, %0    # h\n");
    expect_nodes(
        "h = where(b = x, condition = x > 0, a = 1)", INPUT
        "%1: [] = 0\n%2: B[4] = less %1, %0\n%3: [] = 1\n%4: B[4] = where %2, %3, %0    # h\n");
}

Test(check_builtins, extremes) {
    expect_nodes(
        "h = max(x, 0, x[0]) + min(x, 1)", INPUT
        "%1: B[1] = slice %0 at 0\n%2: B[] = reshape %1\n%3: [] = 0\n%4: B[1, 4] = reshape %0\n"
        "%5: [4] = expand %3\n%6: [1, 4] = reshape %5\n%7: B[4] = expand %2\n"
        "%8: B[1, 4] = reshape %7\n%9: B[3, 4] = concat %4, %6, %8 axis 0\n"
        "%10: B[4] = maximum %9 over 0\n%11: B[4] = reshape %10\n%12: [] = 1\n"
        "%13: B[4] = min %0, %12\n%14: B[4] = add %11, %13    # h\n");
    expect_nodes(
        "m = reshape(x, [2, 2])\nh = max(m, axis = 0) + min(m, axis = -1)", INPUT
        "%1: B[2, 2] = reshape %0    # m\n%2: B[2] = maximum %1 over 0\n%3: B[2, 2] = neg %1\n"
        "%4: B[2] = maximum %3 over 1\n%5: B[2] = neg %4\n%6: B[2] = add %2, %5    # h\n");
}

Test(check_builtins, sums) {
    expect_nodes("m = reshape(x, [1, 2, 2])\nh = sum(m, axis = [0, -1]) + mean(m) + sum(3)",
                 INPUT "%1: B[1, 2, 2] = reshape %0    # m\n%2: B[2] = sum %1 over 0, 2\n"
                       "%3: B[] = sum %1 over all\n%4: [] = 0.25\n%5: B[] = mul %3, %4\n"
                       "%6: B[2] = add %2, %5\n%7: [] = 3\n%8: B[2] = add %6, %7    # h\n");
    expect_nodes(
        "m = reshape(x, [2, 2])\nh = mean(m, axis = 1, keep = 1) * sum(m, keep = 1)", INPUT
        "%1: B[2, 2] = reshape %0    # m\n%2: B[2] = sum %1 over 1\n%3: B[2, 1] = reshape %2\n"
        "%4: [] = 0.5\n%5: B[2, 1] = mul %3, %4\n%6: B[] = sum %1 over all\n"
        "%7: B[1, 1] = reshape %6\n%8: B[2, 1] = mul %5, %7    # h\n");
}

Test(check_builtins, matmul_of_all_ranks) {
    expect_nodes(
        "a = reshape(x, [2, 2])\nh = matmul(a, a)",
        INPUT "%1: B[2, 2] = reshape %0    # a\n"
              "%2: B[2, 2] = contract [i, j] = %1[i, k] * %1[k, j]; i < 2, j < 2, k < 2    # h\n");
    expect_nodes("w = expand(2, [3, 4])\nh = matmul(w, x)",
                 INPUT "%1: [] = 2\n%2: [3, 4] = expand %1    # w\n"
                       "%3: B[3] = contract [i] = %2[i, j] * %0[j]; i < 3, j < 4    # h\n");
    expect_nodes("w = expand(2, [4, 3])\nh = matmul(x, w)",
                 INPUT "%1: [] = 2\n%2: [4, 3] = expand %1    # w\n"
                       "%3: B[3] = contract [i] = %0[j] * %2[j, i]; i < 3, j < 4    # h\n");
    expect_nodes("h = matmul(x, x)", INPUT "%1: B[] = contract [] = %0[i] * %0[i]; i < 4    # h\n");
}

Test(check_builtins, contract_is_matmul_and_convolution) {
    expect_nodes(
        "m = reshape(x, [2, 2])\nh = contract(m[i, k] * m[j, k], i = 2, j = 2)",
        INPUT "%1: B[2, 2] = reshape %0    # m\n"
              "%2: B[2, 2] = contract [i, j] = %1[i, k] * %1[j, k]; i < 2, j < 2, k < 2    # h\n");
    expect_nodes(
        "stride = 2\nw = expand(1, [3])\nh = contract(x[stride * t + (d - 1)] * w[d], t = 2)",
        INPUT "%1: [] = 1\n%2: [3] = expand %1    # w\n"
              "%3: B[2] = contract [i] = %0[2*i + j - 1] * %2[j]; i < 2, j < 3    # h\n");
    expect_nodes("h = contract(x[-i + 3] * x[size(x, 0) - 2], i = 4)",
                 INPUT "%1: B[4] = contract [i] = %0[-i + 3] * %0[2]; i < 4    # h\n");
    expect_nodes(
        "w = x[1:]\nh = contract(x[t - d + 2] * w[d], t = 2) + contract(x[k + 1] * w[k])",
        INPUT "%1: B[3] = slice %0 at 1    # w\n"
              "%2: B[2] = contract [i] = %0[i - j + 2] * %1[j]; i < 2, j < 3\n"
              "%3: B[] = contract [] = %0[i + 1] * %1[i]; i < 3\n%4: B[2] = add %2, %3    # h\n");
    expect_nodes("h = contract((x + 1)[a] * x[a])",
                 INPUT "%1: [] = 1\n%2: B[4] = add %0, %1\n"
                       "%3: B[] = contract [] = %2[i] * %0[i]; i < 4    # h\n");
}

Test(check_builtins, views) {
    expect_nodes(
        "m = reshape(x, [1, 2, 2])\nh = transpose(m, [1, 2, 0]) + transpose(m)",
        INPUT "%1: B[1, 2, 2] = reshape %0    # m\n%2: B[2, 2, 1] = transpose %1 axes 1, 2, 0\n"
              "%3: B[2, 2, 1] = transpose %1 axes 2, 1, 0\n%4: B[2, 2, 1] = add %2, %3    # h\n");
    expect_nodes("m = reshape(x, [2, 2])\nh = concat(m, transpose(m), m, axis = 1)",
                 INPUT "%1: B[2, 2] = reshape %0    # m\n%2: B[2, 2] = transpose %1 axes 1, 0\n"
                       "%3: B[2, 6] = concat %1, %2, %1 axis 1    # h\n");
    expect_nodes("h = expand(reshape(x, [4, 1]), [2, 4, 3])",
                 INPUT "%1: B[4, 1] = reshape %0\n%2: B[2, 4, 3] = expand %1    # h\n");
}

/* What changes nothing makes no node. */
Test(check_builtins, views_that_change_nothing) {
    expect_nodes("h = 2 * expand(reshape(transpose(concat(x)), shape(x))[:], [4])",
                 INPUT "%1: [] = 2\n%2: B[4] = mul %1, %0    # h\n");
}

Test(check_builtins, slices) {
    expect_nodes(
        "m = reshape(x, [2, 2])\nh = m[1] + m[:, -1] + m[0:2, 0] + x[-3:-1] + x[2:]", INPUT
        "%1: B[2, 2] = reshape %0    # m\n%2: B[1, 2] = slice %1 at 1, 0\n%3: B[2] = reshape %2\n"
        "%4: B[2, 1] = slice %1 at 0, 1\n%5: B[2] = reshape %4\n%6: B[2] = add %3, %5\n"
        "%7: B[2, 1] = slice %1 at 0, 0\n%8: B[2] = reshape %7\n%9: B[2] = add %6, %8\n"
        "%10: B[2] = slice %0 at 1\n%11: B[2] = add %9, %10\n%12: B[2] = slice %0 at 2\n"
        "%13: B[2] = add %11, %12    # h\n");
}

Test(check_builtins, shapes_are_lists) {
    expect_nodes("m = reshape(x, [2, 2, 1])\ns = shape(m)\nh = reshape(m, concat(s[1:], [s[0]])) * "
                 "size(m, -1) * size(m)",
                 INPUT
                 "%1: B[2, 2, 1] = reshape %0    # m\n%2: B[2, 1, 2] = reshape %1\n%3: [] = 1\n"
                 "%4: B[2, 1, 2] = mul %2, %3\n%5: [] = 4\n%6: B[2, 1, 2] = mul %4, %5    # h\n");
}

/* The streams of random numbers are counted in source order; in a layer they are per example, in
   a first value not. */
Test(check_builtins, random_numbers) {
    expect_nodes("w = param([4], 2 * random_uniform([4]))\nh = (x + random_normal([4])) * w + "
                 "random_uniform([])",
                 INPUT
                 "%1: [4] = random uniform 0\n%2: [] = 2\n%3: [4] = mul %2, %1\n%4: [4] = param w\n"
                 "%5: B[4] = random normal 1\n%6: B[4] = add %0, %5\n%7: B[4] = mul %6, %4\n"
                 "%8: B[] = random uniform 2\n%9: B[4] = add %7, %8    # h\n");
}

Test(check_builtins, batch_mean_of_what_is_per_batch_is_itself) {
    expect_nodes(
        "w = param([4], 0)\nh = x + where(training, batch_mean(batch_mean(x) + batch_mean(w)), 0)",
        INPUT
        "%1: [4] = param w\n%2: [] = given training\n%3: B[] = given share\n%4: B[4] = mul %0, %3\n"
        "%5: [4] = sum %4 over examples\n%6: [4] = add %5, %1\n%7: [] = 0\n"
        "%8: [4] = where %2, %6, %7\n%9: B[4] = add %0, %8    # h\n");
}

Test(check_builtins, counters) {
    expect_nodes("h = x * step + epoch / epochs + step",
                 INPUT "%1: [] = given step\n%2: B[4] = mul %0, %1\n%3: [] = given epoch\n"
                       "%4: [] = given epochs\n%5: [] = div %3, %4\n%6: B[4] = add %2, %5\n"
                       "%7: B[4] = add %6, %1    # h\n");
}

/* functions.txt tells of every function and of every name of its arguments. */
Test(check_builtins, functions_are_described) {
    static char text[100000];
    FILE *file = fopen(NNGEN_SOURCE "/gen/functions.txt", "r");
    cr_assert(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (int i = 0; i < builtin_count; i++) {
        char call[40];
        snprintf(call, sizeof call, "%s(", builtins[i].name);
        const char *found = strstr(text, call);
        cr_expect(found, "%s is not described", builtins[i].name);
        for (int j = 0; found && j < MAX_ARGUMENTS && builtins[i].arguments[j]; j++)
            cr_expect(strstr(text, builtins[i].arguments[j]), "%s of %s", builtins[i].arguments[j],
                      builtins[i].name);
    }
}

/* Once, however often it is asked for. */
Test(check_builtins, examples) {
    expect_nodes("h = x / examples + examples",
                 INPUT "%1: [] = setting examples\n%2: B[4] = div %0, %1\n"
                       "%3: B[4] = add %2, %1    # h\n%4: [] = 32\n");
}

/* The share of an example that is there is not 0. */
Test(check_builtins, batch_size) {
    expect_nodes("h = where(training, batch_size, 1) * x",
                 INPUT "%1: [] = given training\n%2: B[] = given share\n%3: [] = 0\n"
                       "%4: B[] = not_equal %2, %3\n%5: [] = sum %4 over examples\n%6: [] = 1\n"
                       "%7: [] = where %1, %5, %6\n%8: B[4] = mul %7, %0    # h\n");
}

Test(check_builtins, a_definition_calls_itself_until_a_number_ends_it) {
    expect_nodes("def power(z, n) = where(n == 0, 1, z * power(z, n - 1))\nh = power(x, 3)",
                 INPUT "%1: [] = 1\n%2: B[4] = mul %0, %1\n%3: B[4] = mul %0, %2\n"
                       "%4: B[4] = mul %0, %3    # h\n");
    /* As deep as the limit, which one more breaks: tests/errors/definitions/recursion_deep.txt */
    Checked checked;
    check_open(&checked, "network t\ninput x\ndef f(x, n) = where(n == 0, x, 2 * f(x, n - 1))\n"
                         "output f(x, 100)\n");
    cr_expect(checked.graph, "%s", checked.said);
    check_close(&checked);
}
