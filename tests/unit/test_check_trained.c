/* Parameters that nothing trains: which ones are warned of, with what cause, and which are not.
   That their gradients are 0, and others' not, numeric/zero tells. */

#include "checked.h"

#include <criterion/criterion.h>
#include <string.h>

/* Derivatives do not pass detach, comparisons, a condition, or a slope by hand that is 0. */
static void expect_untrained(const char *way, const char *because) {
    char model[300], line[200];
    snprintf(model, sizeof model,
             "network t\ninput x\ntarget y\nw = param([], 1)\nh = x * %s * param([], 1)\n"
             "loss (h - y)^2\nupdate sgd(0.1)\ndef flat(z) = z deriv 0\n",
             way);
    snprintf(line, sizeof line, "m.def:4:11: warning: the loss %s, it is not trained\n", because);
    expect_said(model, line);
}

Test(check_trained, trained_is_what_a_derivative_reaches) {
    expect_untrained("detach(w)", "does not depend on 'w'");
    expect_untrained("detach(relu(w))", "does not depend on 'w'");
    expect_untrained("detach(w > 0)", "depends on 'w' only through what has no derivative");
    expect_untrained("(w > 0)", "depends on 'w' only through what has no derivative");
    expect_untrained("step(w)", "depends on 'w' only through what has no derivative");
    expect_untrained("floor(w)", "depends on 'w' only through what has no derivative");
    expect_untrained("where(w, 1, 2)", "depends on 'w' only through what has no derivative");
    expect_untrained("flat(w)", "depends on 'w' only through what has no derivative");
}

/* A model `network t`, `input x[2]`, these lines and `update sgd(0.1)`. */
typedef struct {
    const char *lines;
    const char *still; /* the parameters that are warned of, in the order of their places */
    const char *note;  /* one of those behind the warnings */
    int notes;         /* of each parameter; 0: any number */
} Case;

static const Case cases[] = {
    /* softmax of one value */
    {"target y[1]\np = softmax(dense(tanh(dense(x, 3)), 1))\nloss mean_squared_error(p, y)\n",
     "p.weight p.bias p.2.weight p.2.bias ", "4:5: note: 'p' is 1 whatever 'p.weight' is", 0},
    {"target y[1]\np = 3 * softmax(dense(x, 1)) - 1\nloss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "4:9: note: this is 1 whatever 'p.bias' is", 0},
    {"target y[1]\ndef net(x) = 3 * softmax(dense(x, 1)) - 1\np = net(x)\n"
     "loss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "5:5: note: 'p' is 2 whatever 'p.weight' is", 0},
    {"target y[3]\nh = softmax(dense(x, 1))\nq = dense(h, 3)\nloss mean_squared_error(q, y)\n",
     "h.weight h.bias ", "4:5: note: 'h' is 1 whatever 'h.weight' is", 0},
    {"target y[4, 1]\np = softmax(reshape(dense(x, 4), [4, 1]))\nloss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "4:5: note: 'p' is 1 whatever 'p.weight' is", 0},
    {"target y[1]\nz = dense(x, 1)\np = exp(z) / sum(exp(z))\nloss mean_squared_error(p, y)\n",
     "z.weight z.bias ", "5:12: note: 'p' is 1 whatever 'z.weight' is", 0},
    {"target y[1]\nz = log_softmax(dense(x, 1))\nloss mean_squared_error(z, y)\n",
     "z.weight z.bias ", "4:5: note: 'z' is 0 whatever 'z.weight' is", 0},
    {"target y[2]\nh = dense(log_softmax(dense(x, 1)), 2)\nloss mean_squared_error(h, y)\n",
     "h.weight h.2.weight h.2.bias ", "4:5: note: 'h' does not change with 'h.weight'", 0},
    {"target y\nz = sum(softmax(dense(x, 4)))\nloss mean_squared_error(z, y)\n", "z.weight z.bias ",
     "4:5: note: 'z' is 1 whatever 'z.weight' is", 0},

    /* losses of one class */
    {"target y[1]\np = softmax(dense(x, 1))\nloss -sum(xlogy(y, p))\n", "p.weight p.bias ",
     "4:5: note: 'p' is 1 whatever 'p.weight' is", 0},
    {"target y[1]\nz = dense(x, 1)\ndef cost(z, y) = -sum(xlogy(y, softmax(z)))\nloss cost(z, "
     "y)\noutput z\n",
     "z.weight z.bias ", "6:6: note: this is 0 whatever 'z.weight' is", 0},
    {"target y[1]\nz = softmax(dense(x, 1))\nloss focal(z, y)\n", "z.weight z.bias ", "", 0},
    {"target y[1]\nz = softmax(dense(x, 1))\nloss binary_cross_entropy(z, y)\n", "z.weight z.bias ",
     "", 0},
    {"target y[1]\nz = log_softmax(dense(x, 1))\nloss kl_divergence(z, y)\n", "z.weight z.bias ",
     "", 0},

    /* what cancels, and factors of 0 */
    {"target y[3]\nz = dense(x, 3)\nh = z - z\nq = h + linear(x, 3)\n"
     "loss mean_squared_error(q, y)\n",
     "z.weight z.bias ", "5:7: note: 'h' is 0 whatever 'z.weight' is", 0},
    {"target y[3]\nh = relu(dense(x, 3)) * 0\nloss mean_squared_error(h, y)\n", "h.weight h.bias ",
     "4:23: note: 'h' is 0 whatever 'h.weight' is", 0},
    {"target y[1]\np = dense(x, 1)\nloss 0 * mean_squared_error(p, y)\noutput p\n",
     "p.weight p.bias ", "5:8: note: this is 0 whatever 'p.weight' is", 0},
    {"target y[3]\np = dense(x, 3)^0\nloss mean_squared_error(p, y)\n", "p.weight p.bias ", "", 0},
    {"target y[3]\ns = param([], 1)\nz = dense(x, 3) * s\np = z / s\n"
     "loss mean_squared_error(p, y)\n",
     "s ", "6:7: note: 'p' does not change with 's'", 0},
    {"target y\na = dense(x, 4)\nd = distance(a, a)\nloss mean_squared_error(d, y)\n",
     "a.weight a.bias ", "5:5: note: 'd' is 2e-06 whatever 'a.weight' is", 0},

    /* statistics of what they are taken from */
    {"target y[1]\nz = layer_norm(dense(x, 1))\nloss mean_squared_error(z, y)\n",
     "z.gamma z.2.weight z.2.bias ", "4:5: note: 'z' does not change with 'z.gamma'", 0},
    {"target y[3]\nz = dense(x, 3)\nh = z - where(training, batch_mean(z), 0)\n"
     "loss mean_squared_error(h, y)\n",
     "z.bias ", "5:7: note: in training 'h' does not change with 'z.bias'", 0},
    {"target y[3]\nz = linear(x, 3) - param([3], ones)\nh = z - where(training, batch_mean(z), 0)\n"
     "loss mean_squared_error(h, y)\n",
     "z.2 ", "", 0},

    /* a slope by hand that is 0 */
    {"target y[3]\ndef f(z) = z deriv 0 * z\np = f(dense(x, 3))\nloss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "5:5: note: 'p' does not change with 'p.weight'", 1},

    /* what training does not see */
    {"target y[3]\np = where(training, linear(x, 3), dense(x, 3))\n"
     "loss mean_squared_error(p, y)\n",
     "p.2.weight p.2.bias ", "4:5: note: in training 'p' does not change with 'p.2.weight'", 0},
    {"target y[1]\np = dense(dropout(dense(x, 3), 1), 1)\nloss mean_squared_error(p, y)\n",
     "p.weight p.2.weight p.2.bias ", "4:11: note: in training this is 0 whatever 'p.2.weight' is",
     0},

    /* activations that are dead from the start */
    {"target y[3]\np = relu(log_softmax(dense(x, 3)))\nloss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "4:5: note: 'p' is 0 whatever 'p.weight' is", 0},
    {"target y[3]\np = relu(log_sigmoid(dense(x, 3)))\nloss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "4:5: note: 'p' is 0 whatever 'p.weight' is", 0},
    {"target y[3]\np = relu(-relu(dense(x, 3)))\nloss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "", 0},

    /* labels of 0 and 1 where -1 and 1 are meant */
    {"target y[4] onehot\np = sigmoid(dense(x, 4))\nloss perceptron(p, y)\n", "p.weight p.bias ",
     "5:6: note: this is 0 whatever 'p.weight' is", 0},

    /* several paths, each with what ends it */
    {"target y[1]\nz = dense(x, 1)\na = softmax(z) + step(z) + layer_norm(z)\n"
     "loss mean_squared_error(a, y)\n",
     "z.weight z.bias a.gamma ", "5:18: note: the slope of this is 0 everywhere", 0},
    {"input u[2]\ntarget y[1]\nblock e(x) {\n    return dense(x, 1)\n}\n"
     "a = softmax(e(x)) + softmax(e(u))\nloss mean_squared_error(a, y)\n",
     "e.weight e.bias ", "8:21: note: this is 1 whatever 'e.weight' is", 0},

    /* only a regularizer is left */
    {"target y[1]\np = softmax(dense(x, 1))\nloss mean_squared_error(p, y) + l2(0.01)\n",
     "p.weight p.bias ",
     "4:13: warning: the gradient of 'p.weight' is always 0 but for regularizers", 0},

    {"h = dense(x, 1)\nloss l2(0.01)\noutput h\n", "", "", 0},

    /* what a call comes to, once, and nothing that the loss does not need */
    {"target y[1]\ndef net(z) = softmax(z) - 3 * softmax(2 * z)\np = net(dense(x, 1))\n"
     "loss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "5:5: note: 'p' is -2 whatever 'p.weight' is", 1},
    {"target y[1]\ndef net(z) {\n    a = z - z\n    b = 3 * a\n    return a + 1\n}\n"
     "p = net(dense(x, 1))\nloss mean_squared_error(p, y)\n",
     "p.weight p.bias ", "9:5: note: 'p' is 1 whatever 'p.weight' is", 1},
    {"target y[1]\nz = dense(x, 1)\nq = softmax(z)\nloss mean_squared_error(z - z, y)\n"
     "output q\n",
     "z.weight z.bias ", "6:27: note: this is 0 whatever 'z.weight' is", 1},

    /* what has a slope */
    {"target y[1]\nz = max(dense(x, 1)) + min(dense(x, 1))\nloss mean_squared_error(z, y[0])\n", "",
     "", 0},
    {"target y[1]\nz = dense(x, 1, init = zeros)\nloss mean_squared_error(z, y)\n", "", "", 0},
    {"target y[1]\nz = rms_norm(dense(x, 1))\nloss mean_squared_error(z, y)\n", "", "", 0},
    {"target y[3]\nz = batch_norm(dense(x, 3))\nloss mean_squared_error(z, y)\n", "", "", 0},
    {"target y[3]\nz = layer_norm(dense(x, 3))\nloss mean_squared_error(z, y)\n", "", "", 0},
    {"target y[3]\nz = softmax(dense(x, 3))\nloss cross_entropy(z, y)\n", "", "", 0},
    {"target y[3]\nz = dense(x, 3)\np = z + detach(step(z) - z)\nloss mean_squared_error(p, y)\n",
     "", "", 0},
    {"target y[3]\nz = dense(x, 3)\np = z - detach(z)\nloss mean_squared_error(p, y)\n", "", "", 0},
    {"target y[3]\nz = dense(x, 3)\np = z * step(z)\nloss mean_squared_error(p, y)\n", "", "", 0},
};
enum { CASES = sizeof cases / sizeof *cases };

/* The names between quotes behind "the gradient of", with a space behind each. */
static void collect_still(const char *said, char *names, size_t size) {
    static const char mark[] = "warning: the gradient of '";
    *names = '\0';
    while ((said = strstr(said, mark))) {
        said += strlen(mark);
        size_t at = strlen(names);
        snprintf(names + at, size - at, "%.*s ", (int)strcspn(said, "'"), said);
    }
}

static int count_of(const char *text, const char *part) {
    int count = 0;
    while ((text = strstr(text, part))) {
        text += strlen(part);
        count++;
    }
    return count;
}

/* A step that the loss needs, beside a product that it does not; a branch that a frozen layer does
   not take. */
Test(check_trained, what_the_loss_does_not_need_is_no_reason) {
    expect_said(
        "network t\ninput x\ntarget y\nw = param([], 1)\nm = step(w)\nq = m * w * x\n"
        "h = x * m * param([], 1)\nloss (h - y)^2\nupdate sgd(0.1)\noutput h, q\n",
        "m.def:4:11: warning: the loss depends on 'w' only through what has no derivative, it "
        "is not trained\n");
    expect_said("network t\ninput x\ntarget y\ndef layer(x) {\n    state s = 1\n    s = 1\n"
                "    w = param([], 1)\n    return where(training, w, s) * x\n}\n"
                "h = layer(x) * param([], 1)\nfreeze h.s\nloss (h - y)^2\nupdate sgd(0.1)\n",
                "m.def:10:5: warning: the loss does not depend on 'h.w', it is not trained\n");
}

Test(check_trained, gradients_that_are_0_by_algebra) {
    for (int i = 0; i < CASES; i++) {
        char model[600], names[300];
        Checked checked;
        snprintf(model, sizeof model, "network t\ninput x[2]\n%supdate sgd(0.1)\n", cases[i].lines);
        check_open(&checked, model);
        cr_assert(checked.graph, "%s\n%s", model, checked.said);
        collect_still(checked.said, names, sizeof names);
        cr_expect_str_eq(names, cases[i].still, "%s\nsaid %s\nwanted %s", model, names,
                         cases[i].still);
        cr_expect(strstr(checked.said, cases[i].note), "%s\n%s", model, checked.said);
        cr_expect(cases[i].notes == 0 || count_of(checked.said, " note: ") ==
                                             cases[i].notes * count_of(checked.said, " warning: "),
                  "%s\n%s", model, checked.said);
        check_close(&checked);
    }
}
