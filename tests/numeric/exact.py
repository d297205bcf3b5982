"""Writes exact.txt: what formulas are worth where plain arithmetic loses their digits or has 0 log 0.

In: nothing. Out: the text, on standard output: python3 tests/numeric/exact.py > tests/numeric/exact.txt
Needs mpmath, which works in 60 digits here; the test needs only the text. All x and p are numbers in float. Kinds of
entries, numbers separated by blanks:

    values EXPRESSION     x, then the results, then their derivatives
    loss EXPRESSION       p, y, then the loss, then its gradient by p
"""

import struct

from mpmath import asinh, atanh, cosh, exp, log, mp, mpf, sinh, sqrt

mp.dps = 60
SIZES = [1e-30, 1e-20, 1e-12, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]
LARGE = [1.0, 1.5, 2.0, 3.5, 5.0, 7.0, 9.0, 10.0]


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def show(numbers):
    print(" ".join(f"{float(x):.17g}" for x in numbers))


def values(expressions, sizes, function, slope):
    x = [sign * single(size) for sign in (-1, 1) for size in sizes]
    for expression in expressions:
        print(f"values {expression}")
        show(x)
        show(function(mpf(v)) for v in x)
        show(slope(mpf(v)) for v in x)


values(["(exp(x) - exp(-x)) / 2", "0.5 * (exp(x) - 1 / exp(x))", "0.5 * exp(x) - exp(-x) / 2",
        "(exp(-2 * (-0.5 * x)) - exp(2 * (-0.5 * x))) / 2", "0.5 * exp(x) - 0.5 / exp(x)",
        "-((1 / exp(x) - exp(x)) / 2)"],
       SIZES + LARGE, sinh, cosh)
values(["log(x + sqrt(x^2 + 1))", "log(sqrt(1 + x * x) + x)", "-log((x^2 + 1)^0.5 - x)",
        "-log(-x + sqrt((-x)^2 + 1))", "where(x < 0, -1, 1) * log(abs(x) + sqrt(x^2 + 1))"],
       SIZES + LARGE, asinh, lambda x: 1 / sqrt(x * x + 1))
values(["0.5 * log((1 + x) / (1 - x))", "log((x + 1) / (1 - x)) / 2", "-0.5 * log((1 - x) / (1 + x))",
        "log(sqrt((1 + x) / (1 - x)))", "(log(1 + x) - log(1 - x)) / 2", "log(((1 + x) / (1 - x))^0.5)"],
       SIZES, atanh, lambda x: 1 / (1 - x * x))


def term(y, p):
    """y log p and its slope by p; 0 log 0 is 0."""
    if y == 0:
        return mpf(0), mpf(0)
    if p == 0:
        return -mpf("inf"), mpf("inf")
    return y * log(p), y / p


def loss(expression, p, y, each):
    """each(p, y) of one element: the loss and its slope by p; together their sum."""
    p = [single(v) for v in p]
    parts = [each(mpf(a), mpf(b), i) for i, (a, b) in enumerate(zip(p, y))]
    print(f"loss {expression}")
    show(p)
    show(y)
    show([sum(part[0] for part in parts)])
    show(part[1] for part in parts)


def cross_entropy(weights=None, smoothing=mpf(0), classes=3):
    def each(p, y, i):
        share = ((1 - smoothing) * y + smoothing / classes) * (weights[i] if weights else 1)
        value, slope = term(share, p)
        return -value, -slope

    return each


def binary(p, y, scale):
    right, wrong = term(y, p), term(1 - y, 1 - p)
    return -(right[0] + wrong[0]) * scale, -(right[1] - wrong[1]) * scale


def divergence(p, y, i):
    value, slope = term(y, p)
    return term(y, y)[0] - value, -slope


def poisson(p, y, scale):
    value, slope = term(y, p)
    return (p - value) * scale, (1 - slope) * scale


def focal_half(p, y, gamma):
    """y (1 - p)^gamma log p and its slope: nothing that is 0 counts, however large what it meets."""
    value, slope = term(y, p)
    if value == 0 or gamma == 0:
        return value, slope * (1 - p) ** gamma
    return (1 - p) ** gamma * value, (1 - p) ** gamma * slope - gamma * (1 - p) ** (gamma - 1) * value


def focal(gamma, alpha, count):
    def each(p, y, i):
        right, wrong = focal_half(p, y, gamma), focal_half(1 - p, 1 - y, gamma)
        return (-(alpha * right[0] + (1 - alpha) * wrong[0]) / count,
                -(alpha * right[1] - (1 - alpha) * wrong[1]) / count)

    return each


CLASSES = [([1.0, 0.0, 0.0], [1, 0, 0]), ([0.0, 0.0, 1.0], [0, 0, 1]), ([0.5, 0.0, 0.5], [0, 0, 1]),
           ([0.25, 0.75, 0.0], [0.5, 0.5, 0]), ([0.0, 1.0, 0.0], [1, 0, 0]), ([1e-8, 1.0, 0.0], [0, 0, 0])]
for p, y in CLASSES:
    loss("cross_entropy(x, y)", p, y, cross_entropy())
    loss("cross_entropy(x, y, weights = [0.5, 2, 0])", p, y, cross_entropy([mpf(1) / 2, 2, 0]))
    loss("kl_divergence(x, y)", p, y, divergence)
    loss("poisson_of_rate(x, y, eps = 0)", p, y, lambda p, y, i: poisson(p, y, mpf(1) / 3))
loss("negative_log_likelihood(x, y)", [-0.25, float("-inf"), -2.0, float("-inf")], [1, 0, 0, 0],
     lambda l, y, i: (-y * l if y else mpf(0), -y))
# Logits, of which one is ruled out: its probability is 0.
masked = [exp(mpf(v)) for v in (0.5, -1.0)]
for expression in ["cross_entropy(softmax(x + [0, 0, -infinity]), y)",
                   "negative_log_likelihood(log_softmax(where([1, 1, 0], x, -infinity)), y)"]:
    loss(expression, [0.5, -1.0, 2.0], [1, 0, 0],
         lambda z, y, i: (-y * (z - log(sum(masked))), (masked + [mpf(0)])[i] / sum(masked) - y))
loss("summed_binary_cross_entropy(sigmoid(x + [0, -infinity]), y)", [0.5, 1.0], [1, 0],
     lambda z, y, i: (y * log(1 + exp(-z)), -y / (1 + exp(z))))
loss("cross_entropy(x, y, smoothing = 0.25)", [1.0, 0.0, 0.0], [1, 0, 0], cross_entropy(None, mpf(1) / 4))
loss("cross_entropy(x, y, [1, 1, 0], 0.25)", [0.75, 0.25, 0.0], [1, 0, 0], cross_entropy([1, 1, 0], mpf(1) / 4))
LABELS = [([1.0, 0.0, 1.0, 0.0], [1, 0, 1, 0]), ([1.0, 0.25, 1e-8, 0.0], [1, 0, 0, 0]),
          ([0.0, 0.5, 1.0, 0.0], [1, 0.5, 1, 0]), ([1.0, 0.5, 0.5, 0.0], [0, 0.5, 1, 0])]
for p, y in LABELS:
    loss("binary_cross_entropy(x, y)", p, y, lambda p, y, i: binary(p, y, mpf(1) / 4))
    loss("summed_binary_cross_entropy(x, y)", p, y, lambda p, y, i: binary(p, y, 1))
    loss("focal(x, y)", p, y, focal(2, mpf(1) / 4, 4))
    loss("focal(x, y, gamma = 1, alpha = 0.5)", p, y, focal(1, mpf(1) / 2, 4))
    loss("focal(x, y, gamma = 0, alpha = 0.5)", p, y, focal(0, mpf(1) / 2, 4))
