/* gen/emit/kernel_comment.c: sums of products keep their indices in the comments above kernels. */

#include "nngen.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_comments(const char *model, const char *const *lines) {
    Options options = {.target = TARGET_GENERIC, .unroll = UNROLL_TILE};
    Result result = compile("net.def", model, strlen(model), "net.h", &options);
    cr_assert_eq(result.exit_code, 0, "%s", result.diagnostics);
    for (; *lines; lines++)
        cr_expect(strstr(result.source, *lines), "no '%s' in the C of\n%s", *lines, model);
    result_free(&result);
}

/* The axes of the result are i and j in the kernels of either direction. */
Test(kernel_comment, layers) {
    expect_comments(
        "network net\ninput x[5]\ntarget y[3]\nh = tanh(dense(x, 4))\np = dense(h, 3)\n"
        "loss mean_squared_error(p, y)\nupdate sgd(0.1)\n",
        (const char *const[]){"/* h = hyperbolic(sum(h.weight[i, j] * x[j]) + h.bias)\n",
                              "/* d_p.weight[i, j] = batch_sum(d_p[i] * h[j])\n",
                              "d_h[i] = sum(p.weight[j, i] * d_p[j])", NULL});
}

/* k is a parameter, and so no index. */
Test(kernel_comment, convolutions) {
    expect_comments(
        "network net\ninput x[16, 3]\ntarget y\nk = param([8, 3, 3], 0.1)\n"
        "c = relu(contract(k[o, t, u] * x[2*l + t - 1, u], o = 8, l = 8))\n"
        "p = sum(c)\nloss (p - y)^2\nupdate sgd(0.1)\n",
        (const char *const[]){"/* c_product[i, j] = sum(k[i, l, m] * x[2*j + l - 1, m])\n",
                              "/* d_k[i, j, l] = batch_sum(d_c_choice[i, m] * x[2*m + j - 1, l])\n",
                              NULL});
}

/* Axes of size 1 that formulas do not show have no index. A number that is repeated has one, since
   terms outside of it are 0; a single number has none. */
Test(kernel_comment, views) {
    expect_comments(
        "network net\ninput x[7], w[7, 3]\ny = contract(x[t] * w[t, u], u = 3)\n"
        "z = reshape(contract(reshape(x, [1, 7, 1])[c, t, u] * w[t, v], c = 1, u = 1, v = 3), [3]) "
        "+ 1\n"
        "largest = hardmax(x)\nq = contract((x - 1)[t] * (2 * w)[t, u], u = 3)\n"
        "s = contract(2 * x[t])\noutput y, largest, z, q, s\n",
        (const char *const[]){"/* y[i] = sum(x[j] * w[j, i])\n",
                              "/* z_product[i, j, k] = sum(x[l] * w[l, k])\n",
                              "where(sum(largest_mask[k] * 1[i - k - 1]) == 0, largest_mask, 0)",
                              "/* q[i] = sum(q_difference[j] * q_product[j, i])\n",
                              "/* s = 2 * sum(x[i] * 1)\n", NULL});
}
