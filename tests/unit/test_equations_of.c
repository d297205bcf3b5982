/* equations_of: the equations of each kernel compute, by plain loops, what the graph says. */

#include "equations_values.h"

#include <criterion/criterion.h>

typedef struct {
    const char *what, *text;
    int without; /* kernels that have no equations yet */
} Row;

#define NET "network m\nbatch 3\n"
#define SQUARES "target y[4]\nloss mean_squared_error(p, y)\n"
#define ADAM "update adam(0.1)\n"

static const Row rows[] = {
    {"layers",
     NET "input x[5]\nh = dense(relu(dense(x, 6)), 4)\np = tanh(h)\noutput p\n" SQUARES ADAM, 0},
    {"softmax",
     NET "input x[5]\ntarget y[4] onehot\np = softmax(dense(x, 4))\noutput p\n"
         "loss cross_entropy(p, y)\nupdate momentum(0.1)\nmetric accuracy(p, y)\n",
     0},
    {"a norm over all gradients",
     NET "input x[5]\np = dense(relu(dense(x, 6)), 4)\noutput p\n" SQUARES
         "update clip_norm(adam(0.1), 0.5)\n",
     0},
    {"a padded convolution in two dimensions",
     NET "input x[2, 5, 6]\nw = param([3, 2, 3, 3], he)\nb = param([3], 0)\n"
         "a = relu(contract(w[o, c, k, l] * x[c, i + k - 1, j + l - 1], o = 3, i = 5, j = 6)"
         " + reshape(b, [3, 1, 1]))\n"
         "v = param([4, 3, 3, 3], he)\n"
         "e = tanh(contract(v[o, c, k, l] * a[c, i + k - 1, j + l - 1], o = 4, i = 5, j = 6))\n"
         "p = sum(e, axis = [1, 2])\noutput p\n" SQUARES ADAM,
     0},
    {"in steps of two",
     NET "input x[2, 7]\nw = param([3, 2, 3], he)\n"
         "a = relu(contract(w[o, c, k] * x[c, 2*i + k - 1], o = 3, i = 4))\n"
         "v = param([4, 3, 3], he)\n"
         "e = contract(v[o, c, k] * a[c, 2*i + k - 1], o = 4, i = 2)\n"
         "p = sum(e, axis = 1)\noutput p\n" SQUARES ADAM,
     0},
    {"windows",
     NET "input x[2, 5, 6]\na = x * param([2, 5, 6], he)\n"
         "b = window_max(a[c, 2*i + k, 2*j + l - 1], over(k = 2, l = 3), c = 2, i = 2, j = 3)\n"
         "d = window_mean(b[c, i, j + l - 1], over(l = 3), c = 2, i = 2, j = 3)\n"
         "e = window_max(a[c, 4 - i, 3*j + l], over(l = 3), c = 2, i = 5, j = 2)\n"
         "f = window_mean(a[c, i + 2*k, 5 - 3*j], over(k = 2), c = 2, i = 3, j = 2)\n"
         "p = concat(sum(d * d, axis = [1, 2]), sum(e * e, axis = [1, 2])) + sum(f * f)\n"
         "output p\n" SQUARES ADAM,
     0},
    {"views",
     NET "input x[12]\nw = param([6, 4], he)\n"
         "a = transpose(reshape(x, [3, 4]))\n"
         "b = concat(a[1:3], exp(a), axis = 0)\n"
         "c = reshape(b, [2, 9]) * reshape(x[3:], [1, 9])\n"
         "d = reshape(transpose(c), [18])\n"
         "p = matmul(d[0:6], w) + expand(sum(d), [4])\noutput p\n" SQUARES ADAM,
     7},
    {"draws",
     NET
     "input x[5]\nh = dropout(relu(dense(x, 6)), 0.5)\np = dense(h, 4)\noutput p\n" SQUARES ADAM,
     0},
    {"statistics of the batch",
     NET "input x[5]\nh = relu(batch_norm(dense(x, 6)))\np = dense(h, 4)\noutput p\n" SQUARES ADAM,
     0},
    {"choices and maxima",
     NET
     "input x[5]\nh = dense(x, 6)\ng = where(h > 0.1, h * h, max(h, -1))\n"
     "p = dense(concat(g, reshape(max(g), [1]), axis = 0), 4) * (min(h) < 0)\noutput p\n" SQUARES
         ADAM,
     0},
};

Test(equations_of, kernels_compute_what_the_graph_says) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Options options = {.unroll = UNROLL_NONE};
        EquationsTally tally = equations_expect(rows[i].text, &options);
        cr_expect_eq(tally.without, rows[i].without, "%s: of %d kernels %d have no equations\n%s",
                     rows[i].what, tally.kernels, tally.without, tally.reasons);
        equations_tally_free(&tally);
    }
}
