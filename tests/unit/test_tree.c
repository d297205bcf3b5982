/* gen/syntax/tree.c: the text of --dump=parse, and that it reads back as itself. */

#include "front.h"

static const char model[] = "network digits\n"
                            "input image[8, 8] minmax, age shift(1) flip\n"
                            "target digit[10] onehot\n"
                            "# The logistic function.\n"
                            "#\n"
                            "#     formula\n"
                            "def s(z) = 1 / (1 + exp(-z)) deriv s(z) * (1 - s(z))\n"
                            "def layer(x[k, 2 * n], n, init = he) {\n"
                            "  state m[n] = 0\n"
                            "  return x[0, 1:, :n, :, a:b] < 3\n"
                            "}\n"
                            "metric acc(p, q) { sum r = p == q; return r / count }\n"
                            "optimizer none() { }\n"
                            "h = f([1, [], -2.5], k = g())\n"
                            "loss h\n"
                            "update adam(lr = 1e-3) for h.*\n"
                            "batch 32\n"
                            "metric acc(h, digit), acc(h, age)\n"
                            "output h, age\n"
                            "use layer as other\n"
                            "freeze other.*\n"
                            "derivative h by image\n";

static const char printed[] = "network digits\n"
                              "input image[8, 8] minmax\n"
                              "input age shift(1) flip\n"
                              "target digit[10] onehot\n"
                              "# The logistic function.\n"
                              "#\n"
                              "#     formula\n"
                              "def s(z) {\n"
                              "    return (1 / (1 + exp((-z))))\n"
                              "} deriv (s(z) * (1 - s(z)))\n"
                              "def layer(x[k, (2 * n)], n, init = he) {\n"
                              "    state m[n] = 0\n"
                              "    return (x[0, 1:, :n, :, a:b] < 3)\n"
                              "}\n"
                              "metric acc(p, q) {\n"
                              "    sum r = (p == q)\n"
                              "    return (r / count)\n"
                              "}\n"
                              "optimizer none() {\n"
                              "}\n"
                              "h = f([1, [], (-2.5)], k = g())\n"
                              "loss h\n"
                              "update adam(lr = 0.001) for h.*\n"
                              "batch 32\n"
                              "metric acc(h, digit), acc(h, age)\n"
                              "output h, age\n"
                              "use layer as other\n"
                              "freeze other.*\n"
                              "derivative h by image\n";

Test(tree, every_statement) {
    expect_printed(model, printed);
}

Test(tree, the_text_reads_back_as_itself) {
    expect_printed(printed, printed);
}

Test(tree, numbers_keep_their_value) {
    expect_printed("a = [0.1, 3, 1e-3, 1e20, 0.30000000000000004, 1.7976931348623157e308, 5e-324, "
                   "123456789012, 2.]",
                   "a = [0.1, 3, 0.001, 1e+20, 0.30000000000000004, 1.7976931348623157e+308, "
                   "4.94065645841247e-324, "
                   "123456789012, 2]\n");
}

Test(tree, nothing) {
    expect_printed("", "");
}
